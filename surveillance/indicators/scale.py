"""Classes of the values of an indicator, and how a value stands to its target."""

from __future__ import annotations

import math
from bisect import bisect_right

from surveillance.indicators.model import Indicator
from surveillance.indicators.values import Value

#: Classes of a map.
CLASSES = 5
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


def has_target(indicator: Indicator) -> bool:
    """Return whether an indicator has a target that its value is held against.

    A number of cases has none: what raises an alert is no aim.

    Parameters
    ----------
    indicator : Indicator

    Returns
    -------
    bool

    Examples
    --------
    >>> from surveillance.indicators.table import INDICATORS
    >>> has_target(INDICATORS["tb_treatment_success"]), has_target(INDICATORS["malaria_api"])
    (True, False)
    """
    return indicator.target is not None and bool(indicator.denominator)


def meets_target(indicator: Indicator, value: Value) -> bool | None:
    """Return whether a value reaches the target of its indicator; all targets are the least that is aimed at.

    Parameters
    ----------
    indicator : Indicator
    value : Value

    Returns
    -------
    bool or None
        None where there is no target, or no value.

    Examples
    --------
    >>> from surveillance.indicators.table import INDICATORS
    >>> from surveillance.indicators.values import of_proportion
    >>> from surveillance.status import Status
    >>> row = INDICATORS["tb_treatment_success"]
    >>> [meets_target(row, of_proportion(row, Status.VALUE, n, 100, 0)) for n in (95, 80)]
    [True, False]
    """
    if not has_target(indicator) or indicator.target is None or value.value is None:
        return None
    return value.value >= indicator.target


def beyond_target(indicator: Indicator, value: Value) -> bool:
    """Return whether a value misses the target of its indicator by more than chance.

    Parameters
    ----------
    indicator : Indicator
    value : Value

    Returns
    -------
    bool
        True where the value lies below the target with the whole of its 95% interval.

    Examples
    --------
    >>> from surveillance.indicators.table import INDICATORS
    >>> from surveillance.indicators.values import of_proportion
    >>> from surveillance.status import Status
    >>> row = INDICATORS["tb_treatment_success"]
    >>> [beyond_target(row, of_proportion(row, Status.VALUE, n, 10 * n // 8, 0)) for n in (8, 800)]
    [False, True]
    """
    if meets_target(indicator, value) is not False or indicator.target is None:
        return False
    return value.upper is None or value.upper < indicator.target


def nice_edges(largest: float, *, whole: bool = False) -> tuple[float, ...]:
    """Return where the classes of a map begin, but the first: four equal steps of a round number.

    Parameters
    ----------
    largest : float
        The largest value that is drawn, in the unit of the values.
    whole : bool
        Whether the values are whole numbers, so that no step is less than one.

    Returns
    -------
    tuple of float, length 4

    Examples
    --------
    >>> nice_edges(0.83), nice_edges(37, whole=True), nice_edges(0)
    ((0.2, 0.4, 0.6, 0.8), (10.0, 20.0, 30.0, 40.0), (0.2, 0.4, 0.6, 0.8))
    """
    least = max(largest, 0.0) / CLASSES or 0.2
    power = 10.0 ** math.floor(math.log10(least))
    step = next(one for one in _NICE if one * power >= least * (1 - 1e-9)) * power
    if whole:
        step = max(1.0, math.ceil(step - 1e-9))
    return tuple(float(f"{step * place:.6g}") for place in range(1, CLASSES))


def class_of(value: float, edges: tuple[float, ...]) -> int:
    """Return the class of a value, 0 to 4; one on an edge belongs to the class that begins there.

    Parameters
    ----------
    value : float
    edges : tuple of float
        As :func:`nice_edges` gives them.

    Returns
    -------
    int

    Examples
    --------
    >>> class_of(0.4, (0.2, 0.4, 0.6, 0.8))
    2
    """
    return bisect_right(edges, value)
