"""What an indicator is told of one record: answers, codes and days between, never who or where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surveillance.vocabulary import UNKNOWN

Answer = bool | None
#: What differs from record to record: a rule says which of them it looks at.
AMOUNTS = (
    "age_years", "notified", "investigated", "responded", "on_treatment", "viral_load", "g6pd_activity"
)  # fmt: skip
#: Days between that differ no further for any indicator are told as one: more than half a year apart.
LONGEST = 200


@dataclass(frozen=True)
class Facts:
    """One record, as far as indicators look at it.

    The five answers are those of the cascade with what follows from an explicit no filled in
    (:func:`surveillance.coverage.indicators.resolve`); None is blank. `items` are those of `detail`. Days are
    counted from the diagnosis (day of the result, else of the test, else of the visit); `on_treatment` from
    the start of treatment to the viral load, else to the visit. A day that is not known is None.

    Examples
    --------
    >>> Facts("malaria", positive=True, items={"species": "pv"}).item("species")
    'pv'
    """

    disease: str
    eligible: Answer = None
    tested: Answer = None
    positive: Answer = None
    treated: Answer = None
    completed: Answer = None
    test_method: str = UNKNOWN
    case_status: str = UNKNOWN
    origin: str = UNKNOWN
    outcome: str = UNKNOWN
    items: Mapping[str, str] = field(default_factory=dict)
    age_years: int | None = None
    notified: int | None = None
    investigated: int | None = None
    responded: int | None = None
    on_treatment: int | None = None
    viral_load: int | None = None
    g6pd_activity: int | None = None

    def item(self, name: str) -> str | None:
        """Return an item of `detail`.

        Parameters
        ----------
        name : str
            One of `surveillance.line_list.DETAIL_ITEMS`.

        Returns
        -------
        str or None
            None where it is blank.

        Examples
        --------
        >>> Facts("tb").item("xpert") is None
        True
        """
        return self.items.get(name)

    def yes(self, name: str) -> Answer:
        """Return an item of `detail` that is yes or no.

        Parameters
        ----------
        name : str
            One of `surveillance.line_list.DETAIL_ITEMS`.

        Returns
        -------
        bool or None
            None where it is blank, or says that it is not known.

        Examples
        --------
        >>> Facts("tb", items={"contact": "no"}).yes("contact")
        False
        """
        said = self.items.get(name)
        return None if said in (None, UNKNOWN) else said == "yes"


def between(first: int | None, last: int | None) -> int | None:
    """Return the days from one day to another.

    Parameters
    ----------
    first, last : int or None
        Numbers of days.

    Returns
    -------
    int or None
        At most `LONGEST`; None where one is not known, or where the last lies before the first: then one of
        them is wrong, and nothing is known of the time between.

    Examples
    --------
    >>> between(10, 13), between(13, 10), between(None, 3), between(0, 900)
    (3, None, None, 200)
    """
    if first is None or last is None or last < first:
        return None
    return min(last - first, LONGEST)
