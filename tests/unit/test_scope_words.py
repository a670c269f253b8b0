"""What an account is told of its own places: provinces, districts, facilities, crossings, or several."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.components import scope_words
from dashboard.messages import translator
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.today import page as today
from dashboard.permissions import Grant, Scope
from dashboard.services import administration
from tests.support.web import served, signed_in

ROOT = Path(__file__).resolve().parents[2]
T = translator("en")
KINDS = {
    "provinces": Scope.of("KH01"),
    "districts": Scope.made(districts=["Inner"]),
    "facilities": Scope.made(facilities=["F0"]),
    "crossings": Scope.made(crossings=["TH01"]),
    "places": Scope.made(["KH01"], crossings=["TH01"]),
}


@pytest.mark.parametrize("kind", [*KINDS])
def test_each_kind_of_place_is_called_by_its_name(kind):
    scope = KINDS[kind]
    assert scope_words.own(scope, T) == f"your {kind}"
    assert scope_words.outside(scope, T) == f"outside your {kind}"
    assert scope_words.together(scope, T) == f"Your {kind} together"
    khmer = translator("km")
    words = {scope_words.own(scope, khmer), scope_words.outside(scope, khmer)}
    assert not any(re.search("[a-z]", one) for one in words)


def test_nothing_lies_outside_the_country():
    assert scope_words.outside(Scope.everything(), T) == ""
    assert scope_words.outside(Scope.made(programmes=["cnm"]), T) == ""


def test_a_file_says_for_which_places_and_programmes_it_was_made():
    def said(scope):
        taken = Taken(Grant("who", "official", scope), "en", None)
        return taken.shown_to

    assert said(Scope.everything()) == "role official, the whole country"
    assert said(Scope.of("KH02", "KH01")) == "role official, provinces KH01, KH02"
    assert said(Scope.made(programmes=["cnm"])) == "role official, all places · CNM: malaria"
    assert said(Scope.made(facilities=["F0"])) == "role official, F0 · all programmes"


def test_no_sentence_elsewhere_says_your_provinces():
    """But where it is of provinces alone: decisions, and patients of a crossing by province of care."""
    allowed = {
        "dashboard/components/scope_words.py": 3,
        "dashboard/components/gallery.py": 1,
        "dashboard/figures/svg/cluster_map.py": 1,
        "dashboard/services/today/decisions.py": 1,
        "dashboard/templates/place_page.html": 1,
    }
    found = {}
    for path in [
        *ROOT.glob("dashboard/**/*.py"),
        *ROOT.glob("dashboard/**/*.html"),
        *ROOT.glob("db/**/*.py"),
    ]:
        pattern = r"[Yy]our provinces|account covers some provinces"
        if count := len(re.findall(pattern, path.read_text(encoding="utf-8"))):
            found[path.relative_to(ROOT).as_posix()] = count
    assert found == allowed


@pytest.mark.parametrize("kind", ["facilities", "crossings"])
def test_pages_of_a_narrow_account_name_its_places(kind, sqlite_url):
    with served(sqlite_url) as server:
        database = server.extensions["chhlang"].database
        administration.set_scope(database, Grant.custodian(), "provincial@example.org", KINDS[kind])
        client = signed_in(server, "provincial")
        for path in ("/", "/curves?disease=malaria", "/map", "/clusters/standing", "/decisions", "/device"):
            page = client.get(path).get_data(as_text=True)
            assert "our provinces" not in page, path
    heading = today._place(Grant("who", "official", KINDS[kind]), "en", T)
    assert heading == ("F0" if kind == "facilities" else "Poipet")
