"""Accounts: every one of them, a form to add one, and a page to change one. All without scripts.

What lets a person in is shown once, on the page that answers the form, and never again.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.scope_words import scope_words
from dashboard.messages import translator
from dashboard.pages.administration.words import ROLE_MAY, role_name
from dashboard.permissions import Permission
from dashboard.services import accounts, administration
from dashboard.services.accounts import AccountFacts
from dashboard.services.administration import PARTS, Issued
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES
from surveillance.errors import UsageError, UserError
from surveillance.reception.vocabulary import PARTNERS

pages = Blueprint("administration", __name__)
#: Parts of a scope that are typed, several with commas or blanks between them; the others are ticked.
TYPED = ("districts", "facilities")
#: Longest text of such a field.
_LONGEST = 4_000


@pages.get("/administration")
@needs(Permission.MANAGE_ACCOUNTS)
def listed() -> str:
    """Every account that the reader looks after, and the form to add one."""
    return _list_page()


@pages.post("/administration")
@needs(Permission.MANAGE_ACCOUNTS)
def add() -> Any:
    """Add an account, and show once what lets its person in."""
    email, role = request.form.get("email", "").strip()[:255], request.form.get("role", "")
    try:
        issued = administration.add(database(), grant(), email, role, _scope())
    except UserError as error:
        return _list_page(problem=_said(error)), 400
    return _list_page(shown=(email, _link(issued)))


@pages.get("/administration/accounts/<int:number>")
@needs(Permission.MANAGE_ACCOUNTS)
def one(number: int) -> str:
    """One account, and what can be changed of it."""
    return _account_page(_find(number))


@pages.post("/administration/accounts/<int:number>/<any(role,scope,open,close,link,code):what>")
@needs(Permission.MANAGE_ACCOUNTS)
def change(number: int, what: str) -> Any:
    """Change an account. What it may do and how it signs in end its sessions; a new link ends nothing yet."""
    account, link = _find(number), ""
    try:
        if what == "role":
            administration.set_role(database(), grant(), account.email, request.form.get("role", ""))
        elif what == "scope":
            administration.set_scope(database(), grant(), account.email, _scope())
        elif what == "link":
            link = _link(administration.new_link(database(), grant(), account.email))
        elif what == "code":
            administration.reset_second_factor(database(), grant(), account.email)
        else:
            administration.set_active(database(), grant(), account.email, what == "open")
    except UserError as error:
        return _account_page(account, problem=_said(error)), 400
    if link:
        return _account_page(account, link=link)
    return _done(number)


def _done(number: int) -> Response:
    return redirect(url_for(".one", number=number, done="yes"), 303)


def _link(issued: Issued) -> str:
    """A link as its person opens it."""
    return request.host_url.rstrip("/") + issued.path


def _find(number: int) -> AccountFacts:
    found = administration.find(database(), grant(), number) if number < 2**31 else None
    return found if found is not None else abort(404)


def _scope() -> Any:
    """The scope that a form asks for."""
    given = {part: request.form.getlist(part) for part in PARTS}
    for part in TYPED:
        given[part] = request.form.get(part, "")[:_LONGEST].split(",")  # a district's name may have blanks
    if not given["programmes"]:  # to a command that means all; here each was unticked
        raise UsageError("programmes: choose at least one", "programmes")
    return administration.scope_of(database(), given, everywhere=request.form.get("everywhere") == "yes")


def _said(error: UserError) -> str:
    return error.in_words(translator(request_context.language()))


def _choices() -> dict[str, Any]:
    language = request_context.language()
    t = translator(language)
    own = grant().scope
    return {
        "roles": [(code, role_name(code, t)) for code in accounts.ROLES],
        "may": [(role_name(code, t), t(ROLE_MAY[code])) for code in accounts.ROLES],
        "provinces": [(one.pcode, one.name(language)) for one in PROVINCES.values() if own.holds(one.pcode)],
        "crossings": [
            (code, gate.name(language))
            for code, gate in CROSSINGS.items()
            if own.national or code in own.crossings
        ],
        "programmes": [
            (code, t(name))
            for code, name in PROGRAMMES.items()
            if own.programmes is None or code in own.programmes
        ],
        "partners": [(value.code, t(value.name)) for value in PARTNERS],
        "national": own.national,
        "longest": _LONGEST,
    }


def _list_page(problem: str = "", shown: tuple[str, str] | None = None) -> str:
    t, language = translator(request_context.language()), request_context.language()
    rows = [
        (one, role_name(one.role, t), scope_words(one.scope, language, t))
        for one in administration.listed(database(), grant())
    ]
    return render_template(
        "administration_accounts.html",
        rows=rows,
        problem=problem,
        shown=shown,
        given=request.form,
        **_choices(),
    )


def _account_page(account: AccountFacts, problem: str = "", link: str = "") -> str:
    t, language = translator(request_context.language()), request_context.language()
    return render_template(
        "administration_account.html",
        account=account,
        role=role_name(account.role, t),
        scope=scope_words(account.scope, language, t),
        own=account.email == grant().actor,
        done=request.args.get("done") == "yes",
        problem=problem,
        link=link,
        **_choices(),
    )
