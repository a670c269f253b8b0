"""An indicator in words and shapes: its value, its definition, its map of provinces and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components.indicators.painted import Scale, absence, painted, shown
from dashboard.exports.columns import Column
from dashboard.figures import theme
from dashboard.figures.province_map import Area as MapArea
from dashboard.figures.province_map import ProvinceMap
from dashboard.messages import Translate
from dashboard.services.indicators import listing
from dashboard.services.indicators.course import CoursePoint
from dashboard.services.indicators.model import IndicatorRow, IndicatorTable
from dashboard.services.places.areas import Area
from geodata.provinces import PROVINCES
from surveillance.indicators.model import PROGRAMMES, Indicator
from surveillance.indicators.values import Value
from surveillance.status import Status
from surveillance.texts import N_

#: Kinds of area in words.
BY_NAMES = {
    "country": N_("The whole country"),
    "province": N_("Province"),
    "district": N_("District"),
    "crossing": N_("Border crossing"),
    "facility": N_("Facility"),
}
COLUMNS: tuple[Column, ...] = (
    Column("code", "text", "code of the area"),
    Column("name", "text", "its name"),
    Column("numerator", "count", "numerator, in records or reports; empty where it is not shown"),
    Column("denominator", "number", "denominator: records, reports, or people of an imported figure"),
    Column("value", "number", "numerator / denominator x multiplier, in the unit of the indicator"),
    Column("lower", "number", "lower limit of its 95% interval"),
    Column("upper", "number", "upper limit of its 95% interval"),
    Column("status", "text", "what kind of value it is"),
    Column("unknown", "count", "records of which it is not known; they stand in neither number"),
    Column("denominator_kind", "text", "what the denominator counts, where it was imported"),
    Column("denominator_year", "count", "year of the denominator"),
    Column("denominator_source", "text", "who says so"),
    Column("reports_due", "count", "reports that were due from facilities of the area; empty where not told"),
    Column("reports_received", "count", "those of them that came"),
)
#: Of a course.
COURSE_COLUMNS: tuple[Column, ...] = (
    Column("period", "text", "month, quarter or year"),
    Column("from", "date", "its first day, as far as it was asked for"),
    Column("to", "date", "its last day, as far as it was asked for"),
    *COLUMNS[2:9],
)
LIST_COLUMNS: tuple[Column, ...] = (
    Column("id", "text", "id of the indicator"),
    Column("programme", "text", "whose it is"),
    Column("name", "text", "its name in English"),
    Column("name_km", "text", "its name in Khmer"),
    Column("numerator", "text", "what the numerator counts"),
    Column("denominator", "text", "what the denominator counts; empty for a number of cases"),
    Column("unit", "text", "unit of the value"),
    Column("multiplier", "count", "what the proportion is multiplied by"),
    Column("interval", "text", "kind of interval"),
    Column("period", "text", "visit: counted where the visit was; cohort: where treatment started, once due"),
    Column("lowest", "text", "lowest level of area by which it has a meaning"),
    Column("by", "text", "kinds of area by which it may be asked"),
    Column("target", "number", "what is aimed at, in the unit of the value"),
    Column("target_source", "text", "who says so"),
    Column("source", "text", "who defines the indicator"),
)


@dataclass(frozen=True)
class Cells:
    """One row of the page's table. `width`: of its bar, in per cent of the largest; None without a value."""

    name: str
    value: str
    interval: str
    counted: str
    unknown: str
    sign: str
    label: str
    width: str | None
    people: str


@dataclass(frozen=True)
class Definition:
    """One indicator in the list."""

    id: str
    name: str
    numerator: str
    denominator: str
    unit: str
    target: str
    by: str
    source: str
    period: str


def cells(row: IndicatorRow, indicator: Indicator, most: float, language: str, t: Translate) -> Cells:
    """The texts of one row; `most`: the largest value of the table."""
    value, known = row.value, row.value.value is not None
    look = None if known else absence(row, indicator)
    interval = ""
    if value.lower is not None and value.upper is not None:
        interval = f"({shown(indicator, value.lower)}–{shown(indicator, value.upper)})"
    divisor = row.divisor
    return Cells(
        row.area.name(language) + (f" {theme.FEW_REPORTS}" if row.few_reports else ""),
        shown(indicator, value.value),
        interval,
        _counted(value),
        "■" if value.unknown is None and value.status is Status.HIDDEN else f"{value.unknown or 0:,}",
        look.sign if look else "",
        t(look.label) if look else "",
        f"{100 * (value.value or 0) / most:.1f}" if known and most else None,
        f"{divisor.year}: {divisor.source}" if divisor else "",
    )


def course_cells(points: Sequence[CoursePoint], indicator: Indicator, t: Translate) -> list[Cells]:
    """The texts of each step of a course, in order."""
    most = max((one.value.value or 0.0 for one in points), default=0.0)
    return [
        cells(IndicatorRow(Area(one.label, one.label, ""), one.value), indicator, most, "en", t)
        for one in points
    ]


def _counted(value: Value) -> str:
    if value.numerator is None:
        return "■"
    if value.denominator is None:
        return f"{value.numerator:,}"
    return f"{value.numerator:,} / {value.denominator:,.0f}"


def definition(indicator: Indicator, t: Translate) -> Definition:
    """An indicator as the list shows it."""
    target = "" if indicator.target is None else shown(indicator, float(indicator.target))
    return Definition(
        indicator.id,
        t(indicator.name),
        t(indicator.numerator),
        t(indicator.denominator) if indicator.denominator else "",
        t(indicator.unit),
        target,
        ", ".join(t(BY_NAMES[by]) for by in indicator.may_be_by),
        indicator.source,
        t(listing.PERIODS[indicator.period]),
    )


def by_programme(t: Translate) -> list[tuple[str, list[Definition]]]:
    """The whole list, programme by programme."""
    held = listing.rows()
    return [
        (t(name), [definition(row, t) for row in held if row.programme == code])
        for code, name in PROGRAMMES.items()
    ]


def province_map(found: IndicatorTable, scale: Scale, language: str, t: Translate) -> ProvinceMap:
    """The provinces by their value; each says it, and what stands in place of one."""
    areas = []
    for row in found.rows:
        if row.area.code in PROVINCES:
            drawn = painted(row, found.indicator, scale, t)
            said = f"{row.area.name(language)}: {', '.join(drawn.said)}"
            areas.append(MapArea(row.area.code, drawn.kind, drawn.text, said))
    return ProvinceMap(t(found.indicator.name), areas, language)
