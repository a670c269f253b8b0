"""SaTScan's parameter file: every setting understood, or refused by its name in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.exports.satscan import OWN
from dashboard.services.own_files.satscan.days import GENERIC, PRECISIONS, first_day, last_day
from surveillance.errors import UsageError

#: Settings that say what SaTScan writes and shows, and how fast it works: no answer depends on them.
OF_OUTPUT = frozenset((
    "ResultsFile", "OutputGoogleEarthKML", "OutputShapefiles", "OutputCartesianGraph", "OutputGoogleMaps",
    "MostLikelyClusterEachCentroidASCII", "MostLikelyClusterEachCentroidDBase",
    "MostLikelyClusterCaseInfoEachCentroidASCII", "MostLikelyClusterCaseInfoEachCentroidDBase",
    "CensusAreasReportedClustersASCII", "CensusAreasReportedClustersDBase",
    "IncludeRelativeRisksCensusAreasASCII", "IncludeRelativeRisksCensusAreasDBase", "SaveSimLLRsASCII",
    "SaveSimLLRsDBase", "LaunchMapViewer", "CompressKMLtoKMZ", "IncludeClusterLocationsKML",
    "ThresholdLocationsSeparateKML", "ReportGiniIndexCoefficents", "OutputTemporalGraphHTML",
    "TemporalGraphReportType", "TemporalGraphMostMLC", "TemporalGraphSignificanceCutoff", "CriticalValue",
    "ReportClusterRank", "PrintAsciiColumnHeaders", "ResultsTitle", "NumberParallelProcesses",
    "ExecutionType", "LogRunToHistoryFile", "SuppressWarnings", "Version", "ReportGumbel",
    "EarlyTerminationThreshold", "NumBootstrapReplications", "OliveiraPvalueCutoff", "EmailAnalysisResults",
    "DrilldownMinimumClusterLocations", "DrilldownMinimumClusterCases", "DrilldownClusterCutoff",
    "DrilldownAdjustForWeeklyTrends", "PowerEvaluationsMethod", "PowerEvaluationTotalCases",
    "CriticalValueType", "CriticalValue05", "CriticalValue01", "CriticalValue001", "PowerEstimationType",
    "NumberPowerReplications", "AlternativeHypothesisFilename", "PowerEvaluationsSimulationMethod",
    "PowerEvaluationsSimulationSourceFilename", "ReportPowerEvaluationSimulationData",
    "PowerEvaluationsSimulationOutputFilename", "SimulatedDataInputFilename", "SimulatedDataOutputFilename",
    "SaveSimulatedData",
))  # fmt: skip
#: Settings that the engine has no like of: the values that change nothing, and what the others would mean.
_ONLY: Mapping[str, tuple[tuple[str, ...], str]] = {
    "UseGridFile": (("n",), "circles around other points than the locations (a grid file)"),
    "UseMetaLocationsFile": (("n",), "meta-locations"),
    "MultipleCoordinatesType": (("0",), "several positions for one location"),
    "IncludePurelyTemporal": (("n",), "clusters in time alone beside those in space and time"),
    "IncludePurelySpatial": (("n",), "clusters in space alone beside those in space and time"),
    "SpatialWindowShapeType": (("0",), "elliptic windows"),
    "IsotonicScan": (("0",), "the isotonic scan"),
    "IncludeClusters": (("0",), "windows that begin or end within certain days"),
    "RiskLimitLowClusters": (("n",), "a largest relative risk of clusters of low rates"),
    "MinimumCasesInLowRateClusters": (("0",), "a fewest number of cases of clusters of low rates"),
    "TimeTrendType": (("0",), "a quadratic trend of places"),
    "SpatialAdjustmentType": (("0",), "an adjustment for places"),
    "PerformStandardDrilldown": (("n",), "drilling down"),
    "PerformBernoulliDrilldown": (("n",), "drilling down"),
    "CalculateOliveira": (("n",), "Oliveira's F"),
    "PerformPowerEvaluation": (("n",), "an evaluation of power"),
    "CriteriaForReportingSecondaryClusters": (("0",), "secondary clusters that overlap"),
    "GiniIndexClusterReportingType": (("0",), "all lists of clusters that Gini's coefficient looks at"),
    "UseMaxCirclePopulationFileOption_Reported": (("n",), "a reported size by a file of sizes"),
    "UseDistanceFromCenterOption_Reported": (("n",), "a reported size by distance"),
    "SaveSimulatedData": (("n",), "writing the replicates"),
    "AdjustmentsByPopulation": (("n",), "an adjustment by population"),
    "MultipleDataSetsPurposeType": (("0",), "several data sets as an adjustment"),
}  # fmt: skip
_GINI = "1,2,3,4,5,6,8,10,12,15,20,25,30,40,50"
_MODELS = {"0": "poisson", "1": "bernoulli", "2": "space-time-permutation"}
_OTHER_MODELS = {
    "3": "ordinal", "4": "exponential", "5": "normal", "6": "continuous Poisson", "7": "multinomial",
    "8": "rank", "9": "uniform time", "10": "batched",
}  # fmt: skip
_TIMES: Mapping[str, tuple[str, bool]] = {
    "1": ("none", False), "2": ("retrospective", True), "3": ("retrospective", False),
    "4": ("prospective", False), "6": ("prospective", True),
}  # fmt: skip
_OTHER_TIMES = {"5": "spatial variation in temporal trends", "7": "the seasonal scan"}
_TRENDS = {"0": None, "3": "log-linear", "4": "stratified"}
_OTHER_TRENDS = {
    "1": "the older nonparametric adjustment", "2": "a log-linear trend of a given percentage",
    "5": "a quadratic trend",
}  # fmt: skip
_UNITS = {("3", 1): "day", ("3", 7): "week", ("2", 1): "month", ("1", 1): "year", ("4", 1): "day"}
_SHOWN = 5
_RATES = {"1": "high", "2": "low", "3": "both"}
#: Units of time from one prospective analysis to the next, by unit and SaTScan's frequency.
_EVERY = {("day", "1"): 1, ("day", "2"): 7, ("week", "2"): 1, ("month", "3"): 1, ("month", "4"): 3,
          ("month", "5"): 12, ("year", "5"): 1}  # fmt: skip
_NUMBERED = re.compile(r"(CaseFile|ControlFile|PopulationFile)(\d+)")
_NAMED = re.compile(r"DataSet\d+-?Name|DataSet\d+")
#: How SaTScan's import reads a table that is none of its own.
_SOURCE = re.compile(r"\w+-Source\w*")


@dataclass
class Asked:
    """What a parameter file asks for.

    arguments : of `surveillance.scan.scan`, without the tables.
    files : names of files as written, by what they hold; of `cases` and `controls` one for each set.
    notes : sentences that a reader should know.
    """

    arguments: dict[str, Any]
    files: dict[str, Any]
    precision: str
    degrees: bool
    notes: list[str] = field(default_factory=list)


def read_parameters(text: str, name: str) -> dict[str, str]:
    """Read `key=value` of every section.

    Raises
    ------
    UsageError
        A line is neither a setting, a section nor a comment, or a setting stands there twice.
    """
    found: dict[str, str] = {}
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip()
        if not line or line.startswith((";", "[")):
            continue
        key, sign, value = line.partition("=")
        if not sign:
            raise UsageError(f"{name}, line {number}: '{line[:60]}' is no setting of SaTScan (key=value)")
        if key.strip() in found:
            raise UsageError(f"{name}, line {number}: {key.strip()} stands there twice")
        found[key.strip()] = value.strip()
    if "CaseFile" not in found:
        raise UsageError(f"{name}: has no CaseFile: it is not a parameter file of SaTScan, or an old one")
    return found


#: What SaTScan has no setting for, and a folder that was written here says in a comment.
OWN_ARGUMENTS = ("seed", "trend", "report_single_places", "max_population_share")
_OWN = (*OWN_ARGUMENTS, "covariates", "no_period", "silences", "rows_of_silence", "one_limit")


def read_own(text: str, name: str) -> dict[str, Any]:
    """Read the comment of a folder that was written here; empty where there is none.

    Raises
    ------
    UsageError
        It is no such comment, or holds what is not known.
    """
    lines = [line[len(OWN) :] for line in text.splitlines() if line.startswith(OWN)]
    if not lines:
        return {}
    try:
        found = json.loads(lines[0])
    except ValueError:
        found = None
    if len(lines) > 1 or not isinstance(found, dict) or not set(found) <= set(_OWN):
        raise UsageError(f"{name}: the line that begins with '{OWN.strip()}' was changed; take it out")
    return found


class _Reader:
    """Takes settings one by one; what is left at the end is not understood."""

    def __init__(self, given: Mapping[str, str], name: str) -> None:
        self.name, self._left = name, dict(given)

    def take(self, key: str, usual: str = "") -> str:
        return self._left.pop(key, "") or usual

    def flag(self, key: str) -> bool:
        value = self.take(key, "n").lower()
        if value not in ("y", "n", "1", "0", "yes", "no"):
            raise self.refused(key, value, "it is y or n")
        return value in ("y", "1", "yes")

    def one(self, key: str, offered: Mapping[str, Any], usual: str, others: Mapping[str, str]) -> Any:
        value = self.take(key, usual)
        if value in offered:
            return offered[value]
        raise self.refused(key, value, f"{others.get(value, 'what it means')} is not done here")

    def number(self, key: str, usual: str) -> float:
        value = self.take(key, usual)
        try:
            return float(value)
        except ValueError:
            raise self.refused(key, value, "it is a number") from None

    def whole(self, key: str, usual: str) -> int:
        value = self.number(key, usual)
        if value != int(value):
            raise self.refused(key, str(value), "it is a whole number")
        return int(value)

    def refused(self, key: str, value: str, why: str) -> UsageError:
        return UsageError(f"{self.name}: {key}={value}: {why}")

    def end(self) -> None:
        """Refuse what the engine has no like of; name what bears on SaTScan's output alone."""
        for key, (allowed, what) in _ONLY.items():
            value = self.take(key, allowed[0])
            if value.lower() not in allowed:
                raise self.refused(key, value, f"{what}: not done here")
        foreign = [key for key, value in self._left.items() if _SOURCE.fullmatch(key) and value]
        if foreign:
            said = "a table that goes through SaTScan's import is not read here; save it as a file of its own"
            raise UsageError(f"{self.name}: {foreign[0]}: {said}")
        unknown = [key for key in self._left if key not in OF_OUTPUT and not _quiet(key)]
        if unknown:
            names = ", ".join(unknown[:_SHOWN]) + (" and more" if len(unknown) > _SHOWN else "")
            said = "no setting of SaTScan that is known here; take it out if the answer does not depend on it"
            raise UsageError(f"{self.name}: {names}: {said}")


def _quiet(key: str) -> bool:
    return _NAMED.fullmatch(key) is not None or _SOURCE.fullmatch(key) is not None


def understand(given: Mapping[str, str], name: str, own: Mapping[str, Any] | None = None) -> Asked:
    """Turn SaTScan's settings into arguments of a scan.

    Raises
    ------
    UsageError
        A setting asks for something that is not done here, or is not known; names it.
    """
    read = _Reader(given, name)
    notes: list[str] = []
    model = read.one("ModelType", _MODELS, "0", _OTHER_MODELS)
    time, temporal = read.one("AnalysisType", _TIMES, "1", _OTHER_TIMES)
    precision = read.one("PrecisionCaseTimes", PRECISIONS, "0", {})
    arguments: dict[str, Any] = {
        "model": model,
        "time": time,
        "purely_temporal": temporal,
        "rates": read.one("ScanAreas", _RATES, "1", {}),
        "replicates": read.whole("MonteCarloReps", "999"),
        "min_cases": read.whole("MinimumCasesInHighRateClusters", "2"),
    }
    arguments |= _period(read, time, precision)
    alone = bool((own or {}).get("one_limit"))
    arguments |= _sizes(read, time, temporal=temporal, alone=alone)
    arguments |= _time(read, time, arguments, notes)
    arguments |= _adjusted(read, model, notes)
    arguments |= _lists(read, time)
    if read.flag("RiskLimitHighClusters"):
        arguments["min_relative_risk"] = read.number("RiskThresholdHighClusters", "1")
    read.take("RiskThresholdHighClusters")
    read.take("RiskThresholdLowClusters")
    _chance(read, notes)
    files = _files(read, model, temporal=temporal)
    degrees = read.one("CoordinatesType", {"0": False, "1": True}, "1", {})
    for unused in ("GridFile", "MetaLocationsFilename", "NonCompactnessPenalty", "StudyPeriodCheckType",
                   "GeographicalCoordinatesCheckType", "IntervalStartRange", "IntervalEndRange",
                   "MultipleLocationsFile", "UseMultipleLocationsFile",
                   "MaxSizeInMaxCirclePopulationFile_Reported",
                   "MaxSpatialSizeInDistanceFromCenter_Reported"):  # fmt: skip
        read.take(unused)
    read.end()
    if precision == GENERIC:
        notes.append("generic times are days here, counted from 2000-01-01 as 0")
    return Asked(arguments, files, precision, degrees, notes)


def _period(read: _Reader, time: str, precision: str) -> dict[str, Any]:
    texts = read.take("StartDate"), read.take("EndDate")
    if not all(texts):
        if time == "none":
            return {}
        raise UsageError(f"{read.name}: StartDate and EndDate are needed: they are the study period")
    try:
        start, end = first_day(texts[0], precision), last_day(texts[1], precision)
    except ValueError:
        raise UsageError(
            f"{read.name}: StartDate={texts[0]}, EndDate={texts[1]}: not days as 2024/3/5"
        ) from None
    if precision in ("year", "month") and time != "none":
        whole = start.day == 1 and last_day(f"{end.year}/{end.month}", "month") == end
        if precision == "year":
            whole = whole and start.month == 1 and end.month == 12
        if not whole:
            raise UsageError(
                f"{read.name}: PrecisionCaseTimes: cases are known by {precision} alone, and the period "
                f"({start} to {end}) cuts one: take whole {precision}s"
            )
    return {"start": start, "end": end}


def _sizes(read: _Reader, time: str, *, temporal: bool, alone: bool) -> dict[str, Any]:
    share = read.number("MaxSpatialSizeInPopulationAtRisk", "50") / 100
    by_file, of_file = (
        read.flag("UseMaxCirclePopulationFileOption"),
        read.number("MaxSpatialSizeInMaxCirclePopulationFile", "50") / 100,
    )
    by_radius, radius = (
        read.flag("UseDistanceFromCenterOption"),
        read.number("MaxSpatialSizeInDistanceFromCenter", "1"),
    )
    found: dict[str, Any] = {"max_population_share": share}
    if temporal:
        found["max_population_share"] = 0.5
    elif time == "prospective" and read.flag("AdjustForEarlierAnalyses"):
        # A share of the population cannot be the limit then.
        found["max_population_share"] = 1.0
        found["earlier"] = True
    if by_file and not temporal:
        if not found.get("earlier") and not alone:
            raise read.refused(
                "UseMaxCirclePopulationFileOption",
                "y",
                "it limits sizes beside the population at risk; one limit is taken here",
            )
        found |= {"limit_by": "population", "max_population_share": of_file}
    if by_radius and not temporal:
        found["max_radius_km"] = radius
    if read.flag("UseReportOnlySmallerClusters") and not temporal:
        found["max_reported_share"] = read.number("MaxSpatialSizeInPopulationAtRisk_Reported", "50") / 100
    read.take("MaxSpatialSizeInPopulationAtRisk_Reported")
    return found


def _time(read: _Reader, time: str, known: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    unit = read.take("TimeAggregationUnits", "0"), read.whole("TimeAggregationLength", "1")
    interpretation, size = (
        read.take("MaxTemporalSizeInterpretation", "0"),
        read.number("MaxTemporalSize", "50"),
    )
    shortest = read.whole("MinimumTemporalClusterSize", "1")
    frequency, often = read.take("ProspectiveFrequencyType", "0"), read.whole("ProspectiveFrequency", "1")
    begin = read.take("ProspectiveStartDate")
    earlier = known.pop("earlier", False) or read.flag("AdjustForEarlierAnalyses")
    if time == "none":
        return {}
    if unit not in _UNITS:
        raise read.refused(
            "TimeAggregationUnits",
            f"{unit[0]}, TimeAggregationLength={unit[1]}",
            "it is 1 day, 7 days, 1 month or 1 year",
        )
    found: dict[str, Any] = {"time_unit": _UNITS[unit], "min_duration": -(-shortest // unit[1])}
    if interpretation == "0":
        found["max_duration"] = size / 100
    elif interpretation == "1" and size == int(size):
        found["max_duration"] = int(size) // unit[1]  # of weeks SaTScan says the days
    else:
        raise read.refused("MaxTemporalSizeInterpretation", interpretation, "it is a share or units of time")
    if time != "prospective":
        return found
    every = often if frequency == "0" else often * _EVERY.get((found["time_unit"], frequency), 0)
    if not every:
        raise read.refused(
            "ProspectiveFrequencyType", frequency, "analyses are made every so many units of time here"
        )
    found["analysed_every"] = every
    if earlier:
        found["earlier_analyses"] = _analyses_before(read, begin, known, found)
        if every > 1:
            notes.append(
                "SaTScan looks at every unit of time since the start of the surveillance; here at those "
                "that were analysed"
            )
    return found


def _analyses_before(read: _Reader, begin: str, known: Mapping[str, Any], found: Mapping[str, Any]) -> int:
    from surveillance.scan.periods import time_units  # noqa: PLC0415 - the engine loads its compiler

    try:
        first = first_day(begin, "day")
    except ValueError:
        raise read.refused("ProspectiveStartDate", begin, "it is a day as 2024/3/5") from None
    start, end = known["start"], known["end"]
    if not start <= first <= end:
        raise read.refused("ProspectiveStartDate", begin, "it lies in the study period")
    ends = time_units(start, end, found["time_unit"]).ends
    return sum(day >= first for day in ends[:-1]) // int(found["analysed_every"])


def _adjusted(read: _Reader, model: str, notes: list[str]) -> dict[str, Any]:
    trend = read.one("TimeTrendAdjustmentType", _TRENDS, "0", _OTHER_TRENDS)
    if trend == "stratified" and read.whole("TimeStratifiedAdjLength", "1") != 1:
        raise UsageError(f"{read.name}: TimeStratifiedAdjLength: strata are single units of time here")
    read.take("TimeStratifiedAdjLength")
    read.take("TimeTrendPercentage")
    found: dict[str, Any] = {"trend": trend}
    if read.flag("AdjustForWeeklyTrends"):
        if model != "space-time-permutation":
            raise read.refused(
                "AdjustForWeeklyTrends",
                "y",
                "the day of the week is adjusted for in the permutation model alone",
            )
        found["covariates"] = ("weekday",)
    return found


def _lists(read: _Reader, time: str) -> dict[str, Any]:
    hierarchical, gini = (
        read.take("ReportHierarchicalClusters", "y").lower() == "y",
        read.flag("ReportGiniClusters"),
    )
    maxima, least = (
        read.take("SpatialMaxima", _GINI).replace(" ", ""),
        read.number("GiniIndexClustersPValueCutOff", "0.05"),
    )
    if gini and time == "none":
        if maxima != _GINI:
            raise read.refused("SpatialMaxima", maxima, f"the sizes tried here are {_GINI}")
        if least != 0.05:
            raise read.refused("GiniIndexClustersPValueCutOff", str(least), "it is 0.05 here")
    kinds = tuple(
        name for name, asked in (("hierarchical", hierarchical), ("gini", gini and time == "none")) if asked
    )
    found: dict[str, Any] = {"report": kinds or ("hierarchical",)}
    most, p_value = (
        read.whole("IterativeScanMaxIterations", "10"),
        read.number("IterativeScanMaxPValue", "0.05"),
    )
    if read.flag("IterativeScan"):
        found |= {"iterative": True, "iterative_most": most, "iterative_p": p_value}
    return found


def _chance(read: _Reader, notes: list[str]) -> None:
    kind = read.take("PValueReportType", "0")
    if kind not in ("0", "1", "2", "3"):
        raise read.refused("PValueReportType", kind, "it is 0 to 3")
    if kind != "1":
        notes.append(
            "p is by the rank among all replicates, with Gumbel's beside it: SaTScan's setting "
            f"PValueReportType={kind} may show another"
        )
    if read.flag("RandomlyGenerateSeed"):
        notes.append("the seed is this program's: two runs give the same answer")
    read.take("RandomizationSeed")


def _files(read: _Reader, model: str, *, temporal: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"cases": [read.take("CaseFile")], "controls": [read.take("ControlFile")]}
    populations = [read.take("PopulationFile")]
    number = 2
    while more := read.take(f"CaseFile{number}"):
        found["cases"].append(more)
        found["controls"].append(read.take(f"ControlFile{number}"))
        populations.append(read.take(f"PopulationFile{number}"))
        number += 1
    if model == "poisson":
        if len({name for name in populations if name}) > 1:
            raise UsageError(f"{read.name}: PopulationFile2: several data sets share one population here")
        found["population"] = next((name for name in populations if name), None)
        if found["population"] is None:
            raise UsageError(f"{read.name}: PopulationFile is empty, and the Poisson model needs one")
    if model == "bernoulli" and not all(found["controls"]):
        raise UsageError(f"{read.name}: ControlFile is empty, and the Bernoulli model needs one")
    found["locations"] = read.take("CoordinatesFile")
    limit = read.take("MaxCirclePopulationFile")
    found["sizes"] = limit
    for flag, key, what in (
        ("UseNeighborsFile", "NeighborsFilename", "neighbours"),
        ("UseLocationsNetworkFile", "LocationsNetworkFilename", "network"),
        ("UseAdjustmentsByRRFile", "AdjustmentsByKnownRelativeRisksFilename", "relative_risks"),
    ):
        used, path = read.flag(flag), read.take(key)
        if used:
            if not path:
                raise read.refused(key, "", f"is empty, and {flag}=y")
            found[what] = path
    placed = "neighbours" in found or "network" in found or temporal
    if not found["locations"] and not placed:
        raise UsageError(f"{read.name}: CoordinatesFile is empty")
    return found


def numbered(given: Mapping[str, str]) -> Iterator[str]:
    """Names of settings of further data sets."""
    return (key for key in given if _NUMBERED.fullmatch(key))


#: For other modules: how a day of SaTScan is read.
ReadDay = Callable[[str, str], date]
