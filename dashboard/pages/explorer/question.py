"""An address as a question: what cannot be read is left out and named, what it leaves open is filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import SkipValidation
from pydantic.dataclasses import dataclass

from dashboard.components.controls import STEPS, windows
from dashboard.filters import BY, PERSONS, CoverageQuery, days_turned, place_without
from dashboard.messages import Translate
from dashboard.pages.explorer.time_parts import Part, parts_of, within
from dashboard.parameters import OneOf, Text, not_offered, read_day
from dashboard.questions import STRICT
from dashboard.services.coverage.periods import Period
from dashboard.services.imports.data_status import DataStatus
from dashboard.web import request_context
from surveillance.coverage.indicators import MEASURES, OF_POSITIVES
from surveillance.diseases import BY_QUARTER, DISEASES
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.errors import UsageError
from surveillance.indicators.model import Indicator, OfMeasure
from surveillance.indicators.table import INDICATORS
from surveillance.periods.usual import QUARTERS, WEEKS
from surveillance.texts import N_
from surveillance.vocabulary import AXES, PLACES, SENSITIVE_AXES, SENSITIVE_BY, shown_values
from surveillance.windows import COMPARISONS, Window, in_weeks, last_months, last_quarters, last_weeks

#: What an address without a disease shows.
DEFAULT_DISEASE = "malaria"
#: What the map shows over the provinces.
LAYERS = {
    "coverage": N_("Coverage"),
    "counts": N_("Counts"),
    "crossings": N_("People through crossings"),
    "facilities": N_("Where facilities are"),
    "clusters": N_("Clusters now"),
    "neighbours": N_("Across the border"),
}
#: From when to when the data went at the end of a day.
Then = Callable[[date], DataStatus]
Query = TypeVar("Query", bound=CoverageQuery)


#: By which place the provinces of an indicator are counted.
OF_HOME = N_("place: {name} is counted by home province, whose people it is divided by")
OF_CARE = N_("place: {name} is counted by province of care")


class Beside(Text):
    """What a second map shows: an earlier window, other days, another measure, or one group."""

    def read(self, text: str) -> str:
        """The text.

        Raises
        ------
        UsageError
            It names nothing that can be shown.
        """
        name, _, code = text.partition(":")
        first, _, last = text.partition("..")
        if text in COMPARISONS or (name == "measure" and (code in MEASURES or code in INDICATORS)):
            return text
        if name in AXES and code in {value.code for value in shown_values(name)}:
            return text
        try:
            if read_day(first) <= read_day(last):
                return text
        except ValueError:
            pass
        offered = (*COMPARISONS, "measure:CODE", *(f"{axis}:CODE" for axis in AXES), "FIRST..LAST")
        raise not_offered(self, text, offered)


@dataclass(frozen=True, config=STRICT)
class MapQuestion(CoverageQuery):
    """A question as the map's address asks it.

    `measure`: one of the cascade of care, or the id of an indicator (`indicator` is then its row).
    `step`: of the trend; None leaves it to the numbers. `area`: the one that is looked at. `layer`: what lies
    over the provinces. `beside`: what a second map shows. `at`: the month or quarter of
    the period that is looked at; the question is then of its days, and `span` is the period.

    `given`: what the address says, without what was wrong in it; `problems`: what was, and why. `days`: first
    and last day that it names itself. `status`: from when to when the data go, at the moment it asks for.
    """

    disease: Annotated[str, OneOf(tuple(DISEASES))] = DEFAULT_DISEASE
    measure: Annotated[str, OneOf((*MEASURES, *INDICATORS))] = "testing"
    step: Annotated[PeriodKind | None, OneOf(tuple(STEPS))] = None
    area: Annotated[str, Text()] = ""
    layer: Annotated[str, OneOf(tuple(LAYERS))] = "coverage"
    beside: Annotated[str | None, Beside()] = None
    at: Annotated[str | None, Part()] = None
    given: SkipValidation[Mapping[str, str]] = field(default_factory=dict)
    problems: SkipValidation[list[UsageError]] = field(default_factory=list)
    days: tuple[date | None, date | None] = (None, None)
    span: tuple[date | None, date | None] = (None, None)
    status: SkipValidation[DataStatus] = DataStatus(False, 0, None, None, None)

    @property
    def indicator(self) -> Indicator | None:
        """The indicator that is its measure; None for a measure of the cascade."""
        return INDICATORS.get(self.measure)

    @classmethod
    def usual(cls, texts: Mapping[str, str]) -> dict[str, Any]:
        """An indicator says of which disease it is, and by which place its provinces are counted."""
        indicator = INDICATORS.get(texts.get("measure", ""))
        if indicator is None:
            return super().usual(texts)
        found: dict[str, Any] = {}
        if "disease" not in texts and indicator.diseases:
            found["disease"] = indicator.diseases[0]
        if "place" not in texts and texts.get("by", "province") == "province" and indicator.home:
            found["place"] = "home"
        return found

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself; what an indicator cannot be asked by is said with its answer."""
        indicator = self.indicator
        if indicator is None:
            yield from super().contradictions()
            return
        if wrong := days_turned(self.start, self.end):
            yield wrong
        if indicator.diseases and self.disease not in indicator.diseases:
            yield UsageError(
                "measure: {name} does not count {disease}; it counts {offered}",
                "measure",
                name=indicator.id,
                disease=self.disease,
                offered=", ".join(indicator.diseases),
            )
        own = "home" if indicator.home else "care"
        if self.by == "province" and self.place != own:
            said = OF_HOME if indicator.home else OF_CARE
            yield UsageError(said, "place", name=indicator.id)
        elif wrong := place_without(self.by, self.place):
            yield wrong
        if self.persons:
            yield UsageError("count: {name} is not counted by persons", "count", name=indicator.id)


def read(search: object, status: DataStatus, today: date, then: Then | None = None) -> MapQuestion:
    """Read an address; a faulty part never takes the rest with it.

    `then`: says what the data were on an earlier day, where the address asks for one.
    """
    problems: list[UsageError] = []
    given: dict[str, str] = {}
    try:
        given |= request_context.parameters(search)
    except UsageError as error:
        problems.append(error)
    given = {name: text for name, text in given.items() if name in MapQuestion.names()}
    usual = request_context.usual(DEFAULT_DISEASE)
    if given.get("measure") in INDICATORS:
        usual.pop("disease", None)
    given = usual | given
    return _read(given, problems, status, today, then)


def _read(
    given: Mapping[str, str],
    problems: list[UsageError],
    status: DataStatus,
    today: date,
    then: Then | None = None,
) -> MapQuestion:
    while True:
        asked, faults = MapQuestion.read_readable(given)
        if not faults:
            try:
                at, day = moment_of(asked, status, today, then)
                question = _looked_at(completed(asked, at, day))
            except UsageError as error:
                faults = list(error.faults)
            else:
                days = (asked.start, asked.end)
                step: PeriodKind | None = "year" if question.persons else question.step
                return replace(question, step=step, given=given, problems=problems, days=days, status=at)
        wrong = {fault.parameter for fault in faults}
        if not wrong <= given.keys():
            raise faults[0]
        problems = [*problems, *faults]
        given = {name: text for name, text in given.items() if name not in wrong}


def _looked_at(question: MapQuestion) -> MapQuestion:
    """The question of one part of its period, where its address asks for one."""
    start, end = question.start, question.end
    if start is None or end is None:
        return question
    span = (start, end)
    if question.at is None:
        return replace(question, span=span)
    if question.persons:
        raise UsageError("at: persons are counted in calendar years, which have no parts", "at")
    part = within(Window(start, end), question.at)
    return replace(question, start=part.first, end=part.last, span=span)


def moment_of(
    query: CoverageQuery, status: DataStatus, today: date, then: Then | None
) -> tuple[DataStatus, date]:
    """What the data were at the moment that is asked for, and the day by which it is judged what was due.

    Raises
    ------
    UsageError
        The day has no answer.
    """
    if query.as_of is None or then is None:
        return status, today
    return then(query.as_of), min(query.as_of, today)


def without(question: MapQuestion, error: UsageError, status: DataStatus, today: date) -> MapQuestion:
    """The same question without the part that turned out to have no answer, such as a day."""
    given = {name: text for name, text in question.given.items() if name != error.parameter}
    return _read(given, [*question.problems, error], status, today)


def completed(query: Query, status: DataStatus, today: date) -> Query:
    """The question with the usual period of its measure, where it leaves days open.

    Persons are counted in calendar years: in that of the last day, else in that of the first.

    Raises
    ------
    UsageError
        The question contradicts itself.
    """
    usual = usual_period(status, query.disease, query.measure, today)
    start, end = query.start, query.end
    if usual is not None and status.first_visit is not None:
        first, last = usual
        of_a_year = query.measure in INDICATORS and bool(INDICATORS[query.measure].of)
        if end is None and (query.persons or of_a_year) and start is not None:
            end = date(start.year, 12, 31)
        if end is None:
            begins = start or first
            end = last if begins <= last else max(begins, status.last_visit or last)
        if query.persons:
            start = _within_its_year(start, end)
        if start is None and of_a_year:
            start = _within_its_year(max(first, status.first_visit), end)
        if start is None:
            start = first if end == last else _begins(end, status)
    full = replace(query, start=start, end=end)
    full.check()
    return full


def _begins(end: date, status: DataStatus) -> date:
    """First day of the 52 weeks (of issued figures: 12 months) that hold a last day, as far as data go."""
    first_visit = status.first_visit or end
    if status.issued is not None:
        return min(max(first_visit, last_months(period_last_day(end, "month"), 12).first), end)
    weeks = last_weeks(end + timedelta(days=6 - end.weekday()), 52)
    return min(max(first_visit - timedelta(days=first_visit.weekday()), weeks.first), end)


def _within_its_year(start: date | None, end: date) -> date:
    """First day of a period of persons: they are counted within the calendar year of its last day."""
    january = date(end.year, 1, 1)
    return max(january, min(start or january, end))


def usual_period(status: DataStatus, disease: str, measure: str | None, today: date) -> Window | None:
    """The last 52 or 104 whole weeks of the data; of what is shown by the quarter 1, 4 or 8 whole quarters.

    The length is the shortest that tells most provinces (`surveillance.periods.usual`). Of completion the
    last 52 weeks, or four quarters, that are due. Of issued figures the last issued year.
    """
    indicator = INDICATORS.get(measure or "")
    if indicator is not None:
        measure = indicator.counted.measure if isinstance(indicator.counted, OfMeasure) else None
    if status.issued is not None:
        return status.issued(disease, measure or "")
    first, last = status.first_visit, status.last_visit
    if first is None or last is None:
        return None
    if indicator is not None and indicator.of:  # the people of one year
        return Window(max(first, date(last.year, 1, 1)), last)
    by_quarter = disease in BY_QUARTER
    length = (QUARTERS if by_quarter else WEEKS)[0]
    if measure in MEASURES and MEASURES[measure].by_start and disease in DISEASES:
        due = Period.covering(first, last).due(min(today, last), DISEASES[disease].follow_up_days)
        last = due.end if due else last
        length = 4 if by_quarter else length
    elif status.usual is not None and disease in DISEASES:
        length = status.usual(disease)
    if by_quarter:
        window = last_quarters(last, length)
        if window.first < period_first_day(first, "quarter") <= window.last:
            return Window(period_first_day(first, "quarter"), window.last)
        if window.last >= first:
            return window
        length = WEEKS[0]
    begins = max(first - timedelta(days=first.weekday()), last_weeks(last, length).first)
    window = Window(begins, last_weeks(last, 1).last)
    return window if window.last > window.first else in_weeks(Window(first, last))


def resolved(
    question: MapQuestion,
    search: object,
    selected: str | None,
    today: date,
    t: Translate,
    *,
    issued: bool = False,
) -> dict[str, Any]:
    """What the controls should show, and the address that the next choice changes.

    `search`: the address as it came. `issued`: the reader is shown issued figures.
    """
    today = question.as_of or today
    state = question.parameters(CoverageQuery) | {
        "step": question.step or "",
        "compare": question.comparison,
        "layer": question.layer,
        "view": f"{question.by}:{question.place}",
    }
    usual = usual_period(question.status, question.disease, question.measure, today)
    by_start = is_by_start(question.measure)
    offered = windows(question.status, usual, t, due_only=by_start, persons=question.persons, issued=issued)
    if question.indicator is not None and question.indicator.of:  # the people of one year
        offered = [one for one in offered if one[0][:4] == one[0].partition("..")[2][:4]]
    first, last = question.span
    parts: list[str] = []
    if first is not None and last is not None:
        state |= {"from": first.isoformat(), "to": last.isoformat()}
        if not question.persons:
            parts = parts_of(Window(first, last), quarterly=question.disease in BY_QUARTER)
    span = f"{state.get('from', '')}..{state.get('to', '')}"
    state["period"] = span if span in {value for value, _ in offered} else ""
    return {
        "asked": search if isinstance(search, str) else "",
        "address": {k: v for k, v in question.given.items() if k != "area"},
        "area": selected or "",
        "controls": state,
        "periods": offered,
        "usual": "..".join(day.isoformat() for day in usual) if usual else "",
        "several": {
            axis: ", ".join(t(v.name) for v in AXES[axis] if v.code in codes)
            for axis, codes in question.groups.items()
            if len(codes) > 1
        },
        "off": _not_offered(question),
        "parts": parts,
        "at": question.at or "",
    }


def is_by_start(measure: str) -> bool:
    """Whether a measure or an indicator is counted in the period in which treatment started."""
    if measure in INDICATORS:
        return INDICATORS[measure].period == "cohort"
    return MEASURES[measure].by_start


def _not_offered(query: CoverageQuery) -> dict[str, Any]:
    """Values that a control shows grey: for this question they have no answer. True: the whole control."""
    off: dict[str, Any] = {}
    if (indicator := INDICATORS.get(query.measure)) is not None:
        own = "home" if indicator.home else "care"
        off["view"] = [f"province:{place}" for place in PLACES if place != own]
        off["view"] += [f"{by}:care" for by in BY[1:] if indicator.refusal(by)]
        off |= {"count": [PERSONS], "compare": True}
        return off | ({} if isinstance(indicator.counted, OfMeasure) else dict.fromkeys(AXES, True))
    if query.place == "infection":
        off["measure"] = [code for code in MEASURES if code not in OF_POSITIVES]
    if query.persons:
        by_start = [code for code, measure in MEASURES.items() if measure.by_start]
        off["measure"] = [*off.get("measure", []), *by_start]
        off["view"] = ["district:care"]
    if DISEASES[query.disease].sensitive:
        off["view"] = [f"{by}:care" for by in sorted(SENSITIVE_BY)]
        off |= dict.fromkeys(sorted(SENSITIVE_AXES - set(query.groups)), True)
    if (DISEASES[query.disease].sensitive or query.persons) and query.remote is None:
        off["remote"] = True
    return off
