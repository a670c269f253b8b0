"""Rows that withdraw a record: set apart before cleaning, since they may leave everything else blank."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from db.intake.files.readers import Row
from db.intake.values.codes import match_key, visible
from db.intake.values.fingerprints import identity_of_number, own_number
from db.intake.values.identifiers import is_damaged
from db.intake.values.reasons import Reason
from surveillance.line_list import BY_NAME, WITHDRAWN
from surveillance.vocabulary import lookup, normalise

FIELD = "record_status"
#: What a withdrawal must say: whose record, and which.
NEEDED = ("facility_id", "record_id")
NO_SUCH_RECORD = Reason(
    "{field}: there is no such record to withdraw; check source, facility_id and record_id, or send "
    "the record first",
    field=FIELD,
)


@dataclass(frozen=True)
class Withdrawal:
    """A row that withdraws the record of this identity."""

    row: Row
    identity: bytes


@dataclass(frozen=True)
class Sorted:
    """Rows of one chunk: those that bring records, withdrawals, and what could not be read, with reasons."""

    rows: list[Row]
    withdrawals: list[Withdrawal]
    refused: list[tuple[Row, Reason]]


class StatusReader:
    """Sorts the rows of one file by `record_status`; a file without that column passes untouched."""

    def __init__(
        self, position: Mapping[str, int], source: str, facility_key: Callable[[str], str] = match_key
    ) -> None:
        self._position, self._source, self._facility_key = position, source, facility_key
        self._known = lookup(BY_NAME[FIELD].values)

    def sort(self, rows: list[Row]) -> Sorted:
        """Set withdrawals apart. A status that cannot be read is refused: guessing would store or lose it."""
        at = self._position.get(FIELD)
        if at is None:
            return Sorted(rows, [], [])
        kept: list[Row] = []
        withdrawals: list[Withdrawal] = []
        refused: list[tuple[Row, Reason]] = []
        for row in rows:
            text = self._cell(row, FIELD)
            status = self._known.get(normalise(text)) if text.strip() else None
            if status == WITHDRAWN:
                self._withdraw(row, withdrawals, refused)
            elif status is None and text.strip():
                shown = visible(text, 40)
                advice = Reason("write {word}, or leave it blank", word=WITHDRAWN)
                said = Reason(
                    "{field}: '{text}' cannot be read; {advice}", field=FIELD, text=shown, advice=advice
                )
                refused.append((row, said))
            else:
                kept.append(row)
        return Sorted(kept, withdrawals, refused)

    def _withdraw(self, row: Row, withdrawals: list[Withdrawal], refused: list[tuple[Row, Reason]]) -> None:
        texts = {name: self._cell(row, name) for name in NEEDED}
        facility = self._facility_key(texts["facility_id"])
        number = own_number(texts["record_id"])
        if facility and number:
            withdrawals.append(Withdrawal(row, identity_of_number(self._source, facility, number)))
            return
        damaged = ", ".join(name for name in NEEDED if is_damaged(texts[name]))
        if damaged:
            lost = Reason("{field}: the digits of {damaged} are lost: write it in full, as text",
                          field=FIELD, damaged=damaged)  # fmt: skip
            refused.append((row, lost))
            return
        blank = ", ".join(name for name, value in zip(NEEDED, (facility, number), strict=True) if not value)
        said = Reason("{field}: a withdrawal needs {blank}, which is blank", field=FIELD, blank=blank)
        refused.append((row, said))

    def _cell(self, row: Row, name: str) -> str:
        at = self._position.get(name)
        return row.cells[at] if at is not None and at < len(row.cells) else ""


class HeldBack:
    """The withdrawing rows of a file as they came, in little memory: some may have to be returned."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def keep(self, withdrawals: Sequence[Withdrawal]) -> None:
        """Keep the rows of one chunk."""
        if withdrawals:
            rows = [(item.row.number, item.row.sent or item.row.cells) for item in withdrawals]
            self._parts.append(zlib.compress(pickle.dumps(rows), 1))

    def rows(self, numbers: Collection[int]) -> Iterator[Row]:
        """The rows of these numbers, in the order of the file."""
        wanted = set(numbers)
        for part in self._parts if wanted else ():
            for number, cells in pickle.loads(zlib.decompress(part)):  # noqa: S301 - our own bytes
                if number in wanted:
                    yield Row(number, cells)
