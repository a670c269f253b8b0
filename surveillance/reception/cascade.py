"""What becomes of referrals: sent, arrived, verified, started, and how they ended. Pure counts.

Each share has the denominator of its own step: arrived of sent, verified of sent, an outcome of those who
could have one. Nothing is guessed: a referral without an outcome is pending until it is due, and not
evaluated from then on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from surveillance.coverage.proportions import proportion_interval

#: Outcomes in which the treatment that was asked for came to its good end.
SUCCESS = frozenset({"completed", "treated"})
#: Outcomes that only somebody has who was treated.
TREATED = SUCCESS | {"on_treatment", "admitted", "failed"}
#: Outcomes that leave the referral open: an end is still to come.
OPEN = frozenset({"on_treatment", "admitted"})
#: The partner found that nothing had to be treated: no outcome of a treatment can follow.
NOT_NEEDED = "not_needed"
NOT_EVALUATED = "not_evaluated"
#: Days after which a referral without an outcome is not evaluated: the year that a cohort of tuberculosis
#: treatment is given (WHO 2013 definitions, revised 2020).
DUE_DAYS = 365


@dataclass(frozen=True)
class Followed:
    """One referral, as far as it was followed.

    Parameters
    ----------
    sent : date
    arrived, ended : date or None
        Day of arrival at the partner, and of the outcome.
    outcome : str
        Code of the outcome; blank without an outcome.
    verified, started : bool or None
        Whether the partner found what the person was sent for, and began to treat it; None: the outcome says
        it, or nobody does.
    """

    sent: date
    arrived: date | None = None
    outcome: str = ""
    ended: date | None = None
    verified: bool | None = None
    started: bool | None = None

    @property
    def has_arrived(self) -> bool:
        """Whether the person is known to have arrived: a treatment tells so too."""
        return self.arrived is not None or self.outcome in TREATED or self.outcome == NOT_NEEDED

    @property
    def is_verified(self) -> bool | None:
        """Whether the partner found what the person was sent for; None: not known."""
        if self.verified is not None:
            return self.verified
        return False if self.outcome == NOT_NEEDED else (True if self.outcome in TREATED else None)

    @property
    def has_started(self) -> bool:
        """Whether treatment is known to have begun."""
        return self.started if self.started is not None else self.outcome in TREATED


@dataclass(frozen=True)
class Cascade:
    """Referrals by the steps they reached. `evaluable`: all but those where nothing had to be treated.

    `ended` counts each outcome that ends a referral; with `pending`, `not_evaluated` and `not_needed` it adds
    up to `sent`.
    """

    sent: int
    arrived: int
    verified: int
    unverified: int
    started: int
    ended: Mapping[str, int]
    not_evaluated: int
    pending: int
    not_needed: int

    @property
    def evaluable(self) -> int:
        """How many can have an outcome of treatment."""
        return self.sent - self.not_needed

    @property
    def successes(self) -> int:
        """How many came to a good end."""
        return sum(self.ended.get(outcome, 0) for outcome in SUCCESS)

    @property
    def lost(self) -> int:
        """How many are not known to have arrived."""
        return self.sent - self.arrived


@dataclass(frozen=True)
class Share:
    """A part of a step: None where the step is empty. The interval is Wilson's, at 95%."""

    numerator: int
    denominator: int
    value: float | None
    lower: float | None
    upper: float | None


def share(numerator: int, denominator: int) -> Share:
    """Divide one step by its own denominator, with Wilson's interval.

    Parameters
    ----------
    numerator, denominator : int
        Persons; the numerator counts a subset.

    Returns
    -------
    Share
        Values are None, not zero, where the denominator is zero.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> found = share(7088, 7284)
    >>> round(100 * found.value, 1), round(100 * found.lower, 1), round(100 * found.upper, 1)
    (97.3, 96.9, 97.7)
    >>> share(0, 0).value is None
    True
    """
    lower, upper = proportion_interval([numerator], [denominator])
    if denominator == 0:
        return Share(numerator, denominator, None, None, None)
    return Share(numerator, denominator, numerator / denominator, float(lower[0]), float(upper[0]))


def cascade(referrals: Iterable[Followed], today: date, due_days: int = DUE_DAYS) -> Cascade:
    """Count referrals by the steps that they reached.

    Parameters
    ----------
    referrals : iterable of Followed
    today : date
        Day of the count.
    due_days : int, default 365
        Days after which a referral without an end is not evaluated.

    Returns
    -------
    Cascade

    Examples
    --------
    >>> day = date(2025, 1, 1)
    >>> found = cascade(
    ...     [Followed(day, day, "completed"), Followed(day), Followed(date(2025, 12, 1), date(2025, 12, 3))],
    ...     today=date(2026, 3, 1),
    ... )
    >>> found.sent, found.arrived, found.successes, found.not_evaluated, found.pending
    (3, 2, 1, 1, 1)
    """
    return cascade_of(Counter(referrals), today, due_days)


def cascade_of(referrals: Mapping[Followed, int], today: date, due_days: int = DUE_DAYS) -> Cascade:
    """Count referrals by the steps that they reached, from the number of each kind.

    Parameters
    ----------
    referrals : mapping of Followed to int
    today : date
        Day of the count.
    due_days : int, default 365

    Returns
    -------
    Cascade
        As :func:`cascade` of each of them.

    Examples
    --------
    >>> one = Followed(date(2025, 1, 1))
    >>> cascade_of({one: 2}, date(2025, 2, 1)) == cascade([one, one], date(2025, 2, 1))
    True
    """
    steps: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for one, many in referrals.items():
        steps["sent"] += many
        steps["arrived"] += many * one.has_arrived
        steps["verified"] += many * (one.is_verified is True)
        steps["unverified"] += many * (one.is_verified is False)
        steps["started"] += many * one.has_started
        if one.outcome == NOT_NEEDED or (one.outcome in ("", *OPEN) and one.is_verified is False):
            steps[NOT_NEEDED] += many
        elif one.outcome == NOT_EVALUATED:
            steps[NOT_EVALUATED] += many
        elif one.outcome in ("", *OPEN):
            due = one.sent + timedelta(days=due_days)
            steps["pending" if today < due else NOT_EVALUATED] += many
        else:
            ended[one.outcome] += many
    return Cascade(
        steps["sent"],
        steps["arrived"],
        steps["verified"],
        steps["unverified"],
        steps["started"],
        dict(sorted(ended.items())),
        steps[NOT_EVALUATED],
        steps["pending"],
        steps[NOT_NEEDED],
    )
