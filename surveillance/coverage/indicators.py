"""Every indicator as one row of data, and what one record adds to each.

The cascade of a record is five answers (eligible, tested, positive, treated, completed), each yes, no or
blank. A blank is not a no: it leaves the denominator and is counted as unknown. After an explicit no a blank
can only be no, because a yes there would contradict the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from surveillance.texts import N_

STEPS = ("eligible", "tested", "positive", "treated", "completed")
Answer = bool | None


@dataclass(frozen=True)
class Measure:
    """`step` is yes, of those for whom `among` is yes (of all records where `among` is None).

    `by_start`: counted in the period in which treatment started, once the follow-up time has passed.
    """

    code: str
    name: str
    step: str
    among: str | None
    numerator: str
    denominator: str
    source: str
    by_start: bool = False


MEASURES: dict[str, Measure] = {
    m.code: m
    for m in (
        Measure(
            "testing",
            N_("Tested"),
            N_("tested"),
            N_("eligible"),
            N_("tested of those seen and eligible"),
            N_("seen and eligible"),
            "WHO MAL_AGG: suspected cases tested / suspected cases",
        ),
        Measure(
            "treatment",
            N_("Treatment started"),
            "treated",
            N_("positive"),
            N_("treated and positive"),
            N_("positive"),
            "WHO MAL_AGG: cases treated / confirmed cases",
        ),
        Measure(
            "completion",
            N_("Treatment completed"),
            "completed",
            "treated",
            N_("completed treatment"),
            N_("started treatment in the period and due, less those moved to second-line treatment"),
            "WHO TB_AGG: outcomes of the cohort by the period treatment started",
            by_start=True,
        ),
        Measure(
            "eligibility",
            N_("Eligible"),
            N_("eligible"),
            None,
            N_("eligible"),
            N_("records"),
            "IOM migrant TB cascade: presumptive / screened",
        ),
        Measure(
            "positivity",
            N_("Test positive"),
            N_("positive"),
            N_("tested"),
            N_("positive"),
            N_("tested"),
            "WHO MAL_AGG: test positivity rate",
        ),
        Measure(
            "yield",
            N_("Found positive"),
            N_("positive"),
            None,
            N_("positive"),
            N_("records"),
            "IOM migrant TB cascade: positive / screened",
        ),
    )
}


#: Measures whose denominator is people found positive: only their place of infection is recorded.
OF_POSITIVES = ("treatment", "completion")


class Contribution(NamedTuple):
    """What one record adds to one measure."""

    numerator: int
    denominator: int
    unknown: int


def resolve(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Fill each blank that an explicit no before it leaves only one answer for.

    eligible -> tested -> positive and treated -> completed are deductions: a yes would contradict the record.
    A blank `treated` after a negative result is read as not started (treatment without a positive test is
    recorded as an explicit yes).

    Parameters
    ----------
    answers : tuple of bool or None, shape (5,)
        In the order of `STEPS`.

    Returns
    -------
    tuple of bool or None, shape (5,)

    Raises
    ------
    TypeError
        An answer is neither True, False nor None.

    Examples
    --------
    >>> resolve((True, False, None, None, None))
    (True, False, False, False, False)
    """
    if any(answer is not None and type(answer) is not bool for answer in answers):
        raise TypeError("an answer is True, False or None; convert other kinds of truth first")
    eligible, tested, positive, treated, completed = answers
    if tested is None and eligible is False:
        tested = False
    if positive is None and tested is False:
        positive = False
    if treated is None and positive is False and completed is not True:
        treated = False
    if completed is None and treated is False:
        completed = False
    return eligible, tested, positive, treated, completed


def contradiction(answers: tuple[Answer, ...], treatment_basis: bool) -> tuple[str, str] | None:
    """Return the first pair of steps where a yes follows an explicit no.

    Treatment may follow a no (clinical, presumptive and preventive treatment, transfers) where the record
    states its basis.

    Parameters
    ----------
    answers : tuple of bool or None, shape (5,)
        In the order of `STEPS`.
    treatment_basis : bool
        Whether the record states the basis of its treatment.

    Returns
    -------
    (str, str) or None
        The step that is no and the later step that is yes; None where the record agrees with itself.

    Examples
    --------
    >>> contradiction((True, False, True, None, None), False)
    ('tested', 'positive')
    """
    named = dict(zip(STEPS, answers, strict=True))
    before: list[str] = []
    for step in STEPS:
        if named[step]:
            for earlier in reversed(before):
                excused = treatment_basis and step in ("treated", "completed") and earlier != "treated"
                if named[earlier] is False and not excused:
                    return earlier, step
        before.append(step)
    return None


def contribution(measure: Measure, answers: tuple[Answer, ...]) -> Contribution:
    """Return what a record with these answers adds to a measure; to completion, once it is due.

    Parameters
    ----------
    measure : Measure
    answers : tuple of bool or None, shape (5,)
        In the order of `STEPS`.

    Returns
    -------
    Contribution

    Examples
    --------
    >>> contribution(MEASURES["testing"], (True, None, None, None, None))
    Contribution(numerator=0, denominator=0, unknown=1)
    """
    named = dict(zip(STEPS, resolve(answers), strict=True))
    among = True if measure.among is None else named[measure.among]
    if among is False:
        return Contribution(0, 0, 0)
    answer = named[measure.step]
    if measure.by_start and among and answer is None:
        answer = False  # of a cohort that is due: not evaluated (surveillance.coverage.cohorts)
    if among is None or answer is None:
        return Contribution(0, 0, 1)
    return Contribution(int(answer), 1, 0)


_DIGIT: dict[Answer, int] = {None: 0, False: 1, True: 2}


def state_number(answers: tuple[Answer, ...]) -> int:
    """Write five answers as one number.

    Parameters
    ----------
    answers : tuple of bool or None, shape (5,)
        In the order of `STEPS`.

    Returns
    -------
    int
        From 0 to 242 (base 3: blank, no, yes).

    Examples
    --------
    >>> state_number((None, None, None, None, True)), state_number((True,) * 5)
    (2, 242)
    """
    number = 0
    for answer in answers:
        number = 3 * number + _DIGIT[answer]
    return number


def all_states() -> list[tuple[int, tuple[Answer, ...]]]:
    """List every combination of five answers with its number.

    Returns
    -------
    list of (int, tuple of bool or None), length 243

    Examples
    --------
    >>> all_states()[0]
    (0, (None, None, None, None, None))
    """
    return [(state_number(answers), answers) for answers in product((None, False, True), repeat=len(STEPS))]
