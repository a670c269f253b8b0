"""Systems that are connected, and what they call their data elements; secrets come here sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection, RowMapping

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.operations.lease_queue import moment
from db.tables.systems import system, system_item
from surveillance.errors import UsageError


@dataclass(frozen=True)
class System:
    """A connected system; see `db.tables.systems`."""

    id: int
    name: str
    kind: str
    text: str
    sealed: str | None
    made_at: str
    made_by: str
    ended_at: str | None


@dataclass(frozen=True)
class Item:
    """What a system calls a data element or a category."""

    kind: str
    uid: str
    code: str | None
    name: str
    detail: str | None


def connect(database: Database, actor: str, name: str, kind: str, text: str, sealed: str | None) -> int:
    """Connect a system, or say anew what is pulled from one; a secret that is not given stays.

    Raises
    ------
    UsageError
        One of another kind has this name.
    """
    with write_transaction(database.operations) as connection:
        held = _named(connection, name)
        if held is not None and held.kind != kind:
            raise UsageError(
                "name: '{name}' is connected as {kind}; end it first, or take another name", "name",
                name=name, kind=held.kind,
            )  # fmt: skip
        said = {"name": name, "kind": kind}
        if held is not None:
            values: dict[str, Any] = {"text": text, "made_at": moment(), "made_by": actor}
            if sealed is not None:
                values["sealed"] = sealed
            connection.execute(system.update().where(system.c.id == held.id).values(values))
            audit.write(connection, actor, "system changed", {"system": held.id, **said})
            return held.id
        row = {
            "name": name,
            "kind": kind,
            "text": text,
            "sealed": sealed,
            "made_at": moment(),
            "made_by": actor,
        }
        made = connection.execute(system.insert().values(row))
        number = int(made.inserted_primary_key[0])  # type: ignore[index]
        audit.write(connection, actor, "system connected", {"system": number, **said})
    return number


def end(database: Database, actor: str, number: int) -> bool:
    """End a system; its secret is forgotten. What was imported from it stays."""
    with write_transaction(database.operations) as connection:
        open_ = system.update().where(system.c.id == number, system.c.ended_at.is_(None))
        if not connection.execute(open_.values(ended_at=moment(), sealed=None)).rowcount:
            return False
        audit.write(connection, actor, "system ended", {"system": number})
        return True


def listed(database: Database) -> list[System]:
    """Systems that are connected, by name."""
    query = select(system).where(system.c.ended_at.is_(None)).order_by(system.c.name)
    with database.operations.connect() as connection:
        return [_read(row) for row in connection.execute(query).mappings()]


def get(database: Database, number: int) -> System | None:
    """One that is connected; None for any other number."""
    return next((one for one in listed(database) if one.id == number), None)


def named(database: Database, name: str) -> System | None:
    """One that is connected, by its name."""
    with database.operations.connect() as connection:
        return _named(connection, name)


def _named(connection: Connection, name: str) -> System | None:
    query = select(system).where(system.c.name == name, system.c.ended_at.is_(None))
    row = connection.execute(query).mappings().first()
    return None if row is None else _read(row)


def sealed_texts(connection: Connection) -> list[tuple[int, str]]:
    """Every sealed text that is in use, with the number of its system."""
    held = select(system.c.id, system.c.sealed).where(
        system.c.ended_at.is_(None), system.c.sealed.is_not(None)
    )
    return [(int(number), str(text)) for number, text in connection.execute(held)]


def reseal(connection: Connection, number: int, old: str, new: str) -> bool:
    """Put another sealed text in the place of one, unless it was changed meanwhile."""
    held = system.update().where(system.c.id == number, system.c.sealed == old)
    return bool(connection.execute(held.values(sealed=new)).rowcount)


def keep_items(database: Database, number: int, items: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Keep what a system calls some things; how many are new, changed and the same."""
    counts = {"rows": 0, "added": 0, "changed": 0, "unchanged": 0}
    with write_transaction(database.operations) as connection:
        for item in items:
            counts["rows"] += 1
            this = (
                system_item.c.system == number,
                system_item.c.kind == item["kind"],
                system_item.c.uid == item["uid"],
            )
            held = connection.execute(select(system_item).where(*this)).mappings().first()
            if held is None:
                connection.execute(system_item.insert().values(system=number, **item))
                counts["added"] += 1
            elif any(held[name] != value for name, value in item.items()):
                connection.execute(system_item.update().where(*this).values(**item))
                counts["changed"] += 1
            else:
                counts["unchanged"] += 1
    return counts


def items(database: Database, number: int) -> list[Item]:
    """What a system calls its data elements and categories, by kind and name."""
    columns = [system_item.c[name] for name in Item.__dataclass_fields__]
    query = select(*columns).where(system_item.c.system == number)
    with database.operations.connect() as connection:
        rows = connection.execute(query.order_by(system_item.c.kind, func.lower(system_item.c.name)))
        return [Item(*row) for row in rows]


def _read(row: RowMapping) -> System:
    return System(**{name: row[name] for name in System.__dataclass_fields__})
