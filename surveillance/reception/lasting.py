"""How long steps took, and what became of referrals, as sums by day and crossing. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from surveillance.reception.delays import minutes_between
from surveillance.reception.entries import is_withdrawn
from surveillance.reception.steps import Records
from surveillance.reception.vocabulary import UNCOUNTED_PARTNERS, tested_disease

#: What is timed: from the arrival to the step, and of referrals from one step to the next. In minutes.
TIMED = ("food", "assessed", "tested", "session", "referred", "reached", "ended")
_FROM_ARRIVAL = TIMED[:5]
_BETWEEN = (("referred", "reached"), ("reached", "ended"))
#: The number of a row of these sums: people, referrals.
LASTING, COURSES = ("people",), ("referrals",)
#: Characters of a day; what is longer has a time, too.
_DAY = 10


class Course(NamedTuple):
    """What a referral is counted by. `arrived`: the day of arrival at the partner as text; blank without."""

    day: date
    crossing: str
    sent: date
    arrived: str
    outcome: str


class Lasted(NamedTuple):
    """One step that took so many minutes; below zero where its moments contradict each other."""

    day: date
    crossing: str
    step: str
    minutes: int


def lasted(records: Records, days: Mapping[str, tuple[date, str]]) -> Counter[tuple[Lasted, str]]:
    """Count how long each step took the people of one van.

    Parameters
    ----------
    records : mapping
        Current fields of every record of the van; records of one person who came without a van.
    days : mapping of str to (date, str)
        Day and crossing of each person's arrival, by subject.

    Returns
    -------
    Counter
        Of those steps whose moments are both known to the minute.

    Examples
    --------
    >>> found = lasted({("arrival", "p", ""): {"arrived_at": "2025-06-01T10:00"},
    ...                 ("assessment", "p", ""): {"assessed_at": "2025-06-01T10:25"}},
    ...                {"p": (date(2025, 6, 1), "TH01")})
    >>> [(one.step, one.minutes) for one, _ in found]
    [('assessed', 25)]
    """
    standing = {key: fields for key, fields in records.items() if not is_withdrawn(fields)}
    own: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for (kind, subject, item), fields in standing.items():
        own.setdefault(subject, []).append((kind, item, fields))
    van, said = next(((key[1], fields) for key, fields in standing.items() if key[0] == "van"), ("", {}))
    found: Counter[tuple[Lasted, str]] = Counter()
    for subject, (day, crossing) in days.items():
        arrival = standing.get(("arrival", subject, ""))
        if arrival is None:
            continue
        moments: dict[str, datetime] = {}
        marks = (one for one in own.get(van, ()) if subject not in one[2].get("except", ()))
        for kind, item, fields in (*own[subject], *marks):
            _note(moments, kind, item, fields)
        came = _moment(arrival.get("arrived_at") or said.get("arrived_at"))
        pairs = [(came, moments.get(name), name) for name in _FROM_ARRIVAL]
        pairs += [(moments.get(before), moments.get(name), name) for before, name in _BETWEEN]
        for first, second, name in pairs:
            if first is not None and second is not None:
                minutes = int(minutes_between(first, second) or 0)
                found[Lasted(day, crossing, name, minutes), "people"] += 1
    return found


def _note(moments: dict[str, datetime], kind: str, item: str, fields: Mapping[str, Any]) -> None:
    """Keep the first moment of each step."""
    said: dict[str, str | None] = {}
    if kind == "assessment":
        said = {"assessed": fields.get("assessed_at")}
    elif kind == "session":
        said = {"session": fields.get("held_at")}
    elif kind == "service":
        said = {"food": fields.get("given_at")} if item == "food" else {}
        if tested_disease(item):
            said = {"tested": fields.get("done_at")}
    elif kind == "referral" and is_counted(fields):
        said = {
            "referred": fields.get("sent_at"),
            "reached": fields.get("arrived_at"),
            "ended": fields.get("outcome_at"),
        }
    for name, text in said.items():
        at = _moment(text)
        if at is not None and (name not in moments or at < moments[name]):
            moments[name] = at


def is_counted(referral: Mapping[str, Any]) -> bool:
    """Say whether a referral may enter a sum: none that tells of HIV, and none that came from a partner.

    Parameters
    ----------
    referral : mapping
        Its current fields.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_counted({"partner": "maternity"}), is_counted({"partner": "maternity", "medicine": "art"})
    (True, False)
    """
    if not referral.get("partner") or referral["partner"] in UNCOUNTED_PARTNERS:
        return False
    return referral.get("medicine") != "art" and referral.get("direction") != "from"


def course(referral: Mapping[str, Any], day: date, crossing: str) -> Course | None:
    """Say what a referral is counted by.

    Parameters
    ----------
    referral : mapping
        Its current fields.
    day : date
        On which it counts.
    crossing : str

    Returns
    -------
    Course or None
        None where it enters no sum. Without the day on which it was sent it is taken to be sent on `day`.

    Examples
    --------
    >>> course({"partner": "maternity", "arrived_at": "2025-06-02T08:00"}, date(2025, 6, 1), "TH01")[2:]
    (datetime.date(2025, 6, 1), '2025-06-02', '')
    >>> course({"partner": "art_site"}, date(2025, 6, 1), "TH01") is None
    True
    """
    if is_withdrawn(referral) or not is_counted(referral):
        return None
    sent = referral.get("sent_at")
    return Course(
        day,
        crossing,
        date.fromisoformat(sent[:_DAY]) if sent else day,
        (referral.get("arrived_at") or "")[:_DAY],
        referral.get("outcome") or "",
    )


def _moment(text: str | None) -> datetime | None:
    """Read a moment; None for a day without a time."""
    return datetime.fromisoformat(text) if text and len(text) > _DAY else None
