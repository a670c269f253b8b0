"""A value as the texts of its cells, which the templates of tables write."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.figures import theme
from dashboard.figures.area_map import much_unknown
from dashboard.messages import Translate
from surveillance.coverage.estimates import Estimate


@dataclass(frozen=True)
class Sign:
    """A sign beside a value, and its meaning in words."""

    shown: str
    said: str


@dataclass(frozen=True)
class ValueCells:
    """Value with interval, counts and unknown. Without a value, `sign` and `label` say why.

    `order`, `counted_order`, `unknown_order`: the numbers by which the columns are sorted.
    """

    colour: str
    sign: str
    label: str
    order: str | None
    percent: str
    interval: str
    doubt: Sign | None
    counted: str
    counted_order: int
    unknown: str
    unknown_order: int


def value_cells(value: Estimate, measure: str, t: Translate) -> ValueCells:
    """The texts of a value's cells."""
    look, known = theme.look_of(value, measure), value.coverage is not None
    return ValueCells(
        colour=look.fill,
        sign="" if known else look.sign,
        label="" if known else _label(value, look, t),
        order=None if value.coverage is None else f"{value.coverage:.6f}",
        percent=theme.percent(value.coverage) if known else "",
        interval=f"({theme.percent(value.lower)}–{theme.percent(value.upper)})" if known else "",
        doubt=_doubt(value, t) if known else None,
        counted="■" if value.denominator is None else f"{value.numerator:,} / {value.denominator:,}",
        counted_order=value.denominator or 0,
        unknown="■" if value.unknown is None else f"{value.unknown:,}",
        unknown_order=value.unknown or 0,
    )


def _label(value: Estimate, look: theme.Look, t: Translate) -> str:
    """What there is in place of a value, and where few reports came how many."""
    said = t(look.label)
    return f"{said}; {theme.reports_said(value, t)}" if value.few_reports else said


def _doubt(value: Estimate, t: Translate) -> Sign | None:
    doubt = theme.doubt_of(value)
    if doubt is None:
        return None
    if value.few_reports:
        return Sign(doubt.sign, f"{t(doubt.label)}: {theme.reports_said(value, t)}")
    return Sign(doubt.sign, much_unknown(value, t) if value.mostly_unknown else t(doubt.label))
