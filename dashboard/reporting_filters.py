"""What may be asked of who has reported: every parameter, for the page, its files and the command alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, ClassVar

from pydantic.dataclasses import dataclass

from dashboard.filters import days_turned
from dashboard.parameters import Day, OneOf, Text
from dashboard.questions import STRICT, Question
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

#: What a row may be.
BY = ("facility", "district", "province", "crossing", "country")
_PAGE = "page"


@dataclass(frozen=True, config=STRICT)
class ReportingQuery(Question):
    """A question of who has reported. `area`: a province or crossing whose facilities alone are listed."""

    ALWAYS: ClassVar[Collection[str]] = ()

    by: Annotated[str, OneOf(BY, help="what a row is: facility unless given")] = BY[0]
    disease: Annotated[
        str | None,
        OneOf(
            tuple(DISEASES),
            help="reports on one disease; without it on any. Of HIV and syphilis declared periods alone",
        ),
    ] = None
    start: Annotated[date | None, Day(name="from", help="first day")] = None
    end: Annotated[date | None, Day(name="to", help="last day, included")] = None
    on: Annotated[
        date | None,
        Day(help="deadlines before this day have passed; today unless given"),
    ] = None
    area: Annotated[str, Text(section=_PAGE)] = ""

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself."""
        if wrong := days_turned(self.start, self.end):
            yield wrong
