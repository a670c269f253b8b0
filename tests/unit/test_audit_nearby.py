"""Programmes of one table: what they find is possible, and what they leave open is asked in full."""

from __future__ import annotations

import numpy as np
import pytest

from surveillance.disclosure.audit import attack, nearby
from surveillance.disclosure.audit.attack import _targets
from surveillance.disclosure.audit.cells import cells_of
from surveillance.disclosure.audit.certify import Model, Targets
from surveillance.disclosure.audit.judge import true_values, wanted
from surveillance.disclosure.audit.numbers import BLANK, VISITS
from surveillance.disclosure.audit.programme import pieces
from surveillance.disclosure.audit.propagate import propagate
from surveillance.disclosure.audited import numbers_of, truth_of
from surveillance.disclosure.cells import states_of
from surveillance.disclosure.model import Pattern
from surveillance.disclosure.published import published
from surveillance.disclosure.suppress import prepare, suppress
from tests.torture.cubes import cube

_K = 5


def _fresh(targets: Targets) -> Targets:
    return Targets(targets.first, targets.second, targets.known, targets.down, targets.up, targets.loose)


@pytest.mark.parametrize("seed", [7_000_001, 7_000_002, 7_000_005])
def test_what_is_seen_lies_within_the_exact_bounds(monkeypatch, seed: int):
    monkeypatch.setattr(nearby, "_SMALL", 0)
    block = cube(seed).blocks[-1]
    told, truth = numbers_of([published(block, suppress(block, _K))]), truth_of([block])
    cells = cells_of([told], block.disease, block.year, VISITS, _K)
    propagate(cells)
    true = true_values(cells, truth)
    moved = 0
    for piece in pieces(cells):
        _, targets = _targets(piece, cells, wanted(cells, true, _K), _K)
        point = true.ravel()[piece.number].astype(np.float64)
        if not len(targets.first) or (point == BLANK).any():
            continue
        targets.seen(point)
        before = int(targets.not_up.sum() + targets.not_down.sum())
        nearby.nearby(piece, cells, targets, point)
        moved += before - int(targets.not_up.sum() + targets.not_down.sum())
        exact = _fresh(targets)
        model = Model(piece, exact)
        for one in range(min(len(exact.first), 25)):
            model.alone(one, up=True)
            model.alone(one, up=False)
            assert exact.least[one] - 1e-4 <= targets.least[one]
            assert targets.most[one] <= exact.most[one] + 1e-4
    assert moved > 0


@pytest.mark.parametrize("seed", [7_000_001, 7_000_003])
def test_findings_are_the_same_without_it(monkeypatch, seed: int):
    """Of a release that hides only what is small itself, so that there is much to find."""
    block = cube(seed).blocks[-1]
    told = numbers_of([published(block, Pattern(_K, states_of(prepare(block, _K))))])

    def findings() -> list[str]:
        return [str(found) for found in attack.audit([told], _K, truth=truth_of([block])).findings]

    monkeypatch.setattr(nearby, "_SMALL", 0)
    found = findings()
    monkeypatch.setattr(attack, "nearby", lambda *_: None)
    assert found == findings()
    assert found
