"""An indicator as maps draw it: the classes that suit its unit, the look of each value, and the legend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from dash import html

from dashboard.components.attributes import attributes
from dashboard.components.folded import folded_on_phones
from dashboard.figures import theme
from dashboard.figures.svg.sheet import Key
from dashboard.figures.theme import Look, Painted
from dashboard.figures.tokens import variable
from dashboard.messages import Translate
from dashboard.services.indicators.model import IndicatorRow, IndicatorTable
from surveillance.coverage.estimates import Estimate
from surveillance.indicators.model import Indicator, OfMeasure
from surveillance.indicators.scale import class_of, has_target, meets_target, nice_edges
from surveillance.indicators.values import Value
from surveillance.status import Status
from surveillance.texts import N_

#: Why a rate is unknown where nobody gave a number of people.
NO_PEOPLE = N_("unknown: no number of people")
ZERO = N_("0: none counted")
#: Of the cascade of care: the classes of an indicator that has a target are those of care.
_CARE = "testing"
_KINDS = {
    Status.NOBODY: "nobody",
    Status.UNKNOWN: "unknown",
    Status.NOT_REPORTED: "missing",
    Status.NOT_YET_DUE: "due",
    Status.HIDDEN: "hidden",
}


@dataclass(frozen=True)
class Scale:
    """The classes of one map. `kinds`: of the stylesheet; `measure`: whose classes they are, or blank."""

    edges: tuple[float, ...]
    colours: tuple[str, ...]
    kinds: tuple[str, ...]
    measure: str = ""

    @property
    def zero(self) -> tuple[Look, str]:
        """How zero looks, and its class of the stylesheet."""
        if self.measure in theme.LITTLE_IS_BAD:
            return theme.ZERO_CARE, "none-treated"
        return theme.ZERO, "zero"


def is_share(indicator: Indicator) -> bool:
    """Whether values are proportions, which are read in per cent."""
    return indicator.multiplier == 1 and bool(indicator.denominator)


def shown(indicator: Indicator, value: float | None) -> str:
    """A value as people read it: a percentage, a rate, or a number."""
    if value is None:
        return ""
    if indicator.interval == "none":
        return f"{value:,.0f}"
    if indicator.multiplier == 1:
        return theme.percent(value)
    if 0 < value < 0.1:
        return f"{value:.4f}"
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}"


def short(indicator: Indicator, value: float) -> str:
    """A value as short as a map has room for."""
    if is_share(indicator):
        return theme.percent(value, 1 if 0 < value < 0.1 else 0)
    if 0 < value < 0.1:
        return f"{value:.3f}"
    return f"{value:,.0f}" if value >= 100 else shown(indicator, value)


def largest(found: IndicatorTable) -> float:
    """The largest value of a table; 0 without any."""
    return max((row.value.value or 0.0 for row in found.rows), default=0.0)


def scale_of(indicator: Indicator, most: float) -> Scale:
    """The classes of an indicator. `most`: the largest value that is drawn.

    What the cascade of care counts, and what has a target, has the fixed classes of the cascade: a strong
    colour says that somebody must act. All else may be good or bad: its colours are neither, and its classes
    are round steps of the values.
    """
    counted, measure = indicator.counted, ""
    if isinstance(counted, OfMeasure) and counted.part == "numerator":
        measure = counted.measure
    elif has_target(indicator) and is_share(indicator):
        measure = _CARE
    if measure:
        places = range(len(theme.edges_of(measure)) + 1)
        kinds = tuple(f"s{place}" for place in places)
        if measure in theme.LITTLE_IS_BAD:
            kinds = kinds[::-1]
        elif measure not in theme.MUCH_IS_BAD:
            kinds = tuple(f"n{place}" for place in places)
        return Scale(theme.edges_of(measure), theme.colours_of(measure), kinds, measure)
    edges = nice_edges(most, whole=indicator.interval == "none")
    return Scale(edges, theme.CALM, tuple(f"n{place}" for place in range(len(edges) + 1)))


def class_names(indicator: Indicator, scale: Scale, t: Translate) -> list[str]:
    """The classes in words, the lowest first."""
    ends = [_edge(indicator, edge) for edge in scale.edges]
    middle = [f"{low}–{high}" for low, high in pairwise(ends)]
    return [t("under {high}").format(high=ends[0]), *middle, t("{low} and more").format(low=ends[-1])]


def _edge(indicator: Indicator, value: float) -> str:
    return f"{100 * value:g}%" if is_share(indicator) else f"{value:,g}"


def absence(row: IndicatorRow, indicator: Indicator) -> Look:
    """How a row without a number looks, with why."""
    look = theme.look_of_absence(row.value.status)
    if row.value.status is Status.UNKNOWN and indicator.of and row.divisor is None:
        return replace(look, label=NO_PEOPLE)
    return look


def painted(row: IndicatorRow, indicator: Indicator, scale: Scale, t: Translate) -> Painted:
    """One area as a map draws it."""
    value = row.value
    if value.value is None:
        look = absence(row, indicator)
        if row.few_reports and value.status is Status.NOBODY:
            look = replace(look, key=f"{look.key} reports", sign=f"{look.sign}{theme.FEW_REPORTS}")
        return Painted(look, look.sign, (t(look.label), *_reports(row, t)), _KINDS[value.status], known=False)
    number = class_of(value.value, scale.edges)
    look, kind = Look(f"class {number}", scale.colours[number], "", ""), scale.kinds[number]
    if not value.value:
        look, kind = scale.zero
    doubt, unsure = doubt_of(row, indicator), False
    text = short(indicator, value.value)
    if doubt is not None:
        look = replace(look, key=f"{look.key} {doubt.key}", colour=doubt.paint(look.colour), sign=doubt.sign)
        kind = doubt.key if doubt.colour is not None else f"{kind} pale"
        text = doubt.sign if doubt.colour is not None else f"{doubt.sign}{text}"
    elif _unsure(value, indicator, scale):
        kind, unsure = f"{kind} unsure", True
    return Painted(look, text, tuple(said(row, indicator, t)), kind, known=True, unsure=unsure)


def doubt_of(row: IndicatorRow, indicator: Indicator) -> theme.Doubt | None:
    """Why a value has no firm colour: few reports, and of a proportion of records what holds for the map."""
    if row.few_reports:
        return next(one for one in theme.DOUBTS if one.sign == theme.FEW_REPORTS)
    found = _estimate(row, indicator)
    return None if found is None else theme.doubt_of(found)


def _estimate(row: IndicatorRow, indicator: Indicator) -> Estimate | None:
    """The value as a proportion of the cascade; None for a rate, a number, or one divided by an estimate."""
    value = row.value
    if indicator.interval != "wilson" or value.value is None or value.denominator is None:
        return None
    people = int(value.denominator)
    return Estimate(
        value.status, value.numerator, people, value.unknown, value.value, value.lower, value.upper
    )


def _unsure(value: Value, indicator: Indicator, scale: Scale) -> bool:
    if value.lower is None or value.upper is None:
        return False
    wide = is_share(indicator) and value.upper - value.lower > 0.1
    return wide or class_of(value.upper, scale.edges) - class_of(value.lower, scale.edges) > 1


def said(row: IndicatorRow, indicator: Indicator, t: Translate) -> list[str]:
    """A value in words, line by line: itself, its counts, its target, its reports."""
    value = row.value
    interval = ""
    if value.lower is not None and value.upper is not None:
        interval = f" ({shown(indicator, value.lower)}–{shown(indicator, value.upper)})"
    unit = "" if is_share(indicator) else f" {t(indicator.unit)}"
    lines = [f"{shown(indicator, value.value)}{interval}{unit}"]
    if value.denominator is not None and value.numerator is not None:
        counts = t("{numerator:,} of {denominator:,}")
        lines.append(counts.format(numerator=value.numerator, denominator=round(value.denominator)))
    if row.divisor is not None:
        lines.append(t("people of {year}").format(year=row.divisor.year))
    if value.unknown:
        lines.append(t("unknown: {count:,}").format(count=value.unknown))
    if target := target_said(row, indicator, t):
        lines.append(target)
    return [*lines, *_reports(row, t)]


def _reports(row: IndicatorRow, t: Translate) -> list[str]:
    if not row.few_reports or row.reports is None:
        return []
    return [f"{theme.FEW_REPORTS} {reports_said(row.reports, t)}"]


def reports_said(reports: tuple[int, int], t: Translate) -> str:
    """How many of the reports that were due came."""
    return t("{came:,} of {due:,} reports due came").format(came=reports[0], due=reports[1])


def target_said(row: IndicatorRow, indicator: Indicator, t: Translate) -> str:
    """How a value stands to its target; blank without either."""
    met = meets_target(indicator, row.value)
    if met is None or indicator.target is None:
        return ""
    target = _edge(indicator, float(indicator.target))
    return (t("target {target}: met") if met else t("target {target}: not met")).format(target=target)


def legend(
    indicator: Indicator, scale: Scale, by: str, t: Translate, *, empty: bool, outside: str = ""
) -> html.Div:
    """The classes, what a strong colour says, the target, and every sign. `empty`: no area has a value."""
    names = class_names(indicator, scale, t)
    classes = [_item(colour, "", name) for colour, name in zip(scale.colours, names, strict=True)]
    parts: list[Any] = [html.P(f"{t(indicator.name)} ({unit(indicator, t)})", className="legend-title")]
    if not empty:
        parts.append(html.Ul(classes, className="legend classes"))
    parts.append(html.P(" ".join(_meaning(indicator, scale, t)), className="legend-meaning"))
    strong = scale.colours[-1 if scale.measure in theme.MUCH_IS_BAD else 0]
    doubts = [
        _item(one.paint(strong), one.sign, t(one.label), one.key)
        for one in theme.DOUBTS
        if one.key == "reports" or (indicator.interval == "wilson" and one.key != "wide")
    ]
    doubts.append(_item(scale.colours[2], "", t(theme.UNSURE), "unsure"))
    looks = (scale.zero[0], theme.NOBODY, theme.UNKNOWN, theme.NOT_REPORTED, theme.NOT_YET_DUE, theme.HIDDEN)
    others = [
        _item(look.colour, look.sign, t(ZERO if look is scale.zero[0] else look.label)) for look in looks
    ]
    plain = [] if by == "province" else [_item(theme.PLAIN, "", t("province, without a value here"))]
    plain += [_item(theme.OUTSIDE, "", outside)] if outside else []
    signs = html.Ul([*doubts, *others, *plain], className="legend")
    parts.append(folded_on_phones(t("What the signs mean"), [signs]))
    return html.Div(parts, role="group", **attributes(aria_label=t("Legend")))


def keys(indicator: Indicator, scale: Scale, by: str, t: Translate, *, outside: str = "") -> list[Key]:
    """The same beneath a picture."""
    names = class_names(indicator, scale, t)
    found = [Key(name, colour) for colour, name in zip(scale.colours, names, strict=True)]
    few = next(one for one in theme.DOUBTS if one.sign == theme.FEW_REPORTS)
    found.append(Key(t(few.label), few.paint(scale.colours[0]), sign=few.sign))
    looks = {theme.NOT_REPORTED.key: "missing", theme.HIDDEN.key: "hidden"}
    found += [
        Key(t(ZERO if look is scale.zero[0] else look.label), look.colour, sign=look.sign,
            look=looks.get(look.key, ""))
        for look in (scale.zero[0], theme.NOBODY, theme.UNKNOWN, theme.NOT_REPORTED, theme.HIDDEN)
    ]  # fmt: skip
    found += [Key(t("province, without a value here"), theme.PLAIN)] if by != "province" else []
    return [*found, *([Key(outside, theme.OUTSIDE)] if outside else [])]


def unit(indicator: Indicator, t: Translate) -> str:
    """The unit as people read it: a proportion is read in per cent."""
    return t("per cent") if is_share(indicator) else t(indicator.unit)


def _meaning(indicator: Indicator, scale: Scale, t: Translate) -> list[str]:
    found = []
    if scale.measure in theme.LITTLE_IS_BAD:
        found = [t("Strong colour: care falls short, act here.")]
    elif scale.measure in theme.MUCH_IS_BAD:
        found = [t("Strong colour: burden is high, act here.")]
    else:
        found = [t("These colours are neither good nor bad.")]
    if scale.measure:
        found.append(t("The classes never change."))
    else:
        found.append(t("The classes are steps of the values shown: another period may have others."))
    if has_target(indicator) and indicator.target is not None:
        target = _edge(indicator, float(indicator.target))
        said = t("Target: at least {target} ({source}).")
        found.append(said.format(target=target, source=indicator.target_source))
    return found


def _item(colour: str, sign: str, label: str, kind: str = "") -> html.Li:
    kind = "dark" if colour == theme.ZERO_CARE.colour else kind
    style = {"backgroundColor": variable(colour)}
    swatch = html.Span(
        sign, className=f"swatch {kind}".strip(), style=style, **attributes(aria_hidden="true")
    )
    return html.Li([swatch, label])
