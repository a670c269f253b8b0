"""What a table by administrative district reads: undisclosed counts of districts, and of their provinces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.districts import query
from surveillance.coverage.estimates import Counts

#: Ends the code of what a province has beside its districts.
REST = " rest"


def counts(reading: Reading, period: Period) -> Undisclosed[Mapping[str, Counts]]:
    """Counts by the code of a district (`KH0102`), of what names none (`KH01 rest`), and of provinces.

    Districts and rest together are the province.
    """
    asked = reading.query
    sums = query.by_district(
        reading.connection,
        reading.grant.scope,
        asked.place,
        asked.disease,
        asked.measure,
        period.first_cell,
        period.last_cell,
    )
    own = {
        f"KH{code}": Counts(True, one.records, one.numerator, one.denominator, one.unknown)
        for code, one in sums.items()
    }

    def with_rest(provinces: Mapping[str, Counts]) -> Mapping[str, Counts]:
        found: dict[str, Counts] = dict(provinces) | own
        for code, whole in provinces.items():
            inside = sum((one for name, one in own.items() if name[:4] == code), Counts(False))
            rest = replace(
                whole,
                records=whole.records - inside.records,
                numerator=whole.numerator - inside.numerator,
                denominator=whole.denominator - inside.denominator,
                unknown=whole.unknown - inside.unknown,
            )
            found[f"{code}{REST}"] = rest
        return found

    return reading.by_place(period).map(with_rest)
