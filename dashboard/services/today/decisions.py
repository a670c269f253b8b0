"""Decisions of the weekly meeting: noted with owner and day, read within a scope, marked as done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dashboard.parameters import read_day
from dashboard.permissions import Grant, Permission
from dashboard.questions import together
from db.core.engine import Database
from db.operations import decisions as stored
from db.operations.decisions import EVERYBODY, Decision
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.texts import one_line

__all__ = [
    "COUNTRY",
    "EVERYBODY",
    "Decision",
    "Decisions",
    "add",
    "areas",
    "decisions",
    "mark_done",
    "readers",
]

#: What stands for the whole country in the form.
COUNTRY = "all"
#: Longest texts, and how many days ahead a decision may be due.
LONGEST, LONGEST_OWNER, MOST_DAYS = 500, 100, 731
#: Decisions that one list shows of each kind.
MOST = 200
#: Highest number that every database can look for.
_HIGHEST = 2**31 - 1


@dataclass(frozen=True)
class Decisions:
    """What was decided, for the readers of one scope.

    Parameters
    ----------
    last_week : (date, date)
        Monday and Sunday of the calendar week before today's, in Phnom Penh.
    open : tuple of Decision
        The overdue first, then by the last day.
    done : tuple of Decision
        Marked as done since that Monday, or made since then; the newest first.
    """

    today: date
    last_week: tuple[date, date]
    open: tuple[Decision, ...] = ()
    done: tuple[Decision, ...] = ()

    @property
    def overdue(self) -> tuple[Decision, ...]:
        """Open decisions after their last day."""
        return tuple(one for one in self.open if one.overdue(self.today))

    def of_last_week(self, one: Decision) -> bool:
        """Whether a decision was made in the last calendar week."""
        first, last = self.last_week
        return first <= datetime.fromisoformat(one.made_at).astimezone(TIME_ZONE).date() <= last


def decisions(database: Database, grant: Grant, today: date) -> Decisions:
    """Open decisions of the grant's scope, and those done lately.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_REPORTING)
    monday = today - timedelta(days=today.weekday() + 7)
    since = datetime.combine(monday, time(), TIME_ZONE).astimezone(UTC).isoformat(timespec="milliseconds")
    found = stored.listed(database, grant.scope, since, MOST)
    return Decisions(
        today,
        (monday, monday + timedelta(days=6)),
        tuple(one for one in found if not one.done),
        tuple(one for one in found if one.done),
    )


def areas(grant: Grant) -> list[str]:
    """Codes that a decision of this grant may be for: the country where the scope is, and provinces."""
    own = [code for code in PROVINCES if grant.scope.holds(code)]
    return [COUNTRY, *own] if grant.scope.national else own


def readers(grant: Grant) -> list[str]:
    """Who may be let read a decision of this grant, beside accounts of every programme; blank: nobody else.

    An account of some programmes notes decisions of these alone.
    """
    if grant.scope.programmes is None:
        return ["", *PROGRAMMES, EVERYBODY]
    return [code for code in PROGRAMMES if code in grant.scope.programmes]


def add(database: Database, grant: Grant, given: Mapping[str, str], today: date) -> int:
    """Note a decision from the texts of a form; return its number.

    Parameters
    ----------
    given : mapping
        `text`, `owner`, `due`, `area`, and `readers` (the first of :func:`readers` unless given).

    Raises
    ------
    NotPermittedError
        The grant may not note decisions.
    UsageError
        A text is missing or too long, the day is not one of the next two years, or the area or programme is
        outside the scope; everything that is wrong is said at once.
    """
    grant.check(Permission.NOTE_DECISIONS)
    faults: list[UsageError] = []
    text, owner = one_line(given.get("text", "")), one_line(given.get("owner", ""))
    if not 0 < len(text) <= LONGEST:
        faults.append(UsageError("decision: write between 1 and {most} characters", "text", most=LONGEST))
    if not 0 < len(owner) <= LONGEST_OWNER:
        faults.append(UsageError("owner: write between 1 and {most} characters", "owner", most=LONGEST_OWNER))
    due = _due(given.get("due", ""), today)
    if due is None:
        faults.append(UsageError("done by: write a day from today on, at most two years ahead", "due"))
    area = given.get("area", "")
    if area not in areas(grant):
        faults.append(UsageError("area: choose one of your provinces", "area"))
    possible = readers(grant)
    programme = given.get("readers", possible[0] if possible else "")
    if programme not in possible:
        faults.append(UsageError("who reads it: choose one of your programmes", "readers"))
    together(faults)
    if due is None:  # said above
        raise AssertionError("a decision without a day")
    return stored.add(
        database,
        author=grant.actor,
        area=None if area == COUNTRY else area,
        text=text,
        owner=owner,
        due=due,
        programme=programme or None,
    )


def mark_done(database: Database, grant: Grant, number: int) -> None:
    """Mark a decision as done; a second time changes nothing.

    Raises
    ------
    NotPermittedError
        The grant may not note decisions.
    UsageError
        The scope holds no such decision.
    """
    grant.check(Permission.NOTE_DECISIONS)
    known = 0 < number <= _HIGHEST
    changed = stored.mark_done(database, grant.scope, number, grant.actor) if known else None
    if changed is None:
        raise UsageError("there is no such decision")


def _due(text: str, today: date) -> date | None:
    try:
        day = read_day(text)
    except ValueError:
        return None
    return day if today <= day <= today + timedelta(days=MOST_DAYS) else None
