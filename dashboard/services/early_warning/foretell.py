"""Forecasts on the records: counts of a disease by place and week or month, and what is expected next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import early_warning as disclosed
from dashboard.services.early_warning import read
from dashboard.services.early_warning.read import Daily
from dashboard.services.neighbours.series import of_provinces
from dashboard.services.own_files import forecast as methods
from dashboard.services.own_files.counts import Counts, CountsFile
from dashboard.services.own_files.forecast import Answer, Question, Ways
from db.core.engine import Database
from geodata.adjacency import neighbours
from geodata.gazetteer import gazetteer
from surveillance.diseases import DISEASES
from surveillance.early_warning.series import Series
from surveillance.errors import StatisticsError, UsageError

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class RecordsQuestion:
    """What is asked of the records.

    `by`: kind of place. `every_record`: count all records, not only those found positive. `ways`: how places
    are joined, where a file says so; beside it, provinces know their neighbours. `other_side`: counts of
    areas across the border, which are foretold beside the provinces; `held`: those that are held of them.
    """

    disease: str
    by: str
    method: Question
    step: Literal["week", "month"] = "week"
    every_record: bool = False
    place: str = ""
    ways: Ways | None = None
    other_side: CountsFile | None = None
    held: bool = False


def foretell(database: Database, grant: Grant, question: RecordsQuestion) -> Answer:
    """Foretell every place.

    Raises
    ------
    NotPermittedError
        The grant does not hold it, or HIV and syphilis are asked by a place that they are never shown by.
    UsageError
        The options contradict each other.
    StatisticsError
        There are no records, or too few; says what to do.
    """
    grant.check(Permission.RUN_CLUSTERS)
    disclosed.check(grant, question.disease, question.by)
    if question.method.others in ("neighbours", "power-law") and question.by != "province":
        raise UsageError("neighbours are known of provinces alone: choose --by province, or give --flows")
    with database.reading() as connection:
        box = read.daily(
            connection, grant.scope, question.disease, question.by, every_record=question.every_record,
            reporting=False,
        )  # fmt: skip
    found = disclosed.daily(grant, question.disease, question.by, box)
    steps = _steps(found, question.step)
    made = tuple(
        Counts(place, tuple(day.isoformat() for day in steps[:-1]), _series(cases, steps, question.step))
        for place, cases in found.counts.items()
        if question.place in ("", place)
    )
    if not made:
        raise UsageError(f"--place: there is no {question.by} '{question.place}' here")
    across: list[str] = []
    other = question.other_side
    if question.held:
        other = of_provinces(database, grant, question.disease, question.step)
    if other is not None:
        made += _across(other, steps, question.step, across)
    ways = _ways(question)
    name = DISEASES[question.disease].name
    answer = methods.foretell(
        CountsFile(name, made, by_number=False, has_population=False), question.method, ways
    )
    said = [*answer.said, *across]
    if found.outside:
        said.append(f"{found.outside} cases are of no known {question.by}, and not counted")
    return Answer(answer.rows, answer.scores, said)


def _ways(question: RecordsQuestion) -> Ways:
    """Join places as the file says, and provinces with their neighbours."""
    given = question.ways or Ways()
    if given.flows:
        return given
    known = tuple((one, other) for one, others in neighbours().items() for other in others)
    places = gazetteer()
    across = tuple(
        (places.match_province(one) or one, places.match_province(other) or other)
        for one, other in given.neighbours
    )
    return Ways(neighbours=(*known, *across))


def _across(
    file: CountsFile, steps: list[date], step: Literal["week", "month"], said: list[str]
) -> tuple[Counts, ...]:
    """Counts of the other side in the steps of the records; what is not known there stays unknown."""
    labels = tuple(day.isoformat() for day in steps[:-1])
    number = {label: n for n, label in enumerate(labels)}
    made: list[Counts] = []
    known = outside = 0
    for one in file.places:
        if not one.place:
            raise StatisticsError(f"{file.name} has no column place: areas of the other side need names")
        if gazetteer().match_province(one.place):
            raise StatisticsError(
                f"{file.name}: {one.place} is a province of Cambodia; write areas of the other side alone"
            )
        counts = np.full(len(labels), np.nan)
        for label, count in zip(one.labels, one.series.counts, strict=True):
            if label in number:
                counts[number[label]] = count
            elif labels[0] <= label <= labels[-1]:
                raise StatisticsError(
                    f"{file.name}: weeks begin on Monday, and months on their first day: {label} is no first "
                    f"day of a {step}"
                )
            else:
                outside += 1
        known += int((~np.isnan(counts)).sum())
        made.append(Counts(one.place, labels, Series(counts, tuple(steps[:-1]), step)))
    every = len(labels) * len(made)
    said.append(
        f"{100 * known / every:.0f}% of the counts of the other side are known ({len(made)} areas, "
        f"{file.name}); who reported there is not told"
    )
    if outside:
        said.append(f"{outside} counts of the other side lie outside the records, and are not used")
    return tuple(made)


def _steps(found: Daily, step: str) -> list[date]:
    """First days of the steps that the records fill, and the day after the last."""
    if found.first is None or found.last is None:
        raise StatisticsError("there are no records yet; import a line list first")
    first, end = found.first, found.last + _DAY
    if step == "week":
        first += timedelta(days=-first.weekday() % 7)
        days = [first + timedelta(days=7 * n) for n in range((end - first).days // 7 + 1)]
    else:
        begun = first.year * 12 + first.month - (1 if first.day == 1 else 0)
        ended = end.year * 12 + end.month - 1
        days = [date(n // 12, n % 12 + 1, 1) for n in range(begun, ended + 1)]
    if len(days) < 2:
        raise StatisticsError(f"the records hold no whole {step} yet: nothing can be foretold")
    return days


def _series(cases: Mapping[date, int], steps: list[date], step: Literal["week", "month"]) -> Series:
    numbers = np.zeros(len(steps) - 1)
    edges = np.array([day.toordinal() for day in steps])
    for day, count in cases.items():
        at = int(np.searchsorted(edges, day.toordinal(), side="right")) - 1
        if 0 <= at < len(numbers):
            numbers[at] += count
    return Series(numbers, tuple(steps[:-1]), step)
