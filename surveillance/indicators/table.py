"""The table of all indicators. A new one is a row of a programme's module, and its test."""

from __future__ import annotations

from surveillance.indicators import hiv, malaria, others, tuberculosis
from surveillance.indicators.model import Indicator, OfRecords

INDICATORS: dict[str, Indicator] = {
    row.id: row for row in (*malaria.ROWS, *tuberculosis.ROWS, *hiv.ROWS, *others.ROWS)
}
#: Those that are summed record by record, by the number under which their sums are kept.
OF_RECORDS: dict[int, Indicator] = {
    row.counted.key: row for row in INDICATORS.values() if isinstance(row.counted, OfRecords)
}


def of_disease(disease: str) -> tuple[Indicator, ...]:
    """Return the indicators that are summed from the records of a disease.

    Parameters
    ----------
    disease : str
        A code of `surveillance.diseases.DISEASES`.

    Returns
    -------
    tuple of Indicator

    Examples
    --------
    >>> [row.id for row in of_disease("cholera")][0]
    'ids_cholera_rdt_positive'
    """
    return tuple(row for row in OF_RECORDS.values() if disease in row.diseases)


def editions() -> dict[int, int]:
    """Return the edition of each indicator that is summed record by record, by its key.

    Returns
    -------
    dict of int to int
        Key -> edition: where one differs from what a database was summed by, it is summed anew.

    Examples
    --------
    >>> editions()[8]
    1
    """
    return {
        key: row.counted.edition
        for key, row in sorted(OF_RECORDS.items())
        if isinstance(row.counted, OfRecords)
    }
