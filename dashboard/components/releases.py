"""Releases as their page says them: where each stands, what the audit said, how much is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dashboard.messages import Translate
from dashboard.permissions import THRESHOLD
from dashboard.services.releases.desk import Release
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE
from surveillance.texts import N_

RECORDS = "records"
#: Measures in the order of the table of what is hidden, and what they are called.
COLUMNS: Mapping[str, str] = {
    RECORDS: N_("Records"),
    **{code: MEASURES[code].name for code in ("testing", "positivity", "treatment", "completion")},
}
_WITHIN = N_("Within the programme: fewer than {k} people are hidden")
_LEAVING = N_("For partners: fewer than {k} people are hidden")
_SMALLEST = THRESHOLD


@dataclass(frozen=True)
class Row:
    """One release in the list. `tone`: a class that marks it."""

    number: int
    state: str
    tone: str
    until: date
    prepared: str
    issued: str


@dataclass(frozen=True)
class Hidden:
    """How much is hidden at one threshold: rows of (disease, texts in the order of :data:`COLUMNS`)."""

    title: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


def state(release: Release, in_force: int | None, t: Translate) -> str:
    """Where a release stands, in words."""
    if release.issued_at:
        return t("In force") if release.id == in_force else t("Issued")
    if release.at_work:
        return t("Being stopped") if release.cancelled_by else t("On the way")
    if not release.prepared:
        return t("Failed") if release.status == "failed" else t("Stopped")
    if release.audit_digest:
        return t("Passed its audit, not issued") if release.passed else t("Refused by its audit")
    return t("Prepared, not audited")


def rows(found: Sequence[Release], t: Translate) -> list[Row]:
    """Every release, the newest first."""
    now = in_force(found)
    return [
        Row(
            one.id,
            state(one, now, t),
            "good" if one.id == now else "bad" if one.audit_passed is False else "",
            one.until,
            _who(one.author, one.made_at, t),
            _who(one.issued_by or "", one.issued_at, t),
        )
        for one in found
    ]


def in_force(found: Sequence[Release]) -> int | None:
    """Number of the release that was issued last."""
    return max((one.id for one in found if one.issued_at), default=None)


def facts(release: Release, t: Translate) -> list[tuple[str, str]]:
    """What there is to know of a release, as names and texts."""
    before = release.previous and t("Release {number}").format(number=release.previous)
    found = [
        (t("Records of"), f"{release.since} – {release.until}"),
        (t("Days before a period is issued"), str(release.lag_days)),
        (t("Prepared"), _who(release.author, release.made_at, t)),
        (t("Audited"), _who(release.audited_by or "", release.audited_at, t)),
        (t("Issued"), _who(release.issued_by or "", release.issued_at, t)),
        (t("Carries over"), str(before or "")),
        (t("Fingerprint"), release.digest or "–"),
    ]
    return [(name, text or "–") for name, text in found]


def _who(who: str, at: str | None, t: Translate) -> str:
    """Who did something, and when (in Cambodia)."""
    if not who or at is None:
        return "–"
    moment = datetime.fromisoformat(at).astimezone(TIME_ZONE)
    return t("{who}, {day}").format(who=who, day=f"{moment:%Y-%m-%d %H:%M}")


def report(release: Release, t: Translate, *, entitled: bool) -> list[tuple[str, list[str], str]]:
    """The audit of each threshold: its title, its sentences, how long it took.

    `entitled`: to small counts, which a finding names.
    """
    return [
        (
            threshold_title(int(threshold), t),
            [
                t(text).format(**values)
                for text, values in (*said["words"], *(said["findings"] if entitled else ()))
            ],
            t("It took {seconds} seconds.").format(seconds=f"{said['seconds']:.0f}"),
        )
        for threshold, said in sorted(release.report.items(), key=lambda item: int(item[0]))
    ]


def threshold_title(threshold: int, t: Translate) -> str:
    """What a threshold is for."""
    return t(_WITHIN if threshold == _SMALLEST else _LEAVING).format(k=threshold)


def hidden(release: Release, t: Translate, *, entitled: bool) -> list[Hidden]:
    """How much is hidden, by threshold, disease and measure.

    `entitled`: to small counts; the people in hidden cells may be few.
    """
    found: dict[int, dict[str, dict[str, Mapping[str, Any]]]] = {}
    for one in release.utility:
        by_disease = found.setdefault(one["threshold"], {})
        by_disease.setdefault(one["disease"], {})[one["measure"]] = one
    return [
        Hidden(
            threshold_title(threshold, t),
            [t(name) for name in COLUMNS.values()],
            [
                (
                    t(DISEASES[disease].name),
                    [_share(by_measure.get(code), t, people=entitled) for code in COLUMNS],
                )
                for disease, by_measure in by_disease.items()
                if any(one["cells"] for one in by_measure.values())
            ],
        )
        for threshold, by_disease in sorted(found.items())
    ]


def _share(one: Mapping[str, Any] | None, t: Translate, *, people: bool) -> str:
    """Share of the cells, and of the people in them, that are hidden or in periods too short to issue."""
    if one is None or not one["cells"]:
        return "–"
    cells = (one["hidden"] + one["not_issued"]) / one["cells"]
    if not people:
        return f"{cells:.0%}"
    held = (one["people_hidden"] + one["people_not_issued"]) / max(1, one["people"])
    return t("{cells} of cells, {people} of people").format(cells=f"{cells:.0%}", people=f"{held:.1%}")
