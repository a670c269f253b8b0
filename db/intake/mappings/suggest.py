"""Guesses of what the columns of a foreign file hold, from their names and values.

They are offered, and never applied unseen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from db.intake.mappings.check import KnownPlaces
from db.intake.mappings.personal_columns import bare, companion_of, holds_persons
from db.intake.mappings.row_counters import counts_rows
from db.intake.mappings.value_kinds import Seen, look_at
from surveillance.reception.file_kinds import LINE_LIST, fields_of

_SYNONYMS = Path(__file__).with_name("synonyms.toml")
_OF_A_CENTRE = Path(__file__).with_name("synonyms_of_a_centre.toml")
#: Confidence of each way to find a field, before the values agree or disagree with it.
_OWN_NAME, _SYNONYM, _PART = 0.98, 0.85, 0.55
_AGREES, _DISAGREES = 0.1, 0.4
#: Fields that tell records, persons or arrivals apart.
_IDENTITY = "record_id"
_NUMBERS = frozenset({_IDENTITY, "person_id", "arrival_id", "van_id"})
#: Columns whose name says what they are.
_NAMED_SO = frozenset(map(bare, (_IDENTITY, "van_id")))
#: Below it nothing is offered.
LEAST = 0.3
#: Shortest word that is looked for inside a longer name.
_SHORTEST = 3
_WHY = {
    "own": {"en": "named as the field", "km": "មានឈ្មោះដូចវាល"},
    "synonym": {"en": "called so for this field", "km": "ជាឈ្មោះដែលប្រើសម្រាប់វាលនេះ"},
    "part": {"en": "its name contains '{0}'", "km": "ឈ្មោះរបស់វាមាន '{0}'"},
    "values": {"en": "its values look like it", "km": "តម្លៃរបស់វាមើលទៅដូចជាវាលនេះ"},
    "agree": {"en": "its values agree", "km": "តម្លៃរបស់វាត្រូវគ្នា"},
    "disagree": {"en": "its values do not look like it", "km": "តម្លៃរបស់វាមើលទៅមិនដូចទេ"},
    "only_days": {"en": "the only column of days", "km": "ជាជួរឈរតែមួយដែលមានកាលបរិច្ឆេទ"},
    "persons": {
        "en": "tells who somebody is: it is read by nobody",
        "km": "ប្រាប់អត្តសញ្ញាណបុគ្គល៖ មិនត្រូវបានអានទេ",
    },
    "companion": {
        "en": "it may change what '{0}' means: look at both",
        "km": "វាអាចប្តូរអត្ថន័យរបស់ '{0}'៖ សូមមើលទាំងពីរ",
    },
    "counter": {
        "en": "counts the rows of the file: in another file the same number is another person",
        "km": "រាប់ជួរដេកនៃឯកសារ៖ ក្នុងឯកសារផ្សេង លេខដដែលនេះជាមនុស្សម្នាក់ទៀត",
    },
    "nothing": {"en": "no field resembles it", "km": "គ្មានវាលណាដូចវាទេ"},
}


@dataclass(frozen=True)
class Suggestion:
    """What one column may hold. `field` is None where nothing is offered; confidence is from 0 to 1.

    `counter`: it counts the rows of the file, and is no identity.
    """

    column: str
    field: str | None
    why: str
    confidence: float
    counter: bool = False


@dataclass(frozen=True)
class _Guess:
    field: str
    confidence: float
    why: str


def suggest(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    language: str = "en",
    places: KnownPlaces | None = None,
    kind: str = LINE_LIST,
) -> list[Suggestion]:
    """Guess what each column holds, in the order of the columns; a field is offered for one column only.

    Parameters
    ----------
    header
        Names of the columns as they were sent.
    rows
        Some rows, as they were sent.
    language : str
        `en` or `km`: in which `why` is said.
    places
        The gazetteer; without it no column is known by its places.
    kind : str
        What each row is.
    """
    values = [[row[i] for row in rows if i < len(row) and row[i].strip()] for i in range(len(header))]
    seen = [look_at(column, places, kind) for column in values]
    persons = {i for i, name in enumerate(header) if holds_persons(name)}
    counters = {
        i
        for i, name in enumerate(header)
        if i not in persons and bare(name) not in _NAMED_SO and counts_rows(name, values[i])
    }
    guesses: list[tuple[float, int, _Guess]] = []
    for i, name in enumerate(header):
        if i not in persons and name.strip():
            offered = _guesses(name, seen[i], language)
            guesses += [
                (guess.confidence, -i, guess)
                for guess in offered
                if i not in counters or guess.field not in _NUMBERS
            ]
    chosen: dict[int, _Guess] = {}
    for _, negative, guess in sorted(guesses, key=lambda item: item[:2], reverse=True):
        if -negative not in chosen and guess.field not in {held.field for held in chosen.values()}:
            chosen[-negative] = guess
    if kind == LINE_LIST:
        _only_days(chosen, seen, persons, language)
    taken = [header[i] for i in chosen]
    return [
        _said(name, chosen.get(i), i in persons, i in counters, companion_of(name, taken), language)
        for i, name in enumerate(header)
    ]


def _said(
    name: str, guess: _Guess | None, persons: bool, counter: bool, changes: str | None, language: str
) -> Suggestion:
    if guess is not None:
        return Suggestion(name, guess.field, guess.why, round(guess.confidence, 2))
    if counter:
        return Suggestion(name, None, _words("counter", language), 0.0, counter=True)
    if changes is not None and not persons:
        return Suggestion(name, None, _words("companion", language, changes), 0.0)
    return Suggestion(
        name, None, _words("persons" if persons else "nothing", language), 1.0 if persons else 0.0
    )


def _only_days(chosen: dict[int, _Guess], seen: list[Seen], persons: set[int], language: str) -> None:
    """A single column of days that no name explains is probably the visit."""
    if any(guess.field == "date_visit" for guess in chosen.values()):
        return
    days = [i for i, one in enumerate(seen) if "date" in one.kinds and i not in chosen and i not in persons]
    if len(days) == 1:
        chosen[days[0]] = _Guess("date_visit", 0.4, _words("only_days", language))


def _guesses(name: str, seen: Seen, language: str) -> list[_Guess]:
    found: dict[str, _Guess] = {}
    for field, confidence, why in _by_name(name, language, seen.kind):
        if field not in found:
            found[field] = _weighed(field, confidence, why, seen, language)
    for field, confidence in seen.fields.items():
        if field not in found:
            found[field] = _Guess(field, confidence, _words("values", language))
    return [guess for guess in found.values() if guess.confidence >= LEAST]


def _by_name(name: str, language: str, kind: str) -> list[tuple[str, float, str]]:
    """Fields that a name stands for: whole, without its group, or as a part; the surest first."""
    known = synonyms(kind)
    names = dict.fromkeys((bare(name), bare(name.rpartition("/")[2])))
    found: list[tuple[str, float, str]] = []
    for one in names:
        own = next((field for field in fields_of(kind) if bare(field) == one), None)
        if own:
            found.append((own, _OWN_NAME, _words("own", language)))
        elif one in known:
            found.append((known[one], _SYNONYM, _words("synonym", language)))
    longest = sorted(known, key=len, reverse=True)
    for one in names:
        for spelling in longest:
            if len(spelling) >= _SHORTEST and _contains(one, spelling):
                found.append((known[spelling], _PART, _words("part", language, spelling)))
                break
    return found


def _contains(name: str, spelling: str) -> bool:
    """Whether whole words of a name are the spelling; Khmer is written without spaces between words."""
    return f" {spelling} " in f" {name} " if spelling.isascii() else spelling in name


def _weighed(field: str, confidence: float, why: str, seen: Seen, language: str) -> _Guess:
    verdict = seen.agrees(field)
    if verdict is None:
        return _Guess(field, confidence, why)
    if verdict:
        return _Guess(field, min(confidence + _AGREES, 0.99), f"{why}; {_words('agree', language)}")
    return _Guess(field, confidence * _DISAGREES, f"{why}; {_words('disagree', language)}")


def _words(key: str, language: str, *values: str) -> str:
    said = _WHY[key]
    return said.get(language, said["en"]).format(*values)


@cache
def synonyms(kind: str = LINE_LIST) -> dict[str, str]:
    """Every spelling of a column's name, without case and punctuation -> its field."""
    with _SYNONYMS.open("rb") as handle:
        table = tomllib.load(handle)
    with _OF_A_CENTRE.open("rb") as handle:
        tables = tomllib.load(handle)
    found: dict[str, str] = {}
    fields = fields_of(kind)
    own = [] if kind == LINE_LIST else [*tables.get(kind, {}).items(), *tables["any"].items()]
    for field, spellings in (*own, *table.items()):
        if field not in fields:
            continue
        for spelling in (field, *spellings["en"], *spellings["km"]):
            found.setdefault(bare(spelling), field)
    return found
