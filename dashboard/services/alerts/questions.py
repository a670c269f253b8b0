"""What the watch asks, how much of the allowance each kind of question has, and what chance brings."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.services.alerts.places import COUNTRY, Listed
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.alerts.allowance import PRIORITY, Allotted, Asked, allot
from surveillance.alerts.rules import RULES, Rule

#: Kinds of scan that share the allowance with the rules: looked at every day, and once a month.
DAILY_SCANS, MONTHLY_SCANS = "clusters", "clusters-monthly"
#: What one scan weighs: it looks at every place at once, and no other finds clusters of no known outline.
_SCANS_WEIGH = 8.0


def places_asked(rule: Rule, listed: Listed) -> int:
    """How many places a rule asks about: all that there are, whether they have cases or not."""
    found: set[tuple[str, str]] = set()
    for level in rule.levels:
        if level == "crossing":
            found |= {(level, code) for code in CROSSINGS}
        elif level == "infection":
            found |= {(level, code) for code in PROVINCES}
        elif level == "country":
            found.add((level, COUNTRY))
        for number, item in listed.items():
            district = item.get("operational_district")
            if level == "province" and item.get("province"):
                found.add((level, str(item["province"])))
            elif level == "facility" or (level == "district" and not district):
                found.add(("facility", number))
            elif level == "district":
                found.add((level, str(district)))
    return len(found)


def allotted(listed: Listed, expected: float, scans: Mapping[str, int] | None = None) -> dict[str, Allotted]:
    """The share of each rule that chance makes alarm, and of the scans. `scans`: how many, by kind."""
    asked = [
        Asked(rule.id, places_asked(rule, listed), rule.unit_days, PRIORITY.get(rule.disease, 1.0))
        for rule in RULES.values()
        if rule.by_chance and rule.kind != "cluster"
    ]
    for key, days in ((DAILY_SCANS, 1.0), (MONTHLY_SCANS, 30.0)):
        asked.append(Asked(key, (scans or {}).get(key, 0), days, _SCANS_WEIGH))
    return allot(asked, expected)
