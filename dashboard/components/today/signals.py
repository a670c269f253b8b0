"""Signals in words."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.messages import Translate
from dashboard.services.today.signals import Signal
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.texts import N_

#: Provinces that one line names.
_NAMED = 3
_BY = {
    "province:care": N_("by where care was given"),
    "facility:care": N_("by where care was given"),
    "province:home": N_("by home province"),
    "province:infection": N_("by place of infection"),
    "crossing:care": N_("by border crossing"),
}


def lines(found: Sequence[Signal], language: str, t: Translate) -> list[str]:
    """One line for each signal: the disease, where, and how large."""
    return [_line(one, language, t) for one in found]


def _line(one: Signal, language: str, t: Translate) -> str:
    names = [PROVINCES[code].name(language) for code in one.provinces[:_NAMED]]
    where = ", ".join(names)
    if len(one.provinces) > _NAMED:
        where = t("{places} and {count} more").format(places=where, count=len(one.provinces) - _NAMED)
    said = t("{disease}: {where}, {how}").format(
        disease=t(DISEASES[one.disease].name), where=where, how=t(_BY[one.places])
    )
    return f"{said} · {size(one.size, t)}" if one.size is not None else said


def size(steps: tuple[int, int | None] | None, t: Translate) -> str:
    """How large a signal is, in wide steps; blank where it is not told."""
    if steps is None:
        return ""
    least, most = steps
    if most is None:
        return t("{least:,} cases or more").format(least=least)
    return t("{least:,} to {most:,} cases").format(least=least, most=most)
