"""What a connection, an address and all together may hold: each bound, at a server of little patience."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter

import pytest

from dashboard.server.bounded import BoundedServer
from dashboard.server.channel import Bounds
from dashboard.services.networks import network

pytestmark = pytest.mark.process
QUICK = Bounds(header=0.6, rate=20_000.0, taking=1e9, idle=1.2, hearing=0.6)
BIG = b"x" * 30_000_000
NO_END = 60.0


def application(environ, start_response):
    """Answer with the length of the body that came, or with much."""
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1.0)
    read = environ["wsgi.input"].read()
    answer = BIG if environ["PATH_INFO"] == "/big" else str(len(read)).encode()
    if "HTTP_X_BODIES_AT_ONCE" in environ:
        answer = b"too many at once"
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


class Site:
    """A server in a thread, and why it closed connections."""

    def __init__(self, **options) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.closed: Counter[str] = Counter()
        self.asked: list[str] = []
        given = {"per_address": 0, "bounds": QUICK} | options
        self.web = BoundedServer(
            application,
            self.listener,
            threads=2,
            ask=self.ask,
            refused=lambda why: self.closed.update([why]),
            **given,
        )
        self.thread = threading.Thread(target=self.web.run, daemon=True)
        self.thread.start()

    def ask(self, method: str, path: str, cookie: str) -> tuple[int, str]:
        """Let a megabyte through to whoever says please, and says who it is after that."""
        self.asked.append(path)
        if path == "/broken":
            raise RuntimeError("the database is away")
        please, _, who = cookie.partition(" ")
        return (1_000_000, who) if please == "please" else (64 * 1024, "")

    def stop(self) -> None:
        """End it."""
        self.web.stop(5.0)
        self.thread.join(20)
        assert not self.thread.is_alive()

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def talk(self, text: bytes) -> bytes:
        """What is answered, until the server closes."""
        with self.connect() as one:
            one.sendall(text)
            return rest(one)


def rest(one: socket.socket) -> bytes:
    """All that still comes."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while part := one.recv(1 << 20):
            got += part
    return got


def ends_within(one: socket.socket, seconds: float) -> bool:
    """Whether the server closes a connection in time."""
    one.settimeout(seconds)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.fixture
def start():
    sites = []

    def started(**options) -> Site:
        sites.append(Site(**options))
        return sites[-1]

    yield started
    for site in sites:
        site.stop()


@pytest.fixture(scope="module")
def site():
    made = Site()
    yield made
    made.stop()


def post(path: str, length: int, *more: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {length}", *more)
    return "\r\n".join([*lines, "", ""]).encode()


#: What is sent at once, and then again and again: never silent for long.
SLOW = {
    "nothing": (b"", b""),
    "header": (b"GET / HTTP/1.1\r\nX: ", b"a"),
    "lines": (b"\r\n", b"\r\n"),
    "body": (post("/", 9_000), b"a"),
    "longer body": (post("/", 60_000), b"a"),
    "silent body": (post("/", 900_000, "Cookie: please"), b""),
    "chunks": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "kept alive": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b""),
}


def test_whatever_is_slow_ends(site):
    with contextlib.ExitStack() as stack:
        held = {name: stack.enter_context(site.connect()) for name in SLOW}
        for name, one in held.items():
            one.sendall(SLOW[name][0])
            one.setblocking(False)
        end = time.monotonic() + 20
        while held and time.monotonic() < end:
            for name, one in list(held.items()):
                try:
                    if not one.recv(65536):
                        del held[name]
                except BlockingIOError:
                    with contextlib.suppress(OSError):
                        one.send(SLOW[name][1])
                except ConnectionError:
                    del held[name]
            time.sleep(0.2)
        assert list(held) == []


def test_an_answer_that_nobody_reads_is_thrown_away_and_frees_its_thread(site):
    held = [site.connect() for _ in range(4)]  # twice as many as threads
    for one in held:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    end = time.monotonic() + 20
    while b"200 OK" not in site.talk(b"GET / HTTP/1.0\r\n\r\n"):
        assert time.monotonic() < end
    for one in held:
        one.close()


def test_a_large_answer_arrives_at_whoever_reads_it(start):
    answer = start(bounds=Bounds()).talk(b"GET /big HTTP/1.0\r\n\r\n")
    assert answer.endswith(BIG)


def test_a_body_within_what_is_allowed_arrives_whole(site):
    body = b"y" * 900_000
    answer = site.talk(post("/", len(body), "Cookie: please", "Connection: close") + body)
    assert answer.endswith(b"\r\n\r\n900000")


@pytest.mark.parametrize("path", ["/", "/broken"])
def test_a_body_beyond_it_is_answered_without_and_what_comes_is_heard_out(path, site):
    with site.connect() as one:
        one.sendall(post(path, 3_000_000))
        for _ in range(3):
            one.sendall(b"y" * 100_000)
            time.sleep(0.05)
        answer = rest(one)
    assert answer.endswith(b"\r\n\r\n0")
    assert b"Connection: close" in answer


def test_an_account_sends_a_few_large_bodies_at_once_and_others_are_not_kept_waiting(start):
    """By the rate alone, one account could hold every connection for 14 hours: 200 MB at 4 kB/s."""
    site = start(bounds=Bounds(bodies=2))

    def begin(stack, who):
        one = stack.enter_context(site.connect())
        one.sendall(post("/", 900_000, f"Cookie: please {who}", "Connection: close") + b"y" * 1000)
        return one

    with contextlib.ExitStack() as stack:
        slow = [begin(stack, "ann") for _ in range(2)]
        time.sleep(0.5)
        for _ in range(3):
            answer = rest(begin(stack, "ann"))
            assert answer.endswith(b"too many at once")
            assert b"Connection: close" in answer
        assert site.closed["account"] == 3
        body = b"y" * 900_000
        whole = post("/", len(body), "Cookie: please bob", "Connection: close") + body
        assert site.talk(whole).endswith(b"900000")
        assert site.talk(b"GET / HTTP/1.0\r\n\r\n").endswith(b"0")
        # One of the two is over, whole or broken off: there is room for another.
        slow[0].close()
        slow[1].sendall(b"y" * (900_000 - 1000))
        assert rest(slow[1]).endswith(b"900000")
        time.sleep(0.3)
        whole = post("/", len(body), "Cookie: please ann", "Connection: close") + body
        assert site.talk(whole).endswith(b"900000")


def test_no_body_takes_longer_than_the_longest_whatever_it_announces(start):
    site = start(bounds=Bounds(header=0.3, rate=1.0, longest=0.5, idle=60.0))
    with site.connect() as one:
        one.sendall(post("/", 900_000, "Cookie: please"))
        end = time.monotonic() + 10
        ended = False
        one.settimeout(0.1)
        while not ended and time.monotonic() < end:
            with contextlib.suppress(OSError):
                one.sendall(b"y")
            try:
                ended = one.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                ended = True
        assert ended
    assert site.closed["slow"] == 1


def test_who_sends_a_small_body_is_not_asked_about(site):
    site.asked.clear()
    body = b"y" * 64 * 1024
    assert site.talk(post("/small", len(body), "Connection: close") + body).endswith(b"65536")
    assert "/small" not in site.asked


def test_continue_is_said_after_asking_and_in_turn(site):
    with site.connect() as one:
        one.sendall(post("/", 100_000, "Cookie: please", "Expect: 100-continue", "Connection: close"))
        assert one.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(b"y" * 100_000)
        assert rest(one).endswith(b"100000")
    with site.connect() as one:
        one.sendall(post("/", 10, "Expect: 100-continue", "Connection: close"))
        assert one.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(b"y" * 10)
        assert rest(one).endswith(b"10")


def test_requests_far_ahead_end_the_connection(site):
    before = site.closed["ahead"]
    site.talk(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
    assert site.closed["ahead"] == before + 1


def test_an_address_holds_so_many_and_the_idle_go_first(start):
    site = start(per_address=4, bounds=Bounds(header=NO_END, idle=NO_END))
    with contextlib.ExitStack() as stack:
        busy = stack.enter_context(site.connect())
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        half = stack.enter_context(site.connect())
        half.sendall(b"GET / HTTP/1.1\r\n")
        time.sleep(0.3)
        idle = [stack.enter_context(site.connect()) for _ in range(3)]
        assert ends_within(idle[0], 5)
        assert b"200 OK" in rest(busy)
        half.sendall(b"Host: x\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in rest(half)
    assert site.closed["address"] == 1


def test_a_server_holds_so_many_in_all(start):
    site = start(most=10, bounds=Bounds(header=NO_END, idle=NO_END))
    with contextlib.ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(site.connect())
        assert b"200 OK" in site.talk(b"GET / HTTP/1.0\r\n\r\n")
    assert site.closed["all"] == 21


def test_a_stop_waits_for_answers_and_not_for_those_who_linger(start):
    site = start(bounds=Bounds(header=NO_END, idle=NO_END))
    with site.connect() as idle, site.connect() as half, site.connect() as busy:
        half.sendall(b"GET / HTTP/1.1\r\n")
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        site.web.stop(30.0)
        assert b"200 OK" in rest(busy)
        site.thread.join(20)
        assert time.monotonic() - began < 10
        assert ends_within(idle, 5)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("unix", "unix", True),
    ],
)
def test_what_counts_as_one_address(one, other, same):
    assert (network(one) == network(other)) is same
