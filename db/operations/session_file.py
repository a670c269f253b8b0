"""The sessions that live: a file of one fixed size, all of it written when it is made.

A session is known by its place in the file, and holds only while it stands there. So nothing that was ended,
lost or overwritten comes back, and to begin or end one takes no free disk: it is written in place. All
processes of a machine share the file. Of a session's key only a fingerprint is kept.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import IO

from db.core.file_lock import lock

_MAGIC = b"chhlang sessions 1\n"
#: Of a session: fingerprint of its key, of what its account may do, account, when it began, was last seen and
#: ended, its state, why it ended.
_FIELDS = struct.Struct("<32s16sQdddBB")
#: Where in it the state stands.
_STATE = struct.calcsize("<32s16sQddd")
#: Bytes of a place; the first one is the header's.
_PLACE = 128
PLACES = 4_096
_SIZE = _PLACE * (PLACES + 1)
#: Sessions of one account: a further one ends the one that was unused for longest.
MOST = 20
#: Seconds that may pass until it is written down that a session was used.
_SEEN_EVERY = 30.0
_FREE, _LIVES, _ENDED = 0, 1, 2
#: Why a session ended.
SIGNED_OUT, IDLE, BY_OTHERS, TOO_MANY = 1, 2, 3, 4
#: Threads of one process, where the system's lock is missing.
_ONE = threading.Lock()


@dataclass(frozen=True)
class Session:
    """One session. `authority`: fingerprint of what its account could do when it began."""

    place: int
    key: bytes
    authority: bytes
    account: int
    began: float
    seen: float
    ended: float = 0.0
    state: int = _LIVES
    why: int = 0

    @property
    def id(self) -> str:
        """What it is called in lists and in the trail: nobody signs in with it."""
        return f"{self.place}-{self.key.hex()[:12]}"

    @property
    def token(self) -> str:
        """What the line of its end is known by."""
        return self.key.hex()[:32]


class SessionFile:
    """The file at a path. Every call opens it anew: there is nothing to share with a forked process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make the file where it is missing or damaged, in its full size, for its owner alone.

        Raises
        ------
        OSError
            There is no space for it, or its folder is not writable.
        """
        with contextlib.suppress(OSError), self.path.open("rb") as held:
            if held.read(len(_MAGIC)) == _MAGIC and os.fstat(held.fileno()).st_size == _SIZE:
                return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self.path, flags, 0o600), "r+b", buffering=0) as handle, _ONE:
            lock(handle, wait=True)
            if handle.read(len(_MAGIC)) == _MAGIC and os.fstat(handle.fileno()).st_size == _SIZE:
                return
            handle.truncate(0)
            handle.seek(0)
            block, written = memoryview(_MAGIC.ljust(_SIZE, b"\0")), 0
            while written < _SIZE:  # really written: a hole would need space later
                written += handle.write(block[written:])
            os.fsync(handle.fileno())

    @contextlib.contextmanager
    def _writing(self) -> Iterator[IO[bytes]]:
        self.prepare()
        with self.path.open("r+b", buffering=0) as handle, _ONE:
            lock(handle, wait=True)
            yield handle

    def begin(self, account: int, authority: bytes, lifetime: float) -> tuple[str, Session]:
        """Begin a session; its key, which nobody else is told, and what is held of it.

        Where all places are taken, it takes that of the session that was unused for longest.
        """
        secret, now = secrets.token_hex(32), time.time()
        with self._writing() as handle:
            held, free = _taken(handle)
            theirs = [one for one in held if one.state == _LIVES and one.account == account]
            theirs = sorted((one for one in theirs if now - one.began < lifetime), key=lambda one: one.seen)
            for one in theirs[: max(0, len(theirs) - MOST + 1)]:
                _put(handle, replace(one, state=_ENDED, ended=now, why=TOO_MANY))
            place = free or min(held, key=lambda one: _worth(one, now - lifetime)).place
            session = Session(place, _print(place, secret), authority, account, now, now)
            _put(handle, session)
        return f"{place}.{secret}", session

    def find(self, key: str) -> Session | None:
        """The living session of a key; None where there is none (any more)."""
        number, _, secret = key.partition(".")
        if not (number.isascii() and number.isdigit() and len(number) <= 5 and 1 <= int(number) <= PLACES):
            return None
        try:
            with self.path.open("rb", buffering=0) as handle:
                found = _get(handle, int(number))
        except FileNotFoundError:
            return None
        known = found is not None and hmac.compare_digest(found.key, _print(int(number), secret))
        return found if known and found is not None and found.state == _LIVES else None

    def use(self, session: Session) -> None:
        """Note that a session was used now."""
        now = time.time()
        if 0 <= now - session.seen < _SEEN_EVERY:
            return
        with self._writing() as handle:
            if (held := _get(handle, session.place)) and held.key == session.key and held.state == _LIVES:
                _put(handle, replace(held, seen=now))

    def end(self, session: Session, why: int) -> bool:
        """End a session for good; whether it lived. What is left is taken by :meth:`ended`."""
        with self._writing() as handle:
            held = _get(handle, session.place)
            if held is None or held.key != session.key or held.state != _LIVES:
                return False
            _put(handle, replace(held, state=_ENDED, ended=time.time(), why=why))
            os.fsync(handle.fileno())
        return True

    def drop(self, session: Session) -> None:
        """Free the place of a session that was not told of, or whose end was."""
        with self._writing() as handle:
            if (held := _get(handle, session.place)) and held.key == session.key:
                _put(handle, replace(held, state=_FREE))

    def living(self, account: int | None = None) -> list[Session]:
        """Sessions that live, of one account or of all, the newest first."""
        found = [one for one in self._held() if one.state == _LIVES and account in (None, one.account)]
        return sorted(found, key=lambda one: -one.began)

    def ended(self) -> list[Session]:
        """Sessions of whose end the audit trail has no line yet, the first end first."""
        return sorted((one for one in self._held() if one.state == _ENDED), key=lambda one: one.ended)

    def _held(self) -> list[Session]:
        try:
            with self.path.open("rb", buffering=0) as handle:
                return _taken(handle)[0]
        except FileNotFoundError:
            return []


def _print(place: int, secret: str) -> bytes:
    return sha256(f"{place}.{secret}".encode("utf-8", "replace")).digest()


def _worth(session: Session, oldest: float) -> tuple[int, float]:
    """What goes first: a session past its time, the one unused for longest, an end that was not told."""
    if session.state == _LIVES:
        return (0, session.began) if session.began < oldest else (1, session.seen)
    return 2, session.ended


def _taken(handle: IO[bytes]) -> tuple[list[Session], int]:
    """Sessions that stand in the file, and the first free place; 0 where there is none."""
    handle.seek(0)
    held = b""
    while block := handle.read(_SIZE - len(held)):
        held += block
    # Most places are free. All states at once are a slice, a session is made only for a place that is taken.
    states = held[_PLACE + _STATE :: _PLACE][: len(held) // _PLACE - 1]
    taken = [
        Session(place, *_FIELDS.unpack_from(held, place * _PLACE))
        for place, state in enumerate(states, 1)
        if state != _FREE
    ]
    return taken, states.find(_FREE) + 1


def _get(handle: IO[bytes], place: int) -> Session | None:
    handle.seek(place * _PLACE)
    held = handle.read(_FIELDS.size)
    return Session(place, *_FIELDS.unpack(held)) if len(held) == _FIELDS.size else None


def _put(handle: IO[bytes], session: Session) -> None:
    handle.seek(session.place * _PLACE)
    handle.write(
        _FIELDS.pack(
            session.key, session.authority, session.account, session.began, session.seen, session.ended,
            session.state, session.why,
        )
    )  # fmt: skip
