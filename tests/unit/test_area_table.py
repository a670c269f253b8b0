"""The table as it is written: order, escaping, changes, and what a long one holds back."""

from __future__ import annotations

import re
from datetime import date

from dashboard.components.coverage.table import area_table, ordered
from dashboard.figures import theme
from dashboard.filters import CoverageQuery
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.periods import Facts, Period
from dashboard.services.coverage.table import AreaValue, CoverageTable
from dashboard.services.places.areas import Area
from surveillance.coverage.area_changes import changes, compared
from surveillance.coverage.estimates import Change, Counts, estimate
from tests.support import pages

BEFORE = Facts("before", Period(date(2024, 1, 1), date(2024, 12, 31)))


def table(*counts, measure="testing", names=None):
    """A table with a row for each (numerator, denominator), and one unknown."""
    areas = [Area(f"A{n}", (names or {}).get(n, f"Area {n}"), "") for n in range(len(counts))]
    values = estimate([Counts(True, d, x, d) for x, d in (*counts, (0, 1), (50, 100))])
    rows = list(map(AreaValue, [*areas, Area("unknown", "Unknown", "")], values[:-1]))
    return CoverageTable(CoverageQuery("tb", measure=measure), None, rows, values[-1])


def written(a_table, shift=None, address=None):
    kept = address or {"disease": "tb"}
    return pages.written(area_table(a_table, shift or Changes(), kept, "Together", "en", str))


def codes(html):
    return re.findall(r'<tr data-code="(\w*)"', html)


def test_what_is_surely_low_comes_first_and_few_people_come_after_many():
    found = table((0, 2), (30, 100), (25, 50), (9, 10), (0, 0), (5, 9))
    assert [row.area.code for row in ordered(found)] == ["A1", "A2", "A3", "A0", "A5", "A4", "unknown"]


def test_of_findings_what_is_surely_high_comes_first():
    found = table((2, 2), (30, 100), (60, 100), measure="positivity")
    assert [row.area.code for row in ordered(found)] == ["A2", "A1", "A0", "unknown"]


def test_names_and_addresses_are_escaped():
    evil = '<img src=x onerror=alert(1)>"&'
    html = written(table((1, 20), names={0: evil}), address={"disease": '"><script>'})
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;&#34;&amp;" in html


def test_every_row_and_the_total_lead_to_their_own_address():
    html = written(table((1, 20)), address={"disease": "tb", "area": "KH01", "sex": "female"})
    assert '<a href="?disease=tb&amp;sex=female&amp;area=A0" data-area="A0">Area 0</a>' in html
    assert '<a href="?disease=tb&amp;sex=female" data-area="">Together</a>' in html


def test_a_long_table_begins_with_fifty_rows_and_holds_all_of_them():
    html = written(table(*[(1, 20)] * 51))
    assert "data-show-all" in html
    assert 'class="areas sortable cut"' in html
    assert len(codes(html)) == 53
    assert "data-show-all" not in written(table(*[(1, 20)] * 49))


def test_a_table_of_many_rows_has_a_field_that_looks_for_a_name():
    assert "data-find" in written(table(*[(1, 20)] * 12))
    assert "data-find" not in written(table(*[(1, 20)] * 11))


def test_a_change_is_bold_only_beyond_chance_and_red_only_for_the_worse():
    of = {"A0": Change(-0.1, -0.15, -0.05), "A1": Change(0.1, -0.1, 0.3), "A2": Change(0.2, 0.1, 0.3)}
    html = written(table((1, 20), (2, 20), (3, 20)), Changes(BEFORE, of, None))
    cells = re.findall(r'<td class="number change-cell(.*?)</td>', html)
    by_row = dict(zip(codes(html), cells, strict=True))
    assert "<b>▼ −10.0</b>" in by_row["A0"]
    assert by_row["A0"].startswith(" worse")
    assert "lower than before" in by_row["A0"]
    assert "<b>" not in by_row["A1"]
    assert ">+10.0<" in by_row["A1"], "an arrow says: clearly worse, as on the map"
    assert "no clear change" in by_row["A1"]
    assert "<b>+20.0</b>" in by_row["A2"]
    assert not by_row["A2"].startswith(" worse")
    assert by_row["unknown"] == '">–'
    assert "Change against the period before (2024-01-01 – 2024-12-31); bold: more than chance among" in html


def test_a_change_of_nothing_has_no_arrow_and_no_sign():
    html = written(table((1, 20)), Changes(BEFORE, {"A0": Change(-0.0001, -0.1, 0.1)}, None))
    assert ">0.0<span" in html


def test_more_positives_are_worse_and_more_eligible_are_neither():
    more = Change(0.2, 0.1, 0.3)
    assert theme.is_worse(more, "positivity")
    assert not theme.is_worse(more, "testing")
    assert not theme.is_worse(more, "eligibility")


def test_an_area_that_is_hidden_or_has_no_people_has_no_change():
    now = estimate([Counts(True, 9, 8, 9), Counts(True), Counts(False, hidden=True), Counts(True, 50, 5, 50)])
    then = estimate(
        [Counts(True, 9, 2, 9), Counts(True, 9, 1, 9), Counts(True, 9, 1, 9), Counts(True, 40, 9, 40)]
    )
    found = changes([compared(a, b) for a, b in zip(now, then, strict=True)])
    assert found[1:3] == [None, None]
    assert [c.family for c in found if c] == [2, 2]
    assert changes([]) == []


def test_the_interval_of_many_areas_is_named_with_its_level():
    of = {"A0": Change(-0.1, -0.19, -0.01, level=0.998)}
    html = written(table((1, 20)), Changes(BEFORE, of, None))
    assert 'title="99.8%: −19.0 – −1.0"' in html
    assert "bold: more than chance." in html
    of["A1"] = of["A0"]
    html = written(table((1, 20), (2, 20)), Changes(BEFORE, of, None))
    assert "bold: more than chance among the 2 areas compared here" in html
