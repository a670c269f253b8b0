"""The page of a place in words: numbers, curve, groups, ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from dashboard.components.addresses import map_page
from dashboard.components.controls import AXIS_NAMES, group_name
from dashboard.components.coverage import issued_words
from dashboard.components.coverage.first_page import Cell, cases_cell, share_cell, week_name
from dashboard.components.coverage.value_cells import ValueCells, value_cells
from dashboard.components.place_pages.addresses import address
from dashboard.figures import theme
from dashboard.figures.weekly_curve import Week, drawn
from dashboard.filters import CoverageQuery
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import TrendPoint
from dashboard.services.place_pages.model import (
    POSITIVE,
    RECORDED,
    TESTED,
    TREATED,
    Curve,
    Groups,
    Line,
    PlacePage,
    Standing,
    Step,
    Windows,
    recorded,
)
from dashboard.services.place_pages.place import CROSSING, Place
from dashboard.services.today.reporting import FacilityReports
from surveillance.calendar.entries import Entry, closed_days
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.epiweek import epiweek
from surveillance.status import Status
from surveillance.texts import N_

#: The disease whose tests the first sentence tells, whatever else is looked at.
_ASKED_OF_EVERY_GATE = "tb"
#: What is told as counts; of anything else the kind is named.
_COUNTED = (Status.VALUE, Status.ZERO, Status.NOBODY)
HOW_RANKED = N_(
    "With 95% confidence all ranks lie within their limits at once. Places whose intervals overlap are not "
    "told apart."
)
#: The axes of the groups, in order.
_AXES = ("sex", "age", "residence", "movement", "activity")
_STEPS = {
    "eligibility": N_("Eligible, of those recorded"),
    "testing": N_("Tested, of the eligible"),
    "positivity": N_("Found positive, of the tested"),
    "treatment": N_("Treatment started, of those found positive"),
    "completion": N_("Treatment completed, of those who started and are due"),
}


@dataclass(frozen=True)
class NumberCell:
    """One measure of one disease: the last weeks with their change, the last week and the year in words."""

    cell: Cell | None
    week: str
    year: str


@dataclass(frozen=True)
class NumberRow:
    """One disease. `days`: those of its year, where they are others than the page's."""

    name: str
    href: str
    chosen: bool
    days: str
    cells: tuple[NumberCell, ...]


@dataclass(frozen=True)
class StepRow:
    """One step of the cascade. `share`: the length of its bar, in per cent; `days`: as in `NumberRow`."""

    name: str
    href: str
    value: ValueCells
    share: float
    days: str


@dataclass(frozen=True)
class GroupRow:
    """One group: who was tested, and who of them was found positive."""

    name: str
    tested: ValueCells
    positive: ValueCells | None


@dataclass(frozen=True)
class RankRow:
    """One measure: the rank in words, whether the next is told apart, and the rank as a picture."""

    name: str
    href: str
    said: str
    beside: str
    first: float
    length: float
    at: float


@dataclass(frozen=True)
class WeekRow:
    """One week of the curve as a row of its table."""

    name: str
    days: str
    cases: str
    tests: str
    earlier_cases: str
    earlier_tests: str


def on_the_map(found: PlacePage, counted_by: str = "care") -> str:
    """The map with the same question. `counted_by`: of a province, where care was given or the `home`."""
    windows = found.windows
    question = {"by": found.place.kind, "area": found.place.area.code}
    if counted_by != "care":
        question["place"] = counted_by
    if found.disease:
        question |= {"disease": found.disease, "measure": TESTED}
    if windows is not None:
        question |= {"from": windows.year.first.isoformat(), "to": windows.year.last.isoformat()}
    return map_page(question)


def answers(found: PlacePage, t: Translate, *, limited: bool = False) -> list[str]:
    """The last week in sentences: how many were recorded, tested for tuberculosis and found positive.

    `limited`: the reader's account is for some programmes.
    """
    if found.windows is None:
        return []
    weeks = {one.disease: one.week for one in found.lines}
    if found.release is not None:
        weeks = {one.disease: one.year for one in found.lines if not DISEASES[one.disease].sensitive}
    said = [_recorded_in_all(weeks.values(), t, limited=limited)]
    wanted = [_ASKED_OF_EVERY_GATE, found.disease]
    held = {code: week for code in wanted if code is not None and (week := weeks.get(code))}
    return [*said, *(_tested(code, week, t) for code, week in held.items())]


def week(found: PlacePage, t: Translate) -> str:
    """The last complete week, with its days; of issued figures their year."""
    if found.windows is None:
        return ""
    year = found.windows.year
    if found.release is not None:
        return f"{year.first.isoformat()} – {year.last.isoformat()}"
    return week_name(found.windows.week, t)


def stamp(found: PlacePage, t: Translate) -> str:
    """What is said of the release that the page shows; blank where the cubes answer."""
    release = found.release
    return "" if release is None or release.stamp is None else issued_words.stamped(release.stamp, t)


def _recorded_in_all(weeks: Iterable[Mapping[str, Estimate]], t: Translate, *, limited: bool) -> str:
    """Records of all diseases that are told; HIV and syphilis are told by no week."""
    held = [one[RECORDED] for one in weeks if RECORDED in one]
    if held and all(one.status is Status.NOT_REPORTED for one in held):
        return t("Nothing was reported in this week: how many patients came is not known")
    told = [recorded(one) for one in held]
    total = sum(count for count in told if count is not None)
    if all(count is not None for count in told):
        said = t("{count:,} records of patients, all diseases but HIV and syphilis")
        if limited:
            said = t("{count:,} records of patients, diseases of your programmes but HIV and syphilis")
    elif total:
        said = t("{count:,} records of patients or more, all diseases but HIV and syphilis; some are hidden")
        if limited:
            said = t("{count:,} records of patients or more, of your programmes; some are hidden")
    else:
        return t("Records of patients: few, and hidden from your account")
    return said.format(count=total)


def _tested(disease: str, week: Mapping[str, Estimate], t: Translate) -> str:
    name = t(DISEASES[disease].name)
    tested, positive = week.get(TESTED), week.get(POSITIVE)
    if tested is None or tested.numerator is None or tested.denominator is None:
        return t("{disease}: {status}").format(disease=name, status=_status(tested, TESTED, t))
    if tested.status is Status.NOT_REPORTED:
        return t("{disease}: not reported").format(disease=name)
    counts = {"disease": name, "tested": tested.numerator, "eligible": tested.denominator}
    if positive is None or positive.numerator is None:
        return t("{disease}: {tested:,} tested, of {eligible:,} seen and eligible").format(**counts)
    said = t("{disease}: {tested:,} tested, of {eligible:,} seen and eligible; {positive:,} found positive")
    return said.format(**counts, positive=positive.numerator)


def rows(found: PlacePage, grant: Grant, t: Translate) -> list[NumberRow]:
    """Every disease with a record in the year, most records first."""
    held = sorted(found.lines, key=lambda one: (one.disease != found.disease, -(one.recorded or 0)))
    return [
        NumberRow(
            t(DISEASES[line.disease].name),
            address(found.place, {"disease": line.disease}),
            line.disease == found.disease,
            _days(line, found),
            tuple(_cells(line, grant, t)),
        )
        for line in held
        if line.recorded != 0
    ]


def without_records(found: PlacePage, t: Translate) -> str:
    """Diseases without a record in the year."""
    return ", ".join(t(DISEASES[one.disease].name) for one in found.lines if one.recorded == 0)


def _days(line: Line, found: PlacePage) -> str:
    used, windows = line.days, found.windows
    if used is None or windows is None or (used.start, used.end) == windows.year:
        return ""
    return f"{used.start.isoformat()} – {used.end.isoformat()}"


def _cells(line: Line, grant: Grant, t: Translate) -> Iterable[NumberCell]:
    asked = line.weeks.get(RECORDED)
    href = map_page(asked.query.parameters() | {"area": asked.area}) if asked else ""
    shown = Cell(_records_sign(asked.table.total), "", "", "", href) if asked else None
    yield NumberCell(shown, _recorded(line.week, t), _recorded(line.year, t))
    for measure in (TESTED, POSITIVE, TREATED):
        asked = line.weeks.get(measure)
        cell = cases_cell(asked, grant, t, 1) if measure == POSITIVE else share_cell(asked, t, 1)
        yield NumberCell(
            cell, _short(line.week.get(measure), measure, t), _short(line.year.get(measure), measure, t)
        )


def _recorded(values: dict[str, Estimate] | object, t: Translate) -> str:
    held = values.get(RECORDED) if isinstance(values, dict) else None
    if held is None:
        return ""
    if held.status is Status.NOT_REPORTED:
        return _status(held, RECORDED, t)
    count = recorded(held)
    return t("hidden") if count is None else f"{count:,}"


def _records_sign(value: Estimate) -> str:
    """Records of some weeks; the sign of what is hidden, or was not reported, where they are not known."""
    if value.status is Status.NOT_REPORTED:
        return theme.NOT_REPORTED.sign
    count = recorded(value)
    return theme.HIDDEN.sign if count is None else f"{count:,}"


def _short(value: Estimate | None, measure: str, t: Translate) -> str:
    """Counts and per cent in a few letters; why there are none."""
    if value is None:
        return ""
    if value.numerator is None or value.denominator is None or value.status not in _COUNTED:
        return _status(value, measure, t)
    said = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    return said if value.coverage is None else f"{said} ({theme.percent(value.coverage)})"


def _status(value: Estimate | None, measure: str, t: Translate) -> str:
    return "–" if value is None else t(theme.look_of(value, measure).label)


def cascade(steps: Sequence[Step], place: Place, windows: Windows, t: Translate) -> list[StepRow]:
    """The steps in order; a step of another period says its days."""
    found = []
    for one in steps:
        used = one.period
        days = ""
        if used is not None and (used.start, used.end) != windows.year:
            days = f"{used.start.isoformat()} – {used.end.isoformat()}"
        found.append(
            StepRow(
                t(_STEPS[one.query.measure]),
                map_page(one.query.parameters() | {"area": place.area.code}),
                value_cells(one.value, one.query.measure, t),
                100 * (one.value.coverage or 0.0),
                days,
            )
        )
    return found


def groups(found: Sequence[Groups], t: Translate) -> list[tuple[str, list[GroupRow]]]:
    """Each axis by its name, with its values; those without anybody are left out."""
    held = {one.axis: one for one in found}
    tables = []
    for axis in (axis for axis in _AXES if axis in held):
        shown = [
            GroupRow(
                group_name(axis, code, t),
                value_cells(value, TESTED, t),
                value_cells(positive, POSITIVE, t) if (positive := held[axis].positive.get(code)) else None,
            )
            for code, value in held[axis].tested
            if value.status not in (Status.NOBODY, Status.NOT_REPORTED)
        ]
        if shown:
            tables.append((t(AXIS_NAMES[axis]), shown))
    return tables


def ranks(found: Sequence[Standing], place: Place, language: str, t: Translate) -> list[RankRow]:
    """Where the place stands, measure by measure."""
    return [
        RankRow(
            t(MEASURES[one.query.measure].name),
            map_page(one.query.parameters() | {"area": place.area.code}),
            _rank(one, t),
            _beside(one, language, t),
            100 * (one.rank.first - 1) / one.of,
            100 * (one.rank.last - one.rank.first + 1) / one.of,
            100 * (one.rank.rank - 0.5) / one.of,
        )
        for one in found
    ]


def _rank(one: Standing, t: Translate) -> str:
    said = t("{value}: rank {rank} of {of}, the highest first; between {first} and {last}")
    if one.rank.first == one.rank.last:
        said = t("{value}: rank {rank} of {of}, the highest first, told apart from all others")
    return said.format(
        value=theme.percent(one.value.coverage),
        rank=one.rank.rank,
        of=one.of,
        first=one.rank.first,
        last=one.rank.last,
    )


def _beside(one: Standing, language: str, t: Translate) -> str:
    if one.next is None:
        return ""
    said = t("Told apart from the one beside it, {name} ({value}).")
    if not one.apart:
        said = t("Not told apart from the one beside it, {name} ({value}).")
    return said.format(name=one.next.area.name(language), value=theme.percent(one.next.value.coverage))


def curve(found: Curve, disease: str, t: Translate, shut: Sequence[Entry] = ()) -> Markup:
    """The curve for wide and for narrow screens; empty without one. `shut`: when the crossing was closed."""
    if not found.weeks:
        return Markup()
    weeks = [
        Week(
            point.start,
            None if _untold(point, shut) else point.value.denominator,
            None if _untold(point, shut) else point.value.numerator,
            point.whole,
            *_earlier(found, point.start),
            sign=_sign(point, shut),
        )
        for point in found.weeks
    ]
    names = t("Tested, each week"), t("Found positive, each week")
    said = t(
        "{disease}: tested and found positive, each week from {first}; the table below says the same"
    ).format(disease=t(DISEASES[disease].name), first=weeks[0].first.isoformat())
    return Markup().join(
        drawn(weeks, names, said, width=width, kind=kind) for kind, width in (("wide", 640), ("narrow", 340))
    )


def _shut(point: TrendPoint, shut: Sequence[Entry]) -> bool:
    """Whether nobody was seen in a week since the crossing was closed on every day of it."""
    nobody = point.value.status in (Status.NOBODY, Status.NOT_REPORTED)
    return nobody and bool(shut) and closed_days(shut, point.start, point.end).whole


def _untold(point: TrendPoint, shut: Sequence[Entry]) -> bool:
    """Whether a week has no counts: nothing was reported, or the crossing was closed."""
    return point.value.status is Status.NOT_REPORTED or _shut(point, shut)


def _sign(point: TrendPoint, shut: Sequence[Entry]) -> str:
    if _shut(point, shut):
        return "✕"
    told = point.value.numerator is not None and not _untold(point, shut)
    return "" if told else theme.look_of(point.value, POSITIVE).sign


def _earlier(found: Curve, start: date) -> tuple[int | None, int | None]:
    value = found.before.get(start)
    known = value is not None and value.status is not Status.NOT_REPORTED
    return (value.denominator, value.numerator) if value is not None and known else (None, None)


def weeks(found: Curve, t: Translate, shut: Sequence[Entry] = ()) -> list[WeekRow]:
    """The same numbers as rows, the latest week first; of a closed week neither zero nor a dash."""
    made = []
    for point in reversed(found.weeks):
        tests, cases = _earlier(found, point.start)
        days = f"{point.start.isoformat()} – {point.end.isoformat()}"
        if not point.whole:
            days += " · " + t("incomplete")
        number, closed = epiweek(point.start), t("closed") if _shut(point, shut) else ""
        made.append(
            WeekRow(
                t("week {week} of {year}").format(week=number.week, year=number.year),
                days,
                closed or _count(point.value.numerator, point.value),
                closed or _count(point.value.denominator, point.value),
                "–" if cases is None else f"{cases:,}",
                "–" if tests is None else f"{tests:,}",
            )
        )
    return made


def _count(count: int | None, value: Estimate) -> str:
    known = count is not None and value.status is not Status.NOT_REPORTED
    return f"{count:,}" if known else theme.look_of(value, POSITIVE).sign


def last_report(facilities: Sequence[FacilityReports], place: Place, t: Translate) -> str:
    """The newest report of the facilities of the place."""
    if place.kind == CROSSING and place.area.province is None:
        return ""
    last = max((one.last for one in facilities if one.last is not None), default=None)
    if last is None:
        return t("Last report: never")
    number = epiweek(last)
    said = t("Last report: week {week} of {year}")
    if place.kind == CROSSING:
        said = t("Last report of a facility of its province: week {week} of {year}")
    return said.format(week=number.week, year=number.year)


def question_of(query: CoverageQuery | None) -> dict[str, str]:
    """The part of a question that pages of places share."""
    return {} if query is None else {"disease": query.disease}
