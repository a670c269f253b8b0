"""Write how forecasts agree with R, and how well they foretell dengue: `python -m docs.forecasts [--scores]`.

Both tables stand in methods.md. R's answers are those of tests/reference/forecast. The scores take minutes
and need counts that are not ours to give away; without them the scores stay as they are.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from docs.generate import renewed, table
from surveillance.forecast.evaluate import LEVELS, Method, Score, evaluate
from surveillance.forecast.fit import Fit, fit
from surveillance.forecast.model import Model
from surveillance.forecast.naive import last_value, same_season, seasonal_mean
from surveillance.forecast.panel import Panel
from surveillance.forecast.predict import Forecast, forecast, one_step
from surveillance.forecast.weights import adjacent, by_flows
from tests.support import dengue

METHODS = Path(__file__).resolve().parent / "methods.md"
KEPT = Path(__file__).resolve().parent.parent / "tests" / "reference" / "forecast"
#: Years of dengue from which is foretold: the first months are history alone.
_FROM, _HORIZON = 2005, 3
#: Months after which the models are fitted anew.
_EVERY = 6


@cache
def r_says() -> dict[str, Any]:
    """The made-up counts, and R's answers."""
    told: dict[str, Any] = json.loads((KEPT / "made.json").read_text(encoding="utf-8"))
    return told


def _asked() -> dict[str, Model]:
    told = r_says()
    order = np.array(told["orders"])
    return {
        "endemic alone": Model(trend=False, own=False, spread="poisson"),
        "one area, Poisson": Model(spread="poisson"),
        "neighbours": Model(waves=2, weights=adjacent(order)),
        "power law": Model(order=order),
        "power law, levels of areas": Model(by_area=True, own_waves=1, order=order),
        "movement, a size for each area": Model(
            trend=False, weights=by_flows(told["flows"]), neighbour_waves=1, spread="by-area"
        ),
        "unknown counts": Model(trend=False),
    }


ASKED = tuple(_asked())
_PARTS = {"ar": "own", "ne": "neighbours", "end": "endemic"}


def _ours(name: str) -> str:
    """Our name of a parameter of R."""
    if name == "neweights.d":
        return "decay"
    if name.startswith("-log(overdisp"):
        area = re.search(r"A(\d+)", name)
        return f"log size.{int(area[1]) - 1}" if area else "log size"
    part, what = name.split(".", 1)
    area, wave = re.fullmatch(r"1\.A(\d+)", what), re.match(r"(sin|cos)\((\d+) \* pi", what)
    if area:
        return f"{_PARTS[part]}.{int(area[1]) - 1}"
    if wave:
        return f"{_PARTS[part]}.{wave[1]}{int(wave[2]) // 2}"
    return f"{_PARTS[part]}.trend" if what == "I(t/12)" else _PARTS[part]


def in_our_order(told: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """R's answer with its parameters in our order."""
    at = {_ours(name): n for n, name in enumerate(told["names"])}
    return told | {key: [told[key][at[name]] for name in names] for key in ("values", "errors")}


def case(name: str) -> tuple[dict[str, Any], Panel, Model]:
    """R's answer, the counts, and the model of one comparison."""
    told = r_says()
    counts = np.array(told["holed" if name == "unknown counts" else "counts"], float)
    size: np.ndarray | None = np.array(told["share"])
    if name == "one area, Poisson":
        counts, size = counts[:, [3]], None
    if "levels" in name:
        size = None
    panel, model = Panel(counts, 12.0, size), _asked()[name]
    return in_our_order(told["answers"][name], model.names(panel.areas)), panel, model


def agreement() -> str:
    """A row for each model that R fitted, too."""
    rows = []
    for name in ASKED:
        told, panel, model = case(name)
        found = fit(panel, model, first=1)
        steps = ""
        if "first" in told:
            begun = fit(panel.until(118), model, first=1)
            away = [
                np.abs(one_step(begun, panel, step)[0] / np.atleast_1d(told["first"]["mean"][n]) - 1).max()
                for n, step in enumerate(range(119, 132))
            ]
            steps = _below(max(away))
        rows.append((
            name, str(len(found.values)), f"{found.log_likelihood:.4f}", f"{told['log_likelihood']:.4f}",
            _below(float(np.abs(found.values - told["values"]).max())),
            _below(float(np.abs(found.errors / np.array(told["errors"]) - 1).max())), steps,
        ))  # fmt: skip
    return table(
        ("model", "parameters", "log-likelihood", "R's", "estimates differ by", "standard errors, as a part",
         "one-step means, as a part"),
        rows,
    )  # fmt: skip


def _below(away: float) -> str:
    return f"below 1e{max(-6, int(np.ceil(np.log10(max(away, 1e-9)))))}"


# --- dengue ----------------------------------------------------------------------------------------


class _Fitted:
    """A model fitted anew every six months, beginning from the last fit."""

    def __init__(self, model: Model, areas: list[int] | None = None) -> None:
        self.model, self._areas = model, areas
        self._held: Fit | None = None

    def __call__(self, panel: Panel, horizon: int) -> Forecast:
        own = panel if self._areas is None else panel.only(self._areas)
        if self._held is None or panel.steps % _EVERY == 0:
            self._held = fit(own, self.model, start=None if self._held is None else self._held.values)
        told = forecast(self._held, own, horizon, seed=panel.steps)
        if self._areas is None:
            return told
        drawn, mean = (np.zeros((len(one), horizon, panel.areas)) for one in (told.drawn, told.mean))
        drawn[:, :, self._areas], mean[:, :, self._areas] = told.drawn, told.mean
        size = np.ones((len(told.drawn), 1, panel.areas))
        if told.size is not None:
            size[:, :, self._areas] = told.size
        return Forecast(drawn, mean, size)


METHOD_NAMES = (
    "last value", "seasonal mean", "same month of earlier years", "own counts alone",
    "neighbours in Cambodia", "neighbours on both sides",
)  # fmt: skip


def _methods(read: dengue.Sides) -> dict[str, Method]:
    home = read.of("KH")
    inside = read.order[np.ix_(home, home)]
    wide = {"waves": 2, "trend": False, "by_area": True, "own_waves": 1, "spread": "by-area"}
    made: tuple[Method, ...] = (
        lambda panel, horizon: last_value(panel, horizon, seed=panel.steps),
        lambda panel, horizon: seasonal_mean(panel, horizon, seed=panel.steps),
        same_season,
        _Fitted(Model(**wide), home),  # type: ignore[arg-type]
        _Fitted(Model(**wide, order=inside), home),  # type: ignore[arg-type]
        _Fitted(Model(**wide, order=read.order)),  # type: ignore[arg-type]
    )
    return dict(zip(METHOD_NAMES, made, strict=True))


def scores() -> list[Score]:
    """Each month from the end of 2004 on, one to three months ahead, for the provinces of Cambodia."""
    read = dengue.sides()
    begun = (_FROM - dengue.FIRST[0]) * 12 - 1
    return evaluate(read.panel, _methods(read), range(begun, read.panel.steps - 1), _HORIZON, read.of("KH"))


def _rows(found: list[Score]) -> Iterator[tuple[str, ...]]:
    for one in sorted(found, key=lambda score: score.ahead):
        held = (f"{100 * part:.1f}%" for part in one.held)
        log = "-" if one.log is None else f"{one.log:.3f}"
        yield (
            one.method, str(one.ahead), f"{one.counts:,}", f"{one.ranked:.2f}", log, *held,
            f"{one.width:.0f}",
        )  # fmt: skip


def score_table() -> str:
    """A row for each method and month ahead."""
    levels = (f"held by {100 * level:g}%" for level in LEVELS)
    header = ("method", "months ahead", "counts", "CRPS", "log score", *levels, "width of 95%")
    return table(header, _rows(scores()))


def main() -> int:
    """Rewrite the tables."""
    made = {"forecast agreement": agreement()}
    if "--scores" in sys.argv[1:]:
        if dengue.held():
            made["forecast scores"] = score_table()
        else:
            sys.stdout.write(f"{dengue.COUNTS.name} is not held here: the scores stay as they are\n")
    text = METHODS.read_text(encoding="utf-8")
    for name, table_made in made.items():
        text = renewed(text, name, table_made)
    METHODS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
