"""`clusters` on the database: the same run as a page's, worked on at once and kept under its id."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.cluster_filters import ClusterQuery
from dashboard.commands.clusters.options import named_as_options
from dashboard.commands.clusters.output import check_out, deliver, progress
from dashboard.commands.output import say
from dashboard.exports.satscan import FOLDER, NOT_KEPT
from dashboard.permissions import Grant
from dashboard.questions import options_given
from dashboard.services import store
from dashboard.settings import Settings
from surveillance.errors import StatisticsError, UsageError


def run(options: argparse.Namespace) -> int:
    """Scan the records, keep the run, and write what was found."""
    if options.disease is None or options.by is None:
        raise UsageError("clusters of the database need --disease and --by")
    try:
        return _run(options)
    except UsageError as error:
        raise named_as_options(error) from error


def _run(options: argparse.Namespace) -> int:
    from dashboard.services.clusters import export as cluster_exports  # noqa: PLC0415 - loads pandas
    from dashboard.services.clusters import queue as cluster_queue  # noqa: PLC0415 - loads pandas
    from dashboard.services.clusters import runs as clusters  # noqa: PLC0415 - loads pandas

    query = ClusterQuery.read(options_given(options, ClusterQuery))
    people, source = _population(options, query.covariates)
    check_out(options)
    if people is not None and options.out is not None and options.out.suffix.lower() == f".{FOLDER}":
        raise UsageError(NOT_KEPT)
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


def _population(options: argparse.Namespace, covariates: tuple[str, ...]) -> tuple[Any, dict[str, str]]:
    """The table of people, its file's name and fingerprint; the database has none."""
    if options.population is None:
        return None, {}
    from dashboard.services.own_files import scan as scan_files  # noqa: PLC0415 - loads pandas

    declared = scan_files.Declared(options.dates, options.era)
    sheet = scan_files.read_population(options.population, covariates, declared)
    return sheet.frame, {"file": sheet.path.name, "sha256": sheet.sha256}
