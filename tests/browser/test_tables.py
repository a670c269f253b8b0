"""Tables that the map page fetches: for the question of the map, one at a time; a sentence if it cannot."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_map import choose, open_map
from tests.support.browsing import by_form
from tests.support.matrix import some

pytestmark = pytest.mark.browser
MISSING = {"en": "The table could not be fetched", "km": "មិនអាចទាញយកតារាងបានទេ"}


def rows(page: Page):
    return page.locator("#table tbody tr")


def test_an_answer_that_comes_late_never_stands_under_a_newer_question(page: Page, site):
    open_map(page, site, "/map?disease=tb")
    held = []

    def hold(route):
        held.append(route)

    page.route("**/map/table?*by=crossing*", hold)
    page.locator("#filter-view").select_option("crossing:care")
    expect(page.locator("#subtitle")).to_contain_text("crossing", ignore_case=True)
    expect(page.locator("#table")).to_have_attribute("aria-busy", "true")
    expect(rows(page).first).to_be_hidden()  # the table of provinces says nothing about crossings
    page.locator("#filter-view").select_option("facility:care")
    expect(rows(page)).not_to_have_count(26, timeout=8_000)
    facilities = rows(page).count()
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_timeout(500)
    assert rows(page).count() == facilities
    expect(page.locator("#table")).not_to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize("language", some(("en", "km"), ("km",)))
def test_a_table_that_cannot_be_fetched_is_a_sentence_and_a_session_that_ends_is_said(
    page: Page, site, language
):
    open_map(page, site, "/map?disease=tb", language=language)
    sentence = page.locator(".card.table [role=alert]")
    expect(sentence).to_be_hidden()
    page.route("**/map/table?*", lambda route: route.abort())
    choose(page, "disease", "malaria")
    expect(sentence).to_contain_text(MISSING[language])
    expect(rows(page)).to_have_count(0)
    expect(page.locator("#panel .headline")).to_contain_text("%")
    page.unroute("**/map/table?*")
    choose(page, "disease", "tb")
    expect(rows(page).first).to_be_visible()
    expect(sentence).to_be_hidden()

    page.route("**/map/table?*", lambda route: route.fulfill(status=500, body="<h1>Something</h1>"))
    choose(page, "disease", "malaria")
    expect(sentence).to_contain_text(MISSING[language])
    expect(page.locator("#table")).to_be_empty()
    page.unroute("**/map/table?*")

    page.route("**/map/table?*", lambda route: route.fulfill(status=401))
    choose(page, "disease", "dengue")
    expect(page.locator("#signed-out")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    assert "disease%3Ddengue" in page.locator("#signed-out a").get_attribute("href")


def test_the_trend_as_a_table_is_fetched_when_it_is_opened_and_follows_the_area(watched: Page, site):
    asked = []
    watched.on("request", lambda request: asked.append(urlsplit(request.url).path))
    open_map(watched, site, "/map?disease=tb&area=KH01&step=month")
    assert "/map/trend" not in asked
    part = watched.locator("details[data-fetched-when-open]")
    part.locator("summary").click()
    months = part.locator("tbody tr")
    expect(months.first).to_be_visible()
    assert all(re.match(r"\d{4}-\d\d", text) for text in months.locator("th").all_inner_texts())
    before = part.locator("table").inner_text()
    watched.locator("#table a", has_text="Pailin").click()
    expect(watched.locator("#panel-name")).to_have_text("Pailin")
    watched.wait_for_load_state("networkidle")
    if part.get_attribute("open") is not None:
        expect(months.first).to_be_visible()
        assert part.locator("table").inner_text() != before
    assert asked.count("/map/trend") <= 2


@pytest.mark.full  # nothing is kept: tests/security/test_gate.py
def test_two_accounts_in_turn_see_their_own_table(page: Page, site):
    open_map(page, site, "/map?disease=malaria", account="poipet@demo.example")
    expect(rows(page).filter(has_text="◇")).to_have_count(25)
    page.locator(".account button").click()
    page.goto(f"{site}/?disease=malaria")
    by_form(page)
    expect(rows(page)).to_have_count(26, timeout=20_000)
    expect(rows(page).filter(has_text="◇")).to_have_count(0)
