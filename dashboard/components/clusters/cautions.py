"""What a run's page says of places that the scan cannot judge, that grew, or whose people are not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard.cluster_filters import BERNOULLI, POISSON
from dashboard.components.clusters.words import by_chance
from dashboard.messages import Translate
from dashboard.services.own_files.people import without_row
from surveillance.clusters.chance import Strength
from surveillance.texts import N_

_MOST_GROWN = 5
#: Said where the usual tenth was not applied.
WIDENED = N_(
    "There are too few cases or facilities for a tenth of them to hold a cluster: clusters of up to {most} "
    "are reported."
)
Named = Callable[[str], str]


def sentences(used: Mapping[str, Any], named: Named, t: Translate) -> list[str]:
    """Everything that the parameters of a run say of this; `named` gives the name of a place's code."""
    said = without_row(used, named, t)
    if used.get("reported_share_widened"):
        said.append(t(WIDENED).format(most=_percent(used["max_population_share"])))
    for by_size in (False, True):
        places = [place for place in used.get("cannot_be_judged") or () if place["by_larger_size"] is by_size]
        if len(places) == 1 or not by_size:  # places above half are one, or two, and far from alike
            said += [_not_judged(place, used, named, t) for place in places]
        else:
            said += [_above_reported(places, used, named, t)] if places else []
    if used.get("cannot_be_judged_more"):
        said.append(
            t("Other places that are too large for this scan: {count:,}.").format(
                count=used["cannot_be_judged_more"]
            )
        )
    if used.get("population_shift"):
        said.append(_shift(used["population_shift"]["grown"], named, t))
    return said


def _not_judged(place: Mapping[str, Any], used: Mapping[str, Any], named: Named, t: Translate) -> str:
    most = used["max_reported_share"] if place["by_larger_size"] else used["max_population_share"]
    share = t("more than {most}") if place["share"] is None else "{share}"
    values = {
        "place": _called(place, named),
        "share": share.format(most=_percent(most), share=_percent(place["share"] or 0.0)),
        "what": _what(used, t),
        "most": _percent(most),
    }
    if place["by_larger_size"]:
        said = t(
            "{place} holds {share} of {what}, and this scan reports nothing of more than {most}: choose a "
            "larger reported size to have it judged."
        )
    else:
        said = t(
            "{place} holds {share} of {what}: it cannot be judged by this scan, whose clusters hold at most "
            "{most}."
        )
    return f"{said.format(**values)} {_watched(place['watched'], t)}"


def _above_reported(
    places: Sequence[Mapping[str, Any]], used: Mapping[str, Any], named: Named, t: Translate
) -> str:
    """Several places above the reported size, as one sentence, and times that stand out in one of them."""
    said = t(
        "These places each hold more than {most} of {what}, and this scan reports nothing of that size: "
        "{places}. Choose a larger reported size to have them judged. They were watched in time alone, each "
        "against its own usual."
    ).format(
        most=_percent(used["max_reported_share"]),
        what=_what(used, t),
        places=", ".join(_called(place, named) for place in places),
    )
    notable = [
        t("{place}: hardly chance, {start} – {end}, {observed} cases, {expected} expected (p = {p}).").format(
            place=_called(place, named), **_figures(place["watched"])
        )
        for place in places
        if place["watched"] is not None and not _by_chance(place["watched"])
    ]
    return " ".join([said, *(notable or [t("No time stands out more than chance explains.")])])


def _called(place: Mapping[str, Any], named: Named) -> str:
    return ", ".join(named(code) for code in place["locations"])


def _what(used: Mapping[str, Any], t: Translate) -> str:
    if used.get("indicator"):
        return t("those counted")
    return {BERNOULLI: t("those tested"), POISSON: t("the population")}.get(used["model"], t("the cases"))


def _by_chance(found: Mapping[str, Any]) -> bool:
    return by_chance(Strength(found["p_value"], found["recurrence_interval_days"]))


def _figures(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        "start": found["start"],
        "end": found["end"],
        "observed": f"{found['observed']:,}",
        "expected": f"{found['expected']:,.1f}",
        "p": f"{found['p_value']:g}",
    }


def _watched(found: Mapping[str, Any] | None, t: Translate) -> str:
    if found is None:
        return t("It was watched in time alone: no time could be told from the others.")
    said = (
        t(
            "It was watched in time alone, against its own usual: what stands out most may well be chance, "
            "{start} – {end}, {observed} cases, {expected} expected (p = {p})."
        )
        if _by_chance(found)
        else t(
            "It was watched in time alone, against its own usual: hardly chance, {start} – {end}, {observed} "
            "cases, {expected} expected (p = {p})."
        )
    )
    return said.format(**_figures(found))


def _shift(grown: list[Mapping[str, Any]] | None, named: Named, t: Translate) -> str:
    said = t(
        "The period is longer than a year: a place where the number of people grew faster than elsewhere "
        "looks like a late cluster."
    )
    if grown is None:
        return f"{said} " + t("Which places grew is not known from these records.")
    if not grown:
        return f"{said} " + t(
            "Of the people seen who are no cases, no place has a clearly larger share than before."
        )
    listed = ", ".join(_growth(place, named, t) for place in grown[:_MOST_GROWN])
    more = t(", and {count} more").format(count=len(grown) - _MOST_GROWN) if len(grown) > _MOST_GROWN else ""
    return f"{said} " + t(
        "In the second half of the period these have a clearly larger share of the people seen who are no "
        "cases: {places}."
    ).format(places=listed + more)


def _growth(place: Mapping[str, Any], named: Named, t: Translate) -> str:
    if place["factor"] is None:
        return t("{place} (from none)").format(place=named(place["location"]))
    return t("{place} ({factor} times)").format(
        place=named(place["location"]), factor=f"{place['factor']:.1f}"
    )


def _percent(share: float) -> str:
    """A share as per cent; one below a per cent keeps a digit, so that it is never written as nought."""
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"
