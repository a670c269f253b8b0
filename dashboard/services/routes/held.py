"""Whether there are roads or flows, and which file of them a run rests on. Loads no frames."""

from __future__ import annotations

from db.core.engine import Connection
from db.routes.store import VERSIONS, kinds_held

#: Letters of the version of places that a run keeps.
_LONGEST = 16
_MARK = "~"


def held(connection: Connection) -> tuple[str, ...]:
    """Of `roads` and `flows` those that any file brought and that are in force."""
    return kinds_held(connection)


def with_file(connection: Connection, version: str) -> str:
    """What a run along roads or flows rests on beside the records: places, and the newest file of routes.

    A file that comes between asking and scanning changes nothing.
    """
    mark = f"{_MARK}{VERSIONS.newest(connection)}"
    head, dot, tail = version.partition(".")
    return f"{head[: _LONGEST - len(dot) - len(tail) - len(mark)]}{dot}{tail}{mark}"


def file_of(version: str) -> int:
    """The file of :func:`with_file`; 0 where there is none.

    >>> file_of("0123456789abcd~7"), file_of("0123456789abcdef")
    (7, 0)
    """
    return int(version.partition(_MARK)[2] or 0)


def without_file(version: str) -> str:
    """The version of places alone."""
    return version.partition(_MARK)[0]
