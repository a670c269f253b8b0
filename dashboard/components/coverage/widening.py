"""What is said where other days are counted than were asked for: on pages, by the command and in files."""

from __future__ import annotations

from datetime import date

from dashboard.components.coverage import issued_words
from dashboard.messages import Translate
from dashboard.services.coverage.table import CoverageTable


def widened(table: CoverageTable, asked: tuple[date | None, date | None], t: Translate) -> str:
    """That other days are counted than were asked for; blank where they are the same."""
    if table.release is not None and not table.mixed:
        return issued_words.widened(table, asked, t)
    whole, (start, end) = table.whole, asked
    if whole is None or (start or whole.start, end or whole.end) == (whole.start, whole.end):
        return ""
    shown = f"{whole.start.isoformat()} – {whole.end.isoformat()}"
    given = f"{(start or whole.start).isoformat()} – {(end or whole.end).isoformat()}"
    if table.yearly:
        text = t("HIV and syphilis are shown in whole calendar years: {shown} is shown instead of {given}.")
    elif table.query.persons:
        text = t("Persons are counted in whole calendar years: {shown} is shown instead of {given}.")
    else:
        text = t("Days are counted in whole weeks and months: {shown} is shown instead of {given}.")
    return text.format(shown=shown, given=given)
