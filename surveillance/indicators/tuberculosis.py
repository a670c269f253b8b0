"""Indicators of tuberculosis, and of treatment that prevents it."""

from __future__ import annotations

from surveillance.indicators.facts import Answer, Facts
from surveillance.indicators.model import NOTHING, Count, Indicator, OfMeasure, OfRecords, case, share
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

_TB = ("tb",)
_AGG = "WHO tuberculosis aggregate package for DHIS2 (TB_AGG 3.0)"
_IOM = "IOM cascade of tuberculosis among migrants, Cambodia, January 2020 to November 2021"
_TOP_TEN = "WHO (2015). Implementing the End TB Strategy: the essentials, ten priority indicators"
#: What a cartridge says: a trace and an error are no result.
_XPERT_RESULT = {"positive": True, "rif_resistant": True, "rif_indeterminate": True, "negative": False}
#: What it says of rifampicin where it found tuberculosis; indeterminate is not known.
_RIFAMPICIN = {"positive": False, "rif_resistant": True, "rif_indeterminate": None}
#: Days of the longest course that prevents tuberculosis in use (isoniazid, nine months).
_TPT_DAYS = 274


def rapid_test(facts: Facts) -> Answer:
    """Return whether a rapid molecular test that WHO recommends was made (Xpert, Truenat).

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where the record names no method of a test that was, or may have been, made.

    Examples
    --------
    >>> rapid_test(Facts("tb", items={"xpert": "negative"})), rapid_test(Facts("tb", tested=False))
    (True, False)
    """
    said = facts.item("xpert")
    if said is not None:
        return said != "no"
    if facts.tested is False:
        return False
    if facts.test_method == UNKNOWN:
        return None
    return facts.tested if facts.test_method == "molecular" else False


def rapid_result(facts: Facts) -> Answer:
    """Return the result of a rapid molecular test.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where it is blank, an error, or a trace.

    Examples
    --------
    >>> rapid_result(Facts("tb", items={"xpert": "trace"})) is None
    True
    """
    said = facts.item("xpert")
    if said in ("trace", "error"):
        return None
    return _XPERT_RESULT.get(said or "", facts.positive)


def _screened(facts: Facts) -> Count:
    return share(True, _was_screened(facts))


def _xray(facts: Facts) -> Count:
    said = facts.item("xray")
    return share(facts.eligible, None if said is None else said != "no")


def _wrd_testing(facts: Facts) -> Count:
    return share(facts.eligible, rapid_test(facts))


def _wrd_of_xray(facts: Facts) -> Count:
    if facts.eligible is False:
        return NOTHING
    said = facts.item("xray")
    xrayed = None if said is None or facts.eligible is None else said != "no"
    return share(xrayed, rapid_test(facts))


def _xpert_positivity(facts: Facts) -> Count:
    return share(rapid_test(facts), rapid_result(facts))


def _rifampicin(facts: Facts) -> Count:
    said = facts.item("xpert") or ""
    if said not in _RIFAMPICIN:
        return share(rapid_result(facts), None)
    return share(True, _RIFAMPICIN[said])


def found(facts: Facts) -> Answer:
    """Return whether a record is a case of tuberculosis: found by a test, or treated as one.

    Treatment that prevents tuberculosis makes nobody a case.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where neither is known.

    Examples
    --------
    >>> found(Facts("tb", treated=True, items={"treatment_basis": "preventive"})) is None
    True
    """
    treated = None if facts.item("treatment_basis") == "preventive" else facts.treated
    if facts.positive or treated:
        return True
    return None if facts.positive is None else False


def _bacteriological(facts: Facts) -> Answer:
    """Whether a test showed the bacterium; a film or a clinical diagnosis does not."""
    results = [_XPERT_RESULT.get(facts.item("xpert") or "")]
    smear = facts.item("smear")
    results.append(None if smear is None else smear != "negative")
    if facts.test_method in ("molecular", "microscopy", "culture"):
        results.append(facts.positive)
    if True in results:
        return True
    return False if False in results or facts.test_method in ("clinical", "radiography") else None


def _confirmed(facts: Facts) -> Count:
    case_of = found(facts)
    site, history = facts.item("site"), facts.item("history")
    if case_of is False or site == "extrapulmonary" or history in ("relapse", "retreatment"):
        return NOTHING
    among = None if case_of is None or site is None or history is None else True
    return share(among, _bacteriological(facts))


def _notified(facts: Facts) -> Count:
    # WHO counts those whose history is not known with the new ones; only another retreatment is left out.
    return NOTHING if facts.item("history") == "retreatment" else case(found(facts))


def _hiv_known(facts: Facts) -> Count:
    said = facts.item("hiv_status")
    return share(found(facts), None if said is None else said != UNKNOWN)


def _contact(facts: Facts) -> Answer:
    # Who is no contact leaves it blank: every line list of patients would else be unknown.
    return facts.yes("contact") is True


def _was_screened(facts: Facts) -> Answer:
    """Whether it was screened: it says so, or says what screening found."""
    said = facts.yes("screened")
    return True if said is None and facts.eligible is not None else said


def _contacts_screened(facts: Facts) -> Count:
    return share(_contact(facts), _was_screened(facts))


def _may_be_prevented(facts: Facts) -> Answer:
    """Whether a contact is eligible; who was not screened is not."""
    said = facts.yes("tpt_eligible")
    return False if said is None and _was_screened(facts) is False else said


def _began_prevention(facts: Facts) -> Answer:
    """Whether a contact started; who is not eligible did not."""
    said = facts.yes("tpt_started")
    return False if said is None and _may_be_prevented(facts) is False else said


def _tpt_eligible(facts: Facts) -> Count:
    return share(_contact(facts) and _was_screened(facts), facts.yes("tpt_eligible"))


def _tpt_started(facts: Facts) -> Count:
    return share(_contact(facts) and _may_be_prevented(facts), facts.yes("tpt_started"))


def _tpt_completed(facts: Facts) -> Count:
    # Of a cohort that is due, a blank is a person who was not evaluated: as everywhere (decision 31).
    return share(_contact(facts) and _began_prevention(facts), facts.yes("tpt_completed") is True)


_CASES = N_("cases of tuberculosis: found by a test, or treated")
_CONTACTS = N_("contacts of people with tuberculosis")

ROWS = (
    Indicator(
        "tb_screening",
        "tb",
        N_("TB: screened of registered"),
        _TB,
        N_("screened for symptoms"),
        N_("registered at intake"),
        OfRecords(20, _screened),
        f"{_AGG}: screened / registered at intake",
    ),
    Indicator(
        "tb_presumptive",
        "tb",
        N_("TB: presumptive of screened"),
        _TB,
        N_("presumptive (eligible for a test)"),
        N_("screened"),
        OfMeasure("eligibility"),
        f"{_IOM}: presumptive / screened",
    ),
    Indicator(
        "tb_xray",
        "tb",
        N_("TB: X-rayed of presumptive"),
        _TB,
        N_("chest X-ray done"),
        N_("presumptive"),
        OfRecords(21, _xray),
        f"{_IOM}: X-rayed / presumptive",
    ),
    Indicator(
        "tb_rapid_test",
        "tb",
        N_("TB: rapid test of presumptive"),
        _TB,
        N_("tested by a rapid test that WHO recommends (Xpert)"),
        N_("presumptive"),
        OfRecords(22, _wrd_testing),
        f"{_AGG}: tested by a WHO-recommended rapid diagnostic / presumptive",
        target=0.9,
        target_source=f"{_TOP_TEN}: tested by a rapid diagnostic, 90% or more",
    ),
    Indicator(
        "tb_rapid_test_of_xrayed",
        "tb",
        N_("TB: rapid test of X-rayed"),
        _TB,
        N_("tested by a rapid test that WHO recommends (Xpert)"),
        N_("presumptive and X-rayed"),
        OfRecords(23, _wrd_of_xray),
        f"{_IOM}: Xpert / X-rayed",
    ),
    Indicator(
        "tb_xpert_positivity",
        "tb",
        N_("TB: positive of tested by Xpert"),
        _TB,
        N_("positive by Xpert"),
        N_("tested by Xpert, with a result"),
        OfRecords(24, _xpert_positivity),
        f"{_IOM}: positive / Xpert",
    ),
    Indicator(
        "tb_yield",
        "tb",
        N_("TB: found positive of screened"),
        _TB,
        N_("positive"),
        N_("screened"),
        OfMeasure("yield"),
        f"{_IOM}: positive / screened",
    ),
    Indicator(
        "tb_bacteriologically_confirmed",
        "tb",
        N_("TB: bacteriologically confirmed"),
        _TB,
        N_("the bacterium was found by Xpert, smear or culture"),
        N_("new cases of pulmonary tuberculosis"),
        OfRecords(25, _confirmed),
        f"{_AGG}: bacteriologically confirmed / new pulmonary cases",
    ),
    Indicator(
        "tb_treatment_initiation",
        "tb",
        N_("TB: treatment started"),
        _TB,
        N_("treated and positive"),
        N_("positive"),
        OfMeasure("treatment"),
        f"{_AGG}: started treatment / found positive",
    ),
    Indicator(
        "tb_pretreatment_loss",
        "tb",
        N_("TB: lost before treatment"),
        _TB,
        N_("positive and not treated"),
        N_("positive"),
        OfMeasure("treatment", "complement"),
        "MacPherson P et al. (2014). Bull World Health Organ 92:126-138, doi:10.2471/BLT.13.124800",
    ),
    Indicator(
        "tb_treatment_success",
        "tb",
        N_("TB: treatment success"),
        _TB,
        N_("cured, or completed treatment"),
        N_("started treatment in the period and due, less those moved to second-line treatment"),
        OfMeasure("completion"),
        f"{_AGG}: cured and completed / cohort, by the period in which treatment started",
        period="cohort",
        target=0.9,
        target_source=f"{_TOP_TEN}: treatment success, 90% or more",
    ),
    Indicator(
        "tb_lost",
        "tb",
        N_("TB: lost to follow-up"),
        _TB,
        N_("lost to follow-up after treatment started"),
        N_("started treatment in the period and due, less those moved to second-line treatment"),
        OfMeasure("completion", "lost"),
        f"{_AGG}: lost to follow-up / cohort, by the period in which treatment started",
        period="cohort",
    ),
    Indicator(
        "tb_treatment_coverage",
        "tb",
        N_("TB: treatment coverage"),
        _TB,
        N_("new cases and relapses notified in the period, by home province"),
        N_("people who fell ill with tuberculosis in the year, as estimated for the area"),
        OfRecords(26, _notified),
        "WHO Global Tuberculosis Report (2024): new and relapse cases notified / estimated incident cases",
        N_("proportion"),
        1,
        "estimate",
        lowest="province",
        home=True,
        of="estimated_tb",
        national_only=True,
        target=0.9,
        target_source=f"{_TOP_TEN}: treatment coverage, 90% or more",
    ),
    Indicator(
        "tb_notification_rate",
        "tb",
        N_("TB: notification rate"),
        _TB,
        N_("new cases and relapses notified in the period, by home province"),
        N_("people in the area, in the middle of the year"),
        OfRecords(27, _notified),
        f"{_AGG}: new and relapse cases notified / population x 100,000",
        N_("per 100,000 people"),
        100_000,
        "poisson",
        lowest="province",
        home=True,
        of="population",
    ),
    Indicator(
        "tb_hiv_status_known",
        "tb",
        N_("TB: HIV status known"),
        _TB,
        N_("HIV status known, either way"),
        _CASES,
        OfRecords(28, _hiv_known),
        f"{_AGG}: HIV status documented / cases notified",
        crossing=False,
        lowest="province",
        target=1.0,
        target_source=f"{_TOP_TEN}: HIV status documented, 100%",
    ),
    Indicator(
        "tb_tpt_screened",
        "tb",
        N_("TB prevention: contacts screened"),
        _TB,
        N_("contacts screened"),
        _CONTACTS,
        OfRecords(29, _contacts_screened),
        f"{_AGG}: contacts screened / contacts identified",
        target=0.9,
        target_source=f"{_TOP_TEN}: contact investigation, 90% or more",
    ),
    Indicator(
        "tb_tpt_eligible",
        "tb",
        N_("TB prevention: contacts eligible"),
        _TB,
        N_("eligible for preventive treatment"),
        N_("contacts screened"),
        OfRecords(30, _tpt_eligible),
        f"{_AGG}: eligible for preventive treatment / contacts screened",
    ),
    Indicator(
        "tb_tpt_started",
        "tb",
        N_("TB prevention: treatment started"),
        _TB,
        N_("started preventive treatment"),
        N_("contacts eligible for preventive treatment"),
        OfRecords(31, _tpt_started),
        f"{_AGG}: started preventive treatment / eligible",
        target=0.9,
        target_source=f"{_TOP_TEN}: preventive treatment, 90% or more",
    ),
    Indicator(
        "tb_tpt_completed",
        "tb",
        N_("TB prevention: treatment completed"),
        _TB,
        N_("completed preventive treatment"),
        N_("contacts who started preventive treatment, and due"),
        OfRecords(32, _tpt_completed),
        f"{_AGG}: completed preventive treatment / started",
        period="cohort",
        follow_up_days=_TPT_DAYS,
    ),
    Indicator(
        "tb_rifampicin_resistant",
        "tb",
        N_("TB: resistant to rifampicin, of those tested"),
        _TB,
        N_("resistant to rifampicin by Xpert"),
        N_("positive by Xpert, with a result for rifampicin"),
        OfRecords(86, _rifampicin),
        f"{_AGG}: bacteriologically confirmed cases tested for rifampicin resistance, resistant",
    ),
)
