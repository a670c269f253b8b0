"""The change of every area is what two tables say, and nobody learns by it what the table hides."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.changes import COLUMNS, changes
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.table import coverage
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.coverage.area_changes import changes as as_a_family
from surveillance.coverage.area_changes import compared, group_of
from surveillance.coverage.paired_change import paired
from surveillance.errors import NotPermittedError
from surveillance.windows import Window
from surveillance.windows import compared as windows_of
from tests.support import messy
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

TODAY = date(2026, 6, 15)
#: The first record is of 2024-02-29.
SPAN = {"start": date(2025, 1, 1), "end": date(2025, 6, 30)}


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """A database with records of several provinces."""
    prepared(lambda: messy.fill(cli, tmp_path, messy.rows(200, seed=7)))
    database = open_database(database_url)
    yield database
    database.dispose()


def official(*provinces):
    """An official of these provinces, or of all."""
    scope = Scope.of(*provinces) if provinces else Scope.everything()
    return Grant("official@health.example", "official", scope)


def _facility_by_facility(database, grant, query, now, before):
    """What should be compared in each area of a table, from two tables of facilities."""
    by_facility = replace(query, by="facility", place="care")
    sides = []
    for period in (now.period, before):
        asked = replace(by_facility, start=period.start, end=period.end)
        side = {}
        for row in coverage(database, grant, asked, TODAY).rows:
            if row.value.denominator:
                area = row.area.province or "unknown" if query.dimension == "care" else row.area.code
                side.setdefault(area, {})[row.area.code] = group_of(row.value)
        sides.append(side)
    codes = [row.area.code for row in now.rows if row.value.denominator]
    everywhere = [{k: v for groups in side.values() for k, v in groups.items()} for side in sides]
    return {c: paired(sides[0].get(c, {}), sides[1].get(c, {})) for c in codes}, paired(*everywhere)


@pytest.mark.parametrize(
    "query",
    [
        CoverageQuery("tb", measure="eligibility", **SPAN),
        CoverageQuery("tb", measure="completion", start=date(2024, 12, 30), end=date(2025, 5, 31)),
        CoverageQuery("tb", by="crossing", measure="eligibility", **SPAN),
        CoverageQuery("tb", by="facility", measure="eligibility", groups={"sex": ("female",)}, **SPAN),
        CoverageQuery("tb", place="infection", measure="treatment", **SPAN),
        CoverageQuery("malaria", place="home", measure="eligibility", compare="before", **SPAN),
    ],
    ids=lambda query: f"{query.dimension} {query.measure}",
)
@pytest.mark.parametrize("grant", [official(), official("KH01")], ids=["all", "KH01"])
def test_the_change_is_the_difference_of_two_tables(query, grant, filled):
    now = coverage(filled, grant, query, TODAY)
    found = changes(filled, grant, now, TODAY)
    if all(row.value.denominator is None for row in now.rows):
        assert found.of == {}
        assert found.total is None
        return
    shown = Window(now.period.start, now.period.end)
    pair = windows_of(shown, query.comparison, ends_within=query.measure == "completion")
    before = Period(*pair.earlier)
    if pair.now != shown:  # the period is cut off within a week: whole weeks are compared
        assert query.measure == "completion"
        assert found.facts.now == Period(*pair.now)
        now = coverage(filled, grant, replace(query, start=pair.now.first, end=pair.now.last), TODAY)
    then = coverage(filled, grant, replace(query, start=before.start, end=before.end), TODAY)
    assert found.facts.earlier == then.period
    if query.dimension in ("care", "facility"):
        pairs, whole = _facility_by_facility(filled, grant, query, now, before)
    else:
        earlier = {row.area.code: row.value for row in then.rows}
        pairs = {
            r.area.code: compared(r.value, earlier[r.area.code]) for r in now.rows if r.area.code in earlier
        }
        whole = compared(now.total, then.total)
    expected = dict(zip(pairs, as_a_family(list(pairs.values())), strict=True))
    assert found.of == {code: shift for code, shift in expected.items() if shift is not None}
    assert [found.total] == as_a_family([whole])
    if grant.scope.national and query.dimension == "care":
        assert found.total == panel(filled, grant, query, None, TODAY).change


def test_part_of_a_period_is_nothing_to_compare_with(filled):
    query = CoverageQuery("tb", measure="eligibility", start=date(2024, 7, 1), end=date(2025, 5, 30))
    table = coverage(filled, official(), query, TODAY)
    assert table.total.denominator
    assert changes(filled, official(), table, TODAY).of == {}
    assert panel(filled, official(), query, None, TODAY).change is None


def test_a_question_without_an_answer_has_no_change(filled):
    for query in (
        CoverageQuery("hiv", by="crossing", **SPAN),
        CoverageQuery("tb", place="infection", **SPAN),
    ):
        found = changes(filled, official(), coverage(filled, official(), query, TODAY), TODAY)
        assert (found.facts, found.of, found.total) == (None, {}, None)


def test_whoever_may_not_see_coverage_may_not_see_its_change(filled):
    table = coverage(filled, official(), CoverageQuery("tb", **SPAN), TODAY)
    with pytest.raises(NotPermittedError):
        changes(filled, Grant("x@health.example", "", Scope.everything()), table, TODAY)


def test_the_export_has_the_change_and_a_reason_where_there_is_no_answer(sqlite_cli, sqlite_url, tmp_path):
    rows = [
        record(date_visit=day, eligible="yes", tested=tested)
        for day, tested in (("2025-03-04", "yes"), ("2025-03-05", "no"), ("2025-02-25", "yes"))
    ]
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    address = "/export/coverage.csv?disease=tb&from=2025-03-03&to=2025-03-09"
    with served(sqlite_url) as server:
        client = signed_in(server, "official")

        def read(url):
            text = client.get(url).get_data().decode("utf-8-sig")
            return list(csv.DictReader(io.StringIO(text)))

        unknown = read(address)[-1]
        assert unknown["code"] == "unknown"
        assert [unknown[name] for name in COLUMNS][0:1] == ["-0.5"]
        assert float(unknown["change_lower"]) < -0.5 < float(unknown["change_upper"])
        # The seven days before, widened at their beginning to a whole cell.
        assert (unknown["earlier_from"], unknown["earlier_to"]) == ("2025-02-24", "2025-03-02")
        assert read(address)[0]["change"] == ""
        hidden = read(address + "&place=infection&measure=testing")
        assert {row["status"] for row in hidden} == {"hidden"}
        assert "100% everywhere" in hidden[0]["note"]
