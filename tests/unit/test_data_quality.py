"""Data quality: the detectors by hand and by published tests, the list, who works on it, its files."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.data_quality.quality_list import Key, Question, handle, of_key, quality_list
from db.core.scope import Scope
from db.operations import data_quality as stored
from db.tables.operations import audit
from surveillance.data_quality.blanks import too_often
from surveillance.data_quality.levels import modified_z, outliers, sudden_changes
from surveillance.data_quality.preference import myers, whipple
from surveillance.errors import NotPermittedError, UsageError
from tests.support.accounts import add_accounts
from tests.support.files import record, write_csv
from tests.support.web import served, settings, signed_in

FACILITIES = (
    {"facility_id": "HC1", "name_en": "One", "province": "KH01"},
    {"facility_id": "HC2", "name_en": "Two", "province": "KH02"},
)


def test_whipple_is_100_without_preference_and_500_where_all_ages_end_in_0_or_5():
    even = dict.fromkeys(range(23, 63), 7)
    assert whipple(even) == 100
    assert whipple(dict.fromkeys(range(25, 61, 5), 3)) == 500
    # Twice as many at ages in 0 and 5: 8 ages of 14 and 32 of 7 are 112 of 336.
    assert whipple(even | dict.fromkeys(range(25, 61, 5), 14)) == pytest.approx(500 * 112 / 336)
    assert whipple({22: 5, 63: 9}) is None


def test_myers_is_0_without_preference_and_90_where_all_ages_end_in_one_digit():
    assert myers(dict.fromkeys(range(10, 90), 11)) == pytest.approx(0)
    assert myers(dict.fromkeys(range(10, 90, 10), 1)) == pytest.approx(90)
    # Half of the people move from each age in 9 to the next in 0, in the middle ages only.
    moved = dict.fromkeys(range(10, 90), 100)
    for age in range(19, 80, 10):
        moved[age], moved[age + 1] = 50, 150
    assert 4 < myers(moved) < 6
    assert myers({5: 3}) is None


def test_the_modified_z_score_is_that_of_iglewicz_and_hoaglin():
    before = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2]
    # Median 2.4, distances .3 .2 0 .1 .1 .3 .1 .2 5.8: MAD 0.2.
    assert modified_z(8.3, before) == pytest.approx(0.6745 * 5.9 / 0.2)
    assert modified_z(4, [3, 3, 3, 3, 3, 9]) == pytest.approx(1 / (1.253314 * 1))
    assert modified_z(4, [3] * 6) is None and modified_z(4, [3] * 5) is None


def test_outliers_and_changes_of_small_facilities_are_left_alone():
    assert outliers([20, 22, 19, 21, 20, 23, 90, 21]) == [6]
    assert outliers([1, 0, 2, 1, 0, 1, 9]) == []
    assert [one.at for one in sudden_changes([30] * 6 + [0] * 4)] == [6]
    assert sudden_changes([2, 1, 2, 0, 0, 0]) == []
    assert sudden_changes([30, 30, 30, 20, 20, 20]) == []


def test_blanks_are_too_many_where_the_interval_says_so():
    assert not too_often(10, 19)
    assert not too_often(5, 20) and too_often(12, 20)
    assert not too_often(210, 1000) and too_often(250, 1000)


def rows():
    """HC1: a month with blanks and rounded ages; HC2 falls silent in May, and sends some records twice."""
    found = []
    for month in range(1, 13):
        for number in range(30):
            day = date(2025, 6, 1) + timedelta(days=30 * month - 30 + number % 28)
            for name in ("HC1", "HC2"):
                if name == "HC2" and month > 8:
                    continue
                late = month == 12
                age = 25 + 5 * (number % 7) if name == "HC1" else 20 + number
                row = record(record_id=f"{name}-{month}-{number}", facility_id=name, disease="awd")
                row |= {"date_visit": day, "age_years": age, "sex": "female", "province_home": "KH01"}
                row |= {"movement": "returning", "residence": "mobile", "activity": "factory"}
                row |= {"date_report": day}
                if name == "HC1" and late:
                    row |= {"residence": "", "date_onset": day}
                if name == "HC1" and month == 11 and number < 3:
                    row |= {"age_years": 4}
                found.append(row)
    return found


@pytest.fixture
def url(cli, prepared, database_url, tmp_path):
    """A year of two facilities; a second source sent two of the records too."""

    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        made = rows()
        hiv = [record(record_id=f"h{n}", disease="hiv", date_visit="2026-05-02", sex="") for n in range(30)]
        assert cli("import", write_csv(tmp_path / "l.csv", *made, *hiv)).code == 0
        again = [row | {"record_id": f"x{row['record_id']}"} for row in made if "HC2-8-1" in row["record_id"]]
        done = cli("import", write_csv(tmp_path / "m.csv", *again), "--source", "another register")
        assert done.code == 0, done.stderr

    prepared(fill)
    return database_url


@pytest.fixture
def database(url):
    opened = store.open_store(settings(url))
    yield opened
    opened.dispose()


def who(*provinces, role="data_manager"):
    return Grant("who@health.example", role, Scope.of(*provinces) if provinces else Scope.everything())


YEAR = Question(date(2025, 12, 1), date(2026, 5, 31))


@pytest.mark.sql
def test_each_kind_is_found_where_it_was_put(database):
    found = quality_list(database, who(), YEAR).findings
    by_kind = {}
    for one in found:
        by_kind.setdefault(one.key.kind, []).append(one)
    assert [(one.key.facility, one.key.field, one.found) for one in by_kind["pair"]] == [
        ("HC1", "child_at_work", 3)
    ]
    blanks = {(one.key.facility, one.key.field, one.value) for one in by_kind["blank"]}
    assert blanks == {("HC1", "residence", 1.0)}
    assert {one.key.facility for one in by_kind["twice"]} == {"HC2"}
    assert sum(one.found for one in by_kind["twice"]) == 11
    assert [one.key.facility for one in by_kind["change"]] == ["HC2"]
    assert {one.key.facility for one in by_kind["digits"]} == {"HC1"} and by_kind["digits"][0].value == 500


def test_a_scope_sees_and_handles_its_own_alone(database):
    own = quality_list(database, who("KH02"), YEAR)
    assert {one.key.facility for one in own.every} == {"HC2"}
    other = next(one.key for one in quality_list(database, who(), YEAR).every if one.key.kind == "pair")
    with pytest.raises(UsageError, match="no such finding"):
        handle(database, who("KH02"), other, {"state": "asked"})
    for role in ("official", "viewer"):
        with pytest.raises(NotPermittedError):
            handle(database, who(role=role), other, {"state": "asked"})
    with pytest.raises(NotPermittedError):
        quality_list(database, who(role="viewer"), YEAR)


@pytest.mark.sql
def test_what_became_of_a_finding_stays_with_it_and_stands_in_the_trail(database, cli):
    key = next(one.key for one in quality_list(database, who(), YEAR).every if one.key.kind == "pair")
    with pytest.raises(UsageError, match="say what explains it"):
        handle(database, who(), key, {"state": "explained"})
    handle(database, who(), key, {"state": "asked", "owner": "OD Poipet", "note": " asked  by telephone "})
    handle(database, who(), key, {"state": "explained", "owner": "OD Poipet", "note": "ages in months"})
    held = next(one for one in quality_list(database, who(), YEAR).every if one.key == key)
    assert (held.state, held.handling.owner, held.handling.note) == (
        "explained",
        "OD Poipet",
        "ages in months",
    )
    with database.operations.connect() as connection:
        done = connection.execute(sa.select(audit.c.action, audit.c.actor)).all()
    assert done.count(("data quality noted", "who@health.example")) == 2
    rows_ = cli(
        "data-quality",
        "--from",
        "2025-12-01",
        "--to",
        "2026-05-31",
        "--state",
        "explained",
        "--format",
        "json",
    )
    assert [(row["kind"], row["owner"]) for row in rows_.json()] == [("pair", "OD Poipet")]
    # A finding of which nothing is left in the records stays on the list, and says so.
    gone = Key("blank", "sex", key.month, key.facility)
    stored.put(database, gone, state="mended", owner="", note="", by="somebody")
    left = next(one for one in quality_list(database, who(), YEAR).every if one.key == gone)
    assert not left.still and left.row()["still_found"] == "no"


def test_a_finding_of_one_month_or_of_all_is_found_again_by_itself(database):
    every = quality_list(database, who(), YEAR).every
    assert {one.key.kind for one in every} >= {"change", "digits"}
    assert all(of_key(database, who(), one.key, YEAR) == one for one in every)
    change = next(one.key for one in every if one.key.kind == "change")
    assert of_key(database, who(), change).key == change


def test_what_is_wrong_with_a_question_is_said(database):
    with pytest.raises(UsageError, match=r"from.*kind"):
        Question.read({"from": "31.5.2026x", "kind": "other"})
    with pytest.raises(UsageError, match="lies after"):
        Question.read({"from": "2026-05-31", "to": "2026-05-01"})
    with pytest.raises(UsageError, match="24 months"):
        quality_list(database, who(), Question(date(2020, 1, 1), date(2026, 5, 31)))


def test_the_page_lists_filters_and_keeps_and_the_file_holds_all(url, database):
    with served(url) as server:
        add_accounts(database, {"manager": ("data_manager", None)})
        manager, official = signed_in(server, "manager"), signed_in(server, "official")
        address = "/data-quality?from=2025-12-01&to=2026-05-31"
        page = manager.get(address).get_data(as_text=True)
        assert "a child below 10 years at work: 3 of" in page and "Whipple" in page and "HIV and" in page
        assert "child below" not in manager.get(f"{address}&kind=blank").get_data(as_text=True)
        assert "choose one of those offered" in manager.get(f"{address}&kind=odd").get_data(as_text=True)
        file = manager.get(address.replace("?", ".csv?")).get_data(as_text=True)
        held = list(csv.DictReader(io.StringIO(file.lstrip("\ufeff"))))
        pair = next(row for row in held if row["kind"] == "pair")
        query = {"kind": "pair", "field": pair["field"], "month": f"{pair['month']}-01", "facility": "HC1"}
        one = manager.get("/data-quality/finding", query_string=query).get_data(as_text=True)
        assert "Who looks after it" in one
        assert '<form method="post"' not in official.get(
            "/data-quality/finding", query_string=query
        ).get_data(as_text=True)
        kept = manager.post(
            "/data-quality/finding", query_string=query, data={"state": "mended", "owner": "OD"}
        )
        assert kept.status_code == 303
        assert "mended · OD" in manager.get(address).get_data(as_text=True)
        wrong = manager.post("/data-quality/finding", query_string=query, data={"state": "odd"})
        assert wrong.status_code == 400
        query["facility"] = "HC9"
        assert manager.get("/data-quality/finding", query_string=query).status_code == 404
