"""The list of what deserves a question: read within a scope, filtered, and worked through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboard.parameters import read_day
from dashboard.permissions import Grant, Permission
from dashboard.questions import together
from dashboard.services.data_quality import read
from dashboard.services.data_quality.models import Finding
from dashboard.services.data_quality.read import Raw
from dashboard.services.disclosure import values as disclosed
from dashboard.services.imports.data_status import data_status
from dashboard.services.kept import Kept
from dashboard.services.places.areas import Area
from db.core.engine import Database
from db.ingest import facilities
from db.operations import data_quality as stored
from db.operations.data_quality import Key
from surveillance.data_quality.fields import KINDS, STATES
from surveillance.epiweek import period_last_day
from surveillance.errors import UsageError
from surveillance.texts import one_line
from surveillance.windows import add_months

__all__ = [
    "LONGEST_NOTE",
    "LONGEST_OWNER",
    "Key",
    "QualityList",
    "Question",
    "handle",
    "of_key",
    "quality_list",
]

#: Months that are looked at unless others are asked for, and the most.
MONTHS, MOST_MONTHS = 3, 24
#: Longest texts.
LONGEST_OWNER, LONGEST_NOTE = 100, 500
_KEPT: Kept[list[Raw]] = Kept(16)


@dataclass(frozen=True)
class Question:
    """Days, widened to whole months, and what is kept of the list; blank: all."""

    first: date | None = None
    last: date | None = None
    kind: str = ""
    state: str = ""
    province: str = ""
    facility: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Question:
        """A question from the texts of an address.

        Raises
        ------
        UsageError
            A day cannot be read, or a kind or state does not exist; everything that is wrong is said at once.
        """
        faults: list[UsageError] = []
        days: list[date | None] = []
        for name in ("from", "to"):
            try:
                days.append(read_day(given[name]) if given.get(name) else None)
            except ValueError:
                days.append(None)
                faults.append(UsageError("{name}: write a day as 2026-06-30", name, name=name))
        for name, known in (("kind", KINDS), ("state", STATES)):
            if given.get(name) and given[name] not in known:
                faults.append(UsageError("{name}: choose one of those offered", name, name=name))
        if days[0] and days[1] and days[0] > days[1]:
            faults.append(UsageError("from: the first day lies after the last", "from"))
        together(faults)
        kind, state, province, facility = (
            given.get(name, "") for name in ("kind", "state", "province", "facility")
        )
        return cls(days[0], days[1], kind, state, province, facility)


@dataclass(frozen=True)
class QualityList:
    """The days that were looked at, the findings that the filters keep, and all there are."""

    first: date | None
    last: date | None
    findings: tuple[Finding, ...] = ()
    every: tuple[Finding, ...] = ()


def quality_list(database: Database, grant: Grant, asked: Question) -> QualityList:
    """What deserves a question, of the facilities of a scope.

    Raises
    ------
    NotPermittedError
        The grant does not hold the data status, or is not entitled to small counts.
    UsageError
        More months are asked for than are looked at together.
    """
    grant.check(Permission.SEE_DATA_STATUS)
    grant.check(Permission.SEE_SMALL_COUNTS)
    status = data_status(database)
    if status.last_visit is None:
        return QualityList(None, None)
    data_end = status.last_visit
    first, last = _months(asked, data_end)
    raw = _KEPT.get(database, grant, (first, last), lambda: _read(database, grant, first, last, data_end))
    with database.reading() as connection:
        listed = {row["facility_id"]: row for row in facilities.listed(connection, grant.scope)}
    handled = stored.listed(database)
    found = [
        Finding(key, records, count, value, _area(key.facility, listed), handled.get(key))
        for key, records, count, value in raw
    ]
    held = {one.key for one in found}
    found += [
        Finding(key, None, None, None, _area(key.facility, listed), handling, still=False)
        for key, handling in handled.items()
        if key not in held and key.facility in listed and _within(key, first, last)
    ]
    return QualityList(first, last, tuple(one for one in found if _kept(one, asked)), tuple(found))


def of_key(database: Database, grant: Grant, key: Key, days: Question | None = None) -> Finding:
    """One finding of the grant's scope, in the month that it is of, or in the days of a question.

    Raises
    ------
    UsageError
        There is no such finding.
    """
    asked = Question() if days is None else Question(days.first, days.last)
    if key.month:
        try:
            month = date.fromisoformat(key.month)
        except ValueError:
            raise UsageError("there is no such finding") from None
        asked = Question(month, period_last_day(month, "month"))
    every = quality_list(database, grant, asked).every
    found = next((one for one in every if one.key == key), None)
    if found is None:
        raise UsageError("there is no such finding")
    return found


def handle(
    database: Database, grant: Grant, key: Key, given: Mapping[str, str], days: Question | None = None
) -> None:
    """Say what became of a finding: state, owner, note.

    Raises
    ------
    NotPermittedError
        The grant may not work through the list.
    UsageError
        There is no such finding in its scope, or a text is too long; all that is wrong is said at once.
    """
    grant.check(Permission.MEND_DATA)
    of_key(database, grant, key, days)
    state = given.get("state", "")
    owner, note = one_line(given.get("owner", "")), one_line(given.get("note", ""))
    faults = []
    if state not in STATES:
        faults.append(UsageError("state: choose one of those offered", "state"))
    if len(owner) > LONGEST_OWNER:
        faults.append(UsageError("owner: write at most {most} characters", "owner", most=LONGEST_OWNER))
    if len(note) > LONGEST_NOTE:
        faults.append(UsageError("note: write at most {most} characters", "note", most=LONGEST_NOTE))
    if state == "explained" and not note:
        faults.append(UsageError("note: say what explains it", "note"))
    together(faults)
    stored.put(database, key, state=state, owner=owner, note=note, by=grant.actor)


def _months(asked: Question, data_end: date) -> tuple[date, date]:
    last = period_last_day(asked.last or max(data_end, asked.first or data_end), "month")
    first = (asked.first or add_months(last.replace(day=1), 1 - MONTHS)).replace(day=1)
    first = min(first, last.replace(day=1))
    if add_months(first, MOST_MONTHS) <= last:
        raise UsageError("from: at most {most} months are looked at together", "from", most=MOST_MONTHS)
    return first, last


def _read(database: Database, grant: Grant, first: date, last: date, data_end: date) -> list[Raw]:
    with database.reading() as connection:
        box = read.findings(connection, grant.scope, first, last, data_end)
    return disclosed.all_or_none(grant, box) or []


def _area(code: str, listed: Mapping[str, Mapping[str, object]]) -> Area:
    row = listed.get(code)
    if row is None:
        return Area(code, code, code, "")
    return Area(code, str(row["name_en"] or ""), str(row["name_km"] or ""), str(row["province"]))


def _within(key: Key, first: date, last: date) -> bool:
    return bool(key.month) and first.isoformat() <= key.month <= last.isoformat()


def _kept(one: Finding, asked: Question) -> bool:
    return (
        (not asked.kind or one.key.kind == asked.kind)
        and (not asked.state or one.state == asked.state)
        and (not asked.province or one.area.province == asked.province)
        and (not asked.facility or one.key.facility == asked.facility)
    )
