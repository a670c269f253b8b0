"""What a run's page and a cluster's page show, as text for their templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from dashboard.cluster_filters import ClusterQuery
from dashboard.components import cluster_words as words
from dashboard.components.cluster_table import (
    ClusterRow,
    GroupRow,
    MemberRow,
    cluster_row,
    context_rows,
    group_rows,
    heads,
    member_rows,
    name_of,
    without_empty,
)
from dashboard.messages import Translate
from dashboard.services.cluster_tables import ClusterDetail, ClusterResult, ClusterRun

_MINUTE = 60


def moment(text: str | None) -> str:
    """A stored moment, as pages write it."""
    return "–" if text is None else text[:16].replace("T", " ") + " UTC"


def standing(run: ClusterRun, t: Translate) -> str:
    """Where a run stands, as a sentence."""
    if run.status == "queued":
        return t("Waiting for its turn, {time} so far.").format(time=_so_far(run.made_at, t))
    if run.status == "running" and run.cancelled_by:
        return t("Stopping …")
    if run.status == "running":
        return t("Compared with {done:,} of {total:,} random data sets, {time} so far.").format(
            done=run.done, total=run.total, time=_so_far(run.started_at or run.made_at, t)
        )
    if run.status == "cancelled":
        return t("Cancelled by {who}.").format(who=run.cancelled_by or "–")
    if run.status == "failed":
        return t(run.error) if run.error else t("It failed.")
    return t("Done.")


def _so_far(since: str, t: Translate) -> str:
    seconds = max(0, int((datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()))
    if seconds < _MINUTE:
        return t("{seconds} s").format(seconds=seconds)
    return t("{minutes} min {seconds} s").format(minutes=seconds // _MINUTE, seconds=seconds % _MINUTE)


def listed_run(run: ClusterRun, t: Translate) -> dict[str, str]:
    """One row of the list of runs."""
    return {
        "path": run.path,
        "when": moment(run.made_at),
        "who": run.author,
        "title": words.title(run.query, t),
        "question": words.model_name(str(run.query.model), t),
        "time": t(words.TIMES[str(run.query.time)]),
        "status": t(words.STATUSES[run.status]),
    }


@dataclass(frozen=True)
class RunView:
    """A result as text."""

    verdict: str
    question: str
    period: str
    notes: list[str]
    heads: list[tuple[str, str]]
    rows: list[ClusterRow]
    facts: list[tuple[str, str]]
    engine: list[tuple[str, str]]
    limits: list[str]
    not_scanned: list[tuple[str, str, str, str, str]]
    cases_not_scanned: str
    previous: ClusterRun | None
    previous_made: str
    changes: list[str]
    gone: list[ClusterRow]
    again: str


def run_view(found: ClusterResult, language: str, t: Translate) -> RunView:
    """Everything of a run but its map."""
    query, used = found.run.query, found.parameters
    rows = [cluster_row(cluster, found.places, language, t) for cluster in found.clusters]
    columns, shown = without_empty(heads(t), rows)
    left_out = sum(item.cases for item in found.not_scanned)
    counted = [
        (t(name), sum(cluster.change == change for cluster in found.clusters))
        for change, name in words.CHANGES.items()
        if change != "gone"
    ]
    return RunView(
        verdict=_verdict(rows, t),
        question=words.question(query, t),
        period=f"{used.get('start', '–')} – {used.get('end', '–')}",
        notes=_notes(used, t),
        heads=columns,
        rows=shown,
        facts=_facts(found, t),
        engine=_engine(used),
        limits=words.limits(query, t),
        not_scanned=[
            (
                name_of(item.location, found.places, language),
                t(words.REASONS[item.reason]),
                f"{item.records:,}",
                f"{item.cases:,}",
                f"{item.tested:,}",
            )
            for item in found.not_scanned
        ],
        cases_not_scanned=f"{left_out:,}",
        previous=found.previous,
        previous_made=moment(found.previous.made_at) if found.previous else "",
        changes=[f"{name}: {many}" for name, many in [*counted, (t("gone"), len(found.gone))] if many],
        gone=[cluster_row(cluster, found.places, language, t) for cluster in found.gone],
        again=again(query),
    )


def again(query: ClusterQuery) -> str:
    """The address of the form with this question in it, and what was decided for it."""
    told = {"disease": query.disease, "by": query.by, "place": query.place, "time_unit": query.time_unit}
    return "/clusters?" + urlencode(query.parameters() | told)


def _verdict(rows: list[ClusterRow], t: Translate) -> str:
    if not rows:
        return t("No cluster: nowhere do cases stand out.")
    seldom = sum(not row.chance for row in rows)
    if not seldom:
        return t("No cluster: what stands out most may well be chance. It is listed all the same.")
    said = t("Clusters that are hardly chance: {seldom}.").format(seldom=seldom)
    if seldom == len(rows):
        return said
    return f"{said} " + t("Others that may well be chance: {others}.").format(others=len(rows) - seldom)


def _notes(used: Mapping[str, Any], t: Translate) -> list[str]:
    notes = []
    if used.get("ends_incomplete"):
        notes.append(
            t(
                "The period ends on {end}; reports are complete enough up to {complete}. What the last days "
                "show may still grow."
            ).format(end=used["end"], complete=used["last_complete_day"])
        )
    if used.get("silences"):
        notes.append(
            t("Times in which a facility that was due sent nothing: {count:,}.").format(
                count=used["silences"]
            )
            + " "
            + (
                t("The expected cases allow for them.")
                if used.get("silence_adjusted")
                else t("The scan could not allow for them: they count as time without cases.")
            )
        )
    return notes


def _facts(found: ClusterResult, t: Translate) -> list[tuple[str, str]]:
    """What was asked, by whom, of which data."""
    query, used = found.run.query, found.parameters
    unit = t(words.UNITS[query.time_unit])
    facts = [
        (t("Question"), words.model_name(str(query.model), t)),
        (t("Cases"), t(words.CASES[str(query.cases_are)])),
        (t("Time"), t(words.TIMES[str(query.time)])),
        (t("Period"), f"{used.get('start', '–')} – {used.get('end', '–')}"),
    ]
    if query.time != "none":
        facts += [(t("Unit of time"), unit), (t("Longest duration"), _longest(query, t))]
    adjusted = ", ".join(t(words.COVARIATES[name]) for name in query.covariates)
    radius = "–" if query.max_radius_km is None else f"{query.max_radius_km:g} km"
    return [
        *facts,
        (t("Largest share of the whole"), f"{query.max_population_share:.0%}"),
        (t("Largest radius"), radius),
        (t("Rates"), t(words.RATES[query.rates])),
        (t("Adjusted for"), adjusted or "–"),
        (t("Random data sets"), f"{query.replicates:,}"),
        (t("Seed"), str(query.seed)),
        (t("Started by"), found.run.author),
        (t("Finished"), moment(found.run.finished_at)),
        (t("Data version"), str(found.run.data_version)),
        (t("Run"), found.run.id),
    ]


def _longest(query: ClusterQuery, t: Translate) -> str:
    """The longest duration: units of time, or a share of the period."""
    if query.max_duration is None:
        return t("half the period")
    if isinstance(query.max_duration, float):
        return t("{share} of the period").format(share=f"{query.max_duration:.0%}")
    return f"{query.max_duration:,} ({t(words.UNITS[query.time_unit])})"


def _engine(used: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Everything the engine used, by its own names."""
    flat: dict[str, Any] = {}
    for name, value in sorted(used.items()):
        flat |= (
            {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
        )
    return [(name, "–" if value is None or value == [] else str(value)) for name, value in flat.items()]


@dataclass(frozen=True)
class ClusterView:
    """One cluster as text."""

    row: ClusterRow
    numbers: list[tuple[str, str, str]]
    dates: str
    radius: str
    members: list[MemberRow]
    groups: dict[str, list[GroupRow]]
    axes: dict[str, str]
    context: list[tuple[str, list[str]]]
    limits: list[str]


def cluster_view(
    found: ClusterDetail,
    names: Mapping[str, Mapping[str, str]],
    axes: dict[str, str],
    language: str,
    t: Translate,
) -> ClusterView:
    """Everything of a cluster but its map and curve."""
    cluster = found.cluster
    dates = f"{cluster.start} – {cluster.end}" if cluster.start else t("the whole period")
    row = cluster_row(cluster, found.places, language, t)
    return ClusterView(
        row=row,
        numbers=[(*head, cell.text) for head, cell in zip(heads(t)[3:], row.cells[3:], strict=True)],
        dates=dates,
        radius="–" if cluster.radius_km is None else f"{cluster.radius_km:,.1f} km",
        members=member_rows(found, language),
        groups=group_rows(found, names),
        axes=axes,
        context=context_rows(cluster, t),
        limits=words.limits(found.run.query, t),
    )
