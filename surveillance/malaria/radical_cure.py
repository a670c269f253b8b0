"""How far the radical cure of a case of vivax malaria is: which day of its course, and whether it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from surveillance.texts import N_

#: testing: G6PD is not known. not_eligible: G6PD is deficient. waiting: may be given, and was not begun.
#: on_course: under way. ended: its days are over, and nobody wrote whether it was completed. completed,
#: stopped: written down.
State = Literal["testing", "not_eligible", "waiting", "on_course", "ended", "completed", "stopped"]
STATES: dict[State, str] = {
    "testing": N_("G6PD not known"),
    "not_eligible": N_("G6PD deficient: not by the daily course"),
    "waiting": N_("not begun"),
    "on_course": N_("under way"),
    "ended": N_("over: was it completed?"),
    "completed": N_("completed"),
    "stopped": N_("not completed"),
}
#: Days that a course takes, by the item `primaquine` of `detail`; `yes` is the usual one of 14 days.
COURSE_DAYS = {"yes": 14, "14_days": 14, "7_days": 7, "weekly": 56, "8_weeks": 56}
#: Species whose liver stages a radical cure is for.
RELAPSING = frozenset({"pv", "mixed"})


@dataclass(frozen=True)
class Cure:
    """Where a case stands. `day`: day of its course, from 1 to `of`; None before it has begun or after it."""

    state: State
    day: int | None = None
    of: int | None = None
    last_day: date | None = None


def cure(
    *,
    species: str | None,
    g6pd: str | None,
    primaquine: str | None,
    began: date | None,
    completed: bool | None,
    today: date,
) -> Cure | None:
    """Return where the radical cure of a case stands.

    Parameters
    ----------
    species, g6pd, primaquine : str or None
        Items of `detail`: `surveillance.line_list.DETAIL_ITEMS`.
    began : date or None
        First day of treatment.
    completed : bool or None
        What the record says of completion.
    today : date

    Returns
    -------
    Cure or None
        None for another species: nothing is to be cured radically.

    Examples
    --------
    >>> cure(species="pv", g6pd="normal", primaquine="14_days", began=date(2026, 6, 1), completed=None,
    ...      today=date(2026, 6, 5))
    Cure(state='on_course', day=5, of=14, last_day=datetime.date(2026, 6, 14))
    """
    if species not in RELAPSING:
        return None
    days = COURSE_DAYS.get(primaquine or "")
    if days is None:
        return Cure(_before(g6pd))
    last = began + timedelta(days=days - 1) if began else None
    if completed is not None:
        return Cure("completed" if completed else "stopped", None, days, last)
    if began is None or last is None or today > last:
        return Cure("ended" if began else "on_course", None, days, last)
    return Cure("on_course", max((today - began).days + 1, 1), days, last)


def _before(g6pd: str | None) -> State:
    if g6pd in (None, "not_tested"):
        return "testing"
    return "not_eligible" if g6pd == "deficient" else "waiting"
