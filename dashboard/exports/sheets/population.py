"""The columns of a file of population figures, which can be imported again."""

from __future__ import annotations

from dashboard.exports.columns import Column

COLUMNS: tuple[Column, ...] = (
    Column(
        "area",
        "text",
        "`KH` for the country, `KH01` for a province, `KH0102` for a district (six digits a commune, eight a "
        "village), `OD` and its name for an operational district",
    ),
    Column("year", "count", "year of the figure"),
    Column("population", "number", "people, or estimated cases"),
    Column("sex", "text", "empty: both"),
    Column("age", "text", "completed years, as `5-14` or `65+`; empty: all"),
    Column("kind", "text", "kind of figure: see the table of kinds"),
    Column("lower", "number", "lower limit of an estimate, where its source gives one"),
    Column("upper", "number", "upper limit"),
    Column("source", "text", "who says so"),
    Column("grade", "text", "`census`, `projection`, `estimate` or `other`"),
)
