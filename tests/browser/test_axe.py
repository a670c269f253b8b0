"""No page breaks a rule of axe. Pages that other tests lead to (a run, an import, a place) are held there."""

from collections import Counter
from itertools import product

import pytest
from playwright.sync_api import expect

from dashboard.permissions import Grant
from dashboard.services.signing_in import links
from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES, open_map
from tests.support import authenticator
from tests.support.accounts import PASSWORD as ACCOUNT_PASSWORD
from tests.support.accounts import add_accounts
from tests.support.axe import faults, in_turn
from tests.support.browsing import sign_in
from tests.support.matrix import every_value

pytestmark = pytest.mark.browser
#: The map, and the panel of a province with all that a panel can hold.
MAP = "/map?disease=tb&area=KH01&measure=completion"
#: Pages that stand by themselves: who reads it, its address, and what must be there first.
PAGES = {
    "today": ("epidemiologist", "/", "#weekly"),
    "map": ("epidemiologist", MAP, "#trend .scatterlayer path"),
    "today of a province": ("official", "/?area=KH01", "#weekly"),
    "provinces": ("epidemiologist", "/provinces?disease=malaria", ".multiples"),
    "beside": ("epidemiologist", "/beside?disease=malaria", ".beside svg"),
    "layers": ("epidemiologist", "/map?disease=malaria&layer=crossings", "#legend .sizes"),
    "reporting": ("epidemiologist", "/reporting", "h1"),
    "reporting of a province": ("epidemiologist", "/reporting?area=KH22", "table.reports"),
    "curves": ("epidemiologist", "/curves?disease=tb&group=movement", "#curve svg"),
    "cascade": ("epidemiologist", "/cascade?disease=tb&by=sex", "#cascade svg"),
    "funnel": ("epidemiologist", "/funnel?disease=tb&by=facility", "#funnel svg"),
    "calendar": ("manager", "/calendar", "#change"),
    "population": ("manager", "/denominators?parts=yes&history=yes", "#import"),
    "districts": ("manager", "/districts?history=yes", "#import"),
    "districts of home": ("epidemiologist", "/provinces/KH01/districts", "#numbers"),
    "rates": ("epidemiologist", "/rates?disease=malaria&from=2023-01-01&to=2023-12-31", "#rates"),
    "clusters": ("epidemiologist", "/clusters", "#ask"),
    "standing": ("epidemiologist", "/clusters/standing", "h1"),
    "files": ("manager", "/imports", "#bring"),
    "places": ("manager", "/imports/places", "h1"),
    "data": ("manager", "/data", "h1"),
    "poipet": ("epidemiologist", "/crossings/poipet", "h1"),
    "province": ("official", "/provinces/KH01", "h1"),
    "district": ("official", "/districts/Demo%20OD%2001-1", "h1"),
    "facility": ("official", "/facilities/DEMO-HC-01-01", "h1"),
    "search": ("official", "/find?q=kampong", "h1"),
    "data-quality": ("epidemiologist", "/data-quality?from=2025-06-01&to=2026-05-31", "h1"),
    "delays": ("epidemiologist", "/data-quality/delays?by=province", "h1"),
    "decisions": ("epidemiologist", "/decisions", "h1"),
    "bulletin": ("epidemiologist", "/bulletin?edition=own", "h1"),
    "alerts": ("epidemiologist", "/alerts", "#yield"),
    "releases": ("epidemiologist", "/releases", "#prepare"),
    "views": ("epidemiologist", "/views?disease=tb&sex=female", "h1"),
    "records": ("epidemiologist", "/records?disease=malaria", "h1"),
    "reason": ("epidemiologist", "/records/reason", "h1"),
    "accounts": ("administrator", "/administration", "h1"),
    "account": ("administrator", "/administration/accounts/1", "h1"),
    "sessions": ("administrator", "/administration/sessions", "h1"),
    "own sessions": ("viewer", "/sessions", "h1"),
    "settings": ("administrator", "/administration/settings", "h1"),
    "trail": ("administrator", "/administration/trail", "h1"),
    "messages": ("administrator", "/administration/messages", "h1"),
    "systems": ("administrator", "/systems", "h1"),
    "device": ("epidemiologist", "/device", "h1"),
    "paper": ("reception", "/desk/paper?letter=B&people=5", "h1"),
    "devices of the desk": ("reception", "/desk/devices", "h1"),
    "components": ("epidemiologist", "/components", "#figures .main-svg"),
    "nothing here": ("epidemiologist", "/nothing-here", "h1"),
    "not open": ("viewer", "/clusters", "h1"),
    "sign-in": (None, "/sign-in", "#email"),
    "link that is over": (None, "/invitation/none", "h1"),
    "tokens": ("epidemiologist", "/account/tokens", "#make"),
    "for programs": ("epidemiologist", "/for-programs/curve?disease=tb", ".snippet"),
}
#: Pages made as another one is, which `make test` looks at; and those on which another test asks axe: that of
#: signing in below, test_imports.py, test_places.py, test_releases.py.
ALIKE = (
    *("today of a province", "layers", "province", "facility", "not open", "reporting"),
    *("own sessions", "files", "places", "data", "releases"),
)
OTHERS = [name for name in PAGES if name not in ALIKE]
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


@pytest.mark.parametrize(
    ("name", "language", "size"),
    [
        *every_value(OTHERS, ("en", "km"), [*SIZES]),
        *(pytest.param(*row, marks=pytest.mark.full) for row in product(ALIKE, ("en", "km"), SIZES)),
    ],
)
def test_no_page_breaks_a_rule_light_or_dark(page, site, name, language, size):
    account, path, seen = PAGES[name]
    page.set_viewport_size(SIZES[size])
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.goto(site + path) if account is None else sign_in(page, site, path, f"{account}@demo.example")
    expect(page.locator(seen).first).to_be_attached(timeout=20_000)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert faults(page) == []


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_no_step_of_signing_in_breaks_a_rule(page, with_codes, language, size):
    site, database = with_codes
    name = f"{language}-{size}"
    add_accounts(database, {name: ("administrator", None)})
    page.set_viewport_size(SIZES[size])
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])

    def holds(step, seen):
        expect(page.locator(seen).first).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
        assert faults(page) == [], step

    def give_password():
        page.goto(f"{site}/sign-in")
        page.fill("#email", f"{name}@example.org")
        page.fill("#password", ACCOUNT_PASSWORD)
        page.click("main button[type=submit]")

    def give(code):
        page.fill("#code", code)
        page.click("main button[type=submit]")

    link = links.issue(database, Grant.custodian(), f"{name}@example.org")
    page.goto(site + link.path)
    holds("invitation", "#again")
    give_password()
    holds("set up", ".qr svg")
    give(authenticator.code(authenticator.secret_on(page.content())))
    expect(page.locator(".codes li")).to_have_count(10)
    holds("recovery codes", ".codes li")
    page.goto(f"{site}/sessions")
    holds("own sessions", "h1")
    page.context.clear_cookies(name="chhlang")
    give_password()
    holds("code", "#code")
    give("000000")
    holds("wrong code", "[role=alert]")


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


@pytest.mark.full  # hundreds of signs, of the kind that the map of layers has
def test_the_map_of_facilities_breaks_no_rule(page, site):
    open_map(page, site, "/map?disease=tb&by=facility&compare=before")
    assert faults(page) == []


def test_half_of_the_pages_are_looked_at_light_and_the_others_dark():
    schemes = Counter(scheme for _, path, _ in PAGES.values() for scheme in in_turn(path.partition("?")[0]))
    assert min(schemes["light"], schemes["dark"]) > len(PAGES) / 3


def test_axe_finds_what_is_wrong(page, site):
    page.goto(f"{site}/sign-in")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input name=unnamed>')")
    (fault,) = faults(page)
    assert "label (critical)" in fault
    assert "unnamed" in fault
