"""The options of a scan, the same for a person's own files and for the database."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from surveillance.buddhist_era import AHEAD
from surveillance.sameness import same

#: As the engine has them (a test compares): importing the engine loads Numba, a second or two.
MODELS = ("poisson", "bernoulli", "space-time-permutation")
TIMES = ("none", "retrospective", "prospective")
TIME_UNITS = ("day", "week", "month", "year")
RATES = ("high", "low", "both")
LIMITS = ("population",)


def add_scan_options(parser: argparse.ArgumentParser) -> None:
    """Declare everything that a scan may be asked for."""
    what = parser.add_argument_group("what to look for")
    what.add_argument("--model", choices=MODELS, help="what cases are compared with; else as the data suit")
    what.add_argument(
        "--time",
        choices=TIMES,
        help="none: places alone; retrospective: any time window; prospective: windows that reach the last "
        "day. Unless given: prospective for dengue, measles, awd and cholera of the database; else "
        "retrospective for space-time-permutation and --purely-temporal, and none for the other models",
    )
    what.add_argument("--purely-temporal", action="store_true", help="time alone, all locations together")
    what.add_argument("--rates", choices=RATES, default="high", help="clusters of too many or too few cases")
    what.add_argument(
        "--covariates", type=_names, default=(), metavar="A,B", help="columns to standardise by"
    )
    _add_windows(parser.add_argument_group("how large a cluster may be"))
    time = parser.add_argument_group("time")
    time.add_argument("--from", dest="start", type=_day, metavar="DATE", help="first day of the study period")
    time.add_argument("--to", dest="end", type=_day, metavar="DATE", help="its last day, included")
    time.add_argument(
        "--time-unit",
        choices=TIME_UNITS,
        help="counted back from the last day; unless given day, but week for retrospective scans of the "
        "database",
    )
    time.add_argument(
        "--earlier-analyses",
        type=_whole,
        default=0,
        metavar="N",
        help="prospective analyses made before this one, one for each time unit; needs another limit of the "
        "size: --max-radius-km with --max-population-share 1, or --limit-by population",
    )
    _add_running(parser.add_argument_group("how to run"))


def _add_windows(sizes: Any) -> None:
    sizes.add_argument(
        "--max-population-share",
        type=_number,
        default=0.5,
        metavar="SHARE",
        help="most of the population (bernoulli: of those tested; space-time-permutation: of the cases); 0.5",
    )
    sizes.add_argument(
        "--limit-by",
        choices=LIMITS,
        help="the share is of this column of the locations, which stays as it is",
    )
    sizes.add_argument(
        "--max-reported-share",
        type=_number,
        metavar="SHARE",
        help="most of the population that a reported cluster may hold; unless given as many as are scanned, "
        "and a tenth in the database's usual scan",
    )
    sizes.add_argument("--max-radius-km", type=_number, metavar="KM", help="unit of x and y, where they are")
    sizes.add_argument("--min-cases", type=_whole, default=2, metavar="N", help="fewest cases (default: 2)")
    sizes.add_argument(
        "--min-duration", type=_whole, default=1, metavar="N", help="fewest time units (default: 1)"
    )
    sizes.add_argument(
        "--max-duration",
        type=_duration,
        metavar="N",
        help="most time units; below 1 a share of the period; half the period unless given",
    )


def _add_running(running: Any) -> None:
    running.add_argument(
        "--replicates", type=_whole, default=999, metavar="N", help="of the Monte Carlo test (default: 999)"
    )
    running.add_argument(
        "--seed", type=_whole, default=1, metavar="N", help="the same seed gives the same answer (default: 1)"
    )
    running.add_argument("--threads", type=_threads, metavar="N", help="one for each processor unless given")


def scan_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """Arguments of `surveillance.scan.scan`. `model`, `time` and its unit are there only where chosen."""
    names = (
        "start", "end", "min_duration", "max_duration", "max_population_share", "max_reported_share",
        "max_radius_km", "rates", "min_cases", "covariates", "purely_temporal", "replicates", "seed",
        "earlier_analyses", "limit_by",
    )  # fmt: skip
    chosen = {
        name: getattr(options, name) for name in ("model", "time", "time_unit") if getattr(options, name)
    }
    return chosen | {name: getattr(options, name) for name in names} | {"workers": options.threads}


def default_time(model: str, *, purely_temporal: bool) -> str:
    """The kind of time where none was chosen: what cannot be without time looks back.

    >>> default_time("poisson", purely_temporal=False)
    'none'
    """
    return "retrospective" if purely_temporal or model == "space-time-permutation" else "none"


def _names(text: str) -> tuple[str, ...]:
    """Column names, as headers are read: without capitals."""
    return tuple(same(name) for name in text.split(",") if name.strip())


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date as YYYY-MM-DD") from None
    if day.year - AHEAD in range(1896, 2091):
        raise argparse.ArgumentTypeError(
            f"'{text}' has a year of the Buddhist era; write the year of the common era (the Thai year is "
            f"{AHEAD} ahead, the Cambodian one {AHEAD + 1} after Visak Bochea)"
        )
    if not 1500 <= day.year < 3000:
        raise argparse.ArgumentTypeError(f"'{text}' is no day of our times")
    return day


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 0 or more")
    return int(text)


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1024):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of threads from 1 to 1024")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None


def _duration(text: str) -> int | float:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else _number(text)
