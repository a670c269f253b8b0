"""The line list in the reader's words: names of columns, of coded values and of places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.components.controls import AXIS_NAMES
from dashboard.messages import Translate
from dashboard.services.places.areas import Area
from surveillance import vocabulary
from surveillance.texts import N_

COLUMNS = {
    "number": N_("Number"),
    "facility": N_("Facility"),
    "province_care": N_("Province of care"),
    "date_visit": N_("Day of visit"),
    "date_onset": N_("Day of onset"),
    "date_report": N_("Day of report"),
    "province_home": N_("Home province"),
    "crossing": N_("Crossing"),
    "province_infection": N_("Province of infection"),
    "commune_infection": N_("Commune of infection (official number)"),
    **{name: AXIS_NAMES[name] for name in ("sex", "residence", "activity", "movement")},
    "age_years": N_("Age in years"),
    "date_tested": N_("Day of test"),
    "date_result": N_("Day of result"),
    "date_treated": N_("Day of treatment"),
    "date_outcome": N_("Day of outcome"),
    "test_method": N_("Test"),
    "case_status": N_("Classification"),
    "origin": N_("Where the infection came from"),
    "outcome": N_("Outcome"),
    "date_notified": N_("Day of notification"),
    "date_investigated": N_("Day of investigation"),
    "date_responded": N_("Day of focus response"),
    "g6pd_activity": N_("G6PD activity (%)"),
    "district_home": N_("District of home"),
    "district_infection": N_("District of infection"),
}
CODED = {
    "sex": vocabulary.SEX,
    "residence": vocabulary.RESIDENCE,
    "activity": vocabulary.ACTIVITY,
    "movement": vocabulary.MOVEMENT,
    "test_method": vocabulary.TEST_METHOD,
    "case_status": vocabulary.CASE_STATUS,
    "origin": vocabulary.ORIGIN,
    "outcome": vocabulary.OUTCOME,
}
_NAMES = {
    column: {value.code: value.name for value in (*values, *vocabulary.JOINED.get(column, ()))}
    for column, values in CODED.items()
}
_NONE = "–"


def column_heads(columns: Iterable[str], t: Translate) -> list[str]:
    """Names of columns, as a reader knows them."""
    return [t(COLUMNS.get(column, column)) for column in columns]


def record_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Iterable[str],
    places: Mapping[str, Mapping[str, Area]],
    language: str,
    t: Translate,
) -> list[list[str]]:
    """Records as texts, in the order of the columns; a dash where nothing was recorded."""
    order = list(columns)
    return [[_text(column, row[column], places, language, t) for column in order] for row in rows]


def _text(
    column: str, value: Any, places: Mapping[str, Mapping[str, Area]], language: str, t: Translate
) -> str:
    if value is None or value == "":
        return _NONE
    if column in _NAMES:
        return t(_NAMES[column].get(value, str(value)))
    area = places.get(column, {}).get(value)
    return str(value) if area is None else area.name(language)
