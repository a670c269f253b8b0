"""Who an edition is for, as of when, and the readings that answer it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission, Scope
from dashboard.services.bulletin.models import Edition, ReleaseFacts
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.issued.reading import IssuedReading
from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure import rules
from dashboard.services.releases.figures import Figures, in_force_before
from db.core.engine import Database
from geodata.provinces import PROVINCES
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import N_

#: The role whose figures an edition for passing on holds: those of whoever is outside the programme.
OUTSIDE = "partner"
NOT_OWN = N_("Your account is shown issued figures: ask for the bulletin that is for passing on.")
NOT_THE_COUNTRY = N_("Your account is for some provinces: ask for the bulletin of one of them.")
NOT_THIS_PROVINCE = N_(
    "This province is none of your account's: ask for the bulletin that is for passing on."
)


@dataclass(frozen=True)
class Source:
    """What answers one edition.

    Parameters
    ----------
    grant : Grant
        With which every question is asked: the reader's own within the area, or that of the role outside
        the programme.
    asking : Grant
        Of who asks.
    today : date
        The day it is in Phnom Penh.
    figures : Figures or None
        Of the release that was in force; None of an edition with small counts, and where none was.
    """

    database: Database
    edition: Edition
    grant: Grant
    asking: Grant
    today: date
    figures: Figures | None = None

    @property
    def past(self) -> date | None:
        """The earlier day as of which it is asked; None: as of now."""
        as_of = self.edition.as_of
        return as_of if as_of < self.today else None

    @property
    def until(self) -> str:
        """The moment at which the day of the edition ended (UTC, ISO)."""
        return end_of(self.edition.as_of)

    @property
    def release(self) -> ReleaseFacts | None:
        """The release whose figures it tells."""
        if self.figures is None:
            return None
        stamp = self.figures.stamp
        return ReleaseFacts(
            stamp.release, stamp.issued_on, stamp.data_until, stamp.threshold, stamp.noise is not None
        )

    @contextmanager
    def reading(self, query: CoverageQuery) -> Iterator[Reading]:
        """Read a question: of the cubes as they were, or of the release that was in force."""
        if self.edition.own:
            asked = replace(query, as_of=self.past)
            with reading_of(self.database, self.grant, asked, self.today) as reading:
                yield reading
            return
        with self.database.reading() as connection:
            yield IssuedReading(connection, self.grant, query, self.edition.as_of, self.figures)


def source_of(database: Database, grant: Grant, edition: Edition, today: date) -> Source:
    """Check that an account may have an edition, and find what answers it.

    Raises
    ------
    NotPermittedError
        The account may not see coverage and reporting, or not small counts of this area.
    UsageError
        There is no such province, the period is not over, or the day has not come.
    """
    grant.check(Permission.SEE_COVERAGE)
    grant.check(Permission.SEE_REPORTING)
    if edition.as_of > today:
        raise UsageError("as-of: {day} has not come yet", "as_of", day=edition.as_of)
    edition.period.delay(edition.as_of)
    province = edition.province
    if province is not None and province not in PROVINCES:
        raise UsageError("province: there is no province '{given}'", "province", given=province[:40])
    if not edition.own:
        shown = Grant("bulletin", OUTSIDE, Scope(None, programmes=grant.scope.programmes))
        with database.operations.connect() as connection:
            figures = in_force_before(connection, shown.threshold, end_of(edition.as_of))
        return Source(database, edition, shown, grant, today, figures)
    if not rules.entitled(grant):
        raise NotPermittedError(NOT_OWN)
    if province is None:
        if not grant.scope.national:
            raise NotPermittedError(NOT_THE_COUNTRY)
        return Source(database, edition, grant, grant, today)
    if not grant.scope.holds(province):
        raise NotPermittedError(NOT_THIS_PROVINCE)
    return Source(database, edition, grant.within(province), grant, today)


def end_of(day: date) -> str:
    """The moment at which a day ends in Phnom Penh, as moments are stored (UTC, ISO)."""
    return start_of(day + timedelta(days=1))


def start_of(day: date) -> str:
    """The moment at which a day begins in Phnom Penh, as moments are stored (UTC, ISO)."""
    begins = datetime.combine(day, time(), TIME_ZONE)
    return begins.astimezone(UTC).isoformat(timespec="milliseconds")


def day_of(moment: str) -> date:
    """The day in Phnom Penh of a stored moment."""
    return datetime.fromisoformat(moment).astimezone(TIME_ZONE).date()
