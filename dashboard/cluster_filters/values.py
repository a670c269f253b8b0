"""What the parts of a question of clusters may be, by the names that the engine has for them."""

from __future__ import annotations

from dashboard.filters import BY
from surveillance.texts import N_
from surveillance.vocabulary import AXES

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
MOST_UNITS = 5_000
MOST_CASES = 1_000
MOST_ANALYSES = 100_000
MOST_KM = 2_000.0
MOST_SEED = (1 << 53) - 1
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
LATER = (
    "max_reported_share", "limit_by", "remote", "iterative", "iterative_p", "iterative_most", "report",
    "min_relative_risk", "trend", "analysed_every", "along", "indicator",
    "with_neighbours",
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
