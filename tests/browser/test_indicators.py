"""Pages of indicators: they fit in both languages, and lead from the list to a value, a map and a course."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.browser.test_today import open_page


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_the_list_leads_to_an_indicator_with_map_table_and_course(watched, site, language, size):
    watched.set_viewport_size(SIZES[size])
    open_page(watched, site, "/indicators", language)
    expect(watched.locator("h1")).to_be_visible()
    assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    watched.locator("a[href='/indicators/malaria_radical_cure']").click()
    expect(watched.locator("html")).to_have_attribute("lang", language)
    expect(watched.locator("#map svg.province-map").first).to_be_visible()
    expect(watched.locator("#numbers tbody tr")).to_have_count(26)
    expect(watched.locator("#course tbody tr").first).to_be_visible()
    assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    watched.locator("#indicator-by").select_option("facility")
    watched.locator(".indicator-form button").click()
    expect(watched.locator("#map")).to_have_count(0)
    expect(watched.locator("#indicator-by")).to_have_value("facility")
    assert watched.locator("#numbers tbody tr").count() > 26
