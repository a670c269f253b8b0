"""Ten thousand guesses at one account, through servers that share a database: how many are looked at.

Strangers come from a thousand addresses, some claim others by a header, and time goes on a second with each
guess; the owner signs in now and then, where she was before, and is never kept waiting. The trail is whole
at the end.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from unittest import mock

from flask import Flask

from dashboard.permissions import Grant
from dashboard.services import audit_trail
from dashboard.services.signing_in import guesses
from tests.support.accounts import PASSWORD, cheap_hashing
from tests.support.web import served, sign_in
from tests.torture.databases import databases

_ADDRESSES = 1_000
_SECONDS = 1.0
_HOME = "203.0.113.5"
_EVERY = 500


def run(seed: int, count: int, database: str) -> Counter[str]:
    """Guess `count` times; returns how many guesses were looked at.

    Raises
    ------
    AssertionError
        More were looked at than the delays allow, or the owner was kept waiting; says where.
    """
    chance, now, counts = random.Random(seed), [1_900_000_000.0], Counter[str]()
    with ExitStack() as stack:
        made = stack.enter_context(databases(database))
        url = stack.enter_context(made.fresh(migrated=True))
        stack.enter_context(cheap_hashing())
        stack.enter_context(mock.patch.object(guesses, "_now", lambda: now[0]))
        server = stack.enter_context(served(url, limited=True))
        home = server.test_client()
        assert sign_in(home, "official", environ_base={"REMOTE_ADDR": _HOME}).status_code == 302
        for number in range(count):
            now[0] += _SECONDS
            counts[_guess(server, chance)] += 1
            if number % _EVERY == _EVERY - 1:
                home.post("/sign-out", environ_base={"REMOTE_ADDR": _HOME})
                answer = sign_in(home, "official", PASSWORD, environ_base={"REMOTE_ADDR": _HOME})
                assert answer.status_code == 302, f"seed {seed}, guess {number}: the owner is kept waiting"
                counts["sign-ins of the owner"] += 1
        site = server.extensions["chhlang"]
        assert audit_trail.verify(site.database, Grant.custodian(), head=None, backup=None).sound, (
            f"seed {seed}"
        )
    account = guesses.ACCOUNT
    doublings, seconds = 0, count * _SECONDS
    while seconds > account.delay(account.free + doublings) and doublings < count:
        seconds -= account.delay(account.free + doublings)
        doublings += 1
    most = account.free + doublings + 1 + int(count * _SECONDS / account.forgiven_after)
    assert counts["looked at"] <= most, f"seed {seed}: {counts} of {most}"
    return counts


def _guess(server: Flask, chance: random.Random) -> str:
    number = chance.randrange(_ADDRESSES)
    base = {"REMOTE_ADDR": f"198.51.{number // 250}.{number % 250 + 1}"}
    headers = {"X-Forwarded-For": f"192.0.2.{chance.randrange(250)}"} if chance.random() < 0.5 else {}
    email = chance.choice(("official", "OFFICIAL", "Official"))
    answer = sign_in(
        server.test_client(), email, f"a guess {chance.random()}", environ_base=base, headers=headers
    )
    return {200: "looked at", 429: "too soon"}.get(answer.status_code, f"answered {answer.status_code}")
