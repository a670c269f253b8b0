"""Referrals: slips and worklists of nurses, and the page on which partners answer; all without scripts."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from uuid import uuid4

import segno
from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.components.reception import reception_words as words
from dashboard.figures.tokens import TOKENS
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.clock import now_in_cambodia, today_in_cambodia
from dashboard.services.reception import contacts, handovers, slips, worklists
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import TooManyError, UsageError

pages = Blueprint("referrals", __name__)
#: What of a code is looked at.
_LONGEST = 40
_ANSWERED = ("arrived_at", "outcome", "outcome_at")
#: How the form of a van names the district of one person, and what of a district's name is looked at.
_DISTRICT, _LONGEST_DISTRICT = "district-", 80
_HANDOVER = ("received_by", "handed_over_at", "officer_number")


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
    only, page, vans_of = _part_asked()
    found = worklists.worklists(
        database(), grant(), chosen or None, today_in_cambodia(), only=only, page=page, vans_of=vans_of
    )
    return render_template(
        "reception_worklists.html",
        found=found,
        words=words,
        crossings=crossings,
        chosen=chosen,
        only=only,
        at_once=worklists.AT_ONCE,
        t=t,
    )


def _part_asked() -> tuple[str, int, date | None]:
    """Which list is read to its end, which page of it, and the vans of which day; others are not found."""
    only, page, vans = (request.args.get(name, "") for name in ("list", "page", "vans"))
    number = page or "1"
    if only not in ("", *worklists.LISTS) or not (number.isascii() and number.isdecimal()):
        abort(404)
    if not 0 < len(number) < 7 or int(number) < 1:
        abort(404)
    try:
        return only, int(number), date.fromisoformat(vans) if vans else None
    except ValueError:
        abort(404)


@pages.post("/worklists/slips/<subject>/<referral>")
@needs(Permission.READ_REFERRALS)
def give(subject: str, referral: str) -> Response:
    """Give a referral its code: a new one, or that of a sticker."""
    typed = request.form.get("code", "")[:_LONGEST]
    try:
        found = slips.give(database(), grant(), subject, referral, now=now_in_cambodia(), typed=typed)
    except UsageError as error:
        return _stickers(subject, referral, _said(error), 400)
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
    page = render_template("reception_slip.html", slip=found, picture=_picture(found.code))
    return _unkept(make_response(page))


@pages.get("/worklists/slips/<subject>/<referral>/sticker")
@needs(Permission.READ_REFERRALS)
def sticker(subject: str, referral: str) -> Response:
    """Where the code of a sticker is typed that a person was given in a night without power."""
    if slips.referral_of(database(), grant(), subject, referral) is None:
        abort(404)
    return _stickers(subject, referral)


@pages.get("/worklists/stickers")
@needs(Permission.READ_REFERRALS)
def stickers() -> Response:
    """How many stickers to print."""
    return _unkept(
        make_response(
            render_template(
                "reception_stickers.html",
                slips=(),
                usual=slips.USUAL_STICKERS,
                most=slips.MOST_STICKERS,
                problem="",
            )
        )
    )


@pages.post("/worklists/stickers")
@needs(Permission.READ_REFERRALS)
def print_stickers() -> Response:
    """Sheets of codes that nobody has yet: each twice, for the person and for the paper form."""
    asked = request.form.get("stickers", "")[:6]
    number = int(asked) if asked.isascii() and asked.isdecimal() else 0
    made: list[slips.Slip] = []
    problem = ""
    try:
        made = slips.stickers(database(), grant(), number, today=today_in_cambodia())
    except UsageError as error:
        problem = _said(error)
    page = render_template(
        "reception_stickers.html",
        slips=[(one.written, _picture(one.code)) for one in made],
        usual=number or slips.USUAL_STICKERS,
        most=slips.MOST_STICKERS,
        problem=problem,
    )
    return _unkept(make_response(page, 400 if problem else 200))


@pages.get("/worklists/handover/<subject>")
@needs(Permission.READ_REFERRALS)
def handover(subject: str) -> Response:
    """The form for the handover of a child, to print and to store."""
    return _handover(subject)


@pages.post("/worklists/handover/<subject>")
@needs(Permission.READ_REFERRALS)
def hand_over(subject: str) -> Response:
    """Store who received a child, and when."""
    given = {name: request.form.get(name, "")[:_LONGEST] for name in _HANDOVER}
    child = handovers.of(database(), grant(), subject)
    if child is None:
        abort(404)
    try:
        handovers.store(
            database(),
            grant(),
            child,
            received_by=given["received_by"],
            at=given["handed_over_at"],
            officer=given["officer_number"],
            entry=request.form.get("entry", ""),
            now=now_in_cambodia(),
        )
    except UsageError as error:
        return _handover(subject, given, _said(error), 400)
    return _unkept(redirect(url_for(".handover", subject=subject), 303))


@pages.get("/worklists/contacts/<van>")
@needs(Permission.READ_REFERRALS)
def van_contacts(van: str) -> Response:
    """Everybody of the van in which somebody with measles came."""
    return _contacts(van)


@pages.post("/worklists/contacts/<van>")
@needs(Permission.READ_REFERRALS)
def keep_contacts(van: str) -> Response:
    """Keep home districts, or that one was told."""
    told = request.form.get("told", "")[:_LONGEST_DISTRICT]
    chosen = {
        name.removeprefix(_DISTRICT): request.form[name].strip()[:_LONGEST_DISTRICT]
        for name in request.form
        if name.startswith(_DISTRICT)
    }
    try:
        if told:
            contacts.tell(database(), grant(), van, told, now=now_in_cambodia())
        else:
            contacts.keep(database(), grant(), van, chosen, now=now_in_cambodia())
    except UsageError as error:
        return _contacts(van, _said(error), 400)
    return _unkept(redirect(url_for(".van_contacts", van=van), 303))


def _contacts(van: str, problem: str = "", status: int = 200) -> Response:
    language = request_context.language()
    t = translator(language)
    disease = request.args.get("disease", contacts.DISEASES[0])
    found = contacts.contacts(database(), grant(), van, disease) if disease in contacts.DISEASES else None
    if found is None:
        abort(404)
    page = render_template(
        "reception_contacts.html",
        found=found,
        words=words,
        groups=words.groups(found, language, t),
        crossing=words.crossing(found.crossing, language),
        problem=problem,
    )
    return _unkept(make_response(page, status))


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


def _stickers(subject: str, referral: str, problem: str = "", status: int = 200) -> Response:
    page = render_template("reception_sticker.html", subject=subject, referral=referral, problem=problem)
    return _unkept(make_response(page, status))


def _handover(
    subject: str, given: dict[str, str] | None = None, problem: str = "", status: int = 200
) -> Response:
    child = handovers.of(database(), grant(), subject)
    if child is None:
        abort(404)
    language = request_context.language()
    held = {name: str(child.fields.get(name) or "") for name in _HANDOVER}
    now = now_in_cambodia().strftime("%Y-%m-%dT%H:%M")
    page = render_template(
        "reception_handover.html",
        child=child,
        crossing=words.crossing(child.crossing, language),
        register=words.register(child.register, translator(language)),
        receivers=words.receivers(translator(language)),
        given=given or held | {"handed_over_at": held["handed_over_at"] or now},
        stored=bool(child.fields),
        entry=uuid4().hex,
        now=now,
        problem=problem,
    )
    return _unkept(make_response(page, status))


def _picture(code: str) -> Markup:
    """The code alone as a QR code: dark on light in both looks, since cameras read it so."""
    drawn = segno.make(code, error="m", micro=False).svg_inline(
        border=4, omitsize=True, dark=TOKENS["ink"].light, light=TOKENS["card"].light
    )
    return Markup(drawn)  # noqa: S704 - of a library, from a code of ours


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


def _unkept(answer: Any) -> Response:
    """Kept by no browser: several people share a computer."""
    answer.headers["Cache-Control"] = "no-store"
    return cast(Response, answer)
