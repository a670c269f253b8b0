"""A scan as SaTScan was asked for it: its parameter file and the tables that this names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from dashboard.services.own_files.days import Declared, named_rows
from dashboard.services.own_files.satscan.days import GENERIC, first_day, last_day
from dashboard.services.own_files.satscan.settings import (
    OWN_ARGUMENTS,
    Asked,
    read_own,
    read_parameters,
    understand,
)
from dashboard.services.own_files.satscan.tables import (
    Lines,
    days_of,
    numbers_of,
    population_days,
    read_lines,
)
from dashboard.services.own_files.scan import ScanFiles
from dashboard.services.own_files.sheets import Sheet, read_sheet
from db.intake.files.encoding import find_encoding
from db.intake.files.limits import DEFAULT, check_size
from surveillance.errors import StatisticsError, UsageError


@dataclass(frozen=True)
class SatscanScan:
    """What a parameter file asks for: the files, the arguments of a scan, and what a reader should know."""

    files: ScanFiles
    arguments: dict[str, Any]
    notes: list[str]


def read_scan(path: Path, declared: Declared | None = None) -> SatscanScan:
    """Read a parameter file and its tables.

    Raises
    ------
    UsageError
        A setting asks for something that is not done here, or is not known; or a table is not there.
    UnreadableFileError
        A file cannot be read.
    StatisticsError
        A row is wrong; names the file and the row.
    """
    declared = declared or Declared()
    check_size(path, DEFAULT)
    text = path.read_text(encoding=find_encoding(path, DEFAULT).codec)
    given = read_parameters(text, path.name)
    own = read_own(text, path.name)
    asked = understand(given, path.name, own)
    return _Tables(path, asked, given, declared, own).read()


class _Tables:
    """Reads the tables that one parameter file names."""

    def __init__(
        self, path: Path, asked: Asked, given: dict[str, str], declared: Declared, own: dict[str, Any]
    ) -> None:
        self._path, self._asked, self._declared, self._own = path, asked, declared, own
        self._relaxed_days = given.get("StudyPeriodCheckType", "0") == "1"
        self._relaxed_places = given.get("GeographicalCoordinatesCheckType", "0") == "1"
        self._notes = list(asked.notes)

    def read(self) -> SatscanScan:
        asked, named = self._asked, self._asked.files
        arguments = asked.arguments | {name: self._own[name] for name in OWN_ARGUMENTS if name in self._own}
        if self._own.get("no_period"):
            arguments["start"] = arguments["end"] = None
        neighbours = self._neighbours(named["neighbours"]) if "neighbours" in named else None
        network = self._network(named["network"]) if "network" in named else None
        if network is not None:
            arguments["network_order"] = "satscan"
        locations = self._locations(named, neighbours, network)
        known = set(locations.frame["location"])
        covariates: list[str] = []
        population = self._population(named["population"], covariates) if named.get("population") else None
        sets = [
            self._cases(cases, controls, covariates, known)
            for cases, controls in zip(named["cases"], named["controls"], strict=True)
        ]
        if covariates:
            arguments["covariates"] = (*arguments.get("covariates", ()), *covariates)
        if population is not None:
            self._known(population, known, population.path.name)
        risks = self._risks(named["relative_risks"]) if "relative_risks" in named else None
        files = ScanFiles(
            cases=sets[0], locations=locations, population=population, neighbours=neighbours,
            network=network, relative_risks=risks, more_cases=tuple(sets[1:]), silences=self._silences(),
        )  # fmt: skip
        return SatscanScan(files, arguments, self._notes)

    def _find(self, name: str) -> Path:
        """A table beside the parameter file, or where it says; Windows writes paths its own way."""
        for candidate in (
            Path(name),
            self._path.parent / name,
            self._path.parent / PureWindowsPath(name).name,
        ):
            if candidate.is_absolute() and candidate.is_file():
                return candidate
            if not candidate.is_absolute() and (self._path.parent / candidate).is_file():
                return self._path.parent / candidate
        raise UsageError(
            f"{self._path.name} names {name}, which is not there: put it into the folder of {self._path.name}"
        )

    def _known(self, sheet: Sheet, known: set[str], name: str) -> None:
        wrong = [
            n for n, code in zip(sheet.numbers, sheet.frame["location"], strict=True) if code not in known
        ]
        if wrong:
            raise StatisticsError(
                f"{name}, {named_rows(wrong)}: the location is not in the coordinates file; "
                "add it there, or leave its rows out"
            )

    def _locations(self, named: dict[str, Any], neighbours: Sheet | None, network: Sheet | None) -> Sheet:
        if not named["locations"] or neighbours is not None or network is not None:
            return self._locations_by_name(named, neighbours, network)
        lines = read_lines(
            self._find(named["locations"]), 3, 3, "location, latitude and longitude, or x and y"
        )
        axes = ("latitude", "longitude") if self._asked.degrees else ("x", "y")
        columns: dict[str, list[str | None]] = {"location": [row[0] for row in lines.cells]}
        columns |= {name: numbers_of(lines, at, name) for at, name in enumerate(axes, 1)}
        return lines.sheet(self._with_sizes(columns, named))

    def _locations_by_name(
        self, named: dict[str, Any], neighbours: Sheet | None, network: Sheet | None
    ) -> Sheet:
        """Places in the order of the file that has them, where positions do not say who is near."""
        if named["locations"]:
            lines = read_lines(self._find(named["locations"]), 1, None, "location and its position")
            codes: Iterable[str] = [row[0] for row in lines.cells]
            columns: dict[str, list[str | None]] = {"location": list(codes)}
            if self._asked.degrees and all(len(row) == 3 for row in lines.cells):
                columns |= {
                    name: numbers_of(lines, at, name) for at, name in enumerate(("latitude", "longitude"), 1)
                }
            return lines.sheet(self._with_sizes(columns, named))
        if neighbours is not None:
            sheet, columns_of = neighbours, ("centre", "location")
        elif network is not None:
            sheet, columns_of = network, ("from", "to")
        else:  # in time alone: the places of the cases
            lines = read_lines(self._find(named["cases"][0]), 2, None, "location and number of cases")
            kept = list(dict.fromkeys(row[0] for row in lines.cells))
            held = Lines(lines.path, [[code] for code in kept], list(range(1, len(kept) + 1)))
            return held.sheet({"location": list(kept)})
        found = list(dict.fromkeys(code for name in columns_of for code in sheet.frame[name]))
        held = Lines(sheet.path, [[code] for code in found], list(range(1, len(found) + 1)))
        return held.sheet(self._with_sizes({"location": list(found)}, named))

    def _with_sizes(
        self, columns: dict[str, list[str | None]], named: dict[str, Any]
    ) -> dict[str, list[str | None]]:
        """With the numbers of the file of sizes (max circle size) as the population of each place."""
        if self._asked.arguments.get("limit_by") != "population":
            return columns
        if not named["sizes"]:
            raise UsageError(f"{self._path.name}: MaxCirclePopulationFile is empty")
        lines = read_lines(self._find(named["sizes"]), 2, 2, "location and a number")
        size = dict(zip((row[0] for row in lines.cells), numbers_of(lines, 1, "the number"), strict=True))
        return columns | {"population": [size.get(str(code), "0") for code in columns["location"]]}

    def _cases(self, name: str, controls: str, covariates: list[str], known: set[str]) -> Sheet:
        dated = self._asked.precision != "none"
        bernoulli = self._asked.arguments["model"] == "bernoulli"
        lines = read_lines(self._find(name), 2 + dated, None, "location, number of cases" + ", date" * dated)
        columns = self._counted(lines, "count", dated=dated)
        if not bernoulli:
            self._covariates(lines, 2 + dated, columns, covariates)
            return self._kept(lines, columns, known)
        self._no_more(lines, 2 + dated)
        columns["tested"] = list(columns["count"])
        cases = self._kept(lines, columns, known)
        rest = read_lines(self._find(controls), 2 + dated, 2 + dated, "location and number of controls")
        others = self._counted(rest, "tested", dated=dated)
        others["count"] = ["0"] * len(rest.cells)
        negative = self._kept(rest, others, known)
        joined = {column: [*cases.frame[column], *negative.frame[column]] for column in cases.frame.columns}
        both = Lines(lines.path, [[]] * len(joined["location"]), [*cases.numbers, *negative.numbers])
        return both.sheet(joined)

    def _no_more(self, lines: Lines, width: int) -> None:
        more = [n for n, row in enumerate(lines.cells) if len(row) > width]
        lines.refuse(more, f"more than {width} cells", "the Bernoulli model takes no covariates")

    def _counted(self, lines: Lines, what: str, *, dated: bool) -> dict[str, list[str | None]]:
        found: dict[str, list[str | None]] = {
            "location": [row[0] for row in lines.cells],
            what: numbers_of(
                lines, 1, "the number of cases" if what == "count" else "the number", whole=True
            ),
        }
        if dated:
            found["date"] = days_of(lines, 2, self._asked.precision, self._declared.today)
        return found

    def _covariates(
        self, lines: Lines, first: int, columns: dict[str, list[str | None]], covariates: list[str]
    ) -> None:
        many = {len(row) - first for row in lines.cells}
        if len(many) > 1:
            wrong = [n for n, row in enumerate(lines.cells) if len(row) - first != max(many)]
            lines.refuse(wrong, "fewer covariates than in other rows", "fill them in")
        for at in range(max(many)):
            names = self._own.get("covariates") or []
            name = str(names[at]) if at < len(names) else f"covariate {at + 1}"
            if name not in covariates:
                covariates.append(name)
            columns[name] = [row[first + at] for row in lines.cells]

    def _kept(self, lines: Lines, columns: dict[str, list[str | None]], known: set[str]) -> Sheet:
        """Rows within the study period and of known places; where SaTScan was told to pass over others."""
        places = [code not in known for code in columns["location"]]
        outside = [False] * len(places)
        start, end = (self._asked.arguments.get(name) for name in ("start", "end"))
        if "date" in columns and start and end:
            outside = [not start.isoformat() <= str(day) <= end.isoformat() for day in columns["date"]]
        for wrong, relaxed, what in (
            (places, self._relaxed_places, "the location is not in the coordinates file"),
            (outside, self._relaxed_days, f"the date lies outside the study period ({start} to {end})"),
        ):
            at = [n for n, bad in enumerate(wrong) if bad]
            if not relaxed:
                lines.refuse(at, what, "correct it, or leave the row out")
            elif at:
                self._notes.append(f"{lines.path.name}: {len(at)} rows left out, as asked for: {what}")
        stay = [n for n in range(len(places)) if not places[n] and not outside[n]]
        kept = {name: [cells[n] for n in stay] for name, cells in columns.items()}
        if self._asked.arguments["time"] == "none":
            kept.pop("date", None)
        return Lines(lines.path, [lines.cells[n] for n in stay], [lines.numbers[n] for n in stay]).sheet(kept)

    def _population(self, name: str, covariates: list[str]) -> Sheet:
        lines = read_lines(self._find(name), 3, None, "location, date and population")
        columns: dict[str, list[str | None]] = {
            "location": [row[0] for row in lines.cells],
            "population": numbers_of(lines, 2, "the population"),
        }
        days = population_days(lines, 1, self._asked.precision)
        if days is not None and len(set(days)) > 1:
            columns["date"] = days
        self._covariates(lines, 3, columns, covariates)
        return lines.sheet(columns)

    def _neighbours(self, name: str) -> Sheet:
        lines = read_lines(self._find(name), 1, None, "a centre, then its locations, nearest first")
        pairs = [(row[0], code) for row in lines.cells for code in row]
        numbers = [n for n, row in zip(lines.numbers, lines.cells, strict=True) for _ in row]
        held = Lines(lines.path, [[]] * len(pairs), numbers)
        return held.sheet({"centre": [a for a, _ in pairs], "location": [b for _, b in pairs]})

    def _network(self, name: str) -> Sheet:
        lines = read_lines(self._find(name), 3, 3, "from, to and a distance")
        return lines.sheet(
            {
                "from": [row[0] for row in lines.cells],
                "to": [row[1] for row in lines.cells],
                "distance": numbers_of(lines, 2, "the distance"),
            }
        )

    def _silences(self) -> Sheet | None:
        name = self._own.get("silences")
        if not name:
            return None
        sheet = read_sheet(
            self._find(str(name)),
            ("location", "start", "end", "from", "to"),
            self._declared,
            days=("start", "end", "from", "to"),
        )
        sheet.frame.columns = [{"start": "from", "end": "to"}.get(one, one) for one in sheet.frame.columns]
        return sheet

    def _risks(self, name: str) -> Sheet | None:
        lines = read_lines(self._find(name), 2, 4, "location, relative risk and, if any, first and last day")
        if silent := int(self._own.get("rows_of_silence", 0)):  # their days stand in a table of their own
            if len(lines.cells) <= silent:
                return None
            lines = Lines(lines.path, lines.cells[:-silent], lines.numbers[:-silent])
        lines.refuse(
            [n for n, row in enumerate(lines.cells) if len(row) == 3],
            "a first day without a last one",
            "give both, or none",
        )
        columns: dict[str, list[str | None]] = {
            "location": ["all" if row[0].casefold() == "all" else row[0] for row in lines.cells],
            "relative_risk": numbers_of(lines, 1, "the relative risk"),
        }
        if any(len(row) > 2 for row in lines.cells):
            precision = self._asked.precision if self._asked.precision == GENERIC else "day"
            for at, column, read in ((2, "from", first_day), (3, "to", last_day)):
                try:
                    columns[column] = [
                        read(row[at], precision).isoformat() if len(row) > at else None for row in lines.cells
                    ]
                except ValueError as error:
                    raise StatisticsError(
                        f"{lines.path.name}: '{error}' is not a date; write it as 2024/3/5"
                    ) from None
        return lines.sheet(columns)
