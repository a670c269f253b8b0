"""How identifiers and values were compared before decision 30: held fingerprints are made so. Not changed."""

from __future__ import annotations

import re
import unicodedata

from db.intake.values.codes import no_number
from surveillance import vocabulary as v

_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
_DIGITS = {first + n: str(n) for first in (0x17E0, 0x0E50) for n in range(10)}
_YES = frozenset({"yes", "y", "1", "១", "true", "បាទ", "ចាស", "បាទ/ចាស", "ចាស/បាទ", "មាន"})
_NO = frozenset({"no", "n", "0", "០", "false", "ទេ", "មិន", "គ្មាន", "មិនមាន"})


def normalise(text: str) -> str:
    """Form of a coded value."""
    return re.sub(r"[\s_\-]+", " ", _INVISIBLE.sub("", text)).strip().casefold()


def lookup(values: tuple[v.Value, ...]) -> dict[str, str]:
    """Every spelling of `values`, with the code it stands for."""
    return {normalise(spelling): value.code for value in values for spelling in value.spellings}


def yes_no(text: str) -> bool | None:
    """Yes, no or blank; None also for what was not read."""
    folded = _INVISIBLE.sub("", text).strip().casefold()
    return True if folded in _YES else (False if folded in _NO else None)


def _clean(text: str, length: int) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()[:length]
    folded = unicodedata.normalize("NFC", text)
    kept = "".join(ch for ch in folded if unicodedata.category(ch) not in ("Cc", "Cf", "Cs"))
    return kept.strip()[:length]


def own_number(text: str) -> str | None:
    """The sender's number of a record."""
    number = _clean(text, 2_000).translate(_DIGITS)
    return None if no_number(number) else number


def match_key(text: str) -> str:
    """Form of a facility's or person's number."""
    if text.isalnum() and text.isascii():
        return text[:80].lower()
    return "".join(_clean(text, 80).split()).casefold()[:80].translate(_DIGITS)


def arrival(text: str) -> str | None:
    """The number of an arrival."""
    number = _clean(text, 80)
    return None if no_number(number) else number
