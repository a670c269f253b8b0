"""How each report looks in the table of weeks: a sign that needs no colour, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.messages import Translate
from dashboard.services.reporting import weeks
from dashboard.services.reporting.weeks import Cell
from surveillance.epiweek import epiweek
from surveillance.texts import N_


@dataclass(frozen=True)
class Look:
    """A sign, the name of its style, and its meaning."""

    sign: str
    style: str
    meaning: str


#: No two look alike in grey or on paper.
LOOKS: dict[str, Look] = {
    weeks.ON_TIME: Look("●", "on-time", N_("came on time")),
    weeks.LATE: Look("◐", "late", N_("came late")),
    weeks.UNDATED_REPORT: Look("◍", "undated", N_("came, not known when")),
    weeks.ZERO: Look("0", "zero", N_("came, and names no patient")),
    weeks.ZERO_LATE: Look("0*", "zero late", N_("came late, and names no patient")),
    weeks.AWAITED: Look("○", "awaited", N_("due, deadline not passed")),
    weeks.SILENT: Look("×", "silent", N_("missing")),
}
#: Where no report is due.
NONE_DUE = Look("·", "none", N_("no report is due"))


def look(cell: Cell | None) -> Look:
    """The look of one report."""
    return NONE_DUE if cell is None else LOOKS[cell.state]


def said(cell: Cell, t: Translate) -> str:
    """One report in words: its days, what became of it, and when."""
    days = f"{cell.first} – {cell.last}"
    state = t(LOOKS[cell.state].meaning)
    parts = [f"{days}: {state}"]
    if cell.came is not None:
        parts.append(t("first report {day}").format(day=cell.came))
    parts.append(t("deadline {day}").format(day=cell.deadline))
    return "; ".join(parts)


def week_label(monday: date) -> str:
    """Number of a week."""
    return str(epiweek(monday).week)


def legend(t: Translate, used: set[str]) -> list[tuple[Look, str]]:
    """Signs with their meaning: all but those that need no word here."""
    always = (weeks.ON_TIME, weeks.LATE, weeks.ZERO, weeks.ZERO_LATE, weeks.AWAITED, weeks.SILENT)
    shown = [code for code in LOOKS if code in always or code in used]
    return [*((LOOKS[code], t(LOOKS[code].meaning)) for code in shown), (NONE_DUE, t(NONE_DUE.meaning))]
