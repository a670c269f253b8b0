"""Make the pictures of the documentation: the demo's pages, wide in English and narrow in Khmer.

    python -m scripts.screenshots

fills a demo in a temporary folder, serves it, waits until every usual question of clusters is answered (some
minutes), and writes docs/images/. Chromium and the packages of requirements-dev.txt are needed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.system_packages import browser as installed_browser

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZES = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 360, "height": 740}}
#: Addresses of which the whole page is taken.
WHOLE = ("/components",)
#: Where the usual questions stand, and what is there once each of them has its answer.
STANDING, ANSWERED = "/clusters/standing", '#standing-notes[data-waiting="0"]'
#: Name of a picture, address, language, size, and what must be seen before it is taken.
PICTURES = (
    ("first-page-en-wide", "/", "en", "wide", "#clusters li"),
    ("first-page-km-narrow", "/", "km", "narrow", "#clusters li"),
    ("map-en-wide", "/map", "en", "wide", "#map .choroplethlayer path"),
    ("map-km-narrow", "/map", "km", "narrow", "#map .choroplethlayer path"),
    ("poipet-en-wide", "/crossings/poipet", "en", "wide", "#q"),
    ("curves-en-wide", "/curves?disease=dengue", "en", "wide", "main svg"),
    ("standing-en-wide", STANDING, "en", "wide", "main table tbody tr"),
    ("reporting-en-wide", "/reporting", "en", "wide", "h1"),
    ("components-en-wide", "/components", "en", "wide", "#figures .main-svg"),
)
#: Seconds until they are answered, at most.
_PATIENCE = 900
#: Milliseconds that a page may take while they are worked on, on a machine with other work.
_SLOW = 180_000
_ACCOUNT, _PASSWORD = "epidemiologist@demo.example", "chhlang-demo"


def main() -> None:
    """Make every picture."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHHLANG_")}
        environment["DATABASE_URL"] = f"sqlite:///{folder}/demo.db"
        app = [sys.executable, str(ROOT / "app.py")]
        subprocess.run([*app, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        server = subprocess.Popen(  # noqa: S603 - ours
            [*app, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            _take_all(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait()


def _take_all(site: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed_browser(), args=["--no-sandbox"])
        _wait_for_answers(chromium, site)
        for name, path, language, size, seen in PICTURES:
            page = chromium.new_context(locale="en-US", viewport=SIZES[size]).new_page()  # type: ignore[arg-type]
            page.set_default_timeout(_SLOW)
            _sign_in(page, site, language)
            page.goto(site + path)
            page.wait_for_selector(seen, state="attached")
            page.wait_for_timeout(1_000)
            page.screenshot(path=IMAGES / f"{name}.png", full_page=path in WHOLE)
            sys.stdout.write(f"docs/images/{name}.png\n")
            page.context.close()


def _wait_for_answers(chromium: Browser, site: str) -> None:
    """Look again until every usual question is answered: a list of the first ones alone is no picture.

    Raises
    ------
    SystemExit
        They are not answered in time.
    """
    page = chromium.new_page(locale="en-US")
    page.set_default_timeout(_SLOW)
    _sign_in(page, site, "en")
    deadline = time.monotonic() + _PATIENCE
    page.goto(site + STANDING)
    while not page.locator(ANSWERED).count():
        if time.monotonic() > deadline:
            raise SystemExit(f"the usual questions are not answered after {_PATIENCE} seconds")
        page.wait_for_timeout(5_000)
        page.reload()
    page.context.close()


def _sign_in(page: Page, site: str, language: str) -> None:
    for _ in range(120):  # until the server answers
        try:
            page.goto(f"{site}/language/{language}?next=/sign-in")
            break
        except Exception:  # noqa: BLE001 - whatever says that it does not listen yet
            time.sleep(0.5)
    page.fill("#email", _ACCOUNT)
    page.fill("#password", _PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


if __name__ == "__main__":
    main()
