"""Which rules would have told of an outbreak, night by night; the command alone loads this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.permissions import Grant
from dashboard.services.alerts import backward, outbreaks, questions, read
from dashboard.services.alerts.backward import Records
from dashboard.services.alerts.places import kinds_of
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.core.scope import Scope
from db.operations.watch import case_classes
from db.operations.watch.outbreaks import Outbreak
from surveillance.alerts.rules import RULES
from surveillance.errors import StatisticsError, UsageError


@dataclass(frozen=True)
class Caught:
    """What a rule would have said of an outbreak.

    `night`: on which it would have told first, None where it would not have; `days` after its first day.
    """

    rule: str
    level: str | None
    place: str | None
    night: date | None
    days: int | None


def replay(database: Database, grant: Grant, number: int, expected: float) -> tuple[Outbreak, list[Caught]]:
    """What each rule of its disease would have said of an outbreak, with what was known on each night.

    Rules that would have told come first, the earliest first.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    UsageError
        There is no such outbreak.
    StatisticsError
        There are no records, or no rule of its disease.
    """
    found = outbreaks.one(database, grant, number)
    if found is None:
        raise UsageError("there is no such outbreak")
    outbreak = found[0]
    rules = [rule for rule in RULES.values() if rule.disease == outbreak.disease and rule.kind != "cluster"]
    if not rules:
        raise StatisticsError("there is no rule of this disease; python app.py alerts rules lists all")
    scope = Scope.everything()
    given = case_classes.of_disease(database, outbreak.disease)
    with database.reading() as connection:
        held = read.basis(connection, scope)
        if held.first is None or held.last is None:
            raise StatisticsError("there are no records yet; import a line list first")
        span = (held.first, held.last)
        tallies = {
            by: disclosed.for_the_watch(
                read.tallies(connection, scope, outbreak.disease, *span, by, reported=True, given=given)
            )
            for by in dict.fromkeys(by for rule in rules for by in kinds_of(rule))
        }
    records = Records(tallies, held.listed, span, held.silences)
    allowed = questions.allotted(held.listed, expected)
    caught = [
        _caught(rule.id, outbreak, _shown(grant, backward.replay([rule], records, allowed))) for rule in rules
    ]
    return outbreak, sorted(caught, key=lambda one: (one.night is None, one.night or date.max, one.rule))


def _shown(grant: Grant, past: Sequence[backward.Past]) -> list[backward.Past]:
    """Those of places whose alerts the grant would be shown."""
    scope = grant.scope
    return [
        one
        for one in past
        if scope.national or (one.unit.where.province and scope.holds(one.unit.where.province))
    ]


def _caught(rule: str, outbreak: Outbreak, past: Sequence[backward.Past]) -> Caught:
    """The first alert of a rule whose window and place meet those of an outbreak."""
    last = outbreak.last or date.max
    for told in past:
        verdict, unit = told.told.alarm.verdict, told.unit
        meets = verdict.day >= outbreak.first and verdict.first <= last
        if meets and _same_place(outbreak, unit.key, unit.where.province, unit.where.district):
            night = told.told.night
            return Caught(rule, unit.level, unit.place, night, (night - outbreak.first).days)
    return Caught(rule, None, None, None, None)


def _same_place(outbreak: Outbreak, key: tuple[str, str], province: str | None, district: str | None) -> bool:
    """Whether one of two places is or holds the other."""
    if "country" in (outbreak.level, key[0]):
        return True
    of_unit = {key, ("province", province), ("district", district)}
    of_outbreak = {
        (outbreak.level, outbreak.place),
        ("province", outbreak.province),
        ("district", outbreak.district),
    }
    return (outbreak.level, outbreak.place) in of_unit or key in of_outbreak
