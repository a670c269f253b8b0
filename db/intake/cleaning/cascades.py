"""The five answers of the care cascade as one number, and what contradicts itself in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from db.intake.values.reasons import Reason
from surveillance.coverage.indicators import STEPS, contradiction, state_number
from surveillance.line_list import states_basis

#: What decides a cascade: the answers, and what may excuse a treatment that follows an explicit no.
_READ_FROM = (*STEPS, "test_method", "case_status", "detail")


class CascadeReader:
    """Reads cascades; each distinct combination once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], tuple[int, Reason | None]] = {}

    def states(self, read: Mapping[str, Sequence[Any]], reasons: dict[int, list[Reason]]) -> list[int]:
        """Number of each row's cascade; a row that contradicts itself gets its reason in `reasons`."""
        states = []
        for i, key in enumerate(zip(*(read[name] for name in _READ_FROM), strict=True)):
            if key not in self._known:
                self._known[key] = _cascade(*key)
            state, reason = self._known[key]
            if reason:
                reasons.setdefault(i, []).append(reason)
            states.append(state)
        return states


def _cascade(*values: Any) -> tuple[int, Reason | None]:
    *answers, method, status, detail = values
    found = contradiction(tuple(answers), states_basis(method, status, _basis(detail)))
    if found is None:
        return state_number(tuple(answers)), None
    earlier, later = found
    advice = Reason("correct one of the two, or leave blank what is not known")
    if later == "treated":
        advice = Reason(
            "correct one of the two, or leave blank what is not known; treatment without a positive test "
            "needs its basis, as treatment_basis=clinical in detail"
        )
    return 0, Reason(
        "{field}: is yes after an explicit no ({earlier} = no); {advice}",
        field=later,
        earlier=earlier,
        advice=advice,
    )


def _basis(detail: str | None) -> str | None:
    if detail is None or "treatment_basis" not in detail:
        return None
    basis: str | None = json.loads(detail).get("treatment_basis")
    return basis
