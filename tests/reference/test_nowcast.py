"""Nowcasts against R's package surveillance 1.20.3, on made-up reporting triangles."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from surveillance.nowcast.predict import nowcast
from surveillance.nowcast.triangle import Triangle, triangle_of

HERE = Path(__file__).resolve().parent / "nowcast"
#: Made-up data -> steps and longest delay.
DATA = {"level": (60, 10), "rising": (50, 8), "few": (70, 6)}


def rows_of(name: str) -> list[dict[str, str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def triangle_held(name: str) -> Triangle:
    """What has come by the last step."""
    steps, longest = DATA[name]
    rows = np.array([[int(row[part]) for part in ("step", "late", "count")] for row in rows_of(name)])
    step, late, count = rows[rows[:, 0] + rows[:, 1] < steps].T
    return triangle_of(np.zeros_like(step), step, late, count, senders=1, weeks=steps, longest=longest)


@pytest.mark.parametrize("name", DATA)
def test_the_share_that_has_come_is_that_of_lawless(name):
    found = nowcast(triangle_held(name)).hazard.share
    theirs = [float(row["share"]) for row in rows_of(f"{name}_share")][: len(found)]
    np.testing.assert_allclose(found, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", DATA)
def test_numbers_are_those_of_lawless_and_intervals_those_of_hoehle_and_an_der_heiden(name):
    found = nowcast(triangle_held(name)).weeks
    lawless, bayes = rows_of(f"{name}_lawless"), rows_of(f"{name}_bayes.trunc")
    for week, first, second in zip(found, lawless, bayes, strict=True):
        assert week.week == int(first["step"]) and week.reported == int(first["reported"])
        assert float(first["expected"]) == pytest.approx(week.reported / week.share, abs=1)
        if week.state != "expected":
            continue
        # R takes equal tails and a prior that knows the mean; ours is the shortest, and knows nothing.
        width = int(second["upper"]) - int(second["lower"])
        assert week.lower == pytest.approx(int(second["lower"]), abs=max(2, 0.11 * width))
        assert week.upper == pytest.approx(int(second["upper"]), abs=max(2, 0.11 * width))
