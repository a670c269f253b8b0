"""The page's language: gettext catalogues for Khmer; English is the source text."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

LANGUAGES: dict[str, str] = {"en": "English", "km": "ខ្មែរ"}
DEFAULT_LANGUAGE = "en"
_FOLDER = Path(__file__).with_name("translations")

#: Text in the source language -> text in the reader's.
Translate = Callable[[str], str]


@lru_cache(maxsize=len(LANGUAGES))
def translator(language: str) -> Translate:
    """Translation into one of `LANGUAGES`; a text without one stays English."""
    if language == DEFAULT_LANGUAGE:
        return str
    return gettext.translation("messages", _FOLDER, [language], fallback=True).gettext


def choose_language(chosen: str | None, accepted: Iterable[str]) -> str:
    """The reader's choice, else the first language of the browser that there is, else English."""
    if chosen in LANGUAGES:
        return str(chosen)
    for tag in accepted:
        language = tag.lower().split("-")[0]
        if language in LANGUAGES:
            return language
    return DEFAULT_LANGUAGE
