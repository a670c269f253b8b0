"""What an earlier release showed and hid, as suppression takes it: none of it is decided anew."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.services.releases.sheets import COMPLETION, TOGETHER, Numbers, Sheet
from surveillance.disclosure.lattice import COUNTRY, Column
from surveillance.disclosure.model import COHORT, Block, Pattern, Table

_States = NDArray[np.int8]


def issued_patterns(block: Block, threshold: int, earlier: Sequence[Sheet]) -> Pattern | None:
    """Return what was issued of a block before; None where nothing was.

    Parameters
    ----------
    earlier : sequence of Sheet
        What the release before published of the disease, at this threshold.
    """
    wanted = (COMPLETION,) if block.chain is COHORT else None
    held = {
        (sheet.dimension, sheet.axis, _by_place(sheet)): sheet
        for sheet in earlier
        if (sheet.measures == (COMPLETION,)) == (wanted is not None)
    }
    states: dict[str, _States] = {}
    rows: dict[str, tuple[Hashable, ...]] = {}
    columns: dict[str, tuple[Hashable, ...]] = {}
    for table in block.tables:
        found = _grouped(block, table, held) if table.grouped else _over_time(block, table, held)
        if found is not None:
            rows[table.name], columns[table.name], states[table.name] = found
    return Pattern(threshold, states, rows, columns) if states else None


_Key = tuple[str, str, bool]
_Found = tuple[tuple[Hashable, ...], tuple[Hashable, ...], _States]


def _by_place(sheet: Sheet) -> bool:
    return bool(sheet.axis) and any(place != TOGETHER for place, _ in sheet.rows)


def _over_time(block: Block, table: Table, held: dict[_Key, Sheet]) -> _Found | None:
    dimension, _, axis = table.name.partition(":")
    sheet = held.get(("care", axis, False) if axis else (dimension, "", False))
    country = held.get(("care", "", False))
    if sheet is None or country is None:
        return None
    periods = [key for key in sheet.columns if key[1].year == block.year]
    if not periods:
        return None
    own = sheet.state[:, :, [sheet.column_at[key] for key in periods]]
    names = [value or place for place, value in sheet.rows]
    if axis:  # the country's row is that of the table by care
        own = np.concatenate([_of(country, (TOGETHER, ""), periods), own], axis=1)
        names = [COUNTRY, *names]
    else:
        names = [COUNTRY if name == TOGETHER else name for name in names]
    return tuple(names), tuple(Column(kind, first) for kind, first in periods), own.astype(np.int8)  # type: ignore[arg-type]


def _grouped(block: Block, table: Table, held: dict[_Key, Sheet]) -> _Found | None:
    """Places by values: its margins are those of the tables by care and by group."""
    axis = table.name.partition(":")[2]
    sheet, care, group = (
        held.get(key) for key in (("care", axis, True), ("care", "", False), ("care", axis, False))
    )
    year = next((key for key in sheet.columns if key[1].year == block.year), None) if sheet else None
    if sheet is None or care is None or group is None or year is None:
        return None
    places = list(dict.fromkeys(place for place, _ in sheet.rows))
    values = list(dict.fromkeys(value for _, value in sheet.rows))
    found = np.zeros((len(sheet.measures), 1 + len(places), 1 + len(values)), np.int8)
    inner = sheet.state[:, :, sheet.column_at[year]]
    found[:, 1:, 1:] = inner.reshape(len(sheet.measures), len(places), len(values))
    for row, place in enumerate((TOGETHER, *places)):
        found[:, row, :1] = _of(care, (place, ""), [year])[:, 0]
    for column, value in enumerate(values, start=1):
        found[:, :1, column] = _of(group, (TOGETHER, value), [year])[:, 0]
    return (COUNTRY, *places), ("", *values), found


def _of(sheet: Sheet, row: tuple[str, str], periods: Sequence[tuple[str, object]]) -> Numbers:
    """States of a row in some periods, shape (measures, 1, periods)."""
    at = [sheet.column_at[period] for period in periods]  # type: ignore[index]
    return sheet.state[:, sheet.row_at[row] : sheet.row_at[row] + 1, at]
