"""Reads the counts of a reception centre, within an account's crossings; gives them away undisclosed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.reception import entries
from db.core.engine import Connection, Database
from db.reception import counts as stored
from db.reception import past
from geodata.crossings import ALL_CROSSINGS
from surveillance.reception import centre
from surveillance.reception.cascade import Followed
from surveillance.reception.centre import Cells
from surveillance.reception.delays import Delay
from surveillance.reception.flows import Flow
from surveillance.reception.lasting import Course
from surveillance.reception.steps import STEPS, Cell, Place

#: Days before a day whose referrals may still count as lost on it.
_REFERRED = 30
#: What people are counted by: on the centre's page, and on the sheet of a day.
_OF_PAGE, _OF_SHEET = ("province_home", "movement"), ("sex", "age")


@dataclass(frozen=True)
class Counted:
    """What was counted of some days. `vans`: what they say of themselves, by day and crossing."""

    cells: Cells
    vans: dict[tuple[date, str], dict[str, int]]
    times: dict[str, Delay]
    waiting: dict[str, int]
    #: None where old sums do not say it.
    lost: int | None
    sessions: int | None
    followed: dict[Followed, int]
    #: What old sums do not say of these days, and up to which day.
    gaps: Mapping[str, date]


def crossings(grant: Grant) -> list[str]:
    """Crossings whose arrivals an account may count.

    What came by no gate belongs to no province: those who record arrivals count it, and national accounts.
    """
    known = grant.can(Permission.RECEIVE_ARRIVALS) or grant.scope.national
    return [
        code
        for code, gate in ALL_CROSSINGS.items()
        if entries.may_see(grant, code) and (known or gate.kind != "special")
    ]


def first_day(database: Database, grant: Grant, crossing: str | None) -> date | None:
    """The first day of which people of the account's crossings, or of one of them, were entered."""
    with database.operations.connect() as connection:
        return stored.first_day(connection, [code for code in crossings(grant) if crossing in (None, code)])


def last_day(database: Database, grant: Grant, crossing: str | None) -> date | None:
    """The last day of which the account's crossings, or one of them, hold an arrival."""
    mine = [code for code in crossings(grant) if crossing in (None, code)]
    with database.operations.connect() as connection:
        return stored.last_day(connection, mine)


def homes(
    database: Database, grant: Grant, crossing: str | None, since: date, until: date
) -> Undisclosed[dict[tuple[date, str], int]]:
    """Arrivals by day and home, at a crossing or at all of the account's."""
    mine = [code for code in crossings(grant) if crossing in (None, code)]
    with database.operations.connect() as connection:
        return Undisclosed(stored.homes(connection, mine, since, until))


def prevention(
    database: Database, grant: Grant, since: date, until: date
) -> Undisclosed[dict[Place, dict[str, int]]]:
    """What households and days of outreach say, of the account's provinces."""
    with database.operations.connect() as connection:
        found = stored.prevention(connection, since, until)
    return Undisclosed({one: said for one, said in found.items() if grant.scope.holds(one.province_home)})


def prevention_version(database: Database) -> str:
    """A fingerprint of all that households and days of outreach say."""
    with database.operations.connect() as connection:
        said = stored.prevention(connection, date.min, date.max)
    return hashlib.sha256(repr(sorted(map(repr, said.items()))).encode()).hexdigest()


def last_prevention(database: Database, grant: Grant) -> date | None:
    """The last day on which anything of prevention is recorded; None for accounts of no province."""
    if grant.scope.provinces == frozenset():
        return None
    with database.operations.connect() as connection:
        return stored.last_prevention(connection)


def steps_reached(
    database: Database, grant: Grant, crossing: str | None, since: date, until: date
) -> Undisclosed[Cells]:
    """People who reached each step on some days at a crossing, or at all of the account's."""
    mine = [code for code in crossings(grant) if crossing in (None, code)]
    with database.operations.connect() as connection:
        return Undisclosed(stored.arrivals(connection, mine, since, until))


def flows(
    database: Database, grant: Grant, crossing: str | None, since: date, until: date
) -> Undisclosed[dict[Flow, int]]:
    """Arrivals by home, crossing, destination and kind of movement."""
    mine = [code for code in crossings(grant) if crossing in (None, code)]
    with database.operations.connect() as connection:
        return Undisclosed(stored.flows(connection, mine, since, until))


def gaps(database: Database, grant: Grant, crossing: str | None, since: date) -> dict[str, date]:
    """What old sums do not say of some day since then, and up to which day; it tells of nobody."""
    mine = [code for code in crossings(grant) if crossing in (None, code)]
    with database.operations.connect() as connection:
        return stored.gaps(connection, mine, since)


def counted(
    database: Database,
    grant: Grant,
    crossing: str | None,
    since: date,
    until: date,
    today: date,
    *,
    timed: bool = True,
) -> Undisclosed[Counted]:
    """What is counted of some days of a crossing, or of all of the account's; of another one nothing is.

    `timed`: with how long steps took, who waits and what became of referrals.
    """
    mine = crossings(grant)
    wanted = mine if crossing is None else [code for code in mine if code == crossing]
    with database.operations.connect() as connection:
        by = _OF_PAGE if timed else _OF_SHEET
        cells = stored.arrivals_by(connection, wanted, since, until, by)
        vans = stored.vans(connection, wanted, since, until)
        lasting = stored.lasting(connection, wanted, since, until) if timed else {}
        lost_known = "referrals" not in stored.gaps(connection, wanted, until - timedelta(days=_REFERRED))
        lost = _lost(connection, wanted, until) if lost_known else None
        waiting = stored.waiting(connection, wanted, today - timedelta(days=1), today) if timed else {}
        sent = stored.courses(connection, wanted, since, until) if timed else {}
        gaps = stored.gaps(connection, wanted, since)
    return Undisclosed(
        Counted(
            cells,
            vans,
            centre.times(lasting),
            waiting,
            lost,
            None if "sessions" in gaps else sum(said["sessions"] for said in vans.values()),
            _followed(sent),
            gaps,
        )
    )


def known_then(
    database: Database, grant: Grant, since: date, until: date, moment: datetime
) -> Undisclosed[Counted] | None:
    """What was counted of some days by the entries that had come before a moment; None: that is not known.

    Not told: who waited then, how long steps took, and what became of referrals.
    """
    mine = crossings(grant)
    with database.operations.connect() as connection:
        back = until - timedelta(days=_REFERRED)
        found = past.as_of(connection, mine, min(since, back), until, moment)
    if found is None:
        return None
    cells: dict[Cell, dict[str, int]] = {}
    for (key, step), people in found.people.items():
        cell = Cell(*key)._replace(sex="", age="")
        if cell.day >= since:
            steps = cells.setdefault(cell, dict.fromkeys(STEPS, 0))
            steps[step] += people
    sent_by = until - timedelta(days=centre.LOST_DAYS)
    lost = sum(
        many
        for (key, _), many in found.courses.items()
        if Course(*key).day >= back and Course(*key).sent <= sent_by and not Course(*key).arrived
    )
    return Undisclosed(Counted(cells, {}, {}, {}, lost, None, {}, {}))


@dataclass(frozen=True)
class Brief:
    """What the first page says. `came`: in the last week; `urgent`: open, of yesterday and today."""

    came: int
    before: int
    urgent: int
    lost: int


def brief(database: Database, grant: Grant, today: date) -> Undisclosed[Brief]:
    """What the first page says of the account's crossings."""
    mine = crossings(grant)
    weeks = [today - timedelta(days=days) for days in (7, 14)]
    with database.operations.connect() as connection:
        cells = stored.arrivals_by(connection, mine, weeks[1], today, ())
        lost = _lost(connection, mine, today)
    lately = {cell: steps for cell, steps in cells.items() if cell.day >= today - timedelta(days=1)}
    return Undisclosed(
        Brief(
            _came(cells, weeks[0], today),
            _came(cells, weeks[1], weeks[0]),
            centre.total(lately, "urgent") - centre.total(lately, "urgent_met"),
            lost,
        )
    )


def _came(cells: Cells, since: date, before: date) -> int:
    return centre.total(
        {cell: steps for cell, steps in cells.items() if since <= cell.day < before}, "arrived"
    )


def _lost(connection: Connection, crossings: list[str], until: date) -> int:
    """Referrals of the days before that did not arrive."""
    since, sent_by = (until - timedelta(days=days) for days in (_REFERRED, centre.LOST_DAYS))
    return stored.lost(connection, crossings, since, until, sent_by)


def _followed(sent: Mapping[Course, int]) -> dict[Followed, int]:
    found: Counter[Followed] = Counter()
    for one, many in sent.items():
        arrived = date.fromisoformat(one.arrived) if one.arrived else None
        found[Followed(one.sent, arrived, one.outcome)] += many
    return found
