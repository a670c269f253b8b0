"""The door of clusters: what a run stored, as an account may see it.

Clusters are for accounts that are entitled to small counts; others are told that there is a signal
(`dashboard.services.today.signals`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import may_open, opened
from dashboard.services.disclosure.rules import FEWEST, few
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters.results import Found
from surveillance.errors import NotPermittedError

#: First numbers of the steps in which the size of a signal is told, above the threshold. A step holds as many
#: numbers as are below the threshold, or more, so that two signals of one step leave them all between them.
SIZES = (20, 100)
#: Cases of one value of one axis: axis, value, inside a cluster, outside.
GroupCounts = tuple[str, str, int, int]
Held = TypeVar("Held")


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
    if rules.sensitive(disease):
        raise NotPermittedError(rules.NO_LINE_LIST)
    if not rules.entitled(grant):
        raise NotPermittedError(rules.NO_SINGLE_RECORDS)


def found(grant: Grant, box: Undisclosed[Found]) -> Found:
    """What a run stored; of clusters, their members and what was not scanned nothing, where it is not for
    the account."""
    held = opened(box)
    if may_open(grant, box):
        return held
    return replace(held, clusters=[], members=[], context=[], not_scanned=[])


def scanned(grant: Grant, disease: str, box: Undisclosed[Held]) -> Held:
    """What a run scanned: numbers by place and day, each perhaps of a single person.

    Raises
    ------
    NotPermittedError
        The disease has no line list, or the account is shown no small counts.
    """
    check_line_list(grant, disease)
    return opened(box)


def parameters(grant: Grant, box: Undisclosed[Mapping[str, Any]]) -> dict[str, Any]:
    """What a run says of itself, without numbers of cases where they are not for the account."""
    held = dict(opened(box))
    if may_open(grant, box):
        return held
    judged = [place | {"watched": None} for place in held.get("cannot_be_judged") or ()]
    for name in ("ways", "way_points", "across"):
        held.pop(name, None)
    return held | {"cases": None} | ({"cannot_be_judged": judged} if judged else {})


def curve(grant: Grant, box: Undisclosed[Mapping[str, list]]) -> dict[str, list]:
    """A cluster's curve; none where it is not for the account."""
    return dict(opened(box)) if may_open(grant, box) else {}


def groups(
    grant: Grant, disease: str, box: Undisclosed[Sequence[GroupCounts]]
) -> tuple[Sequence[GroupCounts], bool]:
    """Who the cases are, and whether that is withheld.

    Of few cases on a side it is told only to those who may see their records; none at all tell of nobody.
    """
    held = [one for one in opened(box) if rules.divides(disease, one[0])]
    sides: Counter[tuple[str, str]] = Counter()
    for axis, _, inside, outside in held:
        sides[axis, "inside"] += inside
        sides[axis, "outside"] += outside
    single = grant.can(Permission.SEE_LINE_LIST) and not rules.sensitive(disease)
    withheld = not single and any(few(count, FEWEST) for count in sides.values())
    return ((), True) if withheld or not may_open(grant, box) else (held, False)


def size(grant: Grant, cases: Undisclosed[int]) -> tuple[int, int | None] | None:
    """How many cases a signal has, in wide steps: fewest and most (None: or more).

    None where there are fewer than the account's threshold: then nothing is told of it at all.
    """
    first, last = SIZES
    held, edges = opened(cases), (grant.threshold, max(first, 2 * grant.threshold), last)
    at = sum(held >= edge for edge in edges) - 1
    if at < 0:
        return None
    return edges[at], edges[at + 1] - 1 if at + 1 < len(edges) else None


def leaves_doubt(cases: int, size: tuple[int, int | None], k: int) -> bool:
    """Whether cases less those of a signal may be every number from 1 to k - 1, or none of them.

    Parameters
    ----------
    cases : int
        Of the provinces and months of the signal, as they are shown.
    size : tuple
        Fewest and most cases of the signal; None: or more.
    k : int
        The smallest number of people that may be told.

    Examples
    --------
    >>> leaves_doubt(60, (20, 99), 5), leaves_doubt(22, (20, 99), 5)  # of 22 at most 2 are left
    (True, False)
    >>> leaves_doubt(103, (20, 99), 5), leaves_doubt(104, (20, 99), 5)  # of 103 at least 4, of 104 at least 5
    (False, True)
    """
    fewest, most = size
    lowest, highest = 0 if most is None else cases - most, cases - fewest
    return lowest <= 1 <= k - 1 <= highest or k <= lowest
