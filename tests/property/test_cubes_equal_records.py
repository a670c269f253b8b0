"""Whatever files come, in whatever order, every cube is the sum of the current records."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.permissions import Grant
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from db.core.engine import Database
from db.cubes import read as cube_read
from db.cubes import sets as cube_sets
from db.cubes import staged_records
from db.cubes import update as cubes
from db.maintenance.opening import open_database
from db.tables.records import SUM_COLUMNS, cube_group, cube_stratum, cube_total
from surveillance.coverage.indicators import STEPS, all_states, contradiction
from surveillance.diseases import DISEASES
from surveillance.vocabulary import ACTIVITY, MOVEMENT
from tests.support import messy
from tests.support.brute_force import Model
from tests.support.examples import examples
from tests.support.files import csv_text

pytestmark = pytest.mark.sql

FAMILIES = {"total": cube_total, "group": cube_group, "stratum": cube_stratum}
SENSITIVE = ("hiv", "syphilis")
SETTINGS = Settings.read({})
WORD = {True: "yes", False: "no", None: ""}
STATES = [answers for _, answers in all_states() if contradiction(answers, False) is None]
AGREEING = st.sampled_from(STATES).map(lambda answers: dict(zip(STEPS, map(WORD.get, answers), strict=True)))
DAYS = st.sampled_from(("2020-12-28", "2020-12-31", "2021-01-01", "2021-01-03", "2021-01-04", "2025-02-28"))


def one_of(*codes: str) -> st.SearchStrategy[str]:
    """One of these, or blank."""
    return st.sampled_from(("", *codes))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, str]:
    """One row that agrees with itself; few facilities and numbers, so that files often meet."""
    return draw(AGREEING) | {
        "record_id": draw(st.sampled_from(("", "1", "1", "2"))),
        "facility_id": draw(st.sampled_from(("HC1", "HC1", "hc1", "HC2"))),
        "disease": draw(st.sampled_from(("tb", "malaria", *SENSITIVE))),
        "date_visit": draw(DAYS),
        "date_treated": draw(st.one_of(st.just(""), DAYS)),
        "province_home": draw(one_of("KH01", "KH12", "TH")),
        "place_infection": draw(one_of("KH16", "TH")),
        "crossing": draw(one_of("TH01", "informal")),
        "sex": draw(one_of("female", "male")),
        "age_years": draw(one_of("3", "30")),
        "residence": draw(one_of("mobile")),
        "activity": draw(one_of("forest", "security_forces")),
        "movement": draw(one_of("deported", "none")),
    }


CONTRADICTION = {"record_id": "1", "facility_id": "HC1", "disease": "tb", "date_visit": "2021-01-01"} | {
    "tested": "no",
    "positive": "yes",
}
LINE_LISTS = st.tuples(
    st.just("import"),
    st.sampled_from(("default", "default", "default", "other")),
    st.lists(st.one_of(rows(), rows(), rows(), st.just(CONTRADICTION)), min_size=1, max_size=8),
)
FACILITY_LISTS = st.tuples(
    st.just("facilities"),
    st.just(""),
    st.lists(
        st.fixed_dictionaries(
            {
                "facility_id": st.sampled_from(("HC1", "hc1", "HC2")),
                "province": st.sampled_from(("KH01", "KH02", "unknown")),
                "kind": st.sampled_from(("", "health_centre", "border_post", "reception_centre")),
            }
        ),
        min_size=1,
        max_size=2,
        unique_by=lambda facility: facility["facility_id"].casefold(),
    ),
)
AGAIN = st.tuples(st.just("again"), st.integers(0, 5), st.none())
STEPS_TAKEN = st.lists(st.one_of(LINE_LISTS, LINE_LISTS, FACILITY_LISTS, AGAIN), min_size=2, max_size=6)


class Machine:
    """A database and the model of it, taken through the same steps."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.model = database, folder, Model()
        self.delivered: list[tuple[str, list[dict[str, str]], list[dict[str, str]]]] = []

    def take(self, kind: str, what: object, items: list[dict[str, str]] | None) -> None:
        """One step."""
        if kind == "facilities":
            path = self.folder / "facilities.csv"
            path.write_text(csv_text(items or []), encoding="utf-8")
            import_facilities(self.database, Grant.custodian(), path)
            self.model.list_facilities(items or [])
        elif kind == "import":
            self.deliver(str(what), items or [], [row for row in items or [] if row is not CONTRADICTION])
        elif self.delivered:
            self._import(int(str(what)) % len(self.delivered))

    def deliver(self, source: str, written: list[dict[str, str]], meant: list[dict[str, str]]) -> None:
        """A file comes: its rows as written, and those that count as what they mean."""
        self.delivered.append((source, written, meant))
        self._import(-1)

    def _import(self, number: int) -> None:
        source, written, meant = self.delivered[number]
        text = csv_text(written)
        path = self.folder / "list.csv"
        path.write_text(text, encoding="utf-8")
        done = imports.import_file(
            self.database,
            Grant.custodian(),
            SETTINGS,
            path,
            ImportOptions(source=source, same_numbers="amend"),
        )
        self.model.import_file(source, text, meant)
        receipt = done.receipt
        assert receipt.rows == len(written)
        assert receipt.rejected == len(written) - len(meant)
        parts = (receipt.accepted, receipt.amended, receipt.withdrawn, receipt.duplicate, receipt.rejected)
        assert receipt.rows == sum(parts)
        if receipt.returned_file:
            Path(receipt.returned_file).unlink()

    def held(self) -> dict[str, dict[str, dict[tuple, dict[str, int]]]]:
        """Every row of every cube, with its sums that are not zero."""
        found: dict[str, dict[str, dict[tuple, dict[str, int]]]] = {}
        with self.database.reading() as connection:
            for family, tables in FAMILIES.items():
                found[family] = {}
                for dimension, table in tables.items():
                    keys = [column.name for column in table.primary_key.columns]
                    if family == "stratum" and dimension != "border":  # in the model's order
                        keys = ["disease", "period", "place", "stratum"]
                    found[family][dimension] = {
                        tuple(row[key] for key in keys): {n: row[n] for n in SUM_COLUMNS if row[n]}
                        for row in connection.execute(sa.select(table)).mappings()
                    }
        return found


@contextmanager
def machine(new_database, folder):
    """A machine on a new database."""
    with new_database() as url:
        database = open_database(url)
        try:
            yield Machine(database, folder)
        finally:
            database.dispose()


def plain(cube: dict) -> dict:
    """Counters as dictionaries without zeros."""
    return {
        key: {name: n for name, n in sums.items() if n} for key, sums in cube.items() if any(sums.values())
    }


def check_cubes(held: dict, expected: dict) -> None:
    """Equal, key by key: no count missing, none left behind, no row of zeros."""
    for family, tables in expected.items():
        for dimension, cube in tables.items():
            assert held[family][dimension] == plain(cube), f"{family} cube by {dimension}"


@settings(
    max_examples=examples(5),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking a failure would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS_TAKEN)
def test_after_any_files_in_any_order_every_cube_is_the_sum_of_the_current_records(
    new_database, tmp_path, steps
):
    with machine(new_database, tmp_path) as both:
        for step in steps:
            both.take(*step)
            check_cubes(both.held(), both.model.cubes())
        before = both.held()
        with both.database.writing() as connection:
            cubes.rebuild(connection)
        assert both.held() == before


@pytest.mark.in_turn("kept", "seed")
@pytest.mark.parametrize("kept", [0, staged_records.MOST])
@pytest.mark.parametrize("seed", [1, 2])
def test_when_a_whole_file_is_amended_and_facilities_move_the_cubes_follow(
    seed, kept, new_database, tmp_path, monkeypatch
):
    monkeypatch.setattr(staged_records, "MOST", kept)
    monkeypatch.setattr(cube_read, "PART", 13)  # several parts, as in a large import
    monkeypatch.setattr(cube_sets.HeldPeriods, "MANY", 1)
    first, other, third = (messy.rows(50, seed=seed + 10 * number) for number in range(3))
    second = [
        tuple(new | {"facility_id": old["facility_id"]} for old, new in zip(*pairs, strict=True))
        for pairs in zip(first, other, strict=True)
    ]
    with machine(new_database, tmp_path) as both:
        for file in (first, second):
            both.deliver("default", *map(list, zip(*file, strict=True)))
            check_cubes(both.held(), both.model.cubes())
        both.take("facilities", "", [dict(facility) for facility in messy.FACILITIES])
        check_cubes(both.held(), both.model.cubes())
        without = [tuple({**row, "record_id": ""} for row in pair) for pair in (*third, *third[:20])]
        both.deliver("default", *map(list, zip(*without, strict=True)))
        check_cubes(both.held(), both.model.cubes())
        moved = [
            {"facility_id": "hc1", "province": "KH24", "kind": "reception_centre"},
            {"facility_id": "MRC", "province": "unknown", "kind": "hospital"},
        ]
        both.take("facilities", "", moved)
        check_cubes(both.held(), both.model.cubes())
        for number in range(3):
            both.take("again", number, None)
        check_cubes(both.held(), both.model.cubes())
        assert len(both.model.records()) == 50 + 70
        before = both.held()
        with both.database.writing() as connection:
            cubes.rebuild(connection)
        assert both.held() == before


def every_kind_of_record() -> list[dict[str, str]]:
    """Each disease at each facility, in each sensitive group."""
    groups = [{"movement": value.code} for value in MOVEMENT] + [
        {"activity": value.code} for value in ACTIVITY
    ]
    return [
        {"facility_id": facility, "disease": disease, "date_visit": "2021-01-01", "crossing": "TH01"}
        | {"movement": "", "activity": ""}
        | group
        for facility in ("HC1", "POST", "CENTRE", "NOWHERE")
        for disease in DISEASES
        for group in groups
    ]


@pytest.fixture
def full(new_database, tmp_path):
    """A database with every kind of record."""
    listed = [
        {"facility_id": "HC1", "province": "KH01", "kind": "health_centre"},
        {"facility_id": "POST", "province": "KH01", "kind": "border_post"},
        {"facility_id": "CENTRE", "province": "KH01", "kind": "reception_centre"},
    ]
    with machine(new_database, tmp_path) as both:
        both.take("facilities", "", listed)
        both.take("import", "default", every_kind_of_record())
        yield both


def test_hiv_and_syphilis_are_in_no_crossing_no_movement_and_no_facility_of_any_cube(full):
    held = full.held()
    check_cubes(held, full.model.cubes())
    for family, tables in held.items():
        diseases = {dimension: {key[0] for key in cube} for dimension, cube in tables.items()}
        for dimension in {"crossing", "facility", "border"} & set(diseases):
            assert diseases[dimension] == set(DISEASES) - set(SENSITIVE), (family, dimension)
        for dimension in ("care", "home", "infection"):
            assert set(SENSITIVE) < diseases[dimension], (family, dimension)
    for dimension, cube in held["group"].items():
        broken_down = {(key[0], key[1]) for key in cube}
        for disease in SENSITIVE:
            assert (disease, "movement") not in broken_down, dimension
            assert (disease, "activity") not in broken_down, dimension
        assert {("tb", "movement"), ("tb", "activity")} <= broken_down
    for cube in held["stratum"].values():
        strata = {key[3] for key in cube if key[0] in SENSITIVE}
        assert len(strata) <= 1  # nothing else differs between these records
    places = {(key[0], key[1]) for key in held["total"]["facility"]}
    assert {place for disease, place in places if disease == "tb"} == {"HC1", "POST", "CENTRE", "unknown"}


@pytest.mark.in_turn()  # PostgreSQL: HIV and syphilis are in none of these cubes
def test_no_kind_and_no_province_of_a_facility_brings_its_hiv_records_into_the_facility_cubes(full):
    for kind, province in (("border_post", "KH01"), ("health_centre", "KH02"), ("", "unknown")):
        full.take("facilities", "", [{"facility_id": "HC1", "province": province, "kind": kind}])
        held = full.held()
        check_cubes(held, full.model.cubes())
        assert not [key for key in held["total"]["facility"] if key[0] in SENSITIVE]
