"""One resource of the interface for programs, declared once: route, rights, contract and answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from dashboard.api.answers import Answer, respond, wanted
from dashboard.api.asked import Asked, read
from dashboard.exports.columns import Column
from dashboard.permissions import Permission
from dashboard.questions import Question
from dashboard.web import access

Give = Callable[[Asked, Any], Answer]


@dataclass(frozen=True)
class Resource:
    """One resource.

    Parameters
    ----------
    name : str
        What it is called in answers and in the trail.
    path : str
        Below `/api`, as Flask writes it.
    summary, description : str
        What it answers, in a line and in some sentences.
    question : type of Question
        What may be asked.
    columns : sequence of Column
        Every column that a row may have; which ones a row has depends on the question.
    give : callable
        Answers a question that was read.
    permissions : tuple of Permission
        What the token's role must hold; one of them where `one`.
    needs : sequence of str
        Parts of the question that must be given.
    figures : bool
        Whether the rows are of people.
    left_out : sequence of str
        Parts of the question that are for pages alone.
    more : mapping or None
        Kind of further columns whose names the question decides; None where there are none.
    """

    name: str
    path: str
    summary: str
    question: type[Question]
    columns: Sequence[Column]
    give: Give
    description: str = ""
    permissions: tuple[Permission, ...] = (Permission.SEE_COVERAGE,)
    one: bool = False
    needs: Sequence[str] = ()
    figures: bool = True
    left_out: Sequence[str] = ()
    more: Mapping[str, Any] | None = None

    @property
    def endpoint(self) -> str:
        """What its route is called."""
        return self.name.replace("-", "_").replace("/", "_")

    def view(self) -> Callable[..., Any]:
        """The view of its route, which says who may call it."""
        decorate = access.needs_one_of if self.one else access.needs

        @decorate(*self.permissions)
        def answered(**values: Any) -> Response:
            media = wanted()
            question, paging = read(self.question, self.left_out)
            asked = Asked.now(values)
            return respond(self.name, asked, paging, self.give(asked, question), media)

        answered.__name__ = self.endpoint
        answered.__doc__ = self.summary
        return answered


def no_such(what: str) -> NotFound:
    """That there is nothing of a name, which is not repeated."""
    return NotFound(what)
