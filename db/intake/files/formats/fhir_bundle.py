"""A FHIR R4 bundle as rows: one for each condition with its encounter, or each encounter without one.

Patients, encounters, conditions and observations are read, of each what a line list can hold: no name, no
telephone number, no line of an address becomes a column. What R4 allows and this does not read is refused in
words, since a part that is passed over in silence may change what the rest means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from surveillance.errors import UnreadableFileError
from surveillance.texts import N_

Resource = dict[str, Any]
#: Days in Cambodia, where a moment names its own zone.
_HERE = timezone(timedelta(hours=7))
#: Noted of an entry that is of no use for a line list.
OTHER_RESOURCE = "other_resource"
_READ = ("Patient", "Encounter", "Condition", "Observation")
#: What a condition or an observation may say beside the four; nothing of it is for a line list.
_KNOWN_OTHERS = frozenset({
    "Organization", "Location", "Practitioner", "PractitionerRole", "OperationOutcome", "Provenance",
    "Composition", "Medication", "MedicationRequest", "MedicationStatement", "Immunization", "Procedure",
    "Specimen", "ServiceRequest", "DiagnosticReport", "AllergyIntolerance", "CarePlan", "Device",
    "RelatedPerson",
})  # fmt: skip
_TYPES = frozenset({"collection", "transaction", "batch", "searchset", "document"})
_TAKEN_BACK = "entered-in-error"
#: Kinds of value of an observation that become a cell, and those of a quantity's own parts.
_VALUES = (
    "valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger", "valueDateTime",
)  # fmt: skip


def is_bundle(loaded: Any) -> bool:
    """Whether a JSON file is a FHIR bundle, or one resource of FHIR."""
    return isinstance(loaded, dict) and isinstance(loaded.get("resourceType"), str)


@dataclass
class _Bundle:
    """Resources of a bundle by how they are referred to; `unread`: positions of entries that are not read."""

    path: Path
    found: dict[str, Resource] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)

    def wrong(self, sentence: str, **values: object) -> UnreadableFileError:
        """A refusal that names the file."""
        return UnreadableFileError(sentence, file=self.path.name, **values)

    def of(self, kind: str) -> Iterator[tuple[str, Resource]]:
        """Resources of a kind, each once."""
        for name, one in self.found.items():
            if one["resourceType"] == kind and not name.startswith("urn:"):
                yield name, one

    def named(self, where: str, reference: Any) -> Resource | None:
        """The resource that is referred to; None where nothing is.

        Raises
        ------
        UnreadableFileError
            It is not in the bundle.
        """
        text = reference.get("reference") if isinstance(reference, dict) else None
        if text is None:
            return None
        found = self.found.get(str(text)) or self.found.get("/".join(str(text).split("/")[-2:]))
        if found is None:
            raise self.wrong(
                N_("{file}: {where} refers to {other}, which is not in the bundle; put it in"),
                where=where, other=str(text)[:80],
            )  # fmt: skip
        return found


def rows_of(path: Path, loaded: Mapping[str, Any]) -> tuple[list[Resource], list[int]]:
    """Rows of a bundle, and the positions of entries that are not read.

    Raises
    ------
    UnreadableFileError
        It is no bundle, is not R4, or holds what is not read: says what, and where.
    """
    bundle = _opened(path, loaded)
    conditions = dict(bundle.of("Condition"))
    observations = dict(bundle.of("Observation"))
    encounters = dict(bundle.of("Encounter"))
    of_encounter: dict[str, list[str]] = {name: [] for name in encounters}
    alone: list[str] = []
    for name, one in conditions.items():
        encounter = bundle.named(name, one.get("encounter"))
        alone.append(name) if encounter is None else of_encounter[_name(encounter)].append(name)
    results = _results(bundle, observations, encounters, conditions)
    found: list[tuple[int, Resource]] = []
    for name, encounter in encounters.items():
        for condition in of_encounter[name] or [""]:
            at = bundle.positions[condition or name]
            found.append((at, _row(bundle, encounter, conditions.get(condition), results.get(name, []))))
    found += [
        (bundle.positions[name], _row(bundle, None, conditions[name], results.get(name, [])))
        for name in alone
    ]
    return [row for _, row in sorted(found, key=lambda pair: pair[0])], bundle.unread


def _opened(path: Path, loaded: Mapping[str, Any]) -> _Bundle:
    bundle = _Bundle(path)
    kind = str(loaded.get("resourceType"))
    if kind != "Bundle":
        raise bundle.wrong(
            N_("{file}: is one {kind} of FHIR; put it into a bundle with its patient and encounter"),
            kind=kind[:40],
        )
    if loaded.get("type") not in _TYPES:
        raise bundle.wrong(
            N_("{file}: the bundle is of type '{kind}'; those that are read are {known}"),
            kind=str(loaded.get("type"))[:40], known=", ".join(sorted(_TYPES)),
        )  # fmt: skip
    entries = loaded.get("entry", [])
    if not isinstance(entries, list):
        raise bundle.wrong(N_("{file}: the bundle's `entry` is no list"))
    for position, entry in enumerate(entries, 1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        method = entry.get("request", {}).get("method") if isinstance(entry, dict) else None
        if method not in (None, "POST", "PUT"):
            raise bundle.wrong(
                N_("{file}: entry {number}: asks for {method}; what is taken back is sent with the status "
                "entered-in-error"),
                number=position, method=str(method)[:20],
            )  # fmt: skip
        if not isinstance(resource, dict):
            raise bundle.wrong(N_("{file}: entry {number}: holds no resource"), number=position)
        _add(bundle, position, entry, resource)
    return bundle


def _add(bundle: _Bundle, position: int, entry: Resource, resource: Resource) -> None:
    kind = str(resource.get("resourceType"))
    if kind not in _READ:
        if kind not in _KNOWN_OTHERS:
            raise bundle.wrong(
                N_("{file}: entry {number}: {kind} is not read; leave it out"),
                number=position, kind=kind[:40],
            )  # fmt: skip
        bundle.unread.append(position)
        return
    where = f"{kind}/{str(resource.get('id') or '?')[:64]}"
    for name, why in (
        (
            "modifierExtension",
            N_("{file}: {where}: modifierExtension changes what the rest means, and is not read"),
        ),
        ("implicitRules", N_("{file}: {where}: implicitRules are not read")),
        (
            "contained",
            N_("{file}: {where}: resources inside another one are not read; give each its own entry"),
        ),
    ):
        if resource.get(name):
            raise bundle.wrong(why, where=where)
    full = entry.get("fullUrl")
    if not resource.get("id") and not isinstance(full, str):
        raise bundle.wrong(
            N_("{file}: entry {number}: {kind} has neither id nor fullUrl"), number=position, kind=kind
        )
    resource.setdefault("id", str(full).rpartition(":")[2].rpartition("/")[2])
    name = _name(resource)
    if name in bundle.found:
        raise bundle.wrong(N_("{file}: {where}: stands twice in the bundle"), where=name)
    bundle.found[name] = resource
    bundle.positions[name] = position
    if isinstance(full, str) and full != name:
        bundle.found.setdefault(full if full.startswith("urn:") else f"urn:{full}", resource)
        bundle.found.setdefault(full, resource) if full.startswith("urn:") else None


def _name(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _results(
    bundle: _Bundle,
    observations: Mapping[str, Resource],
    encounters: Mapping[str, Resource],
    conditions: Mapping[str, Resource],
) -> dict[str, list[Resource]]:
    """Encounter, or condition without one -> observations.

    An observation that names no encounter belongs to the only row of its patient.
    """
    of_patient: dict[str, list[str]] = {}
    for name, one in encounters.items():
        of_patient.setdefault(_patient(bundle, name, one), []).append(name)
    for name, one in conditions.items():
        if bundle.named(name, one.get("encounter")) is None:
            of_patient.setdefault(_patient(bundle, name, one), []).append(name)
    found: dict[str, list[Resource]] = {}
    for name, one in observations.items():
        encounter = bundle.named(name, one.get("encounter"))
        if encounter is not None:
            found.setdefault(_name(encounter), []).append(one)
            continue
        rows = of_patient.get(_patient(bundle, name, one), [])
        if len(rows) != 1:
            raise bundle.wrong(
                N_("{file}: {where} names no encounter, and its patient has {count}: name one"),
                where=name, count=len(rows),
            )  # fmt: skip
        found.setdefault(rows[0], []).append(one)
    return found


def _patient(bundle: _Bundle, name: str, resource: Resource) -> str:
    patient = bundle.named(name, resource.get("subject"))
    if patient is None or patient["resourceType"] != "Patient":
        raise bundle.wrong(N_("{file}: {where}: names no patient (subject)"), where=name)
    return _name(patient)


def _row(
    bundle: _Bundle, encounter: Resource | None, condition: Resource | None, observations: list[Resource]
) -> Resource:
    """One row: cells by the names that a mapping may use."""
    first = condition or encounter
    assert first is not None  # noqa: S101 - there is one of them
    patient = bundle.found[_patient(bundle, _name(first), first)]
    taken_back = _code(first.get("verificationStatus")) == _TAKEN_BACK
    taken_back = taken_back or (encounter or {}).get("status") == _TAKEN_BACK
    cells: Resource = {"record": first["id"], "record_status": "withdrawn" if taken_back else ""}
    cells |= _of_patient(patient)
    if encounter is not None:
        period = encounter.get("period") or {}
        cells["encounter"] = encounter["id"]
        cells["encounter.status"] = encounter.get("status")
        cells["encounter.start"], cells["encounter.end"] = _day(period.get("start")), _day(period.get("end"))
        cells["encounter.facility"] = _facility(encounter)
    if condition is not None:
        onset = next(
            (name for name in condition if name.startswith("onset") and name != "onsetDateTime"), None
        )
        if onset is not None:
            raise bundle.wrong(
                N_("{file}: {where}: {name} is not read; give onsetDateTime"),
                where=_name(condition),
                name=onset[:40],
            )
        cells["condition.code"] = _code(condition.get("code"))
        cells["condition.onset"] = _day(condition.get("onsetDateTime"))
        cells["condition.recorded"] = _day(condition.get("recordedDate"))
        cells["condition.verification"] = _code(condition.get("verificationStatus"))
        cells["condition.clinical"] = _code(condition.get("clinicalStatus"))
    for one in observations:
        _observe(bundle, cells, one)
    return cells


def _of_patient(patient: Resource) -> Resource:
    numbers = [one for one in patient.get("identifier") or () if isinstance(one, dict) and one.get("value")]
    number = next((one for one in numbers if one.get("use") == "official"), numbers[0] if numbers else {})
    places = [one for one in patient.get("address") or () if isinstance(one, dict)]
    home = next((one for one in places if one.get("use") == "home"), places[0] if places else {})
    return {
        "patient.identifier": number.get("value"),
        "patient.identifier.system": number.get("system"),
        "patient.gender": patient.get("gender"),
        "patient.birthDate": patient.get("birthDate"),
        "patient.state": home.get("state") or home.get("country"),
        "patient.district": home.get("district"),
    }


def _facility(encounter: Resource) -> str:
    """What an encounter calls the facility: an identifier, the last part of a reference, or a name."""
    said = encounter.get("serviceProvider") or {}
    number = said.get("identifier") or {}
    return str(
        number.get("value")
        or str(said.get("reference") or "").rpartition("/")[2]
        or said.get("display")
        or ""
    )


def _observe(bundle: _Bundle, cells: Resource, one: Resource) -> None:
    """Add what an observation says; what was taken back, or is not final, says nothing."""
    where, code = _name(one), _code(one.get("code"))
    if not code:
        raise bundle.wrong(N_("{file}: {where}: has no code"), where=where)
    if one.get("status") in (_TAKEN_BACK, "cancelled", "registered"):
        return
    parts = [(code, one)] + [
        (_code(part.get("code")) or "?", part)
        for part in one.get("component") or ()
        if isinstance(part, dict)
    ]
    for name, part in parts:
        column = f"observation.{name}"
        held = next((key for key in part if key.startswith("value")), None)
        if held is not None and held not in _VALUES:
            raise bundle.wrong(N_("{file}: {where}: {name} is not read"), where=where, name=held[:40])
        if held is None:
            continue
        if cells.get(column) not in (None, ""):
            raise bundle.wrong(
                N_("{file}: {where}: a second value for {code} of one visit; one of them would be lost"),
                where=where,
                code=name,
            )
        value = part[held]
        if held == "valueQuantity":
            cells[column] = value.get("value")
            cells[f"{column}.unit"] = value.get("code") or value.get("unit")
            if value.get("comparator"):
                sign = str(value["comparator"])[:2]
                raise bundle.wrong(
                    N_("{file}: {where}: a value with {sign} is not read"), where=where, sign=sign
                )
        else:
            cells[column] = _code(value) if held == "valueCodeableConcept" else value
        cells.setdefault(f"{column}.day", _day(one.get("effectiveDateTime") or one.get("issued")))


def _code(concept: Any) -> str:
    """The code of a concept: of its first coding, else its text."""
    if not isinstance(concept, dict):
        return ""
    codings = [one for one in concept.get("coding") or () if isinstance(one, dict) and one.get("code")]
    return str(codings[0]["code"] if codings else concept.get("text") or "")


def _day(text: Any) -> str:
    """A day in Cambodia of a moment that names its zone; all else as it is written."""
    said = str(text or "")
    if "T" not in said:
        return said
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return said
    return (moment.astimezone(_HERE) if moment.tzinfo else moment).date().isoformat()
