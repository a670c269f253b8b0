"""No page breaks a rule of axe. Pages that other tests lead to (a run, an import, a place) are held there."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_map import SIZES, open_map
from tests.support.axe import faults
from tests.support.matrix import some

pytestmark = pytest.mark.browser
#: The map, and the panel of a province with all that a panel can hold.
MAP = "/map?disease=tb&area=KH01&measure=completion"
#: Plotly draws anew a moment after a window has changed; until then a chart sticks out of its card.
_DRAWN_ANEW = "[...document.querySelectorAll('.card')].every(e => e.scrollWidth <= e.clientWidth)"


def both_sizes(page):
    """What axe finds in a wide and a narrow window, with everything open that can be opened."""
    found = []
    for size in SIZES.values():
        page.set_viewport_size(size)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        for _ in range(50):
            if page.evaluate(_DRAWN_ANEW):
                break
            page.wait_for_timeout(100)
        found += faults(page)
    return found


@pytest.mark.parametrize("language", some(("en", "km"), ("km",)))
def test_the_map_the_panel_the_data_and_signing_in_break_no_rule(watched, site, language):
    page = watched
    page.goto(f"{site}/language/{language}?next=/sign-in")
    assert both_sizes(page) == []
    open_map(page, site, MAP)
    expect(page.locator("#trend .scatterlayer path").first).to_be_attached()
    assert both_sizes(page) == []
    page.goto(f"{site}/data")
    assert both_sizes(page) == []
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_the_map_of_facilities_and_a_page_that_is_not_there_break_no_rule(page, site):
    open_map(page, site, "/map?disease=tb&by=facility&compare=before")
    assert faults(page) == []
    page.goto(f"{site}/nothing-here")
    assert faults(page) == []


def test_axe_finds_what_is_wrong(page, site):
    page.goto(f"{site}/sign-in")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input name=unnamed>')")
    (fault,) = faults(page)
    assert "label (critical)" in fault
    assert "unnamed" in fault
