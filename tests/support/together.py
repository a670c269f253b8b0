"""Which files of tests one worker takes: those for which it starts the same server, browser or program.

Each worker has its own PostgreSQL, and its own browser and demo beside it. With files dealt out one by one
every worker started all of them, and each server of a demo made the same pages once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Cases on PostgreSQL, by the names of tests; and what a file asks for that starts it, or what is forked.
_CASES = re.compile(r"[\[-]postgresql\b")
_STARTS = re.compile(r"\b(postgres_server|forked)\b")
#: Browsers, each with a server of the demo: each of them works while its worker waits.
_BROWSERS = 2
#: Of so many tests one may be taken together for PostgreSQL: in `make full` most of the files use it.
_MOST = 4


def _text(file: str) -> str:
    return (ROOT / file).read_text("utf-8")


def taken_together(
    tests: Sequence[str], workers: int, read: Callable[[str], str] = _text
) -> Mapping[str, str]:
    """File -> what it is taken together with; files that are taken alone are left out.

    Parameters
    ----------
    tests
        Names of all tests, each beginning with its file.
    workers
        Among how many they are dealt out: two at most get files of the browser, and one gets none.
    read
        Gives the text of a file.
    """
    found, files = {}, dict.fromkeys(test.split("::")[0] for test in tests)
    browsing = sorted(file for file in files if "/browser/" in file)
    for number, file in enumerate(browsing):
        found[file] = f"browser {number % max(1, min(_BROWSERS, workers - 1))}"
    cases = {test.split("::")[0] for test in tests if _CASES.search(test)}
    on_postgres = {
        file for file in files if file not in found and (file in cases or _STARTS.search(read(file)))
    }
    if _MOST * sum(test.split("::")[0] in on_postgres for test in tests) <= len(tests):
        found |= dict.fromkeys(on_postgres, "postgres")
    return found


def scheduler(config: Any, log: Any) -> Any:
    """What deals the files out to workers of xdist; None where tests are not dealt out by files."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        """Gives a worker several files at once where they need the same."""

        _together: Mapping[str, str] | None = None

        def _split_scope(self, nodeid: str) -> str:
            if self._together is None:
                self._together = taken_together(self.collection or (), self.numnodes)
            file = str(super()._split_scope(nodeid))
            return self._together.get(file, file)

    return Together(config, log)
