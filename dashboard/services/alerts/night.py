"""A run of the rules: every rule, every place, every day that is due; a missed night is caught up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dashboard.services.alerts import read
from dashboard.services.alerts.read import Basis
from dashboard.services.clusters.standing import night_before
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.messages import recipients
from db.clusters import standing as standing_rounds
from db.clusters.case_facts import Tally
from db.core.engine import Database
from db.core.scope import Scope
from db.operations import alerts as register
from db.operations.alerts import Run, Where
from surveillance.alerts.counted import counts_as, tested
from surveillance.alerts.evaluate import PlaceCounts, evaluate
from surveillance.alerts.levels import Alarm, one_for_each_event
from surveillance.alerts.rules import RULES, Level, Rule
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import StatisticsError, UsageError

#: Days that every run looks at again: records come late.
LATE = timedelta(days=30)
#: Days of the curve that an alert keeps as seen then.
_CURVE = 60
COUNTRY = "KH"
#: Time between two runs because of newer records; files often come in bursts.
BETWEEN = timedelta(minutes=10)
_DAY = timedelta(days=1)
Daily = dict[date, int]


@dataclass(frozen=True)
class Unit:
    """A place of one level, and whose it is."""

    level: Level
    place: str
    where: Where


def run(database: Database, now: datetime, since: date | None = None) -> Run:
    """Evaluate every rule, and raise what is new; the same call a second time raises nothing.

    Days from the last run on are evaluated, and thirty more before them; from `since` on, where it is given.
    Each rule is one transaction: a run that is ended halfway is followed by one that raises the rest.

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
    asked = alarms = raised = 0
    told_at_once = recipients.at_once(database)
    for disease in dict.fromkeys(rule.disease for rule in RULES.values()):
        rules = [rule for rule in RULES.values() if rule.disease == disease]
        begun = max(held.first, first - timedelta(days=max(map(_reach, rules))))
        with database.reading() as connection:
            found = disclosed.for_the_watch(read.tallies(connection, scope, disease, begun, last))
        for rule in rules:
            told, questions = _alarms(rule, found, held, (begun, last), days)
            asked += questions
            alarms += len(told)
            raised += register.tell(database, told, held.data_version, now, told_at_once)
    register.go_up(database, now, told_at_once)
    made = Run(now.astimezone(UTC).isoformat(timespec="milliseconds"), held.data_version, first, last, asked,
               alarms, raised)  # fmt: skip
    register.note_run(database, made)
    return made


def _reach(rule: Rule) -> int:
    """Days before a window that a rule looks back."""
    back = {"same_weeks": 364 * rule.years + 7, "growth": rule.window, "unexpected": rule.quiet}
    return rule.window + back.get(rule.kind, 0)


def _alarms(
    rule: Rule, tallies: Iterable[Tally], held: Basis, span: tuple[date, date], days: list[date]
) -> tuple[list[tuple[Alarm, Where, Daily]], int]:
    """Alarms of a rule, the earliest first, with whose they are and their curves; and the places asked."""
    cases: dict[Unit, Daily] = defaultdict(lambda: defaultdict(int))
    people: dict[Unit, Daily] = defaultdict(lambda: defaultdict(int))
    for tally in tallies:
        counted, with_test = counts_as(rule.cases, tally.facts), tested(tally.facts)
        if not (counted or with_test):
            continue
        for unit in _units(rule, tally, held.listed):
            if counted:
                cases[unit][tally.day] += tally.records
            if with_test:
                people[unit][tally.day] += tally.records
    of_day: dict[date, list[Alarm]] = defaultdict(list)
    units = {(unit.level, unit.place): unit for unit in cases}
    for unit, daily in cases.items():
        counts = PlaceCounts(unit.place, *span, daily, people.get(unit, {}))
        for verdict in evaluate(rule, counts, days):
            if verdict.alarm:
                of_day[verdict.day].append(Alarm(rule, unit.level, unit.place, verdict))

    def inside(one: Alarm, other: Alarm) -> bool:
        where = units[one.level, one.place].where
        return other.level == "country" or other.place in (where.province, where.district)

    found = []
    for day in sorted(of_day):
        for alarm in one_for_each_event(of_day[day], inside):
            unit = units[alarm.level, alarm.place]
            begun = day - timedelta(days=_CURVE - 1)
            curve = {when: n for when, n in cases[unit].items() if begun <= when <= day}
            found.append((alarm, unit.where, curve))
    return found, len(cases)


def _units(rule: Rule, tally: Tally, listed: Mapping[str, Mapping[str, object]]) -> list[Unit]:
    """The places of a rule's levels that a record counts in.

    A facility without an operational district is a unit by itself, and so is one that no list names.
    """
    item = listed.get(tally.facility, {})
    district = str(item["operational_district"]) if item.get("operational_district") else None
    province = str(item.get("province") or tally.province)
    own = Where(province, district, tally.facility)
    found: list[Unit] = []
    for level in rule.levels:
        if level == "facility" or (level == "district" and district is None):
            found.append(Unit("facility", tally.facility, own))
        elif level == "district" and district is not None:
            found.append(Unit("district", district, Where(province, district)))
        elif level == "province":
            found.append(Unit("province", province, Where(province)))
        else:
            found.append(Unit("country", COUNTRY, Where()))
    return found


def wanted(database: Database, hour: int, now: datetime | None = None) -> bool:
    """Whether the rules should run: the hour of the night has struck since, or newer records came."""
    now = now or datetime.now(UTC)
    with database.reading() as connection:
        newest = standing_rounds.newest_batch(connection)
    if newest is None:
        return False
    before = register.latest_run(database)
    if before is None:
        return True
    made = datetime.fromisoformat(before.made_at)
    return made < night_before(now, hour) or (newest[0] > before.data_version and now - made >= BETWEEN)


def work(database: Database, hour: int) -> bool:
    """Run the rules where they are due; whether anything was done."""
    if not wanted(database, hour):
        return False
    run(database, datetime.now(UTC))
    return True


def go_up(database: Database) -> int:
    """Let alerts that nobody owns go a level up; how many went."""
    return register.go_up(database, datetime.now(UTC), recipients.at_once(database))
