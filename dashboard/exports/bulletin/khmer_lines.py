"""Where Khmer lines may break on paper: a sign without width between words.

Khmer is written without spaces between words, and what sets the pages of a PDF does not know where a word
ends: a line would run out of its box. The signs are put into what is printed alone: never into data, names,
search, pages or exports, where a text with a sign is another text than the same without.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

#: The sign: zero width space.
BREAK = "\u200b"
_KHMER = re.compile(r"[\u1780-\u17ff]{2,}")
#: What never begins a line: signs that belong to the letter before them, and closing punctuation.
_BOUND = re.compile(r"\u200b(?=[\u17b4-\u17d6\u17da\u17dd])")


class NoWordsError(Exception):
    """What knows Khmer words is not installed."""


def broken(text: str) -> str:
    """A text with a place to break between Khmer words; what is not Khmer stays.

    Raises
    ------
    NoWordsError
        khmercut is not installed.
    """
    if not _KHMER.search(text):
        return text
    return _KHMER.sub(lambda found: _in_words(found[0]), text)


@lru_cache(maxsize=4096)
def _in_words(text: str) -> str:
    return _BOUND.sub("", BREAK.join(_cut()(text)))


@lru_cache(maxsize=1)
def _cut() -> Callable[[str], list[str]]:
    try:
        from khmercut import tokenize  # noqa: PLC0415 - loads a model, which only paper needs
    except ImportError as error:
        raise NoWordsError from error
    cut: Callable[[str], list[str]] = tokenize
    return cut
