"""Kinds of parameter of a question: what each is called, what it offers, and how its text is read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from surveillance.calendar.buddhist_era import AHEAD
from surveillance.errors import UsageError
from surveillance.texts import N_

#: Most characters of a list that are read.
LONGEST = 200
#: Years that are those of our times in the Buddhist era.
_BUDDHIST = range(1896 + AHEAD, 2091 + AHEAD)
#: Most characters of a text that a message repeats.
REPEATED = 40


class FaultError(ValueError):
    """What is wrong with one field, as pydantic takes it."""

    def __init__(self, *faults: UsageError) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a question.

    `name`: in an address, and of the option; that of the field unless given. `called`: what messages call it,
    if otherwise. `label`: of its control, for translation. `help`: of its option, in the `section` of the
    options. `missing`: what is said where it is left out and must not be.
    """

    name: str = ""
    called: str = ""
    label: str = ""
    help: str = ""
    section: str = ""
    missing: str = ""

    def read(self, text: str) -> Any:
        """Read a text that is not blank; what comes from a browser is hostile until it has been here.

        Raises
        ------
        UsageError
            It cannot be read; says why, and what can.
        """
        raise NotImplementedError

    def take(self, value: Any) -> Any:
        """Read a text; what has the type of the field already is taken as it is.

        Raises
        ------
        UsageError
            It cannot be read.
        """
        return self.read(value) if isinstance(value, str) else value

    def write(self, value: Any) -> str:
        """The text of a value, as :meth:`read` reads it back."""
        return str(value)

    @property
    def metavar(self) -> str:
        """What `--help` shows for its value."""
        raise NotImplementedError

    @property
    def parts(self) -> Mapping[str, Parameter]:
        """The parameters that a field holds together, by name: itself alone, unless it gathers several."""
        return {self.name: self}

    def named(self, field: str) -> Self:
        """The same, with the name of its field unless it has one."""
        return self if self.name else replace(self, name=field)

    def refused(self, text: str, given: str, **values: object) -> UsageError:
        """What is wrong with a text, in words that hold `name` and `given`."""
        return UsageError(text, self.name, name=self.called or self.name, given=given[:REPEATED], **values)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What pydantic does with a field: :meth:`take`, then the field's own type."""

        def check(value: Any, field: core_schema.ValidationInfo) -> Any:
            try:
                return self.named(str(field.field_name)).take(value)
            except UsageError as error:
                raise FaultError(*error.faults) from error

        return core_schema.with_info_before_validator_function(check, handler(source))


@dataclass(frozen=True)
class Text(Parameter):
    """Any text."""

    metavar: str = "TEXT"

    def read(self, text: str) -> str:
        """The text."""
        return text


@dataclass(frozen=True)
class OneOf(Parameter):
    """One of the values that are offered."""

    offered: tuple[str, ...]

    def read(self, text: str) -> str:
        """The value."""
        if text not in self.offered:
            raise not_offered(self, text, self.offered)
        return text

    @property
    def metavar(self) -> str:
        """Every value."""
        return f"{{{','.join(self.offered)}}}"


@dataclass(frozen=True)
class Several(Parameter):
    """Some of the values that are offered, a comma between, in the order in which they are offered.

    `also`: other words for a value.
    """

    offered: tuple[str, ...]
    also: Mapping[str, str] | None = None
    metavar: str = "A,B"

    def read(self, text: str) -> tuple[str, ...]:
        """The values."""
        also = self.also or {}
        given = (part.strip() for part in text[:LONGEST].split(","))
        parts = {also.get(part, part) for part in given} - {""}
        for part in sorted(parts):
            if part not in self.offered:
                raise not_offered(self, part, self.offered)
        return tuple(value for value in self.offered if value in parts)

    def write(self, value: Any) -> str:
        """The values, a comma between."""
        return ",".join(value)


@dataclass(frozen=True)
class Day(Parameter):
    """A day of the calendar."""

    metavar: str = "DATE"

    def read(self, text: str) -> date:
        """The day."""
        try:
            return read_day(text)
        except ValueError:
            if of_buddhist_era(text):
                raise self.buddhist(text) from None
            words = N_("{name}: '{given}' is not a day as YYYY-MM-DD, from 1990 to 2100")
            raise self.refused(words, text) from None

    def buddhist(self, text: str) -> UsageError:
        """That a day has a year of another era."""
        words = N_(
            "{name}: '{given}' has a year of the Buddhist era; write the year of the common era (the Thai "
            "year is {thai} ahead, the Cambodian one {cambodian} after Visak Bochea)"
        )
        return self.refused(words, text, thai=AHEAD, cambodian=AHEAD + 1)

    def write(self, value: date) -> str:
        """The day as ISO 8601."""
        return value.isoformat()


@dataclass(frozen=True)
class Whole(Parameter):
    """A whole number within bounds."""

    least: int
    most: int
    metavar: str = "N"

    def read(self, text: str) -> int:
        """The number."""
        digits = text.isascii() and text.isdigit() and len(text) <= 16
        if not (digits and self.least <= int(text) <= self.most):
            words = N_("{name}: '{given}' is not a whole number from {least} to {most}")
            raise self.refused(words, text, least=self.least, most=self.most)
        return int(text)


@dataclass(frozen=True)
class Number(Parameter):
    """A number above one bound and at most the other."""

    above: float
    most: float
    metavar: str = "SHARE"

    def read(self, text: str) -> float:
        """The number."""
        try:
            value = float(text) if len(text) <= 20 and text.isascii() else math.nan
        except ValueError:
            value = math.nan
        if not self.above < value <= self.most:
            words = N_("{name}: '{given}' is not a number above {above} and at most {most}")
            raise self.refused(words, text, above=f"{self.above:g}", most=f"{self.most:g}")
        return value


@dataclass(frozen=True)
class Duration(Whole):
    """Units of time, or below 1 a share of the period."""

    def read(self, text: str) -> Any:
        """The number, or the share."""
        if text.isdigit():
            return super().read(text)
        share = Number(0.0, 1.0, name=self.name, called=self.called).read(text)
        if share >= 1:
            words = N_("{name}: '{given}' is neither a whole number nor a share between 0 and 1")
            raise self.refused(words, text)
        return share


@dataclass(frozen=True)
class YesNo(OneOf):
    """Yes or no; an option that is given means yes."""

    offered: tuple[str, ...] = (N_("yes"), N_("no"))

    def read(self, text: str) -> Any:
        """Whether it is yes."""
        return super().read(text) == "yes"

    def write(self, value: bool) -> str:
        """The answer."""
        return self.offered[0] if value else self.offered[1]


def of_buddhist_era(text: str) -> bool:
    """Whether a day as YYYY-MM-DD has a year of the Buddhist era."""
    try:
        return date.fromisoformat(text).year in _BUDDHIST
    except ValueError:
        return False


def not_offered(parameter: Parameter, given: str, offered: Iterable[str]) -> UsageError:
    """That a value is not one of those offered."""
    return parameter.refused(
        N_("{name}: '{given}' is not one of {offered}"), given, offered=", ".join(offered)
    )


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
