"""Strangers hold sockets in every way of `tests/security/attacks`, all at once too, while somebody reads.

At the server itself, and through nginx and Caddy with the files of `deploy/`, where they are installed.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import tempfile
from pathlib import Path
from typing import Any

import requests

from tests.security.attacks import reader
from tests.security.attacks.crowd import ATTACKS, MANY, TLS_ATTACKS, Attack, Crowd
from tests.support.proxies import BEHIND, NAMES, Proxy, program, proxied
from tests.support.running import Running, running

#: Seconds that a reader waits for 95 of 100 answers at most: what is promised.
PROMISED = 0.5
_SECONDS = 15.0
_CALM = 3.0
_PAGES = ("/device", "/", "/reporting")


def run(seed: int, count: int, _database: str = "") -> dict[str, Any]:
    """Attack `count` times without a proxy, and as often through each; how often a promise was broken."""
    found: dict[str, Any] = {"attacks": 0, "wrong": 0}
    for name in ("", *NAMES):
        if name and program(name) is None:
            print(f"  {name} is not installed", flush=True)
            continue
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chhlang-strangers-")))
            url = f"sqlite:///{folder / 'chhlang.db'}"
            site = stack.enter_context(running(url, BEHIND if name else None))
            before = folder / "proxy"
            before.mkdir()
            folder.chmod(0o755)
            proxy = stack.enter_context(proxied(name, site.port, before)) if name else None
            worst, wrong = _attacked(site, proxy, random.Random(seed), count)
            wrong += site.said().count("is started again")
        found["attacks"] += count
        found["wrong"] += wrong
        found[f"worst p95 ms, {name or 'no proxy'}"] = round(worst * 1000)
    return found


def _attacked(site: Running, proxy: Proxy | None, chosen: random.Random, count: int) -> tuple[float, int]:
    """The worst p95, and how often the promise was broken."""
    address = proxy.address if proxy else site.address
    session = reader.sign_in(address, "viewer", certificate=proxy.certificate if proxy else None)
    ways = (*ATTACKS, *TLS_ATTACKS, MANY) if proxy else ATTACKS
    worst, wrong = 0.0, 0
    for number in range(count):
        # Each by itself, then some of them together, in another order each time.
        at_once = [ways[number]] if number < len(ways) else _some(chosen, ways)
        page = chosen.choice(_PAGES)
        calm, errors = _median(session, address, page, _CALM)
        with contextlib.ExitStack() as stack:
            for attack in at_once:
                stack.enter_context(Crowd(site.port, attack, proxy))
            p95, more = _median(session, address, page, _SECONDS)
        errors += more
        said = f"p95 {p95 * 1000:.0f} ms, {calm * 1000:.0f} without them, errors: {errors}"
        through = f"through {proxy.name}: " if proxy else ""
        print(f"  {through}{' and '.join(one.name for one in at_once)}: {page} {said}", flush=True)
        worst = max(worst, p95)
        wrong += bool(errors) or p95 > max(PROMISED, 4 * calm)
    return worst, wrong


def _median(session: requests.Session, address: str, page: str, seconds: float) -> tuple[float, list[str]]:
    """The middle p95 of three looks, and all errors."""
    looks = [reader.read(session, address, page, seconds / 3) for _ in range(3)]
    return statistics.median(look.p95 for look in looks), [said for look in looks for said in look.errors]


def _some(chosen: random.Random, ways: tuple[Attack, ...]) -> list[Attack]:
    return chosen.sample(ways, chosen.randint(2, len(ways)))
