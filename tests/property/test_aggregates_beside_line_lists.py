"""Aggregate reports and line lists together: each question gets what an obvious count gives."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.permissions import Grant
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from db.aggregates import update as aggregates
from db.core.scope import Scope
from db.cubes import query as cube_query
from db.cubes import reported as reported_cubes
from db.cubes.query import CubeQuery
from db.maintenance.opening import open_database
from db.tables.aggregates import aggregate_care, aggregate_facility
from surveillance.diseases import DISEASES
from surveillance.epiweek import time_cell_number
from surveillance.report_periods import parse_report_period
from tests.support.aggregates import deliver
from tests.support.examples import examples
from tests.support.files import csv_text

pytestmark = pytest.mark.sql

SETTINGS = Settings.read({})
TODAY = date(2026, 1, 31)
PERIODS = (
    "202501",
    "202502",
    "2025Q1",
    "2025",
    "2025Q1",
    "2025S1",
    "202501",
    "202502",
    "202503",
    "202504",
    "2025W05",
    "2025W06",
    "2025W09",
)
ITEMS = ("eligible", "tested", "eligible", "tested", "seen", "positive", "treated", "completed")
DAYS = ("2025-01-01", "2025-01-31", "2025-02-01", "2025-02-03", "2025-03-31", "2025-05-05", "2024-12-31")
FACILITIES = ({"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH02"})


def values() -> st.SearchStrategy[dict[str, str]]:
    """One value of a report."""
    return st.fixed_dictionaries(
        {
            "dataElement": st.tuples(
                st.sampled_from(("malaria", "malaria", "hiv")), st.sampled_from(ITEMS)
            ).map(" ".join),
            "period": st.sampled_from(PERIODS),
            "orgUnit": st.sampled_from(("HC1", "HC1", "HC9")),
            "categoryOptionCombo": st.sampled_from(("", "", "default", "Male", "Female, 0-4")),
            "value": st.integers(0, 40).map(str),
        }
    )


def records() -> st.SearchStrategy[dict[str, str]]:
    """One row of a line list."""
    return st.fixed_dictionaries(
        {
            "record_id": st.sampled_from(("1", "2", "3", "4", "5", "6")),
            "facility_id": st.sampled_from(("HC1", "HC1", "HC9")),
            "disease": st.sampled_from(("malaria", "malaria", "hiv")),
            "date_visit": st.sampled_from(DAYS),
            "sex": st.sampled_from(("male", "female", "")),
            "eligible": st.just("yes"),
            "tested": st.sampled_from(("yes", "no", "")),
        }
    )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.lists(values(), min_size=2, max_size=10)),
        st.tuples(st.just("list"), st.lists(records(), min_size=3, max_size=6)),
        st.tuples(st.just("facilities"), st.just(list(FACILITIES))),
    ),
    min_size=2,
    max_size=5,
)


class Model:
    """Every value and every record as they stand, in plain dictionaries."""

    def __init__(self) -> None:
        self.values: dict[tuple, tuple[str, str, int]] = {}
        self.lists: dict[tuple, dict[str, str]] = {}

    def report(self, rows: list[dict[str, str]]) -> None:
        for row in rows:
            disease, item = row["dataElement"].split()
            combo = row["categoryOptionCombo"]
            key = (row["orgUnit"], disease, item, row["period"], "" if combo == "default" else combo)
            self.values[key] = (disease, item, int(row["value"]))

    def listed(self, rows: list[dict[str, str]]) -> None:
        for row in rows:
            self.lists[row["facility_id"], row["record_id"]] = row

    def counted(self, facility: str, disease: str) -> list[str]:
        """Periods whose report counts, shortest first: those that lie across a shorter one are left out."""
        named = {key[3] for key in self.values if key[:2] == (facility, disease)}
        kept: list[str] = []
        for period in sorted(named, key=lambda p: (_cells(p)[1] - _cells(p)[0], _cells(p)[0])):
            first, last = _cells(period)
            touching = [_cells(k) for k in kept if _cells(k)[0] <= last and first <= _cells(k)[1]]
            if all(first <= a and b <= last for a, b in touching):
                kept.append(period)
        return kept

    def testing(self, facility: str, disease: str, period: str) -> tuple[int, int, int]:
        """Numerator, denominator, unknown of testing in one report."""
        of = {k: v for k, v in self.values.items() if k[0] == facility and k[1] == disease and k[3] == period}

        def total(item: str) -> tuple[int | None, dict[str, int]]:
            plain = [v[2] for k, v in of.items() if k[2] == item and k[4] == ""]
            parts: dict[str, int] = defaultdict(int)
            for k, v in of.items():
                if k[2] == item and k[4] != "":
                    parts[k[4]] += v[2]
            if not plain and not parts:
                return None, {}
            if parts and plain:
                return max(sum(plain), sum(parts.values())), dict(parts)
            return sum(plain) + sum(parts.values()), dict(parts)

        (eligible, by_eligible), (tested, by_tested) = total("eligible"), total("tested")
        if eligible is None:
            return 0, 0, 0
        if tested is None:
            return 0, 0, eligible
        if set(by_eligible) == set(by_tested) and by_eligible:
            pairs = [(by_eligible[g], by_tested[g]) for g in by_eligible]
            rest = (eligible - sum(by_eligible.values()), tested - sum(by_tested.values()))
            plain_eligible = any(k[2] == "eligible" and k[4] == "" for k in of)
            pairs += [rest] if plain_eligible else []
        else:
            pairs = [(eligible, tested)]
        found = [(0, 0, e) if t > e else (t, e, 0) for e, t in pairs]
        return tuple(map(sum, zip(*found, strict=True)))

    def answer(self, facility: str, disease: str, first: int, last: int) -> tuple[int, int, int]:
        """Testing of one facility: the largest reports in some cells, and the line list beside them."""
        inside = [
            p for p in self.counted(facility, disease) if first <= _cells(p)[0] and _cells(p)[1] <= last
        ]
        largest = [
            p
            for p in inside
            if not any(
                _cells(q)[0] <= _cells(p)[0] and _cells(p)[1] <= _cells(q)[1] and _cells(q) != _cells(p)
                for q in inside
            )
        ]
        sums = [self.testing(facility, disease, p) for p in largest]
        for row in self.lists.values():
            cell = time_cell_number(date.fromisoformat(row["date_visit"]))
            if (row["facility_id"], row["disease"]) != (facility, disease) or not first <= cell <= last:
                continue
            if any(_cells(p)[0] <= cell <= _cells(p)[1] for p in largest):
                continue
            tested = row["tested"]
            sums.append((int(tested == "yes"), int(tested != ""), int(tested == "")))
        return tuple(map(sum, zip(*sums, strict=True))) if sums else (0, 0, 0)


def _cells(period: str) -> tuple[int, int]:
    first, last = parse_report_period(period)
    return time_cell_number(first), time_cell_number(last)


def shown(connection, disease: str, dimension: str, first: int, last: int) -> dict[str, tuple[int, int, int]]:
    """What the cubes and the reports say together."""
    query = CubeQuery(disease, dimension, "testing", first, last)
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for place, row in cube_query.by_place(connection, Scope.everything(), query).items():
        for i, number in enumerate((row.numerator, row.denominator, row.unknown)):
            found[place][i] += number
    reports = reported_cubes.read(connection, Scope.everything(), query)
    for place, (_, row) in reports.by_place(first, last).items():
        for i, number in enumerate((row.numerator, row.denominator, row.unknown)):
            found[place][i] += number
    return {place: tuple(numbers) for place, numbers in found.items() if any(numbers)}


QUESTIONS = [
    (_cells(a)[0], _cells(b)[1]) for a, b in (("2025", "2025"), ("2025Q1", "2025Q1"), ("202501", "202502"))
]
QUESTIONS += [_cells("202502"), _cells("2025W06"), (_cells("202412")[0], _cells("202506")[1])]


@contextmanager
def emptied(new_database):
    with new_database() as url:
        database = open_database(url)
        try:
            yield database
        finally:
            database.dispose()


def check(new_database, folder: Path, steps) -> None:
    model, listed, came = Model(), False, set[str]()
    with emptied(new_database) as database:
        for number, (kind, rows) in enumerate(steps):
            path = folder / f"{number}.csv"
            text = csv_text(rows)
            path.write_text(text, encoding="utf-8")
            if kind == "report":
                counts = deliver(database, path, TODAY)
                assert counts.rows == len(rows) == counts.accepted + counts.amended + counts.duplicate
                if text not in came:
                    model.report(rows)
            elif kind == "list":
                imports.import_file(
                    database,
                    Grant.custodian(),
                    SETTINGS,
                    path,
                    ImportOptions(today=TODAY, same_numbers="amend"),
                )
                if text not in came:
                    model.listed(rows)
            else:
                import_facilities(database, Grant.custodian(), path)
                listed = True
            came.add(text)  # the same bytes again never revert what came between (decision 9)
        place = {f["facility_id"]: f["province"] for f in FACILITIES} if listed else {}
        with database.reading() as connection:
            for first, last in QUESTIONS:
                for disease in ("malaria", "hiv"):
                    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
                    for facility in ("HC1", "HC2", "HC9"):
                        for i, n in enumerate(model.answer(facility, disease, first, last)):
                            expected[place.get(facility, "unknown")][i] += n
                    wanted = {p: tuple(n) for p, n in expected.items() if any(n)}
                    assert shown(connection, disease, "care", first, last) == wanted
        _rebuilt_is_equal(database)


def _rebuilt_is_equal(database) -> None:
    def held():
        with database.reading() as connection:
            return [
                sorted(map(tuple, connection.execute(table.select())))
                for table in (aggregate_facility, aggregate_care)
            ]

    before = held()
    with database.writing() as connection:
        aggregates.refresh(connection)
    assert held() == before


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
@given(steps=STEPS)
def test_every_question_gets_the_largest_reports_inside_it_and_the_line_lists_beside(
    sqlite_files, tmp_path, steps
):
    check(lambda: sqlite_files.fresh(migrated=True), tmp_path, steps)


@pytest.mark.postgres
@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(steps=STEPS)
def test_the_same_on_postgresql(postgres_server, tmp_path, steps):
    check(lambda: postgres_server.fresh(migrated=True), tmp_path, steps)


def test_sensitive_diseases_have_no_reports_by_facility(database):
    query = CubeQuery("hiv", "facility", "testing")
    with database.reading() as connection:
        assert not reported_cubes.read(connection, Scope.everything(), query)
    assert DISEASES["hiv"].sensitive
