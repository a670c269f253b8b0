"""A change is shown only where what was compared may stand for it; how it was found is said once."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest

from dashboard.components.coverage.panel import area_panel
from dashboard.components.coverage.table import area_table
from dashboard.components.coverage.words import notes
from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.coverage.view import view
from db.maintenance.opening import open_database
from tests.support.files import write_csv
from tests.support.web import callback_body, served, signed_in
from tests.unit.test_panel import words
from tests.unit.test_vans_shown import FACILITIES, people

TODAY = date(2026, 11, 29)
GRANT = Grant.custodian()
MARCH = CoverageQuery("tb", measure="testing", start=date(2025, 3, 1), end=date(2025, 3, 31))


@pytest.fixture
def held(sqlite_cli, sqlite_url, tmp_path):
    """Imports rows, and gives the database."""
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
    opened = []

    def imported(*rows):
        assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
        opened.append(open_database(sqlite_url))
        return opened[-1]

    yield imported
    for database in opened:
        database.dispose()


def export(server, address):
    """Rows of a download, by code."""
    text = signed_in(server, "official").get(address).get_data().decode("utf-8-sig")
    return {row["code"]: row for row in csv.DictReader(io.StringIO(text))}


def whole_panel(panel):
    return words(area_panel(panel, "Area", "testing", "month", str))


def test_a_change_of_less_than_half_of_the_people_is_not_shown_for_the_area(held, sqlite_url):
    """One facility of three has people in both months: 30 of 130."""
    database = held(
        *people("2025-01-15", 1, 1, "HC3"),
        *people("2025-02-10", 30, 30, "HC1"),
        *people("2025-03-10", 30, 3, "HC1"),
        *people("2025-03-10", 100, 90, "HC2"),
    )
    for area in ("KH01", None):
        _, panel, shifts = view(database, GRANT, MARCH, area, TODAY)
        assert (shifts.of, shifts.total, panel.change) == ({}, None, None)
        assert shifts.too_few == {"KH01": (30, 130), None: (30, 130)}
        said = whole_panel(panel)
        assert "the facilities with people in both periods hold 30 of the 130 people, less than half" in said
        assert "Lower than before" not in said
    with served(sqlite_url) as server:
        rows = export(server, "/export/coverage.csv?disease=tb&from=2025-03-01&to=2025-03-31")
    assert (rows["KH01"]["change"], rows["KH01"]["change_missing"]) == ("", "few_compared")
    assert rows["KH02"]["change_missing"] == "nobody_compared"


def test_a_change_of_half_of_the_people_is_shown(held):
    database = held(
        *people("2025-01-15", 1, 1, "HC3"),
        *people("2025-02-10", 30, 30, "HC1"),
        *people("2025-03-10", 30, 3, "HC1"),
        *people("2025-03-10", 30, 20, "HC2"),
    )
    _, panel, shifts = view(database, GRANT, MARCH, "KH01", TODAY)
    assert panel.change == shifts.of["KH01"]
    assert shifts.too_few == {}


def test_that_the_values_differ_stands_open_and_only_other_numbers_are_repeated(held):
    database = held(
        *people("2025-01-15", 1, 1, "HC3"),
        *people("2025-02-10", 30, 30, "HC1"),
        *people("2025-03-10", 30, 3, "HC1"),
        *people("2025-03-10", 30, 20, "HC2"),
    )
    table, panel, shifts = view(database, GRANT, MARCH, "KH01", TODAY)
    parts = area_panel(panel, "Area", "testing", "month", str)
    (values,) = [part for part in parts if getattr(part, "className", "") == "values"]
    assert "The two values differ by −61.7 points" in words(values)
    (folded,) = [part for part in parts if getattr(part, "className", "") == "folded"]
    (compared,) = [part for part in folded.children if getattr(part, "className", "") == "compared"]
    assert "Each facility is compared with itself: 1 with people in both periods. Left out: 1" in words(
        compared
    )
    assert "Of those compared" not in words(parts) and "In the weeks compared" not in words(parts)
    assert words(parts).count("Each facility is compared") == 1
    assert "compared with itself" not in area_table(table, shifts, {}, "", "en", str).caption


def two_years(*more):
    rows = people("2024-01-03", 1, 1, "HC3")
    for year in (2024, 2025, 2026):
        rows += people(f"{year}-05-13", 20, 10, "HC1", province_home="KH01", crossing="TH01")
    return [*rows, *more]


@pytest.mark.parametrize(
    "days", [(date(2025, 1, 1), date(2026, 1, 31)), (date(2025, 6, 2), date(2026, 6, 14))]
)
def test_more_than_a_year_is_compared_with_the_period_before_and_that_is_said(
    days, held, sqlite_cli, sqlite_url
):
    database = held(*people("2022-01-03", 1, 1, "HC3"), *two_years())
    query = replace(MARCH, start=days[0], end=days[1], compare="year")
    _, panel, shifts = view(database, GRANT, query, "KH01", TODAY)
    assert shifts.facts.kind == "before"
    assert shifts.facts.earlier.end < days[0]
    said = "The period is longer than a year and would overlap the same time of the year before"
    assert said in whole_panel(panel)
    assert "the period before" in whole_panel(panel)
    asked = ("--disease", "tb", "--by", "province", "--from", str(days[0]), "--to", str(days[1]))
    done = sqlite_cli("coverage", *asked, "--compare", "year")
    assert said in done.stdout + done.stderr
    with served(sqlite_url) as server:
        address = f"/export/coverage.csv?disease=tb&from={days[0]}&to={days[1]}&compare=year"
        row = export(server, address)["KH01"]
    assert row["compared_with"] == "before"
    assert said in row["note"]
    assert "វែងជាងមួយឆ្នាំ" in " ".join(notes(shifts.facts, translator("km")))


def numbered(rows):
    return [row | {"person_id": f"P{k}", "person_id_issuer": "moh"} for k, row in enumerate(rows)]


def test_half_a_year_of_persons_is_compared_with_no_year(held, sqlite_url):
    """The data end in May 2026: 2026 has no change, 2025 has one."""
    database = held(*numbered(two_years()))
    query = CoverageQuery("tb", count="persons", start=date(2026, 1, 1), end=date(2026, 12, 31))
    table, panel, shifts = view(database, GRANT, query, "KH01", TODAY)
    assert panel.now.denominator == 20
    assert (shifts.of, shifts.total, panel.change, panel.earlier) == ({}, None, None, None)
    said = "No change is shown: 2026 is known up to 2026-05-17 only, and persons cannot be cut within a year."
    assert said in whole_panel(panel)
    assert said in area_table(table, shifts, {}, "", "en", str).caption
    year = replace(query, start=date(2025, 1, 1), end=date(2025, 12, 31))
    assert view(database, GRANT, year, "KH01", TODAY)[1].change is not None
    # In the middle of 2025 the data end later than the day.
    assert view(database, GRANT, year, "KH01", date(2025, 7, 1))[1].change is None
    with served(sqlite_url) as server:
        row = export(server, "/export/coverage.csv?disease=tb&count=persons&from=2026-01-01&to=2026-12-31")[
            "KH01"
        ]
    assert (row["change"], row["change_missing"]) == ("", "incomplete_year")
    assert said in row["note"]


@pytest.mark.parametrize(
    "asked",
    [{"disease": "hiv", "place": "home"}, {"disease": "syphilis", "place": "home"}, {"disease": "hiv"}],
    ids=str,
)
def test_where_facilities_are_not_paired_the_page_and_the_file_say_so(asked, held, sqlite_url):
    database = held(*(row | {"disease": asked.get("disease", "tb")} for row in two_years()))
    query = replace(MARCH, start=date(2026, 5, 1), end=date(2026, 5, 31), compare="year", **asked)
    area = "KH01"
    _, panel, _ = view(database, GRANT, query, area, TODAY)
    assert panel.change is not None
    said = whole_panel(panel)
    for words_of in (
        "Facilities are not paired here: the sums of both periods are compared.",
        "The year before is taken as it is known now.",
    ):
        assert said.count(words_of) == 1
    parameters = "&".join(f"{name}={value}" for name, value in ({"disease": "tb"} | asked).items())
    with served(sqlite_url) as server:
        row = export(server, f"/export/coverage.csv?{parameters}&from=2026-05-01&to=2026-05-31&compare=year")[
            area
        ]
    assert (row["compared_as"], row["earlier_known"]) == ("sums", "now")
    assert "Facilities are not paired here" in row["note"]


def test_the_total_of_one_area_is_the_value_of_that_area(held):
    """Women are of one home only; the vans of the others do not widen the range of the total."""
    rows = []
    for van, tested in enumerate((9, 8, 2, 5)):
        rows += people("2025-03-10", 10, tested, "HC1", van=f"W{van}", sex="female", province_home="KH01")
        rows += people("2025-03-11", 30, 3 * tested, "HC2", van=f"M{van}", sex="male", province_home="KH12")
    database = held(*rows)
    for asked in (
        {"groups": {"sex": ("female",)}},
        {"groups": {"sex": ("female",)}, "place": "home"},
        {"groups": {"sex": ("female",)}, "by": "facility"},
    ):
        table, panel, _ = view(database, GRANT, replace(MARCH, **asked), None, TODAY, "month")
        (row,) = [row for row in table.rows if row.value.denominator]
        assert row.value.effect > 1
        assert table.total == row.value == panel.now
        (point,) = [point for point in panel.trend if point.value.denominator]
        assert point.value.effect == pytest.approx(row.value.effect)


def test_the_panel_of_a_provincial_account_by_crossing_is_headed_by_a_name(held, sqlite_url):
    held(*two_years())
    with served(sqlite_url) as server:
        client = signed_in(server, "provincial")
        answer = client.post("/_dash-update-component", json=callback_body(client, "?disease=tb&by=crossing"))
    panel = json.dumps(answer.json["response"]["panel"])
    assert "Your provinces together" in panel
    assert '"children": "count"' not in panel


def test_a_scrap_before_a_trend_is_counted_in_its_first_point_and_that_is_said(held):
    """52 weeks from Monday 30 June: one day of the second quarter."""
    database = held(
        *people("2025-05-13", 1, 1, "HC3"),
        *people("2025-06-30", 7, 7, "HC1"),
        *people("2025-08-13", 40, 20, "HC1"),
        *people("2026-06-10", 40, 20, "HC1"),
    )
    query = replace(MARCH, start=date(2025, 6, 30), end=date(2026, 6, 28))
    _, panel, _ = view(database, GRANT, query, "KH01", TODAY, "quarter")
    first = panel.trend[0]
    assert [point.label for point in panel.trend] == ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]
    assert (first.start, first.end, first.whole) == (date(2025, 6, 30), date(2025, 9, 30), False)
    assert (first.value.numerator, first.value.denominator) == (27, 47)
    assert sum(point.value.denominator or 0 for point in panel.trend) == panel.now.denominator
    said = "The first point, 2025-Q3, is of 2025-06-30 – 2025-09-30"
    assert said in words(area_panel(panel, "", "testing", "quarter", str))
    half = replace(query, start=date(2025, 5, 12))
    assert view(database, GRANT, half, "KH01", TODAY, "quarter")[1].trend[0].label == "2025-Q2"
