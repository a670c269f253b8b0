"""The document of a bulletin in one language, section by section: who reported comes first."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.bulletin import other_sections, sections
from dashboard.components.bulletin.said import Said
from dashboard.exports.bulletin.blocks import Block, Bullets, Document, Heading, Paragraph
from dashboard.messages import translator
from dashboard.services.bulletin.models import Bulletin
from dashboard.settings import VERSION
from surveillance.texts import N_

_TITLES = {
    "week": N_("Bulletin of communicable diseases among mobile people: week {label}"),
    "month": N_("Bulletin of communicable diseases among mobile people: month {label}"),
}
_DELAYS = {
    "week": N_("This bulletin tells what was known at the end of {day}, {days} days after the week ended."),
    "month": N_("This bulletin tells what was known at the end of {day}, {days} days after the month ended."),
}


def document(bulletin: Bulletin, language: str) -> Document:
    """The whole bulletin."""
    said = Said(bulletin, language, translator(language))
    blocks: list[Block] = [
        *_brief(said),
        *sections.reporting(said),
        *sections.alerts(said),
        *sections.diseases(said),
        *sections.priorities(said),
        *other_sections.centre(said),
        *other_sections.clusters(said),
        *other_sections.meeting(said),
        *other_sections.method(said),
    ]
    return _document(said, name(bulletin, language), title(said), blocks)


def meeting_sheet(bulletin: Bulletin, language: str) -> Document:
    """The sheet of the meeting alone: decisions, their owners, done or not, and room to write."""
    said = Said(bulletin, language, translator(language))
    titled = said.t("Sheet of the meeting, {label}").format(label=bulletin.label)
    return _document(
        said, f"{name(bulletin, language)}-meeting", titled, other_sections.meeting(said, alone=True)
    )


def name(bulletin: Bulletin, language: str) -> str:
    """The name of its file: period, place, kind of edition, day, language."""
    edition = "own" if bulletin.own else "issued"
    parts = (bulletin.label, bulletin.province or "KH", edition, f"as-of-{bulletin.as_of}", language)
    return "-".join(("chhlang-bulletin", *parts))


def title(said: Said) -> str:
    """The title: week or month."""
    return said.t(_TITLES[said.bulletin.kind]).format(label=said.bulletin.label)


def where_and_when(said: Said) -> list[str]:
    """Place and days; as known when, with its delay; records up to when."""
    bulletin, t = said.bulletin, said.t
    lines = [
        f"{said.area(bulletin.province)} · {bulletin.first} – {bulletin.last}",
        t(_DELAYS[bulletin.kind]).format(day=bulletin.as_of, days=bulletin.delay),
    ]
    if bulletin.programmes is not None:
        lines.append(said.programmes())
    if bulletin.data_until is not None:
        until = t("Records reach to {day}.") if bulletin.own else t("Issued figures reach to {day}.")
        lines.append(until.format(day=bulletin.data_until))
    if bulletin.demo:
        lines.append(t("Synthetic data: invented. No real person is in these data."))
    return lines


def stamp(said: Said) -> str:
    """Whether it may be passed on, and what it holds."""
    bulletin, t = said.bulletin, said.t
    if bulletin.own:
        text = t(
            "Not for passing on: it holds small numbers. Shown to the role {role}; every number is told; "
            "records up to {day}."
        )
        return text.format(role=bulletin.role, day=bulletin.data_until or "–")
    if bulletin.release is None:
        return t("For passing on. Nothing has been issued yet: no number of people is told.")
    text = t(
        "For passing on: issued figures of release {number} of {day}. No number from 1 to {most} people is "
        "told, nor what would give one away."
    )
    release = bulletin.release
    return text.format(number=release.number, day=release.issued_on, most=release.threshold - 1)


def _brief(said: Said) -> list[Block]:
    return [
        Heading(said.t("In brief")),
        Bullets([*sections.reporting_brief(said), *sections.alerts_brief(said), *sections.cases_brief(said)]),
    ]


def _document(said: Said, named: str, titled: str, blocks: Sequence[Block]) -> Document:
    bulletin = said.bulletin
    foot = (
        said.t("Made by Chhlang {version} from what facilities sent. Data: synthetic.")
        if bulletin.demo
        else (said.t("Made by Chhlang {version} from what facilities sent."))
    )
    return Document(
        named,
        said.language,
        titled,
        where_and_when(said),
        stamp(said),
        not bulletin.own,
        tuple(_filled(blocks)),
        foot.format(version=VERSION),
    )


def _filled(blocks: Sequence[Block]) -> list[Block]:
    """Without lists and paragraphs that say nothing."""
    kept = []
    for block in blocks:
        if isinstance(block, Bullets) and not any(block.items):
            continue
        if isinstance(block, Paragraph) and not block.text:
            continue
        kept.append(block)
    return kept
