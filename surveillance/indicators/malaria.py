"""Indicators of malaria."""

from __future__ import annotations

from surveillance.indicators.facts import Answer, Facts
from surveillance.indicators.model import Count, Indicator, OfFoci, OfMeasure, OfRecords, case, share
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

_MALARIA = ("malaria",)
_AGG = "WHO malaria aggregate package for DHIS2 (MAL_AGG)"
_CS = "WHO malaria case surveillance package for DHIS2 (MAL_CS)"
_FOCI = "WHO malaria case surveillance package for DHIS2 (MAL_CS), foci"
_TREATMENT = "WHO Guidelines for malaria (2024)"
_ONE_THREE_SEVEN = (
    "Cao J et al. (2014). PLoS Med 11:e1001642, doi:10.1371/journal.pmed.1001642: 1 day, 3 days, 7 days"
)
#: Regimens that a radical cure may be; a single dose stops transmission and cures nobody of relapses.
_RADICAL = frozenset({"yes", "7_days", "14_days", "weekly", "8_weeks"})
_RELAPSING = frozenset({"pv", "mixed"})
_FALCIPARUM = frozenset({"pf", "mixed"})
#: Days from the start of treatment after which the longest course (eight weekly doses) is over.
_COURSE_DAYS = 56


def confirmed(facts: Facts) -> Answer:
    """Return whether a record is a confirmed case: a positive test, never a presumed case.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where the result is blank.

    Examples
    --------
    >>> confirmed(Facts("malaria", positive=True)), confirmed(Facts("malaria", case_status="suspected"))
    (True, None)
    """
    if facts.test_method == "clinical" and not facts.positive:
        return False
    return facts.positive


def _species(facts: Facts, wanted: frozenset[str]) -> Answer:
    """Whether it is a confirmed case of some species; None where result or species is blank."""
    found = confirmed(facts)
    if not found:
        return found
    said = facts.item("species")
    return None if said is None else said in wanted


def _falciparum(facts: Facts) -> Count:
    return share(confirmed(facts), _species(facts, _FALCIPARUM))


def _relapsing(facts: Facts) -> Count:
    return share(confirmed(facts), _species(facts, _RELAPSING))


def _among(first: Answer, then: Answer) -> Answer:
    """Whether both hold: a no of either is a no."""
    if first is False or then is False:
        return False
    return None if first is None or then is None else True


def _slides(facts: Facts) -> Count:
    method = None if facts.test_method == UNKNOWN else facts.test_method == "microscopy"
    return share(_among(facts.tested, method), facts.positive)


def _tested(facts: Facts) -> Count:
    return case(facts.tested)


def _cases(facts: Facts) -> Count:
    return case(confirmed(facts))


def _first_line(facts: Facts) -> Count:
    said = facts.item("antimalarial")
    given = None if said is None else said == "asmq"
    return share(confirmed(facts), False if facts.treated is False else given)


def _act_and_single_dose(facts: Facts) -> Count:
    drug, dose = facts.item("antimalarial"), facts.item("primaquine")
    act = None if drug is None else drug in ("asmq", "al", "dp", "pa")
    single = None if dose is None else dose == "single_dose"
    return share(_species(facts, frozenset({"pf"})), False if facts.treated is False else _among(act, single))


def g6pd_tested(facts: Facts) -> Answer:
    """Return whether the activity of G6PD was measured.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where neither a measurement nor a word stands there.

    Examples
    --------
    >>> g6pd_tested(Facts("malaria", g6pd_activity=72)), g6pd_tested(Facts("malaria"))
    (True, None)
    """
    if facts.g6pd_activity is not None:
        return True
    said = facts.item("g6pd")
    return None if said is None else said != "not_tested"


def may_take_primaquine(facts: Facts) -> Answer:
    """Return whether the activity of G6PD allows a daily course of primaquine: 30% of normal or more.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where it was not measured.

    Examples
    --------
    >>> may_take_primaquine(Facts("malaria", g6pd_activity=29))
    False
    """
    if facts.g6pd_activity is not None:
        return facts.g6pd_activity >= 30
    said = facts.item("g6pd")
    return None if said in (None, "not_tested") else said != "deficient"


def _g6pd(facts: Facts) -> Count:
    return share(_species(facts, _RELAPSING), g6pd_tested(facts))


def _g6pd_allows(facts: Facts) -> Count:
    return share(_among(_species(facts, _RELAPSING), g6pd_tested(facts)), may_take_primaquine(facts))


def _started(facts: Facts) -> Answer:
    said = facts.item("primaquine")
    return None if said is None else said in _RADICAL


def _radical_cure(facts: Facts) -> Count:
    return share(_species(facts, _RELAPSING), _started(facts))


def _radical_cure_eligible(facts: Facts) -> Count:
    return share(
        _among(_species(facts, _RELAPSING), _among(g6pd_tested(facts), may_take_primaquine(facts))),
        _started(facts),
    )


def _radical_cure_completed(facts: Facts) -> Count:
    # Of a cohort that is due, a blank is a person who was not evaluated: as everywhere (decision 31).
    began = _among(_species(facts, _RELAPSING), _started(facts))
    return share(began, bool(facts.completed)) if began else share(began, None)


def _within(days: int | None, most: int, said: Answer) -> Answer:
    return said if days is None else days <= most


def _notified(facts: Facts) -> Count:
    return share(confirmed(facts), _within(facts.notified, 1, facts.yes("notified_within_1_day")))


def _investigated(facts: Facts) -> Count:
    return share(confirmed(facts), _within(facts.investigated, 3, facts.yes("investigated_within_3_days")))


def _local(facts: Facts) -> Answer:
    found = confirmed(facts)
    if not found:
        return found
    return None if facts.origin == UNKNOWN else facts.origin in ("introduced", "indigenous")


def _responded(facts: Facts) -> Count:
    return share(_local(facts), _within(facts.responded, 7, facts.yes("responded_within_7_days")))


def _classified(facts: Facts) -> Count:
    return share(confirmed(facts), facts.origin != UNKNOWN)


def _imported(facts: Facts) -> Count:
    return share(confirmed(facts), None if facts.origin == UNKNOWN else facts.origin == "imported")


_CONFIRMED = N_("confirmed cases")
_PV = N_("confirmed cases of P. vivax or mixed infection")
_PEOPLE_AT_RISK = N_("people at risk in the area, in the middle of the year")

ROWS = (
    Indicator(
        "malaria_testing",
        "malaria",
        N_("Malaria: tested of suspected"),
        _MALARIA,
        N_("tested of those seen and eligible"),
        N_("seen and eligible"),
        OfMeasure("testing"),
        f"{_AGG}: suspected cases tested / suspected cases",
        target=1.0,
        target_source="WHO (2012). T3: Test. Treat. Track. Every suspected case is tested",
    ),
    Indicator(
        "malaria_positivity",
        "malaria",
        N_("Malaria: test positivity"),
        _MALARIA,
        N_("positive by microscopy or rapid test"),
        N_("tested, with a result"),
        OfMeasure("positivity"),
        f"{_AGG}: test positivity rate (microscopy and RDT)",
    ),
    Indicator(
        "malaria_slide_positivity",
        "malaria",
        N_("Malaria: slide positivity"),
        _MALARIA,
        N_("positive slides"),
        N_("slides read"),
        OfRecords(1, _slides),
        f"{_AGG}: slide positivity rate",
    ),
    Indicator(
        "malaria_aber",
        "malaria",
        N_("Malaria: annual blood examination rate"),
        _MALARIA,
        N_("people tested in the period, by home province"),
        _PEOPLE_AT_RISK,
        OfRecords(2, _tested),
        f"{_AGG}: people tested in a year / population at risk x 100",
        N_("per 100 people at risk"),
        100,
        "poisson",
        lowest="province",
        home=True,
        of="at_risk",
    ),
    Indicator(
        "malaria_api",
        "malaria",
        N_("Malaria: annual parasite incidence"),
        _MALARIA,
        N_("confirmed cases in the period, by home province"),
        _PEOPLE_AT_RISK,
        OfRecords(3, _cases),
        f"{_AGG}: confirmed cases in a year / population at risk x 1000",
        N_("per 1,000 people at risk"),
        1000,
        "poisson",
        lowest="province",
        home=True,
        of="at_risk",
    ),
    Indicator(
        "malaria_first_line",
        "malaria",
        N_("Malaria: first-line treatment"),
        _MALARIA,
        N_("given artesunate and mefloquine"),
        _CONFIRMED,
        OfRecords(4, _first_line),
        f"{_AGG}: confirmed cases given first-line treatment; CNM national treatment guidelines",
        target=1.0,
        target_source="WHO (2012). T3: Test. Treat. Track. Every confirmed case is treated",
    ),
    Indicator(
        "malaria_pf_act_primaquine",
        "malaria",
        N_("Malaria: P. falciparum given combination treatment and a single dose of primaquine"),
        _MALARIA,
        N_("given artemisinin combination treatment and a single dose of primaquine"),
        N_("confirmed cases of P. falciparum"),
        OfRecords(5, _act_and_single_dose),
        _TREATMENT,
    ),
    Indicator(
        "malaria_g6pd_tested",
        "malaria",
        N_("Malaria: G6PD tested"),
        _MALARIA,
        N_("tested for G6PD"),
        _PV,
        OfRecords(6, _g6pd, amounts=("g6pd_activity",)),
        f"{_TREATMENT}: G6PD test before primaquine",
    ),
    Indicator(
        "malaria_g6pd_eligible",
        "malaria",
        N_("Malaria: G6PD allows primaquine"),
        _MALARIA,
        N_("30% of normal activity or more"),
        N_("P. vivax or mixed infection, tested for G6PD"),
        OfRecords(7, _g6pd_allows, amounts=("g6pd_activity",)),
        f"{_TREATMENT}: no daily primaquine below 30% of normal activity",
    ),
    Indicator(
        "malaria_radical_cure",
        "malaria",
        N_("Malaria: radical cure started"),
        _MALARIA,
        N_("started a course of primaquine against relapses"),
        _PV,
        OfRecords(8, _radical_cure),
        f"{_CS}: P. vivax and mixed infections given primaquine / P. vivax and mixed infections",
    ),
    Indicator(
        "malaria_radical_cure_eligible",
        "malaria",
        N_("Malaria: radical cure started, of those eligible"),
        _MALARIA,
        N_("started a course of primaquine against relapses"),
        N_("P. vivax or mixed infection whose G6PD allows primaquine"),
        OfRecords(9, _radical_cure_eligible, amounts=("g6pd_activity",)),
        f"{_CS}; {_TREATMENT}",
    ),
    Indicator(
        "malaria_radical_cure_completed",
        "malaria",
        N_("Malaria: radical cure completed"),
        _MALARIA,
        N_("completed treatment"),
        N_("started a course of primaquine against relapses, and due"),
        OfRecords(10, _radical_cure_completed),
        f"{_CS}: follow-up of radical cure",
        period="cohort",
        follow_up_days=_COURSE_DAYS,
    ),
    Indicator(
        "malaria_notified_1_day",
        "malaria",
        N_("Malaria: notified within 1 day"),
        _MALARIA,
        N_("notified no later than the day after the diagnosis"),
        _CONFIRMED,
        OfRecords(11, _notified, amounts=("notified",)),
        _ONE_THREE_SEVEN,
        target=1.0,
        target_source=_ONE_THREE_SEVEN,
    ),
    Indicator(
        "malaria_investigated_3_days",
        "malaria",
        N_("Malaria: investigated within 3 days"),
        _MALARIA,
        N_("investigated within 3 days of the diagnosis"),
        _CONFIRMED,
        OfRecords(12, _investigated, amounts=("investigated",)),
        _ONE_THREE_SEVEN,
        target=1.0,
        target_source=_ONE_THREE_SEVEN,
    ),
    Indicator(
        "malaria_responded_7_days",
        "malaria",
        N_("Malaria: focus response within 7 days"),
        _MALARIA,
        N_("focus response within 7 days of the diagnosis"),
        N_("confirmed cases infected here (introduced or indigenous): their foci need a response"),
        OfRecords(13, _responded, amounts=("responded",)),
        _ONE_THREE_SEVEN,
        target=1.0,
        target_source=_ONE_THREE_SEVEN,
    ),
    Indicator(
        "malaria_classified",
        "malaria",
        N_("Malaria: cases classified"),
        _MALARIA,
        N_("classified as imported, introduced, indigenous, relapsing or induced"),
        _CONFIRMED,
        OfRecords(14, _classified),
        f"{_CS}: cases classified / confirmed cases",
        target=1.0,
        target_source="WHO (2017). A framework for malaria elimination: every case is classified",
    ),
    Indicator(
        "malaria_imported",
        "malaria",
        N_("Malaria: imported, of the classified"),
        _MALARIA,
        N_("classified as imported"),
        N_("confirmed cases that are classified"),
        OfRecords(15, _imported),
        f"{_CS}: imported cases / classified cases",
    ),
    *(
        Indicator(
            f"malaria_foci_{state}",
            "malaria",
            name,
            _MALARIA,
            words,
            "",
            OfFoci(above, most),
            f"{_FOCI}: {state}",
            N_("foci"),
            1,
            "none",
            lowest="province",
            crossing=False,
        )
        for state, name, words, above, most in (
            (
                "active",
                N_("Malaria: active foci"),
                N_("villages whose last local case was within 12 months"),
                -1,
                12,
            ),
            (
                "residual",
                N_("Malaria: residual non-active foci"),
                N_("villages whose last local case was 13 to 36 months ago"),
                12,
                36,
            ),
            (
                "cleared",
                N_("Malaria: cleared foci"),
                N_("villages whose last local case was more than 36 months ago"),
                36,
                None,
            ),
        )
    ),
    Indicator(
        "malaria_falciparum",
        "malaria",
        N_("Malaria: P. falciparum or mixed infection"),
        _MALARIA,
        N_("P. falciparum, alone or mixed"),
        N_("confirmed cases whose species is recorded"),
        OfRecords(84, _falciparum),
        f"{_AGG}: confirmed cases by species",
    ),
    Indicator(
        "malaria_vivax",
        "malaria",
        N_("Malaria: P. vivax or mixed infection"),
        _MALARIA,
        N_("P. vivax, alone or mixed"),
        N_("confirmed cases whose species is recorded"),
        OfRecords(85, _relapsing),
        f"{_AGG}: confirmed cases by species",
    ),
)
