"""What an account of one province is offered, told and refused; and how old data are announced."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest

from dashboard.components.freshness import old_data
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.imports.facilities import import_facilities
from dashboard.settings import Settings
from db.maintenance.opening import open_database
from geodata.provinces import PROVINCES
from surveillance.errors import ConfigurationError
from tests.support.files import record, write_csv
from tests.support.pages import map_page
from tests.support.web import GOOD_KEY, served, signed_in

TODAY = today_in_cambodia()
PERIOD = "disease=tb&measure=testing&from=2025-01-01&to=2025-06-30"
LISTED = (
    {
        "facility_id": "HC1",
        "name_en": "Poipet",
        "province": "KH01",
        "latitude": "13.65",
        "longitude": "102.6",
    },
    {
        "facility_id": "HC2",
        "name_en": "Phnom Proek",
        "province": "KH02",
        "latitude": "13.3",
        "longitude": "102.5",
    },
)


@pytest.fixture
def filled(sqlite_url, sqlite_prepared, tmp_path):
    """Records of two provinces; those of KH02 name Poipet and an informal route."""
    sqlite_prepared(lambda: _fill(sqlite_url, tmp_path))
    database = open_database(sqlite_url)
    yield database
    database.dispose()


def _fill(url, tmp_path):
    database = open_database(url)
    settings = Settings.read({"CHHLANG_SECRET_KEY": GOOD_KEY})
    import_facilities(database, Grant.custodian(), write_csv(tmp_path / "f.csv", *LISTED))
    asked = {"eligible": "yes", "date_visit": "2025-03-04", "disease": "tb"}
    rows = [
        record(facility_id=facility, crossing=crossing, tested=tested, **asked)
        for facility, crossing, tested, times in (
            ("HC1", "TH01", "yes", 50),
            ("HC2", "TH01", "yes", 3),
            ("HC2", "TH01", "no", 1),
            ("HC2", "informal", "no", 2),
        )
        for _ in range(times)
    ]
    path = write_csv(tmp_path / "list.csv", *rows)
    imports.import_file(database, Grant.custodian(), settings, path)
    database.dispose()


@pytest.fixture
def clients(filled, sqlite_url):
    with served(sqlite_url) as server:
        yield {name: signed_in(server, name) for name in ("official", "provincial")}


def shown(client, search):
    """What the page is sent for an address, by its part."""
    return map_page(client, search)


def text(parts, name):
    """One part as text."""
    return json.dumps(parts[name], ensure_ascii=False)


def rows(answer):
    """Rows of a download."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


def test_the_crossings_of_a_province_are_in_its_table_panel_and_download_by_its_own_records(clients):
    found = shown(clients["provincial"], f"?{PERIOD}&by=crossing&area=TH01")
    assert "3 of 4" in text(found, "panel")
    assert "75.0%" in text(found, "table")
    assert not found["problem"]["children"]
    listed = {
        row["code"]: row
        for row in rows(clients["provincial"].get(f"/export/coverage.csv?{PERIOD}&by=crossing"))
    }
    assert (listed["TH01"]["numerator"], listed["TH01"]["denominator"]) == ("3", "4")
    assert (listed["informal"]["numerator"], listed["informal"]["denominator"]) == ("0", "2")
    assert {row["status"] for row in listed.values()} <= {"value", "zero", "nobody"}
    whole = {
        row["code"]: row
        for row in rows(clients["official"].get(f"/export/coverage.csv?{PERIOD}&by=crossing"))
    }
    assert whole["TH01"]["denominator"] == "54"
    assert "Poipet" in text(found, "not-drawn")  # it lies in another province, and its records name it


@pytest.mark.parametrize("by", ["province", "facility"])
def test_no_row_of_another_province_is_listed_or_downloaded(by, clients):
    found = shown(clients["provincial"], f"?{PERIOD}&by={by}")
    listed = re.findall(r'data-code="(\w*)', found["table"])
    own = {"province": ["KH02"], "facility": ["HC2"]}[by]
    assert listed == [*own, ""]
    assert "■" not in text(found, "table")
    answer = clients["provincial"].get(f"/export/coverage.csv?{PERIOD}&by={by}")
    assert [row["code"] for row in rows(answer)] == own


def test_its_map_shows_its_own_province_its_facilities_and_its_gates(clients):
    figure = shown(clients["provincial"], f"?{PERIOD}")["map"]["figure"]
    traces = {trace["name"]: trace for trace in figure["data"]}
    assert set(traces["outside"]["locations"]) == set(PROVINCES) - {"KH02"}
    west, east = figure["layout"]["geo"]["lonaxis"]["range"]
    assert east - west < 3  # the country is nearly six degrees wide
    names = " ".join(traces["crossings"]["text"])
    assert "Phnom Proek" in names
    assert "HC1" not in names
    assert "Poipet" not in names
    whole = shown(clients["official"], f"?{PERIOD}")["map"]["figure"]
    assert "outside" not in {trace["name"] for trace in whole["data"]}


def test_views_by_home_are_offered_to_everybody_and_by_infection_to_the_whole_country_only(clients):
    for name, offered in (("official", 6), ("provincial", 5)):
        page = clients[name].get("/map").get_data(as_text=True)
        control = page[page.index('id="filter-view"') : page.index('id="filter-period"')]
        assert control.count("<option") == offered


@pytest.mark.parametrize(
    "search",
    ["place=infection&measure=treatment", "place=infection", "by=crossing&count=persons"],
)
def test_an_address_of_what_is_not_offered_is_answered_with_a_sentence(search, clients):
    asked = f"disease=tb&{search}"
    found = shown(clients["provincial"], f"?{asked}")
    assert "our account" in text(found, "problem")
    assert re.findall(r'data-code="(\w*)', found["table"]) == [""]
    answer = clients["provincial"].get(f"/export/coverage.csv?{asked}")
    assert answer.status_code == 403
    assert "our account" in answer.get_data(as_text=True)
    assert clients["official"].get(f"/export/coverage.csv?{asked}").status_code == 200


def test_by_home_an_account_of_some_provinces_is_shown_what_is_issued(clients):
    found = shown(clients["provincial"], "?disease=tb&place=home")
    assert "none has been issued yet" in text(found, "problem")
    assert not re.search(r"\d%(?! interval)", found["table"])


def test_persons_and_crossings_close_each_other_in_the_controls(clients):
    for search, off in (
        ("count=persons", {"view": ["district:care", "crossing:care"]}),
        ("by=crossing", {"count": ["persons"]}),
    ):
        state = shown(clients["provincial"], f"?disease=tb&{search}")["resolved"]["data"]
        assert {name: state["off"].get(name) for name in off} == off
        state = shown(clients["official"], f"?disease=tb&{search}")["resolved"]["data"]
        others = state["off"].get(next(iter(off))) or []
        assert set(others) <= {"district:care"}  # persons are of no district, for anybody


def test_an_address_of_another_province_says_that_the_account_does_not_cover_it(clients):
    found = shown(clients["provincial"], f"?{PERIOD}&area=KH01")
    assert "does not cover" in text(found, "problem")
    assert "3 of 6" in text(found, "panel")
    assert not shown(clients["provincial"], f"?{PERIOD}&area=KH02")["problem"]["children"]


def test_the_command_answers_as_an_account_of_some_provinces_and_refuses_what_is_no_province(
    sqlite_cli, filled
):
    done = sqlite_cli(
        "coverage", "--disease", "tb", "--by", "crossing", "--from", "2025-01-01", "--to", "2025-06-30",
        "--provinces", "KH02", "--format", "json",
    )  # fmt: skip
    assert done.code == 0, done.stderr
    found = {row["code"]: row for row in json.loads(done.stdout)}
    assert (found["TH01"]["numerator"], found["TH01"]["denominator"]) == (3, 4)
    refused = sqlite_cli("coverage", "--disease", "tb", "--by", "crossing", "--provinces", "KH99")
    assert refused.code == 2
    assert "KH99" in refused.stderr
    home = sqlite_cli(
        "coverage", "--disease", "tb", "--by", "province", "--place", "home", "--provinces", "KH02"
    )
    assert "Your account is shown issued figures" in home.stdout + home.stderr


# --- how old the data are --------------------------------------------------------------------------


def status(newest):
    """Data that end on a day."""
    return DataStatus(False, 1, "2026-07-01T00:00:00", date(2021, 7, 1), newest)


@pytest.mark.parametrize("language", ["en", "km"])
def test_data_older_than_the_setting_are_announced_with_the_day(language):
    t, today = translator(language), date(2026, 7, 15)
    assert old_data(status(today - timedelta(days=14)), today, 14, t) == ""
    assert "2026-06-30" in old_data(status(today - timedelta(days=15)), today, 14, t)
    assert old_data(status(today - timedelta(days=15)), today, 30, t) == ""
    assert old_data(status(None), today, 14, t) == ""
    said = {
        code: old_data(status(today - timedelta(days=15)), today, 14, translator(code))
        for code in ("en", "km")
    }
    assert said["en"] != said["km"]


@pytest.mark.parametrize(
    ("age", "ago"), [(1, "1 day ago"), (13, "13 days ago"), (14, "2 weeks ago"), (153, "21 weeks ago")]
)
def test_the_age_of_the_data_is_said_in_days_then_in_whole_weeks(age, ago):
    today = date(2026, 11, 30)
    newest = today - timedelta(days=age)
    said = old_data(status(newest), today, 0, translator("en"))
    assert said == f"Data end on {newest}, {ago}: nothing after that day is shown."


def test_the_setting_is_a_whole_number_of_days():
    assert Settings.read({}).old_data_days == 14
    assert Settings.read({"CHHLANG_OLD_DATA_DAYS": "30"}).old_data_days == 30
    with pytest.raises(ConfigurationError, match="CHHLANG_OLD_DATA_DAYS"):
        Settings.read({"CHHLANG_OLD_DATA_DAYS": "a week"})


@pytest.mark.parametrize(("days", "said"), [("14", True), ("3650", False)])
def test_every_page_says_how_old_the_data_are_and_sign_in_does_not(days, said, filled, sqlite_url):
    with served(sqlite_url, CHHLANG_OLD_DATA_DAYS=days) as server:
        assert 'class="old-data"' not in server.test_client().get("/sign-in").get_data(as_text=True)
        client = signed_in(server, "official")
        for path in ("/", "/map", "/reporting", "/clusters", "/data", "/export/coverage.csv?disease=nothing"):
            page = client.get(path).get_data(as_text=True)
            assert ('<p class="old-data" role="status">' in page) is said, path
            if said:  # inside a landmark
                assert page.index("<main") < page.index('class="old-data"') < page.index("</main>")
                if 'class="demo"' in page:  # nothing stands before it
                    assert page.index('class="old-data"') < page.index('class="demo"')
        # What a desk enters is newer than the clinics' files: there the sentence would not be true.
        page = client.get("/reception").get_data(as_text=True)
        assert "<h1>Reception centre</h1>" in page and "nothing after that day is shown" not in page


def test_the_map_is_an_image_and_its_buttons_stand_beside_it(clients):
    layout = clients["official"].get("/_dash-layout").get_json()
    path: list[dict] = []

    def walk(part, within):
        if isinstance(part, list):
            for one in part:
                walk(one, within)
        elif isinstance(part, dict) and "props" in part:
            props = part["props"]
            if "data-zoom" in props:
                path.append({"name": props["aria-label"], "within": within})
            walk(props.get("children"), [*within, props.get("role")])

    walk(layout, [])
    assert [button["name"] for button in path] == ["Zoom in", "Zoom out", "Whole map"]
    assert not [button for button in path if "img" in button["within"]]
    assert '"role": "img"' in json.dumps(layout)
