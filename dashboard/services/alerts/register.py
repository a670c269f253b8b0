"""The register of alerts as an account may read and change it, and the yield of each rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.alerts import known
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.ingest import facilities
from db.operations import alerts as stored
from db.operations.alerts import (
    CLOSED,
    EVENT,
    LOOKED,
    NOTE,
    OWNER,
    PAST,
    REFUTED,
    VERIFIED,
    Alert,
    Run,
    Step,
)
from db.operations.watch import outbreaks
from db.operations.watch.outbreaks import Outbreak
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.alerts.outcomes import OUTCOMES
from surveillance.alerts.rules import RULES
from surveillance.alerts.yields import Past, Yield, yields
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.texts import one_line

__all__ = [
    "OUTCOMES",
    "Alert",
    "Found",
    "Register",
    "Run",
    "Step",
    "act",
    "alert",
    "every",
    "may_act",
    "may_see",
    "open_ones",
    "place_name",
    "register",
]
#: Those that a person may choose.
CHOSEN = tuple(code for code in OUTCOMES if code != "past")
#: Longest texts, and days for which a closed alert stays on the page.
LONGEST, LONGEST_NAME = 500, 80
CLOSED_DAYS = 90
_HIGHEST = 2**31 - 1


@dataclass(frozen=True)
class Register:
    """Alerts of a scope.

    Parameters
    ----------
    open, closed : tuple of Alert
        Those without an owner first, then the newest first; those closed in the last 90 days.
    yields : tuple of Yield
        Of every rule.
    names : mapping of str to mapping of str to str
        Names of facilities in Khmer and English, by their number.
    run : Run, optional
        The newest run of the rules.
    past : tuple of Alert
        Found by looking back over the time before the watch began.
    """

    open: tuple[Alert, ...]
    closed: tuple[Alert, ...]
    yields: tuple[Yield, ...]
    names: Mapping[str, Mapping[str, str]]
    run: Run | None
    past: tuple[Alert, ...] = ()


@dataclass(frozen=True)
class Found:
    """One alert with its steps, and the names of facilities.

    `outbreaks`: known ones of its disease that cover its place and days. `in_outbreaks`: how many of its
    cases lie in one of them. `event`: the one that it belongs to, where the account is shown it, with
    `in_event` of its cases: those of its days and its place.
    """

    alert: Alert
    steps: tuple[Step, ...]
    names: Mapping[str, Mapping[str, str]]
    outbreaks: tuple[Outbreak, ...] = ()
    in_outbreaks: int = 0
    event: Outbreak | None = None
    in_event: int = 0


def may_see(grant: Grant) -> bool:
    """Whether an account is shown alerts themselves, within its scope."""
    return disclosed.may_see(grant)


def may_act(grant: Grant) -> bool:
    """Whether an account may take, judge and close alerts."""
    return disclosed.may_see(grant) and grant.can(Permission.NOTE_DECISIONS)


def register(database: Database, grant: Grant, now: datetime | None = None) -> Register:
    """Alerts that the grant may be shown, and the yield of each rule among them.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    """
    grant.check(Permission.RUN_CLUSTERS)
    grant.check(Permission.SEE_SMALL_COUNTS)
    found = disclosed.shown(grant, stored.listed(database, grant.scope))
    acted = stored.acted_on(database)
    since = ((now or datetime.now(UTC)) - timedelta(days=CLOSED_DAYS)).isoformat()
    past = [
        Past(
            one.rule, one.verified, one.event, one.first_case, _raised_on(one), one.id in acted, not one.open
        )
        for one in found
        if one.outcome != PAST
    ]
    opened = sorted((one for one in found if one.open), key=lambda one: one.owner is not None)
    return Register(
        tuple(opened),
        tuple(
            one for one in found if not one.open and one.outcome != PAST and (one.closed_at or "") >= since
        ),
        tuple(yields([rule for rule in RULES if grant.scope.covers(RULES[rule].disease)], past)),
        facility_names(database, grant),
        stored.latest_run(database),
        tuple(one for one in found if one.outcome == PAST),
    )


def every(database: Database, grant: Grant, *, open_: bool | None = None) -> list[Alert]:
    """Every alert that the grant may be shown, the newest first; the open ones alone where `open_` says so.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    """
    grant.check(Permission.RUN_CLUSTERS)
    grant.check(Permission.SEE_SMALL_COUNTS)
    return disclosed.shown(grant, stored.listed(database, grant.scope, open_=open_))


def _raised_on(one: Alert) -> date:
    """The day in Cambodia on which an alert was raised, which may be long after the day that it is of."""
    return datetime.fromisoformat(one.raised_at).astimezone(TIME_ZONE).date()


def open_ones(database: Database, grant: Grant) -> list[Alert]:
    """Open alerts that the grant may be shown, those told at once first; nothing where it is shown none."""
    if not disclosed.may_see(grant):
        return []
    held = disclosed.shown(grant, stored.listed(database, grant.scope, open_=True))
    return sorted(held, key=lambda one: (not one.immediate, -one.id))


def alert(database: Database, grant: Grant, number: int) -> Found | None:
    """One alert with its steps; None where the grant is not shown it.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    """
    grant.check(Permission.RUN_CLUSTERS)
    grant.check(Permission.SEE_SMALL_COUNTS)
    held = stored.one(database, grant.scope, number) if 0 < number <= _HIGHEST else None
    if held is None or not disclosed.shown(grant, [held[0]]):
        return None
    listed = disclosed.shown(grant, outbreaks.listed(database, grant.scope, held[0].disease))
    covering, inside = known.covering(listed, held[0])
    event = next((one for one in listed if one.id == held[0].outbreak), None)
    in_event = known.covering([event], held[0])[1] if event else 0
    names = facility_names(database, grant)
    return Found(held[0], tuple(held[1]), names, covering, inside, event, in_event)


def act(database: Database, grant: Grant, number: int, kind: str, given: Mapping[str, str]) -> None:
    """Take one step with an alert, from the texts of a form.

    `kind`: owner, looked, verified, refuted, event, note or closed. `given`: `owner`, `event`, `note`,
    `outcome`.

    Raises
    ------
    NotPermittedError
        The grant may not act on alerts.
    UsageError
        There is no such alert, it is closed, or a text is missing or too long.
    """
    grant.check(Permission.NOTE_DECISIONS)
    held = alert(database, grant, number)
    if held is None:
        raise UsageError("there is no such alert")
    if not held.alert.open:
        raise UsageError("this alert is closed; nothing of it is changed any more")
    detail, changed = _step(held.alert, kind, given)
    if detail is None:
        return  # it says so already: a form may be sent twice
    event = known.of_alert(held.alert, detail["event"]) if kind == EVENT else None
    done = stored.add_step(database, grant.scope, number, grant.actor, kind, detail, changed, event)
    if done is False:
        raise UsageError("this alert is closed; nothing of it is changed any more")


def _step(held: Alert, kind: str, given: Mapping[str, str]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What a step says, and what it changes; None where it says so already."""
    if kind == OWNER:
        owner = _text(given, "owner", LONGEST_NAME)
        return ({"owner": owner} if owner != held.owner else None), {"owner": owner}
    if kind == LOOKED:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return ({} if held.looked_at is None else None), {"looked_at": now}
    if kind in (VERIFIED, REFUTED):
        verdict = kind == VERIFIED
        now = held.looked_at or datetime.now(UTC).isoformat(timespec="milliseconds")
        return ({} if held.verified is not verdict else None), {"verified": verdict, "looked_at": now}
    if kind == EVENT:
        event = _text(given, "event", LONGEST_NAME)
        return ({"event": event} if event != held.event else None), {"event": event}
    if kind == NOTE:
        return {"note": _text(given, "note", LONGEST)}, {}
    if kind == CLOSED:
        return _closing(held, given)
    raise UsageError("there is no such step")


def _closing(held: Alert, given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    outcome = given.get("outcome", "")
    if held.verified is None:
        raise UsageError("say first whether the alert was verified", "outcome")
    if outcome not in CHOSEN:
        raise UsageError("outcome: choose one of the list", "outcome")
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"outcome": outcome}, {"outcome": outcome, "closed_at": now}


_SAID = {"owner": "owner", "event": "event", "note": "note"}


def _text(given: Mapping[str, str], name: str, most: int) -> str:
    text = one_line(given.get(name, ""))
    if not 0 < len(text) <= most:
        raise UsageError("{name}: write between 1 and {most} characters", name, name=_SAID[name], most=most)
    return text


def facility_names(database: Database, grant: Grant) -> dict[str, dict[str, str]]:
    """Names of the facilities in scope, in Khmer and English, by their number."""
    with database.reading() as connection:
        return {
            str(item["facility_id"]): {"en": item["name_en"] or "", "km": item["name_km"] or ""}
            for item in facilities.listed(connection, grant.scope)
        }


def place_name(level: str, place: str, names: Mapping[str, Mapping[str, str]], language: str) -> str:
    """The name of a place of an alert; blank for the whole country."""
    if level == "country":
        return ""
    if level == "crossing":
        gate = CROSSINGS.get(place)
        return place if gate is None else (gate.name_km if language == "km" else None) or gate.name_en
    if level in ("province", "infection"):
        return PROVINCES[place].name(language) if place in PROVINCES else place
    held = names.get(place, {}) if level == "facility" else {}
    return held.get(language) or held.get("en") or held.get("km") or place
