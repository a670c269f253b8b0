"""A plugin of pytest: how long fixtures take to set up, summed by name over all workers, and the slowest."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

SHOWN = 10
_WORTH_TELLING = 0.5
_KEY = "chhlang_fixture_times"
#: Name -> times it was set up, seconds on the clock, seconds of a processor (with ended children).
Times = dict[str, list[float]]


def _now() -> tuple[float, float]:
    used = os.times()
    return time.perf_counter(), used.user + used.system + used.children_user + used.children_system


class SlowFixtures:
    """Measures each set-up without what it asks for itself, and prints the slowest at the end."""

    def __init__(self) -> None:
        self.times: Times = {}
        self._inner: list[list[float]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Time one set-up. Fixtures that it is given are set up before; those it asks for, inside."""
        self._inner.append([0.0, 0.0])
        begun = _now()
        try:
            return (yield)
        finally:
            took = [after - before for before, after in zip(begun, _now(), strict=True)]
            inner = self._inner.pop()
            if self._inner:
                self._inner[-1] = [a + b for a, b in zip(self._inner[-1], took, strict=True)]
            own = [1, *(a - b for a, b in zip(took, inner, strict=True))]
            self.add({fixturedef.argname: own})

    def add(self, times: Times) -> None:
        """Add times, of this process or of a worker."""
        for name, more in times.items():
            held = self.times.get(name, [0, 0.0, 0.0])
            self.times[name] = [a + b for a, b in zip(held, more, strict=True)]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker hands its times over."""
        handed = getattr(session.config, "workeroutput", None)
        if handed is not None:
            handed[_KEY] = self.times

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker has ended: take its times."""
        self.add(getattr(node, "workeroutput", {}).get(_KEY, {}))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the slowest."""
        lines = self.slowest()
        if lines:
            terminalreporter.section(f"slowest {len(lines)} fixtures: set-up, summed over workers")
            for line in lines:
                terminalreporter.write_line(line)

    def slowest(self, shown: int = SHOWN) -> list[str]:
        """The slowest fixtures as lines of text."""
        ranked = sorted(self.times.items(), key=lambda item: -item[1][1])[:shown]
        return [
            f"{clock:8.1f} s {processor:8.1f} s of a processor {int(count):6,} times  {name}"
            for name, (count, clock, processor) in ranked
            if clock >= _WORTH_TELLING
        ]
