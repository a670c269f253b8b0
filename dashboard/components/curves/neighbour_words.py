"""Counts of areas across the border in words: bars as they were sent, a table, and who says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.components.curves.words import axis_lines, step_name
from dashboard.figures import theme
from dashboard.figures.svg.curve import Bar
from dashboard.messages import Translate
from dashboard.services.curves.models import CurvePoint
from dashboard.services.disclosure.neighbours import NOT_PUBLISHED
from dashboard.services.neighbours.beside import Beside, SentCount
from surveillance.epiweek import period_last_day
from surveillance.status import Status

_UNKNOWN_SIGN = "?"


@dataclass(frozen=True)
class Row:
    """One step in the table."""

    label: str
    days: str
    cells: tuple[str, ...]


def cell(one: SentCount, t: Translate) -> str:
    """A count, or why there is none; with the share of those who reported, where it was sent."""
    if one.status is Status.UNKNOWN:
        return t("unknown")
    text = theme.HIDDEN.sign if one.cases is None else f"{one.cases:,}"
    if one.reported is None:
        return text
    return t("{cases} ({share}% reported)").format(cases=text, share=round(100 * one.reported))


def title(found: Beside, t: Translate) -> str:
    """Whose counts they are, and who sent them."""
    said = "; ".join(found.sources) or t("a source that was not named")
    return t("{area} ({code}): cases as sent by {source}").format(
        area=found.name, code=found.code, source=said
    )


def notes(found: Beside, t: Translate) -> list[str]:
    """How much of it is known, how complete it is, and as of when."""
    known, every = len(found.known), len(found.counts)
    said = [
        t("Sent for {known} of {all} steps; the others are unknown, not zero.").format(known=known, all=every)
    ]
    if not known:
        return [
            t("Nothing was sent of these steps: they are unknown, not zero. Counts come by week or by month.")
        ]
    shares = [one.reported for one in found.known if one.reported is not None]
    if shares:
        low, high = round(100 * min(shares)), round(100 * max(shares))
        said.append(
            t("Of those who report there {low}% to {high}% did, in {known} of these steps.").format(
                low=low, high=high, known=len(shares)
            )
        )
    if len(shares) < known:
        said.append(t("How many reported was not sent for {steps} steps.").format(steps=known - len(shares)))
    said.append(t("As it was sent by {day}. It is in none of Cambodia's totals.").format(day=found.received))
    if any(one.status is Status.HIDDEN for one in found.known):
        said.append(t(NOT_PUBLISHED))
    return said


def bars(found: Beside, points: Sequence[CurvePoint], t: Translate) -> list[Bar]:
    """Bars on the steps of our own curve; what was not sent is a gap with its sign."""
    return [
        Bar(
            point.begins,
            period_last_day(point.begins, found.step),
            one.cases,
            ""
            if one.cases is not None
            else _UNKNOWN_SIGN
            if one.status is Status.UNKNOWN
            else theme.HIDDEN.sign,
            axis_lines(point.begins, found.step, point.label),
            f"{step_name(point, found.step, t)}: {cell(one, t)}",
        )
        for one, point in zip(found.counts, points, strict=True)
    ]


def table(areas: Sequence[Beside], points: Sequence[CurvePoint], t: Translate) -> dict[str, Any]:
    """The same numbers, the latest step first."""
    rows = []
    for at in reversed(range(len(points))):
        point = points[at]
        cells = tuple(cell(area.counts[at], t) for area in areas)
        rows.append(Row(point.label, f"{point.first} – {point.last}", cells))
    return {"heads": [f"{area.name} ({area.code})" for area in areas], "rows": rows}
