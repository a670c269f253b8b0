"""Letters of vans and numbers of people, each given once: two desks at once never give the same one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from db.core.engine import Database, write_transaction
from db.tables.reception.desk import desk_tag

#: Longest tag, and the longest name of what holds a tag once.
LONGEST, _NAME = 8, 64
#: Where codes of stickers stand, with the day on which they were printed; and names of one statement.
_STICKERS, _AT_ONCE = "stickers ", 5_000


def give(
    database: Database, within: str, owner: str, asked: str, after: Callable[[Collection[str]], str]
) -> str:
    """The tag of a van or person: the one it has, the one it asks for where that is free, else the next.

    Parameters
    ----------
    within : str
        Where tags are told apart: a crossing and day, or a van.
    owner : str
        The van or person.
    after : callable
        The next tag, from all that are taken.
    """
    within, owner = within[:_NAME], owner[:_NAME]
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE desk_tag IN SHARE ROW EXCLUSIVE MODE")
        found = connection.execute(
            select(desk_tag.c.owner, desk_tag.c.tag).where(desk_tag.c.within == within)
        )
        held = {str(name): str(tag) for name, tag in found}
        if owner in held:
            return held[owner]
        taken = set(held.values())
        tag = asked if asked and len(asked) <= LONGEST and asked not in taken else after(taken)
        connection.execute(insert(desk_tag).values(within=within, tag=tag, owner=owner))
        return tag


def keep_codes(database: Database, draw: Callable[[], str], number: int, today: date) -> list[str]:
    """Codes that are printed on stickers before anybody has one: none of them is drawn again."""
    within = f"{_STICKERS}{today.isoformat()}"
    codes: list[str] = []
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE desk_tag IN SHARE ROW EXCLUSIVE MODE")
        while len(codes) < number:
            code = draw()
            if code not in codes and not is_kept(connection, code):
                codes.append(code)
        connection.execute(
            insert(desk_tag), [{"within": within, "tag": code, "owner": code} for code in codes]
        )
    return codes


def is_kept(connection: Connection, code: str) -> bool:
    """Whether a code was printed on a sticker."""
    kept = select(desk_tag.c.tag).where(desk_tag.c.within.startswith(_STICKERS), desk_tag.c.tag == code)
    return connection.execute(kept.limit(1)).first() is not None


def forget(connection: Connection, before: date, vans: Sequence[str]) -> None:
    """Delete tags of vans that became sums, and letters and stickers of days before one."""
    for start in range(0, len(vans), _AT_ONCE):
        some = vans[start : start + _AT_ONCE]
        connection.execute(delete(desk_tag).where(desk_tag.c.within.in_(some)))
    withins = connection.scalars(
        select(desk_tag.c.within).distinct().where(desk_tag.c.within.like("% ____-__-__"))
    )
    old = [one for one in withins if one.rpartition(" ")[2] < before.isoformat()]
    for start in range(0, len(old), _AT_ONCE):
        connection.execute(delete(desk_tag).where(desk_tag.c.within.in_(old[start : start + _AT_ONCE])))


def next_letter(taken: Collection[str]) -> str:
    """The first of A, B ... Z, AA, AB ... that is not taken."""
    place = 0
    while (letter := _letter(place)) in taken:
        place += 1
    return letter


def next_number(taken: Collection[str]) -> str:
    """One more than the highest number below 100 that is taken, and beyond those the first that is free."""
    numbers = {int(tag) for tag in taken if tag.isdecimal()}
    place = 1 + max((number for number in numbers if number < 100), default=0)
    while place in numbers:
        place += 1
    return str(place)


def _letter(place: int) -> str:
    before = _letter(place // 26 - 1) if place >= 26 else ""
    return before + chr(ord("A") + place % 26)
