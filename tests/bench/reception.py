"""What the pages of a reception centre cost with 10,000 arrivals on each day.

One day is made; its records and sums are copied to the days before. Pages read these, never entries.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Scope
from dashboard.services import administration
from dashboard.services.clock import today_in_cambodia
from db.core.bulk import insert_rows
from db.reception import store, sums
from db.reception.store import Record, storable
from db.tables.reception.records import reception_record
from surveillance.reception.worklists import due
from tests.bench.data import EMAIL, add_account, settings_for
from tests.bench.maps import signed_in
from tests.bench.measure import median, say, show
from tests.support.servers import Sqlite

#: People of one van, and people of one day who are referred, tested, or take medicine.
_VAN, _REFERRED, _TESTED, _MEDICINE = 45, 0.05, 0.3, 0.04
_RUNS = 7
#: To reach: seconds of a processor.
_TARGET = 0.3


def run(folder: Path, arrivals: int, days: int) -> None:
    """Measure the pages of a nurse of Poipet over so many days of arrivals."""
    with Sqlite(folder).fresh(migrated=True) as url:
        from dashboard.services import store as stores

        database = stores.open_store(settings_for(url))
        add_account(database)
        administration.set_role(database, Grant.custodian(), EMAIL, "nurse")
        administration.set_scope(database, Grant.custodian(), EMAIL, Scope.made(crossings=["TH01"]))
        today = today_in_cambodia()
        say(f"making {arrivals:,} arrivals a day for {days} days")
        with store.writing(database) as connection:
            for back in range(days):
                some = list(_day(today - timedelta(days=back), arrivals, back))
                insert_rows(connection, reception_record, [storable(connection, one) for one in some])
                if back == 0:
                    first = sums.of(some)
                sums.change(connection, sums.Sums.none(), _moved(first, timedelta(days=back)))
        client = signed_in(database, url)
        since = today - timedelta(days=min(days, 31) - 1)
        rows = []
        for page in (
            "/",
            "/reception",
            f"/reception?from={today - timedelta(days=6)}&to={today}",
            f"/reception?from={since}&to={today}",
            "/reception/day",
            "/worklists",
            "/worklists?list=running-out&page=2",
        ):
            took = median(lambda page=page: _get(client, page), _RUNS, warm=1)
            rows.append((page, f"{took.cpu:.2f}", f"{took.wall:.2f}", str(_TARGET)))
        show(
            f"Pages of a centre with {arrivals:,} arrivals a day, {days} days",
            ("", "cpu s", "s", "cpu s to reach"),
            rows,
        )
        database.dispose()


def _get(client: Any, page: str) -> None:
    answer = client.get(page)
    answer.get_data()
    if answer.status_code != 200:
        raise RuntimeError(f"{page} answered {answer.status_code}")


def _moved(found: sums.Sums, back: timedelta) -> sums.Sums:
    def moved(cells: Counter[Any]) -> Counter[Any]:
        return Counter({(cell._replace(day=cell.day - back), name): n for (cell, name), n in cells.items()})

    vans = Counter({((day - back, gate), name): n for ((day, gate), name), n in found.vans.items()})
    sent: Counter[Any] = Counter()
    for (one, name), n in found.courses.items():
        later = str(date.fromisoformat(one.arrived) - back) if one.arrived else ""
        sent[one._replace(day=one.day - back, sent=one.sent - back, arrived=later), name] += n
    return sums.Sums(moved(found.people), vans, found.prevention, moved(found.lasting), sent)


def _day(day: date, arrivals: int, back: int) -> Iterator[Record]:
    """The records of one day: the same every day but for their identifiers."""
    draw = random.Random(7)
    homes = [f"KH{number:02}" for number in range(1, 26)]

    def at(minute: int) -> str:
        return f"{day.isoformat()}T{minute // 60 % 24:02}:{minute % 60:02}"

    for van_number in range(-(-arrivals // _VAN)):
        van, came = f"{back:06x}{van_number:026x}", 300 + van_number * 900 // max(1, arrivals // _VAN)

        def record(kind: str, subject: str, item: str = "", *, van: str = van, **fields: Any) -> Record:
            text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
            slip = fields.get("slip")
            when = due(kind, fields, day)
            return Record(
                subject,
                kind,
                item,
                van,
                "TH01",
                day,
                day,
                False,
                fields.get("partner"),
                slip,
                text,
                when,
            )

        counted = {"men": 20, "women": 15, "boys": 5, "girls": 5}
        yield record("van", van, arrived_at=at(came), closed_at=at(came + 90), letter="B", **counted)
        yield record("service", van, "food", given_at=at(came + 20))
        yield record("session", van, "risks", held_at=at(came + 40))
        for number in range(1, min(_VAN, arrivals - van_number * _VAN) + 1):
            person = f"{back:06x}{van_number:020x}{number:06x}"
            said: dict[str, Any] = {"number": number, "sex": draw.choice(("male", "female"))}
            said |= {"age_years": draw.randrange(70), "province_home": draw.choice(homes)}
            if draw.random() < _MEDICINE:
                said |= {"daily_medicine": True, "days_left": draw.randrange(60)}
            yield record("arrival", person, **said)
            yield record("assessment", person, assessed_at=at(came + 10 + number), danger_signs=[])
            if draw.random() < _TESTED:
                tested = {"done": True, "done_at": at(came + 60), "offered": True, "result": "negative"}
                yield record("service", person, "test_tb", **tested)
            if draw.random() < _REFERRED:
                sent: dict[str, Any] = {"partner": "poipet_hospital", "sent_at": at(came + 80)}
                if draw.random() < 0.9:
                    sent |= {"arrived_at": at(came + 200), "outcome": "treated", "outcome_at": at(came + 400)}
                yield record("referral", person, f"{number:032x}", **sent)
