"""What a stored run scanned, read again as it was: for the folder that SaTScan opens."""

from __future__ import annotations

from dashboard.cluster_filters import POISSON, ClusterQuery
from dashboard.exports.inputs import Inputs
from dashboard.exports.satscan import NOT_KEPT
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters.data import gather, places_version
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters.runs import Run
from db.core.engine import Database
from surveillance.errors import UsageError
from surveillance.texts import N_

NOT_KEPT_WAYS = N_(
    "a run along roads or flows has no folder for SaTScan, since their table is not kept: scan your own "
    "files, with --out FILE.zip"
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
    if "ways" in run.parameters:
        raise UsageError(NOT_KEPT_WAYS)
    with database.reading() as connection:
        if places_version(connection) != run.places_version:
            raise UsageError(CHANGED)
        data = gather(connection, run.scope, query, run.data_version)
    held = disclosed.scanned(grant, query.disease, Undisclosed(data))
    if int(held.cases["count"].sum()) != run.parameters.get("cases"):
        raise UsageError(CHANGED)
    silent = held.silent if run.parameters.get("silence_adjusted") and len(held.silent) else None
    return Inputs([held.cases], held.locations, silent=silent)
