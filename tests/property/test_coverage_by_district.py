"""Coverage by operational district is that of the records, each where its facility was on the day."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.table import coverage
from dashboard.services.districts.importing import import_districts
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.indicators.engine import indicator_table
from dashboard.settings import Settings
from db.clusters import line_list
from db.clusters.line_list import RecordQuery
from db.core.scope import Scope
from surveillance.epiweek import time_cell_first_day, time_cell_last_day
from tests.support.command_line import KEY
from tests.support.files import record, write_csv

SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": KEY})
TODAY = date(2026, 7, 1)
FACILITIES = tuple(
    {
        "facility_id": f"HC{number}",
        "province": province,
        "operational_district": district,
        "report_frequency": "weekly",
    }
    for number, (province, district) in enumerate(
        (("KH01", "Poipet"), ("KH01", "Poipet"), ("KH01", "Mongkol Borei"), ("KH02", "Sangkae"), ("KH02", ""))
    )
)
#: HC0 moves twice, HC2 once, HC4 has a district from a day on.
MOVES = (
    ("HC0", "Thma Puok", "2024-02-05"),
    ("HC0", "Mongkol Borei", "2024-03-01"),
    ("HC2", "Thma Puok", "2024-02-14"),
    ("HC4", "Sangkae", "2024-02-20"),
)
AGES = ("3", "30", "70")


def visits(seed: int, count: int = 150) -> list[dict[str, str]]:
    draw, found = random.Random(seed), []
    for number in range(count):
        tested = draw.choice(("yes", "yes", "no", ""))
        positive = draw.choice(("yes", "no", "")) if tested == "yes" else ""
        treated = "yes" if positive == "yes" and draw.random() < 0.8 else ""
        day = date(2024, 1, 10) + timedelta(days=draw.randrange(75))
        found.append(
            record(
                record_id=str(number),
                facility_id=draw.choice((*(f"HC{at}" for at in range(5)), "elsewhere")),
                disease=draw.choice(("malaria", "malaria", "dengue", "hiv")),
                date_visit=day.isoformat(),
                sex=draw.choice(("female", "male")),
                age_years=draw.choice(AGES),
                eligible="yes",
                tested=tested,
                positive=positive,
                treated=treated,
                date_treated=day.isoformat() if treated else "",
                completed=draw.choice(("yes", "no", "")) if treated else "",
            )
        )
    return found


def district_of(facility: str, day: str) -> str:
    """Where a facility was: a move counts from the first day of its cell on (decision 79)."""
    listed = {one["facility_id"]: one["operational_district"] for one in FACILITIES}
    name = listed.get(facility, "") or "unknown"
    for who, district, since in MOVES:
        if who == facility and time_cell_first_day(date.fromisoformat(since)).isoformat() <= day:
            name = district
    return name


def by_hand(rows, disease="malaria", first="", last="9999", **groups) -> dict[str, tuple[int, int, int]]:
    """Numerator, denominator and unknown of testing, from one record after the other."""
    found: dict[str, Counter] = {}
    for one in rows:
        if one["disease"] != disease or not first <= one["date_visit"] <= last:
            continue
        if any(one[name] not in values for name, values in groups.items()):
            continue
        sums = found.setdefault(district_of(one["facility_id"], one["date_visit"]), Counter())
        sums.update(n=one["tested"] == "yes", d=one["tested"] != "", u=one["tested"] == "")
    return {name: (sums["n"], sums["d"], sums["u"]) for name, sums in found.items()}


def told(table) -> dict[str, tuple[int, int, int]]:
    return {
        row.area.code: (row.value.numerator, row.value.denominator, row.value.unknown)
        for row in table.rows
        if row.value.denominator or row.value.unknown
    }


@pytest.fixture
def filled(database, tmp_path):
    """Records whose facilities have moved since; the rows."""
    grant, rows = Grant.custodian(), visits(1)
    import_facilities(database, grant, write_csv(tmp_path / "f.csv", *FACILITIES))
    imports.import_file(database, grant, SETTINGS, write_csv(tmp_path / "a.csv", *rows))
    moves = [
        {"facility_id": who, "operational_district": district, "from": since, "source": "-"}
        for who, district, since in MOVES
    ]
    done = import_districts(database, grant, SETTINGS, write_csv(tmp_path / "d.csv", *moves))
    assert (done.receipt.accepted, done.receipt.rejected) == (len(MOVES), 0)
    return rows


QUERY = CoverageQuery("malaria", "district")


@pytest.mark.sql
def test_every_district_has_the_records_of_its_facilities_while_they_belonged_to_it(database, filled):
    grant = Grant.custodian()
    table = coverage(database, grant, QUERY, TODAY)
    assert told(table) == by_hand(filled)
    assert set(told(table)) == {"Poipet", "Mongkol Borei", "Thma Puok", "Sangkae", "unknown"}
    whole = coverage(database, grant, replace(QUERY, by="province"), TODAY)
    assert (table.total.numerator, table.total.denominator) == (
        whole.total.numerator,
        whole.total.denominator,
    )
    first, last = time_cell_first_day(date(2024, 2, 10)), time_cell_last_day(date(2024, 3, 3))
    part = coverage(database, grant, replace(QUERY, start=first, end=last), TODAY)
    assert told(part) == by_hand(filled, first=first.isoformat(), last=last.isoformat())
    for groups, chosen in (
        ({"sex": ("female",)}, {"sex": ("female",)}),
        ({"sex": ("male",), "age": ("5-14", "25-49", "65+")}, {"sex": ("male",), "age_years": ("30", "70")}),
    ):
        some = coverage(database, grant, replace(QUERY, groups=groups), TODAY)
        assert told(some) == by_hand(filled, **chosen), groups
    indicator = indicator_table(database, grant, "malaria_testing", by="district", today=TODAY)
    assert {row.area.code: (row.value.numerator, row.value.denominator) for row in indicator.rows} == {
        row.area.code: (row.value.numerator, row.value.denominator) for row in table.rows
    }
    span = table.period.start, table.period.end
    for code, expected in by_hand(filled).items():
        with database.reading() as connection:
            behind = RecordQuery("malaria", "district", *span, code)
            assert line_list.count(connection, grant.scope, behind) == expected[1] + expected[2], code
        one = panel(database, grant, QUERY, code, TODAY, "month")
        assert (one.now.numerator, one.now.denominator) == expected[:2]
        for name in ("numerator", "denominator"):
            value = getattr(one.now, name)
            assert sum(getattr(point.value, name) or 0 for point in one.trend) == value, (code, "trend")
            assert sum(getattr(of_sex, name) or 0 for _, of_sex in one.groups["sex"]) == value, (code, "sex")


def test_completion_by_district_adds_up_to_the_country(database, filled):
    grant, query = Grant.custodian(), replace(QUERY, measure="completion")
    table = coverage(database, grant, query, TODAY)
    whole = coverage(database, grant, replace(query, by="province"), TODAY)
    for name in ("numerator", "denominator", "unknown"):
        assert sum(getattr(row.value, name) or 0 for row in table.rows) == getattr(whole.total, name), name
    assert table.total.numerator
    cuts = sorted({time_cell_first_day(date.fromisoformat(since)) for _, _, since in MOVES})
    starts = [date(2024, 1, 1), *cuts]
    ends = [*(day - timedelta(days=1) for day in cuts), date(2024, 3, 31)]
    expected: dict[str, Counter] = {}
    for first, last in zip(starts, ends, strict=True):
        part = coverage(database, grant, replace(query, by="facility", start=first, end=last), TODAY)
        for row in part.rows:
            sums = expected.setdefault(district_of(row.area.code, first.isoformat()), Counter())
            sums.update(n=row.value.numerator or 0, d=row.value.denominator or 0, u=row.value.unknown or 0)
    assert told(table) == {
        name: (sums["n"], sums["d"], sums["u"]) for name, sums in expected.items() if sums["d"] or sums["u"]
    }


def test_an_account_sees_its_own_districts_alone_and_none_by_parts(database, filled):
    grant = Grant.custodian()

    def seen(scope: Scope) -> set[str]:
        table = coverage(database, replace(grant, scope=scope), QUERY, TODAY)
        expected = by_hand(filled)
        for row in table.rows:
            if row.value.denominator:
                assert row.value.denominator <= expected[row.area.code][1]
        return {row.area.code for row in table.rows if row.value.denominator}

    assert seen(Scope.of("KH02")) == {"Sangkae"}
    assert seen(Scope.of("KH01")) == {"Poipet", "Mongkol Borei", "Thma Puok"}
    assert seen(Scope.made(districts=["Thma Puok"])) == {"Thma Puok"}
    one = coverage(database, replace(grant, scope=Scope.made(facilities=["HC1"])), QUERY, TODAY)
    assert [row.area.code for row in one.rows] == []
    assert one.total.denominator is None
    for scope in (Scope.of("KH01"), Scope.made(districts=["Thma Puok"])):
        other = panel(database, replace(grant, scope=scope), QUERY, "Sangkae", TODAY)
        assert (other.now.denominator, other.trend) == (None, [])


def test_issued_figures_and_hiv_have_no_district(database, filled):
    for grant, query in (
        (Grant("a", "viewer", Scope.everything()), QUERY),
        (Grant.custodian(), replace(QUERY, disease="hiv")),
    ):
        table = coverage(database, grant, query, TODAY)
        assert all(row.value.denominator is None for row in table.rows)
        assert table.total.denominator is None
