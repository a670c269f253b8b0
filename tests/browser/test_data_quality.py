"""The list of data quality, a finding, delays, and what is expected on a curve, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.browser.test_today import open_page

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
