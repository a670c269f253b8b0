"""Strangers hold sockets in every way of `tests/security/attacks`, all at once too, while somebody reads."""

from __future__ import annotations

import contextlib
import random
import tempfile
from pathlib import Path
from typing import Any

from tests.security.attacks import reader
from tests.security.attacks.crowd import ATTACKS, Attack, Crowd
from tests.support.running import running

#: Seconds that a reader waits for 95 of 100 answers at most: what is promised.
PROMISED = 0.5
_SECONDS = 15.0
_PAGES = ("/device", "/", "/reporting")


def run(seed: int, count: int, _database: str = "") -> dict[str, Any]:
    """Attack `count` times; how often a promise was broken."""
    chosen = random.Random(seed)
    wrong = 0
    worst = 0.0
    with (
        tempfile.TemporaryDirectory(prefix="chhlang-strangers-") as folder,
        running(f"sqlite:///{Path(folder) / 'chhlang.db'}") as site,
    ):
        session = reader.sign_in(site.address, "viewer")
        for number in range(count):
            # Each by itself, then some of them together, in another order each time.
            at_once = [ATTACKS[number]] if number < len(ATTACKS) else _some(chosen)
            with contextlib.ExitStack() as stack:
                for attack in at_once:
                    stack.enter_context(Crowd(site.port, attack))
                waited = reader.read(session, site.address, chosen.choice(_PAGES), _SECONDS)
            worst = max(worst, waited.p95)
            said = f"p95 {waited.p95 * 1000:.0f} ms, {len(waited.errors)} errors of {len(waited.seconds)}"
            print(f"  {' and '.join(attack.name for attack in at_once)}: {said}", flush=True)
            wrong += bool(waited.errors) or waited.p95 > PROMISED
        wrong += site.said().count("is started again")
    return {"attacks": count, "worst p95 ms": round(worst * 1000), "wrong": wrong}


def _some(chosen: random.Random) -> list[Attack]:
    return chosen.sample(ATTACKS, chosen.randint(2, len(ATTACKS)))
