"""What contradicts itself in a question of clusters on both sides of the border."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dashboard.cluster_filters.values import BERNOULLI
from surveillance.errors import UsageError
from surveillance.texts import N_

if TYPE_CHECKING:
    from dashboard.cluster_filters import ClusterQuery

#: Units of time in which neighbours send their counts.
STEPS = ("week", "month")
_NAME = "with_neighbours"
_PROVINCES = N_(
    "with_neighbours: provinces across the border are compared with provinces of care or of home; "
    "choose these"
)
_BERNOULLI = N_(
    "model: neighbours send cases, and nobody's tests; choose the space-time permutation model, or poisson "
    "with a table of people"
)
_STEP = N_("time_unit: neighbours send their counts by week or month; choose one of these")
_COVARIATES = N_("covariates: neighbours send cases without groups or days; leave these out")
_REMOTE = N_("remote: which facilities lie in remote areas is known on this side alone; leave it out")
_ALONG = N_("along: roads and flows end at the border; choose circles")
_TIME_ALONE = N_(
    "purely_temporal: a scan of time alone would add both sides up, and who reports there, and what counts "
    "as a case, differs; leave one of them out"
)
_SENSITIVE = N_(
    "with_neighbours: HIV and syphilis are looked at on this side alone, in whole weeks; choose another "
    "disease"
)
_SHARE = N_("with_neighbours: neighbours send cases, and no shares of indicators; leave it out")


def across_contradictions(query: ClusterQuery) -> Iterator[UsageError]:
    """What cannot be asked of both sides, and what to choose instead."""
    if not query.with_neighbours:
        return
    if query.indicator is not None:
        yield UsageError(_SHARE, _NAME)
        return
    if query.by != "province" or query.place not in ("care", "home"):
        yield UsageError(_PROVINCES, _NAME)
    if query.sensitive:
        yield UsageError(_SENSITIVE, _NAME)
    if query.model == BERNOULLI or query.cases_are in ("tested", "completed"):
        yield UsageError(_BERNOULLI, "model")
    if query.time_unit not in (None, *STEPS):
        yield UsageError(_STEP, "time_unit")
    if query.covariates:
        yield UsageError(_COVARIATES, "covariates")
    if query.remote is not None:
        yield UsageError(_REMOTE, "remote")
    if query.along is not None:
        yield UsageError(_ALONG, "along")
    if query.purely_temporal:
        yield UsageError(_TIME_ALONE, "purely_temporal")
