"""What a funnel of places may be asked: every parameter, for the page and its files alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, ClassVar

from pydantic.dataclasses import dataclass

from dashboard.filters import BY, CoverageQuery, days_turned
from dashboard.parameters import Day, OneOf
from dashboard.questions import STRICT, Question
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.vocabulary import PLACES

CHANCE, FACTOR, BETWEEN = SPREADS = ("none", "multiplicative", "additive")


@dataclass(frozen=True, config=STRICT)
class FunnelQuery(Question):
    """A question of a funnel. `spread`: how much more than chance places may differ."""

    ALWAYS: ClassVar[Collection[str]] = ("disease",)

    disease: Annotated[str, OneOf(tuple(DISEASES), help="code of the disease")] = "malaria"
    by: Annotated[str, OneOf(BY, help="kind of place")] = "facility"
    place: Annotated[str, OneOf(PLACES, help="which province of a record counts")] = "care"
    measure: Annotated[str, OneOf(tuple(MEASURES), help="which measure is compared")] = "testing"
    spread: Annotated[str, OneOf(SPREADS, help="limits of chance alone, or widened")] = CHANCE
    start: Annotated[date | None, Day(name="from", help="first day; widened to whole cells")] = None
    end: Annotated[date | None, Day(name="to", help="last day; widened to whole cells")] = None

    @property
    def coverage(self) -> CoverageQuery:
        """The same as a question of the map."""
        return CoverageQuery(
            self.disease, self.by, self.place if self.by == "province" else "care", self.measure, self.start,
            self.end,
        )  # fmt: skip

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself."""
        if wrong := days_turned(self.start, self.end):
            yield wrong
        yield from self.coverage.contradictions()
