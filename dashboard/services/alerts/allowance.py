"""What the watch is allowed, as it stands for a database."""

from __future__ import annotations

from dashboard.services.alerts import questions, scans
from db.core.engine import Database
from db.core.scope import Scope
from db.ingest import facilities
from surveillance.alerts.allowance import Allotted


def shares(database: Database, expected: float) -> list[Allotted]:
    """Each kind of question that chance makes alarm, and its share of the allowance."""
    with database.reading() as connection:
        listed = {
            str(item["facility_id"]): item for item in facilities.listed(connection, Scope.everything())
        }
    return list(questions.allotted(listed, expected, scans.how_many(database)).values())
