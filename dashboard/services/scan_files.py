"""Cluster detection on a person's own files: no database, no key, and nothing is kept of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.exports.clusters import ClusterExport, Run
from db.intake.readers import Row, Table, read_table, sha256_of
from surveillance.errors import StatisticsError, UnreadableFileError, UsageError

if TYPE_CHECKING:
    from surveillance.scan import ScanResult

#: Columns by which a file is recognised, besides its covariates.
COLUMNS = {
    "cases": ("location", "count", "date", "tested"),
    "locations": ("location", "latitude", "longitude", "x", "y", "population", "name"),
    "population": ("location", "population", "date"),
    "neighbours": ("centre", "location"),
}
#: A covariate that is made from the date, unless the cases have a column of this name.
WEEKDAY = "weekday"
Progress = Callable[[int, int], None]
#: A day of our times, perhaps with an hour; whatever else becomes `_NONE`, which the engine refuses.
_DAY = re.compile(r"(1[5-9]|2\d)\d\d-\d\d-\d\d(?!\d)")
#: Populations are known by the year or the month, too.
_POPULATION_DATE = re.compile(r"(1[5-9]|2\d)\d\d(-\d\d(-\d\d(?!\d).*)?)?$|(1[5-9]|2\d)\d\d\.0+$")
_NONE = "not a day"
#: How the engine's messages begin, and the rows they name: rows of data, the first below the header being 1.
_SAID = re.compile(
    r"(?P<table>cases|locations|population|neighbours)(?: of (?P<centre>.+?))?"
    r"(?:, (?P<word>rows?) (?P<rows>\d+(?:, \d+)*))?(?=:| and \d+ more:| has | is | needs )"
)


@dataclass(frozen=True)
class Sheet:
    """One file as a frame of texts, empty cells as None. `numbers`: rows of the file, the header being 1."""

    path: Path
    frame: pd.DataFrame
    numbers: list[int]
    sha256: str

    def has(self, *columns: str) -> bool:
        """Whether all these columns are there."""
        return set(columns) <= set(self.frame.columns)


@dataclass(frozen=True)
class ScanFiles:
    """The files of one scan."""

    cases: Sheet
    locations: Sheet
    population: Sheet | None = None
    neighbours: Sheet | None = None

    def given(self) -> dict[str, Sheet]:
        """The files there are, by what they hold."""
        return {name: sheet for name, sheet in vars(self).items() if sheet is not None}

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

    def why_not_on_a_map(self) -> str | None:
        """Why GeoJSON and GeoPackage cannot be written; None where they can."""
        if self.locations.has("latitude", "longitude"):
            return None
        have = "x and y" if self.locations.has("x", "y") else "no positions"
        return f"{self.locations.path.name} has {have}, and these files hold latitudes and longitudes"


def read_files(
    cases: Path,
    locations: Path,
    population: Path | None = None,
    neighbours: Path | None = None,
    covariates: tuple[str, ...] = (),
) -> ScanFiles:
    """Read CSV (UTF-8; comma, semicolon, tab or bar) or XLSX files.

    Raises
    ------
    UnreadableFileError
        A file cannot be read, or a row has more cells than the header.
    """
    paths = {"cases": cases, "locations": locations, "population": population, "neighbours": neighbours}
    sheets = {name: _read(path, name, covariates) for name, path in paths.items() if path is not None}
    held = sheets["cases"].frame
    if WEEKDAY in covariates and WEEKDAY not in held and "date" in held:
        days = pd.to_datetime(held["date"], errors="coerce", format="ISO8601")
        held[WEEKDAY] = days.dt.day_name()
    return ScanFiles(**sheets)


def read_population(path: Path, covariates: tuple[str, ...] = ()) -> Sheet:
    """Read a table of people for a scan of other data: `location[,date][,covariates],population`.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or a row has more cells than the header.
    """
    return _read(path, "population", covariates)


def _read(path: Path, name: str, covariates: tuple[str, ...]) -> Sheet:
    table = read_table(path, frozenset((*COLUMNS[name], *covariates)))
    rows = list(_checked(path, table))
    places = [(column, place) for place, column in enumerate(table.header) if column]
    cells = {
        column: [row.cells[place].strip() or None if place < len(row.cells) else None for row in rows]
        for column, place in places
    }
    if "date" in cells:
        form = _POPULATION_DATE if name == "population" else _DAY
        cells["date"] = [cell if cell is None or form.match(cell) else _NONE for cell in cells["date"]]
    frame = pd.DataFrame(cells, columns=[column for column, _ in places], dtype=object)
    return Sheet(path, frame, [row.number for row in rows], sha256_of(path))


def _checked(path: Path, table: Table) -> Iterator[Row]:
    """Rows that do not go beyond the header: more cells mean that they stand under the wrong names."""
    width = len(table.header)
    for chunk in table.chunks:
        for row in chunk:
            if any(cell.strip() for cell in row.cells[width:]):
                raise UnreadableFileError(
                    f"{path.name}, row {row.number}: {len(row.cells)} cells, but the header has {width}; "
                    "put a text that holds the separator in double quotes"
                )
            yield row
    if table.left_out:
        number, why = table.left_out[0]
        what = {"totals_row": "is a sum of others", "repeated_header": "repeats the header"}.get(why)
        raise UnreadableFileError(
            f"{path.name}, row {number}: {what or 'stands above the header'}; take it out of the file"
        )


def detect(files: ScanFiles, arguments: Mapping[str, Any], progress: Progress | None = None) -> ScanResult:
    """Run the scan that `arguments` (of `surveillance.scan.scan`) ask for.

    Raises
    ------
    StatisticsError
        The files cannot be scanned; names the file and its rows, the header being row 1.
    """
    from surveillance.scan import scan  # noqa: PLC0415 - loads Numba, a second or two

    more = {name: files.given()[name].frame for name in ("population", "neighbours") if name in files.given()}
    try:
        return scan(files.cases.frame, files.locations.frame, **more, **arguments, progress=progress)
    except StatisticsError as error:
        raise StatisticsError(in_file_rows(str(error), files)) from error


def in_file_rows(message: str, files: ScanFiles) -> str:
    """A message of the engine, with the file's name and with its rows as a spreadsheet numbers them."""
    found = _SAID.match(message)
    given = {"population": files.locations} | files.given()  # where no file has it, the locations do
    sheet = given.get(found["table"]) if found else None
    if found is None or sheet is None:
        return message
    name = sheet.path.name
    numbers = sheet.numbers
    if found["centre"] is not None:
        name = f"{name}, centre {found['centre']}"
        numbers = _rows_of_centre(sheet, found["centre"])
    if found["rows"] is None:
        return name + message[found.end() :]
    rows = ", ".join(str(numbers[int(row) - 1]) for row in found["rows"].split(", "))
    return f"{name}, {found['word']} {rows}{message[found.end() :]}"


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
    )
