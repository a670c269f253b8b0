"""Simulations in batches: on processes here, or on the workers of a scheduler, with the same digits.

Each item says everything that its batch draws from (a seed, a number of a run), so that nothing depends on
who works on it, nor in which order.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from dashboard.batches.executors import PROCESSES, open_executor
from dashboard.settings import scheduler_address


def add_option(parser: argparse.ArgumentParser) -> None:
    """Declare who works on the batches."""
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="processes, threads, or a scheduler of Dask such as tcp://127.0.0.1:8786 (default: "
        "DASK_SCHEDULER_ADDRESS, else processes)",
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def mapped(module: str, name: str, items: Iterable[Any], scheduler: str | None = None) -> list[Any]:
    """Results of a function of a module for each item, in order.

    Named and not handed over: what a script runs as its main part is known by no other process.
    """
    function: Callable[[Any], Any] = getattr(import_module(module), name)
    who = scheduler or scheduler_address() or PROCESSES
    with open_executor(who, told=_say) as workers:
        return list(workers.map(function, items))
