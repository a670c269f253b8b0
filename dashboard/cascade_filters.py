"""What a cascade may be asked: every parameter, for the page, its files and the command alike."""

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
from surveillance.errors import UsageError
from surveillance.rates.cascade import PATHS, USUAL
from surveillance.vocabulary import AXES

#: Kinds of place: of infection only those found positive are known, so that there is no cascade.
CASCADE_PLACES = ("care", "home", "crossing", "facility", "district")
#: Of these each is a kind of area of its own; the others say which province of a record counts.
_AREAS = ("crossing", "facility", "district")
PROVINCE = "province"
#: What losses may be divided by.
DIVIDED_BY = (*AXES, PROVINCE)


@dataclass(frozen=True, config=STRICT)
class CascadeQuery(Question):
    """A question of a cascade. `area`: blank means all areas. `start`, `end`: None leaves it to the data."""

    ALWAYS: ClassVar[Collection[str]] = ("disease",)

    disease: Annotated[str, OneOf(tuple(DISEASES), help="code of the disease")] = "malaria"
    path: Annotated[str, OneOf((USUAL, *PATHS), help="which steps: usual, or a path of this disease")] = USUAL
    place: Annotated[str, OneOf(CASCADE_PLACES, help="which place of a record counts")] = "care"
    area: Annotated[str, Text(help="code of one area; all of them, if not given")] = ""
    by: Annotated[str | None, OneOf(DIVIDED_BY, help="what losses are divided by")] = None
    start: Annotated[date | None, Day(name="from", help="first day; widened to whole cells")] = None
    end: Annotated[date | None, Day(name="to", help="last day; widened to whole cells")] = None
    groups: Annotated[Mapping[str, tuple[str, ...]], Groups()] = field(default_factory=dict)
    remote: Annotated[str | None, OneOf(REMOTE, help=REMOTE_HELP)] = None

    def coverage(self, measure: str) -> CoverageQuery:
        """One step as a question of the map."""
        of_area = self.place in _AREAS
        return CoverageQuery(
            self.disease,
            self.place if of_area else PROVINCE,
            "care" if of_area else self.place,
            measure,
            self.start,
            self.end,
            groups=self.groups,
            remote=self.remote,
        )

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself."""
        if wrong := days_turned(self.start, self.end):
            yield wrong
        if self.path != USUAL and self.disease not in PATHS[self.path].diseases:
            yield UsageError(
                "path: '{given}' is a path of {diseases}; ask for that disease, or for the usual path",
                "path",
                given=self.path,
                diseases=", ".join(PATHS[self.path].diseases),
            )
        if self.path != USUAL and self.by is not None:
            yield UsageError("by: only the usual path is divided by groups; leave out one of the two", "by")
        if self.by == PROVINCE and (self.area or self.place in _AREAS):
            yield UsageError(
                "by: provinces are compared for all areas together; leave out area, and ask by care or home",
                "by",
            )
        if self.place == "facility" and not self.area:
            yield UsageError("area: name the facility by its number", "area")
        if self.place == "district" and not self.area:
            yield UsageError("area: name the operational district", "area")
