"""What a stored run scanned, read again as it was: for the folder that SaTScan opens."""

from __future__ import annotations

from dashboard.cluster_filters import POISSON, ClusterQuery
from dashboard.exports.inputs import Inputs
from dashboard.exports.satscan import NOT_KEPT
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters.across.joined import joined, sent_to
from dashboard.services.clusters.data import gather, places_version
from dashboard.services.clusters.nearness.along import along_of
from dashboard.services.clusters.shares import counted
from dashboard.services.clusters.shares.asked import day_of
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.places.remote_group import stays_of_run
from dashboard.services.routes.held import without_file
from db.clusters.runs import Run
from db.core.engine import Database
from surveillance.errors import UsageError
from surveillance.texts import N_

NOT_KEPT_WAYS = N_(
    "a run along roads or flows of a file has no folder for SaTScan, since their table is not kept: import "
    "it (routes import) and choose along, or scan your own files, with --out FILE.zip"
)
CHANGED = N_(
    "the records or places of this run have changed since, so that what it scanned cannot be written any "
    "more: ask again, and take the new run"
)


def inputs(database: Database, grant: Grant, run: Run) -> Inputs:
    """What a run scanned.

    Raises
    ------
    NotPermittedError
        The account is shown no such numbers, or the disease has no line list.
    UsageError
        It was scanned with a table of people, which is not kept, or the records have changed since.
    """
    query = ClusterQuery.from_canonical(run.query)
    grant.check(Permission.EXPORT_TABLES)
    disclosed.check_line_list(grant, query.disease)
    if query.model == POISSON:
        raise UsageError(NOT_KEPT)
    if "ways" in run.parameters and query.along is None:
        raise UsageError(NOT_KEPT_WAYS)
    stays = stays_of_run(database, query, run.places_version)
    with database.reading() as connection:
        head = without_file(run.places_version).partition(".")[0]
        if not places_version(connection).startswith(head):
            raise UsageError(CHANGED)
        if query.indicator is None:
            sent = sent_to(connection, run.scope, query, run.places_version)
            span = sent.span if sent else None
            data = gather(connection, run.scope, query, run.data_version, stays=stays, across=span)
            data = joined(query, data, sent).data
    if query.indicator is not None:
        data = counted.gather(database, run.scope, query, day_of(run.made_at)).data
    with database.reading() as connection:
        along = along_of(connection, query, data.end, run.places_version, data.locations["location"])
    held = disclosed.scanned(grant, query.disease, Undisclosed(data))
    sums = int(held.cases["count"].sum()), int(held.cases["tested"].sum()) if query.indicator else None
    if sums != (run.parameters.get("cases"), run.parameters.get("tested") if query.indicator else None):
        raise UsageError(CHANGED)
    silent = held.silent if run.parameters.get("silence_adjusted") and len(held.silent) else None
    ways = {} if along is None else along.arguments()
    return Inputs([held.cases], held.locations, silent=silent, **ways)
