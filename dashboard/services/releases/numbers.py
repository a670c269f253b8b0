"""What releases tell, and what stands behind them, as the attacks take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.services.releases import content, sheets
from dashboard.services.releases.blocks import blocks
from dashboard.services.releases.sheets import Sheet
from dashboard.services.releases.sums import Sums
from surveillance.disclosure.audit import Numbers
from surveillance.disclosure.lattice import Column
from surveillance.disclosure.model import Block, Counts, Pattern, State
from surveillance.disclosure.published import published


def unhidden(behind: Sums) -> Numbers:
    """What a release would publish if nothing were hidden, to judge what an attack has found.

    With it stand the groups of each place by the periods in which groups are issued for the country: they are
    never issued, and tie the tables that are.
    """
    told, joint = [], []
    for block in blocks(behind):
        states = {
            table.name: np.full(
                (len(block.chain.levels), len(table.rows.names), len(table.columns.names)),
                State.SHOWN,
                np.int8,
            )
            for table in block.tables
        }
        told.append(published(block, Pattern(1, states)))
        joint += [_joint(block, axis, sums) for axis, sums in block.joint.items()]
    return numbers_of(behind.disease, [*content.sheets_of(behind.disease, told), *joint])


def _joint(block: Block, axis: str, sums: Counts) -> Sheet:
    """The groups of each place, shape of the sums (places, periods, values, numbers)."""
    group, care = block.table(f"group:{axis}"), block.table("care")
    assert group is not None  # noqa: S101 - the block was made from both
    assert care is not None  # noqa: S101
    columns = [group.columns.names[leaf] for leaf in group.columns.leaves]
    rows = [
        (str(care.rows.names[place]), str(group.rows.names[value]))
        for place in care.rows.leaves
        for value in group.rows.leaves
    ]
    by_row = np.moveaxis(sums, 1, 2).reshape(len(rows), len(columns), -1)
    parts = {
        name: np.zeros((len(block.chain.levels), len(rows), len(columns)), np.int64)
        for name in ("numerator", "denominator", "unknown", "state")
    }
    for level, measure in enumerate(block.chain.levels):
        held = {block.chain.numbers[at].code: by_row[..., at] for at in block.chain.of_level(level)}
        if measure == sheets.RECORDS:
            parts["numerator"][level] = parts["denominator"][level] = held[measure]
            continue
        numerator = held[f"numerator {measure}"]
        parts["numerator"][level] = numerator
        parts["denominator"][level] = numerator + held[f"complement {measure}"]
        parts["unknown"][level] = held[f"unknown {measure}"]
    periods = tuple((column.kind, column.first_day) for column in columns if isinstance(column, Column))
    told = parts["numerator"], parts["denominator"], parts["unknown"], parts["state"]
    return Sheet("care", axis, tuple(rows), periods, block.chain.levels, *told)


def numbers_of(disease: str, every: Sequence[Sheet]) -> Numbers:
    """Published families as the audit takes them, in one length."""
    columns: list[list[Any]] = [[] for _ in Numbers.__dataclass_fields__]
    for sheet in every:
        level, row, column = (one.ravel() for one in np.indices(sheet.state.shape))
        places, values = (np.array([one[number] for one in sheet.rows]) for number in (0, 1))
        kinds = np.array([kind for kind, _ in sheet.columns])
        firsts = np.array([first for _, first in sheet.columns], "datetime64[D]")
        records = np.array(sheet.measures)[level] == sheets.RECORDS
        parts = (
            np.full(len(level), disease),
            np.array(sheet.measures)[level],
            np.full(len(level), sheet.dimension),
            places[row],
            np.full(len(level), sheet.axis),
            values[row],
            kinds[column],
            firsts[column],
            sheet.numerator.ravel(),
            np.where(records, sheets.BLANK, sheet.denominator.ravel()),
            np.where(records, sheets.BLANK, sheet.unknown.ravel()),
            sheet.state.ravel().astype(np.int8),
        )
        for held, part in zip(columns, parts, strict=True):
            held.append(part)
    if not every:
        return Numbers.of([])
    return Numbers(*(np.concatenate(held) for held in columns))
