"""A second header below the first: tags of the Humanitarian Exchange Language, labels, kinds of values."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    """
    given = [
        (name, cell.strip()) for name, cell in zip(names, cells, strict=False) if cell and not cell.isspace()
    ]
    if len(given) < 2:
        return False
    if all(cell.casefold() in _KINDS or _BRACKETED.fullmatch(cell) for _, cell in given):
        return True
    alike = sum(_bare(name) == _bare(cell) for name, cell in given)
    return alike >= 2 and not any(any(map(str.isdigit, cell)) for _, cell in given)


def _bare(name: str) -> str:
    return _PUNCTUATION.sub(" ", name).strip().casefold()
