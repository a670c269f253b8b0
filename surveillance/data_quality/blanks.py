"""Fields that a facility leaves blank too often."""

from __future__ import annotations

from surveillance.coverage.proportions import proportion_interval

#: A field is left blank too often where surely more than this share of records lack it.
TOO_MANY = 0.2
#: Of fewer records nothing is said.
FEWEST = 20


def too_often(blank: int, records: int) -> bool:
    """Whether a field is blank in surely more than a fifth of the records.

    Parameters
    ----------
    blank, records : int
        Records without the field, and all.

    Returns
    -------
    bool
        Whether there are twenty records, and the lower end of Wilson's 95% interval lies above a fifth.

    References
    ----------
    Wilson EB (1927). Journal of the American Statistical Association 22(158): 209-212.
    doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> too_often(7, 20), too_often(12, 20)
    (False, True)
    """
    return records >= FEWEST and float(proportion_interval([blank], [records])[0][0]) > TOO_MANY
