"""The code on a slip: drawn at random, with a check character, and read as people type it.

It says nothing of the person: neither address nor disease nor partner. The check character is that of a
linear code over the 32 letters (the field of 32 elements, x^5 + x^2 + 1): it finds every single wrong letter
and every swap of two letters, neighbours or not.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable

from surveillance.errors import UsageError

#: Letters of a code, without those that are taken for one another.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: Letters of a code; the last one is the check character.
LENGTH = 6
#: Never in a code, since a slip names no disease and insults nobody.
WORDS = ("ART", "TB", "STD", "HEV", "HBV", "HCV", "SEX", "DEAD")
_CONFUSED = frozenset("0O1I")
#: What people type between letters: blanks, dashes, dots, and Khmer's invisible space.
_BETWEEN = frozenset(" \t\r\n\u00a0\u200b\u200c\u200d\ufeff-\u2010\u2011\u2012\u2013\u2014_.·/")
_VALUES = {letter: number for number, letter in enumerate(LETTERS)}
_GENERATOR, _REDUCED, _HIGH = 2, 0b00101, 0b100000


def _times(one: int, other: int) -> int:
    found = 0
    while other:
        if other & 1:
            found ^= one
        one <<= 1
        if one & _HIGH:
            one = (one ^ _HIGH) ^ _REDUCED
        other >>= 1
    return found


def _weights(number: int) -> list[int]:
    weights = [1]
    while len(weights) < number:
        weights.append(_times(weights[-1], _GENERATOR))
    return weights


#: Weight of each letter but the last, whose weight is one: all of them differ, and none is zero.
_WEIGHTS = _weights(LENGTH)[:0:-1]


def check_letter(letters: str) -> str:
    """Compute the check character of the other letters of a code.

    Parameters
    ----------
    letters : str
        All but the last one.

    Returns
    -------
    str
        One letter.

    Examples
    --------
    >>> check_letter("7K4M2")
    'U'
    """
    found = 0
    for weight, letter in zip(_WEIGHTS, letters, strict=True):
        found ^= _times(weight, _VALUES[letter])
    return LETTERS[found]


def is_code(text: str) -> bool:
    """Say whether a text is a code as it is stored, with the right check character.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_code("7K4M2U"), is_code("7K4M2F"), is_code("K74M2U"), is_code("7k4m2u")
    (True, False, False, False)
    """
    return len(text) == LENGTH and set(text) <= _VALUES.keys() and check_letter(text[:-1]) == text[-1]


def draw(below: Callable[[int], int] = secrets.randbelow) -> str:
    """Draw a code at random.

    Parameters
    ----------
    below : callable
        A random number below another one; the default is fit for secrets.

    Returns
    -------
    str
        As it is stored: six letters without a blank.

    Examples
    --------
    >>> draw(lambda most: 5)
    '77777S'
    >>> is_code(draw())
    True
    """
    while True:
        letters = "".join(LETTERS[below(len(LETTERS))] for _ in range(LENGTH - 1))
        code = letters + check_letter(letters)
        if not any(word in code for word in WORDS):
            return code


def written(code: str) -> str:
    """Write a code as it is printed and read aloud.

    Parameters
    ----------
    code : str
        As it is stored.

    Returns
    -------
    str
        Two groups of three letters.

    Examples
    --------
    >>> written("7K4M2U")
    '7K4 M2U'
    """
    return f"{code[:3]} {code[3:]}"


def read(typed: str) -> str:
    """Read a code as people type it: small letters, blanks, dashes and Khmer digits are taken.

    Parameters
    ----------
    typed : str

    Returns
    -------
    str
        As it is stored.

    Raises
    ------
    UsageError
        It is no code; the message says what to look at, and never repeats what was typed.

    Examples
    --------
    >>> read(" 7k4-m2u "), read("៧K៤ M២U")
    ('7K4M2U', '7K4M2U')
    >>> read("7K4 M2F")
    Traceback (most recent call last):
        ...
    surveillance.errors.UsageError: a letter of the code is wrong or two are swapped: look at the slip again
    """
    letters = "".join(_letter(sign) for sign in typed[:200] if sign not in _BETWEEN)
    if not letters:
        raise UsageError("type the code of the slip: six letters and digits, like 7K4 M2U", "code")
    if set(letters) & _CONFUSED:
        raise UsageError("a code has no 0, O, 1 or I: compare it with the slip", "code")
    if set(letters) - _VALUES.keys():
        raise UsageError("a code has only the letters A to Z and the digits 2 to 9", "code")
    if len(letters) != LENGTH:
        raise UsageError("a code has six letters and digits: compare it with the slip", "code")
    if not is_code(letters):
        raise UsageError("a letter of the code is wrong or two are swapped: look at the slip again", "code")
    return letters


def _letter(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    return str(digit) if digit is not None else unicodedata.normalize("NFKC", sign).upper()
