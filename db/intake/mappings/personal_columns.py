"""Columns that hold a person's name, number or address: no mapping may read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from surveillance.sameness import same

#: Whole names of columns, without punctuation. Names of facilities and villages are not among them.
_OF_PERSONS = frozenset((
    "name", "names", "full name", "fullname", "first name", "firstname", "last name", "lastname",
    "middle name", "surname", "family name", "given name", "patient name", "name of patient",
    "patients name", "person name", "client name", "case name", "namek", "namee", "name k",
    "name e", "name kh", "name en", "name km", "khmer name", "latin name", "nickname", "alias",
    "father", "father name", "fathers name", "mother", "mother name", "mothers name", "guardian",
    "guardian name", "caretaker", "caretaker name", "contact name", "spouse", "husband", "wife",
    "signature", "phone", "phone no", "phone number", "phonenumber", "patient phone",
    "patientphone", "telephone", "telephone number", "tel", "tel no", "mobile phone",
    "mobile number", "mobile no", "contact number", "contact phone", "whatsapp", "telegram",
    "facebook", "email", "e mail", "address", "home address", "street", "house", "house no",
    "house number", "gps", "latitude", "longitude", "ឈ្មោះ", "នាម", "នាមខ្លួន", "គោត្តនាម",
    "នាមត្រកូល", "នាម និងគោត្តនាម", "គោត្តនាម និងនាម", "គោត្តនាមនិងនាម", "ឈ្មោះអ្នកជំងឺ",
    "នាមអ្នកជំងឺ", "ឈ្មោះឪពុក", "ឈ្មោះម្តាយ", "ឈ្មោះម្ដាយ", "ឈ្មោះជាអក្សរឡាតាំង", "ទូរស័ព្ទ",
    "ទូរសព្ទ", "លេខទូរស័ព្ទ", "លេខទូរសព្ទ", "អាសយដ្ឋាន", "អាស័យដ្ឋាន", "ផ្ទះលេខ",
))  # fmt: skip
_PUNCTUATION = str.maketrans(dict.fromkeys("_-./:()#*?,’'`", " "))


def bare(name: str) -> str:
    """A column's name without case and punctuation."""
    return same(name.translate(_PUNCTUATION))


@cache
def _persons() -> frozenset[str]:
    return frozenset(map(bare, _OF_PERSONS))


def holds_persons(name: str, separators: Iterable[str] = ("/",)) -> bool:
    """Whether a column is named as one that identifies a person, also inside a survey's group.

    >>> holds_persons("First_Name"), holds_persons("patient/phone"), holds_persons("Name of facility")
    (True, True, False)
    """
    last = name
    for separator in separators:
        last = last.rpartition(separator)[2]
    return bool({bare(name), bare(name).replace("s name", " name"), bare(last)} & _persons())


#: Words by which a column says how the one beside it is to be read.
_MEASURES = ("unit", "units", "uom", "era", "calendar", "scale", "ឯកតា", "ខ្នាត", "หน่วย", "ຫົວໜ່ວຍ")


def companion_of(name: str, others: Sequence[str]) -> str | None:
    """The column among `others` whose meaning a column by its name may change; None if absent.

    >>> companion_of("Temp_Unit", ["temp", "sex"]), companion_of("units of dose", ["Dose"])
    ('temp', 'Dose')
    >>> companion_of("unit", ["age"]) is None
    True
    >>> companion_of("หน่วยอายุ", ["อายุ"]), companion_of("Age in", ["Age"])
    ('อายุ', 'Age')
    """
    own = bare(name).replace(" ", "")
    for other in others:
        key = bare(other).replace(" ", "")
        if not key:
            continue
        if bare(name) == f"{bare(other)} in":
            return other
        for word in _MEASURES:
            if own in (key + word, word + key, f"{word}of{key}"):
                return other
    return None
