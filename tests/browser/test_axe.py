"""No page breaks a rule of axe. Pages that other tests lead to (a run, an import, a place) are held there."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_map import SIZES, open_map
from tests.support.axe import faults
from tests.support.matrix import every_value

pytestmark = pytest.mark.browser
#: The map, and the panel of a province with all that a panel can hold.
MAP = "/map?disease=tb&area=KH01&measure=completion"
#: Pages that stand by themselves: who reads it, its address, and what must be there first.
PAGES = {
    "today": ("epidemiologist", "/", "#weekly"),
    "map": ("epidemiologist", MAP, "#trend .scatterlayer path"),
    "provinces": ("epidemiologist", "/provinces?disease=malaria", ".multiples"),
    "beside": ("epidemiologist", "/beside?disease=malaria", ".beside svg"),
    "layers": ("epidemiologist", "/map?disease=malaria&layer=crossings", "#legend .sizes"),
    "reporting": ("epidemiologist", "/reporting", "h1"),
    "curves": ("epidemiologist", "/curves?disease=tb&group=movement", "#curve svg"),
    "calendar": ("manager", "/calendar", "#change"),
    "clusters": ("epidemiologist", "/clusters", "#ask"),
    "standing": ("epidemiologist", "/clusters/standing", "h1"),
    "files": ("manager", "/imports", "#bring"),
    "places": ("manager", "/imports/places", "h1"),
    "data": ("manager", "/data", "h1"),
    "poipet": ("epidemiologist", "/crossings/poipet", "h1"),
    "decisions": ("epidemiologist", "/decisions", "h1"),
    "views": ("epidemiologist", "/views", "h1"),
    "device": ("epidemiologist", "/device", "h1"),
    "components": ("epidemiologist", "/components", "#figures .main-svg"),
    "nothing here": ("epidemiologist", "/nothing-here", "h1"),
    "not open": ("viewer", "/clusters", "h1"),
    "sign-in": (None, "/sign-in", "#email"),
}
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


@pytest.fixture(scope="module")
def signed_in(chromium, site):
    """Opens a page for an account, which signs in once; None is a stranger."""
    kept, opened = {None: None}, []

    def open_for(account):
        if account not in kept:
            context = chromium.new_context(locale="en-US")
            page = context.new_page()
            page.goto(f"{site}/sign-in")
            page.fill("#email", f"{account}@demo.example")
            page.fill("#password", PASSWORD)
            page.click("main button[type=submit]")
            expect(page.locator("#email")).to_have_count(0)
            kept[account] = context.storage_state()
            context.close()
        opened.append(chromium.new_context(locale="en-US", storage_state=kept[account]))
        return opened[-1].new_page()

    yield open_for
    for context in opened:
        context.close()


@pytest.mark.parametrize(("name", "language", "size"), every_value([*PAGES], ("en", "km"), [*SIZES]))
def test_no_page_breaks_a_rule_light_or_dark(signed_in, site, name, language, size):
    account, path, seen = PAGES[name]
    page = signed_in(account)
    page.set_viewport_size(SIZES[size])
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.goto(site + path)
    expect(page.locator(seen).first).to_be_attached(timeout=20_000)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert faults(page) == []
    page.context.close()


@pytest.mark.full  # the same pages stand in the matrix above; here a window changes its size
@pytest.mark.parametrize("language", ("en", "km"))
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
