"""Tokens for other programs: one's own, and of accounts that the reader looks after; shown once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.scope_words import scope_words
from dashboard.messages import translator
from dashboard.pages.administration.words import ROLE_MAY, role_name
from dashboard.permissions import Permission
from dashboard.services import administration
from dashboard.services.accounts import AccountFacts
from dashboard.services.signing_in import tokens
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES
from surveillance.errors import UserError
from surveillance.texts import N_

pages = Blueprint("tokens", __name__)
#: Why a token ended, as the page says it.
WHY = {
    "person": N_("ended by {who}"),
    "expired": N_("its time was over"),
    "account": N_("the account was changed"),
}
_DAYS = (30, 90, 180, 366)


@pages.get("/account/tokens")
@needs(Permission.SEE_COVERAGE)
def own() -> str:
    """The reader's tokens, and the form to make one."""
    return _page(None)


@pages.post("/account/tokens")
@needs(Permission.SEE_COVERAGE)
def make_own() -> str | tuple[str, int]:
    """Make a token of the reader's account, and show it once."""
    return _made(None)


@pages.post("/account/tokens/<int:token>/end")
@needs(Permission.SEE_COVERAGE)
def end_own(token: int) -> Response:
    """End one of the reader's tokens."""
    if not tokens.end(database(), grant(), grant().actor, token):
        abort(404)
    return redirect(url_for(".own", done="yes"), 303)


@pages.get("/administration/accounts/<int:number>/tokens")
@needs(Permission.MANAGE_ACCOUNTS)
def of_account(number: int) -> str:
    """The tokens of an account that the reader looks after."""
    return _page(_find(number))


@pages.post("/administration/accounts/<int:number>/tokens")
@needs(Permission.MANAGE_ACCOUNTS)
def make_of_account(number: int) -> str | tuple[str, int]:
    """Make a token of such an account, in a role that may no more than the reader's own either."""
    return _made(_find(number))


@pages.post("/administration/accounts/<int:number>/tokens/<int:token>/end")
@needs(Permission.MANAGE_ACCOUNTS)
def end_of_account(number: int, token: int) -> Response:
    """End a token of such an account."""
    if not tokens.end(database(), grant(), _find(number).email, token):
        abort(404)
    return redirect(url_for(".of_account", number=number, done="yes"), 303)


def _find(number: int) -> AccountFacts:
    found = administration.find(database(), grant(), number)
    return found if found is not None else abort(404)


def _made(account: AccountFacts | None) -> str | tuple[str, int]:
    given = request.form
    try:
        made = tokens.make(
            database(),
            grant(),
            grant().actor if account is None else account.email,
            name=given.get("name", ""),
            role=given.get("role", ""),
            days=given.get("days", ""),
            per_minute=given.get("per_minute", ""),
            provinces=given.getlist("provinces"),
            programmes=given.getlist("programmes"),
        )
    except UserError as error:
        said = error.in_words(translator(request_context.language()))
        return _page(account, problem=said), 400
    return _page(account, shown=made.text)


def _page(account: AccountFacts | None, problem: str = "", shown: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    asking = grant()
    email = asking.actor if account is None else account.email
    role, scope = (asking.role, asking.scope) if account is None else (account.role, account.scope)
    roles = tokens.roles_for(role, asking.role)
    own_action = (
        url_for(".make_own") if account is None else url_for(".make_of_account", number=account.number)
    )
    return render_template(
        "tokens.html",
        account=account,
        tokens=[_row(one, account, language) for one in tokens.listed(database(), asking, email)],
        action=own_action,
        roles=[(code, role_name(code, t)) for code in reversed(roles)],
        may=[(role_name(code, t), t(ROLE_MAY[code])) for code in roles],
        provinces=[(one.pcode, one.name(language)) for one in PROVINCES.values() if scope.holds(one.pcode)],
        programmes=[
            (code, t(name))
            for code, name in PROGRAMMES.items()
            if scope.programmes is None or code in scope.programmes
        ],
        days=[(str(one), t("{days} days").format(days=one)) for one in _DAYS],
        given=request.form if problem else {},
        chosen={
            "provinces": request.form.getlist("provinces"),
            "programmes": request.form.getlist("programmes"),
        },
        usual=(str(tokens.USUAL_DAYS), str(tokens.USUAL_RATE)),
        most=(tokens.LONGEST, tokens.RATES[1], tokens.MOST),
        problem=problem,
        shown=shown,
        done=request.args.get("done") == "yes",
        address=request.host_url.rstrip("/"),
    )


def _row(one: tokens.Token, account: AccountFacts | None, language: str) -> dict[str, Any]:
    """A token as the page shows it. `end`: where the form goes that ends it; blank where it has ended."""
    t = translator(language)
    end = ""
    if one.ended_at is None and account is None:
        end = url_for(".end_own", token=one.id)
    elif one.ended_at is None and account is not None:
        end = url_for(".end_of_account", number=account.number, token=one.id)
    return {
        "name": one.name,
        "tail": one.tail,
        "role": role_name(one.role, t),
        "scope": scope_words(one.scope, language, t),
        "made_at": one.made_at,
        "made_by": one.made_by,
        "expires": datetime.fromtimestamp(one.expires, UTC).isoformat(timespec="seconds"),
        "per_minute": one.per_minute,
        "used_at": one.used_at,
        "ended_at": one.ended_at,
        "why": t(WHY[one.ended_why]).format(who=one.ended_by) if one.ended_why in WHY else "",
        "end": end,
    }
