"""The rules of axe, on a page as a browser shows it: what people with a keyboard or a screen reader meet."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: The least that axe calls a fault is "minor": advice, which is not held here.
_HELD = frozenset({"moderate", "serious", "critical"})
_AXE = Axe()


def faults(page: Page) -> list[str]:
    """What axe finds: the rule, the element and why, for each element."""
    found = _AXE.run(page).response["violations"]
    return [
        f"{page.url}: {rule['id']} ({rule['impact']}): {node['html'][:200]}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in _HELD
        for node in rule["nodes"]
    ]
