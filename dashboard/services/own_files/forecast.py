"""Forecasts of counts: a person's own file, or counts of the records in the same form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.services.own_files.counts import Counts, CountsFile
from dashboard.services.own_files.sheets import Sheet, read_sheet
from db.intake.values.codes import visible
from db.intake.values.identifiers import in_one_form
from surveillance.errors import StatisticsError, UsageError
from surveillance.forecast.evaluate import LEVELS, evaluate
from surveillance.forecast.fit import Fit, fit
from surveillance.forecast.model import Model
from surveillance.forecast.naive import last_value, same_season, seasonal_mean
from surveillance.forecast.panel import Panel
from surveillance.forecast.predict import Forecast, forecast
from surveillance.forecast.weights import adjacent, by_flows, orders

Others = Literal["none", "neighbours", "power-law", "flows"]
#: Cases in all that a place needs, unless chosen.
FEWEST = 10
#: Steps in a year by their length, for days of a calendar; numbered weeks have 52.
_PERIOD = {"day": 365.25, "week": 365.25 / 7, "month": 12.0}
_NUMBERED = 52.0
#: Years of counts below which there is no season, and below which no trend can be asked.
_YEARS = 2
#: Most steps ahead, and most futures.
MOST_AHEAD, MOST_DRAWS = 26, 20_000
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Question:
    """What is asked.

    `ahead`: steps. `others`: how the counts of other places matter. `waves`: harmonics of a year, chosen by
    the length of the counts unless given. `thresholds`: the chance of more cases is told. `scored`: steps at
    the end of the counts that are foretold once more, from what was known before each, and compared.
    """

    ahead: int = 4
    others: Others = "none"
    waves: int | None = None
    trend: bool = False
    threshold: float | None = None
    level: float = 0.95
    fewest: int = FEWEST
    scored: int = 0
    draws: int = 1_000
    seed: int = 0


@dataclass(frozen=True)
class Ways:
    """How places are joined: pairs of neighbours, or people who went from one to the other."""

    neighbours: tuple[tuple[str, str], ...] = ()
    flows: Mapping[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Rows of the forecast, rows of the scores where they were asked for, and what is said beside them."""

    rows: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    said: list[str]


def foretell(file: CountsFile, question: Question, ways: Ways | None = None) -> Answer:
    """Foretell the counts of every place.

    Raises
    ------
    UsageError
        An option is out of range, or contradicts what is there.
    StatisticsError
        The counts are too few or too short, or places have steps of different kinds.
    """
    _check(question)
    said: list[str] = []
    places = _kept(file, question, said)
    panel, labels, dates = _panel(file, places)
    names = [place.place for place in places]
    model = _model(panel, names, question, ways or Ways(), said)
    found = fit(panel, model)
    told = forecast(found, panel, question.ahead, draws=question.draws, seed=question.seed)
    rows = _rows(names, _ahead(labels, dates, places[0].series.step, question.ahead), told, question)
    said += _parts(found, question)
    unknown = int(np.isnan(panel.counts).sum())
    if unknown:
        said.append(f"{unknown} counts are not known: taken as not known, not as zero")
    scores = _scores(panel, model, question) if question.scored else []
    return Answer(rows, scores, said)


def _check(question: Question) -> None:
    if not 1 <= question.ahead <= MOST_AHEAD:
        raise UsageError(f"--ahead is {question.ahead}; give 1 to {MOST_AHEAD} steps")
    if not 0 < question.level < 1:
        raise UsageError(f"--level is {question.level}; give a part between 0 and 1, as 0.95")
    if not 100 <= question.draws <= MOST_DRAWS:
        raise UsageError(f"--draws is {question.draws}; give 100 to {MOST_DRAWS}")
    if question.waves is not None and not 0 <= question.waves <= 4:
        raise UsageError(f"--waves is {question.waves}; give 0 to 4 harmonics of a year")
    if question.threshold is not None and not (question.threshold >= 0 and np.isfinite(question.threshold)):
        raise UsageError(f"--threshold is {question.threshold}; give a number of cases, 0 or more")
    if question.scored < 0:
        raise UsageError(f"--scores is {question.scored}; give how many of the last steps are foretold again")


def _kept(file: CountsFile, question: Question, said: list[str]) -> list[Counts]:
    kept = [one for one in file.places if np.nansum(one.series.counts) >= max(question.fewest, 1)]
    if not kept:
        raise StatisticsError(
            f"{file.name}: no place has {max(question.fewest, 1)} cases or more; they are too few to be "
            "foretold"
        )
    few = [one.place for one in file.places if one not in kept]
    if few:
        shown = ", ".join(few[:5]) + (f" and {len(few) - 5} more" if len(few) > 5 else "")
        said.append(f"fewer than {max(question.fewest, 1)} cases in all, and not foretold: {shown}")
    return kept


def _panel(file: CountsFile, places: Sequence[Counts]) -> tuple[Panel, list[str], tuple[date, ...] | None]:
    """Put the series of all places side by side."""
    steps = {one.series.step for one in places if len(one.series) > 1} or {places[0].series.step}
    if len(steps) > 1:
        raise StatisticsError(
            f"{file.name}: some places have {' and some '.join(sorted(steps))}s; use one kind"
        )
    step = steps.pop()
    labels = sorted({label for one in places for label in one.labels}, key=int if file.by_number else None)
    counts = np.full((len(labels), len(places)), np.nan)
    number = {label: n for n, label in enumerate(labels)}
    for n, one in enumerate(places):
        counts[[number[label] for label in one.labels], n] = one.series.counts
    if file.by_number:
        every = [str(n) for n in range(int(labels[0]), int(labels[-1]) + 1)]
        _check_whole(file, labels, every)
        return Panel(counts, _NUMBERED, phase=float(labels[0])), labels, None
    dates = tuple(map(date.fromisoformat, labels))
    every = [day.isoformat() for day in _days(dates[0], dates[-1], step)]
    _check_whole(file, labels, every)
    period = _PERIOD[step]
    start = dates[0]
    phase = float(start.month - 1)
    if step != "month":
        phase = (start - date(start.year, 1, 1)).days / (7 if step == "week" else 1)
    return Panel(counts, period, phase=phase), labels, dates


def _check_whole(file: CountsFile, labels: Sequence[str], every: Sequence[str]) -> None:
    if list(labels) != list(every):
        odd = next((a for a, b in zip(labels, every, strict=False) if a != b), labels[-1])
        raise StatisticsError(
            f"{file.name}: places do not have the same steps (at {odd}); write the same first days for all, "
            "with a row for each step"
        )


def _days(first: date, last: date, step: str) -> list[date]:
    if step == "month":
        begun, ended = (day.year * 12 + day.month - 1 for day in (first, last))
        return [date(n // 12, n % 12 + 1, first.day) for n in range(begun, ended + 1)]
    by = _WEEK if step == "week" else timedelta(days=1)
    return [first + n * by for n in range((last - first) // by + 1)]


def _ahead(labels: Sequence[str], dates: tuple[date, ...] | None, step: str, many: int) -> list[str | int]:
    """Labels of the steps that are foretold."""
    if dates is None:
        return [int(labels[-1]) + n for n in range(1, many + 1)]
    last = dates[-1]
    if step == "month":
        number = last.year * 12 + last.month - 1
        return [
            date((number + n) // 12, (number + n) % 12 + 1, last.day).isoformat() for n in range(1, many + 1)
        ]
    by = _WEEK if step == "week" else timedelta(days=1)
    return [(last + n * by).isoformat() for n in range(1, many + 1)]


def _model(panel: Panel, names: Sequence[str], question: Question, ways: Ways, said: list[str]) -> Model:
    years = panel.steps / panel.period
    waves = question.waves
    if waves is None:
        waves = 2 if years >= 2 * _YEARS else 1 if years >= _YEARS else 0
        if not waves:
            said.append(f"the counts hold less than {_YEARS} years: no season is allowed for")
    elif waves and years < _YEARS:
        raise UsageError(
            f"--waves {waves}: a season needs {_YEARS} years of counts, and there are {years:.1f}"
        )
    if question.trend and years < _YEARS:
        raise UsageError(f"--trend needs {_YEARS} years of counts, and there are {years:.1f}")
    order, weights = _others(names, question, ways, said)
    return Model(
        waves=waves, trend=question.trend, by_area=True, own_waves=min(waves, 1), order=order, weights=weights
    )


def _others(
    names: Sequence[str], question: Question, ways: Ways, said: list[str]
) -> tuple[NDArray[np.int64] | None, NDArray[np.float64] | None]:
    """Orders of neighbourhood, or weights."""
    if question.others == "none":
        return None, None
    if len(names) == 1:
        said.append("there is one place: no other place's counts are taken into account")
        return None, None
    number = {in_one_form(name) or name: n for n, name in enumerate(names)}
    if question.others == "flows":
        flows = np.zeros((len(names), len(names)))
        outside = 0.0
        for (start, end), people in ways.flows.items():
            ends = number.get(in_one_form(start) or start), number.get(in_one_form(end) or end)
            if ends[0] is None or ends[1] is None:
                outside += people
            else:
                flows[ends] += people
        if outside:
            said.append(f"{outside:g} people went from or to places that are not foretold: not used")
        return None, by_flows(flows)
    pairs = [
        (number[one], number[other])
        for one, other in (tuple(in_one_form(name) or name for name in pair) for pair in ways.neighbours)
        if one in number and other in number
    ]
    if not pairs:
        raise StatisticsError("no two of the places that are foretold are neighbours")
    order = orders(pairs, len(names))
    alone = [name for n, name in enumerate(names) if not (order[n] > 0).any()]
    if alone:
        said.append(f"without a neighbour among the places that are foretold: {', '.join(alone)}")
    if question.others == "power-law" and order.max() > 1:
        return order, None
    return None, adjacent(order)


def _rows(
    names: Sequence[str], labels: Sequence[str | int], told: Forecast, question: Question
) -> list[dict[str, Any]]:
    expected = told.expected()
    lower, upper = told.interval(question.level)
    middle = told.quantile([0.5])[0]
    above = None if question.threshold is None else told.above(question.threshold)
    rows = []
    for n, name in enumerate(names):
        for at, label in enumerate(labels):
            rows.append(
                ({"place": name} if name else {})
                | {
                    "date": label,
                    "expected": float(expected[at, n]),
                    "median": int(middle[at, n]),
                    "lower": int(lower[at, n]),
                    "upper": int(upper[at, n]),
                }
                | ({} if above is None else {"above": float(above[at, n])})
            )
    return rows


def _parts(found: Fit, question: Question) -> list[str]:
    parts = {"endemic": "endemic", "own": "follow from the place's own last count",
             "neighbours": "follow from other places' last counts"}  # fmt: skip
    told = ", ".join(
        f"{100 * found.parts[name]:.0f}% {words}"
        for name, words in parts.items()
        if name != "neighbours" or found.model.neighbours
    )
    said = [
        f"of the expected cases {told} ({found.counts} counts, log-likelihood {found.log_likelihood:.1f})"
    ]
    if not found.converged:
        said.append("the fit did not come to an end: the forecast is not to be relied on")
    said.append(
        "a forecast tells what follows if things go on as they did; late reports of the last steps make it "
        f"too low; {100 * question.level:g}% of the futures lie between lower and upper"
    )
    return said


def _scores(panel: Panel, model: Model, question: Question) -> list[dict[str, Any]]:
    """Foretell the last steps once more, each from what was known before it."""
    least = int(np.ceil(_YEARS * panel.period)) if model.waves else 20
    begun = panel.steps - question.scored - 1
    if begun < least:
        raise UsageError(
            f"--scores {question.scored}: {least} steps must lie before the first that is foretold, and "
            f"{max(begun + 1, 0)} do"
        )
    start: list[Any] = [None]

    def fitted(known: Panel, horizon: int) -> Forecast:
        found = fit(known, model, start=start[0])
        start[0] = found.values
        return forecast(found, known, horizon, draws=question.draws, seed=question.seed + known.steps)

    methods: dict[str, Any] = {"this model": fitted, "last value": last_value}
    if begun + 1 >= 2 * round(panel.period):
        methods |= {"seasonal mean": seasonal_mean, "same season of earlier years": same_season}
    found = evaluate(panel, methods, range(begun, panel.steps - 1), question.ahead)
    return [
        {
            "method": one.method,
            "ahead": one.ahead,
            "counts": one.counts,
            "crps": one.ranked,
            "log_score": one.log,
            **{f"held_{100 * level:g}": part for level, part in zip(LEVELS, one.held, strict=True)},
            "width_95": one.width,
        }
        for one in sorted(found, key=lambda score: score.ahead)
    ]


def read_neighbours(path: Path) -> Ways:
    """Read pairs of neighbours: `place,neighbour`.

    Raises
    ------
    UnreadableFileError
        The file cannot be read.
    StatisticsError
        A column or a cell is missing.
    """
    sheet = read_sheet(path, ("place", "neighbour"))
    return Ways(neighbours=tuple(_pairs(sheet, ("place", "neighbour"))))


def read_flows(path: Path) -> Ways:
    """Read people who went from one place to another: `from,to,people`.

    Raises
    ------
    UnreadableFileError
        The file cannot be read.
    StatisticsError
        A column or a cell is missing, or a number is none.
    """
    sheet = read_sheet(path, ("from", "to", "people"))
    pairs = _pairs(sheet, ("from", "to", "people"))
    flows: dict[tuple[str, str], float] = {}
    for pair, text, row in zip(pairs, sheet.frame["people"], sheet.numbers, strict=True):
        try:
            people = float(text)
        except (TypeError, ValueError):
            people = -1.0
        if not (people >= 0 and np.isfinite(people)):
            raise StatisticsError(
                f"{path.name}, row {row}: people '{visible(text or '', 40)}' is not a number of people"
            )
        flows[pair] = flows.get(pair, 0.0) + people
    return Ways(flows=flows)


def _pairs(sheet: Sheet, columns: tuple[str, ...]) -> list[tuple[str, str]]:
    for column in columns:
        if not sheet.has(column):
            raise StatisticsError(
                f"{sheet.path.name} has no column {column}; its columns are {', '.join(columns)}"
            )
    one, other = columns[:2]
    found = []
    for start, end, row in zip(sheet.frame[one], sheet.frame[other], sheet.numbers, strict=True):
        if start is None or end is None:
            raise StatisticsError(f"{sheet.path.name}, row {row}: {one if start is None else other} is empty")
        found.append((str(start), str(end)))
    return found
