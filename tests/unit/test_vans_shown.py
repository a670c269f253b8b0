"""What vans, facilities and the other areas do to the ranges and marks that are shown."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dashboard.components.coverage.panel import area_panel
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.changes import COLUMNS
from dashboard.services.coverage.view import compared, view
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.coverage.design_effect import MILLION, VanSums, correlation
from surveillance.coverage.proportions import proportion_interval
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in
from tests.unit.test_panel import words

TODAY = date(2026, 6, 15)
GRANT = Grant.custodian()
FACILITIES = [
    {"facility_id": name, "province": province}
    for name, province in (("HC1", "KH01"), ("HC2", "KH01"), ("HC3", "KH02"), ("NEW", "KH01"))
]
QUERY = CoverageQuery("tb", measure="testing", start=date(2025, 3, 1), end=date(2025, 3, 31))


def people(day, count, tested, facility="HC1", van="", **values):
    """Records of some people, `tested` of them tested."""
    return [
        record(
            facility_id=facility,
            date_visit=day,
            arrival_id=van,
            eligible="yes",
            tested="yes" if k < tested else "no",
            **values,
        )
        for k in range(count)
    ]


@pytest.fixture
def held(sqlite_cli, sqlite_url, tmp_path):
    """Imports rows, and gives the database."""
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
    opened = []

    def imported(*rows):
        assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
        opened.append(open_database(sqlite_url))
        return opened[-1]

    yield imported
    for database in opened:
        database.dispose()


#: Four vans of ten at HC1, and twenty people who came alone.
VANS = ((10, 9), (10, 8), (10, 2), (10, 5))


def by_van(**values):
    rows = [
        row
        for number, (m, x) in enumerate(VANS)
        for row in people("2025-03-10", m, x, van=f"V{number}", **values)
    ]
    return rows + people("2025-03-11", 20, 10, **values)


def exact_correlation():
    """That of `VANS`, with each van's spread rounded down to a millionth as it is stored."""
    spread = sum(MILLION * x * x // m for m, x in VANS)
    return correlation([VanSums(4, 40, 400, sum(x for _, x in VANS), spread)])


def test_the_range_of_a_value_rests_on_fewer_people_where_they_came_by_van(held, sqlite_cli):
    held(*by_van())
    done = sqlite_cli(
        "coverage", "--disease", "tb", "--by", "province", "--measure", "testing", "--format", "json"
    )
    row = next(row for row in json.loads(done.stdout) if row["code"] == "KH01")
    effect = 1 + exact_correlation() * (4 * 90) / 60
    assert effect > 1.5
    assert row["design_effect"] == pytest.approx(effect)
    lower, upper = proportion_interval([34], [60], effect=[effect])
    assert (row["numerator"], row["denominator"]) == (34, 60)
    assert (row["lower"], row["upper"]) == pytest.approx((lower[0], upper[0]))


def test_every_part_of_the_page_has_the_effect_and_the_panel_says_so(held):
    database = held(*by_van(sex="female"))
    table, panel, _ = view(database, GRANT, QUERY, "KH01", TODAY, "month")
    effect = 1 + exact_correlation() * (4 * 90) / 60
    row = next(row.value for row in table.rows if row.area.code == "KH01")
    trend = next(point.value for point in panel.trend if point.start <= date(2025, 3, 10) <= point.end)
    women = dict(panel.groups["sex"])["female"]
    for value in (row, table.total, panel.now, trend, women):
        assert value.effect == pytest.approx(effect)
    said = words(area_panel(panel, "Area", "testing", "month", str))
    alone = round(60 / effect)
    assert f"the range is as wide as that of {alone} people who came alone." in said


def test_by_home_a_van_is_its_passengers_of_that_home_and_in_the_total_the_whole_van(held):
    homes = ("KH01", "KH12")
    rows = [row | {"province_home": homes[k % 2]} for k, row in enumerate(by_van())]
    database = held(*rows)
    table, *_ = view(database, GRANT, replace(QUERY, place="home"), None, TODAY)
    pooled = exact_correlation()
    values = {row.area.code: row.value for row in table.rows}
    assert values["KH01"].denominator == 30
    assert values["KH01"].effect == pytest.approx(1 + pooled * (4 * 5 * 4) / 30)
    assert table.total.effect == pytest.approx(1 + pooled * (4 * 10 * 9) / 60)


@pytest.mark.parametrize("changed", [{"disease": "hiv"}, {"arrival_id": ""}], ids=str)
def test_without_vans_and_for_hiv_the_range_is_that_of_people_who_came_alone(changed, held):
    database = held(*(row | changed for row in by_van()))
    query = replace(QUERY, disease=changed.get("disease", "tb"))
    _, panel, _ = view(database, GRANT, query, "KH01", TODAY)
    lower, upper = proportion_interval([34], [60])
    assert panel.now.effect == 1
    assert (panel.now.lower, panel.now.upper) == pytest.approx((lower[0], upper[0]))
    assert "came alone" not in words(area_panel(panel, "Area", "testing", "month", str))


def test_a_facility_that_opens_does_not_change_its_province(held):
    """HC1 and HC2 test as before; a facility that tests no patient opens."""
    database = held(
        *people("2025-02-10", 50, 40, "HC1"),
        *people("2025-02-10", 100, 50, "HC2"),
        *people("2025-03-10", 100, 80, "HC1"),
        *people("2025-03-10", 50, 25, "HC2"),
        *people("2025-03-10", 70, 0, "NEW"),
        *people("2025-02-10", 5, 5, "HC3"),
        *people("2025-01-15", 1, 1, "HC3"),
    )
    _, panel, shifts = view(database, GRANT, QUERY, "KH01", TODAY)
    change = shifts.of["KH01"]
    assert change == panel.change
    assert change.difference == pytest.approx(0, abs=1e-12)
    assert (change.facilities, change.left_out, change.people_left_out) == (2, 1, 70)
    assert not change.marked
    said = words(area_panel(panel, "Area", "testing", "month", str))
    assert "Each facility is compared with itself: 2 with people in both periods." in said
    assert "Left out: 1 with people in one period only (70 people)." in said
    # 105 of 220 now, 90 of 150 before.
    assert "The two values differ by −12.3 points" in said
    assert shifts.total.difference == pytest.approx(0, abs=1e-12)


def test_where_no_facility_has_people_in_both_periods_no_change_is_shown(held):
    database = held(
        *people("2025-02-10", 50, 40, "HC1"),
        *people("2025-03-10", 50, 10, "HC2"),
        *people("2025-01-15", 1, 1, "HC3"),
    )
    _, panel, shifts = view(database, GRANT, QUERY, "KH01", TODAY)
    assert (shifts.of, shifts.total, panel.change) == ({}, None, None)
    assert "no facility has people in both periods" in words(
        area_panel(panel, "Area", "testing", "month", str)
    )


def test_an_account_for_one_province_has_its_areas_as_a_family(held):
    database = held(
        *(r for f in ("HC1", "HC3") for d in ("2025-02-10", "2025-03-10") for r in people(d, 30, 20, f)),
        *people("2025-01-15", 1, 1, "HC3"),
    )
    all_of_them = compared(database, GRANT, QUERY, TODAY)[1]
    own = Grant("official@health.example", "official", Scope.of("KH02"))
    mine = compared(database, own, QUERY, TODAY)[1]
    assert (set(all_of_them.of), set(mine.of)) == ({"KH01", "KH02"}, {"KH02"})
    assert (all_of_them.family, mine.family) == (2, 1)
    assert mine.total == mine.of["KH02"]


def test_the_export_says_how_a_change_was_tested(held, sqlite_url):
    """One facility falls by far; of the others nothing is marked, and none excludes zero."""
    rows = people("2025-01-15", 1, 1, "HC3")
    for name, now in (("HC1", 20), ("HC2", 60), ("HC3", 71), ("NEW", 70)):
        rows += people("2025-02-10", 100, 70, name) + people("2025-03-10", 100, now, name)
    held(*rows)
    with served(sqlite_url) as server:
        client = signed_in(server, "official")
        address = "/export/coverage.csv?disease=tb&by=facility&from=2025-03-01&to=2025-03-31"
        text = client.get(address).get_data().decode("utf-8-sig")
    found = {row["code"]: row for row in csv.DictReader(io.StringIO(text))}
    nothing = dict.fromkeys(COLUMNS, "") | {"change_missing": "nobody_compared"}
    assert {name: found["unknown"][name] for name in COLUMNS} == nothing
    fell = found["HC1"]
    assert float(fell["change"]) == pytest.approx(-0.5)
    assert (fell["change_marked"], fell["change_family"]) == ("yes", "4")
    assert float(fell["change_level"]) == pytest.approx(1 - 0.05 / 4)
    assert float(fell["change_p_adjusted"]) == pytest.approx(min(1.0, 4 * float(fell["change_p"])))
    assert float(fell["change_upper"]) < 0
    assert (fell["change_facilities"], fell["change_facilities_left_out"]) == ("1", "0")
    for name in ("HC2", "HC3", "NEW"):
        row = found[name]
        assert row["change_marked"] == "no"
        assert float(row["change_lower"]) <= 0 <= float(row["change_upper"])
    assert fell["design_effect"] == "1.0"


def test_completion_is_compared_facility_by_facility_where_treatment_began(held):
    def treated(day, count, completed):
        return [
            record(
                facility_id="HC1",
                date_visit=day,
                date_treated=(date.fromisoformat(day) + timedelta(days=1)).isoformat(),
                arrival_id="V1",
                disease="malaria",
                eligible="yes",
                tested="yes",
                positive="yes",
                treated="yes",
                completed="yes" if k < completed else "no",
            )
            for k in range(count)
        ]

    database = held(
        *treated("2025-02-10", 20, 18),
        *treated("2025-03-10", 20, 8),
        *people("2025-01-15", 1, 1, "HC3", disease="malaria"),
    )
    query = replace(QUERY, disease="malaria", measure="completion", compare="before")
    _, _, shifts = view(database, GRANT, query, "KH01", TODAY)
    assert shifts.of["KH01"].difference == pytest.approx(-0.5)
    assert shifts.of["KH01"].facilities == 1
