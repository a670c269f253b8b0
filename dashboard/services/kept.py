"""Answers kept in memory for as long as the records are the same (decision 52).

What an answer depends on beside the records must be in its key: role and scope always, and the day.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from dashboard.permissions import Grant
from dashboard.services.releases.in_force import number_for
from db.core.data_state import data_state
from db.core.engine import Database

Answer = TypeVar("Answer")
#: How long an answer is kept at most.
_SECONDS = 300.0


class Kept(Generic[Answer]):
    """The latest answers to one kind of question, in one process. Nobody may change what it gives out.

    `most`: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._held: OrderedDict[tuple[Hashable, ...], tuple[float, Answer]] = OrderedDict()

    def get(
        self, database: Database, grant: Grant | None, asked: Hashable, answer: Callable[[], Answer]
    ) -> Answer:
        """The answer to `asked`, for accounts of the same role and scope; `answer` makes it.

        `grant`: None where the answer is the same for everybody.
        """
        state = data_state(database)
        if state is None:
            return answer()
        release = None if grant is None else number_for(database, grant)
        key = (state, grant and (grant.role, grant.scope), release, asked)
        with self._lock:
            held = self._held.pop(key, None)
            if held is not None and monotonic() - held[0] < _SECONDS:
                self._held[key] = held
                return held[1]
        made = answer()
        with self._lock:
            # What nobody is given any more: answers from other records, and old ones.
            for gone in [
                one for one, (at, _) in self._held.items() if one[0] != state or monotonic() - at >= _SECONDS
            ]:
                del self._held[gone]
            self._held[key] = monotonic(), made
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made

    def forget(self) -> None:
        """Keep nothing of what was asked."""
        with self._lock:
            self._held.clear()
