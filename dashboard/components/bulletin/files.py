"""A bulletin as a file of one kind: the same for the command and for the page."""

from __future__ import annotations

from dashboard.components.bulletin import picture, words
from dashboard.exports.bulletin import as_html, editable, paper
from dashboard.figures.svg.png import png
from dashboard.services.bulletin.models import Bulletin
from surveillance.errors import UsageError

#: Kinds of file.
KINDS = ("html", "pdf", "docx", "png")


def lacking(kind: str) -> UsageError | None:
    """What this machine lacks for a kind of file; None where nothing."""
    if kind == "pdf":
        return paper.missing()
    return editable.missing() if kind == "docx" else None


def written(bulletin: Bulletin, language: str, kind: str, *, meeting: bool = False) -> bytes:
    """The file. `meeting`: the sheet of the meeting in place of the bulletin.

    Raises
    ------
    UsageError
        There is no such kind of file, or not of this edition; or this machine lacks what it needs.
    """
    if kind not in KINDS:
        raise UsageError(
            "format: '{given}' is not one of {offered}", "format", given=kind[:20], offered=", ".join(KINDS)
        )
    if meeting and not bulletin.decisions.told:
        raise UsageError(
            "the sheet of the meeting names people: ask for it with small numbers, of your own area"
        )
    if kind == "png":
        if meeting:
            raise UsageError("the sheet of the meeting is made as HTML, PDF or DOCX", "format")
        return png(picture.picture(bulletin, language))
    made = words.meeting_sheet(bulletin, language) if meeting else words.document(bulletin, language)
    if kind == "pdf":
        return paper.pdf(made)
    return editable.docx(made) if kind == "docx" else as_html.html(made).encode()
