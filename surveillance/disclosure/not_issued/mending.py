"""Hiding what tells a number that is not shown.

The number gets moves after which it is another one, as a hidden small number does; what these need is hidden.
Of a number that is not issued nothing of its own level has to be hidden: its period is not issued there.
Where there are no such moves, or the number is the country's, which no move changes, the level that tells it
is not issued.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surveillance.disclosure.cells import Cells
from surveillance.disclosure.finding import find
from surveillance.disclosure.not_issued.bounds import Told
from surveillance.disclosure.search import Wanted


def mend(tables: Mapping[str, Cells], found: Sequence[Told]) -> bool:
    """Hide what tells some numbers.

    Parameters
    ----------
    tables : mapping of str to Cells
        By the table's name; families are hidden in them.
    found : sequence of Told
        Of the country first.

    Returns
    -------
    bool
        Whether there were any: then the rest is to be looked at anew.

    Raises
    ------
    RuntimeError
        What was issued before tells them.

    Examples
    --------
    >>> mend({}, [])
    False
    """
    for cells in tables.values():
        cells.recost()
    before = _extent(tables)
    for one in found:
        if one.row == 0 or not _in_doubt(tables[one.table], one):
            _withdraw(tables, one)
            break
    if found and before == _extent(tables):
        _withdraw(tables, found[0])
    return bool(found)


def _extent(tables: Mapping[str, Cells]) -> list[tuple[int, int]]:
    """How many families are issued and hidden."""
    return [
        (level.hidden.size, int(level.hidden.sum())) for cells in tables.values() for level in cells.levels
    ]


def _in_doubt(cells: Cells, one: Told) -> bool:
    """Hide what moves need that make a number fall and rise; of a known one, that do either."""
    inside = cells.table.columns.cover[one.column]
    hidden = cells.levels[one.level].node(one.column) >= 0
    done: list[bool] = []
    for positions in [(position,) for position in one.positions] if hidden else [one.positions]:
        for rises, people in ((False, one.falls), (True, one.rises)):
            if people and not (hidden and any(done)):
                wanted = Wanted(one.level, positions, one.row, 0, rises, people, cells.under[one.row], inside)
                done.append(find(cells, wanted) is not None)
    return any(done) if hidden else all(done)


def _withdraw(tables: Mapping[str, Cells], one: Told) -> None:
    """Issue no new column of the number's level: in its table, else in another, else of the level above."""
    others = [cells for name, cells in tables.items() if name != one.table]
    for level in range(one.level, -1, -1):
        for cells in (tables[one.table], *others):
            if cells.withdraw(level):
                return
    raise RuntimeError(
        f"table {one.table}: what was issued before tells a number that is not shown; "
        "do not issue this release"
    )
