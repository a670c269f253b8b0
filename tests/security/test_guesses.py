"""Guesses at sign-in: slowed down by account, by address and by both, in the database, and never by a lock
that a stranger can spring on an owner."""

from __future__ import annotations

import threading
from collections import defaultdict
from itertools import count as counting

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services import store
from dashboard.services.signing_in import guesses as service
from dashboard.services.signing_in.guesses import ACCOUNT, ADDRESS, PAIR, Place
from db.operations import accounts, audit
from db.operations.signing_in import guesses
from db.operations.signing_in.guesses import Limit
from tests.support.accounts import add_accounts
from tests.support.web import PASSWORD, served, settings, sign_in

WRONG = "a guess that is wrong"
OWNER = "owner@example.org"
EXAMPLE = counting()


@pytest.fixture
def database(database_url):
    """A database with an owner, on SQLite and on PostgreSQL."""
    opened = store.open_store(settings(database_url))
    add_accounts(opened, {"owner": ("viewer", None)})
    yield opened
    opened.dispose()


@pytest.fixture
def clock(monkeypatch):
    """Seconds that a test moves on by hand."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(service, "_now", lambda: now[0])
    return now


def tries(database, email, addresses, device=""):
    """How many of some wrong guesses are looked at."""
    looked_at = 0
    for address in addresses:
        begun = service.begin(database, email, Place(address, device))
        if not isinstance(begun, float):
            looked_at += 1
            service.failed(database, begun)
    return looked_at


def strangers(count, times=1):
    return [f"198.51.{number // 200}.{number % 200 + 1}" for number in range(count)] * times


def test_eight_addresses_do_not_try_eighty_of_eighty(database, clock):
    assert tries(database, OWNER, strangers(8, 10)) == ACCOUNT.free


@pytest.mark.parametrize("email", [OWNER, "nobody@example.org"])
def test_forty_guesses_from_forty_addresses_are_twenty_whether_there_is_an_account_or_not(
    database, clock, email
):
    assert tries(database, email, strangers(40)) == ACCOUNT.free


def test_writing_an_address_in_other_letters_is_the_same_account(database, clock):
    for email in (OWNER, "OWNER@example.org", " Owner@Example.ORG "):
        tries(database, email, strangers(10))
    assert tries(database, OWNER, ["203.0.113.77"]) == 0


def test_strangers_never_keep_an_owner_waiting_who_has_been_here_before(database, clock):
    number = accounts.number_of(database, OWNER)
    device = service.remember(database, number, Place("203.0.113.5"))
    for _ in range(15):
        tries(database, OWNER, [*strangers(30), "203.0.113.5"])
        clock[0] += 60
    elsewhere, here = Place("192.0.2.9", device), Place("203.0.113.6")
    assert not isinstance(service.begin(database, OWNER, elsewhere), float)  # her device, at a new address
    assert isinstance(service.begin(database, OWNER, here), float)  # an unknown place waits
    other = service.remember(database, number, Place("203.0.113.200"))
    assert other != device
    assert not isinstance(service.begin(database, OWNER, Place("203.0.113.200")), float)  # her address


def test_the_mark_of_a_device_helps_its_own_accounts_alone_and_is_slowed_down_too(database, clock):
    add_accounts(database, {"other": ("viewer", None)})
    device = service.remember(database, accounts.number_of(database, "other@example.org"), Place("192.0.2.1"))
    tries(database, OWNER, strangers(30))
    assert isinstance(service.begin(database, OWNER, Place("192.0.2.1", device)), float)
    assert tries(database, "other@example.org", ["192.0.2.1"] * 40, device) == PAIR.free


def test_a_network_of_the_newer_protocol_is_one_address(database, clock):
    found = [f"2001:db8:1:2::{number:x}" for number in range(100)]
    assert tries(database, OWNER, found) == PAIR.free
    assert sum(tries(database, f"a{n}@example.org", [address]) for n, address in enumerate(found)) == (
        ADDRESS.free - PAIR.free
    )


def test_a_delay_grows_ends_by_itself_and_is_not_made_longer_by_whoever_waits(database, clock):
    assert tries(database, OWNER, ["192.0.2.1"] * 20) == PAIR.free
    waits = []
    for _ in range(9):
        wait = service.begin(database, OWNER, Place("192.0.2.1"))
        assert service.begin(database, OWNER, Place("192.0.2.1")) == wait
        waits.append(round(wait))
        clock[0] += wait + 0.001
        assert tries(database, OWNER, ["192.0.2.1"]) == 1
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_the_right_password_forgives_its_own_place_and_not_the_account(database, clock):
    here = Place("192.0.2.1")
    tries(database, OWNER, [here.address] * (PAIR.free - 1))
    service.passed(database, service.begin(database, OWNER, here))
    assert tries(database, OWNER, [here.address] * 2) == 2  # those before are forgotten: no delay
    assert tries(database, OWNER, strangers(40)) == ACCOUNT.free - PAIR.free - 1


def test_an_own_account_pays_for_no_guesses_at_others(database, clock):
    """Signing in to one's own account between guesses takes none of them off."""
    add_accounts(database, {"thief": ("viewer", None)})
    looked_at = 0
    for _ in range(60):
        looked_at += tries(database, OWNER, ["192.0.2.1"])
        begun = service.begin(database, "thief@example.org", Place("192.0.2.1"))
        if not isinstance(begun, float):
            service.passed(database, begun)
    assert looked_at == PAIR.free


def test_guesses_at_the_same_moment_are_counted_each(database):
    taken, gate = [], threading.Barrier(8)

    def guess(thread):
        gate.wait()
        for number in range(5):
            begun = service.begin(database, OWNER, Place(f"198.51.100.{thread * 10 + number}"))
            taken.append(not isinstance(begun, float))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), sum(taken)) == (40, ACCOUNT.free)


def test_nobody_waits_for_another_who_took_the_time_later_and_was_counted_first(database, clock):
    limits = {"one address": ADDRESS}
    assert not isinstance(guesses.charge(database, limits, clock[0] + 0.02), float)
    assert not isinstance(guesses.charge(database, limits, clock[0]), float)


def test_what_is_stored_names_no_address_and_nothing_that_was_typed(database, clock):
    tries(database, "my-own-password", ["192.0.2.44"])
    service.remember(database, accounts.number_of(database, OWNER), Place("192.0.2.44"))
    with database.operations.connect() as connection:
        for table in ("sign_in_guess", "known_place"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert rows
            assert "192.0.2" not in str(rows) and "my-own" not in str(rows)


def test_a_failure_says_in_the_trail_from_when_on_the_next_is_taken(database, clock):
    tries(database, OWNER, ["192.0.2.1"] * 12)
    said = [(line.actor, line.action, line.detail) for line in audit.latest(database)]
    failures = [line for line in said if line[1] == "sign-in failed"]
    assert len(failures) == PAIR.free
    assert failures[0] == (OWNER, "sign-in failed", '{"address": "192.0.2.1", "next try after": "10 s"}')
    assert failures[1] == (OWNER, "sign-in failed", '{"address": "192.0.2.1"}')


def test_a_right_guess_takes_off_no_delay_that_another_one_made_meanwhile(database, clock):
    place = Place("192.0.2.1")
    tries(database, OWNER, [place.address] * (PAIR.free - 2))
    right = service.begin(database, "other@example.org", place)
    wrong = guesses.charge(database, dict.fromkeys(right.charge.delays, Limit(1, 50, 50, 1e9)), clock[0] + 1)
    guesses.refund(database, right.charge)
    assert wrong.delays and isinstance(
        guesses.charge(database, dict.fromkeys(right.charge.delays, PAIR), clock[0] + 2), float
    )


class Slow:
    """The same rule by a list of failures, one after the other."""

    def __init__(self, limits):
        self.limits, self.left = limits, defaultdict(lambda: (0.0, 0.0, 0.0))

    def charge(self, keys, now):
        if any(self.left[key][2] > now for key in keys):
            return False
        for key in keys:
            failures, last, _ = self.left[key]
            limit = self.limits[key]
            failures = max(0.0, failures - (now - last) / limit.forgiven_after) + 1
            wait = 0.0
            if round(failures) >= limit.free:
                wait = limit.first
                for _ in range(round(failures) - limit.free):
                    wait = min(limit.longest, 2 * wait)
            self.left[key] = (failures, now, now + wait)
        return True


@pytest.fixture(scope="module")
def shared(sqlite_files):
    with sqlite_files.fresh(migrated=True) as url:
        opened = store.open_store(settings(url))
        yield opened
        opened.dispose()


@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 90)), max_size=40))
def test_counts_are_those_of_a_slow_oracle(shared, steps):
    pair, account = Limit(2, 10, 60, 300), Limit(4, 10, 120, 100)
    name = f"example {next(EXAMPLE)}"
    keys = {f"{name} a{n}": account for n in range(4)} | {f"{name} b{n}": pair for n in range(4)}
    slow, now = Slow(keys), 1_000_000.0
    for first, second, later in steps:
        now += later
        chosen = [f"{name} a{first}", f"{name} b{second}"]
        counted = guesses.charge(shared, {key: keys[key] for key in chosen}, now)
        assert (not isinstance(counted, float)) == slow.charge(chosen, now)


def web_tries(server, count, address):
    statuses = []
    for number in range(count):
        base = {"REMOTE_ADDR": address(number)}
        statuses.append(sign_in(server.test_client(), "official", WRONG, environ_base=base).status_code)
    return statuses


def test_two_servers_on_one_database_count_together(sqlite_url):
    with served(sqlite_url, limited=True) as first:
        assert web_tries(first, 15, lambda n: f"198.51.100.{n}") == [200] * 15
        chosen = settings(sqlite_url)
        opened = store.open_store(chosen)
        from dashboard.server import factory

        second = factory.make_server(chosen, opened)
        second.config["WTF_CSRF_ENABLED"] = False
        second.test_client_class = first.test_client_class
        assert web_tries(second, 7, lambda n: f"198.51.101.{n}") == [200] * 5 + [429] * 2
        opened.dispose()


@pytest.mark.parametrize("dot", [".", "\u3002", "\uff0e", "\uff61"])
def test_an_address_that_is_written_in_other_letters_has_no_guesses_of_its_own(database_url, dot):
    """Letters of full width, other dots, capitals, letters that become others when they are made small."""
    with served(database_url, limited=True) as server:
        looked_at = []
        ways = [f"official@{name}{dot}org" for name in ("example", "EXAMPLE", "\uff45xample", "e\uff58ample")]
        ways += [f"off{letter}cial@example{dot}org" for letter in ("i", "I", "\u0130", "\u0131")]
        ways += [f"  official@example{dot}org", " " * 300 + f"official@example{dot}org"]
        for number, email in enumerate(ways * 5):
            base, form = {"REMOTE_ADDR": f"198.51.100.{number}"}, {"email": email, "password": PASSWORD}
            right = server.test_client().post("/sign-in", data=form, environ_base=base).status_code == 302
            looked_at.append(right)
            if right and number % 10 == 0:
                for again in range(ACCOUNT.free):
                    base = {"REMOTE_ADDR": f"192.0.{number}.{again}"}
                    form = {"email": email, "password": WRONG}
                    server.test_client().post("/sign-in", data=form, environ_base=base)
        assert sum(looked_at) == 1  # after twenty wrong ones in one way of writing, no way finds the account


def test_the_answer_says_when_the_next_try_is_taken_and_takes_no_password_meanwhile(sqlite_url):
    with served(sqlite_url, limited=True) as server:
        web_tries(server, 10, lambda _: "192.0.2.1")
        answer = sign_in(server.test_client(), "official", environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert (answer.status_code, 1 <= int(answer.headers["Retry-After"]) <= 10) == (429, True)
        client = server.test_client()
        assert sign_in(client, "official", environ_base={"REMOTE_ADDR": "192.0.2.2"}).status_code == 302
        kept = client.get_cookie("chhlang-known", path="/sign-in").value
        returned = server.test_client()
        returned.set_cookie("chhlang-known", kept, path="/sign-in")
        assert sign_in(returned, "official", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 302


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_a_changing_header_tries_no_more_than_its_address(sqlite_url, proxies):
    with served(sqlite_url, limited=True, CHHLANG_PROXIES=proxies) as server:
        statuses = []
        for number in range(30):
            headers = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9", "X-Forwarded-Proto": "https"}
            answer = sign_in(server.test_client(), "official", WRONG, headers=headers)
            statuses.append(answer.status_code)
        assert statuses == [200] * PAIR.free + [429] * (30 - PAIR.free)


def test_whoever_is_signed_in_cannot_take_failures_off_by_signing_in_as_somebody_else(sqlite_url):
    with served(sqlite_url, limited=True) as server:
        base = {"REMOTE_ADDR": "192.0.2.1"}
        mine = server.test_client()
        assert sign_in(mine, "viewer", PASSWORD, environ_base=base).status_code == 302
        looked_at = 0
        for _ in range(30):
            looked_at += (
                sign_in(server.test_client(), "official", WRONG, environ_base=base).status_code == 200
            )
            sign_in(mine, "official", WRONG, environ_base=base)
        assert looked_at == PAIR.free
