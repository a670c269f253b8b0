"""The server's own map in a browser: labels that do not collide, keyboard, no rule of axe broken, no jump."""

import base64
import re
from functools import cache
from itertools import combinations

import pytest
from playwright.sync_api import expect

from dashboard.components.addresses import _ASSETS, map_page
from dashboard.messages import translator
from tests.browser.test_map import SIZES
from tests.support import browsing
from tests.support.axe import faults
from tests.support.matrix import some
from tests.support.province_maps import page_of

pytestmark = pytest.mark.browser
QUESTION = {"disease": "malaria"}
#: Where each label lies, and what is seen of the map.
BOXES = """() => {
  const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const seen = [...document.querySelectorAll(".labels")].filter(e => getComputedStyle(e).display !== "none");
  return {
    map: box(document.querySelector("svg.province-map")),
    kinds: seen.map(e => e.classList[1]),
    labels: seen.flatMap(e => [...e.querySelectorAll("text")]).map(e => [e.textContent, ...box(e)]),
    letters: Math.min(...seen.map(e => {
      const scale = e.closest("svg").getScreenCTM().a;
      return Number(e.getAttribute("font-size")) * scale;
    })),
  };
}"""


@cache
def styles() -> str:
    """The stylesheet with its fonts inside, so that a page needs no server."""
    text = "".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("tokens.css", "chhlang.css"))
    for name in set(re.findall(r"/assets/(fonts/[\w.-]+)", text)):
        held = base64.b64encode((_ASSETS / name).read_bytes()).decode()
        text = text.replace(f"/assets/{name}", f"data:font/woff2;base64,{held}")
    return text


def show(page, language, size, **more):
    page.set_viewport_size(SIZES[size])
    page.set_content(page_of(language, translator(language), styles(), **more))
    page.evaluate("document.fonts.ready")


@pytest.mark.parametrize("size", [*SIZES])
@pytest.mark.parametrize("language", ["en", "km"])
def test_no_two_labels_overlap_and_none_is_cut(page, language, size):
    show(page, language, size)
    if language == "km":
        assert page.evaluate("document.fonts.check('16px \"Noto Sans Khmer\"', 'ខ្មែរ')")
    found = page.evaluate(BOXES)
    assert found["kinds"] == ["narrow" if size == "narrow" else "wide"]
    assert len(found["labels"]) == (25 if size == "narrow" else 28), "with three neighbours"
    assert found["letters"] > 9
    left, top, right, bottom = found["map"]
    for text, *box in found["labels"]:
        assert left <= box[0] < box[2] <= right and top <= box[1] < box[3] <= bottom, text
    # A box is as high as its typeface allows letters to be; a twelfth of it is air above and below.
    air = 0.17 * min(box[3] - box[1] for _, *box in found["labels"])
    for (text, *one), (beside, *other) in combinations(found["labels"], 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across <= 0 or down <= air, (text, beside)


@pytest.mark.parametrize(("language", "dark"), [("km", False), ("en", True)])
def test_the_map_breaks_no_rule_and_the_keyboard_reaches_every_province(page, language, dark):
    page.emulate_media(color_scheme="dark" if dark else "light")
    show(page, language, "narrow", dark=dark)
    assert faults(page) == []
    said = []
    for _ in range(25):
        page.keyboard.press("Tab")
        said.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert len(set(said)) == 25
    expect(page.locator("a.area:focus-visible")).to_have_count(1)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    fill = "getComputedStyle(document.querySelector('.area.s4')).fill"
    usual = page.evaluate(fill)
    page.emulate_media(forced_colors="active")
    assert page.evaluate(fill) != usual
    page.emulate_media(forced_colors="none", media="print")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.province-map')).printColorAdjust") == "exact"
    )


def sign_in(page, site):
    browsing.sign_in(page, site)
    expect(page.locator("main h1").first).to_be_visible()


@pytest.mark.parametrize("size", some(SIZES, ("narrow",)))
def test_the_map_is_there_before_any_script_and_stays_until_plotly_has_drawn(own_tab, site, size):
    page = own_tab
    page.set_viewport_size(SIZES[size])
    sign_in(page, site)
    held = []

    def hold(route):
        held.append(route)

    page.route("**/geo/provinces.*", hold)
    page.add_init_script(
        """window.jumped = 0;
        new PerformanceObserver(list => list.getEntries().forEach(e => { window.jumped += e.value; }))
        .observe({type: 'layout-shift', buffered: true});"""
    )
    page.goto(site + map_page(QUESTION), wait_until="commit")
    first = page.locator("svg.province-map")
    expect(first).to_be_visible()
    # A box asked for before the first paint is one without styles.
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    before = first.bounding_box()
    expect(page.locator("#table tbody tr").first).to_be_visible(timeout=20_000)
    expect(page.locator("#first-map svg.province-map")).to_be_visible()
    expect(page.locator("#first-view")).to_have_count(0)
    after = first.bounding_box()
    assert all(abs(before[side] - after[side]) < 1.5 for side in before)
    page.locator("a.area").first.focus()
    held.pop().continue_()
    page.wait_for_selector("#map .choroplethlayer path", state="attached")
    expect(page.locator("a.area").first).to_be_focused()
    page.locator("a.language").focus()
    expect(first).to_have_count(0)
    assert page.evaluate("window.jumped") < 0.1


def test_without_scripts_the_map_the_legend_and_the_table_remain(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    page.goto(site + map_page(QUESTION))
    expect(page.locator("svg.province-map a.area")).to_have_count(25)
    expect(page.locator(".map-legend .classes li")).to_have_count(5)
    page.locator("a.area[href*='KH06'] path").first.click()
    expect(page.locator(".area.selected")).to_have_count(1)
    expect(page.locator("noscript a", has_text="Table")).to_have_attribute(
        "href", re.compile("disease=malaria")
    )
    context.close()


def test_another_question_never_leaves_the_first_map_standing(page, site):
    sign_in(page, site)
    page.route("**/geo/provinces.*", lambda route: None)
    page.goto(site + map_page(QUESTION), wait_until="commit")
    expect(page.locator("#first-map svg.province-map")).to_be_visible(timeout=20_000)
    page.locator("#filter-disease").select_option("tb")
    expect(page.locator("#title")).to_contain_text("Tuberculosis")
    expect(page.locator("svg.province-map")).to_have_count(0)
