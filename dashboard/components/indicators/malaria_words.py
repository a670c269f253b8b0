"""The malaria worklist and the register of foci in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.messages import Translate
from dashboard.services.malaria.foci import Register, province
from dashboard.services.malaria.worklist import REACH, Row, Worklist
from dashboard.services.places.areas import Area
from geodata.countries import COUNTRIES
from geodata.provinces import PROVINCES
from surveillance import vocabulary
from surveillance.malaria.foci import STATUSES
from surveillance.malaria.one_three_seven import NAMES, STATES, WITHIN, Task
from surveillance.malaria.radical_cure import STATES as CURES
from surveillance.malaria.radical_cure import Cure

_ORIGINS = {value.code: value.name for value in vocabulary.ORIGIN}
_DAY = 24


@dataclass(frozen=True)
class Line:
    """A row of the worklist. `steps`: state and words of each step, in order."""

    facility: str
    facility_code: str
    diagnosed: str
    next: str
    overdue: bool
    steps: tuple[tuple[str, str], ...]
    origin: str
    evidence: str
    cure: str


@dataclass(frozen=True)
class Village:
    """A row of the register."""

    number: str
    province: str
    status: str
    status_code: str
    last: str
    local: int
    brought: int
    open: int


def moment(at: datetime, invented: bool, t: Translate) -> str:
    """From when hours are counted."""
    if invented:
        said = t("Synthetic data end on {day}: hours are counted from noon of that day.")
        return said.format(day=at.date().isoformat())
    return t("Hours are counted from {when}, Phnom Penh time.").format(when=at.strftime("%Y-%m-%d %H:%M"))


def summary(found: Worklist, t: Translate) -> list[str]:
    """How much there is to do."""
    said = [
        t("Cases of the last {days} days: {count:,}. With something left to do: {open:,}.").format(
            count=found.cases, days=REACH, open=len(found.rows) + found.left_out
        )
    ]
    for step in WITHIN:
        overdue, due = found.count(step, "overdue"), found.count(step, "due")
        if overdue or due:
            line = t("{step}: {overdue:,} overdue, {due:,} with time left.")
            said.append(line.format(step=t(NAMES[step]), overdue=overdue, due=due))
    if found.unclassified:
        line = t(
            "Not classified: {count:,}. A response is asked for until it is known that a case is not local."
        )
        said.append(line.format(count=found.unclassified))
    if found.left_out:
        line = t("{count:,} more are not listed: the most urgent {shown:,} are.")
        said.append(line.format(count=found.left_out, shown=len(found.rows)))
    return said


def rows(found: Worklist, named: Mapping[str, Area], language: str, t: Translate) -> list[Line]:
    """The cases as texts."""
    return [_line(row, named, language, t) for row in found.rows]


def _line(row: Row, named: Mapping[str, Area], language: str, t: Translate) -> Line:
    case, urgent = row.case, row.urgent
    area = named.get(case.facility)
    return Line(
        area.name(language) if area else case.facility,
        case.facility if area else "",
        case.diagnosed.isoformat(),
        _next(urgent, t) if urgent else t("None of the three steps is open."),
        urgent is not None and urgent.state == "overdue",
        tuple((task.state, _step(task, t)) for task in row.tasks),
        t(_ORIGINS[case.origin]) if row.classified else t("not classified"),
        _evidence(row, language, t),
        _cure(row.cure, t),
    )


def _next(task: Task, t: Translate) -> str:
    hours = task.hours_left or 0
    step = t(NAMES[task.step])
    if task.state == "overdue":
        if -hours < 2 * _DAY:
            return t("{step}: {hours} hours overdue").format(step=step, hours=-hours)
        return t("{step}: {days} days overdue").format(step=step, days=-hours // _DAY)
    if hours >= 2 * _DAY:
        return t("{step}: {days} days left").format(step=step, days=hours // _DAY)
    return t("{step}: {hours} hours left").format(step=step, hours=hours)


def _step(task: Task, t: Translate) -> str:
    day = f" ({task.done.isoformat()})" if task.done else ""
    return f"{t(NAMES[task.step])}: {t(STATES[task.state])}{day}"


def _evidence(row: Row, language: str, t: Translate) -> str:
    """What is known of where somebody was: place of infection, commune, crossing."""
    case = row.case
    said = []
    if case.infection != vocabulary.UNKNOWN:
        said.append(t("acquired in {place}").format(place=_place(case.infection, language)))
    if case.commune:
        said.append(t("commune {number}").format(number=case.commune))
    if case.crossing != vocabulary.UNKNOWN:
        said.append(t("passed {crossing}").format(crossing=case.crossing))
    if case.village:
        said.append(t("village {number}").format(number=case.village))
    return "; ".join(said) or t("nothing is recorded of where it was acquired")


def _place(code: str, language: str) -> str:
    place = PROVINCES.get(code) or COUNTRIES.get(code)
    if place is None:
        return code
    return (place.name_km if language == "km" else place.name_en) or code


def _cure(cure: Cure | None, t: Translate) -> str:
    if cure is None:
        return "–"
    if cure.day is not None:
        return t("day {day} of {of}").format(day=cure.day, of=cure.of)
    return t(CURES[cure.state])


def villages(found: Register, language: str, t: Translate) -> list[Village]:
    """Foci as texts."""
    return [
        Village(
            one.village,
            _place(province(one.village), language),
            t(STATUSES[one.status]),
            one.status,
            one.last_local.isoformat(),
            one.local,
            one.brought,
            one.unclassified,
        )
        for one in found.foci
    ]


def open_villages(found: Register, language: str, t: Translate) -> list[Village]:
    """Villages whose cases nobody has classified."""
    return [
        Village(
            one.village,
            _place(province(one.village), language),
            t("not classified"),
            "",
            one.last.isoformat(),
            0,
            0,
            one.cases,
        )
        for one in found.unclassified
    ]


def register_summary(found: Register, t: Translate) -> list[str]:
    """What the register says, and what it cannot say."""
    said = [
        t("On {day}: {active:,} active, {residual:,} residual, {cleared:,} cleared.").format(
            day=found.day.isoformat(), **{status: found.count(status) for status in STATUSES}
        )
    ]
    if found.unclassified:
        line = t(
            "{count:,} more villages have cases that nobody has classified: each may be an active focus."
        )
        said.append(line.format(count=len(found.unclassified)))
    if found.without:
        line = t("{count:,} cases of the last year that may be local name no village: they are in no focus.")
        said.append(line.format(count=found.without))
    if found.held_from:
        line = t("Records of visits before {day} are kept as sums, which name no village.")
        said.append(line.format(day=found.held_from.isoformat()))
    return said
