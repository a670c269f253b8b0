"""A reader of issued figures who writes down every number that any page or file shows.

Written apart from what suppresses and audits: it knows the forms of pages and files. What can be worked out
of the numbers is reckoned by `reckoning.py`.
"""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask.testing import FlaskClient

from surveillance.epiweek import period_first_day, period_last_day
from tests.support.few import mappings_in, rows_of, small_in
from tests.support.pages import map_page

PARTS = ("numerator", "denominator", "unknown")
MEASURES = ("testing", "positivity", "treatment", "completion")
VIEWS = (("province", "care"), ("province", "home"), ("crossing", "care"))
AXES = ("sex", "age", "residence", "movement", "activity")
Period = tuple[str, date]
Every = Callable[[str, str, str, date, date], bool]
_ROW = re.compile(r'<tr data-code="([^"]*)">(.*?)</tr>', re.DOTALL)
_FOOT = re.compile(r"<tfoot>(.*?)</tfoot>", re.DOTALL)
_COUNTED = re.compile(r">(\d[\d,]*) / (\d[\d,]*)<")
_PAIR = re.compile(r"(?<![\d,.–-])(\d[\d,]*) (?:/|of) (\d[\d,]*)(?![\d,.])")
#: Names of the colours of a map.
_CLASS = re.compile(r'"class \d+ unknown"')
_ISSUED_NUMBER = re.compile(r"release \d+ of|rank \d+ of \d+|week \d+ of \d+")


class Cell(NamedTuple):
    """What a number is of: without an axis its value is blank; place "" is all together."""

    disease: str
    measure: str
    dimension: str
    place: str
    axis: str = ""
    value: str = ""


@dataclass(frozen=True)
class Told:
    """Numbers of one cell over some periods, and the address that showed them."""

    where: str
    cell: Cell
    periods: tuple[Period, ...]
    numbers: Mapping[str, int] = field(hash=False)


@dataclass
class Collected:
    """All that a reader has seen."""

    told: list[Told] = field(default_factory=list)
    #: Pairs of numbers in sentences and cells of pages: address, first number, second number.
    pairs: list[tuple[str, int, int]] = field(default_factory=list)
    #: What cannot be right, whatever is published.
    faults: list[str] = field(default_factory=list)
    asked: int = 0
    refused: int = 0

    def add(self, other: Collected) -> None:
        """Join what another reader has seen."""
        self.told += other.told
        self.pairs += other.pairs
        self.faults += other.faults
        self.asked, self.refused = self.asked + other.asked, self.refused + other.refused


# --- questions ---------------------------------------------------------------------------------


def days_asked(first: date, last: date, chance: random.Random | None = None) -> Iterator[tuple[date, date]]:
    """Days to ask for: every issued period, and days that lie across them; with `chance` some more."""
    for kind in ("month", "quarter", "year"):
        day = period_first_day(first, kind)  # type: ignore[arg-type]
        while day <= last:
            end = period_last_day(day, kind)  # type: ignore[arg-type]
            yield day, end
            day = end + timedelta(days=1)
    middle = first + (last - first) / 2
    yield first - timedelta(days=400), last + timedelta(days=400)
    yield middle, middle
    yield first + timedelta(days=9), middle
    yield middle, last - timedelta(days=9)
    yield first + timedelta(days=40), last - timedelta(days=45)
    yield first - timedelta(days=45), first + timedelta(days=75)
    while chance is not None:
        one = first + timedelta(days=chance.randrange(-60, (last - first).days + 60))
        other = first + timedelta(days=chance.randrange(-60, (last - first).days + 60))
        yield min(one, other), max(one, other)


# --- reading pages and files -------------------------------------------------------------------


class Reader:
    """One account that asks for everything."""

    def __init__(self, client: FlaskClient, *, takes_files: bool, own: Iterable[str] = ()) -> None:
        self.client, self.takes_files, self.own = client, takes_files, frozenset(own)
        self.found = Collected()

    def asks(self, question: Mapping[str, str], area: str = "", step: str = "") -> None:
        """The map, its trend and its groups of one question."""
        asked = {**question, **({"area": area} if area else {}), **({"step": step} if step else {})}
        self.found.asked += 1
        if self.takes_files:
            self._files(asked, area)
        else:
            self._pages(asked, area)

    def looks(self, path: str) -> None:
        """One page: every pair of numbers in it is written down, and no number may be small."""
        answer = self.client.get(path)
        self.found.asked += 1
        if answer.status_code != 200:
            self.found.refused += 1
            return
        self._read_text(path, answer.get_data(as_text=True))
        if path.partition("?")[0].endswith(".json") and not self.own:
            self.found.pairs += [(path, one, other) for one, other in _pairs_of(answer.get_json())]

    def _files(self, asked: Mapping[str, str], area: str) -> None:
        for part in ("", "/trend", "/groups"):
            where = f"/map{part}.csv"
            answer = self.client.get(where, query_string=asked)
            if answer.status_code != 200:
                self.found.refused += 1
                continue
            for row in rows_of(answer.get_data(), "csv"):
                if row.get("issued") != "yes":
                    self._own_row(where, row)
                elif part == "/groups":
                    group = {"axis": row["axis"], "value": row["code"]}
                    place = {"code": area} if area else {"code": ""}
                    self._row(where, {**asked, **row, **group, **place})
                else:
                    self._row(where, {**asked, **row})

    def _own_row(self, where: str, row: Mapping[str, Any]) -> None:
        place = row.get("code", "")
        others = place and place not in self.own and row.get("by") == "province"
        if (not self.own or others) and any(row.get(part) for part in PARTS):
            self.found.faults.append(f"{where}: {place}: not issued, and {row}")

    def _row(self, where: str, row: Mapping[str, Any]) -> None:
        numbers = {part: int(float(row[part])) for part in PARTS if row.get(part) not in (None, "")}
        if not numbers:
            return
        axis = row.get("axis", "") or next((one for one in AXES if row.get(one)), "")
        value = row.get("value", "") or (row.get(axis, "") if axis else "")
        dimension = "crossing" if row.get("by") == "crossing" else row.get("place", "care")
        cell = Cell(row["disease"], row.get("measure", "testing"), dimension, row["code"], axis, value)
        self.found.told.append(Told(where, cell, _periods(row["periods"]), numbers))

    def _pages(self, asked: Mapping[str, str], area: str) -> None:
        search = "?" + "&".join(f"{name}={text}" for name, text in asked.items())
        held = map_page(self.client, search)
        about = self.client.get("/map.json", query_string=asked)
        periods = _periods(about.get_json()["chhlang"].get("periods", "")) if about.status_code == 200 else ()
        self._read_text(f"/map{search}", json.dumps(held, ensure_ascii=False))
        dimension = "crossing" if asked.get("by") == "crossing" else asked.get("place", "care")
        axis = next((one for one in AXES if asked.get(one)), "")
        cell = Cell(
            asked["disease"], asked.get("measure", "testing"), dimension, "", axis, asked.get(axis, "")
        )
        table = held["table"]
        foot = _FOOT.findall(table)
        rows = [*_ROW.findall(table), *(("", one) for one in foot[-1:])]
        for code, text in rows:
            if code in self.own or (self.own and not code):
                continue
            for one, other in _COUNTED.findall(text):
                numbers = {"numerator": _number(one), "denominator": _number(other)}
                self.found.told.append(Told(f"/map{search}", cell._replace(place=code), periods, numbers))

    def _read_text(self, where: str, text: str) -> None:
        if self.own:  # her own province stands on every page, with small numbers
            return
        text = _CLASS.sub("", _ISSUED_NUMBER.sub("", _without_reports(text)))
        self.found.faults += [f"{where}: {one}" for one in small_in(text)]
        said = _ISSUED_NUMBER.sub("", html.unescape(re.sub(r"<[^>]+>", " ", text)))
        for match in _PAIR.finditer(said):
            if "facilities" not in said[match.end() :][:14]:
                self.found.pairs.append((where, _number(match[1]), _number(match[2])))


def _pairs_of(held: Any) -> Iterator[tuple[int, int]]:
    """Numerator and denominator of each row of a JSON document."""
    for row in mappings_in(held):
        numbers = [row.get(part) for part in PARTS[:2]]
        if all(isinstance(one, int | float) for one in numbers):
            yield int(numbers[0]), int(numbers[1])


class ProgramReader(Reader):
    """The same account, as a program asks: by a token, for every resource of the question."""

    def _pages(self, asked: Mapping[str, str], area: str) -> None:
        for part in ("", "/trend", "/groups"):
            self._resource(f"/api/coverage{part}", _of(asked, *_OF_PART[part]), area if part else "")
        days = {name: asked[name] for name in ("from", "to") if name in asked}
        dimension = "crossing" if asked.get("by") == "crossing" else asked.get("place", "care")
        place = {"disease": asked["disease"], "place": dimension} | ({"area": area} if area else {})
        self.looks("/api/cascades?" + urlencode(place | days))
        self.looks("/api/curves?" + urlencode(place | days | {"step": asked.get("step", "month")}))

    def _files(self, asked: Mapping[str, str], area: str) -> None:
        self._pages(asked, area)

    def looks(self, path: str) -> None:
        """One resource: no number of people in it may be small, and each pair is written down."""
        answer = self.client.get(path)
        self.found.asked += 1
        if answer.status_code != 200:
            self.found.refused += 1
            return
        said = answer.get_json()
        self._read_text(path, json.dumps(said["about"]["notes"]))
        for row in [] if self.own else said["rows"]:
            if few := {name: row[name] for name in _PEOPLE if row.get(name) in range(1, 5)}:
                self.found.faults.append(f"{path}: {few} in {row}")
            for one, other in (("numerator", "denominator"), ("people", "among")):
                if row.get(one) is not None and row.get(other) is not None:
                    self.found.pairs.append((path, row[one], row[other]))

    def _resource(self, where: str, asked: Mapping[str, str], area: str) -> None:
        answer = self.client.get(where, query_string={**asked, "size": "5000"})
        if answer.status_code != 200:
            self.found.refused += 1
            return
        said = answer.get_json()
        question = {**asked, "code": area} if area else {**asked, "code": ""}
        for row in said["rows"]:
            groups = {"value": row["code"], "code": area} if where.endswith("/groups") else {}
            if row.get("issued") != "yes":
                self._own_row(where, {**asked, **row, **groups})
            elif groups:
                self._row(where, {**question, **row, **groups})
            else:
                self._row(where, {**question, **row})
        total, release = said["about"]["facts"]["total"], said["about"]["facts"]["release"]
        if not self.own and not where.endswith("/groups"):
            self._row(where, {**question, **total, "periods": release.get("periods", "")})
        self._read_text(where, json.dumps(said["about"]["notes"]))


#: Columns that count people.
_PEOPLE = (
    "numerator", "denominator", "unknown", "people", "among", "lost", "outside", "cases", "patients",
    "expected", "year_before", "waiting", "observed", "population", "arrived", "tested", "entered", "count",
)  # fmt: skip
_ASKED = ("disease", "by", "place", "measure", "from", "to", *AXES)
_OF_PART = {"": _ASKED, "/trend": (*_ASKED, "area", "step"), "/groups": (*_ASKED, "area")}


def _of(asked: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: asked[name] for name in names if name in asked}


def _without_reports(text: str) -> str:
    """Counts of facilities and of reports are no counts of people."""
    text = re.sub(r"1\. Who reported.*?2\. Alerts", "", text, flags=re.DOTALL)
    text = re.sub(r"Reports: \d[\d,]* of \d[\d,]* came", "", text)
    return re.sub(r'<section class="card" id="reports".*?</section>', "", text, flags=re.DOTALL)


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _periods(text: str) -> tuple[Period, ...]:
    found = (one.partition(":") for one in text.split())
    return tuple((kind, date.fromisoformat(first)) for kind, _, first in found)


def walk(
    reader: Reader,
    diseases: Sequence[str],
    days: Sequence[tuple[date, date]],
    areas: Mapping[str, Sequence[str]],
    *,
    every: bool | Every = False,
) -> Collected:
    """Ask for every view of every disease, over every n-th of the days in turn, or over `every` one.

    `every` may say of a disease, measure, kind of place, first and last day whether it is asked for anyhow.
    """
    views = list(product(diseases, VIEWS, MEASURES))
    steps = ("", "month", "quarter", "year", "week")
    for turn, (disease, (by, place), measure) in enumerate(views):
        dimension = "crossing" if by == "crossing" else place
        held = areas[dimension]
        for number, (start, end) in enumerate(days):
            anyhow = every(disease, measure, dimension, start, end) if callable(every) else every
            if not anyhow and (number + turn) % len(MEASURES):
                continue
            question = {"disease": disease, "by": by, "place": place, "measure": measure,
                        "from": start.isoformat(), "to": end.isoformat()}  # fmt: skip
            reader.asks(question, held[number % len(held)], steps[(number + turn) % len(steps)])
    for turn, (disease, axis) in enumerate(product(diseases, AXES)):
        value = {"sex": "male", "age": "15-49", "residence": "mobile", "movement": "returning,deported",
                 "activity": "forest"}[axis]  # fmt: skip
        start, end = days[turn % len(days)]
        reader.asks({"disease": disease, "by": "province", "place": "care", "measure": "testing",
                     "from": start.isoformat(), "to": end.isoformat(), axis: value})  # fmt: skip
    return reader.found


# --- what was published ------------------------------------------------------------------------


class Published:
    """The numbers of a release, from the bytes that were stored, by cell and period."""

    def __init__(self, sheets: Mapping[str, Iterable[Any]]) -> None:
        self.at: dict[tuple[Cell, Period], dict[str, int]] = {}
        self.periods: set[Period] = set()
        for disease, sheet in ((code, one) for code, held in sheets.items() for one in held):
            for (m, measure), (r, (place, value)), (c, period) in product(
                enumerate(sheet.measures), enumerate(sheet.rows), enumerate(sheet.columns)
            ):
                self.periods.add(period)
                if sheet.state[m, r, c] == 0:
                    cell = Cell(disease, measure, sheet.dimension, place, sheet.axis, value)
                    told = {part: int(getattr(sheet, part)[m, r, c]) for part in PARTS}
                    self.at[cell, period] = {part: number for part, number in told.items() if number >= 0}

    def tables(self) -> set[tuple[str, str, str, Period]]:
        """Disease, measure, kind of place and period of each table that holds a number, but for groups."""
        return {
            (cell.disease, cell.measure, cell.dimension, period) for cell, period in self.at if not cell.axis
        }

    def told(self) -> list[Told]:
        """Every number of the release, as if a reader had seen it."""
        return [Told("the release", cell, (period,), held) for (cell, period), held in self.at.items()]

    def wrong(self, collected: Collected) -> list[str]:
        """Numbers that are neither published nor a sum of what is."""
        found = []
        for one in collected.told:
            parts = [self.at.get((one.cell, period), {}) for period in one.periods]
            for part, number in one.numbers.items():
                said = [held.get(part) for held in parts]
                if not said or None in said or sum(said) != number:
                    found.append(f"{one.where}: {one.cell} {one.periods}: {part} {number}, published {said}")
        pairs = self._pairs
        found += [
            f"{where}: {one} of {other} is not published"
            for where, one, other in collected.pairs
            if (one, other) not in pairs
        ]
        return found

    @cached_property
    def _pairs(self) -> set[tuple[int, int]]:
        """Numerator and denominator of each published cell, over each run of periods of one kind, and of runs
        of months and quarters as they follow one another."""
        by_cell: dict[Cell, dict[Period, tuple[int, int]]] = {}
        for (cell, period), numbers in self.at.items():
            if "numerator" in numbers and "denominator" in numbers:
                pair = numbers["numerator"], numbers["denominator"]
                by_cell.setdefault(cell, {})[period] = pair
        found: set[tuple[int, int]] = set()
        for held in by_cell.values():
            begins: dict[date, list[tuple[date, tuple[int, int]]]] = {}
            for (kind, first), pair in held.items():
                after = period_last_day(first, kind) + timedelta(days=1)  # type: ignore[arg-type]
                begins.setdefault(first, []).append((after, pair))
            for first in begins:
                reach: dict[date, set[tuple[int, int]]] = {first: {(0, 0)}}
                for day in sorted({*begins, *(after for one in begins.values() for after, _ in one)}):
                    for after, pair in begins.get(day, ()):
                        sums = {(one + pair[0], other + pair[1]) for one, other in reach.get(day, ())}
                        reach.setdefault(after, set()).update(sums)
                        found |= sums
        return found
