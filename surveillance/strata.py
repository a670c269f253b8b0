"""One number for a record's mobility group, sex and age band.

Cubes are kept by this number. Four bits an axis; a value's number is its position in the vocabulary, so
values may be added to an axis but never moved or removed (a test holds the numbers). Diseases and axes are
numbered in the same way.
"""

from __future__ import annotations

from surveillance.diseases import DISEASES
from surveillance.vocabulary import AXES, HIDDEN, NOT_STORED_AXES

BITS = 4
MASK = (1 << BITS) - 1
#: Stands for a breakdown that is not stored.
HIDDEN_NUMBER = MASK
SHIFT: dict[str, int] = {axis: BITS * position for position, axis in enumerate(AXES)}
NUMBER: dict[str, dict[str, int]] = {
    axis: {value.code: number for number, value in enumerate(values)} | {HIDDEN: HIDDEN_NUMBER}
    for axis, values in AXES.items()
}
#: What the cubes keep of a disease and of an axis.
DISEASE_NUMBER: dict[str, int] = {code: number for number, code in enumerate(DISEASES)}
AXIS_NUMBER: dict[str, int] = {axis: number for number, axis in enumerate(AXES)}
CODE: dict[str, dict[int, str]] = {
    axis: {number: code for code, number in numbers.items()} for axis, numbers in NUMBER.items()
}


def stratum(disease: str, values: dict[str, str]) -> int:
    """Return the number of a stratum: mobility group, sex and age band of a record.

    The axes by which a sensitive disease is not stored are left out of its stratum.

    Parameters
    ----------
    disease : str
        Code of the disease.
    values : dict of str to str
        One code for each axis.

    Returns
    -------
    int
        Four bits for each axis.

    Examples
    --------
    >>> seen = {"residence": "mobile", "activity": "forest", "movement": "none"}
    >>> seen |= {"sex": "male", "age": "25-49"}
    >>> hex(stratum("malaria", seen))
    '0x31522'
    >>> stratum("hiv", seen) == stratum("hiv", seen | {"movement": "deported"})
    True
    """
    hidden = NOT_STORED_AXES if DISEASES[disease].sensitive else frozenset()
    number = 0
    for axis, shift in SHIFT.items():
        code = HIDDEN if axis in hidden else values[axis]
        number |= NUMBER[axis][code] << shift
    return number
