"""The mapping of aggregate reports: which data element counts what.

A report is a count without persons: `element` is a data element of the sender (by number or name), and says
how many of a `disease` were seen (`records`) or answered yes to a step of care. A category option combination
may say which group a count is of; one that is not listed and cannot be told belongs to no group.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from typing import Any

from db.intake.mappings.check import Problems
from db.intake.mappings.model import column_key, value_key
from surveillance.calendar.buddhist_era import ERAS, Era
from surveillance.coverage.indicators import STEPS
from surveillance.diseases import disease_lookup
from surveillance.vocabulary import AXES, lookup, normalise

#: Columns of a report, by what they hold.
COLUMNS = ("data_element", "period", "org_unit", "category", "attribute", "value", "deleted")
_NEEDED = ("data_element", "period", "org_unit", "value")
COUNTS = ("records", *STEPS)
_KEYS = (
    "name",
    "version",
    "kind",
    "description",
    "columns",
    "elements",
    "categories",
    "ignore",
    "ignored_elements",
    "era",
)


@dataclass(frozen=True)
class Element:
    """What a data element counts."""

    disease: str
    counts: str


@dataclass(frozen=True)
class AggregateMapping:
    """One mapping of aggregate reports."""

    name: str
    version: str
    description: str
    fingerprint: str
    #: What a column holds (see `COLUMNS`) -> names it may have.
    columns: ReadOnly[str, tuple[str, ...]]
    #: Folded number or name of a data element -> what it counts.
    elements: ReadOnly[str, Element]
    #: Folded number or name of a category option combination -> axis -> code.
    categories: ReadOnly[str, ReadOnly[str, str]]
    ignore: tuple[str, ...] = ()
    #: Data elements that are known and not wanted: their rows are left out, and counted.
    ignored_elements: tuple[str, ...] = ()
    kind: str = "aggregate"
    #: The reckoning of years of the Buddhist era.
    era: Era | None = None

    @property
    def stamp(self) -> str:
        """Version and fingerprint, as a receipt keeps them."""
        return f"{self.version} ({self.fingerprint})"


def aggregate(given: dict[str, Any], facts: dict[str, str], problems: Problems) -> AggregateMapping:
    """The mapping that a file says, with what is wrong in `problems`."""
    problems.keys("the file", given, _KEYS)
    columns = _table(given, "columns", problems)
    problems.keys("[columns]", columns, COLUMNS)
    for name in _NEEDED:
        if name not in columns:
            problems.add(f"[columns]: lacks {name}")
    return AggregateMapping(
        **facts,
        columns={
            name: problems.columns(f"[columns] {name}", columns[name]) for name in COLUMNS if name in columns
        },
        elements={
            value_key(element): _element(element, said, problems)
            for element, said in _table(given, "elements", problems).items()
        },
        categories={
            value_key(category): _groups(category, said, problems)
            for category, said in _table(given, "categories", problems).items()
        },
        ignore=tuple(map(column_key, problems.texts("ignore", given.get("ignore", [])))),
        era=_era(given, problems),
        ignored_elements=tuple(problems.texts("ignored_elements", given.get("ignored_elements", []))),
    )


def _era(given: dict[str, Any], problems: Problems) -> Era | None:
    said = given.get("era")
    found = next((era for era in ERAS if era == said), None)
    if said is not None and found is None:
        problems.add(f"era: needs one of {', '.join(ERAS)}")
    return found


def _table(given: dict[str, Any], key: str, problems: Problems) -> dict[str, Any]:
    table = given.get(key, {})
    if isinstance(table, dict):
        return table
    problems.add(f"[{key}]: needs `key = value` lines")
    return {}


def _element(element: str, said: Any, problems: Problems) -> Element:
    where = f"[elements] '{element}'"
    if not isinstance(said, dict):
        problems.add(f'{where}: needs {{ disease = "...", counts = "..." }}')
        return Element("", "")
    problems.keys(where, said, ("disease", "counts"))
    disease = disease_lookup().get(normalise(str(said.get("disease", ""))), "")
    if not disease:
        problems.add(f"{where}: '{said.get('disease', '')}' is no disease of the line list")
    counts = str(said.get("counts", ""))
    if counts not in COUNTS:
        problems.add(f"{where}: counts is one of {', '.join(COUNTS)}, not '{counts}'")
    return Element(disease, counts)


def _groups(category: str, said: Any, problems: Problems) -> dict[str, str]:
    where = f"[categories] '{category}'"
    if not isinstance(said, dict):
        problems.add(f'{where}: needs {{ axis = "code" }}')
        return {}
    problems.keys(where, said, AXES)
    made = {}
    for axis in AXES.keys() & said.keys():
        code = lookup(AXES[axis]).get(normalise(str(said[axis])))
        if code is None:
            problems.add(f"{where}: '{said[axis]}' is no {axis}")
        else:
            made[axis] = code
    return made
