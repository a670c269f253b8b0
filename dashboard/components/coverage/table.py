"""The table beside the map: it says the same, and every row leads to its panel.

Rows are written as HTML, which assets/chhlang.js puts into the page: three hundred facilities as Dash
components would keep a phone busy for half a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from dashboard.components.coverage import words
from dashboard.figures import theme
from dashboard.figures.area_map import much_unknown
from dashboard.messages import Translate
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.table import AreaValue, CoverageTable
from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.texts import N_

_HEADS = {"province": N_("Province"), "crossing": N_("Crossing"), "facility": N_("Facility")}
#: Longer tables begin with so many rows; the rest is one press away.
_AT_FIRST = 50
#: Fewer people than this say little, whatever their share.
_FEW = 10


def ordered(table: CoverageTable) -> list[AreaValue]:
    """Rows with the most pressing first, then few people, then areas without a value; unknown last.

    Pressing is what is bad beyond chance: the upper limit is low, or of findings the lower limit high. By
    the value itself one untested person among two would come before a hundred among two hundred.
    """
    bad_when_low = table.query.measure in theme.LITTLE_IS_BAD

    def pressing(row: AreaValue) -> float:
        return (row.value.upper or 0) if bad_when_low else -(row.value.lower or 0)

    return sorted(
        table.rows,
        key=lambda row: (
            row.area.code == "unknown",
            row.value.coverage is None,
            (row.value.denominator or 0) < _FEW,
            pressing(row),
        ),
    )


def area_table(
    table: CoverageTable,
    changes: Changes,
    address: Mapping[str, str],
    everything: str,
    language: str,
    t: Translate,
) -> str:
    """One row an area: name, value with interval, change, counts, unknown. `everything` names the total."""
    measure = table.query.measure
    rows = ordered(table)
    heads = [
        (t(_HEADS[table.query.by]), ""),
        (t("{measure} (95% interval)").format(measure=t(MEASURES[measure].name)), ""),
        (t("Change, points"), "number"),
        (t("Counted"), "number"),
        (t("Unknown"), "number"),
    ]
    more = ""
    if len(rows) > _AT_FIRST:
        label = escape(t("Show all {count} rows").format(count=len(rows)))
        more = f'<p><button type="button" class="quiet" data-show-all>{label}</button></p>'
    body = "".join(
        _row(
            row.area.code,
            row.area.name(language),
            row.value,
            changes.of.get(row.area.code),
            measure,
            address,
            t,
            row.reports,
        )
        for row in rows
    )
    foot = _row("", everything, table.total, changes.total, measure, address, t, table.reports)
    return (
        f'<table class="areas sortable{" cut" if more else ""}">'
        f"<caption>{escape(' '.join((_caption(changes, t), *words.signs(table, t))).strip())}"
        "</caption>"
        f"<thead><tr>{''.join(_head(name, kind, t) for name, kind in heads)}</tr></thead>"
        f"<tbody>{body}</tbody><tfoot>{foot}</tfoot></table>{more}"
    )


def _caption(changes: Changes, t: Translate) -> str:
    said = t("Every area; those that need attention first.")
    if changes.facts is None:
        return said
    if not changes.of and changes.total is None:
        return " ".join((said, *words.notes(changes.facts, t))) if changes.facts.incomplete else said
    bold = t("Change against {earlier}; bold: more than chance.")
    if changes.family > 1:
        bold = t("Change against {earlier}; bold: more than chance among the {count} areas compared here.")
    return f"{said} {bold.format(earlier=words.earlier(changes.facts, t), count=changes.family)}"


def _head(name: str, kind: str, t: Translate) -> str:
    title = escape(t("Sort by this column"))
    button = f'<button type="button" data-sort title="{title}">{escape(name)}</button>'
    return f'<th scope="col" class="{kind}">{button}</th>'


def _row(
    code: str,
    name: str,
    value: Estimate,
    change: Change | None,
    measure: str,
    address: Mapping[str, str],
    t: Translate,
    reports: int = 0,
) -> str:
    parameters = {key: text for key, text in address.items() if key != "area"} | (
        {"area": code} if code else {}
    )
    link = f'<a href="?{escape(urlencode(parameters))}" data-area="{escape(code)}">{escape(name)}</a>'
    first, *counts = value_cells(value, measure, t)
    cells = "".join((first, _change_cell(change, measure, t), *counts))
    return f'<tr data-code="{escape(code)}"><th scope="row">{link}{_mark(reports, t)}</th>{cells}</tr>'


def _mark(reports: int, t: Translate) -> str:
    """The sign of what is counted in reports, not person by person."""
    if not reports:
        return ""
    said = escape(words.reports_in(reports, t))
    sign = f'<span aria-hidden="true">{words.REPORTS_SIGN}</span>'
    return f' <span class="reports" title="{said}">{sign}<span class="visually-hidden"> {said}</span></span>'


def _change_cell(change: Change | None, measure: str, t: Translate) -> str:
    if change is None:
        return '<td class="number change-cell">–</td>'
    points = round(change.difference * 100, 1)
    shown, kind = theme.signed(points), ""
    if theme.is_worse(change, measure):  # marked as on the map, and as its legend says
        kind, shown = " worse", f"{'▲' if points > 0 else '▼'} {shown}"
    limits = f"{theme.level(change)}: {theme.signed(change.lower * 100)} – {theme.signed(change.upper * 100)}"
    if theme.unclear(change):
        said, shown = t("no clear change"), escape(shown)
    else:
        said = t("higher than before") if points > 0 else t("lower than before")
        shown = f"<b>{escape(shown)}</b>"
    return (
        f'<td class="number change-cell{kind}" data-n="{change.difference:.6f}" title="{limits}">{shown}'
        f'<span class="visually-hidden"> {escape(said)}</span></td>'
    )


def _doubt(value: Estimate, t: Translate) -> str:
    """The sign of a value without a firm colour, with its meaning."""
    doubt = theme.doubt_of(value)
    if doubt is None:
        return ""
    said = much_unknown(value, t) if value.mostly_unknown else t(doubt.label)
    sign = f'<span aria-hidden="true">{escape(doubt.sign)}</span>'
    spoken = f'<span class="visually-hidden"> {escape(said)}</span>'
    return f' <span class="flag" title="{escape(said)}">{sign}{spoken}</span>'


def value_cells(value: Estimate, measure: str, t: Translate) -> list[str]:
    """Cells of value with interval, counts and unknown; words where there is no value."""
    look = theme.look_of(value, measure)
    swatch = f'<span class="swatch small" style="background:{look.colour}" aria-hidden="true"></span>'
    if value.coverage is None:
        first = f'<td>{swatch}<span class="sign">{escape(look.sign)}</span> {escape(t(look.label))}</td>'
    else:
        shown = f'<span class="value">{swatch}<b>{theme.percent(value.coverage)}</b></span>{_doubt(value, t)}'
        limits = f"({theme.percent(value.lower)}–{theme.percent(value.upper)})"
        first = f'<td data-n="{value.coverage:.6f}">{shown} <span class="interval">{limits}</span></td>'
    counted = "■" if value.denominator is None else f"{value.numerator:,} / {value.denominator:,}"
    unknown = "■" if value.unknown is None else f"{value.unknown:,}"
    return [
        first,
        f'<td class="number" data-n="{value.denominator or 0}">{counted}</td>',
        f'<td class="number" data-n="{value.unknown or 0}">{unknown}</td>',
    ]
