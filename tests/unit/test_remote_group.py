"""The group of remote areas on map, panel, curves, scans and files, against a slow count by hand."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.curve_filters import CurveQuery
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clusters import runs
from dashboard.services.clusters.data import gather
from dashboard.services.coverage import view
from dashboard.services.curves.curve import curve
from dashboard.services.disclosure import rules
from dashboard.services.imports import pipeline
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.places import remote_group
from dashboard.services.reception import remote
from dashboard.services.take_away import records as records_service
from dashboard.settings import Settings
from db.clusters import case_counts
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception.remote_areas import Remote
from tests.support.accounts import add_accounts
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

MANAGER = Grant("m@health.example", "data_manager", Scope.everything())
EPIDEMIOLOGIST = Grant("e@health.example", "epidemiologist", Scope.everything())
POIPET = Grant("poipet@health.example", "official", Scope.of("KH01"))
FIRST, LAST, TODAY = date(2025, 5, 5), date(2025, 6, 29), date(2025, 7, 10)
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "commune": "Ou Chrov"},
    {"facility_id": "HC2", "province": "KH01", "commune": "Poipet"},
    {"facility_id": "HC3", "province": "KH02", "commune": "Kampong"},
)
#: HC1 by its commune for some weeks, HC3 from a day on; HC2 never.
AREAS = (
    Remote("commune", "ou chrov", date(2025, 5, 12), date(2025, 6, 1), "survey"),
    Remote("facility", "HC3", date(2025, 6, 9), None, "survey"),
)


def people():
    """One record a day of each facility: homes, crossings, sexes and results differ by rules."""
    day, number = FIRST, 0
    while day <= LAST:
        for facility in ("HC1", "HC2", "HC3", "HC9"):
            number += 1
            yield record(
                record_id=str(number),
                facility_id=facility,
                disease="malaria",
                date_visit=day.isoformat(),
                date_onset=(day - timedelta(days=number % 5)).isoformat(),
                province_home=("KH01", "KH02", "KH03")[number % 3],
                crossing=("TH01", "", "TH02")[number % 3],
                sex="female" if number // 4 % 2 else "male",
                movement="returning" if number % 4 else "commuter",
                eligible="yes",
                tested="yes",
                positive="yes" if number % 3 == 0 else "no",
            )
        day += timedelta(days=1)


ROWS = tuple(people())


def remote_row(row):
    day = date.fromisoformat(row["date_visit"])
    one, three = AREAS
    if row["facility_id"] == "HC1":
        return one.first <= day <= one.last
    return row["facility_id"] == "HC3" and day >= three.first


def kept(wish, **only):
    """Rows of the group, by a slow count."""
    return [
        row
        for row in ROWS
        if remote_row(row) == (wish == "yes") and all(row[name] == value for name, value in only.items())
    ]


@pytest.fixture(scope="module")
def database(sqlite_files, tmp_path_factory):
    with sqlite_files.fresh(migrated=True) as url:
        opened = open_database(url)
        filled(opened, tmp_path_factory.mktemp("remote"))
        yield opened
        opened.dispose()


def filled(database, folder):
    import_facilities(database, Grant.custodian(), write_csv(folder / "f.csv", *FACILITIES))
    path = write_csv(folder / "list.csv", *ROWS)
    settings = Settings.read({"CHHLANG_SECRET_KEY": KEY})
    pipeline.import_file(database, Grant.custodian(), settings, path, ImportOptions(source="test"))
    for area in AREAS:
        remote.put(database, MANAGER, area)


def asked(wish, **more):
    return CoverageQuery("malaria", start=FIRST, end=LAST, remote=wish, **more)


PROVINCE = {"HC1": "KH01", "HC2": "KH01", "HC3": "KH02", "HC9": "unknown"}
KEYS = {
    ("province", "care"): lambda row: PROVINCE[row["facility_id"]],
    ("province", "home"): lambda row: row["province_home"],
    ("crossing", "care"): lambda row: row["crossing"] or "unknown",
    ("facility", "care"): lambda row: row["facility_id"] if row["facility_id"] != "HC9" else "unknown",
}


@pytest.mark.parametrize(("by", "place"), KEYS)
@pytest.mark.parametrize("wish", ["yes", "no"])
def test_the_map_counts_the_group_by_every_kind_of_place(database, by, place, wish):
    for groups in (
        {},
        {"sex": ("female",)},
        {"sex": ("female",), "movement": ("commuter", "returning", "deported")},
    ):
        only = {"sex": "female"} if groups else {}
        expected = Counter(KEYS[by, place](row) for row in kept(wish, **only))
        found = view.table(database, MANAGER, asked(wish, by=by, place=place, groups=groups), TODAY)
        shown = {row.area.code: row.value.denominator for row in found.rows if row.value.denominator}
        assert shown == expected, groups
        assert found.total.denominator == sum(expected.values())
    found = view.table(database, MANAGER, asked(wish, by=by, place=place, measure="positivity"), TODAY)
    positives = sum(row["positive"] == "yes" for row in kept(wish))
    assert (found.total.numerator, found.total.denominator) == (positives, len(kept(wish)))


def test_the_panel_divides_the_group_and_its_trend_adds_up(database):
    for place in ("care", "home"):
        _, panel, _ = view.view(database, MANAGER, asked("yes", place=place), "KH02", TODAY, "week")
        own = [row for row in kept("yes") if KEYS["province", place](row) == "KH02"]
        assert panel.now.denominator == len(own)
        assert sum(point.value.denominator or 0 for point in panel.trend) == len(own)
        sexes = {code: value.denominator for code, value in panel.groups["sex"]}
        assert sexes["female"] == sum(row["sex"] == "female" for row in own)


@pytest.mark.parametrize("by", ["visit", "onset"])
def test_a_curve_counts_the_group(database, by):
    query = CurveQuery("malaria", what="patients", by=by, start=FIRST, end=LAST, group="sex", remote="yes")
    found = curve(database, MANAGER, query, LAST, TODAY)
    days = [row for row in kept("yes") if by == "visit" or row["date_onset"] >= FIRST.isoformat()]
    assert sum(point.patients.count for point in found.points) == len(days)
    halves = [sum(point.parts[at].count or 0 for point in found.points) for at in (0, 1)]
    assert sum(halves) == len(days) and min(halves) > 0


def test_completion_and_an_earlier_day_are_told_of_the_group(database):
    for day in (None, TODAY + timedelta(days=500)):
        query = replace(asked("yes", measure="completion"), as_of=None)
        found = view.table(database, MANAGER, query, day or TODAY)
        assert all(row.value.denominator in (0, None) for row in found.rows)
    now = view.table(database, MANAGER, asked("yes"), date(2026, 12, 1))
    then = view.table(database, MANAGER, replace(asked("yes"), as_of=date(2026, 12, 1)), date(2026, 12, 1))
    assert [row.value.denominator for row in then.rows] == [row.value.denominator for row in now.rows]


@pytest.mark.parametrize("by", ["facility", "province", "crossing"])
def test_a_scan_is_made_of_the_group_alone(database, by):
    query = ClusterQuery(
        "malaria", by=by, model="space-time-permutation", time="retrospective", time_unit="week",
        cases_are="all", remote="yes", start=FIRST, end=LAST,
    )  # fmt: skip
    stays = remote_group.stays_of(database, query)
    with database.reading() as connection:
        counted = case_counts.daily(
            connection, Scope.everything(), case_counts.CaseQuery("malaria", "facility", 99, stays=stays)
        )
        assert sum(counted["records"]) == len(kept("yes"))
        assert set(counted["location"]) == {"HC1", "HC3"}
        if by == "province":
            data = gather(connection, Scope.everything(), query, 99, None, stays)
            assert data.daily["count"].sum() == len(kept("yes"))
    number = runs.start(database, MANAGER, query)
    assert runs.start(database, MANAGER, query) == number
    assert runs.status(database, MANAGER, number).query.remote == "yes"
    with pytest.raises(NotPermittedError):
        runs.start(database, MANAGER, replace(query, disease="hiv", by="province"))


def test_a_run_keeps_the_list_of_remote_areas_as_it_was(database):
    query = ClusterQuery("malaria", remote="yes", cases_are="all", model="space-time-permutation")
    version = remote_group.places_version(database, query, "0123456789abcdef")
    before = remote_group.stays_of_run(database, query, version)
    own = Remote("facility", "HC2", date(2025, 6, 1), None, "survey")
    remote.put(database, MANAGER, own)
    try:
        assert remote_group.stays_of_run(database, query, version) == before
        assert remote_group.places_version(database, query, "0123456789abcdef") != version
        now = view.table(database, MANAGER, asked("yes", by="facility"), TODAY)
        assert {row.area.code for row in now.rows if row.value.denominator} == {"HC1", "HC2", "HC3"}
    finally:
        remote.put(database, MANAGER, own, standing=False)
    now = view.table(database, MANAGER, asked("yes", by="facility"), TODAY)
    assert {row.area.code for row in now.rows if row.value.denominator} == {"HC1", "HC3"}


def test_records_are_taken_away_of_the_group(database):
    taken = records_service.records(
        database, EPIDEMIOLOGIST, asked("yes"), None, "a reason here", "csv", most=99
    )
    assert len(taken) == len(kept("yes"))
    assert {row["facility"] for row in taken} == {"HC1", "HC3"}


@pytest.mark.parametrize("role", ["viewer", "partner", "reception", "nurse", "administrator"])
def test_who_sees_no_small_counts_is_told_that_nothing_of_it_is_issued(database, role):
    scope = Scope.made(crossings=["TH01"]) if role in ("reception", "nurse") else Scope.everything()
    for query in (asked("yes"), asked("no"), asked("yes", place="home"), asked("yes", by="crossing")):
        assert rules.reason_hidden(Grant("x@health.example", role, scope), query)
    who = Grant("x@health.example", role, Scope.everything())
    found = view.table(database, who, asked("no"), TODAY)
    assert found.reason == rules.NOT_REMOTE and not any(row.value.denominator for row in found.rows)
    told = curve(database, who, CurveQuery("malaria", start=FIRST, end=LAST, remote="no"), LAST, TODAY)
    assert told.hidden == rules.NOT_REMOTE and not told.points


def test_hiv_has_no_such_group_and_an_official_sees_her_own_facilities(database):
    hidden = view.table(database, MANAGER, replace(asked("yes"), disease="hiv"), TODAY)
    assert rules.reason_hidden(MANAGER, hidden.query) == rules.NEVER_SHOWN
    own = view.table(database, POIPET, asked("yes"), TODAY)
    assert {row.area.code: row.value.denominator for row in own.rows if row.value.denominator} == {
        "KH01": sum(row["facility_id"] == "HC1" for row in kept("yes"))
    }
    at_gates = view.table(database, POIPET, asked("yes", by="crossing"), TODAY)
    assert at_gates.total.denominator == sum(row["facility_id"] == "HC1" for row in kept("yes"))


@pytest.mark.parametrize(
    "wrong",
    [{"remote": "maybe"}, {"remote": "yes", "count": "persons", "from": "2025-01-01", "to": "2025-12-31"}],
)
def test_what_has_no_answer_is_refused_in_words(wrong):
    with pytest.raises(UsageError):
        CoverageQuery.read({"disease": "malaria"} | wrong)
    with pytest.raises(UsageError):
        ClusterQuery.read({"disease": "malaria", "remote": "yes", "model": "poisson"})


def test_pages_and_files_select_the_group(sqlite_url, tmp_path):
    with served(sqlite_url) as site:
        database = open_database(sqlite_url)
        filled(database, tmp_path)
        add_accounts(database, {"manager": ("data_manager", None)})
        client = signed_in(site, "manager")
        days = f"disease=malaria&from={FIRST}&to={LAST}&remote=yes"
        rows = list(
            csv.DictReader(io.StringIO(client.get(f"/export/coverage.csv?{days}").text.lstrip("\ufeff")))
        )
        assert sum(int(row["denominator"] or 0) for row in rows) == len(kept("yes"))
        assert "Facilities in remote areas" in client.get(f"/curves?{days}").text
        assert "Facilities in remote areas" in client.get(f"/cascade?{days}").text
        assert 'name="remote"' in client.get("/clusters").text
        assert "remote" not in client.get("/curves?disease=malaria").text.split("<main")[0]
        viewer = signed_in(site, "viewer")
        text = viewer.get(f"/curves?{days}").text
        assert "Of facilities in remote areas nothing is issued" in text
        assert 'name="remote"' not in text
        database.dispose()
