"""A file may say which facility and days it covers: what it does not name is nobody to count, not silence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import table as service
from db.batches import reporting_completeness
from db.clusters.usual_reports import usual_reports
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.epiweek import time_cell_number, time_cells_between
from tests.support.files import record, write_csv

OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")
COLUMNS = ["record_id", "facility_id", "disease", "date_visit", "sex", "record_status"]


@pytest.fixture
def bring(cli, tmp_path):
    """Import rows with options; the receipt's outcomes without zeros, and what is said."""
    facilities = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2, 3)]
    assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *facilities)).code == 0
    made = iter(range(100))

    def brought(*rows, covers=(), options=(), path=None):
        path = path or write_csv(tmp_path / f"{next(made)}.csv", *rows, columns=COLUMNS)
        asked = [part for cover in covers for part in ("--covers", *cover)]
        done = cli("import", path, *asked, *options)
        assert done.code == 0, done.stderr
        brought.said, brought.path = done.stdout, path
        counts = dict(line.split() for line in done.stdout.splitlines() if line.split()[0] in OUTCOMES)
        return {outcome: int(n) for outcome, n in counts.items() if int(n)}

    return brought


@pytest.fixture
def look(database_url):
    """Open the database for a question."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def statuses(database, by, **asked):
    """Status of every area."""
    query = CoverageQuery.read({"disease": "tb", "by": by, "measure": "testing"} | asked)
    table = service.coverage(database, Grant.custodian(), query, today_in_cambodia())
    return {row.area.code: row.value.status.value for row in table.rows}


def test_a_facility_that_declares_a_period_reported_nobody(bring, look):
    bring(record(date_visit="2025-03-04"))
    march = {"from": "2025-03-01", "to": "2025-03-31"}
    assert statuses(look, "facility", **march)["HC2"] == "not reported"
    assert bring(covers=[("hc2", "2025-03-01", "2025-03-31")]) == {}
    after = statuses(look, "facility", **march)
    assert (after["HC2"], after["HC3"]) == ("nobody", "not reported")
    assert statuses(look, "province", **march)["KH02"] == "nobody"
    assert statuses(look, "facility", **{"from": "2025-04-01", "to": "2025-04-30"})["HC2"] == "not reported"


def cells_reported(database, *days, **place):
    """Of the cells between two days, those that were reported on; by their place in the row."""
    cells = time_cells_between(*map(date.fromisoformat, days))
    with database.reading() as connection:
        found = reporting_completeness.reporting_cells(connection, Scope.everything(), cells, **place)
    return [number for number, cell in enumerate(cells) if cell in found]


def test_a_cell_counts_only_where_every_day_of_it_is_covered(bring, look):
    # Cells of March 2025: 1-2, 3-9, 10-16, 17-23, 24-30, 31.
    bring(covers=[("HC1", "2025-03-02", "2025-03-12")])
    month = ("2025-03-01", "2025-03-31")
    assert cells_reported(look, *month, facility_id="HC1") == [1]
    bring(record(facility_id="HC2", date_visit="2025-03-20"), covers=[("HC1", "2025-03-13", "2025-03-15")])
    assert cells_reported(look, *month, facility_id="HC1") == [1]
    bring(covers=[("HC1", "2025-03-16", "2025-03-16"), ("HC1", "2025-03-01", "2025-03-01")])
    assert cells_reported(look, *month, facility_id="HC1") == [0, 1, 2]
    assert cells_reported(look, *month, province="KH01") == [0, 1, 2]
    assert cells_reported(look, *month, province="KH02") == [3]
    assert cells_reported(look, *month) == [0, 1, 2, 3]
    bring(covers=[("HC1", "2025-03-31", "2025-04-01")])
    assert cells_reported(look, *month, facility_id="HC1") == [0, 1, 2, 5]


def test_a_declared_cell_is_a_report_of_its_last_day_of_no_records(bring, look):
    bring(
        record(facility_id="HC1", date_visit="2025-03-05"), record(facility_id="HC2", date_visit="2025-03-30")
    )
    bring(covers=[("HC1", "2025-03-17", "2025-03-23"), ("HC3", "2025-03-03", "2025-03-09")])
    with look.reading() as connection:
        last, usual = usual_reports(connection, Scope.everything(), date(2025, 3, 1), 2)
        assert last == {"HC1": date(2025, 3, 23), "HC2": date(2025, 3, 30), "HC3": date(2025, 3, 9)}
        assert usual == {"HC1": 0, "HC2": 1}
        own, _ = usual_reports(connection, Scope.of("KH01"), date(2025, 3, 1), 2)
        assert own == {"HC1": date(2025, 3, 23)}


def test_an_account_for_some_provinces_learns_only_of_its_own(bring, look):
    bring(covers=[("HC1", "2025-03-01", "2025-03-31")])
    first, last = (time_cell_number(date(2025, 3, day)) for day in (1, 31))
    with look.reading() as connection:
        own, other = Scope.of("KH01"), Scope.of("KH02")
        assert reporting_completeness.facilities_reporting(connection, own, first, last) == {"HC1"}
        assert reporting_completeness.facilities_reporting(connection, other, first, last) == frozenset()
        assert reporting_completeness.anybody(connection, own, first, last)
        assert not reporting_completeness.anybody(connection, other, first, last)
        assert (
            reporting_completeness.reporting_cells(connection, other, [first], province="KH01") == frozenset()
        )
        assert reporting_completeness.first_and_last_reported(connection, own) == (first, last)


MONTH = [("HC1", "2025-03-01", "2025-03-31")]


def test_records_that_a_complete_file_does_not_name_are_noted_and_stay(bring, look, cli):
    rows = [record(record_id=str(n), date_visit=f"2025-03-0{n}") for n in range(1, 6)]
    others = [
        record(record_id="6", date_visit="2025-04-01"),
        record(record_id="7", facility_id="HC2"),
        record(date_visit="2025-03-09"),
    ]
    bring(*rows, *others)
    bring(record(record_id="8"), options=("--source", "other"))
    named = [rows[0], rows[1] | {"sex": "male"}]
    assert bring(*named, covers=MONTH) == {"duplicate": 1, "amended": 1}
    assert "not in it" not in bring.said
    bring(*named, covers=MONTH, options=("--complete", "--dry-run"))
    assert "4 records of what the file covers are not in it; they stay" in bring.said
    bring(*named, covers=MONTH, options=("--complete",))
    assert "4 records of what the file covers are not in it; they stay" in bring.said
    assert cli("verify").stdout.startswith("9 current records\neverything agrees")


def test_missing_records_are_withdrawn_only_where_it_is_asked_for(bring, look, cli):
    rows = [record(record_id=str(n), date_visit=f"2025-03-0{n}") for n in range(1, 6)]
    bring(*rows)
    withdraw = ("--complete", "--withdraw-missing")
    assert bring(rows[0], rows[1], covers=MONTH, options=withdraw) == {"duplicate": 2}
    assert "3 records of what the file covers are not in it, and were withdrawn" in bring.said
    assert cli("verify").stdout == "2 current records\neverything agrees\n"
    short = bring.path
    assert bring(*rows, record(record_id="9")) == {"accepted": 4, "duplicate": 2}
    # The same bytes again are old news: they take nothing out.
    assert bring(path=short, covers=MONTH, options=withdraw) == {"duplicate": 2}
    assert "4 records of what the file covers are not in it; they stay, since" in bring.said
    # Nor does a file of which rows were sent back: they may be the ones that are missing.
    assert bring(rows[0], record(disease="?"), covers=MONTH, options=withdraw) == {
        "duplicate": 1,
        "rejected": 1,
    }
    assert "5 records of what the file covers are not in it; they stay, since" in bring.said
    assert cli("verify").stdout == "6 current records\neverything agrees\n"


def test_declarations_that_say_nothing_are_refused_and_nothing_is_stored(cli, bring, tmp_path):
    path = write_csv(tmp_path / "x.csv", record())
    tomorrow = str(today_in_cambodia() + timedelta(days=1))
    for options, said in (
        (("--covers", "HC9", "2025-03-01", "2025-03-31"), "facility 'HC9' is not in the facility list"),
        (("--covers", "HC1", "2025-03-31", "2025-03-01"), "lies after"),
        (("--covers", "HC1", "2025-03-01", tomorrow), "has not come yet"),
        (("--covers", "HC1", "March", "2025-03-01"), "must be days"),
        (("--covers", "HC1", "1990-01-01", "2025-03-01"), "ten years"),
        (("--complete",), "--covers FACILITY FROM TO"),
        (("--covers", "HC1", "2025-03-01", "2025-03-31", "--withdraw-missing"), "needs --complete"),
        ((path, "--covers", "HC1", "2025-03-01", "2025-03-31"), "what one file covers"),
    ):
        done = cli("import", path, *options)
        assert (done.code, done.stdout) == (2, "")
        assert said in done.stderr
    assert cli("verify").stdout == "0 current records\neverything agrees\n"


def test_a_declared_cell_is_a_report_for_the_silence_of_facilities(bring, look):
    from db.clusters import case_counts

    bring(record(date_visit="2025-03-09"), covers=[("HC2", "2025-03-03", "2025-03-16"), *MONTH])
    with look.reading() as connection:
        found = case_counts.reports(connection, Scope.everything(), 1, None, date(2025, 3, 20))
        assert case_counts.reports(connection, Scope.of("KH03"), 1, None, None) == []
    days = [(name, day.isoformat()[5:], records) for name, day, records in found]
    assert days == [
        ("HC1", "03-02", 0),
        ("HC1", "03-09", 1),
        ("HC1", "03-16", 0),
        ("HC2", "03-09", 0),
        ("HC2", "03-16", 0),
    ]
