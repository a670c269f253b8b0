"""Operational districts in a browser: as a level of the map, by pointer and keyboard, and as pages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dashboard.messages import translator
from tests.browser.test_map import BANTEAY_MEANCHEY, KHMER_ON_A_PHONE, LANGUAGES, SIZES, choose, open_map
from tests.support.axe import faults
from tests.support.browsing import sign_in
from tests.support.matrix import some

pytestmark = pytest.mark.browser
#: The demo has two in each province, and one row for what is not known.
DISTRICTS = 50
FIRST = "Demo OD 01-1"
NO_BORDERS = (
    "The borders of operational districts are not published for use here: provinces are the ground. A "
    "point stands at the middle of the facilities of a district, by the list of today."
)


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_the_map_shows_operational_districts_to_the_pointer_and_the_keyboard(watched, site, language, size):
    page, t = watched, translator(language)
    page.set_viewport_size(SIZES[size])
    open_map(page, site, "/map?disease=malaria", language=language)
    choose(page, "view", "district:care")
    expect(page).to_have_url(re.compile("by=district"))
    expect(page.locator("#table tbody tr")).to_have_count(DISTRICTS + 1)
    expect(page.locator("#not-drawn")).to_contain_text(t(NO_BORDERS))
    points = page.locator("#map .scattergeo path.point")
    expect(points.nth(DISTRICTS - 1)).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]

    # Coverage and counts of the pointer are those of the table.
    name = f"{BANTEAY_MEANCHEY[language]} · {FIRST}"
    row = page.locator(f"#table tr[data-code='{FIRST}']")
    expect(row).to_contain_text(name)
    value = re.search(r"\d+\.\d%", row.inner_text()).group()
    page.locator("#map").scroll_into_view_if_needed()
    at = page.evaluate(_POINT, FIRST)
    page.mouse.move(*at)
    expect(page.locator("#map .hoverlayer")).to_contain_text(FIRST)
    expect(page.locator("#map .hoverlayer")).to_contain_text(value)

    # The keyboard alone: the list of areas, then a search of all places.
    page.focus("#reach-area")
    page.locator("#reach-area").select_option(FIRST)
    expect(page.locator("#panel-name")).to_have_attribute("data-area", FIRST)
    expect(page.locator("#panel .headline")).to_contain_text(value)
    page.focus("#reach-find")
    page.wait_for_selector("#reach-places option", state="attached")
    page.keyboard.type(f"Demo OD 02-1 · {t('operational district')}")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-name")).to_have_attribute("data-area", "Demo OD 02-1")
    row = page.locator("#table tr[data-code='Demo OD 05-1'] a")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-name")).to_have_attribute("data-area", "Demo OD 05-1")
    assert faults(page) == []


def test_a_district_leads_from_its_facility_to_its_page_its_map_and_back(watched, site):
    sign_in(watched, site, "/facilities/DEMO-HC-01-02")
    watched.get_by_role("link", name=f"operational district {FIRST}").click()
    expect(watched.locator("h1")).to_have_text(FIRST)
    expect(watched.locator("#ranks li").first).to_contain_text("rank")
    link = watched.locator("#numbers tr.chosen td a.n").nth(1)
    said = link.inner_text()
    link.click()
    expect(watched.locator("#panel-name")).to_have_attribute("data-area", FIRST, timeout=20_000)
    expect(watched.locator("#panel .headline strong")).to_have_text(said)
    watched.get_by_role("link", name="Page of this area").click()
    expect(watched).to_have_url(re.compile(r"/districts/Demo%20OD%2001-1\?disease="))


#: Where the point of a district is drawn.
_POINT = """code => {
  const map = document.querySelector("#map .js-plotly-plot");
  const trace = map._fullData.findIndex(one => (one.customdata || []).includes(code));
  const before = map._fullData.slice(0, trace).filter(one => one.type === "scattergeo").length;
  const points = document.querySelectorAll("#map .scattergeo")[before].querySelectorAll("path.point");
  const box = points[map._fullData[trace].customdata.indexOf(code)].getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""
#: Whether the chosen text of a list is wider than its box.
_CUT = """() => {
  const list = document.querySelector("#filter-measure"), look = getComputedStyle(list);
  const ruler = document.createElement("canvas").getContext("2d");
  ruler.font = look.font;
  const room = list.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight) - 18;
  return ruler.measureText(list.selectedOptions[0].text).width - room;
}"""


@pytest.mark.parametrize("language", some(LANGUAGES, ("en",)))
def test_no_name_of_an_indicator_is_cut_in_the_choice_of_the_measure(watched, site, language):
    watched.set_viewport_size(SIZES["wide"])
    open_map(watched, site, "/map?measure=malaria_radical_cure", language=language)
    for one in watched.locator("#filter-measure optgroup option").all():
        value = one.get_attribute("value")
        # Chosen without asking: the names alone are measured.
        watched.evaluate("value => { document.querySelector('#filter-measure').value = value; }", value)
        assert watched.evaluate(_CUT) <= 0, value
