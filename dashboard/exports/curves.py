"""The columns of a curve's file."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.exports.columns import Column

_COLUMNS: tuple[Column, ...] = (
    Column("period", "text", "name of the step"),
    Column("from", "date", "its first day that was counted"),
    Column("to", "date", "its last day that was counted"),
    Column("cases", "count", "people found positive; empty where the number is not shown"),
    Column("patients", "count", "all people seen"),
    Column("status", "text", "what kind of number this is"),
    Column("expected", "count", "how many when all records have come, for the last weeks; empty for others"),
    Column("expected_lower", "count", "lower end of its 95% interval"),
    Column("expected_upper", "count", "upper end of its 95% interval"),
    Column("share_come", "number", "the part of all records of a last week that is thought to have come"),
    Column("year_before", "count", "the same step of the year before; empty where no record is held"),
    Column("facilities_reporting", "count", "facilities that reported on it"),
    Column("facilities_year_before", "count", "facilities that reported on the same step of the year before"),
    Column("facilities_both_years", "count", "of these: reported on this step, too"),
    Column("reports_due", "count", "reports whose period ends on the step and whose deadline has passed"),
    Column("reports_received", "count", "of these: came"),
    Column("whole", "text", "`no` where days of it were cut off, or have not come yet"),
    Column("running", "text", "`yes` where it ends after the last day of the data"),
    Column("incomplete", "text", "`yes` where fewer facilities reported than usual"),
    Column("closed", "text", "that the crossing was closed on it"),
    Column("calendar", "text", "what the calendar says of its days"),
)
_LAST = (
    Column("note", "text", "what must be known before reading on: synthetic data, those without the day"),
)


def part_name(group: str | None, code: str) -> str:
    """The column of one value of what a curve is divided by."""
    return f"{group}_{code.replace(',', '_and_')}"


def columns(group: str | None, codes: Sequence[str]) -> tuple[Column, ...]:
    """Columns of the file. `group`, `codes`: what it is divided by."""
    parts = (Column(part_name(group, code), "count", f"of these, {group} `{code}`") for code in codes)
    return (*_COLUMNS, *parts, *_LAST)
