"""The content of a release: one sheet for each table of a disease, as arrays, and as bytes that say the same.

The bytes are the same for the same numbers, on each machine: a digest of them names the content.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
#: What stands in an array where no number is told.
BLANK = -1
#: States of a measure in an array.
SHOWN, HIDDEN, NOT_ISSUED = 0, 1, 2
RECORDS = "records"
COMPLETION = "completion"
#: All places together; of crossings: all crossings.
TOGETHER = ""
_PARTS = ("numerator", "denominator", "unknown", "state")
_FORMAT = 1
_NUMBER = np.dtype("<i4")


@dataclass(frozen=True)
class Sheet:
    """One table of a disease.

    Parameters
    ----------
    dimension : str
        `care`, `crossing` or `home`.
    axis : str
        The axis by whose values its rows are, too; empty for none.
    rows : tuple of (place, value)
        `TOGETHER` as a place stands for all together; the value is empty where there is no axis.
    columns : tuple of (kind, first day)
        Kinds: `month`, `quarter`, `year`.
    measures : tuple of str
        :data:`RECORDS` (its numerator and denominator are the records) and measures; or completion alone.
    numerator, denominator, unknown : array of int64, shape (measures, rows, columns)
        :data:`BLANK` where not told.
    state : array of int64, shape (measures, rows, columns)
        :data:`SHOWN`, :data:`HIDDEN` or :data:`NOT_ISSUED`.
    noise : bool
        Whether its numbers have noise, so that none is told as it is.
    """

    dimension: str
    axis: str
    rows: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, date], ...]
    measures: tuple[str, ...]
    numerator: Numbers
    denominator: Numbers
    unknown: Numbers
    state: Numbers
    noise: bool = False
    row_at: dict[tuple[str, str], int] = field(init=False, repr=False, compare=False)
    column_at: dict[tuple[str, date], int] = field(init=False, repr=False, compare=False)
    measure_at: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Where each row, column and measure is; and nobody changes the numbers."""
        shape = (len(self.measures), len(self.rows), len(self.columns))
        for part in _PARTS:
            array = getattr(self, part)
            if array.shape != shape:
                raise ValueError(f"{part} of {self.dimension} {self.axis}: shape {array.shape}, not {shape}")
            array.setflags(write=False)
        for name, keys in (("row_at", self.rows), ("column_at", self.columns), ("measure_at", self.measures)):
            object.__setattr__(self, name, {key: number for number, key in enumerate(keys)})

    @property
    def name(self) -> str:
        """What tells it from the other tables of its disease."""
        parts = [self.dimension, self.axis]
        if self.axis:
            parts.append("country" if all(place == TOGETHER for place, _ in self.rows) else "place")
        if self.measures == (COMPLETION,):
            parts.append(COMPLETION)
        return "-".join(part for part in parts if part)


def pack(sheets: Sequence[Sheet]) -> bytes:
    """Write sheets as bytes: a line that says what they are, then their numbers."""
    said = [
        {
            "dimension": sheet.dimension,
            "axis": sheet.axis,
            "rows": [list(row) for row in sheet.rows],
            "columns": [[kind, first.isoformat()] for kind, first in sheet.columns],
            "measures": list(sheet.measures),
            **({"noise": True} if sheet.noise else {}),
        }
        for sheet in sheets
    ]
    head = json.dumps({"format": _FORMAT, "sheets": said}, ensure_ascii=True, separators=(",", ":"))
    arrays = [getattr(sheet, part).astype(_NUMBER).tobytes() for sheet in sheets for part in _PARTS]
    return b"".join([head.encode(), b"\n", *arrays])


def unpack(data: bytes) -> tuple[Sheet, ...]:
    """Read what :func:`pack` wrote.

    Raises
    ------
    ValueError
        The bytes are of another format.
    """
    line, _, rest = data.partition(b"\n")
    head = json.loads(line)
    if head.get("format") != _FORMAT:
        raise ValueError(f"the content of the release has format {head.get('format')}, not {_FORMAT}")
    at, sheets = 0, []
    for said in head["sheets"]:
        shape = (len(said["measures"]), len(said["rows"]), len(said["columns"]))
        many = shape[0] * shape[1] * shape[2]
        parts = {}
        for part in _PARTS:
            found = np.frombuffer(rest, _NUMBER, many, at).astype(np.int64)
            parts[part] = found.reshape(shape)
            at += many * _NUMBER.itemsize
        sheets.append(
            Sheet(
                said["dimension"],
                said["axis"],
                tuple((place, value) for place, value in said["rows"]),
                tuple((kind, date.fromisoformat(first)) for kind, first in said["columns"]),
                tuple(said["measures"]),
                **parts,
                noise=said.get("noise", False),
            )
        )
    return tuple(sheets)


def digest(data: bytes) -> str:
    """Return the fingerprint of a content."""
    return sha256(data).hexdigest()


def digest_of(parts: Sequence[tuple[str, int, str]]) -> str:
    """Return the fingerprint of a whole release, from those of its parts: disease, threshold, fingerprint."""
    return sha256("\n".join(f"{disease} {k} {one}" for disease, k, one in sorted(parts)).encode()).hexdigest()


def squeeze(data: bytes) -> bytes:
    """Return it compressed, as it is stored."""
    return zlib.compress(data, 6)


def expand(data: bytes) -> bytes:
    """Return what was compressed."""
    return zlib.decompress(data)
