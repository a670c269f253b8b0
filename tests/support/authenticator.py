"""An authenticator app, as far as tests need one: RFC 6238 in a few lines of its own."""

from __future__ import annotations

import base64
import hmac
import re
import time
from html import unescape

from flask.testing import FlaskClient


def secret_on(page: str) -> str:
    """The secret that a page shows as text."""
    found = re.search(r'<code translate="no">([A-Z2-7 ]+)</code>', unescape(page))
    assert found, page
    return found[1].replace(" ", "")


def code(secret: str, *, steps: int = 0, now: float | None = None) -> str:
    """The code of a secret now, or some half minutes later."""
    counter = int((time.time() if now is None else now) // 30) + steps
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def set_up(client: FlaskClient) -> tuple[str, list[str]]:
    """Set an authenticator up, halfway through a sign-in; its secret, and the recovery codes."""
    secret = secret_on(client.get("/sign-in/set-up").get_data(as_text=True))
    answer = client.post("/sign-in/set-up", data={"code": code(secret, steps=-1)})
    assert answer.status_code == 200
    return secret, re.findall(r"<code>([A-Z2-9-]{19})</code>", answer.get_data(as_text=True))
