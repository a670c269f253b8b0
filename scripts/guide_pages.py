"""Make the pictures of the guide's short pages, in both languages.

    python -m scripts.guide_pages

fills a demo in a temporary folder, runs the rules of alerts once, opens each page that docs/guide/ explains,
and writes docs/images/guide-NAME-en.png and -km.png. Chromium and requirements-dev.txt are needed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time

from playwright.sync_api import Browser, sync_playwright

from scripts.screenshots import IMAGES, ROOT
from scripts.system_packages import browser as installed_browser

#: What each page of the guide shows: its address, and what must be there before it is taken.
PAGES = {
    "alerts": ("/alerts", "h1"),
    "data_quality": ("/data-quality/delays", "main table"),
    "indicators": (
        "/map?measure=malaria_testing&from=2021-07-01&to=2026-06-30",
        "#map .choroplethlayer path",
    ),
    "malaria": ("/malaria/foci", "h1"),
    "movement": ("/reception/movement?crossing=TH01", "main svg"),
    "rates": ("/funnel?disease=tb&measure=testing&by=facility", "main svg"),
    "reporting": ("/reporting", "h1"),
}
_ACCOUNT, _PASSWORD = "official@demo.example", "chhlang-demo"
_SIZE, _HIGH = {"width": 1180, "height": 900}, 780
_PATIENCE = 180_000


def main() -> None:
    """Make the pictures."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHHLANG_")}
        environment |= {"DATABASE_URL": f"sqlite:///{folder}/demo.db", "CHHLANG_STANDING_SCANS": "no"}
        app = [sys.executable, str(ROOT / "app.py")]
        for made in (["demo", "--records", "20000", "--without-release"], ["alerts", "run"]):
            subprocess.run([*app, *made], env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        server = subprocess.Popen(  # noqa: S603 - ours
            [*app, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(
                    executable_path=installed_browser(), args=["--no-sandbox"]
                )
                for language in ("en", "km"):
                    _pictures(chromium, f"http://127.0.0.1:{port}", language)
        finally:
            server.terminate()
            server.wait()


def _pictures(chromium: Browser, site: str, language: str) -> None:
    page = chromium.new_context(locale="en-US", viewport=_SIZE).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(_PATIENCE)
    for _ in range(240):  # until the server answers
        try:
            page.goto(f"{site}/language/{language}?next=/sign-in")
            break
        except Exception:  # noqa: BLE001 - whatever says that it does not listen yet
            time.sleep(0.5)
    page.fill("#email", _ACCOUNT)
    page.fill("#password", _PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    for name, (address, there) in PAGES.items():
        page.goto(f"{site}{address}")
        page.wait_for_selector(there, state="attached")
        page.wait_for_timeout(1_500)
        box = page.locator("main h1").first.bounding_box()
        top = 0 if box is None else max(0, box["y"] - 12)
        shown = {"x": 0, "y": top, "width": _SIZE["width"], "height": _HIGH}
        picture = IMAGES / f"guide-{name}-{language}.png"
        page.screenshot(path=picture, clip=shown, full_page=True)  # type: ignore[arg-type]
        sys.stdout.write(f"docs/images/guide-{name}-{language}.png\n")
    page.context.close()


if __name__ == "__main__":
    main()
