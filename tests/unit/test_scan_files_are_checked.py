"""A person's own files for a scan: days, numbers and positions are read and checked as at an import."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from dashboard.services.own_files.days import far_days
from dashboard.services.own_files.numbers import read_numbers
from tests.support.command_line import CommandLine

PLACES = "location,latitude,longitude\na,12.0,103.0\nb,12.1,103.1\nc,12.2,103.2\n"
PEOPLE = "location,latitude,longitude,population\na,12.0,103.0,1000\nb,12.1,103.1,1000\nc,12.2,103.2,1000\n"
MIXED_ERA = "location,date,count\na,2025-03-04,3\nb,2025-03-05,1\nc,2568-03-09,2\na,2025-03-20,4\n"
MIXED_ZONE = MIXED_ERA.replace("2025-03-04", "2025-03-04T17:00:00Z").replace("2568", "2025")
TODAY = (datetime.now() + timedelta(hours=14)).date()  # noqa: DTZ005 - a day that has come nowhere


@pytest.fixture
def scan(tmp_path):
    """A scan of these texts."""
    line = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")

    def run(cases, *options, places=PLACES, people=None):
        (tmp_path / "cases.csv").write_text(cases, encoding="utf-8")
        (tmp_path / "places.csv").write_text(places, encoding="utf-8")
        given = ["--cases", tmp_path / "cases.csv", "--locations", tmp_path / "places.csv"]
        if people is not None:
            (tmp_path / "people.csv").write_text(people, encoding="utf-8")
            given += ["--population", tmp_path / "people.csv"]
        return line("clusters", *given, "--replicates", 9, "--format", "json", *options)

    return run


def period(done):
    """First and last day of the period that was scanned."""
    assert done.code == 0, done.stderr
    used = json.loads(done.stdout)["parameters"]
    return used["start"], used["end"]


@pytest.mark.parametrize("time", ["retrospective", "prospective"])
def test_a_buddhist_year_does_not_stretch_the_period(time, scan):
    done = scan(MIXED_ERA, "--time", time)
    assert period(done) == ("2025-03-04", "2025-03-20")
    assert "far from" not in done.stderr


def test_a_time_with_a_zone_is_the_day_in_phnom_penh(scan):
    assert period(scan(MIXED_ZONE)) == ("2025-03-05", "2025-03-20")


@pytest.mark.parametrize(
    "day", ["4 March 2025", "០៤/០៣/២០២៥", "4 มี.ค. 2568", "45720", "20250304", "2025-3-4 10:30", "04/03/2025"]
)
def test_a_day_is_read_however_it_is_written(day, scan):
    done = scan(MIXED_ERA.replace("2025-03-04", day), "--dates", "day-first")
    assert period(done) == ("2025-03-04", "2025-03-20")


@pytest.mark.parametrize("shown", [(TODAY + timedelta(days=2)).isoformat(), "2125-03-09", "2669-01-02"])
@pytest.mark.parametrize("options", [("--time", "prospective"), ("--time", "none", "--model", "poisson")])
def test_a_day_after_today_is_refused_with_its_row(shown, options, scan):
    done = scan(MIXED_ERA.replace("2568-03-09", shown), *options, places=PEOPLE)
    assert (done.code, done.stdout) == (2, "")
    assert "cases.csv, row 4: date lies after today" in done.stderr


@pytest.mark.parametrize("text", ["1900-01-01", "31/12/9999", "0000-00-00", "1899-12-30"])
def test_a_placeholder_is_refused_with_its_row(text, scan):
    done = scan(MIXED_ERA.replace("2568-03-09", text))
    assert done.code == 2
    assert (
        "cases.csv, row 4: date is empty or not a date (it stands for a day that is not known)" in done.stderr
    )


def test_a_day_that_can_be_two_is_refused_with_the_way_to_declare_it(scan):
    cases = MIXED_ERA.replace("2025-03-04", "04/03/2025")
    done = scan(cases)
    assert done.code == 3
    for part in ("cases.csv, row 2: '04/03/2025' is 2025-03-04 day first and 2025-04-03 month first",
                 "--dates day-first or --dates month-first"):  # fmt: skip
        assert part in done.stderr
    assert period(scan(cases, "--dates", "month-first")) == ("2025-03-05", "2025-04-03")
    assert period(scan(cases.replace("2025-03-20", "20/03/2025"))) == ("2025-03-04", "2025-03-20")


def test_a_file_in_both_orders_and_a_day_in_the_other_order_are_refused_with_rows(scan):
    both = MIXED_ERA.replace("2025-03-04", "04/03/2025").replace("2025-03-05", "15/03/2025")
    both = both.replace("2025-03-20", "03/20/2025")
    done = scan(both)
    assert done.code == 2
    assert "cases.csv, row 2: date can be two days" in done.stderr
    done = scan(both, "--dates", "day-first")
    assert "cases.csv, row 5: date is no day in the order that --dates declares" in done.stderr


def test_buddhist_years_after_may_are_asked_about(scan):
    cases = MIXED_ERA.replace("2568-03-09", "2568-06-09")
    done = scan(cases)
    assert done.code == 3
    for part in ("cases.csv, row 4: '2568-06-09' is 2025-06-09 by the Thai reckoning and 2024-06-09",
                 "--era thai or --era cambodian"):  # fmt: skip
        assert part in done.stderr
    assert period(scan(cases, "--era", "thai")) == ("2025-03-04", "2025-06-09")
    assert period(scan(cases, "--era", "cambodian")) == ("2024-06-09", "2025-03-20")
    assert period(scan(cases.replace("2568-06-09", "9 มิ.ย. 2568"))) == ("2025-03-04", "2025-06-09")


def test_a_period_that_ends_after_today_or_long_after_the_file_is_no_silent_all_clear(scan):
    cases = MIXED_ERA.replace("2568", "2025")
    done = scan(cases, "--to", (TODAY + timedelta(days=2)).isoformat(), "--time", "prospective")
    assert (done.code, done.stdout) == (2, "")
    assert "lies after today" in done.stderr
    done = scan(cases, "--to", "2025-05-20", "--time", "prospective")
    assert done.code == 0
    assert "the last 61 days of the period hold no case" in done.stderr
    assert "hold no case" not in scan(cases, "--to", "2025-03-31").stderr


def test_a_day_far_from_all_others_is_named_and_kept_among_the_parameters(scan):
    done = scan(MIXED_ERA.replace("2568-03-09", "2015-03-09"))
    assert period(done) == ("2015-03-09", "2025-03-20")
    assert "cases.csv, row 4: 2015-03-09 lies far from all other days" in done.stderr
    assert json.loads(done.stdout)["parameters"]["far_days"] == [{"day": "2015-03-09", "rows": [4]}]


def test_days_are_far_only_where_the_others_lie_close_and_hold_the_most():
    near = [f"2025-03-{day:02}" for day in range(1, 29)]
    assert far_days([*near, "2024-03-05"]) == ["2024-03-05"]
    assert far_days([*near, "2015-01-01", "2005-01-01"]) == ["2005-01-01", "2015-01-01"]
    assert far_days([*near, "2025-06-05"]) == []
    assert far_days([f"{year}-07-01" for year in range(1973, 1992)]) == []
    assert far_days(near + [day.replace("2025", "2024") for day in near]) == []
    assert far_days(["2025-03-01", "2015-03-01", None]) == []


@pytest.mark.process
def test_day_numbers_and_date_cells_of_both_systems_are_read(scan, tmp_path):
    import xlsxwriter

    for from_1904, number in ((False, 45726), (True, 44264)):
        options = {"default_date_format": "dd/mm/yyyy", "date_1904": from_1904}
        with xlsxwriter.Workbook(str(tmp_path / "cases.xlsx"), options) as book:
            sheet = book.add_worksheet()
            cells = (
                ("location", "date", "count"),
                ("a", number, 3),
                ("b", date(2025, 3, 12), 1),
                ("c", number, 2),
            )
            for row, line in enumerate(cells):
                sheet.write_row(row, 0, line)
        (tmp_path / "places.csv").write_text(PLACES, encoding="utf-8")
        line = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")
        done = line("clusters", "--cases", tmp_path / "cases.xlsx", "--locations", tmp_path / "places.csv",
                    "--replicates", 9, "--format", "json")  # fmt: skip
        assert period(done) == ("2025-03-10", "2025-03-12")


def test_a_place_at_zero_zero_is_refused_and_its_cases_are_said(scan):
    done = scan("location,count\na,5\nb,1\nc,1\nUnassigned,40\n", places=f"{PEOPLE}Unassigned,0,0,1000\n")
    assert (done.code, done.stdout) == (2, "")
    for part in ("places.csv, row 5: 0, 0 is what a device writes", "Unassigned, with 40 cases"):
        assert part in done.stderr


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("103.1,12.1", "row 3: Latitude 103.1 and longitude 12.1 look exchanged"),
        ("12.1,-103.1", "row 3: 12.1, -103.1 is far from Cambodia"),
        ("0.0,-0.0", "row 3: 0, 0 is what a device writes"),
        ("112.1,103.1", "row 3: latitude is beyond 90 degrees"),
    ],
)
def test_a_position_that_a_list_of_facilities_would_not_take_is_refused(point, said, scan):
    done = scan("location,count\na,5\nb,1\n", places=PEOPLE.replace("12.1,103.1", point))
    assert done.code == 2
    assert f"places.csv, {said}" in done.stderr


def test_another_country_is_scanned_and_positions_that_are_not_used_are_not_checked(scan, tmp_path):
    cases = "location,count\na,5\nb,1\nc,2\n"
    mexico = PEOPLE.replace("12.", "35.").replace("103.", "-106.")
    assert scan(cases, places=mexico).code == 0
    zero = PEOPLE.replace("12.1,103.1", "0,0")
    (tmp_path / "near.csv").write_text("centre,location\na,b\nc,b\n", encoding="utf-8")
    assert scan(cases, "--neighbours", tmp_path / "near.csv", places=zero).code == 0


def test_digits_of_other_scripts_are_counts_people_and_positions(scan):
    done = scan(
        "location,count\na,៥\nb,๑\nc,໒\n", places=PEOPLE.replace("1000", "១០០០").replace("12.0", "១២.០")
    )
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["parameters"]["cases"] == 8


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["1,250", "980", None], ["1250", "980", None]),
        (["1 250", "12 000 000"], ["1250", "12000000"]),
        (["1.250.000", "980.125"], ["1250000", "980125"]),
        (["1,250", "1250"], ["1,250", "1250"]),
        (["1.250", "980.1250"], ["1.250", "980.1250"]),
        (["1,25", "3,5"], ["1,25", "3,5"]),
        (["១,២៥០"], ["1250"]),
    ],
)
def test_thousands_are_set_apart_where_every_number_of_the_people_is_written_so(given, read):
    assert read_numbers("population", given) == read
    assert read_numbers("count", ["1,250"]) == ["1,250"]


def test_people_may_have_a_year_or_a_month_alone_and_lie_ahead(scan):
    def people(*dates):
        return "location,date,population\n" + "".join(f"{p},{d},1000\n" for p in "abc" for d in dates)

    for dates in (
        ("2024", "2026"),
        ("2567", "2569"),
        ("2024-07-01", "2030-07-01"),
        ("2567-03-01", "2568-03-01"),
    ):
        done = scan(MIXED_ERA, "--time", "retrospective", people=people(*dates))
        assert done.code == 0, done.stderr


def test_days_can_be_declared_where_a_file_is_named_only(tmp_path):
    line = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")
    done = line("clusters", "--disease", "tb", "--by", "province", "--era", "thai")
    assert done.code == 2
    assert "--era says how files write days, and no file is named" in done.stderr
