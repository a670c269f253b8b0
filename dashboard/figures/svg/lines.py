"""How wide a text is set, and where its lines break: the server has no browser to ask.

Widths are those of Noto Sans Khmer, taken a little too wide rather than too narrow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_COENG = "\u17d2"
#: Widths in sizes of letters, where they are far from those of their kind.
_NARROW = dict.fromkeys("iljI.,:;'|!()[]/ ·", 0.33) | dict.fromkeys("mwMW%—@", 0.96) | {"\u200b": 0.0}
_WIDE_VOWELS = frozenset("ឿៀោៅ")
_WIDE_LETTERS = frozenset("ឈញណធយសឃផឍឌ")
_LATIN, _CAPITAL, _KHMER, _WIDE, _OTHER = 0.6, 0.7, 0.68, 1.1, 0.75


def width(text: str, size: float) -> float:
    """How wide a text is, about.

    >>> width("", 12), width("ខ្មែរ", 10) < width("ខខខខខ", 10)
    (0, True)
    """
    return sum(_advance(letter, before) for letter, before in zip(text, f" {text}", strict=False)) * size


def wrap(text: str, size: float, limit: float, most: int = 4) -> list[str]:
    """A text in lines of at most `limit`; broken at spaces, else between clusters. What is too long ends in
    an ellipsis.

    >>> wrap("one two three", 10, 50)
    ['one two', 'three']
    """
    lines = [""]
    for word in _words(" ".join(text.split())):
        if width((lines[-1] + word).rstrip(), size) <= limit or not lines[-1]:
            lines[-1] += word
        else:
            lines.append(word)
    whole = [part for line in lines for part in _cut(line.strip(), size, limit)]
    if len(whole) > most:
        whole = whole[:most]
        whole[-1] = f"{whole[-1]} …"
    return [line for line in whole if line]


def _words(text: str) -> Iterator[str]:
    """Pieces between which a line may break; each keeps the space behind it."""
    piece = ""
    for letter in text:
        piece += letter
        if letter in " \u200b":
            yield piece
            piece = ""
    yield piece


def _cut(line: str, size: float, limit: float) -> Iterator[str]:
    """A line that has no place to break, in pieces that fit; letters stay with what stands on them."""
    piece = ""
    for cluster in _clusters(line):
        if piece and width(piece + cluster, size) > limit:
            yield piece
            piece = ""
        piece += cluster
    yield piece


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for letter in text:
        if cluster and not (_stands_on(letter) or cluster.endswith(_COENG)):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def _stands_on(letter: str) -> bool:
    return letter == _COENG or unicodedata.category(letter) in ("Mn", "Mc", "Me")


def _advance(letter: str, before: str) -> float:
    kind = unicodedata.category(letter)
    if "\u1780" <= letter <= "\u17ff" and letter not in _WIDE_VOWELS and not kind.startswith("M"):
        below = 0.3 if letter == "រ" else 0.0
        return below if before == _COENG else _WIDE if letter in _WIDE_LETTERS else _KHMER
    if letter in _NARROW or letter in _WIDE_VOWELS:
        return _NARROW.get(letter, 0.9)
    if kind.startswith("M"):
        return 0.4 if kind == "Mc" else 0.0
    plain = _CAPITAL if letter.isupper() else _LATIN
    return plain if letter.isascii() or letter in "–−…" else _OTHER
