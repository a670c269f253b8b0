"""Clusters and their locations as rows of text, for tables that a browser sorts by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.components.clusters import words
from dashboard.figures.cluster_map import colour_of
from dashboard.figures.theme import FEW_REPORTS
from dashboard.messages import Translate
from dashboard.services.clusters.across.words import of_cluster
from dashboard.services.clusters.locations import Place
from dashboard.services.clusters.models import Cluster, ClusterDetail, Context, Member
from surveillance.coverage.estimates import few_came

_SHOWN = 2
#: Below these a number is only said to be below them.
_LEAST, _SMALLEST = 0.01, 0.0001
_PLAIN_P = 0.1
#: Smaller p-values would show as 0.000.
_LEAST_P = 0.001
#: Sorts behind every number.
_LAST = 1e300
NONE = "–"


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and the number (or text) by which its column is sorted."""

    text: str
    order: float | str | None = None


@dataclass(frozen=True)
class Column:
    """One column of the table of clusters. `deep`: for readers who know statistics, shown apart."""

    key: str
    name: str
    meaning: str
    kind: str = "number"
    deep: bool = False


def few_reports(reports: tuple[int, int] | None, t: Translate) -> str:
    """That fewer than four in five of the reports due came; blank where it is not so, or not told."""
    if reports is None or not few_came(reports):
        return ""
    said = t("{came:,} of {due:,} reports due came").format(came=reports[0], due=reports[1])
    return f"{FEW_REPORTS} {said}"


@dataclass(frozen=True)
class ClusterRow:
    """One cluster. `cells` by the keys of :func:`heads`; `many`: places.

    `fewer` says so where a cluster has fewer cases than expected, and is empty where it has more.
    `order`: how seldom chance brings it. `signs` say in a few words what `warnings` say in sentences.
    """

    rank: int
    order: float
    colour: str
    chance: bool
    centre: str
    many: str
    change: str
    fewer: str
    strength: str
    warnings: list[str]
    signs: list[str]
    cells: dict[str, Cell]
    #: That fewer than four in five of the reports due came from its places; blank where it is not so.
    reports: str = ""
    #: How many of its places lie across the border; blank where none do.
    across: str = ""


def heads(t: Translate, *, share: bool = False) -> list[Column]:
    """The columns behind rank and centre, what was seen first; each with what it means. `share`: clusters are
    of the share of an indicator."""
    seen, usual = t("cases in it"), t("cases that there would be if it were like everywhere else")
    first: list[Column] = []
    if share:
        first = [Column("share", t("Proportion"), t("of those counted in it, who belong to the numerator"))]
        seen = t("people in it who belong to the numerator")
        usual = t("people that there would be if its share were that of all places together")
    return [
        *first,
        Column("observed", t("Observed"), seen),
        Column("expected", t("Expected"), usual),
        Column("start", t("First day"), t("when it begins"), "day"),
        Column("end", t("Last day"), t("when it ends; the period's last day: it may go on"), "day"),
        Column("places", t("Places"), t("how many locations belong to it"), "places"),
        Column("ratio", t("O/E"), t("observed over expected")),
        Column("risk", t("RR"), t("relative risk: inside over outside")),
        Column("p", "p", t("share of scans in which chance alone brings one as strong")),
        Column(
            "interval",
            t("Recurrence interval"),
            t("prospective: how often chance alone brings one as strong"),
        ),
        Column("llr", t("LLR"), t("log likelihood ratio: how well the cluster explains the data"), deep=True),
        Column(
            "gumbel",
            t("Gumbel p"),
            t("the same as p from a fitted distribution, for p-values too small to count out"),
            deep=True,
        ),
    ]


def without_empty(columns: list[Column], rows: Sequence[ClusterRow | MemberRow]) -> list[Column]:
    """Columns that say anything: not every model knows a relative risk, or an interval."""
    return [column for column in columns if any(row.cells[column.key].text != NONE for row in rows)]


def cluster_row(
    cluster: Cluster, places: Mapping[str, Place], language: str, t: Translate, *, share: bool = False
) -> ClusterRow:
    """One cluster as text."""
    chance = words.by_chance(cluster)
    interval = cluster.recurrence_interval_days
    names = [name_of(code, places, language) for code in cluster.locations]
    shown = "; ".join(names[:_SHOWN]) + (f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else "")
    return ClusterRow(
        rank=cluster.rank,
        order=-interval if interval is not None else 1.0 if cluster.p_value is None else cluster.p_value,
        colour=colour_of(cluster.rank, chance),
        chance=chance,
        centre=NONE if cluster.centre is None else name_of(cluster.centre, places, language),
        many=f"{cluster.n_locations:,}",
        change="" if cluster.change is None else t(words.CHANGES[cluster.change]),
        fewer=t(words.RATES["low"]) if cluster.rate == "low" else "",
        strength=words.strength(cluster, t),
        warnings=[words.moved(item, t) for item in cluster.warnings],
        signs=[words.sign(item, t) for item in cluster.warnings],
        across=of_cluster(cluster.locations, t),
        cells={
            **({"share": share_cell(cluster.observed, cluster.population)} if share else {}),
            "places": Cell(f"{cluster.n_locations:,}: {shown}", cluster.n_locations),
            "start": day_cell(cluster.start),
            "end": day_cell(cluster.end),
            "observed": Cell(f"{cluster.observed:,}", cluster.observed),
            "expected": expected(cluster.expected),
            "ratio": number(cluster.observed_expected, 2),
            "risk": risk(cluster.relative_risk, t),
            "llr": number(cluster.llr, 2),
            "p": _p(cluster),
            "gumbel": _gumbel(cluster.gumbel_p_value),
            "interval": _interval(cluster, t),
        },
    )


def share_cell(observed: int | None, counted: float | None) -> Cell:
    """The share of those counted, in per cent; a dash where a number is withheld."""
    if observed is None or not counted:
        return Cell(NONE)
    return Cell(f"{observed / counted:.1%}", observed / counted)


def name_of(code: str, places: Mapping[str, Place], language: str) -> str:
    """Name of a location; its code where it has none any more."""
    place = places.get(code)
    return code if place is None else place.area.name(language)


def _gumbel(value: float | None) -> Cell:
    return Cell(NONE) if value is None else Cell(small(value), value)


def _p(cluster: Cluster) -> Cell:
    """The p-value; the smallest that the replicates allow is a bound."""
    p = cluster.p_value
    if p is None:
        return number(p, 3)
    if cluster.at_the_limit:
        return Cell(f"≤ {small(p)}", p)
    return Cell(small(p), p) if p < _LEAST_P else number(p, 3)


def _interval(cluster: Cluster, t: Translate) -> Cell:
    days = cluster.recurrence_interval_days
    if days is None:
        return Cell(NONE)
    text = t("{count} days").format(count=f"{days:,.0f}")
    return Cell(f"≥ {text}" if cluster.at_the_limit else text, days)


def day_cell(day: date | None) -> Cell:
    """A day, which sorts by itself; a dash if absent."""
    return Cell(NONE) if day is None else Cell(day.isoformat(), day.toordinal())


def number(value: float | None, digits: int) -> Cell:
    """A number with so many digits behind the point; a dash if absent."""
    return Cell(NONE) if value is None else Cell(f"{value:,.{digits}f}", value)


def expected(value: float | None) -> Cell:
    """Expected cases: never 0 where there are any, since what was observed is divided by them."""
    return Cell(NONE) if value is None else Cell(expected_text(value), value)


def expected_text(value: float) -> str:
    """The same as text: below one with two decimals, else with one."""
    if value == 0:
        return "0"
    if value < _LEAST:
        return f"<{_LEAST}"
    return f"{value:,.2f}" if value < 1 else f"{value:,.1f}"


def risk(value: float | None, t: Translate) -> Cell:
    """A relative risk, which has no number where no case lies outside."""
    if value is not None and math.isinf(value):
        return Cell(t("all cases are inside"), _LAST)
    return number(value, 2)


def small(value: float) -> str:
    """A p-value of any size, with two figures that count."""
    if value < _SMALLEST:
        return f"<{_SMALLEST}"
    return f"{value:.2f}" if value >= _PLAIN_P else f"{value:.4f}".rstrip("0")


@dataclass(frozen=True)
class MemberRow:
    """One location of a cluster; `cells` by the keys of :func:`member_heads`."""

    name: str
    cells: dict[str, Cell]


def member_heads(t: Translate, *, share: bool = False) -> list[Column]:
    """The columns behind the name of a location."""
    counted = (
        t("all who were counted there")
        if share
        else t("tested, cases or residents, as the model counts them")
    )
    of_share = Column("share", t("Proportion"), t("of those counted there, who belong to the numerator"))
    return [
        *([of_share] if share else []),
        Column("observed", t("Observed"), ""),
        Column("expected", t("Expected"), ""),
        Column("ratio", t("O/E"), t("observed over expected")),
        Column("risk", t("RR"), t("relative risk: inside over outside")),
        Column("counted", t("Of all counted"), counted),
    ]


def member_rows(
    detail: ClusterDetail, language: str, t: Translate, *, share: bool = False
) -> list[MemberRow]:
    """Locations of a cluster, most observed first."""
    ordered = sorted(detail.cluster.members, key=lambda member: (-(member.observed or 0), member.location))
    return [
        MemberRow(name_of(member.location, detail.places, language), _member(member, t, share=share))
        for member in ordered
    ]


def _member(member: Member, t: Translate, *, share: bool) -> dict[str, Cell]:
    return {
        **({"share": share_cell(member.observed, member.population)} if share else {}),
        "observed": Cell(words.told(member.observed), member.observed),
        "expected": expected(member.expected),
        "ratio": number(member.observed_expected, 2),
        "risk": risk(member.relative_risk, t),
        "counted": number(member.population, 0),
    }


def context_rows(cluster: Cluster, t: Translate) -> list[tuple[str, list[str]]]:
    """Counts inside before and during, outside before and during; a dash where nothing was counted."""
    held = {(row.side, row.span): row for row in cluster.context}
    order = [("inside", "before"), ("inside", "during"), ("outside", "before"), ("outside", "during")]
    return [
        (t(name), [_count(held.get(key), measure) for key in order])
        for measure, name in words.MEASURES.items()
    ]


def _count(row: Context | None, measure: str) -> str:
    value = None if row is None else getattr(row, measure)
    return NONE if value is None else f"{value:,}"


@dataclass(frozen=True)
class GroupRow:
    """Cases of one group: counts, and shares of all cases on each side whose group is known."""

    name: str
    inside: str
    outside: str
    inside_share: float
    outside_share: float


def group_rows(detail: ClusterDetail, names: Mapping[str, Mapping[str, str]]) -> dict[str, list[GroupRow]]:
    """Groups by axis; an axis of which nothing is known inside the cluster is left out."""
    found: dict[str, list[GroupRow]] = {}
    for axis in dict.fromkeys(group.axis for group in detail.groups):
        groups = [group for group in detail.groups if group.axis == axis]
        inside, outside = sum(g.inside for g in groups), sum(g.outside for g in groups)
        if inside:
            found[axis] = [
                GroupRow(
                    names[axis][group.value],
                    f"{group.inside:,}",
                    f"{group.outside:,}",
                    group.inside / inside,
                    group.outside / outside if outside else 0.0,
                )
                for group in groups
            ]
    return found
