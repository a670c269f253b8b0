"""Reading one value: texts and identifiers."""

from __future__ import annotations

import re
import unicodedata

from db.intake.values.identifiers import in_one_form


def clean_text(text: str, length: int = 80) -> str:
    """Text without control characters or outer space, one form of each letter, cut to `length`."""
    if text.isascii() and text.isprintable():
        return text.strip()[:length]
    folded = unicodedata.normalize("NFC", text)
    kept = "".join(ch for ch in folded if unicodedata.category(ch) not in ("Cc", "Cf", "Cs"))
    return kept.strip()[:length]


_KHMER = re.compile("[\u1780-\u17ff]")
_LATIN = re.compile("[A-Za-z]")
#: Letters of Greek, Cyrillic, Armenian and Cherokee: among Latin ones, many cannot be told from them.
_LOOKS_LATIN = re.compile("[\u0370-\u0373\u0376-\u03ff\u0400-\u058f\u13a0-\u13ff]")


def visible(text: str, length: int = 80) -> str:
    """A text as a message shows it: what is not seen in it is named, so that the fault is.

    Outer space is left out: no value is refused for it. So are the invisible characters of Khmer text, which
    is full of them.

    >>> visible(" mal\\nria "), visible("a\\u200bb"), visible("m\\u0430laria")
    ('mal␊ria', 'a⟨U+200B⟩b', 'm⟨U+0430⟩laria')
    """
    if text.isascii() and text.isprintable():
        return text.strip()[:length]
    khmer = _KHMER.search(text) is not None
    latin = _LATIN.search(text) is not None
    folded = unicodedata.normalize("NFC", text).strip()
    return "".join(_named(ch, khmer=khmer, latin=latin) for ch in folded)[:length]


def _named(character: str, *, khmer: bool, latin: bool) -> str:
    if latin and _LOOKS_LATIN.fullmatch(character):
        return f"⟨U+{ord(character):04X}⟩"
    kind = unicodedata.category(character)
    if kind == "Cc":
        at = ord(character)  # Unicode has a picture of each control character of ASCII
        return chr(0x2421) if at == 0x7F else (chr(0x2400 + at) if at < 0x20 else f"⟨U+{at:04X}⟩")
    if kind in ("Cf", "Zl", "Zp") and not khmer:
        return f"⟨U+{ord(character):04X}⟩"
    return "" if kind in ("Cf", "Cs", "Zl", "Zp") else character


#: What is written where there is no number: words of people and of spreadsheets.
_NO_NUMBER = frozenset(
    ("na", "n/a", "n.a.", "n.a", "#n/a", "#ref!", "#value!", "#name?", "none", "nil", "null", "nan",
     "unknown", "unk", "noid", "nonumber", "គ្មាន", "អត់មាន", "មិនមាន", "មិនស្គាល់", "មិនដឹង", "ไม่มี")
)  # fmt: skip


def no_number(text: str) -> bool:
    """Whether a text says that there is no number: nothing but signs, or such a word.

    >>> no_number("N/A"), no_number("--"), no_number("N-1"), no_number("0")
    (True, True, False, False)
    """
    if text[-1:].isdigit():  # as most end
        return False
    return "".join(text.split()).casefold() in _NO_NUMBER or not any(map(str.isalnum, text))


def match_key(text: str) -> str:
    """Form under which two spellings of an identifier are one; blank where it is a damaged number.

    Case, spaces, a trailing .0 and what looks the same make no difference.

    >>> match_key("HC 1") == match_key("hc1"), match_key("101.0"), match_key("8.5523E+11")
    (True, '101', '')
    """
    if text.isalnum() and text.isascii():  # as most are; the same, sooner
        return text[:80].lower()
    return "".join((in_one_form(clean_text(text)) or "").split()).casefold()[:80]


def identifier(text: str, length: int = 80) -> str | None:
    """An identifier as it is kept, case and all; None if absent, or its digits are lost.

    >>> identifier(" A-7 "), identifier("៧.០"), identifier("N/A"), identifier("8.5523E+11")
    ('A-7', '7', None, None)
    """
    if text.isalnum() and text.isascii():  # as most are; the same, sooner
        return None if no_number(text[:length]) else text[:length]
    number = in_one_form(clean_text(text, length))
    return None if number is None or no_number(number) else number
