"""The places of the rules: in which of them a record counts, and the counts of each by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from db.operations.alerts import Where
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.alerts.counted import By, Tally, counts_as, tested
from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import Level, Rule

COUNTRY = "KH"
Daily = dict[date, int]
#: Facilities by their number, as the list of facilities names them.
Listed = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Unit:
    """A place of one level, and whose it is."""

    level: Level
    place: str
    where: Where

    @property
    def key(self) -> tuple[Level, str]:
        """Level and place."""
        return self.level, self.place


@dataclass
class Counted:
    """Cases and people tested of each place by day, and the records behind them."""

    cases: dict[Unit, Daily] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    people: dict[Unit, Daily] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    behind: dict[Unit, list[Tally]] = field(default_factory=lambda: defaultdict(list))


def kinds_of(rule: Rule) -> list[By]:
    """Kinds of place by which the records of a rule are read."""
    found: list[By] = []
    if any(level not in ("crossing", "infection") for level in rule.levels):
        found.append("facility")
    found += [level for level in rule.levels if level in ("crossing", "infection")]
    return found


def counted(
    rule: Rule, tallies: Mapping[By, Iterable[Tally]], listed: Listed, *, behind: bool = False
) -> Counted:
    """Count what a rule counts, in every place of its levels. `behind`: keep the records, too."""
    found = Counted()
    for by in kinds_of(rule):
        for tally in tallies[by]:
            is_case, with_test = counts_as(rule.cases, tally.facts), tested(tally.facts)
            if not (is_case or with_test):
                continue
            for unit in units(rule, tally, listed, by):
                if is_case:
                    found.cases[unit][tally.day] += tally.records
                    if behind:
                        found.behind[unit].append(tally)
                if with_test:
                    found.people[unit][tally.day] += tally.records
    return found


def whole_of(rule: Rule, held: Counted) -> dict[Level, Daily]:
    """Cases of all places of each kind below the country, by day, of a rule that compares with the whole."""
    if rule.kind != "excess":
        return {}
    found: dict[Level, Daily] = {}
    for unit, daily in held.cases.items():
        if unit.level in ("crossing", "infection", "province"):
            sums = found.setdefault(unit.level, {})
            for day, number in daily.items():
                sums[day] = sums.get(day, 0) + number
    if "province" in found:
        found |= {"district": found["province"], "facility": found["province"]}
    return found


def units(rule: Rule, tally: Tally, listed: Listed, by: By = "facility") -> list[Unit]:
    """The places of a rule's levels that a record counts in, by one kind of place.

    A facility without an operational district is a unit by itself, and so is one that no list names. What
    people are counted by who passed a crossing, or were infected in a province, is the whole country's: they
    were cared for anywhere.
    """
    if by == "crossing":
        known = tally.facility in CROSSINGS
        return [Unit("crossing", tally.facility, Where())] if known else []
    if by == "infection":
        return [Unit("infection", tally.facility, Where())] if tally.facility in PROVINCES else []
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
        elif level == "country":
            found.append(Unit("country", COUNTRY, Where()))
    return found


def inside(held: Mapping[tuple[Level, str], Unit]) -> Callable[[Alarm, Alarm], bool]:
    """Tell whether the place of one alarm lies in that of another."""

    def lies(one: Alarm, other: Alarm) -> bool:
        if other.level == "country":
            return True
        if one.level == "crossing":
            return other.level in ("province", "infection") and CROSSINGS[one.place].pcode == other.place
        if one.level == "infection":
            return other.level == "province" and other.place == one.place
        unit = held.get((one.level, one.place))
        return unit is not None and other.place in (unit.where.province, unit.where.district)

    return lies


def place_of(view: str, members: frozenset[str], listed: Listed) -> tuple[Level, str, Where]:
    """The smallest place that holds every location of a cluster, and whose it is."""
    if not view.startswith("facility"):  # by crossing or home: people who were cared for anywhere
        one = next(iter(members)) if len(members) == 1 else ""
        return ("crossing", one, Where()) if one in CROSSINGS else ("country", COUNTRY, Where())
    items = [listed.get(name, {}) for name in members]
    provinces = {str(item.get("province") or "") for item in items}
    districts = {str(item.get("operational_district") or "") for item in items}
    province, district = next(iter(provinces)), next(iter(districts))
    if len(provinces) > 1 or not province:
        return "country", COUNTRY, Where()
    if len(members) == 1:
        name = next(iter(members))
        return "facility", name, Where(province, district or None, name)
    if len(districts) == 1 and district:
        return "district", district, Where(province, district)
    return "province", province, Where(province)
