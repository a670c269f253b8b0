"""Whether the audit trail is whole: every line what it was, each after the one that it followed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.operations import audit as audit_rows
from db.tables.operations import audit, audit_head

#: Faults that are named; one change rarely makes more than two.
MOST = 20


@dataclass(frozen=True)
class Fault:
    """What is wrong, and at which line."""

    line: int
    what: str


@dataclass(frozen=True)
class Chain:
    """What was found: lines that were read, number and hash of the last, and what is wrong."""

    lines: int
    last: int
    hash: str
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is."""
        return not self.faults


def verify(connection: Connection) -> Chain:
    """Read the whole trail, the oldest line first, and name the first :data:`MOST` faults."""
    faults: list[Fault] = []
    count, number, last = 0, 0, ""
    for row in audit_rows.every(connection):
        held = row.pop("hash")
        line = audit_rows.Line(**row)
        count += 1
        if line.hash != held:
            faults.append(Fault(line.id, "was changed"))
        if line.previous != last:
            faults.append(_broken(connection, number, line))
        number, last = line.id, held
        if len(faults) >= MOST:
            break
    else:
        faults += _end(connection, number, last)
    return Chain(count, number, last, tuple(faults))


def holds(connection: Connection, line: int, fingerprint: str) -> bool:
    """Whether a line is still there that was the newest one once, with its hash."""
    if not line:
        return fingerprint == ""
    held = select(audit.c.hash).where(audit.c.id == line)
    return connection.execute(held).scalar() == fingerprint


def _broken(connection: Connection, before: int, line: audit_rows.Line) -> Fault:
    """What may have happened before a line that does not follow the one before it."""
    follows = connection.execute(select(audit.c.id).where(audit.c.hash == line.previous)).scalar()
    if line.previous == "":
        follows = 0
    if follows is None and line.id > before + 1:
        return Fault(line.id, f"does not follow line {before}: {_span(before + 1, line.id - 1)} removed")
    if follows is None:
        return Fault(
            line.id,
            f"does not follow line {before}, which was rewritten, or from behind which one was removed",
        )
    if follows < before:
        return Fault(line.id, f"follows line {follows}: {_span(follows + 1, before)} inserted between them")
    return Fault(line.id, f"follows line {follows}, which stands behind it: the order was changed")


def _end(connection: Connection, number: int, last: str) -> list[Fault]:
    head = connection.execute(select(audit_head.c.line, audit_head.c.hash)).all()
    if len(head) != 1:
        return [Fault(number, "ends a trail of which nothing says any more where it ends")]
    if tuple(head[0]) == (number, last):
        return []
    if head[0][0] > number:
        return [Fault(number, f"is the last one: {_span(number + 1, head[0][0])} removed from the end")]
    return [Fault(number, "is the last one, and was not added by Chhlang")]


def _span(first: int, last: int) -> str:
    return f"line {first} was" if first == last else f"lines {first} to {last} were"
