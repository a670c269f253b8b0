"""Pages of indicators: they fit in both languages, and lead from the list to a value, a map and a course."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dashboard.messages import translator
from surveillance.indicators.table import INDICATORS
from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES, choose, open_map, unfold
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


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_an_indicator_is_chosen_as_the_measure_of_the_map(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    open_map(page, site, "/map?disease=malaria", language=language)
    unfold(page)
    assert page.locator("#filter-measure optgroup").count() >= 6
    choose(page, "measure", "tb_treatment_success")
    expect(page).to_have_url(re.compile("measure=tb_treatment_success"))
    expect(page.locator("#filter-disease")).to_have_value("tb")
    expect(page.locator("#table tbody tr")).to_have_count(26)
    expect(page.locator("#table caption")).to_contain_text(translator(language)("TB: treatment success"))
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    code = page.locator("#table tbody tr").first.get_attribute("data-code")
    page.locator("#table tbody tr a").first.click()
    expect(page.locator(f"#panel-name[data-area='{code}']")).to_be_visible()
    page.locator("#panel details summary").last.click()
    expect(page.locator("#panel details table tbody tr").first).to_be_visible()
    unfold(page)
    choose(page, "view", "facility:care")
    expect(page.locator("#table tbody tr").nth(30)).to_be_attached()
    choose(page, "disease", "malaria")  # it is not of malaria: the measure is left
    expect(page.locator("#filter-measure")).to_have_value("testing")
    page.goto(f"{site}/map?measure=malaria_api&by=crossing")
    said = translator(language)(INDICATORS["malaria_api"].refusal("crossing"))
    expect(page.locator("#problem")).to_contain_text(said)
