"""A run of the rules: every rule, every place, every day that is due; a missed night is caught up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dashboard.services.alerts import backward, due, monthly, questions, read, scans
from dashboard.services.alerts.backward import Records
from dashboard.services.alerts.places import Daily, Unit, counted, inside, kinds_of, whole_of
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.messages import recipients
from db.core.engine import Connection, Database
from db.core.scope import Scope
from db.operations import alerts as register
from db.operations.alerts import Run, Where
from db.operations.watch import case_classes, outbreaks
from db.operations.watch.case_classes import Given
from surveillance.alerts.allowance import Allotted
from surveillance.alerts.counted import By, Tally
from surveillance.alerts.evaluate import PlaceCounts, evaluate
from surveillance.alerts.levels import Alarm, one_for_each_event
from surveillance.alerts.rules import RULES, Rule
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import StatisticsError, UsageError

#: Days that every run looks at again: records come late.
LATE = timedelta(days=30)
#: Days of the curve that an alert keeps as seen then.
_CURVE = 60
#: Chance alarms a month that are allowed, unless the setting says otherwise.
EXPECTED = 1.0
#: Records of a disease up to which the first run looks back over all of its nights.
_MOST_LOOKED_BACK = 500_000
_DAY = timedelta(days=1)
#: An alarm with whose it is, and the curve of its place.
Ready = tuple[Alarm, Where, Daily]


def run(database: Database, now: datetime, since: date | None = None, expected: float = EXPECTED) -> Run:
    """Evaluate every rule, and raise what is new; the same call a second time raises nothing.

    Days from the last run on are evaluated, and thirty more before them; from `since` on, where it is given.
    The first run of all looks back over the records before, too, as they were known night by night, and keeps
    what it finds there as past. Each rule is one transaction: a run that is ended halfway is followed by one
    that raises the rest. `expected`: chance alarms a month that are allowed.

    Raises
    ------
    StatisticsError
        There are no records yet.
    UsageError
        `since` lies after the records.
    """
    scope = Scope.everything()
    with database.reading() as connection:
        held = read.basis(connection, scope)
    if held.first is None or held.last is None:
        raise StatisticsError("there are no records yet; import a line list first")
    last = min(held.last, now.astimezone(TIME_ZONE).date())
    if since is not None and since > last:
        raise UsageError("--since: the records end on {day}; give an earlier day", "since", day=last)
    before = register.latest_run(database)
    first = since or min(before.day if before else last, last) - LATE
    first = max(first, held.first)
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    allowed = questions.allotted(held.listed, expected, scans.how_many(database))
    left_out = outbreaks.spans(database)
    told_at_once = recipients.at_once(database)
    asked = alarms = raised = 0
    for disease in dict.fromkeys(rule.disease for rule in RULES.values() if rule.kind != "cluster"):
        rules = [rule for rule in RULES.values() if rule.disease == disease and rule.kind != "cluster"]
        looks_back = before is None and since is None and _few_enough(database, disease)
        begun = held.first if looks_back else max(held.first, first - timedelta(days=max(map(_reach, rules))))
        given = case_classes.of_disease(database, disease)
        with database.reading() as connection:
            found = _tallies(connection, scope, rules, (begun, last), given, reported=looks_back)
        records = Records(found, held.listed, (begun, last), held.silences, left_out.get(disease, ()))
        if looks_back:
            for past in _past(rules, records, allowed, first).values():
                raised += register.tell(database, past, held.data_version, now)
                alarms += len(past)
        for rule in rules:
            told = _alarms(rule, records, days, allowed)
            asked += questions.places_asked(rule, held.listed)
            alarms += len(told)
            raised += register.tell(database, told, held.data_version, now, told_at_once)
    register.go_up(database, now, told_at_once)
    made = Run(
        now.astimezone(UTC).isoformat(timespec="milliseconds"), held.data_version, first, last, asked, alarms,
        raised, expected, sum(one.questions for one in allowed.values()),
    )  # fmt: skip
    register.note_run(database, made)
    return made


def _few_enough(database: Database, disease: str) -> bool:
    """Whether the nights of all records of a disease fit into memory at once."""
    with database.reading() as connection:
        return disclosed.for_the_watch(read.records_held(connection, disease)) <= _MOST_LOOKED_BACK


def _tallies(
    connection: Connection,
    scope: Scope,
    rules: Sequence[Rule],
    span: tuple[date, date],
    given: Sequence[Given],
    *,
    reported: bool,
) -> dict[By, Sequence[Tally]]:
    kinds = dict.fromkeys(by for rule in rules for by in kinds_of(rule))
    disease = rules[0].disease
    return {
        by: disclosed.for_the_watch(
            read.tallies(connection, scope, disease, *span, by, reported=reported, given=given)
        )
        for by in kinds
    }


def _reach(rule: Rule) -> int:
    """Days before a window that a rule looks back."""
    back = {
        "same_weeks": 364 * rule.years + 7,
        "growth": rule.window,
        "unexpected": rule.quiet,
        "excess": 366 * rule.years + 35,
    }
    return rule.window + back.get(rule.kind, 0)


def _past(
    rules: Sequence[Rule], records: Records, allowed: Mapping[str, Allotted], first: date
) -> dict[str, list[Ready]]:
    """What rules that are not told at once would have told on the nights before the watch began."""
    found: dict[str, list[Ready]] = defaultdict(list)
    for one in backward.replay(rules, records, allowed):
        if one.told.night < first and not one.told.alarm.rule.immediate:
            alarm = replace(
                one.told.alarm, night=one.told.night, recurrence=_interval(one.told.alarm.rule, allowed)
            )
            found[alarm.rule.id].append((alarm, one.unit.where, curve(one.cases, alarm.verdict.day)))
    return found


def curve(cases: Mapping[date, int], day: date) -> Daily:
    """The last days of a place's cases, up to a day."""
    begun = day - timedelta(days=_CURVE - 1)
    return {when: n for when, n in cases.items() if begun <= when <= day}


def _interval(rule: Rule, allowed: Mapping[str, Allotted]) -> float | None:
    return allowed[rule.id].recurrence if rule.by_chance else None


def _alarms(
    rule: Rule, records: Records, days: Sequence[date], allowed: Mapping[str, Allotted]
) -> list[Ready]:
    """Alarms of a rule, the earliest first, with whose they are and their curves."""
    held = counted(rule, records.tallies, records.listed)
    shares, whole = backward.shares_of(rule, records, held), whole_of(rule, held)
    p = allowed[rule.id].p if rule.by_chance else None
    interval = _interval(rule, allowed)
    of_day: dict[date, list[Alarm]] = defaultdict(list)
    known: dict[tuple[str, str], Unit] = {unit.key: unit for unit in held.cases}
    for unit, daily in held.cases.items():
        counts = PlaceCounts(
            unit.place, *records.span, daily, held.people.get(unit, {}), reported=shares.get(unit, {}),
            left_out=backward.of_place(records.left_out, unit),
            whole=whole.get(unit.level),
        )  # fmt: skip
        for verdict in evaluate(rule, counts, days, p):
            if verdict.alarm:
                of_day[verdict.day].append(Alarm(rule, unit.level, unit.place, verdict, recurrence=interval))
    found: list[Ready] = []
    for day in sorted(of_day):
        for alarm in one_for_each_event(of_day[day], inside(known)):  # type: ignore[arg-type]
            unit = known[alarm.level, alarm.place]
            found.append((alarm, unit.where, curve(held.cases[unit], day)))
    return found


def work(database: Database, hour: int, expected: float = EXPECTED) -> bool:
    """Look where that is due; whether anything was done."""
    now = datetime.now(UTC)
    done = False
    if due.rules_wanted(database, hour, now):
        run(database, now, expected=expected)
        done = True
    done = scans.look(database, now, expected) or done
    return monthly.look(database, now, expected) or done
