"""What the columns of population files are called, in English and Khmer."""

from __future__ import annotations

from db.intake.cleaning import versioned_rows
from db.intake.cleaning.versioned_rows import STATUS, known_names

#: Columns in the order in which an export writes them.
COLUMNS = ("area", "year", "population", "sex", "age", "kind", "lower", "upper", "source", "grade")
REQUIRED = ("area", "year", "population")
#: Further names of each column, the likeliest first.
_NAMES: dict[str, tuple[str, ...]] = {
    "area": (
        "pcode", "p-code", "adm1_pcode", "adm2_pcode", "area code", "area name", "province", "province code",
        "province/city", "place", "location", "district", "តំបន់", "ទីតាំង", "ខេត្ត", "រាជធានី-ខេត្ត", "រាជធានី ខេត្ត",
        "ខេត្ត/រាជធានី", "រាជធានី/ខេត្ត", "ឈ្មោះខេត្ត", "លេខកូដខេត្ត", "ស្រុក", "ស្រុកប្រតិបត្តិ",
    ),
    "year": ("yr", "census year", "reference year", "ឆ្នាំ"),
    "population": (
        "pop", "value", "number", "people", "persons", "count", "estimate", "population size",
        "ប្រជាជន", "ចំនួនប្រជាជន", "ចំនួនប្រជាជនសរុប", "ចំនួនមនុស្ស", "ចំនួន", "តម្លៃ",
    ),
    "sex": ("gender", "ភេទ"),
    "age": ("age group", "age_group", "agegroup", "age band", "age_band", "ages", "អាយុ", "ក្រុមអាយុ"),
    "kind": ("type", "indicator", "denominator", "ប្រភេទ"),
    "lower": (
        "low", "lo", "lower bound", "lower limit", "lower_bound", "ci_lower", "lower 95%",
        "ព្រំដែនក្រោម", "កម្រិតក្រោម",
    ),
    "upper": (
        "high", "hi", "upper bound", "upper limit", "upper_bound", "ci_upper", "upper 95%",
        "ព្រំដែនលើ", "កម្រិតលើ",
    ),
    "source": ("reference", "ប្រភព", "ប្រភពទិន្នន័យ"),
    "grade": ("quality", "basis", "ចំណាត់ថ្នាក់", "គុណភាព"),
    STATUS: ("status", "ស្ថានភាព"),
}  # fmt: skip
#: Every name that a header may hold.
KNOWN = known_names(_NAMES)


def places_of(header: list[str]) -> dict[str, int]:
    """Where each field stands: under its own name, else under the likeliest other one.

    >>> places_of(["ខេត្ត", "year", "value", "people"])
    {'area': 0, 'year': 1, 'population': 2}
    """
    return versioned_rows.places_of(header, _NAMES)
