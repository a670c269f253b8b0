"""The table beside the map: it says the same, and every row leads to its panel.

Three hundred facilities as Dash components would keep a phone busy for half a minute. So these are the texts
of the cells; `templates/area_table.html` writes them, at its own address (`pages/explorer/map_table.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.components.coverage import issued_words, words
from dashboard.components.coverage.value_cells import Sign, ValueCells, value_cells
from dashboard.figures import theme
from dashboard.messages import Translate
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.table import AreaValue, CoverageTable
from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.texts import N_

_HEADS = {
    "province": N_("Province"),
    "crossing": N_("Crossing"),
    "facility": N_("Facility"),
    "district": N_("Province and operational district"),
}
#: Longer tables begin with so many rows; the rest is one press away.
_AT_FIRST = 50
#: Tables with more rows than this have a field that looks for a name.
_SEEN_AT_ONCE = 12
#: Fewer people than this say little, whatever their share.
_FEW = 10


@dataclass(frozen=True)
class ChangeCell:
    """A change in points, what it means in words, and its interval. `clear`: beyond chance; `worse`: marked
    as on the map."""

    shown: str
    said: str
    limits: str
    order: str
    clear: bool
    worse: bool


@dataclass(frozen=True)
class Row:
    """One area, or all together (`code` is blank). `reports`: the sign of what is counted in reports.

    `issued`: that of an issued figure beside own ones.
    """

    code: str
    name: str
    address: str
    reports: Sign | None
    value: ValueCells
    change: ChangeCell | None
    issued: Sign | None = None


@dataclass(frozen=True)
class AreaTable:
    """What the template writes. `heads`: name and class of each column; `show_all`: blank for a short one;
    `country`: all provinces as they were issued, beside the sum of an account's own."""

    caption: str
    heads: list[tuple[str, str]]
    sort: str
    rows: list[Row]
    total: Row
    show_all: str
    country: Row | None = None
    #: What the field is called that looks for a name in the table; blank for a short one.
    search: str = ""


def ordered(table: CoverageTable) -> list[AreaValue]:
    """Rows with the most pressing first, then few people, then areas without a value; unknown last.

    Of operational districts so within each province.
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
            row.area.group,
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
) -> AreaTable:
    """One row an area: name, value with interval, change, counts, unknown. `everything` names the total."""
    measure = table.query.measure
    kept = {key: text for key, text in address.items() if key != "area"}

    def row(code: str, name: str, value: Estimate, change: Change | None, reports: int) -> Row:
        return Row(
            code,
            name,
            f"?{urlencode(kept | ({'area': code} if code else {}))}",
            Sign(words.REPORTS_SIGN, words.reports_in(reports, t)) if reports else None,
            value_cells(value, measure, t),
            _change(change, measure, t),
            Sign(issued_words.SIGN, t("issued figure")) if table.mixed and value.issued else None,
        )

    country = table.country
    rows = [
        row(one.area.code, one.area.in_full(language), one.value, changes.of.get(one.area.code), one.reports)
        for one in ordered(table)
    ]
    return AreaTable(
        caption=" ".join(
            (_caption(changes, table.query.by, t), *words.signs(table, t), *_marked(table, t))
        ).strip(),
        heads=[
            (t(_HEADS[table.query.by]), ""),
            (t("{measure} (95% interval)").format(measure=t(MEASURES[measure].name)), ""),
            (t("Change, points"), "number"),
            (t("Counted"), "number"),
            (t("Unknown"), "number"),
        ],
        sort=t("Sort by this column"),
        rows=rows,
        total=row("", everything, table.total, changes.total, table.reports),
        show_all=t("Show all {count} rows").format(count=len(rows)) if len(rows) > _AT_FIRST else "",
        country=None if country is None else row("", t("All provinces, as issued"), country, None, 0),
        search=t("Search in this table") if len(rows) > _SEEN_AT_ONCE else "",
    )


def _marked(table: CoverageTable, t: Translate) -> list[str]:
    """What the sign of issued rows means, where own rows stand beside them."""
    return [issued_words.legend(table.release, t)] if table.mixed and table.release is not None else []


def _caption(changes: Changes, by: str, t: Translate) -> str:
    said = t("Every area; those that need attention first.")
    if by == "district":
        said = t("Every operational district by province; in each those that need attention first.")
    if changes.facts is None:
        return said
    if not changes.of and changes.total is None:
        return " ".join((said, *words.notes(changes.facts, t))) if changes.facts.incomplete else said
    bold = t("Change against {earlier}; bold: more than chance.")
    if changes.family > 1:
        bold = t("Change against {earlier}; bold: more than chance among the {count} areas compared here.")
    return f"{said} {bold.format(earlier=words.earlier(changes.facts, t), count=changes.family)}"


def _change(change: Change | None, measure: str, t: Translate) -> ChangeCell | None:
    if change is None:
        return None
    points = round(change.difference * 100, 1)
    lower, upper = theme.signed(change.lower * 100), theme.signed(change.upper * 100)
    worse, clear = theme.is_worse(change, measure), not theme.unclear(change)
    shown = theme.signed(points)
    if worse:  # marked as on the map, and as its legend says
        shown = f"{'▲' if points > 0 else '▼'} {shown}"
    said = t("higher than before") if points > 0 else t("lower than before")
    return ChangeCell(
        shown=shown,
        said=said if clear else t("no clear change"),
        limits=f"{theme.level(change)}: {lower} – {upper}",
        order=f"{change.difference:.6f}",
        clear=clear,
        worse=worse,
    )
