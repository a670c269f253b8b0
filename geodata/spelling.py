"""Spellings of places brought to one form, so that two ways of writing one name compare equal.

What is ignored: case, spaces, hyphens and punctuation, Latin accents, invisible characters, Khmer against
Latin digits, and the ways Khmer is typed that look alike on the screen. What is kept: a separator
between two digits (`1-2` is not 12), and the dot in GeoNames' `KH.25`, which is not the official `KH25`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from surveillance.sameness import letters

_LATIN_MARK = re.compile("[\u0300-\u036f]")
#: Anything but letters, digits and the Khmer signs that belong to a syllable.
_SEPARATOR = re.compile("((?:[^\\w\u17b6-\u17d3\u17dd]|_)+)")
#: A number that a spreadsheet turned into a decimal one.
_DECIMAL_ZERO = re.compile(r"(?<=\d)\.0+$")
_LONE_DIGIT = re.compile(r"(kh\.?)?(\d)")
_LETTERS = str.maketrans({"đ": "d", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l"})


def _link(before: str, separator: str, after: str) -> str:
    """What is left of a separator between two pieces of a spelling."""
    if after[:1].isdigit():
        if before[-1:].isdigit():
            return "/"
        if before.endswith("kh") and "." in separator:
            return "."
    return ""


def _joined(text: str) -> str:
    first, *rest = _SEPARATOR.split(text)
    for separator, piece in zip(rest[::2], rest[1::2], strict=True):
        first += _link(first, separator, piece) + piece
    return first


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The form in which spellings are compared.

    >>> fold("Ŏtdâr Méan-Choăy"), fold("ខេត្តកណ្តាល") == fold("ខេត្ត កណ្ដាល"), fold("KH-២៥"), fold("KH.25")
    ('otdarmeanchoay', True, 'kh25', 'kh.25')
    """
    folded = unicodedata.normalize("NFKD", letters(text))
    folded = _LATIN_MARK.sub("", folded).casefold().translate(_LETTERS)
    return letters(_joined(_DECIMAL_ZERO.sub("", folded)))


def _words(*words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(fold, words)))


#: Words around a name that say what kind of place it is. `border` is one for a crossing alone: the Thai
#: border, as a place of infection, may be on either side.
DECORATIONS: dict[str, tuple[str, ...]] = {
    "province": _words(
        *("province of", "province", "prov", "municipality of", "municipality", "city of", "city"),
        *("capital city", "capital", "reach theani", "reachtheany"),
        *("khaet", "khaett", "khet", "khett", "krong"),
        *("ខេត្ត", "រាជធានី", "ក្រុង"),
    ),
    "crossing": _words(
        *("international", "bilateral", "local", "border", "checkpoint", "check point", "crossing", "gate"),
        *("port", "point of entry", "poe", "ច្រក", "ទ្វារ", "ព្រំដែន", "អន្តរជាតិ", "ទ្វេភាគី"),
    ),
    "country": _words("country", "kingdom of", "ប្រទេស", "ประเทศ", "ປະເທດ"),
    "area": _words(
        *("district", "srok", "khan", "commune", "khum", "sangkat", "village", "phum", "code"),
        *("ស្រុក", "ខណ្ឌ", "ឃុំ", "សង្កាត់", "ភូមិ"),
    ),
    "unknown": (),
}


def undecorated(folded: str, words: tuple[str, ...]) -> Iterator[str]:
    """A folded spelling, then every shorter one that is left when decorating words are taken off.

    >>> list(undecorated(fold("Khaet Kandal Province"), DECORATIONS["province"]))
    ['khaetkandalprovince', 'kandalprovince', 'khaetkandal', 'kandal']
    """
    forms = [folded] if folded else []
    for form in forms:  # grows as it goes: `Khett Takeo` may be `khet` and a t, or `khett`
        yield form
        shorter = [form.removeprefix(word) for word in words if form.startswith(word)]
        shorter += [form.removesuffix(word) for word in words if form.endswith(word)]
        forms += [candidate for candidate in shorter if candidate and candidate not in forms]


class SpellingConflictError(ValueError):
    """Two places would share one spelling; the message names them."""


class SpellingIndex(dict[str, str]):
    """Folded spelling -> code of one kind of place; a spelling can have one code only."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._words = DECORATIONS[kind]

    def put(self, spelling: str, code: str) -> None:
        """Add a spelling.

        Raises
        ------
        SpellingConflictError
            It already stands for another place.
        ValueError
            It has no letter and no digit.
        """
        key = fold(spelling)
        if not key:
            raise ValueError(f"the spelling '{spelling}' of {code} has no letter and no digit")
        if self.setdefault(key, code) != code:
            raise SpellingConflictError(f"'{spelling}' would stand for both {self[key]} and {code}")

    def put_all(self, spellings: Iterable[str], code: str) -> None:
        """Add every spelling that is not blank."""
        for spelling in filter(None, spellings):
            self.put(spelling, code)

    def keys_of(self, text: str | None) -> list[str]:
        """The forms under which a text is looked up, the fullest first; none for a blank."""
        return [_padded(key) for key in undecorated(fold(text or ""), self._words)]

    def find(self, text: str | None) -> str | None:
        """Code that a text stands for, or None."""
        return next((self[key] for key in self.keys_of(text) if key in self), None)


def _padded(key: str) -> str:
    """`kh1` or `1` as `kh01` or `01`: spreadsheets drop a leading zero."""
    match = _LONE_DIGIT.fullmatch(key)
    return f"{match[1] or ''}0{match[2]}" if match else key
