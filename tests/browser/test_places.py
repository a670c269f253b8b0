"""A place that nobody knew is given its meaning and taken back, and every page of it fits its screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_imports import sign_in
from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.support.axe import faults

pytestmark = pytest.mark.browser
#: What the demo's files call a gate, and what it is.
TEXT, PLACE = "Poy Pet old gate", "TH01"


def fits(page, width):
    """Nothing sticks out, everything that takes an answer has a name, and no rule of axe is broken."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    unlabelled = page.evaluate(
        """() => [...document.querySelectorAll('select, input:not([type=hidden]), button, a')]
        .filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label') && !e.textContent.trim())
        .map(e => e.outerHTML)"""
    )
    assert unlabelled == []
    assert faults(page) == []


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_a_gate_that_nobody_knew_is_resolved_from_the_list_and_taken_back(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    width = SIZES[size]["width"]
    sign_in(page, site, "/data", language)
    fits(page, width)
    page.locator("main a[href='/imports/places']").click()
    fits(page, width)
    page.locator("#places a", has_text=TEXT).click()
    expect(page.locator("#place-text")).to_have_text(TEXT)
    fits(page, width)
    page.locator(f"[name=near][value={PLACE}]").check()
    page.locator("#resolve button").click()
    expect(page.locator("#chosen")).to_contain_text(PLACE)
    fits(page, width)
    page.locator("#confirm button").click()
    expect(page.locator("#resolved")).to_contain_text("manager@demo.example")
    fits(page, width)
    page.goto(f"{site}/imports/places")
    expect(page.locator("#places a", has_text=TEXT)).to_have_count(0)
    page.goto(f"{site}/imports/places?all=yes")
    page.locator("#places a", has_text=TEXT).click()
    page.locator("#undo button").click()
    expect(page.locator("#resolved")).to_have_count(0)


def test_without_scripts_a_place_is_resolved_too(chromium, site):
    context = chromium.new_context(locale="en-US", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, "/imports/places")
    page.fill("#find-text", TEXT.lower())
    page.locator("#find button").click()
    page.select_option("#place-chosen", PLACE)
    page.locator("#resolve button").click()
    page.locator("#confirm button").click()
    expect(page.locator("#resolved")).to_contain_text("Poipet")
    page.locator("#undo button").click()
    expect(page.locator("#resolved")).to_have_count(0)
    context.close()
