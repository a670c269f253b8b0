"""What forms of channels offer, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request

from dashboard.components.alerts.message_words import TIMINGS, WAYS
from dashboard.messages import LANGUAGES, translator
from dashboard.services.messages import desk
from dashboard.services.messages.desk import Gateway, Given
from dashboard.web import request_context
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES

#: Longest text of a field that is read; what may be in it is decided by the service.
_LONGEST = 1_000


def text(name: str) -> str:
    """A field of the form that was sent."""
    return request.form.get(name, "")[:_LONGEST]


def given() -> Given:
    """A channel as its form was sent."""
    names = ("gateway", "to", "name", "role", "language", "timing", "hour", "quiet_from", "quiet_to")
    return Given(
        **{name: text(name) for name in names},
        urgent=text("urgent") == "yes",
        through=text("through") == "yes",
        provinces=tuple(request.form.getlist("provinces")[:100]),
        diseases=tuple(request.form.getlist("diseases")[:100]),
    )


def choices(ways: Iterable[Gateway], provinces: Iterable[str] | None) -> Mapping[str, Any]:
    """What a form offers: ways out, times, languages, diseases with a rule, and provinces."""
    language = request_context.language()
    t = translator(language)
    own = [one for one in PROVINCES.values() if provinces is None or one.pcode in provinces]
    return {
        "ways": [(str(one.id), f"{t(WAYS[one.kind])}: {one.name}") for one in ways],
        "timings": [(code, t(name)) for code, name in TIMINGS.items()],
        "spoken": list(LANGUAGES.items()),
        "hours": [(str(hour), f"{hour}:00") for hour in range(24)],
        "diseases": [(code, t(DISEASES[code].name)) for code in desk.DISEASES],
        "provinces": [(one.pcode, one.name(language)) for one in own],
        "language": language,
    }
