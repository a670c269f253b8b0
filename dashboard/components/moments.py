"""Stored moments, which are UTC, by the clock of Cambodia; and days that no line break divides."""

from __future__ import annotations

import re
from datetime import datetime

from markupsafe import Markup

from dashboard.messages import Translate
from surveillance.epiweek import TIME_ZONE

_DAYS = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?")


def local(text: str | None) -> str:
    """A stored moment as day and time in Phnom Penh; a dash if absent."""
    if text is None:
        return "–"
    return datetime.fromisoformat(text).astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M")


def moment(text: str | None, t: Translate) -> str:
    """The same, saying whose clock it is."""
    return local(text) if text is None else t("{when}, Phnom Penh time").format(when=local(text))


def whole(text: str) -> Markup:
    """A text for a template, whose days and times are never broken at their hyphens."""
    return Markup(_DAYS.sub(lambda found: f'<span class="day">{found[0]}</span>', str(Markup.escape(text))))  # noqa: S704 - escaped
