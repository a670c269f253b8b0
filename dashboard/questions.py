"""Questions: parameters declared once, and read alike from an address, a form and a command.

A question is a dataclass of pydantic whose fields are annotated with kinds of `dashboard.parameters`. All
that is wrong with it is named at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any, ClassVar, NamedTuple, Self, get_type_hints

from pydantic import ConfigDict, ValidationError

from dashboard.parameters import REPEATED, FaultError, OneOf, Parameter, YesNo
from surveillance.errors import QuestionError, UsageError

#: Questions are made of texts that were read; a value of another type is a fault of the program.
STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True)


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
    def field(cls, name: str) -> str:
        """The field that holds a parameter."""
        return _held(cls)[name].field

    @classmethod
    def usual_values(cls) -> dict[str, Any]:
        """Field -> its value where it is left open, of those that may be."""
        return {held.field: held.usual for held in _held(cls).values() if held.usual is not MISSING}

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
                    given=name[:REPEATED],
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


def add_options(
    parser: Any, question: type[Question], required: Collection[str] = (), section: str | None = None
) -> None:
    """Declare each parameter of a question as an option, or those of one section. Texts are read later, with
    the question."""
    for name in question.names():
        parameter = question.parameter(name)
        if section not in (None, parameter.section):
            continue
        option = f"--{name.replace('_', '-')}"
        if isinstance(parameter, YesNo):
            parser.add_argument(option, action="store_const", const=parameter.offered[0], help=parameter.help)
        else:
            parser.add_argument(
                option, required=name in required, metavar=parameter.metavar, help=parameter.help
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
