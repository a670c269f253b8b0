"""Frames of JSON between a process and the child that reads a file for it."""

from __future__ import annotations

import json
import struct
from typing import IO, Any

#: How the child ends where its memory was not enough.
OUT_OF_MEMORY = 71
_LENGTH = struct.Struct("<Q")
_LONGEST = 1 << 30


def write_frame(pipe: IO[bytes] | None, content: Any) -> None:
    """Write one value as its length and JSON."""
    if pipe is None:
        raise BrokenPipeError
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    pipe.write(_LENGTH.pack(len(text)))
    pipe.write(text)
    pipe.flush()


def read_frame(pipe: IO[bytes] | None) -> Any:
    """Read one value.

    Raises
    ------
    EOFError
        The other side has closed the pipe, or what it wrote is no frame.
    """
    length = pipe.read(_LENGTH.size) if pipe else b""
    if len(length) < _LENGTH.size or _LENGTH.unpack(length)[0] > _LONGEST:
        raise EOFError
    text = pipe.read(_LENGTH.unpack(length)[0]) if pipe else b""
    if len(text) < _LENGTH.unpack(length)[0]:
        raise EOFError
    return json.loads(text.decode("utf-8", "surrogatepass"))
