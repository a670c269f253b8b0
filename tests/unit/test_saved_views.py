"""Views with names: one's own, those shared with a role, and the one that the map opens with."""

from __future__ import annotations

import html
import re

import pytest

from dashboard.permissions import Grant, Scope
from dashboard.services import administration
from tests.support.web import served, signed_in

QUESTION = "disease=tb&measure=positivity&by=crossing&sex=female"
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} 'x'"


@pytest.fixture
def site(sqlite_url):
    """A server without data."""
    with served(sqlite_url) as server:
        yield server


def saved(client, name, question=QUESTION, **more):
    """Post the form."""
    return client.post(f"/views?{question}", data={"name": name, **more})


def page(client):
    """The page of views."""
    return client.get("/views").get_data(as_text=True)


def numbers(client):
    """Numbers of the views on the page."""
    return [int(number) for number in re.findall(r"/views/(\d+)/open", page(client))]


def map_in_navigation(client):
    """Where the map leads."""
    found = re.search(
        r'<nav aria-label="Pages">.*?href="(/map[^"]*)"',
        client.get("/reporting").get_data(as_text=True),
        re.S,
    )
    return html.unescape(found[1])


def test_a_view_is_kept_opened_renamed_and_deleted(site):
    client = signed_in(site, "official")
    assert saved(client, "  Women at \n gates ").status_code == 303
    text = page(client)
    assert "Women at gates" in text
    assert "/map?disease=tb&amp;measure=positivity&amp;by=crossing&amp;sex=female" in text
    assert "the last complete weeks" in text
    (number,) = numbers(client)
    assert client.post(f"/views/{number}/rename", data={"name": "Gates"}).status_code == 303
    assert "Gates" in page(client) and "Women at" not in page(client)
    assert client.post(f"/views/{number}/delete").status_code == 303
    assert numbers(client) == []


def test_others_see_a_view_only_where_it_is_shared_with_their_role(site):
    mine, viewer, administrator = (signed_in(site, name) for name in ("official", "viewer", "administrator"))
    saved(mine, "Gates")
    (number,) = numbers(mine)
    assert numbers(viewer) == numbers(administrator) == []
    assert mine.post(f"/views/{number}/share", data={"role": "viewer"}).status_code == 303
    assert numbers(viewer) == [number]
    assert "Shared by official@example.org" in page(viewer)
    assert numbers(administrator) == []
    for what, form in (("rename", {"name": "Mine"}), ("share", {"role": "official"}), ("delete", {})):
        assert viewer.post(f"/views/{number}/{what}", data=form).status_code == 400
    assert administrator.post(f"/views/{number}/open", data={"opens": "yes"}).status_code == 400
    assert mine.post(f"/views/{number}/share", data={"role": "root"}).status_code == 400
    assert mine.post(f"/views/{number}/share", data={"role": ""}).status_code == 303
    assert numbers(viewer) == []


def test_a_shared_view_outside_the_programmes_and_provinces_of_its_reader_is_not_listed(site):
    """Its name is what somebody wrote: it may tell of what the reader is not told."""
    database = site.extensions["chhlang"].database
    mine = signed_in(site, "official")
    questions = {
        "Malaria everywhere": "disease=malaria",
        "HIV rising": "disease=hiv",
        "Malaria in Poipet": "disease=malaria&area=KH01",
        "Malaria at home": "disease=malaria&area=KH02",
        "Malaria at a clinic elsewhere": "disease=malaria&by=facility&area=F-ELSEWHERE",
    }
    for name, question in questions.items():
        assert saved(mine, name, question).status_code == 303
    for number in numbers(mine):
        assert mine.post(f"/views/{number}/share", data={"role": "official"}).status_code == 303
    theirs = signed_in(site, "provincial")
    assert len(numbers(theirs)) == 3
    chosen = next(one for one in numbers(mine) if one in numbers(theirs))
    hidden = next(one for one in numbers(mine) if one not in numbers(theirs))
    assert theirs.post(f"/views/{hidden}/open", data={"opens": "yes"}).status_code == 400
    assert theirs.post(f"/views/{chosen}/open", data={"opens": "yes"}).status_code == 303
    scope = Scope.made(["KH02"], programmes=["cenat"])
    administration.set_scope(database, Grant.custodian(), "provincial@example.org", scope)
    theirs = signed_in(site, "provincial")
    assert numbers(theirs) == []
    assert "disease=malaria" not in map_in_navigation(theirs)
    scope = Scope.made(["KH02"], programmes=["cnm"])
    administration.set_scope(database, Grant.custodian(), "provincial@example.org", scope)
    text = page(signed_in(site, "provincial"))
    assert "Malaria everywhere" in text and "Malaria at home" in text
    assert "HIV" not in text.partition("<main")[2].partition("<h2")[2] and "Poipet" not in text


def test_the_map_of_the_navigation_opens_with_the_chosen_view(site):
    mine, viewer = signed_in(site, "official"), signed_in(site, "viewer")
    assert map_in_navigation(mine) == "/map"
    saved(mine, "Gates", opens="yes")
    (number,) = numbers(mine)
    wanted = f"/map?{QUESTION}"
    assert map_in_navigation(mine) == wanted
    assert map_in_navigation(viewer) == "/map"
    mine.post(f"/views/{number}/share", data={"role": "viewer"})
    viewer.post(f"/views/{number}/open", data={"opens": "yes"})
    assert map_in_navigation(viewer) == wanted
    assert 'aria-current="page">Map' in mine.get(wanted).get_data(as_text=True)
    mine.post(f"/views/{number}/share", data={"role": ""})
    assert map_in_navigation(viewer) == "/map"
    mine.post(f"/views/{number}/open")
    assert map_in_navigation(mine) == "/map"
    mine.post(f"/views/{number}/open", data={"opens": "yes"})
    mine.post(f"/views/{number}/delete")
    assert map_in_navigation(mine) == "/map"


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("", QUESTION),
        (" \n ", QUESTION),
        ("x" * 81, QUESTION),
        ("ok", "disease=none"),
        ("ok", "utm=1&disease=tb"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(site, name, question):
    client = signed_in(site, "official")
    answer = saved(client, name, question)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert numbers(client) == []


def test_a_name_is_taken_once_and_views_have_a_limit(site):
    client = signed_in(site, "official")
    assert saved(client, "One").status_code == 303
    assert saved(client, "One").status_code == 400
    assert saved(signed_in(site, "viewer"), "One").status_code == 303
    for number in range(49):
        assert saved(client, f"View {number}").status_code == 303
    assert saved(client, "One more").status_code == 400


def test_a_hostile_name_is_a_text(site):
    client = signed_in(site, "official")
    assert saved(client, HOSTILE).status_code == 303
    assert "<script>alert(1)" not in page(client)
    assert HOSTILE in html.unescape(page(client))


def test_another_site_cannot_save_or_delete(site):
    client = signed_in(site, "official")
    saved(client, "One")
    (number,) = numbers(client)
    away = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/views/{number}/delete", headers=away).status_code == 403
    assert client.post(f"/views?{QUESTION}", data={"name": "Two"}, headers=away).status_code == 403
    assert numbers(client) == [number]
