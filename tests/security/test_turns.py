"""One account with many requests at once: everybody else is answered in turn with her, not after her."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from dashboard.server.bounded import BoundedServer
from dashboard.server.fair import Lanes
from dashboard.web import sessions, site
from tests.support.web import served, signed_in

MANY = 30


class Task:
    """What waits: whose it is, and its number."""

    def __init__(self, lane: str, number: int) -> None:
        self.lane, self.number = lane, number


@contextlib.contextmanager
def serving(application, threads):
    """A server in a thread; what is given opens a connection and asks as somebody."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    web = BoundedServer(
        application,
        listener,
        threads=threads,
        ask=lambda *_: (0, ""),
        per_address=0,
        whose=lambda cookie: cookie,
    )
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()

    def ask(who: str) -> socket.socket:
        one = socket.create_connection(listener.getsockname(), timeout=10)
        one.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {who}\r\n\r\n".encode())
        return one

    try:
        yield ask
    finally:
        web.stop(5.0)
        thread.join(20)
        assert not thread.is_alive()


def test_each_lane_has_its_turn_and_keeps_its_order():
    queue = Lanes()
    for lane, number in (("a", 1), ("a", 2), ("a", 3), ("b", 4), ("", 5), ("b", 6)):
        queue.append(Task(lane, number))
    assert len(queue) == 6
    assert [queue.popleft().number for _ in range(2)] == [1, 4]
    queue.append(Task("c", 7))
    assert [queue.popleft().number for _ in range(5)] == [5, 2, 6, 7, 3]
    assert not queue
    with pytest.raises(IndexError):
        queue.popleft()


def test_one_lane_is_never_out_with_more_than_it_may():
    queue = Lanes(2)
    for lane, number in (("a", 1), ("a", 2), ("a", 3), ("b", 4)):
        queue.append(Task(lane, number))
    assert [queue.popleft().number for _ in range(3)] == [1, 4, 2]
    assert not queue, "the third of a waits"
    assert len(queue) == 1
    with pytest.raises(IndexError):
        queue.popleft()
    queue.give_back("b")
    assert not queue
    queue.give_back("a")
    assert queue
    assert queue.popleft().number == 3


@pytest.mark.process
def test_one_account_never_holds_every_thread():
    over = threading.Event()

    def application(environ, start_response):
        if environ["HTTP_COOKIE"] == "many":
            over.wait(60)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    with serving(application, threads=3) as ask, contextlib.ExitStack() as held:
        many = [held.enter_context(ask("many")) for _ in range(8)]
        for _ in range(5):
            with ask("one") as one:
                assert one.recv(12) == b"HTTP/1.1 200"
        over.set()
        assert [one.recv(12) for one in many] == [b"HTTP/1.1 200"] * 8


@pytest.mark.process
def test_a_reader_is_not_answered_after_all_that_another_has_asked_for():
    answered: list[str] = []

    def application(environ, start_response):
        time.sleep(0.03)
        answered.append(environ["HTTP_COOKIE"])
        start_response("200 OK", [("Content-Length", "0")])
        return []

    with serving(application, threads=2) as ask, contextlib.ExitStack() as held:
        for _ in range(MANY):
            held.enter_context(ask("many"))
        one = held.enter_context(ask("one"))
        assert one.recv(12) == b"HTTP/1.1 200"
        while len(answered) <= MANY:
            time.sleep(0.01)
    assert answered.index("one") < MANY / 2


def test_whose_turn_it_is_comes_from_a_living_session_alone(sqlite_url):
    with served(sqlite_url) as server:
        client, other = signed_in(server, "viewer"), signed_in(server, "viewer")
        with server.app_context():
            database = site.database()
        held = client.get_cookie("chhlang").value

        def account(cookie: str) -> str:
            return sessions.account_of(server, database, cookie)

        whose = account(f"chhlang={held}")
        assert whose
        assert account(f"more=1; chhlang={other.get_cookie('chhlang').value}") == whose, "of each session"
        assert account("chhlang=" + signed_in(server, "official").get_cookie("chhlang").value) != whose
        for forged in ("", "chhlang=", f"chhlang={held[:-4]}AAAA", f"other={held}", "\0;=;" * 200):
            assert account(forged) == ""
        client.post("/sign-out", headers={"Origin": "http://localhost"})
        assert account(f"chhlang={held}") == ""
