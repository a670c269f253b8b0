"""What a reception centre did in some days: the funnel, losses, times, home provinces. Pure sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveillance.reception.delays import Delay, delay_of
from surveillance.reception.lasting import TIMED
from surveillance.reception.steps import Cell

#: Steps of the funnel that each have the one before as their denominator, or the one that is named.
FUNNEL: tuple[tuple[str, str], ...] = (
    ("arrived", ""),
    ("food", "arrived"),
    ("assessed", "arrived"),
    ("session", "arrived"),
    ("offered", "arrived"),
    ("tested", "offered"),
    ("referred", "arrived"),
    ("reached", "referred"),
    ("ended", "reached"),
)
#: Ages of children: the bands that end before fifteen.
CHILDREN = ("0-4", "5-14")
COMMUTER = "commuter"
#: Days after which somebody who was sent and did not arrive is lost.
LOST_DAYS = 7

Cells = Mapping[Cell, Mapping[str, int]]


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many reached it, of how many who could."""

    name: str
    people: int
    of: str
    possible: int

    @property
    def lost(self) -> int:
        """How many could have reached it, and did not; never below zero."""
        return max(0, self.possible - self.people)


def total(cells: Cells, step: str) -> int:
    """Add up the people who reached a step.

    Parameters
    ----------
    cells : mapping
    step : str

    Returns
    -------
    int

    Examples
    --------
    >>> from datetime import date
    >>> cell = Cell(date(2025, 6, 1), "TH01", "KH01", "male", "25-49", "commuter")
    >>> total({cell: {"arrived": 3}}, "arrived"), total({cell: {"arrived": 3}}, "tested")
    (3, 0)
    """
    return sum(steps.get(step, 0) for steps in cells.values())


def funnel(cells: Cells) -> list[Step]:
    """Make the funnel from arrival to outcome.

    Parameters
    ----------
    cells : mapping

    Returns
    -------
    list of Step

    Examples
    --------
    >>> from datetime import date
    >>> cell = Cell(date(2025, 6, 1), "TH01", "KH01", "male", "25-49", "commuter")
    >>> found = funnel({cell: {"arrived": 10, "offered": 4, "tested": 3}})
    >>> [(step.name, step.people, step.possible, step.lost) for step in found if step.people < 5][3]
    ('offered', 4, 10, 6)
    """
    return [
        Step(name, total(cells, name), of, total(cells, of) if of else total(cells, name))
        for name, of in FUNNEL
    ]


def only(cells: Cells, *, commuters: bool) -> dict[Cell, Mapping[str, int]]:
    """Keep daily commuters, or everybody else.

    Parameters
    ----------
    cells : mapping
    commuters : bool

    Returns
    -------
    dict

    Examples
    --------
    >>> from datetime import date
    >>> cell = Cell(date(2025, 6, 1), "TH01", "KH01", "male", "25-49", "commuter")
    >>> len(only({cell: {}}, commuters=True)), len(only({cell: {}}, commuters=False))
    (1, 0)
    """
    return {cell: steps for cell, steps in cells.items() if (cell.movement == COMMUTER) == commuters}


def by(cells: Cells, field: str) -> dict[Any, dict[str, int]]:
    """Add up the steps by one field of the cells.

    Parameters
    ----------
    cells : mapping
    field : str
        `day`, `crossing`, `province_home`, `sex`, `age` or `movement`.

    Returns
    -------
    dict of dict

    Examples
    --------
    >>> from datetime import date
    >>> cell = Cell(date(2025, 6, 1), "TH01", "KH01", "male", "25-49", "commuter")
    >>> by({cell: {"arrived": 3}, cell._replace(sex="female"): {"arrived": 2}}, "province_home")
    {'KH01': {'arrived': 5}}
    """
    found: dict[Any, dict[str, int]] = {}
    for cell, steps in cells.items():
        sums = found.setdefault(getattr(cell, field), {})
        for step, people in steps.items():
            sums[step] = sums.get(step, 0) + people
    return found


def sexes_and_ages(cells: Cells) -> dict[tuple[str, str], int]:
    """Count arrivals by sex, and by `child`, `adult` or `unknown`.

    Parameters
    ----------
    cells : mapping

    Returns
    -------
    dict of (str, str) to int

    Examples
    --------
    >>> from datetime import date
    >>> cell = Cell(date(2025, 6, 1), "TH01", "KH01", "female", "5-14", "none")
    >>> sexes_and_ages({cell: {"arrived": 3}})
    {('female', 'child'): 3}
    """
    found: dict[tuple[str, str], int] = {}
    for cell, steps in cells.items():
        age = "child" if cell.age in CHILDREN else ("unknown" if cell.age == "unknown" else "adult")
        key = (cell.sex, age)
        found[key] = found.get(key, 0) + steps.get("arrived", 0)
    return {key: people for key, people in found.items() if people}


def times(lasting: Mapping[str, Mapping[int, int]]) -> dict[str, Delay]:
    """Say how long each step took, in minutes.

    Parameters
    ----------
    lasting : mapping of str to mapping of int to int
        How many people each step took so many minutes.

    Returns
    -------
    dict of str to Delay
        By step, among those of whom both moments are known.

    Examples
    --------
    >>> times({"assessed": {25: 2, 40: 1}})["assessed"].median
    25.0
    """
    return {name: delay_of(lasting.get(name, {})) for name in TIMED}
