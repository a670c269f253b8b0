"""How other systems and their pulls stand, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.components.moments import local
from dashboard.messages import Translate
from dashboard.services.systems.desk import DHIS2, KOBO, ODK, OUTCOMES, Page, Pull, Standing
from surveillance.errors import UserError
from surveillance.texts import N_

#: Names of products; nobody translates them.
KINDS = {DHIS2: "DHIS2", ODK: "ODK Central", KOBO: "KoboToolbox"}
STATES = {
    "waiting": N_("Waiting"),
    "pulling": N_("Being pulled"),
    "done": N_("All of it has come"),
    "failed": N_("Stopped by a fault"),
    "cancelled": N_("Stopped"),
}
NEVER = N_("Nothing was pulled yet")
OF_ROWS = {
    "rows": N_("Rows"),
    "accepted": N_("Accepted"),
    "amended": N_("Amended"),
    "withdrawn": N_("Withdrawn"),
    "duplicate": N_("Duplicate"),
    "rejected": N_("Rejected"),
    "added": N_("Added"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
}
#: Those that a narrow table shows; facilities and names have others beside them.
SHORT = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")


def state(pull: Pull | None, t: Translate) -> str:
    """How a pull stands."""
    return t(NEVER) if pull is None else t(STATES.get(pull.status, pull.status))


def problem(pull: Pull | None, t: Translate) -> str:
    """Why a pull failed; blank where it did not."""
    if pull is None or not pull.error:
        return ""
    return UserError(pull.error, **{"reference": "-", **pull.error_values}).in_words(t)


def counted(counts: Mapping[str, int], t: Translate) -> str:
    """What became of rows, in a line."""
    found = [f"{t(OF_ROWS[name])} {counts[name]:,}" for name in OUTCOMES if counts.get(name)]
    return ", ".join(found) or "–"


def standing_row(one: Standing, t: Translate) -> dict[str, Any]:
    """A system as a row of the page."""
    whole = one.whole
    return {
        "number": one.system.id,
        "name": one.system.name,
        "kind": KINDS[one.system.kind],
        "address": one.definition.address,
        "hour": one.definition.hour,
        "state": state(one.newest, t),
        "problem": problem(one.newest, t),
        "over": one.newest is None or one.newest.over,
        "counts": counted(one.counts, t),
        "whole": local(whole.ended_at) if whole is not None and whole.ended_at else "",
    }


def pull_rows(pull: Pull, pages: list[Page], t: Translate) -> dict[str, Any]:
    """A pull with its pages."""
    return {
        "number": pull.id,
        "asked": local(pull.asked_at),
        "by": pull.asked_by,
        "since": pull.since[:10] if pull.since else "",
        "state": state(pull, t),
        "problem": problem(pull, t),
        "pages": [
            {"part": one.part, "page": one.page, "came": one.items, "batch": one.batch}
            | {"counts": counted(one.counts, t), "done": one.state == "done"}
            for one in pages
        ],
    }
