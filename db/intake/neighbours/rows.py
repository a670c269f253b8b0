"""One row of a file of a neighbour: an area, how many live there, or how many cases a period had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from db.intake.cleaning.versioned_rows import RowReader, unquoted
from db.intake.files.readers import Row
from db.intake.neighbours.columns import AREAS, COUNTRIES, COUNTS, POPULATION, area_code
from db.intake.neighbours.periods import PeriodReader, step_of
from db.intake.values.codes import clean_text
from db.intake.values.digits import plain
from db.intake.values.identifiers import is_damaged
from db.intake.values.reasons import Reason
from surveillance.calendar.buddhist_era import AHEAD
from surveillance.diseases import DISEASES, disease_lookup
from surveillance.sameness import same
from surveillance.texts import N_
from surveillance.vocabulary import normalise, parse_yes_no

PROVINCE, DISTRICT = "province", "district"
_LEVELS = {
    **dict.fromkeys(map(same, ("province", "adm1", "1", "changwat", "ខេត្ត")), PROVINCE),
    **dict.fromkeys(map(same, ("district", "adm2", "2", "amphoe", "ស្រុក")), DISTRICT),
}
#: Where areas of Thailand, Laos and Viet Nam lie: south, north, west, east.
BOX = (5.0, 24.0, 97.0, 110.5)
#: First year of a figure, and from where on a year that stands alone is of the Buddhist era.
_FIRST_YEAR, _AHEAD_OF_TODAY, _BUDDHIST = 1950, 50, 2400
#: More people, or cases of a month, no area has.
_MOST_PEOPLE, _MOST_CASES = 100_000_000, 10_000_000
_LONGEST_NAME, _LONGEST_LICENCE = 120, 300
_WHOLE = re.compile(r"\d{1,3}(?:[ ,]\d{3})+(?:\.0+)?|\d{1,9}(?:\.0+)?")
_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d+)?")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?) ?(%)?")
_YEAR = re.compile(r"(\d{4})(?:\.0+)?")
#: A year of the Buddhist era in a week, a month or a day; no day's number of a spreadsheet.
_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[4-9]\d\d(?!\d)|(?<!\d)2[4-9]\d\d(?=(?:0[1-9]|1[0-2])(?!\d))")
_FAULTS = {
    "blank": N_("{field}: is blank"),
    "step": N_("{field}: '{text}' could be a week or a month: say which in the column step"),
    "first": N_("{field}: '{text}' is no first day: weeks begin on Monday, and months on the first"),
    "unread": N_("{field}: '{text}' is no week or month; write 2025W07, or 2025-03"),
    "year": N_("{field}: '{text}' can lie in two Cambodian years; write the year of the common era"),
    "other": N_("{field}: '{text}' is not what the column step says"),
}


@dataclass(frozen=True)
class Given:
    """What is said of rows that do not say it. `disease`: its code; `published`: by its source."""

    source: str = ""
    licence: str = ""
    disease: str = ""
    published: bool = False


@dataclass(frozen=True)
class Entry:
    """One row as it will be stored; its key and what it says are in the order of the table's columns."""

    row: Row
    kind: str
    key: tuple[Any, ...]
    content: tuple[Any, ...]
    withdrawn: bool = False

    @property
    def source(self) -> str:
        """Who says so."""
        return str(self.content[-2])


@dataclass
class _Row(RowReader):
    """What rows of all kinds have. `levels`: areas that are held, or stand in the same file."""

    given: Given
    levels: Mapping[str, str]
    used: frozenset[str]
    today: date
    buddhist: bool = field(default=False, kw_only=True)

    def said_by(self) -> tuple[str, str]:
        """Source and licence."""
        return self.source(), self.text("licence", _LONGEST_LICENCE) or self.given.licence

    def text(self, name: str, longest: int) -> str:
        """A text, as it was before our own files made it harmless for a spreadsheet."""
        return clean_text(unquoted(self.cell(name)), longest)

    def code(self, name: str = "area") -> str | None:
        """The code of an area; None where it is blank or wrong, which is said."""
        text = self.cell(name)
        if not text:
            if name == "area":
                self.say(N_("{field}: is blank"), name)
            return None
        country = self.country()
        code = None if is_damaged(text) else area_code(text, country)
        if code is None or code[:2] not in COUNTRIES:
            self.say(
                N_(
                    "{field}: '{text}' is no area of Thailand, Viet Nam or Laos; write its code with the "
                    "country's letters, such as TH-27"
                ),
                name,
                text=self.seen(name),
            )
            return None
        return code

    def country(self) -> str | None:
        """The country that the row names; None where it names none."""
        text = self.cell("country")
        if not text:
            return None
        code = _COUNTRIES.get(same(text))
        if code is None and "country" not in {reason.values.get("field") for reason in self.reasons}:
            self.say(
                N_("{field}: '{text}' is none of {known}"), "country", text=self.seen("country"),
                known=", ".join(COUNTRIES),
            )  # fmt: skip
        return code

    def held(self) -> str | None:
        """The code of an area that is held."""
        code = self.code()
        if code is not None and code not in self.levels:
            self.say(
                N_("{field}: {text} is no area that is held; import a file of areas with it first"),
                "area",
                text=code,
            )
            return None
        return code

    def whole(self, name: str, most: int) -> int | None:
        """A whole number from 0 on."""
        text = self.cell(name)
        if not text:
            of_cases = N_("{field}: is blank; write 0 where there was none; leave out what is not known")
            self.say(of_cases if name == "cases" else N_("{field}: is blank"), name)
            return None
        folded = plain(text)
        if is_damaged(text) or not _WHOLE.fullmatch(folded):
            self.say(N_("{field}: '{text}' is no whole number of 0 or more"), name, text=self.seen(name))
            return None
        value = int(float(re.sub(r"[ ,]", "", folded)))
        if value > most:
            self.say(N_("{field}: '{text}' is more than there can be"), name, text=self.seen(name))
        return value


@dataclass
class AreaRow(_Row):
    """Reads an area."""

    def named(self) -> tuple[str | None, str | None]:
        """Code and level as the row has them; nothing is said of what is wrong."""
        quiet = AreaRow(
            self.row, self.places, self.default_source, self.given, self.levels, self.used, self.today
        )
        code = quiet.code()
        return code, None if quiet.withdrawn() else _LEVELS.get(same(self.cell("level")))

    def entry(self) -> Entry | None:
        """The area; None where something is wrong."""
        withdrawn, code = self.withdrawn(), self.code()
        if withdrawn:
            if code in self.used:
                self.say(
                    N_("{field}: {text} has districts, figures or counts: take these back first"),
                    "area",
                    text=code,
                )
            return None if code is None or self.reasons else Entry(
                self.row, AREAS, (code,), ("", "", "", "", "", None, None, "", ""), True
            )  # fmt: skip
        level = self._level()
        parent = self._parent(code, level)
        names = [self.text(f"name_{one}", _LONGEST_NAME) for one in ("en", "km", "local")]
        if not names[0]:
            self.say(N_("{field}: is blank"), "name_en")
        latitude, longitude = self._point()
        if self.reasons or code is None or level is None:
            return None
        content = (level, parent, *names, latitude, longitude, *self.said_by())
        return Entry(self.row, AREAS, (code,), content)

    def _level(self) -> str | None:
        level = _LEVELS.get(same(self.cell("level")))
        if level is None:
            self.say(N_("{field}: '{text}' is none of {known}"), "level", text=self.seen("level"),
                     known=f"{PROVINCE}, {DISTRICT}")  # fmt: skip
        return level

    def _parent(self, code: str | None, level: str | None) -> str:
        parent = self.code("parent") if self.cell("parent") else None
        if level == PROVINCE:
            return ""  # a province is of its country, whatever a file calls that
        if level == DISTRICT and parent is None and not self.cell("parent"):
            self.say(N_("{field}: is blank; name the province of a district by its code"), "parent")
        elif parent is not None and code is not None and parent[:2] != code[:2]:
            self.say(N_("{field}: {text} lies in another country"), "parent", text=parent)
        elif parent is not None and self.levels.get(parent) != PROVINCE:
            self.say(
                N_("{field}: {text} is no province that is held, or in this file"), "parent", text=parent
            )
        return parent or ""

    def _point(self) -> tuple[float | None, float | None]:
        texts = [plain(self.cell(name)) for name in ("latitude", "longitude")]
        if not any(texts):
            return None, None
        if not all(_DEGREES.fullmatch(text) for text in texts):
            self.say(N_("{field}: latitude and longitude are two numbers of degrees; write both, or none"),
                     "latitude")  # fmt: skip
            return None, None
        latitude, longitude = map(float, texts)
        south, north, west, east = BOX
        if not (south <= latitude <= north and west <= longitude <= east):
            self.say(
                N_("{field}: {point} lies not in Thailand, Viet Nam or Laos; latitude comes first"),
                "latitude",
                point=f"{latitude:g}, {longitude:g}",
            )
        return latitude, longitude


@dataclass
class PopulationRow(_Row):
    """Reads how many live in an area."""

    def entry(self) -> Entry | None:
        """The figure; None where something is wrong."""
        withdrawn, code, year = self.withdrawn(), self.held(), self._year()
        people = 0 if withdrawn else self.whole("population", _MOST_PEOPLE)
        if self.reasons or code is None or year is None or people is None:
            return None
        return Entry(self.row, POPULATION, (code, year), (people, *self.said_by()), withdrawn)

    def _year(self) -> int | None:
        match = _YEAR.fullmatch(plain(self.cell("year")))
        year = int(match[1]) if match else 0
        self.buddhist = year >= _BUDDHIST
        year -= AHEAD if self.buddhist else 0
        last = self.today.year + _AHEAD_OF_TODAY
        if not _FIRST_YEAR <= year <= last:
            self.say(
                N_("{field}: '{text}' is no year from {first} to {last}, nor one of the Buddhist era"),
                "year", text=self.seen("year"), first=_FIRST_YEAR, last=last,
            )  # fmt: skip
            return None
        return year


@dataclass
class CountRow(_Row):
    """Reads how many cases an area had in a week or month."""

    periods: PeriodReader

    def entry(self) -> Entry | None:
        """The count; None where something is wrong."""
        withdrawn, code, disease = self.withdrawn(), self.held(), self._disease()
        step, starts = self._period()
        cases = 0 if withdrawn else self.whole("cases", _MOST_CASES)
        reported, published = self._reported(), self._published()
        if code is not None and disease and DISEASES[disease].sensitive and self.levels[code] == DISTRICT:
            self.say(
                N_("{field}: counts of HIV and syphilis are not kept by district: it could harm people"),
                "disease",
            )
        if self.reasons or code is None or cases is None:
            return None
        content = (cases, reported, published, *self.said_by())
        return Entry(self.row, COUNTS, (code, disease, step, starts), content, withdrawn)

    def _disease(self) -> str:
        text = self.cell("disease")
        code = _DISEASES.get(normalise(text)) if text else self.given.disease
        if not code:
            said = N_("{field}: '{text}' is no disease that is under surveillance here")
            self.say(said if text else N_("{field}: is blank"), "disease", text=self.seen("disease"))
        return code or ""

    def _period(self) -> tuple[str, str]:
        said = self.cell("step")
        step = step_of(said) if said else None
        if said and step is None:
            self.say(N_("{field}: '{text}' is none of {known}"), "step", text=self.seen("step"),
                     known="week, month")  # fmt: skip
            return "", ""
        found = self.periods.read(self.cell("period"), self.row.number, step)
        self.buddhist = _BUDDHIST_YEAR.search(plain(self.cell("period"))) is not None
        if isinstance(found, str):
            self.say(_FAULTS[found], "period", text=self.seen("period"))
            return "", ""
        if found.first > self.today:
            self.say(N_("{field}: {text} has not come yet; import it when it has"), "period",
                     text=self.seen("period"))  # fmt: skip
        return found.step, found.first.isoformat()

    def _reported(self) -> float | None:
        text = plain(self.cell("reported"))
        if not text:
            return None
        match = _SHARE.fullmatch(text)
        share = float(match[1]) / (100 if match[2] else 1) if match else -1.0
        if not 0 <= share <= 1:
            self.say(N_("{field}: '{text}' is no share; write 0.85, or 85%"), "reported",
                     text=self.seen("reported"))  # fmt: skip
            return None
        return share

    def _published(self) -> bool:
        try:
            said = parse_yes_no(self.cell("published"))
        except ValueError:
            advice = Reason("write yes or no, or leave it blank")
            self.say(N_("{field}: '{text}' cannot be read; {advice}"), "published",
                     text=self.seen("published"), advice=advice)  # fmt: skip
            return False
        return self.given.published if said is None else said


_DISEASES = disease_lookup()
_COUNTRIES = {
    same(word): code
    for code, words in {
        "TH": ("TH", "THA", "Thailand", "ថៃ"),
        "VN": ("VN", "VNM", "Vietnam", "Viet Nam", "វៀតណាម"),
        "LA": ("LA", "LAO", "Laos", "Lao PDR", "Lao People's Democratic Republic", "ឡាវ"),
    }.items()
    for word in words
}
