"""Statistics of communicable-disease surveillance: arrays and frames in, frames out.

Nothing here reads a file, a database, a clock or a setting. The names below are for notebooks
(docs/notebook.md); each is imported when it is first used, so that a command does not load what it does not
need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surveillance.coverage.proportions import difference_interval as difference_interval
    from surveillance.coverage.proportions import proportion as proportion
    from surveillance.coverage.proportions import proportion_interval as proportion_interval
    from surveillance.coverage.table import coverage_table as coverage_table
    from surveillance.errors import StatisticsError as StatisticsError
    from surveillance.scan import ScanResult as ScanResult
    from surveillance.scan import scan as scan

#: Public name -> its module.
_MODULES = {
    "coverage_table": "surveillance.coverage.table",
    "difference_interval": "surveillance.coverage.proportions",
    "proportion": "surveillance.coverage.proportions",
    "proportion_interval": "surveillance.coverage.proportions",
    "scan": "surveillance.scan",
    "ScanResult": "surveillance.scan",
    "StatisticsError": "surveillance.errors",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'surveillance' has no attribute '{name}'")
    module = import_module(_MODULES[name])
    found = module if name == "scan" else getattr(module, name)  # the package itself may be called
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
