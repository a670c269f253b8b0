"""Two ways to order places by distance give the same, to the last place."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from surveillance.scan.problem import zones
from surveillance.scan.problem.nearest import by_buckets, by_keys
from surveillance.scan.problem.zones import nearest, on_sphere, squared_distances

_MANY = 300


def _points(kind: str) -> NDArray[np.float64]:
    chance = np.random.default_rng(5)
    spread = chance.uniform(size=(_MANY, 2))
    grid = np.stack(np.divmod(np.arange(_MANY), 20), axis=1).astype(float)
    turn = np.linspace(0.0, 2.0 * np.pi, _MANY)
    return {
        "spread": spread,
        "in a line": spread[:, :1],
        "on the sphere": on_sphere(spread[:, 0] * 20.0 + 10.0, spread[:, 1] * 20.0),
        "a grid, with ties": grid,
        "several at a point": grid[chance.integers(0, 40, _MANY)],
        "all at one point": np.full((_MANY, 2), 0.1),
        "on a circle": np.column_stack([np.cos(turn), np.sin(turn)]),
        "two towns": np.where(np.arange(_MANY)[:, None] % 2, 1000.0, 0.0) + spread * 1e-3,
        "very far apart": spread * 1e120,
        "very near": spread * 1e-160,
    }[kind]


KINDS = (
    "spread", "in a line", "on the sphere", "a grid, with ties", "several at a point", "all at one point",
    "on a circle", "two towns", "very far apart", "very near",
)  # fmt: skip


def _plain(
    squared: NDArray[np.float64], population: NDArray, limit: float, farthest: float
) -> list[list[int]]:
    """The same in plain Python."""
    found = []
    for row in squared.tolist():
        line, size = [], 0.0
        for place in sorted(range(len(row)), key=lambda n: (row[n], n)):
            size += population[place]
            if size > limit or row[place] > farthest:
                break
            line.append(place)
        found.append(line)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("empty", [False, True])
def test_both_ways_order_places_as_plain_python_does(kind: str, share: float, empty: bool) -> None:
    """Ties stay in the order of the places, whatever the cap and the farthest distance."""
    population = np.random.default_rng(6).integers(0, 0 if empty else 50, _MANY, endpoint=True).astype(float)
    with np.errstate(under="ignore"):
        squared = squared_distances(_points(kind), np.arange(0, _MANY, 7))
    limit = share * population.sum() * (1 + 1e-12)
    for farthest in (np.inf, float(np.median(squared)), 0.0):
        expected = _plain(squared, population, limit, farthest)
        for way in (by_keys, by_buckets):
            assert [line.tolist() for line in way(squared, population, limit, farthest)] == expected


def test_zones_are_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a few places, so for many."""
    points, population = _points("spread"), np.arange(_MANY, dtype=float)
    few = nearest(points, population, 9000.0, 0.3)
    monkeypatch.setattr(zones, "MANY_PLACES", 0)
    many = nearest(points, population, 9000.0, 0.3)
    assert few.near.tolist() == many.near.tolist()
    assert few.first.tolist() == many.first.tolist()
