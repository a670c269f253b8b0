"""The results of tests in a line list: what each row's word says of its disease, and what else it tells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from db.intake.values.notices import Notices
from surveillance.results import Result, read_result

#: Kind of the notice for a reactive screening test that is no diagnosis.
SCREENING = "screening_result"
#: Stands for a word that was not understood: compared by identity.
_UNREAD = Result(None)


@dataclass
class ResultColumn:
    """Reads the column `positive` of one file; remembers what each word was read as."""

    notices: Notices
    _memo: dict[tuple[str, str | None], Result] = field(default_factory=dict)

    def read(
        self, column: Sequence[str], diseases: Sequence[str | None], numbers: Sequence[int]
    ) -> tuple[list[bool | None], dict[int, tuple[str, str]]]:
        """Answers of the rows, and for some of them (by position) an item of `detail` with its value."""
        answers: list[bool | None] = []
        items: dict[int, tuple[str, str]] = {}
        memo = self._memo
        for at, key in enumerate(zip(column, diseases, strict=True)):
            result = memo.get(key)
            if result is None:
                result = memo[key] = _read(*key)
            answers.append(result.positive)
            if result is _UNREAD:
                self.notices.add("unread_value", "positive", key[0], numbers[at])
            elif result.screening and result.positive is None:
                self.notices.add(SCREENING, "positive", key[0], numbers[at])
            elif result.item is not None:
                items[at] = result.item
        return answers, items


def _read(text: str, disease: str | None) -> Result:
    try:
        return read_result(text, disease)
    except ValueError:
        return _UNREAD


def with_items(details: list[str | None], items: dict[int, tuple[str, str]]) -> list[str | None]:
    """Details with what the result said besides; what `detail` says of the same item stays."""
    for at, (name, value) in items.items():
        held = json.loads(details[at] or "{}")
        if name not in held:
            held[name] = value
            details[at] = json.dumps(held, sort_keys=True, separators=(",", ":"))
    return details
