"""The list of data quality, a finding, delays, and what is expected on a curve, in both languages."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from dashboard.messages import translator
from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.browser.test_today import open_page
from tests.support.axe import faults

#: The days of the demo that hold findings: returns surge, and facilities fall silent.
DAYS = "from=2025-06-01&to=2026-05-31"


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_findings_are_listed_worked_through_and_fit(watched, site, language, size):
    watched.set_viewport_size(SIZES[size])
    open_page(watched, site, f"/data-quality?{DAYS}", language, "manager@demo.example")
    before = watched.locator("#findings tbody tr").count()
    assert before
    watched.locator("#findings td a").first.click()
    watched.select_option("#finding-state", "asked")
    watched.fill("#finding-owner", "OD Poipet")
    assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    watched.click("main form button[type=submit]")
    expect(watched.locator("#findings tbody tr")).to_have_count(before)
    expect(watched.locator("#findings")).to_contain_text("OD Poipet")
    for path in (f"/data-quality?{DAYS}", "/data-quality/delays?by=province", "/curves?disease=dengue"):
        watched.goto(site + path)
        assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], path


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_a_case_gets_another_class_with_a_reason_and_the_one_it_had_again(watched, site, language, size):
    t = translator(language)
    watched.set_viewport_size(SIZES[size])
    address = "/cases?disease=measles&from=2026-05-01"
    open_page(watched, site, address, language, "epidemiologist@demo.example")
    watched.check("input[value=outbreak]")
    watched.click("main form button[type=submit]")
    expect(watched.locator("#cases tbody tr").first).to_be_visible()
    assert faults(watched) == []
    assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.locator("#cases tbody tr", has_text=t("Suspected")).first.locator("a").click()
    before = watched.locator("#state").inner_text()
    earlier = watched.locator("#history tbody tr").count()
    for code, said in (("discarded", t("Discarded")), ("undo", before)):
        watched.select_option("#class", code)
        watched.fill("#reason", "rubella IgM positive")
        watched.click("#act button[type=submit]")
        expect(watched.locator("#state")).to_have_text(said)
    assert watched.locator("#history tbody tr").count() == earlier + 2
    assert faults(watched) == []
    assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if folder := os.environ.get("WATCH_SHOTS"):
        watched.screenshot(path=f"{folder}/case-{language}-{size}.png", full_page=True)
        watched.locator(".crumbs a").last.click()
        watched.screenshot(path=f"{folder}/cases-{language}-{size}.png", full_page=True)
