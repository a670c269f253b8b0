"""The data of a scan: cases and locations for the engine, and what is not scanned. Used by the runner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import numpy as np
import pandas as pd

from dashboard.cluster_filters import BERNOULLI, DAY_OF_WEEK, PERMUTATION, REACHED, ClusterQuery
from dashboard.services.clusters.locations import Place, places
from dashboard.services.clusters.models import NO_CASE, NO_RECORDS, NO_WEEK, NO_WHOLE
from db.clusters import case_counts
from db.clusters.case_counts import CaseQuery
from db.core.engine import Connection
from db.core.scope import Scope
from db.core.stays import Stays
from db.cubes import archived_sums
from db.ingest import facilities
from db.tables.districts.placed import listed_in
from surveillance.clusters.completeness import last_complete_day, silences
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.errors import StatisticsError
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

NO_POSITION, UNKNOWN_PLACE, NO_POPULATION = "no position", "unknown place", "no population"
#: Of an indicator: no facility reported there, or no household was visited.
NOBODY_COUNTED = "nobody counted"
#: Most locations times units of time, which bounds the memory of a scan; the same times groups adjusted for.
_MOST_CELLS, _MOST_CELLS_OF_GROUPS = 20_000_000, 1_000_000_000
#: Most zones times windows times replicates: about what two hours are enough for.
_MOST_WINDOWS = 2e14
#: Kind of place of care -> which one a facility of the list is in.
_NAMED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "care": lambda item: str(item["province"]),
    "facility": lambda item: str(item["facility_id"]),
    "district": listed_in,
}
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True)
class ClusterData:
    """Everything a run needs to know of the records.

    daily : counts by location, date and covariates of every record of the disease up to `end`, days before
        the study period included; columns of `db.clusters.case_counts.daily`, and `count`, the cases.
    cases, locations : as the engine takes them, within the study period.
    not_scanned : rows of locations left out, with the reason.
    reports : facility and day on which it saw anybody. facilities_of : location -> its facilities.
    silent : `location`, `start`, `end` of the times in which a facility that was due sent nothing; none where
        locations are no facilities, or the model or the lack of time has no use for it.
    placed : every location with a position.
    across : counts of areas across the border within the study period, in the columns of `daily`; None where
        our side alone is scanned.
    """

    daily: pd.DataFrame
    cases: pd.DataFrame
    locations: pd.DataFrame
    not_scanned: list[dict[str, Any]]
    start: date
    end: date
    first_seen: date
    last_complete: date | None
    reports: list[tuple[str, date]]
    facilities_of: Mapping[str, frozenset[str]]
    silent: pd.DataFrame
    placed: Sequence[str] = ()
    across: pd.DataFrame | None = None

    def of_study(self) -> pd.DataFrame:
        """Counts of the study period: of the records, and of areas across the border."""
        own = self.daily[self.daily["date"] >= np.datetime64(self.start)]
        return own if self.across is None else pd.concat([own, self.across], ignore_index=True)


def gather(
    connection: Connection,
    scope: Scope,
    query: ClusterQuery,
    as_of: int,
    population: pd.DataFrame | None = None,
    stays: Stays | None = None,
    across: tuple[date, date] | None = None,
) -> ClusterData:
    """Read what a resolved question asks for. `stays`: of facilities in remote areas, where it asks for them.
    `across`: first and last day of what neighbours sent, where both sides are scanned.

    Raises
    ------
    NotPermittedError
        The breakdown is never made, or lies outside the scope.
    StatisticsError
        There is nothing to scan, or too much; says what to do.
    """
    # Of a sealed time late arrivals alone are held: a scan of them would find nothing but their lateness.
    held = archived_sums.held_from(connection)
    asked = CaseQuery(query.disease, query.dimension, as_of, start=held, stays=stays)
    seen = case_counts.span(connection, scope, asked)
    if seen is None:
        raise StatisticsError(NO_RECORDS)
    reports = case_counts.reports(connection, scope, as_of, None, None)
    complete = last_complete_day(reports)
    start, end = _period(query, seen, complete, [day for _, day, _ in reports], across)
    asked = CaseQuery(query.disease, query.dimension, as_of, start=held, end=end, stays=stays)
    axes = [name for name in query.covariates if name != DAY_OF_WEEK]
    reached = query.cases_are if query.cases_are in REACHED else None
    daily = _frame(case_counts.daily(connection, scope, asked, axes, reached=reached), query)
    known = places(connection, scope, query.dimension)
    due = facilities.listed(connection, scope)
    study = daily[daily["date"] >= np.datetime64(start)]
    scanned = with_position(known, population)
    inside = study["location"].isin(scanned["location"])
    if not study.loc[inside, "count"].sum():
        raise StatisticsError(NO_CASE, start=start, end=end)
    check_size(query, study[inside & (study["count"] > 0)], len(scanned), start, end)
    return ClusterData(
        daily=daily,
        cases=_cases(study[inside], query),
        locations=scanned,
        not_scanned=why_not_scanned(study[~inside], known),
        start=start,
        end=end,
        first_seen=seen[0],
        last_complete=complete,
        reports=[(name, day) for name, day, _ in reports],
        facilities_of=_facilities_of(connection, scope, asked, due),
        silent=_silent(query, scanned, reports, due, start, end),
        placed=[code for code, place in known.items() if place.placed],
    )


def data_version(connection: Connection) -> int:
    """Number of the newest batch of records."""
    return case_counts.data_version(connection)


def places_version(connection: Connection) -> str:
    """A fingerprint of which place lies where: with another one a run would scan other places."""
    return case_counts.places_version(connection)


def _period(
    query: ClusterQuery,
    seen: tuple[date, date],
    complete: date | None,
    reported: list[date],
    across: tuple[date, date] | None = None,
) -> tuple[date, date]:
    """The study period: as asked for, else of the records; a prospective one ends where they are complete.

    It never reaches beyond the days from the first to the last record of anything: of other days nothing is
    known. Of HIV and syphilis it consists of whole weeks; of both sides of the border of whole weeks or
    months, and a day that was not asked for lies within what the neighbours sent.

    Raises
    ------
    StatisticsError
        It would end before it starts, or there are no records, or no whole week or month where it needs one,
        in it.
    """
    first, last = min([seen[0], *reported]), max([seen[1], *reported])
    usual_end = complete if query.time == "prospective" and complete else seen[1]
    start = query.start or min(seen[0], query.end or seen[0])
    end = query.end or usual_end
    if across is not None:
        start, end = query.start or max(start, across[0]), query.end or min(end, across[1])
    if end < start:
        raise StatisticsError(
            N_("the study period would end on {end}, before it starts ({start}): give both days"),
            start=start,
            end=end,
        )
    if end < first or start > last:
        raise StatisticsError(NO_CASE, start=start, end=end)
    start, end = max(start, first), min(end, last)
    if query.with_neighbours:
        return _whole(start, end, cast("PeriodKind", query.time_unit))
    if query.sensitive:  # two periods that differ by a day would tell of that day
        start -= timedelta(days=start.weekday())
        end += timedelta(days=6 - end.weekday())
        if end > last:  # of the days after the last record nothing is known
            end -= timedelta(days=7)
        if end < start:
            raise StatisticsError(NO_WEEK)
    return start, end


def _whole(start: date, end: date, step: PeriodKind) -> tuple[date, date]:
    """The whole weeks or months within a period: others hold a part of what neighbours count as one."""
    if period_first_day(start, step) != start:
        start = period_last_day(start, step) + timedelta(days=1)
    if period_last_day(end, step) != end:
        end = period_first_day(end, step) - timedelta(days=1)
    if end < start:
        raise StatisticsError(NO_WHOLE[step])
    return start, end


def _frame(columns: dict[str, list[Any]], query: ClusterQuery) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    frame["date"] = pd.to_datetime(frame["date"])
    frame["count"] = frame["records" if query.cases_are == "all" else "found"]
    frame["of"] = frame["tested"]
    if query.model == BERNOULLI:
        frame["count"] = frame["positive"]
    if query.cases_are in REACHED:
        frame["count"], frame["of"] = frame["reached"], frame["due"]
    return frame


def with_position(known: Mapping[str, Place], population: pd.DataFrame | None) -> pd.DataFrame:
    """Every location with a position (and, for Poisson, with a population), cases or none."""
    people = None if population is None else set(population["location"].astype(str))
    rows = [
        {"location": code, "latitude": place.latitude, "longitude": place.longitude}
        for code, place in known.items()
        if place.placed and (people is None or code in people)
    ]
    return pd.DataFrame(rows, columns=["location", "latitude", "longitude"])


def _cases(study: pd.DataFrame, query: ClusterQuery) -> pd.DataFrame:
    """As the engine takes them: only rows that hold anything."""
    columns = ["location", "count"]
    if query.time != "none":
        columns.append("date")
    if query.model == BERNOULLI:
        columns.append("tested")
    study = study.assign(tested=study["of"], **{DAY_OF_WEEK: study["date"].dt.dayofweek})
    frame = study[[*columns, *query.covariates]]
    held = frame["tested" if query.model == BERNOULLI else "count"] > 0
    return frame[held].reset_index(drop=True)


def why_not_scanned(rest: pd.DataFrame, known: Mapping[str, Place]) -> list[dict[str, Any]]:
    """Locations that hold records of the study period and are not scanned, by code."""
    sums = rest.groupby("location")[["records", "count", "tested"]].sum()
    return [
        {
            "location": code,
            "reason": _why(known.get(str(code)), str(code)),
            "records": int(row["records"]),
            "cases": int(row["count"]),
            "tested": int(row["tested"]),
        }
        for code, row in sums.iterrows()
    ]


def _why(place: Place | None, code: str) -> str:
    if place is None or code == UNKNOWN:
        return UNKNOWN_PLACE
    return NO_POPULATION if place.placed else NO_POSITION


def check_size(query: ClusterQuery, cases: pd.DataFrame, locations: int, start: date, end: date) -> None:
    """Refuse what would take more memory, or more hours, than others can spare.

    Raises
    ------
    StatisticsError
        Says what to make smaller.
    """
    units = 1 if query.time == "none" else ((end - start).days + 1) // _UNIT_DAYS[str(query.time_unit)] + 1
    axes = [name for name in query.covariates if name != DAY_OF_WEEK]
    groups = len(cases[axes].drop_duplicates()) if axes else 1
    groups *= 7 if DAY_OF_WEEK in query.covariates else 1
    if locations * units > _MOST_CELLS or locations * units * groups > _MOST_CELLS_OF_GROUPS:
        raise StatisticsError(
            N_(
                "{locations} locations times {units} units of time times {groups} groups are more than"
                " a scan here may hold: take a shorter period, longer units of time, provinces instead"
                " of facilities, or adjust for less"
            ),
            locations=locations,
            units=units,
            groups=groups,
        )
    if _windows(query, cases, locations, units) * query.replicates > _MOST_WINDOWS:
        raise StatisticsError(
            N_(
                "this scan would take hours, and others wait for theirs: take a shorter period, longer"
                " units of time, a smaller largest duration, provinces instead of facilities, or fewer"
                " replicates"
            )
        )


def _windows(query: ClusterQuery, cases: pd.DataFrame, locations: int, units: int) -> float:
    """Zones times windows in time; of cases alone, only places and days with cases make new ones."""
    longest = 0.5 if query.max_duration is None else query.max_duration
    lengths = min(longest if isinstance(longest, int) else longest * units, units)
    if query.model == PERMUTATION:
        locations, units = min(locations, cases["location"].nunique()), min(units, cases["date"].nunique())
        lengths = min(lengths, units)
    zones = 1 if query.purely_temporal else locations * locations * query.max_population_share
    in_time = {"none": 1, "prospective": lengths * (1 + query.earlier_analyses)}.get(
        str(query.time), units * lengths
    )
    return float(zones * in_time) * (query.iterative_most if query.iterative else 1)


def _facilities_of(
    connection: Connection, scope: Scope, asked: CaseQuery, due: list[dict[str, Any]]
) -> dict[str, frozenset[str]]:
    """Facilities whose silence would be missed at each location.

    Of a facility itself, of a province of care or a district those that lie in it now; of any other place
    those that saw its people.
    """
    found: dict[str, set[str]] = {}
    if asked.dimension in _NAMED:
        named = _NAMED[asked.dimension]
        for item in due:
            found.setdefault(named(item), set()).add(item["facility_id"])
    else:
        for place, name in case_counts.seen_by(connection, scope, asked):
            found.setdefault(place, set()).add(name)
    return {place: frozenset(names) for place, names in found.items()}


def _silent(
    query: ClusterQuery,
    scanned: pd.DataFrame,
    reports: list[tuple[str, date, int]],
    due: list[dict[str, Any]],
    start: date,
    end: date,
) -> pd.DataFrame:
    """Times in which a facility fell silent; where positives are compared with the tested, none matter."""
    found: list[tuple[str, date, date]] = []
    if query.dimension == "facility" and query.model != BERNOULLI and query.time != "none":
        held = set(scanned["location"])
        terms = {
            item["facility_id"]: (item["reports_from"], item["reports_to"])
            for item in due
            if item["facility_id"] in held
        }
        found = silences(((name, day) for name, day, _ in reports), terms, start, end)
    return pd.DataFrame(found, columns=["location", "start", "end"])


def engine_arguments(query: ClusterQuery, data: ClusterData) -> dict[str, Any]:
    """What the engine is asked, by its own names."""
    timed = query.time != "none"
    return {
        "model": query.model,
        "time": query.time,
        "time_unit": query.time_unit,
        "start": data.start,
        "end": data.end,
        "min_duration": query.min_duration if timed else 1,
        "max_duration": query.max_duration if timed else None,
        "max_population_share": query.max_population_share,
        "limit_by": query.limit_by,
        "max_radius_km": query.max_radius_km,
        "rates": query.rates,
        "min_cases": query.min_cases,
        "purely_temporal": query.purely_temporal,
        "earlier_analyses": query.earlier_analyses,
        "covariates": query.covariates,
        "iterative": query.iterative,
        "iterative_p": query.iterative_p,
        "iterative_most": query.iterative_most,
        "report": query.report,
        "min_relative_risk": query.min_relative_risk,
        "trend": query.trend,
        "analysed_every": query.analysed_every,
        "replicates": query.replicates,
        "seed": query.seed,
    }
