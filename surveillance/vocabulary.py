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
from surveillance.texts import N_

UNKNOWN = N_("unknown")
#: A breakdown that is never stored (see `Disease.sensitive`).
HIDDEN = N_("hidden")


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
        N_("Female"),
        ("f", "f.", "woman", "girl", "หญิง", "ญ", "ญ.", "เพศหญิง", "ผู้หญิง", "เด็กหญิง", "ຍິງ", "ເພດຍິງ", "ຜູ້ຍິງ"),
    ),
    Value(
        "male",
        N_("Male"),
        ("m", "m.", "man", "boy", "ชาย", "ช", "ช.", "เพศชาย", "ผู้ชาย", "เด็กชาย", "ຊາຍ", "ເພດຊາຍ", "ຜູ້ຊາຍ"),
    ),
    Value("other", N_("Other")),
    Value(UNKNOWN, N_("Unknown"), ("u", "ไม่ทราบ", "ไม่ระบุ", "ບໍ່ຮູ້", "ບໍ່ລະບຸ")),
)

#: Length of stay, Canavati et al. 2016, Malaria Journal.
RESIDENCE = (
    Value("resident", N_("Resident more than a year"), ("resident > 1 year", "resident over 1 year")),
    Value("migrant", N_("Migrant, 6 to 12 months"), ("migrant 6-12 months",)),
    Value("mobile", N_("Mobile, less than 6 months"), ("mobile < 6 months",)),
    Value(UNKNOWN, N_("Unknown")),
)

#: Guyant et al. 2015, Malaria Journal.
ACTIVITY = (
    Value("seasonal_farm", N_("Seasonal farm work"), ("seasonal farm work", "farm", "agriculture")),
    Value(
        "construction_mine",
        N_("Construction or mine"),
        ("construction", "mine", "mining", "construction/mine"),
    ),
    Value("forest", N_("Forest"), ("forest goer", "forest worker", "logging")),
    Value("factory", N_("Factory"), ("factory worker",)),
    Value("fishing", N_("Fishing"), ("fisher", "fishery")),
    Value("domestic", N_("Domestic work"), ("domestic worker", "domestic work")),
    Value("security_forces", N_("Security forces"), ("military", "police", "soldier")),
    Value("visitor", N_("Visitor")),
    Value("accompanying_child", N_("Accompanying child"), ("child",)),
    Value("other", N_("Other")),
    Value(UNKNOWN, N_("Unknown")),
)

#: Sensitive: dropped at import unless the programme switches it on; in no cube.
LEGAL_STATUS = (
    Value("regular", N_("Regular")),
    Value("irregular", N_("Irregular")),
    Value(UNKNOWN, N_("Unknown")),
)

MOVEMENT = (
    Value("outbound", N_("Outbound")),
    Value(
        "returning",
        N_("Returning by choice"),
        ("returning by choice", "return", "returnee", "voluntary return"),
    ),
    Value("deported", N_("Deported"), ("deportee", "deportation")),
    Value(
        "commuter",
        N_("Daily cross-border commuter"),
        ("daily cross-border commuter", "cross-border commuter", "daily commuter", "cross_border_commuter"),
    ),
    Value("internal", N_("Internal")),
    Value("none", N_("None"), ("no movement", "not moving")),
    Value(UNKNOWN, N_("Unknown")),
)

CASE_STATUS = (
    Value("suspected", N_("Suspected"), ("suspect",)),
    Value("probable", N_("Probable")),
    Value("confirmed", N_("Confirmed")),
    Value(UNKNOWN, N_("Unknown")),
)

ORIGIN = (
    Value("imported", N_("Imported")),
    Value("introduced", N_("Introduced")),
    Value("indigenous", N_("Indigenous")),
    Value("relapsing", N_("Relapsing"), ("relapse",)),
    Value("induced", N_("Induced")),
    Value(UNKNOWN, N_("Unknown")),
)

OUTCOME = (
    Value("cured", N_("Cured")),
    Value("completed", N_("Treatment completed"), ("treatment completed",)),
    Value("recovered", N_("Recovered")),
    Value("died", N_("Died"), ("death", "dead")),
    Value("failed", N_("Treatment failed"), ("treatment failed", "failure")),
    Value("lost_to_follow_up", N_("Lost to follow-up"), ("lost", "ltfu", "defaulted")),
    Value("transferred", N_("Transferred out"), ("transferred out", "transfer out")),
    Value("not_evaluated", N_("Not evaluated")),
    Value("on_treatment", N_("Still on treatment"), ("still on treatment",)),
    Value(
        "second_line",
        N_("Moved to second-line treatment"),
        (
            "moved to second line",
            "second line",
            "switched to second-line treatment",
            "moved to mdr treatment",
        ),
    ),
    Value(UNKNOWN, N_("Unknown")),
)

TEST_METHOD = (
    Value("rdt", N_("Rapid diagnostic test"), ("rapid test", "rapid diagnostic test", "rapid")),
    Value("microscopy", N_("Microscopy"), ("slide", "smear", "mic")),
    Value("molecular", N_("Molecular test"), ("pcr", "xpert", "genexpert", "xpert mtb/rif", "naat", "lamp")),
    Value("culture", N_("Culture")),
    Value("serology", N_("Serology"), ("elisa", "igm")),
    Value("radiography", N_("Radiography"), ("x-ray", "xray", "cxr", "chest x-ray")),
    Value("clinical", N_("Clinical diagnosis"), ("clinical diagnosis",)),
    Value("other", N_("Other")),
    Value(UNKNOWN, N_("Unknown")),
)

#: What a number of an age counts, where a column of its own says so.
AGE_UNIT = (
    Value("years", N_("Years"), ("year", "y", "yr", "yrs", "ans", "ឆ្នាំ", "ปี", "ປີ")),
    Value("months", N_("Months"), ("month", "m", "mo", "mos", "mth", "mths", "mois", "ខែ", "เดือน", "ເດືອນ")),
    Value("weeks", N_("Weeks"), ("week", "w", "wk", "wks", "សប្តាហ៍", "សប្ដាហ៍", "អាទិត្យ", "สัปดาห์", "ອາທິດ")),
    Value("days", N_("Days"), ("day", "d", "ថ្ងៃ", "วัน", "ມື້")),
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
    (N_("0-4"), 0, 4),
    (N_("5-14"), 5, 14),
    (N_("15-24"), 15, 24),
    (N_("25-49"), 25, 49),
    (N_("50-64"), 50, 64),
    (N_("65+"), 65, 130),
)
AGE = (*(Value(code, code) for code, _, _ in AGE_BANDS), Value(UNKNOWN, N_("Unknown")))

#: The axes by which coverage can be broken down and filtered, in the order they are shown.
AXES: dict[str, tuple[Value, ...]] = {
    "residence": RESIDENCE,
    "activity": ACTIVITY,
    "movement": MOVEMENT,
    "sex": SEX,
    "age": AGE,
}
#: Values of one axis that are shown as one, as a question writes them: deported, or of the security forces,
#: would tell as much as legal status does, which stands in no table.
RETURNING = ("returning", "deported")
OTHER_ACTIVITY = ("security_forces", "other")
JOINED: dict[str, tuple[Value, ...]] = {
    "movement": (Value(",".join(RETURNING), N_("Returning, by choice or deported")),),
    "activity": (Value(",".join(OTHER_ACTIVITY), N_("Other, with security forces")),),
}
#: Axes by which a sensitive disease is not even stored.
NOT_STORED_AXES = frozenset({"activity", "movement"})
#: Axes a sensitive disease is never broken down by.
SENSITIVE_AXES = NOT_STORED_AXES | {"residence"}
#: Kinds of area that a sensitive disease is never shown by (decision 6).
SENSITIVE_BY = frozenset({"crossing", "district", "facility"})

#: Where an area is counted: the place of care, the home province, the place of infection.
PLACES = ("care", "home", "infection")
#: Crossings that are not gates.
SPECIAL_CROSSINGS = (
    Value("informal", "Informal route", ("informal route", "informal crossing")),
    Value("airport", "Airport"),
    Value(UNKNOWN, N_("Unknown")),
)


def shown_values(axis: str) -> tuple[Value, ...]:
    """Return the values of an axis as they are shown to everybody: some joined.

    Parameters
    ----------
    axis : str
        One of `AXES`.

    Returns
    -------
    tuple of Value
        In the order of the vocabulary; a joined one stands where its last part stands.

    Examples
    --------
    >>> [value.code for value in shown_values("movement")]
    ['outbound', 'returning,deported', 'commuter', 'internal', 'none', 'unknown']
    """
    joined = {tuple(value.code.split(",")): value for value in JOINED.get(axis, ())}
    last = {parts[-1]: value for parts, value in joined.items()}
    gone = {part for parts in joined for part in parts[:-1]}
    return tuple(last.get(value.code, value) for value in AXES[axis] if value.code not in gone)


def shown_value(axis: str, code: str) -> str:
    """Return the code under which a value of an axis is shown.

    Parameters
    ----------
    axis, code : str
        A code that the axis does not have stays as it is.

    Returns
    -------
    str

    Examples
    --------
    >>> shown_value("activity", "security_forces"), shown_value("movement", "commuter")
    ('security_forces,other', 'commuter')
    """
    held = (value.code for value in JOINED.get(axis, ()) if code in value.code.split(","))
    return next(held, code)


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
