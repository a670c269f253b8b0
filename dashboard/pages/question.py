"""An address as a question: what cannot be read is left out and named, what it leaves open is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashboard.components.controls import STEPS, windows
from dashboard.filters import (
    AS_OF,
    OF_POSITIVES,
    PERSONS,
    SENSITIVE_BY,
    CoverageQuery,
    one_day,
    read_day,
    read_query,
)
from dashboard.messages import Translate
from dashboard.services.coverage.periods import Period
from dashboard.services.imports.data_status import DataStatus
from dashboard.web import request_context
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import BY_QUARTER, DISEASES
from surveillance.epiweek import PERIOD_KINDS, PeriodKind, period_first_day
from surveillance.errors import UsageError
from surveillance.vocabulary import AXES, SENSITIVE_AXES
from surveillance.windows import Window, in_weeks, last_quarters, last_weeks

#: What an address without a disease shows.
DEFAULT_DISEASE = "malaria"
_NAMES = ("count", "compare", "disease", "measure", "by", "place", "from", "to", AS_OF, *AXES, "step", "area")
#: From when to when the data went at the end of a day.
Then = Callable[[date], DataStatus]


@dataclass(frozen=True)
class Question:
    """`asked`: the address as it came; `given`: what it says, without what was wrong in it; `problems`: what
    was, and why."""

    asked: str
    query: CoverageQuery
    given: Mapping[str, str]
    problems: list[UsageError]
    #: From when to when the data go, at the moment it asks for.
    status: DataStatus

    @property
    def days(self) -> tuple[date | None, date | None]:
        """First and last day that the address itself names."""
        return one_day(self.given, "from"), one_day(self.given, "to")

    @property
    def step(self) -> PeriodKind | None:
        """The steps of the trend; None leaves them to the numbers. Persons are counted by the year."""
        if self.query.persons:
            return "year"
        return next((kind for kind in PERIOD_KINDS if kind == self.given.get("step")), None)


def read(search: object, status: DataStatus, today: date, then: Then | None = None) -> Question:
    """Read an address; a faulty part never takes the rest with it.

    `then`: says what the data were on an earlier day, where the address asks for one.
    """
    problems: list[UsageError] = []
    given: dict[str, str] = {}
    try:
        given = {k: v for k, v in request_context.parameters(search).items() if k in _NAMES}
    except UsageError as error:
        problems.append(error)
    if (step := given.get("step")) is not None and step not in STEPS:
        problems.append(
            UsageError(
                "{name}: '{given}' is not one of {offered}",
                "step",
                name="step",
                given=step[:40],
                offered=", ".join(STEPS),
            )
        )
        del given["step"]
    while True:
        try:
            at, day = moment_of(given, status, today, then)
            query = read_query(complete(given, at, day))
        except UsageError as error:
            if error.parameter not in given:
                raise
            problems.append(error)
            del given[error.parameter]
        else:
            return Question(search if isinstance(search, str) else "", query, given, problems, at)


def moment_of(
    given: Mapping[str, str], status: DataStatus, today: date, then: Then | None
) -> tuple[DataStatus, date]:
    """What the data were at the moment that is asked for, and the day by which it is judged what was due.

    Raises
    ------
    UsageError
        The day cannot be read, or has no answer.
    """
    day = one_day(given, AS_OF, "as-of")
    if day is None or then is None:
        return status, today
    return then(day), min(day, today)


def without(question: Question, error: UsageError, status: DataStatus, today: date) -> Question:
    """The same question without the part that turned out to have no answer, such as a day."""
    given = {name: text for name, text in question.given.items() if name != error.parameter}
    query = read_query(complete(given, status, today))
    return Question(question.asked, query, given, [*question.problems, error], status)


def complete(given: Mapping[str, str], status: DataStatus, today: date) -> dict[str, str]:
    """An address with what it leaves open: malaria, and the usual period of its measure."""
    full = dict(given)
    full.setdefault("disease", DEFAULT_DISEASE)
    usual = usual_period(status, full["disease"], full.get("measure"), today)
    if usual is None or status.first_visit is None:
        return full
    first, last = usual
    persons = full.get("count") == PERSONS
    if "to" not in full and persons and "from" in full:
        # Persons are counted in calendar years: in that of the day which is given.
        full["to"] = date(_day(full["from"], first).year, 12, 31).isoformat()
    if "to" not in full:
        begins = _day(full.get("from"), first)
        last = last if begins <= last else max(begins, status.last_visit or last)
        full["to"] = last.isoformat()
    if persons:
        full["from"] = _within_its_year(full.get("from"), _day(full["to"], last))
    if "from" not in full:
        end = _day(full["to"], last)
        full["from"] = (first if end == last else _begins(end, status.first_visit)).isoformat()
    return full


def _begins(end: date, first_visit: date) -> date:
    """First day of the 52 weeks that hold a last day, as far as there are data."""
    weeks = last_weeks(end + timedelta(days=6 - end.weekday()), 52)
    return min(max(first_visit - timedelta(days=first_visit.weekday()), weeks.first), end)


def _within_its_year(start: str | None, end: date) -> str:
    """First day of a period of persons: they are counted within the calendar year of its last day."""
    january = date(end.year, 1, 1)
    return max(january, min(_day(start, january), end)).isoformat()


def usual_period(status: DataStatus, disease: str, measure: str | None, today: date) -> Window | None:
    """The last 52 whole weeks of the data; of what is shown by the quarter, the last whole quarter.

    Of completion the last 52 weeks, or four quarters, that are due.
    """
    first, last = status.first_visit, status.last_visit
    if first is None or last is None:
        return None
    if measure in MEASURES and MEASURES[measure].by_start and disease in DISEASES:
        due = Period.covering(first, last).due(min(today, last), DISEASES[disease].follow_up_days)
        last = due.end if due else last
        quarters = 4
    else:
        quarters = 1
    window = last_quarters(last, quarters) if disease in BY_QUARTER else last_weeks(last, 52)
    if disease in BY_QUARTER and window.first < period_first_day(first, "quarter") <= window.last:
        return Window(period_first_day(first, "quarter"), window.last)
    if disease in BY_QUARTER and window.last >= first:
        return window
    begins = max(first - timedelta(days=first.weekday()), last_weeks(last, 52).first)
    window = Window(begins, last_weeks(last, 1).last)
    return window if window.last > window.first else in_weeks(Window(first, last))


def _day(text: str | None, otherwise: date) -> date:
    try:
        return read_day(text) if text else otherwise
    except ValueError:
        return otherwise  # read_query says what is wrong with it


def resolved(question: Question, selected: str | None, today: date, t: Translate) -> dict[str, Any]:
    """What the controls should show, and the address that the next choice changes."""
    query, status = question.query, question.status
    today = query.as_of or today
    state = query.parameters() | {
        "step": question.step or "",
        "compare": query.comparison,
        "view": f"{query.by}:{query.place}",
    }
    usual = usual_period(status, query.disease, query.measure, today)
    by_start = MEASURES[query.measure].by_start
    offered = windows(status, usual, t, due_only=by_start, persons=query.persons)
    span = f"{state.get('from', '')}..{state.get('to', '')}"
    state["period"] = span if span in {value for value, _ in offered} else ""
    return {
        "asked": question.asked,
        "address": {k: v for k, v in question.given.items() if k != "area"},
        "area": selected or "",
        "controls": state,
        "periods": offered,
        "usual": "..".join(day.isoformat() for day in usual) if usual else "",
        "several": {
            axis: ", ".join(t(v.name) for v in AXES[axis] if v.code in codes)
            for axis, codes in query.groups.items()
            if len(codes) > 1
        },
        "off": _not_offered(query),
    }


def _not_offered(query: CoverageQuery) -> dict[str, Any]:
    """Values that a control shows grey: for this question they have no answer. True: the whole control."""
    off: dict[str, Any] = {}
    if query.place == "infection":
        off["measure"] = [code for code in MEASURES if code not in OF_POSITIVES]
    if query.persons:
        by_start = [code for code, measure in MEASURES.items() if measure.by_start]
        off["measure"] = [*off.get("measure", []), *by_start]
    if DISEASES[query.disease].sensitive:
        off["view"] = [f"{by}:care" for by in sorted(SENSITIVE_BY)]
        off |= dict.fromkeys(sorted(SENSITIVE_AXES - set(query.groups)), True)
    return off
