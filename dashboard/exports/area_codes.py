"""Codes by which other programs know an area: P-codes of the United Nations, and ISO 3166-2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.exports.columns import Column
from geodata.provinces import PROVINCES

#: The column that names an area, in tables by area.
AREA = "code"
COUNTRY = "KH"
COLUMNS: tuple[Column, ...] = (
    Column("pcode", "text", "P-code of the area, where it is a province, or of the country"),
    Column("iso_3166_2", "text", "code of the province in ISO 3166-2; of the country that of ISO 3166-1"),
)


def codes_of(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Both codes of the area of a row; None for areas that have none.

    >>> codes_of({"code": "KH02"}), codes_of({"code": "poipet"})
    ({'pcode': 'KH02', 'iso_3166_2': 'KH-2'}, {'pcode': None, 'iso_3166_2': None})
    """
    code = str(row.get(AREA) or "")
    if code == COUNTRY:
        return {"pcode": COUNTRY, "iso_3166_2": COUNTRY}
    found = PROVINCES.get(code)
    return {"pcode": found.pcode if found else None, "iso_3166_2": found.iso_3166_2 if found else None}
