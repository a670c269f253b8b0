"""What is expected of the last weeks, by area: for the command and the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.imports.data_status import data_status
from dashboard.services.kept import Kept
from dashboard.services.nowcast import read
from dashboard.services.nowcast.models import NOT_ISSUED, NOT_SENSITIVE, Expected
from db.core.engine import Database
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.epiweek import period_label, period_last_day

#: Columns of the command's answer.
COLUMNS = (
    "code",
    "name",
    "week",
    "from",
    "to",
    "reported",
    "expected",
    "lower",
    "upper",
    "share_come",
    "status",
)
#: What stands for all areas together.
ALL = "all"
_KEPT: Kept[Answer] = Kept(64)


@dataclass(frozen=True)
class Answer:
    """What is expected by area: all together under :data:`ALL`, or why nothing is said."""

    areas: dict[str, Expected]
    reason: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """One row for each area and week, the latest week last; an area without an answer has one row."""
        found = []
        for code, expected in self.areas.items():
            name = PROVINCES[code].name("en") if code in PROVINCES else code
            if expected.reason:
                none = dict.fromkeys(COLUMNS)
                found.append(none | {"code": code, "name": name, "status": "unknown"})
            for week in expected.weeks:
                cells = (
                    code,
                    name,
                    period_label(week.begins, "week"),
                    week.begins.isoformat(),
                    period_last_day(week.begins, "week").isoformat(),
                    week.reported,
                    week.expected,
                    week.lower,
                    week.upper,
                    week.share,
                    week.state.replace(" ", "_"),
                )
                found.append(dict(zip(COLUMNS, cells, strict=True)))
        return found


def answer(
    database: Database,
    grant: Grant,
    disease: str,
    today: date,
    *,
    by: str = "visit",
    cases: bool = True,
    provinces: bool = False,
) -> Answer:
    """What is expected of the last weeks of a disease, by where care was given.

    Parameters
    ----------
    by : {"visit", "onset"}
        What puts a record into a week.
    cases : bool
        Whether those found positive are counted, or all patients.
    provinces : bool
        Whether each province is worked out as well.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage, or not the programme of the disease.
    """
    grant.check(Permission.SEE_COVERAGE)
    grant.scope.check(disease)
    if not rules.entitled(grant):
        return Answer({}, NOT_ISSUED)
    if DISEASES[disease].sensitive:
        return Answer({}, NOT_SENSITIVE)
    asked = (disease, today, by, cases, provinces)
    return _KEPT.get(database, grant, asked, lambda: _read(database, grant, *asked))


def _read(
    database: Database, grant: Grant, disease: str, today: date, by: str, cases: bool, provinces: bool
) -> Answer:
    last = data_status(database).last_visit
    if last is None:
        return Answer({})
    query = CoverageQuery(disease, "province", "care", "yield")
    with reading_of(database, grant, query, today) as reading:
        found = read.expected(reading, None, by=by, cases=cases, last=last, by_place=provinces)
        held = disclosed.all_or_none(grant, found)
    if held is None:
        return Answer({}, NOT_ISSUED)
    known = {code: held[code] for code in (*PROVINCES, "unknown") if code in held}
    return Answer({ALL: held[""], **known})
