"""What a curve may be asked: every parameter, for the page and its files alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from datetime import date
from typing import Annotated, ClassVar

from pydantic.dataclasses import dataclass

from dashboard.filters import REMOTE, REMOTE_HELP, CoverageQuery, Groups, days_turned
from dashboard.parameters import Day, OneOf, Text
from dashboard.questions import STRICT, Question
from surveillance.diseases import DISEASES
from surveillance.epiweek import PERIOD_KINDS, PeriodKind
from surveillance.errors import UsageError
from surveillance.vocabulary import AXES, PLACES

#: What a curve is drawn by.
VISIT, ONSET, REPORT = BY_DATES = ("visit", "onset", "report")
CASES, PATIENTS = WHAT = ("cases", "patients")
ORIGIN = "origin"
#: What the bars of a curve may be divided by.
PARTS = (*AXES, ORIGIN)
#: Kinds of place that are one area each.
CURVE_PLACES = (*PLACES, "crossing", "facility", "district")


@dataclass(frozen=True, config=STRICT)
class CurveQuery(Question):
    """A question of a curve. `area`: blank means all areas. `start`, `end`: None leaves it to the data."""

    ALWAYS: ClassVar[Collection[str]] = ("disease",)

    disease: Annotated[str, OneOf(tuple(DISEASES), help="code of the disease")] = "malaria"
    what: Annotated[str, OneOf(WHAT, help="cases found positive, or all patients")] = CASES
    by: Annotated[str, OneOf(BY_DATES, help="day that places a record")] = VISIT
    step: Annotated[PeriodKind, OneOf(PERIOD_KINDS, help="length of a step")] = "week"
    place: Annotated[str, OneOf(CURVE_PLACES, help="which place of a record counts")] = "care"
    area: Annotated[str, Text(help="code of one area; all of them, if not given")] = ""
    group: Annotated[str | None, OneOf(PARTS, help="what the bars are divided by")] = None
    start: Annotated[date | None, Day(name="from", help="first day; widened to whole cells")] = None
    end: Annotated[date | None, Day(name="to", help="last day; widened to whole cells")] = None
    groups: Annotated[Mapping[str, tuple[str, ...]], Groups()] = field(default_factory=dict)
    remote: Annotated[str | None, OneOf(REMOTE, help=REMOTE_HELP)] = None

    @property
    def measure(self) -> str:
        """The measure whose counts are drawn: of places of infection only those found positive are known."""
        return "treatment" if self.place == "infection" else "yield"

    @property
    def coverage(self) -> CoverageQuery:
        """The same as a question of the map."""
        of_area = self.place not in PLACES
        return CoverageQuery(
            self.disease,
            self.place if of_area else "province",
            "care" if of_area else self.place,
            self.measure,
            self.start,
            self.end,
            compare="year",
            groups=self.groups,
            remote=self.remote,
        )

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself."""
        if wrong := days_turned(self.start, self.end):
            yield wrong
        if self.place == "infection" and self.what == PATIENTS:
            yield UsageError(
                "what: the place of infection is recorded only for people found positive; ask for cases",
                "what",
            )
        if self.place == "facility" and not self.area:
            yield UsageError("area: name the facility by its number", "area")
        if self.place == "district" and not self.area:
            yield UsageError("area: name the operational district", "area")


def curve_of(query: CoverageQuery, area: str = "", *, dated: bool = True) -> CurveQuery | None:
    """The curve behind a question of the map; None where facilities or districts are asked for together.

    `dated`: of the same days; else of the usual ones.
    """
    place = query.dimension
    if place in ("facility", "district") and not area:
        return None
    start, end = (query.start, query.end) if dated else (None, None)
    return CurveQuery(
        query.disease,
        place=place,
        area=area,
        start=start,
        end=end,
        groups=query.groups,
        remote=query.remote,
    )
