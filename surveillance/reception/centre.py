"""What a reception centre did in some days: the funnel, losses, times, home provinces. Pure sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surveillance.reception.delays import Delay, delay, minutes_between
from surveillance.reception.steps import Cell
from surveillance.reception.vocabulary import UNCOUNTED_PARTNERS, tested_disease

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
#: What is timed: from the arrival to the step, and of referrals from one step to the next. In minutes.
TIMED = ("food", "assessed", "tested", "session", "referred", "reached", "ended")
#: Ages of children: the bands that end before fifteen.
CHILDREN = ("0-4", "5-14")
COMMUTER = "commuter"
#: Days after which somebody who was sent and did not arrive is lost.
LOST_DAYS = 7

Cells = Mapping[Cell, Mapping[str, int]]
Key = tuple[str, str, str]


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


def is_counted(referral: Mapping[str, Any]) -> bool:
    """Say whether a referral may enter a sum: none that tells of HIV, and none that came from a partner.

    Parameters
    ----------
    referral : mapping
        Its current fields.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_counted({"partner": "maternity"}), is_counted({"partner": "maternity", "medicine": "art"})
    (True, False)
    """
    if not referral.get("partner") or referral["partner"] in UNCOUNTED_PARTNERS:
        return False
    return referral.get("medicine") != "art" and referral.get("direction") != "from"


def times(records: Mapping[Key, Mapping[str, Any]], vans: Mapping[str, str]) -> dict[str, Delay]:
    """Say how long each step took, in minutes.

    Parameters
    ----------
    records : mapping of (str, str, str) to mapping
        Current fields, by kind, subject and item.
    vans : mapping of str to str
        The van of each person.

    Returns
    -------
    dict of str to Delay
        By step, among those of whom its moment is known.

    Examples
    --------
    >>> found = times(
    ...     {("arrival", "p", ""): {"arrived_at": "2025-06-01T10:00"},
    ...      ("assessment", "p", ""): {"assessed_at": "2025-06-01T10:25"}}, {"p": ""})
    >>> found["assessed"].median
    25.0
    """
    taken: dict[str, list[float | None]] = {name: [] for name in TIMED}
    own: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for (kind, subject, item), fields in records.items():
        own.setdefault(subject, []).append((kind, item, fields))
    for (kind, subject, _), arrival in records.items():
        if kind != "arrival":
            continue
        van = vans.get(subject, "")
        came = _moment(arrival.get("arrived_at") or records.get(("van", van, ""), {}).get("arrived_at"))
        moments: dict[str, datetime] = {}
        some = [*own[subject], *(one for one in own.get(van, ()) if subject not in one[2].get("except", ()))]
        for of, item, fields in some:
            _note(moments, of, item, fields)
        for name in ("food", "assessed", "tested", "session", "referred"):
            if came is not None and name in moments:
                taken[name].append(minutes_between(came, moments[name]))
        for before, name in (("referred", "reached"), ("reached", "ended")):
            if before in moments and name in moments:
                taken[name].append(minutes_between(moments[before], moments[name]))
    return {name: delay(lengths) for name, lengths in taken.items()}


def waiting(records: Iterable[tuple[Key, Mapping[str, Any]]]) -> dict[str, int]:
    """Count who waits now: for the nurse, with an urgent need, for a result.

    Parameters
    ----------
    records : iterable of (key, fields)
        Of the days on which people are still at the centre.

    Returns
    -------
    dict of str to int
        `assessment`, `urgent`, `result`.

    Examples
    --------
    >>> waiting([(("arrival", "p", ""), {"sex": "male"})])
    {'assessment': 1, 'urgent': 0, 'result': 0}
    """
    came, assessed, found = set(), set(), {"assessment": 0, "urgent": 0, "result": 0}
    for (kind, subject, item), fields in records:
        if kind == "arrival":
            came.add(subject)
        elif kind == "assessment":
            assessed.add(subject)
            found["urgent"] += bool(fields.get("danger_signs") and not fields.get("urgent_met_at"))
        elif kind == "service" and tested_disease(item) and fields.get("done"):
            found["result"] += not fields.get("result")
    return found | {"assessment": len(came - assessed)}


def _note(moments: dict[str, datetime], kind: str, item: str, fields: Mapping[str, Any]) -> None:
    found: dict[str, str | None] = {}
    if kind == "assessment":
        found = {"assessed": fields.get("assessed_at")}
    elif kind == "session":
        found = {"session": fields.get("held_at")}
    elif kind == "service":
        found = {"food": fields.get("given_at")} if item == "food" else {}
        if tested_disease(item):
            found = {"tested": fields.get("done_at")}
    elif kind == "referral" and is_counted(fields):
        found = {
            "referred": fields.get("sent_at"),
            "reached": fields.get("arrived_at"),
            "ended": fields.get("outcome_at"),
        }
    for name, text in found.items():
        at = _moment(text)
        if at is not None and (name not in moments or at < moments[name]):
            moments[name] = at


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
