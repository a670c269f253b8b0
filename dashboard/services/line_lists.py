"""Reading single records: why, and how often. Held for pages and files alike, and written into the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from db.core.engine import Database
from db.operations import audit
from surveillance.errors import TooManyError, UsageError
from surveillance.texts import N_, one_line

#: What a look into a line list and a file of one are called in the trail.
SEEN, TAKEN = "line list seen", "line list export"
#: Reasons that are offered; another one is written.
REASONS: dict[str, str] = {
    "outbreak": N_("Investigation of an outbreak or a cluster"),
    "follow-up": N_("Follow-up of cases with their facilities"),
    "quality": N_("Check of the quality of the data"),
}
#: Characters of a reason that is written.
SHORTEST, LONGEST = 10, 300


def in_words(reason: str, t: Callable[[str], str]) -> str:
    """A reason that is held, as people read it: the one that was offered, and what was written beside it.

    >>> in_words("outbreak: measles", str), in_words("a letter of the province", str)
    ('Investigation of an outbreak or a cluster: measles', 'a letter of the province')
    """
    chosen, colon, written = reason.partition(": ")
    return t(REASONS[chosen]) + colon + written if chosen in REASONS else reason


def reason_of(chosen: str, text: str = "") -> str:
    """A reason: one that is offered, with more words where there are any; or one that is written.

    Raises
    ------
    UsageError
        There is none, or what is written is too short or too long.
    """
    said = one_line(text)
    if len(said) <= LONGEST and chosen in REASONS:
        return f"{chosen}: {said}" if said else chosen
    if chosen and chosen != "other":
        raise UsageError("reason: choose one of those offered, or write another", "reason")
    if not SHORTEST <= len(said) <= LONGEST:
        raise UsageError(
            "reason: say in {shortest} to {longest} characters what the records are needed for",
            "reason",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    return said


def count(database: Database, actor: str, most: int) -> None:
    """Refuse another look into records where an account had its number within the hour.

    Raises
    ------
    TooManyError
        It had.
    """
    since = audit.written(datetime.now(UTC) - timedelta(hours=1))
    if audit.count(database, actor, (SEEN, TAKEN), since) >= most:
        raise TooManyError(
            "you have read records {most} times within an hour, the most that this server allows: wait, or "
            "ask the administrator",
            most=most,
        )
