"""What a denominator is, and its kinds: whom each counts, and where each may stand.

A kind of figure that is added is a row of `KINDS`: nothing else names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from surveillance.texts import N_

#: Code of the country as an area.
COUNTRY = "KH"

Unit = Literal["people", "cases"]
#: Levels of area, from the country down. The two districts stand beside each other below a province.
Level = Literal["country", "province", "operational_district", "district", "commune", "village"]
LEVELS: dict[str, int] = {
    "country": 0,
    "province": 1,
    "operational_district": 2,
    "district": 2,
    "commune": 3,
    "village": 4,
}
#: What a figure rests on, best first: code and name.
GRADES: dict[str, str] = {
    "census": N_("Census"),
    "projection": N_("Projection"),
    "estimate": N_("Estimate"),
    "other": N_("Other"),
}


@dataclass(frozen=True)
class Denominator:
    """How many people an indicator is divided by, as counted or estimated."""

    kind: str
    """Code of `KINDS`."""
    area: str
    """`KH` for the country, else an ISO 3166-2 code, or the code of a district or operational district."""
    year: int
    value: float
    """People, or estimated cases."""
    lower: float | None
    """Interval of an estimate, where its source gives one."""
    upper: float | None
    sex: str | None
    """Code of `vocabulary.SEX`; None: all."""
    age: str | None
    """Code of an age band of `vocabulary`; None: all."""
    source: str
    """Who says so."""
    grade: str
    """Code of `GRADES`."""


@dataclass(frozen=True)
class Kind:
    """A kind of denominator."""

    code: str
    name: str
    unit: Unit
    meaning: str
    lowest: Level
    """The lowest level of area at which a figure of this kind may stand."""
    interval_below: Level | None = None
    """Below this level a figure needs its lower and upper limit; None: nowhere."""
    by_sex_and_age: bool = True
    """Whether a figure may be of one sex or of one age band."""
    aliases: tuple[str, ...] = ()
    """Further spellings that files use, in lower case."""


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "population",
            N_("Population"),
            "people",
            N_("People who live in the area, by a census or a projection of one."),
            "village",
            aliases=("pop", "total population", "ប្រជាជន", "ចំនួនប្រជាជន", "ប្រជាជនសរុប"),
        ),
        Kind(
            "at_risk",
            N_("Population at risk of malaria"),
            "people",
            N_("People who live where malaria is transmitted, as the malaria programme counts them."),
            "village",
            aliases=("population at risk", "par", "malaria at risk", "ប្រជាជនប្រឈម"),
        ),
        Kind(
            "migrants",
            N_("Migrants"),
            "people",
            N_("Migrants and mobile people in the area, as a survey or a register estimates them."),
            "village",
            aliases=("migrant population", "mobile and migrant population", "mmp", "ពលករចំណាកស្រុក"),
        ),
        Kind(
            "estimated_tb",
            N_("Estimated incident tuberculosis"),
            "cases",
            N_("People who fall ill with tuberculosis in the year, found or not, as a model estimates them."),
            "district",
            interval_below="country",
            aliases=("estimated tb", "tb incidence", "estimated incident tb", "estimated tb incidence"),
        ),
        Kind(
            "plhiv",
            N_("People living with HIV"),
            "people",
            N_("People who live with HIV, diagnosed or not, as a model estimates them."),
            "district",
            interval_below="country",
            aliases=("people living with hiv", "estimated plhiv"),
        ),
    )
}


def interval_needed(kind: Kind, level: str) -> bool:
    """Tell whether a figure of a kind has to come with its interval.

    Estimated tuberculosis and people living with HIV are modelled for a country. A figure of a smaller area
    is only known where it was estimated for that area, which shows in its interval: the national rate
    times a population has none, and is not taken.

    Parameters
    ----------
    kind : Kind
    level : str
        A code of `LEVELS`.

    Returns
    -------
    bool

    Examples
    --------
    >>> interval_needed(KINDS["plhiv"], "country"), interval_needed(KINDS["plhiv"], "province")
    (False, True)
    >>> interval_needed(KINDS["population"], "district")
    False
    """
    return kind.interval_below is not None and LEVELS[level] > LEVELS[kind.interval_below]


def may_stand(kind: Kind, level: str) -> bool:
    """Tell whether a figure of a kind may stand at a level of area.

    Parameters
    ----------
    kind : Kind
    level : str
        A code of `LEVELS`.

    Returns
    -------
    bool

    Examples
    --------
    >>> may_stand(KINDS["estimated_tb"], "province"), may_stand(KINDS["estimated_tb"], "commune")
    (True, False)
    """
    return LEVELS[level] <= LEVELS[kind.lowest]
