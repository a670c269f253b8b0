"""What became of findings about the quality of the data: kept by finding, each change in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.operations.lease_queue import moment
from db.tables.operations import data_quality_item


class Key(NamedTuple):
    """What tells findings apart. `field` and `month` are blank where none is meant."""

    kind: str
    field: str
    month: str
    facility: str


@dataclass(frozen=True)
class Handling:
    """What became of a finding."""

    state: str
    owner: str
    note: str
    changed_at: str
    changed_by: str


def listed(database: Database) -> dict[Key, Handling]:
    """Every finding that somebody looked after."""
    table = data_quality_item.c
    with database.operations.connect() as connection:
        rows = connection.execute(
            select(
                table.kind,
                table.field,
                table.month,
                table.facility,
                table.state,
                table.owner,
                table.note,
                table.changed_at,
                table.changed_by,
            )
        )
        return {Key(*row[:4]): Handling(*row[4:]) for row in rows}


def put(database: Database, key: Key, *, state: str, owner: str, note: str, by: str) -> None:
    """Keep what became of a finding, in place of what was kept; the trail names the finding and the state."""
    table = data_quality_item
    same = [table.c[name].is_not_distinct_from(value) for name, value in key._asdict().items()]
    with write_transaction(database.operations) as connection:
        connection.execute(table.delete().where(*same))
        row = key._asdict() | {"state": state, "owner": owner, "note": note}
        connection.execute(table.insert().values(row | {"changed_at": moment(), "changed_by": by}))
        audit.write(connection, by, "data quality noted", {**key._asdict(), "state": state})
