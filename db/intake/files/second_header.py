"""A second header below the first: tags of the Humanitarian Exchange Language, labels, kinds of values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from surveillance.sameness import same

#: Why such a row is left out.
SECOND_HEADER = "second_header"
#: A tag with its attributes, as `#adm1 +name` (HXL 1.1).
_TAG = re.compile(r"#[a-z][a-z0-9_]*(?:\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
#: What a form says of a column: the kind of its values, or how they are written.
_KINDS = frozenset(
    ("text", "string", "char", "varchar", "number", "numeric", "integer", "int", "decimal", "float", "date",
     "datetime", "code", "list", "boolean", "required", "optional", "mandatory", "yes/no", "y/n", "m/f",
     "male/female", "dd/mm/yyyy", "mm/dd/yyyy", "yyyy-mm-dd", "dd-mm-yyyy", "dd/mm/yy", "yyyy/mm/dd")
)  # fmt: skip
#: What people call the columns of line lists, reports and lists of facilities, in English and Khmer.
_LABELS = frozenset(map(same, (
    "code", "id", "number", "name", "name kh", "name en", "khmer name", "english name", "facility",
    "facility code", "facility name", "facility id", "health centre", "health center", "health facility",
    "province", "district", "operational district", "commune", "village", "latitude", "longitude", "lat",
    "long", "lon", "lng", "coordinates", "kind", "type", "facility type", "level", "crossing",
    "border crossing", "date", "date of visit", "visit date", "disease", "diagnosis", "sex", "gender", "age",
    "age in years", "date of birth", "nationality", "occupation", "result", "test result", "tested",
    "positive", "treated", "treatment", "outcome", "population", "count", "cases", "location", "place",
    "period", "value", "reports from", "reports to", "remarks", "notes",
    "លេខកូដ", "កូដ", "លេខ", "ល.រ", "លរ", "លេខរៀង", "ឈ្មោះ", "ឈ្មោះខ្មែរ", "ឈ្មោះអង់គ្លេស", "ឈ្មោះជាភាសាខ្មែរ",
    "ឈ្មោះជាភាសាអង់គ្លេស", "មណ្ឌលសុខភាព", "ឈ្មោះមណ្ឌលសុខភាព", "លេខកូដមណ្ឌលសុខភាព", "លេខមណ្ឌលសុខភាព",
    "មូលដ្ឋានសុខាភិបាល", "ឈ្មោះមូលដ្ឋានសុខាភិបាល", "លេខកូដមូលដ្ឋានសុខាភិបាល", "ខេត្ត", "រាជធានី", "រាជធានី-ខេត្ត",
    "រាជធានី ខេត្ត", "ខេត្ត/រាជធានី", "រាជធានី/ខេត្ត", "ឈ្មោះខេត្ត", "ស្រុក", "ស្រុកប្រតិបត្តិ", "ក្រុង", "ឃុំ", "សង្កាត់", "ភូមិ",
    "រយៈទទឹង", "រយៈបណ្តោយ", "រយៈបណ្ដោយ", "ទីតាំង", "និយាមកា", "ប្រភេទ", "ប្រភេទមូលដ្ឋាន", "កម្រិត", "ច្រក",
    "ច្រកព្រំដែន", "កាលបរិច្ឆេទ", "ថ្ងៃខែឆ្នាំ", "ថ្ងៃពិនិត្យ", "ថ្ងៃមកពិនិត្យ", "ជំងឺ", "រោគវិនិច្ឆ័យ", "ភេទ", "អាយុ",
    "ថ្ងៃខែឆ្នាំកំណើត", "សញ្ជាតិ", "មុខរបរ", "លទ្ធផល", "លទ្ធផលតេស្ត", "ព្យាបាល", "ការព្យាបាល", "ចំនួន", "ចំនួនប្រជាជន",
    "ប្រជាជន", "ចំនួនករណី", "រយៈពេល", "តម្លៃ", "ផ្សេងៗ", "កំណត់សម្គាល់",
)))  # fmt: skip
_BRACKETED = re.compile(r"[(\[<].*[)\]>]", re.DOTALL)
_PUNCTUATION = re.compile(r"[\s_\-./:()#*?]+")


def is_tags(cells: Sequence[str]) -> bool:
    """Whether a row holds nothing but HXL tags.

    >>> is_tags(["#loc+code", "", "#adm1 +name"]), is_tags(["#12", "HC1"]), is_tags(["", ""])
    (True, False, False)
    """
    given = [cell.strip() for cell in cells if cell and not cell.isspace()]
    return bool(given) and all(map(_TAG.fullmatch, given))


def is_second_header(names: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row directly below the header repeats its names as labels, or says what values are like.

    >>> names = ["facility_id", "name", "province"]
    >>> is_second_header(names, ["Code", "Name", "Province"]), is_second_header(names, ["HC1", "Name", "Kep"])
    (True, False)
    >>> is_second_header(names, ["លេខកូដ", "ឈ្មោះ", "ខេត្ត"])
    True
    """
    given = [
        (name, cell.strip()) for name, cell in zip(names, cells, strict=False) if cell and not cell.isspace()
    ]
    if len(given) < 2:
        return False
    if all(cell.casefold() in _KINDS or _BRACKETED.fullmatch(cell) for _, cell in given):
        return True
    if any(any(map(str.isdigit, cell)) for _, cell in given):
        return False
    alike = sum(_bare(name) == _bare(cell) for name, cell in given)
    labels = sum(is_label(cell) for _, cell in given)
    return alike >= 2 or (labels >= 2 and 2 * labels >= len(given))


def is_label(text: str) -> bool:
    """Whether a text is what people call a column, in English or Khmer.

    >>> is_label("ខេត្ត"), is_label("Facility_code"), is_label("HC1")
    (True, True, False)
    """
    return same(text) in _LABELS or same(_bare(text)) in _LABELS


def _bare(name: str) -> str:
    return _PUNCTUATION.sub(" ", name).strip().casefold()
