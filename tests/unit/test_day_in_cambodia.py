"""The day in Phnom Penh that a database makes of a moment is the one that Python makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from db.core.day_in_cambodia import HOURS, day_in_cambodia
from surveillance.epiweek import TIME_ZONE

MIDNIGHT = datetime(2026, 2, 28, 17, tzinfo=UTC)


def test_phnom_penh_is_as_far_ahead_on_every_day():
    day = datetime(1970, 1, 1, tzinfo=UTC)
    ahead = {(day + timedelta(days=one)).astimezone(TIME_ZONE).utcoffset() for one in range(150 * 365)}
    assert ahead == {timedelta(hours=HOURS)}


@pytest.mark.sql
def test_days_turn_at_midnight_in_phnom_penh(database):
    near = [timedelta(seconds=one) for one in (-86_400, -1, 0, 1, 25_199, 25_200, 86_399, 86_400)]
    moments = [(MIDNIGHT + one).isoformat() for one in near]
    moments += [MIDNIGHT.astimezone(TIME_ZONE).isoformat(), "2028-02-29T16:59:59+00:00"]
    moments += ["2025-12-31T12:00:00-05:00", "2026-12-31T23:59:59+07:00"]
    with database.reading() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'America/New_York'")
        found = [connection.execute(sa.select(day_in_cambodia(one))).scalar_one() for one in moments]
    assert found == [datetime.fromisoformat(one).astimezone(TIME_ZONE).date() for one in moments]
