"""Coverage of prevention beside testing and treatment: by province, crossing and group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import view
from dashboard.services.disclosure import arrivals, rules
from dashboard.services.places.areas import Area
from dashboard.services.reception import counts
from dashboard.services.reception import remote as remote_areas
from dashboard.services.reception.remote import Groups
from db.core.engine import Database
from surveillance.coverage.estimates import Estimate
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception import coverage_of_prevention as pure
from surveillance.reception.coverage_of_prevention import Outreach, Reached
from surveillance.vocabulary import ACTIVITY, AGE
from surveillance.windows import Window

#: Days that one question may cover, and that it covers unless it names some.
MOST_DAYS, USUAL_DAYS = 366, 91
REMOTE = ("yes", "no", "unknown")
ACTIVITIES = tuple(one.code for one in ACTIVITY if one.code != "security_forces")
#: Fields by which arrivals are grouped, in the order of the page.
GROUPS = ("crossing", "movement", "sex", "age")
MEASURES = ("testing", "treatment")
#: Steps of arrivals that were counted only after some records had been reduced to sums.
LATER = ("items", "treated")


@dataclass(frozen=True)
class Province:
    """One province: outreach there, arrivals whose home it is, and `care`: what its clinics did."""

    code: str
    outreach: Outreach | None
    arrivals: Reached | None
    care: Mapping[str, Estimate]

    @property
    def treats(self) -> bool:
        """Whether clinics of the province tested or treated anybody who may be shown."""
        return any(one.denominator for one in self.care.values())


@dataclass(frozen=True)
class Coverage:
    """The page. `households`: None where the account is not shown them. `hidden`: why `care` is."""

    crossing: str | None
    window: Window
    disease: str
    remote: str
    activity: str
    provinces: list[Province]
    together: Outreach
    by_activity: dict[str, Outreach]
    care_by_activity: Mapping[str, Mapping[str, Estimate]]
    by_remote: dict[str, Outreach]
    groups: Mapping[str, dict[str, Reached]]
    everybody: Reached
    households: dict[str, Outreach] | None
    left_behind: Outreach | None
    facilities: Groups
    hidden: str = ""
    #: Whether what facilities did is of a release, whose periods may be longer than the days.
    issued: bool = False
    #: Up to which day old sums do not say what :data:`LATER` counts of arrivals; None: they say all of it.
    unknown_until: date | None = None

    @property
    def treated_or_reached(self) -> bool:
        """Whether any province has outreach, or clinics that tested or treated anybody."""
        return any(one.outreach or one.treats for one in self.provinces)


def page(
    database: Database,
    grant: Grant,
    crossing: str | None,
    window: Window | None,
    today: date,
    *,
    disease: str = "tb",
    remote: str = "",
    activity: str = "",
) -> Coverage:
    """Coverage of prevention on some days; by default in the last 13 weeks of what is recorded.

    Raises
    ------
    NotPermittedError
        The account is shown no counts of a centre, or not of this crossing, or not of this disease.
    UsageError
        The days are in the wrong order, or too many; or a choice is not one that is offered.
    """
    if not arrivals.may_count(grant):
        raise NotPermittedError("your account is shown no counts of a reception centre")
    grant.check(Permission.SEE_COVERAGE)
    if crossing is not None and crossing not in counts.crossings(grant):
        raise NotPermittedError("this crossing is none of your account's")
    _check_choices(disease, remote, activity)
    if window is None:
        days = (counts.last_day(database, grant, crossing), counts.last_prevention(database, grant))
        last = min(max((day for day in days if day is not None), default=today), today)
        window = Window(last - timedelta(days=USUAL_DAYS - 1), last)
    if window.first > window.last:
        raise UsageError("the first day lies after the last", "from")
    if (window.last - window.first).days >= MOST_DAYS:
        raise UsageError("ask for at most {days} days", "from", days=MOST_DAYS)
    box = counts.prevention(database, grant, *window)
    said = arrivals.told(grant, box) or {}
    cells = arrivals.told(grant, counts.steps_reached(database, grant, crossing, *window)) or {}
    visited = arrivals.of_households(grant, box)
    homes = pure.reached(cells, "province_home")
    chosen = {"remote": remote, "activity": activity}
    held = pure.outreach(said, "outreach", "province_home", **chosen)
    households = (
        None if visited is None else pure.outreach(visited, "household", "province_home", remote=remote)
    )
    care = _care(database, grant, disease, window, today)
    codes = sorted(held.keys() | homes.keys() | care.by_province.keys())
    provinces = [
        Province(code, held.get(code), homes.get(code), care.by_province.get(code, {})) for code in codes
    ]
    return Coverage(
        crossing,
        window,
        disease,
        remote,
        activity,
        [one for one in provinces if one.outreach or one.arrivals or one.treats],
        pure.added(held),
        pure.outreach(said, "outreach", "activity", **chosen),
        care.by_activity,
        pure.outreach(said, "outreach", "remote", **chosen),
        {field: _ordered(field, pure.reached(cells, field)) for field in GROUPS},
        pure.everybody(cells),
        households,
        None if households is None else pure.added(households),
        remote_areas.groups(database, grant, disease, window, today),
        care.reason,
        care.issued,
        counts.gaps(database, grant, crossing, window.first).get("needs"),
    )


def _ordered(field: str, groups: Mapping[str, Reached]) -> dict[str, Reached]:
    """Ages from young to old, all else with most arrivals first."""
    ages = [one.code for one in AGE]

    def order(code: str) -> tuple[int, str]:
        return (ages.index(code) if field == "age" and code in ages else -groups[code].arrived, code)

    return {code: groups[code] for code in sorted(groups, key=order)}


def _check_choices(disease: str, remote: str, activity: str) -> None:
    for name, value, offered in (
        ("disease", disease, tuple(DISEASES)),
        ("remote", remote, ("", *REMOTE)),
        ("activity", activity, ("", *ACTIVITIES)),
    ):
        if value not in offered:
            raise UsageError("{name}: choose one that is offered", name, name=name)


@dataclass(frozen=True)
class _Care:
    """What clinics did, by province of care and by activity; `reason`: why nothing is shown."""

    by_province: dict[str, dict[str, Estimate]]
    by_activity: dict[str, dict[str, Estimate]]
    reason: str = ""
    issued: bool = False


def _own(grant: Grant, area: Area) -> bool:
    return grant.scope.holds(area.province or area.code)


def _care(database: Database, grant: Grant, disease: str, window: Window, today: date) -> _Care:
    """Tested, and treatment started: the same numbers as the map shows the account."""
    found = _Care({}, {})
    for measure in MEASURES:
        asked = CoverageQuery(disease, measure=measure, start=window.first, end=window.last)
        table, panel, _ = view.view(database, grant, asked, None, today)
        issued = table.release is not None and not rules.entitled(grant)
        found = replace(found, reason=found.reason or table.reason, issued=issued or found.issued)
        # Beside the own provinces of an account stand others as they were issued: of other days.
        for row in table.rows if issued else (one for one in table.rows if _own(grant, one.area)):
            found.by_province.setdefault(row.area.code, {})[measure] = row.value
        for code, value in panel.groups.get("activity", ()):
            found.by_activity.setdefault(code.rpartition(",")[2], {})[measure] = value
    return found
