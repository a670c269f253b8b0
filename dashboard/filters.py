"""The one reading of what to show: from an address in the browser, or from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from surveillance.coverage.indicators import MEASURES, OF_POSITIVES
from surveillance.diseases import DISEASES, SEASONAL
from surveillance.errors import UsageError
from surveillance.vocabulary import AGE_BANDS, AXES, PLACES, SENSITIVE_AXES, SENSITIVE_BY, age_bands_between
from surveillance.windows import COMPARISONS, Comparison

EPISODES, PERSONS = "episodes", "persons"
COUNTS = (EPISODES, PERSONS)
BY = ("province", "crossing", "facility")
#: Name of the day as of which it is asked, in an address.
AS_OF = "as_of"
_LONGEST = 200


@dataclass(frozen=True)
class CoverageQuery:
    """A question of coverage. `groups`: axis -> codes to keep; an axis that is absent keeps all.

    `as_of`: asked as it was shown at the end of that day; None asks of the present.
    """

    disease: str
    by: str = "province"
    place: str = "care"
    measure: str = "testing"
    start: date | None = None
    end: date | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    as_of: date | None = None
    #: What is counted: one of `COUNTS`.
    count: str = EPISODES
    #: What it is compared with: one of `COMPARISONS`; None leaves it to the disease.
    compare: Comparison | None = None

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
    def never_stored(self) -> bool:
        """Whether it asks for a breakdown that is not kept for this disease."""
        return DISEASES[self.disease].sensitive and (
            self.by in SENSITIVE_BY or not SENSITIVE_AXES.isdisjoint(self.groups)
        )

    @property
    def unanswerable(self) -> bool:
        """Whether its denominator holds people whose place is never recorded, so that it would say 100%."""
        return self.dimension == "infection" and self.measure not in OF_POSITIVES

    def parameters(self) -> dict[str, str]:
        """The question as address parameters; :func:`read_query` reads them back."""
        given = {"disease": self.disease, "by": self.by, "place": self.place, "measure": self.measure}
        if self.start:
            given["from"] = self.start.isoformat()
        if self.end:
            given["to"] = self.end.isoformat()
        if self.persons:
            given["count"] = self.count
        if self.compare:
            given["compare"] = self.compare
        if self.as_of:
            given[AS_OF] = self.as_of.isoformat()
        return given | {axis: ",".join(codes) for axis, codes in self.groups.items()}


def check_names(given: Iterable[str]) -> None:
    """Refuse names that no part of a question has: a mistyped one would silently ask another question.

    Raises
    ------
    UsageError
        A name is unknown; says which are known.
    """
    known = ("disease", "by", "place", "measure", "from", "to", "count", "compare", AS_OF, *AXES)
    for name in given:
        if name not in known:
            raise UsageError(
                "'{given}' is no part of a question; use {offered}",
                name,
                given=name[:40],
                offered=", ".join(known),
            )


def read_query(given: Mapping[str, str | None]) -> CoverageQuery:
    """Read a question from named texts; what comes from a browser is hostile until it has been here.

    Raises
    ------
    UsageError
        A value is not one of those offered; says which and what is.
    """
    disease = _one_of(given, "disease", tuple(DISEASES))
    if disease is None:
        raise UsageError("disease: is missing; use one of {offered}", "disease", offered=", ".join(DISEASES))
    by = _one_of(given, "by", BY) or "province"
    place = _one_of(given, "place", PLACES) or "care"
    if by != "province" and place != "care":
        raise UsageError(
            "place: '{place}' goes with provinces; a {by} has no {place}", "place", place=place, by=by
        )
    start, end = one_day(given, "from"), one_day(given, "to")
    if start and end and start > end:
        raise UsageError("from: {start} lies after to ({end})", "from", start=start, end=end)
    groups = {axis: codes for axis in AXES if (codes := _codes(given, axis))}
    usual = OF_POSITIVES[0] if place == "infection" else "testing"
    measure = _one_of(given, "measure", tuple(MEASURES)) or usual
    count = _one_of(given, "count", COUNTS) or EPISODES
    if count == PERSONS:
        _check_persons(measure, start, end, groups)
    as_of = one_day(given, AS_OF, "as-of")
    with_what = _one_of(given, "compare", COMPARISONS)
    compare = next((one for one in COMPARISONS if one == with_what), None)
    return CoverageQuery(disease, by, place, measure, start, end, groups, as_of, count, compare)


def _check_persons(
    measure: str, start: date | None, end: date | None, groups: Mapping[str, tuple[str, ...]]
) -> None:
    """Refuse what the cube of persons cannot answer: it holds calendar years, and one axis at a time."""
    if MEASURES[measure].by_start:
        raise UsageError(
            "count: completion follows courses of treatment, not persons; count episodes", "count"
        )
    if start and end and start.year != end.year:
        raise UsageError(
            "count: persons are counted within one calendar year; {start} and {end} lie in two",
            "count",
            start=start,
            end=end,
        )
    if len(groups) > 1:
        raise UsageError(
            "count: persons are counted by one group at a time; {given} are given",
            "count",
            given=", ".join(groups),
        )


def _text(given: Mapping[str, str | None], name: str) -> str:
    value = given.get(name)
    return "" if value is None else str(value).strip()


def _one_of(given: Mapping[str, str | None], name: str, allowed: tuple[str, ...]) -> str | None:
    text = _text(given, name)
    if not text:
        return None
    if text not in allowed:
        raise _not_offered(name, text, allowed)
    return text


def _not_offered(name: str, given: str, offered: Iterable[str]) -> UsageError:
    return UsageError(
        "{name}: '{given}' is not one of {offered}",
        name,
        name=name,
        given=given[:40],
        offered=", ".join(offered),
    )


def one_day(given: Mapping[str, str | None], name: str, shown: str = "") -> date | None:
    """Read the day of that name; None if absent. `shown`: what an error calls it.

    Raises
    ------
    UsageError
        It is no day.
    """
    text = _text(given, name)
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError:
        raise UsageError(
            "{name}: '{given}' is not a day as YYYY-MM-DD, from 1990 to 2100",
            name,
            name=shown or name,
            given=text[:40],
        ) from None


def read_day(text: str) -> date:
    """Read a day of the calendar.

    Raises
    ------
    ValueError
        It is no day, is written in another form, or lies before 1990 or after 2100.
    """
    day = date.fromisoformat(text)
    if day.isoformat() != text or not 1990 <= day.year <= 2100:
        raise ValueError(text)
    return day


def _codes(given: Mapping[str, str | None], axis: str) -> tuple[str, ...]:
    """Codes of one axis, in the vocabulary's order; for ages also a range such as 15-49."""
    text = _text(given, axis)
    if not text:
        return ()
    known = {value.code for value in AXES[axis]}
    asked: set[str] = set()
    for part in text[:_LONGEST].split(","):
        code = part.strip()
        if code in known:
            asked.add(code)
        elif axis == "age":
            try:
                asked.update(age_bands_between(code))
            except ValueError:
                raise UsageError(
                    "age: '{given}' is not made of whole age bands; the bands are {offered}",
                    "age",
                    given=code[:40],
                    offered=", ".join(band for band, _, _ in AGE_BANDS),
                ) from None
        else:
            raise _not_offered(axis, code, (value.code for value in AXES[axis]))
    return tuple(value.code for value in AXES[axis] if value.code in asked)
