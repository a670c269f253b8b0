"""Workers of xdist tell the process that prints what it prints or counts, and no more.

Of each test that passes a worker told that it began, was set up, passed, was cleared away and ended, each
time with all its marks and all that it had printed. For ten thousand tests that took half a minute of a
processor, and all that is shown of them is a dot.
"""

from __future__ import annotations

from typing import Any

import pytest


def hush(config: pytest.Config) -> None:
    """Let a worker leave out what nobody reads; do nothing elsewhere, and where more is asked for."""
    asked = config.getoption("durations") is not None or {*config.getoption("reportchars")} & {*"pPA"}
    if asked or not hasattr(config, "workerinput"):
        return
    (worker,) = (
        one for one in config.pluginmanager.get_plugins() if type(one).__name__ == "WorkerInteractor"
    )
    for name in ("pytest_runtest_logstart", "pytest_runtest_logfinish"):
        _of(worker, name, config).function = lambda *_: None
    told = _of(worker, "pytest_runtest_logreport", config)
    tell = told.function

    def tell_less(report: pytest.TestReport) -> None:
        if report.passed and not hasattr(report, "wasxfail"):
            if report.when != "call":
                return
            report.keywords, report.sections = {}, []
        tell(report)

    told.function = tell_less


def _of(plugin: object, name: str, config: pytest.Config) -> Any:
    """What a plugin does at a hook."""
    (found,) = (one for one in getattr(config.hook, name).get_hookimpls() if one.plugin is plugin)
    return found
