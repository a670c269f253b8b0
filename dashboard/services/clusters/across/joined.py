"""Provinces across the border as places of a scan: those whose every step was sent, with their own counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, cast

import pandas as pd

from dashboard.cluster_filters import POISSON, ClusterQuery
from dashboard.permissions import SYSTEM, Grant
from dashboard.services.clusters.across.asked import Files, files_of
from dashboard.services.clusters.data import ClusterData, check_size
from dashboard.services.disclosure import neighbours as disclosed
from db.core.engine import Connection
from db.core.scope import Scope
from db.neighbours import store
from surveillance.epiweek import PeriodKind, period_last_day
from surveillance.errors import StatisticsError
from surveillance.texts import N_

#: Who reads for a run: its scope says what, and its reader's own role what is shown of it.
_ROLE = "official"
#: Why an area across the border is left out.
NOT_SENT, NOT_PUBLISHED, NO_POSITION, NO_PEOPLE = "not sent", "not published", "no position", "no population"
NONE_JOINED = N_(
    "no province across the border can be scanned from {start} to {end}: each needs a position, a count for "
    "every {step} (what was not sent is unknown, not zero), and for the poisson model a population. Take "
    "another period, import what is missing (neighbours import), or leave these provinces out"
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """What neighbours sent of their provinces, as a run may read it.

    Attributes
    ----------
    step : {"week", "month"}
    files : tuple of int
        The newest files of areas, of populations and of counts among it.
    areas : mapping
        Provinces, by code in order.
    counts : mapping
        Area -> first day of a step -> the stored count.
    hidden : mapping
        Area -> first days of steps whose counts are not for the scope of the run.
    people : mapping
        Area -> year -> people.
    """

    step: PeriodKind
    files: Files
    areas: Mapping[str, Row]
    counts: Mapping[str, Mapping[date, Row]]
    hidden: Mapping[str, frozenset[date]]
    people: Mapping[str, Mapping[int, int]]

    @property
    def span(self) -> tuple[date, date] | None:
        """First and last day of all steps of which anything was sent; None where nothing was."""
        days = [day for held in self.counts.values() for day in held]
        return (min(days), period_last_day(max(days), self.step)) if days else None


@dataclass(frozen=True)
class Joined:
    """Both sides as one scan has them. `people`: of each area across the border, by code."""

    data: ClusterData
    people: Mapping[str, int] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)

    def with_people(self, population: pd.DataFrame | None) -> pd.DataFrame | None:
        """The table of people with a row for each area across the border that it does not name."""
        if population is None or not self.people:
            return population
        more = pd.DataFrame({"location": list(self.people), "population": list(self.people.values())})
        return pd.concat([population, more], ignore_index=True)

    def parameters(self) -> dict[str, Any]:
        """What a run keeps of it, so that it can be made again."""
        return {"across": dict(self.said)} if self.said else {}


def sent_to(connection: Connection, scope: Scope, query: ClusterQuery, version: str) -> Sent | None:
    """What neighbours sent, as of the files that a run rests on; None where it asks for one side alone.

    Parameters
    ----------
    version : str
        What the run rests on beside the records, :func:`dashboard.services.clusters.across.asked.with_files`.
    """
    if not query.with_neighbours:
        return None
    files, grant = files_of(version), Grant(SYSTEM, _ROLE, scope)
    step = cast("PeriodKind", query.time_unit)
    areas = {
        code: row for code, row in store.areas(connection, files[0]).items() if row["level"] == "province"
    }
    counts: dict[str, dict[date, Row]] = {code: {} for code in areas}
    hidden: dict[str, set[date]] = {code: set() for code in areas}
    for row in store.counts(connection, query.disease, str(step), until=files[2]):
        if row["area"] not in areas:
            continue
        day = date.fromisoformat(row["starts"])
        cases = disclosed.cases(grant, row)
        if cases is None:
            hidden[row["area"]].add(day)
        else:
            counts[row["area"]][day] = row | {"cases": cases}
    return Sent(
        step, files, areas, counts, {code: frozenset(days) for code, days in hidden.items()},
        store.people(connection, files[1]),
    )  # fmt: skip


def joined(
    query: ClusterQuery, data: ClusterData, sent: Sent | None, population: pd.DataFrame | None = None
) -> Joined:
    """Put the provinces across the border beside ours.

    Parameters
    ----------
    data : ClusterData
        Our side, within whole steps.
    sent : Sent, optional
        Without it nothing is added.
    population : DataFrame, optional
        A table of people. Areas that it does not name have the population that is held of the year nearest to
        the end of the period; not where the table is by date.

    Raises
    ------
    StatisticsError
        No area can be scanned, or both sides together are too much.
    """
    if sent is None:
        return Joined(data)
    steps = _steps(data.start, data.end, sent.step)
    people = _people(sent, data.end, population)
    named = frozenset() if population is None else frozenset(population["location"].astype(str))
    scanned, left_out = [], []
    for code, area in sent.areas.items():
        if not sent.counts[code] and not sent.hidden[code]:
            continue  # of this disease nothing was ever sent
        unknown = [day for day in steps if day not in sent.counts[code]]
        why = _why(area, unknown, sent.hidden[code])
        if not why and query.model == POISSON and not (code in people or code in named):
            why = NO_PEOPLE
        if why:
            left_out.append(_names(area) | {"reason": why, "steps": len(unknown)})
        else:
            scanned.append(code)
    if not scanned:
        raise StatisticsError(NONE_JOINED, start=data.start, end=data.end, step=str(sent.step))
    across = _across(sent, scanned, steps)
    both = _together(query, data, sent, scanned, across)
    cases = both.cases
    check_size(
        query,
        cases if "date" in cases else cases.assign(date=pd.Timestamp(data.start)),
        len(both.locations),
        data.start,
        data.end,
    )
    said = {
        "files": list(sent.files),
        "step": str(sent.step),
        "steps": len(steps),
        "areas": [_said(sent, code, steps, people, named, query) for code in scanned],
        "left_out": left_out,
    }
    kept = {code: people[code][0] for code in scanned if code in people} if query.model == POISSON else {}
    return Joined(both, kept, said)


def _steps(start: date, end: date, step: PeriodKind) -> list[date]:
    """First days of the steps of a period of whole ones."""
    found, day = [], start
    while day <= end:
        found.append(day)
        day = period_last_day(day, step) + timedelta(days=1)
    return found


def _why(area: Row, unknown: list[date], hidden: frozenset[date]) -> str:
    if area["latitude"] is None or area["longitude"] is None:
        return NO_POSITION
    if any(day in hidden for day in unknown):
        return NOT_PUBLISHED
    return NOT_SENT if unknown else ""


def _people(sent: Sent, end: date, population: pd.DataFrame | None) -> dict[str, tuple[int, int]]:
    """People of areas that a table does not name, and the year that they are of."""
    if population is None or "date" in population:
        return {}
    named = set(population["location"].astype(str))
    found = {}
    for code, years in sent.people.items():
        if code not in named and code in sent.areas:
            year = min(years, key=lambda one: (abs(one - end.year), -one))
            found[code] = years[year], year
    return found


def _across(sent: Sent, scanned: list[str], steps: list[date]) -> pd.DataFrame:
    """Their counts, in the columns that counts of the records have; nobody's tests or arrivals are known."""
    rows = [(code, pd.Timestamp(day), sent.counts[code][day]["cases"]) for code in scanned for day in steps]
    found = pd.DataFrame(rows, columns=["location", "date", "count"])
    return found.assign(records=found["count"], tested=0, positive=0, of=0, arrivals=0, arrivals_found=0)


def _together(
    query: ClusterQuery, data: ClusterData, sent: Sent, scanned: list[str], across: pd.DataFrame
) -> ClusterData:
    cases = across[across["count"] > 0]
    areas = [
        {"location": code, **{name: float(sent.areas[code][name]) for name in ("latitude", "longitude")}}
        for code in scanned
    ]
    return replace(
        data,
        cases=pd.concat([data.cases, cases[list(data.cases.columns)]], ignore_index=True),
        locations=pd.concat([data.locations, pd.DataFrame(areas)], ignore_index=True),
        across=across,
    )


def _names(area: Row) -> Row:
    return {"code": area["code"], "name_en": area["name_en"], "name_km": area["name_km"]}


def _said(
    sent: Sent,
    code: str,
    steps: list[date],
    people: Mapping[str, tuple[int, int]],
    named: frozenset[str],
    query: ClusterQuery,
) -> Row:
    """What is kept, and told, of an area that was scanned."""
    area, rows = sent.areas[code], [sent.counts[code][day] for day in steps]
    shares = [row["reported"] for row in rows if row["reported"] is not None]
    sources = {" – ".join(filter(None, (row["source"], row["licence"]))) for row in rows}
    said = _names(area) | {
        "latitude": area["latitude"],
        "longitude": area["longitude"],
        "cases": sum(row["cases"] for row in rows),
        "reported": [min(shares), max(shares)] if shares else None,
        "steps_reported": len(shares),
        "published": all(row["published"] for row in rows),
        "sources": sorted(filter(None, sources)),
        "received": max(row["received_at"] for row in rows)[:10],
    }
    if query.model == POISSON and code not in named:
        said |= {"people": people[code][0], "people_year": people[code][1]}
    return said
