"""A viewer tries every way of `tests/security/attacks/viewer.py`, each time with other random parts.

Every call is counted, and every answer is looked at once more, whatever the try itself looks for.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from db.maintenance.opening import open_database
from tests.security.attacks.viewer import ATTEMPTS, CANARY, Attempt, attacked, forged_callbacks
from tests.support.accounts import cheap_hashing

#: Callbacks are what a browser forges most easily: with these a round forges 720 of them.
_MORE = (Attempt("forged callbacks", forged_callbacks),) * 11


class Counted:
    """An application between the viewer and the server: counts calls and statuses, notes what may not be."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self._inner = inner
        self.calls = self.callbacks = 0
        self.statuses: Counter[str] = Counter()
        self.found: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Pass a call on."""
        said: list[str] = []

        def start(status: str, *more: Any) -> Any:
            said.append(status)
            return start_response(status, *more)

        answer = self._inner(environ, start)
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        self._count(environ, said[-1][:3], body)
        return [body]

    def _count(self, environ: dict[str, Any], status: str, body: bytes) -> None:
        path = environ["PATH_INFO"]
        asked = f"{path}?{environ.get('QUERY_STRING', '')}"
        self.calls += 1
        self.callbacks += path == "/_dash-update-component"
        ready = path == "/readyz"  # which says 503 of a server without a keeper
        self.statuses[f"{status[0]}xx" if not ready else f"{status} of /readyz"] += 1
        if status >= "500" and not ready:
            self.found.append(f"{environ['REQUEST_METHOD']} {asked[:120]!r}: {status}")
        if CANARY.encode() in body and CANARY not in asked:
            self.found.append(f"{environ['REQUEST_METHOD']} {asked[:120]!r}: a canary")


def run(seed: int, count: int, _database: str = "", after: int = 0) -> dict[str, Any]:
    """Try `count` rounds, those after the first `after`; how many calls that were, and what was found."""
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="chhlang-viewer-") as folder, cheap_hashing():
        url = f"sqlite:///{Path(folder) / 'chhlang.db'}"
        open_database(url).dispose()
        with attacked(url, Path(folder)) as server:
            counted = Counted(server.wsgi_app)
            server.wsgi_app = counted  # type: ignore[method-assign]
            for number in range(after, after + count):
                chance = random.Random(f"{seed} {number}")
                for attempt in (*ATTEMPTS, *_MORE):
                    found += [f"{attempt.name}: {said}" for said in attempt.act(server, chance)]
                seen = len(found) + len(counted.found)
                print(f"  round {number + 1}: {counted.callbacks:,} callbacks, found: {seen}", flush=True)
    found += counted.found
    for said in dict.fromkeys(found):
        print(f"  {said}", flush=True)
    return {
        "rounds": count,
        "calls": counted.calls,
        "callbacks": counted.callbacks,
        "statuses": dict(sorted(counted.statuses.items())),
        "wrong": len(found),
    }
