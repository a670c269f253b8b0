"""An official of one province at the map: own province, own gates, and nothing that is closed to them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import SIZES, choose, drawn, open_map
from tests.support.browsing import sign_in
from tests.support.matrix import some

pytestmark = pytest.mark.browser
#: Demo account of Banteay Meanchey.
POIPET = "poipet@demo.example"
#: What stands outside every landmark and holds words: axe calls that a fault ("region").
_OUTSIDE = """() => [...document.querySelectorAll('p, h1, h2, a, button')].filter(
    e => e.innerText && e.offsetParent && !e.closest('main, header, footer, nav, [role=alert]')
).map(e => e.innerText)"""
#: What can be pressed inside an image: axe calls that a fault ("nested-interactive").
_INSIDE = "() => document.querySelectorAll('[role=img] button, [role=img] a').length"


@pytest.mark.parametrize("size", some(SIZES, ("narrow",)))
def test_an_official_of_one_province_reads_its_crossings_and_facilities(watched, site, size):
    watched.set_viewport_size(SIZES[size])
    open_map(watched, site, "/map?disease=tb", POIPET)
    assert drawn(watched) == 25
    codes = watched.locator("#table tbody tr").evaluate_all("rows => rows.map(r => r.dataset.code)")
    assert "KH01" in codes
    issued = watched.locator("#table tbody tr", has_text="◇")
    assert issued.count() == len(codes) - 1
    expect(watched.locator("#table tr[data-code=KH01]")).not_to_contain_text("◇")
    assert watched.locator("#filter-view option").count() == 5  # by home: as issued
    expect(watched.locator("#map .scattergeo text", has_text="Poipet")).to_be_visible()

    choose(watched, "view", "crossing:care")
    expect(watched.locator("#table tr[data-code=TH01]")).to_contain_text("%")
    expect(watched.locator("#table")).not_to_contain_text("■")
    watched.locator("#table tr[data-code=TH01] a").click()
    expect(watched.locator("#panel-name")).to_have_attribute("data-area", "TH01")
    expect(watched.locator("#trend .scatterlayer path").first).to_be_attached()
    assert watched.locator("[id^=groups-]").count() == 5

    choose(watched, "view", "facility:care")
    expect(watched.locator("#table tbody tr").first).to_have_attribute("data-code", re.compile("KH01|BMC|."))
    expect(watched.locator("#table")).not_to_contain_text("■")
    assert watched.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]


def test_what_can_be_pressed_stands_outside_the_image_and_every_word_in_a_landmark(watched, site):
    sign_in(watched, site, "/sessions")
    for path in ("/", "/map", "/reporting", "/clusters", "/data"):
        watched.goto(site + path)
        watched.wait_for_load_state("networkidle")
        assert watched.evaluate(_INSIDE) == 0, path
        assert watched.evaluate(_OUTSIDE) == [], path
        expect(watched.locator("main .old-data")).to_be_visible()


def test_the_whole_map_comes_back_after_looking_closely(watched, site):
    open_map(watched, site, "/map?disease=tb", POIPET)
    layout = "document.querySelector('#map .js-plotly-plot')._fullLayout"
    centre = f"[{layout}.geo.center.lon, {layout}.geo.center.lat].map(x => x.toFixed(3)).join()"
    before = watched.evaluate(centre)
    for name in ("Zoom in", "Zoom in", "Zoom out"):
        watched.get_by_role("button", name=name).click()
    assert watched.evaluate(f"{layout}.geo.projection.scale") == 2
    watched.get_by_role("button", name="Whole map").click()
    assert watched.evaluate(f"{layout}.geo.projection.scale") == 1
    assert watched.evaluate(centre) == before
    assert watched.evaluate(f"{layout}.dragmode") is False
