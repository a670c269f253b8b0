"""`clusters`: Kulldorff's scan statistics, on a person's own files or on the database."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.clusters import database as database_clusters
from dashboard.commands.clusters.options import (
    RECORDS,
    add_scan_options,
    default_time,
    named_as_options,
    scan_arguments,
    working,
)
from dashboard.commands.clusters.output import add_output_options, check_out, deliver, progress
from dashboard.commands.output import say
from surveillance.errors import UsageError

#: Options that say where the data are, by name in the namespace: a command takes those of one kind.
FILES = ("cases", "locations", "population", "neighbours", "network")
#: Options for a person's own files alone, and what each is where it is not given.
MORE = {
    "network_order": "shortest", "iterative": False, "iterative_p": 0.05, "iterative_most": 10,
    "report": ("hierarchical",), "min_relative_risk": None, "trend": None,
}  # fmt: skip
#: Days without a case at the end of a period that are named.
_QUIET = 28
_DESCRIPTION = (
    "Find clusters of cases in places, or in places and time, by Kulldorff's scan statistics. With --cases "
    "and --locations the data are your own CSV or XLSX files: no database and no key is needed, and nothing "
    "is kept. With --disease and --by they are the records of the database, which keeps the run. Files, "
    "formats and columns: docs/clusters.md."
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("clusters", help="find clusters of cases", description=_DESCRIPTION)
    own = command.add_argument_group("your own files")
    own.add_argument("--cases", type=Path, metavar="FILE", help="location,count[,date][,tested][,covariates]")
    own.add_argument(
        "--locations",
        type=Path,
        metavar="FILE",
        help="location,latitude,longitude[,population][,name]; or x,y in place of the degrees",
    )
    own.add_argument(
        "--population", type=Path, metavar="FILE", help="location[,date][,covariates],population, for poisson"
    )
    own.add_argument(
        "--neighbours",
        type=Path,
        metavar="FILE",
        help="centre,location, nearest first, in place of positions",
    )
    own.add_argument(
        "--dates",
        choices=("day-first", "month-first"),
        help="how the files write days as numbers, where they do not show it (03/04/2025)",
    )
    own.add_argument(
        "--era",
        choices=("thai", "cambodian"),
        help="of which reckoning their Buddhist years are, where they do not show it (2568-06-10)",
    )
    _add_more(command.add_argument_group("more, for your own files"))
    add_scan_options(command)
    add_output_options(command)
    command.set_defaults(run=run)


def _add_more(group: Any) -> None:
    group.add_argument(
        "--network",
        type=Path,
        metavar="FILE",
        help="from,to,distance: roads between locations, along which zones grow, in place of positions",
    )
    group.add_argument(
        "--network-order",
        choices=("shortest", "satscan"),
        help="by the shortest way (usual), or in SaTScan's order (the way by which a place was first met)",
    )
    group.add_argument(
        "--iterative",
        action="store_true",
        default=None,
        help="in space: report the most likely cluster, take its locations out, and scan again",
    )
    group.add_argument("--iterative-p", type=float, metavar="P", help="scan again while p is no larger, 0.05")
    group.add_argument("--iterative-most", type=int, metavar="N", help="most scans, 10")
    group.add_argument(
        "--report",
        type=lambda text: tuple(part.strip() for part in text.split(",")),
        metavar="hierarchical[,gini]",
        help="in space: also, or only, the clusters up to the size that the Gini coefficient chooses",
    )
    group.add_argument(
        "--trend",
        choices=("log-linear",),
        help="poisson in space and time: expect an even growth or fall, as the cases of all places have it",
    )
    group.add_argument(
        "--min-relative-risk", type=float, metavar="RISK", help="zones of a lower relative risk do not count"
    )


def run(options: argparse.Namespace) -> int:
    """Scan, and write what was found."""
    if source(options) == "database":
        return database_clusters.run(options)
    try:
        arguments = scan_arguments(options)
    except UsageError as error:
        raise named_as_options(error) from error
    return _own_files(options, arguments)


def source(options: argparse.Namespace) -> str:
    """Where the data are: `files` or `database`.

    Raises
    ------
    UsageError
        Neither is said, or both, or one of the two files is missing.
    """
    files = [name for name in FILES if getattr(options, name, None) is not None]
    database = [name for name in RECORDS if getattr(options, name, None) is not None]
    if database and "population" in files:  # the database has none
        files.remove("population")
    if files and database:
        raise UsageError(
            f"{_option(files[0])} is for your own files and {_option(database[0])} for the database: "
            "take one or the other"
        )
    if database:
        for name in MORE:
            if getattr(options, name, None) is not None:
                raise UsageError(f"{_option(name)} is for your own files, and not yet for the database")
        _no_days_to_declare(options)
        return "database"
    missing = [name for name in ("cases", "locations") if name not in files]
    if missing:
        raise UsageError(f"clusters needs {' and '.join(f'{_option(name)} FILE' for name in missing)}")
    return "files"


def _no_days_to_declare(options: argparse.Namespace) -> None:
    for name in ("dates", "era"):
        if getattr(options, name, None) and getattr(options, "population", None) is None:
            raise UsageError(f"{_option(name)} says how files write days, and no file is named")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _own_files(options: argparse.Namespace, arguments: dict[str, Any]) -> int:
    from dashboard.services.own_files import scan as scan_files  # noqa: PLC0415 - other commands need no frames

    paths = {name: getattr(options, name) for name in FILES}
    declared = scan_files.Declared(options.dates, options.era)
    files = scan_files.read_files(**paths, covariates=arguments["covariates"], declared=declared)
    for far in files.far_days():
        say(
            f"{files.cases.path.name}, {scan_files.named_rows(far['rows'])}: {far['day']} lies far from all "
            "other days; if its year is wrong, so is the period"
        )
    for name, usual in MORE.items():
        given = getattr(options, name, None)
        arguments[name] = usual if given is None else given
    check_out(options, [path for path in paths.values() if path], files.why_not_on_a_map())
    if "model" not in arguments:
        arguments["model"] = files.default_model()
        say(f"model {arguments['model']}, which suits the columns of the files; --model takes another")
    arguments.setdefault(
        "time", default_time(arguments["model"], purely_temporal=arguments["purely_temporal"])
    )
    end = arguments.get("end")
    quiet = 0 if end is None else files.days_without_cases(end, declared.today)
    if quiet > _QUIET:
        say(f"the last {quiet} days of the period hold no case; if the file ends earlier, end --to there")
    with working(options) as executor, progress() as show:
        result = scan_files.detect(files, arguments | {"executor": executor}, show)
    deliver(scan_files.make_export(files, result), options)
    return 0
