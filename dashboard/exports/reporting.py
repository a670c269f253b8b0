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
