"""Light, dark, or as the device is: chosen in the shell, kept, followed by figures, and never on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dashboard.figures.tokens import TOKENS
from tests.browser.test_map import ENGLISH_ON_A_SCREEN, KHMER_ON_A_PHONE, SIZES, open_map
from tests.support.axe import SCHEMES, faults
from tests.support.browsing import sign_in

pytestmark = pytest.mark.browser
#: What is drawn, as the eye meets it.
FILLS = """kind => [...new Set([...document.querySelectorAll(kind)].map(e => getComputedStyle(e).fill))]"""
#: Parts of cards that stick out of them.
STICKS_OUT = """[...document.querySelectorAll("main > .card")].filter(
  e => e.scrollWidth > e.clientWidth || e.getBoundingClientRect().right > window.innerWidth).map(e => e.id)"""


def rgb(name: str, look: str) -> str:
    colour = getattr(TOKENS[name], look)
    return "rgb({}, {}, {})".format(*(int(colour[place : place + 2], 16) for place in (1, 3, 5)))


def ground(page, look: str) -> None:
    """The page's ground gets this look's colour (a page just opened may still wait for its style)."""
    expect(page.locator("html")).to_have_css("background-color", rgb("ground", look))


def every(look: str) -> set[str]:
    return {rgb(name, look) for name in TOKENS}


def test_a_look_is_chosen_kept_and_followed_by_the_map_and_never_reaches_paper(watched, site):
    page = watched
    open_map(page, site, "/map?disease=tb&area=KH01")
    expect(page.locator("#trend .scatterlayer path").first).to_be_attached()
    expect(page.locator("#map .choroplethlayer path").first).to_be_attached()
    ground(page, "light")
    light = set(page.evaluate(FILLS, "#map .choroplethlayer path"))
    page.emulate_media(color_scheme="dark")
    ground(page, "dark")
    for kind in ("#map .choroplethlayer path", "#trend .fills path", "#trend text", "#map text"):
        drawn = set(page.evaluate(FILLS, kind)) - {"rgba(0, 0, 0, 0)", "none"}
        assert drawn <= every("dark"), kind
    page.emulate_media(color_scheme="dark", media="print")
    assert set(page.evaluate(FILLS, "#map .choroplethlayer path")) == light
    page.emulate_media(color_scheme="light", media="screen")
    page.get_by_role("link", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-look", "dark")
    ground(page, "dark")
    assert re.search(r"area=KH01", page.url), "the question stays"
    page.goto(f"{site}/reporting")
    ground(page, "dark")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("link", name="Light", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-look", "light")
    ground(page, "light")
    page.get_by_role("link", name="As the device").click()
    expect(page.locator("html:not([data-look])")).to_be_attached()
    ground(page, "dark")


@pytest.mark.parametrize(("language", "size"), ENGLISH_ON_A_SCREEN)
def test_every_component_fits_its_card(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, "/components", language=language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#figures .main-svg").nth(2)).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    assert page.evaluate(STICKS_OUT) == []
    names = ("letters", "buttons", "fields", "notes", "cards", "tables", "maps", "figures", "empty", "failed")
    for name in (*names, "under-way"):
        expect(page.locator(f"#{name} h2")).to_be_visible()
    assert page.locator("#tables tbody tr").count() == 13 + 9, "each status and class, each rank"
    assert page.locator("#maps .legend:not(.classes)").first.locator("li").count() >= 10


def test_a_dark_page_with_bad_contrast_is_found(page, site):
    page.goto(f"{site}/sign-in")
    bad = "<style>@media (prefers-color-scheme: dark) { h1 { color: var(--line); } }</style>"
    page.evaluate("text => document.head.insertAdjacentHTML('beforeend', text)", bad)
    (fault,) = faults(page, SCHEMES)
    assert "color-contrast" in fault


#: Choices whose chosen text is wider than their box; buttons and links that stick out of what they stand in;
#: bars of ranks beside their scale.
CUT_OFF = """() => {
  const found = [], ruler = document.createElement("canvas").getContext("2d");
  for (const list of document.querySelectorAll("select")) {
    if (!list.checkVisibility() || list.closest("details:not([open])")) continue;
    const look = getComputedStyle(list), said = list.selectedOptions[0].text;
    ruler.font = look.font;
    const room = list.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight) - 18;
    if (ruler.measureText(said).width > room) found.push([list.id || list.name, said]);
  }
  for (const one of document.querySelectorAll("main button, main a")) {
    const around = one.closest(".tour, .card, form"), box = one.getBoundingClientRect();
    if (!around || !box.width || one.closest(".scroll, svg")) continue;
    if (box.right > around.getBoundingClientRect().right + 1) found.push(["outside", one.innerText]);
  }
  for (const bar of document.querySelectorAll(".scale > *")) {
    const down = bar.getBoundingClientRect().top - bar.parentElement.getBoundingClientRect().top;
    if (Math.abs(down) > 1) found.push(["beside its scale", bar.className]);
  }
  return found;
}"""


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_no_choice_is_cut_and_nothing_sticks_out(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    open_map(page, site, language=language)
    for summary in page.locator("#filters details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()
    assert page.evaluate(CUT_OFF) == []
    for address in ("/", "/provinces/KH01", "/clusters", "/curves", "/decisions", "/calendar"):
        page.goto(site + address)
        assert page.evaluate(CUT_OFF) == [], address
