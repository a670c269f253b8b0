"""Every province as a small curve: the same scale, the panel's own numbers, nothing of few people."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date

import pytest

from dashboard.figures import small_multiple
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from dashboard.services.explorer.multiples import multiples
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.coverage.estimates import Counts, estimate
from surveillance.status import Status
from tests.support.files import record, write_csv
from tests.support.issued import issue
from tests.support.web import served, signed_in

TODAY = date(2025, 7, 10)
QUERY = CoverageQuery(disease="malaria", start=date(2025, 1, 1), end=date(2025, 6, 30))


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """KH01 tests more and more people; KH02 has three in one month, and then is silent."""

    def fill():
        rows = []
        listed = write_csv(
            tmp_path / "f.csv",
            {"facility_id": "HC1", "province": "KH01"},
            {"facility_id": "HC2", "province": "KH02"},
        )
        assert cli("facilities", "import", listed).code == 0
        for month in range(1, 7):
            rows += [("HC1", f"2025-{month:02}-10", "yes")] * (10 * month) + [
                ("HC1", f"2025-{month:02}-10", "no")
            ] * 20
        rows += (
            [("HC2", "2025-02-10", "yes")] * 3
            + [("HC2", "2025-03-10", "no")] * 60
            + [("HC2", "2025-03-10", "yes")] * 50
        )
        lines = [
            record(record_id=str(n), tested=tested, eligible="yes")
            | {"facility_id": place, "disease": "malaria", "date_visit": day}
            for n, (place, day, tested) in enumerate(rows)
        ]
        done = cli("import", write_csv(tmp_path / "l.csv", *lines))
        assert done.code == 0, done.stderr

    prepared(fill)
    return database_url


def test_every_curve_is_the_trend_of_the_provinces_panel(filled):
    database, grant = open_database(filled), Grant("a", "official", Scope.everything())
    found = multiples(database, grant, QUERY, TODAY, "month")
    assert [one.code for one in found.provinces][:2] == ["KH01", "KH02"]
    for one in found.provinces:
        own = panel(database, grant, QUERY, one.code, TODAY, "month")
        assert (one.now, list(one.points)) == (own.now, own.trend)
    first = found.provinces[0].points
    assert [point.value.numerator for point in first] == [10, 20, 30, 40, 50, 60]
    database.dispose()


def test_a_viewer_sees_no_small_count_in_a_curve(filled):
    database, viewer = open_database(filled), Grant("v", "viewer", Scope.everything())
    issue(database, QUERY.start, QUERY.end, ("malaria",), axes=())
    found = multiples(database, viewer, QUERY, TODAY, "month")
    second = next(one for one in found.provinces if one.code == "KH02")
    held = [point.value for point in second.points if point.value.status is Status.HIDDEN]
    assert held  # three people in February
    assert all(value.numerator is None and value.coverage is None for value in held)
    assert not any(
        0 < (number or 0) < 5
        for one in found.provinces
        for point in one.points
        for number in (point.value.numerator, point.value.unknown)
    )
    database.dispose()


def test_the_page_has_the_provinces_of_the_account_in_both_languages(filled):
    with served(filled) as site:
        page = signed_in(site, "official").get("/provinces?disease=malaria&step=month")
        text = page.get_data(as_text=True)
        assert page.status_code == 200
        assert text.count('<li class="card">') == 25
        assert "Banteay Meanchey" in text
        assert re.search(r"<strong>\d+\.\d%</strong> <span>[\d,]+ of [\d,]+</span>", text)
        own = signed_in(site, "provincial").get("/provinces?disease=malaria").get_data(as_text=True)
        assert own.count('<li class="card">') == 1
        assert "Battambang" in own
        assert "Banteay Meanchey" not in own
        client = signed_in(site, "official")
        client.get("/language/km")
        khmer = client.get("/provinces?disease=malaria&step=month").get_data(as_text=True)
        assert "គ្រប់ខេត្ត" in khmer
        assert "បន្ទាយមានជ័យ" in khmer


def test_the_page_gives_its_curves_as_picture_table_and_what_they_are(filled):
    question = "?disease=malaria&from=2025-01-01&to=2025-06-30&step=month"
    with served(filled) as site:
        client = signed_in(site, "official")
        page = html.unescape(client.get("/provinces" + question).get_data(as_text=True))
        for kind in ("png", "svg", "csv", "xlsx", "json"):
            assert f'href="/provinces.{kind}{question}"' in page
            assert client.get(f"/provinces.{kind}{question}").status_code == 200
        answer = client.get("/provinces.csv" + question)
        rows = [*csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))]
        first = [row for row in rows if row["code"] == "KH01" and row["period"] != "whole"]
        assert [row["numerator"] for row in first] == ["10", "20", "30", "40", "50", "60"]
        assert "210 of 330" in client.get("/provinces.svg" + question).get_data(as_text=True)
        assert client.get("/provinces.png?step=hour").status_code == 400
        viewer = signed_in(site, "viewer")
        assert viewer.get("/provinces.csv" + question).status_code == 403
        assert "10 of" not in viewer.get("/provinces.svg" + question).get_data(as_text=True)
        own = signed_in(site, "provincial").get("/provinces.svg?disease=malaria").get_data(as_text=True)
        assert "Battambang" in own and "Banteay Meanchey" not in own


def test_what_the_page_cannot_read_it_says_and_leaves_out(filled):
    with served(filled) as site:
        client = signed_in(site, "official")
        text = client.get("/provinces?disease=malaria&step=hour&by=crossing").get_data(as_text=True)
        assert "step: &#39;hour&#39; is not one of" in text
        assert text.count('<li class="card">') == 25
        tb = client.get("/provinces?disease=tb").get_data(as_text=True)
        assert tb.count('<li class="card">') == 25


def test_a_scale_holds_every_firm_value_and_no_curve_leaves_it():
    values = estimate(
        [Counts(True, 500, 40, 500), Counts(True, 2, 1, 2), Counts(False), Counts(True, 300, 12, 300)]
    )
    assert small_multiple.top_of(values, "testing") == 1.0
    top = small_multiple.top_of(values, "positivity")
    assert top == 0.1
    drawn = small_multiple.curve(values, top)
    heights = [
        float(pair.split(",")[1]) for points in (*drawn.lines, *drawn.bands) for pair in points.split(" ")
    ]
    assert heights
    assert min(heights) >= small_multiple.ABOVE
    assert max(heights) <= small_multiple.HIGH - small_multiple.BELOW
    assert [dot.few for dot in drawn.dots] == [True, False]
    assert [sign for _, sign in drawn.signs] == ["–"]
    assert small_multiple.curve([], 1.0).lines == []
