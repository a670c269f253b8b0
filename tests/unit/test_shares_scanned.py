"""Scans of an indicator: its own numbers by place and time, given to the engine and nothing else."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.cluster_filters.shares import BY_WEEK, OTHER_DISEASE, SHARES_ALONE
from dashboard.demo.arrivals import UNREACHED, outreach
from dashboard.exports.files import render
from dashboard.permissions import Grant
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.data import NOBODY_COUNTED
from dashboard.services.clusters.defaults import ONE_PROVINCE
from dashboard.services.indicators.engine import indicator_table
from dashboard.services.reception.files import import_records
from dashboard.settings import Settings
from db.core.scope import Scope
from geodata.provinces import PROVINCES
from surveillance.errors import NotPermittedError, UsageError
from surveillance.indicators.scanned import reason_not_scanned, scanned
from surveillance.indicators.table import INDICATORS
from surveillance.scan import scan
from tests.support import outbreaks
from tests.support.cluster_site import grant, ran, result_of
from tests.support.files import write_csv
from tests.support.web import WHY

CHILDREN = "prevention_left_behind_unvaccinated"
#: Home, month of 2025, children of the households visited, and those with vaccinations missing.
VISITS = [
    (home, month, 10, {"KH02": 9, "KH24": 10}.get(home, 3) if month > 2 else 3)
    for home in ("KH02", "KH24", "KH08", "KH20", "KH17")
    for month in (1, 2, 3, 4)
    if (home, month) != ("KH17", 2)
]


def visited(database, folder, visits=VISITS, name="visits"):
    """Households of a table, one for each row, from a file."""
    rows = [
        {
            "record_id": f"{name}-{number}", "crossing": "TH01", "visited_on": f"2025-{month:02d}-15",
            "province_home": home, "remote": "no", "children_under_5": str(children // 2),
            "children_5_to_14": str(children - children // 2), "to_vaccinate": str(missing),
        }
        for number, (home, month, children, missing) in enumerate(visits)
    ]  # fmt: skip
    path = write_csv(folder / f"{name}.csv", *rows)
    done = import_records(database, Grant.custodian(), Settings.read({}), path, "household")
    assert done.receipt.accepted == len(rows), done.reasons


def by_hand(cases, places, **asked):
    """The engine on a table of (place, month, numerator, denominator), without any service."""
    frame = pd.DataFrame(
        [(place, pd.Timestamp(2025, month, 1), n, of) for place, month, n, of in cases],
        columns=["location", "date", "count", "tested"],
    )
    at = pd.DataFrame(places, columns=["location", "latitude", "longitude"])
    usual = {"model": "bernoulli", "rates": "both", "time_unit": "month", "replicates": 99, "seed": 1}
    return scan(frame, at, **(usual | asked))


def told(found):
    """Clusters of a result, as the engine's frame has them."""
    return [
        (
            item.rank, sorted(item.locations), item.start, item.end, item.observed, round(item.expected, 6),
            item.population, round(item.llr, 6), item.p_value, item.rate,
        )
        for item in found.clusters
    ]  # fmt: skip


def of_frame(found):
    """The same of the engine's own answer."""
    return [
        (
            row["rank"], sorted(row["locations"]), row["start"], row["end"], row["observed"],
            round(row["expected"], 6), row["population"], round(row["llr"], 6), row["p_value"], row["rate"],
        )
        for row in found.clusters.to_dict("records")
    ]  # fmt: skip


@pytest.mark.parametrize("time", ["none", "retrospective"])
def test_children_by_home_and_month_are_what_the_engine_makes_of_their_table(time, database, tmp_path):
    visited(database, tmp_path)
    query = ClusterQuery.read(
        {"indicator": CHILDREN, "time": time, "replicates": "99", "max_reported_share": "0.5"}
    )
    found = result_of(database, ran(database, grant(), query))
    homes = sorted({home for home, *_ in VISITS}, key=list(PROVINCES).index)
    places = [(home, PROVINCES[home].label_lat, PROVINCES[home].label_lon) for home in homes]
    table = [(home, month, missing, children) for home, month, children, missing in VISITS]
    plain = by_hand(table, places, time=time, start=date(2025, 1, 1), end=date(2025, 4, 30))
    assert told(found) == of_frame(plain)
    first = found.clusters[0]
    assert (set(first.locations), first.rate) == ({"KH02", "KH24"}, "high")
    if time == "retrospective":
        assert (first.start, first.end, first.observed) == (date(2025, 3, 1), date(2025, 4, 30), 38)
    assert (found.parameters["cases"], found.parameters["tested"]) == (
        sum(missing for *_, missing in VISITS), sum(children for *_, children, _ in VISITS),
    )  # fmt: skip
    nobody = {item.location for item in found.not_scanned if item.reason == NOBODY_COUNTED}
    assert nobody == set(PROVINCES) - set(homes)
    assert set(found.run.nobody) == nobody


def tuberculosis(cli, folder):
    """People tested in each facility in each of four months; in three neighbours few are found positive."""
    rows, number = [], 0
    for at, facility in enumerate(outbreaks.FACILITIES):
        for month in (1, 2, 3, 4):
            for person in range(8):
                number += 1
                positive = person < (1 if at in (4, 5, 6) and month > 1 else 5)
                rows.append(
                    outbreaks._row("tb", number, facility["facility_id"], date(2025, month, 9), positive)
                    | {"detail": '{"xpert": "mtb"}' if positive else ""}
                )
    assert cli("import", write_csv(folder / "tb.csv", *rows)).code == 0


@pytest.mark.sql
def test_the_shares_of_facilities_are_those_of_the_indicators_own_table(filled, cli, tmp_path):
    tuberculosis(cli, tmp_path)
    query = ClusterQuery.read(
        {"indicator": "tb_yield", "by": "facility", "time": "retrospective", "rates": "low",
         "max_duration": "3", "replicates": "99", "max_reported_share": "0.5"}
    )  # fmt: skip
    found = result_of(filled, ran(filled, grant(), query))
    first = found.clusters[0]
    assert set(first.locations) == {"F4", "F5", "F6"}
    assert (first.start, first.observed, first.population) == (date(2025, 2, 1), 9, 72.0)
    table = indicator_table(filled, grant(), "tb_yield", by="facility")
    placed = [row.value for row in table.rows if row.area.code not in ("NOWHERE", "unknown")]
    assert found.parameters["cases"] == sum(value.numerator or 0 for value in placed)
    assert found.parameters["tested"] == sum(value.denominator or 0 for value in placed)
    left_out = {item.location: (item.reason, item.tested) for item in found.not_scanned}
    assert left_out == {"NOWHERE": ("no position", 32)}

    held = [(row["facility_id"], row["latitude"], row["longitude"]) for row in outbreaks.FACILITIES[:-1]]
    places = sorted((name, float(lat), float(lon)) for name, lat, lon in held)
    cases = [
        (name, month, 1 if name in ("F4", "F5", "F6") and month > 1 else 5, 8)
        for name, *_ in places
        for month in (1, 2, 3, 4)
    ]
    asked = {
        "rates": "low",
        "time": "retrospective",
        "max_duration": 3,
        "start": date(2025, 1, 1),
        "end": date(2025, 4, 30),
    }
    assert told(found) == of_frame(by_hand(cases, places, **asked))

    detail = cluster_detail.detail(filled, grant(), found.run.id, 1)
    months = {point.start: (point.inside, point.outside, point.tested_inside) for point in detail.curve}
    assert months[date(2025, 2, 1)] == (3, 5 * 17, 24)
    assert detail.groups == ()
    with pytest.raises(UsageError, match="no list of records"):
        cluster_detail.line_list(filled, grant(), found.run.id, 1, **WHY)


def test_a_run_is_taken_to_satscan_as_it_was_scanned(filled, cli, tmp_path):
    tuberculosis(cli, tmp_path)
    query = ClusterQuery.read({"indicator": "tb_yield", "by": "facility", "replicates": "9"})
    number = ran(filled, grant(), query)
    export = cluster_exports.export(filled, grant(), number, "zip", language="en", link="")
    folder = zipfile.ZipFile(io.BytesIO(render(export, "zip")))
    lines = {
        name: folder.read(name).decode().split("\n")
        for name in folder.namelist()
        if name.endswith((".cas", ".ctl"))
    }
    sums = {name.rpartition(".")[2]: sum(int(line.split()[1]) for line in held if line)
            for name, held in lines.items()}  # fmt: skip
    cases = sum(1 if at in (4, 5, 6) and month > 1 else 5 for at in range(20) for month in (1, 2, 3, 4))
    assert sums == {"cas": cases, "ctl": 8 * 80 - cases}
    csv = render(cluster_exports.export(filled, grant(), number, "csv", language="en", link=""), "csv")
    assert b"locations" in csv


def test_what_comes_later_is_another_run_and_the_same_is_joined(database, tmp_path):
    visited(database, tmp_path)
    query = ClusterQuery.read({"indicator": CHILDREN, "replicates": "9"})
    first = ran(database, grant(), query)
    assert clusters.start(database, grant("other"), query) == first
    assert clusters.start(database, grant(), replace(query, rates="low")) != first
    visited(database, tmp_path, [("KH08", 5, 4, 4)], "more")
    later = ran(database, grant(), query)
    assert later != first
    assert result_of(database, later).parameters["tested"] == 194


def test_numbers_that_contradict_each_other_are_left_out_and_said(database, tmp_path):
    visited(database, tmp_path, [*VISITS, ("KH17", 2, 3, 9)])
    query = ClusterQuery.read({"indicator": CHILDREN, "time": "retrospective", "replicates": "9"})
    used = result_of(database, ran(database, grant(), query)).parameters
    assert (used["tested"], used["unknown_shares"]) == (190, 1)


def test_every_share_can_be_asked_and_no_number_or_rate():
    for name, row in INDICATORS.items():
        assert (name in scanned()) is (row.interval == "wilson"), name
        if name in scanned():
            query = ClusterQuery.read({"indicator": name, "rates": "low"})
            assert ClusterQuery.read(query.parameters()) == query
            assert ClusterQuery.from_canonical(query.canonical()) == query
            assert ClusterQuery.read({"indicator": name}).rates == "both"
        else:
            assert reason_not_scanned(row)
            with pytest.raises(UsageError, match=name):
                ClusterQuery.read({"indicator": name})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"disease": "hiv"}, OTHER_DISEASE),
        ({"model": "poisson"}, SHARES_ALONE),
        ({"time": "retrospective", "time_unit": "day"}, BY_WEEK),
        ({"cases_are": "all"}, "cases_are: goes with the cases"),
        ({"remote": "yes"}, "remote: goes with the cases"),
        ({"place": "home"}, "are those of care alone"),
        ({"indicator": "nothing"}, "is no indicator"),
    ],
    ids=str,
)
def test_what_does_not_go_with_an_indicator_is_named(more, said):
    with pytest.raises(UsageError) as wrong:
        ClusterQuery.read({"indicator": "tb_yield"} | more)
    assert said.partition("{")[0] in str(wrong.value)


def test_the_children_of_a_place_are_for_those_who_answer_for_it(database, tmp_path):
    visited(database, tmp_path)
    query = ClusterQuery.read({"indicator": CHILDREN, "replicates": "9"})
    with pytest.raises(NotPermittedError) as one:
        clusters.start(database, grant("one", "KH02"), query)
    assert str(one.value) == ONE_PROVINCE
    two = grant("two", "KH02", "KH08")
    found = result_of(database, ran(database, two, query), two)
    assert found.parameters["tested"] == 80
    assert {code for item in found.clusters for code in item.locations} <= {"KH02", "KH08"}
    assert [run.id for run in clusters.listed(database, grant())] == []
    other = Grant("x@example.org", "official", Scope(None, programmes=frozenset({"malaria"})))
    with pytest.raises(NotPermittedError):
        clusters.start(database, other, ClusterQuery.read({"indicator": "tb_yield"}))


def test_the_provinces_where_children_were_missed_in_the_demo_are_found():
    sums: Counter[tuple[str, str]] = Counter()
    for entry in outreach(1):
        if entry.kind == "household":
            said = entry.fields
            children = said["children_under_5"] + said["children_5_to_14"]
            sums[said["province_home"], "of"] += children
            sums[said["province_home"], "missing"] += said["to_vaccinate"]
    homes = sorted({home for home, _ in sums})
    cases = [(home, 1, sums[home, "missing"], sums[home, "of"]) for home in homes]
    places = [(home, PROVINCES[home].label_lat, PROVINCES[home].label_lon) for home in homes]
    first = by_hand(cases, places, time="none").clusters.iloc[0]
    assert (set(first["locations"]), first["rate"]) == (set(UNREACHED), "high")
    assert first["p_value"] <= 0.01
