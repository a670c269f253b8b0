"""The rules of axe, on a page as a browser shows it: what people with a keyboard or a screen reader meet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit
from zlib import crc32

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.examples import lane

#: The least that axe calls a fault is "minor": advice, which is not held here.
_HELD = frozenset({"moderate", "serious", "critical"})
_SCRIPT = Axe().axe_script
#: What axe tells in full: what is wrong.
_ASKED = {"resultTypes": ["violations"]}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
#: Rules whose answer depends on colours; the others say the same of a page in either scheme.
_OF_COLOUR = {"runOnly": ["color-contrast", "link-in-text-block"]}


def in_turn(path: str) -> Sequence[Scheme]:
    """The schemes in which a page is looked at: one of them in `make test`, by its address; both in full."""
    return SCHEMES if lane() == "full" else SCHEMES[crc32(re.sub(r"\d", "", path).encode()) % 2 :][:1]


def faults(page: Page, schemes: Sequence[Scheme] | None = None) -> list[str]:
    """What axe finds in the first colour scheme, and of colours in the next: rule, element and why.

    Unless said otherwise `make test` looks at the colours of half of the pages light, of the others dark.
    """
    schemes = schemes or in_turn(urlsplit(page.url).path)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_SCRIPT)
    found = []
    try:
        for number, scheme in enumerate(schemes):
            page.emulate_media(color_scheme=scheme)
            found += _violations(page, _ASKED | _OF_COLOUR if number else _ASKED)
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
