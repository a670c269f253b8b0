"""An indicator as a FHIR R4 MeasureReport: what a program reads of a number, and why one is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geodata.provinces import PROVINCES

#: Names of codes of this system, of populations and of why a value is absent.
BASE = "urn:chhlang"
POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
#: Status of a value -> the code of its absence; statuses that are numbers have none.
REASONS: Mapping[str, str] = {
    "hidden": "masked",
    "not reported": "not-asked",
    "unknown": "unknown",
    "not yet due": "temp-unknown",
}
_UNITED = {"numerator": "Numerator", "denominator": "Denominator"}
Resource = dict[str, Any]


@dataclass(frozen=True)
class Reported:
    """What a report is of."""

    id: str
    name: str
    first: date
    last: date
    made_at: str
    by: str


def measure_report(
    of: Reported, total: Mapping[str, Any] | None, rows: Iterable[Mapping[str, Any]]
) -> Resource:
    """The report of an indicator.

    Parameters
    ----------
    total, rows : mapping
        The whole, and each area: `code`, `name`, `numerator`, `denominator`, `value`, `status`.
    """
    group: Resource = {"code": {"text": of.name}}
    if total is not None:
        group |= _numbers(total)
    strata = [_stratum(row) for row in rows]
    if strata:
        group["stratifier"] = [{"code": [{"text": of.by}], "stratum": strata}]
    return {
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": "summary",
        "measure": f"{BASE}:measure:{of.id}",
        "date": of.made_at,
        "period": {"start": of.first.isoformat(), "end": of.last.isoformat()},
        "group": [group],
    }


def _stratum(row: Mapping[str, Any]) -> Resource:
    code = str(row["code"])
    codings = [{"system": f"{BASE}:area", "code": code, "display": str(row["name"])}]
    if code in PROVINCES:
        codings.append({"system": "urn:iso:std:iso:3166:-2", "code": PROVINCES[code].iso_3166_2})
    return {"value": {"coding": codings, "text": str(row["name"])}} | _numbers(row)


def _numbers(row: Mapping[str, Any]) -> Resource:
    """Counts and score; where there is none, why."""
    reason = REASONS.get(str(row["status"]))
    population = []
    for name, display in _UNITED.items():
        one: Resource = {
            "code": {"coding": [{"system": POPULATION, "code": name, "display": display}]},
        }
        count = row[name]
        if count is not None and float(count).is_integer():
            one["count"] = int(count)
        elif count is not None:  # people that are estimated: a count is a whole number
            one["_count"] = _absent("not-applicable")
        else:
            one["_count"] = _absent(reason or "unknown")
        population.append(one)
    found: Resource = {"population": population}
    if row["value"] is not None:
        found["measureScore"] = {"value": row["value"]}
    elif reason is not None:
        found["measureScore"] = _absent(reason)
    return found


def _absent(code: str) -> Resource:
    return {"extension": [{"url": ABSENT, "valueCode": code}]}
