"""Known outbreaks as an account may read and change them: of alerts, missed ones, other systems' events."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dashboard.parameters import read_day
from dashboard.permissions import Grant, Permission
from dashboard.services.alerts.places import COUNTRY, Listed
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.core.scope import Scope
from db.ingest import facilities
from db.operations.watch import outbreaks as stored
from db.operations.watch.outbreaks import DATES, FILE, MISSED, Outbreak
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.alerts.rules import LEVELS
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.texts import one_line

#: Columns of a file of events; the last ones may be missing or empty.
COLUMNS = (
    "reference", "name", "disease", "level", "place", "first", "last", "cases", *DATES,
)  # fmt: skip
_NEEDED = ("reference", "name", "disease", "level", "place", "first")
LONGEST_NAME = 80
_MOST_CASES = 1_000_000
#: Kinds of place of a known outbreak.
PLACES = (*LEVELS, "crossing", "infection")


def listed(database: Database, grant: Grant, disease: str | None = None) -> list[Outbreak]:
    """Known outbreaks that the grant may be shown, the newest first.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    """
    grant.check(Permission.RUN_CLUSTERS)
    grant.check(Permission.SEE_SMALL_COUNTS)
    return disclosed.shown(grant, stored.listed(database, grant.scope, disease))


def one(database: Database, grant: Grant, number: int) -> tuple[Outbreak, list[int]] | None:
    """One outbreak with the numbers of its alerts; None where the grant is not shown it.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    """
    found = [held for held in listed(database, grant) if held.id == number]
    return (found[0], stored.alerts_of(database, grant.scope, number)) if found else None


def add_missed(database: Database, grant: Grant, given: Mapping[str, str]) -> int:
    """Write down an outbreak of which no alert told; its number.

    `given`: name, disease, level, place, first, last, cases and the days of 7-1-7, as texts.

    Raises
    ------
    NotPermittedError
        The grant may not act on alerts.
    UsageError
        Something is missing or cannot be read; says what.
    """
    _may_act(grant)
    with database.reading() as connection:
        held = {str(item["facility_id"]): item for item in facilities.listed(connection, grant.scope)}
    row = _read(given, held, grant.scope) | {"source": MISSED, "reference": None}
    number = stored.add(database, grant.actor, row, datetime.now(UTC))
    if number is None:
        raise UsageError("this outbreak is known already")
    return number


def set_days(database: Database, grant: Grant, number: int, given: Mapping[str, str]) -> None:
    """Set the last day and the days of 7-1-7 of an outbreak; an empty text takes one away.

    Raises
    ------
    NotPermittedError
        The grant may not act on alerts.
    UsageError
        There is no such outbreak, a day cannot be read, or they are not in order.
    """
    _may_act(grant)
    found = one(database, grant, number)
    if found is None:
        raise UsageError("there is no such outbreak")
    changed = {name: _day(given, name) for name in ("last", *DATES) if name in given}
    _in_order(
        {"first": found[0].first, **{name: getattr(found[0], name) for name in ("last", *DATES)}} | changed
    )
    if not stored.change(database, grant.scope, number, grant.actor, changed):
        raise UsageError("there is no such outbreak")


def import_events(database: Database, grant: Grant, path: Path) -> tuple[int, int]:
    """Write down the events of another system's file; how many are new, and how many were held already.

    A file is taken whole or not at all; an event whose `reference` is held is left as it is.

    Raises
    ------
    NotPermittedError
        The grant may not act on alerts.
    UnreadableFileError
        The file cannot be read.
    UsageError
        A column is missing, or a row cannot be read; says which row, and what to do.
    """
    from dashboard.services.own_files.sheets import read_sheet  # noqa: PLC0415 - loads pandas

    _may_act(grant)
    sheet = read_sheet(path, _NEEDED, texts=tuple(name for name in COLUMNS if name not in _NEEDED))
    missing = [name for name in _NEEDED if not sheet.has(name)]
    if missing:
        raise UsageError(
            "{file}: there is no column {columns}; its columns are {all}",
            file=path.name,
            columns=", ".join(missing),
            all=", ".join(COLUMNS),
        )
    with database.reading() as connection:
        held = {str(item["facility_id"]): item for item in facilities.listed(connection, grant.scope)}
    rows: list[Mapping[str, Any]] = []
    for number, cells in zip(sheet.numbers, sheet.frame.to_dict("records"), strict=True):
        given = {str(name): str(cell) for name, cell in cells.items() if cell is not None}
        try:
            row = _read(given, held, grant.scope)
            reference = _short(given, "reference")
        except UsageError as error:
            raise UsageError(
                "{file}, row {row}: {fault}", file=path.name, row=number, fault=error.text
            ) from error
        rows.append(row | {"source": FILE, "reference": reference})
    made = stored.add_all(database, grant.actor, rows, datetime.now(UTC))
    new = sum(number is not None for number in made)
    return new, len(made) - new


def _may_act(grant: Grant) -> None:
    grant.check(Permission.RUN_CLUSTERS)
    grant.check(Permission.SEE_SMALL_COUNTS)
    grant.check(Permission.NOTE_DECISIONS)


def _read(given: Mapping[str, str], held: Listed, scope: Scope) -> dict[str, Any]:
    """An outbreak of named texts."""
    disease = given.get("disease", "").strip()
    if disease not in DISEASES or DISEASES[disease].sensitive:
        known = ", ".join(code for code, one in DISEASES.items() if not one.sensitive)
        raise UsageError("disease: use one of {known}", "disease", known=known)
    if not scope.covers(disease):
        raise UsageError("disease: your account is for other programmes", "disease")
    row = {"name": _short(given, "name"), "disease": disease} | _place(given, held, scope)
    row |= {name: _day(given, name) for name in ("first", "last", *DATES)}
    if row["first"] is None:
        raise UsageError("first: give the first day as YYYY-MM-DD", "first")
    _in_order(row)
    return row | {"cases": _cases(given)}


def _place(given: Mapping[str, str], held: Listed, scope: Scope) -> dict[str, Any]:
    """Kind of place, place, and whose it is."""
    level, place = given.get("level", "").strip(), given.get("place", "").strip()
    if level not in PLACES:
        raise UsageError("level: use one of {known}", "level", known=", ".join(PLACES))
    where: dict[str, Any] = {"province": None, "district": None, "facility": None}
    if level == "country":
        place = COUNTRY
    elif level == "facility" and place in held:
        item = held[place]
        where = {"province": item["province"], "district": item["operational_district"], "facility": place}
    elif level == "district":
        own = [item for item in held.values() if item.get("operational_district") == place]
        if not own:
            raise UsageError("place: no facility of the list lies in district {place}", "place", place=place)
        where |= {"province": own[0]["province"], "district": place}
    elif level == "province" and place in PROVINCES:
        where["province"] = place
    elif not (level == "crossing" and place in CROSSINGS) and not (
        level == "infection" and place in PROVINCES
    ):
        raise UsageError("place: there is no {level} {place}", "place", level=level, place=place or "''")
    if not scope.national and not (where["province"] and scope.holds(str(where["province"]))):
        raise UsageError("place: it lies outside your account's places", "place")
    return {"level": level, "place": place, **where}


def _short(given: Mapping[str, str], name: str) -> str:
    text = one_line(given.get(name, ""))
    if not 0 < len(text) <= LONGEST_NAME:
        raise UsageError("{name}: write between 1 and {most} characters", name, name=name, most=LONGEST_NAME)
    return text


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        found = read_day(text)
    except ValueError:
        raise UsageError(
            "{name}: '{given}' is not a day such as 2025-12-31", name, name=name, given=text[:40]
        ) from None
    if found > datetime.now(UTC).astimezone(TIME_ZONE).date():
        raise UsageError("{name}: {day} has not come yet", name, name=name, day=found)
    return found


def _cases(given: Mapping[str, str]) -> int | None:
    text = given.get("cases", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_CASES):
        raise UsageError("cases: give a whole number", "cases")
    return int(text)


def _in_order(row: Mapping[str, Any]) -> None:
    """Refuse days that contradict each other.

    Raises
    ------
    UsageError
        They do.
    """
    ordered = [(name, row[name]) for name in DATES if row.get(name)]
    for (earlier, one), (later, other) in itertools.pairwise(ordered):
        if other < one:
            raise UsageError(
                "{later}: {other} lies before {earlier}, {one}", later, later=later, other=other,
                earlier=earlier, one=one,
            )  # fmt: skip
    if row.get("last") and row.get("first") and row["last"] < row["first"]:
        raise UsageError("last: it lies before the first day", "last")


@dataclass(frozen=True)
class Timely:
    """Days of 7-1-7: from emergence to detection, to notification, to response; None where one is unknown."""

    detection: int | None
    notification: int | None
    response: int | None

    @property
    def met(self) -> bool | None:
        """Whether all three targets were met; None while one is not known."""
        spent = (self.detection, self.notification, self.response)
        if any(one is None for one in spent):
            return None
        return all(one <= most for one, most in zip(spent, (7, 1, 7), strict=True))  # type: ignore[operator]


def timely(outbreak: Outbreak) -> Timely:
    """How long each of the three steps of 7-1-7 took."""
    days = [getattr(outbreak, name) for name in DATES]
    spent = [None if a is None or b is None else (b - a).days for a, b in itertools.pairwise(days)]
    return Timely(*spent)
