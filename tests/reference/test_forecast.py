"""Endemic-epidemic models and their scores beside R's package surveillance.

tests/reference/forecast/made.R makes the counts and R's answers. How near each is stands in methods.md
(`python -m docs.forecasts`).
"""

from __future__ import annotations

import numpy as np
import pytest

from docs import forecasts
from docs.forecasts import ASKED, r_says
from surveillance.forecast.fit import fit
from surveillance.forecast.naive import last_value, same_season, seasonal_mean
from surveillance.forecast.panel import Panel
from surveillance.forecast.predict import forecast, one_step
from surveillance.forecast.scores import log_probability, ranked_probability
from tests.support import dengue
from tests.support.matrix import some


@pytest.mark.parametrize("name", ASKED)
def test_a_fit_is_that_of_r(name: str) -> None:
    told, panel, model = forecasts.case(name)
    found = fit(panel, model, first=1)
    assert found.converged and found.counts == told["counts"]
    assert found.log_likelihood == pytest.approx(told["log_likelihood"], abs=1e-4)
    np.testing.assert_allclose(found.values, told["values"], atol=1e-4)
    np.testing.assert_allclose(found.errors, told["errors"], rtol=1e-3)
    assert sum(found.parts.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", [name for name in ASKED if "first" in r_says()["answers"][name]])
def test_one_step_forecasts_and_scores_are_those_of_r(name: str) -> None:
    """Parameters of the steps up to 119 (of 132): "first" keeps them, "rolling" fits anew for each step."""
    told, panel, model = forecasts.case(name)
    found = fit(panel.until(118), model, first=1)
    for n, step in enumerate(range(119, 132)):
        mean, size = one_step(found, panel, step)
        np.testing.assert_allclose(mean, np.atleast_1d(told["first"]["mean"][n]), rtol=1e-4)
        for area in range(panel.areas):
            theta = None if size is None else size[area]
            came = panel.counts[step, area]
            log = -log_probability(came, mean[area], theta)
            assert log == pytest.approx(np.atleast_1d(told["first"]["log"][n])[area], abs=1e-4)
            ranked = ranked_probability(came, mean[area], theta)
            assert ranked == pytest.approx(np.atleast_1d(told["first"]["ranked"][n])[area], abs=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", some(["power law", "neighbours"], ["neighbours"]))
def test_forecasts_fitted_anew_for_each_step_are_those_of_r(name: str) -> None:
    told, panel, model = forecasts.case(name)
    start = None
    for n, step in enumerate(range(119, 132)):
        found = fit(panel.until(step - 1), model, start=start)
        start = found.values
        np.testing.assert_allclose(one_step(found, panel, step)[0], told["rolling"]["mean"][n], rtol=1e-4)


def test_several_steps_ahead_are_those_that_r_simulates() -> None:
    """R's 20,000 simulated futures: means, upper limits and chances of more than 30 cases."""
    told = r_says()["answers"]["ahead"]
    _, panel, model = forecasts.case("power law")
    found = fit(panel.until(119), model)
    names = r_says()["answers"]["power law"]["names"]
    values = forecasts.in_our_order(told | {"names": names, "errors": told["values"]}, found.names)["values"]
    np.testing.assert_allclose(found.values, values, atol=1e-4)
    made = forecast(found, panel.until(119), 6, draws=8_000, parameters=False)
    np.testing.assert_allclose(made.expected(), told["mean"], rtol=0.04, atol=0.05)
    np.testing.assert_allclose(made.quantile([0.975])[0], told["upper"], rtol=0.08, atol=2)
    np.testing.assert_allclose(made.above(30), told["above"], atol=0.015)


def test_means_several_steps_ahead_are_those_of_the_recursion() -> None:
    """Without drawing: expected counts of a linear model follow from each other."""
    _, panel, model = forecasts.case("neighbours")
    found = fit(panel, model, first=1)
    made = forecast(found, panel, 4, draws=20_000, parameters=False)
    known = panel.counts
    for ahead in range(4):
        grown = Panel(np.vstack([known, np.zeros((1, panel.areas))]), panel.period, panel.size)
        mean = one_step(found, grown, grown.steps - 1)[0]
        np.testing.assert_allclose(made.expected()[ahead], mean, rtol=0.03)
        known = np.vstack([known, mean])


def test_what_the_parameters_leave_open_widens_a_forecast() -> None:
    _, panel, model = forecasts.case("power law, levels of areas")
    short = panel.until(35)
    found = fit(short, model)
    plain, open_ = (forecast(found, short, 3, parameters=told) for told in (False, True))
    assert np.mean(open_.interval(0.95)[1]) > np.mean(plain.interval(0.95)[1])


def test_naive_forecasts_expect_what_they_say() -> None:
    panel = forecasts.case("power law")[1]
    assert np.array_equal(last_value(panel, 2).expected()[1], np.maximum(panel.counts[-1], 0.5))
    january = panel.counts[::12]
    assert np.allclose(seasonal_mean(panel, 1).expected()[0], np.maximum(january.mean(axis=0), 0.5))
    held = np.sort(same_season(panel, 1).drawn[:, 0], axis=0)
    assert np.array_equal(held, np.sort(january, axis=0))


def test_methods_md_holds_the_agreement_and_the_scores() -> None:
    """`python -m docs.forecasts` makes them; the scores need counts that are not held everywhere."""
    text = forecasts.METHODS.read_text(encoding="utf-8")
    assert forecasts.agreement() in text
    for name in forecasts.METHOD_NAMES:
        assert f"| {name} |" in text


def test_the_dengue_of_both_sides_is_read_whole() -> None:
    if not dengue.held():
        pytest.skip(f"{dengue.COUNTS.name} is not held beside this copy; it is not ours to give away")
    read = dengue.sides()
    assert len(read.of("KH")) == 24 and len(read.of("TH")) == 12
    assert read.panel.counts.shape == (156, 36)
    assert (read.order >= 0).all(), "one map: every province can be reached"
    assert np.nanmax(read.panel.counts) > 1_000
