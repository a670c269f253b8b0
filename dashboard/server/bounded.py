"""The web server of one process: waitress, with bounds on what a stranger may hold."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from dashboard.server.channel import Ask, BoundedChannel, BoundedParser, Bounds
from dashboard.server.fair import FairDispatcher
from dashboard.services.networks import network

#: Connections of one process. Beyond that the longest idle one of the address that holds most is closed.
MOST = 1000
#: Bytes of a header. The longest question in an address takes a tenth of it.
_HEADER = 32 * 1024


class BoundedServer(TcpWSGIServer):
    """Accepts on one socket, within its bounds; stops when told to, after the answers under way.

    Parameters
    ----------
    application
        The WSGI application.
    listener
        A socket that listens already; other processes may accept on it too.
    ask
        How many bytes of a body may follow a header, and whose they are.
    whose
        Whose a request is, by its cookies, at little cost; blank of a stranger.
    per_address
        Connections that one address may hold here; 0 for as many as there are.
    beat
        Called about once a second, while the loop goes.
    """

    channel_class = BoundedChannel
    accepting: bool

    def __init__(
        self,
        application: Any,
        listener: Any,
        *,
        threads: int,
        ask: Ask,
        per_address: int,
        bounds: Bounds | None = None,
        most: int = MOST,
        beat: Callable[[], None] = lambda: None,
        refused: Callable[[str], None] = lambda _: None,
        whose: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.ask, self.bounds = ask, bounds or Bounds()
        self._per_address, self._most = per_address, most
        self._beat, self._refused = beat, refused
        self._stop_at: float | None = None
        self._carrying = threading.Lock()
        adjustments = Adjustments(
            sockets=[listener],
            threads=threads,
            ident="chhlang",
            connection_limit=most + 64,  # ours is reached before
            cleanup_interval=1,
            max_request_header_size=_HEADER,
            max_request_body_size=1 << 62,  # each request has a bound of its own
            asyncore_use_poll=hasattr(wasyncore.select, "poll"),
            clear_untrusted_proxy_headers=False,  # who is believed is decided in the application
            expose_tracebacks=False,
            log_socket_errors=False,
        )
        about = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            application,
            {},
            _sock=listener,
            dispatcher=FairDispatcher(whose, threads),
            adj=adjustments,
            sockinfo=about,
            bind_socket=False,
        )

    def handle_accept(self) -> None:
        """Take a connection in, and close another one where there are too many."""
        before = set(self.active_channels)
        super().handle_accept()
        for number in set(self.active_channels) - before:
            self._keep_within(self.active_channels[number])

    def _keep_within(self, new: BoundedChannel) -> None:
        address = network(new.addr[0])
        held: Counter[str] = Counter(network(one.addr[0]) for one in self.active_channels.values())
        if self._per_address and held[address] > self._per_address:
            self._close_one(address, "address")
        elif len(self.active_channels) > self._most:
            self._close_one(max(held, key=held.__getitem__), "all")

    def _close_one(self, address: str, why: str) -> None:
        """Close the connection of an address that can best be spared: idle, half a header, half a body."""
        there = [one for one in self.active_channels.values() if network(one.addr[0]) == address]
        self.spare(min(there, key=lambda one: one.worth), why)

    def carry(self, request: BoundedParser, holder: str) -> bool:
        """Note whose large body this is, unless the account sends as many as it may (called in threads)."""
        with self._carrying:
            under_way = [one.request for one in list(self.active_channels.values())]
            if sum(one is not None and one.holder == holder for one in under_way) >= self.bounds.bodies:
                self._refused("account")
                return False
            request.holder = holder
            return True

    def spare(self, channel: BoundedChannel, why: str) -> None:
        """Close a connection, and count it."""
        self._refused(why)
        channel.handle_close()

    def maintenance(self, now: float) -> None:
        """Close what has had its time."""
        self._beat()
        moment = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.overdue(moment, self.bounds):
                self.spare(channel, "slow" if channel.request is not None or channel.at_work else "idle")

    def stop(self, patience: float) -> None:
        """Accept no more, and end after the answers under way: after so many seconds in any case.

        May be called in a signal's handler.
        """
        self._stop_at = time.monotonic() + patience
        self.pull_trigger()

    def run(self) -> None:
        """Serve until stopped."""
        while not self._may_end():
            wasyncore.loop(timeout=1, use_poll=self.adj.asyncore_use_poll, map=self._map, count=1)
        for channel in list(self.active_channels.values()):
            channel.handle_close()

    def _may_end(self) -> bool:
        if self._stop_at is None:
            return False
        if self.accepting:
            self.accepting = False
            self.del_channel()
            self.socket.close()
        for channel in list(self.active_channels.values()):
            if not (channel.at_work or channel.in_body or channel.hearing_until):
                channel.handle_close()
        self.maintenance(time.time())
        return not self.active_channels or time.monotonic() > self._stop_at
