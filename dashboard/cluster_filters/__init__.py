"""What a scan for clusters may be asked: every parameter, for form, address, command and stored run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Any, Self

from pydantic.dataclasses import dataclass

from dashboard.cluster_filters.contradictions import contradictions
from dashboard.cluster_filters.shares import usual_of_share
from dashboard.cluster_filters.values import (
    ALONG,
    BERNOULLI,
    CASES_ARE,
    COVARIATES,
    DATABASE,
    DAY_OF_WEEK,
    LATER,
    LIMITS,
    MODELS,
    MORE,
    MOST_ANALYSES,
    MOST_CASES,
    MOST_KM,
    MOST_REPLICATES,
    MOST_SEED,
    MOST_UNITS,
    PERMUTATION,
    POISSON,
    RATES,
    REACHED,
    REPORTS,
    RUNNING,
    SCANNED_BY,
    SIZES,
    TIME,
    TIME_UNITS,
    TIMES,
    TRENDS,
    WHAT,
)
from dashboard.filters import REMOTE, REMOTE_HELP
from dashboard.parameters import LONGEST, Day, Duration, Number, OneOf, Several, Text, Whole, YesNo
from dashboard.questions import STRICT, Question
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.sameness import same
from surveillance.texts import N_
from surveillance.vocabulary import PLACES, SENSITIVE_AXES, SENSITIVE_BY

__all__ = [
    "ALONG",
    "BERNOULLI",
    "DATABASE",
    "DAY_OF_WEEK",
    "MODELS",
    "MORE",
    "MOST_REPLICATES",
    "PERMUTATION",
    "POISSON",
    "RATES",
    "REACHED",
    "RUNNING",
    "SIZES",
    "TIME",
    "TIMES",
    "TIME_UNITS",
    "WHAT",
    "ClusterQuery",
]


class Disease(OneOf):
    """A disease; none where an indicator counts records of several, or of none."""

    def take(self, value: Any) -> Any:
        """Its code, or nothing, which no text can say."""
        return value if value == "" else super().take(value)


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
    longest may be a share of the period. `indicator`: it is no question of cases, but of the share of those
    counted who are in its numerator.
    """

    disease: Annotated[
        str,
        Disease(
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
            MOST_UNITS,
            label=N_("Shortest duration, in units"),
            help="fewest time units (default: 1)",
            section=SIZES,
        ),
    ] = 1
    max_duration: Annotated[
        int | float | None,
        Duration(
            1,
            MOST_UNITS,
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
            MOST_KM,
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
        Whole(0, MOST_CASES, label=N_("Fewest cases"), help="fewest cases (default: 2)", section=SIZES),
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
            MOST_ANALYSES,
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
        Whole(0, MOST_SEED, label=N_("Seed"), help="the same one, the same answer (1)", section=RUNNING),
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
    with_neighbours: Annotated[
        bool,
        YesNo(
            label=N_("Provinces across the border"),
            section=DATABASE,
            help="with --by province, the provinces across the border are places, too, with their own "
            "imported counts (`neighbours import`); by week or month",
        ),
    ] = False
    indicator: Annotated[
        str | None,
        Text(
            metavar="ID",
            label=N_("Indicator"),
            section=DATABASE,
            help="in place of --disease: where the share of this indicator is unusually low or high "
            "(--rates); `indicators --list` names them",
        ),
    ] = None

    @classmethod
    def usual(cls, texts: Mapping[str, str]) -> dict[str, Any]:
        """What an indicator decides: its disease, of which provinces it is, and that both ways are asked."""
        return usual_of_share(texts)

    def parameters(self, kind: type[Question] | None = None) -> dict[str, str]:
        """As of every question; of an indicator also whether low or high shares are looked for."""
        return super().parameters(kind) | ({"rates": self.rates} if self.indicator else {})

    @property
    def sensitive(self) -> bool:
        """Whether the question is about HIV or syphilis."""
        return self.disease in DISEASES and DISEASES[self.disease].sensitive

    @property
    def dimension(self) -> str:
        """What a location is: a province of care, home or infection, a crossing, facility or district."""
        return self.place if self.by == "province" else self.by

    @property
    def never_shown(self) -> bool:
        """Whether it asks for a breakdown that nobody is shown of this disease."""
        return self.sensitive and (
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
            name: value for name, value in asdict(self).items() if name not in LATER or value != usual[name]
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
        yield from contradictions(self)
