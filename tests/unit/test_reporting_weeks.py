"""Who has reported week by week: the page, its files, and what each account is told."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "report_frequency": "weekly", "report_deadline_days": "3"},
    {"facility_id": "HC2", "province": "KH02", "report_frequency": "weekly", "report_deadline_days": "3"},
    {"facility_id": "HC3", "province": "KH02", "crossing": "TH01"},
)
COLUMNS = ("facility_id", "province", "crossing", "report_frequency", "report_deadline_days")
DAYS = "from=2025-06-02&to=2025-06-29&on=2025-07-01"
VISITS = (
    ("HC1", "tb", "2025-06-03", "2025-06-11"),
    ("HC1", "malaria", "2025-06-10", "2025-06-19"),
    ("HC2", "tb", "2025-06-04", "2025-06-05"),
    ("HC2", "hiv", "2025-06-11", "2025-06-12"),
)


@pytest.fixture
def site(cli, database_url, tmp_path, prepared):
    """Three facilities: records in time and late, one declared week without a patient, and silence."""

    def fill():
        rows = [dict.fromkeys(COLUMNS, "") | facility for facility in FACILITIES]
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *rows)).code == 0
        lines = [
            record(record_id=str(n), facility_id=place, disease=disease, date_visit=day, date_report=told)
            for n, (place, disease, day, told) in enumerate(VISITS)
        ]
        covers = ("--covers", "HC1", "2025-06-16", "2025-06-22")
        done = cli("import", write_csv(tmp_path / "l.csv", *lines), *covers, "--sent", "2025-06-24")
        assert done.code == 0, done.stderr

    prepared(fill)
    with served(database_url) as server:
        yield server


def rows_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def states(client, more=""):
    """State of each report, by facility."""
    found = {}
    for row in rows_of(client, f"/reporting/weeks.csv?{DAYS}{more}"):
        found.setdefault(row["facility_id"], []).append(row["state"])
    return found


def test_each_report_has_its_state(site):
    assert states(signed_in(site, "official")) == {
        "HC1": ["on_time", "late", "zero", "awaited"],
        "HC2": ["on_time", "silent", "silent", "awaited"],  # a record of HIV is no report
        "HC3": ["silent", "silent", "silent", "silent"],  # without a deadline: due on the Sunday
    }


def test_of_one_disease_its_own_records_count_and_of_hiv_declared_periods_alone(site):
    client = signed_in(site, "official")
    assert states(client, "&disease=malaria")["HC1"] == ["silent", "late", "zero", "awaited"]
    of_hiv = states(client, "&disease=hiv")
    assert (of_hiv["HC1"], of_hiv["HC2"]) == (
        ["silent", "silent", "on_time", "awaited"],
        ["silent", "silent", "silent", "awaited"],
    )


def test_figures_are_those_of_the_command_and_the_page_shows_every_look(site, cli):
    client = signed_in(site, "official")
    asked = ("--from", "2025-06-02", "--to", "2025-06-29", "--on", "2025-07-01", "--format", "csv")
    for by in ("facility", "province", "crossing"):
        said = cli("reporting", "--by", by, *asked).stdout
        told = list(csv.DictReader(io.StringIO(said)))
        shown = rows_of(client, f"/reporting/figures.csv?{DAYS}&by={by}")
        assert [{name: row[name] for name in told[0]} for row in shown] == told
    page = client.get(f"/reporting?{DAYS}").get_data(as_text=True)
    for sign in ("●", "◐", "0", "○", "×"):
        assert f'<span aria-hidden="true">{sign}</span>' in page
    assert "first report 2025-06-19; deadline 2025-06-18" in page
    assert "does not say how often 1 facilities report" in page


def test_who_may_not_see_small_numbers_is_not_told_where_nobody_was_seen(site):
    viewer = signed_in(site, "viewer")
    page = viewer.get(f"/reporting?{DAYS}&disease=malaria").get_data(as_text=True)
    assert "all diseases together" in page
    assert "names no patient</span>" not in page
    assert 'name="disease"' not in page
    assert viewer.get("/reporting/weeks.csv").status_code == 403


def test_a_provincial_account_sees_its_own_facilities(site):
    assert set(states(signed_in(site, "provincial"))) == {"HC2", "HC3"}


def test_what_cannot_be_read_is_said(site):
    page = signed_in(site, "official").get("/reporting?from=2569-01-05&by=x").get_data(as_text=True)
    assert page.count('role="alert"') == 2
    assert "Buddhist" in page


def test_a_facility_may_report_on_one_disease_otherwise(site, cli, tmp_path):
    lines = tmp_path / "schedule.csv"
    lines.write_text(
        "facility_id,disease,report_frequency,report_deadline_days,reports_from,reports_to\n"
        "hc1,malaria,monthly,5,,\nHC2,malaria,weekly,0,2025-06-23,\n"
    )
    assert "2 lines: 2 added, 0 changed, 0 unchanged" in cli("facilities", "schedule", lines).stdout
    assert "0 added, 0 changed, 2 unchanged" in cli("facilities", "schedule", lines).stdout
    days = "from=2025-06-01&to=2025-06-30&on=2025-07-02"
    rows = rows_of(signed_in(site, "official"), f"/reporting/weeks.csv?{days}&disease=malaria")
    assert [
        (row["period_from"], row["deadline"], row["state"]) for row in rows if row["facility_id"] == "HC1"
    ] == [("2025-06-01", "2025-07-05", "on_time")]
    assert [row["period_from"] for row in rows if row["facility_id"] == "HC2"] == ["2025-06-23"]
    assert states(signed_in(site, "official"))["HC1"][0] == "on_time"  # all together: as the list says


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("HC1,hiv,weekly,,,", "line 2: HIV and syphilis have no schedule of their own"),
        ("HC9,malaria,weekly,,,", "line 2: facility 'HC9' is not in the facility list"),
        ("HC1,malaria,often,,,", "line 2: 'often' is none of daily, weekly, monthly, quarterly"),
        ("HC1,malaria,weekly,,2569-01-01,", "line 2: reports_from: '2569-01-01' has a year of the Buddhist"),
        ("HC1,malaria,weekly,x,,", "line 2: report_deadline_days: 'x' is not a whole number"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(site, cli, tmp_path, line, said):
    lines = tmp_path / "schedule.csv"
    lines.write_text(
        f"facility_id,disease,report_frequency,report_deadline_days,reports_from,reports_to\n{line}\n"
    )
    done = cli("facilities", "schedule", lines)
    assert done.code == 2
    assert said in done.stderr
