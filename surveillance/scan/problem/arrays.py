"""From frames to arrays: places, units of time, cases and the sizes of windows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.scan.kernels.likelihood import BERNOULLI, POISSON
from surveillance.scan.periods import Units, time_units
from surveillance.scan.problem.expected import bernoulli_sizes, permutation_sizes, poisson_sizes
from surveillance.scan.problem.inputs import (
    locate,
    read_cases,
    read_locations,
    read_population,
    refuse,
)
from surveillance.scan.problem.known_risks import read_relative_risks
from surveillance.scan.problem.network import flow_orders, network_orders, read_neighbours
from surveillance.scan.problem.person_time import Calendar
from surveillance.scan.problem.silence import read_silence, refuse_cases_in_silence
from surveillance.scan.problem.sizes import Floats, Sizes
from surveillance.scan.problem.zones import on_sphere
from surveillance.scan.settings import Settings
from surveillance.texts import N_

#: Persons that the random draws can hold.
_MOST = 999_999_999
RISKS_OF_POISSON = N_("known relative risks are taken by the poisson model alone")
Neighbours = Mapping[str, Sequence[str]] | pd.DataFrame


@dataclass(frozen=True)
class Problem:
    """A scan's data as arrays.

    Locations at one point are one place. `place_of`: place of each location. `lone`: cases of one person
    each, for models whose replicates deal cases out anew: place, unit and stratum.
    """

    settings: Settings
    locations: NDArray
    place_of: NDArray[np.int64]
    #: Coordinates of places, on the unit sphere (degrees) or the plane; None with user-supplied neighbours.
    points: NDArray[np.float64] | None
    degrees: bool
    orders: list[tuple[int, NDArray[np.int64]]] | None
    units: Units | None
    kind: int
    #: Cases, shape (places, units).
    cases: NDArray[np.int64]
    #: Expected cases, or persons tested; its weights are what the cap on a zone counts.
    sizes: Sizes
    #: Of each location, for tables: population, cases (locations, units), sizes.
    location_population: NDArray[np.float64]
    location_cases: NDArray[np.int64]
    location_sizes: Sizes
    #: Cells with cases, shape (cells, 4): stratum, location, unit, count.
    strata: NDArray[np.int64]
    #: Where a location sent no report, shape (locations, units); None where silence is not told of.
    silent: NDArray[np.bool_] | None = None
    #: What the largest share is of, shape (places,), where it is not what the model counts.
    limit: NDArray[np.float64] | None = None
    #: Locations without cases and people, since an iterative scan took them out.
    taken_out: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def limits(self) -> NDArray[np.float64]:
        """What the largest share of a zone is a share of, shape (places,)."""
        return self.sizes.weights if self.limit is None else self.limit

    @cached_property
    def within(self) -> NDArray[np.int64] | None:
        """Running sums over time of all cases, shape (units + 1,); None where time is not stratified."""
        if self.settings.trend != "stratified":
            return None
        return np.concatenate([[0], np.cumsum(self.cases.sum(axis=0))]).astype(np.int64)

    def total_of(self, start: int, stop: int) -> int:
        """Count the cases that those of a window, from a unit to another, are compared with."""
        return self.total if self.within is None else int(self.within[stop] - self.within[start])

    @property
    def places(self) -> int:
        """Number of places."""
        return self.cases.shape[0]

    @property
    def total(self) -> int:
        """All cases."""
        return int(self.cases.sum())

    @property
    def size(self) -> float:
        """Expected cases, or persons tested, of all places and units."""
        return self.sizes.total


def make_problem(
    cases: pd.DataFrame,
    locations: pd.DataFrame,
    settings: Settings,
    population: pd.DataFrame | None = None,
    neighbours: Neighbours | None = None,
    silent: pd.DataFrame | None = None,
    network: pd.DataFrame | None = None,
    relative_risks: pd.DataFrame | None = None,
    flows: pd.DataFrame | None = None,
    through: Collection[str] = (),
) -> Problem:
    """Check the frames of a scan and turn them into arrays.

    Parameters
    ----------
    cases, locations : DataFrame
        As :func:`surveillance.scan.scan` takes them.
    settings : Settings
    population, silent : DataFrame, optional
    neighbours : mapping or DataFrame, optional
    network, relative_risks, flows : DataFrame, optional
    through : collection of str
        As :func:`surveillance.scan.scan` takes them.

    Returns
    -------
    Problem

    Raises
    ------
    StatisticsError
        The input is wrong; names the rows and the remedy.

    Examples
    --------
    >>> places = pd.DataFrame({"location": ["a", "b"], "x": [0, 1], "y": 0, "population": [100, 300]})
    >>> problem = make_problem(pd.DataFrame({"location": list("aab")}), places, Settings("poisson"))
    >>> problem.cases.tolist(), problem.sizes.weights.tolist()
    ([[2], [1]], [0.75, 2.25])
    """
    timed = settings.time != "none"
    bernoulli = settings.model == "bernoulli"
    frame = read_cases(cases, settings.covariates, dated=timed, tested=bernoulli)
    nearness = [table for table in (neighbours, network, flows) if table is not None]
    if len(nearness) > 1:
        raise StatisticsError(N_("neighbours, network and flows each say who is near whom: give one of them"))
    placed = not nearness and not settings.purely_temporal
    names, coordinates, kind_of_point = read_locations(locations, placed=placed)
    known = {name: number for number, name in enumerate(names)}
    frame["location"] = locate(frame["location"].to_numpy(), known, "cases")
    frame = _within_period(frame, settings)
    if int(frame["count"].sum()) == 0:
        raise StatisticsError(N_("there are no cases: nothing can cluster"))
    if int(frame["count" if not bernoulli else "tested"].sum()) > _MOST:
        raise StatisticsError(
            N_("more than {most} persons cannot be dealt out: scan a shorter period"), most=f"{_MOST:,}"
        )
    units = _units(frame, settings) if timed else None
    frame["unit"] = units.of(frame["date"].to_numpy()) if units else 0
    points, place_of = _places(names.size, coordinates, kind_of_point, settings)
    if int(place_of.max()) == 0 and not settings.purely_temporal:
        raise StatisticsError(
            N_(
                "all locations are at one point: a scan over places needs two; look at time alone "
                "instead, by a purely temporal scan"
            )
        )
    orders = read_neighbours(neighbours, known) if neighbours is not None else None
    if network is not None:
        orders = network_orders(network, known, settings.network_order, settings.max_radius_km, through)
    if flows is not None:
        orders = flow_orders(flows, known, through)
    shape = (names.size, len(units) if units else 1)
    quiet = None
    if silent is not None:
        if units is None:
            raise StatisticsError(N_("times without a report need time: choose retrospective or prospective"))
        quiet = read_silence(silent, known, units, names.size)
        refuse_cases_in_silence(frame, quiet[1])
    people = _people(settings, population, locations, known)
    calendar = _calendar(settings, units, people, names)
    risks = None if relative_risks is None else _risks(relative_risks, settings, known, units)
    sizes, residents = _sizes(frame, shape, settings, units, people, quiet, calendar, risks)
    counted = np.zeros(shape, np.int64)
    np.add.at(counted, (frame["location"].to_numpy(), frame["unit"].to_numpy()), frame["count"].to_numpy())
    count = int(place_of.max()) + 1
    merged = np.zeros((count, shape[1]), np.int64)
    np.add.at(merged, place_of, counted)
    by_place = sizes.merged(place_of, count)
    return Problem(
        settings=settings,
        locations=names,
        place_of=place_of,
        points=points,
        degrees=kind_of_point == "degrees",
        orders=orders,
        units=units,
        kind=BERNOULLI if bernoulli else POISSON,
        cases=merged,
        sizes=by_place,
        location_population=residents,
        location_cases=counted,
        location_sizes=sizes,
        strata=_strata(frame),
        silent=quiet[1] if quiet else None,
        limit=_limit(settings, locations, known, place_of),
    )


def _limit(
    settings: Settings, locations: pd.DataFrame, known: Mapping[str, int], place_of: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Return what limits a zone in place of what the model counts, shape (places,); None for nothing."""
    if settings.limit_by is None:
        return None
    if settings.limit_by not in locations.columns:
        raise StatisticsError(
            f"locations has no column {settings.limit_by}, which is to limit the size of a cluster (limit_by)"
        )
    held = read_population(locations[["location", settings.limit_by]], (), known)
    if not held["population"].sum() > 0:
        raise StatisticsError(
            f"locations: {settings.limit_by} is 0 everywhere, so no share of it limits a cluster; correct it"
        )
    places = int(place_of.max()) + 1
    return np.bincount(place_of[held["location"]], held["population"], places).astype(float)


def period_of(cases: Sequence[pd.DataFrame], settings: Settings) -> tuple[date | None, date | None]:
    """Find the study period of several data sets, where the settings do not say it.

    Parameters
    ----------
    cases : sequence of DataFrame
    settings : Settings

    Returns
    -------
    start, end : date or None
        As the settings say them, without time.

    Raises
    ------
    StatisticsError
        There is no data set, or a table is wrong.

    Examples
    --------
    >>> cases = [pd.DataFrame({"location": "a", "date": [day]}) for day in ("2025-01-03", "2025-01-09")]
    >>> [day.isoformat() for day in period_of(cases, Settings("poisson", "retrospective"))]
    ['2025-01-03', '2025-01-09']
    """
    if not cases:
        raise StatisticsError(N_("there are no cases: nothing can cluster"))
    if settings.time == "none":
        return settings.start, settings.end
    tested = settings.model == "bernoulli"
    read = [read_cases(one, settings.covariates, dated=True, tested=tested) for one in cases]
    days = np.concatenate([one["date"].to_numpy().astype("datetime64[D]") for one in read])
    if not days.size:
        raise StatisticsError(N_("there are no cases: nothing can cluster"))
    return settings.start or days.min().astype(date), settings.end or days.max().astype(date)


def _within_period(frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Hold dated cases to the study period."""
    if "date" not in frame or (settings.start is None and settings.end is None):
        return frame
    days = frame["date"].to_numpy().astype("datetime64[D]")
    outside = np.zeros(len(frame), bool)
    if settings.start is not None:
        outside |= days < np.datetime64(settings.start, "D")
    if settings.end is not None:
        outside |= days > np.datetime64(settings.end, "D")
    refuse(
        outside,
        "cases",
        f"the date lies outside the study period ({settings.start or '…'} to {settings.end or '…'})",
        "leave the rows out, or widen the period",
    )
    return frame


def _units(frame: pd.DataFrame, settings: Settings) -> Units:
    days = frame["date"].to_numpy().astype("datetime64[D]")
    start: date = settings.start or days.min().astype(date)
    end: date = settings.end or days.max().astype(date)
    return time_units(start, end, settings.time_unit)


def _places(
    count: int, coordinates: NDArray[np.float64] | None, kind: str, settings: Settings
) -> tuple[NDArray[np.float64] | None, NDArray[np.int64]]:
    """Points of places, and the place of each location; the first location at a point names the place."""
    if settings.purely_temporal:
        return None, np.zeros(count, np.int64)
    if coordinates is None:
        return None, np.arange(count)
    given = (
        coordinates
        if kind == "plane"
        else np.column_stack([coordinates[:, 0], (coordinates[:, 1] + 180) % 360])
    )
    _, index, inverse = np.unique(given, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(index)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    kept = coordinates[index[order]]
    points = on_sphere(kept[:, 0], kept[:, 1]) if kind == "degrees" else kept
    return points, rank[inverse.reshape(-1)]


def _people(
    settings: Settings, population: pd.DataFrame | None, locations: pd.DataFrame, known: Mapping[str, int]
) -> pd.DataFrame | None:
    if settings.model != "poisson":
        return None
    if population is not None:
        return read_population(population, settings.covariates, known)
    if "population" not in locations.columns:
        raise StatisticsError(
            N_(
                "the poisson model needs a population: a column population in locations, or a table "
                "location, [covariates,] population"
            )
        )
    if settings.covariates:
        raise StatisticsError(
            N_(
                "covariates of the poisson model need the population of each group: give a table location, "
                "{covariates}, population"
            ),
            covariates=", ".join(settings.covariates),
        )
    return read_population(locations[["location", "population"]], (), known)


def _calendar(
    settings: Settings, units: Units | None, people: pd.DataFrame | None, names: NDArray
) -> Calendar | None:
    """Return the dates of a population that has any, held to be those of every place.

    Without time the population is the average of the study period where that is given, else of the time from
    its own first date to its last.
    """
    if people is None or "date" not in people.columns:
        return None
    if units is not None:
        found = Calendar.of(people, units.starts, units.ends[-1])
    elif settings.start and settings.end:
        found = Calendar.of(people, (settings.start,), settings.end)
    else:
        found = Calendar.of(people)
    found.refuse_gaps(people, names)
    return found


def _risks(table: pd.DataFrame, settings: Settings, known: Mapping[str, int], units: Units | None) -> Floats:
    """Known relative risks, by location and where they are dated by unit."""
    if settings.model != "poisson":
        raise StatisticsError(RISKS_OF_POISSON)
    if units is not None:
        return read_relative_risks(table, known, units.starts, units.ends[-1])
    starts = (settings.start,) if settings.start and settings.end else ()
    return read_relative_risks(table, known, starts, settings.end)


def _sizes(
    frame: pd.DataFrame,
    shape: tuple[int, int],
    settings: Settings,
    units: Units | None,
    people: pd.DataFrame | None,
    quiet: tuple[NDArray[np.float64], NDArray[np.bool_]] | None,
    calendar: Calendar | None,
    risks: Floats | None,
) -> tuple[Sizes, NDArray[np.float64]]:
    """Sizes of cells, and the population of each location (cases, where cases alone are known)."""
    if people is not None:
        if calendar is not None:  # the average over the period
            found = calendar.person_time(people, shape[0]).sum(axis=1) / np.ptp(calendar.edges)
        else:
            found = np.bincount(people["location"], people["population"], shape[0]).astype(float)
        reporting = 1.0 - quiet[0] if quiet else None
        return poisson_sizes(frame, shape, settings, units, people, reporting, calendar, risks), found
    if settings.model == "bernoulli":
        if settings.covariates:
            raise StatisticsError(
                N_(
                    "the bernoulli model takes no covariates: scan each group by itself, or use the poisson "
                    "model with the persons tested in each group as the population"
                )
            )
        sizes = bernoulli_sizes(frame, shape)
        return sizes, sizes.weights
    sizes = permutation_sizes(frame, shape, quiet[1] if quiet else None)
    return sizes, sizes.weights


def _strata(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Cases as cells: stratum, location, unit, count; only those that hold any."""
    stratum = (
        pd.factorize(frame["stratum"], sort=True)[0] if "stratum" in frame else np.zeros(len(frame), int)
    )
    cells = pd.DataFrame(
        {
            "stratum": stratum,
            "location": frame["location"].to_numpy(),
            "unit": frame["unit"].to_numpy(),
            "count": frame["count"].to_numpy(),
        }
    )
    cells = cells[cells["count"] > 0].groupby(["stratum", "location", "unit"], as_index=False).sum()
    return cells.to_numpy(dtype=np.int64)
