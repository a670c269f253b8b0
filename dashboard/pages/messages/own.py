"""How the reader is told of alerts: her own channels, and the newest messages to her."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.alerts import message_words as words
from dashboard.messages import translator
from dashboard.pages.messages import forms
from dashboard.permissions import Permission
from dashboard.services.messages import desk
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.errors import UsageError

pages = Blueprint("messages", __name__)


@pages.get("/account/messages")
@needs(Permission.RUN_CLUSTERS)
def own() -> str:
    """The reader's channels, the form to add one, and her newest messages."""
    return _page()


@pages.post("/account/messages")
@needs(Permission.RUN_CLUSTERS)
def add() -> Response | tuple[str, int]:
    """Add a channel; what is wrong is said above the form, which keeps what was typed."""
    try:
        desk.add_own(database(), grant(), settings(), forms.given())
    except UsageError as error:
        return _page(error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".own", done="added"), 303)


@pages.post("/account/messages/<int:channel>/<any(end,test):what>")
@needs(Permission.RUN_CLUSTERS)
def change(channel: int, what: str) -> Response:
    """End a channel of the reader's own, or send a test message by it."""
    done = desk.end_own if what == "end" else desk.test_own
    if not done(database(), grant(), channel):
        abort(404)
    return redirect(url_for(".own", done=what), 303)


def _page(problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    ways = desk.ways(database())
    by_number = {one.id: one for one in ways}
    return render_template(
        "messages_own.html",
        channels=[
            words.channel_row(one, by_number, "", language, t) for one in desk.own(database(), grant())
        ],
        messages=[words.message_row(one, "", t) for one in desk.own_messages(database(), grant())],
        sending=desk.sending(settings()),
        problem=problem,
        given=request.form,
        done=request.args.get("done", ""),
        **forms.choices(ways, grant().scope.provinces),
    )
