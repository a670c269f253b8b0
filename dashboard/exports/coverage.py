"""The columns of the table beside the map, as its files hold them."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.exports import area_codes
from dashboard.exports.columns import Column

COLUMNS: tuple[Column, ...] = (
    Column("code", "text", "code of the area"),
    Column("name", "text", "its name, in the language of the file"),
    Column("numerator", "count", "people in the numerator; empty where the value is not shown"),
    Column("denominator", "count", "people in the denominator"),
    Column("unknown", "count", "people of whom it is not recorded whether they are in the numerator"),
    Column("coverage", "number", "numerator over denominator, from 0 to 1"),
    Column("lower", "number", "lower end of the 95% interval"),
    Column("upper", "number", "upper end of the 95% interval"),
    Column("status", "text", "what kind of value this is; the other numbers are empty where there is none"),
    Column("from", "date", "first day that was counted, included"),
    Column("to", "date", "last day that was counted, included"),
    Column("asked_from", "date", "first day that was asked for"),
    Column("asked_to", "date", "last day that was asked for"),
    Column("unknown_share", "number", "unknown among known and unknown, from 0 to 1"),
    Column("lowest", "number", "the proportion if every unknown were a no"),
    Column("highest", "number", "the proportion if every unknown were a yes"),
    Column(
        "flag",
        "text",
        "`much unknown` where more than a fifth is unknown; `few reports` where fewer than four in five of "
        "the reports due came",
    ),
    Column("design_effect", "number", "how much wider the interval is since people came together"),
    Column("reports_due", "count", "reports that were due from its facilities in the period"),
    Column("reports_received", "count", "of these: came"),
    Column("records_without_person", "count", "records of no known person, where persons are counted"),
    Column("cured", "count", "of those who started treatment: cured"),
    Column("completed", "count", "completed treatment"),
    Column("died", "count", "died"),
    Column("failed", "count", "treatment failed"),
    Column("lost", "count", "lost to follow-up"),
    Column("not_evaluated", "count", "no outcome is recorded, though it was due"),
    Column("moved_to_second_line", "count", "moved to second-line treatment: in another cohort"),
    Column("not_yet_due", "count", "the time after which they are judged has not passed"),
    Column("outcomes_known_until", "date", "day up to which outcomes are known, of the earliest facility"),
    Column("outcomes_known_until_latest", "date", "the same, of the latest facility"),
    Column("facilities_without_outcomes", "count", "facilities that sent no outcome"),
    Column("aggregate_reports", "count", "aggregate reports counted in place of line lists"),
    Column("issued", "text", "`yes` where the row is of an issued release, `no` where it is counted now"),
    Column("release", "count", "number of the release"),
    Column("threshold", "count", "fewest people that the release tells of"),
    Column("periods", "text", "issued periods that the row is of: kind and first day of each"),
    Column("data_until", "date", "last day of the data of the release"),
    Column("shown_to_role", "text", "role of the account that the figures were issued to"),
    Column("change", "number", "proportion now less the proportion earlier"),
    Column("change_lower", "number", "lower end of the interval of the change"),
    Column("change_upper", "number", "upper end of the interval of the change"),
    Column("earlier_from", "date", "first day of the earlier window"),
    Column("earlier_to", "date", "last day of the earlier window"),
    Column("compared_with", "text", "`before`: the period before; `year`: the same time of the year before"),
    Column("earlier_known_on", "date", "day on which the earlier window is taken as it was known then"),
    Column("paired_by", "text", "unit in which facilities are compared with themselves"),
    Column("paired", "count", "facility-weeks or facility-months that are compared"),
    Column("left_out", "count", "those reported in one window only"),
    Column("change_level", "number", "confidence of the interval of the change"),
    Column("change_p", "number", "p-value of the change"),
    Column("change_p_adjusted", "number", "the same, among all areas compared (false discovery rate)"),
    Column("change_marked", "text", "`yes` where the map marks the change"),
    Column("change_family", "count", "how many areas are compared together"),
    Column("change_facilities", "count", "facilities that are compared"),
    Column("change_facilities_left_out", "count", "facilities with people in one window only"),
    Column("change_people_left_out", "count", "people of these"),
    Column("compared_as", "text", "what of both windows is compared"),
    Column("earlier_known", "text", "whether the earlier window is as it was known then, or as now"),
    Column("change_missing", "text", "why there is no change"),
    Column("data_up_to", "date", "last day of the data"),
    Column("as_of", "date", "day as of which the table was asked"),
    Column("role", "text", "role of the account that took the file; others may be shown more or less"),
    Column("synthetic", "text", "`yes` where the data are invented"),
    Column("note", "text", "what must be known before reading on"),
)
_BY_NAME = {one.name: one for one in (*COLUMNS, *area_codes.COLUMNS)}


def described(names: Iterable[str]) -> list[Column]:
    """Columns with their meaning; one that is not described here repeats the question."""
    usual = "part of the question, as the address names it"
    return [_BY_NAME.get(name) or Column(name, "text", usual) for name in names]
