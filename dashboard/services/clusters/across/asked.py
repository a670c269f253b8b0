"""Who may ask for clusters on both sides, in which step, and on which files of neighbours a run rests."""

from __future__ import annotations

from dashboard.cluster_filters import ClusterQuery
from dashboard.cluster_filters.across import STEPS
from dashboard.permissions import Grant
from dashboard.services.disclosure import neighbours as disclosed
from dashboard.services.disclosure import rules
from db.core.engine import Connection, Database
from db.neighbours import store
from surveillance.errors import UsageError
from surveillance.texts import N_

NOT_ENTITLED = N_(
    "Clusters on both sides of the border hold counts that are not issued: your account is shown issued "
    "figures alone."
)
NONE_SENT = N_(
    "with_neighbours: no counts of this disease are held of provinces across the border; the custodian "
    "imports them (neighbours import)"
)
NONE_IN_STEP = N_(
    "with_neighbours: of provinces across the border no counts of this disease are held by {step}; choose "
    "the other unit of time"
)
#: Letters of the version of places that a run keeps.
_LONGEST = 16
_MARK = "~"
Files = tuple[int, int, int]


def reason_refused(grant: Grant, query: ClusterQuery) -> str:
    """Why both sides are not scanned for this person, in words; blank where they are, or nobody asks."""
    if not query.with_neighbours:
        return ""
    if reason := disclosed.reason(grant, query.disease):
        return reason
    return "" if rules.entitled(grant) else NOT_ENTITLED


def held(database: Database) -> bool:
    """Whether any area across the border is held."""
    with database.reading() as connection:
        return bool(store.levels(connection))


def usual_step(connection: Connection, query: ClusterQuery) -> str:
    """The unit of time of a question that names none: the step in which counts are held, weeks before months.

    Raises
    ------
    UsageError
        No counts of provinces are held, or none in the unit that was chosen.
    """
    levels = store.levels(connection)
    steps = {
        step
        for code, sent in store.steps_held(connection, query.disease).items()
        if levels.get(code) == "province"
        for step in sent
    }
    if not steps:
        raise UsageError(NONE_SENT, "with_neighbours")
    if query.time_unit is None:
        return next(step for step in STEPS if step in steps)
    if query.time_unit not in steps:
        raise UsageError(NONE_IN_STEP, "with_neighbours", step=query.time_unit)
    return query.time_unit


def with_files(connection: Connection, version: str) -> str:
    """What a run rests on beside the records: places, and the newest files of neighbours.

    A file that comes between asking and scanning changes nothing.
    """
    mark = _MARK + ".".join(map(str, store.newest(connection)))
    return version[: max(_LONGEST - len(mark), 0)] + mark


def files_of(version: str) -> Files:
    """The files of :func:`with_files`: of areas, of populations and of counts.

    >>> files_of("0123456789~3.0.12")
    (3, 0, 12)
    """
    areas, people, counts = map(int, version.partition(_MARK)[2].split("."))
    return areas, people, counts
