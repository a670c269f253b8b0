"""The few indicators of a disease that a page of a place shows."""

from __future__ import annotations

from surveillance.indicators.model import Indicator
from surveillance.indicators.table import INDICATORS

#: The few indicators of each disease that a page of a place shows.
_MAIN: dict[str, tuple[str, ...]] = {
    "malaria": (
        "malaria_testing",
        "malaria_positivity",
        "malaria_radical_cure",
        "malaria_investigated_3_days",
        "malaria_api",
    ),
    "tb": (
        "tb_presumptive",
        "tb_rapid_test",
        "tb_treatment_initiation",
        "tb_treatment_success",
        "tb_treatment_coverage",
    ),
    "hiv": ("hiv_positivity", "hiv_linkage", "hiv_viral_load", "hiv_suppressed"),
}
_MOST = 5


def main_of(disease: str) -> tuple[Indicator, ...]:
    """Return the few indicators of a disease that a page of a place shows.

    Parameters
    ----------
    disease : str
        A code of `surveillance.diseases.DISEASES`.

    Returns
    -------
    tuple of Indicator
        The main ones in their order; where none are named, the first of the disease.

    Examples
    --------
    >>> [row.id for row in main_of("hepatitis_c")][-1]
    'hepatitis_c_completed'
    """
    if disease in _MAIN:
        return tuple(INDICATORS[name] for name in _MAIN[disease])
    return tuple(row for row in INDICATORS.values() if disease in row.diseases)[:_MOST]
