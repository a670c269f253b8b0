"""A curve in words: what it is of, its bars, its table, and what must be known before reading on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.components import scope_words
from dashboard.components.controls import AXIS_NAMES, REMOTE_NAMES
from dashboard.components.coverage import issued_words
from dashboard.components.curves import nowcast_words
from dashboard.curve_filters import CASES, ONSET, ORIGIN, REPORT, VISIT, CurveQuery
from dashboard.exports.curves import part_name
from dashboard.figures import theme
from dashboard.figures.svg.curve import Bar, Mark
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.curves.known import InOutbreaks
from dashboard.services.curves.models import Curve, CurvePoint, Number
from dashboard.services.disclosure.rules import FEW
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.calendar.entries import Entry, closed_days, not_compared
from surveillance.coverage.estimates import few_came
from surveillance.diseases import DISEASES
from surveillance.epiweek import epiweek, period_last_day
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import AXES, shown_values
from surveillance.vocabulary import ORIGIN as ORIGINS
from surveillance.windows import Window, compared

#: In place of a number of a crossing that was closed.
CLOSED_SIGN = "×"
BY_NAMES = {VISIT: N_("Day of the visit"), ONSET: N_("Day symptoms began"), REPORT: N_("Day of the report")}
PLACE_NAMES = {
    "care": N_("Province of care"),
    "home": N_("Home province"),
    "infection": N_("Province of infection"),
    "crossing": N_("Border crossing"),
    "facility": N_("Facility"),
    "district": N_("Operational district"),
}
WHAT_NAMES = {CASES: N_("Cases found positive"), "patients": N_("All patients")}
GROUP_NAMES = {**AXIS_NAMES, ORIGIN: N_("Origin of the case")}


@dataclass(frozen=True)
class Row:
    """One step in the table. `cells`: texts of its numbers, in the order of the heads; `notes`: what is to be
    said of it."""

    label: str
    days: str
    cells: tuple[str, ...]
    notes: str
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """What the template writes, the latest step first."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def title(query: CurveQuery, t: Translate) -> str:
    """The question of a curve."""
    name = t(DISEASES[query.disease].name)
    said = {
        (CASES, "week"): N_("{disease}: how many cases, by week?"),
        (CASES, "month"): N_("{disease}: how many cases, by month?"),
        (CASES, "quarter"): N_("{disease}: how many cases, by quarter?"),
        (CASES, "year"): N_("{disease}: how many cases, by year?"),
        ("patients", "week"): N_("{disease}: how many patients, by week?"),
        ("patients", "month"): N_("{disease}: how many patients, by month?"),
        ("patients", "quarter"): N_("{disease}: how many patients, by quarter?"),
        ("patients", "year"): N_("{disease}: how many patients, by year?"),
    }
    return t(said[query.what, query.step]).format(disease=name)


def place_name(query: CurveQuery, grant: Grant, language: str, t: Translate, facility: str = "") -> str:
    """Whose cases they are, in words. `facility`: the name of the facility that is asked for."""
    kind = t(PLACE_NAMES[query.place])
    if not query.area:
        if query.place == "crossing":
            return f"{kind}: {t('all')}"
        whole = t("the whole country") if grant.scope.national else scope_words.own(grant.scope, t)
        return f"{kind}: {whole}"
    if query.place == "facility":
        name = facility or query.area
    elif query.place == "crossing":
        held = ALL_CROSSINGS.get(query.area)
        name = held.name(language) if held else query.area
    else:
        province = PROVINCES.get(query.area)
        name = province.name(language) if province else query.area
    return f"{kind}: {name}"


def said(curve: Curve, where: str, t: Translate) -> list[str]:
    """Who, where, when and by which day."""
    query, period = curve.query, curve.period
    days = f"{period.start} – {period.end}" if period else ""
    parts = [where, t(BY_NAMES[query.by]), days]
    for axis, codes in query.groups.items():
        names = {value.code: t(value.name) for value in AXES[axis]}
        parts.append(f"{t(AXIS_NAMES[axis])}: {', '.join(names[code] for code in codes)}")
    if query.remote is not None:
        parts.append(t(REMOTE_NAMES[query.remote]))
    return [" · ".join(part for part in parts if part)]


def total_words(curve: Curve, t: Translate) -> str:
    """How many in all, and how many have no such day."""
    if curve.total is None:
        return ""
    every = number_text(curve.total, t)
    if curve.query.what == CASES:
        text = t("{count} cases in all.").format(count=every)
    else:
        text = t("{count} patients in all.").format(count=every)
    if curve.undated is not None:
        missing = number_text(curve.undated, t)
        if curve.query.by == ONSET:
            said = t("On no bar, because the day of the first symptoms is blank or a year off: {count}.")
            text += " " + said.format(count=missing)
        else:
            said = t("On no bar, because the day of report is blank or a year off: {count}.")
            text += " " + said.format(count=missing)
    return text


def known(found: InOutbreaks | None, curve: Curve, t: Translate) -> str:
    """How many are in a known outbreak already; blank where none is known."""
    return known_of(found, curve.query.what, t)


def known_of(found: InOutbreaks | None, what: str, t: Translate) -> str:
    """The same of what is counted: cases, or all patients."""
    if found is None:
        return ""
    if what == CASES:
        text = t("Of the cases {inside:,} are in a known outbreak already: {names}.")
    else:
        text = t("Of the patients {inside:,} are in a known outbreak already: {names}.")
    return text.format(inside=found.inside, names=", ".join(found.names))


def _of_release(curve: Curve, t: Translate) -> list[str]:
    """What must be known of an issued curve: its release, its steps, and what is hidden."""
    release, found = curve.release, []
    if release is not None and release.stamp is not None:
        found.append(issued_words.stamped(release.stamp, t))
    if curve.points and curve.step != curve.query.step:
        found.append(t("Issued periods are shown: weeks are not issued, and some diseases by longer ones."))
    return [*found, t(FEW)] if curve.few else found


def notes(curve: Curve, t: Translate) -> list[str]:
    """What must be known before reading on."""
    query, found = curve.query, []
    if curve.release is not None:
        return _of_release(curve, t)
    if curve.step != query.step:
        found.append(t("Your account is shown this disease by calendar years."))
    if any(point.running for point in curve.points):
        found.append(t("Running: the last step ends after the last day of the data."))
    if any(point.incomplete for point in curve.points):
        found.append(
            t(
                "Incomplete: fewer facilities reported than four fifths of the usual number (the median "
                "of the eight steps before)."
            )
        )
    if any(point.before is not None for point in curve.points):
        text = (
            t("The year before: 52 weeks earlier.")
            if curve.step == "week"
            else t("The year before: the same days of the year before.")
        )
        known = (
            t("As it was known at the end of {day}, after the same delay.").format(day=curve.known_on)
            if curve.known_on
            else t("As it is known now: what was known after the same delay is not held.")
        )
        found.append(f"{text} {known}")
    if query.by != VISIT:
        found.append(
            t(
                "Aggregate reports have no such day: only single records are counted, within a year of "
                "the visit."
            )
        )
    elif curve.reports:
        found.append(t("Aggregate reports counted: {count:,}.").format(count=curve.reports))
    if query.group and curve.reports:
        found.append(t("Aggregate reports are not divided."))
    if curve.expected is not None:
        found += nowcast_words.notes(curve.expected, t)
    if curve.known_from is not None:
        found.append(
            t("Single records are held from {day} on; the curve begins there.").format(day=curve.known_from)
        )
    if curve.few:
        found.append(t(FEW))
    return found


def sign_of(number: Number) -> str:
    """The sign in place of a number."""
    return theme.HIDDEN.sign if number.status is Status.HIDDEN else theme.NOT_REPORTED.sign


def is_shut(number: Number, closed: str, t: Translate) -> bool:
    """Whether a step is closed, and so neither zero nor silent. `closed`: what is said of it."""
    return closed == t("closed") and not number.count and number.status is not Status.HIDDEN


def number_text(number: Number | None, t: Translate) -> str:
    """A number, or the sign of what it is not."""
    if number is None:
        return ""
    return sign_of(number) if number.count is None else f"{number.count:,}"


def part_names(curve: Curve, t: Translate) -> list[str]:
    """Names of the parts."""
    group = curve.query.group
    if group is None:
        return []
    values = ORIGINS if group == ORIGIN else shown_values(group)
    names = {value.code: t(value.name) for value in values}
    return [names[code] for code in curve.groups]


def bars(curve: Curve, closed: Mapping[str, str], t: Translate) -> list[Bar]:
    """The bars of a drawing. `closed`: what is said of the steps that a crossing was closed in, by label."""
    found = []
    for point in curve.points:
        shown = point.shown(curve.query.what)
        shut = is_shut(shown, closed.get(point.label, ""), t)
        name = step_name(point, curve.step, t)
        text = name if shut else f"{name}: {number_text(shown, t)}"
        if point.before is not None:
            text += f" ({t('the year before')}: {number_text(point.before, t)})"
        remark = step_notes(point, closed.get(point.label, ""), t)
        expected = None if shut else nowcast_words.interval(point.expected)
        if expected is not None:
            text += f"; {nowcast_words.expected(point.expected, t)}"
        found.append(
            Bar(
                point.begins,
                period_last_day(point.begins, curve.step),
                None if shut else shown.count,
                CLOSED_SIGN if shut else "" if shown.count is not None else sign_of(shown),
                axis_lines(point.begins, curve.step, point.label),
                f"{text}. {remark}" if remark else text,
                point.running or point.incomplete,
                point.before.count if point.before else None,
                tuple(part.count or 0 for part in point.parts),
                expected,
            )
        )
    return found


def axis_lines(begins: date, step: str, label: str) -> tuple[str, ...]:
    """The name of a step on the axis: of a week its number, and its Monday."""
    if step == "week":
        return f"W{epiweek(begins).week:02d}", f"{begins.day:02d}/{begins.month:02d}", f"{begins.year}"
    if step == "month":
        return f"{begins.month:02d}", f"{begins.year}"
    if step == "quarter":
        return f"Q{(begins.month + 2) // 3}", f"{begins.year}"
    return (label,)


def step_name(point: CurvePoint, step: str, t: Translate) -> str:
    """A step by its name, with its days."""
    if step == "week":
        iso = epiweek(point.begins)
        return t("week {week} of {year} ({first} – {last})").format(
            week=iso.week, year=iso.year, first=point.first, last=point.last
        )
    return f"{point.label} ({point.first} – {point.last})"


def step_notes(point: CurvePoint, closed: str, t: Translate) -> str:
    """What is to be said of a step."""
    found = []
    if point.running:
        found.append(t("running"))
    elif not point.whole:
        found.append(t("cut to the period"))
    if point.incomplete:
        found.append(t("incomplete"))
    if point.reports is not None and few_came(point.reports):
        came, due = point.reports
        found.append(t("{came:,} of {due:,} reports due came").format(came=came, due=due))
    if point.others_before:
        said = t("of {before:,} facilities that reported the year before {both:,} reported now")
        found.append(said.format(before=point.reporting_before, both=point.reporting_both))
    return "; ".join([*found, *filter(None, (closed,))])


def table(
    curve: Curve, said_of: Mapping[str, Sequence[str]], closed: Mapping[str, str], t: Translate
) -> Table:
    """The same numbers as a table. `said_of`: what the calendar says of each step, by its label."""
    with_before = any(point.before is not None for point in curve.points)
    with_patients = curve.query.what == CASES and curve.query.measure == "yield"
    heads = [t("Cases") if curve.query.what == CASES else t("Patients")]
    with_expected = any(point.expected is not None for point in curve.points)
    heads += [t("Expected when all reports are in")] if with_expected else []
    heads += [t("The year before")] if with_before else []
    heads += part_names(curve, t)
    heads += [t("All patients")] if with_patients else []
    heads += [t("Facilities that reported")]
    rows = []
    for point in reversed(curve.points):
        shown = point.shown(curve.query.what)
        shut = is_shut(shown, closed.get(point.label, ""), t)
        cells = [t("closed") if shut else number_text(shown, t)]
        cells += ["" if shut else nowcast_words.cell(point.expected, t)] if with_expected else []
        cells += [number_text(point.before, t)] if with_before else []
        cells += [number_text(part, t) for part in point.parts]
        patients = CLOSED_SIGN if shut and not point.patients.count else number_text(point.patients, t)
        cells += [patients] if with_patients else []
        cells += ["" if point.reporting is None else f"{point.reporting:,}"]
        remark = [step_notes(point, closed.get(point.label, ""), t), *said_of.get(point.label, ())]
        tone = "pale" if point.running or point.incomplete else ""
        days = f"{point.first} – {point.last}"
        rows.append(Row(point.label, days, tuple(cells), "; ".join(filter(None, remark)), tone))
    return Table(tuple(heads), tuple(rows))


def records(
    curve: Curve, said_of: Mapping[str, Sequence[str]], closed: Mapping[str, str], t: Translate
) -> list[dict[str, Any]]:
    """Rows of the file: numbers as numbers, None where they are not told."""
    found = []
    for point in curve.points:
        shut = is_shut(point.shown(curve.query.what), closed.get(point.label, ""), t)
        row: dict[str, Any] = {
            "period": point.label,
            "from": point.first.isoformat(),
            "to": point.last.isoformat(),
            "cases": point.cases.count or (None if shut else point.cases.count),
            "patients": point.patients.count or (None if shut else point.patients.count),
            "status": "closed" if shut else point.shown(curve.query.what).status.value,
            **nowcast_words.columns(None if shut else point.expected),
            "year_before": point.before.count if point.before else None,
            "facilities_reporting": point.reporting,
            "facilities_year_before": point.reporting_before,
            "facilities_both_years": point.reporting_both,
            "reports_due": point.reports[1] if point.reports else None,
            "reports_received": point.reports[0] if point.reports else None,
            "whole": _yes(point.whole and not point.running),
            "running": _yes(point.running),
            "incomplete": _yes(point.incomplete),
            "closed": closed.get(point.label, ""),
            "calendar": "; ".join(said_of.get(point.label, ())),
        }
        row |= {
            part_name(curve.query.group, code): part.count
            for code, part in zip(curve.groups, point.parts, strict=False)
        }
        found.append(row)
    return found


def marks(entries: Iterable[Entry], language: str) -> list[Mark]:
    """Entries of the calendar as a curve shows them."""
    return [Mark(one.first, one.last or one.first, one.name(language)) for one in entries]


def without_left_out(curve: Curve, entries: Sequence[Entry]) -> tuple[Curve, list[Entry]]:
    """Take the year before from weeks that the calendar leaves out of comparisons; and the entries they hold.

    A week is left out where it, or its week of the year before, holds days of such an entry, and not both
    hold the whole of it.
    """
    if curve.step != "week":
        return curve, []
    points: list[CurvePoint] = []
    left: dict[str, Entry] = {}
    for point in curve.points:
        pair = compared(Window(point.first, point.last), "year")
        found = (
            [] if point.before is None or pair is None else not_compared(entries, (pair.now, pair.earlier))
        )
        left |= {one.key: one for one in found}
        points.append(replace(point, before=None) if found else point)
    return (replace(curve, points=tuple(points)) if left else curve), list(left.values())


def left_out(left: Sequence[Entry], language: str, t: Translate) -> str:
    """What the comparison with the year before leaves out; blank where nothing is."""
    if not left:
        return ""
    names = "; ".join(dict.fromkeys(one.name(language) for one in left))
    return t("Weeks with {names} are left out of the comparison with the year before.").format(names=names)


def closed_marks(closures: Iterable[Entry], last: date, t: Translate) -> list[Mark]:
    """When a crossing was closed, as a curve shows it. `last`: its last day."""
    return [Mark(one.first, one.last or last, t("closed"), closed=True) for one in closures]


def closed_steps(curve: Curve, closures: Sequence[Entry], t: Translate) -> dict[str, str]:
    """What is said of the steps in which a crossing was closed, by label."""
    found = {}
    for point in curve.points:
        share = closed_days(closures, point.first, point.last)
        if share.whole:
            found[point.label] = t("closed")
        elif share.closed:
            found[point.label] = t("closed on {days} of {all} days").format(days=share.closed, all=share.days)
    return found


def marks_on(curve: Curve, marks: Sequence[Mark]) -> dict[str, list[str]]:
    """What the calendar says of each step, by its label."""
    return {
        point.label: [mark.label for mark in marks if mark.first <= point.last and mark.last >= point.first]
        for point in curve.points
    }


def _yes(whether: bool) -> str:
    return "yes" if whether else "no"
