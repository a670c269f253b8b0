"""Where cases of a person's own file were infected: their stays, and what is said of the places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dashboard.services.own_files.days import NO_DAY, Declared
from dashboard.services.own_files.sheets import Sheet, read_sheet
from db.intake.values.codes import visible
from db.intake.values.digits import plain
from db.intake.values.identifiers import in_one_form
from geodata.countries import HOME
from geodata.gazetteer import gazetteer, label
from surveillance.diseases import DISEASES
from surveillance.errors import StatisticsError, UsageError
from surveillance.infection_place.incubation import Incubation, check_disease, given, incubation_of, longest
from surveillance.infection_place.infer import DRAWS, Places, Risk, infer
from surveillance.infection_place.stays import UNRECORDED, Case, Stay
from surveillance.vocabulary import UNKNOWN

COLUMNS = ("case", "date_onset", "place", "from", "to")
#: A stay without a first day began before anything that matters.
_EVER = timedelta(days=400)


@dataclass(frozen=True)
class Question:
    """What is asked.

    `period`: median, factor and source of an incubation period that the caller names.
    """

    disease: str
    species: str = ""
    period: tuple[float, float, str] | None = None
    draws: int = DRAWS
    seed: int = 0


@dataclass(frozen=True)
class Answer:
    """Rows of cases, rows of places, and what is said beside them."""

    cases: list[dict[str, Any]]
    places: list[dict[str, Any]]
    said: list[str]


def period_of(question: Question) -> Incubation:
    """Find the incubation period.

    Raises
    ------
    UsageError
        There is no such disease.
    StatisticsError
        Stays say nothing of this disease, or no period is held.
    """
    if question.disease not in DISEASES:
        raise UsageError(f"--disease: there is no '{question.disease}'; one of {', '.join(DISEASES)}")
    if question.species and question.disease != "malaria":
        raise UsageError("--species is of malaria")
    check_disease(question.disease, question.species)
    if question.period is not None:
        return given(*question.period)
    return incubation_of(question.disease, question.species)


def told(
    path: Path,
    question: Question,
    *,
    risks: Path | None = None,
    person_days: Path | None = None,
    declared: Declared | None = None,
) -> Answer:
    """Tell where each case was infected.

    Raises
    ------
    UsageError
        Options contradict each other.
    UnreadableFileError
        A file cannot be read, or its days can be read in two ways.
    StatisticsError
        Stays say nothing of the disease, a column or cell is missing, or a place is not known.
    """
    period = period_of(question)
    if risks is not None and person_days is not None:
        raise UsageError("--risks and --person-days: give one of them; risks are estimated from person-days")
    cases, said = read_cases(path, declared)
    found = infer(
        cases,
        period,
        frozenset({stay.place for case in cases for stay in case.stays if not stay.place.startswith(HOME)}),
        risks=None if risks is None else _risks(risks),
        person_days=None if person_days is None else _person_days(person_days),
        draws=question.draws,
        seed=question.seed,
    )
    days = longest(period)
    said.append(
        f"incubation: median {period.median:.1f} days, stays of {days} days before the symptoms count "
        f"({period.source})"
    )
    if risks is None and person_days is None:
        said.append(
            "every place counts as equally dangerous by the day: where one is far more dangerous, its share "
            "is too low; give --risks or --person-days"
        )
    open_ = found.by_place[-1]
    if open_.value > 0:
        said.append(
            f"{100 * open_.value:.0f}% of the infections fall on days of which no stay is recorded: the "
            f"imported share of all cases lies between {100 * found.at_least.lower:.0f}% and "
            f"{100 * found.at_most.upper:.0f}%"
        )
    if found.without:
        said.append(f"cases without a day on which they can have been infected: {len(found.without)}")
    return Answer(_case_rows(found), _place_rows(found), said)


def read_cases(path: Path, declared: Declared | None = None) -> tuple[list[Case], list[str]]:
    """Read `case,date_onset,place,from,to`: a row for each stay.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or its days can be read in two ways.
    StatisticsError
        A column or cell is missing, a place is not known, or rows of one case contradict each other.
    """
    sheet = read_sheet(path, COLUMNS, declared, days=("date_onset", "from", "to"))
    for column in COLUMNS:
        if not sheet.has(column):
            raise StatisticsError(f"{path.name} has no column {column}; its columns are {', '.join(COLUMNS)}")
    if sheet.frame.empty:
        raise StatisticsError(f"{path.name} has no rows")
    onsets: dict[str, date] = {}
    stays: dict[str, list[Stay]] = {}
    without: set[str] = set()
    names: dict[str, str] = {}
    for name, onset, place, first, last, row in zip(
        *(sheet.frame[column] for column in COLUMNS), sheet.numbers, strict=True
    ):
        if name is None:
            raise StatisticsError(f"{path.name}, row {row}: case is empty")
        key = names.setdefault(in_one_form(name) or name, name)
        code = _place(path, row, place)
        if onset is None:
            without.add(key)
            continue
        day = _day(path, row, "date_onset", onset)
        if onsets.setdefault(key, day) != day:
            raise StatisticsError(
                f"{path.name}, row {row}: symptoms of this case began on another day in an earlier row"
            )
        begun = day - _EVER if first is None else _day(path, row, "from", first)
        ended = max(day, begun) if last is None else _day(path, row, "to", last)
        if ended < begun:
            raise StatisticsError(f"{path.name}, row {row}: the stay ends before it begins")
        own = stays.setdefault(key, [])
        if code is not None:
            own.append(Stay(code, begun, ended))
    said = []
    left = sorted(without - set(onsets))
    if left:
        said.append(
            f"cases left out, since without a day on which symptoms began stays say nothing: {len(left)}"
        )
    return [Case(name, onsets[name], tuple(stays[name])) for name in onsets], said


def _place(path: Path, row: int, text: str | None) -> str | None:
    """Code of a place; None where the file says that it is not known."""
    if text is None:
        raise StatisticsError(f"{path.name}, row {row}: place is empty; write unknown where it is not known")
    code = gazetteer().match_place(text)
    if code is None:
        raise StatisticsError(
            f"{path.name}, row {row}: place '{visible(text, 40)}' is no province and no country; write its "
            "name or code (KH01, TH), or unknown"
        )
    if code == HOME:
        raise StatisticsError(
            f"{path.name}, row {row}: place '{visible(text, 40)}' is the whole country; write the province"
        )
    return None if code == UNKNOWN else code


def _day(path: Path, row: int, column: str, text: str) -> date:
    if text == NO_DAY:
        raise StatisticsError(f"{path.name}, row {row}: {column} is not a day; write it as YYYY-MM-DD")
    return date.fromisoformat(text)


def _risks(path: Path) -> Mapping[str, Risk]:
    """Read `place,relative_risk[,lower,upper]`."""
    sheet = read_sheet(path, ("place", "relative_risk", "lower", "upper"), days=())
    found = {}
    for place, row, number in _numbers(path, sheet, "relative_risk"):
        lower, upper = number("lower"), number("upper")
        relative = number("relative_risk")
        if relative is None:
            raise StatisticsError(f"{path.name}, row {row}: relative_risk is empty")
        if (lower is None) != (upper is None) or (
            lower is not None and upper is not None and not 0 < lower <= relative <= upper
        ):
            raise StatisticsError(
                f"{path.name}, row {row}: lower and upper are the interval around the relative risk; give "
                "both, or none"
            )
        found[place] = Risk(relative, lower, upper)
    return found


def _person_days(path: Path) -> Mapping[str, float]:
    """Read `place,person_days`."""
    sheet = read_sheet(path, ("place", "person_days"), days=())
    found: dict[str, float] = {}
    for place, row, number in _numbers(path, sheet, "person_days"):
        days = number("person_days")
        if days is None:
            raise StatisticsError(f"{path.name}, row {row}: person_days is empty")
        found[place] = found.get(place, 0.0) + days
    return found


def _numbers(path: Path, sheet: Sheet, needed: str) -> list[tuple[str, int, Callable[[str], float | None]]]:
    """Place, row, and a reader of the row's numbers, for each row."""
    for column in ("place", needed):
        if not sheet.has(column):
            raise StatisticsError(f"{path.name} has no column {column}; it needs place and {needed}")
    found: list[tuple[str, int, Callable[[str], float | None]]] = []
    for n, (place, row) in enumerate(zip(sheet.frame["place"], sheet.numbers, strict=True)):
        code = _place(path, row, place)
        if code is None:
            raise StatisticsError(f"{path.name}, row {row}: place is unknown; leave the row out")

        def number(column: str, n: int = n, row: int = row) -> float | None:
            text = sheet.frame[column].iloc[n] if sheet.has(column) else None
            if text is None:
                return None
            try:
                value = float(plain(text))
            except ValueError:
                value = -1.0
            if not 0 < value < float("inf"):
                raise StatisticsError(
                    f"{path.name}, row {row}: {column} '{visible(text, 40)}' is not a number above 0"
                )
            return value

        found.append((code, row, number))
    return found


def _case_rows(found: Places) -> list[dict[str, Any]]:
    return [
        {
            "case": name,
            "place": found.places[p],
            "name": named(found.places[p]),
            "probability": float(found.probability[n, p]),
            "lower": float(found.lower[n, p]),
            "upper": float(found.upper[n, p]),
        }
        for n, name in enumerate(found.names)
        for p in sorted(range(len(found.places)), key=lambda p: -found.probability[n, p])
        if found.probability[n, p] > 0
    ]


def _place_rows(found: Places) -> list[dict[str, Any]]:
    shares = [(place, named(place), share) for place, share in zip(found.places, found.by_place, strict=True)]
    shares += [
        ("imported", "imported, of those whose days are recorded", found.imported),
        ("at least", "imported, unrecorded days taken for Cambodia", found.at_least),
        ("at most", "imported, unrecorded days taken for abroad", found.at_most),
    ]
    risks = {} if found.risk is None else dict(zip(found.places, found.risk, strict=True))
    return [
        {"place": place, "name": name, "share": share.value, "lower": share.lower, "upper": share.upper}
        | (
            {}
            if found.risk is None
            else {
                "per_1000_days": 1000 * risks[place].value if place in risks else None,
                "per_1000_lower": 1000 * risks[place].lower if place in risks else None,
                "per_1000_upper": 1000 * risks[place].upper if place in risks else None,
            }
        )
        for place, name, share in shares
    ]


def named(place: str) -> str:
    """Name a place, by its code."""
    return "days without a recorded stay" if place == UNRECORDED else label(place)
