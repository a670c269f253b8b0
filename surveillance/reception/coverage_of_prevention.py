"""Coverage of prevention: outreach and households added up, and steps of arrivals by group. Pure sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveillance.reception.cascade import Share, share
from surveillance.reception.centre import Cells, by, total
from surveillance.reception.steps import PREVENTION, Place

#: Steps of arrivals that are put beside each other, each with those whom it could have reached.
BESIDE = (("session", "arrived"), ("items", "arrived"), ("tested", "arrived"), ("treated", "referred"))

Said = Mapping[Place, Mapping[str, int]]


@dataclass(frozen=True)
class Outreach:
    """What days of outreach, or visits of households, say together. `records`: how many they are."""

    records: int
    sessions: int
    men: int
    women: int
    children: int
    items: int
    under_5: int
    from_5_to_14: int
    to_vaccinate: int
    with_symptoms: int

    @property
    def reached(self) -> int:
        """People reached. Who came to two sessions is counted twice: nobody's name is taken."""
        return self.men + self.women + self.children

    @property
    def left_behind(self) -> int:
        """Children under fifteen who stayed."""
        return self.under_5 + self.from_5_to_14


@dataclass(frozen=True)
class Reached:
    """Arrivals of one group, and the share of them that each step reached."""

    arrived: int
    shares: Mapping[str, Share]


def outreach(
    said: Said, kind: str, field: str, *, remote: str = "", activity: str = ""
) -> dict[str, Outreach]:
    """Add up what days of outreach or households say, by one field.

    Parameters
    ----------
    said : mapping
        What each place says of itself.
    kind : str
        `outreach` or `household`.
    field : str
        `province_home`, `remote` or `activity`.
    remote, activity : str
        Only those of this value; blank: all.

    Returns
    -------
    dict of str to Outreach

    Examples
    --------
    >>> from datetime import date
    >>> place = Place(date(2025, 6, 1), "outreach", "KH01", "yes", "forest")
    >>> found = outreach({place: {"records": 1, "men_reached": 20, "women_reached": 5}}, "outreach", "remote")
    >>> found["yes"].reached, outreach({place: {"records": 1}}, "outreach", "remote", remote="no")
    (25, {})
    """
    found: dict[str, list[int]] = {}
    for place, numbers in said.items():
        if place.kind != kind or remote not in ("", place.remote) or activity not in ("", place.activity):
            continue
        sums = found.setdefault(getattr(place, field), [0] * len(PREVENTION))
        for at, name in enumerate(PREVENTION):
            sums[at] += numbers.get(name, 0)
    return {value: Outreach(*sums) for value, sums in found.items() if any(sums)}


def added(found: Mapping[Any, Outreach]) -> Outreach:
    """Add up several.

    Parameters
    ----------
    found : mapping of Outreach

    Returns
    -------
    Outreach

    Examples
    --------
    >>> one = Outreach(1, 2, 3, 4, 5, 6, 0, 0, 0, 0)
    >>> added({"KH01": one, "KH02": one}).reached, added({}).reached
    (24, 0)
    """
    rows = [tuple(vars(one).values()) for one in found.values()]
    return Outreach(*(map(sum, zip(*rows, strict=True)) if rows else [0] * len(PREVENTION)))


def reached(cells: Cells, field: str) -> dict[str, Reached]:
    """Say which share of the arrivals of each group had a session, items, a test, treatment.

    Parameters
    ----------
    cells : mapping
    field : str
        `crossing`, `province_home`, `sex`, `age` or `movement`.

    Returns
    -------
    dict of str to Reached
        The share treated is among those referred, every other share among those who arrived.

    Examples
    --------
    >>> from datetime import date
    >>> from surveillance.reception.steps import Cell
    >>> cell = Cell(date(2025, 6, 1), "TH01", "KH01", "male", "25-49", "commuter")
    >>> found = reached({cell: {"arrived": 10, "session": 4}}, "crossing")["TH01"]
    >>> found.arrived, found.shares["session"].value, found.shares["treated"].value
    (10, 0.4, None)
    """
    return {value: _reached(steps) for value, steps in by(cells, field).items() if steps.get("arrived", 0)}


def everybody(cells: Cells) -> Reached:
    """Say the same of all arrivals together.

    Parameters
    ----------
    cells : mapping

    Returns
    -------
    Reached

    Examples
    --------
    >>> everybody({}).arrived
    0
    """
    names = {name for pair in BESIDE for name in pair}
    return _reached({name: total(cells, name) for name in names})


def _reached(steps: Mapping[str, int]) -> Reached:
    shares = {name: share(steps.get(name, 0), steps.get(of, 0)) for name, of in BESIDE}
    return Reached(steps.get("arrived", 0), shares)
