"""Cluster detection on a person's own files: no database, no key, and nothing is kept of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.exports.clusters import ClusterExport, Run
from dashboard.exports.inputs import Inputs
from dashboard.services.own_files.days import NO_DAY, Declared, far_days, named_rows
from dashboard.services.own_files.people import places_without_row, without_row
from dashboard.services.own_files.positions import check_positions
from dashboard.services.own_files.sheets import Sheet, read_sheet
from db.intake.values.codes import visible
from db.intake.values.identifiers import in_one_form, shown
from surveillance.errors import StatisticsError, UnreadableFileError, UsageError

if TYPE_CHECKING:
    from surveillance.scan import ScanResult

__all__ = [
    "Declared", "ScanFiles", "Sheet", "detect", "in_file_rows", "make_export", "named_rows", "read_files",
    "read_population",
]  # fmt: skip

#: Columns by which a file is recognised, besides its covariates.
COLUMNS = {
    "cases": ("location", "count", "date", "tested"),
    "locations": ("location", "latitude", "longitude", "x", "y", "population", "name"),
    "population": ("location", "population", "date"),
    "neighbours": ("centre", "location"),
    "network": ("from", "to", "distance"),
    "relative_risks": ("location", "from", "to", "relative_risk"),
    "silences": ("location", "from", "to"),
    "flows": ("from", "to", "people"),
}
#: Columns of codes of locations.
_CODES = ("location", "centre", "from", "to")
#: Columns of days, besides `date`, by what a file holds.
_DAYS = {"relative_risks": ("from", "to"), "silences": ("from", "to")}
#: A covariate that is made from the date, unless the cases have a column of this name.
WEEKDAY = "weekday"
Progress = Callable[[int, int], None]
#: How the engine's messages begin, and the rows they name: rows of data, the first below the header being 1.
_SAID = re.compile(
    r"(?:data set (?P<set>\d+): )?"
    r"(?P<table>cases|locations|population|neighbours|network|relative_risks|silent|flows)"
    r"(?: of (?P<centre>.+?))?"
    r"(?:, (?P<word>rows?) (?P<rows>\d+(?:, \d+)*))?(?=:| and \d+ more:| has | is | needs )"
)

#: What the engine says of a value that it cannot take; it may say how many rows more there are.
_NO_VALUE = re.compile(r"(?: and \d+ more)?: (?P<column>\w+) is empty or not a (?:number|date)\b")


@dataclass(frozen=True)
class ScanFiles:
    """The files of one scan."""

    cases: Sheet
    locations: Sheet
    population: Sheet | None = None
    neighbours: Sheet | None = None
    network: Sheet | None = None
    relative_risks: Sheet | None = None
    silences: Sheet | None = None
    flows: Sheet | None = None
    more_cases: tuple[Sheet, ...] = ()

    def given(self) -> dict[str, Sheet]:
        """The files there are, by what they hold."""
        found = {name: sheet for name, sheet in vars(self).items() if isinstance(sheet, Sheet)}
        return found | {f"cases {number}": sheet for number, sheet in enumerate(self.more_cases, 2)}

    def sets(self) -> tuple[Sheet, ...]:
        """The files of cases: one for each data set."""
        return (self.cases, *self.more_cases)

    def default_model(self) -> str:
        """The model that suits the columns.

        Raises
        ------
        UsageError
            None does.
        """
        if self.cases.has("tested"):
            return "bernoulli"
        if self.locations.has("population") or self.population is not None:
            return "poisson"
        if self.cases.has("date"):
            return "space-time-permutation"
        raise UsageError(
            f"no model suits these files: add tested or date to {self.cases.path.name}, or population to "
            f"{self.locations.path.name}"
        )

    def far_days(self) -> list[dict[str, Any]]:
        """Days of the cases that lie far from all others, each with its rows: perhaps a wrong year."""
        found = []
        for sheet in filter(lambda one: one.has("date"), self.sets()):
            days = sheet.frame["date"].tolist()
            rows = list(zip(days, sheet.numbers, strict=True))
            found += [
                {"day": far, "rows": [n for day, n in rows if day == far]}
                | ({"file": sheet.path.name} if self.more_cases else {})
                for far in far_days(days)
            ]
        return found

    def days_without_cases(self, end: date, today: date) -> int:
        """Days at the end of a period that hold no case; a prospective scan finds nothing in them.

        Raises
        ------
        UsageError
            The period ends after today.
        """
        if end > today:
            raise UsageError(f"--to {end} lies after today ({today}); nothing is known of days to come")
        if not self.cases.has("date"):
            return 0
        sheets = [sheet for sheet in self.sets() if sheet.has("date")]
        known = [day for sheet in sheets for day in sheet.frame["date"].dropna() if day != NO_DAY]
        return max(0, (end - date.fromisoformat(max(known))).days) if known else 0

    def why_not_on_a_map(self) -> str | None:
        """Why GeoJSON and GeoPackage cannot be written; None where they can."""
        if self.locations.has("latitude", "longitude"):
            return None
        have = "x and y" if self.locations.has("x", "y") else "no positions"
        return f"{self.locations.path.name} has {have}, and these files hold latitudes and longitudes"


def read_files(
    cases: Path | Sequence[Path],
    locations: Path,
    population: Path | None = None,
    neighbours: Path | None = None,
    network: Path | None = None,
    relative_risks: Path | None = None,
    silences: Path | None = None,
    flows: Path | None = None,
    covariates: tuple[str, ...] = (),
    declared: Declared | None = None,
) -> ScanFiles:
    """Read CSV (UTF-8; comma, semicolon, tab or bar) or XLSX files.

    Parameters
    ----------
    declared : Declared, optional
        What is said of how they write days.

    Raises
    ------
    UnreadableFileError
        A file cannot be read, or a row has more cells than the header; or its days can be read in two ways.
    StatisticsError
        A day lies after today, stands for none, or is not in the order that was declared.
    """
    sets = [cases] if isinstance(cases, Path) else list(cases)
    paths = {
        "cases": sets[0], "locations": locations, "population": population, "neighbours": neighbours,
        "network": network, "relative_risks": relative_risks, "silences": silences,
        "flows": flows,
    } | {f"cases {number}": path for number, path in enumerate(sets[1:], 2)}  # fmt: skip
    sheets = {
        name: _read(path, name.split()[0], covariates, declared)
        for name, path in paths.items()
        if path is not None
    }
    more = [name for name in sheets if name.startswith("cases ")]
    _in_one_form(sheets, covariates)
    for name in ("cases", *more):
        held = sheets[name].frame
        if WEEKDAY in covariates and WEEKDAY not in held and "date" in held:
            days = pd.to_datetime(held["date"], errors="coerce", format="ISO8601")
            held[WEEKDAY] = days.dt.day_name()
    further = tuple(sheets.pop(name) for name in more)
    return ScanFiles(**sheets, more_cases=further)


def _in_one_form(sheets: Mapping[str, Sheet], covariates: tuple[str, ...]) -> None:
    """Write every code of a location, and every value of a covariate, as the first file that has it does.

    101 and 101.0 are one code, and so are texts that look the same; case, and zeros in front, tell apart.

    Raises
    ------
    UnreadableFileError
        A code is a number that a spreadsheet shortened.
    """
    known: dict[str, dict[str, str]] = {}
    for name in sorted(sheets, key=lambda name: (name != "locations", list(sheets).index(name))):
        _write_alike(sheets[name], covariates, known, _DAYS.get(name, ()))


def _write_alike(
    sheet: Sheet, covariates: tuple[str, ...], known: dict[str, dict[str, str]], days: Sequence[str] = ()
) -> None:
    for column in (*_CODES, *covariates):
        if not sheet.has(column) or column in days:
            continue
        spelled = known.setdefault("location" if column in _CODES else column, {})
        written: dict[str, str] = {}
        for text in dict.fromkeys(filter(None, sheet.frame[column])):
            form = in_one_form(text)
            if form is None and column in _CODES:
                rows = [n for n, cell in zip(sheet.numbers, sheet.frame[column], strict=True) if cell == text]
                raise UnreadableFileError(
                    f"{sheet.path.name}, row {rows[0]}: {column} '{text}' is a number that a spreadsheet "
                    f"cut off ({len(rows)} rows); write it in full, as text"
                )
            written[text] = spelled.setdefault(form or text, shown(text))
        sheet.frame[column] = [written.get(text, text) for text in sheet.frame[column]]


def read_population(path: Path, covariates: tuple[str, ...] = (), declared: Declared | None = None) -> Sheet:
    """Read a table of people for a scan of other data: `location[,date][,covariates],population`.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or a row has more cells than the header; or its days can be read in two ways.
    StatisticsError
        A day stands for none, or is not in the order that was declared.
    """
    sheet = _read(path, "population", covariates, declared)
    _write_alike(sheet, covariates, {})
    return sheet


def read_ways(path: Path, name: str) -> Sheet:
    """Read a table of roads (`network`) or of people who went (`flows`) for a scan of other data.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or a row has more cells than the header.
    StatisticsError
        A column is missing.
    """
    sheet = _read(path, name, (), None)
    if not sheet.has(*COLUMNS[name]):
        raise StatisticsError(f"{path.name} needs the columns {', '.join(COLUMNS[name])}")
    _write_alike(sheet, (), {})
    return sheet


def _read(path: Path, name: str, covariates: tuple[str, ...], declared: Declared | None) -> Sheet:
    return read_sheet(
        path, COLUMNS[name], declared, texts=covariates, people=name == "population",
        days=_DAYS.get(name, ("date",)),
    )  # fmt: skip


def detect(files: ScanFiles, arguments: Mapping[str, Any], progress: Progress | None = None) -> ScanResult:
    """Run the scan that `arguments` (of `surveillance.scan.scan`) ask for.

    Raises
    ------
    StatisticsError
        The files cannot be scanned; names the file and its rows, the header being row 1.
    """
    from surveillance.scan import scan  # noqa: PLC0415 - loads Numba, a second or two
    from surveillance.scan.problem.inputs import need_columns  # noqa: PLC0415

    given = files.given()
    more: dict[str, Any] = {
        name: given[name].frame
        for name in ("population", "neighbours", "network", "relative_risks", "flows")
        if name in given
    }
    if files.silences is not None:
        more["silent"] = _silent(files.silences)
    sets = [sheet.frame for sheet in files.sets()]
    nearness = (files.neighbours, files.network, files.flows)
    if all(sheet is None for sheet in nearness) and not arguments.get("purely_temporal"):
        _check_positions(files)
    try:
        for number, frame in enumerate(sets, 1):
            name = "cases" if len(sets) == 1 else f"data set {number}: cases"
            need_columns(frame, name, ("location", "count"))  # a misspelt one is not one case a row
        result = scan(sets, files.locations.frame, **more, **arguments, progress=progress)
    except StatisticsError as error:
        raise StatisticsError(in_file_rows(str(error), files)) from error
    if far := files.far_days():
        result.parameters["far_days"] = far
    if result.parameters["model"] == "poisson":
        result.parameters.update(
            places_without_row(files.locations.frame["location"], more.get("population"))
        )
    return result


def _silent(sheet: Sheet) -> pd.DataFrame:
    """Times without a report, as the engine takes them.

    Raises
    ------
    StatisticsError
        A column is missing.
    """
    if not sheet.has("location", "from", "to"):
        raise StatisticsError(f"{sheet.path.name} needs the columns location, from and to")
    return sheet.frame[["location", "from", "to"]].rename(columns={"from": "start", "to": "end"})


def _check_positions(files: ScanFiles) -> None:
    sheet, cases = files.locations, files.cases
    if not (sheet.has("location", "latitude", "longitude") and cases.has("location", "count")):
        return  # the engine says what is missing
    counts = pd.to_numeric(cases.frame["count"], errors="coerce").fillna(0)
    held = {str(place): int(n) for place, n in counts.groupby(cases.frame["location"]).sum().items()}
    points = list(zip(sheet.frame["latitude"], sheet.frame["longitude"], strict=True))
    check_positions(sheet.path.name, sheet.frame["location"].tolist(), points, sheet.numbers, held)


def in_file_rows(message: str, files: ScanFiles) -> str:
    """A message of the engine, with the file's name and with its rows as a spreadsheet numbers them."""
    found = _SAID.match(message)
    given = {"population": files.locations} | files.given()  # where no file has it, the locations do
    table = found["table"] if found else ""
    table = "silences" if table == "silent" else table
    if found and table == "cases" and int(found["set"] or 1) > 1:
        table = f"cases {found['set']}"
    sheet = given.get(table)
    if found is None or sheet is None:
        return message
    name = sheet.path.name
    numbers = sheet.numbers
    if found["centre"] is not None:
        name = f"{name}, centre {found['centre']}"
        numbers = _rows_of_centre(sheet, found["centre"])
    if found["rows"] is None:
        return name + message[found.end() :]
    at = [int(row) - 1 for row in found["rows"].split(", ")]
    rows = ", ".join(str(numbers[place]) for place in at)
    said = message[found.end() :]
    if found["centre"] is None:
        said = _with_value(said, sheet, at[0])
    return f"{name}, {found['word']} {rows}{said}"


def _with_value(said: str, sheet: Sheet, at: int) -> str:
    """A fault of the engine with what stands in the first faulty row."""
    match = _NO_VALUE.match(said)
    column = sheet.written.get(match["column"]) if match else None
    if match is None or column is None:
        return said
    text = visible(column[at] or "", 40)
    shown = f"'{text}' in row {sheet.numbers[at]}" if text else f"row {sheet.numbers[at]} is empty"
    return f"{match[0]} ({shown}){said[match.end() :]}"


def _rows_of_centre(sheet: Sheet, centre: str) -> list[int]:
    """Rows of a centre's list as the engine counts them: the centre itself first, then the others."""
    rows = [
        (number, location)
        for number, of, location in zip(
            sheet.numbers, sheet.frame["centre"], sheet.frame["location"], strict=True
        )
        if of == centre
    ]
    return [rows[0][0], *(number for number, location in rows if location != centre)]


def make_export(files: ScanFiles, result: ScanResult) -> ClusterExport:
    """What the files of a result are written from. The same files and settings give the same run id."""
    places = files.locations.frame
    codes = places["location"].tolist()
    names = dict(zip(codes, places["name"], strict=True)) if files.locations.has("name") else {}
    positions = {}
    if files.locations.has("latitude", "longitude"):
        points = places[["latitude", "longitude"]].apply(pd.to_numeric, errors="coerce").astype(float)
        positions = {
            code: (latitude, longitude)
            for code, latitude, longitude in zip(codes, *points.to_numpy().T.tolist(), strict=True)
            if latitude == latitude and longitude == longitude  # noqa: PLR0124 - neither is NaN
        }
    sources = {name: sheet.sha256 for name, sheet in sorted(files.given().items())}
    identity = json.dumps([sources, result.parameters], sort_keys=True, default=str)
    return ClusterExport(
        result,
        Run(
            id=hashlib.sha256(identity.encode()).hexdigest()[:16],
            made_at=datetime.now(UTC),
            data_version="; ".join(
                f"{name} {sheet.path.name} sha256 {sheet.sha256}" for name, sheet in files.given().items()
            ),
        ),
        names={code: name for code, name in names.items() if name},
        positions=positions,
        notes=without_row(result.parameters, lambda code: names.get(code) or code, str),
        inputs=_inputs(files),
    )


def _inputs(files: ScanFiles) -> Inputs:
    """What was scanned, for the folder that SaTScan opens."""
    given = files.given()
    names = ("population", "neighbours", "network", "relative_risks", "flows")
    more: dict[str, Any] = {name: given[name].frame for name in names if name in given}
    silent = None if files.silences is None else _silent(files.silences)
    return Inputs([one.frame for one in files.sets()], files.locations.frame, silent=silent, **more)
