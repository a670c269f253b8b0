"""Every requirement of WHO's kit is answered, and what an answer names is there."""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

import pytest

from tests.docs.test_generated import generate

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT.parent / "shared" / "dak"
LISTS = {"functional.csv": ("SRV.FXNREQ", 220), "non_functional.csv": ("SRV.NFXNREQ", 70)}
ROWS = generate.requirements()


def test_every_requirement_is_answered_once():
    wanted = [f"{prefix}.{at:03d}" for prefix, count in LISTS.values() for at in range(1, count + 1)]
    assert [row["id"] for row in ROWS] == wanted


@pytest.mark.parametrize("filename", LISTS)
def test_the_ids_are_those_of_the_kit(filename):
    if not (KIT / filename).exists():
        pytest.skip(f"WHO's {filename} lies outside the repository, in shared/dak")
    with (KIT / filename).open(encoding="utf-8-sig", newline="") as file:
        ids = [
            row["Requirement ID"] for row in csv.DictReader(file) if row["Requirement ID"].startswith("SRV.")
        ]
    assert sorted(ids) == sorted(row["id"] for row in ROWS if row["id"].startswith(LISTS[filename][0]))


def test_an_answer_names_what_is_there_or_says_why_not():
    for row in ROWS:
        assert row["state"] in generate.CONFORMANCE_STATES, row
        assert row["need"], row
        if row["state"] in ("met", "partly"):
            assert row["where"], row
        else:
            assert not row["where"], row
        if row["state"] in ("partly", "not", "not ours"):
            assert row["reason"], row
        if row["where"].startswith("python -m "):
            module = ROOT.joinpath(*shlex.split(row["where"])[2].split("."))
            assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), row
        elif row["where"]:
            assert (ROOT / row["where"]).exists(), row
