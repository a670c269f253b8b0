"""The table beside the map of an indicator: it says the same, and every row leads to its panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from dashboard.components.coverage.table import AreaTable, ChangeCell, Row
from dashboard.components.coverage.trend_table import Row as TrendRow
from dashboard.components.coverage.trend_table import TrendTable
from dashboard.components.coverage.value_cells import Sign, ValueCells
from dashboard.components.indicators.painted import (
    Scale,
    absence,
    doubt_of,
    painted,
    reports_said,
    shown,
    unit,
)
from dashboard.figures import theme
from dashboard.messages import Translate
from dashboard.services.indicators.course import CoursePoint
from dashboard.services.indicators.model import IndicatorRow, IndicatorTable
from dashboard.services.places.areas import Area
from surveillance.indicators.model import Indicator, OfReports
from surveillance.indicators.scale import beyond_target, has_target, meets_target
from surveillance.texts import N_

_HEADS = {
    "province": N_("Province"),
    "crossing": N_("Crossing"),
    "facility": N_("Facility"),
    "district": N_("Province and operational district"),
}
#: Longer tables begin with so many rows; with more than so many a field looks for a name.
_AT_FIRST, _SEEN_AT_ONCE = 50, 12


def ordered(found: IndicatorTable) -> list[IndicatorRow]:
    """Rows with the worst first where there is a target or reports are counted, else the largest.

    Without a value last.
    """
    aimed = has_target(found.indicator) or isinstance(found.indicator.counted, OfReports)

    def place(row: IndicatorRow) -> tuple[bool, bool, float]:
        value = row.value.value
        pressing = (row.value.upper if row.value.upper is not None else value) if aimed else value
        number = pressing or 0.0
        return row.area.code == "unknown", value is None, number if aimed else -number

    return sorted(found.rows, key=lambda row: (row.area.code == "unknown", row.area.group, place(row)))


def area_rows(
    found: IndicatorTable,
    scale: Scale,
    address: Mapping[str, str],
    everything: str,
    language: str,
    t: Translate,
) -> AreaTable:
    """One row an area: name, value with interval, how it stands to the target, counts, unknown."""
    indicator = found.indicator
    kept = {key: text for key, text in address.items() if key != "area"}

    def row(one: IndicatorRow, code: str, name: str) -> Row:
        few = one.reports if one.few_reports else None
        return Row(
            code,
            name,
            f"?{urlencode(kept | ({'area': code} if code else {}))}",
            Sign(theme.FEW_REPORTS, reports_said(few, t)) if few is not None else None,
            value_cells(one, indicator, scale, t),
            _target(one, indicator, t),
        )

    rows = [row(one, one.area.code, one.area.in_full(language)) for one in ordered(found)]
    value = t("{measure} (95% interval)") if indicator.interval != "none" else "{measure}"
    target = t("Target")
    if has_target(indicator):
        target = t("Target: at least {target}").format(target=shown(indicator, float(indicator.target or 0)))
    return AreaTable(
        caption=f"{t(indicator.name)} ({unit(indicator, t)})",
        heads=[
            (t(_HEADS[found.by]), ""),
            (value.format(measure=t("Value")), ""),
            (target, "number"),
            (t("Counted"), "number"),
            (t("Unknown"), "number"),
        ],
        sort=t("Sort by this column"),
        rows=rows,
        total=row(found.total, "", everything),
        show_all=t("Show all {count} rows").format(count=len(rows)) if len(rows) > _AT_FIRST else "",
        search=t("Search in this table") if len(rows) > _SEEN_AT_ONCE else "",
    )


def value_cells(row: IndicatorRow, indicator: Indicator, scale: Scale, t: Translate) -> ValueCells:
    """The texts of the cells of one row."""
    value, drawn = row.value, painted(row, indicator, scale, t)
    known = value.value is not None
    look = absence(row, indicator) if not known else None
    interval = ""
    if value.lower is not None and value.upper is not None:
        interval = f"({shown(indicator, value.lower)}–{shown(indicator, value.upper)})"
    counted = "■" if value.numerator is None else f"{value.numerator:,}"
    if value.numerator is not None and value.denominator is not None:
        counted = f"{counted} / {value.denominator:,.0f}"
    return ValueCells(
        colour=drawn.look.fill,
        sign="" if look is None else drawn.look.sign,
        label="" if look is None else t(look.label),
        order=f"{value.value:.6f}" if value.value is not None else None,
        percent=shown(indicator, value.value),
        interval=interval,
        doubt=_doubt(row, indicator, t),
        counted=counted,
        counted_order=int(value.denominator or value.numerator or 0),
        unknown="■" if value.unknown is None else f"{value.unknown:,}",
        unknown_order=value.unknown or 0,
    )


def _doubt(row: IndicatorRow, indicator: Indicator, t: Translate) -> Sign | None:
    """The sign of a value without a firm colour; that of few reports stands at the name."""
    doubt = doubt_of(row, indicator) if row.value.value is not None else None
    return None if doubt is None or row.few_reports else Sign(doubt.sign, t(doubt.label))


def _target(row: IndicatorRow, indicator: Indicator, t: Translate) -> ChangeCell | None:
    """How a value stands to the target, in a cell; `clear` where chance alone could not explain it."""
    met = meets_target(indicator, row.value)
    if met is None:
        return None
    beyond = beyond_target(indicator, row.value)
    words = t("met") if met else t("not met")
    more = t("more than chance") if beyond else ""
    return ChangeCell(words, more, more, f"{row.value.value or 0:.6f}", beyond, beyond)


def course_rows(
    indicator: Indicator, points: Sequence[CoursePoint], scale: Scale, t: Translate
) -> TrendTable:
    """The steps of a course, the latest first."""
    rows = [
        TrendRow(
            one.label,
            f"{one.start.isoformat()} – {one.end.isoformat()}",
            value_cells(IndicatorRow(Area(one.label, one.label, ""), one.value), indicator, scale, t),
        )
        for one in reversed(points)
    ]
    return TrendTable([t("Period"), f"{t('Value')} ({unit(indicator, t)})", t("Counted"), t("Unknown")], rows)
