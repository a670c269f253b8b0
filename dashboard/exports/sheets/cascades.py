"""The columns of the files of a cascade, and of a funnel of places."""

from __future__ import annotations

from dashboard.exports.columns import Column

_NOTE = Column("note", "text", "what must be known before reading on: synthetic data, what was left out")
CASCADE: tuple[Column, ...] = (
    Column(
        "group", "text", "what the row is of; empty: all together; `apart`: those whom the path shows apart"
    ),
    Column("step", "text", "code of the step"),
    Column("name", "text", "its name, in the language of the file"),
    Column("people", "count", "who took this step; empty where the number is not shown"),
    Column("among", "count", "of whom it is recorded whether they took it"),
    Column("lost", "count", "of these, who did not take it"),
    Column("unknown", "count", "of whom it is not recorded"),
    Column("outside", "count", "who took it without a step before: they are in no later step"),
    Column("share", "number", "people over among, from 0 to 1"),
    Column("lower", "number", "lower end of its 95% interval"),
    Column("upper", "number", "upper end of its 95% interval"),
    Column("of_first", "number", "people over all who began, less those of whom it is unknown"),
    Column("of_first_lower", "number", "lower end of its 95% interval"),
    Column("of_first_upper", "number", "upper end of its 95% interval"),
    Column("status", "text", "what kind of number this is"),
    _NOTE,
)
TIMES: tuple[Column, ...] = (
    Column("span", "text", "code of the time between two steps"),
    Column("name", "text", "its name, in the language of the file"),
    Column("people", "count", "people whose time is known, or who still waited on the last day of the data"),
    Column("waiting", "count", "of these, who still waited"),
    Column("undated", "count", "people of whom a day is missing"),
    Column("backward", "count", "people whose second day lies before the first"),
    Column("lower_quartile", "number", "days until a quarter had taken the step"),
    Column("median", "number", "days until half had; empty where fewer had by the last day of the data"),
    Column("median_lower", "number", "lower end of its 95% interval"),
    Column("median_upper", "number", "upper end of its 95% interval; empty where it lies beyond the data"),
    Column("upper_quartile", "number", "days until three quarters had"),
    _NOTE,
)
FUNNEL: tuple[Column, ...] = (
    Column("code", "text", "code of the place"),
    Column("name", "text", "its name, in the language of the file"),
    Column("numerator", "count", "people in the numerator; empty where the value is not shown"),
    Column("denominator", "count", "people in the denominator"),
    Column("value", "number", "numerator over denominator, from 0 to 1"),
    Column("target", "number", "the same of all places that are shown, together"),
    Column("lower_95", "number", "lower one of the inner limits of a place of this size"),
    Column("upper_95", "number", "upper one of the inner limits"),
    Column("lower_998", "number", "lower one of the outer limits"),
    Column("upper_998", "number", "upper one of the outer limits"),
    Column(
        "beyond", "count", "limits that the place lies outside: 0 none, 1 or -1 the inner, 2 or -2 the outer"
    ),
    Column("status", "text", "what kind of value this is"),
    _NOTE,
)
