"""Alerts outside what an account is entitled to: that there is one, of which disease, where, and since when.

What is told of each is decided by `dashboard.services.disclosure.alerts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.alerts import AlertSignal, Place, Raised
from dashboard.services.releases.figures import Figures, State
from dashboard.services.releases.in_force import figures_for
from dashboard.services.today.signals import Signal, months_of
from dashboard.services.today.signals import signals as of_clusters
from db.core.engine import Database
from db.core.scope import Scope
from db.operations.alerts import PAST
from db.operations.watch import outside as stored
from geodata.crossings import CROSSINGS
from surveillance.alerts.rules import RULES
from surveillance.epiweek import TIME_ZONE, period_last_day

#: Days for which a closed alert is told.
CLOSED_DAYS = 90
#: Cases of a rule that are all found positive: they are a part of these, too.
_POSITIVE = frozenset({"confirmed", "confirmed_local", "local", "rdt_positive"})
_COUNTRY = ""


def signals(database: Database, grant: Grant, now: datetime | None = None) -> tuple[AlertSignal, ...]:
    """What an account is told of alerts that it is not shown, the oldest first.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    own = grant.scope if disclosed.may_see(grant) else None
    if own is not None and own.national:
        return ()
    since = ((now or datetime.now(UTC)) - timedelta(days=CLOSED_DAYS)).isoformat()
    programmes = Scope(None, programmes=grant.scope.programmes)
    held = stored.outside(database, programmes, own, closed_since=since, but=(PAST,))
    if not held:
        return ()
    figures = figures_for(database, rules.as_reader(grant))
    kinds = {one.id: one.rule for one in held}
    raised = [
        raised_of(one, one.last_count, one.last_day, one.raised_at, state_of(one.verified, one.closed_at))
        for one in held
    ]
    return told(grant, raised, kinds, figures, of_clusters(database, grant))


def signal(database: Database, grant: Grant, number: int) -> AlertSignal | None:
    """What an account is told of one alert that it is not shown; None: nothing, or there is none."""
    return next((one for one in signals(database, grant) if one.number == number), None)


def within_days(found: Iterable[AlertSignal], first: date, last: date) -> tuple[AlertSignal, ...]:
    """Those raised in some days, as far as it is told: the whole week, or quarter, counts."""
    return tuple(
        one for one in found if one.period <= last and first <= period_last_day(one.period, one.kind)
    )


def told(
    grant: Grant,
    raised: Iterable[Raised],
    kinds: dict[int, str],
    figures: Figures | None,
    clusters: Iterable[Signal],
) -> tuple[AlertSignal, ...]:
    """Pass alerts through the door. `kinds`: the rule of each; `clusters`: what is told of clusters."""
    beside: set[Place] = {
        (one.disease, area) for one in clusters if one.size for area in one.provinces or (_COUNTRY,)
    }

    def issued(one: Raised) -> Sequence[int] | None:
        return _issued(figures, one, kinds[one.number])

    return disclosed.signals(grant, raised, issued, beside)


def raised_of(
    one: disclosed.OfPlace, cases: int, last: date, raised_at: str, state: disclosed.State
) -> Raised:
    """An alert as the door takes it.

    Whoever was infected in a province was cared for anywhere, and nothing is issued by it: the whole country.
    """
    area, counted = one.province or _COUNTRY, disclosed.CARE
    if one.level == "crossing":
        gate = CROSSINGS.get(one.place)
        area, counted = (gate and gate.pcode) or _COUNTRY, disclosed.CROSSING
    day = datetime.fromisoformat(raised_at).astimezone(TIME_ZONE).date()
    return Raised(one.id, one.disease, area, counted, one.earliest, last, cases, day, state)


def state_of(verified: bool | None, closed_at: str | None) -> disclosed.State:
    """How far an alert has come, as it is told outside."""
    if closed_at is not None:
        return disclosed.CLOSED
    return disclosed.VERIFIED if verified else disclosed.OPEN


def _issued(figures: Figures | None, one: Raised, kind: str) -> Sequence[int] | None:
    """Records of the area over the months of an alert; where its cases are positive, the positive too."""
    if figures is None:
        return None
    months = months_of(one.first, one.last)
    rule = RULES.get(kind)
    cells = [figures.union(one.disease, "records", "care", one.area, months)]
    if rule is None or rule.kind == "cluster" or rule.cases in _POSITIVE:
        cells.append(figures.union(one.disease, "positivity", "care", one.area, months))
    if any(cell.state is not State.SHOWN or cell.numerator is None for cell in cells):
        return None
    return [cell.numerator or 0 for cell in cells]
