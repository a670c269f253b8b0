"""Parts of the pages of one file, as data for their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.components.imports.words import ENDS, STATES, code_name, detail, field_name, notice
from dashboard.components.moments import local
from dashboard.messages import Translate
from dashboard.services.imports import saved_mappings
from dashboard.services.imports.options import DEFAULT_MAPPING
from dashboard.services.uploads import matching as upload_matching
from geodata.countries import COUNTRIES
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.aggregates import SEEN
from surveillance.reception.file_kinds import LINE_LIST, fields_of, needed_of
from surveillance.vocabulary import AXES, UNKNOWN

_MOST_NOTICES = 40
_MOST_ROWS = 20
#: From here on a guess is likely enough to be ticked together with others.
LIKELY = 0.5
_PLACES = frozenset({"province_home", "province_infection", "crossing", "destination"})
_ORDERED = ("accepted", "amended", "withdrawn", "duplicate", "rejected")


def listed(upload: Any, t: Translate) -> dict[str, Any]:
    """A file as the list shows it."""
    counts = upload.counts
    return {
        "number": upload.id,
        "name": upload.name,
        "source": upload.source,
        "when": local(upload.made_at),
        "status": t(STATES[upload.status]),
        "rows": f"{counts['rows']:,}" if counts else "–",
        "rejected": f"{counts['rejected']:,}" if counts else "–",
    }


def mappings(
    saved: Sequence[Mapping[str, Any]], seen: Mapping[str, Any], t: Translate, kind: str = LINE_LIST
) -> list[dict[str, Any]]:
    """Mappings to choose from: those made here first, then those that come with Chhlang.

    One that knows every column is chosen beforehand: that of the schema, or the only one of them. It is
    applied when the sender says so.
    """
    found = [
        {
            "name": one["name"],
            "label": f"{one['name']}, {t('version')} {one['version']}",
            "chosen": False,
        }
        for one in saved
    ]
    fitting = [name for name, (known, columns) in seen["fits"].items() if columns and known == columns]
    for mapping in saved_mappings.fitting(kind):
        known, all_of_them = seen["fits"].get(mapping.name, (0, 0))
        fits = t("knows {known} of {all} columns").format(known=known, all=all_of_them)
        label = f"{mapping.name} ({fits})"
        chosen = mapping.name == DEFAULT_MAPPING if DEFAULT_MAPPING in fitting else fitting == [mapping.name]
        found.append({"name": mapping.name, "label": label, "chosen": chosen})
    return found


def asked(
    seen: Mapping[str, Any],
    match: Mapping[str, Any] | None,
    tried: Mapping[str, Any] | None,
    language: str,
    t: Translate,
    kind: str = LINE_LIST,
) -> dict[str, Any]:
    """A file that asks: what was seen in it, what was chosen, what came of trying."""
    needed = needed_of(kind)
    held = {at: field for field, at in (match or {}).get("columns", {}).items()}
    return {
        "seen": seen,
        "columns": [_column(at, one, held, needed, language, t) for at, one in enumerate(seen["columns"])],
        "fields": [(name, _option(name, needed, t)) for name in upload_matching.fields(kind)],
        "name": (match or {}).get("name", ""),
        "constants": _constants((match or {}).get("constants", {}), kind, t),
        "tried": _receipt(tried, t, language, kind) if tried else None,
        "problem": (tried or {}).get("problem", "")
        if not {"dates", "numbers", "era"} & (tried or {}).keys()
        else "",
        "dates": (tried or {}).get("dates"),
        "numbers": _numbers((tried or {}).get("numbers"), t),
        "era": (tried or {}).get("era"),
        "values": _values(seen, match, kind, t) if match and tried else [],
        "of_a_centre": kind != LINE_LIST,
        "needed": [field_name(name, t) for name in needed],
        "any_likely": any(c["guess"] and c["guess"]["likely"] for c in seen_guesses(seen)),
    }


def _numbers(asked: Mapping[str, Any] | None, t: Translate) -> dict[str, Any] | None:
    """What the question about numbers names: rows, and fields that contradict; no value of a record."""
    if not asked:
        return None
    rows = asked["rows"]
    return {
        "inside": asked["inside"],
        "rows": ", ".join(map(str, rows[:_MOST_ROWS])) + (" …" if len(rows) > _MOST_ROWS else ""),
        "fields": ", ".join(field_name(name, t) for name in asked["fields"]),
    }


def seen_guesses(seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Columns with their guesses, each marked where it is likely."""
    return [
        {"guess": guess and guess | {"likely": guess["confidence"] >= LIKELY}}
        for guess in (column["guess"] for column in seen["columns"])
    ]


def _option(name: str, needed: Sequence[str], t: Translate) -> str:
    return f"{_marked(name, needed, t)} ({name})"


def _marked(name: str, needed: Sequence[str], t: Translate) -> str:
    """A field as people call it, with a star where a row cannot be without it."""
    return f"{field_name(name, t)} *" if name in needed else field_name(name, t)


def _column(
    at: int,
    column: Mapping[str, Any],
    held: Mapping[int, str],
    needed: Sequence[str],
    language: str,
    t: Translate,
) -> dict[str, Any]:
    guess = column["guess"]
    return {
        "at": at,
        "name": column["sent"] or t("(no name)"),
        "matchable": bool(column["name"]) and not column["person"],
        "person": column["person"],
        "counter": (column.get("counter") or {}).get(language, ""),
        "field": held.get(at, ""),
        "guess": guess
        and {
            "field": guess["field"],
            "name": _marked(guess["field"], needed, t),
            "why": guess["why"].get(language, guess["why"]["en"]),
            "percent": f"{guess['confidence']:.0%}",
            "likely": guess["confidence"] >= LIKELY,
        },
        "examples": ", ".join(column["values"][:4]),
    }


def _constants(given: Mapping[str, str], kind: str, t: Translate) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": {
                "facility_id": t("Facility of every row, where no column says it"),
                "disease": t("Disease of every row, where no column says it"),
                "crossing": t("Crossing of every row, where no column says it"),
                "item": t("What every row is, where no column says it"),
            }[name],
            "codes": _codes(name, kind, t),
            "value": given.get(name, ""),
        }
        for name in upload_matching.constants_of(kind)
    ]


def _codes(name: str, kind: str, t: Translate) -> list[tuple[str, str]]:
    values = fields_of(kind)[name].values
    return [(code, code_name(name, code, values, t)) for code in upload_matching.codes(name, kind)]


def _values(
    seen: Mapping[str, Any], match: Mapping[str, Any], kind: str, t: Translate
) -> list[dict[str, Any]]:
    """Fields with values that are not understood by themselves."""
    return [
        {
            "field": field,
            "name": field_name(field, t),
            "codes": _codes(field, kind, t),
            "texts": [(text, match["values"].get(field, {}).get(text, "")) for text in texts],
        }
        for field, texts in upload_matching.to_match(seen, match, kind).items()
    ]


def _shown(name: str, text: str, t: Translate, language: str, kind: str) -> str:
    """A stored value as people call it."""
    if name in _PLACES:
        return _place(text, t, language)
    if name == "detail":
        return detail(text, t)
    if name == "counted":
        return t("People seen") if text == SEEN else field_name(text, t)
    if name in AXES:
        return code_name(name, text, AXES[name], t) if text else ""
    schema = fields_of(kind).get(name)
    if schema is None or not (schema.values or schema.type == "yes_no"):
        return text
    parts = text.split(", ")
    known = upload_matching.codes(name, kind)
    return ", ".join(code_name(name, part, schema.values, t) if part in known else part for part in parts)


def _place(code: str, t: Translate, language: str) -> str:
    """A province, country or crossing by its name; a code that is none of them as it is."""
    if code == UNKNOWN:
        return t("Unknown")
    for places in (PROVINCES, COUNTRIES, ALL_CROSSINGS):
        if code in places:
            return places[code].name("km" if language == "km" else "en")
    return code


def _receipt(
    said: Mapping[str, Any], t: Translate, language: str = "en", kind: str = LINE_LIST
) -> dict[str, Any] | None:
    if "counts" not in said:
        return None
    counts, notices = said["counts"], said["notices"]
    names = {
        "accepted": t("Accepted"),
        "amended": t("Amended"),
        "withdrawn": t("Withdrawn"),
        "duplicate": t("Duplicate"),
        "rejected": t("Rejected"),
    }
    preview = said.get("preview") or []
    order = said["mapping"].get("date_order")
    return {
        "rows": f"{counts['rows']:,}",
        "counts": [(name, names[name], f"{counts[name]:,}") for name in _ORDERED],
        "rejected": counts["rejected"],
        "more": counts["rejected"] - len(said["reasons"]),
        "reasons": said["reasons"],
        "notices": [notice(one, t) for one in notices[:_MOST_NOTICES]],
        "unplaced": any(one[0] == "unmatched_place" for one in notices),
        "more_notices": max(0, len(notices) - _MOST_NOTICES),
        "mapping": f"{said['mapping']['name']}, {t('version')} {said['mapping']['version']}",
        "dates": {
            "day-first": t("day first"),
            "month-first": t("month first"),
            "by-column": t("as the mapping says for each column"),
        }.get(order, ""),
        "era": {"thai": t("Thai reckoning"), "cambodian": t("Cambodian reckoning")}.get(
            said["mapping"].get("era"), ""
        ),
        "preview_heads": [field_name(name, t) for name in preview[0]] if preview else [],
        "preview": [
            [(field_name(name, t), _shown(name, text, t, language, kind)) for name, text in row.items()]
            for row in preview
        ],
        "repeated": bool(said.get("repeated")),
    }


def ended(upload: Any, said: Mapping[str, Any] | None, t: Translate) -> dict[str, Any]:
    """A file that is over; of one that ended a day ago only its counts are left."""
    kept = said or {}
    counts = upload.counts
    plain = {"counts": counts, "notices": [], "reasons": [],
             "mapping": {"name": upload.mapping, "version": upload.mapping_version}}  # fmt: skip
    return {
        "receipt": _receipt(kept if "counts" in kept else plain, t) if counts else None,
        "gone": bool(counts) and "counts" not in kept,
        "problem": kept.get("problem", ""),
        "state": t(ENDS.get(upload.status, STATES[upload.status])),
        "returned": upload.returned,
        "until": local(upload.ended_at),
    }
