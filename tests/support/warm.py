"""`python -m tests.support.warm`: compile once what every process of the tests needs, before they start.

In a new clone each of them would compile tests and kernels for itself, at the same time.
"""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from surveillance.scan import scan
from tests.support.scan_cases import parity

#: Scans in which every kernel is compiled that those of tests/reference/test_scan_parity.py need.
SCANS = (
    "d1_poisson_spatial",
    "d3_permutation_retrospective",
    "d12_bernoulli_corridor",
    "d13_permutation_corridor",
    "d16_bernoulli_low",
    "d18_poisson_population_dates",
    "d20_poisson_time_stratified",
)


class Loaded:
    """Lets pytest load every module of tests, and make no test of it."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self) -> list[pytest.Item]:
        """Whatever a module holds is no test."""
        return []


def main() -> int:
    """Load the tests without running them, then scan a little."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main(["--collect-only", "-q", "-p", "no:xdist"], plugins=[Loaded()])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        code = pytest.ExitCode.OK
    else:
        print(said.getvalue())
    if code == 0:
        for name in SCANS:
            case = parity(name)
            scan(case.cases, case.locations, **case.arguments, replicates=9)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
