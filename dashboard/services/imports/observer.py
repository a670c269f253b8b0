"""What follows an import from beside it: hears how far it is, and may stop it in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from surveillance.errors import CancelledError


class ImportObserver:
    """Follows an import, and does nothing; subclasses do."""

    def seen(self, columns: Sequence[str], records: Sequence[tuple[Any, ...]]) -> None:
        """Take note of the records of one chunk.

        Parameters
        ----------
        columns
            Their columns: `surveillance.line_list.RECORD_COLUMNS` of a line list,
            `db.tables.aggregates.VALUE_COLUMNS` of reports; else fields of a reception centre's record.
        """

    def progress(self, rows: int) -> None:
        """Take note of the number of rows read so far; called after each chunk."""

    def stopping(self) -> bool:
        """Whether to stop and store nothing; asked after each chunk."""
        return False

    def raise_if_cancelled(self) -> None:
        """Stop the import where that was asked for.

        Raises
        ------
        CancelledError
            It was stopped.
        """
        if self.stopping():
            raise CancelledError("it was cancelled; nothing of it is stored")

    def before_commit(self) -> None:
        """Called when every row has been read, before the transaction that stores them.

        Raises
        ------
        CancelledError
            It was stopped just before.
        """
