"""Pages of releases, for the two people of each: prepare, read the audit, issue; all without scripts."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components import releases as shown
from dashboard.messages import Translate, translator
from dashboard.pages import progress
from dashboard.pages.progress import ProgressPage
from dashboard.permissions import Permission
from dashboard.services.releases import desk
from dashboard.services.releases.desk import Release
from dashboard.web import request_context
from dashboard.web.access import needs, needs_one_of
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import NotPermittedError, UsageError, UserError

pages = Blueprint("releases", __name__)


@pages.get("/releases")
@needs_one_of(Permission.PREPARE_RELEASE, Permission.ISSUE_RELEASE)
def listed() -> str:
    """Every release, and the form to prepare one."""
    return _list({})


@pages.post("/releases")
@needs(Permission.PREPARE_RELEASE)
def prepare() -> Any:
    """Ask for a release, and lead to its page; what is wrong is said above the form."""
    given = request.form.to_dict()
    try:
        number = desk.ask(
            database(),
            grant(),
            since=_day(given, "since"),
            until=_day(given, "until"),
            lag_days=_days(given),
        )
    except NotPermittedError:
        raise
    except UserError as error:
        return _list(given, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".one", number=number), 303)


@pages.get("/releases/<int:number>")
@needs_one_of(Permission.PREPARE_RELEASE, Permission.ISSUE_RELEASE)
def one(number: int) -> str:
    """A release: how far it is, or its audit, how much it hides, and what can be done with it."""
    return _page(_release(number))


@pages.get("/releases/<int:number>/status")
@needs_one_of(Permission.PREPARE_RELEASE, Permission.ISSUE_RELEASE)
def status(number: int) -> Response:
    """How far a release is, for the page's script."""
    return progress.status(_progress(_release(number), translator(request_context.language())))


@pages.post("/releases/<int:number>/cancel")
@needs(Permission.PREPARE_RELEASE)
def cancel(number: int) -> Response:
    """Stop a release that is on the way."""
    _release(number)
    desk.stop(database(), grant(), number)
    return redirect(url_for(".one", number=number), 303)


@pages.post("/releases/<int:number>/audit")
@needs_one_of(Permission.PREPARE_RELEASE, Permission.ISSUE_RELEASE)
def audit(number: int) -> Any:
    """Have a release audited."""
    release = _release(number)
    try:
        desk.ask_for_audit(database(), grant(), number)
    except UsageError as error:
        return _page(release, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".one", number=number), 303)


@pages.post("/releases/<int:number>/issue")
@needs(Permission.ISSUE_RELEASE)
def issue(number: int) -> Any:
    """Issue a release; why it cannot be is said on its page."""
    release = _release(number)
    try:
        desk.issue(database(), grant(), number)
    except NotPermittedError as error:
        return _page(release, error.in_words(translator(request_context.language()))), 403
    except UsageError as error:
        return _page(release, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".one", number=number), 303)


def _release(number: int) -> Release:
    try:
        return desk.find(database(), grant(), number)
    except UsageError:
        abort(404)


def _day(given: dict[str, str], name: str) -> date | None:
    text = given.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(
            "{name}: '{given}' is not a day such as 2025-12-31", name=name, given=text[:40]
        ) from None


def _days(given: dict[str, str]) -> int:
    text = given.get("lag", "").strip()
    if not text:
        return desk.LAG_DAYS
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise UsageError("lag: '{given}' is not a number of days", "lag", given=text[:40])
    return int(text)


def _list(given: dict[str, str], problem: str = "") -> str:
    t = translator(request_context.language())
    found = desk.listed(database(), grant())
    return render_template(
        "releases.html",
        rows=shown.rows(found, t),
        in_force=shown.in_force(found),
        may_prepare=desk.may(grant(), Permission.PREPARE_RELEASE),
        lag=desk.LAG_DAYS,
        given=given,
        problem=problem,
    )


def _page(release: Release, problem: str = "") -> str:
    t = translator(request_context.language())
    if release.at_work:
        return progress.page(
            _progress(release, t),
            here=url_for(".one", number=release.id),
            title=t("Release {number}").format(number=release.id),
            label=t("The release is being prepared and audited."),
            note=t("You may leave this page: the work goes on."),
            back=(url_for(".listed"), t("Releases")),
        )
    found = desk.listed(database(), grant())
    entitled = grant().can(Permission.SEE_SMALL_COUNTS)
    return render_template(
        "release.html",
        entitled=entitled,
        release=release,
        state=shown.state(release, shown.in_force(found), t),
        facts=shown.facts(release, t),
        report=shown.report(release, t, entitled=entitled),
        hidden=shown.hidden(release, t, entitled=entitled),
        why=t(release.error).format(**release.error_values) if release.error else "",
        may_issue=desk.may(grant(), Permission.ISSUE_RELEASE),
        own=release.author == grant().actor,
        problem=problem,
    )


def _progress(release: Release, t: Translate) -> ProgressPage:
    text = t("Waiting")
    if release.status == "working":
        text = (
            t("Stopping") if release.cancelled_by else t("Auditing") if release.prepared else t("Preparing")
        )
    known = release.total > 0
    return ProgressPage(
        str(release.id),
        text,
        release.done if known else None,
        release.total if known else None,
        stopping=release.cancelled_by is not None,
        over=not release.at_work,
    )
