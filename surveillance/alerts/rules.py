"""Rules of alerts as data: what is counted, over how many days, and from when on it is an alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from surveillance.alerts.case_classes import RESULT_FIRST
from surveillance.diseases import DISEASES
from surveillance.errors import StatisticsError
from surveillance.texts import N_

#: Kinds of place: of care, and the crossing that people passed, and the province where they were infected.
Level = Literal["facility", "district", "province", "country", "crossing", "infection"]
#: Those of care, the smallest first: an alert that has no owner goes up by one.
LEVELS: tuple[Level, ...] = ("facility", "district", "province", "country")
#: How large a kind of place is.
RANK: dict[Level, int] = {
    "facility": 0, "crossing": 0, "district": 1, "infection": 2, "province": 2, "country": 3,
}  # fmt: skip
#: Which cases count: see `surveillance.alerts.counted`.
Cases = Literal[
    "cases", "found", "confirmed", "confirmed_local", "local", "rdt_positive", "severe", "deaths_from_5"
]
#: How the threshold is made; `surveillance.alerts.evaluate` says how each is computed.
Kind = Literal[
    "absolute", "share_of_tested", "apart", "same_weeks", "rate", "growth", "unexpected", "excess", "cluster"
]
#: Kinds whose alarms chance alone brings so often as it is allowed to.
BY_CHANCE: frozenset[Kind] = frozenset({"same_weeks", "growth", "excess", "cluster"})


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    id : str
        Stays the same while the rule is worded anew; `version` grows with each change of what it finds.
    levels : tuple of str
        Kinds of place that it looks at, of `LEVELS`.
    window : int
        Days that are summed, the last one included.
    least : int
        Fewest cases of an alert.
    immediate : bool
        To be told at once: each day with a case is an alert, whatever was told before.
    years, deviations : int, float
        `same_weeks`, `excess`: most years that are looked back. `same_weeks`: standard deviations above their
        mean.
    factor : float
        `growth`: times as many as in the window before. `rate`: cases in 100,000 people.
    quiet : int
        `unexpected`: days without a case before the window.
    between : (int, int)
        `apart`: fewest and most days between two cases.
    steps : tuple of (int, int, int)
        `share_of_tested`: fewest and most people tested, and the positives that make the alert.
    """

    id: str
    version: int
    disease: str
    name: str
    source: str
    levels: tuple[Level, ...]
    cases: Cases
    window: int
    kind: Kind
    least: int = 1
    immediate: bool = False
    years: int = 3
    deviations: float = 2.0
    factor: float = 2.0
    quiet: int = 365
    between: tuple[int, int] = (7, 23)
    steps: tuple[tuple[int, int, int], ...] = ()

    @property
    def by_chance(self) -> bool:
        """Whether it shares the allowance of chance alarms."""
        return self.kind in BY_CHANCE

    @property
    def unit_days(self) -> int:
        """Days between two of its looks."""
        return 7 if self.kind == "excess" else 1

    def __post_init__(self) -> None:
        """Check that the rule can be asked.

        Raises
        ------
        StatisticsError
            A number is below one; HIV or syphilis below the whole country; or an immediate rule that is more
            than one case of a day.
        """
        if min(self.version, self.window, self.least, self.years, self.quiet) < 1:
            raise StatisticsError(N_("rule {rule}: a number below one"), rule=self.id)
        if DISEASES[self.disease].sensitive and self.levels != ("country",):
            raise StatisticsError(
                N_("rule {rule}: HIV and syphilis are counted for the whole country alone"), rule=self.id
            )
        if self.immediate and (self.window, self.least, self.kind) != (1, 1, "absolute"):
            raise StatisticsError(N_("rule {rule}: told at once is one case of one day"), rule=self.id)
        if self.kind == "share_of_tested" and not self.steps:
            raise StatisticsError(N_("rule {rule}: it names no shares"), rule=self.id)


_CHOLERA = "WHO digital adaptation kit CHOLSRV.E8; Public health surveillance for cholera (GTFCC 2024)"
_MEASLES = "WHO digital adaptation kit MSLSRV.E8; Measles surveillance standards (WHO 2018)"
_IDS = "WHO IDS_AGG, alerts on counts"
_HOUSE = "Chhlang, decision 75"
_FARRINGTON = "Noufaily and others 2013, doi:10.1002/sim.5595; allowance: Chhlang, decision 85"
_KULLDORFF = "Kulldorff 2001, doi:10.1111/1467-985X.00186; allowance: Chhlang, decision 85"
_AREAS: tuple[Level, ...] = ("district", "province", "country")
#: WHO's table of a probable cholera outbreak: fewest and most tested by RDT, and how many are positive.
CHOLERA_STEPS = ((3, 7, 3), (8, 10, 4), (11, 14, 5), (15, 17, 6), (18, 21, 7))


def _usual(disease: str, least: int, cases: Cases = "cases") -> Rule:
    return Rule(
        f"{disease}-usual",
        2 if cases == "cases" else 1,
        disease,
        N_("More than in the same weeks of the three years before"),
        _HOUSE,
        _AREAS,
        cases,
        14,
        "same_weeks",
        least=least,
    )


def _excess(disease: str, levels: tuple[Level, ...], cases: Cases = "found") -> Rule:
    return Rule(
        f"{disease}-excess",
        2 if disease in RESULT_FIRST or cases == "cases" else 1,
        disease,
        N_("More in a week than the season and the trend let expect"),
        _FARRINGTON,
        levels,
        cases,
        7,
        "excess",
        least=5,
    )


def _cluster(disease: str) -> Rule:
    return Rule(
        f"{disease}-cluster",
        1,
        disease,
        N_("A cluster of the standing scans that chance seldom brings"),
        _KULLDORFF,
        ("facility", "district", "province", "country", "crossing"),
        "found",
        365,
        "cluster",
    )


def _growth(disease: str, least: int) -> Rule:
    return Rule(
        f"{disease}-growth",
        2,
        disease,
        N_("Twice as many as in the week before"),
        _HOUSE,
        ("district",),
        "cases",
        7,
        "growth",
        least=least,
    )


_ALL = (
    Rule("cholera-rdt", 1, "cholera", N_("One positive rapid test"), f"{_CHOLERA}; {_IDS}",
         ("facility",), "rdt_positive", 1, "absolute", immediate=True),
    Rule("cholera-suspected", 3, "cholera", N_("Two suspected cases in 7 days"), _CHOLERA,
         ("district",), "cases", 7, "absolute", least=2),
    Rule("cholera-probable", 1, "cholera", N_("Positive rapid tests among those tested in 14 days"), _CHOLERA,
         ("district",), "rdt_positive", 14, "share_of_tested", least=3, steps=CHOLERA_STEPS),
    Rule("cholera-confirmed", 1, "cholera", N_("One confirmed case that was not infected abroad"), _CHOLERA,
         ("facility",), "confirmed_local", 1, "absolute", immediate=True),
    Rule("measles-confirmed", 1, "measles", N_("One confirmed case"), _MEASLES,
         ("facility",), "confirmed", 1, "absolute", immediate=True),
    Rule("measles-outbreak", 1, "measles", N_("Two confirmed cases 7 to 23 days apart"), _MEASLES,
         ("district",), "confirmed", 24, "apart", least=2),
    Rule("measles-suspected", 3, "measles", N_("Five suspected cases in 30 days"), _IDS,
         ("district",), "cases", 30, "absolute", least=5),
    Rule("measles-three-confirmed", 1, "measles", N_("Three confirmed cases in 30 days"), _IDS,
         ("district",), "confirmed", 30, "absolute", least=3),
    Rule("awd-severe", 2, "awd", N_("Two severe cases aged 2 or more in 7 days"), _IDS,
         ("facility",), "severe", 7, "absolute", least=2),
    Rule("awd-death", 1, "awd", N_("One death at the age of 5 or more"), _IDS,
         ("facility",), "deaths_from_5", 1, "absolute", immediate=True),
    Rule("dengue-unexpected", 2, "dengue", N_("One found case where there was none for a year"),
         _IDS, ("district",), "found", 7, "unexpected"),
    Rule("malaria-local", 1, "malaria", N_("One local case"),
         "Cambodia: notified within 1 day, investigated within 3, response within 7 (1-3-7)",
         ("facility",), "local", 1, "absolute", immediate=True),
    _usual("malaria", 10, "confirmed"), _usual("dengue", 10), _usual("awd", 10), _usual("covid19", 10),
    _usual("ili", 20), _usual("sari", 10),
    _growth("awd", 10), _growth("covid19", 10), _growth("dengue", 10),
    _excess("malaria", (*_AREAS, "crossing", "infection")), _excess("dengue", (*_AREAS, "crossing")),
    _excess("measles", (*_AREAS, "crossing")), _excess("awd", (*_AREAS, "crossing")),
    _excess("cholera", _AREAS), _excess("covid19", (*_AREAS, "crossing")),
    _excess("ili", (*_AREAS, "crossing"), "cases"), _excess("sari", _AREAS, "cases"),
    *(_cluster(code) for code, disease in DISEASES.items() if not disease.sensitive),
)  # fmt: skip
#: Every rule, by its id.
RULES: dict[str, Rule] = {rule.id: rule for rule in _ALL}
#: Lines of WHO's cholera table that the records cannot answer, and why.
NOT_ANSWERED: dict[int, str] = {
    9: "an increase of weekly incidence; the table gives no number",
    10: "areas of an outbreak are not declared here",
    11: "community deaths are not recorded",
    12: "the table gives no number for a shift of age or group",
    13: "links between cases are not recorded",
}
