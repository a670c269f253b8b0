"""The columns of a file of rates."""

from __future__ import annotations

from dashboard.exports.columns import Column

COLUMNS: tuple[Column, ...] = (
    Column(
        "code",
        "text",
        "code of the province or name of the operational district; `KH`: all together; countries and "
        "`unknown` have no rate",
    ),
    Column("name", "text", "its name, in the language of the file"),
    Column("events", "count", "cases found positive, or patients, as asked"),
    Column("person_years", "number", "people times years over the days that were counted"),
    Column("rate", "number", "events per so many people a year, as asked"),
    Column("lower", "number", "lower limit of its 95% interval (Garwood)"),
    Column("upper", "number", "upper limit"),
    Column("status", "text", "why there is a rate, or none"),
    Column("reason", "text", "the same in words, where there is none"),
    Column("standardised", "number", "rate that the province would have with the ages of the standard"),
    Column("standardised_lower", "number", "lower limit of its 95% interval (Fay and Feuer)"),
    Column("standardised_upper", "number", "upper limit"),
    Column("standardised_status", "text", "why there is a standardised rate, or none"),
    Column("standardised_reason", "text", "the same in words, where there is none"),
    Column("smoothed", "number", "rate drawn towards that of all provinces, the more the fewer people"),
    Column("smoothed_lower", "number", "lower limit of its 95% interval"),
    Column("smoothed_upper", "number", "upper limit"),
    Column("above", "number", "probability that the rate lies above the threshold, where one was asked for"),
    Column(
        "beyond", "count", "pairs of limits of the funnel (95%, 99.8%) that it lies outside; negative below"
    ),
    Column("without_sex_or_age", "count", "events that no standardised rate holds: sex or age unknown"),
    Column("unknown", "count", "records of which it is not known whether they are events"),
    Column("denominator", "text", "kind of figure that is divided by"),
    Column("denominator_year", "text", "year or years of the figure"),
    Column("denominator_source", "text", "who says so"),
    Column("denominator_grade", "text", "what it rests on"),
    Column("standardised_year", "text", "year or years of the figures by sex and age"),
    Column("expected", "number", "events that its people would have at the rates of all areas together"),
    Column("ratio", "number", "events of known sex and age beside those expected (indirectly standardised)"),
    Column("ratio_lower", "number", "lower limit of its 95% interval (Garwood)"),
    Column("ratio_upper", "number", "upper limit"),
    Column("ratio_reason", "text", "why there is no ratio, in words"),
)
