"""A server with the synthetic demo, and a browser that may ask for nothing outside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from dashboard.services import store
from db.core.engine import Database
from scripts.system_packages import browser as installed_browser
from tests.support.browsing import watching
from tests.support.demo_folder import copied, demo_folder
from tests.support.servers import Sqlite
from tests.support.standing import answered_round
from tests.support.web import GOOD_KEY, settings

ROOT = Path(__file__).resolve().parents[2]
#: The window that Playwright opens.
_WINDOW: ViewportSize = {"width": 1280, "height": 720}
# Milliseconds until something that a page works on is missed: five seconds were too few beside other work.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without WebGL and without calls of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed_browser(),
            args=[
                "--no-sandbox",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-gpu",
                "--disable-webgl",
                "--disable-3d-apis",
                # Pages that a zygote starts work at a lower priority: beside other tests they took thrice as
                # long, and more of the processor.
                "--no-zygote",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def reader(chromium: Browser) -> Iterator[BrowserContext]:
    """One reader's browser, whose cache of files stays from test to test."""
    context = chromium.new_context(locale="en-US", accept_downloads=True)
    yield context
    context.close()


@pytest.fixture(scope="session")
def tabs(reader: BrowserContext) -> Callable[[], Page]:
    """Gives the one tab of the reader, or another where a test has closed it.

    A tab of its own for every test began a process each time, which took a third of what a small page takes.
    """
    held: list[Page] = []

    def tab() -> Page:
        if not held or held[0].is_closed():
            held[:] = [reader.new_page()]
        return held[0]

    return tab


@pytest.fixture
def page(reader: BrowserContext, tabs: Callable[[], Page]) -> Iterator[Page]:
    """A page of a reader in English; afterwards nothing is left of it but cached files.

    A test that adds a script to every page takes `own_tab`: no tab forgets such a script.
    """
    page = tabs()
    yield page
    _forget(reader, page)
    for other in reader.pages:
        if other is not page:
            other.close()
    if not page.is_closed():
        page.goto("about:blank")
        page.set_viewport_size(_WINDOW)
        page.emulate_media(media="null", color_scheme="null", forced_colors="null")


@pytest.fixture
def own_tab(reader: BrowserContext) -> Iterator[Page]:
    """As `page`, in a tab that no other test had or gets."""
    page = reader.new_page()
    yield page
    _forget(reader, page)
    page.close()


def _forget(reader: BrowserContext, page: Page) -> None:
    """Leave nothing of a test in the reader's browser but cached files."""
    if not page.is_closed():
        address = urlsplit(page.url)
        if address.scheme == "http":
            origin = f"{address.scheme}://{address.netloc}"
            kinds = "local_storage,indexeddb,service_workers,cache_storage"
            session = reader.new_cdp_session(page)
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": kinds})
            session.detach()
            page.evaluate("sessionStorage.clear()")
        page.unroute_all()
    reader.unroute_all()
    reader.clear_cookies()
    reader.clear_permissions()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Page]:
    """A page in a browser that has seen nothing yet."""
    context = chromium.new_context(locale="en-US", accept_downloads=True)
    yield context.new_page()
    context.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHHLANG_")}
    # Scans of the system would take the processors of those that tests wait for; and what a second process of
    # the server reads first, it reads beside the first process.
    fewer = {"CHHLANG_STANDING_SCANS": "no", "CHHLANG_WORKERS": "1"}
    return kept | {"DATABASE_URL": url} | fewer


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small demo, made once for all workers; nobody writes to it."""
    return demo_folder(tmp_path_factory)


@pytest.fixture(scope="session")
def site(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running server with a small demo of its own."""
    url = copied(demo, tmp_path_factory.mktemp("site") / "demo")
    answered_round(url)
    with _serving(_environment(url)) as address:
        yield address


@pytest.fixture(scope="session")
def with_codes(sqlite_files: Sqlite) -> Iterator[tuple[str, Database]]:
    """A server that asks administrators for codes, and its database: the demo's accounts never give one."""
    more = {"CHHLANG_SECRET_KEY": GOOD_KEY, "CHHLANG_TOTP_ROLES": "administrator"}
    with (
        sqlite_files.fresh(migrated=True) as url,
        _serving(_environment(url) | more, "--alone") as address,
    ):
        database = store.open_store(settings(url))
        yield address, database
        database.dispose()


@contextmanager
def _serving(environment: dict[str, str], *more: str) -> Iterator[str]:
    """A running server; its address."""
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.plain_serve", "--port", str(port), *more],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait(address: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server is not ready after a minute")


@pytest.fixture
def watched(page, site):
    """A page that fails its test when it asks for anything off the machine or writes an error."""
    with watching(page, site):
        yield page
