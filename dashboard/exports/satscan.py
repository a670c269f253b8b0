"""A scan as a folder that SaTScan opens: what was scanned, how, what was found, and how to do it again."""

from __future__ import annotations

import io
import json
import zipfile
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from dashboard.exports.clusters import ClusterExport
from dashboard.exports.inputs import Inputs
from dashboard.exports.tables import csv_bytes
from dashboard.spreadsheet import write_rows
from surveillance.errors import UsageError
from surveillance.texts import N_

if TYPE_CHECKING:
    import pandas as pd

#: The ending of its file.
FOLDER = "zip"
#: What begins the line that holds what SaTScan has no setting for.
OWN = "; chhlang "
_MODELS = {"poisson": 0, "bernoulli": 1, "space-time-permutation": 2}
_RATES = {"high": 1, "low": 2, "both": 3}
_UNITS = {"day": (3, 1), "week": (3, 7), "month": (2, 1), "year": (1, 1)}
_TRENDS = {None: 0, "log-linear": 3, "stratified": 4, "seasonal": 0}
#: A day of every file in the folder: the same scan gives the same bytes.
_STAMP = (1980, 1, 1, 0, 0, 0)
#: Of what SaTScan takes.
_HALF = 0.5
NOT_KEPT = N_(
    "a run with a table of people has no folder for SaTScan, since that table is not kept: scan your own "
    "files, with --out FILE.zip"
)
_R = """# Needs SaTScan and the R package rsatscan.
library(rsatscan)
found <- satscan(getwd(), "scan",
                 sslocation = "C:/Program Files/SaTScan", ssbatchfilename = "SaTScanBatch64")
print(found)
"""
_AGAIN = """#!/bin/sh
# Scans again, with the same answer to the digit.
python app.py clusters --satscan scan.prm
"""


def folder_bytes(export: ClusterExport) -> bytes:
    """The folder, as a ZIP file.

    Raises
    ------
    UsageError
        The data are not at hand, or a code of a place cannot be written for SaTScan.
    """
    if export.inputs is None:
        raise UsageError(NOT_KEPT)
    made = _Folder(export.inputs, export.result.parameters)
    files = made.files()
    files |= {f"{name}.csv": _csv(table) for name, table in export.inputs.tables().items()}
    files |= {"again.sh": _AGAIN, "again.R": _R, "README.txt": _readme(export, made)}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), text.encode(), zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("clusters.csv", _STAMP), csv_bytes(export), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _csv(table: pd.DataFrame) -> str:
    text = io.StringIO()
    names, held = list(table.columns), table.astype(object).where(table.notna(), None)
    rows = (dict(zip(names, row, strict=True)) for row in held.itertuples(index=False, name=None))
    write_rows(text, rows, names)
    return text.getvalue()


def _readme(export: ClusterExport, made: _Folder) -> str:
    lines = [
        f"Cluster detection, run {export.run.id}",
        "",
        "scan.prm      open it in SaTScan (File, Open); the tables beside it are named in it",
        "clusters.csv  what was found here",
        "again.sh      scans again with this program: the same answer to the digit",
        "again.R       scans again with SaTScan, from R",
        "the other CSV files hold what was scanned, for people and other programs",
        "",
        "SaTScan draws its own random data sets: its p differs by chance, everything else is the same.",
        *(f"SaTScan differs: {text}." for text in made.differs),
    ]
    if export.note:
        lines += ["", export.note]
    if export.run.link:
        lines += ["", export.run.link]
    return "\n".join(lines) + "\n"


class _Folder:
    """Writes SaTScan's files for one scan."""

    def __init__(self, inputs: Inputs, used: Mapping[str, Any]) -> None:
        self._in, self._used = inputs, used
        self._own: dict[str, Any] = {"seed": used["seed"]}
        self.differs: list[str] = []
        self._timed = used["time"] != "none"
        self._start, self._end = (self._day(name) for name in ("start", "end"))

    def _day(self, name: str) -> date | None:
        return date.fromisoformat(self._used[name]) if self._used.get(name) else None

    def files(self) -> dict[str, str]:
        """Every file of SaTScan, by its name."""
        tables: dict[str, str] = {}
        settings = {
            "Input": self._input(tables),
            "Analysis": self._analysis(),
            "Output": {"ResultsFile": "scan.txt"},
            "Multiple Data Sets": self._more_sets(tables),
            "Data Checking": {"StudyPeriodCheckType": 0, "GeographicalCoordinatesCheckType": 0},
            "Spatial Neighbors": self._neighbours(tables),
            "Locations Network": self._network(tables),
            "Spatial Window": self._sizes(tables),
            "Temporal Window": self._windows(),
            "Cluster Restrictions": self._restrictions(),
            "Space and Time Adjustments": self._adjustments(tables),
            "Inference": self._inference(),
            "Spatial Output": self._lists(),
        }
        lines = []
        for section, values in settings.items():
            lines += [f"[{section}]", *(f"{key}={_written(value)}" for key, value in values.items()), ""]
        lines += ["[System]", "Version=10.3.2", OWN + json.dumps(self._own, sort_keys=True)]
        return tables | {"scan.prm": "\n".join(lines) + "\n"}

    def _input(self, tables: dict[str, str]) -> dict[str, Any]:
        self._counts(tables, 1)
        where = self._places(tables)
        self._people(tables)
        start, end = self._start, self._end
        if start is None or end is None:
            self._own["no_period"] = True
            start, end = date(2000, 1, 1), date(2000, 12, 31)
        return {
            "CaseFile": "scan1.cas",
            "ControlFile": "scan1.ctl" if "scan1.ctl" in tables else "",
            "PrecisionCaseTimes": 3 if self._timed else 0,
            "StartDate": _slashed(start),
            "EndDate": _slashed(end),
            "PopulationFile": "scan.pop" if "scan.pop" in tables else "",
            "CoordinatesFile": "scan.geo" if "scan.geo" in tables else "",
            "CoordinatesType": where,
        }

    def _more_sets(self, tables: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {"MultipleDataSetsPurposeType": 0}
        for number in range(2, len(self._in.cases) + 1):
            self._counts(tables, number)
            found[f"CaseFile{number}"] = f"scan{number}.cas"
            if f"scan{number}.ctl" in tables:
                found[f"ControlFile{number}"] = f"scan{number}.ctl"
            if "scan.pop" in tables:
                found[f"PopulationFile{number}"] = "scan.pop"
        return found

    def _counts(self, tables: dict[str, str], number: int) -> None:
        """Cases, and of the Bernoulli model those tested who are none."""
        frame = self._in.cases[number - 1]
        bernoulli = self._used["model"] == "bernoulli"
        covariates = [] if bernoulli else list(self._used.get("covariates") or ())
        if covariates:
            self._own["covariates"] = covariates
        count = _whole(frame["count"]) if "count" in frame else [1] * len(frame)
        days = [_slashed(day) for day in _dates(frame["date"])] if self._timed else []
        codes = [_code(one) for one in frame["location"]]
        groups = [[_code(str(value).strip()) for value in frame[name]] for name in covariates]

        def lines(numbers: Iterable[int]) -> str:
            cells = zip(codes, map(str, numbers), *([days] if days else []), *groups, strict=True)
            return "".join(" ".join(row) + "\n" for row in cells if row[1] != "0")

        tables[f"scan{number}.cas"] = lines(count)
        if bernoulli:
            tested = _whole(frame["tested"])
            tables[f"scan{number}.ctl"] = lines(t - c for t, c in zip(tested, count, strict=True))

    def _places(self, tables: dict[str, str]) -> int:
        """Positions; whether they are in degrees, as SaTScan has it."""
        frame = self._in.locations
        for kind, axes in ((1, ("latitude", "longitude")), (0, ("x", "y"))):
            if set(axes) <= set(frame.columns) and not frame[list(axes)].isna().any(axis=None):
                numbers = [[_exact(value) for value in frame[name]] for name in axes]
                codes = [_code(one) for one in frame["location"]]
                tables["scan.geo"] = _rows(codes, *numbers)
                return kind
        return 1

    def _people(self, tables: dict[str, str]) -> None:
        """People of each place, by date and group; where there is no date, by a year that says nothing."""
        if self._used["model"] != "poisson":
            return
        frame = self._in.locations if self._in.population is None else self._in.population
        year = str(self._start.year if self._start else 2000)
        days = (
            [str(day).strip().removesuffix(".0").replace("-", "/") for day in frame["date"]]
            if "date" in frame
            else [year] * len(frame)
        )
        groups = [
            [_code(str(value).strip()) for value in frame[name]]
            for name in self._used.get("covariates") or ()
        ]
        codes = [_code(one) for one in frame["location"]]
        sums: dict[tuple[str, ...], float] = {}  # a table may part people by more than is adjusted for
        for key, people in zip(zip(codes, days, *groups, strict=True), frame["population"], strict=True):
            sums[key] = sums.get(key, 0.0) + float(people)
        tables["scan.pop"] = "".join(
            f"{' '.join((*key[:2], _exact(people), *key[2:]))}\n" for key, people in sums.items()
        )

    def _analysis(self) -> dict[str, Any]:
        temporal = bool(self._used.get("purely_temporal"))
        kind = {"none": 1, "retrospective": 2 if temporal else 3, "prospective": 6 if temporal else 4}
        unit, length = _UNITS[self._used["time_unit"]] if self._timed else (0, 1)
        return {
            "AnalysisType": kind[self._used["time"]],
            "ModelType": _MODELS[self._used["model"]],
            "ScanAreas": _RATES[self._used["rates"]],
            "TimeAggregationUnits": unit,
            "TimeAggregationLength": length,
        }

    def _neighbours(self, tables: dict[str, str]) -> dict[str, Any]:
        orders: dict[str, list[str]] = {}
        if self._in.neighbours is not None:
            for centre, one in zip(
                self._in.neighbours["centre"], self._in.neighbours["location"], strict=True
            ):
                orders.setdefault(str(centre), [str(centre)])
                if str(one) != str(centre):
                    orders[str(centre)].append(str(one))
        elif self._in.flows is not None or (
            self._in.network is not None and self._used.get("network_order") != "satscan"
        ):
            orders = self._by_road()
        if not orders:
            return {"UseNeighborsFile": "n"}
        tables["scan.nei"] = "".join(" ".join(map(_code, row)) + "\n" for row in orders.values())
        return {"UseNeighborsFile": "y", "NeighborsFilename": "scan.nei"}

    def _by_road(self) -> dict[str, list[str]]:
        """The orders by the shortest way, or by flows, which SaTScan takes as neighbours: it has no like."""
        from surveillance.scan.problem.network import flow_orders, network_orders  # noqa: PLC0415 - loads the compiler

        names = [str(name) for name in self._in.locations["location"]]
        known = {name: number for number, name in enumerate(names)}
        farthest = self._used.get("max_radius_km")
        found = []
        if self._in.flows is not None:
            found = flow_orders(self._in.flows, known, self._in.through)
        elif self._in.network is not None:
            found = network_orders(self._in.network, known, "shortest", farthest, self._in.through)
        return {names[centre]: [names[one] for one in order] for centre, order in found}

    def _network(self, tables: dict[str, str]) -> dict[str, Any]:
        table = self._in.network
        if table is None or self._used.get("network_order") != "satscan":
            return {"UseLocationsNetworkFile": "n"}
        ends = [[_code(one) for one in table[name]] for name in ("from", "to")]
        tables["scan.ntk"] = _rows(*ends, [_exact(value) for value in table["distance"]])
        return {"UseLocationsNetworkFile": "y", "LocationsNetworkFilename": "scan.ntk"}

    def _sizes(self, tables: dict[str, str]) -> dict[str, Any]:
        share = float(self._used["max_population_share"])
        by_people = self._used.get("limit_by") == "population"
        radius = self._used.get("max_radius_km")
        if "scan.nei" in tables:
            radius = None  # the orders end there
        found: dict[str, Any] = {"MaxSpatialSizeInPopulationAtRisk": _percent(min(share, _HALF))}
        if share > _HALF and not self._used.get("earlier_analyses") and not by_people:
            self._own["max_population_share"] = share
            self.differs.append(f"a zone may hold at most half there, and {share:.0%} here")
        if by_people and not self._used.get("earlier_analyses"):
            self._own["one_limit"] = True
            self.differs.append("it holds zones to half of the population at risk as well")
        if by_people:
            people = self._in.locations
            codes = [_code(one) for one in people["location"]]
            tables["scan.max"] = _rows(codes, [_exact(value) for value in people["population"]])
            found |= {
                "UseMaxCirclePopulationFileOption": "y",
                "MaxSpatialSizeInMaxCirclePopulationFile": _percent(share),
                "MaxCirclePopulationFile": "scan.max",
            }
        if radius is not None:
            found |= {
                "UseDistanceFromCenterOption": "y",
                "MaxSpatialSizeInDistanceFromCenter": _exact(radius),
            }
        return found | {"SpatialWindowShapeType": 0}

    def _windows(self) -> dict[str, Any]:
        if not self._timed:
            return {}
        length = _UNITS[self._used["time_unit"]][1]  # of weeks SaTScan says the days
        return {
            "MinimumTemporalClusterSize": self._used["min_duration"] * length,
            "MaxTemporalSizeInterpretation": 1,
            "MaxTemporalSize": self._used["max_duration"] * length,
            "IncludePurelySpatial": "n",
            "IncludeClusters": 0,
        }

    def _restrictions(self) -> dict[str, Any]:
        least = self._used.get("min_relative_risk")
        return {
            "MinimumCasesInHighRateClusters": self._used["min_cases"],
            "RiskLimitHighClusters": "n" if least is None else "y",
            "RiskThresholdHighClusters": 1 if least is None else _exact(least),
        }

    def _adjustments(self, tables: dict[str, str]) -> dict[str, Any]:
        trend = self._used.get("trend")
        if trend == "seasonal":
            self._own["trend"] = trend
            self.differs.append("it has no seasonal trend: it scans without")
        rows: list[str] = []
        if (risks := self._in.relative_risks) is not None:
            rows += self._risks(risks)
        silent = self._in.silent
        if silent is not None and len(silent):
            self._own["silences"] = "silences.csv"
            if self._used["model"] == "poisson":
                self._own["rows_of_silence"] = len(silent)
                rows += [
                    f"{_code(code)} 0 {_slashed(start)} {_slashed(end)}"
                    for code, start, end in zip(
                        silent["location"], _dates(silent["start"]), _dates(silent["end"]), strict=True
                    )
                ]
            else:
                self.differs.append("it knows nothing of the times without a report in silences.csv")
        if rows:
            tables["scan.adj"] = "\n".join(rows) + "\n"
        return {
            "TimeTrendAdjustmentType": _TRENDS[trend],
            "TimeStratifiedAdjLength": 1,
            "UseAdjustmentsByRRFile": "y" if rows else "n",
            "AdjustmentsByKnownRelativeRisksFilename": "scan.adj" if rows else "",
        }

    def _risks(self, table: pd.DataFrame) -> list[str]:
        found = []
        for row in table.to_dict("records"):
            days = [row.get(name) for name in ("from", "to")]
            given = [None if one is None or one != one or not str(one).strip() else one for one in days]  # noqa: PLR0124 - NaN
            code = "All" if str(row["location"]).casefold() == "all" else _code(row["location"])
            text = f"{code} {_exact(row['relative_risk'])}"
            if any(given) and self._start and self._end:
                first = _dates([given[0]])[0] if given[0] else self._start
                last = _dates([given[1]])[0] if given[1] else self._end
                text += f" {_slashed(max(first, self._start))} {_slashed(min(last, self._end))}"
            found.append(text)
        return found

    def _inference(self) -> dict[str, Any]:
        used = self._used
        found: dict[str, Any] = {
            "PValueReportType": 1,
            "MonteCarloReps": used["replicates"],
            "IterativeScan": "y" if used.get("iterative") else "n",
            "IterativeScanMaxIterations": used.get("iterative_most", 10),
            "IterativeScanMaxPValue": _exact(used.get("iterative_p", 0.05)),
        }
        every = used.get("analysed_every", 1)
        if self._timed and used["time"] == "prospective":
            found |= {"ProspectiveFrequencyType": 0, "ProspectiveFrequency": every}
        if used.get("earlier_analyses") and self._end:
            first = _units_before(self._end, used["earlier_analyses"] * every, used["time_unit"])
            found |= {"AdjustForEarlierAnalyses": "y", "ProspectiveStartDate": _slashed(first)}
            if every > 1:
                self.differs.append("it looks at every unit of time since the first analysis")
        return found

    def _lists(self) -> dict[str, Any]:
        report = self._used.get("report") or ("hierarchical",)
        share = self._used.get("max_reported_share")
        found: dict[str, Any] = {
            "ReportHierarchicalClusters": "y" if "hierarchical" in report else "n",
            "ReportGiniClusters": "y" if "gini" in report else "n",
            "CriteriaForReportingSecondaryClusters": 0,
            "UseReportOnlySmallerClusters": "n" if share is None else "y",
        }
        if share is not None:
            found["MaxSpatialSizeInPopulationAtRisk_Reported"] = _percent(share)
        if self._used.get("report_single_places"):
            self._own["report_single_places"] = True
            self.differs.append("it reports no single place above the largest reported share")
        return found


def _units_before(end: date, many: int, unit: str) -> date:
    """The last day of the unit of time that ended so many units before."""
    if unit in ("day", "week"):
        return end - timedelta(days=many * (7 if unit == "week" else 1))
    after = end + timedelta(days=1)
    months = after.year * 12 + after.month - 1 - many * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(after.day, monthrange(year, month + 1)[1])) - timedelta(days=1)


def _rows(*columns: Iterable[str]) -> str:
    return "".join(" ".join(row) + "\n" for row in zip(*columns, strict=True))


def _code(value: Any) -> str:
    text = str(value).strip()
    if '"' in text or "\n" in text:
        raise UsageError(
            f"the code {text!r} holds a quote or a line break, which SaTScan cannot read: change it"
        )
    return f'"{text}"' if any(sign.isspace() or sign in ",;" for sign in text) or not text else text


def _exact(value: Any) -> str:
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _percent(share: float) -> str:
    return _exact(round(share * 100, 10))


def _whole(column: Any) -> list[int]:
    return [int(float(value)) for value in column]


def _dates(column: Iterable[Any]) -> list[date]:
    found = []
    for value in column:
        text = value.isoformat() if hasattr(value, "isoformat") else str(value).strip()
        found.append(date.fromisoformat(text[:10]))
    return found


def _slashed(day: date) -> str:
    return f"{day.year}/{day.month}/{day.day}"


def _written(value: Any) -> str:
    return str(value)
