"""A request of a program: who asks, of which data, and what; read as strictly as a command is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic.dataclasses import dataclass as question

from dashboard.exports.stamp import EVERY_NUMBER, Stamp
from dashboard.messages import Translate, translator
from dashboard.parameters import REPEATED, Whole
from dashboard.permissions import Grant
from dashboard.questions import STRICT, Question, together
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.store import Database
from dashboard.web import request_context, site
from surveillance.errors import UsageError

Asking = TypeVar("Asking", bound=Question)
#: Most rows of one answer, and rows where nothing is said.
MOST_ROWS, USUAL_ROWS = 5_000, 500


@question(frozen=True, config=STRICT)
class Paging(Question):
    """Which rows of an answer are wanted."""

    page: Annotated[int, Whole(1, 1_000_000, help="number of the page, from 1")] = 1
    size: Annotated[int, Whole(1, MOST_ROWS, help=f"rows of a page; {USUAL_ROWS} unless given")] = USUAL_ROWS


@question(frozen=True, config=STRICT)
class Nothing(Question):
    """A question without any part."""


@dataclass(frozen=True)
class Asked:
    """Who asks, in which language, of which data. `values`: those of the address's path."""

    grant: Grant
    language: str
    status: DataStatus
    database: Database
    today: date
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def now(cls, values: Mapping[str, Any]) -> Asked:
        """Of this request."""
        database = site.database()
        return cls(
            request_context.grant(),
            request_context.spoken(),
            request_context.data_status(database),
            database,
            today_in_cambodia(),
            values,
        )

    @property
    def t(self) -> Translate:
        """Translation into the language that the program asks for."""
        return translator(self.language)

    def stamp(self, data_until: str | None = None) -> Stamp:
        """What each row says of itself that no release answers."""
        fewest = EVERY_NUMBER if rules.entitled(self.grant) else self.grant.threshold
        last = self.status.last_visit
        until = data_until if data_until is not None else last.isoformat() if last else ""
        return Stamp(fewest, until, self.grant.role)


def read(kind: type[Asking], left_out: Collection[str] = ()) -> tuple[Asking, Paging]:
    """The question of this request, and which rows are wanted. `left_out`: parts that are for pages alone.

    Raises
    ------
    UsageError
        A part is given twice, is not known, cannot be read, or contradicts another one: says all of them.
    """
    given, faults = request.args.to_dict(flat=False), []
    for name, texts in given.items():
        if len(texts) > 1:
            faults.append(UsageError("{name}: is given twice", name[:REPEATED], name=name[:REPEATED]))
        elif name in left_out:
            faults.append(UsageError("'{given}' is a part of pages alone; leave it out", name, given=name))
    together(faults)
    single = {name: texts[0] for name, texts in given.items()}
    wanted = {name: single.pop(name) for name in Paging.names() if name in single}
    return kind.read(single), Paging.read(wanted)
