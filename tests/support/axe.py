"""The rules of axe, on a page as a browser shows it: what people with a keyboard or a screen reader meet."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: The least that axe calls a fault is "minor": advice, which is not held here.
_HELD = frozenset({"moderate", "serious", "critical"})
_SCRIPT = Axe().axe_script
#: What axe tells in full: what is wrong.
_ASKED = {"resultTypes": ["violations"]}
#: Rules whose answer depends on colours; the others say of a dark page what they said of the light one.
_OF_COLOUR = {"runOnly": ["color-contrast", "link-in-text-block"]}


def faults(page: Page) -> list[str]:
    """What axe finds on the light page, and of colours on the dark one: rule, element and why, for each."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_SCRIPT)
    found = _violations(page, _ASKED)
    page.emulate_media(color_scheme="dark")
    try:
        found += _violations(page, _ASKED | _OF_COLOUR)
    finally:
        page.emulate_media(color_scheme="light")
    return [
        f"{page.url}: {rule['id']} ({rule['impact']}): {node['html'][:200]}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in _HELD
        for node in rule["nodes"]
    ]


def _violations(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(document, options).then(found => found.violations)", options
    )
    return found
