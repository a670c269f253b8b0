"""The door of clusters: what a run stored, as an account may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.rules import FEWEST, few
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters.results import Found
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError

Rows = Sequence[Mapping[str, Any]]
#: Cases of one value of one axis: axis, value, inside a cluster, outside.
GroupCounts = tuple[str, str, int, int]


def check(grant: Grant, disease: str) -> None:
    """Refuse clusters of a disease that the account is shown by province and year only.

    Raises
    ------
    NotPermittedError
        The disease is HIV or syphilis, and the role does not hold their detail.
    """
    if rules.by_year_only(grant, disease):
        raise NotPermittedError(rules.BY_YEAR_ONLY)


def check_line_list(grant: Grant, disease: str) -> None:
    """Refuse the records behind a cluster: each is a count of one.

    Raises
    ------
    NotPermittedError
        The disease has no line list, or the account is shown no small counts.
    """
    if DISEASES[disease].sensitive:
        raise NotPermittedError(rules.NO_LINE_LIST)
    if rules.fewest_told(grant) > 1:
        raise NotPermittedError(rules.NO_SINGLE_RECORDS)


def found(grant: Grant, box: Undisclosed[Found], *, of_tested: bool) -> Found:
    """What a run stored. `of_tested`: its population are the tested, whom the cases are part of."""
    held, fewest = opened(box), rules.fewest_told(grant)
    if fewest == 1:
        return held
    clusters = [row for row in held.clusters if not _few_cases(row, fewest, of_tested)]
    told = {row["rank"] for row in clusters}
    context = [row for row in held.context if row["rank"] in told]
    unsaid = {row["rank"] for row in context if _few_around(row, fewest)}
    return replace(
        held,
        clusters=[row | {"warnings": []} if row["rank"] in unsaid else row for row in map(dict, clusters)],
        members=_members([row for row in held.members if row["rank"] in told], fewest, of_tested),
        context=[row for row in context if row["rank"] not in unsaid],
        not_scanned=[
            {name: None if isinstance(n, int) and few(n, fewest) else n for name, n in row.items()}
            for row in held.not_scanned
        ],
    )


def _few_cases(row: Mapping[str, Any], fewest: int, of_tested: bool) -> bool:
    """Whether cases, or the tested who are none, are few."""
    observed, population = row["observed"], row["population"]
    if few(observed, fewest) or not of_tested or observed is None or population is None:
        return few(observed, fewest)
    return few(round(population - observed), fewest)


def _few_around(row: Mapping[str, Any], fewest: int) -> bool:
    """Whether one count around a cluster is few, or what one of them leaves of another."""
    held = [row[name] for name in ("records", "cases", "tested", "arrivals") if row[name] is not None]
    return any(few(count, fewest) for count in (*held, *(abs(a - b) for a in held for b in held)))


def _members(rows: Rows, fewest: int, of_tested: bool) -> list[dict[str, Any]]:
    """Members without the numbers of those with few cases; where that is one alone, of the next smallest."""
    hidden: set[tuple[int, str]] = set()
    for rank in {row["rank"] for row in rows}:
        own = sorted(
            (row for row in rows if row["rank"] == rank and row["observed"] is not None),
            key=lambda row: (not _few_cases(row, fewest, of_tested), row["observed"]),
        )
        many = sum(_few_cases(row, fewest, of_tested) for row in own)
        hidden |= {(rank, row["location"]) for row in own[: 2 if many == 1 else many]}
    return [
        {name: value if name in ("rank", "location") else None for name, value in row.items()}
        if (row["rank"], row["location"]) in hidden
        else dict(row)
        for row in rows
    ]


def parameters(grant: Grant, box: Undisclosed[Mapping[str, Any]]) -> dict[str, Any]:
    """What a run says of itself, without small numbers of cases."""
    held, fewest = dict(opened(box)), rules.fewest_told(grant)
    if few(held.get("cases"), fewest):
        held["cases"] = None
    if held.get("cannot_be_judged"):
        held["cannot_be_judged"] = [
            place | {"watched": None} if few((place["watched"] or {}).get("observed"), fewest) else place
            for place in held["cannot_be_judged"]
        ]
    return held


def curve(grant: Grant, box: Undisclosed[Mapping[str, list]]) -> dict[str, list]:
    """A cluster's curve; none where a point of it is of few: the others would give it away."""
    held, fewest = opened(box), rules.fewest_told(grant)
    sides = [held.get(name, []) for name in ("inside", "outside", "tested_inside", "tested_outside")]
    beside = [[a - b for a, b in zip(sides[2 + n], sides[n], strict=False)] for n in (0, 1)]
    hidden = any(few(count, fewest) for counts in (*sides, *beside) for count in counts)
    return {} if hidden else dict(held)


def groups(
    grant: Grant, disease: str, box: Undisclosed[Sequence[GroupCounts]]
) -> tuple[Sequence[GroupCounts], bool]:
    """Who the cases are, and whether that is withheld.

    Of few cases on a side it is told only to those who may see their records; none at all tell of nobody.
    """
    held, fewest = opened(box), rules.fewest_told(grant)
    sides: Counter[tuple[str, str]] = Counter()
    for axis, _, inside, outside in held:
        sides[axis, "inside"] += inside
        sides[axis, "outside"] += outside
    single = grant.can(Permission.SEE_LINE_LIST) and not DISEASES[disease].sensitive
    withheld = not single and any(few(count, FEWEST) for count in sides.values())
    if withheld or any(few(count, fewest) for _, _, *counts in held for count in counts):
        return (), True
    return held, False
