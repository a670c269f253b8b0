"""The columns of the table of who has not reported."""

from __future__ import annotations

from dashboard.exports.columns import Column

COLUMNS: tuple[Column, ...] = (
    Column("facility_id", "text", "number of the facility in the facility list"),
    Column("name_en", "text", "its name in English"),
    Column("name_km", "text", "its name in Khmer"),
    Column("province", "text", "code of its province"),
    Column("operational_district", "text", "its operational district, or its district"),
    Column("reports", "text", "how often it reports"),
    Column("last_report", "date", "first day of the last part of a week with a report; empty: never"),
    Column("silent", "count", "periods in a row without a report; empty where none is due"),
    Column("unit", "text", "unit of these periods"),
    Column("due", "date", "last day of the last period whose report is due"),
)

#: Of areas: what was due within some days, and what came.
FIGURES: tuple[Column, ...] = (
    Column("code", "text", "code of the facility, province or crossing"),
    Column("name", "text", "its name, in the language of the file"),
    Column("due", "count", "reports whose deadline has passed"),
    Column("received", "count", "of these: came, by their deadline or later; a report sent twice is one"),
    Column("on_time", "count", "of these: came by their deadline"),
    Column("zero", "count", "of those received: name no patient; empty where that is not told"),
    Column("silent", "count", "due and missing"),
    Column("completeness", "number", "received over due, from 0 to 1; empty where nothing was due"),
    Column("timeliness", "number", "on time over due; empty where nothing was due, or the day is not known"),
    Column("last_report", "date", "last day of the latest week, month or quarter with a report"),
    Column(
        "median_delay_days", "number", "median of the days from the end of the period until its report came"
    ),
)

#: One row for each report.
WEEKS: tuple[Column, ...] = (
    Column("facility_id", "text", "number of the facility in the facility list"),
    Column("name", "text", "its name, in the language of the file"),
    Column("province", "text", "code of its province"),
    Column("crossing", "text", "code of its crossing, where it is at one"),
    Column("period_from", "date", "first day of the week, month or quarter"),
    Column("period_to", "date", "its last day"),
    Column("deadline", "date", "last day on which the report is on time"),
    Column("came", "date", "day on which its first report came; empty: never, or not known when"),
    Column("state", "text", "`on_time`, `late`, `undated`, `zero`, `zero_late`, `awaited` or `silent`"),
)
