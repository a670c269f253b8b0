"""What the page of components shows: every part in every state, with values that are invented."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from dashboard.components.as_html import as_html
from dashboard.components.coverage.legend import legend
from dashboard.components.coverage.value_cells import ValueCells, value_cells
from dashboard.figures.cluster_curve import Step, curve
from dashboard.figures.cluster_map import COLOURS, FAINT
from dashboard.figures.province_map import Area, Gate, ProvinceMap, Ring, drawn, look_of, said_of, value_text
from dashboard.figures.tokens import PAGE
from dashboard.figures.trend import TrendValue, trend
from dashboard.messages import Translate
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate
from surveillance.status import Status

_WITHOUT = (Status.NOBODY, Status.UNKNOWN, Status.NOT_REPORTED, Status.NOT_YET_DUE, Status.HIDDEN)
#: Share in per cent, people, unknown: zero, each class, few people, much unknown.
_SHARES = (
    (0, 900, 0), (12, 900, 20), (41, 800, 0), (63, 900, 9), (78, 700, 0), (95, 900, 0),
    (43, 7, 0), (71, 700, 300),
)  # fmt: skip
_CASES = (1, 0, 2, 1, 1, 3, 6, 11, 9, 7, 4, 2, 1, 1, 0, 1)


@dataclass(frozen=True)
class Mark:
    """A cluster's mark: its rank and colour."""

    rank: int
    colour: str
    chance: bool


@dataclass(frozen=True)
class Gallery:
    """All that the page shows beside its own templates."""

    cells: list[tuple[str, ValueCells]]
    maps: list[tuple[Markup, Markup]]
    marks: list[Mark]
    figures: list[tuple[str, str, Any]]
    colours: list[str]


def invented() -> list[Estimate]:
    """A value of each status and class."""
    found = []
    for per_cent, people, unknown in _SHARES:
        share = per_cent / 100
        half = 1.96 * (max(share * (1 - share), 0.002) / people) ** 0.5
        status = Status.VALUE if per_cent else Status.ZERO
        lower, upper = max(0.0, share - half), min(1.0, share + half)
        found.append(Estimate(status, round(share * people), people, unknown, share, lower, upper))
    return found + [Estimate(status, None, None, None, None, None, None) for status in _WITHOUT]


def gallery(language: str, t: Translate) -> Gallery:
    """Every part, in a language."""
    names = [province.name(language) for province in PROVINCES.values()]
    values = invented()
    return Gallery(
        cells=[(name, value_cells(value, "testing", t)) for name, value in zip(names, values, strict=False)],
        maps=[
            (_map(measure, language, t), _legend(measure, t))
            for measure in ("testing", "positivity", "eligibility")
        ],
        marks=[*(Mark(n, colour, False) for n, colour in enumerate(COLOURS, 1)), Mark(9, FAINT, True)],
        figures=[
            ("curve", t("By week"), _plain(curve(_steps(), (date(2026, 2, 9), date(2026, 3, 15)), t))),
            ("course", t("Trend"), _plain(trend(_course(values), t("Tested"), t))),
        ],
        colours=[*PAGE],
    )


def _legend(measure: str, t: Translate) -> Markup:
    """The legend with every sign, which no script needs to open here."""
    text = as_html(legend(measure, t("Legend"), "province", t, outside=t("outside your provinces")))
    return text.replace('<details class="folded"', Markup('<details open class="folded"'))


def _map(measure: str, language: str, t: Translate) -> Markup:
    """Every look on one map."""
    values = invented()
    areas = []
    for number, (code, province) in enumerate(PROVINCES.items()):
        value, name = values[number % len(values)], province.name(language)
        look, text = look_of(value, measure), value_text(value, measure)
        areas.append(Area(code, look, text, said_of(name, value, t), selected=code == "KH02"))
    gate = Gate(13.66, 102.55, "Poipet", 1_000)
    ring = Ring(13.9, 107.1, t("Clusters"), label=t("Clusters"))
    return drawn(
        ProvinceMap(t("Map"), areas, language, gates=[gate], rings=[ring], name=f"gallery-{measure}")
    )


def _steps() -> list[Step]:
    first = date(2026, 1, 5)
    return [Step(first + timedelta(weeks=n), cases, 20 - n, 1.2) for n, cases in enumerate(_CASES)]


def _course(values: list[Estimate]) -> list[TrendValue]:
    months = [date(2025, 6 + n, 1) if n < 7 else date(2026, n - 6, 1) for n in range(len(values))]
    return [
        TrendValue(f"{day:%m/%Y}", day.isoformat(), value) for day, value in zip(months, values, strict=True)
    ]


def _plain(figure: Any) -> Any:
    return figure if isinstance(figure, dict) else json.loads(figure.to_json())
