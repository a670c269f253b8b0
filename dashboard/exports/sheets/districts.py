"""The columns of files of districts."""

from __future__ import annotations

from dashboard.exports.columns import Column

#: Can be imported again.
DATED: tuple[Column, ...] = (
    Column("facility_id", "text", "number of the facility in the facility list"),
    Column("operational_district", "text", "its operational district"),
    Column("province", "text", "code of its province"),
    Column("from", "date", "day from which it belongs there; empty: as long as the facility is known"),
    Column("source", "text", "who says so"),
)
BY_DISTRICT: tuple[Column, ...] = (
    Column(
        "code",
        "text",
        "`KH` and the official number of the district; the province and `rest`: no district is recorded",
    ),
    Column("name", "text", "its name"),
    Column("province", "text", "code of its province"),
    Column("records", "count", "records of the disease"),
    Column("numerator", "count", "people in the numerator of the measure"),
    Column("denominator", "count", "people in its denominator"),
    Column("unknown", "count", "records of which it is not known"),
    Column("value", "number", "numerator / denominator"),
    Column("lower", "number", "lower limit of its 95% interval"),
    Column("upper", "number", "upper limit"),
    Column("status", "text", "what kind of value it is"),
    Column("from", "date", "first day that counts"),
    Column("to", "date", "last day that counts"),
)
