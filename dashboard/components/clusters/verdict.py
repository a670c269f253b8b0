"""What stands first on a run's page: the verdict, the strongest cluster, and what was not looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.cluster_filters import ClusterQuery
from dashboard.components import scope_words
from dashboard.components.clusters import cautions as cluster_cautions
from dashboard.components.clusters import shares
from dashboard.components.clusters.table import NONE, ClusterRow, name_of
from dashboard.components.clusters.words import COUNTED
from dashboard.messages import Translate
from dashboard.services.clusters.across.words import cases_across
from dashboard.services.clusters.models import ClusterResult
from dashboard.services.disclosure.rules import WITHHELD

#: Share of the cases left out from which the reader is told before the map.
_MANY = 0.1


def as_scanned(found: ClusterResult) -> ClusterQuery:
    """The question as it was scanned: without the usual tenth where that left no room for a cluster."""
    query = found.run.query
    return (
        replace(query, max_reported_share=None) if found.parameters.get("reported_share_widened") else query
    )


def verdict(
    rows: Sequence[ClusterRow],
    t: Translate,
    *,
    all_judged: bool = True,
    withheld: int = 0,
    share: bool = False,
) -> str:
    """Whether there are clusters, and how many. `all_judged`: the scan could judge every place. `withheld`:
    clusters that are not told of; where there are no others, that is all that is said."""
    if not rows and withheld:
        return t(WITHHELD).format(clusters=withheld)
    if not rows and not all_judged:
        return t("No cluster in the places that this scan can judge; others it cannot.")
    if not rows:
        nowhere = t("No cluster: nowhere do cases stand out.")
        return t("No cluster: nowhere does the share stand out.") if share else nowhere
    seldom = sum(not row.chance for row in rows)
    if not seldom:
        return t("No cluster: the strongest candidate may well be chance. It is listed all the same.")
    said = t("Clusters unlikely to be chance: {seldom}.").format(seldom=seldom)
    if seldom == len(rows):
        return said
    return f"{said} " + t("Others that may well be chance: {others}.").format(others=len(rows) - seldom)


def strongest(rows: Sequence[ClusterRow], t: Translate) -> str:
    """Where, when and how many: the strongest cluster that is hardly chance, in one line; empty without."""
    row = next((row for row in rows if not row.chance), None)
    if row is None:
        return ""
    text = t("{rank}: {centre}, places: {places}, cases: {observed}, expected: {expected}")
    share = row.cells.get("share")
    if share is not None:
        text = t(
            "{rank}: {centre}, places: {places}, share: {share}, observed: {observed}, expected: {expected}"
        )
    said = text.format(
        rank=row.rank,
        centre=row.centre,
        places=row.many,
        share=share.text if share else "",
        observed=row.cells["observed"].text,
        expected=row.cells["expected"].text,
    )
    if row.cells["start"].text != NONE:
        said += f"; {row.cells['start'].text} – {row.cells['end'].text}"
    return "; ".join(text for text in (said, row.fewer, row.across, row.change) if text)


def cases_scanned(found: ClusterResult) -> tuple[int | None, int | None]:
    """Cases of this side that were scanned, None where a run did not keep their number; and cases left out,
    None where the number of a place is withheld: the sum of the others would be no more than a part."""
    left_out = [item.cases for item in found.not_scanned]
    known = [cases for cases in left_out if cases is not None]
    scanned = found.parameters.get("cases")
    own = None if scanned is None else scanned - cases_across(found.parameters)
    return own, sum(known) if len(known) == len(left_out) else None


def notes(found: ClusterResult, language: str, t: Translate) -> list[str]:
    """What bears on how to read the whole result, the gravest first."""
    used = found.parameters
    wrong = t(found.run.interval_note) if found.run.interval_note else ""
    counted = COUNTED.get(str(found.run.query.cases_are))
    said = [
        text
        for text in (wrong, t(counted) if counted else "", _scope(found, language, t), _left_out(found, t))
        if text
    ]
    said += shares.notes(found.run.query, used, t)
    if "withheld_clusters" in used and (found.clusters or not used["withheld_clusters"]):
        said.append(t(WITHHELD).format(clusters=used["withheld_clusters"]))
    said += cluster_cautions.sentences(used, lambda code: name_of(code, found.places, language), t)
    if used.get("ends_incomplete"):
        said.append(
            t(
                "The period ends on {end}; reports are complete enough up to {complete}. What the last days "
                "show may still grow."
            ).format(end=used["end"], complete=used["last_complete_day"])
        )
    if used.get("silences"):
        said.append(_silences(used, t))
    return said


def _scope(found: ClusterResult, language: str, t: Translate) -> str:
    if found.run.provinces is None:
        return ""
    names = ", ".join(scope_words.place_names(found.run.places, language, t))
    return t(
        "Only records of {provinces} were scanned; of the rest of the country this says nothing."
    ).format(provinces=names)


def _left_out(found: ClusterResult, t: Translate) -> str:
    scanned, left_out = cases_scanned(found)
    if (
        found.run.query.indicator
        or scanned is None
        or not left_out
        or left_out < _MANY * (scanned + left_out)
    ):
        return ""
    return t("{left_out:,} of {all:,} cases have no known place and were not scanned.").format(
        left_out=left_out, all=scanned + left_out
    )


def _silences(used: Mapping[str, Any], t: Translate) -> str:
    said = t("Times in which a facility that was due sent nothing: {count:,}.").format(count=used["silences"])
    allowed = (
        t("The expected cases allow for them.")
        if used.get("silence_adjusted")
        else t("The scan could not allow for them: they count as time without cases.")
    )
    return f"{said} {allowed}"
