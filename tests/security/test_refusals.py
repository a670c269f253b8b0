"""Whatever is refused is refused in the reader's language, with a way back."""

from __future__ import annotations

import pytest

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


def test_what_no_person_reads_stays_bare(server):
    assert b"<main" not in signed_in(server, "official").get("/assets/none.js").get_data()
