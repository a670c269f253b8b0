"""Views of the map that people keep under names, and with which of them the map opens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import delete as sql_delete
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.tables.operations import default_view, saved_view
from surveillance.errors import UsageError


class Row(NamedTuple):
    """A view as it is stored. `role`: whom it is shared with; None: nobody."""

    id: int
    owner: str
    name: str
    question: str
    role: str | None


_COLUMNS = [saved_view.c[name] for name in Row._fields]


def readable(database: Database, owner: str, role: str) -> list[Row]:
    """A person's own views, and those shared with a role."""
    with database.operations.connect() as connection:
        found = connection.execute(select(*_COLUMNS).where(_readable(owner, role)).order_by(saved_view.c.id))
        return [Row(*row) for row in found]


def add(database: Database, owner: str, name: str, question: str, most: int) -> int:
    """Keep a view; its number.

    Raises
    ------
    UsageError
        The person has a view of this name, or `most` of them.
    """
    with write_transaction(database.operations) as connection:
        held = select(func.count()).select_from(saved_view).where(saved_view.c.owner == owner)
        if connection.execute(held).scalar_one() >= most:
            raise UsageError("you keep {most} views already: delete one first", most=most)
        _check_name(connection, owner, name)
        values = {"owner": owner, "name": name, "question": question, "created_at": _now()}
        made = insert(saved_view).values(values).returning(saved_view.c.id)
        number = int(connection.execute(made).scalar_one())
        said = {"view": number, "name": name, "question": question}
        audit.write(connection, owner, "view saved", said)
        return number


def change(database: Database, owner: str, number: int, **values: Any) -> None:
    """Change a person's own view: `name` or `role`.

    Raises
    ------
    UsageError
        There is none, or the name is taken.
    """
    with write_transaction(database.operations) as connection:
        if "name" in values:
            _check_name(connection, owner, values["name"], but=number)
        done = connection.execute(update(saved_view).where(*_own(owner, number)).values(values))
        _there(done.rowcount, number)
        action = "view renamed" if "name" in values else "view shared"
        audit.write(connection, owner, action, {"view": number} | values)


def delete(database: Database, owner: str, number: int) -> None:
    """Delete a person's own view; nobody's map opens with it any more.

    Raises
    ------
    UsageError
        There is none.
    """
    with write_transaction(database.operations) as connection:
        held = connection.execute(select(saved_view.c.id).where(*_own(owner, number))).all()
        _there(len(held), number)
        connection.execute(sql_delete(default_view).where(default_view.c.view == number))
        connection.execute(sql_delete(saved_view).where(*_own(owner, number)))
        audit.write(connection, owner, "view deleted", {"view": number})


def set_default(database: Database, actor: str, number: int | None) -> None:
    """Say with which view a person's map opens; None: with none."""
    with write_transaction(database.operations) as connection:
        connection.execute(sql_delete(default_view).where(default_view.c.actor == actor))
        if number is not None:
            connection.execute(insert(default_view).values(actor=actor, view=number))


def default_of(database: Database, actor: str) -> int | None:
    """Number of the view that a person's map opens with."""
    with database.operations.connect() as connection:
        found = connection.execute(select(default_view.c.view).where(default_view.c.actor == actor)).scalar()
        return None if found is None else int(found)


def opening(database: Database, actor: str, role: str) -> Row | None:
    """The view that a person's map opens with, where that person may still see it."""
    joined = saved_view.join(default_view, default_view.c.view == saved_view.c.id)
    wanted = (
        select(*_COLUMNS).select_from(joined).where(default_view.c.actor == actor, _readable(actor, role))
    )
    with database.operations.connect() as connection:
        found = connection.execute(wanted).first()
        return None if found is None else Row(*found)


def _readable(owner: str, role: str) -> sa.ColumnElement[bool]:
    return sa.or_(saved_view.c.owner == owner, saved_view.c.role == role)


def _own(owner: str, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return saved_view.c.id == number, saved_view.c.owner == owner


def _there(many: int, number: int) -> None:
    if not many:
        raise UsageError("there is no view {number} here", number=number)


def _check_name(connection: Connection, owner: str, name: str, but: int | None = None) -> None:
    taken = select(saved_view.c.id).where(saved_view.c.owner == owner, saved_view.c.name == name)
    if any(number != but for number in connection.execute(taken).scalars()):
        raise UsageError("name: you have a view of this name; choose another", "name")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
