"""Cases with SaTScan's answers: synthetic ones kept here, and published ones read where they lie.

The answers are those of SaTScan 10.3.2, run with 999 replicates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from surveillance.scan import scan

PARITY = Path(__file__).parent.parent / "reference" / "scan_parity"
#: Other people's data: read where it is, never kept in the repository.
PUBLISHED = Path(__file__).parents[3] / "shared" / "scan" / "published"
#: Three large synthetic cases.
LARGE = Path(__file__).parents[3] / "shared" / "scan" / "bench"


@dataclass(frozen=True)
class ScanCase:
    """Input of one scan, how it is asked for, and what SaTScan answered."""

    name: str
    cases: pd.DataFrame
    locations: pd.DataFrame
    arguments: dict[str, Any]
    answers: list[dict[str, Any]] = field(default_factory=list)


_ARGUMENTS: dict[str, dict[str, Any]] = {
    "d1_poisson_spatial": {"model": "poisson"},
    "d2_bernoulli_spatial": {"model": "bernoulli"},
    "d3_permutation_retrospective": {
        "model": "space-time-permutation",
        "time": "retrospective",
        "time_unit": "week",
        "start": date(2023, 1, 2),
        "end": date(2024, 12, 29),
        "max_duration": 12,
    },
    "d4_poisson_retrospective": {
        "model": "poisson",
        "time": "retrospective",
        "time_unit": "week",
        "start": date(2024, 1, 1),
        "end": date(2025, 6, 29),
        "max_duration": 0.5,
    },
    "d5_permutation_prospective": {
        "model": "space-time-permutation",
        "time": "prospective",
        "time_unit": "day",
        "start": date(2025, 1, 6),
        "end": date(2025, 7, 4),
        "min_duration": 2,
        "max_duration": 30,
    },
    "d6_permutation_earlier": {
        "model": "space-time-permutation",
        "time": "prospective",
        "time_unit": "day",
        "start": date(2025, 1, 1),
        "end": date(2025, 5, 30),
        "min_duration": 2,
        "max_duration": 30,
        "max_radius_km": 80.0,
        "max_population_share": 1.0,
        "earlier_analyses": 59,
    },
    "d7_permutation_earlier_sizes": {
        "model": "space-time-permutation",
        "time": "prospective",
        "time_unit": "day",
        "start": date(2025, 3, 3),
        "end": date(2025, 7, 14),
        "min_duration": 2,
        "max_duration": 30,
        "limit_by": "population",
        "earlier_analyses": 28,
    },
    "d8_poisson_iterative": {"model": "poisson", "iterative": True},
    "d9_bernoulli_iterative": {"model": "bernoulli", "iterative": True},
    "d10_bernoulli_gini": {"model": "bernoulli", "report": ("hierarchical", "gini")},
    "d11_poisson_gini": {"model": "poisson", "report": ("hierarchical", "gini")},
    "d12_bernoulli_corridor": {"model": "bernoulli"},
    "d13_permutation_corridor": {
        "model": "space-time-permutation",
        "time": "retrospective",
        "time_unit": "week",
        "start": date(2024, 1, 1),
        "end": date(2024, 12, 29),
        "max_duration": 12,
    },
    "d14_bernoulli_network": {"model": "bernoulli", "network_order": "satscan"},
    "d15_permutation_network": {
        "model": "space-time-permutation",
        "time": "retrospective",
        "time_unit": "week",
        "start": date(2024, 4, 1),
        "end": date(2025, 3, 30),
        "max_duration": 12,
        "network_order": "satscan",
    },
    "d16_bernoulli_low": {"model": "bernoulli", "rates": "low"},
    "d17_bernoulli_both": {"model": "bernoulli", "rates": "both"},
    "d18_poisson_population_dates": {
        "model": "poisson",
        "time": "retrospective",
        "time_unit": "week",
        "start": date(2023, 7, 3),
        "end": date(2024, 12, 29),
        "max_duration": 0.5,
        "covariates": ("sex",),
    },
    "d19_poisson_trend": {
        "model": "poisson",
        "time": "retrospective",
        "time_unit": "month",
        "start": date(2023, 1, 1),
        "end": date(2024, 12, 31),
        "max_duration": 0.5,
        "trend": "log-linear",
    },
    "d20_poisson_time_stratified": {
        "model": "poisson",
        "time": "retrospective",
        "time_unit": "month",
        "start": date(2023, 1, 1),
        "end": date(2024, 12, 31),
        "max_duration": 0.5,
        "trend": "stratified",
    },
    "d21_poisson_reported_size": {"model": "poisson", "max_reported_share": 0.1},
    "d22_poisson_minimum_risk": {"model": "poisson", "min_relative_risk": 1.5},
    "d23_bernoulli_minimum_risk": {"model": "bernoulli", "min_relative_risk": 1.5},
}
PARITY_NAMES = tuple(_ARGUMENTS)


#: From this p-value on chance decides whether a program lists a cluster.
SELDOM_LISTED = 0.99


def listed_alike(ours: list[float], theirs: list[float]) -> bool:
    """Whether two lists of p-values are as long as each other, but for clusters of the very highest ones."""
    both = min(len(ours), len(theirs))
    return all(p >= SELDOM_LISTED for p in (*ours[both:], *theirs[both:]))


def parity(name: str) -> ScanCase:
    """One of the synthetic cases."""
    answers = json.loads((PARITY / "answers.json").read_text(encoding="utf-8"))
    cases = pd.read_csv(PARITY / f"{name}.cases.csv")
    locations = pd.read_csv(PARITY / f"{name}.locations.csv")
    more = {
        table: pd.read_csv(path)
        for table in ("population", "neighbours", "network")
        if (path := PARITY / f"{name}.{table}.csv").exists()
    }
    return ScanCase(name, cases, locations, _ARGUMENTS[name] | more, answers[name])


@cache
def parity_clusters(name: str) -> pd.DataFrame:
    """What a scan of one of the synthetic cases finds; scanned once in a process."""
    case = parity(name)
    return scan(case.cases, case.locations, **case.arguments).clusters


def _answer(
    llr: float, observed: int, expected: float, many: int | None = None, **more: Any
) -> dict[str, Any]:
    found = {"llr": llr, "observed": observed, "expected": expected} | more
    return found | ({"n_locations": many} if many else {})


def published() -> list[ScanCase]:
    """Published data sets with SaTScan's answers; their files must be there.

    North Carolina, sudden infant deaths 1974: Cressie and Read (1985), also in R's spData. Pennsylvania, lung
    cancer 2002: also in R's SpatialEpi (Pennsylvania Department of Health). New Mexico, brain cancer
    1973-1991: the population is known by the years 1973, 1982 and 1991.
    """
    north = pd.read_csv(PUBLISHED / "nc_sids_1974.csv")
    places = pd.read_csv(PUBLISHED / "penn_lung_2002.locations.csv")
    strata = pd.read_csv(PUBLISHED / "penn_lung_2002.strata.csv")
    groups = ("race", "sex", "age")
    return [
        ScanCase(
            "North Carolina SIDS 1974",
            north[["location", "count"]],
            north.drop(columns="count"),
            {"model": "poisson"},
            [
                _answer(15.487584, 317, 246.55, 39, relative_risk=1.54),
                _answer(11.577076, 15, 3.17),
            ],
        ),
        ScanCase(
            "Pennsylvania lung cancer 2002",
            strata[["location", "count"]],
            places,
            {
                "model": "poisson",
                "population": strata.groupby("location", as_index=False)["population"].sum(),
            },
            [_answer(36.538616, 2359, 2008.22, 7), {"llr": 9.649491}],
        ),
        ScanCase(
            "Pennsylvania lung cancer 2002, adjusted for race, sex, age",
            strata[["location", "count", *groups]],
            places,
            {"model": "poisson", "covariates": groups, "population": strata.drop(columns="count")},
            [_answer(17.662883, 1900, 1673.65, 2), {"llr": 7.098944}],
        ),
        ScanCase(
            "New Mexico brain cancer 1973-1991, adjusted for age, sex",
            pd.read_csv(PUBLISHED / "new_mexico_cases.csv.gz"),
            pd.read_csv(PUBLISHED / "new_mexico_locations.csv.gz"),
            {
                "model": "poisson",
                "time": "retrospective",
                "time_unit": "year",
                "start": date(1973, 1, 1),
                "end": date(1991, 12, 31),
                "covariates": ("age", "sex"),
                "population": pd.read_csv(PUBLISHED / "new_mexico_population.csv.gz"),
            },
            [{"llr": 10.979758}, {"llr": 5.684828}, {"llr": 3.884186}],
        ),
    ]
