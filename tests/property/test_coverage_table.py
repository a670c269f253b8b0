"""`coverage_table` gives the very numbers of the dashboard, from frames."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import cycle, product
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from dashboard.demo.facilities import facility_rows
from dashboard.demo.records import records
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.coverage.table import coverage
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.pipeline import import_file
from dashboard.settings import Settings
from db.core.engine import Database
from geodata.crossings import ALL_CROSSINGS
from geodata.gazetteer import gazetteer
from geodata.provinces import PROVINCES
from surveillance.coverage.indicators import MEASURES
from surveillance.coverage.table import BY, COLUMNS, OF_COHORTS, coverage_table
from surveillance.diseases import DISEASES
from surveillance.errors import StatisticsError
from tests.support.examples import lane
from tests.support.matrix import every_value
from tests.support.servers import Sqlite

RECORDS, SEED = 5_000, 5
TODAY = date(2026, 5, 31)
#: Of the dashboard's columns those that a frame cannot know, or that repeat the question.
NOT_THERE = ("name", "asked_from", "asked_to", "aggregate_reports")
AREAS = {"crossing": tuple(ALL_CROSSINGS), "facility": ()}


class Both(NamedTuple):
    """The same records in a database and in frames."""

    database: Database
    frame: pd.DataFrame
    facilities: pd.DataFrame


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, sqlite_files: Sqlite) -> Iterator[Both]:
    """Records of the demo, imported by the way of real files."""
    with sqlite_files.fresh(migrated=True) as url:
        yield from made(tmp_path_factory, url)


def made(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Both]:
    """The same records twice."""
    folder = tmp_path_factory.mktemp("both")
    frame, facilities = records(SEED, RECORDS), pd.DataFrame(facility_rows())
    frame.to_csv(folder / "line-list.csv", index=False)
    facilities.to_csv(folder / "facilities.csv", index=False)
    key = {"CHHLANG_SECRET_KEY": "a key for this test, of no use anywhere else"}
    settings = Settings.read({"DATABASE_URL": url} | key)
    database, grant = store.open_store(settings), Grant.custodian()
    import_facilities(database, grant, Path(folder, "facilities.csv"))
    import_file(database, grant, settings, Path(folder, "line-list.csv"))
    places = gazetteer()
    for column in ("province_home", "place_infection"):
        frame[column] = [places.match_place(text) for text in frame[column]]
    frame["crossing"] = [places.match_crossing(text) for text in frame["crossing"]]
    yield Both(database, frame, facilities)
    database.dispose()


def dashboard(both: Both, query: CoverageQuery) -> dict[str, dict[str, Any]]:
    """What the dashboard answers: area -> row."""
    table = coverage(both.database, Grant.custodian(), query, TODAY)
    return {row["code"]: {k: v for k, v in row.items() if k not in NOT_THERE} for row in table.records()}


def notebook(both: Both, query: CoverageQuery) -> dict[str, dict[str, Any]]:
    """What the frames answer."""
    table = coverage_table(
        both.frame,
        both.facilities,
        by=query.dimension,
        measure=query.measure,
        disease=query.disease,
        start=query.start,
        end=query.end,
        groups=query.groups,
        areas=AREAS.get(query.by, tuple(PROVINCES)),
        today=TODAY,
    )
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return {str(row["code"]): row for row in rows}


def query(by: str, disease: str, measure: str, **more: Any) -> CoverageQuery:
    """A question by its kind of area."""
    place = by if by in ("home", "infection") else "care"
    named = by if by in ("crossing", "facility") else "province"
    return CoverageQuery(disease, named, place, measure, **more)


def without_reports(flag):
    """A flag without what is said of reports: a frame of records does not know which were due."""
    return "; ".join(part for part in (flag or "").split("; ") if part != "few reports") or None


def assert_alike(both: Both, asked: CoverageQuery) -> int:
    """Both answers are the same, value by value; returns how many areas have a proportion."""
    there, here = dashboard(both, asked), notebook(both, asked)
    assert there.keys() == here.keys()
    different = {
        (code, name): (value, here[code][name])
        for code, row in there.items()
        for name, value in row.items()
        if here[code][name] != (without_reports(value) if name == "flag" else value)
    }
    assert not different, asked
    return sum(row["coverage"] is not None for row in here.values())


@pytest.mark.parametrize(("by", "measure"), every_value([*BY], [*MEASURES]))
def test_every_measure_of_every_disease_by_every_kind_of_area_is_the_dashboards(both, by, measure):
    diseases = DISEASES if by == "care" else ("malaria", "tb", "hiv", "hepatitis_b")
    shown = [assert_alike(both, query(by, disease, measure)) for disease in diseases]
    assert sum(shown) > 9 or (by == "infection" and measure not in ("treatment", "completion"))


PERIODS = (
    {"start": date(2025, 1, 8), "end": date(2025, 6, 30)},
    {"start": date(2024, 5, 2)},
    {"end": date(2023, 12, 31)},
    {"start": date(2030, 1, 1), "end": date(2030, 2, 1)},
)
GROUPS = (
    {"sex": ("female",)},
    {"age": ("15-24", "25-49"), "residence": ("mobile",)},
    {"movement": ("returning", "deported")},
)


@pytest.mark.parametrize("by", BY)
def test_so_are_those_of_a_period_and_of_groups(both, by):
    asked = (("malaria", "treatment"), ("malaria", "completion"), ("hiv", "completion"))
    chosen = (*PERIODS, *({"groups": one} for one in GROUPS))
    every = product(chosen, asked) if lane() == "full" else zip(chosen, cycle(asked))
    for more, (disease, measure) in every:
        assert_alike(both, query(by, disease, measure, **more))


def test_a_table_has_the_columns_of_the_dashboard(both):
    (row, *_) = dashboard(both, query("care", "tb", "testing")).values()
    assert set(row) == set(COLUMNS)
    (row, *_) = dashboard(both, query("care", "tb", "completion")).values()
    assert set(row) == {*COLUMNS, *OF_COHORTS}


def test_vans_widen_the_intervals(both):
    held = notebook(both, query("care", "tb", "testing"))
    assert any(row["design_effect"] and row["design_effect"] > 1 for row in held.values())


# --- frames as notebooks have them ------------------------------------------------------------------

LISTED = pd.DataFrame({"facility_id": ["HC 1", "HC2"], "province": ["KH01", ""]})


def frame(**columns: Any) -> pd.DataFrame:
    """Two records."""
    held = {"facility_id": ["hc1", "HC2"], "disease": "malaria", "date_visit": "2025-01-06"}
    return pd.DataFrame(held | {"eligible": "yes", "tested": ["yes", "no"]} | columns)


@pytest.mark.parametrize(
    "days",
    ["2025-01-06", "2025-01-06T09:30:00", date(2025, 1, 6), pd.Timestamp(2025, 1, 6, 9)],
    ids=lambda day: type(day).__name__,
)
def test_days_are_texts_or_dates(days):
    table = coverage_table(frame(date_visit=days), LISTED)
    assert table[["code", "numerator", "denominator", "from"]].values.tolist() == [
        ["KH01", 1, 1, "2025-01-06"],
        ["unknown", 0, 1, "2025-01-06"],
    ]


@pytest.mark.parametrize(
    "tested", [["Yes", "N"], [True, False], [1.0, 0.0], ["បាទ", "ទេ"]], ids=lambda pair: str(pair[0])
)
def test_answers_are_read_as_files_write_them(tested):
    table = coverage_table(frame(tested=tested), LISTED, by="facility")
    assert table[["code", "numerator", "denominator"]].values.tolist() == [
        ["HC 1", 1, 1],
        ["HC2", 0, 1],
        ["unknown", 0, 0],
    ]


def test_a_missing_value_is_unknown_and_a_withdrawn_record_is_not_counted():
    table = coverage_table(frame(tested=[None, float("nan")], record_status=["", "withdrawn"]), LISTED)
    assert table["unknown"].tolist() == [1, 0]


WRONG = {
    "records has no column disease": lambda: frame().drop(columns="disease"),
    "records, column date_visit, row 2: '06/01/2025' is not understood": lambda: frame(
        date_visit=["2025-01-06", "06/01/2025"]
    ),
    "records, column date_visit, row 1: it is blank": lambda: frame(date_visit=["", "2025-01-06"]),
    "records, column disease, rows 1, 2: 'plague' is not understood": lambda: frame(disease="plague"),
    "records, column tested, row 1: 'perhaps' is not understood": lambda: frame(tested=["perhaps", ""]),
    "records, column age_years, row 1: '200' is not understood": lambda: frame(age_years=["200", ""]),
    "records, row 2: tested is yes after an explicit no": lambda: frame(
        eligible=["yes", "no"], tested=["yes", "yes"]
    ),
    "records, rows 1, 2: facility_id and record_id": lambda: frame(facility_id="HC1", record_id=7.0),
    "disease: the records hold malaria, tb; name one": lambda: frame(disease=["malaria", "tb"]),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_not_understood_is_named_with_its_rows(message):
    with pytest.raises(StatisticsError, match=message.replace("(", r"\(")):
        coverage_table(WRONG[message](), LISTED)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "village"}, "by is 'village': use one of care"),
        ({"measure": "completion"}, "today: completion is judged by a day"),
        ({"groups": {"sex": ("woman",)}}, "groups, sex is 'woman'"),
        ({"start": "soon"}, "start is 'soon': give a day"),
        ({"start": "2025-02-01", "end": "2025-01-01"}, "lies after end"),
    ],
)
def test_what_cannot_be_asked_is_refused(options, message):
    with pytest.raises(StatisticsError, match=message):
        coverage_table(frame(), LISTED, **options)


def test_a_facility_that_is_listed_twice_is_refused():
    with pytest.raises(StatisticsError, match="facilities, rows 1, 2: facility_id is there twice"):
        coverage_table(frame(), pd.DataFrame({"facility_id": ["HC 1", "hc1"], "province": "KH01"}))
