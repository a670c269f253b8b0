"""Populations with separators between thousands."""

from __future__ import annotations

import json

import pytest

from dashboard.services.scan_numbers import read_numbers

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
        (["1.234", "2.345"], ["1.234", "2.345"]),
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
