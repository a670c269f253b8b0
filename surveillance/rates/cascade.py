"""A cascade: how many took each step, of those who took the one before, and where others were lost.

A person counts in a step who took this step and all before. A blank is not a no: people of whom a step is not
recorded leave its denominator, and are told apart from those who did not take it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from surveillance.coverage.indicators import STEPS, Answer, all_states, resolve
from surveillance.errors import StatisticsError
from surveillance.reception.cascade import Share, share
from surveillance.texts import N_

Detail = Mapping[str, str]


@dataclass(frozen=True)
class Reached:
    """Numbers of one step, as they were counted.

    Parameters
    ----------
    code, name : str
    people : int
        Who took this step and all before.
    unknown : int
        Of those who took the step before, people of whom this one is not recorded.
    outside : int
        Who took this step without one before: they are in no later step.
    among : int or None
        Of whom it is recorded whether they took it; None: all who took the step before, less the unknown.
    """

    code: str
    name: str
    people: int
    unknown: int = 0
    outside: int = 0
    among: int | None = None


@dataclass(frozen=True)
class Step:
    """One step of a cascade with its shares.

    Parameters
    ----------
    code, name : str
    people, unknown, outside : int
        As in :class:`Reached`.
    lost : int
        Of whom it is recorded that they did not take it.
    of_before : Share or None
        Of those of whom it is recorded whether they took it; None for the first step.
    of_first : Share or None
        Of those who began, less all who were unknown on the way; None for the first step, and where more took
        it than that.
    """

    code: str
    name: str
    people: int
    unknown: int
    outside: int
    lost: int
    of_before: Share | None
    of_first: Share | None


def cascade_of(reached: Sequence[Reached]) -> tuple[Step, ...]:
    """Compute losses and shares of the steps of a cascade, each with Wilson's interval at 95%.

    Parameters
    ----------
    reached : sequence of Reached
        In order; the first one is everybody who began.

    Returns
    -------
    tuple of Step

    Raises
    ------
    StatisticsError
        A number is negative, or a step has more people than the one before.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> steps = cascade_of([Reached("seen", "Seen", 20), Reached("tested", "Tested", 12, unknown=4)])
    >>> steps[1].lost, steps[1].of_before.value, steps[1].of_before.denominator
    (4, 0.75, 16)
    """
    found: list[Step] = []
    unknown = 0
    for one in reached:
        if min(one.people, one.unknown, one.outside) < 0:
            raise StatisticsError(f"the step '{one.code}' has a negative number")
        if not found:
            found.append(Step(one.code, one.name, one.people, one.unknown, one.outside, 0, None, None))
            continue
        among = found[-1].people - one.unknown if one.among is None else one.among
        if one.people > among:
            raise StatisticsError(
                f"the step '{one.code}' has more people than the one before: each step counts a part of it"
            )
        unknown += one.unknown
        whole = found[0].people - unknown
        of_first = share(one.people, whole) if one.people <= whole else None
        lost, of_before = among - one.people, share(one.people, among)
        found.append(
            Step(one.code, one.name, one.people, one.unknown, one.outside, lost, of_before, of_first)
        )
    return tuple(found)


@dataclass(frozen=True)
class Part:
    """A step as a record tells it: yes, no, or None where it is not recorded."""

    code: str
    name: str
    taken: Callable[[Mapping[str, Answer], Detail], Answer]


@dataclass(frozen=True)
class Path:
    """A cascade that records of some diseases tell.

    Parameters
    ----------
    code, name : str
    diseases : tuple of str
        Codes; none: all diseases.
    begins : Part
        Who is in it at all: those of whom this is yes.
    parts : tuple of Part
        Steps in order.
    note : str
        What must be known to read it; blank where nothing.
    apart : str
        Value of sex that is shown apart, as the study of the path enrolled it alone; blank where none is.
    """

    code: str
    name: str
    diseases: tuple[str, ...]
    begins: Part
    parts: tuple[Part, ...]
    note: str = ""
    apart: str = ""


def _answer(step: str) -> Callable[[Mapping[str, Answer], Detail], Answer]:
    return lambda answers, _: answers[step]


def _item(
    name: str, yes: Iterable[str], no: Iterable[str]
) -> Callable[[Mapping[str, Answer], Detail], Answer]:
    taken, left = frozenset(yes), frozenset(no)

    def said(_: Mapping[str, Answer], detail: Detail) -> Answer:
        value = detail.get(name, "")
        return True if value in taken else (False if value in left else None)

    return said


def _vivax(answers: Mapping[str, Answer], detail: Detail) -> Answer:
    return answers["positive"] is True and detail.get("species") in ("pv", "mixed")


_SEEN = Part("seen", N_("Seen"), lambda _answers, _detail: True)
_POSITIVE = Part("positive", N_("Test positive"), _answer("positive"))
#: The cascade of every disease: its steps are measures (:mod:`surveillance.coverage.indicators`), each of the
#: people of its own denominator, so that it says what maps and tables say.
USUAL = "usual"
USUAL_NAME = N_("From the visit to completed treatment")
USUAL_STEPS: tuple[tuple[str, str], ...] = (
    ("eligible", "eligibility"),
    ("tested", "testing"),
    ("positive", "positivity"),
    ("treated", "treatment"),
    ("completed", "completion"),
)
#: Every other cascade that can be asked for: of single records, from items of their detail.
PATHS: dict[str, Path] = {
    path.code: path
    for path in (
        Path(
            "radical_cure", N_("Radical cure of vivax malaria"), ("malaria",),
            Part("vivax", N_("Vivax or mixed malaria"), _vivax),
            (
                Part("g6pd", N_("G6PD tested"),
                     _item("g6pd", ("normal", "intermediate", "deficient"), ("not_tested",))),
                Part("started", N_("Primaquine started"),
                     _item("primaquine", ("yes", "7_days", "14_days", "weekly", "8_weeks"),
                           ("no", "single_dose"))),
                Part("completed", N_("Primaquine completed"), _answer("completed")),
            ),
            N_("The study behind this cascade enrolled males above 20 kg. Weight is not recorded: males of "
               "any weight are shown apart."),
            "male",
        ),
        Path(
            "tb_screening", N_("Screening for tuberculosis, with chest X-ray"), ("tb",), _SEEN,
            (
                Part("presumptive", N_("Presumptive tuberculosis"), _answer("eligible")),
                Part("xray", N_("Chest X-ray"), _item("xray", ("yes", "normal", "abnormal"), ("no",))),
                Part("xpert", N_("Tested"), _answer("tested")),
                _POSITIVE,
            ),
        ),
    )
}  # fmt: skip

_ANSWERS: dict[int, Mapping[str, Answer]] = {
    number: dict(zip(STEPS, resolve(answers), strict=True)) for number, answers in all_states()
}


def along(path: Path, records: Iterable[tuple[int, Detail, int]]) -> tuple[Reached, ...]:
    """Count records along a path.

    Parameters
    ----------
    path : Path
    records : iterable of (int, mapping of str to str, int)
        Number of the five answers (:func:`surveillance.coverage.indicators.state_number`), items of the
        detail, and how many records have both.

    Returns
    -------
    tuple of Reached
        Those who began, and each step.

    Examples
    --------
    >>> from surveillance.coverage.indicators import state_number
    >>> rows = [
    ...     (state_number((True, True, True, True, None)), {"species": "pv", "g6pd": "normal"}, 3),
    ...     (state_number((True, True, True, None, None)), {"species": "mixed"}, 2),
    ...     (state_number((True, True, True, None, None)), {"species": "pf"}, 9),
    ... ]
    >>> [(one.code, one.people, one.unknown) for one in along(PATHS["radical_cure"], rows)]
    [('vivax', 5, 0), ('g6pd', 3, 2), ('started', 0, 3), ('completed', 0, 0)]
    """
    begun = 0
    people, unknown, outside = ([0] * len(path.parts) for _ in range(3))
    for state, detail, count in records:
        answers = _ANSWERS[state]
        if path.begins.taken(answers, detail) is not True:
            continue
        begun += count
        whole = True
        for at, part in enumerate(path.parts):
            said = part.taken(answers, detail)
            if whole and said is None:
                unknown[at] += count
            if said is True:
                (people if whole else outside)[at] += count
            whole = whole and said is True
    first = Reached(path.begins.code, path.begins.name, begun)
    rest = (
        Reached(part.code, part.name, people[at], unknown[at], outside[at])
        for at, part in enumerate(path.parts)
    )
    return (first, *rest)
