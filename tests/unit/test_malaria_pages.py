"""The malaria worklist and the register of foci: from records, on pages, in files, by the command."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from dashboard.services.clock import today_in_cambodia
from dashboard.web import site as web_site
from db.core.engine import Database
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.web import say_why, served, signed_in

VILLAGE, OPEN_VILLAGE = "01020301", "02010101"


def day(back):
    return (today_in_cambodia() - timedelta(days=back)).isoformat()


def case(number, back, **more):
    answers = {"tested": "yes", "positive": "yes", "date_visit": day(back)}
    return record(record_id=str(number), disease="malaria", **answers) | more


#: All open; all done and classified; late; a relapse; negative; old; of another village; another disease.
RECORDS = (
    case(1, 2, focus=VILLAGE, detail="species=pv; g6pd=not_tested"),
    case(
        2, 5, origin="indigenous", focus=VILLAGE, date_notified=day(5), date_investigated=day(3),
        date_responded=day(1), treated="yes", date_treated=day(5),
        detail="species=pv; g6pd=normal; primaquine=14_days",
    ),
    case(3, 9, origin="imported", date_notified=day(3), date_investigated=day(8), place_infection="TH"),
    case(
        4, 8, origin="relapsing",
        detail="species=pf; notified_within_1_day=yes; investigated_within_3_days=no",
    ),
    case(5, 3) | {"positive": "no"},
    case(6, 500, origin="introduced", focus=VILLAGE),
    case(7, 30, focus=OPEN_VILLAGE, facility_id="HC2"),
    case(8, 1, disease="dengue"),
)  # fmt: skip


def filled(cli, folder):
    facilities = write_csv(
        folder / "f.csv",
        {"facility_id": "HC1", "province": "KH01", "name_en": "First"},
        {"facility_id": "HC2", "province": "KH02", "name_en": "Second"},
    )
    assert cli("facilities", "import", facilities).code == 0
    done = cli("import", write_csv(folder / "a.csv", *RECORDS))
    assert done.code == 0, done.stderr


def listed(cli, what):
    done = cli("malaria", what, "--format", "json")
    assert done.code == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.sql
def test_the_worklist_names_what_is_left_of_each_case_and_the_most_urgent_first(
    database: Database, cli, tmp_path
):
    filled(cli, tmp_path)
    rows, said = listed(cli, "worklist")
    by_day = {(today_in_cambodia() - timedelta(days=back)).isoformat(): back for back in range(40)}
    found = {by_day[row["diagnosed"]]: row for row in rows}
    assert sorted(found) == [2, 5, 8, 30]  # of the imported one nothing is left; 500 days ago is out of reach
    assert [by_day[row["diagnosed"]] for row in rows] == [30, 8, 2, 5]
    states = {back: (row["notify"], row["investigate"], row["respond"]) for back, row in found.items()}
    assert states == {
        2: ("overdue", "due", "due"),
        5: ("done", "done", "done"),
        8: ("done", "overdue", "not_needed"),
        30: ("overdue", "overdue", "overdue"),
    }
    assert (found[2]["step"], found[5]["step"]) == ("notify", None)
    assert (found[2]["radical_cure"], found[5]["radical_cure"], found[8]["radical_cure"]) == (
        "testing", "on_course", None,
    )  # fmt: skip
    assert found[5]["day_of_course"] == 6
    assert found[30]["hours_left"] < 0
    assert "Cases of the last 90 days: 5. With something left to do: 4." in said
    assert "Notify: 2 overdue, 0 with time left." in said
    assert "Not classified: 2." in said


@pytest.mark.sql
def test_the_register_tells_foci_from_villages_that_nobody_classified(database: Database, cli, tmp_path):
    filled(cli, tmp_path)
    rows, said = listed(cli, "foci")
    assert [(row["village"], row["status"], row["local_cases"], row["unclassified"]) for row in rows] == [
        (VILLAGE, "active", 2, 1),
        (OPEN_VILLAGE, None, 0, 1),
    ]
    assert (rows[0]["last_local"], rows[0]["province"]) == (day(5), "KH01")
    assert "1 active, 0 residual, 0 cleared" in said
    assert "1 more villages have cases that nobody has classified" in said


def test_an_empty_database_has_nothing_to_do(cli):
    assert listed(cli, "worklist")[0] == listed(cli, "foci")[0] == []


@pytest.fixture
def site(tmp_path, sqlite_url):
    filled(CommandLine(sqlite_url), tmp_path)
    with served(sqlite_url) as made:
        yield made


def test_pages_and_files_say_the_same_and_cases_ask_for_a_reason(site):
    with site.app_context():
        more = {"epidemiologist": ("epidemiologist", None), "east": ("epidemiologist", ("KH02",))}
        add_accounts(web_site.database(), more)
    reader = signed_in(site, "epidemiologist")
    assert reader.get("/malaria").location.startswith("/records/reason")
    assert reader.get("/malaria.csv").location.startswith("/records/reason")
    say_why(reader)
    page = reader.get("/malaria").get_data(as_text=True)
    for said in ("Notify: 28 days overdue", "day 6 of 14", "not classified", "First", "village 01020301"):
        assert said in page, said
    rows = list(
        csv.DictReader(io.StringIO(reader.get("/malaria.csv").get_data(as_text=True).lstrip("\ufeff")))
    )
    assert len([row for row in rows if row["notify"]]) == 4
    villages = reader.get("/malaria/foci").get_data(as_text=True)
    assert VILLAGE in villages and OPEN_VILLAGE in villages and "Active" in villages
    east = say_why(signed_in(site, "east"))
    assert VILLAGE not in east.get("/malaria").get_data(as_text=True)
    assert VILLAGE not in east.get("/malaria/foci").get_data(as_text=True)
    assert OPEN_VILLAGE in east.get("/malaria/foci").get_data(as_text=True)
    official = signed_in(site, "official")
    assert official.get("/malaria").status_code == 403  # single records
    assert VILLAGE in official.get("/malaria/foci").get_data(as_text=True)
    for kind in ("csv", "xlsx"):
        assert official.get(f"/malaria/foci.{kind}").status_code == 200
    assert signed_in(site, "viewer").get("/malaria/foci").status_code == 403
