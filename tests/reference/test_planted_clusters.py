"""Every cluster planted in the demo is found by the scans that docs/demo.md names."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.cluster_filters import PERMUTATION, ClusterQuery
from dashboard.commands import parser
from dashboard.demo import plant_scans
from dashboard.demo.facilities import N_SILENT, silences
from dashboard.demo.plants import REFERENCE_N
from dashboard.permissions import Grant
from dashboard.services.clusters import data as cluster_data
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters import standing
from dashboard.services.clusters.watch import watch
from dashboard.services.upkeep import demo
from dashboard.settings import Settings
from db.core.scope import Scope
from db.maintenance.opening import open_database
from tests.support.examples import lane

PLANTS = plant_scans.plants()
#: `make full` takes the usual demo, in which docs/demo.md names what every scan finds; planted clusters of a
#: smaller one are as much smaller.
RECORDS = REFERENCE_N if lane() == "full" else 30_000
#: Two that are too small there to be found by an untouched question.
SMALL = ("dengue-kampong-cham", "awd-osmach")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "demo.md"


@pytest.fixture(scope="module")
def filled(sqlite_files):
    """A demo."""
    with sqlite_files.fresh(migrated=True) as url:
        database = open_database(url)
        settings = Settings.read({"DATABASE_URL": url})
        demo.fill(database, Grant.custodian(), settings, seed=1, count=RECORDS, say=lambda _: None)
        yield database
        database.dispose()


def first_cluster(database, asked):
    """The most likely cluster of a scan, with fewer replicates."""
    query = replace(ClusterQuery.read(asked), replicates=99)
    number = clusters.start(database, Grant.custodian(), query)
    cluster_queue.work(database)  # nothing to do where both questions are the same run
    return clusters.result(database, Grant.custodian(), number).clusters[0]


#: Those that `make test` looks for: by the question that suits the first, by the untouched one of the others.
TRIED = [plant for plant in PLANTS if plant.code not in SMALL][:3]
#: `make full` asks both of all.
ASKED = [
    pytest.param(
        plant,
        ask,
        id=f"{plant.code}-{ask.__name__}",
        marks=()
        if plant in TRIED and ask is (plant_scans.untouched if number else plant_scans.question)
        else pytest.mark.full,
    )
    for number, plant in enumerate(PLANTS)
    for ask in (plant_scans.question, plant_scans.untouched)
]


@pytest.mark.parametrize(("plant", "ask"), ASKED)
def test_every_planted_cluster_is_the_first_that_its_scan_finds(plant, ask, filled):
    """The scan that suits it, and the one of which nothing but disease and kind of place was chosen."""
    found = first_cluster(filled, ask(plant))
    planted = plant_scans.where(plant)
    assert found.p_value == pytest.approx(0.01)
    assert len(planted & set(found.locations)) >= 0.6 * len(planted)
    assert found.n_locations <= 3 * len(planted)
    assert found.start <= plant.end
    assert found.end >= plant.start
    assert found.observed >= 0.5 * plant.cases(RECORDS)


@pytest.mark.parametrize("first", [None, date(2025, 6, 30)])
def test_the_planted_silences_are_found_and_no_others(first, filled):
    query = ClusterQuery(
        "dengue", "facility", model=PERMUTATION, time="prospective", time_unit="day", start=first
    )
    with filled.reading() as connection:
        held = cluster_data.gather(connection, Scope.everything(), query, 99).silent
    found = {row.location: (row.start, row.end) for row in held.itertuples()}
    assert len(held) == len(found) == N_SILENT
    for facility, (start, end) in silences().items():
        assert found[facility][0] <= start and end <= found[facility][1]


def test_the_outbreak_of_measles_is_found_without_a_question(filled, monkeypatch):
    """The first of the standing questions that is answered finds it; four hundred replicates are enough."""
    usual = standing.query_of
    monkeypatch.setattr(standing, "query_of", lambda *asked: replace(usual(*asked), replicates=399))
    standing.StandingScans(2).look(filled, datetime.now(UTC) + standing.QUIET)
    assert cluster_queue.work(filled)
    found = watch(filled, Grant("reader@example.org", "official", Scope.everything()))
    assert (found.asked, found.answered, found.count("waiting")) == (35, 1, 34)
    (plant,) = (plant for plant in PLANTS if plant.disease == "measles")
    first = found.of_interest()[0]
    assert (first.disease, first.places, first.going_on, first.change) == (
        "measles",
        "facility:care",
        True,
        None,
    )
    assert first.centre in plant_scans.where(plant)
    assert first.start <= plant.end and first.end >= plant.start
    assert first.observed >= 0.5 * plant.cases(RECORDS) > 2 * first.expected


def listed(name):
    """Rows of a table in docs/demo.md, by planted cluster."""
    text = PAGE.read_text(encoding="utf-8")
    block = text[text.index(f"<!-- generated: {name} -->") : text.index(f"<!-- end of generated: {name} -->")]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines() if "|" in line
    ]
    return {row[0]: row[1:] for row in rows[2:]}


@pytest.mark.parametrize(
    ("name", "ask"), [("planted", plant_scans.question), ("untouched", plant_scans.untouched)]
)
def test_the_table_names_the_scan_of_every_planted_cluster(name, ask):
    rows = listed(name)
    assert set(rows) == {plant.code for plant in PLANTS} == set(plant_scans.SCANS)
    for plant in PLANTS:
        command = rows[plant.code][0].strip("`")
        assert command == " ".join(shlex.split(plant_scans.command(plant, ask(plant)))[2:])
        options = parser().parse_args(shlex.split(command))
        assert options.disease == plant.disease
        assert float(rows[plant.code][-1]) == 0.001
        assert "missed" not in rows[plant.code][1] or re.search(r"\(1 missed\)", rows[plant.code][1])
