"""From what is published of blocks to the sheets of a release, and to the rows that the audit takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

import numpy as np

from dashboard.services.releases import sheets
from dashboard.services.releases.sheets import BLANK, TOGETHER, Numbers, Sheet
from surveillance.disclosure.lattice import COUNTRY, KINDS, Column, TableSpec, cohort_lattice_of, lattice_of
from surveillance.disclosure.model import COHORT, VISITS, Block, Chain, Pattern, State
from surveillance.disclosure.published import Published, PublishedTable

_PARTS = ("numerator", "denominator", "unknown", "state")
_ORDER: dict[str, int] = {kind: number for number, kind in enumerate(reversed(KINDS))}


def sheets_of(disease: str, told: Sequence[Published], *, noise: bool = False) -> tuple[Sheet, ...]:
    """Lay what is published of a disease out as sheets: one for each table, its years beside each other."""
    specs = [(VISITS, spec) for spec in lattice_of(disease)]
    specs += [(COHORT, spec) for spec in cohort_lattice_of(disease)]
    found = []
    for chain, spec in specs:
        tables = [
            (one.year, table)
            for one in told
            if one.chain == chain.code
            for table in one.tables
            if table.name == spec.name
        ]
        if tables:
            found.append(_sheet(chain, spec, tables, noise=noise))
    return tuple(found)


def _sheet(
    chain: Chain, spec: TableSpec, tables: Sequence[tuple[int, PublishedTable]], *, noise: bool
) -> Sheet:
    rows, columns, arrays = _rows(spec, tables[0][1]), [], []
    for year, table in tables:
        if spec.axis and spec.by_place:
            columns.append(("year", date(year, 1, 1)))
            # Places by values become rows; the margins belong to other tables.
            arrays.append(
                {name: one[:, 1:, 1:].reshape(len(chain.levels), -1, 1) for name, one in _told(table).items()}
            )
        else:
            columns += [(name.kind, name.first_day) for name in cast(Sequence[Column], table.columns.names)]
            first = 1 if spec.axis else 0
            arrays.append({name: one[:, first:] for name, one in _told(table).items()})
    whole = {name: np.concatenate([one[name] for one in arrays], axis=2) for name in _PARTS}
    order = sorted(range(len(columns)), key=lambda at: (_ORDER[columns[at][0]], columns[at][1]))
    return Sheet(
        spec.dimension,
        spec.axis,
        rows,
        tuple(columns[at] for at in order),
        chain.levels,
        **{name: np.ascontiguousarray(array[:, :, order]) for name, array in whole.items()},
        noise=noise,
    )


def _rows(spec: TableSpec, table: PublishedTable) -> tuple[tuple[str, str], ...]:
    names = [str(name) for name in table.rows.names]
    if spec.axis and spec.by_place:
        values = [str(name) for name in table.columns.names[1:]]
        return tuple((place, value) for place in names[1:] for value in values)
    if spec.axis:
        return tuple((TOGETHER, value) for value in names[1:])
    return tuple((TOGETHER if name == COUNTRY else name, "") for name in names)


def _told(table: PublishedTable) -> dict[str, Numbers]:
    """Numerator, denominator, unknown and state of each level, shape (levels, rows, columns)."""
    at = {code: number for number, code in enumerate(table.numbers)}
    state = table.states.astype(np.int64)
    found = {name: np.full(state.shape, BLANK, np.int64) for name in _PARTS[:3]}
    found["state"] = state
    for level, measure in enumerate(table.levels):
        shown = state[level] == State.SHOWN
        if measure == sheets.RECORDS:
            records = table.values[at["records"]]
            found["numerator"][level] = found["denominator"][level] = records
            found["unknown"][level][shown] = 0
            continue
        numerator, complement = (
            table.values[at[f"{part} {measure}"]] for part in ("numerator", "complement")
        )
        found["numerator"][level] = numerator
        found["denominator"][level][shown] = (numerator + complement)[shown]
        if f"unknown {measure}" in at:
            found["unknown"][level] = table.values[at[f"unknown {measure}"]]
    return found


def changed(earlier: Iterable[Sheet], later: Iterable[Sheet]) -> str | None:
    """Name a table in which what was issued is not carried over as it was; None where all of it is."""
    now = {sheet.name: sheet for sheet in later}
    for sheet in earlier:
        new = now.get(sheet.name)
        if new is None or (new.measures, new.noise) != (sheet.measures, sheet.noise):
            return sheet.name
        try:
            rows = [new.row_at[row] for row in sheet.rows]
            columns = [new.column_at[column] for column in sheet.columns]
        except KeyError:
            return sheet.name
        where = np.ix_(range(len(sheet.measures)), rows, columns)
        if any(not np.array_equal(getattr(new, part)[where], getattr(sheet, part)) for part in _PARTS):
            return sheet.name
    return None


def utility(block: Block, pattern: Pattern) -> list[dict[str, Any]]:
    """Count how much of a block is hidden: families with people, and people, of leaf cells by place of care.

    `not_issued`: cells in periods that are too fine for the country's own numbers.
    """
    table = block.table("care")
    if table is None:
        return []
    rows, columns = np.array(table.rows.leaves, np.int64), np.array(table.columns.leaves, np.int64)
    found = []
    for level, measure in enumerate(block.chain.levels):
        masks = [number for number in block.chain.of_level(level) if block.chain.numbers[number].protected]
        people = table.totals[..., masks].sum(axis=2)[np.ix_(rows, columns)]
        state = pattern.states[table.name][level][np.ix_(rows, columns)]
        held, hidden, coarse = people > 0, state == State.HIDDEN, state == State.NOT_ISSUED
        found.append(
            {
                "disease": block.disease,
                "measure": measure,
                "threshold": pattern.threshold,
                "cells": int(held.sum()),
                "hidden": int((held & hidden).sum()),
                "not_issued": int((held & coarse).sum()),
                "people": int(people.sum()),
                "people_hidden": int(people[hidden].sum()),
                "people_not_issued": int(people[coarse].sum()),
            }
        )
    return found


def summed(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sum the utility of several years, by disease, measure and threshold."""
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for part in parts:
        key = (part["disease"], part["measure"], part["threshold"])
        held = found.setdefault(key, {name: part[name] for name in ("disease", "measure", "threshold")})
        for name, number in part.items():
            if name not in ("disease", "measure", "threshold"):
                held[name] = held.get(name, 0) + number
    return list(found.values())
