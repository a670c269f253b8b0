"""Who issues persons' numbers, and whose numbers are the same person in every facility."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.intake.values.notices import UNSHARED_ISSUER
from db.persons import update as persons
from db.tables.persons import shared_issuer
from db.tables.records import episode, notice


def share(connection: Connection, mark: str, name: str, actor: str) -> int:
    """Declare an issuer as shared, and count its persons anew; returns how many current records are its."""
    theirs = (episode.c.issuer == mark) & persons.CURRENT
    with persons.recounted(connection, theirs):
        connection.execute(shared_issuer.delete().where(shared_issuer.c.mark == mark))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        connection.execute(
            shared_issuer.insert().values(mark=mark, name=name[:80], shared_at=now, shared_by=actor[:120])
        )
    return _count(connection, mark)


def unshare(connection: Connection, mark: str) -> int:
    """Take a declaration back, and count anew; returns how many current records are the issuer's."""
    theirs = (episode.c.issuer == mark) & persons.CURRENT
    with persons.recounted(connection, theirs):
        connection.execute(shared_issuer.delete().where(shared_issuer.c.mark == mark))
    return _count(connection, mark)


def is_shared(connection: Connection, mark: str) -> bool:
    """Whether an issuer is declared as shared."""
    return (
        connection.execute(select(shared_issuer.c.mark).where(shared_issuer.c.mark == mark)).first()
        is not None
    )


def _count(connection: Connection, mark: str) -> int:
    query = select(func.count()).select_from(episode).where(episode.c.issuer == mark, persons.CURRENT)
    return int(connection.execute(query).scalar_one())


def declared(connection: Connection) -> list[dict[str, Any]]:
    """Issuers that are declared as shared: `mark, name, shared_at, shared_by`."""
    rows = connection.execute(select(shared_issuer).order_by(shared_issuer.c.name))
    return [dict(row) for row in rows.mappings()]


def known(connection: Connection) -> dict[str, tuple[int, int, int]]:
    """Mark of each issuer -> current records, facilities, and persons seen in more than one facility."""
    current = (episode.c.issuer.is_not(None), persons.CURRENT)
    by_person = (
        select(
            episode.c.issuer,
            func.count(episode.c.facility_key.distinct()).label("facilities"),
        )
        .where(*current)
        .group_by(episode.c.issuer, episode.c.person)
    ).subquery()
    several = (
        select(by_person.c.issuer, func.count())
        .where(by_person.c.facilities > 1)
        .group_by(by_person.c.issuer)
    )
    between = {mark: int(number) for mark, number in connection.execute(several)}
    totals = (
        select(episode.c.issuer, func.count(), func.count(episode.c.facility_key.distinct()))
        .where(*current)
        .group_by(episode.c.issuer)
    )
    return {
        mark: (int(records), int(facilities), between.get(mark, 0))
        for mark, records, facilities in connection.execute(totals)
    }


def names(connection: Connection) -> set[str]:
    """Names of undeclared issuers, as files gave them often enough to be kept."""
    query = select(notice.c.text).distinct().where(notice.c.kind == UNSHARED_ISSUER, notice.c.text != "")
    return set(connection.execute(query).scalars())
