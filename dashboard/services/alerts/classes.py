"""Classes of cases that people give: which cases there are, who may, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.parameters import read_day
from dashboard.permissions import Grant, Permission
from dashboard.services import line_lists
from dashboard.services.alerts import read
from dashboard.services.alerts.register import facility_names
from dashboard.services.disclosure import clusters as disclosed
from db.core.engine import Database
from db.operations import audit
from db.operations.watch import case_classes as stored
from db.operations.watch.case_classes import Given
from surveillance.alerts.case_classes import CLASSES, Classified, Override, override, undo
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import NotPermittedError, StatisticsError, UsageError
from surveillance.texts import one_line

__all__ = [
    "CLASSES",
    "MOST",
    "UNDO",
    "Asked",
    "Case",
    "Cases",
    "asked",
    "case",
    "cases",
    "change",
    "check",
    "give",
    "give_by_row",
    "may_change",
    "one",
]
#: Most cases and days of one question, and characters of a reason.
MOST, REACH, LONGEST = 200, 366, 300
#: Cases of one page.
ON_A_PAGE = 50
SHORTEST = 5
#: Days of a question that names none.
_USUAL = 30
#: What stands for taking a class back.
UNDO = "undo"
#: Kinds of place that a question may name.
LEVELS = ("facility", "district", "province")
_HIGHEST = 2**31 - 1


@dataclass(frozen=True)
class Asked:
    """Which cases: of a disease, seen on some days, in the whole scope or in one place of care."""

    disease: str
    first: date
    last: date
    level: str = ""
    place: str = ""


@dataclass(frozen=True)
class Case:
    """One case with its class: as the rules find it, and what people changed since.

    `newest`: number of the newest change, 0 without one.
    """

    record: read.Case
    disease: str
    classified: Classified
    newest: int = 0


@dataclass(frozen=True)
class Cases:
    """One page of the cases of a question, the newest first. `left_out`: how many stand on no page."""

    rows: tuple[Case, ...]
    left_out: int
    page: int
    pages: int
    names: Mapping[str, Mapping[str, str]]


def may_change(grant: Grant) -> bool:
    """Whether an account may give classes: it reads single records, and notes what was decided."""
    return grant.can(Permission.SEE_LINE_LIST) and grant.can(Permission.NOTE_DECISIONS)


def asked(given: Mapping[str, str], last: date) -> Asked:
    """Read a question from the texts of an address. `last`: last day of the data.

    Raises
    ------
    UsageError
        A disease, day or kind of place is not known, or the days are turned or too many.
    """
    disease = given.get("disease", "") or "measles"
    if disease not in DISEASES or DISEASES[disease].sensitive:
        raise UsageError("disease: choose one of the list", "disease")
    last = _day_of(given, "to") or last
    first = _day_of(given, "from") or last - timedelta(days=_USUAL - 1)
    if first > last:
        raise UsageError("from: the first day lies after the last", "from")
    if (last - first).days >= REACH:
        raise UsageError("from: at most {days} days at a time", "from", days=REACH)
    level, place = given.get("level", ""), one_line(given.get("place", ""))[:80]
    if level not in ("", *LEVELS):
        raise UsageError("level: choose one of the list", "level")
    return Asked(disease, first, last, level if place else "", place if level else "")


def _day_of(given: Mapping[str, str], name: str) -> date | None:
    if not given.get(name):
        return None
    try:
        return read_day(given[name])
    except ValueError:
        raise UsageError(
            "{name}: '{given}' is not a day such as 2025-12-31", name, name=name, given=given[name][:40]
        ) from None


def check(grant: Grant, disease: str | None = None) -> None:
    """Refuse an account that may not give classes.

    Raises
    ------
    NotPermittedError
        It reads no single records, notes no decisions, or its programmes leave the disease out.
    """
    grant.check(Permission.SEE_LINE_LIST)
    grant.check(Permission.NOTE_DECISIONS)
    if disease is not None:
        disclosed.check_line_list(grant, disease)
        if not grant.scope.covers(disease):
            raise NotPermittedError("your account does not cover this disease")


def cases(
    database: Database,
    grant: Grant,
    query: Asked,
    *,
    reason: str,
    most: int,
    page: int = 1,
    size: int | None = None,
) -> Cases:
    """Cases with their classes, the newest first; the look is audited. `most`: looks of an hour.

    `size`: cases of a page. A page that lies outside is the nearest one that there is.

    Raises
    ------
    NotPermittedError
        The account may not give classes, or its programmes leave the disease out.
    TooManyError
        The account had its number of looks.
    """
    check(grant, query.disease)
    line_lists.count(database, grant.actor, most)
    with database.reading() as connection:
        held = read.cases(
            connection,
            grant.scope,
            query.disease,
            query.first,
            query.last,
            query.level,
            query.place,
            most=MOST,
        )
    shown, every = disclosed.scanned(grant, query.disease, held)
    size = size or ON_A_PAGE
    left_out, pages = every - len(shown), max(1, -(-len(shown) // size))
    page = max(1, min(page, pages))
    shown = shown[(page - 1) * size : page * size]
    given = _by_record(database, grant, query.disease, shown)
    audit.record(
        database,
        grant.actor,
        line_lists.SEEN,
        {"list": "classes of cases", "disease": query.disease, "records": len(shown), "reason": reason},
    )
    rows = tuple(_case(one, query.disease, given.get(one.version, ())) for one in shown)
    return Cases(rows, left_out, page, pages, facility_names(database, grant))


def _by_record(
    database: Database, grant: Grant, disease: str, shown: Sequence[read.Case]
) -> dict[int, list[Given]]:
    """Classes that were given to some records, by the number of their version now."""
    given = stored.of_disease(database, disease)
    if not given:
        return {}
    with database.reading() as connection:
        now = read.current(connection, grant.scope, disease, {one.key for one in given})
    wanted = {one.version for one in shown}
    found: dict[int, list[Given]] = {}
    for one in given:
        version = now.get(one.version)
        if version in wanted:
            found.setdefault(version, []).append(one)
    return found


def case(database: Database, grant: Grant, number: int) -> Case | None:
    """One case by the number of a version of its record; None where the account is shown none. Audited.

    Raises
    ------
    NotPermittedError
        The account may not give classes.
    """
    found = _held(database, grant, number)
    if found is None:
        return None
    audit.record(database, grant.actor, "case seen", {"disease": found[0].disease, "records": 1})
    return found[0]


def one(database: Database, grant: Grant, number: int) -> Case | None:
    """As `case`, where nobody looks at it: a file or a command names it. Not audited.

    Raises
    ------
    NotPermittedError
        The account may not give classes.
    """
    found = _held(database, grant, number)
    return None if found is None else found[0]


def _held(database: Database, grant: Grant, number: int) -> tuple[Case, list[int]] | None:
    check(grant)
    if not 0 < number <= _HIGHEST:
        return None
    with database.reading() as connection:
        held = read.case_of(connection, grant.scope, number)
    if held is None or not grant.scope.covers(held[0]):
        return None
    disease = held[0]
    record, versions = disclosed.scanned(grant, disease, held[1])
    every = stored.of_versions(database, versions)
    with database.reading() as connection:
        now = read.current(connection, grant.scope, disease, {one.key for one in every})
    given = [one for one in every if one.version in now]
    return _case(record, disease, given), versions


def _case(record: read.Case, disease: str, given: Sequence[Given]) -> Case:
    history = tuple(
        Override(one.before, one.after, one.reason, one.actor, _day(one.at))  # type: ignore[arg-type]
        for one in given
    )
    return Case(record, disease, Classified(record.facts.found, history), given[-1].id if given else 0)


def _day(at: str) -> date:
    return datetime.fromisoformat(at).astimezone(TIME_ZONE).date()


def change(database: Database, grant: Grant, number: int, given: Mapping[str, str], now: datetime) -> None:
    """Give a case a class, or take one back, from the texts of a form: `class`, `reason`, `seen`.

    Raises
    ------
    NotPermittedError
        The account may not give classes.
    UsageError
        There is no such case or class, the reason is missing, or somebody changed the class meanwhile.
    """
    give(database, grant, number, given.get("class", ""), given.get("reason", ""), now, given.get("seen", ""))


def give(
    database: Database,
    grant: Grant,
    number: int,
    to: str,
    reason: str,
    now: datetime,
    seen: str | None = None,
    *,
    dry_run: bool = False,
) -> None:
    """As `change`. `seen`: number of the newest change that was looked at; None: whatever holds now.

    `dry_run`: look at what is wrong, and change nothing.

    Raises
    ------
    NotPermittedError
        The account may not give classes.
    UsageError
        As with `change`.
    """
    if (found := _held(database, grant, number)) is None:
        raise UsageError("there is no such case")
    _give(database, grant, found, to, reason, now, seen, dry_run=dry_run)


def give_by_row(
    database: Database,
    grant: Grant,
    number: int,
    to: str,
    reason: str,
    now: datetime,
    seen: str | None,
    first: Callable[[int], None],
    *,
    dry_run: bool = False,
) -> bool:
    """As `give`, from a row of a file; False where the case has this class already, given by a person.

    `first` is told the record's version before anything is stored, and may refuse the row.

    Raises
    ------
    NotPermittedError
        The account may not give classes.
    UsageError
        As with `change`.
    """
    if (found := _held(database, grant, number)) is None:
        raise UsageError("there is no such case")
    first(found[0].record.version)
    if to == (found[0].classified.given or UNDO):
        return False
    _give(database, grant, found, to, reason, now, seen, dry_run=dry_run)
    return True


def _give(
    database: Database,
    grant: Grant,
    found: tuple[Case, list[int]],
    to: str,
    reason: str,
    now: datetime,
    seen: str | None,
    *,
    dry_run: bool,
) -> None:
    held, versions = found
    reason = one_line(reason)
    if to not in (*CLASSES, UNDO):
        raise UsageError("class: choose one of the list", "class")
    if not SHORTEST <= len(reason) <= LONGEST:
        raise UsageError(
            "reason: say in {shortest} to {longest} characters why",
            "reason",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    if seen is not None and seen != str(held.newest):
        raise UsageError("somebody changed the class meanwhile: look at the history, and decide again")
    day = now.astimezone(TIME_ZONE).date()
    try:
        if to == UNDO:
            undo(held.classified, reason, grant.actor, day)
        else:
            override(held.classified, to, reason, grant.actor, day)  # type: ignore[arg-type]
    except StatisticsError as error:
        raise UsageError(error.text, "class", **error.values) from error
    record = held.record
    row = Given(
        held.newest, record.version, record.batch, record.row_number, held.disease, record.visit,
        held.classified.now, None if to == UNDO else to, reason, grant.actor, "",
    )  # fmt: skip
    if not dry_run and not stored.add(database, row, versions, now):
        raise UsageError("somebody changed the class meanwhile: look at the history, and decide again")
