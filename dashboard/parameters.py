"""Parameters of a question: each is declared once, and read alike from an address, a form and a command.

A question is a dataclass of pydantic whose fields are annotated with a :class:`Parameter`: its name, what a
form and `--help` say, what is offered, and how its text is read. Everything that is wrong is named at once.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from typing import Any, ClassVar, NamedTuple, Self, get_type_hints

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from surveillance.errors import QuestionError, UsageError

#: Most characters of a list that are read, and of a text that a message repeats.
_LONGEST, _REPEATED = 200, 40


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
        return UsageError(text, self.name, name=self.called or self.name, given=given[:_REPEATED], **values)

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
        given = (part.strip() for part in text[:_LONGEST].split(","))
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
            words = "{name}: '{given}' is not a day as YYYY-MM-DD, from 1990 to 2100"
            raise self.refused(words, text) from None

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
            words = "{name}: '{given}' is not a whole number from {least} to {most}"
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
            words = "{name}: '{given}' is not a number above {above} and at most {most}"
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
            words = "{name}: '{given}' is neither a whole number nor a share between 0 and 1"
            raise self.refused(words, text)
        return share


@dataclass(frozen=True)
class YesNo(OneOf):
    """Yes or no; an option that is given means yes."""

    offered: tuple[str, ...] = ("yes", "no")

    def read(self, text: str) -> Any:
        """Whether it is yes."""
        return super().read(text) == "yes"

    def write(self, value: bool) -> str:
        """The answer."""
        return self.offered[0] if value else self.offered[1]


class Question:
    """A question: what its texts say, and back. `ALWAYS`: what its address says though it be as usual."""

    ALWAYS: ClassVar[Collection[str]] = ()

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every name of a parameter, in order."""
        return tuple(_held(cls))

    @classmethod
    def parameter(cls, name: str) -> Parameter:
        """The declaration of a name."""
        return _held(cls)[name].parameter

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Read a question from named texts; what is blank or None is left open.

        Raises
        ------
        UsageError
            A name is unknown, a value is not one of those offered, or some contradict each other; says all
            of them.
        """
        query, faults = cls.read_readable(given)
        together([*cls._unknown(given), *faults, *query.contradictions()])
        return query

    @classmethod
    def read_readable(cls, given: Mapping[str, Any]) -> tuple[Self, list[UsageError]]:
        """The question of those texts that can be read, and what is wrong with the others.

        Where what must be given cannot be read, the first that is offered stands for it. Whether the parts
        contradict each other is not asked.
        """
        texts = {name: text for name in cls.names() if (text := _stripped(given.get(name)))}
        faults: list[UsageError] = []
        make: Any = cls
        while True:
            try:
                return make(**cls._fields(texts)), faults
            except ValidationError as invalid:
                for error in _faults(cls, invalid):
                    faults.append(error)
                    name = str(error.parameter)
                    texts.pop(name, None)
                    held = _held(cls)[name]
                    if held.usual is MISSING and isinstance(held.parameter, OneOf):
                        texts[name] = held.parameter.offered[0]

    @classmethod
    def _fields(cls, texts: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, text in texts.items():
            held = _held(cls)[name]
            if held.gathered:
                found.setdefault(held.field, {})[name] = text
            else:
                found[held.field] = text
        return found | cls.usual(texts)

    @classmethod
    def usual(cls, texts: Mapping[str, str]) -> dict[str, Any]:
        """Fields that the texts leave open, and whose usual value they decide."""
        return {}

    @classmethod
    def _unknown(cls, given: Iterable[str]) -> Iterator[UsageError]:
        """Names that no part of the question has: a mistyped one would silently ask another question."""
        for name in given:
            if name not in cls.names():
                yield UsageError(
                    "'{given}' is no part of a question; use {offered}",
                    name,
                    given=name[:_REPEATED],
                    offered=", ".join(cls.names()),
                )

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself."""
        yield from ()

    def check(self) -> None:
        """Refuse what contradicts itself.

        Raises
        ------
        UsageError
            Says what, and what to choose instead.
        """
        together(list(self.contradictions()))

    def parameters(self, kind: type[Question] | None = None) -> dict[str, str]:
        """The question as address parameters, without what is as usual; :meth:`read` reads them back.

        `kind`: only those that it shares with such questions.
        """
        kind = kind or type(self)
        found: dict[str, str] = {}
        for name, held in _held(kind).items():
            value = getattr(self, held.field)
            if held.gathered:
                value = value.get(name)
            elif value == held.usual and name not in self.ALWAYS:
                continue
            if value is not None:
                found[name] = held.parameter.write(value)
        return found


def together(faults: list[UsageError]) -> None:
    """Raise everything that is wrong as one error; nothing where nothing is.

    Raises
    ------
    UsageError
        Something is wrong.
    """
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise QuestionError(faults)


def not_offered(parameter: Parameter, given: str, offered: Iterable[str]) -> UsageError:
    """That a value is not one of those offered."""
    return parameter.refused("{name}: '{given}' is not one of {offered}", given, offered=", ".join(offered))


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


def add_options(
    parser: argparse.ArgumentParser, question: type[Question], required: Collection[str] = ()
) -> None:
    """Declare each parameter of a question as an option. Its text is read with the question."""
    for name in question.names():
        parameter = question.parameter(name)
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            required=name in required,
            metavar=parameter.metavar,
            help=parameter.help,
        )


def options_given(options: argparse.Namespace, question: type[Question]) -> dict[str, str | None]:
    """The texts of the options of a question."""
    return {name: getattr(options, name) for name in question.names()}


def _stripped(text: object) -> str:
    return "" if text is None else str(text).strip()


class _Held(NamedTuple):
    """Where a question holds a parameter.

    `gathered`: with others, in one field. `usual`: the value of a field that is left open; `MISSING` where it
    must be given.
    """

    field: str
    parameter: Parameter
    gathered: bool
    usual: Any


#: What was declared, by kind of question.
_HELD: dict[Any, dict[str, _Held]] = {}


def _held(question: Any) -> dict[str, _Held]:
    """Every parameter of a kind of question by its name, in order."""
    if question in _HELD:
        return _HELD[question]
    found: dict[str, _Held] = {}
    usual = {one.name: one.default for one in fields(question)}
    for field, kind in get_type_hints(question, include_extras=True).items():
        for parameter in getattr(kind, "__metadata__", ()):
            if isinstance(parameter, Parameter):
                parts = parameter.named(field).parts
                for name, part in parts.items():
                    found[name] = _Held(field, part, len(parts) > 1, usual[field])
    return _HELD.setdefault(question, found)


def _faults(question: type[Question], invalid: ValidationError) -> Iterator[UsageError]:
    """What is wrong, in words.

    Raises
    ------
    ValidationError
        Something else than a text is: a fault of the program.
    """
    for item in invalid.errors(include_url=False):
        error = item.get("ctx", {}).get("error")
        if isinstance(error, FaultError):
            yield from error.faults
        elif item["type"] == "missing":
            parameter = question.parameter(str(item["loc"][0]))
            yield parameter.refused(
                parameter.missing, "", offered=", ".join(getattr(parameter, "offered", ()))
            )
        else:
            raise invalid
