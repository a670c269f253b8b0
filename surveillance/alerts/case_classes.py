"""Classes of a case: suspected, probable, confirmed, discarded; with a person's override and its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from surveillance.errors import StatisticsError
from surveillance.texts import N_

CaseClass = Literal["suspected", "probable", "confirmed", "discarded"]
CLASSES: tuple[CaseClass, ...] = ("suspected", "probable", "confirmed", "discarded")
#: Methods whose positive result confirms a case; of other diseases those of a laboratory do.
LABORATORY = frozenset({"molecular", "culture", "serology"})
CONFIRMING: dict[str, frozenset[str]] = {
    "malaria": frozenset({"rdt", "microscopy", "molecular"}),
    "cholera": frozenset({"culture", "molecular"}),
    "measles": frozenset({"serology", "molecular"}),
    "tb": frozenset({"microscopy", "molecular", "culture"}),
    "dengue": frozenset({"molecular", "culture"}),
}
#: Diseases of which WHO's tables of classification are followed: a negative result of a laboratory discards.
RESULT_FIRST = frozenset({"cholera", "measles"})


@dataclass(frozen=True)
class Override:
    """A class that a person gave: what it was before, what it is, why, who and when.

    `after`: None where the person took a class back, so that the one that the rules find holds again.
    """

    before: CaseClass
    after: CaseClass | None
    reason: str
    by: str
    on: date


@dataclass(frozen=True)
class Classified:
    """The class of a case as the rules find it, and what people changed since, the earliest first."""

    found: CaseClass
    history: tuple[Override, ...] = ()

    @property
    def now(self) -> CaseClass:
        """The class that holds."""
        return self.given or self.found

    @property
    def given(self) -> CaseClass | None:
        """The class that a person gave, where it still holds."""
        return self.history[-1].after if self.history else None


def class_of_record(
    disease: str,
    status: str | None,
    method: str | None,
    positive: bool | None,
    eligible: bool | None = None,
) -> CaseClass:
    """Return the class of a stored record.

    Parameters
    ----------
    disease : str
        A code of `surveillance.diseases.DISEASES`.
    status : str or None
        The sender's classification: a code of `surveillance.vocabulary.CASE_STATUS`.
    method : str or None
        A code of `surveillance.vocabulary.TEST_METHOD`.
    positive : bool or None
        Whether the test was positive; None where that is not known.
    eligible : bool, optional
        Whether the person should have been tested, which is to say was a suspected case; None where that is
        not known.

    Returns
    -------
    {"suspected", "probable", "confirmed", "discarded"}
        What the sender says, but for a suspected case whose test was negative: it is discarded. So is a
        probable case of measles or cholera that a laboratory found negative: in WHO's tables a result goes
        before signs. Where the sender says nothing, a positive result confirms if the method can, and makes a
        probable case otherwise; and a person without a result who should not have been tested does not meet
        the definition of a suspected case, which discards as well (MSLSRV.E6, its annotation).

    Examples
    --------
    >>> class_of_record("cholera", None, "rdt", True), class_of_record("malaria", None, "rdt", True)
    ('probable', 'confirmed')
    >>> class_of_record("measles", "suspected", "serology", False)
    'discarded'
    >>> [class_of_record(disease, "probable", "molecular", False) for disease in ("measles", "tb")]
    ['discarded', 'probable']
    >>> [class_of_record("measles", status, None, None, eligible=False) for status in (None, "suspected")]
    ['discarded', 'suspected']
    """
    if status == "confirmed":
        return "confirmed"
    if positive is False and disease in RESULT_FIRST and method in CONFIRMING[disease]:
        return "discarded"
    if status == "probable":
        return "probable"
    if positive is False or (eligible is False and status is None and positive is None):
        return "discarded"
    if status == "suspected" or positive is None:
        return "suspected"
    return "confirmed" if method in CONFIRMING.get(disease, LABORATORY) else "probable"


def override(case: Classified, to: CaseClass, reason: str, by: str, on: date) -> Classified:
    """Give a case another class; what it was stays in its history.

    Parameters
    ----------
    case : Classified
    to : {"suspected", "probable", "confirmed", "discarded"}
    reason, by : str
        Why, and who says so; neither may be blank.
    on : date

    Returns
    -------
    Classified

    Raises
    ------
    StatisticsError
        There is no reason, no name, or the case has this class already.

    Examples
    --------
    >>> case = override(Classified("suspected"), "discarded", "rubella IgM", "officer", date(2026, 3, 1))
    >>> case.now, case.found, case.history[0].before
    ('discarded', 'suspected', 'suspected')
    """
    if not reason.strip() or not by.strip():
        raise StatisticsError(N_("a class is changed only with a reason and a name"))
    if to == case.now:
        raise StatisticsError(N_("the case is {given} already"), given=to)
    return replace(case, history=(*case.history, Override(case.now, to, reason.strip(), by.strip(), on)))


def undo(case: Classified, reason: str, by: str, on: date) -> Classified:
    """Take back the class that a person gave; it stays in the history.

    Parameters
    ----------
    case : Classified
    reason, by : str
        Why, and who says so; neither may be blank.
    on : date

    Returns
    -------
    Classified

    Raises
    ------
    StatisticsError
        There is no reason, no name, or no class that a person gave.

    Examples
    --------
    >>> case = override(Classified("suspected"), "discarded", "rubella IgM", "officer", date(2026, 3, 1))
    >>> back = undo(case, "another person's result", "officer", date(2026, 3, 2))
    >>> back.now, len(back.history)
    ('suspected', 2)
    """
    if not reason.strip() or not by.strip():
        raise StatisticsError(N_("a class is changed only with a reason and a name"))
    if case.given is None:
        raise StatisticsError(N_("nobody gave this case a class"))
    return replace(case, history=(*case.history, Override(case.now, None, reason.strip(), by.strip(), on)))


@dataclass(frozen=True)
class CholeraSigns:
    """What WHO's table asks of a cholera case; None where it is not known.

    `age`: completed years. `died_of_diarrhoea`: died, the cause being acute watery diarrhoea. `culture`,
    `pcr`: "O1", "O139", "both" or "negative". `toxigenic`: by PCR. `outbreak`: a probable or confirmed one in
    the surveillance unit.
    """

    age: int | None = None
    diarrhoea: bool | None = None
    severe: bool | None = None
    died_of_diarrhoea: bool | None = None
    culture: str | None = None
    pcr: str | None = None
    toxigenic: bool | None = None
    outbreak: bool = False


def cholera_case(signs: CholeraSigns) -> CaseClass | None:
    """Return the class of a cholera case by WHO's table CHOLSRV.C2.

    The table's lines overlap: a result of the laboratory goes before signs, and a positive result before a
    negative one.

    Parameters
    ----------
    signs : CholeraSigns

    Returns
    -------
    {"suspected", "confirmed", "discarded"} or None
        None: no line of the table holds.

    References
    ----------
    WHO (2025). Digital adaptation kit for integrated disease surveillance, CHOLSRV.C2; Global Task Force on
    Cholera Control (2024). Public health surveillance for cholera.

    Examples
    --------
    >>> cholera_case(CholeraSigns(age=30, diarrhoea=True, severe=True))
    'suspected'
    >>> cholera_case(CholeraSigns(age=30, diarrhoea=True)) is None
    True
    """
    if not signs.diarrhoea:
        return None
    results = {signs.culture, signs.pcr} - {None}
    if results - {"negative"} and (signs.outbreak or signs.toxigenic):
        return "confirmed"
    old_enough = signs.age is not None and signs.age >= 2
    meets = signs.outbreak or (old_enough and bool(signs.severe or signs.died_of_diarrhoea))
    if results == {"negative"} and meets:
        return "discarded"
    return "suspected" if meets else None


@dataclass(frozen=True)
class MeaslesSigns:
    """What WHO's tables ask of a measles case; None where it is not known.

    `rectal`, `axillary`: degrees Celsius. `catarrh`: cough, coryza or conjunctivitis. `igm`, `pcr`: whether
    the result was positive. `specimen_days`: from the onset of rash to the specimen; None: no specimen.
    `linked`: to a confirmed case of "measles" or of an "other" disease.
    """

    rectal: float | None = None
    axillary: float | None = None
    rash: bool | None = None
    catarrh: bool | None = None
    igm: bool | None = None
    pcr: bool | None = None
    specimen_days: int | None = None
    linked: str | None = None


#: After so many days a specimen is no longer adequate; fever begins above these degrees.
ADEQUATE_DAYS, RECTAL, AXILLARY = 28, 38.5, 38.0


def measles_case(signs: MeaslesSigns) -> CaseClass | None:
    """Return the class of a measles case by WHO's tables MSLSRV.C2 and E6.

    Confirmed is what the laboratory found or what is linked to a confirmed case of measles; probable is what
    the table calls clinically compatible.

    Parameters
    ----------
    signs : MeaslesSigns

    Returns
    -------
    {"suspected", "probable", "confirmed", "discarded"} or None
        None: fever or rash is missing.

    References
    ----------
    WHO (2018). Measles: vaccine-preventable diseases surveillance standards; WHO (2025). Digital adaptation
    kit for integrated disease surveillance, MSLSRV.C2 and MSLSRV.E6.

    Examples
    --------
    >>> measles_case(MeaslesSigns(axillary=38.6, rash=True))
    'suspected'
    >>> measles_case(MeaslesSigns(38.6, rash=True, igm=True))
    'confirmed'
    """
    hot = (signs.rectal or 0) > RECTAL or (signs.axillary or 0) > AXILLARY
    if not (hot and signs.rash):
        return None
    if signs.igm or signs.pcr:
        return "confirmed"
    if signs.igm is False or signs.pcr is False or signs.linked == "other":
        return "discarded"
    if signs.linked == "measles":
        return "confirmed"
    if signs.catarrh and signs.specimen_days is not None and signs.specimen_days > ADEQUATE_DAYS:
        return "probable"
    return "suspected"
