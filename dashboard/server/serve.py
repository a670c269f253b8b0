"""Starting the web server: gunicorn, or waitress on Windows."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

from flask import Flask

from dashboard.server import jobs
from dashboard.server.factory import make_server
from dashboard.services import store
from dashboard.settings import Settings
from surveillance.errors import ConfigurationError

_THREADS = 4
#: Seconds after which a thread lets another one on. Python's own 0.005 is waited for anew with each row of
#: a query, while another thread computes.
TURN = 0.0005
_WINDOWS = "win32"


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
    _check_free(host, port)
    server = make_server(settings, database)
    sys.setswitchinterval(TURN)
    database.dispose()  # no connection may cross the fork
    _tell(host, port, demo=demo)
    runner = jobs.start(settings)
    try:
        if sys.platform == _WINDOWS:
            _with_waitress(server, host, port)
        else:
            _with_gunicorn(server, host, port, settings.workers)
    finally:
        runner.stop()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"cannot serve on {host}:{port} ({error.strerror}); choose another port with PORT or --port"
            ) from error


def _tell(host: str, port: int, *, demo: bool) -> None:
    print(f"Chhlang is on http://{host}:{port}", flush=True)  # noqa: T201 - what the person who starts it reads
    if demo:
        from dashboard.services.upkeep.demo import ACCOUNTS, PASSWORD  # noqa: PLC0415

        print("Synthetic demo data. Sign in as", flush=True)  # noqa: T201
        for account in ACCOUNTS:
            where = f" ({', '.join(account.provinces)} only)" if account.provinces else ""
            print(f"  {account.email:<32} password {PASSWORD}{where}", flush=True)  # noqa: T201


def _with_waitress(server: Flask, host: str, port: int) -> None:
    import waitress  # noqa: PLC0415

    waitress.serve(server, host=host, port=port, threads=2 * _THREADS, ident="chhlang")


def _with_gunicorn(server: Flask, host: str, port: int, workers: int) -> None:
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - not on Windows

    class Application(BaseApplication):
        """Gunicorn with the server that was made before its workers were."""

        def load_config(self) -> None:
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            options: dict[str, Any] = {
                "bind": address,
                "workers": workers,
                "threads": _THREADS,
                "worker_class": "gthread",
                "preload_app": True,
                "accesslog": None,
                "errorlog": "-",
                "loglevel": "warning",
                "timeout": 120,
                "worker_tmp_dir": "/dev/shm" if sys.platform.startswith("linux") else None,  # noqa: S108
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return server

    Application().run()
