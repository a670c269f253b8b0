"""The columns of the malaria worklist and of the register of foci."""

from __future__ import annotations

from dashboard.exports.columns import Column

WORKLIST: tuple[Column, ...] = (
    Column("number", "count", "number of the row in this file"),
    Column("facility", "text", "number of the facility in the facility list"),
    Column("province_care", "text", "code of the province of the facility"),
    Column("diagnosed", "date", "day of the result, else of the test, else of the visit"),
    Column("step", "text", "what is to be done next: notify, investigate, respond; empty: none of these"),
    Column("last_day", "date", "last day for it"),
    Column("hours_left", "count", "hours until that day is over; below 0 it is overdue"),
    Column(
        "notify", "text", "done, late, due, overdue, not_needed or unknown (days that contradict each other)"
    ),
    Column("investigate", "text", "the same of the investigation, within three days"),
    Column("respond", "text", "the same of the focus response, within seven days; not needed unless local"),
    Column("origin", "text", "where the infection came from; unknown: to be classified"),
    Column("province_infection", "text", "where it was acquired: province or country"),
    Column("commune_infection", "text", "official number of the commune, where it is known"),
    Column("crossing", "text", "border crossing that was passed"),
    Column("village", "text", "official number of the village of the focus"),
    Column(
        "radical_cure", "text", "where the radical cure stands; empty for other species than vivax and mixed"
    ),
    Column("day_of_course", "count", "day of its course, where it is under way"),
)
FOCI: tuple[Column, ...] = (
    Column("village", "text", "official number of the village"),
    Column("province", "text", "code of its province"),
    Column("commune", "text", "official number of its commune"),
    Column("status", "text", "active, residual or cleared; empty: no case is known to be local"),
    Column("last_local", "date", "day of the last local case"),
    Column("local_cases", "count", "indigenous and introduced cases"),
    Column("imported_relapsing_induced", "count", "cases that were not acquired there"),
    Column("unclassified", "count", "cases of unknown origin, which may be local"),
    Column("last_unclassified", "date", "day of the last of them"),
)
