"""A reader who signed in, and how long she waits while strangers attack."""

from __future__ import annotations

import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.support.accounts import PASSWORD


@dataclass(frozen=True)
class Waited:
    """Seconds of each answer, and what went wrong."""

    seconds: list[float]
    errors: list[str]

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.seconds, n=20)[-1] if len(self.seconds) > 1 else float("inf")


def sign_in(
    address: str, name: str, password: str = PASSWORD, certificate: Path | None = None
) -> requests.Session:
    """A session of an account of the tests."""
    session = requests.Session()
    session.trust_env = False  # neither proxies nor certificates of this machine
    session.verify = str(certificate) if certificate else True
    page = session.get(f"{address}/sign-in", timeout=30).text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    email = name if "@" in name else f"{name}@example.org"
    form = {"email": email, "password": password} | ({"csrf_token": found[1]} if found else {})
    own = {"Origin": address}
    answer = session.post(f"{address}/sign-in", data=form, timeout=30, headers=own, allow_redirects=False)
    assert answer.status_code == 302, answer.status_code
    return session


def read(session: requests.Session, address: str, path: str, seconds: float) -> Waited:
    """Ask for a page again and again, on a new connection every second time."""
    waited: list[float] = []
    errors: list[str] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            new = {"Connection": "close"} if len(waited) % 2 else {}
            answer = session.get(f"{address}{path}", timeout=30, headers=new, allow_redirects=False)
            if answer.status_code != 200:
                errors.append(str(answer.status_code))
        except requests.RequestException as error:
            errors.append(type(error).__name__)
        waited.append(time.monotonic() - began)
        time.sleep(0.02)
    return Waited(waited, errors)
