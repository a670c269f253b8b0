"""A server to which two data managers bring files, and the runner that works on them when it is told to."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.services import store
from dashboard.services.uploads import queue as upload_queue
from dashboard.services.uploads.folder import Folder
from dashboard.settings import Settings
from db.core.engine import Database
from db.operations.uploads import Upload, get
from tests.support.accounts import add_accounts
from tests.support.files import csv_text, record
from tests.support.web import served, settings, signed_in

#: Accounts beyond those that every server of the tests has.
MORE = {
    "manager": ("data_manager", None),
    "colleague": ("data_manager", None),
    "provincial-manager": ("data_manager", ("KH02",)),
    "epidemiologist": ("epidemiologist", None),
    "reception": ("reception", None),
}


@dataclass(frozen=True)
class Site:
    """The server, its settings and its database."""

    server: Flask
    settings: Settings
    database: Database

    @property
    def folder(self) -> Folder:
        """Where its files lie."""
        return Folder.of(self.settings)

    def client(self, name: str = "manager") -> FlaskClient:
        """Somebody signed in."""
        return signed_in(self.server, name)

    def run(self) -> None:
        """Work through all that waits."""
        while upload_queue.work(self.database, self.settings):
            pass

    def upload(self, number: str, name: str = "manager") -> Upload:
        """How a file stands."""
        found = get(self.database, f"{name}@example.org", number)
        assert found is not None
        return found

    def left(self, number: str) -> list[str]:
        """Files that are left of one."""
        path = self.folder.at(number)
        return sorted(one.name for one in path.iterdir()) if path.is_dir() else []


@contextmanager
def upload_site(url: str, **more: str) -> Iterator[Site]:
    """Serve it on a migrated database."""
    chosen = settings(url, **more)
    database = store.open_store(chosen)
    add_accounts(database, MORE)
    try:
        with served(url, **more) as server:
            yield Site(server, chosen, database)
    finally:
        database.dispose()


def content(*rows: dict) -> bytes:
    """A line list as CSV."""
    return csv_text(rows or [record(record_id="1")]).encode()


def posted(client: FlaskClient, data: bytes, field: str = 'name="file"; filename="a.csv"') -> TestResponse:
    """The answer to a form of one field, however large."""
    head = f"--edge\r\nContent-Disposition: form-data; {field}\r\n\r\n".encode()
    body = head + data + b"\r\n--edge--\r\n"
    return client.post("/imports", data=body, content_type="multipart/form-data; boundary=edge")


def bring(client: FlaskClient, data: bytes, name: str = "list.csv", **form: str) -> str:
    """Post a file; its number."""
    if len(data) > 400_000:  # the client would leave a temporary file open
        answer = posted(client, data)
    else:
        answer = client.post("/imports", data={"file": (io.BytesIO(data), name)} | form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    found = re.fullmatch(r"/imports/([0-9a-f]{16})", answer.headers["Location"])
    assert found
    return found[1]


def brought(site: Site, client: FlaskClient, path: Path | bytes, name: str = "list.csv", **form: str) -> str:
    """Bring a file, and let the runner look at it."""
    data = path.read_bytes() if isinstance(path, Path) else path
    number = bring(client, data, path.name if isinstance(path, Path) else name, **form)
    site.run()
    return number


def answer(site: Site, client: FlaskClient, number: str, what: str, **form: str) -> int:
    """Post an answer, and let the runner go on."""
    code = client.post(f"/imports/{number}/{what}", data=form).status_code
    site.run()
    return code


def imported(site: Site, client: FlaskClient, data: bytes, name: str = "list.csv") -> str:
    """Bring a file of the schema's own columns through to its end."""
    number = brought(site, client, data, name)
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    assert answer(site, client, number, "store") == 303
    return number


def page(client: FlaskClient, number: str, query: str = "") -> str:
    """The page of a file."""
    got = client.get(f"/imports/{number}{query}")
    assert got.status_code == 200, got.status_code
    return got.get_data(as_text=True)
