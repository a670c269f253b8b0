"""Early warning on the records: series of each place, judged by the methods for a person's own counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.permissions import Grant, Permission
from dashboard.services.calendar.entries import entries
from dashboard.services.disclosure import early_warning as disclosed
from dashboard.services.early_warning import read
from dashboard.services.early_warning.read import KINDS, Daily
from dashboard.services.own_files import early_warning as methods
from dashboard.services.own_files.counts import Counts, CountsFile
from dashboard.services.own_files.early_warning import EARS, Answer, Question
from db.core.engine import Database
from surveillance.calendar.entries import FESTIVAL, HOLIDAY
from surveillance.diseases import DISEASES
from surveillance.early_warning.exposure import exposure
from surveillance.early_warning.in_parts import LEFT_OUT, WORKING, kinds_of_day
from surveillance.early_warning.series import Series, Step
from surveillance.errors import StatisticsError, UsageError

__all__ = ["FEWEST", "KINDS", "LeftOut", "RecordsQuestion", "judge"]
#: Cases in all that a place needs before it is judged, unless chosen.
FEWEST = 5
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class LeftOut:
    """Days of a known outbreak, both included, at one place; everywhere where it is blank."""

    first: date
    last: date
    place: str = ""


@dataclass(frozen=True)
class RecordsQuestion:
    """What is asked of the records.

    `by`: kind of place. `every_record`: count all records, not only those found positive. `left_out`: steps
    that hold one of their days are no history, and are not judged. `offset`: allow for facilities that fell
    silent. `fewest`: cases that a place needs.
    """

    disease: str
    by: str
    method: Question
    step: Literal["day", "week"] = "week"
    every_record: bool = False
    left_out: tuple[LeftOut, ...] = ()
    offset: bool = False
    fewest: int = FEWEST
    place: str = ""


def judge(database: Database, grant: Grant, question: RecordsQuestion) -> Answer:
    """Judge every place.

    Raises
    ------
    NotPermittedError
        The grant does not hold it, or HIV and syphilis are asked by a place that they are never shown by.
    UsageError
        The options contradict each other.
    StatisticsError
        There are no records, or nothing can be judged; says what to do.
    """
    grant.check(Permission.RUN_CLUSTERS)
    disclosed.check(grant, question.disease, question.by)
    _check(question)
    with database.reading() as connection:
        box = read.daily(
            connection,
            grant.scope,
            question.disease,
            question.by,
            every_record=question.every_record,
            reporting=question.offset,
        )
    found = disclosed.daily(grant, question.disease, question.by, box)
    steps = _steps(found, question.step)
    holidays = _days_off(database, grant) if question.step == "day" else frozenset()
    said: list[str] = []
    if question.offset:
        question = replace(question, method=_with_offset(question.method))
    made = _places(found, question, steps, holidays, said)
    if not made:
        raise StatisticsError(
            f"{DISEASES[question.disease].name}: no place has {question.fewest} cases or more; the counts "
            "are too few to be judged. Choose larger places, or a rule (python app.py alerts rules)"
        )
    name = DISEASES[question.disease].name
    answer = methods.judge(
        CountsFile(name, made, by_number=False, has_population=question.offset), question.method
    )
    return Answer(answer.rows, [*answer.said, *said])


def _check(question: RecordsQuestion) -> None:
    if question.step == "day" and question.method.method not in EARS:
        raise UsageError("--step day: only ears-c1, ears-c2 and ears-c3 judge days; the others judge weeks")
    if question.offset and question.method.method != "farrington":
        raise UsageError("--silence-offset is an option of farrington; the other methods have no offset")
    if question.offset and (question.by == "crossing" or DISEASES[question.disease].sensitive):
        raise UsageError(
            "--silence-offset needs facilities: choose another kind of place, or no HIV or syphilis"
        )


def _with_offset(method: Question) -> Question:
    return replace(method, given=method.given | {"population_offset": True})


def _steps(found: Daily, step: Step) -> list[date]:
    """First days of the steps that the records fill."""
    if found.first is None or found.last is None:
        raise StatisticsError("there are no records yet; import a line list first")
    first, end, by = found.first, found.last + _DAY, _DAY
    if step == "week":
        by = _WEEK
        first += timedelta(days=-first.weekday() % 7)
        end -= timedelta(days=end.weekday())
    days = [first + n * by for n in range(max((end - first) // by, 0))]
    if not days:
        raise StatisticsError("the records hold no whole week yet: nothing can be judged")
    return days


def _days_off(database: Database, grant: Grant) -> frozenset[date]:
    found: set[date] = set()
    for entry in entries(database, grant):
        if entry.kind in (FESTIVAL, HOLIDAY) and entry.last is not None:
            found |= {entry.first + n * _DAY for n in range((entry.last - entry.first).days + 1)}
    return frozenset(found)


def _places(
    found: Daily, question: RecordsQuestion, steps: Sequence[date], holidays: frozenset[date], said: list[str]
) -> tuple[Counts, ...]:
    made, few = [], 0
    for place, cases in found.counts.items():
        numbers = _in_steps(cases, steps, question.step)
        if question.place and place != question.place:
            continue
        if numbers.sum() < question.fewest:
            few += 1
            continue
        made.append(_counts(found, question, place, numbers, steps, holidays))
    if question.place and not made and not few:
        raise UsageError(f"--place: there is no {question.by} '{question.place}' here")
    if few:
        said.append(f"{few} places have fewer than {question.fewest} cases in all, and are not judged")
    if found.outside:
        said.append(f"{found.outside} cases are of no known {question.by}, and in no series")
    return tuple(made)


def _counts(
    found: Daily,
    question: RecordsQuestion,
    place: str,
    numbers: NDArray[np.float64],
    steps: Sequence[date],
    holidays: frozenset[date],
) -> Counts:
    by = _WEEK if question.step == "week" else _DAY
    out = np.array(
        [
            any(
                one.first < day + by and day <= one.last
                for one in question.left_out
                if one.place in ("", place)
            )
            for day in steps
        ],
        bool,
    )
    labels = tuple(day.isoformat() for day in steps)
    population, parts = None, None
    if question.offset:
        share = _offset(found, place, steps, question.method.start)
        numbers = np.where(share > 0, numbers, np.nan)
        population = np.where(share > 0, share, 1.0)
    if question.method.method in EARS:
        parts = kinds_of_day(steps, holidays) if question.step == "day" else np.full(len(steps), WORKING)
        parts[out] = LEFT_OUT
    else:
        numbers = np.where(out, np.nan, numbers)
    left = frozenset(label for label, one in zip(labels, out, strict=True) if one)
    return Counts(place, labels, Series(numbers, tuple(steps), question.step, population), parts, left)


def _offset(found: Daily, place: str, steps: Sequence[date], start: str | None) -> NDArray[np.float64]:
    """Share of its usual cases that the facilities of a place which reported in a week stand for."""
    names = [name for name, own in found.parent.items() if own == place]
    cases = np.array([_in_steps(found.by_facility.get(name, {}), steps, "week") for name in names])
    sent = np.array(
        [_in_steps(dict.fromkeys(found.sent.get(name, ()), 1), steps, "week") > 0 for name in names]
    )
    if not names:
        return np.ones(len(steps))
    history = None if start is None else sum(day < date.fromisoformat(start) for day in steps)
    return exposure(cases.T, sent.T, history)


def _in_steps(cases: Mapping[date, int], steps: Sequence[date], step: str) -> NDArray[np.float64]:
    numbers = np.zeros(len(steps))
    days = 7 if step == "week" else 1
    for day, count in cases.items():
        at = (day - steps[0]).days // days
        if 0 <= at < len(steps):
            numbers[at] += count
    return numbers
