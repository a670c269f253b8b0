"""Whether the database fits together: cubes against records, identities, receipts, references."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import sqlalchemy as sa
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from db.aggregates import update as aggregates
from db.batches.declared_coverage import MISSING_WITHDRAWN
from db.cohorts import update as cohorts
from db.cubes import sets as cube_sets
from db.cubes import update as cubes
from db.cubes.update import Progress
from db.denominators import store as denominators
from db.districts import home as districts
from db.districts import store as dated_districts
from db.indicators import update as indicators
from db.neighbours import store as neighbours
from db.persons import update as persons
from db.routes import store as routes
from db.tables import cohorts as cohort_tables
from db.tables.aggregates import HELD, aggregate_value, temporary_sums
from db.tables.archived import sealed_batch
from db.tables.districts.home import cube_district
from db.tables.districts.home import temporary_sums as temporary_districts
from db.tables.indicators.sums import cube_indicator
from db.tables.indicators.sums import temporary_sums as temporary_indicators
from db.tables.persons import cube_person, temporary_cube
from db.tables.records import batch, episode, metadata, notice
from db.tables.vans import cube_correlation, cube_van, temporary_correlations
from db.tables.vans import temporary_sums as temporary_sums_of_vans
from db.vans import update as vans

#: Cells that are named for each cube that differs; the rest are counted.
NAMED = 5
_CURRENT = episode.c.superseded_batch.is_(None)


@dataclass(frozen=True)
class CubeDifference:
    """A cube that is not the sum of the records: how many of its cells, and the keys of some."""

    cube: str
    cells: int
    examples: tuple[tuple[object, ...], ...]


@dataclass
class Verification:
    """What was found. `other`: what a rebuild cannot mend, each as a sentence."""

    records: int = 0
    cubes: list[CubeDifference] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    rebuilt: bool = False

    @property
    def sound(self) -> bool:
        """Whether everything fits, now."""
        return not self.other and (self.rebuilt or not self.cubes)


def verify(connection: Connection, *, rebuild: bool, progress: Progress | None = None) -> Verification:
    """Check everything in one transaction; with `rebuild`, which needs a writing one, mend the cubes."""
    found = Verification(_count(connection, select(episode.c.id).where(_CURRENT)))
    expected = cube_sets.temporary(connection, "expected_")
    cubes.fill(connection, expected, progress)
    sums = temporary_sums(connection, "expected_")
    aggregates.refresh(connection, tables=sums)
    counted = temporary_cube(connection, "expected_")
    persons.fill(connection, counted)
    by_van = temporary_sums_of_vans(connection, "expected_")
    vans.fill(connection, by_van)
    alike = temporary_correlations(connection, "expected_")
    vans.refresh(connection, by_van, alike)
    started = cohort_tables.temporary(connection, "expected_")
    cohorts.fill(connection, started)
    named = temporary_indicators(connection, "expected_")
    indicators.fill(connection, named)
    by_district = temporary_districts(connection, "expected_")
    districts.fill(connection, by_district)
    pairs = [
        *zip(cube_sets.HELD.tables, expected.tables, strict=True),
        *zip(HELD, sums, strict=True),
        (cube_person, counted),
        (cube_van, by_van),
        (cube_correlation, alike),
        *zip(cohort_tables.HELD, started, strict=True),
        (cube_indicator, named),
        (cube_district, by_district),
    ]
    found.cubes = _different(connection, pairs)
    found.other = [
        *_doubled(connection),
        *_receipts(connection),
        *_totals(connection),
        *denominators.problems(connection),
        *dated_districts.problems(connection),
        *districts.problems(connection),
        *routes.VERSIONS.problems(connection),
        *neighbours.problems(connection),
        *_dangling(connection),
    ]
    if rebuild and found.cubes:
        differing = {difference.cube for difference in found.cubes}
        for held, table in pairs:
            if held.name in differing:
                names = [column.name for column in held.columns]
                connection.execute(held.delete())
                connection.execute(
                    held.insert().from_select(names, select(*(table.c[name] for name in names)))
                )
        found.rebuilt = True
    for _, table in pairs:
        table.drop(connection)
    return found


def _count(connection: Connection, query: sa.Select) -> int:
    return int(connection.execute(_counting(query)).scalar_one())


def _counting(query: sa.Select) -> sa.Select:
    return select(func.count()).select_from(query.subquery())


def _different(connection: Connection, pairs: list[tuple[Table, Table]]) -> list[CubeDifference]:
    found = []
    for held, table in pairs:
        number, some = _cells(held, table)
        if cells := int(connection.execute(number).scalar_one()):
            named = connection.execute(some)
            found.append(CubeDifference(held.name, cells, tuple(tuple(row) for row in named)))
    return found


@cache  # the tables are the same each time, and to put the statement together takes longer than its answer
def _cells(held: Table, table: Table) -> tuple[sa.Select, sa.Select]:
    """Statements of how many cells of two tables differ, and of the keys of some."""
    names = [column.name for column in held.columns]
    keys = [column.name for column in held.primary_key.columns]
    one, other = (select(*(source.c[name] for name in names)) for source in (held, table))
    both = sa.union_all(*(select(half.subquery()) for half in (one.except_(other), other.except_(one))))
    rows = both.subquery("rows")
    cells = select(*(rows.c[key] for key in keys)).distinct()
    return _counting(cells), cells.order_by(*(rows.c[key] for key in keys)).limit(NAMED)


def _doubled(connection: Connection) -> list[str]:
    """Identities with more than one current version: an index forbids them, where it is whole."""
    keys = (episode.c.identity, episode.c.occurrence)
    doubled = select(*keys).where(_CURRENT).group_by(*keys).having(func.count() > 1)
    number = _count(connection, doubled)
    return [f"{number} records have more than one current version"] if number else []


def _receipts(connection: Connection) -> list[str]:
    """Batches whose receipt does not agree with itself or with the rows that are stored."""

    def rows_by(column: sa.Column) -> dict[int, int]:
        query = select(column, func.count()).where(column.is_not(None)).group_by(column)
        return {number: int(rows) for number, rows in connection.execute(query)}

    brought, ended = rows_by(episode.c.batch), rows_by(episode.c.superseded_batch)
    for number, came, went in connection.execute(select(sealed_batch)):  # versions that are held no longer
        brought[number] = brought.get(number, 0) + came
        ended[number] = ended.get(number, 0) + went
    counts = rows_by(aggregate_value.c.batch)
    missing = _missing(connection)
    found = []
    for row in connection.execute(select(batch).order_by(batch.c.id)):
        parts = row.accepted + row.amended + row.withdrawn + row.duplicate + row.rejected
        if row.id in counts:  # what takes a count back is a version too
            brought[row.id] = counts[row.id] - row.withdrawn
            ended[row.id] = row.amended + row.withdrawn
        for said, is_there, what in (
            (row.rows, parts, "rows and the sum of what became of them"),
            (row.accepted + row.amended, brought.get(row.id, 0), "accepted and amended, and versions stored"),
            (
                row.amended + row.withdrawn + missing.get(row.id, 0),
                ended.get(row.id, 0),
                "amended and withdrawn, and versions ended",
            ),
        ):
            if said != is_there:
                found.append(f"batch {row.id}: {what} differ ({said} and {is_there})")
    return found


def _missing(connection: Connection) -> dict[int, int]:
    query = select(notice.c.batch, notice.c.rows).where(notice.c.kind == MISSING_WITHDRAWN)
    return {number: int(rows) for number, rows in connection.execute(query)}


def _totals(connection: Connection) -> list[str]:
    """Current records are what was accepted, less what was withdrawn."""
    said = connection.execute(
        select(func.coalesce(func.sum(batch.c.accepted - batch.c.withdrawn), 0)).where(
            batch.c.id.not_in(select(aggregate_value.c.batch))
        )
    ).scalar_one()
    said = int(said) - sum(_missing(connection).values())
    held = _count(connection, select(episode.c.id).where(_CURRENT))
    counted = func.coalesce(func.sum(sealed_batch.c.brought - sealed_batch.c.ended), 0)
    sealed = int(connection.execute(select(counted)).scalar_one())
    if said == held + sealed:
        return []
    return [
        f"receipts say {said} current records, {held} are held" + (f" and {sealed} sealed" if sealed else "")
    ]


def _dangling(connection: Connection) -> list[str]:
    """References to rows that are not there."""
    return [
        f"{name}: {number} rows refer to what is not there"
        for name, lost in _references().items()
        if (number := int(connection.execute(lost).scalar_one()))
    ]


@cache
def _references() -> dict[str, sa.Select]:
    """For each reference the statement of how many of its rows lead nowhere."""
    found = {}
    for table in metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            (element,) = constraint.elements
            own, other = element.parent, _aliased(element.column)
            lost = select(own).where(own.is_not(None), ~sa.exists().where(other == own))
            found[f"{table.name}.{own.name}"] = _counting(lost)
    return found


def _aliased(column: sa.Column) -> sa.ColumnElement:
    table: Table = column.table
    return table.alias("referred").c[column.name]
