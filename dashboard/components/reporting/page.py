"""What the page of who has reported shows: rows of facilities by week, and sums of areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from dashboard.components.reporting.looks import look, said
from dashboard.messages import Translate
from dashboard.services.reporting.read import Judged
from dashboard.services.reporting.table import ReportingRow
from dashboard.services.reporting.weeks import Cell, Weeks
from geodata.provinces import PROVINCES
from surveillance.epiweek import epiweek

#: Most facilities of which every week is shown at once.
MOST = 400


@dataclass(frozen=True)
class Line:
    """One facility: its figures, and for each week a cell with a sign and its words."""

    row: ReportingRow
    cells: Markup


@dataclass(frozen=True)
class Block:
    """Facilities of one province."""

    name: str
    lines: Sequence[Line]


def blocks(
    found: Judged,
    weeks: Weeks,
    rows: Mapping[str, ReportingRow],
    chosen: Sequence[int],
    language: str,
    t: Translate,
) -> list[Block]:
    """Facilities by province, those with most missing reports first."""
    held: dict[str, list[Line]] = {}
    written: dict[Cell | None, Markup] = {}  # most reports of a week are alike

    def cell_of(cell: Cell | None) -> Markup:
        if cell not in written:
            written[cell] = _written(cell, t)
        return written[cell]

    for at in chosen:
        facility = found.facilities[at]
        cells = Markup("").join(map(cell_of, weeks.rows[at]))
        held.setdefault(facility["province"], []).append(Line(rows[facility["facility_id"]], cells))
    for lines in held.values():
        lines.sort(key=lambda line: (-line.row.silent, line.row.code))
    missing = {code: sum(line.row.silent for line in lines) for code, lines in held.items()}
    order = sorted(held, key=lambda code: (-missing[code], code))
    return [Block(province(code, language), held[code]) for code in order]


def _written(cell: Cell | None, t: Translate) -> Markup:
    """The cell of one report: thousands in a template would take as long as all that is read."""
    shown = look(cell)
    sign = Markup('<span aria-hidden="true">{}</span>').format(shown.sign)
    if cell is None:
        return Markup('<td class="report {}">{}</td>').format(shown.style, sign)
    words = said(cell, t)
    return Markup('<td class="report {}" title="{}"><span class="visually-hidden">{}</span>{}</td>').format(
        shown.style, words, words, sign
    )


def province(code: str, language: str) -> str:
    """Name of a province."""
    one = PROVINCES.get(code)
    if one is None:
        return code
    return one.name_km if language == "km" else one.name_en


def chosen(found: Judged, rows: Mapping[str, ReportingRow], area: str) -> tuple[list[int], int]:
    """Positions of the facilities that are shown, and how many are left out.

    Of an area all of them. Else all, or where they are many those with missing reports, the most first.
    """
    every = [
        at
        for at, one in enumerate(found.facilities)
        if not area or area in (one["province"], one["crossing"], one["facility_id"])
    ]
    if area or len(every) <= MOST:
        return every, 0
    names = [found.facilities[at]["facility_id"] for at in every]
    order = sorted(zip(every, names, strict=True), key=lambda one: (-rows[one[1]].silent, one[1]))
    return [at for at, name in order if rows[name].silent][:MOST], len(every) - min(
        MOST, sum(rows[name].silent > 0 for name in names)
    )


def heads(mondays: Sequence[date], t: Translate) -> list[tuple[str, str]]:
    """Number of each week, and its days in words."""
    return [
        (str(epiweek(monday).week), t("week {week} of {year}").format(
            week=epiweek(monday).week, year=epiweek(monday).year
        ))
        for monday in mondays
    ]  # fmt: skip


def share(value: float | None) -> str:
    """A proportion in per cent; a dash where nothing was due."""
    return "–" if value is None else f"{100 * value:.0f}%"


def days(value: float | None) -> str:
    """A delay in days; a dash where there is none."""
    return "–" if value is None else f"{value:g}"


def number(value: int | None) -> str:
    """A count; a dot where it is not told."""
    return "·" if value is None else f"{value:,}"


def file_rows(found: Judged, weeks: Weeks, language: str) -> list[dict[str, Any]]:
    """One row for each facility and report."""
    return [
        {
            "facility_id": facility["facility_id"],
            "name": (facility["name_km"] if language == "km" else facility["name_en"])
            or facility["name_en"]
            or facility["facility_id"],
            "province": facility["province"],
            "crossing": facility["crossing"],
            "period_from": cell.first.isoformat(),
            "period_to": cell.last.isoformat(),
            "deadline": cell.deadline.isoformat(),
            "came": cell.came.isoformat() if cell.came else None,
            "state": cell.state,
        }
        for facility, cells in zip(found.facilities, weeks.rows, strict=True)
        for cell in cells
        if cell is not None
    ]
