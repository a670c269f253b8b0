"""What coverage may be asked: every parameter, declared for address, export and command alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic.dataclasses import dataclass

from dashboard.parameters import LONGEST, Day, OneOf, Parameter, Several, not_offered
from dashboard.questions import STRICT, Question, together
from surveillance.coverage.indicators import MEASURES, OF_POSITIVES
from surveillance.diseases import DISEASES, SEASONAL
from surveillance.errors import UsageError
from surveillance.texts import N_
from surveillance.vocabulary import (
    AGE_BANDS,
    AXES,
    PLACES,
    SENSITIVE_AXES,
    SENSITIVE_BY,
    age_bands_between,
    shown_values,
)
from surveillance.windows import COMPARISONS, Comparison

EPISODES, PERSONS = "episodes", "persons"
COUNTS = (EPISODES, PERSONS)
BY = ("province", "crossing", "facility", "district")
#: What facilities did while they lay in remote areas, or everything else.
REMOTE = ("yes", "no")
REMOTE_PEOPLE = N_(
    "remote: a table of people does not say who goes to facilities in remote areas; choose the bernoulli or "
    "the space-time permutation model"
)
REMOTE_HELP = "only what facilities did while they lay in remote areas; no: everything else"
#: Name of the day as of which it is asked, in an address.
AS_OF = "as_of"


class Codes(Several):
    """Codes of one axis, in the vocabulary's order; for ages also a range such as 15-49."""

    def read(self, text: str) -> tuple[str, ...]:
        """The codes."""
        asked: set[str] = set()
        for part in text[:LONGEST].split(","):
            code = part.strip()
            if code in self.offered:
                asked.add(code)
            elif self.name == "age":
                asked.update(self._bands(code))
            else:
                raise not_offered(self, code, self.offered)
        return tuple(code for code in self.offered if code in asked)

    def _bands(self, given: str) -> tuple[str, ...]:
        try:
            return age_bands_between(given)
        except ValueError:
            raise self.refused(
                N_("age: '{given}' is not made of whole age bands; the bands are {offered}"),
                given,
                offered=", ".join(band for band, _, _ in AGE_BANDS),
            ) from None


class Groups(Parameter):
    """Mobility groups, sex and age: a parameter for each axis."""

    _AXES: ClassVar[Mapping[str, Codes]] = {
        axis: Codes(
            tuple(value.code for value in values),
            name=axis,
            metavar="CODE[,CODE]",
            help=f"keep only: {'; '.join(value.code for value in shown_values(axis))}",
        )
        for axis, values in AXES.items()
    }

    @property
    def parts(self) -> Mapping[str, Parameter]:
        """The parameter of each axis."""
        return self._AXES

    def take(self, value: Any) -> Any:
        """Read the texts of some axes; what is wrong with any of them is said together.

        Raises
        ------
        UsageError
            An axis cannot be read.
        """
        found: dict[str, Any] = {}
        faults: list[UsageError] = []
        for axis, codes in value.items():
            try:
                found[axis] = self._AXES[axis].take(codes)
            except UsageError as error:
                faults.append(error)
        together(faults)
        return found


@dataclass(frozen=True, config=STRICT)
class CoverageQuery(Question):
    """A question of coverage. `groups`: axis -> codes to keep; an axis that is absent keeps all.

    `start`, `end`: first and last day, as they were asked. `count`: one of `COUNTS`. `compare`: None leaves
    it to the disease. `as_of`: asked as it was shown at the end of that day; None asks of the present.
    """

    ALWAYS: ClassVar[Collection[str]] = ("disease", "by", "place", "measure")

    disease: Annotated[
        str,
        OneOf(
            tuple(DISEASES),
            help="code of the disease",
            missing=N_("disease: is missing; use one of {offered}"),
        ),
    ]
    by: Annotated[str, OneOf(BY, help="kind of area; district: the operational one")] = "province"
    place: Annotated[str, OneOf(PLACES, help="which province of a record counts")] = "care"
    measure: Annotated[str, OneOf(tuple(MEASURES), help="testing, if not given")] = "testing"
    start: Annotated[date | None, Day(name="from", help="first day; widened to whole cells")] = None
    end: Annotated[date | None, Day(name="to", help="last day; widened to whole cells")] = None
    count: Annotated[
        str, OneOf(COUNTS, help="persons: each once in a calendar year, by the first episode")
    ] = EPISODES
    compare: Annotated[
        Comparison | None,
        OneOf(
            COMPARISONS,
            help="add the change since the period before, or since the same time of the year before",
        ),
    ] = None
    as_of: Annotated[
        date | None,
        Day(
            called="as-of",
            help="as it was shown at the end of that day; facilities and places as now",
        ),
    ] = None
    groups: Annotated[Mapping[str, tuple[str, ...]], Groups()] = field(default_factory=dict)
    remote: Annotated[str | None, OneOf(REMOTE, help=REMOTE_HELP)] = None

    @classmethod
    def usual(cls, texts: Mapping[str, str]) -> dict[str, Any]:
        """By place of infection only what is counted of those found positive has an answer."""
        by_infection = texts.get("place") == "infection" and "measure" not in texts
        return {"measure": OF_POSITIVES[0]} if by_infection else {}

    @property
    def comparison(self) -> Comparison:
        """What it is compared with: the same weeks of the year before where the disease has a season."""
        return self.compare or ("year" if self.disease in SEASONAL else "before")

    @property
    def persons(self) -> bool:
        """Whether each person counts once in a calendar year, and not every episode."""
        return self.count == PERSONS

    @property
    def year(self) -> int | None:
        """The calendar year it asks for, where it counts persons and names a day."""
        day = self.end or self.start
        return day.year if day else None

    @property
    def dimension(self) -> str:
        """Which cubes answer: care, home, infection, crossing or facility."""
        return self.place if self.by == "province" else self.by

    @property
    def never_shown(self) -> bool:
        """Whether it asks for a breakdown that nobody is shown of this disease."""
        return DISEASES[self.disease].sensitive and (
            self.by in SENSITIVE_BY or self.remote is not None or not SENSITIVE_AXES.isdisjoint(self.groups)
        )

    @property
    def unanswerable(self) -> bool:
        """Whether its denominator holds people whose place is never recorded, so that it would say 100%."""
        return self.dimension == "infection" and self.measure not in OF_POSITIVES

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself: a place of its areas, its days, and persons that no cube counts."""
        if wrong := place_without(self.by, self.place):
            yield wrong
        if wrong := days_turned(self.start, self.end):
            yield wrong
        if self.persons and (wrong := self._persons_not_counted()):
            yield wrong

    def _persons_not_counted(self) -> UsageError | None:
        """What the cube of persons cannot answer: it holds calendar years, and one axis at a time."""
        if MEASURES[self.measure].by_start:
            return UsageError(
                "count: completion follows courses of treatment, not persons; count episodes", "count"
            )
        if self.start and self.end and self.start.year != self.end.year:
            return UsageError(
                "count: persons are counted within one calendar year; {start} and {end} lie in two",
                "count",
                start=self.start,
                end=self.end,
            )
        if self.remote is not None:
            return UsageError(
                "count: persons are not counted by remote area, since one person may have been to several "
                "facilities; count episodes",
                "count",
            )
        if self.by == "district":
            return UsageError(
                "count: persons are not counted by operational district, since one person may have been to "
                "several facilities of it; count episodes",
                "count",
            )
        if len(self.groups) > 1:
            return UsageError(
                "count: persons are counted by one group at a time; {given} are given",
                "count",
                given=", ".join(self.groups),
            )
        return None


def place_without(by: str, place: str) -> UsageError | None:
    """That only provinces have another place than that of care; None where it is so."""
    if by == "province" or place == "care":
        return None
    return UsageError(
        "place: '{place}' goes with provinces; a {by} has no {place}", "place", place=place, by=by
    )


def days_turned(start: date | None, end: date | None) -> UsageError | None:
    """That the first day lies after the last; None where it does not."""
    if start is None or end is None or start <= end:
        return None
    return UsageError("from: {start} lies after to ({end})", "from", start=start, end=end)
