"""The options of a scan, the same for a person's own files and for the database."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from dashboard.cluster_filters import DATABASE, MORE, RUNNING, SIZES, TIME, WHAT, ClusterQuery
from dashboard.commands.output import say
from dashboard.parameters import Day, Duration, Number, Several, Whole, of_buddhist_era
from dashboard.questions import add_options, together
from dashboard.settings import scheduler_address
from surveillance.errors import UsageError
from surveillance.sameness import same

#: Parameters that say which records of the database are scanned.
RECORDS = tuple(name for name in ClusterQuery.names() if ClusterQuery.parameter(name).section == DATABASE)
_LOW_LINE = re.compile(rf"\b({'|'.join(name for name in ClusterQuery.names() if '_' in name)})\b")


def add_scan_options(parser: argparse.ArgumentParser) -> None:
    """Declare everything that a scan may be asked for."""
    for section in (DATABASE, WHAT, SIZES, TIME, MORE, RUNNING):
        group = parser.add_argument_group(section)
        add_options(group, ClusterQuery, section=section)
    group.add_argument("--threads", type=_threads, metavar="N", help="one for each processor unless given")
    group.add_argument(
        "--scheduler",
        type=_scheduler,
        metavar="ADDRESS",
        help="who computes the replicates: threads, processes, or a scheduler of Dask such as "
        "tcp://127.0.0.1:8786 (default: DASK_SCHEDULER_ADDRESS, else threads)",
    )


def named_as_options(error: UsageError) -> UsageError:
    """The same error with parameters as the command line writes them."""
    said = _LOW_LINE.sub(lambda found: f"--{found[0].replace('_', '-')}", str(error))
    return UsageError(said, error.parameter)


def scan_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """Arguments of `surveillance.scan.scan` for a person's own files; the engine knows the bounds.

    `model`, `time` and its unit are there only where chosen.

    Raises
    ------
    UsageError
        Texts are no numbers, days or values that are offered; says all of them.
    """
    found: dict[str, Any] = {}
    faults: list[UsageError] = []
    usual = ClusterQuery.usual_values()
    for name in ClusterQuery.names():
        field, text = ClusterQuery.field(name), getattr(options, name)
        if name in RECORDS:
            continue
        try:
            value = usual[field] if text is None else _read(name, text)
        except UsageError as error:
            faults.append(error)
        else:
            if value is not None or name not in ("model", "time", "time_unit"):
                found[field] = value
    together(faults)
    return found | {"workers": options.threads}


def _read(name: str, text: str) -> Any:
    """Read a text within the bounds of its kind; the engine knows those of a scan."""
    parameter = ClusterQuery.parameter(name)
    for kind, read in _OF_FILES.items():
        if isinstance(parameter, kind):
            return read(name, text)
    return parameter.read(text)


def default_time(model: str, *, purely_temporal: bool) -> str:
    """The kind of time where none was chosen: what cannot be without time looks back.

    >>> default_time("poisson", purely_temporal=False)
    'none'
    """
    return "retrospective" if purely_temporal or model == "space-time-permutation" else "none"


def _names(name: str, text: str) -> tuple[str, ...]:
    """Column names, as headers are read: without capitals."""
    return tuple(same(name) for name in text.split(",") if name.strip())


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name}: '{text}' is not a date as YYYY-MM-DD") from None
    if of_buddhist_era(text):
        raise Day(name=name).buddhist(text)
    if not 1500 <= day.year < 3000:
        raise UsageError(f"{name}: '{text}' is no day of our times")
    return day


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"{name}: '{text}' is not a whole number of 0 or more")
    return int(text)


def working(options: argparse.Namespace) -> AbstractContextManager[Any]:
    """Who works on the replicates, as the options or the environment have it."""
    from dashboard.batches.executors import open_executor  # noqa: PLC0415 - loads Numba

    return open_executor(options.scheduler or scheduler_address(), options.threads, told=say)


def _scheduler(text: str) -> str:
    if text in ("threads", "processes") or re.fullmatch(r"(tcp|tls)://\S+", text):
        return text
    raise argparse.ArgumentTypeError(
        f"'{text}' is no scheduler: give threads, processes, or an address such as tcp://127.0.0.1:8786"
    )


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1024):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of threads from 1 to 1024")
    return int(text)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{name}: '{text}' is not a number") from None


def _duration(name: str, text: str) -> int | float:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else _number(name, text)


#: How a text is read for own files, by the kind of its parameter.
_OF_FILES: dict[type, Callable[[str, str], Any]] = {
    Several: _names,
    Day: _day,
    Duration: _duration,
    Whole: _whole,
    Number: _number,
}
