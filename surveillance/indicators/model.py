"""What an indicator is: one row of data, and the ways in which its counts are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from surveillance.diseases import DISEASES
from surveillance.indicators.facts import Answer, Facts
from surveillance.texts import N_

#: Whose an indicator is, with a name for people.
PROGRAMMES: dict[str, str] = {
    "malaria": N_("Malaria"),
    "tb": N_("Tuberculosis"),
    "hiv": N_("HIV"),
    "sti": N_("Sexually transmitted infections"),
    "hepatitis": N_("Hepatitis"),
    "ids": N_("Alerts on counts"),
    "border": N_("Border screening"),
    "reporting": N_("Reporting"),
    "prevention": N_("Prevention"),
}
#: Kinds of area, the largest first; a crossing is none of them and stands beside.
LEVELS = ("country", "province", "district", "facility")
BY = ("country", "province", "district", "crossing", "facility")
Period = Literal["visit", "cohort"]
Interval = Literal["wilson", "poisson", "estimate", "none"]


class Count(NamedTuple):
    """What one record adds: to the numerator, to the denominator, and to those of whom it is not known."""

    numerator: int = 0
    denominator: int = 0
    unknown: int = 0


NOTHING, NO, YES, UNKNOWN = Count(), Count(0, 1, 0), Count(1, 1, 0), Count(0, 0, 1)
Rule = Callable[[Facts], Count]


def share(among: Answer, answer: Answer) -> Count:
    """Return what a record adds to a proportion. A blank is not a no: it is counted as unknown.

    Parameters
    ----------
    among : bool or None
        Whether the record belongs to the denominator.
    answer : bool or None
        Whether it belongs to the numerator, too.

    Returns
    -------
    Count

    Examples
    --------
    >>> tuple(share(True, True)), tuple(share(True, None)), tuple(share(False, True))
    ((1, 1, 0), (0, 0, 1), (0, 0, 0))
    """
    if among is False:
        return NOTHING
    if among is None or answer is None:
        return UNKNOWN
    return YES if answer else NO


def case(answer: Answer) -> Count:
    """Return what a record adds to a number of cases.

    Parameters
    ----------
    answer : bool or None
        Whether it is one.

    Returns
    -------
    Count
        Without a denominator.

    Examples
    --------
    >>> case(True)
    Count(numerator=1, denominator=0, unknown=0)
    """
    return UNKNOWN if answer is None else Count(int(answer), 0, 0)


@dataclass(frozen=True)
class OfRecords:
    """Counted record by record, into sums of its own.

    `key` is the number under which the sums are kept: it is never given to another indicator. `edition` is
    raised whenever `rule` counts something else: the sums are then made anew. `amounts`: the amounts of
    :class:`Facts` that `rule` looks at; it is told no other, so that alike records are counted once.
    """

    key: int
    rule: Rule
    edition: int = 1
    amounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class OfMeasure:
    """Counted by the cascade of care: as the map, the table and the aggregate reports count it.

    `part`: which part is the numerator: what the measure counts, its complement, or one outcome of a cohort.
    """

    measure: str
    part: Literal["numerator", "complement", "lost"] = "numerator"


@dataclass(frozen=True)
class OfFoci:
    """Counted from the foci of malaria: those whose last local case lies so many months back.

    `most` None: any number above `above`.
    """

    above: int
    most: int | None


@dataclass(frozen=True)
class OfReports:
    """Counted from who has reported."""

    part: Literal["completeness", "timeliness"]


@dataclass(frozen=True)
class OfHouseholds:
    """Counted from visits of households from which parents went away: fields that are added up.

    Parameters
    ----------
    numerator, denominator : tuple of str
        Of `surveillance.reception.steps.PREVENTION`; without a denominator it is a number.
    """

    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()


@dataclass(frozen=True)
class Indicator:
    """One row. `programme_name` in lower case is its `id`.

    Parameters
    ----------
    id, programme, name : str
        `programme` is one of `PROGRAMMES`.
    diseases : tuple of str
        Codes of the diseases whose records it counts; none for reporting and prevention.
    numerator, denominator : str
        In words. `denominator` is blank for a number of cases.
    counted : OfRecords or OfMeasure or OfReports or OfFoci or OfHouseholds
        How its counts are made.
    source : str
        Who defines it, with the version.
    unit : str
        What the value is.
    multiplier : int
        What the value is multiplied by: 1 for a proportion, 1000 for a number of 1,000 people.
    interval : str
        `wilson` of a proportion, `poisson` (exact) of a rate, `estimate` where the uncertainty is that of the
        estimate it is divided by, `none` of a number of cases.
    period : str
        `visit`: counted where the visit was; `cohort`: where treatment started, once it is due.
    lowest : str
        The lowest of `LEVELS` by which it has a meaning.
    crossing : bool
        Whether it may be shown by border crossing.
    home : bool
        Whether provinces are those of home: what is divided by residents counts residents.
    of : str
        Kind of the denominator that is imported; blank where records are counted.
    national_only : bool
        Whether `of` is known below the country from an imported estimate for the area alone.
    follow_up_days : int
        Days from the start of treatment after which a cohort that is counted record by record is due.
    target : float or None
        What is aimed at, in the unit of the value.
    target_source : str
        Who says so.
    """

    id: str
    programme: str
    name: str
    diseases: tuple[str, ...]
    numerator: str
    denominator: str
    counted: OfRecords | OfMeasure | OfReports | OfFoci | OfHouseholds
    source: str
    unit: str = N_("proportion")
    multiplier: int = 1
    interval: Interval = "wilson"
    period: Period = "visit"
    lowest: str = "facility"
    crossing: bool = True
    home: bool = False
    of: str = ""
    national_only: bool = False
    follow_up_days: int = 0
    target: float | None = None
    target_source: str = ""

    @property
    def sensitive(self) -> bool:
        """Whether it counts a disease that is never shown by crossing or facility."""
        return any(DISEASES[code].sensitive for code in self.diseases)

    @property
    def may_be_by(self) -> tuple[str, ...]:
        """Kinds of area by which it may be asked, the largest first."""
        return tuple(by for by in BY if not self.refusal(by))

    def refusal(self, by: str) -> str:
        """Return why it is not shown by a kind of area.

        Parameters
        ----------
        by : str
            One of `BY`.

        Returns
        -------
        str
            A sentence; blank where it is shown.

        Examples
        --------
        >>> from surveillance.indicators.table import INDICATORS
        >>> INDICATORS["malaria_api"].refusal("crossing")
        'People pass a crossing, they do not live there: there is no number of people to divide by.'
        """
        if self.sensitive and by in ("crossing", "facility", "district"):
            return NEVER_SENSITIVE
        if by == "crossing":
            if self.of:
                return NO_PEOPLE_AT_CROSSINGS
            return "" if self.crossing else NOT_BY_CROSSING
        if LEVELS.index(by) > LEVELS.index(self.lowest):
            return TOO_LOW[self.lowest]
        return ""


NEVER_SENSITIVE = N_(
    "HIV and syphilis are never shown by crossing, district or facility: it could harm people."
)
NO_PEOPLE_AT_CROSSINGS = N_(
    "People pass a crossing, they do not live there: there is no number of people to divide by."
)
NOT_BY_CROSSING = N_("This indicator has no meaning by border crossing.")
TOO_LOW = {
    "country": N_("This indicator is known for the whole country alone."),
    "province": N_("This indicator is known by province at the lowest: homes are recorded by province."),
    "district": N_("This indicator is known by district at the lowest."),
}
