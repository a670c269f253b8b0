"""Worklists of a reception centre, for nurses: within their crossings, without a name, stored nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.reception import entries
from dashboard.services.reception.slips import VALID_DAYS
from db.core.engine import Database
from db.reception import read
from db.reception.store import Record
from geodata.crossings import ALL_CROSSINGS
from surveillance.errors import NotPermittedError
from surveillance.reception import worklists as pure
from surveillance.reception.worklists import SOON, Line, Sent

#: Days of arrivals that are looked through for medicine: nobody carries it for longer.
_DAYS = 120
#: Days in which somebody of a van may still fall ill of measles, and those before the rash counted in.
_INCUBATED = 21
#: Lines of each list at first, and on each page of one list that is read to its end.
FIRST, AT_ONCE = 50, 200
#: Lists, by what an address calls them.
LISTS = ("not-arrived", "running-out", "to-thailand", "from-thailand")


@dataclass(frozen=True)
class Listed:
    """A part of a list. `before`: how many lines come before it; `total`: of the whole list."""

    lines: Sequence[Line]
    total: int
    before: int = 0

    @property
    def after(self) -> int:
        """How many lines come after it."""
        return self.total - self.before - len(self.lines)


@dataclass(frozen=True)
class Worklists:
    """The lists of one day.

    `van_days`: days on which vans came whose people may fall ill now, the newest first, and how many vans.
    `vans`: id, letter, day and crossing of those of one day.
    """

    today: date
    not_arrived: Listed
    running_out: Listed
    to_thailand: Listed
    from_thailand: Listed
    van_days: Mapping[date, int]
    vans_of: date | None
    vans: list[tuple[str, str, date, str]]


def worklists(
    database: Database,
    grant: Grant,
    crossing: str | None,
    today: date,
    *,
    only: str = "",
    page: int = 1,
    vans_of: date | None = None,
) -> Worklists:
    """Make the worklists of a crossing, or of all of the grant's.

    Parameters
    ----------
    only : str, optional
        One of :data:`LISTS`: of the others the first lines are given, of this one a page.
    page : int, default 1
        Which page of it.
    vans_of : date, optional
        Whose vans are listed; by default those of the newest day with vans.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals, or not of this crossing.
    """
    grant.check(Permission.READ_REFERRALS)
    wanted = crossings(grant)
    if crossing is not None and crossing not in wanted:
        raise NotPermittedError("this crossing is none of your account's")
    wanted = wanted if crossing is None else [crossing]
    recent, since = today - timedelta(days=_DAYS), today - timedelta(days=VALID_DAYS)
    soon = today + timedelta(days=SOON)
    with database.operations.connect() as connection:
        referrals = read.open_referrals(connection, wanted, since, today)
        people = read.of_kind(connection, "arrival", {one.subject for one in referrals})
        people |= {one.subject: one for one in read.with_medicine(connection, wanted, recent, today, soon)}
        said = {subject: one.values for subject, one in people.items()}
        sent = [_sent(one, said.get(one.subject, {})) for one in referrals]
        came = [
            Sent(one.subject, "", one.van, _number(said[one.subject]), one.day, {}, said[one.subject])
            for one in people.values()
            if one.day >= recent
        ]
        ways = pure.tuberculosis(sent, today)
        lists = (
            pure.not_arrived(sent, today),
            pure.running_out(sent, came, today),
            ways["to Thailand"],
            ways["from Thailand"],
        )
        parts = [_part(lines, page if name == only else 0) for name, lines in zip(LISTS, lists, strict=True)]
        shown = {line.van for part in parts for line in part.lines if line.van}
        letters = {
            subject: one.values.get("letter", "")
            for subject, one in read.of_kind(connection, "van", shown).items()
        }
        days = read.van_days(connection, wanted, today - timedelta(days=_INCUBATED), today)
        vans_of = vans_of if vans_of in days else next(iter(days), None)
        vans = read.between(connection, "van", wanted, vans_of, vans_of) if vans_of else []
    return Worklists(
        today,
        _tagged(parts[0], letters),
        _tagged(parts[1], letters),
        _tagged(parts[2], letters),
        _tagged(parts[3], letters),
        days,
        vans_of,
        [
            (one.subject, one.values.get("letter", ""), one.day, one.crossing)
            for one in sorted(vans, key=lambda one: (one.crossing, one.subject))
            if not one.withdrawn
        ],
    )


def _part(lines: Sequence[Line], page: int) -> Listed:
    """The first lines of a list, or one of its pages."""
    if not page:
        return Listed(lines[:FIRST], len(lines))
    before = min(page - 1, max(0, len(lines) - 1) // AT_ONCE) * AT_ONCE
    return Listed(lines[before : before + AT_ONCE], len(lines), before)


def _tagged(part: Listed, letters: Mapping[str, str]) -> Listed:
    """The same lines with whole tags: letter of the van, number of the person."""
    lines = [replace(one, tag=_tag(letters.get(one.van, ""), one.tag)) for one in part.lines]
    return replace(part, lines=lines)


def crossings(grant: Grant) -> list[str]:
    """Crossings whose records an account may see."""
    return [code for code in ALL_CROSSINGS if entries.may_see(grant, code)]


def _sent(one: Record, arrival: Mapping[str, Any]) -> Sent:
    gate = ALL_CROSSINGS.get(one.crossing)
    return Sent(
        one.subject,
        one.item,
        one.van,
        _number(arrival),
        one.day,
        one.values,
        arrival,
        (gate.neighbour or "") if gate else "",
    )


def _number(arrival: Mapping[str, Any]) -> str:
    return str(arrival.get("number") or "")


def _tag(letter: str, number: str) -> str:
    return f"{letter}-{number}" if letter and number else number
