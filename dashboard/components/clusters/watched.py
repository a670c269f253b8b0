"""What stands, as text: clusters of the questions that ask themselves, and how far the asking is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboard.cluster_filters import ClusterQuery
from dashboard.components.clusters import words
from dashboard.components.clusters.border import at_each_border, border_cell, goes_on_cell
from dashboard.components.clusters.form import problem
from dashboard.components.clusters.table import (
    NONE,
    Cell,
    Column,
    day_cell,
    expected,
    few_reports,
    name_of,
)
from dashboard.components.moments import local, moment
from dashboard.messages import Translate
from dashboard.services.clusters.watch import NOTHING, ORDER, WAITING, Unanswered, Watch, WatchedCluster
from surveillance.texts import N_

#: Fewer clusters by chance than this are not written as a number: 0.0 would say none.
_SELDOM = 0.1
_CAUSES = {
    "import": N_("Last asked after an import: {when}."),
    "night": N_("Last asked at night: {when}."),
}
_RULE = N_(
    "Listed is what chance brings in at most one scan in twenty; of outbreak diseases, which are looked at "
    "daily, at most once a year."
)
_SENSITIVE = N_(
    "HIV and syphilis are looked at by home province only, and no cluster of fewer than five cases is told."
)


@dataclass(frozen=True)
class WatchedRow:
    """One cluster. `run`, `rank`: its page. `change`, `order`: its change, and where that sorts."""

    run: str
    rank: int
    title: str
    where: str
    change: str
    order: int
    fewer: str
    older: str
    strength: str
    strength_order: float
    first_found: str
    cells: dict[str, Cell]
    #: That it was looked for in the whole period at once, and so says nothing of the last weeks; or blank.
    whole: str = ""
    #: That fewer than four in five of the reports due came from its places; blank where it is not so.
    reports: str = ""


@dataclass(frozen=True)
class WatchView:
    """The page. `verdict`: the answer in a sentence; `notes`: how to read it; `missing`: what has no answer.

    `borders`: what goes on at the border with each neighbour, the one with Thailand first.
    `failed`: questions that failed, each with its run and why. `waiting`: questions that will still be
    answered; None before the first round.
    """

    verdict: str
    notes: list[str]
    missing: list[str]
    failed: list[tuple[str, str, str]]
    heads: list[Column]
    rows: list[WatchedRow]
    gone: list[WatchedRow]
    borders: list[str]
    waiting: int | None = None


def watch_view(
    found: Watch,
    language: str,
    t: Translate,
    *,
    looks: bool,
    reports: Mapping[tuple[str, int], tuple[int, int]] | None = None,
) -> WatchView:
    """Everything of the page. `looks`: whether the server looks by itself.

    `reports`: that came and that were due from the places of a cluster, by its run and rank.
    """
    came = reports or {}
    rows = [
        replace(_row(item, found, language, t), reports=few_reports(came.get((item.run, item.rank)), t))
        for item in found.clusters
    ]
    gone = [_row(item, found, language, t) for item in found.gone]
    return WatchView(
        verdict=_verdict(found, t, looks=looks),
        notes=_notes(found, t),
        missing=_missing(found, t, looks=looks),
        failed=[_failed(item, t) for item in found.unanswered if item.status == "failed"],
        heads=heads(t),
        rows=rows,
        gone=gone,
        borders=at_each_border(found, [f"{row.title}: {row.where}" for row in rows], language, t),
        waiting=found.count(WAITING) if found.asked else None,
    )


def heads(t: Translate) -> list[Column]:
    """The columns of numbers and days."""
    return [
        Column(
            "goes_on", t("Goes on"), t("whether it reaches into the last complete week of the data"), "onward"
        ),
        Column(
            "border",
            t("Border crossing nearby"),
            t("a gate at most 30 km from one of its facilities; of crossings the gate itself"),
            "border",
        ),
        Column("observed", t("Observed"), t("cases in it")),
        Column("expected", t("Expected"), t("cases that there would be if it were like everywhere else")),
        Column("start", t("First day"), t("when it begins"), "day"),
        Column("end", t("Last day"), t("when it ends; the period's last day: it may go on"), "day"),
    ]


def _verdict(found: Watch, t: Translate, *, looks: bool) -> str:
    if found.made_at is None and not looks:
        return t(
            "The server does not look by itself. Ask for a scan, or ask the administrator to switch it on."
        )
    if found.made_at is None:
        return t("Nothing has been asked yet: the first questions are asked a minute after the first import.")
    if not found.asked:
        return t("No question stands for your places yet: they are asked after the next import, or at night.")
    if found.clusters:
        return t("Clusters unlikely to be chance: {seldom}.").format(seldom=len(found.clusters))
    if not found.answered:
        return t("No question is answered yet: look again in some minutes.")
    return t("No cluster unlikely to be chance.")


def _notes(found: Watch, t: Translate) -> list[str]:
    if found.made_at is None or not found.asked:
        return []
    said = [
        t("Questions answered: {answered} of {asked}.").format(answered=found.answered, asked=found.asked),
        t(_CAUSES[str(found.cause)]).format(when=moment(found.made_at, t)),
    ]
    if found.answered:
        said.append(
            t("Chance alone brings such clusters too: on average fewer than 0.1 among so many questions.")
            if found.by_chance < _SELDOM
            else t(
                "Chance alone brings some of these too: on average about {count} among so many questions."
            ).format(count=f"{found.by_chance:.1f}")
        )
    said.append(t(_RULE))
    if found.sensitive_asked:
        said.append(t(_SENSITIVE))
    return said


def _missing(found: Watch, t: Translate, *, looks: bool) -> list[str]:
    """What has no answer of the newest data, and what happens next."""
    if found.made_at is None or not found.asked:
        return []
    waiting, cancelled, nothing = (found.count(status) for status in (WAITING, "cancelled", NOTHING))
    said = []
    if waiting:
        said.append(
            t(
                "Not answered yet: {count}. They wait behind what people ask; look again in some minutes."
            ).format(count=waiting)
        )
    if cancelled:
        said.append(
            t("Cancelled: {count}. They are asked again after the next import, or at night.").format(
                count=cancelled
            )
        )
    if nothing:
        said.append(t("Questions of diseases without a case: {count}.").format(count=nothing))
    if not looks:
        said.append(t("The server no longer looks by itself: the list is as old as it says."))
    return said


def _failed(item: Unanswered, t: Translate) -> tuple[str, str, str]:
    run = item.run
    why = problem(run.problem, t) if run is not None and run.problem else t("It failed.")
    return _title(item.disease, item.places, t), "" if run is None else run.id, why


def _title(disease: str, view: str, t: Translate) -> str:
    by, _, place = view.partition(":")
    return words.title(ClusterQuery(disease, by=by, place=place), t)


def _row(item: WatchedCluster, found: Watch, language: str, t: Translate) -> WatchedRow:
    known = found.known.get(item.places, {})
    where = NONE if item.centre is None else name_of(item.centre, known, language)
    others = item.n_locations - 1
    return WatchedRow(
        run=item.run,
        rank=item.rank,
        title=_title(item.disease, item.places, t),
        where=t("{places} and {count} more").format(places=where, count=f"{others:,}")
        if others > 0
        else where,
        change=t("first scan") if item.change is None else t(words.CHANGES[item.change]),
        order=ORDER.index(item.change),
        fewer=t(words.RATES["low"]) if item.rate == "low" else "",
        older=t("of older data") if item.older else "",
        strength=words.strength(item, t),
        strength_order=item.seldom,
        first_found=local(item.first_found),
        cells={
            "goes_on": goes_on_cell(item, found.week, t),
            "border": border_cell(item.border, language, t),
            "observed": Cell(f"{item.observed:,}", item.observed),
            "expected": expected(item.expected),
            "start": day_cell(item.start),
            "end": day_cell(item.end),
        },
        whole=t("the whole period at once") if item.time == "none" else "",
    )
