"""`districts import`: every row accounted for; a facility that moves counts where it was, on each day."""

from __future__ import annotations

import csv
import io

import pytest

from dashboard.services.clusters import locations
from dashboard.services.disclosure.opening import opened
from dashboard.services.early_warning.read import daily
from db.clusters import case_counts
from db.clusters.case_counts import CaseQuery
from db.core.scope import Scope
from surveillance.errors import NotPermittedError
from tests.support.command_line import OUTCOMES
from tests.support.files import read_csv, record, write_csv

FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "operational_district": "Poipet"},
    {"facility_id": "HC2", "province": "KH01", "operational_district": "Mongkol Borei"},
    {"facility_id": "HC3", "province": "KH02", "operational_district": "Sangkae"},
)
COLUMNS = ("facility_id", "operational_district", "province", "from", "source", "record_status")


def row(facility_id="HC1", operational_district="Thma Puok", since="2024-03-11", **more):
    return (
        dict.fromkeys(COLUMNS, "")
        | {
            "facility_id": facility_id,
            "operational_district": operational_district,
            "from": since,
            "source": "Department of Planning",
        }
        | more
    )


def bring(cli, tmp_path, *rows, name="d.csv", code=0):
    done = cli("districts", "import", write_csv(tmp_path / name, *rows), "--format", "json")
    assert done.code == code, done.stderr
    return done.one


def counts(receipt):
    found = tuple(receipt[name] for name in OUTCOMES)
    assert receipt["rows"] == sum(found)
    return found


def entries(cli, *asked):
    done = cli("districts", "list", "--format", "json", *asked)
    assert done.code == 0, done.stderr
    return [(one["facility_id"], one["operational_district"], one["from"], one["to"]) for one in done.json()]


def visits():
    """Malaria at HC1, five before the move and three after; two at HC2; one of HIV."""
    days = ["2024-03-04"] * 5 + ["2024-03-12"] * 3
    same = {"disease": "malaria", "eligible": "yes", "tested": "yes", "positive": "yes"}
    found = [
        record(record_id=str(at), facility_id="HC1", date_visit=day, date_notified=day, **same)
        for at, day in enumerate(days)
    ]
    found += [
        record(record_id=f"b{at}", facility_id="HC2", date_visit=day, date_notified=day, **same)
        for at, day in enumerate(days[-2:])
    ]
    return [*found, record(record_id="h", facility_id="HC3", date_visit="2024-03-04", disease="hiv")]


@pytest.fixture
def app(cli, prepared, tmp_path):
    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        assert cli("import", write_csv(tmp_path / "a.csv", *visits())).code == 0

    prepared(fill)
    return cli


@pytest.mark.sql
def test_entries_come_change_with_history_go_and_come_again_without_a_trace(app, tmp_path):
    first = [row(), row("HC2", "OD mongkol borei", "")]
    assert counts(bring(app, tmp_path, *first)) == (2, 0, 0, 0, 0)
    assert counts(bring(app, tmp_path, *first)) == (0, 0, 0, 2, 0)
    assert entries(app) == [
        ("HC1", "Poipet", None, "2024-03-11"),  # what the facility list had is kept
        ("HC1", "Thma Puok", "2024-03-11", None),
        ("HC2", "Mongkol Borei", None, None),  # the name as it is written already
        ("HC3", "Sangkae", None, None),
    ]
    assert counts(bring(app, tmp_path, row(operational_district="Svay Chek"), name="b.csv")) == (
        0,
        1,
        0,
        0,
        0,
    )
    assert counts(bring(app, tmp_path, *first)) == (0, 0, 0, 2, 0)  # never reverts an amendment (decision 9)
    assert ("HC1", "Svay Chek", "2024-03-11", None) in entries(app)
    history = app("districts", "list", "--history", "--format", "json").json()
    assert [one["in_force"] for one in history if one["from"]] == [True, False]
    assert counts(bring(app, tmp_path, row(record_status="withdrawn"), name="c.csv")) == (0, 0, 1, 0, 0)
    assert entries(app)[0] == ("HC1", "Poipet", None, None)
    assert app("verify").code == 0
    out = tmp_path / "out.csv"
    assert app("districts", "export", out).code == 0
    assert counts(bring(app, tmp_path, *read_csv(out), name="again.csv"))[1:] == (0, 0, 2, 0)


REFUSED = (
    (row("HC9"), "is not in the facility list"),
    (row(""), "is blank"),
    (row(operational_district=""), "is blank"),
    (row(operational_district="unknown"), "is no district"),
    (row(since="soon"), "is no day"),
    (row(since="2999-01-01"), "has not come yet"),
    (row(province="KH02"), "has the facility in KH01"),
    (row(province="Nowhere"), "is no province"),
    (row(record_status="gone"), "cannot be read"),
    (row(record_status="withdrawn", since="2020-01-01"), "no such entry"),
)


def test_a_row_that_cannot_be_taken_goes_back_with_its_reason(app, tmp_path):
    twice = (row("HC2"), row("HC2", "Svay Chek"))
    given = [*(one for one, _ in REFUSED), *twice]
    assert counts(bring(app, tmp_path, *given)) == (1, 0, 0, 0, len(REFUSED) + 1)
    reasons = [one["chhlang_reason"] for one in read_csv(tmp_path / "d.returned-1.csv")]
    for reason, said in zip(reasons, [*(said for _, said in REFUSED), "says something else"], strict=True):
        assert said in reason


def indicator(app, *asked):
    done = app("indicators", "--format", "csv", *asked)
    assert done.code == 0, done.stderr
    rows = csv.DictReader(io.StringIO(done.stdout))
    return {one["code"]: int(one["denominator"]) for one in rows if one["denominator"] not in ("", "0")}


@pytest.mark.parametrize("name", ["malaria_testing", "malaria_notified_1_day"])
def test_indicators_count_a_facility_where_it_was(app, tmp_path, name):
    asked = ("--id", name, "--by", "district")
    assert indicator(app, *asked) == {"Poipet": 8, "Mongkol Borei": 2}
    bring(app, tmp_path, row())
    assert indicator(app, *asked) == {"Poipet": 5, "Thma Puok": 3, "Mongkol Borei": 2}
    assert indicator(app, *asked, "--from", "2024-03-11") == {"Thma Puok": 3, "Mongkol Borei": 2}


def test_reports_count_where_the_facility_was_when_their_period_ended(app, tmp_path):
    asked = (
        "reporting",
        "--by",
        "district",
        "--from",
        "2024-03-04",
        "--to",
        "2024-03-17",
        "--format",
        "json",
    )
    before = {one["code"]: (one["due"], one["received"]) for one in app(*asked).json()}
    assert before == {"Poipet": (2, 2), "Mongkol Borei": (2, 1), "Sangkae": (2, 0)}
    bring(app, tmp_path, row())
    after = {one["code"]: (one["due"], one["received"]) for one in app(*asked).json()}
    assert after == {"Poipet": (1, 1), "Thma Puok": (1, 1), "Mongkol Borei": (2, 1), "Sangkae": (2, 0)}
    whole = app("reporting", "--by", "country", *asked[3:]).one
    assert (whole["due"], whole["received"]) == tuple(map(sum, zip(*after.values(), strict=True)))


def test_the_facility_list_does_not_undo_a_dated_district(app, tmp_path):
    bring(app, tmp_path, row())
    done = app("facilities", "import", write_csv(tmp_path / "f2.csv", *FACILITIES))
    assert done.code == 0
    assert "the dated table of districts has 'Thma Puok'" in done.stdout + done.stderr
    assert app("verify").code == 0


@pytest.mark.sql
def test_scans_count_by_district_and_place_it_in_the_middle_of_its_facilities(app, tmp_path, database):
    points = ({"latitude": "13.5", "longitude": "102.5"}, {"latitude": "13.7", "longitude": "102.9"})
    listed = [one | at for one, at in zip(FACILITIES, points, strict=False)]
    assert app("facilities", "import", write_csv(tmp_path / "g.csv", *listed)).code == 0
    bring(app, tmp_path, row(), row("HC2", "Thma Puok", "2024-03-11"))
    with database.reading() as connection:
        every = Scope.everything()
        found = case_counts.daily(connection, every, CaseQuery("malaria", "district", 1))
        counted = list(zip(found["location"], map(str, found["date"]), found["found"], strict=True))
        assert counted == [("Poipet", "2024-03-04", 5), ("Thma Puok", "2024-03-12", 5)]
        where = locations.places(connection, every, "district")
        assert where["Thma Puok"].position == (pytest.approx(13.6), pytest.approx(102.7))
        assert where["Mongkol Borei"].position == (13.7, 102.9)  # where it was before
        assert where["Sangkae"].position is None
        own = Scope.made(districts=["Thma Puok"])
        assert case_counts.daily(connection, own, CaseQuery("malaria", "district", 1))["found"] == [5, 5]
        with pytest.raises(NotPermittedError):
            case_counts.daily(connection, every, CaseQuery("hiv", "district", 1))


def test_early_warning_counts_a_district_while_the_facility_belonged_to_it(app, tmp_path, database):
    bring(app, tmp_path, row())
    with database.reading() as connection:
        box = daily(connection, Scope.everything(), "malaria", "district", every_record=True, reporting=False)
        counts = opened(box).counts
    assert {name: sum(days.values()) for name, days in counts.items()} == {
        "Poipet": 5,
        "Thma Puok": 3,
        "Mongkol Borei": 2,
        "Sangkae": 0,
    }
