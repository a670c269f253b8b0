"""Starting the web server: waitress in several processes on one socket; in one process on Windows."""

from __future__ import annotations

import contextlib
import errno
import http.client
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

from flask import Flask

from dashboard.server import jobs, logs, warming
from dashboard.server.bounded import MOST, BoundedServer
from dashboard.server.factory import make_server
from dashboard.server.processes import Kept
from dashboard.server.supervisor import Supervisor
from dashboard.services import store
from dashboard.settings import Settings
from dashboard.web import bodies, metrics, sessions
from db.core.engine import Database
from surveillance.errors import ConfigurationError

_THREADS = 4
#: Seconds after which a thread lets another one on. Python's own 0.005 is waited for anew with each row of
#: a query, while another thread computes.
TURN = 0.0005
_WINDOWS = "win32"
#: Connections of one address at each process, where no proxy stands before them.
_PER_ADDRESS = 256
#: Connections that wait to be accepted.
_BACKLOG = 1024
#: Files that a process wants to have open at a time: its connections, and what they carry.
_OPEN_FILES, _OTHER_FILES = 4096, 200


class RunsAlreadyError(ConfigurationError):
    """A server of ours has the port."""


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until stopped.

    Raises
    ------
    ConfigurationError
        The secret key is missing or weak; demo accounts exist and the address is not loopback; or the port
        is taken.
    """
    database = store.open_store(settings)
    demo = store.has_demo_accounts(database)
    if demo and not _is_loopback(host):
        raise ConfigurationError(
            f"demo accounts exist, and their passwords are public: 127.0.0.1 only, not {host}. "
            "For real data use a database without the demo (DATABASE_URL)"
        )
    with contextlib.closing(_listen(host, port)) as listener, metrics.shared_folder():
        server = make_server(settings, database)
        sys.setswitchinterval(TURN)
        database.dispose()  # no connection may cross the fork
        logs.set_up(settings.log)
        _tell(host, port, demo=demo)
        make = _maker(server, database, settings, listener, min(MOST, _open_files() - _OTHER_FILES))
        started = metrics.of(server).started
        if sys.platform == _WINDOWS:
            _in_one_process(make, Kept("job runner", lambda: jobs.start(settings), lambda: started("runner")))
        else:
            Supervisor(make, listener, settings.workers, lambda: jobs.start(settings), started).run()


def _maker(
    server: Flask, database: Database, settings: Settings, listener: socket.socket, most: int
) -> Callable[[Callable[[], None]], BoundedServer]:
    """What makes the bounded server of one process."""
    per_address = settings.connections_per_address
    if per_address is None:
        per_address = 0 if settings.proxies else _PER_ADDRESS

    def make(beat: Callable[[], None]) -> BoundedServer:
        warming.start(database)
        return BoundedServer(
            server,
            listener,
            threads=_THREADS,
            ask=lambda method, path, cookie: bodies.most(server, method, path, cookie),
            per_address=per_address,
            most=most,
            beat=beat,
            refused=metrics.of(server).closed,
            whose=lambda cookie: sessions.account_of(server, database, cookie),
        )

    return make


def _in_one_process(make: Callable[[Callable[[], None]], BoundedServer], runner: Kept) -> None:
    web = make(lambda: None)
    over = threading.Event()

    def keep() -> None:
        while not over.wait(1.0):
            runner.look()

    keeper = threading.Thread(target=keep, daemon=True, name="job runner")
    runner.look()
    keeper.start()
    signal.signal(signal.SIGTERM, lambda *_: web.stop(0.0))
    try:
        web.run()
    except KeyboardInterrupt:
        web.close()
    finally:
        over.set()
        keeper.join()
        runner.stop(4.0)


def _listen(host: str, port: int) -> socket.socket:
    """The socket of the server.

    Raises
    ------
    RunsAlreadyError
        Another server of ours has it.
    ConfigurationError
        It cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE and _is_chhlang(host, port):
            raise RunsAlreadyError(
                f"Chhlang runs already on http://{host}:{port}. Open that, or stop it first, or choose "
                "another port with PORT or --port"
            ) from error
        raise ConfigurationError(
            f"cannot serve on {host}:{port} ({error.strerror}); choose another port with PORT or --port"
        ) from error
    return listener


def _is_chhlang(host: str, port: int) -> bool:
    """Whether it is one of ours that has the port."""
    there = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only to be asked
    asked = http.client.HTTPConnection(there, port, timeout=2)
    try:
        asked.request("GET", "/healthz")
        return asked.getresponse().headers.get("Server") == "chhlang"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _open_files() -> int:
    """How many files a process may have open, after asking for more: many systems give 1,024 unasked."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 512 + _OTHER_FILES  # what Windows waits for at a time
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    if least != resource.RLIM_INFINITY and least < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    found = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _OPEN_FILES if found == resource.RLIM_INFINITY else max(found, _OTHER_FILES + 16)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tell(host: str, port: int, *, demo: bool) -> None:
    print(f"Chhlang is on http://{host}:{port}", flush=True)  # noqa: T201 - what the person who starts it reads
    if demo:
        from dashboard.services.upkeep.demo import ACCOUNTS, PASSWORD  # noqa: PLC0415

        print("Synthetic demo data. Sign in as", flush=True)  # noqa: T201
        for account in ACCOUNTS:
            where = f" ({', '.join(account.provinces)} only)" if account.provinces else ""
            print(f"  {account.email:<32} password {PASSWORD}{where}", flush=True)  # noqa: T201
