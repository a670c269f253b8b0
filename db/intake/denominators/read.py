"""Reading a file of population figures: each row is a figure, or goes back with every reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from db.intake.cleaning.line_list import Rejected
from db.intake.cleaning.versioned_rows import RowReader, entries_of, ignored
from db.intake.denominators.columns import KNOWN, REQUIRED, STATUS, places_of
from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.readers import Row, Table, read_table
from db.intake.values.digits import plain
from db.intake.values.identifiers import is_damaged
from db.intake.values.reasons import Reason
from surveillance.calendar.buddhist_era import AHEAD
from surveillance.denominators import ages
from surveillance.denominators.kinds import GRADES, KINDS, Kind, interval_needed, may_stand
from surveillance.errors import UnreadableFileError
from surveillance.sameness import same
from surveillance.texts import N_
from surveillance.vocabulary import SEX, UNKNOWN, lookup, normalise

#: First year of a figure; and how many years after the import the last one may lie.
FIRST_YEAR, AHEAD_OF_TODAY = 1950, 50
#: No figure of the country is larger: whatever is, is a sum of money or a telephone number.
LARGEST = 1e9
#: A year of the Buddhist era where it stands alone: 543 ahead, as everywhere.
_BUDDHIST = 2400
_YEAR = re.compile(r"(\d{4})(?:[.,]0+)?")
_GROUPED = re.compile(r"\d{1,3}(?:([ ,'’])\d{3})(?:\1\d{3})*(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LOOKS_LIKE_A_DAY = re.compile(
    r"\d{1,2}[- ]?[a-z]{3,9}|[a-z]{3,9}[- ]?\d{1,2}|\d{4}-\d\d-\d\d.*", re.IGNORECASE
)
_BOTH = frozenset(
    map(same, ("", "all", "both", "both sexes", "total", "t", "m+f", "f+m", "សរុប", "ទាំងពីរ", "ទាំងពីរភេទ"))
)
_GRADE_WORDS = {
    "census": ("census", "ជំរឿន"),
    "projection": ("projection", "projected", "ការព្យាករ", "ការព្យាករណ៍"),
    "estimate": ("estimate", "estimated", "model", "modelled", "ការប៉ាន់ស្មាន", "ប៉ាន់ស្មាន"),
    "other": ("other", "ផ្សេងទៀត", "ផ្សេងៗ"),
}
_GRADES = {same(word): code for code, words in _GRADE_WORDS.items() for word in words}
_SEXES = {text: code for text, code in lookup(SEX).items() if code != UNKNOWN}


@dataclass(frozen=True)
class Area:
    """A place that a figure may stand for, and its level (`surveillance.denominators.kinds.LEVELS`)."""

    code: str
    level: str


#: The area that a text names; else why it names none.
_SAME = N_(
    "row {row} of this file says something else of the same area, year, sex, age and kind: keep one of them"
)
FindArea = Callable[[str], Area | Reason]


@dataclass(frozen=True)
class Figure:
    """One figure as it will be stored. Blank sex or age: all. `withdrawn`: taken back, without a value."""

    row: Row
    kind: str
    area: str
    level: str
    year: int
    sex: str
    age: str
    value: float
    lower: float | None
    upper: float | None
    source: str
    grade: str
    withdrawn: bool = False

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        """What tells it from other figures."""
        return self.kind, self.area, self.year, self.sex, self.age

    @property
    def content(self) -> tuple[float, float | None, float | None, str, str]:
        """What it says."""
        return self.value, self.lower, self.upper, self.source, self.grade


@dataclass
class Figures:
    """What a file holds."""

    table: Table
    figures: list[Figure] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0
    #: Columns that were not read, as their sender wrote them.
    ignored: list[str] = field(default_factory=list)
    #: Rows whose year was of the Buddhist era: how many, and the first.
    buddhist: list[int] = field(default_factory=list)
    #: Rows without a source.
    without_source: list[int] = field(default_factory=list)


def read_figures(
    path: Path,
    find_area: FindArea,
    this_year: int,
    *,
    source: str = "",
    limits: Limits = DEFAULT,
    sheet: str | None = None,
) -> Figures:
    """Read a CSV or workbook of population figures.

    Parameters
    ----------
    this_year : int
        Year of the import.
    source : str
        Who says so, of rows that do not name it.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or lacks area, year or population.
    """
    table = read_table(path, KNOWN, limits=limits, sheet=sheet)
    places = places_of(table.header)
    needed = ("area", "year") if STATUS in places else REQUIRED
    if missing := [name for name in needed if name not in places]:
        raise UnreadableFileError(
            "{file}: the header lacks {columns}: name the columns area, year and population",
            file=path.name,
            columns=", ".join(missing),
        )
    found = Figures(table)
    found.ignored = ignored(table, places)
    rows = [row for chunk in table.chunks for row in chunk]
    found.rows, buddhist = len(rows), set()

    def read(row: Row) -> tuple[Figure | None, list[Reason]]:
        reader = _RowReader(row, places, source, find_area, this_year)
        figure = reader.figure()
        if reader.buddhist:
            buddhist.add(row.number)
        return figure, reader.reasons

    found.figures = entries_of(found, rows, read, _SAME)
    found.buddhist = [one.row.number for one in found.figures if one.row.number in buddhist]
    return found


@dataclass
class _RowReader(RowReader):
    """Reads one row of figures."""

    find_area: FindArea
    this_year: int
    buddhist: bool = False

    def figure(self) -> Figure | None:
        """The figure; None where something is wrong."""
        kind, area, year = self._kind(), self._area(), self._year()
        sex, age = self._sex(), self._age()
        withdrawn = self.withdrawn()
        value = 0.0 if withdrawn else self._value("population", kind)
        lower, upper = (None, None) if withdrawn else self._limits(kind)
        grade = self._grade()
        if kind is not None and area is not None and not withdrawn:
            self._check_level(kind, area, lower, upper)
        if value is not None and lower is not None and upper is not None and not lower <= value <= upper:
            self.say(
                N_("{field}: {value} does not lie between its limits {lower} and {upper}"),
                "population",
                value=_written(value),
                lower=_written(lower),
                upper=_written(upper),
            )
        if self.reasons or kind is None or area is None or year is None or value is None:
            return None
        return Figure(
            self.row,
            kind.code,
            area.code,
            area.level,
            year,
            sex or "",
            age or "",
            value,
            lower,
            upper,
            self.source(),
            grade,
            withdrawn,
        )

    def _kind(self) -> Kind | None:
        text = self.cell("kind")
        if not text:
            return KINDS["population"]
        code = KIND_WORDS.get(normalise(text))
        if code is None:
            self.say(
                N_("{field}: '{text}' is none of {known}"),
                "kind",
                text=self.seen("kind"),
                known=", ".join(KINDS),
            )
            return None
        return KINDS[code]

    def _area(self) -> Area | None:
        text = self.cell("area")
        if not text:
            self.say(N_("{field}: is blank"), "area")
            return None
        found = self.find_area(text)
        if isinstance(found, Reason):
            self.reasons.append(found)
            return None
        return found

    def _year(self) -> int | None:
        text = self.cell("year")
        if not text:
            self.say(N_("{field}: is blank"), "year")
            return None
        match = _YEAR.fullmatch(plain(text))
        year = int(match[1]) if match else 0
        self.buddhist = year >= _BUDDHIST
        year -= AHEAD if self.buddhist else 0
        last = self.this_year + AHEAD_OF_TODAY
        if not FIRST_YEAR <= year <= last:
            self.say(
                N_("{field}: '{text}' is no year from {first} to {last}, nor one of the Buddhist era"),
                "year",
                text=self.seen("year"),
                first=FIRST_YEAR,
                last=last,
            )
            return None
        return year

    def _sex(self) -> str | None:
        text = self.cell("sex")
        if same(text) in _BOTH:
            return None
        code = _SEXES.get(normalise(text))
        if code is None:
            self.say(
                N_("{field}: '{text}' is no sex; write female or male, or leave it blank for both"),
                "sex",
                text=self.seen("sex"),
            )
        return code

    def _age(self) -> str | None:
        text = self.cell("age")
        try:
            return ages.code_of(ages.read_range(text))
        except ValueError:
            if _LOOKS_LIKE_A_DAY.fullmatch(text):
                said = N_(
                    "{field}: '{text}' is a day: a spreadsheet takes ages such as 5-14 for one; make the "
                    "column text, and write them again"
                )
            else:
                said = N_(
                    "{field}: '{text}' is no range of ages; write 5-14 or 65+, or leave it blank for all ages"
                )
            self.say(said, "age", text=self.seen("age"))
            return None

    def _grade(self) -> str:
        text = self.cell("grade")
        code = _GRADES.get(same(text)) if text else "other"
        if code is None:
            self.say(
                N_("{field}: '{text}' is none of {known}"),
                "grade",
                text=self.seen("grade"),
                known=", ".join(GRADES),
            )
        return code or "other"

    def _limits(self, kind: Kind | None) -> tuple[float | None, float | None]:
        lower, upper = (self._value(name, kind) if self.cell(name) else None for name in ("lower", "upper"))
        given = [bool(self.cell(name)) for name in ("lower", "upper")]
        if any(given) and not all(given):
            self.say(
                N_("{field}: an interval has two limits; give both, or none"),
                "lower" if given[1] else "upper",
            )
        elif lower is not None and upper is not None and lower > upper:
            self.say(N_("{field}: lies above the upper limit"), "lower")
        return lower, upper

    def _check_level(self, kind: Kind, area: Area, lower: float | None, upper: float | None) -> None:
        if not may_stand(kind, area.level):
            self.say(
                N_("{field}: figures of the kind {kind} are not taken below the level of {level}"),
                "area",
                kind=kind.code,
                level=kind.lowest,
            )
        elif interval_needed(kind, area.level) and (lower is None or upper is None):
            self.say(
                N_(
                    "{field}: below the country {kind} is taken only as an estimate made for the area, with "
                    "its lower and upper limit; a national rate times the population is none"
                ),
                "lower",
                kind=kind.code,
            )

    def _value(self, name: str, kind: Kind | None) -> float | None:
        text = self.cell(name)
        if not text:
            self.say(N_("{field}: is blank"), name)
            return None
        folded = plain(text)
        seen = self.seen(name)
        if is_damaged(text):
            self.say(
                N_("{field}: '{text}' is written short, and digits may be lost: write it in full"),
                name,
                text=seen,
            )
            return None
        if _GROUPED.fullmatch(folded):
            folded = re.sub(r"[ ,'’]", "", folded)
            folded = folded.replace(".", "") if folded.count(".") > 1 else folded
        if not _NUMBER.fullmatch(folded):
            self.say(
                N_("{field}: '{text}' is no number; write digits alone, such as 861883"), name, text=seen
            )
            return None
        value = float(folded)
        if value < 0:
            self.say(N_("{field}: '{text}' is less than zero"), name, text=seen)
        elif value > LARGEST:
            self.say(N_("{field}: '{text}' is more than there can be"), name, text=seen)
        elif name == "population" and kind is not None and kind.unit == "people" and not value.is_integer():
            self.say(
                N_("{field}: '{text}' is no whole number of people; write it without a sign for thousands"),
                name,
                text=seen,
            )
        else:
            return value
        return None


def _kind_words() -> dict[str, str]:
    """Every spelling of each kind."""
    found = {}
    for code, kind in KINDS.items():
        for spelling in (code, kind.name, *kind.aliases):
            found[normalise(spelling)] = code
    return found


KIND_WORDS = _kind_words()


def _written(value: float) -> str:
    return f"{value:g}" if not value.is_integer() else str(int(value))
