"""The table beside the map: it says the same, and every row leads to its panel."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html

from dashboard.figures import theme
from dashboard.messages import Translate
from dashboard.services.coverage import AreaValue, CoverageTable
from surveillance.estimates import Estimate
from surveillance.indicators import MEASURES

_HEADS = {"province": "Province", "crossing": "Crossing", "facility": "Facility"}
#: Measures of which little is the bad news; the others are findings, most first.
LITTLE_IS_BAD = frozenset({"testing", "treatment", "completion"})


def ordered(table: CoverageTable) -> list[AreaValue]:
    """Rows with the most pressing first, areas without a value after them, unknown last."""
    sign = 1 if table.query.measure in LITTLE_IS_BAD else -1
    return sorted(
        table.rows,
        key=lambda row: (
            row.area.code == "unknown",
            row.value.coverage is None,
            sign * (row.value.coverage or 0),
        ),
    )


def total_name(table: CoverageTable, t: Translate) -> str:
    """What the sum of the rows is a sum of: hidden rows are not in it."""
    if 0 < table.hidden < len(table.rows):
        return t("All areas shown; {count} hidden").format(count=table.hidden)
    return t("All areas together")


def area_table(
    table: CoverageTable, selected: str | None, parameters: dict[str, str], language: str, t: Translate
) -> html.Table:
    """One row an area: name, value with interval, counts, unknown."""
    measure = MEASURES[table.query.measure]
    heads = [
        t(_HEADS[table.query.by]),
        t("{measure} (95% interval)").format(measure=t(measure.name)),
        t("Counted"),
        t("Unknown"),
    ]
    rows = ordered(table)
    return html.Table(
        [
            html.Caption(t("Every area; those that need attention first"), className="visually-hidden"),
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody([_row(row, table, selected, parameters, language, t) for row in rows]),
            html.Tfoot(
                html.Tr(
                    [
                        html.Th(total_name(table, t), scope="row"),
                        *value_cells(table.total, table.query.measure, t),
                    ]
                )
            ),
        ],
        className="areas",
    )


def _row(
    row: AreaValue,
    table: CoverageTable,
    selected: str | None,
    parameters: dict[str, str],
    language: str,
    t: Translate,
) -> html.Tr:
    code = row.area.code
    link = dcc.Link(row.area.name(language), href="?" + urlencode(parameters | {"area": code}))
    here = {"aria-current": "true"} if code == selected else {}
    return html.Tr(
        [html.Th(link, scope="row"), *value_cells(row.value, table.query.measure, t)],
        className="selected" if code == selected else "",
        **{"data-code": code, **here},
    )


def value_cells(value: Estimate, measure: str, t: Translate) -> list[html.Td]:
    """Value, interval, denominator and unknown of one row; words where there is no value."""
    look = theme.look_of(value, measure)
    swatch = html.Span(className="swatch small", style={"background": look.colour}, **{"aria-hidden": "true"})
    if value.coverage is None:
        first = html.Td([swatch, html.Span(look.sign, className="sign"), " ", t(look.label)])
    else:
        interval = f"({theme.percent(value.lower)}–{theme.percent(value.upper)})"
        first = html.Td(
            [
                html.Span([swatch, html.B(theme.percent(value.coverage))], className="value"),
                " ",
                html.Span(interval, className="interval"),
            ]
        )
    counted = "■" if value.denominator is None else f"{value.numerator:,} / {value.denominator:,}"
    return [
        first,
        html.Td(counted, className="number"),
        html.Td(_count(value.unknown), className="number"),
    ]


def _count(count: int | None) -> str:
    return "■" if count is None else f"{count:,}"
