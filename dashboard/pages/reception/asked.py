"""What pages of a centre are asked (a crossing of the account, days), and how they answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from flask import abort, render_template, request

from dashboard.components.reception import reception_words as words
from dashboard.messages import Translate
from dashboard.permissions import Permission
from dashboard.services.reception import centre
from dashboard.web.request_context import grant
from surveillance.errors import UsageError
from surveillance.windows import Window

Found = TypeVar("Found")


def crossings_and_chosen(language: str) -> tuple[list[tuple[str, str]], str]:
    """Crossings of the account, and the one that was chosen; another one is not found."""
    offered = [(code, words.crossing(code, language)) for code in centre.crossings(grant())]
    chosen = request.args.get("crossing", "")
    if chosen and chosen not in dict(offered):
        abort(404)
    return offered, chosen


def window_asked() -> Window | None:
    """The days that were asked; None where none were.

    Raises
    ------
    UsageError
        One of the two is missing, or is no day.
    """
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if not first and not last:
        return None
    try:
        return Window(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise UsageError("give both days, the first and the last", "from") from None


def answered(ask: Callable[[], Found], usual: Callable[[], Found], t: Translate) -> tuple[Found, str]:
    """What was asked; where the question is faulty, the usual answer and what is wrong."""
    try:
        return ask(), ""
    except UsageError as error:
        return usual(), error.in_words(t)


def shown(template: str, *, problem: str, faulty: bool = False, **more: Any) -> str | tuple[str, int]:
    """A page of a centre, with what each of them needs; `faulty`: a form of it was wrong."""
    text = render_template(
        template,
        words=words,
        may_export=grant().can(Permission.EXPORT_TABLES),
        question=request.query_string.decode("ascii", "replace"),
        problem=problem,
        **more,
    )
    return (text, 400) if problem or faulty else text
