"""From counts to values with their interval and their status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from surveillance.coverage.proportions import proportion, proportion_interval
from surveillance.status import SHOWN, Status, status_of


@dataclass(frozen=True)
class Counts:
    """What is known of one proportion before it is one.

    `records` of any kind lie behind it; `not_due` persons' follow-up time has not passed; `reported` says
    whether a facility that would have sent records did; `hidden` that it may not be shown. `effect` is the
    design effect of people who came together. `untold`: how many are unknown may not be told; there are some.
    """

    reported: bool
    records: int = 0
    numerator: int = 0
    denominator: int = 0
    unknown: int = 0
    not_due: int = 0
    hidden: bool = False
    effect: float = 1.0
    untold: bool = False

    def __add__(self, other: Counts) -> Counts:
        """Together; the effect is right where no van has people in both."""
        people = self.denominator + other.denominator
        shared = self.effect * self.denominator + other.effect * other.denominator
        return Counts(
            self.reported or other.reported,
            self.records + other.records,
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.unknown + other.unknown,
            self.not_due + other.not_due,
            self.hidden or other.hidden,
            shared / people if people else 1.0,
            self.untold or other.untold,
        )


#: An interval wider than this, in proportions, rests on few people.
WIDEST = 0.2
#: A value of which a larger share than this is unknown carries a flag.
MOST_UNKNOWN = 0.2
#: A value carries a flag where a smaller share than this of the reports that were due came.
FEWEST_REPORTS = 0.8


@dataclass(frozen=True)
class Estimate:
    """A proportion as it may be shown. What is None is not known or not shown: `status` says which.

    `few`: something is hidden since a count is small: everything, or (with another status than hidden) only
    how many are unknown. `issued`: it stands in an issued release.
    """

    status: Status
    numerator: int | None
    denominator: int | None
    unknown: int | None
    coverage: float | None
    lower: float | None
    upper: float | None
    #: Design effect of the people who came together: the interval rests on denominator / effect people.
    effect: float | None = None
    few: bool = False
    issued: bool = False
    #: Reports of its facilities that came, and that were due; None where that is not asked or not told.
    reports: tuple[int, int] | None = field(default=None, compare=False)

    @property
    def few_reports(self) -> bool:
        """Whether so few of the reports that were due came that the value may not be that of the area."""
        return few_came(self.reports)

    @property
    def unknown_share(self) -> float | None:
        """Share of unknown among known and unknown; None where there is no proportion."""
        if self.coverage is None or self.denominator is None or self.unknown is None:
            return None
        return self.unknown / (self.denominator + self.unknown)

    @property
    def rests_on_few(self) -> bool:
        """Whether its interval is wider than `WIDEST`."""
        return self.upper is not None and self.lower is not None and self.upper - self.lower > WIDEST

    @property
    def wider_than_value(self) -> bool:
        """Whether its interval is wider than the proportion itself, where that is above zero."""
        if not self.coverage or self.upper is None or self.lower is None:
            return False
        return self.upper - self.lower > self.coverage

    @property
    def mostly_unknown(self) -> bool:
        """Whether so much is unknown that the proportion describes only those who were written down."""
        return (self.unknown_share or 0.0) > MOST_UNKNOWN

    @property
    def lowest(self) -> float | None:
        """The proportion if every unknown were a no; None where there is no proportion.

        Worst-case bounds, without an assumption: Manski CF (1989), J Hum Resour 24:343-360.
        doi:10.2307/145818. They hold also where it is unknown whether a record belongs in the denominator.
        """
        return self._bound(self.numerator)

    @property
    def highest(self) -> float | None:
        """The proportion if every unknown were a yes; as :attr:`lowest`."""
        return self._bound((self.numerator or 0) + (self.unknown or 0))

    def _bound(self, yes: int | None) -> float | None:
        if self.coverage is None or yes is None or self.denominator is None or self.unknown is None:
            return None
        return yes / (self.denominator + self.unknown)


def few_came(reports: tuple[int, int] | None) -> bool:
    """Return whether too few of the reports that were due came.

    Parameters
    ----------
    reports : (int, int), optional
        That came, and that were due; None where that is not known.

    Returns
    -------
    bool
        True where fewer than four in five came.

    Examples
    --------
    >>> few_came((3, 4)), few_came((4, 5)), few_came(None)
    (True, False, False)
    """
    return reports is not None and reports[0] < FEWEST_REPORTS * reports[1]


_HIDDEN = Estimate(Status.HIDDEN, None, None, None, None, None, None)


def estimate(counts: Sequence[Counts]) -> list[Estimate]:
    """Compute proportions with their Wilson 95% intervals and their statuses.

    A hidden one carries no number at all. One whose denominator is zero carries no proportion.

    Parameters
    ----------
    counts : sequence of Counts, length n
        In persons.

    Returns
    -------
    list of Estimate, length n
        In the order given.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> seen = Counts(True, records=9, numerator=8, denominator=8)
    >>> estimate([seen, Counts(False, hidden=True)])[1].status.value
    'hidden'
    """
    numerators = [0 if c.hidden else c.numerator for c in counts]
    denominators = [0 if c.hidden else c.denominator for c in counts]
    values = proportion(numerators, denominators)
    effects = [1.0 if c.hidden else c.effect for c in counts]
    lower, upper = proportion_interval(numerators, denominators, effect=effects)
    found = []
    for i, c in enumerate(counts):
        if c.hidden:
            found.append(_HIDDEN)
            continue
        status = status_of(
            numerator=c.numerator,
            denominator=c.denominator,
            unknown=c.unknown or int(c.untold),
            records=c.records,
            not_due=c.not_due,
            reported=c.reported,
        )
        shown = status in SHOWN
        found.append(
            Estimate(
                status,
                c.numerator,
                c.denominator,
                None if c.untold else c.unknown,
                float(values[i]) if shown else None,
                float(lower[i]) if shown else None,
                float(upper[i]) if shown else None,
                effects[i] if shown else None,
                few=c.untold,
            )
        )
    return found


@dataclass(frozen=True)
class Change:
    """Now minus earlier, in proportions, with its interval at confidence `level`.

    `p` belongs to this kind of interval, `p_adjusted` holds it against the `family` areas looked at together;
    `marked`: more than chance among them. `facilities` were each compared with themselves (None: facilities
    are not known); `left_out` have people in one period only, `people_left_out` of them.
    """

    difference: float
    lower: float
    upper: float
    p: float = 1.0
    p_adjusted: float = 1.0
    level: float = 0.95
    marked: bool = False
    family: int = 1
    facilities: int | None = None
    left_out: int = 0
    people_left_out: int = 0
