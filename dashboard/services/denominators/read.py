"""Reading denominators: figures about areas, which everybody who sees coverage may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.kept import Kept
from db.core.engine import Database
from db.denominators import store
from geodata.provinces import PROVINCES
from surveillance.denominators import figures
from surveillance.denominators.kinds import COUNTRY, KINDS, LEVELS, Denominator
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError


@dataclass(frozen=True)
class Version:
    """A version of a figure, with the file that brought it."""

    figure: Denominator
    level: str
    batch: int
    file_name: str
    row: int
    received_at: str
    actor: str
    #: When a later file replaced it or took it back; None while it is in force.
    ended_at: str | None


def denominators(
    database: Database, grant: Grant, kind: str, *, year: int | None = None, level: str = "province"
) -> list[Denominator]:
    """Figures in force of a kind, at a level of area.

    Parameters
    ----------
    kind : str
        Code of `surveillance.denominators.kinds.KINDS`.
    year : int, optional
        Year of the question: of each area the figures of that year, else of the nearest earlier one. Each
        says by its own year which it is. Without it every year.
    level : str
        Code of `LEVELS`.

    Returns
    -------
    list of Denominator
        Totals (sex and age None) and parts, in the age bands of the records; sums of parts stand where only
        parts were given. Totals and parts are not to be added up. The country is the sum of its provinces
        where it has no figure of its own and all of them have one of a year.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    UsageError
        There is no such kind or level.
    """
    grant.check(Permission.SEE_COVERAGE)
    if kind not in KINDS:
        raise UsageError("kind: use one of {kinds}", "kind", kinds=", ".join(KINDS))
    if level not in LEVELS:
        raise UsageError("level: use one of {levels}", "level", levels=", ".join(LEVELS))
    found = _KEPT.get(database, None, (kind, level), lambda: _read(database, kind, level))
    return list(found) if year is None else figures.in_force(list(found), year)


_KEPT: Kept[tuple[Denominator, ...]] = Kept(16)


def _read(database: Database, kind: str, level: str) -> tuple[Denominator, ...]:
    """Figures in force of every year, with the sums that stand for what was not given."""
    with database.reading() as connection:
        held = [denominator_of(row) for row in store.listed(connection, kind=kind, level=level)]
        below = store.listed(connection, kind=kind, level="province") if level == "country" else []
    found = figures.completed(held)
    if below:
        found += _from_provinces([denominator_of(row) for row in below], {one.year for one in found})
    return tuple(found)


def _from_provinces(provinces: list[Denominator], given: set[int]) -> list[Denominator]:
    """The country as the sum of its provinces, for years of which it has no figure of its own."""
    made = figures.completed(provinces)
    found = []
    for year in sorted({one.year for one in made} - given):
        parts = [one for one in made if one.year == year]
        country = figures.country_from(parts, list(PROVINCES), COUNTRY)
        if country is not None:
            found.append(country)
    return found


def versions(
    database: Database,
    grant: Grant,
    *,
    kind: str | None = None,
    area: str | None = None,
    year: int | None = None,
    history: bool = False,
    as_of: date | None = None,
) -> list[Version]:
    """Figures as they were given, with who brought them and when.

    Parameters
    ----------
    area : str, optional
        Code of an area.
    history : bool
        Also what later files replaced or took back.
    as_of : date, optional
        As they were at the end of this day in Cambodia.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    until = None
    if as_of is not None:
        midnight = datetime.combine(as_of + timedelta(days=1), time(), TIME_ZONE)
        until = midnight.astimezone(UTC).isoformat(timespec="seconds")
    with database.reading() as connection:
        rows = store.listed(
            connection,
            kind=kind,
            areas=None if area is None else [area],
            year=year,
            history=history,
            until=until,
        )
    return [
        Version(
            denominator_of(row),
            row["level"],
            row["batch"],
            row["file_name"],
            row["row_number"],
            row["received_at"],
            row["actor"],
            row["ended_at"] if until is None or (row["ended_at"] or "") < until else None,
        )
        for row in rows
    ]


def files(database: Database, grant: Grant, most: int | None = None) -> list[dict[str, Any]]:
    """Files of figures that came, with their counts, the newest first.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.reading() as connection:
        return store.VERSIONS.batches(connection, most)


def denominator_of(row: Mapping[str, Any]) -> Denominator:
    """A stored row as a figure."""
    return Denominator(
        row["kind"],
        row["area"],
        int(row["year"]),
        float(row["value"]),
        row["lower"],
        row["upper"],
        row["sex"] or None,
        row["age"] or None,
        row["source"],
        row["grade"],
    )
