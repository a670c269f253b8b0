"""Everywhere it is used: few bytes, the keyboard alone, a finger, letters twice as large, and paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import LANGUAGES, SIZES
from tests.support.browsing import PASSWORD
from tests.support.matrix import every_value

pytestmark = pytest.mark.browser
PAGES = {"/": "#morning", "/map": "#map .choroplethlayer path"}
#: Most bytes that come over the line at a first visit, and at the next one.
FIRST, NEXT = 1_300_000, 100_000
#: What has the focus: which element, and whether an eye finds it: it has a size, and a ring around it.
FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  window.walked = window.walked || new Map();
  if (!window.walked.has(e)) window.walked.set(e, window.walked.size);
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const inside = [...e.children].some(c => parseFloat(getComputedStyle(c).strokeWidth) > 2);
  const said = (e.getAttribute("aria-label") || e.textContent).trim();
  return {number: window.walked.get(e), tag: e.tagName, id: e.id, text: said.slice(0, 60),
    seen: box.width > 1 && box.height > 1 && box.right > 0 && box.left < innerWidth,
    ring: drawn || inside || style.boxShadow !== "none"};
}"""
#: Targets under 24 pixels that are no words in a sentence and do not keep 24 pixels apart (WCAG 2.5.8).
SMALL = """() => {
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 1;
  const found = [...document.querySelectorAll("a[href], button, input, select, summary")].filter(shown)
    .filter(e => !e.closest("svg") && !e.closest(".js-plotly-plot"));
  const boxes = found.map(e => e.getBoundingClientRect());
  const inline = e => getComputedStyle(e).display === "inline" && [...e.parentElement.childNodes]
    .some(n => n.nodeType === 3 && n.textContent.trim());
  const small = b => Math.min(b.width, b.height) < 23.5;
  const middle = b => [b.left + b.width / 2, b.top + b.height / 2];
  return found.filter((e, i) => small(boxes[i]) && !inline(e) && boxes.some((b, j) => {
    if (i === j || found[i].contains(found[j]) || found[j].contains(found[i])) return false;
    const [x, y] = middle(boxes[i]), [u, v] = middle(b);
    const near = Math.hypot(Math.max(b.left - x, 0, x - b.right), Math.max(b.top - y, 0, y - b.bottom));
    return small(b) ? Math.hypot(x - u, y - v) < 24 : near < 12;
  })).map(e => `${e.tagName} ${e.id || e.className} ${e.textContent.trim().slice(0, 40)}`);
}"""


def enter(page, site, path, language="en"):
    """Sign in, and open a page when all of it is there."""
    page.goto(f"{site}/language/{language}?next=/sign-in")
    page.fill("#email", "epidemiologist@demo.example")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    if path != "/":
        page.goto(site + path)
    whole(page, path)


def whole(page, path):
    page.wait_for_selector(PAGES[path], state="attached")
    page.wait_for_load_state("networkidle")


def test_a_visit_brings_few_bytes_and_the_next_one_fewer(chromium, site):
    for path in PAGES:
        context = chromium.new_context(locale="en-US")
        page, brought = context.new_page(), []
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.on("Network.loadingFinished", lambda told, to=brought: to.append(told["encodedDataLength"]))
        enter(page, site, path)
        first = sum(brought)
        brought.clear()
        page.goto(site + path)
        whole(page, path)
        context.close()
        assert 20_000 < first < FIRST, (path, first)
        assert 1_000 < sum(brought) < NEXT, (path, sum(brought))


@pytest.mark.parametrize(("path", "language"), every_value([*PAGES], LANGUAGES))
def test_the_keyboard_alone_walks_through_a_page_and_out_again(watched, site, path, language):
    page = watched
    page.set_viewport_size(SIZES["wide"])
    enter(page, site, path, language)
    page.evaluate("document.activeElement.blur()")
    walked = []
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found["tag"] == "BODY" or (walked and found["number"] == walked[0]["number"]):
            break
        assert not walked or found["number"] != walked[-1]["number"], f"caught at {found}"
        walked.append(found)
    else:
        pytest.fail("the walk has no end")
    assert walked[0]["text"] == page.locator(".skip").text_content(), "first a way past the navigation"
    assert [one for one in walked if not one["seen"]] == []
    assert [one for one in walked if not one["ring"]] == []
    # Nothing that a press could use is left out, but for what is folded.
    assert {"q"} <= {one["id"] for one in walked} if path == "/" else True
    terms = page.locator("button.term").count()
    assert terms and sum(one["tag"] == "BUTTON" for one in walked) >= terms
    word, meaning = page.locator(".words button.term").first, page.locator(".meaning").first
    expect(meaning).to_be_hidden()
    word.focus()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    expect(word).to_be_focused()
    if path == "/map":
        assert {"filter-disease", "filter-measure"} <= {one["id"] for one in walked}
        page.locator("#filter-disease").focus()
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("disease="))


@pytest.mark.parametrize(("path", "language"), every_value([*PAGES], LANGUAGES))
def test_a_finger_meets_every_target(chromium, site, path, language):
    context = chromium.new_context(
        viewport=SIZES["narrow"], has_touch=True, is_mobile=True, device_scale_factor=2, locale="en-US"
    )
    page = context.new_page()
    enter(page, site, path, language)
    assert page.locator(".header").bounding_box()["height"] < 70, "the navigation is one line"
    assert page.evaluate(SMALL) == []
    if path == "/":  # on a phone the notes are folded away
        page.locator("label[for=every]").tap()
        assert page.evaluate(SMALL) == []
    word, meaning = page.locator(".words button.term").last, page.locator(".meaning").last
    word.tap()
    expect(meaning).to_be_visible()
    box = meaning.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    page.touchscreen.tap(5, 5)
    expect(meaning).to_be_hidden()
    if path == "/map":
        page.locator("#show-filters").tap()
        expect(page.locator("#filter-disease")).to_be_visible()
        page.locator("[data-zoom=in]").tap()
        page.wait_for_function(
            "document.querySelector('#map .js-plotly-plot')._fullLayout.geo.projection.scale > 1.5"
        )
    context.close()


@pytest.mark.parametrize(("path", "language"), every_value([*PAGES], LANGUAGES))
def test_letters_twice_as_large_need_no_scrolling_sideways_and_paper_shows_the_legend(
    watched, site, path, language
):
    page = watched
    page.set_viewport_size({"width": 640, "height": 400})  # a window of 1280 by 800 at 200%
    enter(page, site, path, language)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    cut = page.evaluate(
        """[...document.querySelectorAll("main h1, main h2, main p, main li, main button, main label")]
        .filter(e => e.checkVisibility({visibilityProperty: true}))
        .filter(e => !e.closest(".scroll, .visually-hidden, svg"))
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || (e.scrollWidth > e.clientWidth + 1
          && getComputedStyle(e).overflowX === "hidden")).map(e => e.textContent.trim().slice(0, 60))"""
    )
    assert cut == []
    page.set_viewport_size(SIZES["wide"])
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", print_background=True))
    assert 1 <= len(pages) <= 9
    page.set_viewport_size({"width": 718, "height": 1047})  # A4 within usual margins
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for part in (".map-frame .main-svg, .province-map", ".legend.classes", ".swatch.few", ".swatch.unsure"):
        box = page.locator(part).locator("visible=true").first.bounding_box()
        assert box and box["width"] > 5 and box["x"] + box["width"] <= 718, part
    for part in ("#filters", ".header nav", ".tour", ".words", ".zoom"):
        assert page.locator(part).locator("visible=true").count() == 0, part
    shown = page.locator(".swatch.unsure").locator("visible=true").first
    assert shown.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"
