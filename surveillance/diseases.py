"""The diseases under surveillance, and how files spell them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from surveillance.texts import N_
from surveillance.vocabulary import Value, lookup


@dataclass(frozen=True)
class Disease:
    """A disease under surveillance.

    `sensitive`: HIV and sexually transmitted infections have no breakdown by crossing, facility,
    movement, activity or legal status in any table, cube or cluster, and none by residence in any table or
    cluster.

    `follow_up_days`: days from the start of treatment after which its completion is due.
    """

    code: str
    name: str
    sensitive: bool
    follow_up_days: int
    follow_up_source: str
    aliases: tuple[str, ...] = ()


DISEASES: dict[str, Disease] = {
    d.code: d
    for d in (
        Disease(
            "malaria",
            N_("Malaria"),
            False,
            28,
            "28-day follow-up of treated malaria (WHO Guidelines for malaria); covers 14 days of primaquine",
            ("paludism",),
        ),
        Disease(
            "tb",
            N_("Tuberculosis"),
            False,
            365,
            "cohort outcomes are reported twelve months after treatment started (WHO TB reporting framework)",
            ("tuberculosis",),
        ),
        Disease(
            "hiv",
            N_("HIV"),
            True,
            365,
            "retention is first reported at twelve months (WHO HIV indicators)",
            ("hiv/aids", "aids"),
        ),
        Disease(
            "syphilis",
            N_("Syphilis"),
            True,
            28,
            "three weekly doses in late latent infection (WHO guideline 2016), and a week",
        ),
        Disease(
            "hepatitis_b",
            N_("Hepatitis B"),
            False,
            365,
            "long-term treatment; retention reviewed at twelve months",
            ("hbv", "hep b"),
        ),
        Disease(
            "hepatitis_c",
            N_("Hepatitis C"),
            False,
            168,
            "12 weeks of treatment and 12 weeks to a sustained virological response (WHO)",
            ("hcv", "hep c"),
        ),
        Disease(
            "dengue", N_("Dengue"), False, 28, "acute illness; outcome within four weeks", ("dengue fever",)
        ),
        Disease("measles", N_("Measles"), False, 28, "acute illness; outcome within four weeks"),
        Disease(
            "covid19",
            N_("COVID-19"),
            False,
            28,
            "acute illness; outcome within four weeks",
            ("covid", "sars-cov-2"),
        ),
        Disease("ili", N_("Influenza-like illness"), False, 28, "acute illness; outcome within four weeks"),
        Disease(
            "sari",
            N_("Severe acute respiratory infection"),
            False,
            28,
            "acute illness; outcome within four weeks",
        ),
        Disease(
            "awd",
            N_("Acute watery diarrhoea"),
            False,
            28,
            "acute illness; outcome within four weeks",
            ("acute watery diarrhea",),
        ),
        Disease("cholera", N_("Cholera"), False, 28, "acute illness; outcome within four weeks"),
    )
}


#: Diseases with a season in Cambodia, and why: compared with the same weeks of the year before, unless asked.
SEASONAL: dict[str, str] = {
    "malaria": "transmission rises with the rains and with work in the forest",
    "dengue": "higher in the rainy seasons (Huy R et al. 2010, doi:10.2471/BLT.09.073908)",
    "measles": "comes in yearly waves",
    "ili": "June to December in Cambodia (BMC Infect Dis 2009;9:168, doi:10.1186/1471-2334-9-168)",
    "sari": "as influenza",
    "awd": "rises with heat and the first rains",
    "cholera": "rises with heat and the first rains",
}
#: Diseases that are shown by the quarter unless asked, and why.
BY_QUARTER: dict[str, str] = {
    "tb": "programmes report by the quarter (WHO TB reporting framework)",
    "hiv": "programmes report by the quarter; weeks hold too few people",
    "hepatitis_b": "a slow disease; weeks hold too few people",
    "hepatitis_c": "a slow disease; weeks hold too few people",
}


#: As values of a field.
VALUES = tuple(Value(d.code, d.name, d.aliases) for d in DISEASES.values())


def disease_lookup() -> dict[str, str]:
    """Return the code of every spelling of a disease.

    Returns
    -------
    dict of str to str
        Normalised spelling -> code.

    Examples
    --------
    >>> disease_lookup()["ជំងឺរបេង"]
    'tb'
    """
    return lookup(VALUES)


#: Code of each programme -> its name.
PROGRAMMES: dict[str, str] = {
    "cnm": N_("CNM: malaria"),
    "cenat": N_("CENAT: tuberculosis"),
    "nchads": N_("NCHADS: HIV and sexually transmitted infections"),
    "cdc": N_("Communicable disease control: all other diseases"),
}
_OF_CENTRES = {"malaria": "cnm", "tb": "cenat", "hiv": "nchads", "syphilis": "nchads"}
#: The one place that says whose a disease is; every disease stands here. Hepatitis B and C are with the
#: Department of Communicable Disease Control, where the ministry has its focal point for viral hepatitis
#: (decision 61).
PROGRAMME_OF: dict[str, str] = {code: _OF_CENTRES.get(code, "cdc") for code in DISEASES}


def diseases_of(programmes: Iterable[str]) -> frozenset[str]:
    """Return the diseases of some programmes.

    Parameters
    ----------
    programmes : iterable of str
        Codes of :data:`PROGRAMMES`; others have no disease.

    Returns
    -------
    frozenset of str
        Codes of :data:`DISEASES`.

    Examples
    --------
    >>> sorted(diseases_of(["cnm", "cenat"]))
    ['malaria', 'tb']
    """
    wanted = frozenset(programmes)
    return frozenset(code for code, programme in PROGRAMME_OF.items() if programme in wanted)
