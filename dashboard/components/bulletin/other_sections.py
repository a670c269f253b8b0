"""The last sections of a bulletin: centres, clusters, decisions, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.bulletin.said import Said
from dashboard.components.bulletin.sections import in_brackets, with_known
from dashboard.exports.bulletin.blocks import Block, Bullets, Heading, Paragraph, Table
from dashboard.services.bulletin.models import ClusterRow, CrossingArrivals, DecisionRow, SignalRow
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.texts import N_

#: Blank lines of the sheet of the meeting.
_TO_WRITE = 6
_CHANGES = {
    "new": N_("new"),
    "growing": N_("growing"),
    "shrinking": N_("shrinking"),
    "unchanged": N_("unchanged"),
    "extent": N_("of another extent"),
}


def centre(said: Said) -> list[Block]:
    """What the reception centres did."""
    t, part = said.t, said.bulletin.reception
    blocks: list[Block] = [Heading(t("4. Reception centres"), new_page=True)]
    if not part.told:
        text = (
            t("Your account is shown no counts of a reception centre.")
            if said.bulletin.own
            else t("Nothing of a reception centre is issued: a few people of a day could be recognised.")
        )
        return [*blocks, Paragraph(text)]
    if not part.known:
        text = t(
            "What the centres had entered by {day} is not known any more: entries of these days are kept as "
            "sums alone. Look at their page for what is entered now."
        )
        return [*blocks, Paragraph(text.format(day=said.bulletin.as_of))]
    if not part.arrived:
        return [*blocks, Paragraph(t("No arrival was entered in these days."))]
    text = t(
        "Arrived: {arrived:,} (the period before: {before:,}). Assessed: {assessed:,}; tested: {tested:,}; "
        "referred: {referred:,}; reached their referral: {reached:,}."
    )
    blocks.append(
        Paragraph(
            text.format(
                arrived=part.arrived,
                before=part.before or 0,
                assessed=part.assessed,
                tested=part.tested,
                referred=part.referred,
                reached=part.reached,
            )
        )
    )
    heads = [t("Arrived"), t("Tested")]
    gates = [_arrivals(_crossing(one.code, said.language), one) for one in part.crossings]
    homes = [_arrivals(_home(said, one.code), one) for one in part.homes]
    if gates:
        blocks.append(
            Table(t("By border crossing"), [t("Border crossing"), *heads], gates, frozenset({1, 2}))
        )
    if homes:
        blocks.append(Table(t("By home province"), [t("Home province"), *heads], homes, frozenset({1, 2})))
    return blocks


def _arrivals(name: str, one: CrossingArrivals) -> tuple[str, ...]:
    return name, f"{one.arrived:,}", "–" if one.tested is None else f"{one.tested:,}"


def _crossing(code: str, language: str) -> str:
    held = ALL_CROSSINGS.get(code)
    return held.name(language) if held else code


def _home(said: Said, code: str) -> str:
    if code in PROVINCES:
        return said.area(code)
    return said.t("daily commuters") if code else said.t("not recorded")


def clusters(said: Said) -> list[Block]:
    """Clusters unlikely to be chance, or that there are such."""
    t, part = said.t, said.bulletin.clusters
    blocks: list[Block] = [Heading(t("5. Clusters"))]
    if not part.known:
        text = t("Which clusters stood on {day} is not kept, or has not been asked yet.")
        return [*blocks, Paragraph(text.format(day=said.bulletin.as_of))]
    if part.rows:
        heads = [t("Disease"), t("Middle"), t("Days"), t("Observed"), t("Expected"), t("Change")]
        rows = [_cluster(said, one) for one in part.rows]
        table = Table(t("Clusters unlikely to be chance"), heads, rows, frozenset({3, 4}))
        return [*blocks, table, *in_brackets(said, [one.inside for one in part.rows])]
    if part.signals:
        return [*blocks, Bullets([_signal(said, one) for one in part.signals])]
    return [*blocks, Paragraph(t("No cluster unlikely to be chance."))]


def _cluster(said: Said, one: ClusterRow) -> tuple[str, ...]:
    days = f"{one.start} – {one.end}" if one.start else said.t("the whole period")
    return (
        said.disease(one.disease),
        said.named(one.name_en, one.name_km, one.centre) or said.t("the whole area"),
        days,
        with_known(one.observed, one.inside),
        f"{one.expected:,.1f}",
        said.t(_CHANGES[one.change]) if one.change in _CHANGES else "–",
    )


def _signal(said: Said, one: SignalRow) -> str:
    where = ", ".join(said.area(code) for code in one.provinces)
    if one.fewest is None:
        size = said.t("its size is not told")
    elif one.most is None:
        size = said.t("{fewest:,} cases or more").format(fewest=one.fewest)
    else:
        size = said.t("{fewest:,} to {most:,} cases").format(fewest=one.fewest, most=one.most)
    return f"{said.disease(one.disease)}: {where} ({size})"


# --- meeting, method --------------------------------------------------------------------------------


def meeting(said: Said, *, alone: bool = False) -> list[Block]:
    """Decisions with their owners, done or not; on the sheet of the meeting with room for new ones."""
    t, part = said.t, said.bulletin.decisions
    if not part.told:
        return []
    blocks: list[Block] = [Heading(t("Decisions of the meeting"), new_page=not alone)]
    heads = [t("Decision"), t("Area"), t("Owner"), t("Decided"), t("Done by"), t("State")]
    if part.rows:
        rows = [_decision(said, one) for one in part.rows]
        blocks.append(Table(t("Open before these days, or made or done in them"), heads, rows))
    else:
        blocks.append(Paragraph(t("No decision was open, and none was made in these days.")))
    if alone:
        blank = [("\u00a0",) * 4 for _ in range(_TO_WRITE)]
        blocks.append(Heading(t("New decisions"), 3))
        blocks.append(
            Table(
                t("To be written at the meeting"), [t("Decision"), t("Area"), t("Owner"), t("Done by")], blank
            )
        )
    return blocks


def _decision(said: Said, one: DecisionRow) -> tuple[str, ...]:
    t = said.t
    if one.done is not None:
        state = t("Done on {day}").format(day=one.done)
    else:
        state = t("Not done: overdue") if one.overdue else t("Not done")
    return one.text, said.area(one.area), one.owner, str(one.made), str(one.due), state


def method(said: Said) -> Sequence[Block]:
    """How to read it."""
    t, bulletin = said.t, said.bulletin
    items = [
        t("A case is a record found positive, by the day of the visit. HIV and syphilis are left out."),
        t("A week is an ISO week: from Monday to Sunday. Week 1 holds the first Thursday of the year."),
        t("A report is due once its deadline has passed. Zero is a report; silence is none."),
        t("A threshold says what is usual. A number above it is a question to look into, not an outbreak."),
    ]
    if bulletin.own:
        items.append(
            t(
                "Recent weeks grow: records come late. As of the same day a bulletin says the same again, "
                "but for reception centres, whose entries of an earlier day are not kept."
            )
        )
    else:
        items.append(
            t("Issued figures are not changed later: records that come late are in no issued month.")
        )
        if bulletin.release is not None and bulletin.release.noise:
            items.append(t("Issued numbers are changed a little by chance, so that nobody is told of."))
    return [Heading(t("How to read it")), Bullets(items)]
