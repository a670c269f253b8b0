"""What pages of a centre are asked: a crossing of the account, and days."""

from __future__ import annotations

from datetime import date

from flask import abort, request

from dashboard.components import reception_words as words
from dashboard.services.reception import centre
from dashboard.web.request_context import grant
from surveillance.errors import UsageError
from surveillance.windows import Window


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
