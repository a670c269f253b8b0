"""The page of the bulletin: weeks and months that are over, each with its files. It works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.addresses import with_question
from dashboard.components.bulletin import files, words
from dashboard.messages import LANGUAGES, translator
from dashboard.parameters import read_day
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.bulletin import make as service
from dashboard.services.bulletin.models import Edition
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure import rules
from dashboard.web import limits, request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from geodata.provinces import PROVINCES
from surveillance.bulletin.period import BulletinPeriod, read_period
from surveillance.errors import UsageError
from surveillance.texts import N_

pages = Blueprint("bulletin", __name__)
#: Editions, as an address names them.
ISSUED, OWN = "issued", "own"
_MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "png": "image/png",
}
_NAMES = {"html": "HTML", "pdf": "PDF", "docx": "DOCX"}


@dataclass(frozen=True)
class Asked:
    """What the form asks for, beside the week or month."""

    province: str | None
    own: bool
    as_of: date | None
    language: str

    @property
    def parameters(self) -> dict[str, str]:
        """As an address says it."""
        found = {"language": self.language, "edition": OWN if self.own else ISSUED}
        if self.province:
            found["province"] = self.province
        if self.as_of:
            found["as_of"] = self.as_of.isoformat()
        return found


@pages.get("/bulletin")
@needs(Permission.SEE_COVERAGE, Permission.SEE_REPORTING)
def listed() -> tuple[str, int]:
    """Weeks and months with the links of their files, and the form that chooses area, edition and day."""
    t = translator(request_context.language())
    problem = ""
    try:
        asked = _asked()
    except UsageError as error:
        problem = error.in_words(t)
        asked = Asked(None, own=False, as_of=None, language=request_context.language())
    found = service.periods(database(), grant(), today_in_cambodia())
    kinds = [kind for kind in files.KINDS if files.lacking(kind) is None]
    page = render_template(
        "bulletin.html",
        asked=asked,
        periods=[
            (t(name), [_row(one, asked, kinds) for one in found[kind]]) for kind, name in _HEADS.items()
        ],
        areas=_areas(asked, t),
        editions=_editions(t),
        written_in=list(LANGUAGES.items()),
        lacking=[lacking.in_words(t) for kind in files.KINDS if (lacking := files.lacking(kind)) is not None],
        today=today_in_cambodia(),
        problem=problem,
    )
    return page, 400 if problem else 200


@pages.get("/bulletin/<period>.<any(html,pdf,docx,png):kind>")
@needs(Permission.SEE_COVERAGE, Permission.SEE_REPORTING)
def file(period: str, kind: str) -> Response:
    """One edition as a file; the use is audited."""
    return _file(period, kind, meeting=False)


@pages.get("/bulletin/<period>/meeting.<any(html,pdf,docx):kind>")
@needs(Permission.SEE_COVERAGE, Permission.SEE_REPORTING, Permission.SEE_SMALL_COUNTS)
def meeting(period: str, kind: str) -> Response:
    """The sheet of the meeting; the use is audited."""
    return _file(period, kind, meeting=True)


def _file(period: str, kind: str, *, meeting: bool) -> Response:
    asked, today = _asked(), today_in_cambodia()
    if (lacking := files.lacking(kind)) is not None:
        raise lacking
    limits.count(limits.PICTURES, "bulletins")
    own = asked.own or meeting
    edition = Edition(_period(period), asked.province or _usual_area(own=own), own, asked.as_of or today)
    made = service.bulletin(database(), grant(), edition, today)
    content = files.written(made, asked.language, kind, meeting=meeting)
    what = {
        "period": made.label,
        "area": made.province or "KH",
        "edition": OWN if made.own else ISSUED,
        "as_of": str(made.as_of),
        "format": kind,
        "meeting": meeting,
    }
    store.audit_use(database(), grant(), "bulletin", what)
    name = words.name(made, asked.language) + ("-meeting" if meeting else "")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(content, content_type=_MEDIA[kind], headers=headers)


def _usual_area(*, own: bool) -> str | None:
    """The area of an edition that names none: the country, or of single provinces' accounts the first one."""
    scope = grant().scope
    if not own or scope.national:
        return None
    return next((code for code in PROVINCES if scope.holds(code)), None)


def _period(text: str) -> BulletinPeriod:
    return read_period(text, None) if "W" in text else read_period(None, text)


def _asked() -> Asked:
    given = request.args
    edition = given.get("edition", ISSUED)
    if edition not in (ISSUED, OWN):
        raise UsageError(
            "edition: '{given}' is not one of {offered}",
            "edition",
            given=edition[:20],
            offered=f"{ISSUED}, {OWN}",
        )
    language = given.get("language", request_context.language())
    if language not in LANGUAGES:
        raise UsageError(
            "language: '{given}' is not one of {offered}",
            "language",
            given=language[:20],
            offered=", ".join(LANGUAGES),
        )
    as_of = None
    if text := given.get("as_of", "").strip():
        try:
            as_of = read_day(text)
        except ValueError:
            raise UsageError(
                "as_of: '{given}' is not a day such as 2026-07-02", "as_of", given=text[:20]
            ) from None
    return Asked(given.get("province") or None, edition == OWN, as_of, language)


#: Kinds of period, and the heading of their list.
_HEADS: dict[Any, str] = {"week": N_("Weeks"), "month": N_("Months")}


def _row(one: BulletinPeriod, asked: Asked, kinds: list[str]) -> dict[str, Any]:
    """A week or month with the addresses of its files."""
    ready = asked.as_of is None or asked.as_of >= one.last
    told = asked.parameters
    links = [
        (_NAMES.get(kind, "PNG"), with_question(url_for(".file", period=one.label, kind=kind), told))
        for kind in kinds
        if not (kind == "png" and asked.own)
    ]
    sheets = [
        (_NAMES[kind], with_question(url_for(".meeting", period=one.label, kind=kind), told))
        for kind in kinds
        if kind in _NAMES and asked.own
    ]
    return {
        "label": one.label,
        "first": one.first,
        "last": one.last,
        "links": links if ready else [],
        "sheets": sheets if ready else [],
    }


def _areas(asked: Asked, t: Any) -> list[tuple[str, str]]:
    language, scope = request_context.language(), grant().scope
    own = [code for code in PROVINCES if not asked.own or scope.holds(code)]
    country = [] if asked.own and not scope.national else [("", t("The whole country"))]
    return [*country, *((code, PROVINCES[code].name(language)) for code in own)]


def _editions(t: Any) -> list[tuple[str, str]]:
    found = [(ISSUED, t("For passing on: issued figures"))]
    if rules.entitled(grant()):
        found.append((OWN, t("Small numbers and decisions: not for passing on")))
    return found
