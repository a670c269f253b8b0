"""Alerts of the period and those that stood open, with what had become of each by the day of the edition.

Editions for passing on tell of each what an account outside the programme is told: signals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from dashboard.permissions import Scope
from dashboard.services.alerts import known, register
from dashboard.services.bulletin.models import AlertRow, AlertsPart
from dashboard.services.bulletin.source import Source, day_of
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.disclosure.alerts import AlertSignal
from dashboard.services.today import alert_signals as outside
from dashboard.services.today.signals import signals as of_clusters
from db.operations import alerts as stored
from db.operations.alerts import CLOSED, EVENT, GREW, LOOKED, OWNER, PAST, REFUTED, VERIFIED, Alert, Step
from db.operations.watch import outbreaks
from db.operations.watch.outbreaks import Outbreak

#: Kinds of step that say what a person found.
_STATES = {LOOKED: "looked", VERIFIED: "verified", REFUTED: "refuted"}


def alerts_of(source: Source) -> AlertsPart:
    """What the register said at the end of the day; steps that came later are left out."""
    edition = source.edition
    if edition.own:
        if not disclosed.may_see(source.grant):
            return AlertsPart(told=False)
        held: Sequence[Alert] = disclosed.shown(
            source.grant, stored.listed(source.database, source.grant.scope)
        )
    else:
        every = stored.listed(source.database, Scope(None, programmes=source.grant.scope.programmes))
        held = disclosed.for_numbers(every)
    steps = stored.steps_of_all(source.database)
    told = () if edition.own else _signals(source, held, steps)
    if edition.province is not None and not edition.own:
        return AlertsPart(told=False, signals=told, signals_from=source.grant.threshold)
    if edition.province is not None:
        held = [one for one in held if one.province == edition.province]
    names = register.facility_names(source.database, source.grant) if edition.own else {}
    known_then = _outbreaks(source) if edition.own else []
    rows = [
        replace(
            _as_it_stood(one, steps.get(one.id, ()), source.until, names),
            inside=_inside(one, steps.get(one.id, ()), source.until, known_then),
            **_event(one, steps.get(one.id, ()), source.until, known_then),
        )
        for one in held
        if one.raised_at < source.until
    ]
    period = edition.period
    new = [one for one in rows if period.first <= one.raised <= period.last]
    still = [one for one in rows if not one.closed]
    listed = [one for one in rows if one in new or one in still]
    listed.sort(key=lambda one: (one.closed, -one.raised.toordinal(), -one.number))
    return AlertsPart(
        True,
        bool(rows) or stored.ran_before(source.database, source.until),
        len(new),
        sum(one.state != "new" for one in new),
        sum(_found(one, steps, source.until) == "verified" for one in new),
        sum(_found(one, steps, source.until) == "refuted" for one in new),
        sum(one.closed for one in new),
        len(still),
        sum(one.owner is None for one in still),
        tuple(listed) if edition.own else (),
        told,
        source.grant.threshold,
    )


def _outbreaks(source: Source) -> list[Outbreak]:
    """Known outbreaks as they were known at the end of the day."""
    held = outbreaks.listed(source.database, source.grant.scope, before=source.until)
    return disclosed.shown(source.grant, held)


def _inside(one: Alert, steps: Sequence[Step], until: str, held: Sequence[Outbreak]) -> int | None:
    """How many cases of an alert were in a known outbreak; None where its cases of then are not kept."""
    grew = [step.at for step in steps if step.kind == GREW]
    if grew and grew[0] < until <= grew[-1]:
        return None  # kept are its first cases and its last ones
    counts = one.last_counts if grew and grew[-1] < until else one.counts
    return known.covering(held, one, counts)[1]


def _event(one: Alert, steps: Sequence[Step], until: str, held: Sequence[Outbreak]) -> dict[str, Any]:
    """The event of an alert as it was set then, and the last day that it was said to have."""
    names = [str(step.detail.get("event", "")) for step in steps if step.kind == EVENT and step.at < until]
    if not names:
        return {}
    same = (other.last for other in held if (other.name, other.disease) == (names[-1], one.disease))
    return {"event": names[-1], "event_last": next(same, None)}


def _signals(
    source: Source, held: Sequence[Alert], steps: Mapping[int, Sequence[Step]]
) -> tuple[AlertSignal, ...]:
    """Alerts of the period and open ones as they are told outside, as they stood; of the edition's area."""
    period, province, facts = source.edition.period, source.edition.province, []
    for one in held:
        if one.raised_at >= source.until:
            continue
        row = _as_it_stood(one, steps.get(one.id, ()), source.until, {})
        verified = _found(row, steps, source.until) == "verified"
        state = disclosed.CLOSED if row.closed else disclosed.VERIFIED if verified else disclosed.OPEN
        if row.state != PAST and (not row.closed or period.first <= row.raised <= period.last):
            facts.append(outside.raised_of(one, row.count, row.last, one.raised_at, state))
    clusters = of_clusters(source.database, source.grant, before=source.until, figures=source.figures)
    kinds = {one.id: one.rule for one in held}
    found = outside.told(source.grant, facts, kinds, source.figures, clusters)
    return tuple(one for one in found if province is None or one.area == province)


def _as_it_stood(
    one: Alert, steps: Sequence[Step], until: str, names: Mapping[str, Mapping[str, str]]
) -> AlertRow:
    owner: str | None = None
    state, closed, count, last = "new", False, one.count, one.day
    for step in steps:
        if step.at >= until:
            continue
        if step.kind == OWNER:
            owner = str(step.detail.get("owner", ""))
        elif step.kind in _STATES:
            state = _STATES[step.kind]
        elif step.kind == GREW:
            count = int(step.detail.get("count", count))
            last = date.fromisoformat(str(step.detail.get("day", last)))
        elif step.kind == CLOSED:
            state, closed = str(step.detail.get("outcome", "other")), True
    return AlertRow(
        one.id,
        one.disease,
        one.rule,
        one.level,
        one.place,
        register.place_name(one.level, one.place, names, "en"),
        register.place_name(one.level, one.place, names, "km"),
        count,
        one.first,
        last,
        day_of(one.raised_at),
        owner,
        state,
        closed,
        one.immediate,
    )


def _found(one: AlertRow, steps: Mapping[int, Sequence[Step]], until: str) -> str:
    """Whether it was verified or not, whatever followed; blank before anybody said."""
    said = [step.kind for step in steps.get(one.number, ()) if step.at < until]
    return next((_STATES[kind] for kind in reversed(said) if kind in (VERIFIED, REFUTED)), "")
