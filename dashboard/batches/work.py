"""What a batch is on its way: a function and what it works on, nothing of which is written to a log.

Schedulers and workers write the texts of what they cannot do into their logs. What travels therefore says of
itself no more than its size.
"""

from __future__ import annotations

import pickle
import platform
from collections.abc import Callable, Mapping
from typing import Any

import numba
import numpy as np

from dashboard.settings import VERSION
from surveillance.engine_version import ENGINE_VERSION
from surveillance.errors import ConfigurationError

#: Told in words what a person should know of work that goes on otherwise.
Told = Callable[[str], None]


class Packed:
    """A function with all that it holds, as bytes: whoever can send these can run anything."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.content = pickle.dumps(function, protocol=pickle.HIGHEST_PROTOCOL)

    def __repr__(self) -> str:
        """Its size alone."""
        return f"work of {len(self.content):,} bytes"


class Opened:
    """A function that was packed, where it is worked on."""

    def __init__(self, packed: Packed) -> None:
        self.function: Callable[[Any], Any] = pickle.loads(packed.content)  # noqa: S301 - made by `Packed`

    def __repr__(self) -> str:
        """Nothing of it."""
        return "opened work"


def opened(packed: Packed) -> Opened:
    """Open it once on each worker that needs it."""
    return Opened(packed)


def one_batch(work: Opened, item: Any, versions: Mapping[str, str]) -> Any:
    """Work on one batch.

    Raises
    ------
    ConfigurationError
        This worker has other versions than whoever asks: its digits could differ.
    """
    refuse_others(versions)
    return work.function(item)


def own_versions() -> dict[str, str]:
    """What decides the digits of an answer, with its version here."""
    return {
        "Chhlang": VERSION,
        "engine": str(ENGINE_VERSION),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def refuse_others(versions: Mapping[str, str]) -> None:
    """Compare versions with those here.

    Raises
    ------
    ConfigurationError
        Names what differs.
    """
    here = own_versions()
    other = [
        f"{name} {here.get(name)} (not {value})"
        for name, value in versions.items()
        if here.get(name) != value
    ]
    if other:
        raise ConfigurationError(
            f"a worker has {', '.join(other)}; install the same versions on every machine and start it again"
        )
