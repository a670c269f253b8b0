"""Early warning against the answers of R's package surveillance 1.20.3, and of its models by R's glm."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from surveillance.early_warning.ears import ears
from surveillance.early_warning.farrington import Settings, farrington, farrington_flexible
from surveillance.early_warning.glm_family import YEARS, ModelSettings, glm_bounds
from surveillance.early_warning.series import Bounds, Series

HERE = Path(__file__).resolve().parent / "early_warning"
#: A series of R's own, which is not ours to keep.
ELSEWHERE = Path(__file__).resolve().parents[3] / "shared" / "early_warning"
NOUFAILY = {"w": 3, "no_periods": 10, "past_weeks_not_included": 26, "p_threshold_trend": 1.0}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    return float("nan") if text in ("", "NA") else float(text)


def series_of(name: str, *, step: str = "week") -> tuple[Series, list[str]]:
    """A series, and the names of its steps."""
    rows = rows_of(HERE / name)
    labels = [row["date"] for row in rows]
    dated = "-" in labels[0]
    people = np.array([float(row["population"]) for row in rows]) if "population" in rows[0] else None
    counts = np.array([number(row["count"]) for row in rows])
    return Series(counts, tuple(map(date.fromisoformat, labels)) if dated else None, step, people), labels


def agree(found: Bounds, answers: list[dict[str, str]], places: list[int]) -> None:
    """Bounds and alarms are R's, and there is none where R gives none."""
    at = {int(step): place for place, step in enumerate(found.at)}
    picked = [at[place] for place in places]
    upper = np.array([number(row.get("upper", row.get("ub", ""))) for row in answers])
    np.testing.assert_allclose(found.upper[picked], upper, rtol=0, atol=1e-6)
    assert found.alarm[picked].tolist() == [row["alarm"] in ("1", "TRUE") for row in answers]
    if answers[0].get("expected"):
        expected = np.array([number(row["expected"]) for row in answers])
        np.testing.assert_allclose(found.expected[picked], expected, rtol=0, atol=1e-6)


def check(found: Bounds, name: str, labels: list[str]) -> None:
    answers = rows_of(HERE / name)
    assert len(answers) > 20
    agree(found, answers, [labels.index(row["date"]) for row in answers])


@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
def test_ears_where_a_count_is_not_known(method):
    series, labels = series_of("made_weekly.csv")
    found = ears(series, method)
    check(found, f"made_ears_{method}.csv", labels)
    assert np.isnan(found.upper).any()


def test_ears_of_the_demo():
    series, labels = series_of("demo_dengue_weekly.csv")
    check(ears(series, alpha=0.01), "demo_dengue_ears_C1_alpha01.csv", labels)


@pytest.mark.parametrize(
    ("name", "of", "settings"),
    [
        ("made_flexible_default", "made_weekly", {}),
        (
            "made_flexible_offset_muan", "made_weekly",
            NOUFAILY | {"b": 4, "threshold_method": "muan", "population_offset": True},
        ),
        (
            "made_flexible_by_number", "made_numbered_with_gaps",
            {
                "b": 4, "w": 2, "no_periods": 5, "weights_threshold": 1.0, "alpha": 0.01, "power": "1/2",
                "least_cases": 40,
            },
        ),
        (
            "demo_dengue_farrFlex_farrington", "demo_dengue_weekly",
            {"b": 3, "weights_threshold": 1.0, "past_weeks_not_included": 3, "alpha": 0.1},
        ),
        ("demo_dengue_farrFlex_noufaily_delta", "demo_dengue_weekly", NOUFAILY | {"b": 3}),
        (
            "demo_dengue_farrFlex_noufaily_nbPlugin", "demo_dengue_weekly",
            NOUFAILY | {"b": 3, "threshold_method": "nbPlugin"},
        ),
        (
            "demo_dengue_farrFlex_noufaily_muan", "demo_dengue_weekly",
            NOUFAILY | {"b": 3, "threshold_method": "muan"},
        ),
    ],
)  # fmt: skip
def test_the_improved_algorithm(name, of, settings):
    series, labels = series_of(f"{of if of != 'made_numbered_with_gaps' else 'made_weekly'}.csv")
    if of == "made_numbered_with_gaps":
        series, labels = Series(series.counts), [str(n + 1) for n in range(len(series))]
    first = labels.index(rows_of(HERE / f"{name}.csv")[0]["date"])
    check(farrington_flexible(series, Settings(**settings), first=first), f"{name}.csv", labels)


def test_the_improved_algorithm_by_month():
    series, labels = series_of("made_monthly.csv", step="month")
    settings = Settings(b=4, w=1, no_periods=4, p_threshold_trend=1.0, threshold_method="nbPlugin")
    check(farrington_flexible(series, settings, first=69), "made_monthly_flexible.csv", labels)


def test_the_first_algorithm_by_number_and_by_date():
    numbered, labels = series_of("made_numbered.csv")
    found = farrington(numbered, Settings(b=4, w=3, least_cases=40), first=279)
    check(found, "made_first_by_number.csv", labels)
    assert (found.upper == 0).any()  # R's answer where there are too few cases
    dated, days = series_of("made_weekly.csv")
    settings = Settings(b=3, w=2, alpha=0.01, power="none")
    check(
        farrington(Series(numbered.counts, dated.dates), settings, first=279), "made_first_by_date.csv", days
    )


@pytest.mark.parametrize("model", YEARS)
@pytest.mark.parametrize("changed", [None, 200])
def test_models(model, changed):
    series, labels = series_of("made_numbered.csv")
    name = f"made_glm_{model}{'' if changed is None else '_changed'}.csv"
    check(glm_bounds(series, model, ModelSettings(changed_at=changed), first=279), name, labels)


@pytest.mark.skipif(
    not ELSEWHERE.is_dir(), reason="the series of R's package lies beside the project, not in it"
)
@pytest.mark.parametrize(
    ("name", "judge"),
    [
        *((f"agona_ears_{m}_full", lambda series, m=m: ears(series, m)) for m in ("C1", "C2", "C3")),
        ("agona_ears_C3_full_b3", lambda series: ears(series, "C3", baseline=3)),
        ("agona_farrFlex_default_282_312", lambda series: farrington_flexible(series, first=281)),
        (
            "agona_farrFlex_noufaily_delta_282_312",
            lambda series: farrington_flexible(series, Settings(**NOUFAILY, b=4, alpha=0.1), first=281),
        ),
        (
            "agona_farrFlex_noufaily_nbPlugin_282_312",
            lambda series: farrington_flexible(
                series, Settings(**NOUFAILY, b=4, alpha=0.1, threshold_method="nbPlugin"), first=281
            ),
        ),
        (
            "agona_farrington_b4w3_282_312",
            lambda series: farrington(series, Settings(b=4, w=3), first=281),
        ),
    ],
)
def test_salmonella_agona(name, judge):
    counts = np.array([float(row["observed"]) for row in rows_of(ELSEWHERE / "salmonella_agona.csv")])
    answers = rows_of(ELSEWHERE / f"{name}.csv")
    agree(judge(Series(counts)), answers, [int(row["idx"]) - 1 for row in answers])
