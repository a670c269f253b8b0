"""Two desks at one van, and a server that is started anew in between: nothing is lost, nothing doubled."""

from __future__ import annotations

import random

import pytest

from tests.support.accounts import add_accounts
from tests.support.desks import Desk, a_van, hex_id, made
from tests.support.web import served

PEOPLE = 24


def test_two_desks_and_a_restart_lose_and_double_nothing(sqlite_files):
    drawn = random.Random(18)
    with sqlite_files.fresh(migrated=True) as url:
        with served(url) as server:
            roles = {"first": ("reception", ("KH01",)), "second": ("reception", ("KH01",))}
            add_accounts(server.extensions["chhlang"].database, roles)
            desks = [Desk(server, name) for name in roles]
            van = a_van()
            desks[0].send(desks[0].seal(van))
            people = [hex_id() for _ in range(PEOPLE)]
            sealed = [
                [
                    desk.seal(made("arrival", person, van["van"], number=place + 1, age_years=place))
                    for place, person in enumerate(people[start::2])
                ]
                for start, desk in enumerate(desks)
            ]
            # Of some the answer never comes back to the device, and some are not sent at all.
            for desk, envelopes in zip(desks, sealed, strict=True):
                desk.send(*drawn.sample(envelopes, len(envelopes) // 2))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.support.web.add_accounts", lambda *_: None)
            with served(url) as server:
                for desk, name, envelopes in zip(desks, roles, sealed, strict=True):
                    desk.server = server
                    desk.hand_over(name)
                    drawn.shuffle(envelopes)
                    assert all(one["taken"] for one in desk.send(*envelopes, *envelopes[:3]))
                told = [
                    next(one for one in desk.state()["vans"] if one["id"] == van["van"]) for desk in desks
                ]
    assert told[0] == told[1]
    found = {one["id"]: one["records"]["arrival"] for one in told[0]["people"]}
    assert set(found) == set(people)
    assert sorted(one["age_years"] for one in found.values()) == sorted([*range(PEOPLE // 2)] * 2)
    numbers = [one["number"] for one in found.values()]
    assert len(set(numbers)) == PEOPLE, "each has a number of its own"
