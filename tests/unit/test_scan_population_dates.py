"""A population with dates: whole integrals, years and months, places that lack a date, scans without time."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from surveillance.errors import StatisticsError
from surveillance.scan import scan
from surveillance.scan.periods import time_units
from surveillance.scan.problem.inputs import read_population
from surveillance.scan.problem.person_time import Calendar
from tests.support.command_line import CommandLine
from tests.support.workbooks import write_ods

_KNOWN = {"a": 0, "b": 1}
_NAMES = np.array(["a", "b"], dtype=object)


def people(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Population of locations on dates, read as a scan reads it."""
    frame = pd.DataFrame(rows, columns=["location", "date", "population"])
    return read_population(frame, (), _KNOWN)


def person_days(table: pd.DataFrame, start: date, end: date, unit: str = "day") -> list[float]:
    """Person-time of place a in each unit."""
    units = time_units(start, end, unit)
    calendar = Calendar.of(table, units.starts, units.ends[-1])
    return calendar.person_time(table, 2)[0].tolist()


def by_fine_steps(knots: list[tuple[float, float]], start: date, end: date, steps: int = 2000) -> float:
    """The integral as a plain sum of many slices."""
    first, last = start.toordinal(), end.toordinal() + 1
    middle = first + (np.arange((last - first) * steps) + 0.5) / steps
    days, values = zip(*knots, strict=True)
    return float(np.interp(middle, days, values).sum() / steps)


def test_a_date_given_to_the_day_is_flat_for_that_day_and_slopes_from_its_end() -> None:
    table = people(("a", "2024-01-01", 100), ("a", "2024-01-11", 200))
    found = person_days(table, date(2024, 1, 1), date(2024, 1, 12))
    # 1 January flat; nine days of slope from 2 January, each its own middle; 11 January on flat.
    slope = [100 + 100 * (day + 0.5) / 9 for day in range(9)]
    assert found == pytest.approx([100, *slope, 200, 200])
    first = date(2024, 1, 1).toordinal()
    knots = [(first, 100), (first + 1, 100), (first + 10, 200), (first + 11, 200)]
    (whole,) = person_days(table, date(2024, 1, 1), date(2024, 1, 12), "month")
    assert whole == pytest.approx(by_fine_steps(knots, date(2024, 1, 1), date(2024, 1, 12)))


def test_a_year_alone_is_the_first_of_july_and_a_month_alone_its_fifteenth_without_a_flat_day() -> None:
    for first, last, days in (
        ("2023", "2024", (date(2023, 7, 1), date(2024, 7, 1))),
        (2023, 2024, (date(2023, 7, 1), date(2024, 7, 1))),
        (2023.0, 2024.0, (date(2023, 7, 1), date(2024, 7, 1))),
        ("2024-03", "2024-05", (date(2024, 3, 15), date(2024, 5, 15))),
    ):
        table = people(("a", first, 1000), ("a", last, 400))
        knots = [(days[0].toordinal(), 1000.0), (days[1].toordinal(), 400.0)]
        start, end = days[0] - timedelta(days=10), days[1] + timedelta(days=20)
        total = sum(person_days(table, start, end))
        assert total == pytest.approx(by_fine_steps(knots, start, end, 20), rel=1e-9)


def test_before_the_first_date_and_after_the_last_the_population_stays() -> None:
    table = people(("a", "2024-01-10", 70))
    assert person_days(table, date(2024, 1, 1), date(2024, 1, 3)) == [70, 70, 70]
    assert person_days(table, date(2025, 1, 1), date(2025, 1, 2)) == [70, 70]


def test_only_the_last_date_before_the_period_and_the_first_after_it_count() -> None:
    near = people(("a", "2024-01-01", 100), ("a", "2024-03-01", 200))
    far = people(
        ("a", "2020-01-01", 9), ("a", "2024-01-01", 100), ("a", "2024-03-01", 200), ("a", "2030", 9000),
        ("b", "2024-01-01", 5), ("b", "2024-03-01", 5),
    )  # fmt: skip
    asked = (date(2024, 1, 20), date(2024, 2, 9))
    assert person_days(far, *asked) == pytest.approx(person_days(near, *asked))
    # b has no row on the dates that do not count: that is no fault.
    units = time_units(*asked, "day")
    Calendar.of(far, units.starts, units.ends[-1]).refuse_gaps(far, _NAMES)


def test_days_in_a_row_are_each_their_own() -> None:
    table = people(("a", "2024-01-01", 10), ("a", "2024-01-02", 30), ("a", "2024-01-03", 20))
    assert person_days(table, date(2024, 1, 1), date(2024, 1, 3)) == pytest.approx([10, 30, 20])


def test_two_dates_that_mean_the_same_day_are_refused() -> None:
    with pytest.raises(StatisticsError, match=r"the dates .* mean the same day"):
        person_days(people(("a", "2024", 1), ("a", "2024-07-01", 2)), date(2024, 1, 1), date(2024, 1, 3))


def places(**more: Any) -> pd.DataFrame:
    """Four places in a row."""
    return pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0} | more)


CASES = pd.DataFrame({"location": list("abcd"), "count": [30, 10, 10, 10], "sex": "f", "date": "2024-06-01"})


@pytest.mark.parametrize("time", ["none", "retrospective"])
def test_a_place_without_a_row_on_a_date_that_others_have_is_refused_with_place_and_date(time: str) -> None:
    table = pd.DataFrame(
        [(place, year, 100) for place in "abcd" for year in (2023, 2024) if (place, year) != ("c", 2024)],
        columns=["location", "date", "population"],
    )
    asked = {"model": "poisson", "time": time, "replicates": 0, "population": table}
    with pytest.raises(StatisticsError, match="population: c has no row on 2024, a date that others have"):
        scan(CASES, places(), **asked, start=date(2023, 1, 1), end=date(2024, 12, 31))


def test_a_group_without_a_row_on_a_date_that_others_have_is_refused() -> None:
    table = pd.DataFrame(
        [
            (place, year, sex, 100)
            for place in "abcd"
            for year in ("2023", "2024")
            for sex in "fm"
            if (place, year, sex) != ("b", "2023", "m")
        ],
        columns=["location", "date", "sex", "population"],
    )
    with pytest.raises(StatisticsError, match=r"population: b \(m\) has no row on 2023"):
        scan(CASES, places(), model="poisson", covariates=("sex",), replicates=0, population=table)


@pytest.mark.parametrize("time", ["none", "retrospective"])
def test_a_place_without_any_row_is_refused_with_place_and_date(time: str) -> None:
    rows = [(place, year, 100) for place in "abc" for year in (2023, 2024)]
    table = pd.DataFrame(rows, columns=["location", "date", "population"])
    cases = CASES[CASES["location"] != "d"]
    asked = {"model": "poisson", "time": time, "replicates": 0, "population": table}
    with pytest.raises(StatisticsError, match=r"d has no row on 2023, .*, and 1 more are missing; add it"):
        scan(cases, places(), **asked, start=date(2023, 1, 1), end=date(2024, 12, 31))


def test_a_group_without_any_row_in_one_place_is_refused() -> None:
    rows = [
        (place, year, sex, 100)
        for place in "abcd"
        for year in ("2023", "2024")
        for sex in "fm"
        if (place, sex) != ("b", "m")
    ]
    table = pd.DataFrame(rows, columns=["location", "date", "sex", "population"])
    with pytest.raises(StatisticsError, match=r"population: b \(m\) has no row on 2023"):
        scan(CASES, places(), model="poisson", covariates=("sex",), replicates=0, population=table)


def test_rows_of_one_place_date_and_group_are_refused_with_their_numbers() -> None:
    undated = pd.DataFrame(
        [(p, s, 100) for p in "abcd" for s in "fm"], columns=["location", "sex", "population"]
    )
    twice = pd.concat([undated, undated.iloc[[3]]], ignore_index=True)
    asked = {"model": "poisson", "covariates": ("sex",), "replicates": 0}
    with pytest.raises(
        StatisticsError, match="population, rows 4, 9: several rows have the same location, date and group"
    ):
        scan(CASES, places(), **asked, population=twice)
    dated = [("a", "2023", 10), ("b", "2023", 10), ("a", "2024", 10), ("a", "2023", 10), ("b", "2024", 10)]
    with pytest.raises(
        StatisticsError, match="population, rows 1, 4: several rows have the same location, date and group"
    ):
        people(*dated)
    assert len(people(*dated[:3])) == 3


def test_the_command_refuses_an_incomplete_or_repeated_population_with_exit_2(tmp_path) -> None:
    CASES[CASES["location"] != "d"].to_csv(tmp_path / "cases.csv", index=False)
    places().to_csv(tmp_path / "places.csv", index=False)
    rows = ["location,date,population", *(f"{place},{year},100" for year in (2023, 2024) for place in "abc")]
    command = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")
    path = tmp_path / "people.csv"
    given = ["--cases", tmp_path / "cases.csv", "--locations", tmp_path / "places.csv", "--population", path]
    for lines, said in (
        (rows, "d has no row on 2023"),
        ([*rows, "d,2023,5", "d,2024,5", "b,2024,7"], "people.csv, rows 6, 10: several rows"),
    ):
        path.write_text("\n".join(lines))
        done = command("clusters", *given, "--model", "poisson", env={"CHHLANG_SECRET_KEY": None})
        assert done.code == 2
        assert said in done.stderr


def test_without_time_a_population_with_dates_is_averaged() -> None:
    table = pd.DataFrame(
        [
            (place, day, 100 if place != "b" else many)
            for place in "abcd"
            for day, many in (("2023", 50), ("2024", 150))
        ],
        columns=["location", "date", "population"],
    )
    plain = scan(CASES, places(population=100), model="poisson", replicates=0)
    dated = scan(CASES, places(), model="poisson", replicates=0, population=table)
    assert dated.clusters["llr"].to_numpy() == pytest.approx(plain.clusters["llr"].to_numpy())
    assert dated.members["population"].to_numpy() == pytest.approx(plain.members["population"].to_numpy())
    # Of a study period that is given, the average of that period: after the last date b has 150.
    late = scan(
        CASES.drop(columns="date"), places(), model="poisson", replicates=0, population=table, rates="both",
        start=date(2025, 1, 1), end=date(2025, 12, 31),
    )  # fmt: skip
    held = scan(CASES, places(population=[100, 150, 100, 100]), model="poisson", replicates=0, rates="both")
    assert late.clusters["llr"].to_numpy() == pytest.approx(held.clusters["llr"].to_numpy())


@pytest.mark.process
@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "ods"])
def test_years_and_months_are_dates_of_populations_in_every_form_of_file(form, tmp_path) -> None:
    CASES[["location", "date", "count"]].to_csv(tmp_path / "cases.csv", index=False)
    places().to_csv(tmp_path / "places.csv", index=False)
    rows = [
        (place, when, 100 + 10 * number)
        for place in "abcd"
        for number, when in enumerate((2023, "2024-03", 2025))
    ]
    path = tmp_path / f"people.{form}"
    if form == "csv":
        pd.DataFrame(rows, columns=["location", "date", "population"]).to_csv(path, index=False)
    elif form == "json":
        path.write_text(
            json.dumps([dict(zip(("location", "date", "population"), row, strict=True)) for row in rows])
        )
    elif form == "ods":
        write_ods(path, {"people": [("location", "date", "population"), *rows]})
    else:
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for line, row in enumerate([("location", "date", "population"), *rows]):
                sheet.write_row(line, 0, row)
    command = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")
    given = ["--cases", tmp_path / "cases.csv", "--locations", tmp_path / "places.csv", "--population", path]
    asked = ["--model", "poisson", "--time", "retrospective", "--time-unit", "month", "--replicates", 9]
    period = ["--from", "2024-01-01", "--to", "2024-12-31", "--format", "json"]
    done = command("clusters", *given, *asked, *period, env={"CHHLANG_SECRET_KEY": None})
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["clusters"][0]["centre"] == "a"
