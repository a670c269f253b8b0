"""Words of the reception centre. Danger signs stand apart from symptoms that lead to a test.

Nothing here names a reason for protection, and no test of HIV or syphilis is a service of the centre: what
concerns antiretroviral treatment is in the referral alone.
"""

from __future__ import annotations

from surveillance.diseases import DISEASES
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN, Value

#: Somebody with one of them is seen at once.
DANGER_SIGNS = (
    Value("cannot_drink", N_("Cannot drink"), ("unable to drink",)),
    Value("convulsions", N_("Convulsions"), ("fits",)),
    Value("unconscious", N_("Unconscious")),
    Value("breathing", N_("Difficulty in breathing"), ("breathing difficulty",)),
    Value("bleeding", N_("Bleeding")),
    Value("pregnancy", N_("Danger in pregnancy")),
)

#: Somebody with one of them is offered a test.
SYMPTOMS = (
    Value("cough", N_("Cough of two weeks or more"), ("cough of two weeks",)),
    Value("fever", N_("Fever")),
    Value("rash", N_("Rash")),
    Value("diarrhoea", N_("Diarrhoea"), ("diarrhea",)),
)

VACCINATION = (
    Value("complete", N_("Vaccinations complete")),
    Value("incomplete", N_("Vaccinations missing"), ("partly", "missing")),
    Value("none", N_("Not vaccinated")),
    Value(UNKNOWN, N_("Unknown")),
)

#: Diseases that the centre tests for; HIV and syphilis are not among them.
TESTED = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)
_TEST = "test_"
SERVICES = (
    Value("food", N_("Food and water")),
    Value("vaccination", N_("Vaccination")),
    Value("items", N_("Items given")),
    *(Value(f"{_TEST}{code}", DISEASES[code].name) for code in TESTED),
)

TEST_RESULT = (
    Value("negative", N_("Negative"), ("neg", "-")),
    Value("positive", N_("Positive"), ("pos", "+")),
    Value("unclear", N_("Unclear"), ("indeterminate", "invalid")),
)

SESSIONS = (
    Value("risks", N_("Risks of irregular migration")),
    Value("prevention", N_("Prevention of disease")),
)

#: Where people are sent. A partner's account names one or more of them.
PARTNERS = (
    Value("poipet_hospital", N_("Poipet referral hospital")),
    Value("provincial_hospital", N_("Provincial hospital")),
    Value("health_centre", N_("Health centre")),
    Value("tb_service", N_("Tuberculosis service")),
    Value("thai_tb_service", N_("Tuberculosis service in Thailand")),
    Value("malaria_service", N_("Malaria service")),
    Value("maternity", N_("Maternity ward")),
    Value("art_site", N_("Medicine site")),
    Value("aid_organisation", N_("Aid organisation")),
)
#: Partners whose name alone tells of HIV: in no sum.
UNCOUNTED_PARTNERS = frozenset({"art_site"})

URGENCY = (
    Value("now", N_("Now, by ambulance")),
    Value("today", N_("Today")),
    Value("week", N_("Within a week")),
)
PURPOSE = (
    Value("danger_sign", N_("Urgent need")),
    Value("test", N_("Test")),
    Value("treatment", N_("Treatment")),
    Value("maternity", N_("Care in pregnancy or birth")),
    Value("vaccination", N_("Vaccination")),
    Value("medicine", N_("Daily medicine goes on")),
    Value("other", N_("Other care")),
)
DIRECTION = (
    Value("to", N_("Sent to the partner")),
    Value("from", N_("Came from the partner")),
)
MEDICINE = (
    Value("tb", N_("Tuberculosis treatment")),
    Value("art", N_("Antiretroviral treatment")),
    Value("other", N_("Other medicine")),
)
#: How a referral ends. Arriving is a day of its own.
REFERRAL_OUTCOME = (
    Value("treated", N_("Treated")),
    Value("on_treatment", N_("Still on treatment")),
    Value("completed", N_("Treatment completed"), ("cured", "treatment completed")),
    Value("admitted", N_("Admitted")),
    Value("not_needed", N_("Nothing needed")),
    Value("refused", N_("Refused care")),
    Value("moved", N_("Moved on")),
    Value("failed", N_("Treatment failed")),
    Value("died", N_("Died")),
    Value("lost", N_("Lost to follow-up")),
    Value("not_evaluated", N_("Not evaluated")),
)

RECEIVER = (
    Value("provincial", N_("Provincial social affairs department")),
    Value("district", N_("District social affairs office")),
)

CARER = (
    Value("grandparent", N_("Grandparent")),
    Value("relative", N_("Other relative")),
    Value("other", N_("Other")),
    Value(UNKNOWN, N_("Unknown")),
)
PARENTS_AWAY = (
    Value("both", N_("Both parents")),
    Value("mother", N_("Mother")),
    Value("father", N_("Father")),
    Value(UNKNOWN, N_("Unknown")),
)

STATIONS = (
    Value("desk", N_("Desk")),
    Value("nurse", N_("Nurse")),
    Value("tb", N_("Tests")),
    Value("referral", N_("Referral")),
    Value("office", N_("Office")),
    Value("partner", N_("Partner")),
    Value("file", N_("File")),
)


def tested_disease(item: str) -> str | None:
    """Return the disease that a service tests for.

    Parameters
    ----------
    item : str
        Code of one of `SERVICES`.

    Returns
    -------
    str or None
        Code of the disease; None where the service is no test.

    Examples
    --------
    >>> tested_disease("test_tb"), tested_disease("food")
    ('tb', None)
    """
    return item.removeprefix(_TEST) if item.startswith(_TEST) else None
