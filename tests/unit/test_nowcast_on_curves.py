"""Nowcasts of the database: by the day of report, by the file that came, in curves, files and the command."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from dashboard.curve_filters import CurveQuery
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.curves.curve import curve
from db.core.scope import Scope
from db.tables.records import batch, episode
from surveillance.nowcast.delays import delays
from tests.support.files import record, write_csv
from tests.support.web import served, settings, signed_in

FACILITIES = (
    {"facility_id": "HC1", "name_en": "One", "province": "KH01"},
    {"facility_id": "HC2", "name_en": "Two", "province": "KH02"},
)
#: The last complete week begins on the Monday; the data end on a Wednesday.
MONDAY, LAST = date(2026, 6, 15), date(2026, 6, 24)
WEEKS = 30
STEPS = (("onset", "visit"), ("visit", "report"))
#: Of 40 records of a week 30 are reported within it, and 10 in the next.
PROMPT, LATE = 30, 10


def records():
    """Every record that was reported by the last day; those of the running week, too."""
    found = []
    for back in range(-1, WEEKS):
        monday = MONDAY - timedelta(weeks=back)
        for number in range(PROMPT + LATE):
            seen = monday + timedelta(days=number % 3)
            report = monday + timedelta(days=3 if number < PROMPT else 12)
            report = seen if back < 0 else report  # of the running week is known what was seen
            if report > LAST:
                continue
            row = record(record_id=f"{back}-{number}", disease="awd", facility_id=f"HC{1 + number % 2}")
            row |= {"date_visit": seen, "date_onset": seen, "date_report": report, "eligible": "yes"}
            found.append(row | {"tested": "yes", "positive": "yes", "movement": "returning"})
    return found


@pytest.fixture
def url(cli, prepared, database_url, tmp_path):
    """A database of thirty weeks in one file."""

    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        done = cli("import", write_csv(tmp_path / "l.csv", *records()))
        assert done.code == 0, done.stderr

    prepared(fill)
    return database_url


@pytest.fixture
def database(url):
    opened = store.open_store(settings(url))
    yield opened
    opened.dispose()


def asked(database, role="official", **given):
    """The curve of a question."""
    query = CurveQuery.read({"disease": "awd", "from": "2026-04-06", "to": "2026-06-24"} | given)
    who = Grant("who@health.example", role, Scope.everything())
    return curve(database, who, query, LAST, date(2026, 7, 1))


def by_files(database):
    """Take what was reported in one week for one file, which came on the Monday after it."""
    with database.writing() as connection:
        held = dict(connection.execute(sa.select(batch)).mappings().one())
        number = held.pop("id")
        for back in range(WEEKS):
            first = MONDAY - timedelta(weeks=back)
            at = f"{first + timedelta(days=7)}T03:00:00+00:00"
            made = held | {"received_at": at, "file_sha256": f"{back}", "file_name": "f"}
            own = connection.execute(batch.insert().values(made)).inserted_primary_key[0]
            within = episode.c.date_report.between(first, first + timedelta(days=6))
            connection.execute(episode.update().where(within).values(batch=own))
        began = "2025-10-03T03:00:00+00:00"
        connection.execute(batch.update().where(batch.c.id == number).values(received_at=began))


@pytest.mark.in_turn()  # PostgreSQL: the delays, below
@pytest.mark.sql
def test_the_last_week_says_how_many_are_expected(database):
    for by in ("visit", "onset"):
        found = asked(database, by=by)
        assert (found.expected.known, found.expected.reason) == ("report", "")
        by_label = {point.label: point for point in found.points}
        last = by_label["2026-W25"]
        assert last.cases.count == PROMPT and last.expected.share == pytest.approx(0.75, abs=0.01)
        assert last.expected.lower <= 40 <= last.expected.upper and abs(last.expected.expected - 40) <= 1
        assert by_label["2026-W24"].expected.state == "complete"
        assert by_label["2026-W26"].expected is None and by_label["2026-W26"].running


@pytest.mark.sql
def test_files_that_came_regularly_say_when_records_became_known(database):
    by_files(database)
    found = asked(database)
    assert (found.expected.known, found.expected.as_of) == ("arrival", date(2026, 6, 22))
    last = next(point.expected for point in found.points if point.label == "2026-W25")
    assert last.share == pytest.approx(0.75, abs=0.01) and last.reported == PROMPT


def test_issued_figures_reports_and_sensitive_diseases_have_no_nowcast(database):
    assert asked(database, "viewer").expected is None
    assert asked(database, by="report").expected is None
    assert asked(database, disease="hiv").expected is None
    assert asked(database, step="month").expected is None
    assert asked(database, **{"from": "2026-01-05", "to": "2026-02-01"}).expected is None


def test_a_short_history_is_refused_in_words(database):
    with database.writing() as connection:
        connection.execute(episode.update().values(date_report=None))
    found = asked(database).expected
    assert found.weeks == () and found.reason == "no record says when it became known"


def test_the_command_prints_each_week_of_all_and_of_each_province(database, cli):
    rows = cli("nowcast", "--disease", "awd", "--by", "province", "--format", "json").json()
    last = {row["code"]: row for row in rows if row["week"] == "2026-W25"}
    assert set(last) == {"all", "KH01", "KH02"}
    assert [last[code]["reported"] for code in ("all", "KH01", "KH02")] == [30, 15, 15]
    assert last["all"]["status"] == "expected" and last["all"]["lower"] <= 40 <= last["all"]["upper"]
    refused = cli("nowcast", "--disease", "hiv")
    assert refused.code == 0 and "HIV and syphilis have no nowcast" in refused.stderr


def test_pages_and_files_say_it_to_who_may_see_it(url):
    expected = "expected when all reports are in: 40 ("
    asked_ = "/curves?disease=awd&from=2026-04-06&to=2026-06-24"
    with served(url) as server:
        official, viewer = (signed_in(server, role) for role in ("official", "viewer"))
        first = official.get("/").get_data(as_text=True)
        assert expected in first and "30 cases have come" in first
        page = official.get(asked_).get_data(as_text=True)
        assert expected in page and "Expected when all reports are in" in page and "no forecast" in page
        file = official.get(asked_.replace("/curves?", "/curves.csv?")).get_data(as_text=True)
        rows = {row["period"]: row for row in csv.DictReader(io.StringIO(file.lstrip("\ufeff")))}
        assert rows["2026-W25"]["expected"] == "40" and rows["2026-W26"]["expected"] == ""
        assert int(rows["2026-W25"]["expected_lower"]) < 40 < int(rows["2026-W25"]["expected_upper"])
        for address in ("/", asked_):
            assert "expected when" not in viewer.get(address).get_data(as_text=True)


@pytest.mark.sql
def test_delays_are_told_by_level_and_of_arrival_once_files_come_regularly(database, cli):
    def told(by="country"):
        rows = cli("delays", "--by", by, "--disease", "awd", "--format", "json").json()
        return {(row["code"], row["begins"], row["ends"]): row for row in rows}

    found = told("province")
    assert set(found) == {(code, *step) for code in ("KH01", "KH02") for step in STEPS[:2]}
    assert found["KH01", "onset", "visit"]["median"] == 0
    # Three quarters are reported one to three days after the visit, a quarter ten to twelve days after it.
    row = told()["country", "visit", "report"]
    assert (row["median"], row["lower_quartile"]) == (2, 1) and row["upper_quartile"] in (3, 10)
    by_files(database)
    row = told()["country", "report", "arrival"]
    assert row["median"] == 4 and row["left_out"] == 0
    assert told("facility")["HC1", "visit", "arrival"]["lower_quartile"] in (5, 6)


def test_delays_that_cannot_have_come_yet_are_allowed_for():
    """Of events of each of 60 days half are reported at once and half after 20 days."""
    of_delay = {0: 60 * 10, 20: 40 * 10}
    of_age = {age: 20 if age >= 20 else 10 for age in range(60)}
    assert delays(of_delay, of_age, longest=30).upper == 20
    assert sum(of_delay.values()) == sum(of_age.values())
    shares = delays(of_delay | {0: 599}, of_age | {59: 19}, longest=30)
    assert (shares.lower, shares.median) == (0, 20) and shares.cut == 200
    assert delays({1: 4}, {3: 4}).median is None
    assert delays({}, {}).records == 0
