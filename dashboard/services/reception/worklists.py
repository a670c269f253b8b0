"""Worklists of a reception centre, for nurses: within their crossings, without a name, stored nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.permissions import Grant, Permission
from dashboard.services.reception import entries
from dashboard.services.reception.slips import VALID_DAYS
from db.core.engine import Database
from db.reception import read
from db.reception.store import Record
from geodata.crossings import ALL_CROSSINGS
from surveillance.errors import NotPermittedError
from surveillance.reception import worklists as pure
from surveillance.reception.worklists import ENDED, Line, Sent

#: Days of arrivals that are looked through for medicine: nobody carries it for longer.
_DAYS = 120
#: Days in which somebody of a van may still fall ill of measles, and those before the rash counted in.
_INCUBATED = 21


@dataclass(frozen=True)
class Worklists:
    """The lists of one day. `vans`: id, letter, day and crossing of those whose people may fall ill now."""

    today: date
    not_arrived: list[Line]
    running_out: list[Line]
    to_thailand: list[Line]
    from_thailand: list[Line]
    vans: list[tuple[str, str, date, str]]


def worklists(database: Database, grant: Grant, crossing: str | None, today: date) -> Worklists:
    """Make the worklists of a crossing, or of all of the grant's.

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
    with database.operations.connect() as connection:
        referrals = read.open_referrals(connection, wanted, since, today, ENDED)
        people = read.of_kind(connection, "arrival", {one.subject for one in referrals})
        people |= {one.subject: one for one in read.with_medicine(connection, wanted, recent, today)}
        held = read.of_kind(connection, "van", {one.van for one in people.values() if one.van})
        vans = read.between(connection, "van", wanted, today - timedelta(days=_INCUBATED), today)
    letters = {one.subject: one.values.get("letter", "") for one in held.values()}
    sent = [_sent(one, people.get(one.subject), letters) for one in referrals]
    came = [
        Sent(one.subject, "", one.van, _tag(one, letters), one.day, {}, one.values)
        for one in people.values()
        if one.day >= recent
    ]
    ways = pure.tuberculosis(sent, today)
    return Worklists(
        today,
        pure.not_arrived(sent, today),
        pure.running_out(sent, came, today),
        ways["to Thailand"],
        ways["from Thailand"],
        [
            (one.subject, one.values.get("letter", ""), one.day, one.crossing)
            for one in sorted(vans, key=lambda one: (one.day, one.subject), reverse=True)
            if not one.withdrawn
        ],
    )


def crossings(grant: Grant) -> list[str]:
    """Crossings whose records an account may see."""
    return [code for code in ALL_CROSSINGS if entries.may_see(grant, code)]


def _sent(one: Record, arrival: Record | None, letters: dict[str, str]) -> Sent:
    gate = ALL_CROSSINGS.get(one.crossing)
    return Sent(
        one.subject,
        one.item,
        one.van,
        _tag(arrival, letters) if arrival else "",
        one.day,
        one.values,
        arrival.values if arrival else {},
        (gate.neighbour or "") if gate else "",
    )


def _tag(arrival: Record, letters: dict[str, str]) -> str:
    number, letter = arrival.values.get("number"), letters.get(arrival.van, "")
    return f"{letter}-{number}" if letter and number else str(number or "")
