"""Times between two steps of a cascade, from the days of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from surveillance.coverage.indicators import STEPS, Answer, all_states, resolve
from surveillance.rates.survival import Survival, kaplan_meier
from surveillance.texts import N_

Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Span:
    """From one day of a record to another.

    Parameters
    ----------
    code, name : str
    begins, ends : str
        Columns of a record.
    waiting : callable
        Whether a record with these answers waits for the second day, or has had it.
    taken : callable
        Whether the answers tell that the step was taken, although its day may be blank.
    """

    code: str
    name: str
    begins: str
    ends: str
    waiting: Callable[[Answers], bool]
    taken: Callable[[Answers], bool]


def _yes(step: str) -> Callable[[Answers], bool]:
    return lambda answers: answers[step] is True


def _either(one: str, other: str) -> Callable[[Answers], bool]:
    return lambda answers: answers[one] is True or answers[other] is True


SPANS: dict[str, Span] = {
    span.code: span
    for span in (
        Span("test", N_("From the visit to the test"), "date_visit", "date_tested",
             _either("eligible", "tested"), _yes("tested")),
        Span("result", N_("From the test to its result"), "date_tested", "date_result",
             _yes("tested"), lambda answers: answers["positive"] is not None),
        Span("start", N_("From the positive result to the start of treatment"), "date_result", "date_treated",
             _yes("positive"), _yes("treated")),
        Span("visit_start", N_("From the visit to the start of treatment"), "date_visit", "date_treated",
             _yes("positive"), _yes("treated")),
        Span("outcome", N_("From the start of treatment to its outcome"), "date_treated", "date_outcome",
             _yes("treated"), _yes("completed")),
    )
}  # fmt: skip
_ANSWERS: dict[int, Answers] = {
    number: dict(zip(STEPS, resolve(answers), strict=True)) for number, answers in all_states()
}


@dataclass(frozen=True)
class Wait:
    """How long one step took.

    Parameters
    ----------
    span : str
        Code of the span.
    survival : Survival
        In days. People who had not taken the step by the last day of the data are censored on that day.
    undated : int
        People of whom a day is missing, so that their time is not known.
    backward : int
        People whose second day lies before the first: one of the two is wrong.
    """

    span: str
    survival: Survival
    undated: int
    backward: int

    @property
    def people(self) -> int:
        """People whose time is known, or who still waited on the last day."""
        return self.survival.people

    @property
    def waiting(self) -> int:
        """People who still waited on the last day of the data."""
        return self.survival.people - self.survival.taken


def wait(span: Span, records: Iterable[tuple[int, date | None, date | None, int]], last: date) -> Wait:
    """Estimate how long a step took, with those who still wait.

    Parameters
    ----------
    span : Span
    records : iterable of (int, date or None, date or None, int)
        Number of the five answers (:func:`surveillance.coverage.indicators.state_number`), first and second
        day, and how many records have all three.
    last : date
        Last day of the data.

    Returns
    -------
    Wait

    Examples
    --------
    >>> from surveillance.coverage.indicators import state_number
    >>> positive, treated = (state_number((True, True, True, said, None)) for said in (False, True))
    >>> first = date(2026, 3, 1)
    >>> found = wait(SPANS["start"], [(treated, first, date(2026, 3, 3), 5), (positive, first, None, 3)],
    ...              last=date(2026, 3, 31))
    >>> found.people, found.waiting, [quartile.time for quartile in found.survival.quartiles]
    (8, 3, [2.0, 2.0, None])
    """
    lengths: list[int] = []
    seen: list[bool] = []
    counts: list[int] = []
    undated = backward = 0
    for state, first, second, people in records:
        answers = _ANSWERS[state]
        if not span.waiting(answers):
            continue
        if first is None or (second is None and span.taken(answers)):
            undated += people
        elif second is not None and second < first:
            backward += people
        else:
            lengths.append(max(((second or last) - first).days, 0))
            seen.append(second is not None)
            counts.append(people)
    survival = kaplan_meier(lengths, np.array(seen, dtype=bool), counts=counts)
    return Wait(span.code, survival, undated, backward)
