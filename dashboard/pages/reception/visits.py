"""Where a day of outreach, or a visit of a household, is entered and mended; without scripts."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, redirect, render_template, request, url_for

from dashboard.components.reception import reception_words as words
from dashboard.field_names import field_name
from dashboard.messages import Translate, translator
from dashboard.permissions import Permission
from dashboard.services.clock import now_in_cambodia, today_in_cambodia
from dashboard.services.reception import visits as service
from dashboard.services.reception.visits import Visit
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UserError
from surveillance.reception.entries import is_id
from surveillance.reception.kinds import KINDS, Field
from surveillance.texts import N_

pages = Blueprint("visits", __name__)
_LONGEST = 40
#: What each kind is.
_MEANT = {
    "outreach": N_("A day of prevention in a place: sessions, items, people reached."),
    "household": N_("A household from which parents went away to work, and the children who stayed."),
}
#: What a list says of each record, beside day and province.
_SHOWN = {
    "outreach": ("topic", "sessions", "men_reached", "women_reached", "children_reached", "items_given"),
    "household": ("children_under_5", "children_5_to_14", "to_vaccinate", "with_symptoms"),
}


@pages.get("/reception/visits")
@needs(Permission.RECEIVE_ARRIVALS)
def page() -> str:
    """The form, empty or with a record that is to be mended, and what was entered lately."""
    kind, subject = _asked()
    held = service.one(database(), grant(), kind, subject) if subject else None
    if subject and held is None:
        abort(404)
    return _page(kind, subject, _shown(held) if held is not None else {})


@pages.post("/reception/visits")
@needs(Permission.RECEIVE_ARRIVALS)
def enter() -> Any:
    """Store what was entered; what is wrong is said above the form, which keeps what was typed."""
    kind, subject = _asked()
    given = {name: text[:_LONGEST] for name, text in request.form.items()}
    entry = given.get("entry", "")
    try:
        service.store(
            database(), grant(), kind, given, subject=subject or entry, entry=entry, now=now_in_cambodia()
        )
    except UserError as error:
        said = error.in_words(translator(request_context.language()))
        return _page(kind, subject, given, said[:1].upper() + said[1:]), 400
    return redirect(url_for(".page", kind=kind, stored="yes", _anchor="stored"), 303)


def _asked() -> tuple[str, str]:
    kind, subject = request.values.get("kind", service.VISITS[0]), request.values.get("subject", "")
    if kind not in service.VISITS or (subject and not is_id(subject)):
        abort(404)
    return kind, subject


def _shown(held: Visit) -> dict[str, str]:
    """The values of a record as a form shows them."""
    said = {name: _text(value) for name, value in held.fields.items()}
    return said | {"crossing": held.crossing}


def _text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _page(kind: str, subject: str, given: dict[str, str], problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    found, of = service.listed(database(), grant(), kind, today_in_cambodia())
    fields = service.fields_of(kind)
    return render_template(
        "reception_visits.html",
        kind=kind,
        kinds=[(one, t(KINDS[one].name)) for one in service.VISITS],
        meaning=t(_MEANT[kind]),
        subject=subject,
        entry=uuid4().hex,
        fields=[(one, _name(one.name, t), _choices(one, language, t)) for one in fields],
        crossings=[(code, words.crossing(code, language)) for code in service.crossings(grant())],
        given=given,
        problem=problem,
        stored=request.args.get("stored") == "yes",
        today=today_in_cambodia(),
        heads=[field_name(name, t) for name in _SHOWN[kind]],
        rows=[_row(one, kind, language, t) for one in found],
        of=of,
        most=service.MOST,
    )


def _row(found: Visit, kind: str, language: str, t: Translate) -> tuple[str, Any, str, list[str]]:
    """A line of the list: whose it is, day, province, and some of its values."""
    said, fields = found.fields, KINDS[kind].by_name
    cells = [_cell(said.get(name), fields[name], t) for name in _SHOWN[kind]]
    return found.subject, found.day, words.place(said.get("province_home", ""), language, t), cells


def _name(name: str, t: Translate) -> str:
    """A field as this page calls it: the province is where the day or the household was."""
    return t("Province") if name == "province_home" else field_name(name, t)


def _choices(field: Field, language: str, t: Translate) -> list[tuple[str, str]]:
    """What a field may be; empty where it is a number or a day."""
    if field.type == "yes_no":
        return [("yes", t("yes")), ("no", t("no"))]
    if field.type == "place":
        return words.homes(language, t)
    return [(one.code, t(one.name)) for one in field.values]


def _cell(value: Any, field: Field, t: Translate) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return next((t(one.name) for one in field.values if one.code == value), str(value))
