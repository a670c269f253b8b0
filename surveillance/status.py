"""Kinds of value: a number, a zero, no people to count, or one of four absences. Each looks different."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Status that every value carries out of the services."""

    VALUE = "value"
    ZERO = "zero"
    NOBODY = "nobody"
    HIDDEN = "hidden"
    NOT_REPORTED = "not reported"
    UNKNOWN = "unknown"
    NOT_YET_DUE = "not yet due"


#: Statuses of a proportion: they have a denominator.
SHOWN = frozenset({Status.VALUE, Status.ZERO})


def status_of(
    *, numerator: int, denominator: int, unknown: int, records: int, not_due: int = 0, reported: bool
) -> Status:
    """Return the status of one proportion.

    Parameters
    ----------
    numerator, denominator, unknown : int
        Counts of the measure, in persons; for a cohort those of its due part.
    records : int
        Records of any kind behind it.
    not_due : int
        Persons whose follow-up time has not passed.
    reported : bool
        Whether a facility that would have sent records for this area did report.

    Returns
    -------
    Status

    Notes
    -----
    `ZERO` is 0 of n, with n above 0. `NOBODY` is a denominator of zero that is known: a facility reported and
    nothing is unknown. A blank answer whose follow-up time has passed is unknown: waiting for the rest of the
    cohort will not fill it.

    Examples
    --------
    >>> counts = {"numerator": 0, "unknown": 0, "records": 0}
    >>> [status_of(**counts, denominator=n, reported=True).value for n in (9, 0)]
    ['zero', 'nobody']
    """
    if denominator:
        return Status.VALUE if numerator else Status.ZERO
    if unknown:
        return Status.UNKNOWN
    if not_due:
        return Status.NOT_YET_DUE
    return Status.NOBODY if records or reported else Status.NOT_REPORTED
