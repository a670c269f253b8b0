"""Verifying the database, and mending its cubes."""

from __future__ import annotations

from dashboard.permissions import Grant, Permission
from db.clusters import across
from db.core.engine import Database
from db.cubes.update import Progress
from db.maintenance.verify import CubeDifference, Verification
from db.maintenance.verify import verify as verify_database
from db.operations import audit, outbox
from db.reception import check, store


def verify(
    database: Database, grant: Grant, *, rebuild: bool = False, progress: Progress | None = None
) -> Verification:
    """Compare every cube with the records, and receipts with what is stored; with `rebuild`, mend the cubes.

    Nothing but a line of the trail is written without `rebuild` and no reader waits. A rebuild is one
    transaction; files wait for it.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    """
    grant.check(Permission.IMPORT_FILES)
    with database.writing() if rebuild else database.snapshot() as connection:
        found = verify_database(connection, rebuild=rebuild, progress=progress)
        found.other += across.problems(connection, database)
        found.cubes += _arrivals(database, rebuild=rebuild)
        found.rebuilt = rebuild and bool(found.cubes)
        detail = {"cubes": {d.cube: d.cells for d in found.cubes}, "other": len(found.other)}
        detail |= {"rebuilt": found.rebuilt}
        if rebuild:
            outbox.write(connection, database, grant.actor, "verify", detail)
    if rebuild:
        outbox.carry(database)
    else:
        audit.record(database, grant.actor, "verify", detail)
    return found


def _arrivals(database: Database, *, rebuild: bool) -> list[CubeDifference]:
    """What differs between the entries of reception centres, their records and the sums of these."""
    with store.checking(database, mending=rebuild) as connection:
        found = check.check(connection, rebuild=rebuild)
    return [CubeDifference(one.table, one.rows, one.examples) for one in found]
