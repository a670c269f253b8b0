"""The sections of a bulletin, each in words and tables; where there is nothing, it says so."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.alerts import signal_words
from dashboard.components.alerts.words import LEVEL_WORDS, event_said, rule_name
from dashboard.components.bulletin import figures
from dashboard.components.bulletin.figures import number_text
from dashboard.components.bulletin.said import Said
from dashboard.exports.bulletin.blocks import Block, Bullets, Heading, Paragraph, Table
from dashboard.figures import theme
from dashboard.services.alerts.register import OUTCOMES
from dashboard.services.bulletin.models import (
    AlertRow,
    AreaReports,
    DiseasePart,
    Silent,
)
from surveillance.status import Status
from surveillance.texts import N_

#: Silent facilities that are listed by name.
MOST_SILENT = 40
_STATES = {
    "new": N_("New"),
    "looked": N_("Looked at"),
    "verified": N_("Verified"),
    "refuted": N_("Not verified"),
}
_METHODS = {
    "farrington": N_(
        "Farrington's method (flexible, as in R surveillance 1.20.3) on the weeks of {years} earlier years"
    ),
    "ears": N_("EARS C2: seven weeks, two weeks before; fewer than three earlier years are held"),
    "months": N_("mean and two standard deviations of the same months of {years} earlier years"),
}


# --- who reported -----------------------------------------------------------------------------------


def reporting_brief(said: Said) -> list[str]:
    """Who reported, in a sentence."""
    t, total = said.t, said.bulletin.reporting.total
    if total is None:
        return [t("Reports: none was due of these days.")]
    text = t("Reports: {received:,} of {due:,} came ({share}). {late}")
    late = (
        t("It is not known how many came in time.")
        if total.on_time is None
        else t("{on_time:,} came in time ({share}).").format(
            on_time=total.on_time, share=_share(total.on_time, total.due)
        )
    )
    return [
        text.format(
            received=total.received, due=total.due, share=_share(total.received, total.due), late=late
        )
    ]


def reporting(said: Said) -> list[Block]:
    """Completeness and timeliness, and in editions with small counts the facilities that are silent."""
    t, part = said.t, said.bulletin.reporting
    blocks: list[Block] = [Heading(t("1. Who reported"))]
    if part.total is None:
        blocks.append(
            Paragraph(
                t(
                    "No report was due: no facility is on the list, or no deadline had passed by {day}."
                ).format(day=said.bulletin.as_of)
            )
        )
        return blocks
    if not part.total.received:
        blocks.append(Paragraph(t("Nothing was reported of these days."), "warn"))
    heads = [t("Place"), t("Due"), t("Received"), t("Completeness"), t("In time"), t("Timeliness")]
    rows = [_reports(said.area(row.code), row) for row in part.areas]
    if said.bulletin.province is None:
        rows.append(_reports(t("The whole country"), part.total))
    caption = t("Reports that were due of these days by {day}").format(day=said.bulletin.as_of)
    several = said.bulletin.province is None and len(rows) > 1
    blocks.append(Table(caption, heads, rows, frozenset(range(1, 6)), several))
    if part.silent:
        listed = [_silent(said, one) for one in part.silent[:MOST_SILENT]]
        more = len(part.silent) - len(listed)
        if more:
            listed.append(t("and {more:,} more").format(more=more))
        blocks += [Paragraph(t("Facilities of which a report is missing:"), "strong"), Bullets(listed)]
    if part.assumed:
        text = t(
            "Of {count:,} facilities the list does not say how often they report: a report a week is assumed."
        )
        blocks.append(Paragraph(text.format(count=part.assumed), "note"))
    return blocks


def _reports(name: str, row: AreaReports) -> tuple[str, ...]:
    late = ("–", "–") if row.on_time is None else (f"{row.on_time:,}", _share(row.on_time, row.due))
    return (name, f"{row.due:,}", f"{row.received:,}", _share(row.received, row.due), *late)


def _silent(said: Said, one: Silent) -> str:
    name = said.named(one.name_en, one.name_km, one.code)
    since = said.t("never reported") if one.last is None else said.t("last: {day}").format(day=one.last)
    return f"{name} ({said.area(one.province)}; {since})"


# --- alerts -----------------------------------------------------------------------------------------


def alerts_brief(said: Said) -> list[str]:
    """Alerts, in a sentence."""
    t, part = said.t, said.bulletin.alerts
    if not part.told:
        return []
    if not part.ran:
        return [t("Alerts: the rules had not run yet.")]
    text = t(
        "Alerts: {raised:,} raised in these days; {open:,} stand open, {unowned:,} of them without an owner."
    )
    return [text.format(raised=part.raised, open=part.open, unowned=part.unowned)]


def alerts(said: Said) -> list[Block]:
    """What was raised in the period, what stands open, and what became of it."""
    t, part = said.t, said.bulletin.alerts
    blocks: list[Block] = [Heading(t("2. Alerts, and what became of them"))]
    if not part.told:
        text = (
            t("Your account is shown no alerts.")
            if said.bulletin.own
            else t("Editions for passing on tell numbers of alerts of the whole country alone.")
        )
        return [*blocks, Paragraph(text), *_signals(said)]
    if not part.ran:
        return [*blocks, Paragraph(t("The rules of alerts had not run yet."))]
    if not part.raised:
        blocks.append(Paragraph(t("No alert was raised in these days.")))
    else:
        text = t(
            "Raised in these days: {raised:,}. Of them looked at: {looked:,}; verified: {verified:,}; not "
            "verified: {refuted:,}; closed: {closed:,}."
        )
        blocks.append(
            Paragraph(
                text.format(
                    raised=part.raised,
                    looked=part.looked,
                    verified=part.verified,
                    refuted=part.refuted,
                    closed=part.closed,
                )
            )
        )
    still = t("Open on {day}: {open:,}, without an owner: {unowned:,}.")
    blocks.append(Paragraph(still.format(day=said.bulletin.as_of, open=part.open, unowned=part.unowned)))
    if part.rows:
        heads = [
            t("Disease"),
            t("Rule"),
            t("Place"),
            t("Cases"),
            t("Days"),
            t("Raised"),
            t("Owner"),
            t("What became of it"),
        ]
        rows = [_alert(said, one) for one in part.rows]
        blocks.append(Table(t("Alerts raised in these days, or still open"), heads, rows, frozenset({3})))
        blocks += in_brackets(said, [one.inside for one in part.rows])
    elif not said.bulletin.own:
        blocks += _signals(said)
    return blocks


def _signals(said: Said) -> list[Block]:
    """What an edition for passing on tells of single alerts."""
    t, found = said.t, said.bulletin.alerts.signals
    if said.bulletin.own:
        return []
    text = t(
        "Of single alerts the disease, the province and the week are told, from {threshold} cases on. Their "
        "numbers are for those who work for the province; of HIV and sexually transmitted infections nothing "
        "is told."
    ).format(threshold=said.bulletin.alerts.signals_from)
    note = Paragraph(text, "note")
    return [Bullets(signal_words.lines(found, said.language, t)), note] if found else [note]


def with_known(count: int, inside: int | None) -> str:
    """A number of cases; in brackets those in a known outbreak, where there are any, or `?`."""
    if inside is None:
        return f"{count:,} (?)"
    return f"{count:,} ({inside:,})" if inside else f"{count:,}"


def in_brackets(said: Said, inside: Sequence[int | None]) -> list[Block]:
    """What the numbers in brackets are, where there are any."""
    t, found = said.t, []
    if any(inside):
        found.append(t("In brackets: cases that are in a known outbreak already."))
    if None in inside:
        found.append(t("(?): its cases of then are not kept one by one."))
    return [Paragraph(" ".join(found), "note")] if found else []


def _alert(said: Said, one: AlertRow) -> tuple[str, ...]:
    t = said.t
    place = said.named(one.name_en, one.name_km, "")
    kind = t(LEVEL_WORDS[one.level])
    outcome = t(OUTCOMES[one.state]) if one.state in OUTCOMES else t(_STATES[one.state])
    outcome = t("Closed: {outcome}").format(outcome=outcome) if one.closed else outcome
    event = event_said(one.event, one.event_last, t)
    return (
        said.disease(one.disease),
        rule_name(one.rule, t),
        f"{place} ({kind})" if place else kind,
        with_known(one.count, one.inside),
        f"{one.first} – {one.last}",
        str(one.raised),
        one.owner or t("Nobody yet"),
        f"{outcome}. {event}" if event else outcome,
    )


# --- diseases ---------------------------------------------------------------------------------------


def cases_brief(said: Said) -> list[str]:
    """Which diseases lie above their threshold, and that nothing was reported."""
    t, parts = said.t, said.bulletin.diseases
    if not said.bulletin.own and said.bulletin.release is None:
        return [t("Cases: nothing has been issued yet.")]
    above = [said.disease(one.code) for one in parts if one.above]
    judged = [one for one in parts if one.above is not None]
    if above:
        return [t("Above the threshold: {diseases}.").format(diseases=", ".join(above))]
    if judged:
        return [t("No disease lies above its threshold.")]
    return [t("No threshold can be told yet.")]


def diseases(said: Said) -> list[Block]:
    """Every disease that is told, in numbers."""
    t, bulletin = said.t, said.bulletin
    blocks: list[Block] = [Heading(t("3. Cases"))]
    if not bulletin.own and bulletin.release is None:
        return [*blocks, Paragraph(t("No release has been issued by {day}.").format(day=bulletin.as_of))]
    if not bulletin.diseases:
        return [*blocks, Paragraph(t("No disease of this edition may be told."))]
    if bulletin.own and all(one.now.count is None for one in bulletin.diseases):
        blocks.append(Paragraph(t("No case is recorded, and nothing was reported of these days."), "warn"))
    heads = [
        t("Disease"),
        t("Period"),
        t("Cases"),
        t("The period before"),
        t("The year before"),
        t("Since the year began"),
        t("Threshold"),
    ]
    rows = [
        (
            said.disease(one.code),
            one.of or "–",
            *(number_text(number) for number in (one.now, one.before, one.year, one.since)),
            _limit(one),
        )
        for one in bulletin.diseases
    ]
    caption = t("Cases found positive, by the day of the visit and the province of care")
    blocks.append(Table(caption, heads, rows, frozenset(range(2, 7))))
    told = {
        number.status for one in bulletin.diseases for number in (one.now, one.before, one.year, one.since)
    }
    notes = []
    if Status.HIDDEN in told:
        notes.append(f"{theme.HIDDEN.sign} {t(theme.HIDDEN.label)}")
    if Status.NOT_REPORTED in told:
        unknown = t("nothing is known of these days") if bulletin.own else t("not issued")
        notes.append(f"{theme.NOT_REPORTED.sign} {unknown}")
    blocks.append(Paragraph("; ".join(notes), "note"))
    if not bulletin.own:
        text = t(
            "Weeks are not issued: each number is of the last issued month or quarter that ended by {day}."
        )
        blocks.append(Paragraph(text.format(day=bulletin.last), "note"))
    return blocks


def _limit(part: DiseasePart) -> str:
    last = part.steps[-1] if part.steps else None
    if last is None or last.limit is None:
        return "–"
    return f"{last.limit:,.1f}{' ▲' if part.above else ''}"


def priorities(said: Said) -> list[Block]:
    """A page for each priority disease with cases: curve, threshold, map."""
    t = said.t
    shown = [one for one in said.bulletin.diseases if one.steps and one.has_cases]
    blocks: list[Block] = []
    for one in shown:
        name = said.disease(one.code)
        blocks.append(Heading(name, 3, new_page=True))
        blocks.append(Paragraph(_numbers(said, one)))
        blocks += _known(said, one.code)
        blocks.append(figures.curve(one, said.language, t))
        blocks.append(Paragraph(_threshold(said, one), "note"))
        if one.withheld:
            text = t("Only one or two provinces would be hidden: they could be worked out, so none is shown.")
            blocks.append(Paragraph(text, "note"))
        elif one.places:
            blocks.append(figures.map_of(said.bulletin, one, said.language, t))
    quiet = [one for one in said.bulletin.diseases if one.steps and not one.has_cases]
    if quiet:
        names = ", ".join(said.disease(one.code) for one in quiet)
        blocks.append(Paragraph(t("No case in the weeks of a curve: {diseases}.").format(diseases=names)))
    return blocks


def _known(said: Said, code: str) -> list[Block]:
    """Cases of the period that are in a known outbreak already."""
    t, found = said.t, next((one for one in said.bulletin.known if one.disease == code), None)
    if found is None:
        return []
    names = ", ".join(found.names)
    if found.inside is None:
        text = t(
            "How many cases are in a known outbreak ({names}) is not known: single records are not held."
        )
        return [Paragraph(text.format(names=names), "note")]
    text = t("Of the cases {inside:,} are in a known outbreak already: {names}.")
    return [Paragraph(text.format(inside=found.inside, names=names))]


def _numbers(said: Said, one: DiseasePart) -> str:
    text = said.t("{period}: {now} cases; the period before {before}, the year before {year}.")
    return text.format(
        period=one.of, now=number_text(one.now), before=number_text(one.before), year=number_text(one.year)
    )


def _threshold(said: Said, one: DiseasePart) -> str:
    t = said.t
    if not one.method:
        return t("No threshold: the history is too short, or the counts are too few.")
    method = t(_METHODS[one.method]).format(years=one.years)
    return t("Threshold: {method}.").format(method=method)


def _share(part: int, whole: int) -> str:
    return theme.percent(part / whole) if whole else "–"
