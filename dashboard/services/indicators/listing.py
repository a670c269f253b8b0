"""The list of indicators with their definitions, and what is said beside an answer, as lines of text."""

from __future__ import annotations

from typing import Any

from dashboard.messages import Translate
from dashboard.services.indicators.model import IndicatorTable
from surveillance.indicators.model import PROGRAMMES, Indicator
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

#: Columns of the list, as the command and the files write them.
COLUMNS = (
    "id",
    "programme",
    "name",
    "name_km",
    "numerator",
    "denominator",
    "unit",
    "multiplier",
    "interval",
    "period",
    "lowest",
    "by",
    "target",
    "target_source",
    "source",
)
#: Those that a terminal shows.
SHORT = ("id", "name", "unit", "lowest")
#: Period rules in words.
PERIODS = {
    "visit": N_("counted in the period of the visit"),
    "cohort": N_("counted in the period in which treatment started, once it is due"),
}
INTERVALS = {
    "wilson": N_("Wilson 95%"),
    "poisson": N_("exact Poisson 95%"),
    "estimate": N_("that of the estimate it is divided by"),
    "none": N_("none"),
}
OF_WHAT = N_("{numerator} / {denominator}, in {unit}. Source: {source}.")
OF_CASES = N_("{numerator}. Source: {source}.")
UNKNOWN_OF = N_("Not known of {unknown:,} records: they are counted in neither number.")
DIVIDED = N_("Divided by {kind} of {year}: {source}.")


def rows() -> list[Indicator]:
    """Every indicator, programme by programme."""
    order = list(PROGRAMMES)
    return sorted(INDICATORS.values(), key=lambda row: order.index(row.programme))


def record(row: Indicator, km: Translate) -> dict[str, Any]:
    """One indicator by `COLUMNS`. `km` translates into Khmer."""
    return {
        "id": row.id,
        "programme": row.programme,
        "name": row.name,
        "name_km": km(row.name),
        "numerator": row.numerator,
        "denominator": row.denominator or None,
        "unit": row.unit,
        "multiplier": row.multiplier,
        "interval": row.interval,
        "period": row.period,
        "lowest": row.lowest,
        "by": ",".join(row.may_be_by),
        "target": row.target,
        "target_source": row.target_source or None,
        "source": row.source,
    }


def told(found: IndicatorTable, t: Translate) -> list[str]:
    """What is said beside an answer: what it counts, what it was divided by, and what else is to be known."""
    row = found.indicator
    words = {
        "numerator": t(row.numerator),
        "denominator": t(row.denominator) if row.denominator else "",
        "unit": t(row.unit),
        "source": row.source,
    }
    lines = [t(OF_WHAT if row.denominator else OF_CASES).format(**words)]
    if found.total.value.unknown:
        lines.append(t(UNKNOWN_OF).format(unknown=found.total.value.unknown))
    named = {
        (one.divisor.kind, one.divisor.year, one.divisor.source)
        for one in (*found.rows, found.total)
        if one.divisor is not None
    }
    lines += [t(DIVIDED).format(kind=kind, year=year, source=who) for kind, year, who in sorted(named)]
    return lines + [t(sentence).format(**values) for sentence, values in found.notes]
