"""Make the pictures of the guide for the wall, and say how long the desk takes for one person.

    python -m scripts.guide_pictures

fills a small demo in a temporary folder, opens the desk in both languages, enters people by keys alone, and
writes docs/images/desk-en.png and desk-km.png. It prints how many keys a person took, how long the page took
for each, and how many printed pages the guide has. Chromium and requirements-dev.txt are needed.
"""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.screenshots import IMAGES, ROOT
from scripts.system_packages import browser as installed_browser

TABLET = {"width": 1024, "height": 768}
_ACCOUNT, _PASSWORD = "reception@demo.example", "chhlang-demo"
_PATIENCE = 180_000
_VAN = "+ 2 7 Enter 1 1 Enter 3 Enter 2 Enter"
#: Sixty people as they come: most without a sign; one in ten coughs, one in ten says home and medicine.
PEOPLE = [{3: "c n", 7: "q z 5 n"}.get(place % 10, "n") for place in range(60)]


def main() -> None:
    """Make the pictures, and print the figures."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHHLANG_")}
        environment |= {"DATABASE_URL": f"sqlite:///{folder}/demo.db", "CHHLANG_STANDING_SCANS": "no"}
        app = [sys.executable, str(ROOT / "app.py")]
        made = [*app, "demo", "--records", "1000", "--without-release"]
        subprocess.run(made, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        server = subprocess.Popen(  # noqa: S603 - ours
            [*app, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(
                    executable_path=installed_browser(), args=["--no-sandbox"]
                )
                for language in ("en", "km"):
                    _desk(chromium, f"http://127.0.0.1:{port}", language, timed=language == "en")
                _print(chromium)
        finally:
            server.terminate()
            server.wait()


def _desk(chromium: Browser, site: str, language: str, *, timed: bool) -> None:
    page = chromium.new_context(locale="en-US", viewport=TABLET).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(_PATIENCE)
    for _ in range(240):  # until the server answers
        try:
            page.goto(f"{site}/language/{language}?next=%2Fsign-in%3Fnext%3D%252Fdesk")
            break
        except Exception:  # noqa: BLE001 - whatever says that it does not listen yet
            time.sleep(0.5)
    page.fill("#email", _ACCOUNT)
    page.fill("#password", _PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("#name")
    page.fill("#name", "Tablet 1")
    page.click("main button[type=submit]")
    page.wait_for_selector("#net[data-state=sent][data-waiting='0']")
    for people in ("f 2 4 n Enter", "m 3 1 c n Enter", "f 2 2 p u Enter m 7 n Enter"):
        _press(page, _VAN)
        page.wait_for_selector("#net[data-state=sent][data-waiting='0']")
        _press(page, people)
    _press(page, "f 2 9")
    page.wait_for_timeout(1_500)
    page.screenshot(path=IMAGES / f"desk-{language}.png")
    sys.stdout.write(f"docs/images/desk-{language}.png\n")
    if timed:
        _press(page, "Escape " + _VAN)
        page.wait_for_selector("#net[data-state=sent][data-waiting='0']")
        _time(page)
    page.context.close()


def _press(page: Page, keys: str) -> int:
    for key in keys.split():
        page.keyboard.press(key)
    return len(keys.split())


def _time(page: Page) -> None:
    """Enter sixty people: keys of each, and milliseconds from the first key until the desk is ready again."""
    counts, taken = [], []
    for place, rest in enumerate(PEOPLE):
        began = time.perf_counter()
        counts.append(_press(page, f"{'fm'[place % 2]} {' '.join(str(5 + place))} {rest} Enter"))
        ready = f"document.getElementById('entered').textContent.startsWith('{place + 1} /')"
        page.wait_for_function(ready)
        taken.append(1000 * (time.perf_counter() - began))
    page.wait_for_selector("#net[data-state=sent][data-waiting='0']")
    sys.stdout.write(
        f"60 people by keys alone: {min(counts)} to {max(counts)} keys each, "
        f"{sum(counts) / 60:.1f} on average; "
        f"the page took {sorted(taken)[30]:.0f} ms for a person (median), {max(taken):.0f} at most\n"
    )


def _print(chromium: Browser) -> None:
    """Print both pages of the guide as a reader of Markdown shows them, and count the pages of A4."""
    for name in ("reception.md", "reception.km.md"):
        path = ROOT / "docs" / "guide" / name
        page = chromium.new_page()
        page.set_content(_html(path))
        pdf = page.pdf(format="A4", margin={"top": "12mm", "bottom": "12mm", "left": "12mm", "right": "12mm"})
        pages = len(re.findall(rb"/Type\s*/Page[^s]", pdf))
        sys.stdout.write(f"docs/guide/{name}: {pages} printed page{'s' if pages > 1 else ''}\n")
        page.close()


def _html(path: Path) -> str:
    """The little Markdown that the guide has, as HTML: headings, tables, pictures, bold, italic, code."""
    lines = []
    for block in path.read_text("utf-8").split("\n\n"):
        rows = [row for row in block.splitlines() if not re.fullmatch(r"[|-]+", row)]
        if block.startswith("|"):
            cells = (
                "".join(f"<td>{_inline(cell, path)}</td>" for cell in row.strip("|").split("|"))
                for row in rows
            )
            lines.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
        elif block.startswith("# "):
            lines.append(f"<h1>{_inline(block[2:], path)}</h1>")
        else:
            lines.append(f"<p>{_inline(block, path)}</p>")
    style = (
        "body{font:11.5px/1.3 sans-serif}table{border-collapse:collapse;width:100%}td{border:1px solid #999;"
        "padding:1px 5px}img{width:100%;max-height:62mm;object-fit:contain}p,h1,table{margin:0 0 5px}"
    )
    return f"<style>{style}</style>" + "".join(lines)


def _inline(text: str, path: Path) -> str:
    def picture(found: re.Match[str]) -> str:
        held = base64.b64encode((path.parent / found[1]).read_bytes()).decode()
        return f'<img src="data:image/png;base64,{held}">'

    text = re.sub(r"!\[[^]]*\]\(([^)]+)\)", picture, text)
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*([^*]+)\*", r"<i>\1</i>", re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text))


if __name__ == "__main__":
    main()
