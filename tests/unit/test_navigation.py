"""One navigation for each role: it holds every page that the role can use, and none that it cannot."""

from __future__ import annotations

import re

import pytest

from dashboard.components.navigation import ENTRIES, Entry, links
from dashboard.permissions import GRANTED, Grant
from dashboard.services import store
from db.core.scope import Scope
from tests.support.accounts import add_accounts
from tests.support.examples import lane
from tests.support.web import ACCOUNTS, served, settings, signed_in

#: Name in the address -> role, provinces; beside the accounts that each server of the tests has.
OTHERS = {
    "reception": ("reception", None),
    "nurse": ("nurse", None),
    "partner": ("partner", None),
    "manager": ("data_manager", None),
    "epidemiologist": ("epidemiologist", None),
    "provincial-manager": ("data_manager", ("KH02",)),
    "provincial-viewer": ("viewer", ("KH02",)),
}
EVERYBODY = {"/", "/map", "/reporting", "/decisions", "/views", "/sessions", "/device"}
#: Pages that only some accounts are shown.
MORE = {
    "/clusters/standing": {"official", "provincial", "manager", "provincial-manager", "epidemiologist"},
    "/alerts": {*ACCOUNTS, *OTHERS},  # of some alerts signals
    "/data": {
        "official", "provincial", "manager", "provincial-manager", "epidemiologist", "administrator",
    },
    "/malaria/foci": {"official", "provincial", "manager", "provincial-manager", "epidemiologist"},
    "/imports": {"manager", "nurse"},
    "/records": {"epidemiologist"},
    "/desk": {"reception", "nurse"},
    "/worklists": {"nurse"},
    "/referral": {"partner"},
    "/administration": {"administrator"},
}  # fmt: skip


@pytest.fixture(scope="module")
def site(sqlite_files):
    """A server with an account of each role, for the country and for a province."""
    with sqlite_files.fresh(migrated=True) as url:
        database = store.open_store(settings(url))
        add_accounts(database, OTHERS)
        database.dispose()
        with served(url) as made:
            yield made


def navigation(page: str) -> list[str]:
    """The addresses of a page's navigation."""
    (held,) = re.findall(r'<nav aria-label="Pages">(.*?)</nav>', page, re.S)
    return re.findall(r'href="([^"?]*)', held)


def test_every_role_is_tried():
    tried = {role for role, _ in (ACCOUNTS | OTHERS).values()}
    assert tried == set(GRANTED) - {"custodian"}


#: Accounts whose pages are all opened by `make test`, too.
OPENED = ("epidemiologist", "provincial", "viewer")


@pytest.mark.parametrize("name", sorted(ACCOUNTS | OTHERS))
def test_an_account_is_shown_what_it_can_use_and_nothing_else(site, name):
    client = signed_in(site, name)
    shown = navigation(client.get("/sessions").get_data(as_text=True))
    routes = {str(rule) for rule in site.url_map.iter_rules()}
    there = [entry.path for entry in ENTRIES if entry.path in routes]
    for path in there if name in OPENED or lane() == "full" else ():  # who is let in: test_routes.py
        assert client.get(path).status_code == (200 if path in shown else 403), path
    assert [path for path in there if path in shown] == shown
    everybody = EVERYBODY - ({"/reporting", "/decisions"} if name == "partner" else set())
    held = everybody | {path for path, names in MORE.items() if name in names}
    assert set(shown) - {"/find", "/curves"} >= held
    assert not {path for path in shown if path in MORE} - held


def test_the_page_that_is_drawn_is_marked_also_behind_more(site):
    page = signed_in(site, "official").get("/data").get_data(as_text=True)
    assert re.search(r'<a href="/data" aria-current="page">', page)
    assert '<summary class="here">' in page
    assert page.count("aria-current") == 2  # and the look


def test_a_page_without_a_route_is_left_out_and_one_of_the_country_is_not_for_a_province():
    entries = (Entry("/", "Today"), Entry("/gone", "Gone"), Entry("/all", "All", national=True))
    for scope, names in ((Scope.everything(), ["Today", "All"]), (Scope.of("KH02"), ["Today"])):
        grant = Grant("a", "viewer", scope)
        found = links(grant, lambda path: path != "/gone", "/all/2", str, entries=entries)
        assert [link.name for link in found] == names
        assert [link.current for link in found] == ["", "true"][: len(names)]


def test_pages_of_places_lie_beneath_the_search_for_them():
    (found,) = (
        link
        for link in links(Grant("a", "viewer", Scope.everything()), lambda _: True, "/provinces/KH01", str)
        if link.current
    )
    assert found.address == "/find"


def test_an_address_stands_once():
    assert len({entry.path for entry in ENTRIES}) == len(ENTRIES)
