"""Storing population figures: what becomes of each row of a file, and the versions it makes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.intake.denominators.read import Figure
from db.tables.denominators import CONTENT, KEY, denominator, denominator_batch
from db.tables.districts import facility_district
from db.tables.records import facility
from surveillance.vocabulary import UNKNOWN

ACCEPTED, AMENDED, WITHDRAWN = "accepted", "amended", "withdrawn"
DUPLICATE, NOT_HELD = "duplicate", "not held"
#: Rows of one statement.
_AT_ONCE = 5_000
_Key = tuple[Any, ...]
_t = denominator.c
_CURRENT = _t.superseded_batch.is_(None)


@dataclass(frozen=True)
class Held:
    """A version of a figure."""

    id: int
    batch: int
    superseded: int | None
    content: tuple[Any, ...]


@dataclass(frozen=True)
class Decided:
    """What becomes of each figure of a file, in the order of its rows, and the version that it ends."""

    outcomes: tuple[str, ...]
    ends: Mapping[int, int]
    """Place among the figures -> the version that is current now."""

    def count(self, outcome: str) -> int:
        """How many figures have an outcome."""
        return Counter(self.outcomes)[outcome]


def decide(connection: Connection, figures: Sequence[Figure], sha256: str) -> Decided:
    """Compare each figure with what is held, as rows of line lists are.

    A file that came before says nothing new: of a figure that was held with that content at any time, nor of
    one that a later file has spoken of (decision 9). A second row that repeats the first says nothing
    new either.
    """
    came_first = connection.execute(
        select(func.min(denominator_batch.c.id)).where(denominator_batch.c.file_sha256 == sha256)
    ).scalar()
    versions = _versions(connection, {one.kind for one in figures}, {one.key for one in figures})
    outcomes: list[str] = []
    ends: dict[int, int] = {}
    seen: set[_Key] = set()
    for place, figure in enumerate(figures):
        history = versions.get(figure.key, [])
        current = next((one for one in history if one.superseded is None), None)
        if figure.key in seen or (came_first is not None and _old_news(figure, history, came_first)):
            outcome = DUPLICATE
        elif figure.withdrawn:
            outcome = WITHDRAWN if current else DUPLICATE if history else NOT_HELD
        elif current is None:
            outcome = ACCEPTED
        else:
            outcome = DUPLICATE if current.content == figure.content else AMENDED
        seen.add(figure.key)
        outcomes.append(outcome)
        if outcome in (AMENDED, WITHDRAWN) and current is not None:
            ends[place] = current.id
    return Decided(tuple(outcomes), ends)


def _old_news(figure: Figure, history: Iterable[Held], came_first: int) -> bool:
    return any(
        (not figure.withdrawn and one.content == figure.content)
        or one.batch > came_first
        or (one.superseded or 0) > came_first
        for one in history
    )


def _versions(connection: Connection, kinds: set[str], keys: set[_Key]) -> dict[_Key, list[Held]]:
    """Every version of figures, oldest first."""
    found: dict[_Key, list[Held]] = defaultdict(list)
    query = select(denominator).where(_t.kind.in_(sorted(kinds))).order_by(_t.id)
    for row in connection.execute(query).mappings():
        key = tuple(row[name] for name in KEY)
        if key in keys:
            content = tuple(row[name] for name in CONTENT)
            found[key].append(Held(row["id"], row["batch"], row["superseded_batch"], content))
    return found


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
    result = connection.execute(
        denominator_batch.insert().values(
            file_name=file_name[:255],
            file_sha256=sha256,
            received_at=(now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
            actor=actor,
            **counts,
        )
    )
    number = int(result.inserted_primary_key[0])  # type: ignore[index]
    ended = list(decided.ends.values())
    for start in range(0, len(ended), _AT_ONCE):
        some = _t.id.in_(ended[start : start + _AT_ONCE])
        connection.execute(denominator.update().where(some).values(superseded_batch=number))
    new = [
        {
            "batch": number,
            "row_number": figure.row.number,
            "level": figure.level,
            **dict(zip(KEY, figure.key, strict=True)),
            **dict(zip(CONTENT, figure.content, strict=True)),
        }
        for figure, outcome in zip(figures, decided.outcomes, strict=True)
        if outcome in (ACCEPTED, AMENDED)
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


def batches(connection: Connection, most: int | None = None) -> list[dict[str, Any]]:
    """Files that came, the newest first."""
    query = select(denominator_batch).order_by(denominator_batch.c.id.desc()).limit(most)
    return [dict(row) for row in connection.execute(query).mappings()]


def operational_districts(connection: Connection) -> list[str]:
    """Names of the operational districts of the facility list, now and before."""
    now, before = facility.c.operational_district, facility_district.c.operational_district
    in_force = sa.and_(facility_district.c.superseded_batch.is_(None), before != UNKNOWN)
    both = sa.union(select(now).where(now.is_not(None)), select(before).where(in_force))
    return sorted(connection.execute(both).scalars())


def problems(connection: Connection) -> list[str]:
    """What does not fit together: receipts with versions, and figures that cannot be.

    References to files that are not there are found with those of all tables (db.maintenance.verify).
    """
    doubled = select(_t.kind).where(_CURRENT).group_by(*(_t[name] for name in KEY)).having(func.count() > 1)
    number = connection.execute(select(func.count()).select_from(doubled.subquery())).scalar_one()
    found = [f"{number} population figures have more than one version in force"] if number else []
    wrong = sa.or_(_t.value < 0, _t.lower > _t.value, _t.upper < _t.value)
    number = connection.execute(select(func.count()).select_from(denominator).where(wrong)).scalar_one()
    if number:
        found.append(f"{number} population figures are negative, or lie outside their interval")
    brought, ended = (_by_batch(connection, column) for column in (_t.batch, _t.superseded_batch))
    for row in connection.execute(select(denominator_batch).order_by(denominator_batch.c.id)):
        parts = row.accepted + row.amended + row.withdrawn + row.duplicate + row.rejected
        for said, is_there, what in (
            (row.rows, parts, "rows and the sum of what became of them"),
            (row.accepted + row.amended, brought.get(row.id, 0), "accepted and amended, and versions stored"),
            (row.amended + row.withdrawn, ended.get(row.id, 0), "amended and withdrawn, and versions ended"),
        ):
            if said != is_there:
                found.append(f"file {row.id} of population figures: {what} differ ({said} and {is_there})")
    return found


def _by_batch(connection: Connection, column: sa.Column[Any]) -> dict[int, int]:
    query = select(column, func.count()).where(column.is_not(None)).group_by(column)
    return {number: int(rows) for number, rows in connection.execute(query)}
