"""How many alarms chance alone brings, and an allowance of them allotted over what the watch asks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from surveillance.errors import StatisticsError
from surveillance.texts import N_

#: Days of a month.
MONTH = 30.0
#: What each disease weighs where the allowance is shared: a missed outbreak of it costs more, or less.
PRIORITY: dict[str, float] = {"cholera": 3, "measles": 3, "malaria": 3, "awd": 2, "dengue": 2, "sari": 2}
#: Numbers of replicates that are drawn.
_REPLICATES = (999, 1_999, 4_999, 9_999, 19_999, 49_999, 99_999)


@dataclass(frozen=True)
class Asked:
    """Questions of one kind that the watch asks again and again.

    Parameters
    ----------
    key : str
        A rule, or a kind of scan.
    questions : int
        Places, or scans.
    unit_days : float
        Days between two looks.
    weight : float
        Its share of the allowance, in proportion.
    """

    key: str
    questions: int
    unit_days: float
    weight: float = 1.0


@dataclass(frozen=True)
class Allotted:
    """What a kind of question is allowed.

    Parameters
    ----------
    expected : float
        Alarms a month that chance alone may bring.
    recurrence : float
        Days in which chance may bring one to a single question once; infinite where nothing is asked.
    p : float
        The largest p-value of one look.
    """

    key: str
    questions: int
    unit_days: float
    expected: float
    recurrence: float
    p: float


def chance_alarms(questions: int, recurrence: float) -> float:
    """Return how many alarms a month chance alone brings.

    Parameters
    ----------
    questions : int
    recurrence : float
        Days in which chance brings an alarm to one question once.

    Returns
    -------
    float
        questions x 30 / recurrence.

    Raises
    ------
    StatisticsError
        The recurrence interval is not above zero.

    References
    ----------
    Kleinman K, Lazarus R, Platt R (2004). A generalized linear mixed models approach for detecting incident
    clusters of disease in small areas. American Journal of Epidemiology 159: 217-224.
    doi:10.1093/aje/kwh029

    Examples
    --------
    >>> [round(chance_alarms(52, days), 1) for days in (100, 365, 1_825)]
    [15.6, 4.3, 0.9]
    """
    if recurrence <= 0:
        raise StatisticsError(N_("a recurrence interval is above zero"))
    return questions * MONTH / recurrence


def allot(asked: Sequence[Asked], expected: float) -> dict[str, Allotted]:
    """Share an allowance of chance alarms over what is asked, by weight.

    Parameters
    ----------
    asked : sequence of Asked
    expected : float
        Alarms a month that chance alone may bring in all.

    Returns
    -------
    dict of str to Allotted
        By key, in the order given. The expected numbers sum to `expected` where anything is asked.

    Raises
    ------
    StatisticsError
        The allowance is not above zero.

    Examples
    --------
    >>> found = allot([Asked("a", 10, 7.0), Asked("b", 42, 1.0)], 1.0)
    >>> found["a"].expected, found["a"].recurrence, round(found["b"].p, 6)
    (0.5, 600.0, 0.000397)
    """
    if not expected > 0:
        raise StatisticsError(N_("the allowance of chance alarms is above zero"))
    whole = sum(one.weight for one in asked if one.questions)
    found = {}
    for one in asked:
        share = expected * one.weight / whole if one.questions else 0.0
        interval = one.questions * MONTH / share if share else math.inf
        p = min(one.unit_days / interval, 1.0) if share else 0.0
        found[one.key] = Allotted(one.key, one.questions, one.unit_days, share, interval, p)
    return found


def replicates_for(recurrence: float, unit_days: float) -> int:
    """Return how many replicates a scan needs so that it can show a recurrence interval.

    Parameters
    ----------
    recurrence : float
        Days.
    unit_days : float
        Days between two looks.

    Returns
    -------
    int
        The fewest of 999, 1,999, 4,999 and so on whose longest interval, (replicates + 1) looks, reaches it;
        99,999 where none does.

    Examples
    --------
    >>> replicates_for(1_000, 1), replicates_for(1_001, 1), replicates_for(1_825, 7)
    (999, 1999, 999)
    """
    return next((n for n in _REPLICATES if (n + 1) * unit_days >= recurrence), _REPLICATES[-1])
