"""Lanes: what a test uses decides which `make` runs it.

A test that asks for a database or a browser, itself or through a fixture, is marked so when it is collected.
A test that starts processes or opens a database of its own says so: `@pytest.mark.process`; one that computes
for seconds, such as a simulation: `@pytest.mark.slow`. What is left is
`quick`, and while a quick test runs nothing may open a database, start a process or reach for the network.

A test that runs on both databases does so in `make full`. In `make test` those marked `sql` do, whose queries
or storage differ; what a page or a command says is the same on both, and is tested on SQLite.

`@pytest.mark.in_turn("seed")` makes `make test` run half of a product: the parameter's first value on one
database, its second on the other. Without a parameter `make test` runs the test on SQLite, since another test
holds the same on PostgreSQL; with `start=1` on PostgreSQL.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

import pytest
import sqlalchemy as sa

#: Fixtures that every database or browser of the tests comes from.
DATABASES = frozenset({"backend", "sqlite_files", "postgres_server"})
BROWSERS = frozenset({"chromium", "site"})
#: Folders of tests that take longest.
_FIRST = ("browser", "reliability", "property", "reference", "security")
#: Files that let a process hear each event of the interpreter, for good: whatever it does later takes longer.
_LAST = ("test_message_transport.py", "test_messages.py")
#: A test with none of these marks is quick.
SLOW = ("browser", "database", "full", "postgres", "process", "slow")
#: What Python's own functions report before they do it.
_FORBIDDEN = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "socket.bind",
        "socket.connect",
        "sqlite3.connect",
        "subprocess.Popen",
    }
)


def arrange(items: list[pytest.Item]) -> None:
    """Order the tests by file: first those of folders where tests take long, so that no worker ends alone;
    last those of `_LAST`.

    Tests of the browser wait for it. They are spread among those that compute, so that seldom all workers
    wait at once.
    """
    items.sort(key=lambda item: _FIRST.index(name) if (name := _folder(item)) in _FIRST else len(_FIRST))
    files = dict.fromkeys(item.path for item in items if _folder(item) in _FIRST)
    place = {}
    for waits in (True, False):
        alike = [path for path in files if (path.parent.name == "browser") is waits]
        place |= {path: number / len(alike) for number, path in enumerate(alike)}
    items.sort(key=lambda item: 2.0 if item.path.name in _LAST else place.get(item.path, 1.0))


def _folder(item: pytest.Item) -> str:
    return item.path.parent.name


class NotQuickError(AssertionError):
    """A quick test did what makes tests slow."""


def mark_all(items: Sequence[pytest.Item]) -> None:
    """Mark tests by what they use, in the order in which they were collected."""
    seen: dict[tuple[str, str], list[str]] = {}

    def place(item: pytest.Item, name: str) -> int:
        """Which of a parameter's values a test has, as they were declared (pytest numbers combinations)."""
        values = seen.setdefault((item.nodeid.partition("[")[0], name), [])
        value = repr(getattr(item, "callspec").params[name])  # noqa: B009 - only items with parameters have one
        if value not in values:
            values.append(value)
        return values.index(value)

    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if used & BROWSERS:
            item.add_marker("browser")
        if used & DATABASES:
            item.add_marker("database")
        twin = "backend" in getattr(getattr(item, "callspec", None), "params", {})
        if twin and item.get_closest_marker("postgres") and not item.get_closest_marker("sql"):
            item.add_marker("full")
        if turns := item.get_closest_marker("in_turn"):
            held = set(getattr(getattr(item, "callspec", None), "params", {}))
            turn = sum(place(item, name) for name in {"backend", *turns.args} & held)
            if (turn + turns.kwargs.get("start", 0)) % 2:
                item.add_marker("full")
        if not any(item.get_closest_marker(name) for name in SLOW):
            item.add_marker("quick")


class _Name:
    """Name of an event that calls a function when a dictionary is asked for it."""

    def __init__(self, name: str, called: Callable[[str], None]) -> None:
        self._name, self._called = name, called

    def __hash__(self) -> int:
        return hash(self._name)

    def __eq__(self, event: object) -> bool:
        if event == self._name:
            self._called(self._name)
        return False


class Guard:
    """Holds quick tests to their lane."""

    def __init__(self) -> None:
        self._test = ""
        self._done: list[str] = []
        # The hook hears of each `id()` too, millions of times: a function of Python took a thirtieth of the
        # time of all tests. To look into a dictionary takes little, and calls Python only for names in it.
        sys.addaudithook(dict.fromkeys(_Name(event, self.refuse) for event in _FORBIDDEN).get)
        sa.event.listen(sa.Engine, "do_connect", lambda *_: self.refuse("a connection to a database"))

    def refuse(self, event: str) -> None:
        """Stop what a quick test is about to do, and remember it: a test may catch what is raised."""
        if self._test:
            self._done.append(event)
            raise NotQuickError(f"{event}: mark the test `process`, or use a fixture of tests/conftest.py")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Guard one test."""
        self._test = item.nodeid if item.get_closest_marker("quick") else ""
        try:
            result = yield
        finally:
            self._test, done, self._done = "", self._done, []
        if done:
            raise NotQuickError(f"a quick test did {', '.join(done)}")
        return result
