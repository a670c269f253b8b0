"""On a device that its owner has marked the last pages open without a connection; and when they are gone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Error, expect

from tests.support.browsing import by_form

pytestmark = pytest.mark.browser
#: What lies in the browser: caches of copies and what is in them, and whether there is a worker.
_HELD = """async () => {
  const pages = [];
  for (const name of await caches.keys()) {
    for (const one of await (await caches.open(name)).keys()) {
      const asked = new URL(one.url);
      if (!asked.pathname.startsWith('/assets/')) pages.push(asked.pathname + asked.search);
    }
  }
  return {
    caches: (await caches.keys()).length,
    pages: pages.sort(),
    worker: (await navigator.serviceWorker.getRegistrations()).length > 0,
  };
}"""
NOTHING = {"caches": 0, "pages": [], "worker": False}


def sign_in(page, site, account):
    """Sign in, and wait for the first page."""
    page.goto(f"{site}/sign-in")
    by_form(page, f"{account}@demo.example")


def mark(page, site, *, own=True):
    """Say whether this is one's own device, on the page that every role finds behind "More"."""
    page.goto(f"{site}/sessions")
    page.locator(".more-pages > summary").click()
    page.locator(".more-pages a[href='/device']").click()
    page.get_by_role("checkbox").set_checked(own)
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state("load")


def until_kept(page, *paths):
    """Wait until copies of these pages lie in the browser."""
    for _ in range(100):
        if set(paths) <= set(page.evaluate(_HELD)["pages"]):
            return
        page.wait_for_timeout(100)
    raise AssertionError((paths, page.evaluate(_HELD)))


def visited(page, site, *paths):
    """Open pages, each until it is kept."""
    for path in paths:
        page.goto(site + path)
        until_kept(page, path)


def fails(page, address):
    """Whether a page does not open at all."""
    try:
        page.goto(address)
    except Error:
        return True
    return False


@pytest.fixture
def page(new_page):
    """A browser of its own: what is kept in it is what this module is about."""
    return new_page


@pytest.fixture
def owned(page, site):
    """The page of an official on her own device, where the first page is kept."""
    sign_in(page, site, "official")
    mark(page, site)
    visited(page, site, "/")
    return page


def test_by_default_nothing_is_kept(page, site):
    sign_in(page, site, "official")
    page.goto(f"{site}/device")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.goto(site)
    page.wait_for_timeout(1_500)
    assert page.evaluate(_HELD) == NOTHING
    page.context.set_offline(True)
    assert fails(page, site)


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.full), "km"])
def test_the_last_views_open_without_a_connection_and_say_their_date(page, site, language):
    said = {"en": "No connection", "km": "គ្មានការតភ្ជាប់"}[language]
    page.goto(f"{site}/language/{language}?next=/sign-in")
    sign_in(page, site, "official")
    mark(page, site)
    paths = ("/", "/map?disease=tb", "/provinces/KH01")
    visited(page, site, *paths)
    page.context.set_offline(True)
    for path in paths:
        page.goto(site + path)
        expect(page.locator("#copied")).to_contain_text(said)
        expect(page.locator("#copied")).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"))
        assert page.locator("script").count() == 0
        assert page.evaluate("getComputedStyle(document.body).lineHeight") != "normal", "it has its style"
    page.goto(f"{site}/map?disease=tb")
    assert page.locator(".province-map .area").count() == 25
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.set_offline(False)
    page.goto(site)
    expect(page.locator("#copied")).to_have_count(0)


@pytest.mark.full
def test_the_address_of_the_application_opens_the_last_view(page, site):
    sign_in(page, site, "official")
    mark(page, site)
    visited(page, site, "/provinces/KH01")
    page.context.set_offline(True)
    page.goto(site)
    expect(page).to_have_url(f"{site}/provinces/KH01")
    expect(page.locator("#copied")).to_be_visible()


def test_records_clusters_files_and_decisions_are_never_kept(page, site):
    never = ("/records", "/clusters", "/clusters/standing", "/decisions", "/views", "/data", "/reporting")
    sign_in(page, site, "epidemiologist")
    mark(page, site)
    visited(page, site, "/")
    for path in never:
        page.goto(site + path)
    page.wait_for_timeout(1_500)
    assert page.evaluate(_HELD)["pages"] == ["/"]
    page.context.set_offline(True)
    for path in never:
        page.goto(site + path)
        expect(page.locator("main")).to_contain_text("not kept on this device")
        expect(page.locator("main")).to_contain_text("មិនបានរក្សាទុក")
    page.get_by_role("link").click()
    expect(page.locator("#copied")).to_be_visible()


def test_signing_out_deletes_everything(owned, site):
    owned.get_by_role("button", name="Sign out").click()
    owned.wait_for_url(re.compile("/sign-in"))
    assert owned.evaluate(_HELD) == NOTHING
    owned.context.set_offline(True)
    assert fails(owned, site)


@pytest.mark.full
def test_signing_out_without_a_connection_deletes_everything_too(owned, site):
    owned.context.set_offline(True)
    owned.goto(site)
    owned.get_by_role("button", name="Sign out").click()
    expect(owned.locator("main")).to_contain_text("sign out once more")
    owned.goto(site)
    expect(owned.locator("main")).to_contain_text("nothing is kept")
    assert owned.evaluate(_HELD)["pages"] == []


@pytest.mark.full
def test_after_twelve_hours_nothing_is_shown(owned, site):
    owned.evaluate("""async () => {
      const hours = 3600 * 1000;
      const held = await caches.open((await caches.keys())[0]);
      for (const request of await held.keys()) {
        const copy = await held.match(request);
        if (!copy.headers.has('X-Chhlang-Until')) continue;
        const from = Number(copy.headers.get('X-Chhlang-From'));
        const until = Number(copy.headers.get('X-Chhlang-Until'));
        if (until - from !== 12 * hours) throw new Error(`kept for ${until - from}`);
        const headers = new Headers(copy.headers);
        headers.set('X-Chhlang-From', String(from - 12 * hours - 1));
        headers.set('X-Chhlang-Until', String(until - 12 * hours - 1));
        await held.put(request, new Response(await copy.text(), { headers: headers }));
      }
    }""")
    owned.context.set_offline(True)
    owned.goto(site)
    expect(owned.locator("main")).to_contain_text("nothing is kept")
    assert owned.evaluate(_HELD)["pages"] == []


@pytest.mark.full
def test_a_copy_that_is_open_does_not_outlive_its_time(owned, site):
    owned.evaluate("""async () => {
      const held = await caches.open((await caches.keys())[0]);
      const copy = await held.match('/');
      const headers = new Headers(copy.headers);
      headers.set('X-Chhlang-Until', String(Date.now() + 2000));
      await held.put('/', new Response(await copy.text(), { headers: headers }));
    }""")
    owned.context.set_offline(True)
    owned.goto(site)
    expect(owned.locator("#copied")).to_be_visible()
    expect(owned.locator("main")).to_contain_text("nothing is kept", timeout=10_000)


@pytest.mark.full
def test_a_clock_that_was_set_back_shows_nothing(owned, site):
    owned.evaluate("""async () => {
      const held = await caches.open((await caches.keys())[0]);
      const copy = await held.match('/');
      const headers = new Headers(copy.headers);
      headers.set('X-Chhlang-From', String(Date.now() + 60000));
      await held.put('/', new Response(await copy.text(), { headers: headers }));
    }""")
    owned.context.set_offline(True)
    owned.goto(site)
    expect(owned.locator("main")).to_contain_text("nothing is kept")


@pytest.mark.full
def test_a_session_that_is_over_by_its_age_takes_the_copies_along(owned, site):
    owned.context.clear_cookies(name="chhlang")
    owned.goto(site)
    expect(owned.locator("#email")).to_be_visible()
    assert owned.evaluate(_HELD)["pages"] == []
    owned.context.set_offline(True)
    assert fails(owned, site)


def test_another_account_never_sees_the_copies_of_the_first(owned, site):
    """Her session was not ended: its cookie is gone, and somebody else signs in."""
    owned.context.clear_cookies(name="chhlang")
    sign_in(owned, site, "viewer")
    assert owned.evaluate(_HELD) == NOTHING
    owned.context.set_offline(True)
    assert fails(owned, site)


@pytest.mark.full
def test_the_worker_alone_keeps_accounts_apart(owned, site, chromium):
    """Without the server's word to delete: the session of another account takes the place of the first."""
    other = chromium.new_context(locale="en-US")
    sign_in(other.new_page(), site, "viewer")
    session = [one for one in other.cookies() if one["name"] == "chhlang"]
    owned.context.add_cookies(session)
    owned.goto(f"{site}/reporting")
    assert owned.evaluate(_HELD)["pages"] == []
    owned.context.set_offline(True)
    owned.goto(site)
    expect(owned.locator("main")).to_contain_text("nothing is kept")
    other.close()


@pytest.mark.full
def test_taking_the_mark_back_deletes_everything(owned, site):
    mark(owned, site, own=False)
    assert owned.evaluate(_HELD) == NOTHING
    owned.goto(site)
    owned.wait_for_timeout(1_500)
    assert owned.evaluate(_HELD) == NOTHING


@pytest.mark.full
def test_a_copy_that_arrives_after_the_sign_out_is_not_kept(owned, site):
    """The worker asks for it, she signs out, and only then it comes."""
    answered = []

    def late(route):
        answered.append(route)

    owned.context.route(lambda url: url.endswith("/provinces/KH02"), lambda route: (
        late(route) if "x-chhlang-keep" in route.request.headers else route.continue_()
    ))  # fmt: skip
    owned.goto(f"{site}/provinces/KH02")
    for _ in range(50):
        if answered:
            break
        owned.wait_for_timeout(100)
    assert answered, "the worker asks for a copy"
    fetched = answered[0].fetch()
    owned.get_by_role("button", name="Sign out").click()
    owned.wait_for_url(re.compile("/sign-in"))
    answered[0].fulfill(response=fetched)
    owned.wait_for_timeout(500)
    assert owned.evaluate(_HELD)["pages"] == []
