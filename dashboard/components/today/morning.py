"""What to do this morning: the most pressing thing, in one line, by a fixed order (docs/methods.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from flask import url_for

from dashboard.components.clusters.watched import WatchView
from dashboard.components.coverage.first_page import Notice
from dashboard.messages import Translate
from dashboard.services.clusters.watch import Watch, WatchedCluster
from dashboard.services.today.decisions import Decisions
from surveillance.clusters.changes import GROWING, NEW
from surveillance.texts import N_
from surveillance.windows import Window

#: What presses, the first before the second: people who fall ill now, then what was promised, then care.
KINDS = ("cluster", "cases", "decision", "task", "share", "provinces", "silent")
#: What to do about each.
TO_DO = {
    "cluster": N_("Ask these places whether more fell ill, then note what is decided."),
    "cases": N_("See which places they come from, ask these, then note what is decided."),
    "decision": N_("Ask its owner, and mark it as done or note another day."),
    "task": N_("Ask who looks after each case."),
    "share": N_("See in which provinces it fell, and ask these what changed."),
    "provinces": N_("Ask these provinces what changed, then note what is decided."),
    "silent": N_("Call those that are silent for longest."),
}
#: A cluster that began more weeks ago is nothing of this morning.
_LATELY = 26
#: Letters of a decision that the line shows.
_SHOWN = 80


def most_pressing(candidates: Sequence[Notice]) -> Notice | None:
    """The first of the kind that comes first in `KINDS`; None where nothing presses."""
    known = [one for one in candidates if one.kind in KINDS]
    return min(known, key=lambda one: KINDS.index(one.kind), default=None)


def morning(
    notices: Sequence[Notice],
    found: Watch | None,
    clusters: WatchView | None,
    decisions: Decisions,
    week: Window | None,
    t: Translate,
) -> Notice | None:
    """The one line of the first page. `week`: the last complete one of the data."""
    return most_pressing([*_of_clusters(found, clusters, week, t), *_of_decisions(decisions, t), *notices])


def _of_clusters(
    found: Watch | None, shown: WatchView | None, week: Window | None, t: Translate
) -> Iterator[Notice]:
    """New and growing clusters that began lately and go on, in the newest data."""
    if found is None or shown is None or week is None:
        return
    for one, row in zip(found.clusters, shown.rows, strict=True):
        if one.older or one.change not in (NEW, None, GROWING):
            continue
        if not goes_on(one, week):
            continue
        text = t("Cluster: {cluster}") if one.change is None else t("New cluster: {cluster}")
        if one.change == GROWING:
            text = t("Growing cluster: {cluster}")
        yield Notice(
            text.format(cluster=f"{row.title}: {row.where}"),
            row.strength,
            url_for("clusters.cluster", number=one.run, rank=one.rank),
            "act",
            "cluster",
        )


def goes_on(one: WatchedCluster, week: Window) -> bool:
    """Whether a cluster reaches into the last complete week of the data, and did not begin long before."""
    if one.start is None or one.end is None:
        return False
    return one.end >= week.first and one.start >= week.first - timedelta(weeks=_LATELY)


def _of_decisions(decisions: Decisions, t: Translate) -> Iterator[Notice]:
    overdue = decisions.overdue
    if overdue:
        first = overdue[0]
        text = first.text if len(first.text) <= _SHOWN else first.text[: _SHOWN - 1] + "…"
        yield Notice(
            t("Overdue: {decision}").format(decision=text),
            t("{who}, until {day}; overdue decisions: {count:,}").format(
                who=first.owner, day=first.due.isoformat(), count=len(overdue)
            ),
            url_for("decisions.listed"),
            "act",
            "decision",
        )
