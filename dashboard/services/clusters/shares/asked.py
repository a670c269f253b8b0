"""Who may ask where an indicator is low or high, and what such a run rests on beside the records."""

from __future__ import annotations

from datetime import date, datetime

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure import rules
from dashboard.services.reception.counts import prevention_version
from db.core.engine import Database
from surveillance.epiweek import TIME_ZONE
from surveillance.indicators.model import Indicator, OfHouseholds
from surveillance.indicators.scanned import disease_of, scanned
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

NOT_ISSUED = N_("Of this indicator nothing is issued: your account is shown issued figures alone.")


def indicator_of(query: ClusterQuery) -> Indicator | None:
    """The indicator of a question; None where it is one of cases."""
    return None if query.indicator is None else INDICATORS.get(query.indicator)


def reason_refused(grant: Grant, query: ClusterQuery) -> str:
    """Why the shares of an indicator are not scanned for this person, in words; blank where they are, and of
    questions of cases."""
    indicator = indicator_of(query)
    if indicator is None:
        return ""
    if not (rules.entitled(grant) and grant.can(Permission.SEE_COVERAGE)):
        return NOT_ISSUED
    if indicator.diseases and not grant.scope.covered(indicator.diseases):
        return rules.OTHER_PROGRAMME
    return ""


def offered(grant: Grant) -> list[str]:
    """Indicators whose shares a grant may have scanned, by some kind of place."""
    found = []
    for name in scanned():
        disease = disease_of(INDICATORS[name])
        query = ClusterQuery(disease, indicator=name)
        if not (reason_refused(grant, query) or rules.by_year_only(grant, disease)):
            found.append(name)
    return found


def own_homes(query: ClusterQuery) -> bool:
    """Whether homes are those of households that were visited there: an account of some provinces knows its
    own, as of a place of care."""
    indicator = indicator_of(query)
    return indicator is not None and isinstance(indicator.counted, OfHouseholds)


def rests_on(database: Database, query: ClusterQuery) -> tuple[str, ...]:
    """What decides an answer beside records and places: the day, since cohorts and reports fall due, and what
    households say. Nothing of questions of cases."""
    if query.indicator is None:
        return ()
    return today_in_cambodia().isoformat(), prevention_version(database) if own_homes(query) else ""


def day_of(made_at: str) -> date:
    """The day in Cambodia on which a run was asked for."""
    return datetime.fromisoformat(made_at).astimezone(TIME_ZONE).date()
