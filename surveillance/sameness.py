"""One rule for texts that look the same on the screen: values, columns, mappings, codes and places share it.

Khmer can be typed in several ways that are drawn alike. The structure of a Khmer syllable follows the Unicode
Standard, chapter 16.4, and Unicode Technical Note 61 (Hosken, Khmer Encoding Structure, 2022).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_COENG = "\u17d2"
#: Subscript ta and da are drawn alike; subscript ro is drawn before the others, wherever it is typed.
_TA, _DA, _RO = _COENG + "\u178f", _COENG + "\u178a", _COENG + "\u179a"
#: A letter with the subscripts, vowels and signs that belong to it.
_SYLLABLE = re.compile("([\u1780-\u17b3])((?:\u17d2[\u1780-\u17b3]|[\u17b6-\u17d1\u17d3\u17dd])+)")
_SUBSCRIPT = re.compile("\u17d2[\u1780-\u17b3]")
#: Above vowels; beside one of them the two shifters are drawn as the vowel u.
_ABOVE = frozenset("\u17b7\u17b8\u17b9\u17ba\u17be\u17d0")
_SHIFTERS = str.maketrans({"\u17bb": "\u17ca", "\u17c9": "\u17ca"})
#: Vowels that are typed as two halves -> the vowel.
_HALVES = (("\u17c1", "\u17b8", "\u17be"), ("\u17c1", "\u17b6", "\u17c4"))
#: A space between two Khmer letters: Khmer is written with and without.
_BETWEEN = re.compile("(?<=[\u1780-\u17dd]) (?=[\u1780-\u17dd])")
_DEPRECATED = (("\u17a3", "\u17a2"), ("\u17a4", "\u17a2\u17b6"))
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-"})
_INHERENT = frozenset("\u17b4\u17b5")  # vowels that are never drawn


def letters(text: str) -> str:
    r"""Write a text in one form of its letters: what looks the same is the same. Case stays.

    Invisible characters go, every decimal digit becomes a Latin one, spaces are single, and Khmer syllables
    are put in one order.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    References
    ----------
    The Unicode Standard, chapter 16.4. Hosken M (2022), Khmer Encoding Structure, Unicode Technical Note 61.

    Examples
    --------
    >>> letters("ស្ត្រី") == letters("ស្រ្ដី"), letters("HC-០១\u200b២"), letters(" a\u00a0 b ")
    (True, 'HC-012', 'a b')
    """
    if text.isascii():
        return " ".join((text if text.isprintable() else _seen(text)).split())
    return _letters(text)


@lru_cache(maxsize=8192)
def _letters(text: str) -> str:
    folded = " ".join(_seen(unicodedata.normalize("NFC", text)).split()).translate(_HYPHENS)
    for variant, standard in _DEPRECATED:
        folded = folded.replace(variant, standard)
    folded = _SYLLABLE.sub(_ordered, folded)
    return unicodedata.normalize("NFC", _BETWEEN.sub("", folded))


def _seen(text: str) -> str:
    """Leave out characters that are not drawn, and write digits plainly."""
    return "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() or character.isspace() else ""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    drawn = unicodedata.category(character) not in ("Cf", "Cc", "Cs") or character.isspace()
    return character if drawn and character not in _INHERENT else ""


def _ordered(syllable: re.Match[str]) -> str:
    """Write a syllable with its subscripts first, then its vowels and signs, each in one order."""
    subscripts = [_DA if one == _TA else one for one in _SUBSCRIPT.findall(syllable[2])]
    marks = sorted(_SUBSCRIPT.sub("", syllable[2]))
    for first, second, whole in _HALVES:
        if first in marks and second in marks:
            marks.remove(first)
            marks.remove(second)
            marks = sorted([*marks, whole])
    signs = "".join(marks)
    if _ABOVE.intersection(marks):
        signs = "".join(sorted(signs.translate(_SHIFTERS)))
    return syllable[1] + "".join(sorted(subscripts, key=lambda one: (one == _RO, one))) + signs


def same(text: str) -> str:
    r"""Write a text in the form in which two texts are compared: `letters`, without case.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> same(" Date \n of VISIT ")
    'date of visit'
    """
    return letters(text).casefold()
