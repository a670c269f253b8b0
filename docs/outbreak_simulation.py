"""Outbreaks simulated on published baselines, and how each method of early warning finds them.

`python -m docs.detection` writes the table and the plot of methods.md from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from surveillance.alerts.excess import upper_bound
from surveillance.early_warning.ears import ears
from surveillance.early_warning.farrington import Settings, farrington, farrington_flexible
from surveillance.early_warning.glm_family import Model, ModelSettings, glm_bounds
from surveillance.early_warning.series import Bounds, Series

#: Weeks of a series, and of its end that is judged, as in the paper.
WEEKS, JUDGED = 624, 49
#: theta, beta, gamma 1, gamma 2 and phi of the seven baselines; each with and without trend and season.
BASELINES = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2.0, 0.005, 0.1, 0.3, 2.0),
    (1.5, 0.003, 0.2, -0.4, 1.0),
    (0.5, 0.002, 0.5, 0.5, 5.0),
    (2.5, 0.001, 1.0, 0.1, 3.0),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5.0, 0.0001, 0.05, 0.01, 1.2),
)
#: Weeks of history that the log-linear models are fitted to, the last ones.
_MODEL_WEEKS = 208
#: What disturbs a baseline, beside nothing.
QUIET, RETURNS, SILENCE, HOLIDAYS = "nothing", "returns", "silence", "holidays"
DISTURBED = {
    QUIET: "nothing else",
    RETURNS: "three times as many people for eight weeks, a year before",
    SILENCE: "half of the facilities silent for six weeks before the outbreak",
    HOLIDAYS: "a third of the usual visits in the week of each New Year",
}
#: What the watch leaves for one look of one place in the demo, about.
_WATCH_P = 1e-4
#: First day of the first week; a Monday.
_BEGUN = date(2014, 1, 6)


@dataclass(frozen=True)
class Simulated:
    """A series with one outbreak.

    `counts`, `outbreak`: cases of each week, and those of the outbreak among them. `reported`: share of the
    usual cases that the facilities which reported stand for, by Monday.
    """

    counts: np.ndarray
    outbreak: np.ndarray
    reported: dict[date, float]

    @property
    def mondays(self) -> tuple[date, ...]:
        """The first day of each week."""
        return tuple(_BEGUN + timedelta(weeks=n) for n in range(len(self.counts)))

    @property
    def series(self) -> Series:
        """As the methods take it."""
        return Series(self.counts.astype(float), self.mondays)


def scenarios() -> Iterator[tuple[float, float, float, float, float]]:
    """Yield the 28 baselines: each of the seven with and without trend, with and without season."""
    for theta, beta, one, two, phi in BASELINES:
        for trend in (0, 1):
            for season in (0, 1):
                yield theta, beta * trend, one * season, two * season, phi


def _negative_binomial(rng: np.random.Generator, mean: np.ndarray, phi: float) -> np.ndarray:
    if phi <= 1:
        return rng.poisson(mean)
    return rng.negative_binomial(mean / (phi - 1), 1 / phi)


def simulate(
    rng: np.random.Generator, scenario: tuple[float, float, float, float, float], disturbed: str
) -> Simulated:
    """Draw a series whose last 49 weeks hold one outbreak.

    Its size is Poisson with a mean of k standard deviations of the week in which it begins, k from 1 to 10,
    and its cases are spread over weeks by a lognormal of 0 and 0.5 (Noufaily and others 2013, section 3).
    """
    theta, beta, one, two, phi = scenario
    week = np.arange(1, WEEKS + 1)
    angle = 2 * np.pi * week / 52
    mean = np.exp(theta + beta * week + one * np.cos(angle) + two * np.sin(angle))
    start = int(rng.integers(WEEKS - JUDGED, WEEKS - 8))
    usual = mean.copy()
    reported: dict[date, float] = {}
    if disturbed == RETURNS:
        mean[start - 52 : start - 44] *= 3
    elif disturbed == SILENCE:
        silent = range(start - 3, start + 3)
        mean[silent.start : silent.stop] /= 2
        reported = {_BEGUN + timedelta(weeks=n): 0.5 for n in silent}
    elif disturbed == HOLIDAYS:
        mean[week % 52 == 15] /= 3
    counts = _negative_binomial(rng, mean, phi)
    size = 0
    while size < 2:
        size = int(rng.poisson(rng.integers(1, 11) * np.sqrt(usual[start] * phi)))
    after = np.minimum(start + np.floor(rng.lognormal(0, 0.5, size)).astype(int), WEEKS - 1)
    outbreak = np.bincount(after, minlength=WEEKS)
    if disturbed == SILENCE:  # who is silent sends no case of an outbreak either
        seen = np.array([reported.get(_BEGUN + timedelta(weeks=n), 1.0) for n in range(WEEKS)])
        outbreak = rng.binomial(outbreak, seen)
    return Simulated(counts + outbreak, outbreak, reported)


def _last(bounds: Bounds) -> np.ndarray:
    return bounds.alarm[-JUDGED:]


def _excess(drawn: Simulated) -> np.ndarray:
    """Judge as the watch does: improved Farrington, three years, with the offset of silences."""
    found = []
    for at in range(WEEKS - JUDGED, WEEKS):
        bound = upper_bound(drawn.counts, drawn.mondays, at, _WATCH_P, 3, drawn.reported, ())
        found.append(bound is not None and drawn.counts[at] >= 5 and drawn.counts[at] > bound)
    return np.array(found)


def _model(drawn: Simulated, model: Model) -> np.ndarray:
    """Judge by a log-linear model of the last four years."""
    short = Series(drawn.series.counts[-JUDGED - _MODEL_WEEKS :])
    return _last(glm_bounds(short, model, ModelSettings(alpha=0.005), first=_MODEL_WEEKS))


_FIRST = WEEKS - JUDGED
#: Method -> which of the last 49 weeks are alarms.
METHODS: dict[str, Callable[[Simulated], np.ndarray]] = {
    "EARS C1": lambda drawn: _last(ears(drawn.series, "C1")),
    "EARS C2": lambda drawn: _last(ears(drawn.series, "C2")),
    "EARS C3": lambda drawn: _last(ears(drawn.series, "C3")),
    "GLM mean, 0.005": lambda drawn: _model(drawn, "mean"),
    "GLM harmonic and trend, 0.005": lambda drawn: _model(drawn, "harmonic-trend"),
    "Farrington, 0.005": lambda drawn: _last(farrington(drawn.series, Settings(alpha=0.005), first=_FIRST)),
    "improved Farrington, 0.005": lambda drawn: _last(
        farrington_flexible(
            drawn.series,
            Settings(alpha=0.005, no_periods=10, past_weeks_not_included=26, p_threshold_trend=1.0,
                     threshold_method="nbPlugin"),
            first=_FIRST,
        )
    ),
    "the watch's excess, 0.0001": _excess,
}  # fmt: skip


@dataclass(frozen=True)
class Score:
    """What a method made of some series: share found, mean days to it, false alarms a year."""

    method: str
    disturbed: str
    series: int
    found: float
    days: float | None
    false_a_year: float


#: Methods that take little time.
QUICK = ("EARS C1", "EARS C2", "EARS C3", "improved Farrington, 0.005", "the watch's excess, 0.0001")


def evaluate(replicates: int, seed: int = 1, *, quick: bool = False) -> list[Score]:
    """Judge every baseline so often, and disturbed those with trend and season, by every method.

    `quick`: the seven baselines with trend and season alone, by the methods of `QUICK`.
    """
    scores = []
    for number, disturbed in enumerate(DISTURBED):
        rng = np.random.default_rng([seed, number])
        every = list(scenarios())
        of = every if disturbed == QUIET and not quick else every[3::4]
        drawn = [simulate(rng, one, disturbed) for _ in range(replicates) for one in of]
        for method, judge in METHODS.items():
            if method in QUICK or not quick:
                scores.append(_score(method, disturbed, drawn, judge))
    return scores


def _score(
    method: str, disturbed: str, drawn: list[Simulated], judge: Callable[[Simulated], np.ndarray]
) -> Score:
    delays: list[int] = []
    false = quiet = with_any = 0
    for one in drawn:
        alarms = judge(one)
        held = one.outbreak[-JUDGED:] > 0
        with_any += bool(held.any())
        caught = np.flatnonzero(alarms & held)
        if len(caught):
            delays.append(7 * (int(caught[0]) - int(np.flatnonzero(held)[0]) + 1))
        false += int((alarms & ~held).sum())
        quiet += int((~held).sum())
    mean = float(np.mean(delays)) if delays else None
    return Score(method, disturbed, len(drawn), len(delays) / with_any, mean, false / quiet * 52)


#: Size and margins of the plot.
_WIDE, _HIGH, _LEFT, _LOW, _TOP = 640, 360, 60, 50, 20
_MOST = 6.0
_MARKS = {QUIET: "#1f6f8b", RETURNS: "#b5521b", SILENCE: "#6a4c93", HOLIDAYS: "#3a7d44"}


def plot(scores: list[Score]) -> str:
    """Draw share found against false alarms a year, as SVG; a number for each method."""
    across, up = _WIDE - _LEFT - 20, _HIGH - _LOW - _TOP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH + 20 * len(METHODS)}" '
        'font-family="sans-serif" font-size="12" role="img" '
        'aria-label="Share of outbreaks found against false alarms a year, for each method">',
        f'<rect width="{_WIDE}" height="{_HIGH + 20 * len(METHODS)}" fill="#fff"/>',
        f'<path d="M{_LEFT} {_TOP}V{_TOP + up}H{_LEFT + across}" fill="none" stroke="#333"/>',
    ]
    for n in range(7):
        x = _LEFT + across * n / _MOST
        lines.append(f'<text x="{x:.0f}" y="{_TOP + up + 16}" text-anchor="middle">{n}</text>')
    for n in range(0, 101, 25):
        y = _TOP + up * (1 - n / 100)
        lines.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{n}%</text>')
    lines.append(
        f'<text x="{_LEFT + across / 2:.0f}" y="{_TOP + up + 34}" text-anchor="middle">'
        "false alarms a year of one weekly series (6 and more at the right edge)</text>"
    )
    names = list(METHODS)
    for one in scores:
        x = _LEFT + across * min(one.false_a_year, _MOST) / _MOST
        y = _TOP + up * (1 - one.found)
        lines.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{_MARKS[one.disturbed]}"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" fill="#fff">'
            f"{names.index(one.method) + 1}</text>"
        )
    for n, name in enumerate(names):
        lines.append(f'<text x="{_LEFT}" y="{_HIGH + 12 + 20 * n}">{n + 1}: {name}</text>')
    for n, (kind, said) in enumerate(DISTURBED.items()):
        lines.append(
            f'<circle cx="{_WIDE // 2 - 12}" cy="{_HIGH + 8 + 20 * n}" r="6" fill="{_MARKS[kind]}"/>'
            f'<text x="{_WIDE // 2}" y="{_HIGH + 12 + 20 * n}">{kind if kind != QUIET else said}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])
