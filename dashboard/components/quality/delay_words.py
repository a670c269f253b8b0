"""Delays in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.messages import Translate
from dashboard.services.nowcast.delay_table import COUNTRY, FACILITY, PROVINCE, DelayTable
from surveillance.texts import N_

LEVELS = {COUNTRY: N_("All together"), PROVINCE: N_("Province of care"), FACILITY: N_("Facility")}
_STEPS = {
    ("onset", "visit"): N_("symptoms to visit"),
    ("visit", "report"): N_("visit to report"),
    ("onset", "arrival"): N_("symptoms to the file that brought it"),
    ("visit", "arrival"): N_("visit to the file that brought it"),
    ("report", "arrival"): N_("report to the file that brought it"),
}


@dataclass(frozen=True)
class DelayRow:
    """One line: where, between what, how many days, of how many records."""

    name: str
    step: str
    median: str
    quartiles: str
    records: str
    cut: str
    left_out: str


def rows(found: DelayTable, language: str, t: Translate) -> list[DelayRow]:
    """The table in words."""
    return [_row(row, language, t) for row in found.rows]


def _row(row: dict[str, Any], language: str, t: Translate) -> DelayRow:
    names = (row["name_km"], row["name_en"]) if language == "km" else (row["name_en"], row["name_km"])
    name = next(filter(None, names), "") or (t("all") if row["code"] == COUNTRY else row["code"])
    few = row["median"] is None
    return DelayRow(
        name,
        t(_STEPS[row["begins"], row["ends"]]),
        t("too few") if few else f"{row['median']:,}",
        "" if few else f"{row['lower_quartile']:,} – {row['upper_quartile']:,}",
        f"{row['records']:,}",
        f"{row['cut']:,}",
        f"{row['left_out']:,}",
    )


def notes(found: DelayTable, t: Translate) -> list[str]:
    """What must be known before reading on."""
    said = [
        t(
            "Of records that began in the last year. Late ones of the last weeks cannot have come yet: the "
            "quartiles allow for it. Beside them stands how many records are so recent that others of their "
            "age may still come."
        )
    ]
    if not found.arrivals:
        said.append(t("Nothing is said of arrival: files have not come regularly for long enough."))
    return said
