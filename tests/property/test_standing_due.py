"""When the standing questions are asked: held to a slow clock that walks through every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.services.clusters.standing import (
    IMPORT,
    NIGHT,
    NIGHTS,
    QUIET,
    Newest,
    due,
    night_before,
    outdated,
)
from db.clusters.standing import Round
from tests.support.examples import examples

BEGIN = datetime(2026, 3, 30, 11, 7, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    """The clocks of Cambodia, seven hours before UTC, walked through minute by minute."""

    def __init__(self, hour: int) -> None:
        self._hour, self._tick = hour, BEGIN.replace(second=0, microsecond=0)
        self.struck = False

    def walk(self, now: datetime) -> None:
        """Go on to a moment, and note whether the hour strikes on the way."""
        while self._tick + MINUTE <= now:
            self._tick += MINUTE
            self.struck |= ((self._tick.hour + 7) % 24, self._tick.minute) == (self._hour, 0)


def said(number: int, at: datetime, cause: str, version: int) -> Round:
    return Round(number, at.isoformat(timespec="milliseconds"), cause, version)


#: What happens next: seconds until then; and whether a file comes, or the server is off for that time.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from((1, 20, 59, 60, 61, 200, 3_600, 5 * 3_600, 26 * 3_600)),
        st.sampled_from(("file", "look", "off")),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=examples(50))
@given(EVENTS, st.integers(0, 23))
def test_a_round_begins_exactly_when_the_slow_clock_says_so(events, hour):
    """A look each minute but while the server is off: after imports, once for a burst, and once a night."""
    now, files, rounds, clock = BEGIN, [], [], Clock(hour)

    def look():
        clock.walk(now)
        newest = Newest(len(files), files[-1]) if files else None
        last = rounds[-1] if rounds else None
        fresh = bool(files) and (last is None or len(files) > last.data_version)
        quiet = all((now - came).total_seconds() >= 60 for came in files)
        expected = NIGHT if rounds and clock.struck else IMPORT if fresh and quiet else None
        cause = due(now, last, newest, hour)
        assert cause == expected
        if cause:
            rounds.append(said(len(rounds) + 1, now, cause, len(files)))
            clock.struck = False

    for seconds, what in events:
        left = timedelta(seconds=seconds)
        while what != "off" and left > MINUTE:
            now, left = now + MINUTE, left - MINUTE
            look()
        now += left
        if what == "file":
            files.append(now)
        else:
            look()
    for _ in range(3):
        now += MINUTE
        look()
    if files:  # nothing is left unasked once it is quiet
        assert rounds[-1].data_version == len(files)


@pytest.mark.parametrize("gap", [0, 30, 59])
def test_a_burst_of_imports_is_asked_about_once(gap):
    now, files, begun, last = BEGIN, [], 0, None
    for second in range(1_200):
        now = BEGIN + timedelta(seconds=second)
        if second <= 600 and second % (gap or 1) == 0:
            files.append(now)
        if second % 20 == 0 and due(now, last, Newest(len(files), files[-1]), 2):
            begun, last = begun + 1, said(begun + 1, now, IMPORT, len(files))
    assert begun == 1 and last.data_version == len(files)


def test_a_night_that_was_missed_is_made_up_for_at_start_and_once():
    night = datetime(2026, 3, 30, 19, 0, tzinfo=UTC)  # two o'clock of the 31st
    last = said(1, night - timedelta(hours=9), IMPORT, 1)
    newest = Newest(1, night - timedelta(hours=10))
    assert due(night - timedelta(seconds=1), last, newest, 2) is None
    assert due(night, last, newest, 2) == NIGHT
    assert due(night + timedelta(days=5), last, newest, 2) == NIGHT
    made_up = said(2, night + timedelta(days=5), NIGHT, 1)
    assert due(night + timedelta(days=5, minutes=1), made_up, newest, 2) is None


def test_nothing_is_asked_of_an_empty_database_and_a_wrong_clock_stops_nothing():
    assert due(BEGIN, None, None, 2) is None
    assert due(BEGIN, None, Newest(1, BEGIN - QUIET), 2) == IMPORT
    assert due(BEGIN, None, Newest(1, BEGIN - timedelta(seconds=59)), 2) is None
    assert due(BEGIN, None, Newest(1, BEGIN + timedelta(days=1)), 2) == IMPORT


@settings(max_examples=examples(40))
@given(st.lists(st.integers(1, 60 * 24), max_size=200), st.integers(0, 23))
def test_rounds_of_the_last_thirty_nights_with_any_are_kept(gaps, hour):
    now, rounds = BEGIN, []
    for number, hours in enumerate(gaps, 1):
        now += timedelta(hours=hours / 12)
        rounds.insert(0, said(number, now, IMPORT, number))
    gone = set(outdated(rounds, hour))
    nights: list[datetime] = []
    for item in rounds:
        night = night_before(datetime.fromisoformat(item.made_at), hour)
        if night not in nights:
            nights.append(night)
        assert (item.id in gone) is (nights.index(night) >= NIGHTS)
    assert not rounds or rounds[0].id not in gone
