"""A server with accounts, and somebody who has none."""

import pytest

from tests.support.web import served


@pytest.fixture
def server(sqlite_url):
    """A server without the demo, whose forms need no token."""
    with served(sqlite_url) as made:
        yield made


@pytest.fixture(scope="module")
def shared_server(sqlite_files):
    """As `server`, one for a whole module: for tests that leave it as it is."""
    with sqlite_files.fresh(migrated=True) as url, served(url) as made:
        yield made


@pytest.fixture
def stranger(shared_server):
    """Whoever asks without a session."""
    return shared_server.test_client()
