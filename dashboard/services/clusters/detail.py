"""One cluster in depth: its curve, its mobility groups, and for those entitled the records behind it."""

from __future__ import annotations

from collections import Counter
from datetime import date

from dashboard.cluster_filters import BERNOULLI, REACHED, ClusterQuery
from dashboard.permissions import Grant, Permission
from dashboard.services import line_lists
from dashboard.services.clusters.across.kept import places_across
from dashboard.services.clusters.locations import places
from dashboard.services.clusters.models import Cluster, ClusterDetail, Group, LineList, Point
from dashboard.services.clusters.runs import check, own, public, read_clusters, told
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.places.remote_group import stays_of_run
from db.clusters import case_counts
from db.clusters import results as cluster_results
from db.clusters.case_counts import LINE_COLUMNS, CaseQuery
from db.clusters.runs import Run
from db.core.engine import Connection, Database
from db.cubes import archived_sums
from db.operations import audit
from db.operations.lease_queue import DONE
from surveillance.errors import NotPermittedError, StatisticsError, UsageError
from surveillance.strata import CODE, MASK, SHIFT
from surveillance.texts import N_
from surveillance.vocabulary import AXES, HIDDEN, shown_value, shown_values

#: Records that a line list shows at most.
MOST_LINES = 5_000
#: Why there are neither records nor groups of an old cluster, in words.
NO_LONGER_HELD = N_(
    "The records of visits before {held} are sealed: they are no longer held one by one, only their sums are."
)

NO_RECORDS_OF_SHARE = N_("An indicator is kept as numbers by place and time: there is no list of records.")


def detail(database: Database, grant: Grant, number: str, rank: int) -> ClusterDetail:
    """One cluster of a run; audited.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    UsageError
        There is no such run or cluster, or it is another scope's.
    """
    run, cluster = _find(database, grant, number, rank)
    query = ClusterQuery.from_canonical(run.query)
    left_out = [item["location"] for item in told(database, grant, run).not_scanned]
    asked = _question(database, run, query, cluster)
    with database.reading() as connection:
        held = _sealed(connection, cluster)
        bare = held or query.indicator  # an indicator is kept without groups
        counted = Undisclosed([]) if bare else _groups(connection, grant, asked, query, cluster, left_out)
        groups, withheld = disclosed.groups(grant, query.disease, counted)
        known = places(connection, grant.scope, query.dimension) | places_across(run.parameters)
    curve = _points(disclosed.curve(grant, Undisclosed(cluster_results.curve(database, number, rank))))
    audit.record(database, grant.actor, "cluster seen", {"run": number, "rank": rank})
    shown = tuple(Group(*row) for row in groups)
    return ClusterDetail(public(run), cluster, curve, shown, known, withheld, held)


def _sealed(connection: Connection, cluster: Cluster) -> date | None:
    """First day that is held, where a cluster reaches back before it; None where all its records are held."""
    held = archived_sums.held_from(connection)
    return held if held is not None and (cluster.start is None or cluster.start < held) else None


def _find(database: Database, grant: Grant, number: str, rank: int) -> tuple[Run, Cluster]:
    run = own(database, grant, number)
    if run.status == DONE:
        for cluster in read_clusters(told(database, grant, run), public(run)):
            if cluster.rank == rank:
                return run, cluster
    raise UsageError("run {run} has no cluster {rank}", run=number, rank=rank)


def _points(curve: dict[str, list]) -> tuple[Point, ...]:
    if not curve:
        return ()
    many = len(curve["start"])
    columns = [
        [date.fromisoformat(day) for day in curve["start"]],
        *(curve[name] for name in ("inside", "outside", "expected")),
        *(curve.get(name, [None] * many) for name in ("tested_inside", "tested_outside")),
    ]
    return tuple(Point(*values) for values in zip(*columns, strict=True))


def _question(database: Database, run: Run, query: ClusterQuery, cluster: Cluster) -> CaseQuery:
    """The records of a cluster's dates, as the run saw them."""
    stays = stays_of_run(database, query, run.places_version)
    return CaseQuery(query.disease, query.dimension, run.data_version, cluster.start, cluster.end, stays)


def _cases(query: ClusterQuery) -> case_counts.States:
    """What makes a record a case of this run."""
    if query.cases_are == "all":
        return None
    if query.cases_are in REACHED:
        return case_counts.reached_states(str(query.cases_are))[0]
    return case_counts.POSITIVE if query.model == BERNOULLI else case_counts.FOUND


def _groups(
    connection: Connection,
    grant: Grant,
    asked: CaseQuery,
    query: ClusterQuery,
    cluster: Cluster,
    left_out: list[str],
) -> Undisclosed[list[disclosed.GroupCounts]]:
    """Cases by each value of each axis, in the vocabulary's order; an axis that is not kept is left out.

    Locations that were not scanned are on neither side.
    """
    rows = case_counts.by_stratum(
        connection,
        grant.scope,
        asked,
        cluster.locations,
        _cases(query),
        left_out,
    )
    counts: Counter[tuple[bool, str, str]] = Counter()
    for inside, stratum, count in rows:
        for axis, shift in SHIFT.items():
            counts[inside, axis, shown_value(axis, CODE[axis][(stratum >> shift) & MASK])] += count
    hidden = {axis for _, axis, value in counts if value == HIDDEN}
    return Undisclosed(
        [
            (axis, value.code, counts[True, axis, value.code], counts[False, axis, value.code])
            for axis in AXES
            if axis not in hidden
            for value in shown_values(axis)
        ]
    )


def line_list(
    database: Database, grant: Grant, number: str, rank: int, *, reason: str, most: int
) -> LineList:
    """The cases of a cluster, one row each, as the run saw them; audited with the reason.

    `most`: how many looks into records an account may have within an hour.

    Raises
    ------
    NotPermittedError
        The grant does not hold line lists, or the disease has none.
    UsageError
        There is no such run or cluster, or it is another scope's.
    TooManyError
        The account had its number of looks.
    StatisticsError
        Its records are no longer held.
    """
    check(database, grant, Permission.SEE_LINE_LIST, number)
    run, cluster = _find(database, grant, number, rank)
    query = ClusterQuery.from_canonical(run.query)
    if query.indicator:
        raise UsageError(NO_RECORDS_OF_SHARE)
    try:
        disclosed.check_line_list(grant, query.disease)
    except NotPermittedError:
        audit.record(database, grant.actor, "refused", {"run": number, "why": "HIV or syphilis"})
        raise
    line_lists.count(database, grant.actor, most)
    asked = _question(database, run, query, cluster)
    with database.reading() as connection:
        if held := _sealed(connection, cluster):
            raise StatisticsError(NO_LONGER_HELD, held=held)
        rows = case_counts.lines(
            connection,
            grant.scope,
            asked,
            cluster.locations,
            _cases(query),
            MOST_LINES + 1,
        )
    shown = tuple({"number": number} | row for number, row in enumerate(rows[:MOST_LINES], start=1))
    audit.record(
        database,
        grant.actor,
        line_lists.SEEN,
        {"run": number, "rank": rank, "records": len(shown), "reason": reason},
    )
    return LineList(("number", *LINE_COLUMNS), shown, len(rows) > MOST_LINES)
