"""Scans over the border: the same as of files with both sides in them, and what is unknown stays so."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from dashboard.cluster_filters import ClusterQuery
from dashboard.components.clusters.run import run_view
from dashboard.permissions import Grant, Scope
from dashboard.services.clusters import queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.across.asked import reason_refused
from db.maintenance.opening import open_database
from geodata.provinces import PROVINCES
from surveillance.errors import NotPermittedError
from tests.support import outbreaks
from tests.support.files import write_csv

ASKED = (
    "--disease", "measles", "--by", "province", "--model", "space-time-permutation",
    "--time", "retrospective", "--time-unit", "week", "--max-duration", "4", "--replicates", "99",
    "--max-reported-share", "0.5",
)  # fmt: skip
OWN = {one["facility_id"]: one["province"] for one in outbreaks.FACILITIES}
AREAS = {"TH-27": (13.8, 102.1), "TH-23": (12.3, 102.5), "LA-AT": (14.8, 106.8), "VN-37": (11.3, 106.1)}
PEOPLE = {"TH-27": 550_000, "TH-23": 230_000, "VN-37": 1_200_000}
WEEKS = [outbreaks.FIRST + timedelta(weeks=number) for number in range(25)]
#: The last whole week: the records end on its fourth day in the next one.
LAST = "2025-06-22"


def sent():
    """Counts by week of two provinces that sent all, one that left a week out, and one that never sent."""
    rows = []
    for number, day in enumerate(WEEKS):
        for code, cases in (("TH-27", 12 if day == date(2025, 4, 7) else number % 3), ("TH-23", number % 2)):
            rows.append((code, day, cases))
        if number != 7:
            rows.append(("VN-37", day, 1))
    return rows


def iso(day):
    week = day.isocalendar()
    return f"{week.year}-W{week.week:02d}"


@pytest.fixture
def cli(sqlite_cli, sqlite_prepared, tmp_path):
    """The command line on a database of both sides."""

    def fill():
        outbreaks.fill(sqlite_cli, tmp_path)
        areas = [{"area": code, "level": "province", "name_en": f"Area {code}", "latitude": at[0],
                  "longitude": at[1], "source": "NSO"} for code, at in AREAS.items()]  # fmt: skip
        people = [{"area": code, "year": 2024, "population": many} for code, many in PEOPLE.items()]
        people.append({"area": "TH-27", "year": 2010, "population": 1})
        counts = [{"area": code, "disease": "measles", "period": iso(day), "cases": cases, "reported": "90%",
                   "published": "no" if code == "TH-23" else "yes"}
                  for code, day, cases in sent()]  # fmt: skip
        for name, rows in (("a", areas), ("p", people), ("c", counts)):
            done = sqlite_cli("neighbours", "import", write_csv(tmp_path / f"{name}.csv", *rows))
            assert done.code == 0, done.stderr

    sqlite_prepared(fill)
    return sqlite_cli


def document(outcome):
    """The JSON document of a scan that must succeed."""
    assert outcome.code == 0, outcome.stderr
    return json.loads(outcome.stdout)


def own_files(tmp_path, *, people=None):
    """Both sides' rows put together, as anyone would: our positives by province and day, theirs by week."""
    held = Counter(
        (OWN[row["facility_id"]], row["date_visit"])
        for row in outbreaks.rows()
        if row["positive"] == "yes" and row["facility_id"] in OWN and row["date_visit"] <= LAST
    )
    scanned = ("TH-23", "TH-27")
    rows = [{"location": place, "date": day, "count": many} for (place, day), many in sorted(held.items())]
    rows += [{"location": code, "date": day.isoformat(), "count": cases}
             for code, day, cases in sent()
             if code in scanned and cases and day.isoformat() <= LAST]  # fmt: skip
    places = [{"location": one.pcode, "latitude": one.label_lat, "longitude": one.label_lon}
              for one in PROVINCES.values() if people is None or one.pcode in people]  # fmt: skip
    places += [
        {"location": code, "latitude": AREAS[code][0], "longitude": AREAS[code][1]} for code in scanned
    ]
    if people is not None:
        places = [row | {"population": (people | PEOPLE)[row["location"]]} for row in places]
        rows = [row for row in rows if row["location"] in people or row["location"] in scanned]
    return ("--cases", write_csv(tmp_path / "cases.csv", *rows), "--locations",
            write_csv(tmp_path / "places.csv", *places))  # fmt: skip


def numbers(said):
    """What must be the same to the digit: clusters and their members, without names and the run."""
    kept = ("rank", "start", "end", "observed", "expected", "observed_expected", "relative_risk", "llr",
            "p_value", "radius_km", "centre", "locations", "n_locations", "recurrence_interval_days",
            "gumbel_p_value")  # fmt: skip
    return [{name: row[name] for name in kept} for row in said["clusters"]]


PERIOD = ("--from", "2025-01-06", "--to", LAST)


def test_both_sides_are_scanned_as_ones_own_files_are(cli, tmp_path):
    held = document(cli("clusters", *ASKED, *PERIOD, "--with-neighbours", "--format", "json"))
    options = [one for one in ASKED if one not in ("--disease", "measles", "--by", "province")]
    files = document(cli("clusters", *own_files(tmp_path), *options, *PERIOD, "--format", "json"))
    assert numbers(held) == numbers(files) and held["clusters"]
    assert any("TH-27" in row["locations"] for row in held["clusters"])
    assert held["parameters"]["cases"] == files["parameters"]["cases"]


def test_populations_of_the_other_side_are_those_held(cli, tmp_path):
    people = {"KH01": 900_000, "KH02": 1_100_000, "KH03": 800_000}
    table = write_csv(tmp_path / "people.csv",
                      *({"location": code, "population": many} for code, many in people.items()))  # fmt: skip
    asked = ("--model", "poisson", "--time", "retrospective", "--time-unit", "week", "--max-duration", "4",
             "--replicates", "99", *PERIOD, "--format", "json")  # fmt: skip
    held = document(cli("clusters", "--disease", "measles", "--by", "province", "--with-neighbours",
                        "--population", table, *asked))  # fmt: skip
    files = document(cli("clusters", *own_files(tmp_path, people=people), *asked))
    assert numbers(held) == numbers(files) and held["clusters"]


def test_a_run_says_what_it_took_of_the_other_side_and_can_be_verified(cli, sqlite_url, tmp_path):
    said = document(cli("clusters", *ASKED, *PERIOD, "--with-neighbours", "--format", "json"))
    used = said["parameters"]
    told = " | ".join(used["across_border"])
    for text in ("differs from here", "reports due came", "Area TH-27 (TH-27): ", "cases in 24 weeks",
                 "90% reported, said for 24 of 24 steps", "a source that was not named, published",
                 "Area VN-37 (VN-37): steps that were not sent: 1; they are unknown, not zero"):  # fmt: skip
        assert text in told, (text, told)
    assert "LA-AT" not in told  # of this disease nothing was ever sent
    only = {str(row["rank"]) for row in said["clusters"]
            if all(code.startswith("TH-") for code in row["locations"])}  # fmt: skip
    assert only and {used["clusters_across"][rank] for rank in only} == {
        "all of its places lie across the border"
    }
    printed = cli("clusters", *ASKED, *PERIOD, "--with-neighbours").stderr
    assert "all of its places lie across" in printed
    assert f"{used['cases_here']} cases here and {used['cases_across']} across the border" in printed
    assert used["cases_here"] + used["cases_across"] == used["cases"]
    assert cli("verify").code == 0
    # A better count makes another run; the first one still rests on what it took, and can be made again.
    row = {"area": "TH-27", "disease": "measles", "period": iso(WEEKS[2]), "cases": 9, "published": "yes"}
    assert cli("neighbours", "import", write_csv(tmp_path / "d.csv", row)).code == 0
    other = document(cli("clusters", *ASKED, *PERIOD, "--with-neighbours", "--format", "json"))
    assert other["parameters"]["run_id"] != used["run_id"]
    assert other["parameters"]["cases"] == used["cases"] + 9 - 2
    assert cli("verify").code == 0
    folder = tmp_path / "run.zip"
    assert cli("clusters", *ASKED, *PERIOD, "--with-neighbours", "--out", folder).code == 0
    database = open_database(sqlite_url)
    held = clusters.result(database, Grant.custodian(), used["run_id"])
    assert held.places["TH-27"].position == AREAS["TH-27"]
    view = run_view(held, "en", str, (3, 4))
    facts = dict(view.facts)
    across = sum(cases for code, day, cases in sent() if code != "VN-37" and day.isoformat() <= LAST)
    assert facts["Cases scanned, across the border"] == f"{across:,}"
    assert facts["Cases scanned, this side"] == f"{used['cases'] - across:,}"
    assert "3 of 4 reports" in view.across.here
    with database.writing() as connection:
        connection.execute(sa.text("update neighbour_count set cases = 1 where area = 'TH-27' and batch = 1"))
    database.dispose()
    wrong = cli("verify")
    assert wrong.code == 1 and f"run {used['run_id']}: TH-27 had" in wrong.stdout


def test_what_was_not_sent_is_no_zero_and_nothing_is_asked_that_cannot_be(cli):
    said = cli("clusters", *ASKED, "--from", "2025-03-01", "--with-neighbours", "--format", "json")
    told = " | ".join(document(said)["parameters"]["across_border"])
    assert "VN-37): 16 cases in 16 weeks" in told and "unknown" not in told  # the week lies before it
    for more, text in (
        (("--by", "facility"), "care or of home"), (("--disease", "hiv"), "this side alone"),
        (("--model", "bernoulli"), "nobody's tests"), (("--time-unit", "day"), "by week or month"),
        (("--time-unit", "month"), "other unit of time"), (("--covariates", "sex"), "without groups"),
        (("--disease", "dengue"), "no counts of this disease are held"),
        (("--remote", "yes"), "this side alone"),
        (("--place", "infection"), "care or of home"), (("--along", "roads"), "end at the border"),
    ):  # fmt: skip
        refused = cli("clusters", *ASKED, "--with-neighbours", *more)
        assert refused.code == 2 and text in refused.stderr, (more, refused.stderr)
    short = cli("clusters", *ASKED, "--with-neighbours", "--from", "2025-02-04", "--to", "2025-02-12")
    assert short.code != 0 and "the period has none" in short.stderr


def test_who_may_ask_sees_what_was_published(cli, sqlite_url):
    database = open_database(sqlite_url)
    query = ClusterQuery(
        "measles", place="care", with_neighbours=True, model="space-time-permutation", time="retrospective",
        time_unit="week", replicates=9,
    )  # fmt: skip
    national = Grant("a", "epidemiologist", Scope.everything())
    some = replace(national, scope=Scope(frozenset({"KH01", "KH02"})))
    left_out = {}
    for grant in (national, some):
        number = clusters.ask(database, grant, query, at_once=True)[0]
        queue.work_on(database, grant, number, workers=1)
        assert clusters.status(database, grant, number).status == "done"
        across = clusters.result(database, grant, number).parameters["across"]
        left_out[grant] = {one["code"]: one["reason"] for one in across["left_out"]}
    assert left_out == {
        national: {"VN-37": "not sent"}, some: {"VN-37": "not sent", "TH-23": "not published"},
    }  # fmt: skip
    viewer = Grant("v", "viewer", Scope.everything())
    with pytest.raises(NotPermittedError):
        clusters.ask(database, viewer, query)
    other = replace(national, scope=Scope(None, programmes=frozenset({"tb"})))
    with pytest.raises(NotPermittedError):
        clusters.ask(database, other, query)
    assert reason_refused(viewer, query) and not reason_refused(national, query)
    database.dispose()
