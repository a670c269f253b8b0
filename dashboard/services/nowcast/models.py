"""What a nowcast says, as it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from surveillance.texts import N_

#: What "became known" means: the file came, or the report was made.
ARRIVAL, REPORT = KNOWN = ("arrival", "report")
#: Why there is no nowcast.
NOT_SENSITIVE = N_("HIV and syphilis have no nowcast: how late records come is known by facility alone.")
NOT_ISSUED = N_("Issued figures have no weeks, so they have no nowcast.")
NOTHING_KNOWN = N_("no record says when it became known")


@dataclass(frozen=True)
class ExpectedWeek:
    """A week of which records are still to come.

    Parameters
    ----------
    begins : date
        Its Monday.
    reported : int
        Single records that have come.
    share : float
        The share of all that is thought to have come.
    state : {"expected", "complete", "too little"}
    expected, lower, upper : int, optional
        How many are expected when all have come, with the 95% interval; None where too little has come.
    """

    begins: date
    reported: int
    share: float
    state: str
    expected: int | None
    lower: int | None
    upper: int | None

    def with_more(self, more: int) -> ExpectedWeek:
        """The same week with records that are counted beside it."""
        ends = [None if one is None else one + more for one in (self.expected, self.lower, self.upper)]
        return ExpectedWeek(self.begins, self.reported + more, self.share, self.state, *ends)


@dataclass(frozen=True)
class Expected:
    """The last weeks, and from what they are worked out.

    Parameters
    ----------
    known : {"arrival", "report"}
        By which day a record became known.
    as_of : date
        The day that weeks are counted back from.
    weeks : tuple of ExpectedWeek
        The oldest first.
    silent : int
        Facilities from which nothing comes at present: nothing more is expected of them.
    backfilled : int
        Deliveries of many old records at once, which are left out of the delays.
    reason, values :
        Why nothing is expected, with places for the values; blank where something is.
    """

    known: str
    as_of: date | None
    weeks: tuple[ExpectedWeek, ...] = ()
    silent: int = 0
    backfilled: int = 0
    reason: str = ""
    values: tuple[tuple[str, object], ...] = ()

    def of(self, begins: date) -> ExpectedWeek | None:
        """The week that begins on a Monday; None where it is not one of the last."""
        return next((one for one in self.weeks if one.begins == begins), None)
