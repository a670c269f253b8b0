"""Indicators of hepatitis, of alerts on counts, of border screening, and of who has reported."""

from __future__ import annotations

from surveillance.indicators.facts import Answer, Facts
from surveillance.indicators.model import (
    NOTHING,
    Count,
    Indicator,
    OfHouseholds,
    OfMeasure,
    OfRecords,
    OfReports,
    Rule,
    case,
    share,
)
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

_HEP = "WHO hepatitis aggregate package for DHIS2 (HEP_AGG)"
_IDS = "WHO integrated disease surveillance package for DHIS2 (IDS_AGG)"
_MOH = "Ministry of Health of Cambodia, case definitions of ILI and SARI"
_WHO = "WHO toolkit for the analysis and use of routine health facility data"
_BORDER = "WHO DHIS2 package for screening at points of entry"
#: Acute diseases that are looked for at a border.
_SCREENED = ("measles", "covid19", "ili", "sari", "awd", "cholera", "dengue")


def _eligible(facts: Facts) -> Count:
    return share(facts.positive, facts.yes("treatment_eligible"))


def _suspected(facts: Facts) -> Count:
    if facts.case_status == UNKNOWN and facts.positive is None:
        return share(None, None)
    return case(facts.case_status != "confirmed" and facts.positive is not True)


def _lab_confirmed(facts: Facts) -> Answer:
    """Return whether a case is confirmed: by a test, or as the record says; a presumed one is not."""
    if facts.case_status in ("suspected", "probable"):
        return False
    if facts.case_status == "confirmed" or facts.positive:
        return True
    return facts.positive


def _confirmed(facts: Facts) -> Count:
    return case(_lab_confirmed(facts))


def _severe(facts: Facts) -> Count:
    dehydration, severity = facts.item("dehydration"), facts.item("severity")
    if facts.age_years is not None and facts.age_years < 2:
        return NOTHING
    if "severe" in (dehydration, severity):
        return case(True if facts.age_years is not None else None)
    return case(None if dehydration is None and severity is None else False)


def _died(facts: Facts) -> Count:
    if facts.age_years is not None and facts.age_years < 5:
        return NOTHING
    if facts.outcome == UNKNOWN:
        return case(None)
    return case(None if facts.outcome == "died" and facts.age_years is None else facts.outcome == "died")


def _rapid_positive(facts: Facts) -> Count:
    if facts.tested is False:
        return NOTHING
    if facts.test_method == UNKNOWN:
        return case(None)
    return case(facts.positive if facts.test_method == "rdt" else False)


def _admitted(facts: Facts) -> Count:
    return share(True, facts.yes("admitted"))


def _of_item(before: str, item: str) -> Rule:
    """Make the rule of a step of screening; who was not screened leaves it blank."""

    def counted(facts: Facts) -> Count:
        if not facts.yes("screened"):
            return NOTHING
        return share(True if before == "screened" else facts.yes(before), facts.yes(item))

    return counted


def _symptomatic(facts: Facts) -> Count:
    return _of_item("screened", "symptomatic")(facts)


def _cleared(facts: Facts) -> Count:
    return _of_item("screened", "cleared")(facts)


def _referred(facts: Facts) -> Count:
    return _of_item("symptomatic", "referred")(facts)


def _followed(facts: Facts) -> Count:
    return _of_item("symptomatic", "followed_14_days")(facts)


def _count(
    name: str,
    title: str,
    disease: str,
    key: int,
    rule: Rule,
    words: str,
    alert: int | None,
    amounts: tuple[str, ...] = (),
) -> Indicator:
    """Make the row of a number of cases, with the number that raises an alert."""
    return Indicator(
        name,
        "ids",
        title,
        (disease,),
        words,
        "",
        OfRecords(key, rule, amounts=amounts),
        _IDS,
        N_("cases"),
        1,
        "none",
        target=alert,
        target_source=f"{_IDS}: alert" if alert is not None else "",
    )


def _hepatitis(kind: str, names: tuple[str, str, str, str], key: int) -> tuple[Indicator, ...]:
    """Make the rows of the steps of care of hepatitis B or C."""
    disease, tested, eligible, started, completed = (f"hepatitis_{kind}",), *names
    return (
        Indicator(
            f"hepatitis_{kind}_positivity",
            "hepatitis",
            tested,
            disease,
            N_("positive"),
            N_("tested, with a result"),
            OfMeasure("positivity"),
            f"{_HEP}: positive / tested",
        ),
        Indicator(
            f"hepatitis_{kind}_eligible",
            "hepatitis",
            eligible,
            disease,
            N_("eligible for treatment"),
            N_("diagnosed"),
            OfRecords(key, _eligible),
            f"{_HEP}: eligible for treatment / diagnosed",
        ),
        Indicator(
            f"hepatitis_{kind}_started",
            "hepatitis",
            started,
            disease,
            N_("treated and positive"),
            N_("positive"),
            OfMeasure("treatment"),
            f"{_HEP}: started treatment / diagnosed",
        ),
        Indicator(
            f"hepatitis_{kind}_completed",
            "hepatitis",
            completed,
            disease,
            N_("cured, or completed treatment"),
            N_("started treatment in the period and due, less those moved to second-line treatment"),
            OfMeasure("completion"),
            f"{_HEP}: completed treatment / started",
            period="cohort",
        ),
    )


_CHILDREN = ("children_under_5", "children_5_to_14")


def _of_children(
    id_: str, name: str, numerator: str, counted: OfHouseholds, denominator: str = ""
) -> Indicator:
    """Return an indicator of children who stayed behind."""
    return Indicator(
        id_,
        "prevention",
        name,
        (),
        numerator,
        denominator,
        counted,
        "Chhlang, record of a household (docs/data_dictionary.md)",
        unit=N_("proportion") if denominator else N_("people"),
        interval="wilson" if denominator else "none",
        lowest="province",
        crossing=False,
        home=True,
    )


ROWS = (
    *_hepatitis(
        "b",
        (
            N_("Hepatitis B: positive of tested"),
            N_("Hepatitis B: eligible for treatment"),
            N_("Hepatitis B: treatment started"),
            N_("Hepatitis B: still on treatment when due, or completed"),
        ),
        60,
    ),
    *_hepatitis(
        "c",
        (
            N_("Hepatitis C: positive of tested"),
            N_("Hepatitis C: eligible for treatment"),
            N_("Hepatitis C: treatment started"),
            N_("Hepatitis C: treatment completed"),
        ),
        61,
    ),
    _count(
        "ids_measles_suspected",
        N_("Measles: suspected cases"),
        "measles",
        70,
        _suspected,
        N_("suspected or probable cases, not confirmed"),
        5,
    ),
    _count(
        "ids_measles_confirmed",
        N_("Measles: confirmed cases"),
        "measles",
        71,
        _confirmed,
        N_("confirmed cases"),
        3,
    ),
    _count(
        "ids_awd_severe",
        N_("Acute watery diarrhoea: severe, 2 years and older"),
        "awd",
        72,
        _severe,
        N_("severe cases, 2 years and older"),
        2,
        ("age_years",),
    ),
    _count(
        "ids_awd_deaths",
        N_("Acute watery diarrhoea: deaths, 5 years and older"),
        "awd",
        73,
        _died,
        N_("deaths, 5 years and older"),
        1,
        ("age_years",),
    ),
    _count(
        "ids_cholera_rdt_positive",
        N_("Cholera: positive rapid tests"),
        "cholera",
        74,
        _rapid_positive,
        N_("positive rapid tests"),
        1,
    ),
    _count(
        "ids_dengue_confirmed",
        N_("Dengue: confirmed cases"),
        "dengue",
        75,
        _confirmed,
        N_("confirmed cases"),
        None,
    ),
    Indicator(
        "ids_ili_positivity",
        "ids",
        N_("Influenza-like illness: positive of tested"),
        ("ili",),
        N_("positive"),
        N_("tested, with a result"),
        OfMeasure("positivity"),
        f"{_MOH}: fever above 38 C with cough or sore throat, for 5 days at most",
    ),
    Indicator(
        "ids_sari_admitted",
        "ids",
        N_("Severe acute respiratory infection: admitted"),
        ("sari",),
        N_("admitted to hospital"),
        N_("cases"),
        OfRecords(76, _admitted),
        f"{_MOH}: SARI adds admission",
    ),
    Indicator(
        "border_symptomatic",
        "border",
        N_("Border screening: with symptoms"),
        _SCREENED,
        N_("with symptoms"),
        N_("screened"),
        OfRecords(80, _symptomatic),
        f"{_BORDER}: symptomatic / screened",
    ),
    Indicator(
        "border_cleared",
        "border",
        N_("Border screening: cleared"),
        _SCREENED,
        N_("cleared"),
        N_("screened"),
        OfRecords(81, _cleared),
        f"{_BORDER}: cleared / screened",
    ),
    Indicator(
        "border_referred",
        "border",
        N_("Border screening: referred"),
        _SCREENED,
        N_("referred"),
        N_("screened, with symptoms"),
        OfRecords(82, _referred),
        f"{_BORDER}: referred / symptomatic",
    ),
    Indicator(
        "border_followed_14_days",
        "border",
        N_("Border screening: followed for 14 days"),
        _SCREENED,
        N_("followed for 14 days"),
        N_("screened, with symptoms"),
        OfRecords(83, _followed),
        f"{_BORDER}: followed for 14 days / symptomatic",
    ),
    Indicator(
        "reporting_completeness",
        "reporting",
        N_("Reporting: completeness"),
        (),
        N_("reports received"),
        N_("reports due"),
        OfReports("completeness"),
        f"{_WHO}: reports received / expected",
        crossing=False,
    ),
    Indicator(
        "reporting_timeliness",
        "reporting",
        N_("Reporting: timeliness"),
        (),
        N_("reports received by their deadline"),
        N_("reports due"),
        OfReports("timeliness"),
        f"{_WHO}: reports received by the deadline / expected",
        crossing=False,
    ),
    _of_children(
        "prevention_left_behind_children",
        N_("Children who stayed behind: found by visits"),
        N_("children under 15 in households from which parents went away"),
        OfHouseholds(_CHILDREN),
    ),
    _of_children(
        "prevention_left_behind_unvaccinated",
        N_("Children who stayed behind: vaccinations missing"),
        N_("children with vaccinations missing"),
        OfHouseholds(("to_vaccinate",), _CHILDREN),
        N_("children under 15 in households from which parents went away"),
    ),
    _of_children(
        "prevention_left_behind_symptoms",
        N_("Households of children who stayed behind: with symptoms"),
        N_("members with a symptom that leads to a test"),
        OfHouseholds(("with_symptoms",)),
    ),
)
