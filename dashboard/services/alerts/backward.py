"""Replaying the rules over all nights of some records, with what was known on each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.services.alerts.places import Counted, Daily, Listed, Unit, counted, inside, units, whole_of
from dashboard.services.alerts.silent import Silence, reported_shares
from surveillance.alerts.allowance import Allotted
from surveillance.alerts.counted import By, Tally
from surveillance.alerts.evaluate import PlaceCounts
from surveillance.alerts.replay import Night, Told, alarms, told
from surveillance.alerts.rules import Rule

#: A known outbreak: kind of place, place, first and last day.
Outbreak = tuple[str, str, date, date]


@dataclass(frozen=True)
class Records:
    """What a replay rests on.

    `tallies`: of one disease, by kind of place. `span`: first and last day of all records. `silences`:
    facilities that fell silent. `left_out`: known outbreaks, that are no history: level, place, days.
    """

    tallies: Mapping[By, Sequence[Tally]]
    listed: Listed
    span: tuple[date, date]
    silences: Sequence[Silence] = ()
    left_out: Sequence[Outbreak] = ()


@dataclass(frozen=True)
class Past:
    """An alert that would have been raised, its place, and the cases of the place by day."""

    told: Told
    unit: Unit
    cases: Daily


def of_place(outbreaks: Sequence[Outbreak], unit: Unit) -> list[tuple[date, date]]:
    """Days of the known outbreaks of a place: its own, and those of places that hold it or lie in it."""
    own = {unit.key, ("province", unit.where.province), ("district", unit.where.district)}
    return [
        (first, last)
        for level, place, first, last in outbreaks
        if unit.level == "country" or level == "country" or (level, place) in own
    ]


def replay(rules: Iterable[Rule], records: Records, allowed: Mapping[str, Allotted]) -> list[Past]:
    """The alerts that rules of one disease would have raised, by night."""
    found: list[Night] = []
    known: dict[tuple[str, str], Unit] = {}
    cases_of: dict[tuple[str, str, str], Daily] = {}
    for rule in rules:
        held = counted(rule, records.tallies, records.listed, behind=True)
        shares, whole = shares_of(rule, records, held), whole_of(rule, held)
        p = allowed[rule.id].p if rule.by_chance else 1.0
        for unit, cases in held.cases.items():
            known[unit.key] = unit
            cases_of[rule.id, unit.level, unit.place] = cases
            counts = PlaceCounts(
                unit.place,
                *records.span,
                cases,
                held.people.get(unit, {}),
                reported=shares.get(unit, {}),
                left_out=of_place(records.left_out, unit),
                whole=whole.get(unit.level),
            )
            behind = [(one.day, max(one.known, one.day), one.records) for one in held.behind[unit]]
            found += alarms(rule, counts, unit.level, behind, p)
    return [
        Past(one, known[one.alarm.level, one.alarm.place], cases_of[one.alarm.rule.id, *one.alarm.key[:2]])
        for one in told(found, inside(known))  # type: ignore[arg-type]
    ]


def shares_of(rule: Rule, records: Records, held: Counted) -> dict[Unit, dict[date, float]]:
    """Which share of the usual cases of each place the facilities that were not silent stand for."""
    if rule.kind != "excess" or not records.silences:
        return {}
    silent: Collection[str] = {name for name, _, _ in records.silences}
    by_facility: dict[str, dict[date, int]] = {}
    units_of: dict[str, list[Unit]] = {}
    for tally in records.tallies.get("facility", ()):
        if tally.facility not in units_of:
            units_of[tally.facility] = [
                unit for unit in units(rule, tally, records.listed) if unit in held.cases
            ]
        daily = by_facility.setdefault(tally.facility, {})
        daily[tally.day] = daily.get(tally.day, 0) + tally.records
    affected = {unit for name in silent for unit in units_of.get(name, ())}
    kept = {name: [unit for unit in own if unit in affected] for name, own in units_of.items()}
    return reported_shares(by_facility, kept, records.silences, records.span)
