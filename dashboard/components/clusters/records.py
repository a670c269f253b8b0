"""The line list in the reader's words: names of columns, of coded values and of places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.components.controls import AXIS_NAMES
from dashboard.messages import Translate
from dashboard.services.places.areas import Area
from surveillance import vocabulary

COLUMNS = {
    "number": "Number",
    "facility": "Facility",
    "province_care": "Province of care",
    "date_visit": "Day of visit",
    "date_onset": "Day of onset",
    "date_report": "Day of report",
    "province_home": "Home province",
    "crossing": "Crossing",
    "province_infection": "Province of infection",
    "commune_infection": "Commune of infection (official number)",
    **{name: AXIS_NAMES[name] for name in ("sex", "residence", "activity", "movement")},
    "age_years": "Age in years",
    "date_tested": "Day of test",
    "date_result": "Day of result",
    "date_treated": "Day of treatment",
    "date_outcome": "Day of outcome",
    "test_method": "Test",
    "case_status": "Classification",
    "origin": "Where the infection came from",
    "outcome": "Outcome",
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
_NAMES = {column: {value.code: value.name for value in values} for column, values in CODED.items()}
_NONE = "–"


def texts() -> Iterable[str]:
    """Every text here that is data, for the catalogue of translations."""
    yield from COLUMNS.values()
    for values in CODED.values():
        yield from (value.name for value in values)


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
