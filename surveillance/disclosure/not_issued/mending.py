"""Hiding what tells a small number that is not issued.

The number gets moves after which it is 1, or k - 1, as a hidden one does; what these need is hidden. Nothing
of the number's own level has to be: its period is not issued there. Where there are no such moves, or the
number is the country's, which no move changes, the level that tells it is not issued.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surveillance.disclosure.cells import Cells
from surveillance.disclosure.finding import find
from surveillance.disclosure.not_issued.bounds import Narrow
from surveillance.disclosure.search import Wanted


def mend_narrow(tables: Mapping[str, Cells], found: Sequence[Narrow], threshold: int) -> bool:
    """Hide what tells some small numbers.

    Parameters
    ----------
    tables : mapping of str to Cells
        By the table's name; families are hidden in them.
    found : sequence of Narrow
        Of the country first.
    threshold : int
        k.

    Returns
    -------
    bool
        Whether more is hidden, or less is issued, than before: then the rest is to be looked at anew.

    Raises
    ------
    RuntimeError
        What was issued before tells them.
    """
    for cells in tables.values():
        cells.recost()
    changed = False
    for one in found:
        cells = tables[one.table]
        before = _extent(cells)
        if one.row == 0 or not all(
            find(cells, wanted) is not None for wanted in _wanted(cells, one, threshold)
        ):
            _withdraw(tables, one)
            return True
        changed |= _extent(cells) != before
    if found and not changed:  # moves there are, and still it is told: never seen
        _withdraw(tables, found[0])
        return True
    return changed


def _extent(cells: Cells) -> int:
    return sum(int(level.hidden.sum()) for level in cells.levels)


def _wanted(cells: Cells, one: Narrow, threshold: int) -> list[Wanted]:
    """Say what a number needs: to fall to 1, to rise to k - 1."""
    inside = cells.table.columns.cover[one.column]
    needs = (
        (False, one.value - 1, one.least > 1),
        (True, threshold - 1 - one.value, one.most < threshold - 1),
    )
    return [
        Wanted(one.level, one.positions, one.row, 0, rises, people, cells.under[one.row], inside)
        for rises, people, told in needs
        if told and people
    ]


def _withdraw(tables: Mapping[str, Cells], one: Narrow) -> None:
    """Issue no new column of the number's level in its table, else in any; else of the level above, and so on."""
    others = [cells for name, cells in tables.items() if name != one.table]
    for level in range(one.level, -1, -1):
        for cells in (tables[one.table], *others):
            if cells.withdraw(level):
                return
    raise RuntimeError(
        f"table {one.table}: what was issued before tells a small number that is not issued; "
        "do not issue this release"
    )
