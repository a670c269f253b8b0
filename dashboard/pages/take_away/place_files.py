"""Files of the page of a place: its numbers as a table, and what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from dashboard.components.place_pages.addresses import address
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.filters import CoverageQuery
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.parameters import not_offered
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.place_pages.model import Line, PlacePage
from dashboard.services.place_pages.page import place_page
from dashboard.services.place_pages.place import CROSSING, DISTRICT, FACILITY, PROVINCE, Place, place_of, slug
from dashboard.services.releases import stamps
from dashboard.web import site
from dashboard.web.access import needs
from surveillance.coverage.estimates import Estimate
from surveillance.diseases import DISEASES
from surveillance.windows import Window

pages = Blueprint("place_files", __name__)
_VALUE = ("numerator", "denominator", "unknown", "coverage", "lower", "upper", "status")
COLUMNS = (
    Column("place", "text", "code of the place"),
    Column("disease", "text", "code of the disease"),
    Column("name", "text", "its name, in the language of the file"),
    Column("measure", "text", "code of the measure; `yield` counts every record"),
    Column("window", "text", "`week`, `weeks` (four) or `year`: the last complete ones of the data"),
    Column("from", "date", "first day"),
    Column("to", "date", "last day"),
    *described([*_VALUE]),
)


@pages.get("/provinces/<name>.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def province(name: str, kind: str) -> Response:
    """The numbers of a province; the use is audited."""
    return _table(PROVINCE, name, kind)


@pages.get("/districts/<path:name>.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def district(name: str, kind: str) -> Response:
    """The numbers of an operational district; the use is audited."""
    return _table(DISTRICT, name, kind)


@pages.get("/crossings/<name>.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def crossing(name: str, kind: str) -> Response:
    """The numbers of a border crossing; the use is audited."""
    return _table(CROSSING, name, kind)


@pages.get("/facilities/<path:name>.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def facility(name: str, kind: str) -> Response:
    """The numbers of a facility; the use is audited."""
    return _table(FACILITY, name, kind)


@pages.get("/provinces/<name>.json")
@needs(Permission.SEE_COVERAGE)
def province_sidecar(name: str) -> Response:
    """What the files of a province are."""
    return _sidecar(PROVINCE, name)


@pages.get("/districts/<path:name>.json")
@needs(Permission.SEE_COVERAGE)
def district_sidecar(name: str) -> Response:
    """What the files of an operational district are."""
    return _sidecar(DISTRICT, name)


@pages.get("/crossings/<name>.json")
@needs(Permission.SEE_COVERAGE)
def crossing_sidecar(name: str) -> Response:
    """What the files of a border crossing are."""
    return _sidecar(CROSSING, name)


@pages.get("/facilities/<path:name>.json")
@needs(Permission.SEE_COVERAGE)
def facility_sidecar(name: str) -> Response:
    """What the files of a facility are."""
    return _sidecar(FACILITY, name)


def _table(by: str, name: str, kind: str) -> Response:
    """The numbers of a place as a table."""
    taken, shown = found(by, name)
    taken.audit({"file": "place", by: shown.place.area.code, "format": kind})
    columns = _columns(shown)
    return answers.table(kind, "place", columns, _rows(shown, taken), about(shown, taken, columns))


def _sidecar(by: str, name: str) -> Response:
    taken, shown = found(by, name)
    said = about(shown, taken, _columns(shown))
    return answers.sidecar(said)


def found(by: str, name: str, disease: str | None = None) -> tuple[Taken, PlacePage]:
    """The page of a place as it is shown. `disease`: the one that is looked at, if not the usual one.

    What does not exist and what the account does not cover answer alike, as the pages do.

    Raises
    ------
    NotFound
        There is no such place for this account.
    UsageError
        There is no such disease.
    """
    taken = Taken.now()
    place = place_of(site.database(), taken.grant, by, name)
    if place is None or place.key != name:
        raise NotFound
    if disease is not None and disease not in DISEASES:
        raise not_offered(CoverageQuery.parameter("disease"), disease, DISEASES)
    shown = place_page(site.database(), taken.grant, taken.status, today_in_cambodia(), place, disease)
    if shown is None:
        raise NotFound
    return taken, shown


def _columns(found: PlacePage) -> tuple[Column, ...]:
    """Columns of the file; of issued figures with those by which it can be checked."""
    return (*COLUMNS, *described(stamps.COLUMNS)) if found.release is not None else COLUMNS


def _rows(found: PlacePage, taken: Taken) -> Iterator[dict[str, Any]]:
    """One row for each disease, window and measure, as the page shows them."""
    if found.windows is None:
        return
    windows = {"week": found.windows.week, "weeks": found.windows.weeks, "year": found.windows.year}
    for line in found.lines:
        for name, window in windows.items():
            days = window
            if name == "year" and line.days is not None:
                days = Window(line.days.start, line.days.end)
            for measure, value in _values(line, name).items():
                yield {
                    "place": found.place.area.code,
                    "disease": line.disease,
                    "name": taken.t(DISEASES[line.disease].name),
                    "measure": measure,
                    "window": name,
                    "from": days.first.isoformat(),
                    "to": days.last.isoformat(),
                    **{part: getattr(value, part) for part in _VALUE},
                    "status": value.status.value,
                    **_stamped(found, line, measure),
                }


def _stamped(found: PlacePage, line: Line, measure: str) -> dict[str, Any]:
    """The release of a row, and the issued periods that it is of; nothing where the cubes answer."""
    said = line.periods.get(measure, "")
    return {} if found.release is None else found.release.columns(issued=True, said=said)


def _values(line: Line, window: str) -> dict[str, Estimate]:
    if window == "weeks":
        return {measure: asked.table.total for measure, asked in line.weeks.items()}
    return dict(line.week if window == "week" else line.year)


def file_name(place: Place) -> str:
    """How its files are named: by its code; of a district, whose name may be Khmer, in Latin letters."""
    code = place.area.code
    if place.kind == DISTRICT:
        code = slug(code) or place.area.province or ""
    return f"chhlang-{place.kind}-{code}"


def about(found: PlacePage, taken: Taken, columns: tuple[Column, ...] = COLUMNS) -> About:
    """What the files of a place are."""
    t, place = taken.t, found.place
    page = address(place)
    return About(
        file_name(place),
        place.area.name(taken.language),
        t("How many were recorded, tested, found positive and treated in one place, by disease"),
        answers.address(page),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each disease, measure and time"),
        latest=t("This address names no date: it always means the last complete weeks of the data."),
        synthetic=taken.synthetic,
        statuses=statuses(t),
        columns=columns,
        files={kind: answers.address(f"{page}.{kind}") for kind in answers.TABLES},
        facts=dict(found.release.facts()) if found.release is not None else {},
    )
