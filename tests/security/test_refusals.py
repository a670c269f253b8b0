"""Whatever is refused is refused in the reader's language, with a way back."""

from __future__ import annotations

from html import unescape
from itertools import chain

import pytest

from dashboard.messages import translator
from dashboard.web import problems
from tests.support.web import signed_in


@pytest.mark.parametrize(
    ("account", "path", "status"),
    [
        ("viewer", "/data", 403),
        ("viewer", "/export/coverage.csv?disease=tb", 403),
        ("official", "/export/coverage.csv?disease=xx", 400),
        ("official", "/export/coverage.csv?from=2025-99-99", 400),
        ("official", "/nothing/here", 404),
        ("official", "/language/xx", 404),
        ("official", "/look/xx", 404),
    ],
)
def test_a_refusal_is_in_khmer_and_leads_back(server, account, path, status):
    client = signed_in(server, account)
    client.set_cookie("chhlang-language", "km")
    answer = client.get(path)
    assert answer.status_code == status
    text = answer.get_data(as_text=True)
    said = text[text.index("<main") : text.index("</main>")]
    assert 'href="/map"' in said
    assert any("\u1780" <= sign <= "\u17ff" for sign in said.split('role="alert">')[1][:40])
    for word in ("your account", "is not", "Not Found"):
        assert word not in said


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_failure_says_what_to_do(server, language):
    client = signed_in(server, "official")
    client.set_cookie("chhlang-language", language)
    t = translator(language)
    large = client.post("/clusters", data={"x": "x" * 1_100_000})
    for answer, code in ((client.get("/nothing/here"), 404), (client.get("/look/xx"), 404), (large, 413)):
        assert answer.status_code == code
        said, advice = problems._SAID[code]
        text = unescape(answer.get_data(as_text=True))
        assert t(said) in text and t(advice) in text
        assert 'href="/">' in text.partition("<main")[2]
    if language == "km":
        assert all(t(text) != text for text in chain(*problems._SAID.values()) if text)


def test_what_no_person_reads_stays_bare(server):
    assert b"<main" not in signed_in(server, "official").get("/assets/none.js").get_data()
