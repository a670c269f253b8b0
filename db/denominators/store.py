"""Storing population figures: what becomes of each row of a file, and the versions it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.intake.denominators.read import Figure
from db.tables.denominators import CONTENT, KEY, denominator, denominator_batch
from db.versions.store import Decided, Versions

VERSIONS = Versions(denominator_batch, denominator, KEY, CONTENT, "population figures")
_t = denominator.c
_CURRENT = _t.superseded_batch.is_(None)


def decide(connection: Connection, figures: Sequence[Figure], sha256: str) -> Decided:
    """Compare each figure with what is held (:meth:`db.versions.store.Versions.decide`)."""
    kinds = sorted({one.kind for one in figures})
    return VERSIONS.decide(connection, figures, sha256, _t.kind.in_(kinds))


def store(
    connection: Connection,
    figures: Sequence[Figure],
    decided: Decided,
    *,
    file_name: str,
    sha256: str,
    actor: str,
    counts: Mapping[str, int],
    now: datetime | None = None,
) -> int:
    """Write a file's receipt and its versions, in the caller's transaction; the batch's number."""
    number = VERSIONS.receive(
        connection, decided, file_name=file_name, sha256=sha256, actor=actor, counts=counts, now=now
    )
    new = [
        {"batch": number, "row_number": figure.row.number, "level": figure.level, **VERSIONS.row_of(figure)}
        for figure in decided.told(figures)
    ]
    if new:
        connection.execute(denominator.insert(), new)
    return number


def listed(
    connection: Connection,
    *,
    kind: str | None = None,
    areas: Sequence[str] | None = None,
    level: str | None = None,
    year: int | None = None,
    history: bool = False,
    until: str | None = None,
) -> list[dict[str, Any]]:
    """Figures with the batch that brought them, in the order of their keys, the newest version first.

    Parameters
    ----------
    areas : sequence of str, optional
        Codes of those that are wanted.
    history : bool
        Also versions that a later one replaced, or that were taken back.
    until : str, optional
        As it was at this moment (UTC, ISO): what came later is left out, and what later files ended is
        current.
    """
    ending = denominator_batch.alias("ending")
    ended_at = ending.c.received_at
    query = (
        select(
            denominator,
            denominator_batch.c.file_name,
            denominator_batch.c.received_at,
            denominator_batch.c.actor,
            ended_at.label("ended_at"),
        )
        .join(denominator_batch, _t.batch == denominator_batch.c.id)
        .outerjoin(ending, _t.superseded_batch == ending.c.id)
        .order_by(*(_t[name] for name in KEY), _t.id.desc())
    )
    conditions: list[sa.ColumnElement[bool]] = []
    if kind is not None:
        conditions.append(_t.kind == kind)
    if areas is not None:
        conditions.append(_t.area.in_(list(areas)))
    if level is not None:
        conditions.append(_t.level == level)
    if year is not None:
        conditions.append(_t.year == year)
    if until is not None:
        conditions.append(denominator_batch.c.received_at < until)
    if not history:
        later = sa.or_(_CURRENT, ended_at >= until) if until is not None else _CURRENT
        conditions.append(later)
    return [dict(row) for row in connection.execute(query.where(*conditions)).mappings()]


def problems(connection: Connection) -> list[str]:
    """What does not fit together: receipts with versions, and figures that cannot be."""
    found = VERSIONS.problems(connection)
    wrong = sa.or_(_t.value < 0, _t.lower > _t.value, _t.upper < _t.value)
    number = connection.execute(select(func.count()).select_from(denominator).where(wrong)).scalar_one()
    if number:
        found.append(f"{number} population figures are negative, or lie outside their interval")
    return found
