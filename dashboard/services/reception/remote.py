"""Remote areas: the list with its history, and what facilities in them tested and treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import view
from dashboard.services.disclosure import rules
from db.core.engine import Database
from db.ingest import facilities
from db.operations import audit
from db.reception import remote as stored
from db.reception import store
from db.reception.remote import Version
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception.cascade import Share, share
from surveillance.reception.remote_areas import Remote, remote_days
from surveillance.texts import N_
from surveillance.windows import Window

LONGEST, LONGEST_PLACE = 300, 80
MEASURES = ("testing", "treatment")
#: Different parts of a window that are asked one after the other.
_MOST_PARTS = 12
NOT_ENTITLED = N_("By facility your account is shown nothing: nothing of it is issued.")
NEVER = N_("HIV and syphilis are never shown by facility, so they are not shown by remote area.")
NO_LIST = N_("No remote area is listed.")
TOO_MANY = N_("Areas began or ceased to be remote on too many days of these: ask for fewer days.")


@dataclass(frozen=True)
class Listed:
    """One remote area that stands, and how many facilities of the account's list are in it."""

    version: Version
    facilities: int


@dataclass(frozen=True)
class Groups:
    """What facilities in remote areas, and all others, tested and treated; `why`: why nothing is shown.

    `remote` and `other`: by measure. `places`: facilities that were remote on any of the days.
    """

    remote: dict[str, Share]
    other: dict[str, Share]
    places: int = 0
    why: str = ""


def may_edit(grant: Grant) -> bool:
    """Whether a grant edits the list: as it imports facilities, of the whole country."""
    return grant.can(Permission.IMPORT_FILES) and grant.scope.national


def check(grant: Grant) -> None:
    """Refuse who does not edit the list.

    Raises
    ------
    NotPermittedError
        The grant imports no files, or is for some places.
    """
    grant.check(Permission.IMPORT_FILES)
    if not grant.scope.national:
        raise NotPermittedError("the list is of the whole country; your account is for some places")


def listed(database: Database, grant: Grant) -> list[Listed]:
    """Remote areas that stand, of the whole country: they tell nothing of people.

    Raises
    ------
    NotPermittedError
        The grant is shown no coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    known = _facilities(database, grant)
    return [
        Listed(one, sum(one.area.holds(name, commune) for name, commune in known))
        for one in stored.standing(history(database, grant))
    ]


def history(database: Database, grant: Grant) -> list[Version]:
    """Every version, the newest first.

    Raises
    ------
    NotPermittedError
        The grant is shown no coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.operations.connect() as connection:
        return stored.versions(connection)


def put(
    database: Database, grant: Grant, area: Remote, *, standing: bool = True, now: datetime | None = None
) -> bool:
    """Keep a remote area, or take it back; audited. Of one place and first day the newest version holds.

    Returns
    -------
    bool
        Whether anything changed.

    Raises
    ------
    NotPermittedError
        The grant does not edit the list.
    UsageError
        A text is too long; or what is taken back is not there.
    """
    check(grant)
    if len(area.place) > LONGEST_PLACE or len(area.source) > LONGEST:
        raise UsageError("source: write at most {most} letters", "source", most=LONGEST)
    key = (area.kind, area.place, area.first)
    with store.writing(database) as connection:
        held = next(
            (
                one
                for one in stored.standing(stored.versions(connection))
                if (one.area.kind, one.area.place, one.area.first) == key
            ),
            None,
        )
        if held is None and not standing:
            raise UsageError("there is no such remote area in the list")
        if held is not None and standing and held.area == area:
            return False
        stored.add(connection, area, standing=standing, by=grant.actor, at=now or datetime.now(UTC))
        said = {"kind": area.kind, "area": area.place, "from": area.first, "to": area.last, "held": standing}
        audit.write(connection, grant.actor, "remote areas changed", said | {"source": area.source})
    return True


def groups(database: Database, grant: Grant, disease: str, window: Window, today: date) -> Groups:
    """Tested, and treatment started, at facilities while they lay in remote areas, and at all others.

    The days of each are widened to whole weeks, cut at months, as everywhere.
    """
    if not rules.entitled(grant):
        return Groups({}, {}, why=NOT_ENTITLED)
    if DISEASES[disease].sensitive:
        return Groups({}, {}, why=NEVER)
    areas = [one.area for one in stored.standing(history(database, grant))]
    if not areas:
        return Groups({}, {}, why=NO_LIST)
    parts: dict[Window, set[str]] = {}
    for name, commune in _facilities(database, grant):
        for part in remote_days(areas, name, commune, window):
            parts.setdefault(part, set()).add(name)
    if len(parts) > _MOST_PARTS:
        return Groups({}, {}, why=TOO_MANY)
    places = len(set().union(*parts.values()))
    remote, other = {}, {}
    for measure in MEASURES:
        inside = [
            _sum(database, grant, disease, measure, part, today, names) for part, names in parts.items()
        ]
        whole = _sum(database, grant, disease, measure, window, today, None)
        mine = (sum(one[0] for one in inside), sum(one[1] for one in inside))
        remote[measure] = share(*mine)
        other[measure] = share(max(0, whole[0] - mine[0]), max(0, whole[1] - mine[1]))
    return Groups(remote, other, places)


def _sum(
    database: Database,
    grant: Grant,
    disease: str,
    measure: str,
    window: Window,
    today: date,
    names: set[str] | None,
) -> tuple[int, int]:
    """Numerator and denominator of some facilities, or of all."""
    asked = CoverageQuery(disease, by="facility", measure=measure, start=window.first, end=window.last)
    rows = view.table(database, grant, asked, today).rows
    kept = [one.value for one in rows if names is None or one.area.code in names]
    return sum(one.numerator or 0 for one in kept), sum(one.denominator or 0 for one in kept)


def _facilities(database: Database, grant: Grant) -> Sequence[tuple[str, str | None]]:
    """Facilities of the account's list, each with its commune."""
    with database.reading() as connection:
        found = facilities.listed(connection, grant.scope)
    return [(one["facility_id"], one["commune"]) for one in found]
