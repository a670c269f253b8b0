"""The filters: native controls, which phones draw well; the address is their state (assets/chhlang.js)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from dashboard.filters import PERSONS, CoverageQuery
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.disclosure.rules import ISSUED_MEASURES, by_year_only, entitled, reads_release
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.indicators.model import PROGRAMMES
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_
from surveillance.vocabulary import AXES, JOINED, shown_values
from surveillance.windows import Window, in_weeks, last_months, last_quarters, last_weeks

if TYPE_CHECKING:  # loads the database, which a scan of files does not need
    from dashboard.services.imports.data_status import DataStatus

VIEWS = {
    "province:care": N_("Provinces, by place of care"),
    "province:home": N_("Provinces, by home"),
    "province:infection": N_("Provinces, by place of infection"),
    "crossing:care": N_("Border crossings"),
    "facility:care": N_("Facilities"),
    "district:care": N_("Operational districts"),
}
AXIS_NAMES = {
    "residence": N_("Residence"),
    "activity": N_("Activity"),
    "movement": N_("Movement"),
    "sex": N_("Sex"),
    "age": N_("Age"),
}
#: What facilities did while they lay in remote areas, and everything else.
REMOTE_NAMES = {"yes": N_("Facilities in remote areas"), "no": N_("Facilities elsewhere")}
_ISSUED_VIEWS = ("province:care", "province:home", "crossing:care")
STEPS = {"week": N_("Week"), "month": N_("Month"), "quarter": N_("Quarter"), "year": N_("Year")}


@dataclass(frozen=True)
class Choice:
    """One control that offers values: its name in the address, its label, (value, text) of each option."""

    name: str
    label: str
    options: list[tuple[str, str]]
    #: Further values under headings: each with the diseases that it goes with (codes, a space between).
    groups: Sequence[tuple[str, list[tuple[str, str, str]]]] = ()


def group_name(axis: str, code: str, t: Translate) -> str:
    """A value of an axis in words; several that are counted as one are named together."""
    names = {value.code: value.name for value in (*AXES[axis], *JOINED.get(axis, ()))}
    if code in names:
        return t(names[code])
    return " / ".join(t(names[part]) for part in code.split(",") if part in names)


def views(grant: Grant | None) -> dict[str, str]:
    """The views that an account is offered: by infection only for the whole country, and of issued figures
    only those that are issued."""
    if grant is None:
        return VIEWS
    if not entitled(grant):
        return {code: name for code, name in VIEWS.items() if code in _ISSUED_VIEWS}
    if grant.scope.national:
        return VIEWS
    return {code: name for code, name in VIEWS.items() if code != "province:infection"}


def closed_to(grant: Grant, query: CoverageQuery) -> dict[str, list[str] | Literal[True]]:
    """Values that a control shows grey for this account. True: the whole control.

    An account of some provinces is not shown persons by crossing, some roles are shown HIV and syphilis by
    province only, and of issued figures there are some measures, one group at a time, and no persons.
    """
    off: dict[str, list[str] | Literal[True]] = {}
    if by_year_only(grant, query.disease):
        off |= dict.fromkeys((axis for axis in AXES if axis not in query.groups), True)
    if reads_release(grant, query):
        off["measure"] = [code for code in MEASURES if code not in ISSUED_MEASURES]
        off["count"] = [PERSONS]
        if query.remote is None:
            off["remote"] = True
        if query.groups or query.dimension != "care":
            off |= dict.fromkeys((axis for axis in AXES if axis not in query.groups), True)
    if not grant.scope.national and query.persons:
        off["view"] = [*list_of(off.get("view")), "crossing:care"]
    if not grant.scope.national and query.by == "crossing":
        off["count"] = [PERSONS]
    return off


def list_of(off: list[str] | Literal[True] | None) -> list[str]:
    """Values that are off, where the control is not off as a whole."""
    return off if isinstance(off, list) else []


def main_choices(status: DataStatus, t: Translate, grant: Grant | None) -> list[Choice]:
    """What is always in sight."""
    issued = grant is not None and not entitled(grant)
    return [
        Choice(
            "disease",
            t("Disease"),
            [(d.code, t(d.name)) for d in DISEASES.values() if grant is None or grant.scope.covers(d.code)],
        ),
        Choice("measure", t("Measure"), measures(t, grant)[0]),
        Choice("view", t("Shown by"), [(code, t(name)) for code, name in views(grant).items()]),
        Choice("period", t("Period"), [("", t("other dates")), *windows(status, None, t, issued=issued)]),
    ]


def measures(
    t: Translate, grant: Grant | None
) -> tuple[list[tuple[str, str]], list[tuple[str, list[tuple[str, str, str]]]]]:
    """What may be shown: the cascade of care of any disease, and the indicators of each programme."""
    groups = [
        (
            t(name),
            [
                (row.id, t(row.name), " ".join(row.diseases))
                for row in INDICATORS.values()
                if row.programme == programme
                and (grant is None or not row.diseases or any(map(grant.scope.covers, row.diseases)))
            ],
        )
        for programme, name in PROGRAMMES.items()
    ]
    return [(m.code, t(m.name)) for m in MEASURES.values()], [one for one in groups if one[1]]


def comparing(t: Translate) -> Choice:
    """What a period is compared with."""
    options = [("before", t("The period before")), ("year", t("The same time of the year before"))]
    return Choice("compare", t("Change against"), options)


def counting(t: Translate) -> Choice:
    """What is counted: every episode, or each person once a year."""
    return Choice("count", t("Counted"), [("", t("Episodes")), (PERSONS, t("Persons"))])


def group_choices(t: Translate) -> list[Choice]:
    """Mobility groups, sex and age."""
    return [
        Choice(
            axis,
            t(AXIS_NAMES[axis]),
            [("", t("all")), *((v.code, t(v.name)) for v in shown_values(axis))],
        )
        for axis in AXES
    ]


def remote_choice(t: Translate) -> Choice:
    """Facilities in remote areas, or all others."""
    names = ((code, t(name)) for code, name in REMOTE_NAMES.items())
    return Choice("remote", t("Remote areas"), [("", t("all")), *names])


def windows(
    status: DataStatus,
    usual: Window | None,
    t: Translate,
    *,
    due_only: bool = False,
    persons: bool = False,
    issued: bool = False,
) -> list[tuple[str, str]]:
    """Offered periods, as `first..last` and their names with dates: whole weeks and months.

    Parameters
    ----------
    usual : Window, optional
        The period of an open address.
    due_only : bool
        The recent periods of completion are not yet due: `usual` is offered instead of them.
    persons : bool
        Persons are counted in calendar years: nothing else is offered.
    issued : bool
        Weeks are not issued: none are offered.
    """
    first, last = status.first_visit, status.last_visit
    if first is None or last is None:
        return []
    whole = range(last.year, first.year - 1, -1)
    if persons:
        return [(f"{year}-01-01..{year}-12-31", str(year)) for year in whole]
    named = [
        (t("Last 52 weeks"), last_weeks(last, 52)),
        (t("Last 13 weeks"), last_weeks(last, 13)),
        (t("Last 4 weeks"), last_weeks(last, 4)),
        (t("Last week"), last_weeks(last, 1)),
        (t("Last quarter"), last_quarters(last, 1)),
        (t("Last 4 quarters"), last_quarters(last, 4)),
    ]
    begins = first - timedelta(days=first.weekday())
    recent = [(name, window) for name, window in named if window.first >= begins]
    if issued:
        quarters = {t("Last quarter"), t("Last 4 quarters")}
        recent = [(name, window) for name, window in recent if name in quarters]
        recent.insert(0, (t("Last 12 months"), last_months(last, 12)))
    elif usual is not None and due_only:
        recent = [(t("The last that are due"), usual)]
    elif usual is not None and usual not in [window for _, window in recent]:
        recent.insert(0, (t("The usual period"), usual))
    years = []
    for year in whole:
        window = Window(date(year, 1, 1), date(year, 12, 31))
        if window.last > last:
            window = Window(window.first, last_months(last, 1).last)
        if window.last > window.first:
            name = str(year) if window.last.month == 12 else t("{year} so far").format(year=year)
            years.append((name, window))
    every = Window(first, last) if issued else in_weeks(Window(first, last))
    offered = [*recent, *years, *([(t("All"), every)] if every else [])]
    if issued:  # a year alone is the last 12 months, the last 4 quarters, and all there is
        offered = [*{window: (name, window) for name, window in reversed(offered)}.values()][::-1]
    return [
        (
            f"{window.first}..{window.last}",
            name if name.isdigit() else f"{name}: {_in_months(window) or f'{window.first} – {window.last}'}",
        )
        for name, window in offered
    ]


def _in_months(window: Window) -> str:
    """Days from the first of a month to the last of one, short enough for a list of choices; else blank."""
    whole = window.first.day == 1 and (window.last + timedelta(days=1)).day == 1
    return f"{window.first:%Y-%m} – {window.last:%Y-%m}" if whole else ""


def open_periods(
    first: date | None, last: date | None, complete: date | None, t: Translate
) -> list[tuple[str, str]]:
    """Periods of a scan, as `first..last` and their names.

    Whole ISO weeks counted back from the last complete day (else the last of the data), whole years, all. One
    that reaches the end of the data names no last day: a prospective scan ends with the last complete day,
    and no such period is shorter than its name.
    """
    if first is None or last is None:
        return []
    ends = last if complete is None else min(complete, last)
    begins = first - timedelta(days=first.weekday())
    recent = [(t("Last 52 weeks"), 52), (t("Last 13 weeks"), 13), (t("Last 4 weeks"), 4)]
    windows = [(name, last_weeks(ends, weeks).first) for name, weeks in recent]
    since = t("{period}, from {day} on")
    offered = [(f"{day}..", since.format(period=name, day=day)) for name, day in windows if day >= begins]
    for year in range(last.year, first.year - 1, -1):
        if year < last.year:
            offered.append((f"{year}-01-01..{year}-12-31", str(year)))
        else:
            offered.append((f"{year}-01-01..", t("{year} so far").format(year=year)))
    return [*offered, (f"{first}..", t("All"))]
