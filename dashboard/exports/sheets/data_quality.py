"""The columns of the list of data quality."""

from __future__ import annotations

from dashboard.exports.columns import Column

COLUMNS: tuple[Column, ...] = (
    Column("kind", "text", "what kind of finding: pair, twice, blank, change, outlier, digits"),
    Column("field", "text", "the field or the pair that it is about"),
    Column("month", "text", "the month; empty: of all months that were asked for"),
    Column("facility_id", "text", "number of the facility in the facility list"),
    Column("name_en", "text", "its name in English"),
    Column("name_km", "text", "its name in Khmer"),
    Column("province", "text", "code of its province"),
    Column("records", "count", "records that were looked at"),
    Column("found", "count", "records that it is about; of a change those of three months from then on"),
    Column(
        "value",
        "number",
        "share of blanks; modified z-score; of a change records of the three months before; Whipple's index",
    ),
    Column("state", "text", "open, asked, explained, mended"),
    Column("owner", "text", "who looks after it"),
    Column("note", "text", "what is known of it"),
    Column("changed_at", "text", "when state, owner or note were changed last"),
    Column("still_found", "text", "`no` where it is no longer found in the records"),
)
DELAYS: tuple[Column, ...] = (
    Column("code", "text", "code of the province or facility; country: all together"),
    Column("name_en", "text", "its name in English"),
    Column("name_km", "text", "its name in Khmer"),
    Column("begins", "text", "the first event: onset, visit, report"),
    Column("ends", "text", "the second event: visit, report, arrival of the file"),
    Column("records", "count", "records with both days"),
    Column(
        "lower_quartile", "count", "days after which a quarter had come; empty of fewer than five records"
    ),
    Column("median", "count", "days after which half had come"),
    Column("upper_quartile", "count", "days after which three quarters had come"),
    Column("cut", "count", "records so recent that others of their age may still come"),
    Column("left_out", "count", "records whose days are in the wrong order"),
)
