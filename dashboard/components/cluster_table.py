"""Clusters and their locations as rows of text, for tables that a browser sorts by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from dashboard.components import cluster_words as words
from dashboard.figures.cluster_map import colour_of
from dashboard.messages import Translate
from dashboard.services.cluster_places import Place
from dashboard.services.cluster_tables import Cluster, ClusterDetail, Context, Member

_SHOWN = 2
NONE = "–"


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and the number (or text) by which its column is sorted."""

    text: str
    order: float | str | None = None


@dataclass(frozen=True)
class ClusterRow:
    """One cluster: `cells` in the order of :func:`heads`; `order`: how seldom chance brings it."""

    rank: int
    order: float
    colour: str
    chance: bool
    centre: str
    change: str
    strength: str
    warnings: list[str]
    cells: list[Cell]


def heads(t: Translate) -> list[tuple[str, str]]:
    """Names of the columns behind rank and centre, and what each means."""
    return [
        (t("Places"), t("how many locations belong to it")),
        (t("First day"), ""),
        (t("Last day"), ""),
        (t("Observed"), t("cases in it")),
        (t("Expected"), t("cases that there would be if it were like everywhere else")),
        (t("O/E"), t("observed over expected")),
        (t("RR"), t("relative risk: inside over outside")),
        (t("LLR"), t("log likelihood ratio: how well the cluster explains the data")),
        ("p", t("share of scans in which chance alone brings one as strong")),
        (t("Gumbel p"), t("the same from a fitted distribution, for p-values too small to count out")),
        (t("Recurrence interval"), t("prospective: how often chance alone brings one as strong")),
    ]


def without_empty(
    columns: list[tuple[str, str]], rows: list[ClusterRow]
) -> tuple[list[tuple[str, str]], list[ClusterRow]]:
    """The same without columns that say nothing: not every model knows a relative risk, or an interval."""
    kept = [place for place in range(len(columns)) if any(row.cells[place].text != NONE for row in rows)]
    return [columns[place] for place in kept], [
        replace(row, cells=[row.cells[place] for place in kept]) for row in rows
    ]


def cluster_row(cluster: Cluster, places: Mapping[str, Place], language: str, t: Translate) -> ClusterRow:
    """One cluster as text."""
    chance = words.by_chance(cluster)
    interval = cluster.recurrence_interval_days
    names = [name_of(code, places, language) for code in cluster.locations]
    more = f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return ClusterRow(
        rank=cluster.rank,
        order=-interval if interval is not None else 1.0 if cluster.p_value is None else cluster.p_value,
        colour=colour_of(cluster.rank, chance),
        chance=chance,
        centre=NONE if cluster.centre is None else name_of(cluster.centre, places, language),
        change="" if cluster.change is None else t(words.CHANGES[cluster.change]),
        strength=words.strength(cluster, t),
        warnings=[words.moved(item, t) for item in cluster.warnings],
        cells=[
            Cell(f"{cluster.n_locations}: {'; '.join(names[:_SHOWN])}{more}", cluster.n_locations),
            _day(cluster.start),
            _day(cluster.end),
            Cell(f"{cluster.observed:,}", cluster.observed),
            number(cluster.expected, 1),
            number(cluster.observed_expected, 2),
            number(cluster.relative_risk, 2),
            number(cluster.llr, 2),
            number(cluster.p_value, 3),
            Cell(NONE) if cluster.gumbel_p_value is None else Cell(small(cluster.gumbel_p_value),
                                                                   cluster.gumbel_p_value),
            Cell(NONE) if interval is None else Cell(t("{count} days").format(count=f"{interval:,.0f}"),
                                                     interval),
        ],
    )  # fmt: skip


def name_of(code: str, places: Mapping[str, Place], language: str) -> str:
    """Name of a location; its code where it has none any more."""
    place = places.get(code)
    return code if place is None else place.area.name(language)


def _day(day: date | None) -> Cell:
    return Cell(NONE) if day is None else Cell(day.isoformat(), day.toordinal())


def number(value: float | None, digits: int) -> Cell:
    """A number with so many digits behind the point; a dash where there is none."""
    return Cell(NONE) if value is None else Cell(f"{value:,.{digits}f}", value)


def small(value: float) -> str:
    """A p-value of any size."""
    return "<0.000001" if value < 1e-6 else f"{value:.6f}".rstrip("0").rstrip(".") or "0"


@dataclass(frozen=True)
class MemberRow:
    """One location of a cluster."""

    name: str
    cells: list[Cell]


def member_rows(detail: ClusterDetail, language: str) -> list[MemberRow]:
    """Locations of a cluster: observed, expected, O/E, RR, population; most observed first."""
    ordered = sorted(detail.cluster.members, key=lambda member: (-member.observed, member.location))
    return [
        MemberRow(name_of(member.location, detail.places, language), _member(member)) for member in ordered
    ]


def _member(member: Member) -> list[Cell]:
    return [
        Cell(f"{member.observed:,}", member.observed),
        number(member.expected, 1),
        number(member.observed_expected, 2),
        number(member.relative_risk, 2),
        number(member.population, 0),
    ]


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
