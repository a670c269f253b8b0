"""What to expect of arrivals: the table of figures, which its owner edits, and a plan for some days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import arrivals
from dashboard.services.reception import counts
from db.core.engine import Database
from db.operations import audit
from db.reception import load, store
from db.reception.load import Version
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception import centre as pure
from surveillance.reception.expected_load import (
    NEEDS,
    PER,
    Beside,
    Expected,
    Figure,
    beside,
    earlier_windows,
    expected_load,
    share_out,
)
from surveillance.windows import Window

#: Days that one plan may cover, and arrivals of one home.
MOST_DAYS, MOST_PEOPLE = 92, 99_999
#: Letters of a source.
LONGEST = 300
CODES = tuple(one.code for one in NEEDS)
#: Stands for all homes together.
TOGETHER = ""


@dataclass(frozen=True)
class Row:
    """One home province: arrivals that are planned for, what to expect, and what came (None: not over).

    `found`: by need; None where the number is for nurses alone.
    """

    home: str
    arrivals: int
    expected: Mapping[str, Expected]
    came: int | None = None
    found: Mapping[str, Beside | None] | None = None


@dataclass(frozen=True)
class Plan:
    """What to expect on some days.

    `seen`: earlier periods of the same length, the newest first. `over`: whether what came is known.
    `assessed`: of those who came. `later`: figures that were entered only after the first day.
    `unknown_until`: up to which day old sums do not say what those who came needed; None: they say it.
    """

    crossing: str | None
    window: Window
    figures: Sequence[Version]
    later: frozenset[str]
    rows: Sequence[Row]
    together: Row
    seen: Sequence[Window]
    over: bool
    assessed: int = 0
    unknown_until: date | None = None

    @property
    def whys(self) -> list[str]:
        """Why some numbers have no interval."""
        rows = (self.together, *self.rows)
        return sorted({one.why for row in rows for one in row.expected.values() if one.why and row.arrivals})


def may_edit(grant: Grant) -> bool:
    """Whether a grant edits the table, which is one for the whole country."""
    return grant.can(Permission.EDIT_EXPECTED) and grant.scope.national


def versions(database: Database, grant: Grant) -> list[Version]:
    """Every version of every figure, the newest first; they tell nothing of any person.

    Raises
    ------
    NotPermittedError
        The grant is shown no counts of a centre.
    """
    grant.check(Permission.COUNT_ARRIVALS)
    return _versions(database)


def _versions(database: Database) -> list[Version]:
    with database.operations.connect() as connection:
        return load.versions(connection)


def put(
    database: Database,
    grant: Grant,
    code: str,
    per_thousand: str,
    source: str,
    *,
    now: datetime | None = None,
) -> bool:
    """Keep a figure with its source, or take it out of the table where no number is given; audited.

    Returns
    -------
    bool
        Whether it differs from the one that held.

    Raises
    ------
    NotPermittedError
        The grant does not edit the table.
    UsageError
        There is no such need, the number cannot be read, or a source is missing.
    """
    grant.check(Permission.EDIT_EXPECTED)
    if not grant.scope.national:
        raise NotPermittedError("the table is of the whole country; your account is for some places")
    if code not in CODES:
        raise UsageError("there is no such need in the table", "code")
    source = " ".join(source.split())
    if len(source) > LONGEST:
        raise UsageError("source: write at most {most} letters", "source", most=LONGEST)
    number = _number(per_thousand)
    if number is not None:
        Figure(code, number, source)
    with store.writing(database) as connection:
        held = next((one for one in load.versions(connection) if one.code == code), None)
        before = held.per_thousand if held else None
        if (before, held.source if held else "") == (number, source):
            return False
        load.add(connection, code, number, source, by=grant.actor, at=now or datetime.now(UTC))
        said = {"need": code, "before": before, "per_thousand": number, "source": source}
        audit.write(connection, grant.actor, "expected load changed", said)
    return True


def _number(text: str) -> float | None:
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= PER:
        raise UsageError("give a figure from 0 to 1,000 of 1,000 arrivals", "per_thousand")
    return found


def plan(
    database: Database,
    grant: Grant,
    crossing: str | None,
    window: Window | None,
    today: date,
    *,
    given: Mapping[str, int] | None = None,
    people: int | None = None,
) -> Plan:
    """What to expect on some days, of arrivals by home province.

    Parameters
    ----------
    window : Window, optional
        By default the seven days after the last one that is recorded.
    given : mapping of str to int, optional
        Arrivals by home; by default as many as in the newest earlier period.
    people : int, optional
        In place of `given`: all arrivals, shared out among homes like those of the earlier periods.

    Raises
    ------
    NotPermittedError
        The account is shown no counts of a centre, or not of this crossing.
    UsageError
        The days are in the wrong order, or too many; or there are too many arrivals.
    """
    if not arrivals.may_count(grant):
        raise NotPermittedError("your account is shown no counts of a reception centre")
    if crossing is not None and crossing not in counts.crossings(grant):
        raise NotPermittedError("this crossing is none of your account's")
    first, last = (of(database, grant, crossing) for of in (counts.first_day, counts.last_day))
    if window is None:
        begins = (last or today) + timedelta(days=1)
        window = Window(begins, begins + timedelta(days=6))
    _check(window, [*(given or {}).values(), people or 0])
    windows = earlier_windows(window, first, last) if first and last else []
    seen = _seen(database, grant, crossing, windows)
    homes = list(seen.values())
    if people is not None:
        before = {home: sum(one.get(home, 0) for one in homes) for home in set().union(*homes)}
        given = share_out(people, before) or {TOGETHER: people}
    elif given is None:
        given = homes[0] if homes else {}
    over = last is not None and window.last <= last and window.last < today
    figures, later = _in_force(_versions(database), window.first if over else today)
    table = [Figure(one.code, one.per_thousand or 0.0, one.source) for one in figures]
    history = {home: [one.get(home, 0) for one in homes] for home in set().union(*homes)}
    found = expected_load(table, given, history)
    whole = expected_load(
        table, {TOGETHER: sum(given.values())}, {TOGETHER: [sum(one.values()) for one in homes]}
    )
    came = _came(database, grant, crossing, window) if over else None
    unknown = counts.gaps(database, grant, crossing, window.first).get("needs") if over else None
    if came and unknown:
        came = {home: needs | dict.fromkeys(CODES) for home, needs in came.items()}
    assessed = sum(one["assessed"] or 0 for one in came.values()) if came else 0
    wanted = sorted(
        {home for home in given if home} | set(came or ()), key=lambda home: (-given.get(home, 0), home)
    )
    by_home: dict[str, dict[str, Expected]] = {home: {} for home in wanted}
    for one in found:
        by_home.setdefault(one.place, {})[one.code] = one
    for home in wanted:
        if not by_home[home]:
            by_home[home] = {one.code: one for one in expected_load(table, {home: 0}, history)}
    rows = [_row(home, given.get(home, 0), by_home[home], came) for home in wanted]
    everything = _added(came) if came is not None else None
    together = _row(TOGETHER, sum(given.values()), {one.code: one for one in whole}, everything)
    return Plan(crossing, window, figures, later, rows, together, list(seen), over, assessed, unknown)


def _check(window: Window, people: Sequence[int]) -> None:
    if window.first > window.last:
        raise UsageError("the first day lies after the last", "from")
    if (window.last - window.first).days >= MOST_DAYS:
        raise UsageError("ask for at most {days} days", "from", days=MOST_DAYS)
    if any(not 0 <= one <= MOST_PEOPLE for one in people):
        raise UsageError("give arrivals from 0 to {most}", "people", most=MOST_PEOPLE)


def _seen(
    database: Database, grant: Grant, crossing: str | None, windows: Sequence[Window]
) -> dict[Window, dict[str, int]]:
    """Arrivals by home of each earlier period in which people were entered."""
    if not windows:
        return {}
    since = windows[-1].first
    box = counts.homes(database, grant, crossing, since, windows[0].last)
    length = (windows[0].last - windows[0].first).days + 1
    found: dict[Window, dict[str, int]] = {one: {} for one in windows}
    for (day, home), people in (arrivals.told(grant, box) or {}).items():
        mine = found[windows[len(windows) - 1 - (day - since).days // length]]
        mine[home] = mine.get(home, 0) + people
    return {one: homes for one, homes in found.items() if homes}


Came = dict[str, dict[str, int | None]]


def _came(database: Database, grant: Grant, crossing: str | None, window: Window) -> Came:
    names = ("arrived", "assessed", *CODES)
    box = counts.steps_reached(database, grant, crossing, *window)
    found = arrivals.of_needs(
        grant,
        box.map(
            lambda cells: {
                home: {name: steps.get(name, 0) for name in names}
                for home, steps in pure.by(cells, "province_home").items()
            }
        ),
    )
    return found or {}


def _added(came: Came) -> Came:
    """What came of all homes together."""
    whole: dict[str, int | None] = dict.fromkeys(("arrived", "assessed", *CODES), 0)
    for needs in came.values():
        for name, people in needs.items():
            held = whole[name]
            whole[name] = None if people is None or held is None else held + people
    return {TOGETHER: whole}


def _row(home: str, people: int, expected: Mapping[str, Expected], came: Came | None) -> Row:
    if came is None:
        return Row(home, people, expected)
    needs = came.get(home, dict.fromkeys(("arrived", "assessed", *CODES), 0))
    unasked = max(0, (needs["arrived"] or 0) - (needs["assessed"] or 0))
    found: dict[str, Beside | None] = {}
    for code, one in expected.items():
        number = needs[code]
        found[code] = None if number is None else beside(one, number, unasked)
    return Row(home, people, expected, needs["arrived"] or 0, found)


def _in_force(found: Sequence[Version], day: date) -> tuple[list[Version], frozenset[str]]:
    """The figures that held on a day, and needs whose figure was entered only later."""
    held, later = [], set()
    for code in CODES:
        mine = [one for one in found if one.code == code]
        then = next((one for one in mine if _day(one) <= day), None)
        if then is None and mine:
            then = next((one for one in reversed(mine) if one.per_thousand is not None), None)
            later |= {code} if then else set()
        if then is not None and then.per_thousand is not None:
            held.append(then)
    return held, frozenset(later)


def _day(one: Version) -> date:
    return datetime.fromisoformat(one.changed_at).astimezone(TIME_ZONE).date()
