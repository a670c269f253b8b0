"""What a table is, for those who meet the file without its page: a sidecar, and a sheet of a workbook.

The sidecar is a Data Package descriptor (Frictionless Data), with Chhlang's own facts under `chhlang`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.exports.columns import Column
from dashboard.messages import Translate
from dashboard.settings import VERSION
from surveillance.texts import N_

#: What each status of a value means.
STATUSES: Mapping[str, str] = {
    "value": N_("a number that was counted"),
    "zero": N_("people were counted, and none of them is in the numerator"),
    "nobody": N_("a facility reported, and nobody is in the denominator"),
    "hidden": N_("not shown to this account: too few people, or outside what it may see"),
    "not reported": N_("no facility sent a report"),
    "unknown": N_("people were seen, and nothing is recorded of what is asked"),
    "not yet due": N_("the time after which it is judged has not passed"),
}
#: Who may use the counts, and the boundaries.
LICENCE = N_(
    "The counts belong to the health authority that runs this server: its rules say who may have them. "
    "Boundaries: © OpenStreetMap contributors, Open Database License 1.0."
)
_ODBL = {
    "name": "ODbL-1.0",
    "title": "Open Database License 1.0 (boundaries alone: © OpenStreetMap contributors)",
    "path": "https://opendatacommons.org/licenses/odbl/1-0/",
}
_MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
}
_TYPES = {"text": "string", "count": "integer", "number": "number", "date": "date"}


@dataclass(frozen=True)
class About:
    """What one table is.

    `files`: addresses of the table's files by their format. `facts`: what else must be known, as names for
    programs, names for people, and values. `latest`: what a fixed address without dates means.
    """

    name: str
    title: str
    question: str
    address: str
    made_at: str
    data_up_to: str
    source: str
    shown_to: str
    threshold: str
    licence: str
    units: str = ""
    numerator: str = ""
    denominator: str = ""
    latest: str = ""
    synthetic: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    columns: Sequence[Column] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def _said(self) -> dict[str, Any]:
        """What holds for every format, in order; what does not apply is left out."""
        every = {
            "question": self.question,
            "units": self.units,
            "numerator": self.numerator,
            "denominator": self.denominator,
            **self.facts,
            "latest": self.latest,
            "synthetic": self.synthetic,
            "notes": list(self.notes),
            "statuses": dict(self.statuses),
            "threshold": self.threshold,
            "shown_to": self.shown_to,
            "source": self.source,
            "data_up_to": self.data_up_to,
            "made_at": self.made_at,
            "licence": self.licence,
            "address": self.address,
            "chhlang": VERSION,
        }
        return {name: value for name, value in every.items() if value not in ("", None, [], {})}

    def record(self) -> dict[str, Any]:
        """The sidecar."""
        fields = [
            {"name": one.name, "type": _TYPES[one.kind], "description": one.meaning} for one in self.columns
        ]
        return {
            "profile": "data-package",
            "name": self.name,
            "title": self.title,
            "description": self.question,
            "created": self.made_at,
            "homepage": self.address,
            "licenses": [_ODBL],
            "sources": [{"title": self.source}],
            "resources": [
                {
                    "name": f"{self.name}-{kind}",
                    "path": path,
                    "format": kind,
                    "mediatype": _MEDIA[kind],
                    **({"encoding": "utf-8", "schema": {"fields": fields}} if kind == "csv" else {}),
                }
                for kind, path in self.files.items()
            ],
            "chhlang": self._said(),
        }

    def json_bytes(self) -> bytes:
        """The sidecar as a file."""
        return (json.dumps(self.record(), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()

    def rows(self) -> list[tuple[str, str]]:
        """The same for a sheet of two columns, the columns of the table last."""
        found = [("title", self.title)]
        for name, value in self._said().items():
            if isinstance(value, Mapping):
                found += [(f"{name}: {key}", str(part)) for key, part in value.items()]
            elif isinstance(value, list):
                found += [(name, str(part)) for part in value]
            else:
                found.append((name, str(value)))
        return found + [(f"column: {one.name}", one.meaning) for one in self.columns]


def statuses(t: Translate) -> dict[str, str]:
    """The meaning of each status in the reader's language."""
    return {code: t(meaning) for code, meaning in STATUSES.items()}
