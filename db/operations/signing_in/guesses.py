"""Failed guesses, counted in the operations database, so that all processes of all servers share them.

A guess is counted before it is looked at, and taken off again where it was right: a hundred guesses at the
same moment are a hundred guesses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.core.engine import Database, write_transaction
from db.tables.signing_in import known_place, sign_in_guess

#: Number of PostgreSQL's lock under which guesses are counted; SQLite's write lock is one by itself.
LOCK = 8_421_900_106
#: Seconds after which a count is dropped that nothing was added to, and a place that was not seen.
_COUNTS_LAST = 3 * 86_400.0
_PLACES_LAST = 180 * 86_400.0
_MOST_PLACES = 40


@dataclass(frozen=True)
class Limit:
    """How guesses of one kind are slowed down.

    `free`: failures without a delay; after the last of them the next guess waits `first` seconds, and twice
    as long after each failure that follows, up to `longest`. One failure is forgiven in `forgiven_after`
    seconds.
    """

    free: int
    first: float
    longest: float
    forgiven_after: float

    def delay(self, failures: int) -> float:
        """How many seconds there are until the next guess.

        >>> limit = Limit(free=3, first=10, longest=60, forgiven_after=3600)
        >>> [limit.delay(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 1000)]
        [0.0, 0.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
        """
        if failures < self.free:
            return 0.0
        return float(min(self.longest, self.first * 2 ** min(failures - self.free, 40)))

    def left(self, failures: float, seconds: float) -> float:
        """What is left of some failures after some seconds."""
        return max(0.0, failures - max(0.0, seconds) / self.forgiven_after)


@dataclass(frozen=True)
class Charge:
    """A guess that was counted: for which keys and when; how long each of them now waits."""

    at: float
    delays: Mapping[str, float]


def charge(database: Database, limits: Mapping[str, Limit], now: float) -> Charge | float:
    """Count a guess for some keys, or say for how many seconds none is taken; then nothing is counted."""
    with write_transaction(database.operations) as connection:
        _lock(connection)
        query = sa.select(sign_in_guess).where(sign_in_guess.c.key.in_(limits))
        held = {row.key: row for row in connection.execute(query)}
        if (wait := max((row.until - now for row in held.values()), default=0.0)) > 0:
            return wait
        delays = {}
        for key, limit in limits.items():
            row = held.get(key)
            failures = 1.0 if row is None else 1.0 + limit.left(row.failures, now - row.last)
            delays[key] = limit.delay(round(failures))
            # Without a delay nobody waits, not even who took the time before another and came after it.
            values = {"failures": failures, "last": now, "until": now + delays[key] if delays[key] else 0.0}
            if row is None:
                connection.execute(sign_in_guess.insert().values(key=key, **values))
            else:
                connection.execute(sign_in_guess.update().where(sign_in_guess.c.key == key).values(values))
        return Charge(now, delays)


def refund(database: Database, charged: Charge, forget: Collection[str] = ()) -> None:
    """Take a guess off again, since it was right; for some keys forget those before it too."""
    with write_transaction(database.operations) as connection:
        _lock(connection)
        connection.execute(sign_in_guess.delete().where(sign_in_guess.c.key.in_(forget)))
        rest = [key for key in charged.delays if key not in forget]
        newest = (
            sign_in_guess.c.last == charged.at
        )  # else another guess failed meanwhile, and its delay stays
        connection.execute(
            sign_in_guess.update()
            .where(sign_in_guess.c.key.in_(rest))
            .values(
                failures=sa.case((sign_in_guess.c.failures > 1, sign_in_guess.c.failures - 1), else_=0.0),
                until=sa.case((newest, 0.0), else_=sign_in_guess.c.until),
            )
        )
        connection.execute(sign_in_guess.delete().where(sign_in_guess.c.last < charged.at - _COUNTS_LAST))


def known(database: Database, account: int, marks: Collection[str], now: float) -> set[str]:
    """Those of some places from where an account has signed in."""
    query = sa.select(known_place.c.mark).where(
        known_place.c.account == account,
        known_place.c.mark.in_(marks),
        known_place.c.seen > now - _PLACES_LAST,
    )
    with database.operations.connect() as connection:
        return set(connection.execute(query).scalars())


def remember(database: Database, account: int, marks: Collection[str], now: float) -> None:
    """Note from where an account has signed in; only the newest places are kept."""
    mine = known_place.c.account == account
    with write_transaction(database.operations) as connection:
        _lock(connection)
        connection.execute(known_place.delete().where(mine, known_place.c.mark.in_(marks)))
        connection.execute(
            known_place.insert(), [{"account": account, "mark": mark, "seen": now} for mark in marks]
        )
        newest = sa.select(known_place.c.mark).where(mine).order_by(known_place.c.seen.desc())
        kept = connection.execute(newest.limit(_MOST_PLACES)).scalars().all()
        connection.execute(known_place.delete().where(mine, known_place.c.mark.not_in(kept)))


def is_known_anywhere(database: Database, mark: str) -> bool:
    """Whether any account has signed in from a place."""
    query = sa.select(known_place.c.mark).where(known_place.c.mark == mark).limit(1)
    with database.operations.connect() as connection:
        return connection.execute(query).first() is not None


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
