"""What to do this morning: the most pressing thing, in one line, by a fixed order (docs/methods.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import url_for

from dashboard.components.clusters.watched import WatchView
from dashboard.components.coverage.first_page import Notice
from dashboard.messages import Translate
from dashboard.services.clusters.watch import Watch
from dashboard.services.today.decisions import Decisions
from surveillance.clusters.changes import GROWING, NEW

#: What presses, the first before the second: people who fall ill now, then what was promised, then care.
KINDS = ("cluster", "cases", "decision", "task", "share", "provinces", "silent")
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
    t: Translate,
) -> Notice | None:
    """The one line of the first page."""
    return most_pressing([*_of_clusters(found, clusters, t), *_of_decisions(decisions, t), *notices])


def _of_clusters(found: Watch | None, shown: WatchView | None, t: Translate) -> Iterator[Notice]:
    """New and growing clusters of the newest data; one that was never looked for before is new."""
    if found is None or shown is None:
        return
    for one, row in zip(found.clusters, shown.rows, strict=True):
        if one.older or one.change not in (NEW, None, GROWING):
            continue
        text = t("Growing cluster: {cluster}") if one.change == GROWING else t("New cluster: {cluster}")
        yield Notice(
            text.format(cluster=f"{row.title}: {row.where}"),
            row.strength,
            url_for("clusters.cluster", number=one.run, rank=one.rank),
            "act",
            "cluster",
        )


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
