"""Records by administrative district of home or of infection, for one province, and the same as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from dashboard.components.coverage.value_cells import value_cells
from dashboard.exports.about import LICENCE, About
from dashboard.exports.sheets.districts import BY_DISTRICT
from dashboard.filters import CoverageQuery
from dashboard.messages import Translate, translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.parameters import read_day
from dashboard.permissions import Grant, Permission
from dashboard.services.districts.home import (
    MEASURED,
    PLACES,
    REST,
    DistrictTable,
    check,
    district_table,
    reason_hidden,
)
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from geodata.provinces import PROVINCES
from surveillance.coverage.indicators import MEASURES, OF_POSITIVES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError, UserError
from surveillance.texts import N_

pages = Blueprint("home_districts", __name__)
_PLACE_NAMES = {"home": N_("Home"), "infection": N_("Place of infection")}
_OFFERED = MEASURED


@dataclass(frozen=True)
class _Asked:
    """The question of an address."""

    place: str
    disease: str
    measure: str
    first: date | None
    last: date | None

    def table(self, province: str) -> DistrictTable:
        """Its answer for one province."""
        return district_table(
            database(),
            grant(),
            place=self.place,
            disease=self.disease,
            measure=self.measure,
            province=province,
            first=self.first,
            last=self.last,
        )


def _asked() -> _Asked:
    """Read the address.

    Raises
    ------
    UsageError
        A part of it is none that is offered.
    """
    given = request.args
    place, disease = given.get("place", PLACES[0]), given.get("disease", "")
    disease = disease or next((code for code in ("malaria", *DISEASES) if _may(code)), "malaria")
    offered = _offered(place)
    measure = given.get("measure", offered[0])
    if measure in _OFFERED and measure not in offered:  # the place was changed in the form
        measure = offered[0]
    for name, value, offered in (
        ("place", place, PLACES),
        ("disease", disease, tuple(DISEASES)),
        ("measure", measure, _OFFERED),
    ):
        if value not in offered:
            raise UsageError("{name}: use one of {offered}", name, name=name, offered=", ".join(offered))
    days = [_day(name, given.get(name, "")) for name in ("from", "to")]
    if days[0] and days[1] and days[0] > days[1]:
        raise UsageError("from: lies after to", "from")
    return _Asked(place, disease, measure, *days)


def _day(name: str, text: str) -> date | None:
    try:
        return read_day(text) if text else None
    except ValueError as error:
        raise UsageError("{name}: write the day as YYYY-MM-DD", name, name=name) from error


def _offered(place: str) -> tuple[str, ...]:
    """Measures that are known by a place: that of infection is recorded of those found positive alone."""
    return tuple(code for code in _OFFERED if place != "infection" or code in OF_POSITIVES)


def _may(disease: str) -> bool:
    return not reason_hidden(grant(), CoverageQuery(disease=disease, place=PLACES[0]))


def _national(grant: Grant, _permission: Permission, _values: Mapping[str, Any]) -> None:
    """Refuse accounts of some places: districts of home and of infection do not know who gave care."""
    check(grant)


@pages.get("/provinces/<name>/districts")
@needs(Permission.SEE_SMALL_COUNTS, check=_national)
def page(name: str) -> Any:
    """Districts of home or of infection."""
    province = PROVINCES.get(name)
    if province is None:
        raise NotFound
    language = request_context.language()
    t = translator(language)
    found, problem, asked = None, "", _Asked(PLACES[0], "malaria", _OFFERED[0], None, None)
    try:
        asked = _asked()
        found = asked.table(name)
    except UserError as error:
        problem = error.in_words(t)
    own = url_for(".page", name=name)
    page = render_template(
        "districts_home.html",
        province=name,
        name=province.name(language),
        asked=asked,
        problem=problem,
        found=found,
        rows=_rows(found, asked.measure, language, t) if found else [],
        places=[(code, t(label)) for code, label in _PLACE_NAMES.items()],
        diseases=[(code, t(one.name)) for code, one in DISEASES.items() if _may(code)],
        measures=[(code, t(MEASURES[code].name)) for code in _offered(asked.place)],
        own=own,
        question=request.query_string.decode("ascii", "replace"),
        may_export=grant().can(Permission.EXPORT_TABLES),
    )
    return (page, 400) if problem else page


@pages.get("/provinces/<name>/districts.<any(csv,xlsx,json):kind>")
@needs(Permission.SEE_SMALL_COUNTS, Permission.EXPORT_TABLES, check=_national)
def file(name: str, kind: str) -> Response:
    """The same as a file; the use is audited."""
    if name not in PROVINCES:
        raise NotFound
    asked, taken = _asked(), Taken.now()
    found = asked.table(name)
    taken.audit(
        {
            "table": "districts",
            "format": kind,
            "province": name,
            "place": asked.place,
            "disease": asked.disease,
            "measure": asked.measure,
        }
    )
    return answers.table(kind, "districts", BY_DISTRICT, found.records(taken.language), _about(taken, name))


def _rows(found: DistrictTable, measure: str, language: str, t: Translate) -> list[dict[str, Any]]:
    """Districts, what names none, and the province, as they are shown."""
    return [
        {
            "name": row.area.name(language)
            if not row.area.code.endswith(REST)
            else t("District not recorded"),
            "code": row.area.code.removeprefix("KH") if not row.area.code.endswith(REST) else "",
            "records": row.records,
            "value": value_cells(row.value, measure, t),
            "whole": row.area.code == row.province,
        }
        for row in (*found.rows, *found.provinces)
    ]


def _about(taken: Taken, province: str) -> About:
    t, base = taken.t, url_for(".page", name=province)
    return About(
        f"chhlang-districts-{province}",
        t("Districts of {province}").format(province=PROVINCES[province].name(taken.language)),
        t("Records by administrative district of home or of infection"),
        answers.address(base),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each district, and one for records that name none"),
        synthetic=taken.synthetic,
        columns=BY_DISTRICT,
    )
