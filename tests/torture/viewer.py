"""A viewer tries every way of `tests/security/attacks/viewer.py`, each time with other random parts."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from db.maintenance.opening import open_database
from tests.security.attacks.viewer import ATTEMPTS, attacked
from tests.support.accounts import cheap_hashing


def run(seed: int, count: int, _database: str = "") -> dict[str, Any]:
    """Try `count` rounds; what was found."""
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="chhlang-viewer-") as folder, cheap_hashing():
        url = f"sqlite:///{Path(folder) / 'chhlang.db'}"
        open_database(url).dispose()
        with attacked(url, Path(folder)) as server:
            for number in range(count):
                chance = random.Random(f"{seed} {number}")
                for attempt in ATTEMPTS:
                    found += [f"{attempt.name}: {said}" for said in attempt.act(server, chance)]
    for said in dict.fromkeys(found):
        print(f"  {said}", flush=True)
    return {"rounds": count, "wrong": len(found)}
