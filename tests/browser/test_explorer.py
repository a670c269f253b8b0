"""What lies around the map: layers, the time slider, areas by keyboard, curves, two maps side by side."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import ENGLISH_ON_A_SCREEN, LANGUAGES, SIZES, open_map, unfold
from tests.support.browsing import sign_in
from tests.support.matrix import only, some

pytestmark = pytest.mark.browser
WHOLE = {"en": "the whole period", "km": "រយៈពេលទាំងមូល"}
NAMES = {"en": ("Battambang", "Poipet · crossing"), "km": ("បាត់ដំបង", "ប៉ោយប៉ែត · ច្រក")}


@pytest.mark.parametrize(("language", "size"), ENGLISH_ON_A_SCREEN)
def test_the_map_is_explored_with_the_keyboard_alone(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    open_map(page, site, language=language)
    expect(page.locator("#time-now")).to_have_text(WHOLE[language])

    page.focus("#reach-area")
    page.locator("#reach-area").select_option(label=NAMES[language][0])
    expect(page.locator("#panel-name")).to_have_text(NAMES[language][0])
    assert page.evaluate("document.activeElement.id") == "reach-area"

    page.focus("#time-range")
    page.keyboard.press("End")
    last = page.locator("#time-now").inner_text()
    assert re.fullmatch(r"\d{4}-\d\d", last)
    expect(page).to_have_url(re.compile(f"at={last}"))
    expect(page.locator("#subtitle")).to_contain_text(last)
    page.keyboard.press("Home")
    expect(page).not_to_have_url(re.compile("at="))

    unfold(page)
    page.locator("#filter-layer").select_option("counts")
    expect(page.locator("#legend .sizes li")).to_have_count(3)
    expect(page.locator("#legend .classes")).to_have_count(0)

    page.focus("#reach-find")
    page.wait_for_selector("#reach-places option", state="attached")
    page.keyboard.type(NAMES[language][1])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("by=crossing"))
    expect(page.locator("#panel-name")).to_have_text(NAMES[language][1].split(" · ")[0])
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]


def test_time_plays_part_by_part_stops_at_a_choice_and_who_did_not_report_is_named(watched, site):
    page = watched
    open_map(page, site, "/map?disease=malaria")
    classes = page.locator("#legend .classes").inner_text()
    page.click("#time-play")
    expect(page.locator("#time-play")).to_have_attribute("aria-label", "Stop")
    expect(page).to_have_url(re.compile("at="))
    seen = page.locator("#time-now").inner_text()
    expect(page.locator("#time-now")).not_to_have_text(seen)
    assert page.locator("#legend .classes").inner_text() == classes
    page.locator("#filter-measure").select_option("positivity")
    expect(page.locator("#time-play")).to_have_attribute("aria-label", "Play")
    page.get_by_role("link", name="facilities due in the period sent records").click()
    expect(page.locator("h1")).to_have_text("Who has not reported")


@pytest.mark.parametrize("size", some(SIZES, ("narrow",)))
def test_curves_and_two_maps_fit_and_what_is_pointed_at_is_marked_in_both(watched, site, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    open_map(page, site, "/map?disease=malaria&measure=positivity")
    page.locator(".tabs a").first.click()
    expect(page.locator(".multiples li")).to_have_count(25)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    page.locator(".tabs a").last.click()
    expect(page).to_have_url(re.compile("/beside.*measure=positivity"))
    page.locator("[data-code=KH01] a").first.focus()
    expect(page.locator("svg .pointed-at")).to_have_count(2)
    said = page.locator("[data-pointed]").all_inner_texts()
    assert all("Banteay Meanchey" in text for text in said)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]


@pytest.mark.parametrize(
    ("language", "account"),
    only(("km", "poipet@demo.example"), LANGUAGES, ["official@demo.example", "poipet@demo.example"]),
)
def test_map_and_legend_end_on_the_first_screen_and_provinces_have_their_names(
    watched, site, language, account
):
    watched.set_viewport_size({"width": 1280, "height": 800})
    sign_in(watched, site, "/map", account, language)
    for path in ("/map", "/map?disease=tb&by=crossing"):
        watched.goto(site + path)
        watched.wait_for_selector("#map .choroplethlayer path", state="attached")
        expect(watched.locator("#legend .legend").nth(1)).to_be_visible()
        # The demo of the tests has no backup: its line stands above every page until there is one.
        lines = watched.locator(".old-data").evaluate_all("all => all.slice(1).map(e => e.offsetHeight + 8)")
        for part in (".card.map .map-frame", "#legend"):
            box = watched.locator(part).bounding_box()
            assert box["y"] + box["height"] - sum(lines) <= 800, (path, part)
        if path == "/map":
            expect(watched.locator("#map .trace-names text").first).to_be_visible()
