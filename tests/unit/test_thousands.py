"""Populations with separators between thousands."""

from __future__ import annotations

import json

import pytest

from dashboard.services.own_files.numbers import read_numbers
from surveillance.errors import StatisticsError

CASES = "location,count\na,9\nb,1\nc,1\n"
PLACES = "location;latitude;longitude;population\na;12.0;103.0;{}\nb;12.1;103.1;{}\nc;12.2;103.2;{}\n"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["1,000", "12,500", "950"], ["1000", "12500", "950"]),
        (["1 000", "2,000"], ["1 000", "2,000"]),
        (["1\u202f000", "2\u202f000"], ["1000", "2000"]),
        (["1'000", "2'000'000"], ["1000", "2000000"]),
        (["១,២៣៤", "9"], ["1234", "9"]),
        (["1.234.567", "1.234"], ["1234567", "1234"]),
        (["1.234", "2.3"], ["1.234", "2.3"]),
        (["0.512", "2.345"], ["0.512", "2.345"]),
        (["1.000", "900", "1.500"], ["1000", "900", "1500"]),
        (["១.០០០", "៩០០"], ["1000", "900"]),
        (["1,000", "1000"], ["1,000", "1000"]),
        (["1,00", "2,000"], ["1,00", "2,000"]),
        (["1,000.5"], ["1,000.5"]),
        ([None, "1,000"], [None, "1000"]),
        ([], []),
    ],
)
def test_separators_go_where_the_whole_column_is_written_so(written, read):
    assert read_numbers("population", written) == read


def _scan(cli, folder, *people: str):
    cases, places = folder / "cases.csv", folder / "places.csv"
    cases.write_text(CASES, encoding="utf-8")
    places.write_text(PLACES.format(*people), encoding="utf-8")
    options = ("--model", "poisson", "--replicates", "9", "--format", "json")
    return cli("clusters", "--cases", cases, "--locations", places, *options)


def test_a_scan_counts_the_same_people_with_and_without_separators(sqlite_cli, tmp_path):
    with_them = _scan(sqlite_cli, tmp_path, "1,000", "12,500", "950")
    assert with_them.code == 0, with_them.stderr
    without = _scan(sqlite_cli, tmp_path, "1000", "12500", "950")
    found, same = (json.loads(done.stdout)["clusters"] for done in (with_them, without))
    assert [(c["locations"], c["population"], c["llr"]) for c in found] == [
        (c["locations"], c["population"], c["llr"]) for c in same
    ]
    assert found[0]["population"] == 1000


def test_a_column_that_is_written_in_two_ways_is_refused(sqlite_cli, tmp_path):
    done = _scan(sqlite_cli, tmp_path, "1,000", "12500", "950")
    assert done.code == 2
    assert "places.csv, row 2: " in done.stderr


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("population", ["1.000", "12.000", "1.500"]),
        ("population", ["1.234", "2.345"]),
        ("population", ["1.000", "12500"]),
        ("tested", ["1.000", "20"]),
        ("count", ["2.000", "3.000"]),
    ],
)
def test_three_places_everywhere_may_be_thousands_and_are_refused(column, written):
    with pytest.raises(StatisticsError, match=rf"p\.csv, rows? 2.*: {column} '{written[0]}' can be "):
        read_numbers(column, written, "p.csv")


def test_points_between_thousands_count_the_same_people(sqlite_cli, tmp_path):
    done = _scan(sqlite_cli, tmp_path, "1.000", "900", "1.500")
    same = _scan(sqlite_cli, tmp_path, "1000", "900", "1500")
    assert json.loads(done.stdout)["clusters"] == json.loads(same.stdout)["clusters"]
    refused = _scan(sqlite_cli, tmp_path, "1.000", "12.000", "1.500")
    assert refused.code == 2
    assert "places.csv, rows 2, 3, 4: population '1.000' can be 1000 or 1" in refused.stderr


def test_the_row_that_differs_from_most_is_named(sqlite_cli, tmp_path):
    done = _scan(sqlite_cli, tmp_path, "1,000", "2500", "1,500")
    assert done.code == 2
    assert "places.csv, row 3: population '2500' is written otherwise than '1,000' in row 2" in done.stderr


def test_a_fault_of_a_number_or_day_shows_what_stands_there(sqlite_cli, tmp_path):
    cases, places = tmp_path / "cases.csv", tmp_path / "places.csv"
    places.write_text(PLACES.format(1, 2, 3), encoding="utf-8")
    for text, says in (
        ("location,count\na,many\n", "row 2: count is empty or not a number ('many' in row 2)"),
        ("location,count\na,\n", "row 2: count is empty or not a number (row 2 is empty)"),
        ("location,count,date\na,1,soon\n", "row 2: date is empty or not a date ('soon' in row 2)"),
    ):
        cases.write_text(text, encoding="utf-8")
        done = sqlite_cli("clusters", "--cases", cases, "--locations", places, "--model", "poisson")
        assert done.code == 2
        assert says in done.stderr
