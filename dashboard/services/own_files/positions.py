"""Positions in a person's own files for a scan: held to the checks of a list of facilities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dashboard.services.own_files.days import named_rows
from geodata.distance import PointProblem, point_problem
from surveillance.errors import StatisticsError

#: What the engine says itself: a position that is blank, is no number, or is not on Earth.
_OF_THE_ENGINE = frozenset(("missing", "not_finite", "out_of_range"))
_SHOWN = 5


def check_positions(
    file: str,
    places: Sequence[str | None],
    points: Sequence[tuple[str | None, str | None]],
    rows: Sequence[int],
    cases: Mapping[str, int],
) -> None:
    """Refuse places at 0, 0, with latitude and longitude exchanged, or far from where most of them are.

    A place outside Cambodia and about a degree around is far where most places lie inside; where most lie
    elsewhere, the map is of another country, and only 0, 0 is checked besides exchanged numbers.

    Parameters
    ----------
    file : str
        Its name, for messages.
    cases : mapping
        Place -> its cases: they are said, since they would be lost with the place.

    Raises
    ------
    StatisticsError
        Names the file, the rows, what is wrong and the cases.
    """
    problems = [_problem(*point) for point in points]
    inside = sum(problem is None for problem in problems)
    is_cambodia = 2 * inside > len(problems)
    wrong: dict[str, list[int]] = {}
    for at, problem in enumerate(problems):
        if (
            problem is None
            or problem.code in _OF_THE_ENGINE
            or (problem.code == "outside" and not is_cambodia)
        ):
            continue
        wrong.setdefault(problem.code, []).append(at)
    for found in wrong.values():
        first = problems[found[0]]
        names = [str(places[at]) for at in found]
        shown = ", ".join(names[:_SHOWN]) + (
            f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        )
        lost = sum(cases.get(name, 0) for name in names)
        raise StatisticsError(
            f"{file}, {named_rows([rows[at] for at in found])}: {first.sentence if first else ''} "
            f"Places: {shown}, with {lost:,} cases. Correct the position, or leave place and cases out"
        )


def _problem(latitude: str | None, longitude: str | None) -> PointProblem | None:
    return point_problem(_number(latitude), _number(longitude))


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return math.nan
