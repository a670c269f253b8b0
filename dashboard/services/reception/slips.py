"""Slips of referrals: a code that is drawn once, expires, and is looked up by its partner alone.

A right code is no guess; nor is one whose check character is wrong, since it can be nobody's. All others are
counted for the partner and for the account, and the next one waits longer each time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from dashboard.permissions import Grant, Permission
from dashboard.services.reception import entries
from dashboard.services.reception.entries import Referral
from db.core.engine import Database
from db.operations import audit, desk_tags
from db.operations.signing_in import guesses
from db.operations.signing_in.guesses import Limit
from db.reception import read
from db.reception.store import records_where
from db.tables.reception.records import reception_record
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import TooManyError, UsageError
from surveillance.reception import slip
from surveillance.reception.vocabulary import PARTNERS

#: Days after which a slip is answered no more: the year in which an outcome is due. For every partner the
#: same, so that its age tells nothing.
VALID_DAYS = 365
_MINUTE, _HOUR = 60.0, 3_600.0
#: Codes that are none of a partner's, from all of its accounts together, and from one account.
PARTNER = Limit(free=20, first=10, longest=15 * _MINUTE, forgiven_after=_HOUR)
ACCOUNT = Limit(free=8, first=10, longest=15 * _MINUTE, forgiven_after=_HOUR)
_TRIES = 20
#: Stickers that are printed at a time: ten sheets.
USUAL_STICKERS, MOST_STICKERS = 24, 240
NOT_YOURS = "no open referral to you has this code: compare it with the slip, or ask the reception centre"
_now = time.time


@dataclass(frozen=True)
class Slip:
    """What is printed: the code, nothing else."""

    code: str

    @property
    def written(self) -> str:
        """As it is printed and read aloud."""
        return slip.written(self.code)


def give(
    database: Database, grant: Grant, subject: str, referral: str, *, now: datetime, typed: str = ""
) -> Slip | None:
    """Give a referral its code, the one it has or a new one; None where there is no such referral.

    Parameters
    ----------
    typed : str
        The code of the sticker that the person was given, where one was.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    UsageError
        What was typed is no code, not one of a sticker, or another referral's; or this one has another code.
    """
    found = referral_of(database, grant, subject, referral)
    if found is None:
        return None
    held = found.fields.get("slip")
    if held and slip.is_code(held):
        if typed and slip.read(typed) != held:
            raise UsageError("this referral has a slip with another code: give that one", "code")
        return Slip(held)
    code = _of_sticker(database, typed) if typed else _unused(database)
    entry = {
        "id": uuid4().hex,
        "kind": "referral",
        "subject": found.subject,
        "item": found.id,
        "van": found.van,
        "crossing": found.crossing,
        "station": "referral",
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "fields": {"slip": code},
    }
    (receipt,) = entries.receive(database, grant, [entry], now=now)
    if receipt.status != "accepted":
        raise UsageError("the slip could not be stored; try again")
    # Two desks at once: the later entry stands, and is what both print.
    stands = referral_of(database, grant, subject, referral)
    return Slip(str(stands.fields["slip"])) if stands is not None else None


def standing(database: Database, grant: Grant, subject: str, referral: str) -> Slip | None:
    """The code that a referral has; None where there is none, or no such referral.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    """
    found = referral_of(database, grant, subject, referral)
    code = found.fields.get("slip") if found is not None else None
    return Slip(code) if code else None


def written(code: str) -> str:
    """A code as it is printed and read aloud."""
    return slip.written(code)


def referral_of(database: Database, grant: Grant, subject: str, referral: str) -> Referral | None:
    """One referral that stands, within the grant's crossings.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    """
    grant.check(Permission.READ_REFERRALS)
    with database.operations.connect() as connection:
        rows = read.of_subjects(connection, [subject])
    for row in rows:
        if row.kind == "referral" and row.item == referral and not row.withdrawn:
            if not entries.may_see(grant, row.crossing):
                return None
            return Referral(row.subject, row.item, row.van, row.crossing, row.day, row.values)
    return None


def find(database: Database, grant: Grant, typed: str, *, now: datetime) -> tuple[str, Referral]:
    """The code that was typed, and its referral, where it is to a partner of the account and has not expired.

    Raises
    ------
    NotPermittedError
        The grant does not answer referrals.
    UsageError
        It is no code, or none of an open referral to the account's partners: which, nobody is told.
    TooManyError
        Too many codes were wrong; the message says how long to wait.
    """
    grant.check(Permission.ANSWER_REFERRALS)
    code = slip.read(typed)
    limits = {_key("account", grant.actor): ACCOUNT}
    limits |= {_key("partner", partner): PARTNER for partner in grant.scope.partners}
    counted = guesses.charge(database, limits, _now())
    if isinstance(counted, float):
        raise _wait(counted)
    found = entries.by_slip(database, grant, code)
    if found is None or expired(found, now.astimezone(TIME_ZONE).date()):
        delay = max(counted.delays.values(), default=0.0)
        said: dict[str, object] = {"next try after": f"{delay:.0f} s"} if delay else {}
        audit.record(database, grant.actor, "slip not found", said)
        raise UsageError(NOT_YOURS, "code")
    guesses.refund(database, counted)
    return code, found


def expired(referral: Referral, today: date) -> bool:
    """Whether a slip is answered no more."""
    return today >= sent_on(referral) + timedelta(days=VALID_DAYS)


def sent_on(referral: Referral) -> date:
    """The day on which a person was sent; that of the arrival where nobody wrote it down."""
    sent = referral.fields.get("sent_at")
    return date.fromisoformat(sent[:10]) if sent else referral.day


def answer(
    database: Database, grant: Grant, typed: str, given: Mapping[str, Any], *, entry: str, now: datetime
) -> None:
    """Store what a partner says of the person who came with a slip.

    Raises
    ------
    UsageError
        As for :func:`find`; or a day before the person was sent, or after today.
    """
    code, found = find(database, grant, typed, now=now)
    fields = {name: value for name, value in given.items() if value}
    if not fields:
        raise UsageError("say when the person arrived, or how it ended", "arrived_at")
    today, sent = now.astimezone(TIME_ZONE).date(), sent_on(found)
    for name in ("arrived_at", "outcome_at"):
        day = _day(fields.get(name), name)
        if day is not None and not sent <= day <= today:
            raise UsageError("give a day from the day of the referral until today", name)
    if fields.get("outcome_at") and not fields.get("outcome"):
        raise UsageError("say how it ended, too", "outcome")
    receipt = entries.answer(database, grant, code, fields, entry=entry, now=now)
    if receipt.status == "refused":
        raise receipt.reasons[0]


def partners(grant: Grant) -> list[str]:
    """Names of the account's partners, in the order of the list, as texts to translate."""
    return [one.name for one in PARTNERS if one.code in grant.scope.partners]


def _day(text: str | None, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise UsageError("give a day and time", name) from None


def stickers(database: Database, grant: Grant, number: int, *, today: date) -> list[Slip]:
    """Codes to print on stickers for a night without power; the trail says how many.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    UsageError
        That is no number of stickers.
    """
    grant.check(Permission.READ_REFERRALS)
    if not 1 <= number <= MOST_STICKERS:
        raise UsageError("print 1 to {most} stickers at a time", "stickers", most=MOST_STICKERS)
    codes = desk_tags.keep_codes(database, lambda: _unused(database), number, today)
    audit.record(database, grant.actor, "stickers printed", {"count": number})
    return [Slip(code) for code in codes]


def _of_sticker(database: Database, typed: str) -> str:
    code = slip.read(typed)
    with database.operations.connect() as connection:
        if not desk_tags.is_kept(connection, code):
            raise UsageError("no sticker has this code: compare it with the sticker", "code")
        if records_where(connection, reception_record.c.slip == code):
            raise UsageError("another referral has this code: compare it with the sticker", "code")
    return code


def _unused(database: Database) -> str:
    with database.operations.connect() as connection:
        for _ in range(_TRIES):
            code = slip.draw()
            if not records_where(connection, reception_record.c.slip == code) and not desk_tags.is_kept(
                connection, code
            ):
                return code
    raise UsageError("no free code was found; try again")


def _key(*parts: str) -> str:
    return sha256("\n".join(("slip", *parts)).encode()).hexdigest()


def _wait(seconds: float) -> TooManyError:
    return TooManyError(
        "too many codes were wrong; the next one can be tried in {seconds} seconds",
        seconds=math.ceil(seconds),
    )
