"""What the calendar says of windows that are compared, and of crossings that were closed, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from dashboard.messages import Translate
from geodata.crossings import CROSSINGS
from surveillance.calendar.entries import CLOSED, Entry, between, not_compared
from surveillance.texts import N_
from surveillance.windows import Comparison, Window, compared, whole_weeks

#: Entries that one line names.
_NAMED = 4
#: What is said where no week can be compared, and where some can.
_LEFT_OUT: dict[Comparison, tuple[str, str]] = {
    "before": (
        N_("Not compared with the weeks before: {names} lies in them and is left out of comparisons."),
        N_(
            "Left out of the comparison with the weeks before: {names}. "
            "Weeks compared: the last {count}, with as many before."
        ),
    ),
    "year": (
        N_("Not compared with the year before: {names} lies in these weeks and is left out of comparisons."),
        N_("Left out of the comparison with the year before: {names}. Weeks compared: the last {count}."),
    ),
}


def said_of_windows(
    entries: Sequence[Entry], windows: Iterable[tuple[date, date]], language: str, t: Translate
) -> str:
    """That windows which are compared hold days that the calendar sets apart; blank where they hold none."""
    found = not_compared(entries, list(windows))
    if not found:
        return ""
    names = _names(found, language)
    return t("The windows compared hold {names}: a change may come from that.").format(names=names)


def left_out(
    entries: Sequence[Entry],
    weeks: Window,
    kept: Mapping[Comparison, int],
    language: str,
    t: Translate,
) -> list[str]:
    """What the comparisons of weeks leave out, and how many are compared; nothing where they are whole.

    `kept`: how many weeks each comparison that is made has.
    """
    found = []
    for kind, count in kept.items():
        pair, texts = compared(weeks, kind), _LEFT_OUT[kind]
        if pair is None or count >= whole_weeks(weeks):
            continue
        names = _names(not_compared(entries, (pair.now, pair.earlier)), language)
        found.append(t(texts[bool(count)]).format(names=names, count=count))
    return found


def _names(found: Sequence[Entry], language: str) -> str:
    return "; ".join(f"{one.name(language)} ({_days(one)})" for one in found[-_NAMED:])


def closed_within(
    entries: Sequence[Entry], first: date, last: date, language: str, t: Translate, own: Iterable[str] = ()
) -> str:
    """Which crossings were closed between two days; blank where none was. `own`: of these alone, if given."""
    codes = set(own)
    found = [one for one in between(entries, first, last, (CLOSED,)) if not codes or one.crossing in codes]
    if not found:
        return ""
    names = [f"{_gate(one.crossing, language)} ({_days(one)})" for one in found]
    return t("Closed, and so neither zero nor silent: {names}.").format(names="; ".join(names))


def closed_on(entries: Iterable[Entry], day: date | None, t: Translate) -> dict[str, str]:
    """Crossings that were closed on a day, by code, each with since when; none without a day."""
    if day is None:
        return {}
    found = between(entries, day, day, (CLOSED,))
    return {one.crossing: closed_words(one, t) for one in reversed(found)}


def closed_words(one: Entry, t: Translate) -> str:
    """How long a crossing was, or is, closed."""
    if one.last is None:
        return t("closed since {first}").format(first=one.first.isoformat())
    if one.last == one.first:
        return t("closed on {day}").format(day=one.first.isoformat())
    return t("closed {first} – {last}").format(first=one.first.isoformat(), last=one.last.isoformat())


def _gate(code: str, language: str) -> str:
    return CROSSINGS[code].name(language) if code in CROSSINGS else code


def _days(one: Entry) -> str:
    if one.last == one.first:
        return one.first.isoformat()
    return f"{one.first.isoformat()} – {one.last.isoformat() if one.last else ''}".rstrip()
