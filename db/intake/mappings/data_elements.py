"""What the data elements and categories of aggregate reports mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.model import column_key, value_key
from surveillance.coverage.aggregates import ITEMS, SEEN
from surveillance.diseases import disease_lookup
from surveillance.vocabulary import SEX, age_bands_between, lookup, normalise

#: Categories that name no group; the last is what every DHIS2 calls its default one.
_PLAIN = frozenset({"", "default", "total", "all", "hllvx50cxc0"})


@dataclass(frozen=True)
class Element:
    """A data element counts one item of one disease, in all or in one group (axis -> code)."""

    disease: str
    item: str
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ElementMap:
    """Meaning of the names and identifiers that a sender uses; keys folded by `value_key`.

    `ignored`: elements that are known and not wanted. Names that no entry explains may explain themselves:
    `malaria tested`, and categories such as `Male, 15-24`.
    """

    elements: Mapping[str, Element] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mapping: AggregateMapping) -> ElementMap:
        """What a mapping file says."""
        return cls(
            {
                name: Element(said.disease, SEEN if said.counts == "records" else said.counts)
                for name, said in mapping.elements.items()
            },
            mapping.categories,
            frozenset(map(value_key, mapping.ignored_elements)),
        )

    def element(self, text: str) -> Element | None:
        """Meaning of a data element; None where it has none."""
        return self.elements.get(value_key(text)) or _named(normalise(text))

    def category(self, text: str) -> Mapping[str, str] | None:
        """Groups that a category names, axis -> code; None where they cannot be told."""
        if value_key(text) in self.categories:
            return self.categories[value_key(text)]
        return {} if self.is_plain(text) else _groups(text)

    @staticmethod
    def is_plain(text: str) -> bool:
        """Whether a category, or an attribute, sets no group apart: all ways to write that are one."""
        return normalise(text) in _PLAIN

    def is_ignored(self, text: str) -> bool:
        """Whether an element is known and not wanted."""
        return value_key(text) in self.ignored


def columns_of(header: list[str], mapping: AggregateMapping) -> list[str]:
    """A header in the names that cleaning knows: each column by what the mapping says it holds."""
    known = {column: held for held, names in mapping.columns.items() for column in names}
    return [known.get(column_key(name), column_key(name)) for name in header]


def _named(name: str) -> Element | None:
    words = name.replace(".", " ").split()
    diseases = disease_lookup()
    for cut in range(1, len(words)):
        disease, item = diseases.get(" ".join(words[:cut])), " ".join(words[cut:])
        if disease and item in ITEMS:
            return Element(disease, item)
    return None


def _groups(text: str) -> dict[str, str] | None:
    """Sex and age band out of a category such as `Female, 5-14`.

    >>> _groups("Female, <5 years")
    {'sex': 'female', 'age': '0-4'}
    """
    sexes = lookup(SEX)
    found: dict[str, str] = {}
    for part in re.split(r"[,;/|]", text):
        name = normalise(part)
        if name in _PLAIN:
            continue
        axis, code = ("sex", sexes[name]) if name in sexes else ("age", _band(part))
        if code is None or axis in found:
            return None
        found[axis] = code
    return found


def _band(text: str) -> str | None:
    """The one age band that a text names exactly."""
    plain = re.sub(r"(years?|yrs?|y|ឆ្នាំ)\s*$", "", text.strip(), flags=re.IGNORECASE).strip()
    below, above = re.fullmatch(r"<\s*(\d{1,3})", plain), re.fullmatch(r"(?:>=|≥)\s*(\d{1,3})", plain)
    if below:
        plain = f"0-{int(below[1]) - 1}"
    elif above:
        plain = f"{above[1]}+"
    plain = re.sub(r"\s*[-–]\s*", "-", plain)
    try:
        bands = age_bands_between(plain)
    except ValueError:
        return None
    return bands[0] if len(bands) == 1 else None
