"""SaTScan's answers again, as a person gets them: from files, by the command, as JSON."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.command_line import CommandLine
from tests.support.matrix import some
from tests.support.scan_cases import PARITY, PARITY_NAMES, listed_alike, parity

pytestmark = pytest.mark.slow

_OPTIONS = {"start": "from", "end": "to"}


def options(arguments: dict[str, Any], folder: Path) -> list[str]:
    """Arguments of the engine as options of the command; tables as files in a folder."""
    found = []
    for name, value in arguments.items():
        if name == "population":
            continue  # a file of its own
        option = f"--{_OPTIONS.get(name, name).replace('_', '-')}"
        if value is True:
            found.append(option)
            continue
        if isinstance(value, pd.DataFrame):
            value.to_csv(folder / f"{name}.csv", index=False)
            found += [option, str(folder / f"{name}.csv")]
            continue
        text = value.isoformat() if isinstance(value, date) else str(value)
        text = ",".join(value) if isinstance(value, tuple) else text
        found += [option, text]
    return found


#: Each model, in space alone and in time; test_scan_parity.py asks the engine about all cases.
IN_TEST = [name for name in PARITY_NAMES if name.startswith(("d1_", "d2_", "d5_", "d6_"))]


def printed(value: float, answer: float) -> bool:
    """Whether a value, rounded as the answer is, is the answer."""
    digits = len(str(answer).partition(".")[2])
    return abs(value - answer) <= 0.5 * 10**-digits + 1e-9


@pytest.mark.parametrize("name", some(PARITY_NAMES, IN_TEST))
def test_the_command_gives_satscans_clusters(name, tmp_path):
    case = parity(name)
    command = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")
    tables = tmp_path / "tables"
    tables.mkdir()
    path = PARITY / f"{name}.population.csv"
    people = ("--population", path) if path.exists() else ()
    done = command(
        "clusters", "--cases", PARITY / f"{name}.cases.csv", "--locations", PARITY / f"{name}.locations.csv",
        *options(case.arguments, tables), *people, "--format", "json", env={"CHHLANG_SECRET_KEY": None},
    )  # fmt: skip
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)["clusters"]
    ours = [cluster["p_value"] for cluster in found]
    assert listed_alike(ours, [answer["p_value"] for answer in case.answers])
    for cluster, answer in zip(found, case.answers, strict=False):
        for column in ("rank", "centre", "observed", "start", "end"):
            assert cluster[column] == answer.get(column), column
        assert sorted(cluster["locations"]) == sorted(answer["locations"])
        assert cluster["n_locations"] == len(answer["locations"])
        assert cluster["llr"] == pytest.approx(answer["llr"], abs=1e-6)
        for column in ("expected", "observed_expected", "radius_km", "relative_risk"):
            if column in answer:
                assert printed(cluster[column], answer[column]), column
        middle = (cluster["p_value"] + answer["p_value"]) / 2
        error = math.sqrt(2 * middle * (1 - middle) / 999)
        assert abs(cluster["p_value"] - answer["p_value"]) <= 4 * error + 1e-12
    assert list(tmp_path.iterdir()) == [tables]
