"""The words every layer speaks: mobility axes, sexes, age bands, kinds of facility.

A value's code is what files, addresses and tables carry. `aliases` are further spellings that
files use for the same value, beside those in Khmer (`surveillance.khmer_words`); they are matched by
:func:`normalise`, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveillance.khmer_words import KHMER
from surveillance.sameness import letters, same

UNKNOWN = "unknown"
#: A breakdown that is never stored (see `Disease.sensitive`).
HIDDEN = "hidden"


@dataclass(frozen=True)
class Value:
    """One allowed value of a coded field."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way in which a file may write it: code and name first."""
        return self.code, self.name, *self.aliases, *KHMER.get(self.name, ())


SEX = (
    Value(
        "female",
        "Female",
        ("f", "f.", "woman", "girl", "หญิง", "ญ", "ญ.", "เพศหญิง", "ผู้หญิง", "เด็กหญิง", "ຍິງ", "ເພດຍິງ", "ຜູ້ຍິງ"),
    ),
    Value(
        "male",
        "Male",
        ("m", "m.", "man", "boy", "ชาย", "ช", "ช.", "เพศชาย", "ผู้ชาย", "เด็กชาย", "ຊາຍ", "ເພດຊາຍ", "ຜູ້ຊາຍ"),
    ),
    Value("other", "Other"),
    Value(UNKNOWN, "Unknown", ("u", "ไม่ทราบ", "ไม่ระบุ", "ບໍ່ຮູ້", "ບໍ່ລະບຸ")),
)

#: Length of stay, Canavati et al. 2016, Malaria Journal.
RESIDENCE = (
    Value("resident", "Resident more than a year", ("resident > 1 year", "resident over 1 year")),
    Value("migrant", "Migrant, 6 to 12 months", ("migrant 6-12 months",)),
    Value("mobile", "Mobile, less than 6 months", ("mobile < 6 months",)),
    Value(UNKNOWN, "Unknown"),
)

#: Guyant et al. 2015, Malaria Journal.
ACTIVITY = (
    Value("seasonal_farm", "Seasonal farm work", ("seasonal farm work", "farm", "agriculture")),
    Value(
        "construction_mine", "Construction or mine", ("construction", "mine", "mining", "construction/mine")
    ),
    Value("forest", "Forest", ("forest goer", "forest worker", "logging")),
    Value("factory", "Factory", ("factory worker",)),
    Value("fishing", "Fishing", ("fisher", "fishery")),
    Value("domestic", "Domestic work", ("domestic worker", "domestic work")),
    Value("security_forces", "Security forces", ("military", "police", "soldier")),
    Value("visitor", "Visitor"),
    Value("accompanying_child", "Accompanying child", ("child",)),
    Value("other", "Other"),
    Value(UNKNOWN, "Unknown"),
)

#: Sensitive: dropped at import unless the programme switches it on; in no cube.
LEGAL_STATUS = (
    Value("regular", "Regular"),
    Value("irregular", "Irregular"),
    Value(UNKNOWN, "Unknown"),
)

MOVEMENT = (
    Value("outbound", "Outbound"),
    Value(
        "returning", "Returning by choice", ("returning by choice", "return", "returnee", "voluntary return")
    ),
    Value("deported", "Deported", ("deportee", "deportation")),
    Value(
        "commuter",
        "Daily cross-border commuter",
        ("daily cross-border commuter", "cross-border commuter", "daily commuter", "cross_border_commuter"),
    ),
    Value("internal", "Internal"),
    Value("none", "None", ("no movement", "not moving")),
    Value(UNKNOWN, "Unknown"),
)

CASE_STATUS = (
    Value("suspected", "Suspected", ("suspect",)),
    Value("probable", "Probable"),
    Value("confirmed", "Confirmed"),
    Value(UNKNOWN, "Unknown"),
)

ORIGIN = (
    Value("imported", "Imported"),
    Value("introduced", "Introduced"),
    Value("indigenous", "Indigenous"),
    Value("relapsing", "Relapsing", ("relapse",)),
    Value("induced", "Induced"),
    Value(UNKNOWN, "Unknown"),
)

OUTCOME = (
    Value("cured", "Cured"),
    Value("completed", "Treatment completed", ("treatment completed",)),
    Value("recovered", "Recovered"),
    Value("died", "Died", ("death", "dead")),
    Value("failed", "Treatment failed", ("treatment failed", "failure")),
    Value("lost_to_follow_up", "Lost to follow-up", ("lost", "ltfu", "defaulted")),
    Value("transferred", "Transferred out", ("transferred out", "transfer out")),
    Value("not_evaluated", "Not evaluated"),
    Value("on_treatment", "Still on treatment", ("still on treatment",)),
    Value(
        "second_line",
        "Moved to second-line treatment",
        (
            "moved to second line",
            "second line",
            "switched to second-line treatment",
            "moved to mdr treatment",
        ),
    ),
    Value(UNKNOWN, "Unknown"),
)

TEST_METHOD = (
    Value("rdt", "Rapid diagnostic test", ("rapid test", "rapid diagnostic test", "rapid")),
    Value("microscopy", "Microscopy", ("slide", "smear", "mic")),
    Value("molecular", "Molecular test", ("pcr", "xpert", "genexpert", "xpert mtb/rif", "naat", "lamp")),
    Value("culture", "Culture"),
    Value("serology", "Serology", ("elisa", "igm")),
    Value("radiography", "Radiography", ("x-ray", "xray", "cxr", "chest x-ray")),
    Value("clinical", "Clinical diagnosis", ("clinical diagnosis",)),
    Value("other", "Other"),
    Value(UNKNOWN, "Unknown"),
)

#: What a number of an age counts, where a column of its own says so.
AGE_UNIT = (
    Value("years", "Years", ("year", "y", "yr", "yrs", "ans", "ឆ្នាំ", "ปี", "ປີ")),
    Value("months", "Months", ("month", "m", "mo", "mos", "mth", "mths", "mois", "ខែ", "เดือน", "ເດືອນ")),
    Value("weeks", "Weeks", ("week", "w", "wk", "wks", "សប្តាហ៍", "សប្ដាហ៍", "អាទិត្យ", "สัปดาห์", "ອາທິດ")),
    Value("days", "Days", ("day", "d", "ថ្ងៃ", "วัน", "ມື້")),
)

FACILITY_KIND = (
    Value("hospital", "Hospital", ("referral hospital",)),
    Value("health_centre", "Health centre", ("health center",)),
    Value("health_post", "Health post"),
    Value("village_worker", "Village malaria worker", ("village malaria worker", "vmw")),
    Value("mobile_worker", "Mobile malaria worker", ("mobile malaria worker", "mmw")),
    Value("border_post", "Border health post", ("border health post",)),
    Value("reception_centre", "Reception centre", ("reception center", "migrant reception centre")),
)

REPORT_FREQUENCY = (
    Value("daily", "Daily"),
    Value("weekly", "Weekly"),
    Value("monthly", "Monthly"),
    Value("quarterly", "Quarterly"),
)

#: Age bands in completed years: (code, first year, last year).
AGE_BANDS: tuple[tuple[str, int, int], ...] = (
    ("0-4", 0, 4),
    ("5-14", 5, 14),
    ("15-24", 15, 24),
    ("25-49", 25, 49),
    ("50-64", 50, 64),
    ("65+", 65, 130),
)
AGE = (*(Value(code, code) for code, _, _ in AGE_BANDS), Value(UNKNOWN, "Unknown"))

#: The axes by which coverage can be broken down and filtered, in the order they are shown.
AXES: dict[str, tuple[Value, ...]] = {
    "residence": RESIDENCE,
    "activity": ACTIVITY,
    "movement": MOVEMENT,
    "sex": SEX,
    "age": AGE,
}
#: Axes a sensitive disease is never broken down by.
SENSITIVE_AXES = frozenset({"activity", "movement"})
#: Kinds of area that a sensitive disease is never shown by (decision 6).
SENSITIVE_BY = frozenset({"crossing", "facility"})

#: Where an area is counted: the place of care, the home province, the place of infection.
PLACES = ("care", "home", "infection")
#: Crossings that are not gates.
SPECIAL_CROSSINGS = (
    Value("informal", "Informal route", ("informal route", "informal crossing")),
    Value("airport", "Airport"),
    Value(UNKNOWN, "Unknown"),
)

_YES = frozenset(map(same, ("yes", "y", "1", "true", "បាទ", "ចាស", "បាទ/ចាស", "ចាស/បាទ", "មាន", "ใช่", "ແມ່ນ")))
_NO = frozenset(map(same, ("no", "n", "0", "false", "ទេ", "មិន", "គ្មាន", "មិនមាន", "ไม่ใช่", "ไม่", "ບໍ່ແມ່ນ", "ບໍ່")))
_GAPS = re.compile(r"[\s_\-]+")


def normalise(text: str) -> str:
    """Write a coded value in the form in which it is matched.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Without case; underscores, hyphens and runs of space are one space, and what looks the same is the
        same.

    Examples
    --------
    >>> normalise("  Seasonal_Farm ")
    'seasonal farm'
    """
    return _GAPS.sub(" ", letters(text)).strip().casefold()


def lookup(values: tuple[Value, ...]) -> dict[str, str]:
    """Return the code of every spelling of some values.

    Parameters
    ----------
    values : tuple of Value

    Returns
    -------
    dict of str to str
        Normalised spelling -> code.

    Examples
    --------
    >>> lookup(SEX)["woman"]
    'female'
    """
    table: dict[str, str] = {}
    for value in values:
        for spelling in value.spellings:
            table[normalise(spelling)] = value.code
    return table


def parse_yes_no(text: str) -> bool | None:
    """Read yes, no or blank.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool or None
        None for a blank text.

    Raises
    ------
    ValueError
        The text is something else.

    Examples
    --------
    >>> parse_yes_no("Yes"), parse_yes_no("ទេ"), parse_yes_no(" ")
    (True, False, None)
    """
    folded = same(text)
    if not folded:
        return None
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise ValueError(text)


def age_band(years: int | None) -> str:
    """Return the band of an age.

    Parameters
    ----------
    years : int or None
        Completed years.

    Returns
    -------
    str
        Code of the band; `unknown` for None.

    Examples
    --------
    >>> age_band(14), age_band(65), age_band(None)
    ('5-14', '65+', 'unknown')
    """
    if years is None:
        return UNKNOWN
    for code, first, last in AGE_BANDS:
        if first <= years <= last:
            return code
    return UNKNOWN


def age_bands_between(text: str) -> tuple[str, ...]:
    """Return the bands that make an age range.

    Parameters
    ----------
    text : str
        A range of completed years, such as `15-49` or `25+`.

    Returns
    -------
    tuple of str
        Codes of the bands.

    Raises
    ------
    ValueError
        The range does not begin and end where bands do.

    Examples
    --------
    >>> age_bands_between("15-49")
    ('15-24', '25-49')
    """
    match = re.fullmatch(r"(\d+)(?:-(\d+)|(\+))", text.strip())
    if match:
        low, high = int(match[1]), AGE_BANDS[-1][2] if match[3] else int(match[2])
        inside = [band for band in AGE_BANDS if low <= band[1] and band[2] <= high]
        if inside and inside[0][1] == low and inside[-1][2] == high:
            return tuple(code for code, _, _ in inside)
    edges = ", ".join(code for code, _, _ in AGE_BANDS)
    raise ValueError(f"'{text}' is not made of whole age bands; the bands are {edges}")
