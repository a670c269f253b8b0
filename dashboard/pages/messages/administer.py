"""Messages for administrators: ways out, groups and roles, the outbox, and what got stuck in it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.alerts import message_words as words
from dashboard.messages import translator
from dashboard.pages.administration.words import role_name
from dashboard.pages.messages import forms
from dashboard.permissions import Permission
from dashboard.services.messages import desk
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.errors import UsageError

pages = Blueprint("messages_desk", __name__)
_CHANGES = "<any(ways,groups,outbox):kind>/<int:number>/<any(end,test,again,arrived):what>"


@pages.get("/administration/messages")
@needs(Permission.MANAGE_ACCOUNTS)
def looked_after() -> str:
    """Ways out, groups and roles, and the outbox."""
    return _page()


@pages.post("/administration/messages/<any(ways,groups):what>")
@needs(Permission.MANAGE_ACCOUNTS)
def add(what: str) -> Response | tuple[str, int]:
    """Add a way out, whose address is never shown again; or a group or role."""
    try:
        if what == "ways":
            desk.add_way(database(), grant(), settings(), forms.text("name"), forms.text("address"))
        else:
            desk.add_group(database(), grant(), settings(), forms.given())
    except UsageError as error:
        return _page(error.in_words(translator(request_context.language())), what), 400
    return redirect(url_for(".looked_after", done="added"), 303)


@pages.post(f"/administration/messages/{_CHANGES}")
@needs(Permission.MANAGE_ACCOUNTS)
def change(kind: str, number: int, what: str) -> Response:
    """End a way out or a group, send it a test, or decide about a message that got stuck."""
    done = {
        ("ways", "end"): desk.end_way,
        ("groups", "end"): desk.end_group,
        ("groups", "test"): desk.test_group,
        ("outbox", "again"): desk.send_again,
        ("outbox", "arrived"): desk.settle,
    }.get((kind, what))
    if done is None or not done(database(), grant(), number):
        abort(404)
    return redirect(url_for(".looked_after", done=what), 303)


def _page(problem: str = "", where: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    ways = desk.ways(database())
    by_number = {one.id: one for one in ways}
    kept = desk.kept(database(), grant())
    return render_template(
        "administration_messages.html",
        gateways=[(one, t(words.WAYS[one.kind])) for one in ways],
        groups=[
            words.channel_row(
                one,
                by_number,
                t("Everybody of the role: {role}").format(role=role_name(one.role, t)) if one.role else "",
                language,
                t,
            )
            for one in desk.groups(database(), grant())
        ],
        messages=[words.message_row(one, kept.names[one.id], t) for one in kept.messages],
        counts=[
            (t(words.STATES[status]).partition(" {")[0], kept.counts[status])
            for status in words.STATES
            if kept.counts.get(status)
        ],
        sending=desk.sending(settings()),
        roles=[
            ("", t("A group, at the address below")),
            *((role, role_name(role, t)) for role in desk.ROLES),
        ],
        problem=problem,
        where=where,
        given=request.form,
        done=request.args.get("done", ""),
        **forms.choices(ways, None),
    )
