"""The same weeks of the year before: each facility with itself, after the same delay."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from dashboard.components.coverage.panel import area_panel
from dashboard.components.coverage.table import area_table
from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.coverage import view
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.settings import Settings
from db.core.scope import Scope
from db.tables.records import batch
from surveillance.epiweek import time_cell_first_day
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": KEY})
GRANT = Grant.custodian()
#: A Wednesday; the last four whole weeks end on 28 June 2026.
TODAY = date(2026, 7, 1)
FOUR_WEEKS = {"from": "2026-06-01", "to": "2026-06-28"}
MONDAYS = [date(2026, 6, day) for day in (1, 8, 15, 22)]
YEAR = timedelta(days=364)


class Site:
    """A database whose files came on days of our choosing."""

    def __init__(self, database, folder):
        self.database, self.folder, self.files = database, folder, 0
        listed = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2, 3)]
        import_facilities(database, GRANT, write_csv(folder / "f.csv", *listed))

    def bring(self, came, *rows):
        """Import rows in a file that came on a day."""
        self.files += 1
        path = write_csv(self.folder / f"{self.files}.csv", *rows)
        assert imports.import_file(self.database, GRANT, SETTINGS, path).receipt.rejected == 0
        with self.database.writing() as connection:
            moment = f"{came.isoformat()}T05:00:00+00:00"
            connection.execute(batch.update().where(batch.c.id == self.files).values(received_at=moment))

    def seen(self, area="KH01", today=TODAY, **asked):
        """Panel and changes of a question about dengue in the last four weeks."""
        query = CoverageQuery.read({"disease": "dengue", "by": "province", **FOUR_WEEKS} | asked)
        table, panel, shift = view.view(self.database, GRANT, query, area, today)
        return table, panel, shift


@pytest.fixture
def site(database, tmp_path):
    return Site(database, tmp_path)


def visits(facility, monday, tested, of, **values):
    """Records of one week: so many tested of so many eligible."""
    day = (monday + timedelta(days=2)).isoformat()
    return [
        record(
            disease="dengue",
            facility_id=facility,
            date_visit=day,
            eligible="yes",
            tested="yes" if n < tested else "no",
            record_id=f"{facility}-{day}-{n}",
            **values,
        )
        for n in range(of)
    ]


def two_years(site, came=date(2026, 6, 30)):
    """HC1 reports in all eight weeks. HC2 reports in one year only. Older records: 2024."""
    rows = visits("HC3", date(2024, 1, 1), 1, 1)
    for monday in MONDAYS:
        rows += visits("HC1", monday, 3, 5) + visits("HC1", monday - YEAR, 1, 5)
        rows += visits("HC2", monday, 5, 5)
    site.bring(came, *rows)


def counts(value):
    """Numerator and denominator."""
    return value.numerator, value.denominator


def test_a_disease_with_a_season_is_compared_with_the_year_before_unless_asked(site):
    two_years(site)
    _, panel, shift = site.seen()
    facts = shift.facts
    assert (facts.kind, facts.earlier.start, facts.earlier.end) == (
        "year",
        date(2025, 6, 2),
        date(2025, 6, 29),
    )
    assert (counts(panel.now), counts(panel.compared), counts(panel.earlier)) == ((12, 20), (12, 20), (4, 20))
    assert panel.change.difference == pytest.approx(0.4)
    assert shift.of["KH01"] == panel.change
    _, panel, shift = site.seen(compare="before")
    assert (shift.facts.kind, shift.facts.earlier.start) == ("before", date(2026, 5, 4))
    assert panel.change is None
    tb = CoverageQuery.read({"disease": "tb", "by": "province"})
    assert (tb.comparison, CoverageQuery.read({"disease": "cholera", "by": "province"}).comparison) == (
        "before",
        "year",
    )


def test_a_facility_that_reported_in_one_year_only_is_left_out_and_counted(site):
    two_years(site)
    table, panel, shift = site.seen(area=None)
    assert counts(table.total) == (32, 40)
    assert (counts(panel.compared), counts(panel.earlier)) == ((12, 20), (4, 20))
    assert shift.total == panel.change
    assert panel.change.difference == pytest.approx(0.4)  # and not 32 of 40 less 4 of 20
    assert (shift.facts.unit, shift.facts.kept, shift.facts.left_out) == ("week", 4, 4)
    assert "KH02" not in shift.of
    _, alone, _ = site.seen(area="KH02")
    assert (counts(alone.now), alone.change) == ((20, 20), None)
    assert (alone.facts.kept, alone.facts.left_out) == (0, 4)
    assert "no facility reported in both" in str(area_panel(alone, "", "testing", "week", str))


def test_a_week_that_a_facility_missed_is_missed_in_both_years(site):
    two_years(site)
    site.bring(date(2026, 6, 30), *visits("HC2", MONDAYS[1] - YEAR, 2, 5))
    _, panel, shift = site.seen(area="KH02")
    assert (counts(panel.compared), counts(panel.earlier)) == ((5, 5), (2, 5))
    assert (shift.facts.kept, shift.facts.left_out) == (5, 3)
    # A record of another disease is a report: nobody to count in that week then, and the week is kept.
    other = record(disease="tb", facility_id="HC2", date_visit=(MONDAYS[2] - YEAR).isoformat())
    site.bring(date(2026, 6, 30), other)
    _, panel, shift = site.seen(area="KH02")
    assert (counts(panel.compared), counts(panel.earlier)) == ((10, 10), (2, 5))
    assert (shift.facts.kept, shift.facts.left_out) == (6, 2)


def test_the_year_before_is_as_it_was_known_after_the_same_delay(site):
    site.bring(date(2025, 1, 1), *visits("HC1", date(2024, 1, 1), 1, 1))
    early = [row for monday in MONDAYS for row in visits("HC1", monday - YEAR, 1, 5)]
    site.bring(date(2025, 7, 1), *early)
    late = [row | {"record_id": f"late-{n}"} for n, row in enumerate(visits("HC1", MONDAYS[3] - YEAR, 5, 5))]
    site.bring(date(2025, 9, 1), *late, early[0] | {"tested": "no"})
    site.bring(date(2026, 6, 30), *(row for monday in MONDAYS for row in visits("HC1", monday, 3, 5)))
    _, panel, shift = site.seen()
    assert shift.facts.known_on == date(2025, 7, 2)
    assert counts(panel.earlier) == (4, 20)  # not 8 of 25, which is known now
    _, panel, shift = site.seen(today=date(2026, 9, 9))
    assert shift.facts.known_on == date(2025, 9, 10)
    assert counts(panel.earlier) == (8, 25)
    # By sex, by facility and for the looker-back at that day it is the same rule.
    _, panel, _ = site.seen(sex="unknown")
    assert counts(panel.earlier) == (4, 20)
    _, panel, _ = site.seen(by="facility", area="HC1")
    assert counts(panel.earlier) == (4, 20)
    _, then, back = site.seen(today=date(2026, 12, 1), as_of="2026-07-01")
    assert (back.facts.known_on, counts(then.earlier)) == (date(2025, 7, 2), (4, 20))
    _, then, back = site.seen(today=date(2026, 12, 1), as_of="2026-07-01", sex="unknown,male", age="unknown")
    assert counts(then.earlier) == (4, 20)


def test_what_was_known_then_and_is_not_kept_is_taken_as_known_now_and_said(site):
    two_years(site)
    table, panel, shift = site.seen()
    assert shift.facts.known_on is None
    for language, words in (("en", "as it is known now"), ("km", "ដូចដែលដឹងនៅពេលនេះ")):
        t = translator(language)
        text = str(area_panel(panel, "", "testing", "week", t))
        assert words in text
        assert text.count(words) == 1
        assert words not in area_table(table, shift, {}, "", language, t).caption, "said once on the page"
        assert "2025-06-02" in text
        assert "4" in text
    _, panel, _ = site.seen(area=None)
    english = str(area_panel(panel, "", "testing", "week", str))
    assert (
        "1 with people in both years, in 4 facility-weeks with a report in both; 4 with a report" in english
    )
    assert "are left out, too" not in english


def test_whole_months_are_compared_with_the_same_months(site):
    two_years(site)
    _, panel, shift = site.seen(**{"from": "2026-06-01", "to": "2026-06-30"})
    assert (shift.facts.earlier.start, shift.facts.earlier.end) == (date(2025, 6, 1), date(2025, 6, 30))
    assert (shift.facts.unit, shift.facts.kept, shift.facts.left_out) == ("month", 1, 1)
    assert counts(panel.earlier) == (4, 20)


def test_days_that_are_no_whole_weeks_are_compared_in_whole_weeks_on_both_sides(site):
    two_years(site)
    table, panel, shift = site.seen(**{"from": "2026-06-10", "to": "2026-06-30"})
    assert (table.period.start, table.period.end) == (date(2026, 6, 8), date(2026, 6, 30))
    facts = shift.facts
    assert (facts.now.start, facts.now.end) == (date(2026, 6, 8), date(2026, 7, 5))
    assert (facts.earlier.start, facts.earlier.end) == (date(2025, 6, 9), date(2025, 7, 6))
    assert "Compared in whole weeks: " in str(area_panel(panel, "", "testing", "week", str))


def test_an_account_for_one_province_learns_nothing_of_another_by_the_change(site):
    two_years(site)
    query = CoverageQuery.read({"disease": "dengue", "by": "province", **FOUR_WEEKS})
    own = Grant("official@health.example", "official", Scope.of("KH01"))
    _, panel, shift = view.view(site.database, own, query, None, TODAY)
    assert set(shift.of) == {"KH01"}
    assert (shift.facts.kept, shift.facts.left_out) == (4, 0)
    assert counts(panel.compared) == (12, 20)


def test_the_command_and_the_file_write_the_comparison(sqlite_cli, sqlite_url, tmp_path):
    listed = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2)]
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    rows = visits("HC2", date(2024, 1, 1), 1, 1)
    for monday in MONDAYS[:2]:
        day = monday - timedelta(days=364)
        rows += visits("HC1", day, 3, 5) + visits("HC1", day - YEAR, 1, 5)
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    period = {"from": "2025-06-02", "to": "2025-06-15"}
    asked = (
        "coverage",
        "--disease",
        "dengue",
        "--by",
        "province",
        "--from",
        period["from"],
        "--to",
        period["to"],
    )
    assert "change" not in sqlite_cli(*asked, "--format", "json").json()[0]
    row = sqlite_cli(*asked, "--compare", "year", "--format", "json").json()[0]
    expected = {
        "earlier_from": "2024-06-03",
        "earlier_to": "2024-06-16",
        "compared_with": "year",
        "earlier_known_on": None,
        "paired_by": "week",
        "paired": 2,
        "left_out": 0,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["change"] == pytest.approx(0.4)
    assert sqlite_cli(*asked, "--compare", "week").code == 2
    with served(sqlite_url) as server:
        client = signed_in(server, "official")
        address = f"/export/coverage.csv?disease=dengue&from={period['from']}&to={period['to']}"
        for more, kind in (("", "year"), ("&compare=year", "year"), ("&compare=before", "before")):
            text = client.get(address + more).get_data().decode("utf-8-sig")
            first = next(csv.DictReader(io.StringIO(text)))
            assert first["compared_with"] in (kind, "")
            assert first["earlier_from"] == {"year": "2024-06-03", "before": ""}[kind]
        assert client.get(address + "&compare=week").status_code == 400


@pytest.mark.parametrize("day", [date(2026, 6, 3), date(2026, 6, 10)])
def test_a_widened_period_is_announced_by_the_command_and_in_the_file(day, sqlite_cli, sqlite_url, tmp_path):
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", record(date_visit="2025-06-04"))).code == 0
    asked = ("coverage", "--disease", "tb", "--by", "province", "--format", "json")
    done = sqlite_cli(*asked, "--from", str(day), "--to", "2026-06-14")
    used = (time_cell_first_day(day).isoformat(), "2026-06-14")
    row = done.json()[0]
    assert (row["from"], row["to"], row["asked_from"], row["asked_to"]) == (*used, str(day), "2026-06-14")
    assert f"{used[0]} – {used[1]} is shown instead of {day} – 2026-06-14" in done.stderr
    assert sqlite_cli(*asked, "--from", "2026-06-08", "--to", "2026-06-14").stderr == ""
    with served(sqlite_url) as server:
        address = f"/export/coverage.csv?disease=tb&from={day}&to=2026-06-14"
        text = signed_in(server, "official").get(address).get_data().decode("utf-8-sig")
        assert f"{used[0]} – {used[1]} is shown" in next(csv.DictReader(io.StringIO(text)))["note"]
