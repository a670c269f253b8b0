"""One connection of the web server, bounded: in time, in bytes, and in what may come before a sign-in.

waitress reads a request whole, in one loop for all connections, before a thread sees it. So a slow sender
stops nobody; what it holds is a connection, and here that ends. A body of more than a form's size is read
only when the application has said, by the request's header alone, that its sender may send it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from dataclasses import dataclass
from typing import Any, Protocol

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

from dashboard.web import bodies

_log = logging.getLogger("chhlang.server")
#: Bytes of a body that anybody may send. For more the application is asked.
FREE = bodies.STRANGER
#: Requests that a connection may send before the first is answered.
_AHEAD = 8
#: Bytes that are heard from a sender whose body is refused, so that a browser shows the answer, not a reset.
_HEARD = 64 * 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """Seconds and rates that a connection must keep."""

    #: From the first byte of a request to the end of its header; and what every body is given in any case.
    header: float = 15.0
    #: Bytes a second that a body brings at least, on average, beyond what is given.
    rate: float = 4096.0
    #: Longest that a body may take, whatever it announces.
    longest: float = 7200.0
    #: Large bodies that one account may send at once, to one process.
    bodies: int = 4
    #: Bytes a second that a reader takes of an answer at least, over `idle` seconds.
    taking: float = 1024.0
    #: Without a request, or without a byte of one that has begun.
    idle: float = 60.0
    #: That a refused sender is heard out.
    hearing: float = 10.0


class Ask(Protocol):
    """Says how many bytes of a body may follow a header, and whose they are."""

    def __call__(self, method: str, path: str, cookie: str, /) -> tuple[int, str]:
        """Bytes, and the account; blank of a stranger."""


class BoundedParser(HTTPRequestParser):
    """A request that may be held back after its header, and whose body has a bound of its own."""

    expect_continue: bool
    completed: bool
    #: Set once the application has been asked.
    most: int | None = None
    #: The account that sends it, once the application has said so.
    holder = ""
    #: Whether the sender waits for a word before it sends its body.
    waits = False

    @property
    def ask_first(self) -> bool:
        """Whether the body, as announced, is more than anybody may send."""
        return bool(
            self.headers_finished
            and not self.completed
            and self.most is None
            and (self.chunked or self.content_length > FREE)
        )

    def received(self, data: bytes) -> int:
        """Read on; how many bytes were read."""
        held = self.headers_finished
        read: int = super().received(data)
        if not held and self.ask_first and self.expect_continue:
            self.waits, self.expect_continue = True, False
        if self.body_bytes_received > (FREE if self.most is None else self.most) and not self.completed:
            self.error = RequestEntityTooLarge("the body is longer than may be sent here")
            self.completed = True
        return read

    def without_body(self) -> None:
        """Let the application answer the header alone; the connection ends with the answer."""
        self.close()
        self.body_rcv = None
        self.headers["CONNECTION"] = "close"
        self.completed = True


class Admission:
    """Asks the application, in one of its threads, whether a body may follow."""

    def __init__(self, channel: BoundedChannel, request: BoundedParser) -> None:
        self._channel, self._request = channel, request

    @property
    def cookie(self) -> str:
        """The cookies of the request."""
        return str(self._request.headers.get("COOKIE", ""))

    def service(self) -> None:
        """Ask."""
        request = self._request
        try:
            most, holder = self._channel.server.ask(
                request.command, request.path, request.headers.get("COOKIE", "")
            )
        except Exception as error:  # noqa: BLE001 - without an answer nobody sends more than a stranger
            _log.warning("nobody could say who sends a body: %s", type(error).__name__)
            most, holder = FREE, ""
        self._channel.admit(request, most, holder)

    def cancel(self) -> None:
        """The server stops before it could ask."""
        self._channel.admit(self._request, 0)


class BoundedChannel(HTTPChannel):
    """A connection that ends when it is slow, and reads no body that nobody allowed."""

    parser_class = BoundedParser
    close_when_flushed: bool
    #: While the application is asked.
    asking = False
    #: A body was refused: what still comes of it is thrown away, until then.
    refused = False
    hearing_until: float | None = None
    _heard = 0

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002
        super().__init__(server, sock, addr, adj, map=map)
        self._began = time.monotonic()
        self._sent, self._sent_by = 0, (self._began, 0)
        self._worked = self._began

    @property
    def cookie(self) -> str:
        """The cookies of the request that is next."""
        return str(self.requests[0].headers.get("COOKIE", "")) if self.requests else ""

    @property
    def authorization(self) -> str:
        """The header by which a program says who it is, of the request that is next."""
        return str(self.requests[0].headers.get("AUTHORIZATION", "")) if self.requests else ""

    @property
    def at_work(self) -> bool:
        """Whether a request is answered, or an answer is under way."""
        return bool(self.requests or self.total_outbufs_len or self.asking)

    @property
    def in_body(self) -> bool:
        """Whether the header of a request has come, and its body is on the way."""
        return self.request is not None and self.request.headers_finished

    @property
    def worth(self) -> tuple[bool, bool, bool, float]:
        """What is lost when it closes: least for the one that did nothing for longest."""
        admitted = self.request is not None and self.request.most is not None
        return self.at_work, admitted, self.request is not None, self.last_activity

    def readable(self) -> bool:
        """Whether the loop should read."""
        if self.hearing_until is not None:
            return True
        return bool(not self.asking and super().readable())

    def received(self, data: bytes) -> bool:
        """Take bytes in; ask before a large body is read."""
        before = self.request
        taken: bool = super().received(data)
        request = self.request
        if request is not before:
            self._began = time.monotonic()
        if len(self.requests) > _AHEAD:  # no browser does so, and each would be answered
            self.server.spare(self, "ahead")
            return False
        if request is not None and request.ask_first:
            self.asking = True
            self.server.task_dispatcher.add_task(Admission(self, request))
        return taken

    def admit(self, request: BoundedParser, most: int, holder: str = "") -> None:
        """Go on with a request whose sender may send so many bytes (called in another thread)."""
        fits = not holder or self.server.carry(request, holder)
        with self.requests_lock:
            request.most = most
            self._began = time.monotonic()
            if not fits:
                request.headers[bodies.AT_ONCE] = "yes"
            if request.content_length > most or not fits:
                self.refused = True
                request.without_body()
                self.request = None
                self.requests.append(request)
                if len(self.requests) == 1:
                    self.server.add_task(self)
            elif request.waits:
                request.waits, request.expect_continue = False, True
                if not self.requests and not self.sent_continue:
                    self.send_continue()
            self.asking = False
        with contextlib.suppress(OSError):
            self.server.pull_trigger()

    def handle_read(self) -> None:
        """Read, or throw away what a refused sender still sends."""
        if self.hearing_until is None:
            super().handle_read()
            return
        with contextlib.suppress(OSError):
            self._heard += len(self.recv(1 << 16))
        if self._heard > _HEARD and self.socket is not None:
            self.handle_close()

    def handle_write(self) -> None:
        """Send; after a refusal, close only once the sender has had a chance to read the answer."""
        if not self.refused or self.requests or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.socket is not None and self.close_when_flushed and not self.total_outbufs_len:
            self.close_when_flushed = False
            self.hearing_until = time.monotonic() + self.server.bounds.hearing
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)

    def overdue(self, now: float, bounds: Bounds) -> bool:
        """Whether the connection has had its time."""
        if self.hearing_until is not None:
            return now > self.hearing_until
        if self.total_outbufs_len:
            since, sent = self._sent_by
            if self._sent - sent >= bounds.taking * bounds.idle:
                self._sent_by = since, sent = now, self._sent
            return now - since > bounds.idle
        self._sent_by = now, self._sent
        if self.requests or self.asking:
            return False
        if self.request is None:  # empty lines are no sign of life
            return now - self._worked > bounds.idle
        quiet = time.time() - self.last_activity > bounds.idle
        allowed = bounds.header
        if self.request.headers_finished:
            to_come = (self.request.most or FREE) if self.request.chunked else self.request.content_length
            allowed += min(to_come / bounds.rate, bounds.longest)
        return quiet or now - self._began > allowed

    def service(self) -> None:
        """Answer a request."""
        super().service()
        self._worked = time.monotonic()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send; count what was taken."""
        taken: int = super().send(data, do_close)
        self._sent += taken
        return taken
