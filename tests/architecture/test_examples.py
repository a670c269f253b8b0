"""Tests with random examples draw the same ones each time, and new ones where they are asked to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.torture import attacks, properties

ROOT = Path(__file__).resolve().parents[2]


def drawn() -> list[int]:
    """What a property would look at."""
    seen = []

    @given(number=st.integers())
    def check(number: int) -> None:
        seen.append(number)

    check()
    return seen


@pytest.mark.skipif(bool(os.environ.get("CHHLANG_TEST_EXAMPLES")), reason="new examples were asked for")
def test_the_examples_are_the_same_each_time() -> None:
    assert hypothesis.settings().derandomize
    assert hypothesis.settings(max_examples=3).derandomize, "settings of one test must not undo it"
    assert drawn() == drawn()


def test_no_test_undoes_it() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        if path.name not in ("examples.py", "test_examples.py"):
            assert "derandomize" not in path.read_text(encoding="utf-8"), path


def test_torture_tries_attacks_that_are_there() -> None:
    assert [file for held in attacks.FOUND.values() for file in held if not (ROOT / file).is_file()] == []


@pytest.mark.full
@pytest.mark.process
def test_torture_draws_new_examples_of_every_property() -> None:
    assert "tests/property/test_scan_against_oracle.py" in properties.files()
    assert "tests/unit/test_cluster_filters.py" in properties.files()
    script = (
        "import sys; sys.path.insert(0, '.'); import hypothesis; from tests.support import examples; "
        "examples.load_profile(); print(hypothesis.settings().derandomize)"
    )
    for asked, said in (({"CHHLANG_TEST_EXAMPLES": "new"}, "False"), ({}, "True")):
        held = {name: value for name, value in os.environ.items() if name != "CHHLANG_TEST_EXAMPLES"}
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=held | asked,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == said
    reached = properties.run(7, 1, ("tests/property/test_epiweek.py",))
    assert (reached.rounds, reached.wrong) == (1, [])
