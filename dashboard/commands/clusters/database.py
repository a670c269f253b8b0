"""`clusters` on the database: the same run as a page's, worked on at once and kept under its id."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import Any

from dashboard.cluster_filters import CASES_ARE, read_cluster_query
from dashboard.commands.clusters.output import check_out, deliver, progress
from dashboard.commands.output import say
from dashboard.filters import BY
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.settings import Settings
from surveillance.diseases import DISEASES
from surveillance.errors import StatisticsError, UsageError
from surveillance.vocabulary import PLACES

#: Options that say which records; names in the namespace.
OPTIONS = ("disease", "by", "place", "cases_are")
_SAME = (
    "disease", "by", "place", "cases_are", "model", "time", "time_unit", "min_duration", "max_duration",
    "max_population_share", "max_reported_share", "max_radius_km", "rates", "min_cases", "earlier_analyses",
    "replicates", "seed", "limit_by",
)  # fmt: skip
#: Options as they are written, by what an address calls them.
_OPTION = {name: f"--{name.replace('_', '-')}" for name in (*_SAME, "purely_temporal") if "_" in name}
_NAMED = re.compile(rf"\b({'|'.join(_OPTION)})\b")


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare which records of the database are scanned."""
    own = command.add_argument_group("the database")
    own.add_argument("--disease", choices=tuple(DISEASES), help="records of this disease")
    own.add_argument("--by", choices=BY, help="what a location is")
    own.add_argument("--place", choices=PLACES, help="which province of a record counts (default: care)")
    own.add_argument(
        "--cases-are",
        choices=CASES_ARE,
        help="records found positive, or all of the disease; positive unless no test is recorded",
    )


def question(options: argparse.Namespace) -> Mapping[str, str | None]:
    """The options as named texts, as an address has them."""
    given: dict[str, Any] = {name: getattr(options, name) for name in _SAME}
    given |= {"from": options.start, "to": options.end, "covariates": ",".join(options.covariates)}
    given["purely_temporal"] = "yes" if options.purely_temporal else None
    return {name: None if value is None else str(value) for name, value in given.items()}


def run(options: argparse.Namespace) -> int:
    """Scan the records, keep the run, and write what was found."""
    if options.disease is None or options.by is None:
        raise UsageError("clusters of the database need --disease and --by")
    try:
        return _run(options)
    except UsageError as error:
        said = str(error)
        raise UsageError(_NAMED.sub(lambda found: _OPTION[found[0]], said), error.parameter) from error


def _run(options: argparse.Namespace) -> int:
    from dashboard.services.clusters import export as cluster_exports  # noqa: PLC0415 - loads pandas
    from dashboard.services.clusters import queue as cluster_queue  # noqa: PLC0415 - loads pandas
    from dashboard.services.clusters import runs as clusters  # noqa: PLC0415 - loads pandas

    query = read_cluster_query(question(options))
    people, source = _population(options)
    check_out(options)
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    number, new = clusters.ask(database, grant, query, at_once=True, population=source.get("sha256"))
    if new:
        with progress() as show:
            more = {"workers": options.threads, "population": people, "source": source}
            cluster_queue.work_on(database, grant, number, show, **more)
    ended = clusters.status(database, grant, number)
    if ended.problem or ended.status != "done":
        raise ended.problem or StatisticsError(f"run {number} was {ended.status}")
    if options.model is None:
        say(f"model {ended.query.model}, cases: {ended.query.cases_are}; --model takes another")
    kind = options.out.suffix.lstrip(".") if options.out else options.format or "table"
    export = cluster_exports.export(database, grant, number, kind, language="en", link=ended.path)
    deliver(export, options)
    return 0


def _population(options: argparse.Namespace) -> tuple[Any, dict[str, str]]:
    """The table of people, its file's name and fingerprint; the database has none."""
    if options.population is None:
        return None, {}
    from dashboard.services.own_files import scan as scan_files  # noqa: PLC0415 - loads pandas

    declared = scan_files.Declared(options.dates, options.era)
    sheet = scan_files.read_population(options.population, options.covariates, declared)
    return sheet.frame, {"file": sheet.path.name, "sha256": sheet.sha256}
