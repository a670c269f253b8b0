"""What a scan for clusters may be asked: every parameter, for form, address, command and stored run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Self

from pydantic.dataclasses import dataclass

from dashboard.filters import BY, REMOTE, REMOTE_HELP, REMOTE_PEOPLE, days_turned, place_without
from dashboard.parameters import LONGEST, Day, Duration, Number, OneOf, Several, Whole, YesNo
from dashboard.questions import STRICT, Question
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.sameness import same
from surveillance.texts import N_
from surveillance.vocabulary import AXES, PLACES, SENSITIVE_AXES, SENSITIVE_BY

#: What a location may be; `district`: the operational one of the facility that gave care.
SCANNED_BY = BY
CASES_ARE = ("positive", "all", "tested", "completed")
#: Those whom a programme reached: of these, places are looked for where they are fewer.
REACHED = ("tested", "completed")
#: As the engine names them; not imported from there, so that web workers do not load its compiler.
POISSON, BERNOULLI, PERMUTATION = MODELS = ("poisson", "bernoulli", "space-time-permutation")
TIMES = ("none", "retrospective", "prospective")
TIME_UNITS = ("day", "week", "month", "year")
RATES = ("high", "low", "both")
#: What the largest share may be of, in place of cases, people tested or expected cases.
LIMITS = ("population",)
#: What zones grow along, in place of circles.
ALONG = ("roads", "flows")
#: Which clusters are listed, and how expected cases may follow time.
REPORTS = ("hierarchical", "gini")
TRENDS = ("log-linear", "stratified", "seasonal")
DAY_OF_WEEK = "weekday"
#: What cases may be adjusted for.
COVARIATES = (DAY_OF_WEEK, *AXES)
MOST_REPLICATES = 9_999
_MOST_UNITS = 5_000
_MOST_CASES = 1_000
_MOST_ANALYSES = 100_000
_MOST_KM = 2_000.0
_MOST_SEED = (1 << 53) - 1
#: Headings under which `--help` lists the options.
DATABASE, WHAT, SIZES, TIME, MORE, RUNNING = (
    "the database",
    "what to look for",
    "how large a cluster may be",
    "time",
    "more",
    "how to run",
)
#: Parts of a question that runs kept before 2026-12 do not know.
_LATER = (
    "max_reported_share", "limit_by", "remote", "iterative", "iterative_p", "iterative_most", "report",
    "min_relative_risk", "trend", "analysed_every", "along",
)  # fmt: skip
#: What limits a cluster where there were earlier analyses; a table of people goes with poisson alone.
BY_RADIUS = N_(
    "earlier_analyses: a share of the cases, or of the people tested, cannot limit the size of a cluster "
    "then, since it changes from analysis to analysis; limit it by a radius: max_radius_km, with "
    "max_population_share 1"
)
BY_RADIUS_OR_PEOPLE = N_(
    "earlier_analyses: a share of the expected cases cannot limit the size of a cluster then, since it "
    "changes from analysis to analysis; limit it by a radius (max_radius_km, with max_population_share 1), "
    "or by a share of the table of people (limit_by population)"
)


class Columns(Several):
    """Columns, written as headers may be."""

    def read(self, text: str) -> tuple[str, ...]:
        """Their names."""
        return super().read(",".join(same(part) for part in text[:LONGEST].split(",")))


@dataclass(frozen=True, config=STRICT)
class ClusterQuery(Question):
    """A question of clusters. None: the data decide (dashboard.services.clusters.defaults).

    `by`, `place`: what a location is, as for coverage. `cases_are`: records found positive, or all records of
    the disease. `start`, `end`: the study period, both days included. Durations are in units of time; the
    longest may be a share of the period.
    """

    disease: Annotated[
        str,
        OneOf(
            tuple(DISEASES),
            label=N_("Disease"),
            help="records of this disease",
            section=DATABASE,
            missing=N_("disease: is missing; use one of {offered}"),
        ),
    ]
    by: Annotated[str, OneOf(SCANNED_BY, label=N_("Places"), help="what a location is", section=DATABASE)] = (
        "province"
    )
    place: Annotated[
        str,
        OneOf(PLACES, label=N_("Places"), help="which province of a record counts (care)", section=DATABASE),
    ] = "care"
    cases_are: Annotated[
        str | None,
        OneOf(
            CASES_ARE,
            label=N_("Cases"),
            help="records found positive, or all of the disease; positive unless no test is recorded. "
            "tested, completed: where fewer were of those who should have been",
            section=DATABASE,
        ),
    ] = None
    model: Annotated[
        str | None,
        OneOf(
            MODELS,
            label=N_("Question"),
            help="what cases are compared with; else as the data suit",
            section=WHAT,
        ),
    ] = None
    time: Annotated[
        str | None,
        OneOf(
            TIMES,
            label=N_("Time"),
            help="none: places alone; retrospective: any time window; prospective: windows that reach the "
            "last day. Unless given: prospective for dengue, measles, awd and cholera of the database; else "
            "retrospective for space-time-permutation and --purely-temporal, and none for the other models",
            section=WHAT,
        ),
    ] = None
    time_unit: Annotated[
        str | None,
        OneOf(
            TIME_UNITS,
            label=N_("Unit of time"),
            help="counted back from the last day; unless given day, but week for retrospective scans of the "
            "database",
            section=TIME,
        ),
    ] = None
    start: Annotated[
        date | None,
        Day(name="from", label=N_("From"), help="first day of the study period", section=TIME),
    ] = None
    end: Annotated[
        date | None, Day(name="to", label=N_("To"), help="its last day, included", section=TIME)
    ] = None
    min_duration: Annotated[
        int,
        Whole(
            1,
            _MOST_UNITS,
            label=N_("Shortest duration, in units"),
            help="fewest time units (default: 1)",
            section=SIZES,
        ),
    ] = 1
    max_duration: Annotated[
        int | float | None,
        Duration(
            1,
            _MOST_UNITS,
            label=N_("Longest duration, in units"),
            help="most time units; below 1 a share of the period; half the period unless given",
            section=SIZES,
        ),
    ] = None
    max_population_share: Annotated[
        float,
        Number(
            0.0,
            1.0,
            label=N_("Largest share of the whole (0 to 1)"),
            help="most of the population (bernoulli: of those tested; space-time-permutation: of the cases); "
            "0.5",
            section=SIZES,
        ),
    ] = 0.5
    max_radius_km: Annotated[
        float | None,
        Number(
            0.0,
            _MOST_KM,
            metavar="KM",
            label=N_("Largest radius, in km"),
            help="unit of x and y, where they are",
            section=SIZES,
        ),
    ] = None
    rates: Annotated[
        str,
        OneOf(RATES, label=N_("Rates"), help="clusters of too many or too few cases", section=WHAT),
    ] = "high"
    min_cases: Annotated[
        int,
        Whole(0, _MOST_CASES, label=N_("Fewest cases"), help="fewest cases (default: 2)", section=SIZES),
    ] = 2
    covariates: Annotated[
        tuple[str, ...],
        Columns(
            COVARIATES,
            {"day_of_week": DAY_OF_WEEK},
            label=N_("Adjust for (space-time permutation only)"),
            help="columns to standardise by",
            section=WHAT,
        ),
    ] = ()
    purely_temporal: Annotated[
        bool,
        YesNo(label=N_("Time alone"), help="time alone, all locations together", section=WHAT),
    ] = False
    earlier_analyses: Annotated[
        int,
        Whole(
            0,
            _MOST_ANALYSES,
            label=N_("Earlier analyses"),
            help="prospective analyses made before this one, one for each time unit; needs another limit of "
            "the size: --max-radius-km with --max-population-share 1, or --limit-by population",
            section=TIME,
        ),
    ] = 0
    replicates: Annotated[
        int,
        Whole(
            1,
            MOST_REPLICATES,
            label=N_("Random data sets"),
            help="of the Monte Carlo test (default: 999)",
            section=RUNNING,
        ),
    ] = 999
    seed: Annotated[
        int,
        Whole(0, _MOST_SEED, label=N_("Seed"), help="the same one, the same answer (1)", section=RUNNING),
    ] = 1
    max_reported_share: Annotated[
        float | None,
        Number(
            0.0,
            1.0,
            label=N_("Largest share that is reported (0 to 1)"),
            help="most of the population that a reported cluster may hold; unless given as many as are "
            "scanned, and a tenth in the database's usual scan",
            section=SIZES,
        ),
    ] = None
    limit_by: Annotated[
        str | None,
        OneOf(
            LIMITS,
            label=N_("What the largest share is of"),
            help="the share is of this column of the locations, which stays as it is",
            section=SIZES,
        ),
    ] = None
    iterative: Annotated[
        bool,
        YesNo(
            label=N_("Scan again without the strongest cluster"),
            help="in space: report the most likely cluster, take its locations out, and scan again",
            section=MORE,
        ),
    ] = False
    iterative_p: Annotated[
        float,
        Number(
            0.0,
            1.0,
            metavar="P",
            label=N_("Scan again while p is no larger than"),
            help="scan again while p is no larger, 0.05",
            section=MORE,
        ),
    ] = 0.05
    iterative_most: Annotated[
        int, Whole(1, 100, label=N_("Most scans"), help="most scans, 10", section=MORE)
    ] = 10
    report: Annotated[
        tuple[str, ...],
        Several(
            REPORTS,
            metavar="hierarchical[,gini]",
            label=N_("Which clusters are listed"),
            help="in space: also, or only, the clusters up to the size that the Gini coefficient chooses",
            section=MORE,
        ),
    ] = ("hierarchical",)
    min_relative_risk: Annotated[
        float | None,
        Number(
            0.0,
            1000.0,
            metavar="RISK",
            label=N_("Least relative risk"),
            help="zones of a lower relative risk do not count",
            section=MORE,
        ),
    ] = None
    trend: Annotated[
        str | None,
        OneOf(
            TRENDS,
            label=N_("Expected change over time"),
            help="poisson in space and time: expect an even growth or fall, as the cases of all places have "
            "it; seasonal: and what each month has; stratified: compare with other places at the same time",
            section=MORE,
        ),
    ] = None
    analysed_every: Annotated[
        int,
        Whole(
            1,
            366,
            label=N_("Time units between two analyses"),
            help="time units from one prospective analysis to the next, 1",
            section=MORE,
        ),
    ] = 1

    remote: Annotated[
        str | None,
        OneOf(REMOTE, label=N_("Remote areas"), help=REMOTE_HELP, section=DATABASE),
    ] = None
    along: Annotated[
        str | None,
        OneOf(
            ALONG,
            label=N_("Zones grow along"),
            section=DATABASE,
            help="along the imported roads, or flows of people (`routes import`), in place of circles",
        ),
    ] = None

    @property
    def dimension(self) -> str:
        """What a location is: a province of care, home or infection, a crossing, facility or district."""
        return self.place if self.by == "province" else self.by

    @property
    def never_shown(self) -> bool:
        """Whether it asks for a breakdown that nobody is shown of this disease."""
        return DISEASES[self.disease].sensitive and (
            self.by in SENSITIVE_BY
            or self.remote is not None
            or not SENSITIVE_AXES.isdisjoint(self.covariates)
        )

    def canonical(self) -> str:
        """The question as JSON in one order, as it is stored; :meth:`from_canonical` reads it back.

        What could not be asked when runs were first kept stands there only where it is asked: such a run is
        still the same question.
        """
        usual = self.usual_values()
        held = {
            name: value for name, value in asdict(self).items() if name not in _LATER or value != usual[name]
        }
        return json.dumps(held, sort_keys=True, default=str)

    @classmethod
    def from_canonical(cls, text: str) -> Self:
        """Read what :meth:`canonical` wrote."""
        held = json.loads(text)
        for name in ("start", "end"):
            held[name] = date.fromisoformat(held[name]) if held[name] else None
        for name in {"covariates", "report"} & held.keys():
            held[name] = tuple(held[name])
        return cls(**held)

    def series(self) -> str:
        """Hash of the question whatever its days, replicates and what was looked at before."""
        same = replace(self, start=None, end=None, replicates=0, seed=0, earlier_analyses=0)
        return hashlib.sha256(same.canonical().encode()).hexdigest()

    def contradictions(self) -> Iterator[UsageError]:
        """What in it contradicts itself, and what to choose instead."""
        if wrong := place_without(self.by, self.place):
            yield wrong
        if wrong := days_turned(self.start, self.end):
            yield wrong
        if isinstance(self.max_duration, int) and self.max_duration < self.min_duration:
            yield UsageError(
                "max_duration: {longest} is below min_duration ({shortest})",
                "max_duration",
                longest=self.max_duration,
                shortest=self.min_duration,
            )
        if self.model == PERMUTATION and self.time == "none":
            yield UsageError(
                "time: the space-time permutation model needs time; choose retrospective or prospective",
                "time",
            )
        if self.purely_temporal and (self.model == PERMUTATION or self.time == "none"):
            yield UsageError(
                "purely_temporal: needs time (retrospective or prospective) and another model than the "
                "space-time permutation, which keeps each day's cases as they are",
                "purely_temporal",
            )
        yield from self._sizes()
        yield from self._more()
        if wrong := self._wrong_limit():
            yield wrong
        if self.model == POISSON and self.remote is not None:
            yield UsageError(REMOTE_PEOPLE, "remote")
        if self.model == BERNOULLI and self.cases_are == "all":
            yield UsageError(
                "cases_are: the bernoulli model compares positives with all who were tested; choose "
                "positive, or the space-time permutation model for all records",
                "cases_are",
            )
        if self.cases_are in REACHED and self.model not in (None, BERNOULLI):
            yield UsageError(
                "cases_are: those tested, or who completed, are compared with all who should have been, by "
                "the bernoulli model",
                "cases_are",
            )
        if self.cases_are in REACHED and self.min_relative_risk is not None:
            yield UsageError(
                "min_relative_risk: is 1 or more, and of clusters of high rates", "min_relative_risk"
            )
        if self.model == BERNOULLI and self.covariates:
            yield UsageError(
                "covariates: the bernoulli model takes none; choose the space-time permutation model",
                "covariates",
            )

    def _more(self) -> Iterator[UsageError]:
        if self.along and self.purely_temporal:
            yield UsageError("along: a scan of time alone has no zones in space; leave it out", "along")
        if self.along == "flows" and self.max_radius_km is not None:
            yield UsageError("max_radius_km: flows of people have no radius; leave it out", "max_radius_km")
        in_space = self.model != PERMUTATION and self.time in (None, "none")
        if self.iterative and not in_space:
            yield UsageError("iterative: looks at space alone; choose no time", "iterative")
        if "gini" in self.report and (not in_space or self.iterative or self.rates == "low"):
            yield UsageError(
                "report: the Gini coefficient chooses among clusters of high rates in space alone; choose no "
                "time, and no scan again",
                "report",
            )
        if self.min_relative_risk is not None and (self.min_relative_risk < 1 or self.rates == "low"):
            yield UsageError(
                "min_relative_risk: is 1 or more, and of clusters of high rates", "min_relative_risk"
            )
        if self.trend is not None and (self.model not in (None, POISSON) or self.time == "none"):
            yield UsageError("trend: is adjusted for in space and time, by the poisson model alone", "trend")
        if self.analysed_every > 1 and self.time not in (None, "prospective"):
            yield UsageError(
                "analysed_every: matters to prospective scans only; choose prospective", "analysed_every"
            )

    def _sizes(self) -> Iterator[UsageError]:
        if self.max_reported_share is None:
            return
        if self.max_reported_share > self.max_population_share:
            yield UsageError(
                "max_reported_share: {reported} is above the largest share that is scanned ({scanned})",
                "max_reported_share",
                reported=self.max_reported_share,
                scanned=self.max_population_share,
            )
        if self.purely_temporal:
            yield UsageError(
                "max_reported_share: a purely temporal scan takes all locations together and has no such "
                "size",
                "max_reported_share",
            )

    def _wrong_limit(self) -> UsageError | None:
        """What is wrong with a limit of people, or with earlier analyses of a size that was another one in
        each of them."""
        if self.limit_by is not None and self.model not in (None, POISSON):
            return UsageError(
                "limit_by: the records have no column of people; it goes with the poisson model and a table "
                "of people (--population on the command line)",
                "limit_by",
            )
        if not self.earlier_analyses:
            return None
        if self.time not in (None, "prospective"):
            return UsageError(
                "earlier_analyses: are allowed for in prospective scans only; choose prospective",
                "earlier_analyses",
            )
        if self.max_population_share < 1 and self.limit_by is None and not self.purely_temporal:
            return UsageError(BY_RADIUS_OR_PEOPLE if self.model == POISSON else BY_RADIUS, "earlier_analyses")
        return None
