"""The columns of every exported table; the tables in docs/clusters.md are made from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "count", "number", "date"]


@dataclass(frozen=True)
class Column:
    """One column: `kind` decides how a file stores it."""

    name: str
    kind: Kind
    meaning: str


_TRACE = (
    Column("run_id", "text", "the run that the row comes from; its parameters are in the same file"),
    Column("note", "text", "what must be known before reading on: synthetic data, what was withheld"),
)

CLUSTERS: tuple[Column, ...] = (
    Column("rank", "count", "1 is the most likely cluster; significant or not, all are listed"),
    Column("centre", "text", "code of the location in the middle; empty for time alone"),
    Column("centre_name", "text", "its name, in the language of the file"),
    Column(
        "locations",
        "text",
        "codes of all locations, one space between; a code that holds a space itself stands in double quotes",
    ),
    Column("location_names", "text", "their names, a semicolon between"),
    Column("n_locations", "count", "how many locations"),
    Column(
        "radius_km",
        "number",
        "from the centre to the farthest location; 0 for a single place; in the unit of x and y where "
        "positions are x and y; empty where a list of neighbours took the place of positions",
    ),
    Column("start", "date", "first day"),
    Column("end", "date", "last day, included"),
    Column("observed", "count", "cases (bernoulli: positives)"),
    Column("expected", "number", "cases expected there if none were more or less at risk"),
    Column("observed_expected", "number", "observed over expected"),
    Column(
        "relative_risk",
        "number",
        "risk inside over risk outside; empty for the space-time permutation, which knows none; infinite "
        "where all cases are inside",
    ),
    Column("llr", "number", "log likelihood ratio (of the space-time permutation: test statistic)"),
    Column("p_value", "number", "rank among the replicates, so never below 1 / (replicates + 1)"),
    Column(
        "gumbel_p_value", "number", "of a Gumbel distribution fitted to the replicates; beside, not instead"
    ),
    Column("recurrence_interval_days", "number", "prospective: how often chance alone brings such a one"),
    Column(
        "population",
        "number",
        "residents (poisson), persons tested (bernoulli), all cases there (space-time permutation)",
    ),
    Column("rate", "text", "`high` or `low`"),
    *_TRACE,
)

#: After the others, where the report of a scan was asked for with `gini`.
LISTS: tuple[Column, ...] = (
    Column("hierarchical", "text", "`yes` where the cluster is one of the usual list: no two share a place"),
    Column(
        "gini",
        "text",
        "`yes` where it is of the size that the Gini coefficient chooses, and p is below 0.05",
    ),
)

#: After the others, where several data sets were scanned together.
SETS: tuple[Column, ...] = (
    Column(
        "data_sets", "text", "of several data sets: what each holds; observed and expected are their sums"
    ),
)

#: In the CSV alone, which has no second sheet.
PARAMETERS_CELL = Column("parameters", "text", "everything needed to run it again, as JSON")

MEMBERS: tuple[Column, ...] = (
    Column("cluster", "count", "rank of the cluster"),
    Column("location", "text", "code of the location"),
    Column("name", "text", "its name, in the language of the file"),
    Column("latitude", "number", "degrees, WGS 84; empty where positions are x and y or not known"),
    Column("longitude", "number", "degrees, WGS 84"),
    Column("observed", "count", "its cases within the cluster's dates"),
    Column("expected", "number", "its expected cases within the cluster's dates"),
    Column("observed_expected", "number", "observed over expected"),
    Column("relative_risk", "number", "risk in this location and these dates over the risk elsewhere"),
    Column("population", "number", "as for the cluster"),
    *_TRACE,
)

PARAMETERS: tuple[Column, ...] = (
    Column("parameter", "text", "its name"),
    Column("value", "text", "its value; in XLSX numbers are numbers"),
)
