"""Pages of provinces, crossings and facilities: fit, and lead where they say."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.browser.test_today import open_page
from tests.support.matrix import some

PAGES = (
    "/crossings/poipet",
    "/provinces/KH01",
    "/districts/Demo%20OD%2001-1",
    "/facilities/DEMO-HC-01-01",
    "/find?q=kampong",
)
#: Whether a drawing, or a text within a card, is cut off.
_CUT = """[...document.querySelectorAll('.card svg, .card h2, #answer li')]
    .filter(e => e.getClientRects().length)
    .every(e => e.getBoundingClientRect().right <= document.documentElement.clientWidth)"""


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_the_pages_fit_in_both_languages(watched, site, language, size):
    watched.set_viewport_size(SIZES[size])
    for number, path in enumerate(PAGES):
        watched.goto(site + path) if number else open_page(watched, site, path, language)
        expect(watched.locator("html")).to_have_attribute("lang", language)
        expect(watched.locator("h1")).to_be_visible()
        watched.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], path
        assert watched.evaluate(_CUT), path


@pytest.mark.parametrize(
    "account", some(["official@demo.example", "poipet@demo.example"], ["poipet@demo.example"])
)
def test_poipet_is_found_from_the_first_page_and_answers_at_its_top(watched, site, account):
    watched.set_viewport_size(SIZES["narrow"])
    open_page(watched, site, "/", account=account)
    watched.get_by_role("searchbox").fill("ប៉ោយប៉ែត")
    watched.get_by_role("button", name="Search").click()
    expect(watched).to_have_url(re.compile("/crossings/poipet$"))
    answer = watched.locator("#answer")
    expect(answer).to_contain_text(re.compile(r"week \d+ of 2026 \(2026-\d\d-\d\d – 2026-\d\d-\d\d\)"))
    expect(answer.locator("li").first).to_contain_text(re.compile(r"^[\d,]+ records of patients"))
    expect(answer).to_contain_text(re.compile(r"Tuberculosis: \d+ tested"))
    assert answer.bounding_box()["y"] < SIZES["narrow"]["height"]


def test_a_number_leads_to_the_map_of_this_place_and_the_map_back(watched, site):
    open_page(watched, site, "/provinces/KH01?disease=tb")
    link = watched.locator("#numbers tr.chosen td a.n").nth(1)
    said = link.inner_text()
    link.click()
    expect(watched).to_have_url(re.compile(r"/map\?.*area=KH01"))
    expect(watched.locator("#panel-name")).to_have_attribute("data-area", "KH01", timeout=20_000)
    expect(watched.locator("#panel .headline strong")).to_have_text(said)
    watched.get_by_role("link", name="Page of this area").click()
    expect(watched).to_have_url(re.compile(r"/provinces/KH01\?disease=tb$"))


def test_another_disease_is_looked_at_and_its_weeks_stand_in_a_table(watched, site):
    open_page(watched, site, "/provinces/KH01")
    watched.locator("#numbers").get_by_role("link", name="Dengue").click()
    expect(watched.locator("#curve h2")).to_contain_text("Dengue")
    watched.get_by_text("The weeks as a table").click()
    row = watched.locator("#curve tbody tr")
    assert 52 <= row.count() <= 54
    expect(row.first).to_contain_text("incomplete")
