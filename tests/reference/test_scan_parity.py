"""SaTScan's answers: members, dates, counts, likelihood to 1e-6, printed digits, p within Monte Carlo error.

Answers of SaTScan 10.3.2 with 999 replicates (tests/support/scan_cases.py says of which data).
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from docs import agreement
from surveillance.scan import scan
from surveillance.scan.gumbel import recurrence_interval
from tests.support.examples import lane
from tests.support.matrix import some
from tests.support.scan_cases import (
    PARITY_NAMES,
    PUBLISHED,
    ScanCase,
    listed_alike,
    parity,
    parity_clusters,
    published,
)

pytestmark = pytest.mark.slow


def as_printed(value: float, printed: float) -> bool:
    """Whether a value, rounded as the answer is, is the answer."""
    digits = len(str(printed).partition(".")[2])
    return abs(value - printed) <= 0.5 * 10**-digits + 1e-9


def within_monte_carlo_error(ours: float, theirs: float, replicates: int = 999) -> bool:
    """Whether two p-values of as many replicates each are at most four standard errors apart."""
    middle = (ours + theirs) / 2
    error = math.sqrt(2 * middle * (1 - middle) / replicates)
    return abs(ours - theirs) <= 4 * error + 1e-12


def agrees(found: pd.Series, answer: dict[str, Any], earlier: int = 0) -> None:
    """One cluster is the answer's, in everything the answer says, after `earlier` analyses."""
    assert found["llr"] == pytest.approx(answer["llr"], abs=1e-6)
    for name in ("centre", "observed", "n_locations"):
        if name in answer:
            assert found[name] == answer[name]
    if "locations" in answer:
        assert sorted(found["locations"]) == sorted(answer["locations"])
    for name in ("start", "end"):
        if name in answer:
            assert found[name].isoformat() == answer[name]
    for name in ("expected", "observed_expected", "relative_risk", "radius_km"):
        if name in answer:
            assert as_printed(found[name], answer[name]), (name, found[name], answer[name])
    for name in ("gini", "hierarchical", "rate"):
        if name in answer:
            assert found[name] == answer[name]
    if "p_value" in answer:
        assert within_monte_carlo_error(found["p_value"], answer["p_value"])
    if "recurrence_interval" in answer:
        # Of its own p, as SaTScan's is of its own; so the two are compared for SaTScan's p.
        ours = recurrence_interval(found["p_value"], 1.0, earlier)
        assert found["recurrence_interval_days"] == pytest.approx(ours)
        theirs = recurrence_interval(answer["p_value"], 1.0, earlier)
        assert as_printed(theirs, float(answer["recurrence_interval"])) or round(theirs) == int(
            answer["recurrence_interval"]
        )


#: Cases that `make full` alone computes: beside d4 stand d18 and d19 (Poisson, looking back), beside d12 d13.
LONG = ("d4_poisson_retrospective", "d12_bernoulli_corridor")
USUAL = tuple(name for name in PARITY_NAMES if name not in LONG)


@pytest.mark.parametrize("name", some(PARITY_NAMES, USUAL))
def test_every_listed_cluster_is_satscans(name: str) -> None:
    case = parity(name)
    found = parity_clusters(name)
    assert listed_alike(found["p_value"].tolist(), [answer["p_value"] for answer in case.answers])
    for (_, cluster), answer in zip(found.iterrows(), case.answers, strict=False):
        agrees(cluster, answer, case.arguments.get("earlier_analyses", 0))


def test_the_recurrence_interval_is_one_over_p_for_daily_analyses() -> None:
    first = parity_clusters("d5_permutation_prospective").iloc[0]
    assert first["recurrence_interval_days"] == pytest.approx(1 / first["p_value"])


def _published() -> list[ScanCase]:
    return published() if PUBLISHED.is_dir() else []


@pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="other people's data, not kept in the repository, is not here"
)
def test_published_data_give_satscans_answers() -> None:
    cases = _published()
    assert len(cases) == 4
    for case in cases:
        found = scan(case.cases, case.locations, **case.arguments).clusters
        for (_, cluster), answer in zip(found.iterrows(), case.answers, strict=False):
            agrees(cluster, answer)


def test_the_table_of_agreement_in_methods_md_is_current_and_every_cluster_agrees() -> None:
    held = agreement.held_rows()
    if lane() == "full":
        assert held == agreement.agreement()
    for name in USUAL:
        rows = [line for line in held if line.startswith(f"| {name} (synthetic) |")]
        assert rows == agreement.rows_of(parity(name)) != []
    assert all("| same |" in line for line in held)
    assert len(held) >= 27
