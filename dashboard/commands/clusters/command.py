"""`clusters`: Kulldorff's scan statistics, on a person's own files or on the database."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.cluster_filters import ClusterQuery
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
FILES = (
    "cases",
    "locations",
    "population",
    "neighbours",
    "network",
    "relative_risks",
    "silences",
    "flows",
    "satscan",
)
#: Options for a person's own files alone, and what each is where it is not given.
MORE = {"network_order": "shortest"}
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
    own.add_argument(
        "--cases",
        type=Path,
        action="append",
        metavar="FILE",
        help="location,count[,date][,tested][,covariates]; several times for several data sets",
    )
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
        "--flows",
        type=Path,
        metavar="FILE",
        help="from,to,people: who went from one location to another, in place of positions: zones grow along "
        "their ways",
    )
    group.add_argument(
        "--relative-risks",
        type=Path,
        metavar="FILE",
        help="location,from,to,relative_risk, known beforehand; poisson: expected cases are multiplied by it",
    )
    group.add_argument(
        "--silences", type=Path, metavar="FILE", help="location,from,to: times in which no report came"
    )
    group.add_argument(
        "--satscan",
        type=Path,
        metavar="FILE.prm",
        help="SaTScan's parameter file, which names the tables and says what is scanned",
    )


def run(options: argparse.Namespace) -> int:
    """Scan, and write what was found."""
    if source(options) == "database":
        return database_clusters.run(options)
    if options.satscan is not None:
        return _satscan(options)
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
    if database:  # it has no people, and no roads
        files = [name for name in files if name not in ("population", "network", "flows")]
    if files and database:
        raise UsageError(
            f"{_option(files[0])} is for your own files and {_option(database[0])} for the database: "
            "take one or the other"
        )
    if database:
        for name in MORE:
            if getattr(options, name, None) is not None and options.network is None:
                raise UsageError(f"{_option(name)} goes with --network")
        _no_days_to_declare(options)
        return "database"
    if "satscan" in files:
        _alone(options, files)
        return "files"
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

    paths = {name: getattr(options, name) for name in FILES if name != "satscan"}
    declared = scan_files.Declared(options.dates, options.era)
    files = scan_files.read_files(**paths, covariates=arguments["covariates"], declared=declared)
    _say_far_days(files)
    for name, usual in MORE.items():
        given = getattr(options, name, None)
        arguments[name] = usual if given is None else given
    check_out(options, [sheet.path for sheet in files.given().values()], files.why_not_on_a_map())
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


def _say_far_days(files: Any) -> None:
    from dashboard.services.own_files.days import named_rows  # noqa: PLC0415

    for far in files.far_days():
        say(
            f"{far.get('file', files.cases.path.name)}, {named_rows(far['rows'])}: {far['day']} lies far "
            "from all other days; if its year is wrong, so is the period"
        )


def _alone(options: argparse.Namespace, files: list[str]) -> None:
    """Refuse other options of the scan beside SaTScan's parameter file, which says them all.

    Raises
    ------
    UsageError
        One is given.
    """
    said = [name for name in (*files, *MORE) if name != "satscan" and getattr(options, name) is not None]
    said += [name for name in ClusterQuery.names() if getattr(options, name) not in (None, False, ())]
    if said:
        raise UsageError(f"--satscan says everything that is scanned: leave {_option(said[0])} out")


def _satscan(options: argparse.Namespace) -> int:
    """Scan what SaTScan's parameter file asks for."""
    from dashboard.services.own_files import scan as scan_files  # noqa: PLC0415
    from dashboard.services.own_files.satscan.reading import read_scan  # noqa: PLC0415

    found = read_scan(options.satscan, scan_files.Declared(options.dates, options.era))
    for note in found.notes:
        say(note)
    _say_far_days(found.files)
    inputs = [options.satscan, *(sheet.path for sheet in found.files.given().values())]
    check_out(options, inputs, found.files.why_not_on_a_map())
    with progress() as show:
        result = scan_files.detect(found.files, found.arguments | {"workers": options.threads}, show)
    deliver(scan_files.make_export(found.files, result), options)
    return 0
