"""Texts: marked for translation where they are written, and brought into one line where people type them."""

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


#: Characters without a shape that Khmer needs between words and letters.
_KHMER = "\u200b\u200c"


def one_line(text: str) -> str:
    """Bring a typed text into one line of printable characters.

    Parameters
    ----------
    text : str
        What cannot be printed becomes a space; the signs between Khmer words stay.

    Returns
    -------
    str
        Without spaces at its ends, and with one space where there were several.

    Examples
    --------
    >>> one_line("  Call   Poipet ")
    'Call Poipet'
    """
    kept = "".join(letter if letter.isprintable() or letter in _KHMER else " " for letter in text)
    return " ".join(kept.split())
