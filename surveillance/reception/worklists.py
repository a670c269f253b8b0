"""Who has to be looked for: who did not arrive, whose medicine runs out, who is treated across the border."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from surveillance.reception.cascade import OPEN

#: Outcomes after which nobody waits for another.
_ENDED_NOT = OPEN | {"", None}
#: Days of medicine from which on nobody is listed.
SOON = 14
#: Where a person is written down: book, page and line of the centre's paper register.
Register = tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class Line:
    """One line of a worklist. `days`: since the person was sent, or for which the medicine lasts.

    There is no name: the register's book, page and line say who it is, and the tag which of the van.
    """

    subject: str
    referral: str
    van: str
    tag: str
    register: Register
    days: int
    partner: str = ""
    urgency: str = ""
    slip: str = ""


@dataclass(frozen=True)
class Sent:
    """One referral with what its person's arrival says. `crossing_country`: where its crossing leads to."""

    subject: str
    referral: str
    van: str
    tag: str
    day: date
    fields: Mapping[str, Any]
    arrival: Mapping[str, Any]
    crossing_country: str = ""

    @property
    def sent_on(self) -> date:
        """The day of the referral; of the arrival where nobody wrote it down."""
        return _day(self.fields.get("sent_at")) or self.day

    @property
    def register(self) -> Register:
        """Of the referral, where it says so; else of the arrival."""
        book, page, line = (
            self.fields.get(name) or self.arrival.get(name)
            for name in ("register_book", "register_page", "register_line")
        )
        return book, page, line

    @property
    def waits(self) -> bool:
        """Whether an outcome is still to come."""
        return self.fields.get("outcome") in _ENDED_NOT

    def line(self, days: int) -> Line:
        """Make the line of a worklist."""
        fields = self.fields
        return Line(
            self.subject,
            self.referral,
            self.van,
            self.tag,
            self.register,
            days,
            fields.get("partner") or "",
            fields.get("urgency") or "",
            fields.get("slip") or "",
        )


def not_arrived(referrals: Iterable[Sent], today: date) -> list[Line]:
    """List referrals that have not arrived and have no outcome, the longest first.

    Parameters
    ----------
    referrals : iterable of Sent
    today : date

    Returns
    -------
    list of Line
        `days` since they were sent.

    Examples
    --------
    >>> one = Sent("p", "r", "v", "B-17", date(2025, 8, 1), {"partner": "maternity"}, {"register_book": 3})
    >>> [(line.tag, line.days, line.register) for line in not_arrived([one], date(2025, 8, 4))]
    [('B-17', 3, (3, None, None))]
    """
    found = [
        one.line((today - one.sent_on).days)
        for one in referrals
        if not one.fields.get("arrived_at") and not one.fields.get("outcome") and _is_to(one)
    ]
    return sorted(found, key=lambda line: (-line.days, line.van, len(line.tag), line.tag, line.referral))


def running_out(referrals: Iterable[Sent], arrivals: Iterable[Sent], today: date) -> list[Line]:
    """List whose medicine runs out, the soonest first; below zero it has run out.

    Parameters
    ----------
    referrals : iterable of Sent
    arrivals : iterable of Sent
        Everybody who arrived, without referral fields: days left were asked at the desk.
    today : date

    Returns
    -------
    list of Line
        One for each person, `days` left today. Which medicine it is, it does not say.

    Examples
    --------
    >>> person = Sent("p", "", "v", "B-17", date(2025, 8, 1), {}, {"daily_medicine": True, "days_left": 5})
    >>> [(line.tag, line.days) for line in running_out([], [person], date(2025, 8, 4))]
    [('B-17', 2)]
    """
    found: dict[str, Line] = {}
    ended = set()
    for one in referrals:
        left = one.fields.get("days_left")
        if one.fields.get("medicine") and (one.fields.get("arrived_at") or not one.waits):
            ended.add(one.subject)
        elif left is not None and one.waits:
            _keep(found, one.line(left - (today - one.sent_on).days))
    for one in arrivals:
        left = one.arrival.get("days_left")
        if one.arrival.get("daily_medicine") and left is not None and one.subject not in found:
            _keep(found, one.line(left - (today - one.day).days))
    lines = [line for line in found.values() if line.days <= SOON and line.subject not in ended]
    return sorted(lines, key=lambda line: (line.days, line.van, len(line.tag), line.tag, line.subject))


def tuberculosis(
    referrals: Iterable[Sent], today: date
) -> dict[Literal["to Thailand", "from Thailand"], list[Line]]:
    """List people on tuberculosis treatment who went to Thailand or came from it, until an outcome returns.

    Parameters
    ----------
    referrals : iterable of Sent
    today : date

    Returns
    -------
    dict
        Lines of both ways, the longest first; `days` since the referral.

    Examples
    --------
    >>> one = Sent("p", "r", "v", "B-17", date(2025, 8, 1), {"partner": "thai_tb_service"}, {})
    >>> [line.days for line in tuberculosis([one], date(2025, 8, 4))["to Thailand"]]
    [3]
    """
    ways: dict[Literal["to Thailand", "from Thailand"], list[Line]] = {"to Thailand": [], "from Thailand": []}
    for one in referrals:
        if not one.waits:
            continue
        line = one.line((today - one.sent_on).days)
        if one.fields.get("partner") == "thai_tb_service":
            ways["to Thailand" if _is_to(one) else "from Thailand"].append(line)
        elif one.fields.get("medicine") == "tb" and one.crossing_country == "TH":
            ways["from Thailand"].append(line)
    for lines in ways.values():
        lines.sort(key=lambda line: (-line.days, line.van, len(line.tag), line.tag, line.referral))
    return ways


def due(kind: str, fields: Mapping[str, Any], day: date) -> date | None:
    """Say from which day on a worklist looks at a record.

    Parameters
    ----------
    kind : str
    fields : mapping
        Its current fields.
    day : date
        On which it counts.

    Returns
    -------
    date or None
        Of an arrival, when its daily medicine runs out; of a referral without an end, or with medicine, its
        own day; None: no worklist looks at it.

    Examples
    --------
    >>> due("arrival", {"daily_medicine": True, "days_left": 5}, date(2025, 8, 1))
    datetime.date(2025, 8, 6)
    >>> due("referral", {"outcome": "treated"}, date(2025, 8, 1)) is None
    True
    """
    if kind == "arrival" and fields.get("daily_medicine") and fields.get("days_left") is not None:
        return day + timedelta(days=fields["days_left"])
    if kind == "referral" and (fields.get("outcome") in _ENDED_NOT or fields.get("medicine")):
        return day
    return None


def _keep(found: dict[str, Line], line: Line) -> None:
    held = found.get(line.subject)
    if held is None or line.days < held.days:
        found[line.subject] = line


def _is_to(one: Sent) -> bool:
    return one.fields.get("direction") != "from"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
