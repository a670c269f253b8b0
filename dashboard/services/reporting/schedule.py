"""How often and by when facilities report on one disease, where the facility list says otherwise."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.parameters import Day, Whole
from dashboard.permissions import Grant, Permission
from db.batches import report_schedule as stored
from db.core.engine import Database
from db.identity import held_before
from db.operations import outbox
from surveillance.coverage.silence import UNITS
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError, UsageError
from surveillance.vocabulary import REPORT_FREQUENCY

#: Columns of the file, in order.
COLUMNS = (
    "facility_id", "disease", "report_frequency", "report_deadline_days", "reports_from", "reports_to",
)  # fmt: skip
#: Most lines of a file, and bytes.
MOST, _MOST_BYTES = 100_000, 10_000_000
_FREQUENCIES = tuple(value.code for value in REPORT_FREQUENCY)


@dataclass(frozen=True)
class Imported:
    """What an import did: rows = added + changed + unchanged."""

    rows: int
    added: int
    changed: int

    @property
    def unchanged(self) -> int:
        """Lines that said what is held."""
        return self.rows - self.added - self.changed


def put(database: Database, grant: Grant, text: str) -> Imported:
    """Keep the lines of a file, each by facility and disease. What the file does not name stays.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports, or is not for the whole country.
    UsageError
        A line cannot be read: it is named, and nothing is stored.
    """
    grant.check(Permission.IMPORT_FILES)
    if not grant.scope.whole:
        raise NotPermittedError("schedules are for accounts of the whole country and every programme")
    with database.reading() as connection:
        held = held_before.read(connection)
    rows = _parse(text, held.facility_key)
    with database.writing() as connection:
        unknown = stored.unlisted(connection, [row["facility_key"] for row in rows])
        if unknown:
            at = next(number for number, row in enumerate(rows, 2) if row["facility_key"] in unknown)
            raise UsageError(
                "line {line}: facility '{given}' is not in the facility list",
                "file",
                line=at,
                given=rows[at - 2]["facility_id"][:40],
            )
        kept = [{name: row[name] for name in stored.COLUMNS} for row in rows]
        added, changed = stored.put(connection, kept)
        done = Imported(len(rows), added, changed)
        said = {"rows": done.rows, "added": added, "changed": changed}
        outbox.write(connection, database, grant.actor, "report schedule", said)
    outbox.carry(database)
    return done


def read_file(path: Path) -> str:
    """The text of a file.

    Raises
    ------
    UsageError
        It cannot be opened, is too large, or is not UTF-8, as a workbook is not.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise UsageError("the file is larger than {most:,} bytes", "file", most=_MOST_BYTES)
        return content.decode()
    except OSError as error:
        raise UsageError("{path} cannot be opened", "file", path=path) from error
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8 text: save it as CSV (UTF-8)", "file") from error


def _parse(text: str, key_of: Any) -> list[dict[str, Any]]:
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = {"facility_id", "disease", "report_frequency"} - set(lines.fieldnames or ())
    if missing:
        raise UsageError(
            "column {name} is missing; the first line names the columns, with commas between them",
            "file",
            name=", ".join(sorted(missing)),
        )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for number, line in enumerate(lines, 2):
        if number > MOST + 1:
            raise UsageError("at most {most} lines are read", "file", most=MOST)
        row = _line(number, {name: (line.get(name) or "").strip() for name in COLUMNS}, key_of)
        key = row["facility_key"], row["disease"]
        if key in found:
            raise UsageError(
                "line {line}: this facility and disease stand in the file twice", "file", line=number
            )
        found[key] = row
    return list(found.values())


def _line(number: int, line: Mapping[str, str], key_of: Any) -> dict[str, Any]:
    def wrong(text: str, given: str) -> UsageError:
        return UsageError(f"line {{line}}: {text}", "file", line=number, given=given[:40])

    facility, disease, frequency = (line[name] for name in COLUMNS[:3])
    if not facility:
        raise wrong("facility_id is blank", "")
    if disease not in DISEASES:
        raise wrong("'{given}' is no code of a disease", disease)
    if DISEASES[disease].sensitive:
        raise wrong("HIV and syphilis have no schedule of their own: it could harm people", "")
    if frequency not in UNITS or frequency not in _FREQUENCIES:
        raise wrong("'{given}' is none of daily, weekly, monthly, quarterly", frequency)
    days: dict[str, date | None] = {}
    wait = None
    try:
        for name in COLUMNS[4:]:
            days[name] = Day(name=name).read(line[name]) if line[name] else None
        if line["report_deadline_days"]:
            wait = Whole(0, 366, name="report_deadline_days").read(line["report_deadline_days"])
    except UsageError as error:
        raise UsageError(f"line {{line}}: {error}", "file", line=number) from error
    first, last = days["reports_from"], days["reports_to"]
    if first and last and first > last:
        raise wrong("reports_from lies after reports_to", "")
    return {
        "facility_id": facility,
        "facility_key": key_of(facility),
        "disease": disease,
        "report_frequency": frequency,
        "report_deadline_days": wait,
        **days,
    }
