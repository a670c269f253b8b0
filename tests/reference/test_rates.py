"""Rates, funnels and Kaplan-Meier against R, and the spatial model against a long Markov chain.

tests/reference/rates/made.R makes R's answers, tests/support/bym2_chain.py those of the chain.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from docs import rates as rates_of_docs
from surveillance.rates.bayes import empirical_bayes
from surveillance.rates.bym2 import Bym2, bym2
from surveillance.rates.cascade import Reached, cascade_of
from surveillance.rates.counts import count_interval
from surveillance.rates.funnel import funnel
from surveillance.rates.priors import distance
from surveillance.rates.standardised import directly_standardised, indirectly_standardised
from surveillance.rates.structure import structure
from surveillance.rates.survival import kaplan_meier
from tests.support import bym2_chain
from tests.support.matrix import some

HERE = Path(__file__).resolve().parent / "rates"


@cache
def r_says() -> dict[str, Any]:
    return json.loads((HERE / "made.json").read_text(encoding="utf-8"))


def close(found: Any, answer: Any, rtol: float = 1e-9) -> None:
    wanted = np.array(
        [np.nan if one is None else one for one in np.atleast_1d(np.array(answer, object))], float
    )
    np.testing.assert_allclose(np.asarray(found, float), wanted, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "method", "level"),
    [("exact95", "exact", 0.95), ("exact99", "exact", 0.99), ("byar95", "byar", 0.95)],
)
def test_intervals_of_a_poisson_number(name: str, method: Any, level: float) -> None:
    told = r_says()["poisson"]
    lower, upper = count_interval(told["events"], method=method, confidence=level)
    close(upper, told[name]["upper"], 1e-7)
    close(lower, told[name]["lower"], 1e-7)


def test_direct_standardisation_of_the_published_table() -> None:
    """Down syndrome by order of birth, adjusted for the age of the mother (Fay & Feuer 1997)."""
    told = r_says()["direct"]
    found = directly_standardised(told["events"], told["population"], told["standard"], per=1)
    for side, column in ((found.value, 0), (found.lower, 1), (found.upper, 2)):
        close(side, [row[column] for row in told["answers"]])


def test_indirect_standardisation() -> None:
    told = r_says()["indirect"]
    found = indirectly_standardised(
        told["events"], told["population"], told["reference"], crude=told["crude"], per=1
    )
    assert found.rates is not None
    for side, name in ((found.expected, "expected"), (found.ratio, "ratio"), (found.lower, "lower"),
                       (found.upper, "upper"), (found.rates.value, "rate")):  # fmt: skip
        close(side, told[name], 1e-7)


def test_empirical_bayes_is_the_negative_binomial_of_r() -> None:
    told = r_says()["bayes"]
    found = empirical_bayes(told["events"], told["population"], 1, threshold=told["threshold"])
    close([1 / found.spread**2, found.mean], [told["shape"], told["mean"]], 1e-5)
    for side, name in ((found.rates.value, "value"), (found.rates.lower, "lower"),
                       (found.rates.upper, "upper"), (found.above, "above")):  # fmt: skip
        close(side, told[name], 1e-5)


def test_exact_limits_of_a_funnel() -> None:
    told = r_says()["funnel"]
    sizes, many = np.array(told["sizes"]), np.array(told["populations"])
    levels = (0.95, 0.998)
    shares = funnel(np.zeros(sizes.size), sizes, target=told["share"], levels=levels)
    rates = funnel(np.zeros(many.size), many, kind="rate", target=told["rate"], per=1, levels=levels)
    for found, name in ((shares, "binomial"), (rates, "poisson")):
        columns = np.array(told[name]).T
        close(found.lower[1], columns[0], 1e-8)
        close(found.lower[0], columns[1], 1e-8)
        close(found.upper[0], columns[2], 1e-8)
        close(found.upper[1], columns[3], 1e-8)


@pytest.mark.parametrize("kind", ["multiplicative", "additive"])
def test_overdispersion_of_a_funnel(kind: Any) -> None:
    told = r_says()["dispersion"]
    found = funnel(told["events"], told["people"], levels=(0.95,), dispersion=kind)
    close([found.target, found.factor], [told["target"], told["factor"]])
    close(found.lower[0], np.maximum(told[kind], 0))
    if kind == "additive":
        close([found.between], [told["between"]])


@pytest.mark.parametrize("band", ["plain", "log", "log-log"])
@pytest.mark.parametrize("name", ["many", "all", "none", "half", "few"])
def test_kaplan_meier(name: str, band: Any) -> None:
    told = r_says()["survival"][name]
    found = kaplan_meier(told["durations"], told["observed"], band=band)
    answer = told[band]
    for part, column in (("time", "time"), ("at_risk", "at_risk"), ("events", "events"),
                         ("survival", "survival"), ("lower", "lower"), ("upper", "upper")):  # fmt: skip
        wanted = answer[column]
        if column in (
            "lower",
            "upper",
        ):  # before the first event R has no limits by this band; here they are 1
            wanted = [1.0 if s == 1 else one for one, s in zip(wanted, answer["survival"], strict=True)]
        close(getattr(found, part), wanted)
    for part, column in (("time", "quartiles"), ("lower", "q_lower"), ("upper", "q_upper")):
        assert [getattr(one, part) for one in found.quartiles] == [
            None if one is None else float(one) for one in answer[column]
        ]


def test_a_scaled_map_in_pieces() -> None:
    told = r_says()["map"]
    found = structure([tuple(pair) for pair in told["neighbours"]], told["areas"])
    np.testing.assert_allclose(found.precision.toarray(), np.array(told["precision"]), atol=1e-12)
    far, slope = distance(told["mixing"], found.eigenvalues)
    close(far, told["distance"], 1e-7)
    near = distance(np.array(told["mixing"]) + 1e-6, found.eigenvalues)[0]
    np.testing.assert_allclose((near - far) / 1e-6, slope, rtol=1e-3)


# --- the spatial model beside a long chain ---------------------------------------------------------


def smoothed(case: dict[str, Any]) -> Bym2:
    return bym2(
        case["events"], case["population"], [tuple(pair) for pair in case["neighbours"]], case["per"],
        threshold=case["threshold"],
    )  # fmt: skip


def apart(found: Bym2, chain: dict[str, Any]) -> dict[str, float]:
    """How far the approximation lies from a chain: of rates in widths of their intervals, else plainly."""
    width = np.array(chain["upper"]) - np.array(chain["lower"])
    parts = {name: getattr(found.rates, name) for name in ("lower", "upper")}
    parts |= {"mean": found.rates.value, "median": found.median}
    away = {name: float(np.max(np.abs(side - chain[name]) / width)) for name, side in parts.items()}
    assert found.above is not None
    away["above"] = float(np.max(np.abs(found.above - chain["above"])))
    away["mixing"] = abs(found.mixing.mean - chain["mixing"][0])
    away["spread"] = abs(found.spread.mean / chain["spread"][0] - 1)
    return away


def stored(name: str) -> dict[str, Any]:
    return json.loads(bym2_chain.STORED.read_text(encoding="utf-8"))[name]


@pytest.mark.parametrize("name", some(["provinces", "pieces"], ["pieces"]))
def test_the_spatial_model_is_that_of_a_stored_long_chain(name: str) -> None:
    case = stored(name)
    away = apart(smoothed(case), case["chain"])
    assert max(away.values()) < 0.012, away


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.parametrize("name", ["provinces", "pieces"])
def test_the_spatial_model_is_that_of_a_new_long_chain(name: str) -> None:
    case = getattr(bym2_chain, name)()
    assert all(case[key] == stored(name)[key] for key in case)
    away = apart(smoothed(case), bym2_chain.summary(case, 2_000, seed=2))
    assert max(away.values()) < 0.03, away


def test_methods_md_holds_the_tables_of_agreement() -> None:
    """`python -m docs.rates` makes them."""
    held = rates_of_docs.held()
    for what, by, _ in rates_of_docs.beside_r():
        assert f"| {what} | {by} |" in held
    assert held.count("areas without one") == 2


# --- published cascades ----------------------------------------------------------------------------


def test_the_published_cascade_of_radical_cure() -> None:
    """Cambodia 2019-20: 3,239 vivax or mixed, 1,282 G6PD tested, 959 started, 747 completed."""
    steps = cascade_of([
        Reached("vivax", "", 3239), Reached("g6pd", "", 1282), Reached("started", "", 959),
        Reached("completed", "", 747),
    ])  # fmt: skip
    assert [step.lost for step in steps] == [0, 1957, 323, 212]
    assert [percent(step.of_before) for step in steps[1:]] == [
        "39.6 (37.9-41.3)%", "74.8 (72.4-77.1)%", "77.9 (75.2-80.4)%",
    ]  # fmt: skip
    assert percent(steps[-1].of_first) == "23.1 (21.6-24.5)%"


def test_the_published_cascade_of_tuberculosis_among_migrants() -> None:
    """IOM, January 2020 to November 2021."""
    counts = (15_034, 2_271, 2_027, 1_519, 342)
    steps = cascade_of([Reached(str(people), "", people) for people in counts])
    assert percent(steps[1].of_before) == "15.1 (14.5-15.7)%"
    assert percent(steps[4].of_before) == "22.5 (20.5-24.7)%"
    assert percent(steps[4].of_first) == "2.3 (2.0-2.5)%"
    assert [step.lost for step in steps] == [0, 12_763, 244, 508, 1_177]


def percent(share: Any) -> str:
    return f"{100 * share.value:.1f} ({100 * share.lower:.1f}-{100 * share.upper:.1f})%"
