"""What stood around each cluster: its curve, and what else moved inside and outside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from dashboard.cluster_filters import BERNOULLI, DAY_OF_WEEK, PERMUTATION, TIME_UNITS, ClusterQuery
from dashboard.services.clusters.data import ClusterData
from surveillance.clusters import context as cluster_context
from surveillance.clusters.context import Count
from surveillance.scan.periods import Units, time_units
from surveillance.scan.problem.expected import permutation_sizes
from surveillance.scan.problem.silence import read_silence

#: Most points of a curve; a finer one is drawn by the next longer unit.
_MOST_POINTS = 400


class ContextCounter:
    """Counts around clusters, from the records of one run."""

    def __init__(self, query: ClusterQuery, data: ClusterData, *, adjusted: bool = False) -> None:
        self._query, self._data = query, data
        self._sensitive = query.sensitive
        self._location = data.daily["location"].to_numpy(dtype=object)
        self._day = data.daily["date"].to_numpy().astype("datetime64[D]")
        self._counts = {
            name: data.daily[name].to_numpy()
            for name in ("records", "count", "tested", "positive", "arrivals", "arrivals_found")
        }
        self._scanned = np.isin(self._location, data.locations["location"].to_numpy(dtype=object))
        self._report_day = np.array([day for _, day in data.reports], dtype="datetime64[D]")
        self._reporter = np.array([name for name, _ in data.reports], dtype=object)
        self.units = _curve_units(query, data)
        study = data.of_study()
        study = study[study["location"].isin(data.locations["location"])]
        days = study["date"].to_numpy().astype("datetime64[D]")
        self._study = study.assign(unit=self.units.of(days))
        self._across = frozenset() if data.across is None else frozenset(data.across["location"])
        self._cells = self._expected_around_silence() if adjusted and query.model == PERMUTATION else None

    def context(self, locations: Sequence[str], start: date, end: date) -> list[dict[str, Any]]:
        """Rows of counts: inside and outside some locations, during a span and as long before.

        Outside are the other locations that were scanned: what has no known place, or no position, was
        not compared. `before` is left out where the records do not reach back so far. Facilities that
        report are counted over a week at least. Areas across the border send cases alone, and what they did
        not send before is not known: they are in no count, and a cluster of them alone has none.
        """
        if self._across.issuperset(locations):
            return []
        spans = {"during": (start, end), "before": cluster_context.earlier(start, end)}
        since = min(start, end - timedelta(days=cluster_context.LEAST_REPORTING_DAYS - 1))
        told = {"during": (since, end), "before": cluster_context.earlier(since, end)}
        if spans["before"][0] < self._data.first_seen:
            del spans["before"]
        inside = np.isin(self._location, np.array(list(locations), dtype=object))
        rows = []
        for span, (first, last) in spans.items():
            reporting = self._reporting(set(locations), *told[span])
            for side, chosen in cluster_context.selected(inside, self._day, first, last).items():
                scanned = chosen & self._scanned
                count = self._count(scanned, reporting[side])
                cases = int(self._counts["count"][scanned].sum())
                rows.append({"side": side, "span": span, "count": count, "cases": cases})
        return rows

    def _count(self, chosen: np.ndarray, reporting: int | None) -> Count:
        sums = {
            name: None if self._sensitive and name.startswith("arrivals") else int(values[chosen].sum())
            for name, values in self._counts.items()
        }
        if self._query.indicator:  # who was counted is all that is known
            sums |= dict.fromkeys(("records", "arrivals", "arrivals_found"))
        if self._query.dimension == "infection":  # only people found positive have such a place
            sums |= dict.fromkeys(("records", "tested", "arrivals", "arrivals_found"))
        every = self._query.cases_are == "all"  # then no people stand beside the cases
        return Count(
            records=sums["records"],
            cases=int(sums["count"] or 0) if not every else 0,
            tested=sums["tested"],
            positive=int(sums["positive"] or 0) if not every else 0,
            arrivals=sums["arrivals"],
            arrivals_cases=sums["arrivals_found"] if not every else 0,
            facilities_reporting=reporting,
        )

    def _reporting(self, locations: set[str], first: date, last: date) -> dict[str, int | None]:
        """Facilities that sent anything in a span, of those of the locations inside and outside."""
        held = self._data.facilities_of
        if not held:
            return dict.fromkeys(cluster_context.SIDES)
        span = (self._report_day >= np.datetime64(first)) & (self._report_day <= np.datetime64(last))
        sent = set(self._reporter[span])
        inside = frozenset().union(*(held.get(place, frozenset()) for place in locations))
        others = set(self._data.locations["location"]) - locations
        outside = frozenset().union(*(held.get(place, frozenset()) for place in others))
        return {"inside": len(inside & sent), "outside": len(outside & sent)}

    def curve(self, locations: Sequence[str], cluster: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Cases inside and outside by unit of time, those expected inside, and the first day of each unit.

        For the Bernoulli model also the tested on both sides.
        """
        study, many = self._study, len(self.units)
        inside = study["location"].isin(list(locations)).to_numpy()
        unit, count = study["unit"].to_numpy(), study["count"].to_numpy()

        def by_unit(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
            return np.bincount(unit[chosen], values[chosen], many)

        curve = {
            "start": [day.isoformat() for day in self.units.starts],
            "inside": by_unit(count, inside).astype(int).tolist(),
            "outside": by_unit(count, ~inside).astype(int).tolist(),
        }
        if self._query.model == BERNOULLI:
            tested = study["tested"].to_numpy()
            share = count.sum() / tested.sum()
            expected = by_unit(tested, inside) * share
            curve["tested_inside"] = by_unit(tested, inside).astype(int).tolist()
            curve["tested_outside"] = by_unit(tested, ~inside).astype(int).tolist()
        elif self._query.model == PERMUTATION:
            around = self._cells
            expected = self._permuted(inside) if around is None else self._of_cells(around, locations)
        else:  # even over time: the population has one number for the whole period
            days = self.units.days()
            first, last = cluster["start"] or self._data.start, cluster["end"] or self._data.end
            expected = cluster["expected"] * days / ((last - first).days + 1)
        return curve | {"expected": [round(float(value), 4) for value in expected]}

    def _permuted(self, inside: np.ndarray) -> np.ndarray:
        """Cases expected inside where place and time have nothing to do with each other, in each stratum."""
        frame = self._study.assign(**{"inside": inside, DAY_OF_WEEK: self._study["date"].dt.dayofweek})
        keys = list(self._query.covariates)
        parts = [part for _, part in frame.groupby(keys)] if keys else [frame]
        expected = np.zeros(len(self.units))
        for part in parts:
            total = part["count"].sum()
            if total:
                by_unit = np.bincount(part["unit"], part["count"], len(self.units))
                expected += part.loc[part["inside"], "count"].sum() * by_unit / total
        return expected

    def _expected_around_silence(self) -> np.ndarray:
        """Cases expected as the engine has them, shape (locations, points of a curve)."""
        query, data = self._query, self._data
        units = time_units(data.start, data.end, str(query.time_unit))
        known = {name: number for number, name in enumerate(data.locations["location"])}
        frame = data.cases.assign(
            location=data.cases["location"].map(known),
            unit=units.of(data.cases["date"].to_numpy().astype("datetime64[D]")),
        )
        if query.covariates:
            frame["stratum"] = list(zip(*(frame[name] for name in query.covariates), strict=True))
        silent = read_silence(data.silent, known, units, len(known))[1]
        cells = permutation_sizes(frame, silent.shape, silent).full()
        point = self.units.of(np.array(units.starts, dtype="datetime64[D]"))
        found = np.zeros((len(known), len(self.units)))
        np.add.at(found.T, point, cells.T)
        return found

    def _of_cells(self, cells: np.ndarray, locations: Sequence[str]) -> np.ndarray:
        return cells[self._data.locations["location"].isin(list(locations)).to_numpy()].sum(axis=0)

    def warnings(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What moved inside a cluster otherwise than outside it, as JSON can hold it.

        A share does not grow with the number of those counted: of an indicator there is nothing to warn of.
        """
        if self._query.indicator:
            return []
        context = {(row["side"], row["span"]): row["count"] for row in rows}
        return [
            asdict(item)
            for item in cluster_context.baseline_shifts(context, every_record=self._query.cases_are == "all")
        ]


def _curve_units(query: ClusterQuery, data: ClusterData) -> Units:
    unit = "month" if query.time == "none" else str(query.time_unit)
    for longer in TIME_UNITS[TIME_UNITS.index(unit) :]:
        units = time_units(data.start, data.end, longer)
        if len(units) <= _MOST_POINTS:
            break
    return units


def frame_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame with plain values, as a database takes them."""
    return [
        {str(name): value.item() if isinstance(value, np.generic) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
