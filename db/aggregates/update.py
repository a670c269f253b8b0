"""Keeping what aggregate reports add to the line lists, in the import's own transaction.

A report counts in place of the line list of its facility in its period, and so what is kept is the
difference: the cubes plus these rows are what is shown. Nothing is kept of a facility without reports, and
nothing is done for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.cohorts import update as cohorts
from db.cubes import archived_sums
from db.cubes import update as cubes
from db.tables.aggregates import HELD, SumTables, aggregate_value
from db.tables.deliveries import declaration
from db.tables.records import SUM_COLUMNS, episode, facility
from surveillance.coverage.aggregates import Span, by_stratum, nested
from surveillance.coverage.indicators import MEASURES, Contribution
from surveillance.epiweek import day_of_number, time_cell_last_day, time_cells_between
from surveillance.strata import stratum
from surveillance.vocabulary import AXES, UNKNOWN

Vector = NDArray[np.int64]
#: Sums of each stratum.
Strata = dict[int, Vector]
_NOTHING = Contribution(0, 0, 0)
#: Facilities worked on at a time: bounds the memory of a rebuild.
_PART = 200


class Key(NamedTuple):
    """A facility's reports of one disease."""

    facility: str
    disease: str


def plain_stratum(disease: str) -> int:
    """Stratum of a count that names no group."""
    return stratum(disease, dict.fromkeys(AXES, UNKNOWN))


def refresh(
    connection: Connection, facilities: Collection[str] | None = None, tables: SumTables = HELD
) -> None:
    """Compute anew what the reports of some facilities add; of all of them with None."""
    own = aggregate_value.c.facility_key
    held = tables.facility.c.facility_key
    chosen = select(own).distinct().union(select(held).distinct())
    names = sorted(connection.execute(chosen).scalars())
    if facilities is not None:
        wanted = set(facilities)
        names = [name for name in names if name in wanted]
    touched: set[tuple[str, str]] = set()
    for start in range(0, len(names), _PART):
        touched |= _refresh_facilities(connection, names[start : start + _PART], tables.facility)
    _refresh_provinces(connection, touched, tables)


def refresh_touched(connection: Connection, facilities: sa.Select | sa.CompoundSelect) -> None:
    """The same for facilities whose line lists, or place, have changed: a query for their keys."""
    reporting = select(aggregate_value.c.facility_key).where(aggregate_value.c.facility_key.in_(facilities))
    if names := connection.execute(reporting.distinct()).scalars().all():
        refresh(connection, names)


def _refresh_facilities(connection: Connection, names: list[str], table: sa.Table) -> set[tuple[str, str]]:
    """Write the rows of some facilities; returns (disease, province) of what was and of what is there."""
    before = _provinces(connection, names, table)
    connection.execute(table.delete().where(table.c.facility_key.in_(names)))
    complete = declared_complete(connection, names)
    unlisted = archived_sums.unlisted(connection, names)
    reports = reports_of(connection, names)
    lists = line_lists(connection, reports.items())
    rows = []
    for key, spans in reports.items():
        listed = lists.get(key, {})
        sealed_cells = unlisted.get(key, set())
        for span, strata in _differences(key, spans, listed, complete.get(key.facility, []), sealed_cells):
            for number, (code, sums) in enumerate(sorted(strata.items())):
                rows.append((key.disease, key.facility, *span, code, int(number == 0), *sums.tolist()))
    if rows:
        columns = [column.name for column in table.columns]
        connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows])
    return before | _provinces(connection, names, table)


def _provinces(connection: Connection, names: list[str], table: sa.Table) -> set[tuple[str, str]]:
    rows = select(table.c.disease, table.c.facility_key).distinct()
    held = connection.execute(rows.where(table.c.facility_key.in_(names))).all()
    return {(disease, name) for disease, name in held}


def reports_of(connection: Connection, names: list[str]) -> dict[Key, dict[Span, dict[int, dict[str, int]]]]:
    """Counts of each report: facility and disease -> span -> stratum -> item -> persons."""
    c = aggregate_value.c
    query = (
        select(c.facility_key, c.disease, c.first_cell, c.last_cell, c.stratum, c.item, sa.func.sum(c.value))
        .where(c.facility_key.in_(names), c.superseded_batch.is_(None), c.value.is_not(None))
        .group_by(c.facility_key, c.disease, c.first_cell, c.last_cell, c.stratum, c.item)
    )
    found: dict[Key, dict[Span, dict[int, dict[str, int]]]] = defaultdict(lambda: defaultdict(dict))
    for name, disease, first, last, code, item, value in connection.execute(query):
        found[Key(name, disease)][Span(first, last)].setdefault(code, {})[item] = int(value)
    return found


def line_lists(
    connection: Connection, reports: Iterable[tuple[Key, Iterable[Span]]]
) -> dict[Key, dict[tuple[int, int], Vector]]:
    """Sums of the line lists that reports stand beside: facility and disease -> (cell, stratum) -> sums.

    Archived records are a part of their line list.
    """
    found: dict[Key, dict[tuple[int, int], Vector]] = defaultdict(dict)

    def add(key: Key, cell: int, code: int, sums: Vector) -> None:
        held = found[key]
        held[cell, code] = held[cell, code] + sums if (cell, code) in held else sums

    for key, spans in reports:
        first, last = min(span.first for span in spans), max(span.last for span in spans)
        own = sa.and_(
            episode.c.facility_key == key.facility,
            episode.c.disease == key.disease,
            sa.or_(episode.c.period.between(first, last), episode.c.start_period.between(first, last)),
            episode.c.superseded_batch.is_(None),
        )
        for summed in (*cubes.sums_of(connection, own), *cohorts.sums_of(connection, own)):
            _, _, period, code = summed.keys
            for cell, number, sums in zip(period.tolist(), code.tolist(), summed.sums, strict=True):
                add(key, cell, number, sums)
        for cell, number, sums in archived_sums.line_list(connection, *key, first, last):
            add(key, cell, number, sums)
    return found


def declared_complete(connection: Connection, names: list[str]) -> dict[str, list[Span]]:
    """Cells in which a facility's line list was declared complete, as runs of them."""
    c = declaration.c
    query = select(c.facility_key, c.first_day, c.last_day).where(c.complete, c.facility_key.in_(names))
    found: dict[str, list[Span]] = defaultdict(list)
    runs: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for name, first, last in connection.execute(query.order_by(c.facility_key, c.first_day, c.last_day)):
        own = runs[name]
        if own and first <= own[-1][1] + timedelta(days=1):
            own[-1] = (own[-1][0], max(own[-1][1], last))
        else:
            own.append((first, last))
    for name, own in runs.items():
        for first, last in own:
            cells = [
                cell
                for cell in time_cells_between(first, last)
                if first <= day_of_number(cell) and time_cell_last_day(day_of_number(cell)) <= last
            ]
            if cells:
                found[name].append(Span(cells[0], cells[-1]))
    return found


def _differences(
    key: Key,
    reports: Mapping[Span, Mapping[int, Mapping[str, int]]],
    listed: Mapping[tuple[int, int], Vector],
    complete: Iterable[Span],
    unlisted: Iterable[int],
) -> Iterator[tuple[Span, Strata]]:
    """What each report adds: itself, less the line list and less what reports inside it add already.

    Of the cells `unlisted` the line list is sealed and cannot be taken away: no report is added to it.
    """
    declared = list(complete)
    inside, _ = nested(list(reports))
    added: dict[Span, Strata] = {}
    for span, within in inside.items():
        if any(whole.first <= span.first and span.last <= whole.last for whole in declared):
            continue  # the line list counts
        if any(span.first <= cell <= span.last for cell in unlisted):
            continue
        difference = sums_of_report(key.disease, reports[span])
        for (cell, code), sums in listed.items():
            if span.first <= cell <= span.last:
                _take(difference, code, sums)
        for shorter in within:
            for code, sums in added.get(shorter, {}).items():
                _take(difference, code, sums)
        added[span] = difference
        yield span, difference


def _take(strata: Strata, code: int, sums: Vector) -> None:
    strata[code] = strata.get(code, np.zeros(len(SUM_COLUMNS), np.int64)) - sums


def sums_of_report(disease: str, strata: Mapping[int, Mapping[str, int]]) -> Strata:
    """Sums of one report by stratum, from stratum -> item -> persons."""
    found: Strata = {}
    for code, (persons, measures) in by_stratum(plain_stratum(disease), strata).items():
        row = [persons]
        for measure in MEASURES:
            row += measures.get(measure, _NOTHING)
        found[code] = np.array(row, np.int64)
    return found


def _refresh_provinces(connection: Connection, touched: set[tuple[str, str]], tables: SumTables) -> None:
    """Sum the facilities of every province again, of the diseases that were touched."""
    place = sa.func.coalesce(facility.c.province, UNKNOWN)
    own, care = tables
    for disease in sorted({disease for disease, _ in touched}):
        connection.execute(care.delete().where(care.c.disease == disease))
        keys = [own.c.disease, place, own.c.first_cell, own.c.last_cell, own.c.stratum]
        sums = [sa.func.sum(own.c[name]) for name in ("reports", *SUM_COLUMNS)]
        summed = (
            select(*keys, *sums)
            .select_from(own.outerjoin(facility, facility.c.facility_key == own.c.facility_key))
            .where(own.c.disease == disease)
            .group_by(*keys)
        )
        connection.execute(care.insert().from_select([column.name for column in care.columns], summed))
