"""What a question of clusters leaves to the data, and what it may not ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from dashboard.cluster_filters import BERNOULLI, DAY_OF_WEEK, PERMUTATION, POISSON, REACHED, ClusterQuery
from dashboard.permissions import Grant, Permission
from dashboard.questions import together
from dashboard.services.clusters.across import asked as across
from dashboard.services.clusters.shares import asked
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.rules import NEVER_SHOWN, OUTSIDE_SCOPE
from dashboard.services.kept import Kept
from dashboard.services.routes import held as routes_held
from db.clusters.usual_reports import usual_reports
from db.core.engine import Connection, Database
from db.core.scope import Scope
from db.cubes import archived_sums
from db.cubes import query as cube_query
from db.cubes.query import CubeQuery
from surveillance.clusters.completeness import USUAL_WEEKS, complete_day
from surveillance.clusters.reported_size import REPORTED_SHARE
from surveillance.diseases import DISEASES
from surveillance.epiweek import time_cell_number
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import N_

_COMPLETE: Kept[date | None] = Kept(64)
#: Diseases that come in outbreaks: the question that no part was chosen of is what is going on now.
OUTBREAK = frozenset({"dengue", "measles", "awd", "cholera"})
#: Diseases that come slowly: the watch scans them once a month for what is new.
SLOW = ("tb", "hepatitis_b", "hepatitis_c")
#: Fewest places that can be compared.
_FEWEST_COMPARED = 2
#: Units that suit a kind of time, unless one is chosen: a year of days has many windows, and takes hours.
_UNIT_OF = {"none": "day", "retrospective": "week", "prospective": "day"}

#: Why the Poisson model is refused; no population in the repository is known well enough and current.
NO_POPULATION = N_(
    "model: the poisson model needs a population that is known and current, and this database has none: the "
    "census is from 2019, and migrants were not counted where they are. Choose bernoulli or "
    "space-time-permutation, or give a table with --population on the command line"
)

#: Why there is nothing that zones could grow along.
NOTHING_ALONG = {
    "roads": N_(
        "along: there is no table of roads; the custodian imports one (routes import), or choose circles"
    ),
    "flows": N_(
        "along: there is no table of how many people went from place to place; the custodian imports one "
        "(routes import), or choose circles"
    ),
}

#: Why an account of one province is not offered provinces.
ONE_PROVINCE = N_(
    "Provinces are compared with each other, and your account covers one province. Choose the facilities "
    "where care was given."
)
#: What is left of HIV and syphilis for such an account.
ONE_PROVINCE_SENSITIVE = N_(
    "Clusters of HIV and syphilis are looked for by province only, since smaller places could harm people. "
    "Your account covers one province, so there is nothing to compare. Choose another disease."
)


def reason_refused(grant: Grant, query: ClusterQuery) -> str:
    """Why a question is not answered for this person, in words; blank where it is."""
    covers = not query.disease or grant.scope.covers(query.disease)
    if not (covers and grant.scope.reaches(query.dimension)):
        return rules.NARROW if covers else rules.OTHER_PROGRAMME
    sensitive = query.sensitive
    provinces = grant.scope.provinces
    one = provinces is not None and len(provinces) < _FEWEST_COMPARED and not query.purely_temporal
    if one and sensitive and (query.never_shown or query.dimension == "care"):
        return ONE_PROVINCE_SENSITIVE
    if query.never_shown:
        return NEVER_SHOWN
    if rules.by_year_only(grant, query.disease):
        return rules.BY_YEAR_ONLY
    if one and (query.dimension == "care" or asked.own_homes(query)):
        return ONE_PROVINCE
    within = grant.scope.national or query.dimension in ("care", "facility", "district")
    within = within or asked.own_homes(query)
    refused = asked.reason_refused(grant, query) or across.reason_refused(grant, query)
    return refused if within else OUTSIDE_SCOPE


def resolve(
    connection: Connection, grant: Grant, query: ClusterQuery, *, population_given: bool = False
) -> ClusterQuery:
    """The question with model, time, its unit and cases decided.

    Without a wish: of a disease that comes in outbreaks, cases alone (space-time permutation), prospective;
    of another, positives among tested (Bernoulli) wherever results of tests are recorded for the disease in
    the period, else cases alone, as for the place of infection. Without a model or size chosen, clusters of
    at most a tenth are reported.

    Raises
    ------
    NotPermittedError
        The breakdown is never made, or lies outside the scope.
    UsageError
        The parts of the question contradict each other, or a population is missing.
    """
    if reason := reason_refused(grant, query):
        raise NotPermittedError(reason)
    if query.indicator is None:
        _refuse_sealed(connection, query.start)
    model = BERNOULLI if query.indicator else query.model
    outbreak = query.disease in OUTBREAK and query.time != "none"
    if query.with_neighbours:
        together([*query.contradictions()])
        query = replace(query, time_unit=across.usual_step(connection, query))
    tested = not query.indicator and _tests_recorded(connection, grant, query)
    if model is None and query.cases_are in REACHED:
        model = BERNOULLI
    if model is None:
        alone = outbreak or query.cases_are == "all" or query.covariates or not tested
        alone = alone or query.with_neighbours  # who was tested there is not known
        alone = alone or query.dimension == "infection"  # the place of infection is unknown for negatives
        alone = alone and not query.purely_temporal
        model = POISSON if population_given else PERMUTATION if alone else BERNOULLI
    if model == BERNOULLI and query.dimension == "infection":
        raise UsageError(
            "model: the place of infection is recorded only for people found positive, so bernoulli has no "
            "people to compare them with; choose the space-time permutation model",
            "model",
        )
    if model == POISSON and not population_given:
        raise UsageError(NO_POPULATION)
    if population_given and model != POISSON:
        raise UsageError(f"population: goes with the poisson model; {model} takes none")
    time = query.time or _usual_time(model, query)
    reached = query.cases_are in REACHED
    resolved = replace(
        query,
        model=model,
        rates="low" if reached and query.rates == "high" else query.rates,
        time=time,
        time_unit=query.time_unit or ("month" if query.indicator else usual_unit(query.disease, time)),
        cases_are=_cases(query, tested=tested or model == BERNOULLI),
        max_reported_share=_usual_reported(query, population_given=population_given),
    )
    resolved.check()
    if resolved.along is not None and resolved.along not in routes_held.held(connection):
        raise UsageError(NOTHING_ALONG[resolved.along], "along")
    _check_weeks(resolved)
    return resolved


def _cases(query: ClusterQuery, *, tested: bool) -> str | None:
    """What a case is; of an indicator nothing is."""
    return None if query.indicator else query.cases_are or ("positive" if tested else "all")


def _usual_time(model: str, query: ClusterQuery) -> str:
    """What is going on now, of outbreaks where the model was not chosen either; else any time."""
    if query.model is None and model == PERMUTATION and query.disease in OUTBREAK:
        return "prospective"
    return "retrospective" if model == PERMUTATION or query.purely_temporal else "none"


def _usual_reported(query: ClusterQuery, *, population_given: bool) -> float | None:
    """The largest share that a reported cluster may hold, unless it or the model was chosen.

    Time alone has no such size. With a model that was chosen, by a table of people too, all that is scanned
    is reported, as of a person's own files.
    """
    chosen = query.max_reported_share is not None or query.model is not None or population_given
    if chosen or query.purely_temporal:
        return query.max_reported_share
    return min(REPORTED_SHARE, query.max_population_share)


def usual_unit(disease: str, time: str) -> str:
    """The unit that suits a scan without a chosen unit; never days for HIV and syphilis."""
    return "week" if time == "prospective" and DISEASES[disease].sensitive else _UNIT_OF[time]


def _refuse_sealed(connection: Connection, start: date | None) -> None:
    """Refuse a period that begins where records are no longer held one by one.

    Raises
    ------
    UsageError
        It does.
    """
    held = archived_sums.held_from(connection)
    if start is not None and held is not None and start < held:
        raise UsageError(
            "from: records of visits before {held} are sealed: only their sums are held; begin with that day "
            "or later",
            "from",
            held=held,
        )


def _check_weeks(query: ClusterQuery) -> None:
    """Refuse what would tell on which day a person was seen for HIV or syphilis.

    Raises
    ------
    UsageError
        Days, or days of the week.
    """
    if not query.sensitive:
        return
    if query.time != "none" and query.time_unit == "day":
        raise UsageError(
            "time_unit: HIV and syphilis are not looked at by the day, which could harm people; choose weeks "
            "or longer",
            "time_unit",
        )
    if DAY_OF_WEEK in query.covariates:
        raise UsageError(
            "covariates: HIV and syphilis are not told by the day of the week; leave it out", "covariates"
        )


def _tests_recorded(connection: Connection, grant: Grant, query: ClusterQuery) -> bool:
    """Whether anybody has a known result: of the disease, in the period, in scope."""
    cube = CubeQuery(query.disease, "care", "positivity", _cell(query.start), _cell(query.end))
    places = cube_query.by_place(connection, grant.scope, cube)
    return any(row.denominator for row in places.values())


def _cell(day: date | None) -> int | None:
    return None if day is None else time_cell_number(day)


def recorded(database: Database, scope: Scope) -> list[str]:
    """Diseases of which the scope holds any record, in order."""
    with database.reading() as connection:
        spans = {
            code: cube_query.span(connection, scope, CubeQuery(code, "care", "positivity"))
            for code in DISEASES
        }
    return [code for code, span in spans.items() if span is not None]


def offered(grant: Grant, views: Iterable[str]) -> list[str]:
    """Of kinds of place, as `by:place`, those that a grant may ask for: what is refused is not offered."""
    found = []
    for view in views:
        by, _, place = view.partition(":")
        if not reason_refused(grant, ClusterQuery("tb", by=by, place=place)):
            found.append(view)
    return found


def last_complete(database: Database, grant: Grant, last: date | None) -> date | None:
    """Last day up to which enough facilities have reported, where a prospective scan ends; None without data.

    `last`: the last day of the data; earlier than 26 weeks before it a report has no weight.
    """
    if last is None:
        return None
    start = last - timedelta(weeks=USUAL_WEEKS)

    def complete() -> date | None:
        with database.reading() as connection:
            return complete_day(*usual_reports(connection, grant.scope, start, USUAL_WEEKS))

    return _COMPLETE.get(database, grant, start, complete)


def resolved(database: Database, grant: Grant, query: ClusterQuery) -> ClusterQuery:
    """The question as it would be run.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters, the breakdown is never made, or it lies outside the scope.
    UsageError
        The parts of the question contradict each other.
    """
    grant.check(Permission.RUN_CLUSTERS)
    with database.reading() as connection:
        return resolve(connection, grant, query)


def along(database: Database) -> tuple[str, ...]:
    """What zones may grow along: of roads and flows those that were imported."""
    with database.reading() as connection:
        return routes_held.held(connection)
