"""Marking a text for translation where it is written, for the pages that show it later."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text for the catalogues of translations; it stays as it is.

    Parameters
    ----------
    text : str
        A sentence or name in English. `python -m scripts.catalogues` collects it where it is written.

    Returns
    -------
    str
        The same text.

    Examples
    --------
    >>> N_("Malaria")
    'Malaria'
    """
    return text
