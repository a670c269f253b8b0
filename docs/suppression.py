"""What issued figures hide, beside plain suppression by published heuristics: `python -m docs.suppression`.

The same made-up country is suppressed in four ways, and each is attacked by the audit. The heuristics are
written from their documents, for tables of rows and columns with totals; they know nothing of cascades.

- *Hypercube* (GHMITER): each hidden cell gets the cheapest rectangle of cells that are not zero.
- *Modular* (HiTaS): each table is solved by the cheapest changes that leave its totals (linear programmes),
  and hidden totals are taken along to the other tables, again and again.

References: Giessing S, Repsilber D. Tools and strategies to protect multiple tables with the GHQUAR cell
suppression engine. LNCS 2002;2316:181-192. de Wolf P-P. HiTaS: a heuristic approach to cell suppression in
hierarchical tables. LNCS 2002;2316:74-82.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from docs.generate import renewed, table
from surveillance.disclosure.audit import BLANK, HIDDEN, NOT_ISSUED, SHOWN, Numbers, What, audit
from surveillance.disclosure.audited import numbers_of, truth_of
from surveillance.disclosure.model import Block, State
from surveillance.disclosure.published import published
from surveillance.disclosure.resolution import primary
from surveillance.disclosure.suppress import suppress
from tests.support.release_cubes import CHRONIC, Country, block_of, year_of

_K = 5
_COUNTRY = Country(provinces=6, crossings=4, homes=6, axes={"age": (0.2, 0.5, 0.3)})
_DISEASES = (("tb", 900), ("hepatitis_c", 250))
#: A way of hiding one table: which cells are hidden, from values and what must be hidden.
Method = Callable[[np.ndarray, np.ndarray], np.ndarray]


def hypercube(values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Give each hidden cell the cheapest rectangle; the first row and column are totals."""
    hidden = hidden.copy()
    rows, columns = values.shape
    for row, column in np.argwhere(hidden):
        cost = np.where(hidden, 0.0, values)
        allowed = values > 0
        if columns == 1:
            others = [r for r in range(rows) if r != row and allowed[r, 0]]
            if not (hidden[:, 0].sum() > 1) and others:
                hidden[min(others, key=lambda r: cost[r, 0]), 0] = True
            continue
        corners = cost[row][None, :] + cost[:, column][:, None] + cost
        whole = allowed[row][None, :] & allowed[:, column][:, None] & allowed
        give = np.minimum(values[row][None, :], values[:, column][:, None])
        whole[row, :] = whole[:, column] = False
        enough = whole & (give >= _K - 1)
        for fit in (enough, whole):
            if fit.any():
                r, c = np.unravel_index(np.argmin(np.where(fit, corners, np.inf)), corners.shape)
                hidden[r, c] = hidden[row, c] = hidden[r, column] = True
                break
    return hidden


def modular(values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Protect one cell after the other by the cheapest change that leaves the totals of rows and columns."""
    hidden = hidden.copy()
    rows, columns = values.shape
    matrix = _totals(rows, columns)
    for place in np.flatnonzero(hidden):
        cost = np.where(hidden, 1e-3, values).ravel().astype(float)
        most = values.ravel().astype(float)
        low, high = np.minimum(most, _K - 1), np.full(most.size, float(_K - 1))
        low[most == 0] = high[most == 0] = 0
        fixed = np.zeros(most.size)
        fixed[place] = _K - 1 - min(most[place], _K - 2)
        # A change is what a cell gets less what it gives.
        answer = linprog(
            np.concatenate([cost, cost]),
            A_eq=sparse.hstack([matrix, -matrix]),
            b_eq=np.zeros(matrix.shape[0]),
            bounds=[
                *zip(fixed, np.maximum(high, fixed), strict=True),
                *((0, 0 if fixed[i] else low[i]) for i in range(most.size)),
            ],
        )
        if answer.x is not None:
            moved = (answer.x[: most.size] > 1e-6) | (answer.x[most.size :] > 1e-6)
            hidden |= moved.reshape(rows, columns)
    return hidden


def _totals(rows: int, columns: int) -> sparse.csr_array:
    """Each total less its parts, for rows and for columns (one column has no totals across)."""
    lines = []
    for column in range(columns):
        line = np.zeros((rows, columns))
        line[1:, column], line[0, column] = 1, -1
        lines.append(line.ravel())
    for row in range(rows if columns > 1 else 0):
        line = np.zeros((rows, columns))
        line[row, 1:], line[row, 0] = 1, -1
        lines.append(line.ravel())
    return sparse.csr_array(np.array(lines))


def hide(block: Block, method: Method | None) -> Numbers:
    """Hide primary families, and what a method adds: level by level until nothing changes."""
    truth = numbers_of([published(block, _shown(block))])
    rows = {row[1:8]: i for i, row in enumerate(truth.rows())}
    mask = np.zeros(len(truth), bool)
    codes = block.chain.levels
    for level, measure in enumerate(codes):
        grids = list(_grids(block, level, measure, rows))
        for grid, small in grids:
            mask[grid[(grid >= 0) & small]] = True
        if level:
            deeper = [
                i for key, i in rows.items() if key[0] == measure and mask[rows[codes[level - 1], *key[1:]]]
            ]
            people = truth.denominator[deeper] > 0
            mask[np.array(deeper, int)[people]] = True
        for _ in range(12 if method else 0):
            before = mask.sum()
            for grid, _ in grids:
                people = truth.numerator if level == 0 else truth.denominator
                values = np.where(grid < 0, 0, people[grid])
                found = method(values, (grid >= 0) & mask[grid]) & (grid >= 0) & (values > 0)
                mask[grid[found]] = True
            if mask.sum() == before:
                break
    blank = {
        name: np.where(mask, BLANK, getattr(truth, name)) for name in ("numerator", "denominator", "unknown")
    }
    return replace(truth, **blank, status=np.where(mask, HIDDEN, SHOWN).astype(np.int8))


def _shown(block: Block):
    """A pattern that hides nothing."""
    pattern = suppress(block, _K)
    shown = {name: np.full_like(states, State.SHOWN) for name, states in pattern.states.items()}
    return replace(pattern, states=shown)


def _grids(block: Block, level: int, measure: str, rows: dict):
    """Tables with their totals first: which row of the release each cell is, and whether it is primary."""
    for one in block.tables:
        small = primary(block.chain, one.totals, level, _K)
        grid = np.full(small.shape, -1)
        first, _, axis = one.name.partition(":")
        for r, row in enumerate(one.rows.names):
            for c, column in enumerate(one.columns.names):
                place = "" if r == 0 or row == "crossings" else str(row)
                kind, day = ("year", f"{block.year}-01-01")
                if not one.grouped:
                    kind, day = column.kind, column.first_day.isoformat()
                if one.grouped:
                    key = ("care", place, axis if place and column else "", str(column) if place else "")
                    if not place and column:
                        key = ("care", "", axis, str(column))
                elif first == "group":
                    key = ("care", "", axis if place else "", place)
                else:
                    dimension = "care" if r == 0 else first
                    key = (dimension, place, "", "")
                grid[r, c] = next((i for name, i in _found(rows, measure, key, kind, day)), -1)
        if first == "crossing":  # all crossings, and each; the country is another table's
            inside = [1, *(r for r in range(2, len(grid)) if one.rows.names[r] not in one.never)]
            grid, small = grid[inside], small[inside]
        yield grid, small


def _found(rows: dict, measure: str, key: tuple, kind: str, day: str):
    name = (measure, *key, kind, date.fromisoformat(day))
    if name in rows:
        yield name, rows[name]


METHODS: tuple[tuple[str, Method | None], ...] = (
    ("primary alone", None),
    ("hypercube (GHMITER-like)", hypercube),
    ("modular (HiTaS-like)", modular),
)


def compared() -> list[tuple[str, ...]]:
    """Hide the same numbers in each way, and attack what is left."""
    found: dict[str, np.ndarray] = {}
    for number, (disease, count) in enumerate(_DISEASES):
        random = np.random.default_rng([17, number])
        block = block_of(disease, 2024, 12, year_of(_COUNTRY, count, CHRONIC, 12, random))
        truth = truth_of([block])
        ways = [(name, hide(block, method)) for name, method in METHODS]
        ways.append(("issued figures", numbers_of([published(block, suppress(block, _K))])))
        for name, told in ways:
            report = audit([told], _K, truth=truth)
            narrow = {(one.measure, one.key) for one in report.findings if one.what is not What.DIFFERENCE}
            people = truth.numerator[: len(told)] * (told.measure == "records")
            row = [
                len(told), (told.status == HIDDEN).sum(), (told.status == NOT_ISSUED).sum(),
                people.sum(), people[told.status != SHOWN].sum(), len(narrow),
            ]  # fmt: skip
            found[name] = found.get(name, 0) + np.array(row, float)
    return [
        (name, f"{100 * h / n:.0f}%", f"{100 * x / n:.0f}%", f"{100 * g / p:.1f}%", f"{narrow:.0f}")
        for name, (n, h, x, p, g, narrow) in found.items()
    ]


def main() -> None:
    """Write the table into methods.md."""
    header = (
        "way of hiding", "families hidden", "families not issued", "people of these (records)",
        "families that can be told too closely",
    )  # fmt: skip
    made = table(header, compared())
    path = Path(__file__).parent / "methods.md"
    path.write_text(renewed(path.read_text(encoding="utf-8"), "suppression", made), encoding="utf-8")
    sys.stdout.write(made + "\n")


if __name__ == "__main__":
    main()
