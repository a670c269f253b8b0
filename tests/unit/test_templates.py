"""Every template can be read: one with a fault would fail before its reader, and lose its translations."""

from __future__ import annotations

from pathlib import Path

import dashboard
from dashboard.server.factory import make_server
from dashboard.services import store
from tests.support.web import settings


def test_every_template_can_be_read(sqlite_url):
    chosen = settings(sqlite_url)
    database = store.open_store(chosen)
    environment = make_server(chosen, database).jinja_env
    names = [path.name for path in (Path(dashboard.__file__).parent / "templates").glob("*.html")]
    assert len(names) > 30
    for name in names:
        environment.get_template(name)
    database.dispose()
