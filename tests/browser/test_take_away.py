"""Taking a page away in a browser: the bar, the clipboard, the files, the forms."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.browser.test_today import open_page

_PATHS = ("/reporting", "/views?disease=tb&sex=female", "/records?disease=malaria")


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_the_pages_fit_in_both_languages(watched, site, language, size):
    watched.set_viewport_size(SIZES[size])
    open_page(watched, site, "/reporting", language, "epidemiologist@demo.example")
    for path in _PATHS:
        watched.goto(site + path)
        if watched.locator(".take-away").count():
            watched.locator(".take-away summary").click()
            expect(watched.locator("[data-print]")).to_be_visible()
        assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], path


def test_the_bar_of_the_map_keeps_up_with_the_question(watched, site):
    open_page(watched, site, "/map?disease=tb")
    expect(watched.locator("#table tfoot")).to_be_visible(timeout=20_000)
    watched.select_option("#filter-disease", "dengue")
    expect(watched).to_have_url(re.compile("disease=dengue"))
    watched.locator(".take-away summary").click()
    link = watched.get_by_role("link", name="CSV", exact=True)
    expect(link).to_have_attribute("href", re.compile(r"^/map\.csv\?.*disease=dengue"))
    with watched.expect_download() as found:
        link.click()
    assert found.value.suggested_filename.startswith("chhlang-dengue")
    watched.keyboard.press("Escape")
    expect(watched.locator("[data-print]")).to_be_hidden()


def test_a_table_is_copied_with_tabs_and_nothing_that_runs(watched, site):
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(watched, site, "/")
    watched.evaluate("document.querySelector('#weekly tbody th').textContent = '=1+1'")
    watched.locator("#weekly .copy-table").click()
    expect(watched.locator("#weekly .copy-table")).to_have_text("Copied")
    lines = watched.evaluate("navigator.clipboard.readText()").split("\n")
    assert lines[0].split("\t")[0] == "Disease"
    assert lines[1].startswith("'=1+1\t")
    assert len({line.count("\t") for line in lines}) == 1


def test_a_view_is_saved_without_a_script_and_opens_the_map(watched, site):
    open_page(watched, site, "/views?disease=tb&measure=positivity", account="viewer@demo.example")
    watched.get_by_label("Name of the view").fill("Positive")
    watched.get_by_label("Open the map with it").check()
    watched.get_by_role("button", name="Save").click()
    expect(watched.locator(".views h2")).to_contain_text("Positive")
    expect(watched.locator("header nav a", has_text="Map")).to_have_attribute(
        "href", "/map?disease=tb&measure=positivity"
    )
