"""The version of the scan engine, apart from the engine: to ask for it loads no compiler."""

from __future__ import annotations

#: Changes whenever the same input could give another answer.
ENGINE_VERSION = 2
#: The first whose p-values and recurrence intervals allow for earlier analyses as decision 27 says.
EARLIER_ANALYSES_RIGHT = 2


def earlier_analyses_were_wrong(engine_version: int | None, earlier_analyses: int) -> bool:
    """Return whether an engine's recurrence intervals were too long because of earlier analyses.

    Engine 1 made them about as many times too long as there were analyses.

    Parameters
    ----------
    engine_version : int or None
        Version of the engine that made the result; None where it is not known.
    earlier_analyses : int
        Number of earlier analyses that the result allowed for.

    Returns
    -------
    bool

    Examples
    --------
    >>> [earlier_analyses_were_wrong(*run) for run in ((1, 59), (1, 0), (2, 59))]
    [True, False, False]
    """
    return earlier_analyses > 0 and engine_version is not None and engine_version < EARLIER_ANALYSES_RIGHT
