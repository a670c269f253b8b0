"""Strangers with sockets: each holds one as long as the server lets it, and then opens another."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.proxies import Proxy

#: Seconds between two bytes.
_EVERY = 1.0
#: A font: the largest file that a stranger is given.
LARGEST = "/assets/fonts/noto-sans-khmer-khmer-700-normal.woff2"


@dataclass(frozen=True)
class Attack:
    """What one stranger sends at once, and what a byte at a time."""

    name: str
    strangers: int
    opening: bytes
    drip: bytes = b""
    #: What is spoken within TLS: HTTP/1.1, HTTP/2, or "" where a stranger does not even begin with TLS.
    speaks: str = "http/1.1"


def _post(path: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


ATTACKS = (
    Attack("50 trickle a header", 50, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", b"a"),
    Attack("50 trickle the body of an upload", 50, _post("/imports", 50_000_000), b"a"),
    Attack("50 trickle the body of a small upload", 50, _post("/imports", 60_000), b"a"),
    Attack(
        "20 linger after Connection: close",
        20,
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    ),
    Attack(
        "50 ask for much in one breath and read nothing",
        50,
        f"GET {LARGEST} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() * 100,
    ),
    Attack("300 say nothing", 300, b"", speaks=""),
)
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
#: What can be tried at a proxy with TLS alone.
TLS_ATTACKS = (
    Attack("50 trickle the greeting of TLS", 50, b"\x16\x03\x01\x02\x00", b"\1", speaks=""),
    Attack("50 trickle a header in HTTP/2", 50, _GREETING + bytes((0, 62, 0, 1, 4, 0, 0, 0, 1)), b"a", "h2"),
)
#: More than a proxy holds as Debian sets it up: 768 at each of its processes.
MANY = Attack("1,800 trickle a header", 1_800, ATTACKS[0].opening, b"a")


class Crowd:
    """The strangers of one attack, in a thread of their own.

    Before a proxy each has an address of its own and speaks TLS.
    """

    def __init__(self, port: int, attack: Attack, proxy: Proxy | None = None) -> None:
        self._port, self._attack = proxy.port if proxy else port, attack
        self._tls = proxy.tls if proxy and attack.speaks else None
        if self._tls:
            self._tls.set_alpn_protocols([attack.speaks])
        self._numbered = bool(proxy)
        self._over = threading.Event()
        self._sockets: dict[socket.socket, float] = {}
        self._selector = selectors.DefaultSelector()
        self.opened = self.closed = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        end = time.monotonic() + 20
        while self.opened < self._attack.strangers and time.monotonic() < end:
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for one in self._sockets:
            one.close()
        self._selector.close()

    def _open(self) -> None:
        one = socket.create_connection(("127.0.0.1", self._port), timeout=5, source_address=self._source())
        if self._tls:
            try:
                one = self._tls.wrap_socket(one, server_hostname="localhost")
            except OSError:
                one.close()
                raise
        self.opened += 1
        with contextlib.suppress(OSError):
            one.sendall(self._attack.opening)
        one.setblocking(False)
        if self._attack.drip:  # one that only waits does not notice what becomes of it: it lingers
            self._selector.register(one, selectors.EVENT_READ)
        self._sockets[one] = time.monotonic()

    def _source(self) -> tuple[str, int] | None:
        number = self.opened % 50_000
        return (f"127.{16 + number // 250}.0.{number % 250 + 1}", 0) if self._numbered else None

    def _run(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                while len(self._sockets) < self._attack.strangers and not self._over.is_set():
                    self._open()
            for one in list(self._gone()):
                self.closed += 1
                if self._attack.drip:
                    self._selector.unregister(one)
                one.close()
                del self._sockets[one]
            self._over.wait(0.05)

    def _gone(self) -> Iterator[socket.socket]:
        """Those whose connection has ended; the others send another byte when it is time."""
        now = time.monotonic()
        readable = {key.fileobj for key, _ in self._selector.select(0)} if self._attack.drip else set()
        for one, last in self._sockets.items():
            try:
                if one in readable and not one.recv(65536):
                    yield one
                elif self._attack.drip and now - last > _EVERY:
                    one.send(self._attack.drip)
                    self._sockets[one] = now
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue
            except OSError:
                yield one
