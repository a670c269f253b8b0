"""What a scan is asked to do: every parameter, checked once."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from surveillance.errors import StatisticsError
from surveillance.scan.periods import TIME_UNITS
from surveillance.texts import N_

Model = Literal["poisson", "bernoulli", "space-time-permutation"]
Time = Literal["none", "retrospective", "prospective"]
Rates = Literal["high", "low", "both"]
MODELS = ("poisson", "bernoulli", "space-time-permutation")
TIMES = ("none", "retrospective", "prospective")
RATES = ("high", "low", "both")
REPORTS = ("hierarchical", "gini")
LONGER_THAN_PERIOD = N_(
    "the longest duration ({longest}) is longer than the study period ({units} units of time)"
)
NO_WINDOW_FITS = N_(
    "the longest window would have {longest} units of time, below the shortest ({shortest}): take a longer "
    "study period or a longer largest duration"
)
SHARE_CHANGES = (
    "earlier analyses: a share of the cases, or of the people tested, cannot limit the size of a cluster, "
    "since it changes from analysis to analysis. Limit it by a radius (--max-radius-km, with "
    "--max-population-share 1), or by a share of a column that stays (--limit-by population)"
)
LEAST_RISK = N_("the least relative risk must be 1 or more, not {given}")
RISK_IS_OF_HIGH = N_("the least relative risk is one of clusters of high rates, and low ones are looked for")
LARGEST_P = N_("the largest p of an iterative scan must be above 0 and at most 1, not {given}")
ITERATIVE_IN_SPACE = N_("an iterative scan looks at space alone: choose no time")
NOTHING_REPORTED = N_("say which clusters are reported: hierarchical, gini, or both")
GINI_IN_SPACE = N_(
    "the Gini coefficient chooses among clusters of high rates in space alone: choose no time, and no "
    "iterative scan"
)
TREND_OF_POISSON = N_("a trend is adjusted for in space and time by the poisson model alone")
#: How expected cases may follow time.
TRENDS = ("log-linear", "stratified", "seasonal")
EARLIER_ARE_PROSPECTIVE = "earlier analyses are allowed for in prospective scans only"
EVERY_IS_PROSPECTIVE = N_("how often it is analysed (analysed_every) matters to prospective scans only")
TOO_MANY_ANALYSES = N_(
    "{earlier} earlier analyses do not fit into a study period of {units} units of time: in the first "
    "there was no window of {shortest}; take a longer study period, or fewer earlier analyses"
)
#: What the largest share may be of, in place of what a model counts: a column of the locations.
LIMITS = ("population",)
#: A share of the study period, where no longest duration is given.
HALF = 0.5


@dataclass(frozen=True)
class Settings:
    """Parameters of a scan; `surveillance.scan.scan` says what each means."""

    model: Model
    time: Time = "none"
    time_unit: str = "day"
    start: date | None = None
    end: date | None = None
    min_duration: int = 1
    max_duration: int | float | None = None
    max_population_share: float = HALF
    max_radius_km: float | None = None
    rates: Rates = "high"
    min_cases: int = 2
    covariates: tuple[str, ...] = ()
    purely_temporal: bool = False
    replicates: int = 999
    seed: int = 1
    earlier_analyses: int = 0
    max_reported_share: float | None = None
    report_single_places: bool = False
    limit_by: Literal["population"] | None = None
    min_relative_risk: float | None = None
    iterative: bool = False
    iterative_p: float = 0.05
    iterative_most: int = 10
    report: tuple[str, ...] = ("hierarchical",)
    network_order: Literal["shortest", "satscan"] = "shortest"
    trend: Literal["log-linear", "stratified", "seasonal"] | None = None
    analysed_every: int = 1

    def __post_init__(self) -> None:
        """Check every parameter."""
        _one_of("model", self.model, MODELS)
        _one_of("time", self.time, TIMES)
        _one_of("rates", self.rates, RATES)
        _one_of("network order", self.network_order, ("shortest", "satscan"))
        _one_of("time unit", self.time_unit, TIME_UNITS)
        _whole("the shortest duration", self.min_duration, 1)
        _whole("min_cases", self.min_cases, 0)
        _whole("replicates", self.replicates, 0)
        _whole("earlier_analyses", self.earlier_analyses, 0)
        _whole("analysed_every", self.analysed_every, 1)
        if self.analysed_every > 1 and self.time != "prospective":
            raise StatisticsError(EVERY_IS_PROSPECTIVE)
        if not isinstance(self.seed, int) or not 0 <= self.seed < 1 << 63:
            raise StatisticsError(f"the seed must be a whole number from 0 to 2^63 - 1, not {self.seed!r}")
        if not 0 < self.max_population_share <= 1:
            raise StatisticsError(
                "the largest share of the population must be above 0 and at most 1, "
                f"not {self.max_population_share}"
            )
        if self.max_radius_km is not None and not 0 <= self.max_radius_km < math.inf:
            raise StatisticsError(f"the largest radius must be 0 km or more, not {self.max_radius_km}")
        if self.limit_by is not None:
            _one_of("limit_by", self.limit_by, LIMITS)
            if self.purely_temporal:
                raise StatisticsError(
                    "a purely temporal scan takes all locations together: nothing limits them"
                )
        self._check_lists()
        self._check_reported()
        self._check_earlier()
        self._check_time()

    def _check_lists(self) -> None:
        if self.trend is not None:
            _one_of("trend", self.trend, TRENDS)
            if self.model != "poisson" or self.time == "none" or self.purely_temporal:
                raise StatisticsError(TREND_OF_POISSON)
        if self.min_relative_risk is not None:
            if not 1 <= self.min_relative_risk < math.inf:
                raise StatisticsError(LEAST_RISK, given=self.min_relative_risk)
            if not self.high:
                raise StatisticsError(RISK_IS_OF_HIGH)
        for kind in self.report:
            _one_of("kind of report", kind, REPORTS)
        if not self.report:
            raise StatisticsError(NOTHING_REPORTED)
        if "gini" in self.report and (self.time != "none" or self.iterative or not self.high):
            raise StatisticsError(GINI_IN_SPACE)
        _whole("iterative_most", self.iterative_most, 1)
        if not 0 < self.iterative_p <= 1:
            raise StatisticsError(LARGEST_P, given=self.iterative_p)
        if self.iterative and self.time != "none":
            raise StatisticsError(ITERATIVE_IN_SPACE)

    def _check_reported(self) -> None:
        share = self.max_reported_share
        if share is None:
            return
        if not 0 < share <= self.max_population_share:
            raise StatisticsError(
                "the largest share of the population that is reported must be above 0 and at most the "
                f"largest that is scanned ({self.max_population_share}), not {share}"
            )
        if self.purely_temporal:
            raise StatisticsError(
                "a purely temporal scan takes all locations together: there is no size up to which clusters "
                "could be reported"
            )

    def _check_earlier(self) -> None:
        if not self.earlier_analyses:
            return
        if self.time != "prospective":
            raise StatisticsError(EARLIER_ARE_PROSPECTIVE)
        if self.max_population_share < 1 and self.limit_by is None and not self.purely_temporal:
            raise StatisticsError(SHARE_CHANGES)

    def _check_time(self) -> None:
        if self.time == "none" and (self.model == "space-time-permutation" or self.purely_temporal):
            what = "a purely temporal scan" if self.purely_temporal else "the space-time permutation model"
            raise StatisticsError(f"{what} needs time: choose retrospective or prospective")
        if self.purely_temporal and self.model == "space-time-permutation":
            raise StatisticsError(
                "the space-time permutation keeps each day's cases as they are, so it has nothing to find "
                "in time alone: choose the poisson or bernoulli model for a purely temporal scan"
            )
        if self.start and self.end and self.end < self.start:
            raise StatisticsError(f"the study period ends ({self.end}) before it starts ({self.start})")
        given = self.max_duration
        if isinstance(given, float) and not given.is_integer():
            if not 0 < given < 1:
                raise StatisticsError(
                    "the longest duration is a whole number of time units, or a share of the study period "
                    f"between 0 and 1, not {given}"
                )
        elif given is not None and int(given) < self.min_duration:
            raise StatisticsError(
                f"the longest duration ({given}) is below the shortest ({self.min_duration})"
            )

    @property
    def high(self) -> bool:
        """Whether clusters of high rates are looked for."""
        return self.rates in ("high", "both")

    @property
    def low(self) -> bool:
        """Whether clusters of low rates are looked for."""
        return self.rates in ("low", "both")

    def lengths(self, units: int) -> tuple[int, int]:
        """Shortest and longest window, in units of time.

        Raises
        ------
        StatisticsError
            No window fits.
        """
        share = self._duration_is_share
        longest = self._longest(units)
        if not share and longest > units:
            raise StatisticsError(
                LONGER_THAN_PERIOD,
                longest=longest,
                units=units,
            )
        if longest < self.min_duration and not (share and units == 1 and self.min_duration == 1):
            raise StatisticsError(
                NO_WINDOW_FITS,
                longest=longest,
                shortest=self.min_duration,
            )
        return self.min_duration, max(longest, 1)

    @property
    def _duration_is_share(self) -> bool:
        given = HALF if self.max_duration is None else self.max_duration
        return isinstance(given, float) and not given.is_integer()

    def _longest(self, units: int) -> int:
        given = HALF if self.max_duration is None else self.max_duration
        return math.floor(given * units + 1e-9) if self._duration_is_share else int(given)

    def longest_at_ends(self, units: int) -> list[int]:
        """Longest window that ends in each unit, at this analysis and the earlier ones; 0: none ends there.

        A share is that of the study period as it was at the analysis.

        Raises
        ------
        StatisticsError
            The first analysis would have had no window.
        """
        first = units - 1 - self.earlier_analyses * self.analysed_every
        if first + 1 < self.min_duration:
            raise StatisticsError(
                TOO_MANY_ANALYSES, earlier=self.earlier_analyses, units=units, shortest=self.min_duration
            )
        found = [0] * units
        for end in range(first, units, self.analysed_every):
            longest = self._longest(end + 1)
            found[end] = min(longest, end + 1) if end or longest else 1
        return found

    def record(self) -> dict[str, Any]:
        """Every parameter by name, as JSON can hold it."""
        found = asdict(self)
        for name in ("start", "end"):
            found[name] = found[name].isoformat() if found[name] else None
        found["covariates"] = list(self.covariates)
        found["report"] = list(self.report)
        return found


def _one_of(what: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise StatisticsError(f"unknown {what} {value!r}: use one of {', '.join(allowed)}")


def _whole(what: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise StatisticsError(f"{what} must be a whole number of {least} or more, not {value!r}")
