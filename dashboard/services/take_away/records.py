"""Records under the map's filters, for those entitled: asked for with a reason, and audited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services import line_lists
from dashboard.services.coverage.periods import Period
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.disclosure import rules
from dashboard.services.line_lists import LONGEST, SHORTEST
from dashboard.services.places.remote_group import stays_of
from db.clusters import line_list
from db.clusters.case_counts import LINE_COLUMNS
from db.clusters.line_list import RecordQuery
from db.core.engine import Database
from db.cubes import archived_sums
from db.operations import audit
from surveillance.coverage.indicators import MEASURES
from surveillance.errors import NotPermittedError, UsageError

__all__ = ["COLUMNS", "LONGEST", "MOST", "SHORTEST", "check", "reason_of", "records"]
#: Most records of one file, by its format: a workbook is slow to make.
MOST: Mapping[str, int] = {"csv": 50_000, "xlsx": 20_000}
#: Columns of the file.
COLUMNS = ("number", *LINE_COLUMNS)


def check(database: Database, grant: Grant, query: CoverageQuery) -> None:
    """Refuse what has no records to take away; the refusal of a line list is audited.

    Raises
    ------
    NotPermittedError
        The grant does not hold line lists or exports, the disease has none, or the view is out of reach.
    UsageError
        An earlier day is asked for.
    """
    try:
        _check(grant, query)
    except NotPermittedError:
        audit.record(database, grant.actor, "refused", query.parameters() | {"why": "line list export"})
        raise
    if query.as_of is not None:
        raise UsageError("as_of: records are taken as they stand now; leave the day out", "as_of")


def _check(grant: Grant, query: CoverageQuery) -> None:
    grant.check(Permission.SEE_LINE_LIST)
    grant.check(Permission.EXPORT_TABLES)
    disclosed.check_line_list(grant, query.disease)
    if refused := rules.reason_hidden(grant, query):
        raise NotPermittedError(refused)


def reason_of(text: str) -> str:
    """A reason in one line.

    Raises
    ------
    UsageError
        It is too short or too long.
    """
    return line_lists.reason_of("", text)


def records(
    database: Database,
    grant: Grant,
    query: CoverageQuery,
    area: str | None,
    reason: str,
    kind: str,
    *,
    most: int,
) -> list[dict[str, Any]]:
    """The records that the question counts, of one area or of all, columns `COLUMNS`; audited.

    Raises
    ------
    NotPermittedError
        As with :func:`check`.
    TooManyError
        The account has looked at records `most` times within the hour.
    UsageError
        There is no reason, no period, or there are too many records; or some are no longer held one by one.
    """
    check(database, grant, query)
    said = reason_of(reason)
    line_lists.count(database, grant.actor, most)
    if query.start is None or query.end is None:
        raise UsageError("from: there are no records yet", "from")
    whole = Period.covering(query.start, query.end)
    wanted = RecordQuery(
        query.disease,
        query.dimension,
        whole.start,
        whole.end,
        area,
        MEASURES[query.measure].by_start,
        query.groups,
        stays_of(database, query),
    )
    with database.reading() as connection:
        held = archived_sums.held_from(connection)
        if held is not None and whole.start < held:
            raise UsageError(
                "from: the records of visits before {held} are sealed: they are no longer held one by one",
                "from",
                held=held,
            )
        many = line_list.count(connection, grant.scope, wanted)
        if many > MOST[kind]:
            raise UsageError(
                "there are {many} records, and a file of this kind holds at most {most}: take a shorter "
                "period, one area, or CSV",
                many=many,
                most=MOST[kind],
            )
        rows = [
            {"number": number} | row
            for number, row in enumerate(line_list.lines(connection, grant.scope, wanted), start=1)
        ]
    asked = query.parameters() | ({"area": area} if area else {})
    audit.record(
        database,
        grant.actor,
        line_lists.TAKEN,
        asked | {"reason": said, "records": len(rows), "format": kind},
    )
    return rows
