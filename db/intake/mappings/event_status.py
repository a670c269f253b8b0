"""Events of DHIS2 that did not take place, or not yet: known by their status in every file of events."""

from __future__ import annotations

from collections.abc import Sequence

from db.intake.mappings.model import column_key

#: Statuses of an event that is no visit.
_NOT_HELD = ("SCHEDULE", "SCHEDULED", "OVERDUE", "SKIPPED")
#: Names of the column of an event's number, and of its status, in the exports of DHIS2.
_EVENTS = frozenset(("event", "event id", "event uid", "eventid", "eventuid", "psi"))
_STATUSES = ("status", "eventstatus", "event status", "event_status")


def no_visits(header: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Column of an event's status in DHIS2 -> the texts with which it is no visit; none in another file.

    >>> no_visits(["event", "status", "orgUnit"])["status"][:2], no_visits(["status", "sex"])
    (('SCHEDULE', 'SCHEDULED'), {})
    """
    keys = {column_key(name): name for name in header}
    if not _EVENTS & keys.keys():
        return {}
    return {keys[key]: _NOT_HELD for key in _STATUSES if key in keys}
