"""Errors in two families: those a user may read, and those only a log may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

#: Rows that a question names.
_MOST_ROWS = 10


class UserError(Exception):
    """Something a user can mend: says what is wrong, where, and what to do. Holds no patient value.

    `text` may have places for `values`, so that a page can say it in its reader's language; commands and
    logs say it in English.
    """

    exit_code = 2
    #: Values that are translated as well; None: all.
    sentences: frozenset[str] | None = None

    def __init__(self, text: str = "", **values: object) -> None:
        super().__init__(text.format(**values) if values else text)
        self.text, self.values = text, values

    def in_words(self, t: Callable[[str], str]) -> str:
        """Say the message in the language of `t`, with those of its values that are `sentences`."""
        values = {
            name: t(str(value))
            if str(value) and (self.sentences is None or name in self.sentences)
            else value
            for name, value in self.values.items()
        }
        return t(self.text).format(**values) if values else t(self.text)


class UsageError(UserError):
    """A wrong option, value or combination of them. `parameter` names the one to mend, where it is one."""

    def __init__(self, text: str = "", parameter: str | None = None, **values: object) -> None:
        super().__init__(text, **values)
        self.parameter = parameter

    @property
    def faults(self) -> Sequence[UsageError]:
        """Each fault that it names."""
        return (self,)


class TooManyError(UserError):
    """Something that was asked for more often than it may be."""


class QuestionError(UsageError):
    """Everything that is wrong with a question; `parameter` names the first one to mend."""

    def __init__(self, faults: Sequence[UsageError]) -> None:
        super().__init__("; ".join(map(str, faults)), faults[0].parameter)
        self._faults = tuple(faults)

    @property
    def faults(self) -> Sequence[UsageError]:
        """Each fault that it names."""
        return self._faults

    def in_words(self, t: Callable[[str], str]) -> str:
        """Say each fault in the language of `t`."""
        return "; ".join(fault.in_words(t) for fault in self._faults)


class UnreadableFileError(UserError):
    """A file that cannot be read as what it should be; names in it are shown as the sender wrote them."""

    exit_code = 3
    sentences = frozenset({"advice", "hint"})


class AmbiguousDatesError(UnreadableFileError):
    """A file whose dates can be read in two ways, and that does not show which: a user has to say.

    `columns` are those with such dates, as their sender calls them; `example` is one of the dates, its row,
    and its day read day first and month first.
    """

    def __init__(
        self,
        text: str = "",
        columns: Sequence[str] = (),
        example: tuple[str, int, date | None, date | None] | None = None,
        **values: object,
    ) -> None:
        super().__init__(text, **values)
        self.columns, self.example = tuple(columns), example


class SameNumbersError(UnreadableFileError):
    """A file whose numbers are held, or stand in it, for other persons: a user has to say what they are.

    `rows` are those that contradict, `fields` what in them does, `inside` whether they contradict each other.
    No value of a record is named.
    """

    def __init__(
        self,
        text: str = "",
        rows: Sequence[int] = (),
        fields: Sequence[str] = (),
        *,
        inside: bool = False,
        **values: object,
    ) -> None:
        listed = ", ".join(map(str, rows[:_MOST_ROWS])) + (" ..." if len(rows) > _MOST_ROWS else "")
        super().__init__(text, fields=", ".join(fields), listed=listed, **values)
        self.rows, self.fields, self.inside = tuple(rows), tuple(fields), inside


class AmbiguousEraError(UnreadableFileError):
    """A file whose Buddhist years can be of two reckonings, and that does not show which: to be answered.

    `where` is the column of the first such date, as its sender calls it; `example` is the date, its row, and
    its day by the Thai and by the Cambodian reckoning (blank where it is no day).
    """

    def __init__(
        self,
        text: str = "",
        where: str = "",
        example: tuple[str, int, str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(text, **values)
        self.where, self.example = where, example


class MappingError(UserError):
    """A mapping that cannot be used; the message holds everything that is wrong with it."""

    sentences = frozenset()


class OtherSystemError(UserError):
    """Another system that is away, refuses, or answers what cannot be read; its own words are shown short."""

    exit_code = 3
    sentences = frozenset({"why"})


class StatisticsError(UserError, ValueError):
    """Input that a statistical function cannot answer for."""


class CancelledError(UserError):
    """Work that was stopped at a user's request."""

    exit_code = 130


class ConfigurationError(UserError):
    """A missing, weak or contradictory setting."""


class NotPermittedError(UserError):
    """The person asking has no grant for this."""
