"""The first page and the page of who has not reported: fit, and lead where they say."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dashboard.services.clock import today_in_cambodia
from tests.browser.test_map import KHMER_ON_A_PHONE, LANGUAGES, SIZES
from tests.support.browsing import sign_in
from tests.support.matrix import some


def open_page(page, site, path, language="en", account="official@demo.example"):
    """Sign in and open a page."""
    sign_in(page, site, path, account, language)


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_the_first_page_fits_in_both_languages(watched, site, language, size):
    watched.set_viewport_size(SIZES[size])
    for path in ("/", "/?area=KH01", "/decisions", "/reporting"):
        open_page(watched, site, path, language) if path == "/" else watched.goto(site + path)
        expect(watched.locator("html")).to_have_attribute("lang", language)
        assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], path


@pytest.mark.full  # without a browser: tests/unit/test_first_page.py
def test_a_number_leads_to_the_map_that_says_the_same(watched, site):
    open_page(watched, site, "/")
    row = watched.locator("#quarterly tr", has_text="Tuberculosis")
    said = row.locator("td a.n").nth(1).inner_text()
    row.locator("td a.n").nth(1).click()
    expect(watched).to_have_url(re.compile(r"/map\?.*disease=tb"))
    expect(watched.locator("#table tfoot")).to_contain_text(said, timeout=20_000)


def test_a_phone_shows_what_changed_and_every_disease_when_asked(watched, site):
    watched.set_viewport_size(SIZES["narrow"])
    open_page(watched, site, "/")
    calm = watched.locator("#weekly tr.calm")
    assert calm.count() and not any(calm.nth(n).is_visible() for n in range(calm.count()))
    watched.get_by_label("Show all: diseases, map, crossings, decisions, notes").check()
    expect(calm.first).to_be_visible()
    assert watched.evaluate("document.documentElement.scrollWidth") <= 360


def top(page, part):
    """Where a part of the page begins."""
    return page.locator(part).bounding_box()["y"]


@pytest.mark.parametrize("language", some(LANGUAGES, ("en",)))
def test_a_wide_screen_shows_what_presses_and_every_card_begins_on_it_also_with_the_tour(
    watched, site, language
):
    watched.set_viewport_size({"width": 1280, "height": 800})
    open_page(watched, site, "/", language)
    for _ in ("offered", "under way"):
        assert top(watched, "#morning") < 300
        for key in ("map", "look", "clusters", "crossings", "decisions"):
            assert top(watched, f"#{key}") < 800, key
            assert watched.locator(f"#{key}").evaluate("e => e.scrollWidth <= e.clientWidth"), key
        tour, line = (watched.locator(part).bounding_box() for part in (".tour", "#morning"))
        assert abs(tour["y"] - line["y"]) < 2 and tour["x"] > line["x"], (
            "beside the line, not above the cards"
        )
        watched.locator(".tour button").first.click()
        expect(watched.locator(".tour:not([data-offered])")).to_be_visible()


@pytest.mark.parametrize("language", some(LANGUAGES, ("km",)))
def test_the_tour_is_one_line_of_a_phone_and_what_changed_begins_on_its_first_screen(watched, site, language):
    watched.set_viewport_size(SIZES["narrow"])
    open_page(watched, site, "/", language)
    assert watched.locator(".tour").bounding_box()["height"] < 50
    assert top(watched, "#look") < 740 - 40
    for key in ("clusters", "reports"):
        assert top(watched, f"#{key}") < 2 * 740, key
    watched.locator("#every").check()
    cards = ("look", "clusters", "reports", "map", "crossings", "decisions")
    tops = [top(watched, f"#{key}") for key in cards]
    assert tops == sorted(tops)
    assert watched.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("language", some(LANGUAGES, ("en",)))
def test_a_province_is_one_scroll_of_a_phone_and_all_of_it_is_one_press_away(watched, site, language):
    watched.set_viewport_size(SIZES["narrow"])
    open_page(watched, site, "/", language)
    watched.locator('.tour button[value="over"]').click()
    for path, screens in (("/?area=KH01", 2.3), ("/?area=all", 2)):
        watched.goto(site + path)
        page = watched.locator("html")
        assert page.evaluate("e => e.scrollHeight") <= screens * SIZES["narrow"]["height"], path
        widths = watched.locator(".today-top .card").evaluate_all("all => all.map(e => e.offsetWidth)")
        assert all(width == 0 or width >= 330 for width in widths), path
        folded = watched.locator(".today-top .aside, #weekly")
        assert not any(folded.nth(n).is_visible() for n in range(folded.count())), path
        watched.locator("#every").check()
        assert all(folded.nth(n).is_visible() for n in range(folded.count())), path


#: The days of a page that stand on two lines, each with what stands around it.
_BROKEN_DAYS = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    for (const day of text.data.matchAll(/\\d{4}-\\d\\d-\\d\\d/g)) {
      const range = document.createRange();
      range.setStart(text, day.index);
      range.setEnd(text, day.index + 10);
      const lines = [...range.getClientRects()].filter(box => box.width).map(box => Math.round(box.top));
      if (new Set(lines).size > 1) found.push(text.data.trim());
    }
  }
  return found;
}"""


def test_no_day_is_broken_at_its_hyphens(watched, site):
    watched.set_viewport_size(SIZES["narrow"])
    open_page(watched, site, "/", "km")
    for path in (
        "/",
        "/?area=KH01",
        "/crossings/poipet",
        "/clusters/standing",
        "/decisions",
        "/curves?disease=tb",
    ):
        watched.goto(site + path)
        for width in (360, 410, 1280):
            watched.set_viewport_size({"width": width, "height": 740})
            assert watched.evaluate(_BROKEN_DAYS) == [], (path, width)


def test_a_decision_is_noted_marked_and_shown_on_the_first_page(watched, site):
    open_page(watched, site, "/")
    watched.locator("#decisions a", has_text="note one").click()
    watched.get_by_label("Decision", exact=True).fill("Visit the posts of <Malai>")
    watched.get_by_label("Who does it").fill("OD Thma Puok")
    watched.get_by_label("Until").fill(str(today_in_cambodia() + timedelta(days=5)))
    watched.get_by_label("Province").select_option("KH01")
    watched.get_by_role("button", name="Note it").click()
    expect(watched.locator("#open")).to_contain_text("Visit the posts of <Malai>")
    watched.goto(site + "/?area=KH01")
    expect(watched.locator("#decisions")).to_contain_text("Visit the posts of <Malai>")
    watched.locator("#decisions a", has_text="Visit").click()
    watched.get_by_role("button", name="Mark as done: Visit the posts").click()
    expect(watched.locator("#done")).to_contain_text("Visit the posts of <Malai>")


@pytest.mark.full  # without a browser: tests/unit/test_first_page_cards.py
def test_a_province_is_chosen_kept_and_left_again(watched, site):
    open_page(watched, site, "/")
    watched.locator("#area").select_option("KH01")
    watched.get_by_role("button", name="Show", exact=True).click()
    expect(watched.locator("h1")).to_contain_text("Banteay Meanchey")
    watched.get_by_role("button", name="Keep as my first page").click()
    watched.goto(site + "/")
    expect(watched.locator("h1")).to_contain_text("Banteay Meanchey")
    watched.locator(".area a", has_text="Cambodia").click()
    expect(watched.locator("h1")).to_contain_text("Cambodia")


def test_an_old_address_keeps_its_question(watched, site):
    open_page(watched, site, "/?disease=tb&area=KH01")
    expect(watched).to_have_url(re.compile(r"/map\?disease=tb&area=KH01"))
    expect(watched.locator("#panel-name")).to_have_attribute("data-area", "KH01", timeout=20_000)


@pytest.mark.parametrize("size", some(SIZES, ("narrow",)))
def test_the_key_of_the_signs_can_be_opened_wide_and_narrow(watched, site, size):
    watched.set_viewport_size(SIZES[size])
    open_page(watched, site, "/beside?disease=tb&beside=before")
    key = watched.locator("details.folded", has_text="few people").first
    expect(key.locator("li").first).to_be_hidden()
    key.locator("summary").click()
    expect(key.locator("li").first).to_be_visible()
