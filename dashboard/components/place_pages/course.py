"""Whether care gets better or worse at a place: verdict, both values, uncertainty, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.components.addresses import map_page
from dashboard.figures import theme
from dashboard.figures.period_curve import Share, drawn
from dashboard.messages import Translate
from dashboard.services.coverage.panel import TrendPoint
from dashboard.services.place_pages.course import Course
from dashboard.services.place_pages.model import TESTED, TREATED
from dashboard.services.place_pages.place import Place
from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.coverage.trend_steps import ENOUGH
from surveillance.periods.course import LONG, SURE
from surveillance.texts import N_

#: Widths of the picture, by its class.
_WIDTHS = (("wide", 560), ("narrow", 340))
_PEOPLE = {TREATED: N_("People found positive"), TESTED: N_("People eligible")}


@dataclass(frozen=True)
class PeriodRow:
    """One quarter or year of the picture as a row of its table."""

    name: str
    share: str
    interval: str
    counts: str


@dataclass(frozen=True)
class CourseView:
    """One measure. `tone`: `act`, `good` or blank; `verdict`, `values`, `reach`: sentences, some blank."""

    name: str
    href: str
    tone: str
    verdict: str
    values: str
    reach: str
    picture: Markup
    rows: list[PeriodRow]


def views(found: Sequence[Course], place: Place, t: Translate) -> list[CourseView]:
    """Every measure in words, treatment first."""
    return [_view(one, place, t) for one in found]


def _view(one: Course, place: Place, t: Translate) -> CourseView:
    measure = one.query.measure
    tone, verdict = _verdict(one, t)
    return CourseView(
        name=t(MEASURES[measure].name),
        href=map_page(one.query.parameters() | {"area": place.area.code}),
        tone=tone,
        verdict=verdict,
        values=_values(one, t),
        reach=_reach(one.change, measure, t),
        picture=_picture(one, t),
        rows=[_row(point, measure, t) for point in reversed(one.points)],
    )


def _verdict(one: Course, t: Translate) -> tuple[str, str]:
    change = one.change
    if change is None or not one.enough or one.few:
        return "", _untold(one, t)
    if theme.unclear(change):
        return "", t("No clear change since the year before: neither better nor worse by more than chance.")
    if theme.is_worse(change, one.query.measure):
        return "act", t("Worse than the year before, by more than chance.")
    return "good", t("Better than the year before, by more than chance.")


def _untold(one: Course, t: Translate) -> str:
    """Why nothing is said of the change."""
    if one.issued and one.begins is not None:
        said = t("Nothing to compare with: issued figures begin on {day}.")
        return said.format(day=one.begins.isoformat())
    if not one.enough:
        return _too_few(one, t)
    if one.few:
        return t("How it changed is hidden from your account, since a count is small.")
    if one.begins is not None:
        said = t("Nothing to compare with: records begin on {day}.")
        return said.format(day=one.begins.isoformat())
    return t("Too few to tell: hardly a facility has people in both times.")


def _too_few(one: Course, t: Translate) -> str:
    if one.people is None:
        return t("Whether there are enough people to tell is hidden from your account.")
    said = t(
        "Too few people to tell: {now:,} in the last {quarters} quarters and {before:,} in the same quarters "
        "of the year before; {enough} are needed in each."
    )
    now, before = one.people
    return said.format(now=now, before=before, quarters=LONG, enough=ENOUGH)


def _values(one: Course, t: Translate) -> str:
    """Both values with their days, where they are told."""
    sides = ((one.now, one.window), (one.before, one.earlier))
    said = [
        t("{first} – {last}: {share} ({counts}).").format(
            first=window.first.isoformat(),
            last=window.last.isoformat(),
            share=theme.percent(value.coverage),
            counts=_counts(value, t),
        )
        for value, window in sides
        if value is not None and value.coverage is not None
    ]
    return " ".join(said)


def _counts(value: Estimate, t: Translate) -> str:
    said = t("{numerator:,} of {denominator:,}")
    return said.format(numerator=value.numerator or 0, denominator=value.denominator or 0)


def _reach(change: Change | None, measure: str, t: Translate) -> str:
    """How much worse or better it may have become: both ends of the interval."""
    if change is None:
        return ""
    worse, better = 100 * change.lower, 100 * change.upper
    said = t(
        "The change is {points} points, each facility with itself; its {level} interval goes from {low} to "
        "{high}."
    )
    if change.facilities is None:
        said = t("The change is {points} points; its {level} interval goes from {low} to {high}.")
    return said.format(
        points=theme.signed(100 * change.difference),
        level=theme.level(change),
        low=theme.signed(worse),
        high=theme.signed(better),
    )


def rule(t: Translate) -> str:
    """By what rule the times are chosen."""
    said = t(
        "Compared is the last complete quarter with the same one a year before, where both have at least "
        "{sure} people; else the last {quarters} quarters, where both times have at least {enough}."
    )
    return said.format(sure=SURE, quarters=LONG, enough=ENOUGH)


def _picture(one: Course, t: Translate) -> Markup:
    """The course for wide and for narrow screens; empty without two periods."""
    measure = one.query.measure
    if len(one.points) < 2:
        return Markup()
    points = [
        Share(
            point.start,
            point.end,
            point.value.coverage,
            point.value.lower,
            point.value.upper,
            point.value.denominator,
            "" if point.value.coverage is not None else theme.look_of(point.value, measure).sign,
        )
        for point in one.points
    ]
    name = t(MEASURES[measure].name)
    title = t("{measure}, each quarter, with its 95% interval")
    if one.step == "year":
        title = t("{measure}, each year, with its 95% interval")
    names = title.format(measure=name), t(_PEOPLE[measure])
    said = t("{title}; the table below says the same").format(title=names[0])
    return Markup().join(drawn(points, names, said, width=width, kind=kind) for kind, width in _WIDTHS)


def _row(point: TrendPoint, measure: str, t: Translate) -> PeriodRow:
    value = point.value
    if value.coverage is None or value.lower is None or value.upper is None:
        look = theme.look_of(value, measure)
        return PeriodRow(point.label, look.sign, "", t(look.label))
    interval = f"{theme.percent(value.lower)}–{theme.percent(value.upper)}"
    return PeriodRow(point.label, theme.percent(value.coverage), interval, _counts(value, t))
