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
    from surveillance.rates.bayes import empirical_bayes as empirical_bayes
    from surveillance.rates.bym2 import bym2 as bym2
    from surveillance.rates.crude import crude_rate as crude_rate
    from surveillance.rates.funnel import funnel as funnel
    from surveillance.rates.ranks import rank_intervals as rank_intervals
    from surveillance.rates.standardised import directly_standardised as directly_standardised
    from surveillance.rates.standardised import indirectly_standardised as indirectly_standardised
    from surveillance.rates.survival import kaplan_meier as kaplan_meier
    from surveillance.scan import ScanResult as ScanResult
    from surveillance.scan import scan as scan

#: Public name -> its module.
_MODULES = {
    "bym2": "surveillance.rates.bym2",
    "coverage_table": "surveillance.coverage.table",
    "crude_rate": "surveillance.rates.crude",
    "difference_interval": "surveillance.coverage.proportions",
    "directly_standardised": "surveillance.rates.standardised",
    "empirical_bayes": "surveillance.rates.bayes",
    "funnel": "surveillance.rates.funnel",
    "indirectly_standardised": "surveillance.rates.standardised",
    "kaplan_meier": "surveillance.rates.survival",
    "proportion": "surveillance.coverage.proportions",
    "proportion_interval": "surveillance.coverage.proportions",
    "rank_intervals": "surveillance.rates.ranks",
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
