"""The guide on the wall beside the desk names the keys, pages and words that there are, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.messages import translator
from dashboard.pages.reception import fields
from tests.security.test_routes import TABLE

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    name: (ROOT / f"docs/guide/{name}").read_text("utf-8") for name in ("reception.md", "reception.km.md")
}
SCRIPT = (ROOT / "dashboard/assets/desk.js").read_text("utf-8")
FORM = (ROOT / "dashboard/assets/desk_form.js").read_text("utf-8")
#: Letters of two pages of A4, printed: what fits was looked at once, in both languages.
MOST = 3_600


def keys(text: str, table: int) -> set[str]:
    """Keys that a table of the guide names, but for its heading."""
    found = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)[table]
    return set(re.findall(r"`([A-Z/,.0-9]|[A-Z][a-z]+)`", found))


@pytest.mark.parametrize("page", PAGES)
def test_the_keys_of_a_person_are_those_of_the_desk(page):
    known = {choice.key for item in fields.DESK for choice in item.choices} | {"N", "/"}
    known |= {item.key for item in fields.DESK} | set(re.findall('"([A-Z])"', FORM.split("OFTEN = ")[1][:40]))
    assert keys(PAGES[page], 0) == known - {""}


@pytest.mark.parametrize("page", PAGES)
def test_the_other_keys_are_in_the_script(page):
    codes = {",": "Comma", ".": "Period", "J": "KeyJ", "I": "KeyI", "Esc": "Escape"}
    for key in keys(PAGES[page], 1) - {"Enter", "Shift", "1", "2", "3", "4"}:
        assert codes.get(key, key) in SCRIPT, key


@pytest.mark.parametrize("page", PAGES)
def test_its_pages_exist_and_its_pictures_and_it_fits_the_wall(page):
    routes = {route for _, route in TABLE}
    named = re.findall(r"`(/[a-z/]+)`", PAGES[page])
    assert len(named) >= 4 and set(named) <= routes
    for picture in re.findall(r"\]\((\.\./images/[^)]+)\)", PAGES[page]):
        assert (ROOT / "docs/guide" / picture).is_file(), picture
    assert len(PAGES[page]) < MOST


def test_both_languages_name_buttons_as_the_pages_do():
    t = translator("km")
    words = re.findall(r"\*([A-Z][^*]+?)\*(?!\*)", PAGES["reception.md"].replace("**", "§"))
    assert len(set(words)) >= 10
    for word in words:
        assert t(word) != word and f"*{t(word)}*" in PAGES["reception.km.md"], word


#: The pages of one part of the site each.
SHORT = ("alerts", "data_quality", "indicators", "malaria", "movement", "rates", "reporting")


@pytest.mark.parametrize("name", SHORT)
def test_a_page_of_the_guide_names_what_there_is_in_both_languages(name):
    t, routes = translator("km"), {route for _, route in TABLE}
    english, khmer = (
        (ROOT / f"docs/guide/{name}{ending}").read_text("utf-8") for ending in (".md", ".km.md")
    )
    named = [set(re.findall(r"`(/[a-z/-]*)`", text)) for text in (english, khmer)]
    assert named[0] == named[1]
    assert named[0] and named[0] <= routes, named[0] - routes
    assert english.count("\n**") == khmer.count("\n**")
    assert set(re.findall("`([†~?–■])`", english)) == set(re.findall("`([†~?–■])`", khmer))
    for word in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", english):
        assert f"*{t(word)}*" in khmer, word
    for language, text in (("en", english), ("km", khmer)):
        (picture,) = re.findall(r"\]\((\.\./images/[^)]+)\)", text)
        assert picture.endswith(f"guide-{name}-{language}.png")
        assert (ROOT / "docs/guide" / picture).is_file(), picture
    assert len(english) < MOST


def test_the_guide_is_led_to_from_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in SHORT:
        assert f"(docs/guide/{name}.md)" in readme and f"(docs/guide/{name}.km.md)" in readme, name
