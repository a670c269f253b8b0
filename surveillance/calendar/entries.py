"""The calendar: festivals, public holidays, events, and days on which a crossing was closed.

Pure: what an entry is, how its texts are read, and which entries hold days of a window.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from surveillance.errors import UsageError
from surveillance.texts import N_, one_line
from surveillance.windows import Comparison, Window, compared, last_weeks, whole_weeks

FESTIVAL, HOLIDAY, EVENT, CLOSED = "festival", "holiday", "event", "closed"
KINDS = {
    FESTIVAL: N_("Festival"),
    HOLIDAY: N_("Public holiday"),
    EVENT: N_("Event"),
    CLOSED: N_("Crossing closed"),
}
#: Columns of a calendar's file, in order.
COLUMNS = (
    "key",
    "kind",
    "first",
    "last",
    "crossing",
    "name_en",
    "name_km",
    "compare",
    "computed",
    "source",
)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_LONGEST_NAME, _LONGEST_SOURCE = 80, 300
_YES_NO = {"yes": True, "no": False}
#: Days that an entry but a closure may have.
_MOST_DAYS = 400


@dataclass(frozen=True)
class Entry:
    """One entry. `last` is None while a crossing is closed; `crossing` is blank but for closures.

    `compare`: whether its days are compared like any other; if not, weeks that hold one of them are left out
    of comparisons, and a change between longer windows names the entry. `computed`: whether its days were
    reckoned, and not published.
    """

    key: str
    kind: str
    first: date
    last: date | None
    crossing: str
    name_en: str
    name_km: str
    compare: bool = True
    computed: bool = False
    source: str = ""

    def name(self, language: str) -> str:
        """Name in Khmer or English; the other one where it has none."""
        return (self.name_km or self.name_en) if language == "km" else (self.name_en or self.name_km)

    def holds(self, first: date, last: date) -> bool:
        """Whether one of its days lies between two days."""
        return self.first <= last and (self.last is None or self.last >= first)

    def within(self, first: date, last: date) -> bool:
        """Whether all its days lie between two days."""
        return self.first >= first and self.last is not None and self.last <= last


class Share(NamedTuple):
    """Days of a step on which a crossing was closed, and all its days."""

    closed: int
    days: int

    @property
    def whole(self) -> bool:
        """Whether it was closed on every day."""
        return self.closed == self.days


def read(row: Mapping[str, str], crossings: Collection[str]) -> Entry:
    """Read an entry from its texts.

    Parameters
    ----------
    row : mapping of str to str
        Columns `COLUMNS`; what is absent is blank.
    crossings : collection of str
        Codes of the crossings that there are.

    Returns
    -------
    Entry

    Raises
    ------
    UsageError
        Something cannot be read, or contradicts itself; says what.

    Examples
    --------
    >>> read({"key": "fair", "kind": "event", "first": "2026-06-09", "name_en": "Fair"}, ()).last
    datetime.date(2026, 6, 9)
    """
    text = {name: one_line(row.get(name) or "") for name in COLUMNS}
    if not _KEY.fullmatch(text["key"]):
        raise UsageError(
            "key: '{given}' is not made of small letters, digits and hyphens", "key", given=text["key"][:40]
        )
    if text["kind"] not in KINDS:
        raise UsageError(
            "kind: '{given}' is not one of {offered}",
            "kind",
            given=text["kind"][:40],
            offered=", ".join(KINDS),
        )
    first, last = _day(text, "first"), _day(text, "last")
    if first is None:
        raise UsageError("first: is missing; write a day as YYYY-MM-DD", "first")
    closed = text["kind"] == CLOSED
    if last is None and not closed:
        last = first
    if last is not None and last < first:
        raise UsageError("last: {last} lies before first ({first})", "last", first=first, last=last)
    if last is not None and not closed and (last - first).days >= _MOST_DAYS:
        raise UsageError("last: an entry has at most {most} days", "last", most=_MOST_DAYS)
    if closed and text["crossing"] not in crossings:
        raise UsageError(
            "crossing: '{given}' is no crossing; a closure names one by its code, such as TH01",
            "crossing",
            given=text["crossing"][:40],
        )
    if not closed and text["crossing"]:
        raise UsageError("crossing: only a closure names one", "crossing")
    names = (text["name_en"], text["name_km"])
    if not closed and not any(names):
        raise UsageError("name: give a name in Khmer or in English", "name_en")
    if max(map(len, names)) > _LONGEST_NAME or len(text["source"]) > _LONGEST_SOURCE:
        raise UsageError(
            "name: at most {name} characters, and a source at most {source}",
            "name_en",
            name=_LONGEST_NAME,
            source=_LONGEST_SOURCE,
        )
    return Entry(
        text["key"],
        text["kind"],
        first,
        last,
        text["crossing"],
        *names,
        _yes_no(text, "compare", usual=True),
        _yes_no(text, "computed", usual=False),
        text["source"],
    )


def between(entries: Iterable[Entry], first: date, last: date, kinds: Collection[str]) -> list[Entry]:
    """List the entries of some kinds that hold a day of a window, in order.

    Parameters
    ----------
    entries : iterable of Entry
    first, last : date
    kinds : collection of str

    Returns
    -------
    list of Entry

    Examples
    --------
    >>> fair = Entry("fair", "event", date(2026, 6, 9), date(2026, 6, 9), "", "Fair", "")
    >>> between([fair], date(2026, 6, 10), date(2026, 6, 12), ("event",))
    []
    """
    held = (one for one in entries if one.kind in kinds and one.holds(first, last))
    return sorted(held, key=lambda one: (one.first, one.key))


def not_compared(entries: Iterable[Entry], windows: Sequence[tuple[date, date]]) -> list[Entry]:
    """List the entries that a change between windows must name.

    They say so (`compare` is false), and a window holds a day of them; but not where each window holds a
    whole entry of the same name, as two whole years do. Closures are said of their crossing alone.

    Parameters
    ----------
    entries : iterable of Entry
    windows : sequence of (date, date)
        First and last day of each window.

    Returns
    -------
    list of Entry
        In order, each once.

    Examples
    --------
    >>> fair = Entry("fair", "event", date(2026, 6, 9), date(2026, 6, 9), "", "Fair", "", compare=False)
    >>> [one.key for one in not_compared([fair], [(date(2026, 6, 1), date(2026, 6, 28))])]
    ['fair']
    """
    marked = [one for one in entries if not one.compare and one.kind != CLOSED]
    in_each = [{one.name("en") for one in marked if one.within(*window)} for window in windows]
    everywhere = set.intersection(*in_each) if len(in_each) > 1 else set()
    found = [
        one
        for one in marked
        if one.name("en") not in everywhere and any(one.holds(*window) for window in windows)
    ]
    return sorted(found, key=lambda one: (one.first, one.key))


def weeks_compared(entries: Iterable[Entry], weeks: Window, comparison: Comparison) -> int:
    """Count the last weeks of a window that can be compared without an entry that is left out of comparisons.

    A window is compared with the one directly before it, so both get shorter where a week is left out: the
    most weeks are taken, up to the end of the window, of which neither these nor the earlier ones hold a day
    of such an entry. Where both hold the whole entry, nothing is left out.

    Parameters
    ----------
    entries : iterable of Entry
    weeks : Window
        Whole ISO weeks.
    comparison : {"before", "year"}

    Returns
    -------
    int
        0 where no week can be compared.

    Examples
    --------
    >>> fair = Entry("fair", "event", date(2026, 6, 9), date(2026, 6, 9), "", "Fair", "", compare=False)
    >>> weeks_compared([fair], Window(date(2026, 6, 1), date(2026, 6, 28)), "before")
    1
    """
    marked = [one for one in entries if not one.compare]
    for count in range(whole_weeks(weeks), 0, -1):
        pair = compared(last_weeks(weeks.last, count), comparison)
        if pair is not None and not not_compared(marked, (pair.now, pair.earlier)):
            return count
    return 0


def closed_days(closures: Iterable[Entry], first: date, last: date) -> Share:
    """Count the days of a step on which one of some closures holds.

    Parameters
    ----------
    closures : iterable of Entry
        Of one crossing; they may overlap.
    first, last : date

    Returns
    -------
    Share

    Examples
    --------
    >>> closure = Entry("a", "closed", date(2026, 6, 3), None, "TH01", "", "")
    >>> closed_days([closure], date(2026, 6, 1), date(2026, 6, 7))
    Share(closed=5, days=7)
    """
    found, reached = 0, first.toordinal() - 1
    for one in sorted(closures, key=lambda entry: entry.first):
        if not one.holds(first, last):
            continue
        end = min(one.last or last, last).toordinal()
        begin = max(one.first.toordinal(), reached + 1)
        found += max(0, end - begin + 1)
        reached = max(reached, end)
    return Share(found, (last - first).days + 1)


def _day(text: Mapping[str, str], name: str) -> date | None:
    if not text[name]:
        return None
    try:
        day = date.fromisoformat(text[name])
    except ValueError:
        day = None
    if day is None or day.isoformat() != text[name] or not 1990 <= day.year <= 2100:
        raise UsageError(
            "{name}: '{given}' is not a day as YYYY-MM-DD, from 1990 to 2100",
            name,
            name=name,
            given=text[name][:40],
        )
    return day


def _yes_no(text: Mapping[str, str], name: str, *, usual: bool) -> bool:
    if not text[name]:
        return usual
    if text[name] not in _YES_NO:
        raise UsageError("{name}: '{given}' is neither yes nor no", name, name=name, given=text[name][:40])
    return _YES_NO[text[name]]
