"""Signing in by the form once for each account, and by the cookie that it gave afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

PASSWORD = "chhlang-demo"
OFFICIAL = "official@demo.example"
#: Cookies of sessions that were begun, for each site and account.
_KEPT: dict[tuple[str, str], list] = {}


def sign_in(
    page: Page, site: str, address: str = "/", account: str = OFFICIAL, language: str | None = None
) -> None:
    """Open a page as an account; by the form where no session of the account is held, or it has ended."""
    if language:
        page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.context.add_cookies(_KEPT.get((site, account), []))
    page.goto(site + address)
    if "/sign-in" in page.url:
        by_form(page, account)
        _KEPT[site, account] = [one for one in page.context.cookies() if one["name"] == "chhlang"]


def by_form(page: Page, account: str = OFFICIAL) -> None:
    """Fill in the form of the page "Sign in", send it, and wait for the page that was asked for."""
    page.fill("#email", account)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"^(?!.*/sign-in)"))


def give_reason(page: Page) -> None:
    """Say why records are read, where that is asked: once in a session."""
    if page.locator("[name=chosen]").count():
        page.locator("[name=chosen]").first.check()
        page.click("main button[type=submit]")


@contextmanager
def watching(page: Page, site: str) -> Iterator[None]:
    """Hold a page, as long as a `with` lasts, to asking for nothing off the machine and writing no error."""
    faults: list[str] = []

    def on_request(request):
        if not request.url.startswith((site, "data:", "blob:")):
            faults.append(f"asked for {request.url}")

    def on_failed(request):
        # A request is aborted by going to another page, and by a download that leaves the page as it is.
        if request.failure != "net::ERR_ABORTED":
            faults.append(f"failed: {request.url} {request.failure}")

    listening = {
        "request": on_request,
        "requestfailed": on_failed,
        "console": lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None,
        "pageerror": lambda error: faults.append(f"error: {error}"),
    }
    for event, listener in listening.items():
        page.on(event, listener)
    try:
        yield
    finally:
        for event, listener in listening.items():
            page.remove_listener(event, listener)
    assert faults == []
