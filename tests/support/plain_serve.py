"""`python -m tests.support.plain_serve --port N [--alone]`: `app.py serve` for tests of a browser.

It makes no pages before anybody asks: at its start and after each import that took each of the tests'
servers seconds of a processor, mostly for pages that nobody asks for (`tests/unit/test_warming.py`). Its job
runner has no time to end (`tests/reliability/test_server_processes.py`); with `--alone` it has none.
"""

from __future__ import annotations

import os
import sys
from unittest import mock

from dashboard.commands import main
from dashboard.server import jobs, supervisor, warming


class Nobody:
    """Stands for the job runner where there is none."""

    pid = os.getpid()

    def ended(self) -> int | None:
        """It lives as long as the server."""
        return None

    def stop(self, patience: float) -> None:
        """Nothing to end."""


def serve(arguments: list[str]) -> int:
    """Serve until stopped."""
    asked = [one for one in arguments if one != "--alone"]
    start = jobs.start if asked == arguments else lambda _: Nobody()
    with (
        mock.patch.object(warming, "start"),
        mock.patch.object(supervisor, "_LONGER", 0.2),
        mock.patch.object(jobs, "start", start),
    ):
        return main(["serve", *asked], alone=True)


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
