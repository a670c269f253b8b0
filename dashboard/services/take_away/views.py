"""Views of the map with names: a person's own, those shared with a role, and the one the map opens with.

A view is a question, never an answer: each reader is shown what her account may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from dashboard.permissions import GRANTED, Grant, Permission
from dashboard.services.places.areas import facility_names
from db.core.engine import Database
from db.operations import saved_views as stored
from db.operations.saved_views import Row
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.texts import one_line

#: Characters of a name, and views that one person keeps.
LONGEST, MOST = 80, 50


@dataclass(frozen=True)
class View:
    """One view. `own`: of the reader; `role`: whom it is shared with; `opens`: the map opens with it."""

    number: int
    name: str
    question: dict[str, str]
    role: str | None
    own: bool
    author: str
    opens: bool


def listed(database: Database, grant: Grant) -> list[View]:
    """The reader's own views, then those shared with the reader's role, each by name."""
    grant.check(Permission.SEE_COVERAGE)
    opens = stored.default_of(database, grant.actor)
    rows = stored.readable(database, grant.actor, grant.role)
    views = [_view(row, grant, opens) for row in rows if _may_read(database, grant, row)]
    return sorted(views, key=lambda view: (not view.own, view.name.casefold(), view.number))


def save(database: Database, grant: Grant, name: str, question: dict[str, str]) -> int:
    """Keep a question under a name; its number.

    Raises
    ------
    UsageError
        The name is empty, too long or taken, or there are too many views.
    """
    grant.check(Permission.SEE_COVERAGE)
    said = name_of(name)
    return stored.add(database, grant.actor, said, urlencode(question), MOST)


def rename(database: Database, grant: Grant, number: int, name: str) -> None:
    """Give one's own view another name.

    Raises
    ------
    UsageError
        There is no such view of this person, or the name is empty, too long or taken.
    """
    grant.check(Permission.SEE_COVERAGE)
    said = name_of(name)
    stored.change(database, grant.actor, number, name=said)


def share(database: Database, grant: Grant, number: int, role: str) -> None:
    """Share one's own view with a role; a blank role takes it back.

    Raises
    ------
    UsageError
        There is no such view of this person, or no such role.
    """
    grant.check(Permission.SEE_COVERAGE)
    if role and role not in roles():
        raise UsageError(
            "role: '{role}' is none of {offered}", "role", role=role[:40], offered=", ".join(roles())
        )
    stored.change(database, grant.actor, number, role=role or None)


def delete(database: Database, grant: Grant, number: int) -> None:
    """Delete one's own view; for those who open the map with it the map is as usual again.

    Raises
    ------
    UsageError
        There is no such view of this person.
    """
    grant.check(Permission.SEE_COVERAGE)
    stored.delete(database, grant.actor, number)


def open_with(database: Database, grant: Grant, number: int | None) -> None:
    """Say with which view the map opens; None: as usual.

    Raises
    ------
    UsageError
        The reader may not see such a view.
    """
    grant.check(Permission.SEE_COVERAGE)
    if number is not None and all(view.number != number for view in listed(database, grant)):
        raise UsageError("there is no view {number} here", number=number)
    stored.set_default(database, grant.actor, number)


def opening_question(database: Database, grant: Grant) -> dict[str, str]:
    """The question that the map opens with; empty where it is the usual one.

    A view that is no longer shared with the reader does not count.
    """
    row = stored.opening(database, grant.actor, grant.role)
    return {} if row is None or not _may_read(database, grant, row) else dict(parse_qsl(row.question))


def _may_read(database: Database, grant: Grant, row: stored.Row) -> bool:
    """Whether a view is one's own, or asks for nothing outside one's programmes, provinces and facilities.

    Its name is what somebody wrote, and may tell of what the answer does not.
    """
    if row.owner == grant.actor:
        return True
    asked = dict(parse_qsl(row.question))
    disease, area = asked.get("disease", ""), asked.get("area", "")
    covered = grant.scope.programmes is None or (disease in DISEASES and grant.scope.covers(disease))
    if area and asked.get("by") == "facility" and not grant.scope.national:
        return covered and area in dict(facility_names(database, grant, "en"))
    return covered and (area not in PROVINCES or grant.scope.holds(area))


def roles() -> tuple[str, ...]:
    """Roles of accounts, with which a view can be shared."""
    return tuple(role for role in GRANTED if role != "custodian")


def name_of(text: str) -> str:
    """A name in one line.

    Raises
    ------
    UsageError
        It is empty or too long.
    """
    said = one_line(text)
    if not 0 < len(said) <= LONGEST:
        raise UsageError("name: give a name of 1 to {longest} characters", "name", longest=LONGEST)
    return said


def _view(row: Row, grant: Grant, opens: int | None) -> View:
    question = dict(parse_qsl(row.question))
    return View(row.id, row.name, question, row.role, row.owner == grant.actor, row.owner, row.id == opens)
