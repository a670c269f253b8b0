"""Transferred out, and not evaluated.

Li T, et al. (2018), PLoS ONE 13(11):e0206580, doi:10.1371/journal.pone.0206580.

Of 7,284 migrants with tuberculosis who were transferred out in China, the outcome of 1,176 (16%) was not
evaluated; this was 66% of the unfavourable outcomes.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.table import coverage
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from surveillance.coverage.cohorts import OUTCOMES, SUCCESS, part_of
from surveillance.coverage.indicators import state_number
from tests.support.files import record, write_csv

TRANSFERRED, NOT_EVALUATED = 7_284, 1_176
STARTED = state_number((True, True, True, True, None))


def test_all_who_were_transferred_are_not_evaluated_until_their_outcome_comes_back(database, tmp_path):
    grant, settings = Grant.custodian(), Settings.read({})
    listed = [{"facility_id": "HC1", "province": "KH01"}]
    import_facilities(database, grant, write_csv(tmp_path / "f.csv", *listed))
    query = CoverageQuery("tb", measure="completion", start=date(2014, 1, 1), end=date(2015, 12, 31))
    today = date(2018, 11, 1)

    def bring(*rows):
        imports.import_file(
            database, grant, settings, write_csv(tmp_path / "l.csv", *rows), ImportOptions(today=today)
        )
        (row,) = [row for row in coverage(database, grant, query, today).rows if row.area.code == "KH01"]
        return row

    # The register's own last outcome lies after the two years and their follow-up.
    other = record(record_id="other", date_visit="2016-01-04", treated="yes", positive="yes")
    other |= {"outcome": "cured", "date_outcome": "2017-06-30"}
    people = [
        record(record_id=str(n), date_visit=f"201{4 + n % 2}-0{1 + n % 9}-05", positive="yes", treated="yes")
        | {"outcome": "transferred", "date_outcome": ""}
        for n in range(TRANSFERRED)
    ]
    row = bring(other, *people)
    assert (row.value.numerator, row.value.denominator) == (0, TRANSFERRED)
    assert row.outcomes.sums.not_evaluated == TRANSFERRED
    back = [person | {"outcome": "completed"} for person in people[NOT_EVALUATED:]]
    row = bring(*back)
    assert row.value.denominator == TRANSFERRED
    assert row.outcomes.sums.not_evaluated == NOT_EVALUATED
    assert round(100 * row.outcomes.sums.not_evaluated / row.value.denominator) == 16
    assert row.value.numerator == TRANSFERRED - NOT_EVALUATED


def test_not_evaluated_is_two_thirds_of_what_is_unfavourable():
    """606 others are what 66% leaves: they are no success, and none of them is not evaluated."""
    other = round(NOT_EVALUATED / 0.66) - NOT_EVALUATED
    said = {"transferred": NOT_EVALUATED, "died": other, "completed": TRANSFERRED - NOT_EVALUATED - other}
    counted = Counter()
    for outcome, persons in said.items():
        counted[part_of(STARTED, outcome)] += persons
    assert sum(counted[name] for name in OUTCOMES) == TRANSFERRED
    unfavourable = TRANSFERRED - sum(counted[name] for name in SUCCESS)
    assert round(100 * counted["not_evaluated"] / unfavourable) == 66
