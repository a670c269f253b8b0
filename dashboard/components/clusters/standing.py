"""Where runs of cluster detection stand, and what the list of them says of each."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.components.clusters import words
from dashboard.components.clusters.form import problem
from dashboard.components.moments import local
from dashboard.messages import Translate
from dashboard.services.clusters.history import PastRun
from dashboard.services.clusters.models import ClusterRun

_MINUTE = 60


def standing(run: ClusterRun, t: Translate, ahead: int = 0) -> str:
    """Where a run stands, as a sentence. `ahead`: runs asked for before it that are not over."""
    if run.status == "queued":
        said = t("Waiting for its turn, {time} so far.").format(time=_so_far(run.made_at, t))
        if ahead:
            said += " " + t("Runs asked for before it and not done yet: {count}.").format(count=ahead)
        return said
    if run.stopping:
        return t("Stopping … this may take a minute.")
    if run.status == "running":
        return t("Compared with {done:,} of {total:,} random data sets, {time} so far.").format(
            done=run.done, total=run.total, time=_so_far(run.started_at or run.made_at, t)
        )
    if run.status == "cancelled":
        return t("Cancelled by {who}.").format(who=words.who(run.cancelled_by or "–", t))
    if run.status == "failed":
        return problem(run.problem, t) if run.problem else t("It failed.")
    return t("Done.")


def _so_far(since: str, t: Translate) -> str:
    seconds = max(0, int((datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()))
    if seconds < _MINUTE:
        return t("{seconds} s").format(seconds=seconds)
    return t("{minutes} min {seconds} s").format(minutes=seconds // _MINUTE, seconds=seconds % _MINUTE)


def period(run: ClusterRun, t: Translate) -> str:
    """First and last day of a run's study period: as used, or as far as they were asked for."""
    start = run.start or (run.query.start.isoformat() if run.query.start else t("first record"))
    end = run.end or (run.query.end.isoformat() if run.query.end else t("last record"))
    return f"{start} – {end}"


def heading(run: ClusterRun, t: Translate) -> str:
    """Disease, kind of place and period: no two questions of a list look alike."""
    return f"{words.title(run.query, t)}, {period(run, t)}"


def listed_run(past: PastRun, t: Translate) -> dict[str, str]:
    """One row of the list of runs."""
    run = past.run
    return {
        "id": run.id,
        "when": local(run.made_at),
        "who": words.who(run.author, t),
        "title": words.title(run.query, t),
        "period": period(run, t),
        "question": words.kind_of(run.query, t),
        "time": t(words.TIMES[str(run.query.time)]),
        "status": t("stopping") if run.stopping else t(words.STATUSES[run.status]),
        "found": _found(past, t) if run.status == "done" else "",
    }


def _found(past: PastRun, t: Translate) -> str:
    seldom = sum(not words.by_chance(one) for one in past.clusters)
    others = len(past.clusters) - seldom
    if not past.clusters and past.run.query.sensitive:
        return t("no cluster of five or more cases")  # smaller ones are withheld
    said = t("clusters: {count}").format(count=seldom) if seldom else t("no cluster")
    return f"{said} " + t("(others, perhaps chance: {count})").format(count=others) if others else said
