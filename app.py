"""Chhlang: the command line's entry, and `server` for any WSGI server (`app:server`)."""

from __future__ import annotations

import sys
from typing import Any


def __getattr__(name: str) -> Any:
    """Make `server` when it is first asked for, so that commands do not load the web."""
    if name == "server":
        from dashboard.server.factory import server_from_environment  # noqa: PLC0415
        from db.core import private_files  # noqa: PLC0415

        private_files.keep_private()
        globals()["server"] = server_from_environment()
        return globals()["server"]
    raise AttributeError(name)


if __name__ == "__main__":
    from dashboard.commands import main

    sys.exit(main(sys.argv[1:], alone=True))
