"""Referrals: slips and worklists of nurses, and the page on which partners answer; all without scripts."""

from __future__ import annotations

from uuid import uuid4

import segno
from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.components import reception_words as words
from dashboard.figures.tokens import TOKENS
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.clock import now_in_cambodia, today_in_cambodia
from dashboard.services.reception import contacts, slips, worklists
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import TooManyError, UsageError

pages = Blueprint("referrals", __name__)
#: What of a code is looked at.
_LONGEST = 40
_ANSWERED = ("arrived_at", "outcome", "outcome_at")


@pages.get("/worklists")
@needs(Permission.READ_REFERRALS)
def lists() -> str:
    """Who has to be looked for."""
    language = request_context.language()
    t = translator(language)
    crossings = [(code, words.crossing(code, language)) for code in worklists.crossings(grant())]
    chosen = request.args.get("crossing", "")
    if chosen and chosen not in dict(crossings):
        abort(404)
    found = worklists.worklists(database(), grant(), chosen or None, today_in_cambodia())
    return render_template(
        "reception_worklists.html", found=found, words=words, crossings=crossings, chosen=chosen, t=t
    )


@pages.post("/worklists/slips/<subject>/<referral>")
@needs(Permission.READ_REFERRALS)
def give(subject: str, referral: str) -> Response:
    """Give a referral its code."""
    found = slips.give(database(), grant(), subject, referral, now=now_in_cambodia())
    if found is None:
        abort(404)
    return redirect(url_for(".slip", subject=subject, referral=referral), 303)


@pages.get("/worklists/slips/<subject>/<referral>")
@needs(Permission.READ_REFERRALS)
def slip(subject: str, referral: str) -> Response:
    """The slip to print: the code, and the same as a QR code."""
    found = slips.standing(database(), grant(), subject, referral)
    if found is None:
        abort(404)
    # Dark on light in both looks: cameras read it so. The code alone: no address, so that it leads nowhere.
    picture = segno.make(found.code, error="m", micro=False).svg_inline(
        border=4, omitsize=True, dark=TOKENS["ink"].light, light=TOKENS["card"].light
    )
    answer = make_response(
        render_template("reception_slip.html", slip=found, picture=Markup(picture))  # noqa: S704 - of a library, from a code of ours
    )
    return _unkept(answer)


@pages.get("/worklists/contacts/<van>")
@needs(Permission.READ_REFERRALS)
def van_contacts(van: str) -> str:
    """Everybody of the van in which somebody with measles came."""
    language = request_context.language()
    t = translator(language)
    disease = request.args.get("disease", contacts.DISEASES[0])
    found = contacts.contacts(database(), grant(), van, disease) if disease in contacts.DISEASES else None
    if found is None:
        abort(404)
    return render_template(
        "reception_contacts.html",
        found=found,
        words=words,
        groups=words.groups(found, language, t),
        crossing=words.crossing(found.crossing, language),
    )


@pages.get("/referral")
@needs(Permission.ANSWER_REFERRALS)
def ask() -> Response:
    """Where a partner types the code of a slip."""
    return _partner()


@pages.post("/referral")
@needs(Permission.ANSWER_REFERRALS)
def look() -> Response:
    """The form for a code; it is never part of an address."""
    typed = request.form.get("code", "")[:_LONGEST]
    try:
        code, found = slips.find(database(), grant(), typed, now=now_in_cambodia())
    except UsageError as error:
        return _partner(typed=typed, problem=_said(error), status=400)
    except TooManyError as error:
        return _partner(problem=_said(error), status=429)
    return _partner(code=code, found=found)


@pages.post("/referral/outcome")
@needs(Permission.ANSWER_REFERRALS)
def outcome() -> Response:
    """Store what a partner says; what is wrong is said above the form, which keeps what was typed."""
    typed = request.form.get("code", "")[:_LONGEST]
    given = {name: request.form.get(name, "")[:_LONGEST] for name in _ANSWERED}
    now = now_in_cambodia()
    try:
        code, found = slips.find(database(), grant(), typed, now=now)
    except UsageError as error:
        return _partner(typed=typed, problem=_said(error), status=400)
    except TooManyError as error:
        return _partner(problem=_said(error), status=429)
    entry = request.form.get("entry", "")
    try:
        slips.answer(database(), grant(), code, given, entry=entry, now=now)
    except UsageError as error:
        return _partner(code=code, found=found, given=given, problem=_said(error), status=400)
    return _partner(stored=slips.written(code))


def _partner(
    *,
    typed: str = "",
    code: str = "",
    found: slips.Referral | None = None,
    given: dict[str, str] | None = None,
    problem: str = "",
    stored: str = "",
    status: int = 200,
) -> Response:
    t = translator(request_context.language())
    held = dict(found.fields) if found is not None else {}
    answer = make_response(
        render_template(
            "reception_partner.html",
            partners=[t(name) for name in slips.partners(grant())],
            typed=typed,
            code=code,
            written=slips.written(code) if code else "",
            found=found,
            sent=slips.sent_on(found) if found is not None else None,
            partner=words.partner(held.get("partner", ""), t),
            urgency=words.urgency(held.get("urgency", ""), t),
            given={name: held.get(name) or "" for name in _ANSWERED} if given is None else given,
            outcomes=words.outcomes(t),
            entry=uuid4().hex,
            now=now_in_cambodia().strftime("%Y-%m-%dT%H:%M"),
            problem=problem,
            stored=stored,
        ),
        status,
    )
    return _unkept(answer)


def _said(error: UsageError | TooManyError) -> str:
    said = error.in_words(translator(request_context.language()))
    return said[:1].upper() + said[1:]


def _unkept(answer: Response) -> Response:
    """Kept by no browser: several people share a computer."""
    answer.headers["Cache-Control"] = "no-store"
    return answer
