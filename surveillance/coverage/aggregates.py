"""Reports of counts without persons: what they add to each measure, and which of several reports counts.

A report keeps its own period: a quarter is never spread over weeks. It is held as what it adds to the line
list of the same facility: a question that asks for the whole of the report's period then gets the report, and
a question that asks for a part of the period gets the line list of that part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from surveillance.coverage.indicators import MEASURES, STEPS, Contribution

#: What a report may count: everybody seen, and those of whom a step of the cascade is true.
SEEN = "seen"
ITEMS = (SEEN, *STEPS)


class Span(NamedTuple):
    """Cells that a report covers, first and last included (numbers of surveillance.epiweek)."""

    first: int
    last: int


def contribution(among: int, step: int | None) -> Contribution:
    """Return what a report adds to a measure.

    More persons in a step than in the whole that it is a part of cannot be: the whole is unknown then.
    Without a denominator a report adds nothing to a measure.

    Parameters
    ----------
    among : int
        Persons of the denominator.
    step : int or None
        Persons of the numerator; None where the report does not say.

    Returns
    -------
    Contribution

    Examples
    --------
    >>> tuple(contribution(40, 30)), tuple(contribution(40, 41))
    ((30, 40, 0), (0, 0, 40))
    """
    if step is None or step > among:
        return Contribution(0, 0, among)
    return Contribution(step, among, 0)


def beyond(counts: Mapping[str, int | None]) -> list[tuple[str, str]]:
    """List the steps of a report that are larger than the whole that they are a part of.

    Parameters
    ----------
    counts : mapping of str to int or None
        Item -> persons.

    Returns
    -------
    list of (str, str)
        Step, and what it is a part of.

    Examples
    --------
    >>> beyond({"eligible": 4, "tested": 5, "positive": 5})
    [('tested', 'eligible')]
    """
    pairs = dict.fromkeys((m.step, m.among or SEEN) for m in MEASURES.values())
    return [
        (step, among)
        for step, among in pairs
        if (part := counts.get(step)) is not None
        and (whole := counts.get(among)) is not None
        and part > whole
    ]


def by_stratum(
    plain: int, strata: Mapping[int, Mapping[str, int]]
) -> dict[int, tuple[int, dict[str, Contribution]]]:
    """Return what one report adds, by stratum.

    Parameters
    ----------
    plain : int
        Stratum of a count that names no group: a total.
    strata : mapping of int to mapping of str to int
        Stratum -> item -> persons.

    Returns
    -------
    dict of int to (int, dict of str to Contribution)
        Stratum -> persons, and what it adds to each measure.

    Notes
    -----
    A total beside its own breakdown stands for the persons whom the breakdown does not name. A measure whose
    two items are not broken down alike is known for all together only. Persons are those seen, where the
    report says so, otherwise the largest of what it counts.

    Examples
    --------
    >>> persons, measures = by_stratum(0, {0: {"eligible": 40, "tested": 30}})[0]
    >>> persons, tuple(measures["testing"])
    (40, (30, 40, 0))
    """
    counts = {item: _breakdown(item, plain, strata) for item in ITEMS}
    present = [item for item in ITEMS if counts[item]]
    found: dict[int, tuple[int, dict[str, Contribution]]] = {}

    def add(code: int, persons: int = 0, measure: str = "", added: Contribution | None = None) -> None:
        held, measures = found.setdefault(code, (0, {}))
        found[code] = (held + persons, measures | ({measure: added} if added else {}))

    if present:
        seen = SEEN if SEEN in present else max(present, key=lambda item: sum(counts[item].values()))
        for code, persons in counts[seen].items():
            add(code, persons)
    for name, measure in MEASURES.items():
        whole, part = counts[measure.among or SEEN], counts[measure.step]
        if part and set(whole) - {plain} != set(part) - {plain}:
            whole, part = ({plain: sum(c.values())} if c else {} for c in (whole, part))
        for code, among in whole.items():
            step = part.get(code, 0) if part else None
            add(code, measure=name, added=contribution(among, step))
    return found


def _breakdown(item: str, plain: int, strata: Mapping[int, Mapping[str, int]]) -> dict[int, int]:
    """Persons of one item in each stratum; a total beside its breakdown is cut to the remainder."""
    found = {code: items[item] for code, items in strata.items() if item in items}
    if plain in found and len(found) > 1:
        found[plain] = max(0, 2 * found[plain] - sum(found.values()))
    return found


def nested(spans: Sequence[Span]) -> tuple[dict[Span, list[Span]], list[Span]]:
    """Put the reports of one facility and disease in the order of working.

    Parameters
    ----------
    spans : sequence of Span
        Cells that each report covers.

    Returns
    -------
    inside : dict of Span to list of Span
        Each span that counts, shorter ones first -> the spans that count and lie inside it.
    across : list of Span
        Spans that cannot count: they overlap with a shorter one without holding it whole. Counting
        both would count persons twice, and neither is a part of the other.

    Examples
    --------
    >>> inside, across = nested([Span(1, 12), Span(1, 4), Span(5, 8), Span(8, 9)])
    >>> inside[Span(1, 12)]
    [Span(first=8, last=9), Span(first=1, last=4)]
    >>> across
    [Span(first=5, last=8)]
    """
    inside: dict[Span, list[Span]] = {}
    across = []
    for span in sorted(set(spans), key=lambda s: (s.last - s.first, s.first)):
        touching = [held for held in inside if held.first <= span.last and span.first <= held.last]
        if all(span.first <= held.first and held.last <= span.last for held in touching):
            inside[span] = touching
        else:
            across.append(span)
    return inside, across
