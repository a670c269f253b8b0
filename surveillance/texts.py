"""Marking a text for translation where it is written, for the pages that show it later."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text for the catalogues of translations (`python -m scripts.catalogues`); it stays as it is.

    >>> N_("Malaria")
    'Malaria'
    """
    return text
