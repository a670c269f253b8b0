"""Digits and spaces of other scripts as plain ones, before a number or a day is read."""

from __future__ import annotations

from surveillance.sameness import same

#: Khmer (U+17E0), Thai (U+0E50) and Lao (U+0ED0) digits, by the plain digit they stand for.
_DIGITS = {first + n: str(n) for first in (0x17E0, 0x0E50, 0x0ED0) for n in range(10)}


def translated(text: str) -> str:
    """Text with plain digits, else as it is.

    >>> translated("HC-០១២")
    'HC-012'
    """
    return text if text.isascii() else text.translate(_DIGITS)


def plain(text: str) -> str:
    """Text with plain digits, no invisible characters, single spaces and folded case (`sameness.same`).

    >>> plain(" ០៤/០៣/២៥៦៨ ")
    '04/03/2568'
    """
    return same(text)
