"""Newer commands read days as all others do: a Buddhist year is refused, not taken as far ahead."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "asked",
    [
        ("bulletin", "--week", "2026-W25", "--as-of", "2569-06-30", "--out", "bulletin.html"),
        ("alerts", "run", "--since", "2569-06-30"),
        ("districts", "count", "--disease", "malaria", "--to", "2569-06-30"),
    ],
    ids=lambda asked: asked[0],
)
def test_a_year_of_the_buddhist_era_is_refused(asked, sqlite_cli):
    done = sqlite_cli(*asked)
    assert done.code == 2 and "day" in done.stderr, done.stderr
