"""What a reader does after the first look: chooses an area, follows a link, errs, reads on a phone."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import SIZES, choose, drawn, open_map
from tests.support.browsing import sign_in, watching
from tests.support.matrix import some

pytestmark = pytest.mark.browser


def question(page):
    """The parameters of the address."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def test_a_map_of_facilities_is_looked_at_closely_and_its_long_table_searched_and_opened(watched, site):
    open_map(watched, site, "/map?disease=malaria")
    choose(watched, "view", "facility:care")
    rows = watched.locator("#table tbody tr")
    expect(rows).not_to_have_count(26, timeout=20_000)
    total = rows.count()
    assert total > 200
    assert rows.locator("visible=true").count() == 50

    expect(rows.nth(60)).to_be_hidden()
    watched.get_by_label("Search in this table").fill("ratanakiri")
    shown = rows.locator("visible=true").all_inner_texts()
    assert 5 < len(shown) < 50 and all("Ratanakiri" in text for text in shown)
    watched.get_by_label("Search in this table").fill("")
    expect(rows.nth(60)).to_be_hidden()
    rows.nth(40).scroll_into_view_if_needed()
    assert watched.locator("#table thead th").first.bounding_box()["y"] >= -1, "it keeps its head"

    assert watched.locator("#map .modebar-btn").count() == 0, "none that sends anything anywhere"
    for _ in range(2):
        watched.get_by_role("button", name="Zoom in").click()
    scale = "document.querySelector('#map .js-plotly-plot')._fullLayout.geo.projection.scale"
    zoomed = watched.evaluate(scale)
    assert zoomed > 1.2
    assert watched.evaluate("document.querySelector('#map .js-plotly-plot')._fullLayout.dragmode") == "pan"
    watched.locator("#table tbody a").nth(3).click()
    expect(watched.locator("#panel-name")).to_have_attribute("data-area", re.compile("."), timeout=20_000)
    watched.wait_for_load_state("networkidle")
    assert watched.evaluate(scale) == zoomed
    assert watched.evaluate("document.documentElement.scrollHeight") < 6_000
    watched.locator("[data-show-all]").click()
    assert rows.locator("visible=true").count() == total


@pytest.mark.parametrize("size", some(SIZES, ("narrow",)))
def test_choosing_an_area_leads_the_reader_to_its_panel_and_back_and_fetches_no_table(watched, site, size):
    watched.set_viewport_size(SIZES[size])
    open_map(watched, site)
    watched.evaluate("document.querySelector('#table tbody tr').dataset.mine = 'kept'")
    asked = []
    watched.on("request", lambda request: asked.append(urlsplit(request.url).path))
    watched.locator("#table a", has_text="Pailin").click()
    expect(watched.locator("#panel-name")).to_have_text("Pailin")
    expect(watched.locator("#panel-name")).to_be_focused()
    expect(watched.locator("#panel-name")).to_be_in_viewport()
    expect(watched.locator("#table tr.selected")).to_have_attribute("data-code", "KH24")
    expect(watched.locator("#table tr[aria-current]")).to_have_count(1)
    watched.wait_for_load_state("networkidle")
    assert "/_dash-update-component" in asked and "/map/table" not in asked
    expect(watched.locator("[data-mine=kept]")).to_have_count(1)
    watched.locator(".panel-head a", has_text="All areas").click()
    expect(watched.locator("#panel-name")).to_have_text("All areas together")
    expect(watched.locator("#table tr.selected")).to_have_count(0)
    assert "area" not in question(watched)
    watched.locator("#table tbody a", has_text="Kratie").click()
    expect(watched.locator("#panel-name")).to_have_text("Kratie")
    watched.locator("#table tfoot a").click()
    expect(watched.locator("#panel-name")).to_have_text("All areas together")


def fits_on_paper(page):
    """The charts fit, and the table comes before the groups."""
    page.set_viewport_size({"width": 794, "height": 1123})
    page.emulate_media(media="print")
    page.wait_for_timeout(1_000)
    expect(page.locator("#filter-step")).to_be_hidden()
    tops = [page.locator(f".card.{name}").bounding_box()["y"] for name in ("map", "panel", "table", "groups")]
    assert tops == sorted(tops)
    chart = page.locator("#trend .main-svg").first.bounding_box()
    assert chart["x"] + chart["width"] <= 794
    assert chart["width"] > 600


@pytest.mark.parametrize("size", some(SIZES, ("narrow",)))
def test_another_step_of_the_trend_leaves_focus_and_place_as_they_were_and_fits_on_paper(watched, site, size):
    watched.set_viewport_size(SIZES[size])
    open_map(watched, site, "/map?disease=tb&area=KH01")
    step = watched.locator("#filter-step")
    step.scroll_into_view_if_needed()
    step.focus()
    before = step.bounding_box()["y"]
    choose(watched, "step", "month")
    expect(watched).to_have_url(re.compile("step=month"))
    expect(watched.locator("#panel-name")).to_have_attribute("data-step", "month")
    expect(step).to_be_focused()
    expect(step).to_have_value("month")
    assert abs(step.bounding_box()["y"] - before) < 5
    fits_on_paper(watched)


def test_a_bad_part_of_the_address_is_named_and_left_out_and_the_next_choice_mends_it(watched, site):
    open_map(watched, site, "/map?disease=xx&from=2025-99-99&measure=positivity&sex=female")
    problem = watched.locator("#problem")
    expect(problem).to_contain_text("disease: 'xx'")
    expect(problem).to_contain_text("from: '2025-99-99'")
    assert drawn(watched) == 25
    expect(watched.locator("#filter-measure")).to_have_value("positivity")
    expect(watched.locator("#subtitle")).to_contain_text("Sex: Female")
    choose(watched, "disease", "tb")
    expect(watched.locator("#title")).to_contain_text("Tuberculosis")
    expect(problem).to_be_empty()
    assert question(watched) == {"disease": "tb", "measure": "positivity", "sex": "female"}


def test_groups_that_were_kept_stand_under_the_title_and_their_controls_are_open(watched, site):
    open_map(watched, site, "/map?disease=tb&age=15-49&movement=returning,deported")
    expect(watched.locator("#subtitle")).to_contain_text(
        "Movement: Returning by choice, Deported · Age: 15-24, 25-49"
    )
    expect(watched.locator("#filter-movement")).to_be_visible()
    expect(watched.locator("#filter-age")).to_have_value("15-24,25-49")
    expect(watched.locator("#filter-age option:checked")).to_have_text("15-24, 25-49")
    watched.click("#clear-groups")
    expect(watched.locator("#subtitle")).not_to_contain_text("Age")
    expect(watched.locator("#filter-age")).to_have_value("")
    assert question(watched) == {"disease": "tb"}


@pytest.mark.full  # a look keeps it by the same link: test_look.py
def test_another_language_asks_the_same_question(watched, site):
    open_map(watched, site)
    choose(watched, "disease", "tb")
    watched.locator("#table a", has_text="Pailin").click()
    expect(watched.locator("#panel-name")).to_have_text("Pailin")
    watched.click("a.language")
    expect(watched.locator("html")).to_have_attribute("lang", "km")
    expect(watched.locator("#title")).to_contain_text("របេង")
    assert question(watched) == {"disease": "tb", "area": "KH24"}


@pytest.mark.full  # without a browser: tests/unit/test_page_question.py
def test_the_place_of_infection_is_answered_for_positives_alone(watched, site):
    open_map(watched, site, "/map?disease=malaria&place=infection&measure=testing")
    expect(watched.locator("#problem")).to_contain_text("100% everywhere")
    assert set(watched.locator("#table tbody td:nth-child(2)").all_inner_texts()) == {"■ hidden"}
    expect(watched.locator("#panel .headline")).to_contain_text("hidden")
    greyed = watched.locator("#filter-measure option:disabled")
    assert set(greyed.evaluate_all("all => all.map(o => o.value)")) == {
        "testing",
        "eligibility",
        "positivity",
        "yield",
    }
    watched.locator("#problem a", has_text="Treatment started").click()
    expect(watched.locator("#title")).to_contain_text("where is treatment started least often?")
    expect(watched.locator("#subtitle")).to_contain_text("Treated and positive / positive")
    expect(watched.locator("#panel .headline")).to_contain_text("%")
    expect(watched.locator("#problem")).to_be_empty()


@pytest.mark.full  # without a browser: tests/unit/test_page_question.py
def test_completion_begins_with_the_last_four_quarters_that_are_due(watched, site):
    open_map(watched, site, "/map?disease=tb")
    choose(watched, "measure", "completion")
    expect(watched.locator("#subtitle")).to_contain_text("2024-07-01 – 2025-06-30")
    expect(watched.locator("#subtitle")).to_contain_text("judged 365 days later")
    expect(watched.locator("#panel .headline")).to_contain_text("%")
    expect(watched.locator("#filter-period option:checked")).to_have_text(
        re.compile("^The last that are due: ")
    )
    choose(watched, "measure", "testing")
    expect(watched.locator("#filter-period option:checked")).to_have_text(re.compile(r"^Last 4 quarters: "))
    expect(watched.locator("#subtitle")).to_contain_text("2026-06-30")


def test_a_click_on_a_heading_sorts_by_it(watched, site):
    open_map(watched, site, "/map?disease=tb&from=2024-07-01&to=2026-06-30&compare=before")
    head = watched.locator("#table th", has_text="Change")
    for sort, sign in (("ascending", 1), ("descending", -1)):
        head.locator("button").click()
        expect(head).to_have_attribute("aria-sort", sort)
        found = watched.locator("#table tbody td.change-cell[data-n]").evaluate_all(
            "cells => cells.map(cell => Number(cell.dataset.n))"
        )
        assert len(found) > 10
        assert found == sorted(found, reverse=sign < 0)


def test_hiv_by_crossing_is_hidden_says_why_and_offers_hiv_by_province(watched, site):
    open_map(watched, site, "/map?disease=hiv&by=crossing&movement=returning,deported")
    expect(watched.locator("#problem")).to_contain_text("could harm people")
    expect(watched.locator("#panel .headline")).to_contain_text("hidden")
    assert set(watched.locator("#table tbody td:nth-child(2)").all_inner_texts()) == {"■ hidden"}
    watched.locator("#problem a").click()
    expect(watched.locator("#problem")).to_be_empty()
    expect(watched.locator("#panel .headline")).to_contain_text("%")
    assert question(watched) == {"disease": "hiv"}


def test_an_address_with_nothing_at_it_says_so_in_khmer_and_leads_back(page, site):
    sign_in(page, site, "/sessions")
    page.goto(f"{site}/language/km?next=/nothing-here")
    expect(page.locator("main")).to_contain_text("គ្មានអ្វីនៅអាសយដ្ឋាននេះទេ។")
    page.click("main a[href='/map']")
    expect(page.locator("#table tbody tr").first).to_be_visible()


@pytest.mark.parametrize("language", some(("en", "km"), ("km",)))
def test_on_a_phone_the_table_comes_before_the_groups_and_numbers_stay_whole(watched, site, language):
    watched.set_viewport_size(SIZES["narrow"])
    open_map(watched, site, language=language)
    tops = [
        watched.locator(f".card.{name}").bounding_box()["y"] for name in ("map", "panel", "table", "groups")
    ]
    assert tops == sorted(tops)
    assert tops[2] < 3 * SIZES["narrow"]["height"], "it begins on the third screen at the latest"
    table, card = watched.locator("#table table"), watched.locator(".card.table")
    assert table.evaluate("e => e.scrollWidth") <= card.evaluate("e => e.clientWidth"), (
        "every column is in sight"
    )
    watched.goto(f"{site}/data")
    cells = watched.locator("td.number, td.day, th.day")
    assert cells.count() > 4
    assert (
        cells.evaluate_all(
            "all => all.filter(c => {"
            "const r = document.createRange(); r.selectNodeContents(c);"
            "return new Set([...r.getClientRects()].map(b => b.top)).size > 1}).length"
        )
        == 0
    )
    assert watched.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_a_phone_folds_is_open_where_there_is_room(watched, site):
    watched.set_viewport_size(SIZES["narrow"])
    open_map(watched, site, "/map?disease=tb&area=KH01&measure=completion")
    folded = watched.locator("details.folded")
    expect(folded).to_have_count(3)
    parts = [
        watched.locator(f"{name}").first
        for name in (".compared", "#panel table", "#legend .swatch >> nth=-1")
    ]
    for number, part in enumerate(parts):
        expect(part).to_be_hidden()
        expect(folded.nth(number).locator("summary")).to_be_visible()
    watched.locator("#panel details.folded summary").first.click()
    expect(parts[0]).to_be_visible()
    watched.set_viewport_size(SIZES["wide"])
    for number, part in enumerate(parts):
        expect(part).to_be_visible()
        expect(folded.nth(number).locator("summary")).to_be_hidden()
    watched.set_viewport_size(SIZES["narrow"])
    expect(parts[0]).to_be_hidden()
    watched.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for part in parts:
        expect(part).to_be_visible()


@pytest.mark.parametrize("size", some(SIZES, ("narrow",)))
def test_the_page_does_not_jump_while_it_loads(own_tab, site, size):
    page = own_tab
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, "/sessions")
    page.add_init_script(
        """window.jumped = 0;
        new PerformanceObserver(list => list.getEntries().forEach(e => { window.jumped += e.value; }))
        .observe({type: 'layout-shift', buffered: true});"""
    )
    with watching(page, site):
        open_map(page, site)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1_000)
        assert page.evaluate("window.jumped") < 0.1
