"""Findings in words: what is found, of how many records, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.messages import Translate
from dashboard.services.data_quality.models import Finding, by_state
from dashboard.services.data_quality.quality_list import QualityList
from geodata.provinces import PROVINCES
from surveillance.data_quality import fields
from surveillance.data_quality.fields import BLANKS, KINDS, PAIRS, STATES


@dataclass(frozen=True)
class Row:
    """One line of the list. `days`: its month, or that it is of all of them."""

    kind: str
    facility: str
    province: str
    days: str
    text: str
    state: str
    owner: str
    note: str
    parameters: dict[str, str]
    still: bool


def summary(found: QualityList, t: Translate) -> str:
    """How many findings there are, and in which state."""
    if found.first is None:
        return t("There are no records.")
    counts = by_state(found.findings)
    parts = [f"{t(name)}: {counts[code]:,}" for code, name in STATES.items() if code in counts]
    said = t("Findings of {first} to {last}: {count:,}.").format(
        first=found.first, last=found.last, count=len(found.findings)
    )
    return f"{said} {'; '.join(parts)}." if parts else said


def rows(found: QualityList, language: str, t: Translate) -> list[Row]:
    """The list, in its order."""
    return [row(one, language, t) for one in found.findings]


def row(one: Finding, language: str, t: Translate) -> Row:
    """One finding as a line."""
    province = PROVINCES.get(one.area.province or "")
    handling = one.handling
    return Row(
        t(KINDS[one.key.kind]),
        one.area.name(language),
        province.name(language) if province else t("unknown"),
        one.key.month[:7] or t("all these months"),
        text(one, t),
        t(STATES[one.state]),
        handling.owner if handling else "",
        handling.note if handling else "",
        one.key._asdict(),
        one.still,
    )


def text(one: Finding, t: Translate) -> str:
    """What is found."""
    key = one.key
    if not one.still:
        name = t(BLANKS.get(key.field) or PAIRS.get(key.field) or KINDS[key.kind])
        return t("{what}: no longer found in the records").format(what=name)
    return _SAYS[key.kind](one, t)


def _pair(one: Finding, t: Translate) -> str:
    said = t("{what}: {found:,} of {records:,} records")
    return said.format(what=t(PAIRS[one.key.field]), found=one.found, records=one.records)


def _blank(one: Finding, t: Translate) -> str:
    share, what = f"{100 * (one.value or 0):.0f}%", t(BLANKS[one.key.field])
    said = t("{what} blank or unknown: {found:,} of {records:,} records ({share})")
    return said.format(what=what, share=share, found=one.found, records=one.records)


def _twice(one: Finding, t: Translate) -> str:
    said = t("from two sources, alike in day, disease, sex, age and home: {found:,} of {records:,} records")
    return said.format(found=one.found, records=one.records)


def _change(one: Finding, t: Translate) -> str:
    said = t("from this month on {found:,} records in three months; {before:,} in the three before")
    return said.format(found=one.found, before=int(one.value or 0))


def _outlier(one: Finding, t: Translate) -> str:
    said = t("{records:,} records, far from the twelve months before (modified z-score {score})")
    return said.format(records=one.records, score=f"{one.value or 0:.1f}")


def _digits(one: Finding, t: Translate) -> str:
    said = t("{found:,} of {records:,} people of 23 to 62 have an age in 0 or 5 (Whipple's index {score})")
    return said.format(score=f"{one.value or 0:.0f}", found=one.found, records=one.records)


_SAYS = {
    fields.PAIR: _pair,
    fields.BLANK: _blank,
    fields.TWICE: _twice,
    fields.CHANGE: _change,
    fields.OUTLIER: _outlier,
    fields.DIGITS: _digits,
}
