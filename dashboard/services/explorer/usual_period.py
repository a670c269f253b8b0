"""How long a period is where an address names none: long enough that most provinces are told.

Counted are the people who should be tested, by province of care, of the whole country: everybody has the
same usual period, whatever she asks and may see. Only its length leaves this module, no count.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.table import table_of
from dashboard.services.imports.data_status import DataStatus
from db.core.engine import Database
from geodata.provinces import PROVINCES
from surveillance.diseases import BY_QUARTER
from surveillance.periods.usual import QUARTERS, WEEKS, Told, usual_length
from surveillance.windows import Window, last_quarters, last_weeks

#: Answers kept in memory: of every disease, for some states of the data.
_MOST = 64
_LOCK = Lock()
_HELD: OrderedDict[Any, int] = OrderedDict()


def length_of(database: Database, status: DataStatus, disease: str) -> int:
    """How many whole weeks the usual period of a disease has; quarters, where it is shown by the quarter.

    Asked once for each state of the data.
    """
    by_quarter = disease in BY_QUARTER
    lengths = QUARTERS if by_quarter else WEEKS
    first, last = status.first_visit, status.last_visit
    if first is None or last is None:
        return lengths[0]
    key = (str(database.records.url), status, disease)
    with _LOCK:
        held = _HELD.get(key)
    if held is not None:
        return held
    windows = [(last_quarters if by_quarter else last_weeks)(last, length) for length in lengths]
    made = usual_length(lengths, [_told(database, disease, window, first, last) for window in windows])
    with _LOCK:
        _HELD[key] = made
        while len(_HELD) > _MOST:
            _HELD.popitem(last=False)
    return made


def _told(database: Database, disease: str, window: Window, first: date, last: date) -> Told:
    begins = max(window.first, first)
    if begins > window.last:
        return Told(0, 0)
    query = CoverageQuery(disease, by="province", measure="testing", start=begins, end=window.last)
    with reading_of(database, Grant.custodian(), query, last) as reading:
        rows = table_of(reading).rows
    values = [row.value for row in rows if row.area.code in PROVINCES and row.value.denominator]
    return Told(sum(value.lower is not None and not value.rests_on_few for value in values), len(values))
