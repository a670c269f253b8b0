"""Undisclosed delays: from onset, visit and report to each other and to the file, by level."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from dashboard.services.disclosure.undisclosed import Undisclosed
from db.core.engine import Connection
from db.core.scope import Scope
from db.cubes import arrivals
from db.data_quality import delays as stored
from db.data_quality.delays import Waited
from surveillance.nowcast.delays import LONGEST_DAYS, Delays, delays
from surveillance.nowcast.predict import FEWEST_FOLLOWED, LONGEST

#: Steps, in order: from -> to; None: the arrival of the file.
STEPS: tuple[tuple[str, str | None], ...] = (
    ("onset", "visit"),
    ("visit", "report"),
    ("onset", None),
    ("visit", None),
    ("report", None),
)
Found = dict[tuple[str, str, str], Delays]


def found(
    connection: Connection, scope: Scope, *, by: str, disease: str | None, last: date
) -> Undisclosed[Found]:
    """Delays of records that began within a year, by group, first and second event.

    Where files have not come regularly for long enough, nothing is said of their arrival; what the first file
    brought is left out of it.
    """
    came = arrivals.received(connection)
    days = sorted(came.values())
    regular = bool(days) and (days[-1] - days[0]).days // 7 >= LONGEST + FEWEST_FOLLOWED
    made: Found = {}
    for begins, ends in STEPS:
        if ends is None and not regular:
            continue
        until = days[-1] if ends is None else last
        rows = stored.waited(
            connection,
            scope,
            begins=begins,
            ends=ends,
            by=by,
            first=until - timedelta(days=LONGEST_DAYS - 1),
            last=until,
            disease=disease,
        )
        back = None
        if ends is None:
            first = min(came)
            rows = [row for row in rows if row.key != first]
            back = {number: (until - day).days for number, day in came.items()}
        for group, one in _of_groups(rows, back).items():
            made[group, begins, ends or "arrival"] = one
    return Undisclosed(made)


def _of_groups(rows: list[Waited], back: dict[int, int] | None) -> dict[str, Delays]:
    of_delay: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    of_age: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    left: dict[str, int] = defaultdict(int)
    for row in rows:
        delay = row.key if back is None else row.age - back[row.key]
        if not 0 <= delay <= row.age or row.age > LONGEST_DAYS:
            left[row.group] += row.records
            continue
        of_delay[row.group][delay] += row.records
        of_age[row.group][row.age] += row.records
    return {group: delays(of_delay[group], of_age[group], left_out=left[group]) for group in of_delay}
