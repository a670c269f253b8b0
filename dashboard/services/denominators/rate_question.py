"""What rates may be asked: every parameter, for command, page and files alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic.dataclasses import dataclass

from dashboard.filters import CoverageQuery, days_turned, place_without
from dashboard.parameters import Day, Number, OneOf, YesNo
from dashboard.questions import STRICT, Question
from surveillance.denominators.kinds import KINDS
from surveillance.denominators.standards import STANDARDS
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

CASES, PATIENTS = WHAT = ("cases", "patients")
HOME, CARE = PLACES = ("home", "care")
PROVINCE, DISTRICT = "province", "district"
#: The standard that is the country's own population, by sex and age.
COUNTRY = "country"
NONE, EB, BYM2 = SMOOTHS = ("none", "eb", "bym2")
#: Kinds of figure that a rate of records may be divided by: modelled cases of one disease are none.
DIVISORS = tuple(code for code, kind in KINDS.items() if kind.interval_below is None)


@dataclass(frozen=True, config=STRICT)
class RatesQuery(Question):
    """A question of rates. `start`, `end`: None leaves it to the data."""

    ALWAYS: ClassVar[Collection[str]] = ("disease",)

    disease: Annotated[str, OneOf(tuple(DISEASES), help="code of the disease")] = "malaria"
    by: Annotated[str, OneOf((PROVINCE, DISTRICT), help="kind of area; district: the operational one")] = (
        PROVINCE
    )
    what: Annotated[str, OneOf(WHAT, help="cases found positive, or all patients")] = CASES
    place: Annotated[
        str, OneOf(PLACES, help="where cases count: home, as the population does; or where care was given")
    ] = HOME
    start: Annotated[date | None, Day(name="from", help="first day; widened to whole cells")] = None
    end: Annotated[date | None, Day(name="to", help="last day; widened to whole cells")] = None
    standard: Annotated[
        str, OneOf((*STANDARDS, COUNTRY), help="population that rates are standardised to; who, if not given")
    ] = "who"
    divisor: Annotated[
        str, OneOf(DIVISORS, help="kind of figure that is divided by; population, if not given")
    ] = "population"
    smooth: Annotated[
        str, OneOf(SMOOTHS, help="smoothed rates: eb (empirical Bayes), bym2 (with neighbours), or none")
    ] = EB
    per: Annotated[
        float, Number(1, 1_000_000, help="people to whom a rate is brought; 100000, if not given")
    ] = 100_000.0
    project: Annotated[
        bool,
        YesNo(help="a year between two figures has that of steady growth between them, not the earlier one"),
    ] = False
    threshold: Annotated[
        float | None, Number(0, 1_000_000, help="a rate: add the probability of a higher one")
    ] = None

    def coverage(self, **groups: tuple[str, ...]) -> CoverageQuery:
        """The records behind it, or those of some groups, as a question of the map."""
        return CoverageQuery(self.disease, self.by, self.place, "yield", self.start, self.end, groups=groups)

    @classmethod
    def usual(cls, texts: Mapping[str, str]) -> dict[str, Any]:
        """An operational district is known of care alone."""
        return {"place": CARE} if texts.get("by") == DISTRICT and "place" not in texts else {}

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself."""
        if wrong := days_turned(self.start, self.end):
            yield wrong
        if wrong := place_without(self.by, self.place):
            yield wrong
        if self.by == DISTRICT and self.smooth == BYM2:
            yield UsageError(
                "smooth: which operational districts are neighbours is not known, since their borders are "
                "not published for use; choose eb",
                "smooth",
            )
        if self.threshold is not None and self.smooth == NONE:
            yield UsageError("threshold: is told of smoothed rates; choose eb or bym2", "threshold")
