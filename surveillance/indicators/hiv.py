"""Indicators of HIV and of syphilis: by country and province alone."""

from __future__ import annotations

from surveillance.indicators.facts import Answer, Facts
from surveillance.indicators.model import Count, Indicator, OfMeasure, OfRecords, case, share
from surveillance.texts import N_

_HIV, _SYPHILIS = ("hiv",), ("syphilis",)
_CS = "WHO HIV case surveillance package for DHIS2 (HIV_CS)"
_PREV = "WHO HIV prevention package for DHIS2 (HIV_PREV)"
_STI = "WHO sexually transmitted infections aggregate package for DHIS2 (STI_AGG)"
_GAM = "UNAIDS (2024). Global AIDS Monitoring: indicators and questions"
_95 = "UNAIDS (2021). Global AIDS Strategy 2021-2026: 95-95-95 by 2025"
#: Copies in a millilitre of blood below which a viral load is suppressed (WHO, UNAIDS).
SUPPRESSED_BELOW = 1000
#: Days after which treatment has had the time to suppress the virus: six months.
_SIX_MONTHS = 182


def diagnosed(facts: Facts) -> Answer:
    """Return whether a person is known to live with HIV: diagnosed at this visit, or before.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where neither is known.

    Examples
    --------
    >>> diagnosed(Facts("hiv", items={"previously_diagnosed": "yes"})), diagnosed(Facts("hiv"))
    (True, None)
    """
    return True if facts.yes("previously_diagnosed") else facts.positive


def newly_diagnosed(facts: Facts) -> Answer:
    """Return whether a person was diagnosed at this visit: positive, and not said to be known before.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where the result is blank.

    Examples
    --------
    >>> newly_diagnosed(Facts("hiv", positive=True, items={"previously_diagnosed": "yes"}))
    False
    """
    return False if facts.yes("previously_diagnosed") else facts.positive


def on_treatment(facts: Facts) -> Answer:
    """Return whether a person who was diagnosed takes treatment; prevention does not count.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where it is blank.

    Examples
    --------
    >>> on_treatment(Facts("hiv", positive=True, treated=True))
    True
    """
    if facts.item("treatment_basis") == "preventive":
        return False
    known = diagnosed(facts)
    return facts.treated if known else (known if facts.treated is None else facts.treated and known)


def suppressed(facts: Facts) -> Answer:
    """Return whether the viral load is below 1,000 copies in a millilitre.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool or None
        None where no viral load stands there.

    Examples
    --------
    >>> suppressed(Facts("hiv", viral_load=999)), suppressed(Facts("hiv"))
    (True, None)
    """
    return None if facts.viral_load is None else facts.viral_load < SUPPRESSED_BELOW


def _diagnosed(facts: Facts) -> Count:
    return case(diagnosed(facts))


def _on_treatment(facts: Facts) -> Count:
    return share(diagnosed(facts), on_treatment(facts))


def _linkage(facts: Facts) -> Count:
    return share(newly_diagnosed(facts), on_treatment(facts))


def _viral_load(facts: Facts) -> Count:
    # It says who was measured: a blank is somebody who was not, or of whom nobody wrote it down.
    return share(on_treatment(facts), facts.viral_load is not None)


def _suppressed(facts: Facts) -> Count:
    return share(on_treatment(facts), suppressed(facts))


def _suppressed_later(facts: Facts) -> Count:
    treated = on_treatment(facts)
    if not treated:
        return share(treated, None)
    if facts.on_treatment is None:
        return share(None, None)
    return share(facts.on_treatment >= _SIX_MONTHS, suppressed(facts))


_ON_ART = N_("people on HIV treatment")

ROWS = (
    Indicator(
        "hiv_positivity",
        "hiv",
        N_("HIV: positive of tested"),
        _HIV,
        N_("positive"),
        N_("tested, with a result"),
        OfMeasure("positivity"),
        f"{_PREV}: positive tests / tests",
    ),
    Indicator(
        "hiv_diagnosed",
        "hiv",
        N_("HIV: diagnosed (first 95)"),
        _HIV,
        N_("people known to live with HIV, seen in the period, by home province"),
        N_("people who live with HIV, as estimated for the area"),
        OfRecords(40, _diagnosed),
        f"{_GAM}: know their status / live with HIV",
        N_("proportion"),
        1,
        "estimate",
        lowest="province",
        home=True,
        of="plhiv",
        national_only=True,
        target=0.95,
        target_source=_95,
    ),
    Indicator(
        "hiv_on_treatment",
        "hiv",
        N_("HIV: on treatment (second 95)"),
        _HIV,
        _ON_ART,
        N_("people known to live with HIV"),
        OfRecords(41, _on_treatment),
        f"{_GAM}: on treatment / know their status",
        target=0.95,
        target_source=_95,
    ),
    Indicator(
        "hiv_linkage",
        "hiv",
        N_("HIV: treatment started by the newly diagnosed"),
        _HIV,
        N_("started HIV treatment"),
        N_("newly diagnosed with HIV"),
        OfRecords(42, _linkage),
        f"{_CS}: linkage to care: started treatment / newly diagnosed",
    ),
    Indicator(
        "hiv_viral_load",
        "hiv",
        N_("HIV: viral load measured"),
        _HIV,
        N_("viral load measured"),
        _ON_ART,
        OfRecords(43, _viral_load, amounts=("viral_load",)),
        f"{_GAM}: viral load testing coverage",
    ),
    Indicator(
        "hiv_suppressed",
        "hiv",
        N_("HIV: viral load suppressed (third 95)"),
        _HIV,
        N_("viral load below 1,000 copies in a millilitre"),
        N_("people on HIV treatment whose viral load is known"),
        OfRecords(44, _suppressed, amounts=("viral_load",)),
        f"{_GAM}: suppressed / on treatment",
        target=0.95,
        target_source=_95,
    ),
    Indicator(
        "hiv_suppressed_6_months",
        "hiv",
        N_("HIV: suppressed after 6 months of treatment"),
        _HIV,
        N_("viral load below 1,000 copies in a millilitre"),
        N_("people on HIV treatment for 6 months or more whose viral load is known"),
        OfRecords(45, _suppressed_later, amounts=("viral_load", "on_treatment")),
        f"{_CS}: suppressed / on treatment for 6 months or more",
    ),
    Indicator(
        "sti_syphilis_tested",
        "sti",
        N_("Syphilis: tested"),
        _SYPHILIS,
        N_("tested of those seen and eligible"),
        N_("seen and eligible"),
        OfMeasure("testing"),
        f"{_STI}: tested / seen",
    ),
    Indicator(
        "sti_syphilis_positivity",
        "sti",
        N_("Syphilis: positive of tested"),
        _SYPHILIS,
        N_("positive"),
        N_("tested, with a result"),
        OfMeasure("positivity"),
        f"{_STI}: positive / tested",
    ),
    Indicator(
        "sti_syphilis_treated",
        "sti",
        N_("Syphilis: treated of positive"),
        _SYPHILIS,
        N_("treated and positive"),
        N_("positive"),
        OfMeasure("treatment"),
        f"{_STI}: treated / positive",
    ),
)
