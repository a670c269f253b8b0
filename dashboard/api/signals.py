"""Clusters with their runs, alerts and releases: for those whose pages show them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic.dataclasses import dataclass
from werkzeug.exceptions import Conflict, NotFound

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked, Nothing
from dashboard.api.resource import Resource
from dashboard.exports import columns as exports
from dashboard.exports.columns import Column
from dashboard.parameters import OneOf
from dashboard.permissions import Permission
from dashboard.questions import STRICT, Question
from dashboard.services.alerts import known, register
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.models import ClusterResult, ClusterRun
from dashboard.services.releases import desk
from dashboard.services.today import alert_signals
from surveillance.errors import UsageError
from surveillance.texts import N_

NOT_DONE = N_("This run is not done: {status}.")
_RUN = re.compile(r"[0-9a-f]{12}")
_DONE = "done"
Found = TypeVar("Found")
_RUNS = (
    Column("run", "text", "its id"),
    Column("made_at", "text", "when it was asked for (UTC)"),
    Column("finished_at", "text", "when it ended; empty: it has not"),
    Column("status", "text", "waiting, running, done, failed or cancelled"),
    Column("disease", "text", "code of the disease; empty: an indicator of several, or of none"),
    Column("by", "text", "kind of location"),
    Column("place", "text", "which place of a record counts"),
    Column("model", "text", "model of chance"),
    Column("time", "text", "in space, in time, or both"),
    Column("start", "date", "first day of the study period; empty until it is done"),
    Column("end", "date", "last day"),
    Column("standing", "text", "`yes` where the system asked for it"),
    Column("data_version", "count", "newest file that was counted"),
    Column("engine_version", "count", "version of the engine"),
    Column("indicator", "text", "id of the indicator whose share was compared; empty: cases were"),
)
_TRACE = {"run_id", "note"}
_CLUSTERS = (
    *(column for column in exports.CLUSTERS if column.name not in _TRACE),
    Column("key", "text", "the same in every run that the cluster goes on through"),
    Column("change", "text", "against the run before"),
)
_MEMBERS = tuple(column for column in exports.MEMBERS if column.name not in _TRACE)
_ALERTS = (
    Column("alert", "count", "its number"),
    Column("rule", "text", "rule that raised it"),
    Column("disease", "text", "code of the disease"),
    Column("level", "text", "kind of place"),
    Column("place", "text", "code of the place"),
    Column("province", "text", "P-code of its province; empty: the whole country"),
    Column("facility", "text", "number of its facility"),
    Column("immediate", "text", "`yes` where it is told at once"),
    Column("raised_at", "text", "when it was raised (UTC)"),
    Column("first", "date", "first day that the rule counted"),
    Column("day", "date", "day that the alert is of"),
    Column("first_case", "date", "day of its first case"),
    Column("count", "count", "cases that the rule counted"),
    Column("threshold", "number", "what the rule compares with"),
    Column("last_day", "date", "last day on which it grew"),
    Column("last_count", "count", "cases then"),
    Column("in_outbreaks", "count", "those of them that are in a known outbreak already"),
    Column("owned", "text", "`yes` where somebody looks after it"),
    Column("looked_at", "text", "when it was first looked at (UTC)"),
    Column("verified", "text", "`yes` or `no`; empty: not judged"),
    Column("outcome", "text", "what became of it; empty: it is open"),
    Column("closed_at", "text", "when it was closed (UTC)"),
)
_ELSEWHERE = (
    Column("alert", "count", "its number"),
    Column("disease", "text", "code of the disease"),
    Column("province", "text", "P-code of its province; empty: the whole country"),
    Column("raised", "text", "`week` or `quarter` in which it was raised"),
    Column("from", "date", "first day of that week or quarter"),
    Column("state", "text", "`open`, `verified` or `closed`"),
    Column("fewest", "count", "fewest cases that it can have; empty: not told"),
    Column("most", "count", "most cases; empty: not told, or without an end"),
)
_RELEASES = (
    Column("release", "count", "its number"),
    Column("status", "text", "waiting, working, done, failed or cancelled"),
    Column("since", "date", "first day of its records"),
    Column("until", "date", "last day of its records"),
    Column("thresholds", "text", "fewest people that it tells of, one for each kind of reader"),
    Column("made_at", "text", "when it was asked for (UTC)"),
    Column("audit_passed", "text", "`yes` or `no`; empty: not audited"),
    Column("issued_at", "text", "when it was issued (UTC); empty: it was not"),
    Column("digest", "text", "fingerprint of its content"),
)


@dataclass(frozen=True, config=STRICT)
class Alerts(Question):
    """Alerts, the open or the closed ones where it is said."""

    state: Annotated[str | None, OneOf(("open", "closed"), help="all, if not given")] = None


def runs(asked: Asked, _: Nothing) -> Answer:
    """The newest runs of cluster detection of the account's places."""
    rows = [_run(one) for one in clusters.listed(asked.database, asked.grant)]
    return Answer(_RUNS, rows)


def run(asked: Asked, _: Nothing) -> Answer:
    """The clusters that a run found."""
    found = _result(asked)
    names = {code: place.area.name(asked.language) for code, place in found.places.items()}
    rows = [
        {column.name: getattr(one, column.name, None) for column in _CLUSTERS}
        | {
            "centre_name": names.get(one.centre or "") or None,
            "locations": _joined(one.locations),
            "location_names": "; ".join(filter(None, (names.get(code, "") for code in one.locations))),
        }
        for one in found.clusters
    ]
    facts = {"run": _run(found.run), "previous": found.previous.id if found.previous else None}
    return Answer(_CLUSTERS, rows, {}, facts, data_until=found.run.end or "")


def members(asked: Asked, _: Nothing) -> Answer:
    """The locations of each cluster that a run found."""
    found = _result(asked)
    rows: list[dict[str, Any]] = []
    for one in found.clusters:
        for member in one.members:
            place = found.places.get(member.location)
            at = place.position if place else None
            rows.append(
                {column.name: getattr(member, column.name, None) for column in _MEMBERS}
                | {
                    "cluster": one.rank,
                    "name": place.area.name(asked.language) if place else None,
                    "latitude": at[0] if at else None,
                    "longitude": at[1] if at else None,
                }
            )
    return Answer(_MEMBERS, rows, {}, {"run": _run(found.run)}, data_until=found.run.end or "")


def alerts(asked: Asked, query: Alerts) -> Answer:
    """Alerts that the account is shown, the newest first."""
    open_ = None if query.state is None else query.state == "open"
    held = register.every(asked.database, asked.grant, open_=open_)
    inside = known.in_outbreaks(asked.database, asked.grant, held)
    rows = [
        {column.name: getattr(one, column.name, None) for column in _ALERTS}
        | {
            "alert": one.id,
            "in_outbreaks": inside[one.id],
            "immediate": _yes(one.immediate),
            "owned": _yes(one.owner is not None),
            "verified": None if one.verified is None else _yes(one.verified),
        }
        for one in held
    ]
    return Answer(_ALERTS, rows, query.parameters())


def elsewhere(asked: Asked, _: Nothing) -> Answer:
    """What is told of alerts that the account is not shown, the newest first."""
    found = alert_signals.signals(asked.database, asked.grant)
    rows = [
        {
            "alert": one.number,
            "disease": one.disease,
            "province": one.area or None,
            "raised": one.kind,
            "from": one.period,
            "state": one.state,
            "fewest": one.size[0] if one.size else None,
            "most": one.size[1] if one.size else None,
        }
        for one in reversed(found)
    ]
    return Answer(_ELSEWHERE, rows)


def releases(asked: Asked, _: Nothing) -> Answer:
    """Every release, for those who prepare or issue them."""
    rows = [
        {column.name: getattr(one, column.name, None) for column in _RELEASES}
        | {
            "release": one.id,
            "thresholds": " ".join(map(str, one.thresholds)),
            "audit_passed": None if one.audit_passed is None else _yes(one.audit_passed),
        }
        for one in desk.listed(asked.database, asked.grant)
    ]
    return Answer(_RELEASES, rows, figures=False)


def _run(one: ClusterRun) -> dict[str, Any]:
    query = one.query
    return {
        "run": one.id,
        "made_at": one.made_at,
        "finished_at": one.finished_at,
        "status": one.status,
        "disease": query.disease or None,
        "by": query.by,
        "place": query.place,
        "model": query.model,
        "time": query.time,
        "start": one.start,
        "end": one.end,
        "standing": _yes(one.standing),
        "data_version": one.data_version,
        "engine_version": one.engine_version,
        "indicator": query.indicator,
    }


def _result(asked: Asked) -> ClusterResult:
    number = asked.values["run"]
    if not _RUN.fullmatch(number):
        raise NotFound
    held = _there(asked, lambda: clusters.status(asked.database, asked.grant, number))
    if held.status != _DONE:
        raise Conflict(asked.t(NOT_DONE).format(status=held.status))
    return clusters.result(asked.database, asked.grant, number)


def _there(asked: Asked, look: Callable[[], Found]) -> Found:
    """What is looked for; 404 where there is none, or it is of others."""
    try:
        return look()
    except UsageError as error:
        raise NotFound(error.in_words(asked.t)) from error


def _joined(codes: Any) -> str:
    return " ".join(f'"{code}"' if any(map(str.isspace, code)) else code for code in codes)


def _yes(value: object) -> str:
    return "yes" if value else "no"


_OF_CLUSTERS = (Permission.RUN_CLUSTERS,)
RESOURCES = (
    Resource(
        "clusters", "/clusters", "Runs of cluster detection", Nothing, _RUNS, runs, permissions=_OF_CLUSTERS
    ),
    Resource(
        "clusters/run",
        "/clusters/<run>",
        "Clusters that a run found",
        Nothing,
        _CLUSTERS,
        run,
        permissions=_OF_CLUSTERS,
    ),
    Resource(
        "clusters/run/members",
        "/clusters/<run>/members",
        "Locations of the clusters that a run found",
        Nothing,
        _MEMBERS,
        members,
        permissions=_OF_CLUSTERS,
    ),
    Resource(
        "alerts",
        "/alerts",
        "Alerts",
        Alerts,
        _ALERTS,
        alerts,
        permissions=(Permission.RUN_CLUSTERS, Permission.SEE_SMALL_COUNTS),
    ),
    Resource(
        "alerts/elsewhere",
        "/alerts/elsewhere",
        "Alerts that the account is not shown: that there is one, and no more",
        Nothing,
        _ELSEWHERE,
        elsewhere,
    ),
    Resource(
        "releases",
        "/releases",
        "Releases",
        Nothing,
        _RELEASES,
        releases,
        permissions=(Permission.PREPARE_RELEASE, Permission.ISSUE_RELEASE),
        one=True,
        figures=False,
    ),
)
