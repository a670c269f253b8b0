"""Cases found by any of a person's own lists: who is in which, and between what all cases lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.services.own_files.days import NO_DAY, Declared
from dashboard.services.own_files.sheets import read_sheet
from db.intake.values.codes import visible
from db.intake.values.identifiers import in_one_form
from surveillance.errors import StatisticsError, UsageError
from surveillance.found_by_lists.linked import Found, link
from surveillance.found_by_lists.missed import whole

#: The longest period that may be called closed, in days.
LONGEST_CLOSED = 92
#: How many identifiers may be wrong, where an estimate is asked for and no share is given.
WRONG = 0.05
_NOTHING = frozenset(("n/a", "na", "none", "unknown"))


@dataclass(frozen=True)
class Question:
    """What is asked.

    `lists`: name and file of each. `identifiers`: columns that name the same person in every list. `closed`:
    that nobody came or went in the period, and each list is complete for it. `wrong`: the largest share of
    entries whose identifiers may be wrong.
    """

    lists: tuple[tuple[str, Path], ...]
    identifiers: tuple[str, ...]
    start: date | None = None
    end: date | None = None
    estimate: bool = False
    closed: bool = False
    wrong: float = WRONG


@dataclass(frozen=True)
class Answer:
    """Rows of lists and combinations, and what is said beside them."""

    rows: list[dict[str, Any]]
    said: list[str]


def told(question: Question, declared: Declared | None = None) -> Answer:
    """Link the lists, and tell who is in which.

    Raises
    ------
    UsageError
        Lists, identifiers or days are missing or contradict each other.
    UnreadableFileError
        A file cannot be read.
    StatisticsError
        A column is missing, or nothing can be said of those in no list.
    """
    _check(question)
    said: list[str] = []
    entries = {name: _entries(path, question, declared, said) for name, path in question.lists}
    found = link(entries)
    if not found.any:
        raise StatisticsError("no list has an entry in the period")
    rows = _rows(found)
    for name, number in found.unidentified.items():
        if number:
            said.append(
                f"{number} entries of {name} have no identifier, and count as cases of their own: they may "
                "be in other lists, too"
            )
    if found.joined:
        said.append(f"{found.joined} entries are further ones of a case in the same list")
    said.append(
        f"{found.any} cases are in one list at least: a floor, not the number of all cases. Those in no list "
        "are not counted"
    )
    if question.estimate:
        _estimate(found, question, rows, said)
    return Answer(rows, said)


def _check(question: Question) -> None:
    names = [name for name, _ in question.lists]
    if len(names) < 2:
        raise UsageError("--list: give two lists at least: --list clinic=a.csv --list slips=b.csv")
    if len(names) > 6:
        raise UsageError("--list: six lists at most")
    if len(set(names)) < len(names):
        raise UsageError("--list: two lists have one name")
    if not question.identifiers:
        raise UsageError("--identifiers: name the columns that hold a person's number in every list")
    if question.start and question.end and question.end < question.start:
        raise UsageError("--to lies before --from")
    if not 0 <= question.wrong < 0.5:
        raise UsageError(f"--wrong is {question.wrong}; give a share from 0 to below 0.5")
    if not question.estimate:
        return
    if len(names) != 3:
        raise UsageError(
            "--estimate needs three lists: with two nobody can tell whether being in one makes being in the "
            "other likelier, and with slips it does, since a slip sends people to a clinic"
        )
    if question.start is None or question.end is None:
        raise UsageError("--estimate needs a closed period: give --from and --to")
    if (question.end - question.start).days + 1 > LONGEST_CLOSED:
        raise UsageError(
            "--estimate: over a long period people come and go, and the number would be too high; give 92 "
            "days at most"
        )
    if not question.closed:
        raise UsageError(
            "--estimate needs --closed: say so only where nobody came or left in the period, and each list "
            "is complete for it. Among people who pass a border it mostly is not so; then the floor is all "
            "that can be told"
        )


def _entries(
    path: Path, question: Question, declared: Declared | None, said: list[str]
) -> Sequence[tuple[str | None, ...]]:
    dated = question.start is not None or question.end is not None
    columns = (*question.identifiers, *(("date",) if dated else ()))
    sheet = read_sheet(path, ("date",) if dated else (), declared, texts=question.identifiers)
    for column in columns:
        if not sheet.has(column):
            raise StatisticsError(f"{path.name} has no column {visible(column, 40)}")
    days = sheet.frame["date"] if dated else [None] * len(sheet.numbers)
    found: list[tuple[str | None, ...]] = []
    outside = undated = 0
    for row, day in zip(sheet.frame[list(question.identifiers)].to_numpy(), days, strict=True):
        if dated:
            if day is None or day == NO_DAY:
                undated += 1
                continue
            when = date.fromisoformat(day)
            if (question.start and when < question.start) or (question.end and when > question.end):
                outside += 1
                continue
        found.append(tuple(_identifier(one) for one in row))
    if outside:
        said.append(f"{outside} entries of {path.name} lie outside the period")
    if undated:
        said.append(f"{undated} entries of {path.name} have no day, and are left out")
    return found


def _identifier(text: str | None) -> str | None:
    if text is None:
        return None
    one = in_one_form(text)
    return None if not one or one.casefold() in _NOTHING or not any(sign.isalnum() for sign in one) else one


def _rows(found: Found) -> list[dict[str, Any]]:
    total = found.any
    rows = [
        {
            "what": f"in {name}",
            "cases": found.by(name),
            "share": found.by(name) / total,
            "lower": None,
            "upper": None,
        }
        for name in found.lists
    ]
    for pattern, number in found.counts.items():
        inside = [name for name, there in zip(found.lists, pattern, strict=True) if there]
        what = " and ".join(inside) if len(inside) > 1 else f"{inside[0]} alone"
        rows.append({"what": what, "cases": number, "share": number / total, "lower": None, "upper": None})
    rows.append({"what": "in any list", "cases": total, "share": 1.0, "lower": None, "upper": None})
    return rows


def _estimate(found: Found, question: Question, rows: list[dict[str, Any]], said: list[str]) -> None:
    shares = (0.0, question.wrong) if question.wrong else (0.0,)
    told = whole(found.counts, shares)
    end = None if told.highest == float("inf") else told.highest
    rows.append({"what": "all cases", "cases": None, "share": None, "lower": told.lowest, "upper": end})
    for name in found.lists:
        number = found.by(name)
        rows.append(
            {
                "what": f"share of all cases in {name}",
                "cases": None,
                "share": None,
                "lower": None if end is None else number / end,
                "upper": min(1.0, number / told.lowest),
            }
        )
    said.append(
        "all cases lie in this range over each dependence of two lists that the counts do not contradict, "
        f"and identifiers of which 0 to {100 * question.wrong:g}% are wrong; a dependence of all three "
        "cannot be seen, and would move it further"
    )
    if end is None or end > 2 * told.lowest:
        said.append("the range is so wide that it says little more than the floor")
