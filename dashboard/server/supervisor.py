"""The processes of the web server: workers that accept on one socket, and the job runner, all kept alive.

The first process makes the application and listens. Then it forks the workers and only looks after them:
it answers no request, and holds no connection to the database. The workers share the socket, and whichever
is free takes the next connection.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable

from dashboard.server.bounded import BoundedServer
from dashboard.server.processes import Fork, Kept, Process

_log = logging.getLogger("chhlang.server")
#: Seconds between two looks when no signal comes.
_LOOK = 1.0
#: Seconds that answers under way have when the server stops; then a little more until processes are killed.
PATIENCE, _LONGER = 20.0, 4.0
#: Seconds without a turn of its loop after which a worker is killed: it stands still.
_STANDS_STILL = 60.0
_MOMENT = struct.Struct("d")
#: Makes the server of one worker. It is given what to call at each turn of its loop.
MakeServer = Callable[[Callable[[], None]], BoundedServer]


class Supervisor:
    """Keeps workers and a job runner alive until it is told to stop.

    Parameters
    ----------
    make
        Makes the server of one worker, in that worker.
    listener
        The socket that all of them accept on.
    workers
        How many.
    start_runner
        Starts the job runner.
    started
        Is told what was started.
    """

    def __init__(
        self,
        make: MakeServer,
        listener: socket.socket,
        workers: int,
        start_runner: Callable[[], Process],
        started: Callable[[str], None],
    ) -> None:
        self._make, self._listener = make, listener
        self._pipe = os.pipe()
        self._beats = mmap.mmap(-1, _MOMENT.size * workers)
        self._stopping = False
        self._runner = Kept("job runner", start_runner, lambda: started("runner"))
        self._workers = [
            Kept(f"web worker {slot}", self._starter(slot), lambda: started("worker"))
            for slot in range(workers)
        ]

    def run(self) -> None:
        """Keep them alive until SIGTERM or SIGINT; then let answers under way finish."""
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        try:
            while not self._stopping:
                for kept in (self._runner, *self._workers):
                    kept.look()
                self._kill_what_stands_still()
                select.select([woken], [], [], _LOOK)
                with contextlib.suppress(BlockingIOError):
                    while os.read(woken, 512):
                        pass
        finally:
            self._stop()

    def _on_stop(self, _number: int, _frame: object) -> None:
        if self._stopping:  # asked twice: at once
            for kept in self._workers:
                if isinstance(kept.process, Fork):
                    kept.process.signal(signal.SIGKILL)
        self._stopping = True

    def _stop(self) -> None:
        self._listener.close()
        forks = [kept.process for kept in self._workers if isinstance(kept.process, Fork)]
        for fork in forks:
            fork.signal(signal.SIGTERM)
        end = time.monotonic() + PATIENCE + _LONGER
        for fork in forks:
            fork.stop(max(0.0, end - time.monotonic()))
        self._runner.stop(_LONGER)
        signal.set_wakeup_fd(-1)

    def _starter(self, slot: int) -> Callable[[], Process]:
        def start() -> Process:
            self._beat(slot)
            return Fork(lambda alone: self._work(slot, alone), self._pipe)

        return start

    def _beat(self, slot: int) -> None:
        _MOMENT.pack_into(self._beats, _MOMENT.size * slot, time.monotonic())

    def _kill_what_stands_still(self) -> None:
        for slot, kept in enumerate(self._workers):
            (moment,) = _MOMENT.unpack_from(self._beats, _MOMENT.size * slot)
            still = time.monotonic() - moment
            if isinstance(kept.process, Fork) and still > _STANDS_STILL:
                _log.error("web worker %d stands still and is killed", slot, extra={"seconds": round(still)})
                self._beat(slot)
                kept.process.signal(signal.SIGKILL)

    def _work(self, slot: int, alone: int) -> None:
        """Be a worker."""
        server = self._make(lambda: self._beat(slot))
        signal.signal(signal.SIGTERM, lambda *_: server.stop(PATIENCE))

        def leave_with_parent() -> None:
            os.read(alone, 1)
            server.stop(PATIENCE)

        threading.Thread(target=leave_with_parent, daemon=True, name="parent").start()
        server.run()
