"""`clusters` on the database: the same run as a page's, worked on at once and kept under its id."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.cluster_filters import ClusterQuery
from dashboard.commands.clusters.options import named_as_options, working
from dashboard.commands.clusters.output import check_out, deliver, progress
from dashboard.commands.output import say
from dashboard.exports.satscan import FOLDER, NOT_KEPT
from dashboard.permissions import Grant
from dashboard.questions import options_given
from dashboard.settings import Settings
from surveillance.errors import StatisticsError, UsageError


def run(options: argparse.Namespace) -> int:
    """Scan the records, keep the run, and write what was found."""
    if options.indicator is None and (options.disease is None or options.by is None):
        raise UsageError(
            "clusters of the database need --disease and --by, or --indicator in place of the disease"
        )
    try:
        return _run(options)
    except UsageError as error:
        raise named_as_options(error) from error


def _run(options: argparse.Namespace) -> int:
    from dashboard.services import store  # noqa: PLC0415 - loads the database
    from dashboard.services.clusters import export as cluster_exports  # noqa: PLC0415 - loads pandas
    from dashboard.services.clusters import queue as cluster_queue  # noqa: PLC0415 - loads pandas
    from dashboard.services.clusters import runs as clusters  # noqa: PLC0415 - loads pandas

    query = ClusterQuery.read(options_given(options, ClusterQuery))
    people, source = _population(options, query.covariates)
    check_out(options)
    if people is not None and options.out is not None and options.out.suffix.lower() == f".{FOLDER}":
        raise UsageError(NOT_KEPT)
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    nearness, of_ways = _nearness(options)
    if nearness and query.along is not None:
        raise UsageError("--along takes the imported roads or flows: leave --network and --flows out")
    source |= of_ways
    number, new = clusters.ask(
        database, grant, query, at_once=True, population=source.get("population_sha256"),
        nearness=" ".join(of_ways.values()) or None,
    )  # fmt: skip
    if new:
        with working(options) as executor, progress() as show:
            more = {"workers": options.threads, "population": people, "source": source, "executor": executor}
            more["nearness"] = nearness
            cluster_queue.work_on(database, grant, number, show, **more)
    ended = clusters.status(database, grant, number)
    if ended.problem or ended.status != "done":
        raise ended.problem or StatisticsError(f"run {number} was {ended.status}")
    if query.indicator is not None:
        say(f"shares of {query.indicator} by {query.by}, {ended.query.time_unit} by {ended.query.time_unit}")
    elif options.model is None:
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
    return sheet.frame, {"population_file": sheet.path.name, "population_sha256": sheet.sha256}


def _nearness(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, str]]:
    """The table of roads, or of people who went, its file's name and fingerprint."""
    given = [name for name in ("network", "flows") if getattr(options, name) is not None]
    if not given:
        return {}, {}
    if len(given) > 1:
        raise UsageError("--network and --flows each say who is near whom: take one of them")
    from dashboard.services.own_files import scan as scan_files  # noqa: PLC0415 - loads pandas

    name = given[0]
    sheet = scan_files.read_ways(getattr(options, name), name)
    said = {f"{name}_file": sheet.path.name, f"{name}_sha256": sheet.sha256}
    if name == "network":
        said["network_order"] = options.network_order or "shortest"
    return {name: sheet.frame}, said
