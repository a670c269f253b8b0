"""`neighbours import`: every row accounted for, every version kept, and who is shown which counts."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.permissions import Grant, Scope
from dashboard.services.neighbours import tables
from db.maintenance.opening import open_database
from tests.support.command_line import OUTCOMES
from tests.support.files import read_csv, write_csv

SHARED = Path(__file__).parents[3] / "shared" / "cross_border" / "dengue_monthly.csv"


def area(code, level="province", name="Sa Kaeo", **more):
    return dict.fromkeys(
        ("area", "level", "parent", "name_en", "name_km", "name_local", "latitude", "longitude", "source",
         "record_status"), ""
    ) | {"area": code, "level": level, "name_en": name, "source": "NSO"} | more  # fmt: skip


def count(code, period, cases, **more):
    return {"area": code, "disease": "dengue", "period": period, "cases": cases, "reported": "",
            "published": "", "source": "DDC", "record_status": ""} | more  # fmt: skip


AREAS = (
    area("TH27", latitude=13.8, longitude=102.1), area("TH-23", name="Trat"),
    area("2701", "district", "Mueang", parent="TH-27", country="Thailand"),
)  # fmt: skip


def rows_of(*rows):
    columns = dict.fromkeys(name for row in rows for name in row)
    return [dict.fromkeys(columns, "") | row for row in rows]


def bring(cli, tmp_path, *rows, name="n.csv", more=(), code=0):
    path = write_csv(tmp_path / name, *rows_of(*rows))
    done = cli("neighbours", "import", path, "--format", "json", *more)
    assert done.code == code, done.stderr
    return done.one


def counts(receipt):
    found = tuple(receipt[name] for name in OUTCOMES)
    assert receipt["rows"] == sum(found)
    return found


def held(cli, kind, *asked):
    return cli("neighbours", "list", kind, "--format", "json", *asked).json()


@pytest.mark.sql
def test_areas_populations_and_counts_come_change_with_history_and_go(cli, tmp_path):
    receipt = bring(cli, tmp_path, *AREAS)
    assert (counts(receipt), receipt["kind"]) == ((3, 0, 0, 0, 0), "areas")
    assert [one["area"] for one in held(cli, "areas")] == ["TH-23", "TH-27", "TH-2701"]
    people = [{"area": "TH-27", "year": 2568, "population": "550,000"}, {"area": "TH27", "year": 2020,
               "population": 540000}]  # fmt: skip
    receipt = bring(cli, tmp_path, *people, name="p.csv", more=("--source", "NSO"))
    assert (counts(receipt), receipt["kind"]) == ((2, 0, 0, 0, 0), "population")
    assert any("Buddhist era" in note for note in receipt["notes"])
    assert [(one["year"], one["population"]) for one in held(cli, "population")] == [
        (2020, 540_000), (2025, 550_000),
    ]  # fmt: skip
    first = [count("TH-27", "2025-01", 12, reported="80%"), count("TH-27", "2025W07", 3),
             count("TH-2701", "2568-02", 0, published="yes")]  # fmt: skip
    assert counts(bring(cli, tmp_path, *first, name="c.csv")) == (3, 0, 0, 0, 0)
    assert counts(bring(cli, tmp_path, *first, name="c.csv")) == (0, 0, 0, 3, 0)
    better = [count("TH-27", "2025-01", 15, reported="0.95")]
    assert counts(bring(cli, tmp_path, *better, name="d.csv")) == (0, 1, 0, 0, 0)
    assert counts(bring(cli, tmp_path, *first, name="c.csv")) == (0, 0, 0, 3, 0)  # never reverts it
    told = [(one["area"], one["period"], one["cases"], one["reported"]) for one in held(cli, "counts")]
    assert told == [
        ("TH-27", "2025-01", 15, 0.95), ("TH-27", "2025-W07", 3, None), ("TH-2701", "2025-02", 0, None),
    ]  # fmt: skip
    history = held(cli, "counts", "--history", "--area", "TH-27")
    assert [(one["cases"], one["in_force"]) for one in history] == [(15, True), (12, False), (3, True)]
    taken = count("TH-27", "2025W07", "", record_status="withdrawn")
    assert counts(bring(cli, tmp_path, taken, name="e.csv")) == (0, 0, 1, 0, 0)
    assert cli("verify").code == 0
    for kind, many in (("areas", 3), ("population", 2), ("counts", 2)):
        out = tmp_path / f"{kind}.csv"
        assert cli("neighbours", "export", kind, out).code == 0
        assert counts(bring(cli, tmp_path, *read_csv(out), name="again.csv")) == (0, 0, 0, many, 0)


def test_every_fault_of_a_row_goes_back_with_it(sqlite_cli, tmp_path):
    cli = sqlite_cli
    rows = [
        area("TH-27"), area("TH-27", name="Other"), area("KH-1"), area("TH-99", "county"),
        area("TH-9901", "district"), area("TH-9902", "district", parent="VN-1"), area("TH-50", name=""),
        area("TH-51", latitude=102.1, longitude=13.8), area("=cmd|' /C calc'!A0"), area("TH-52", latitude=1),
        area("TH-53", record_status="withdrawn"), area("LA-AT", name="=HYPERLINK(\"x\")\u202e"),
    ]  # fmt: skip
    receipt = bring(cli, tmp_path, *rows)
    assert counts(receipt) == (2, 0, 0, 0, 10)
    text = Path(receipt["returned_file"]).read_text(encoding="utf-8-sig")
    for said in ("something else of the same area", "is no area of Thailand", "none of province, district",
                 "name the province of a district", "lies in another country", "is blank",
                 "latitude comes first", "write both, or none", "no such entry to take back"):  # fmt: skip
        assert said in text, said
    assert cli("neighbours", "export", "areas", tmp_path / "a.csv").code == 0
    assert "'=HYPERLINK" in (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert counts(bring(cli, tmp_path, *read_csv(tmp_path / "a.csv"), name="b.csv")) == (0, 0, 0, 2, 0)
    rows = [
        count("TH-27", "2025-01", 3), count("TH-27", "2025-01", 4), count("TH-28", "2025-01", 4),
        count("TH-27", "2199-01", 4), count("TH-27", "2025-01-07", 4), count("TH-27", "2025Q1", 4),
        count("TH-27", "2025-02", ""), count("TH-27", "2025-03", -1), count("TH-27", "2025-04", 1.5),
        count("TH-27", "2025-05", 1, reported=85), count("TH-27", "2025-06", 1, published="maybe"),
        count("TH-27", "2025-07", 1, disease="plague?"), count("TH-27", "2025-08", 1, step="week"),
    ]  # fmt: skip
    receipt = bring(cli, tmp_path, *rows, name="c.csv")
    assert counts(receipt) == (1, 0, 0, 0, 12)
    text = Path(receipt["returned_file"]).read_text(encoding="utf-8-sig")
    for said in ("something else of the same area, disease", "no area that is held", "has not come",
                 "is no first day", "no week or month", "leave out what is not known", "no whole number",
                 "is no share", "write yes or no", "no disease", "what the column step says"):  # fmt: skip
        assert said in text, said
    # An area with counts stays while they do.
    receipt = bring(cli, tmp_path, area("TH-27", record_status="withdrawn"), name="w.csv")
    assert counts(receipt) == (0, 0, 0, 0, 1)
    short = write_csv(tmp_path / "short.csv", {"area": "TH-27", "cases": 1})
    done = cli("neighbours", "import", short)
    assert done.code == 3 and "lacks period" in done.stderr


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            ("2025-09-01", "2025-10-01"),
            [("month", "2025-09"), ("month", "2025-10")],
        ),
        (("2025-09-01", "2025-09-08"), [("week", "2025-W36"), ("week", "2025-W37")]),
        (("01/10/2568", "01/11/2568"), [("month", "2025-10"), ("month", "2025-11")]),
    ],
)
def test_days_of_a_spreadsheet_are_the_steps_that_begin_on_them(sqlite_cli, tmp_path, texts, expected):
    bring(sqlite_cli, tmp_path, area("TH-27"))
    more = ("--dates", "day-first", "--era", "thai")
    done = bring(sqlite_cli, tmp_path, *(count("TH-27", text, 1) for text in texts), name="c.csv", more=more)
    assert ("Buddhist era were read as 543 ahead; rows: 2" in str(done["notes"])) is ("/2568" in texts[0])
    assert [(one["step"], one["period"]) for one in held(sqlite_cli, "counts")] == expected


def test_who_is_shown_which_counts(sqlite_cli, sqlite_url, tmp_path):
    cli = sqlite_cli
    bring(cli, tmp_path, *AREAS)
    refused = bring(cli, tmp_path, count("TH-2701", "2025-01", 9, disease="hiv"), name="h.csv")
    assert counts(refused) == (0, 0, 0, 0, 1)
    bring(
        cli, tmp_path, count("TH-27", "2025-01", 2, published="yes"), count("TH-27", "2025-02", 3),
        count("TH-27", "2025-01", 40, disease="hiv", published="yes"), name="c.csv",
    )  # fmt: skip
    database = open_database(sqlite_url)

    def told(grant):
        rows = tables.listed(database, grant, "counts")
        return {(one["disease"], one["period"]): one["cases"] for one in rows}

    whole = {("dengue", "2025-01"): 2, ("dengue", "2025-02"): 3, ("hiv", "2025-01"): 40}
    assert told(Grant.custodian()) == whole
    national = Grant("a", "epidemiologist", Scope.everything())
    assert told(national) == whole
    some = replace(national, scope=Scope(frozenset({"KH01"})))
    assert told(some) == whole | {("dengue", "2025-02"): None}
    viewer = Grant("v", "viewer", Scope.everything())
    assert told(viewer) == {("dengue", "2025-01"): 2, ("dengue", "2025-02"): None}
    database.dispose()


@pytest.mark.skipif(not SHARED.exists(), reason="the counts of both sides are not part of the product")
def test_real_counts_of_both_sides_are_read_as_they_are(sqlite_cli, tmp_path):
    with SHARED.open(encoding="utf-8") as file:
        codes = {row["iso_3166_2"]: row["province"] for row in csv.DictReader(file)}
    thai = [area(code, name=name) for code, name in sorted(codes.items()) if code.startswith("TH")]
    assert counts(bring(sqlite_cli, tmp_path, *thai))[0] == len(thai)
    done = sqlite_cli("neighbours", "import", SHARED, "--disease", "dengue", "--published", "--source",
                      "OpenDengue V1.3", "--format", "json")  # fmt: skip
    receipt = done.one
    with SHARED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    of_thailand = sum(row["iso_3166_2"].startswith("TH") and row["cases"] != "" for row in rows)
    assert receipt["accepted"] == of_thailand and receipt["rejected"] == len(rows) - of_thailand
