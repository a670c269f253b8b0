"""What a scan found, and everything needed to run it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class ScanResult:
    """The clusters of one scan.

    clusters : one row for each, columns `surveillance.scan.clusters.CLUSTER_COLUMNS`: all that are listed,
        significant or not, by rank. `locations` holds a list of names. `start` and `end` are first and last
        days. `expected` and `llr` are unrounded. `relative_risk` is NaN for the permutation model, which has
        none. `recurrence_interval_days` is NaN unless the scan was prospective. `population`: residents
        (Poisson), persons tested (Bernoulli), all cases of these locations (permutation).
    members : one row for each location of each cluster, columns `MEMBER_COLUMNS`, within the cluster's dates.
    maxima : largest log likelihood ratio of each replicate, shape (replicates,).
    sets : of several data sets, one row for each cluster and set (`surveillance.scan.several`); else None.
    parameters : everything asked for, by name, with the study period that was used, and the size of the data.
    """

    clusters: pd.DataFrame
    members: pd.DataFrame
    maxima: NDArray[np.float64]
    parameters: dict[str, Any]
    sets: pd.DataFrame | None = None
