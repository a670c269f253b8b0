"""What a run's page and a cluster's page show, as text for their templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.cluster_filters import ClusterQuery
from dashboard.components.clusters import shares, words
from dashboard.components.clusters import verdict as cluster_verdict
from dashboard.components.clusters.legend import Sign, signs
from dashboard.components.clusters.standing import period
from dashboard.components.clusters.table import (
    ClusterRow,
    Column,
    GroupRow,
    MemberRow,
    cluster_row,
    context_rows,
    group_rows,
    heads,
    member_heads,
    member_rows,
    name_of,
    without_empty,
)
from dashboard.components.controls import REMOTE_NAMES
from dashboard.components.moments import moment
from dashboard.messages import Translate
from dashboard.services.clusters.across.words import Across, across, cases_across
from dashboard.services.clusters.models import ClusterDetail, ClusterResult, ClusterRun

#: Parameters that stand on the page as sentences.
_IN_WORDS = frozenset(
    {
        "across",
        "cannot_be_judged",
        "nobody_counted",
        "population_shift",
        "reported_share_widened",
        "way_points",
        "ways",
    }
)


@dataclass(frozen=True)
class RunView:
    """A result as text. `more`: columns for readers who know statistics, apart from `heads`."""

    verdict: str
    strongest: str
    question: str
    period: str
    notes: list[str]
    legend: list[Sign]
    heads: list[Column]
    more: list[Column]
    rows: list[ClusterRow]
    facts: list[tuple[str, str]]
    engine: list[tuple[str, str]]
    limits: list[str]
    not_scanned: list[tuple[str, ...]]
    cases_not_scanned: str
    previous: ClusterRun | None
    previous_made: str
    changes: list[str]
    gone: list[ClusterRow]
    across: Across | None = None


def run_view(
    found: ClusterResult, language: str, t: Translate, here: tuple[int, int] | None = None
) -> RunView:
    """Everything of a run but its map. `here`: reports that came and were due on this side of the border."""
    query, used = cluster_verdict.as_scanned(found), found.parameters
    share = found.run.query.indicator is not None
    rows = [cluster_row(cluster, found.places, language, t, share=share) for cluster in found.clusters]
    columns = without_empty(heads(t, share=share), rows)
    _, left_out = cluster_verdict.cases_scanned(found)
    counted = [
        (t(name), sum(cluster.change == change for cluster in found.clusters))
        for change, name in words.CHANGES.items()
        if change != "gone"
    ]
    return RunView(
        verdict=cluster_verdict.verdict(
            rows,
            t,
            all_judged=not used.get("cannot_be_judged"),
            withheld=used.get("withheld_clusters") or 0,
            share=share,
        ),
        strongest=cluster_verdict.strongest(rows, t),
        question=words.question(query, t),
        period=period(found.run, t),
        notes=cluster_verdict.notes(found, language, t),
        legend=signs(found.run, rows, t),
        heads=[column for column in columns if not column.deep],
        more=[column for column in columns if column.deep],
        rows=rows,
        facts=_facts(found, t),
        engine=_engine(used),
        limits=words.limits(query, t),
        not_scanned=[
            (
                name_of(item.location, found.places, language),
                t(words.REASONS[item.reason]),
                *(words.told(count) for count in (item.records, item.cases, item.tested)),
            )
            for item in found.not_scanned
        ],
        cases_not_scanned=t("withheld") if left_out is None else f"{left_out:,}",
        previous=found.previous,
        previous_made=moment(found.previous.made_at, t) if found.previous else "",
        changes=[f"{name}: {many}" for name, many in [*counted, (t("gone"), len(found.gone))] if many],
        gone=[cluster_row(cluster, found.places, language, t, share=share) for cluster in found.gone],
        across=across(used, here, language, t),
    )


def again(query: ClusterQuery) -> dict[str, str]:
    """This question as the form's address holds it, and what was decided for it."""
    told = {"disease": query.disease, "by": query.by, "place": query.place, "time_unit": str(query.time_unit)}
    return query.parameters() | told


def _facts(found: ClusterResult, t: Translate) -> list[tuple[str, str]]:
    """What was asked, by whom, of which data."""
    query = cluster_verdict.as_scanned(found)
    unit = t(words.UNITS[str(query.time_unit)])
    facts = [
        (t("Question"), words.kind_of(query, t)),
        *(shares.facts(query, t) or [(t("Cases"), t(words.CASES[str(query.cases_are)]))]),
        (t("Time"), t(words.TIMES[str(query.time)])),
        (t("Period"), period(found.run, t)),
        *_scanned(found, t),
    ]
    if found.parameters.get("network_file"):
        said = t("along roads: {file}")
        facts.append((t("Zones grow"), said.format(file=found.parameters["network_file"])))
    if found.parameters.get("flows_file"):
        said = t("along the ways that people went: {file}")
        facts.append((t("Zones grow"), said.format(file=found.parameters["flows_file"])))
    if query.along is not None:
        facts += _along(found, t)
    if query.time != "none":
        facts += [(t("Unit of time"), unit), (t("Longest duration"), _longest(query, t))]
    adjusted = ", ".join(t(words.COVARIATES[name]) for name in query.covariates)
    radius = "–" if query.max_radius_km is None else f"{query.max_radius_km:g} km"
    return [
        *facts,
        (t("Largest share of the whole"), f"{query.max_population_share:.0%}"),
        (t("Largest share that is reported"), _reported(query)),
        (t("Largest radius"), radius),
        (t("Rates"), t((shares.LOOKED_FOR if query.indicator else words.RATES)[query.rates])),
        (t("Adjusted for"), adjusted or "–"),
        *([(t("Remote areas"), t(REMOTE_NAMES[query.remote]))] if query.remote else []),
        (t("Random data sets"), f"{query.replicates:,}"),
        (t("Seed"), str(query.seed)),
        (t("Started by"), words.who(found.run.author, t)),
        (t("Finished"), moment(found.run.finished_at, t)),
        (t("Data version"), str(found.run.data_version)),
        (t("Run"), found.run.id),
    ]


def _along(found: ClusterResult, t: Translate) -> list[tuple[str, str]]:
    """What zones grew along, and how many places it does not name."""
    off = found.parameters.get("places_off_the_way")
    said = t("{along}: table as of file {number}").format(
        along=t(words.ALONG[str(found.run.query.along)]), number=found.parameters.get("routes_file")
    )
    return [
        (t("Zones grow"), said),
        *([(t("Places that the table does not name"), f"{off:,}")] if off is not None else []),
    ]


def _scanned(found: ClusterResult, t: Translate) -> list[tuple[str, str]]:
    """How much was looked at; what a run of an earlier version did not keep is left out."""
    used = found.parameters
    scanned, left_out = cluster_verdict.cases_scanned(found)
    reached = found.run.query.cases_are in words.COUNTED
    if found.run.query.indicator:
        numbers = ((t("In the numerator"), scanned), (t("Counted"), used.get("tested")))
        places = (t("Places scanned"), used.get("locations"))
        return [(name, words.told(count)) for name, count in (*numbers, places)]
    both = used.get("across") is not None
    own = t("Cases scanned, this side") if both else t("Cases scanned")
    counts = (
        (t("Reached") if reached else own, scanned),
        (t("Cases scanned, across the border"), cases_across(used) if both else None),
        (t("Who should have been") if reached else t("Tested"), used.get("tested")),
        (t("Places scanned"), used.get("locations")),
    )
    said = [(name, f"{count:,}") for name, count in counts if count is not None]
    if "cases" in used and scanned is None:  # of HIV and syphilis fewer than five are not told
        said.insert(0, (t("Cases scanned"), words.told(None)))
    return [*said, (t("Cases not scanned"), t("withheld") if left_out is None else f"{left_out:,}")]


def _reported(query: ClusterQuery) -> str:
    """Most that a reported cluster holds; a run of an earlier version reported all that it scanned."""
    return f"{query.max_reported_share or query.max_population_share:.0%}"


def _longest(query: ClusterQuery, t: Translate) -> str:
    """The longest duration: units of time, or a share of the period."""
    if query.max_duration is None:
        return t("half the period")
    if isinstance(query.max_duration, float):
        return t("{share} of the period").format(share=f"{query.max_duration:.0%}")
    return f"{query.max_duration:,} ({t(words.UNITS[str(query.time_unit)])})"


def _engine(used: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Everything the engine used, by its own names."""
    flat: dict[str, Any] = {}
    for name, value in sorted((key, used[key]) for key in used.keys() - _IN_WORDS):
        flat |= (
            {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
        )
    return [(name, "–" if value is None or value == [] else str(value)) for name, value in flat.items()]


@dataclass(frozen=True)
class ClusterView:
    """One cluster as text. `numbers`, and `more` for readers who know statistics: name, meaning, value."""

    row: ClusterRow
    numbers: list[tuple[str, str, str]]
    more: list[tuple[str, str, str]]
    legend: list[Sign]
    dates: str
    radius: str
    member_heads: list[Column]
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
    share = found.run.query.indicator is not None
    row = cluster_row(cluster, found.places, language, t, share=share)
    members = member_rows(found, language, t, share=share)
    columns = [
        column
        for column in without_empty(heads(t, share=share), [row])
        if column.key not in ("places", "start", "end")
    ]
    numbers = {column: (column.name, column.meaning, row.cells[column.key].text) for column in columns}
    return ClusterView(
        row=row,
        numbers=[said for column, said in numbers.items() if not column.deep],
        more=[said for column, said in numbers.items() if column.deep],
        legend=signs(found.run, [row], t),
        dates=dates,
        radius="–" if cluster.radius_km is None else f"{cluster.radius_km:,.1f} km",
        member_heads=without_empty(member_heads(t, share=share), members),
        members=members,
        groups=group_rows(found, names),
        axes=axes,
        context=context_rows(cluster, t),
        limits=words.limits(found.run.query, t),
    )
