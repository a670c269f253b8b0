"""Paper for nights without power: a form for a van, and number tags to cut out. Typed into the desk later."""

from __future__ import annotations

import re

from flask import Blueprint, render_template, request

from dashboard.messages import translator
from dashboard.pages.reception import fields
from dashboard.permissions import Permission
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from surveillance.texts import N_

pages = Blueprint("desk_paper", __name__)
#: People of one form, and at most.
_USUAL, _MOST = 45, 100
_LETTER = re.compile("[A-Z]{1,3}")
_WRONG = N_("Choose a letter from A to Z, and 1 to 100 people.")


@pages.get("/desk/paper")
@needs(Permission.RECEIVE_ARRIVALS)
def sheets() -> str | tuple[str, int]:
    """The sheets of a van, to be printed by the browser."""
    t = translator(request_context.language())
    letter = request.args.get("letter", "").strip().upper()
    asked = request.args.get("people", str(_USUAL)).strip()
    right = (not letter or _LETTER.fullmatch(letter)) and asked.isascii() and asked.isdecimal()
    people = int(asked[:4]) if right and 0 < len(asked) < 4 else 0
    fits = 1 <= people <= _MOST
    page = render_template(
        "desk_paper.html",
        letter=letter if right else "",
        people=people if fits else _USUAL,
        most=_MOST,
        signs=[t(one.text) for one in fields.DANGER.choices],
        symptoms=[t(one.text) for one in fields.SYMPTOMS.choices],
        stickers=grant().can(Permission.READ_REFERRALS),
        problem="" if fits else t(_WRONG),
    )
    return page if fits else (page, 400)
