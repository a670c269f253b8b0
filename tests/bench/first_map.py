"""`python -m tests.bench.first_map ADDRESS`: how long a reader waits for the provinces on a slow link.

Measured in Chromium from submitting sign-in until a province has a place on the screen, and until the map
that can be worked with is drawn: cold, warm (signed in once more with what the browser kept), and on a slower
processor. A third way begins on the first page: it is read for some seconds, then the map is pressed. The
link has 1.6 Mbit/s and 300 ms.
"""

from __future__ import annotations

import argparse
from statistics import median

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from scripts.system_packages import browser as installed_browser

#: Seconds for which the first page is read.
_READS = 8.0
_LINK = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
_WATCH = """(() => {
  const seen = window.seen = {};
  const look = () => {
    const found = {
      any: document.querySelector(".province-map .area path, #map .choroplethlayer path"),
      plotly: document.querySelector("#map .choroplethlayer path"),
    };
    for (const name in found) {
      if (!seen[name] && found[name] && found[name].getBoundingClientRect().width > 0) {
        seen[name] = Date.now();
      }
    }
    requestAnimationFrame(look);
  };
  for (const kind of ["submit", "click"]) {
    document.addEventListener(kind, () => sessionStorage.setItem("begun", Date.now()), true);
  }
  requestAnimationFrame(look);
})()"""


def _visit(
    context: BrowserContext, address: str, email: str, password: str, slower: int, opened: str = "/map"
) -> tuple[float, float]:
    """Seconds until a province is seen, and until Plotly's map is. `opened`: the page after sign-in."""
    page = context.new_page()
    link = context.new_cdp_session(page)
    link.send("Network.enable")
    link.send("Network.emulateNetworkConditions", _LINK)
    link.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.add_init_script(_WATCH)
    page.goto(f"{address}/sign-in?next={opened}")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main button[type=submit]", no_wait_after=True)
    if opened != "/map":
        page.wait_for_selector("header nav", timeout=90_000)
        page.wait_for_timeout(1000 * _READS)
        page.click("header nav a[href^='/map']", no_wait_after=True)
    page.wait_for_selector("#map .choroplethlayer path", state="attached", timeout=90_000)
    page.wait_for_timeout(500)
    begun, seen = page.evaluate("[Number(sessionStorage.getItem('begun')), window.seen]")
    page.close()
    context.clear_cookies()
    return (seen["any"] - begun) / 1000, (seen["plotly"] - begun) / 1000


def _say(name: str, visits: list[tuple[float, float]]) -> None:
    any_, plotly = (median(part) for part in zip(*visits, strict=True))
    print(f"{name:28} provinces after {any_:5.1f} s, the map to work with after {plotly:5.1f} s")


def measure(browser: Browser, address: str, email: str, password: str, runs: int) -> None:
    """Visit the map in each way."""
    for slower in (1, 4):
        cold, warm, led = [], [], []
        for _ in range(runs):
            context = browser.new_context()
            cold.append(_visit(context, address, email, password, slower))
            warm.append(_visit(context, address, email, password, slower))
            context.close()
            context = browser.new_context()
            led.append(_visit(context, address, email, password, slower, "/"))
            context.close()
        _say(f"cold, processor 1/{slower}", cold)
        _say(f"warm, processor 1/{slower}", warm)
        _say(f"from the first page, 1/{slower}", led)


def main() -> None:
    """Measure a server that runs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.first_map", description=main.__doc__)
    parser.add_argument("address", help="such as http://127.0.0.1:8050")
    parser.add_argument("--email", default="official@demo.example")
    parser.add_argument("--password", default="chhlang-demo")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed_browser(), args=["--no-sandbox"])
        measure(browser, options.address, options.email, options.password, options.runs)
        browser.close()


if __name__ == "__main__":
    main()
