"""False alerts of standing and monthly scans: `python -m docs.scan_alarms --database URL --seed 1`.

Asks the standing questions of a demo as of some of its days, a fixed number of days apart, weighs each answer
as the watch does, and says which alerts rest on a planted record. What is counted: detection.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from dashboard.cluster_filters import ClusterQuery
from dashboard.demo.records import of_diseases
from dashboard.demo.seasons import LAST_DAY
from dashboard.services.alerts import monthly, questions, read, scans
from dashboard.services.clusters import defaults, standing
from dashboard.services.clusters import queue as work
from dashboard.services.clusters import runs as clusters
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.core.scope import Scope
from db.maintenance.opening import open_database
from docs.detection import COUNT
from surveillance.alerts.allowance import Allotted, replicates_for
from surveillance.windows import add_months

#: Kind of place -> the column of a record that names it.
PLACES = {"facility:care": "facility_id", "province:home": "province_home", "crossing:care": "crossing"}
#: Days in which a cluster of the same question with a place in common is no new alert.
QUIET = timedelta(days=28)
_MOST = 9_999


@dataclass(frozen=True)
class Raised:
    """One cluster that is seldom enough: which question, on which look, and whether it is planted."""

    disease: str
    places: str
    day: date
    members: frozenset[str]
    planted: bool


def looks(disease: str, number: int, apart: int) -> Iterator[date]:
    """Last days of the data at each look, the earliest first: of slow diseases whole months."""
    if disease in defaults.SLOW:
        begin = LAST_DAY.replace(day=1)
        yield from (add_months(begin, -n) - timedelta(days=1) for n in reversed(range(number)))
        return
    yield from (LAST_DAY - timedelta(days=apart * n) for n in reversed(range(number)))


def query_of(disease: str, places: str, day: date, share: Allotted, most: int) -> ClusterQuery:
    """The question that the watch asks on a day, with as many replicates as its recurrence interval needs."""
    drawn = min(max(999, replicates_for(share.recurrence, share.unit_days)), most)
    by, _, place = places.partition(":")
    if disease not in defaults.SLOW:
        return ClusterQuery(disease, by=by, place=place, end=day, replicates=drawn)
    begins = add_months(day.replace(day=1), 1 - monthly.BEFORE)
    return monthly.query_of(disease, places, day, day, begins, drawn)


def weigh(
    database: Database,
    disease: str,
    places: str,
    days: Sequence[date],
    share: Allotted,
    planted: pd.DataFrame,
    *,
    most: int,
) -> list[Raised]:
    """New alerts of one question over its looks."""
    grant = standing.grant_of(Scope.everything())
    told: list[Raised] = []
    for day in days:
        query = query_of(disease, places, day, share, most)
        number, new = clusters.ask(database, grant, query, at_once=True)
        if new:
            work.work_on(database, grant, number)
        found = disclosed.for_the_watch(read.clusters(database, number))
        for one in found:
            if one.row["rate"] != "high" or not scans.seldom(one.row, share):
                continue
            if any(day - before.day <= QUIET and one.members & before.members for before in told):
                continue
            first, last = one.row["start"] or date.min, one.row["end"] or day
            own = planted[planted[PLACES[places]].isin(one.members) & planted["day"].between(first, last)]
            told.append(Raised(disease, places, day, one.members, len(own) > 0))
    return told


def main(given: Sequence[str] | None = None) -> int:
    """Print what the looks at a demo raised."""
    parser = argparse.ArgumentParser(prog="python -m docs.scan_alarms", description=__doc__)
    parser.add_argument("--database", required=True, help="address of a demo (`app.py demo --seed N`)")
    parser.add_argument("--seed", type=int, default=1, help="seed of that demo")
    parser.add_argument("--looks", type=int, default=12, help="looks of each question")
    parser.add_argument(
        "--apart", type=int, default=30, help="days between two looks; slow diseases: a month"
    )
    parser.add_argument("--diseases", nargs="+", default=sorted(defaults.OUTBREAK | set(defaults.SLOW)))
    parser.add_argument("--places", nargs="+", default=list(PLACES), choices=PLACES)
    parser.add_argument("--expected", type=float, default=1.0, help="chance alarms a month that are allowed")
    parser.add_argument("--most", type=int, default=_MOST, help="replicates of one scan at most")
    chosen = parser.parse_args(given)
    database = open_database(chosen.database)
    held, number = of_diseases(set(chosen.diseases), chosen.seed, COUNT)
    held = held.assign(day=pd.to_datetime(held["date_visit"]).dt.date)[number != -1]
    with database.reading() as connection:
        listed = read.basis(connection, Scope.everything()).listed
    allowed = questions.allotted(listed, chosen.expected, scans.how_many(database))
    asked, raised = 0, []
    for disease in chosen.diseases:
        share = allowed[questions.MONTHLY_SCANS if disease in defaults.SLOW else questions.DAILY_SCANS]
        days = list(looks(disease, chosen.looks, chosen.apart))
        for places in chosen.places:
            own = held[held["disease"] == disease]
            found = weigh(database, disease, places, days, share, own, most=chosen.most)
            raised += found
            asked += len(days)
            false = sum(not one.planted for one in found)
            sys.stdout.write(f"{disease} {places}: {len(found)} alerts, {false} false, {len(days)} looks\n")
            sys.stdout.flush()
    false = sum(not one.planted for one in raised)
    months = chosen.looks * chosen.apart / 30
    sys.stdout.write(
        f"{asked} scans: {false} false alerts in {months:.1f} months, {false / months:.2f} a month\n"
    )
    database.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
