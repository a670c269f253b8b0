"""Which indicators are scanned for clusters, and why others are not."""

from __future__ import annotations

from surveillance.indicators.model import Indicator, OfFoci
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

NOT_A_SHARE = N_(
    "{name} is a number, and no share of those who were counted: more of it are found where more people are. "
    "Scan the cases of a disease instead"
)
OF_RESIDENTS = N_(
    "{name} is divided by people who live somewhere, which one figure a year says: it cannot be scanned as a "
    "share of those who were counted"
)


def reason_not_scanned(indicator: Indicator) -> str:
    """Return why an indicator is not scanned as a share of those who were counted.

    Parameters
    ----------
    indicator : Indicator

    Returns
    -------
    str
        A sentence with a place for `name`; blank where it is scanned.

    Examples
    --------
    >>> [bool(reason_not_scanned(INDICATORS[name])) for name in ("tb_yield", "malaria_api")]
    [False, True]
    """
    if indicator.of:
        return OF_RESIDENTS
    return NOT_A_SHARE if not indicator.denominator or isinstance(indicator.counted, OfFoci) else ""


def scanned() -> tuple[str, ...]:
    """Return the ids of the indicators that are scanned, in the order of their table.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "prevention_left_behind_unvaccinated" in scanned(), "ids_awd_deaths" in scanned()
    (True, False)
    """
    return tuple(name for name, row in INDICATORS.items() if not reason_not_scanned(row))


def disease_of(indicator: Indicator) -> str:
    """Return the disease whose records an indicator counts.

    Parameters
    ----------
    indicator : Indicator

    Returns
    -------
    str
        Its code; blank where it counts several, or no records of a disease.

    Examples
    --------
    >>> disease_of(INDICATORS["tb_yield"]), disease_of(INDICATORS["border_cleared"])
    ('tb', '')
    """
    return indicator.diseases[0] if len(indicator.diseases) == 1 else ""
