"""What a viewer with browser tools and a script tries finds nothing."""

from __future__ import annotations

import random

import pytest

from tests.security.attacks.viewer import ATTEMPTS, attacked


@pytest.fixture(scope="module")
def server(sqlite_files, tmp_path_factory):
    """A server with records that are none of the viewer's."""
    with (
        sqlite_files.fresh(migrated=True) as url,
        attacked(url, tmp_path_factory.mktemp("attacked")) as made,
    ):
        yield made


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_nothing_is_found(server, attempt):
    assert list(attempt.act(server, random.Random(1))) == []
