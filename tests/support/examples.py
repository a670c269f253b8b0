"""How many random examples a property is held against: a few, or the usual number.

`CHHLANG_TEST_EXAMPLES` says which: `quick` (`make quick`), `full` (`make full`: the usual number), `new`
(`make torture`: the usual number, other ones each time). Without it a few are drawn. But for `new` they are
the same each time.
"""

from __future__ import annotations

import os

import hypothesis
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

EXAMPLES = "CHHLANG_TEST_EXAMPLES"
USUAL = "same"
#: Examples for each usual one. `make full` draws all of them: ten times as many took it many hours.
FACTORS = {"quick": 0.08, USUAL: 0.08, "new": 1.0, "full": 1.0}
_FEWEST = 3


def lane() -> str:
    """Which examples were asked for."""
    return os.environ.get(EXAMPLES) or USUAL


def examples(usual: int) -> int:
    """How many examples one property gets, where `usual` are drawn by `make full`."""
    return max(min(usual, _FEWEST), round(usual * FACTORS[lane()]))


def load_profile() -> None:
    """Settings of every property that asks for none of its own.

    How long an example takes is no test: the machine may be busy with others. The examples are the same each
    time: a test that fails once in thousands of runs says nothing of the change it was run for.
    """
    if lane() in ("quick", USUAL):
        # Hypothesis takes apart every module of the project that is loaded, and draws numbers and texts that
        # stand in one: other examples wherever another test has loaded another module before. That took each
        # process of the tests seconds, and each new kind of draw looked through tens of thousands of texts.
        providers._get_local_constants = Constants
    # Of a few examples a filter may reject many.
    filtered = [hypothesis.HealthCheck.filter_too_much] if FACTORS[lane()] < 1 else []
    new = {"database": None, "print_blob": True} if lane() == "new" else {}
    hypothesis.settings.register_profile(
        lane(),
        max_examples=examples(100),
        derandomize=lane() != "new",
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow, *filtered],
        **new,
    )
    hypothesis.settings.load_profile(lane())
