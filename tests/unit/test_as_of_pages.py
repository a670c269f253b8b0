"""The map and its download as of an earlier day: all of one moment, said clearly, with a way back."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import as_of
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.settings import Settings
from db.maintenance.opening import open_database
from db.tables.records import batch
from tests.support.files import record, write_csv
from tests.support.pages import map_page
from tests.support.web import GOOD_KEY, served, signed_in

TODAY = today_in_cambodia()
PERIOD = "disease=tb&measure=testing&from=2025-01-01&to=2025-06-30"


def day(ago: int) -> str:
    """Some days ago."""
    return (TODAY - timedelta(days=ago)).isoformat()


@pytest.fixture
def database(sqlite_url, sqlite_prepared, tmp_path):
    """Two records came nine days ago, of which one was amended five days ago, with three more."""
    sqlite_prepared(lambda: _fill(sqlite_url, tmp_path))
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


def _fill(url, tmp_path):
    opened = open_database(url)
    settings = Settings.read({"CHHLANG_SECRET_KEY": GOOD_KEY})
    listed = write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"})
    import_facilities(opened, Grant.custodian(), listed)
    common = {"eligible": "yes", "date_visit": "2025-03-04"}
    first = [record(record_id=str(n), tested="no", **common) for n in range(2)]
    later = [record(record_id="1", tested="yes", **common)]
    later += [
        record(record_id=str(n), tested="yes", **common | {"date_visit": "2025-05-04"}) for n in range(2, 5)
    ]
    for number, (rows, ago) in enumerate(((first, 9), (later, 5)), start=1):
        path = write_csv(tmp_path / f"{number}.csv", *rows)
        imports.import_file(opened, Grant.custodian(), settings, path)
        with opened.writing() as connection:
            came = {"received_at": f"{day(ago)}T03:00:00+00:00"}
            connection.execute(batch.update().where(batch.c.id == number).values(came))
    opened.dispose()


@pytest.fixture
def client(database, sqlite_url):
    with served(sqlite_url) as server:
        yield signed_in(server, "official")


def shown(client, search):
    """Everything the page is sent for an address, as text by its part."""
    return {name: json.dumps(part, ensure_ascii=False) for name, part in map_page(client, search).items()}


def exported(client, search):
    """Rows of the download by area."""
    answer = client.get(f"/export/coverage.csv?{search}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
    return {row["code"]: row for row in rows}, answer


def test_table_panel_and_download_are_of_the_same_earlier_moment(client):
    now = shown(client, f"?{PERIOD}&area=KH01")
    then = shown(client, f"?{PERIOD}&area=KH01&as_of={day(7)}")
    assert "80.0%" in now["panel"] and "80.0%" in now["table"]
    assert "80.0%" not in then["panel"] + then["table"] and "0 of 2" in then["panel"]
    assert day(7) in then["past"] and "Back to the present" in then["past"] and day(7) in then["subtitle"]
    assert "as_of" not in then["past"].partition("href")[2].partition("Back")[0]
    assert f"as_of={day(7)}" in then["table"], "areas are opened at the same moment"
    address = json.loads(then["export"])["href"]
    assert f"as_of={day(7)}" in address
    rows, answer = exported(client, address.partition("?")[2])
    assert (rows["KH01"]["numerator"], rows["KH01"]["denominator"]) == ("0", "2")
    assert rows["KH01"]["as_of"] == day(7) and rows["KH01"]["data_up_to"] == "2025-03-04"
    assert f"as-of-{day(7)}.csv" in answer.headers["Content-Disposition"]
    rows, _ = exported(client, PERIOD)
    assert rows["KH01"]["numerator"] == "4" and "as_of" not in rows["KH01"]


def test_the_present_has_no_banner_and_the_last_day_is_as_the_present(client):
    now = shown(client, f"?{PERIOD}")
    assert json.loads(now["past"])["children"] == []
    latest = shown(client, f"?{PERIOD}&as_of={day(0)}")
    assert now["panel"] == latest["panel"].replace(f"&as_of={day(0)}", "") and day(0) in latest["past"]
    assert now["trend"] == latest["trend"]


def test_an_open_period_is_the_usual_one_of_that_day(client):
    then = json.loads(shown(client, f"?disease=tb&as_of={day(7)}")["resolved"])["data"]
    assert then["controls"]["to"] == "2025-03-09" and then["controls"]["as_of"] == day(7)
    now = json.loads(shown(client, "?disease=tb")["resolved"])["data"]
    assert now["controls"]["to"] == "2025-03-31" and "as_of" not in now["controls"]


@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (day(-3), {"en": "has not come yet", "km": "មិនទាន់មកដល់ទេ"}),
        (day(30), {"en": "the first file came on", "km": "ឯកសារដំបូងមកដល់"}),
        ("yesterday", {"en": "is not a day", "km": "yesterday"}),
    ],
)
def test_a_day_without_an_answer_is_said_and_the_present_is_shown(client, language, asked, said):
    client.get(f"/language/{language}")
    found = shown(client, f"?{PERIOD}&area=KH01&as_of={asked}")
    assert said[language] in found["problem"]
    assert json.loads(found["past"])["children"] == [] and "80.0%" in found["panel"]
    assert "as_of" not in found["export"]
    refused = client.get(f"/export/coverage.csv?{PERIOD}&as_of={asked}")
    assert refused.status_code == 400 and said[language] in refused.get_data(as_text=True)


def test_a_period_of_which_old_records_changed_before_they_were_sealed_is_said(client, monkeypatch):
    held = (TODAY - timedelta(days=1)).isoformat()
    monkeypatch.setattr(as_of.past, "answered_from", lambda *_, **__: TODAY - timedelta(days=1))
    found = shown(client, f"?{PERIOD}&area=KH01&as_of={day(7)}")
    assert "old records are sealed" in found["problem"] and held in found["problem"]
    assert json.loads(found["past"])["children"] == [] and "80.0%" in found["panel"]
    assert client.get(f"/export/coverage.csv?{PERIOD}&as_of={day(7)}").status_code == 400


def test_one_at_a_time_looks_back_and_the_present_waits_for_nobody(client, monkeypatch):
    monkeypatch.setattr(as_of, "WAIT_SECONDS", 0)
    with as_of._ONE:
        assert "others are looking" in shown(client, f"?{PERIOD}&as_of={day(7)}")["problem"]
        assert "80.0%" in shown(client, f"?{PERIOD}&area=KH01")["panel"]
    assert "0 of 2" in shown(client, f"?{PERIOD}&area=KH01&as_of={day(7)}")["panel"]
