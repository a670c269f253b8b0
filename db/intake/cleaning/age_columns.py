"""The age of each row: as it is written, else computed from a birth, or from months."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from db.intake.cleaning.optional_columns import OptionalColumns
from db.intake.dates.ages import age_in_year, age_of, is_number, parse_age, parse_birth_year, parse_months
from db.intake.values.notices import Notices
from surveillance.vocabulary import AGE_UNIT, UNKNOWN, lookup, normalise


def _or_unknown(parse: Callable[[str], int]) -> Callable[[str], int | None]:
    return lambda text: None if normalise(text) == UNKNOWN else parse(text)


_UNITS = lookup(AGE_UNIT)


def _unit(text: str) -> str | None:
    if normalise(text) == UNKNOWN:
        return None
    code = _UNITS.get(normalise(text))
    if code is None:
        raise ValueError(text)
    return code


_age, _months, _year = _or_unknown(parse_age), _or_unknown(parse_months), _or_unknown(parse_birth_year)


class AgeColumns:
    """Reads ages; what is written goes before what is computed."""

    def __init__(self, optional: OptionalColumns, notices: Notices) -> None:
        self._optional, self._notices = optional, notices

    def read(
        self,
        columns: Mapping[str, Sequence[str]],
        numbers: Sequence[int],
        visits: Sequence[date | None],
        births: Sequence[date | int | None] | None,
    ) -> list[int | None]:
        """Completed years, None where nothing tells them.

        Parameters
        ----------
        columns
            Texts of `age_years`, and of `age_unit`, `birth_year` and `age_months` where the file has them.
        visits, births
            Days of the visits, and of birth where the file has them; a year where it stands alone.
        """
        texts = columns["age_years"]
        if "age_unit" in columns:
            texts = self._with_units(texts, columns["age_unit"], numbers)
        ages = self._optional.read("age_years", texts, numbers, _age, None)
        if births is not None:
            self._fill("birth_date", ages, births, visits, columns["birth_date"], numbers, age_of)
        if "birth_year" in columns:
            years = self._optional.read("birth_year", columns["birth_year"], numbers, _year, None)
            self._fill("birth_year", ages, years, visits, columns["birth_year"], numbers, age_in_year)
        if "age_months" in columns:
            months = self._optional.read("age_months", columns["age_months"], numbers, _months, None)
            ages = [age if age is not None else other for age, other in zip(ages, months, strict=True)]
        return ages

    def _with_units(
        self, texts: Sequence[str], units: Sequence[str], numbers: Sequence[int]
    ) -> Sequence[str]:
        """Ages with the unit that stands in the next column; a number without one is unknown, and noted."""
        codes = self._optional.read("age_unit", units, numbers, _unit, None)
        made = list(texts)
        for i, (text, code) in enumerate(zip(texts, codes, strict=True)):
            if not is_number(text):
                continue
            if code is None:
                made[i] = ""
                if not units[i].strip():
                    self._notices.add("age_without_unit", "age_years", text, numbers[i])
            else:
                made[i] = f"{text} {code}"
        return made

    def _fill(
        self,
        name: str,
        ages: list[int | None],
        births: Sequence,
        visits: Sequence[date | None],
        texts: Sequence[str],
        numbers: Sequence[int],
        compute: Callable[[date, date | int], int] | Callable[[date, int], int],
    ) -> None:
        for i, (born, visit) in enumerate(zip(births, visits, strict=True)):
            if ages[i] is None and born is not None and visit is not None:
                try:
                    ages[i] = compute(visit, born)
                except ValueError:
                    self._notices.add("unread_value", name, texts[i], numbers[i])
