"""How laboratories write the result of a test, and what each word says.

Words for MTB/RIF cartridges follow WHO's laboratory codes (N, T, RR, TI, I); *trace* is the lowest category
of Xpert Ultra. Whether it counts as positive depends on HIV status, age and earlier treatment, so it stays
unknown.

References: WHO, Xpert MTB/RIF implementation manual (2014), ISBN 978-92-4-150670-0; WHO consolidated
guidelines on tuberculosis, module 3 (2021), ISBN 978-92-4-002941-5 (trace); WHO consolidated guidelines on
HIV testing services (2019), ISBN 978-92-4-155058-1 (a reactive test is not yet a diagnosis).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from surveillance.line_list import DETAIL_ITEMS
from surveillance.vocabulary import UNKNOWN, normalise, parse_yes_no

#: Diseases of which a single reactive test is a screening result, never a diagnosis.
CONFIRMED_BY_ALGORITHM = frozenset({"hiv"})
#: Diseases whose smears are graded: of another, a grade says nothing.
_SMEARED = frozenset({"tb", "malaria"})


@dataclass(frozen=True)
class Result:
    """What a word says: positive, negative or unknown; and an item of `detail` that keeps more.

    `item` goes with tuberculosis alone. `screening`: the word names a reactive screening test.
    """

    positive: bool | None
    item: tuple[str, str] | None = None
    screening: bool = False


_POSITIVE = (
    "positive", "pos", "+ve", "(+)", "detected", "test positive", "វិជ្ជមាន", "ผลบวก", "บวก", "พบเชื้อ",
    "ຜົນບວກ", "ບວກ",
)  # fmt: skip
_NEGATIVE = (
    "negative", "neg", "not detected", "non detected", "test negative", "អវិជ្ជមាន", "ผลลบ", "ลบ",
    "ไม่พบเชื้อ", "ຜົນລົບ", "ລົບ",
)  # fmt: skip
_NOT_KNOWN = (
    "invalid", "error", "indeterminate", "inconclusive", "equivocal", "borderline", "no result", "unknown",
    "pending", "awaiting", "មិនដឹង", "មិនស្គាល់", "មិនច្បាស់", "រង់ចាំលទ្ធផល",
)  # fmt: skip
_REACTIVE = ("reactive", "weakly reactive", "weak reactive", "test reactive", "មានប្រតិកម្ម")
_NOT_REACTIVE = ("non reactive", "nonreactive", "not reactive", "គ្មានប្រតិកម្ម", "មិនមានប្រតិកម្ម")
#: A text of several words, as of a form's own, that says reactive.
_SAYS_REACTIVE = re.compile(r"(?<!non )(?<!not )\b(?:weakly )?reactive\b")
#: Of a cartridge (Xpert, Truenat): code -> result.
_CARTRIDGE = {
    "t": Result(True, ("xpert", "positive")),
    "rr": Result(True, ("xpert", "rif_resistant")),
    "ti": Result(True, ("xpert", "rif_indeterminate")),
    "i": Result(None, ("xpert", "error")),
    "tt": Result(None, ("xpert", "trace")),
    "trace": Result(None, ("xpert", "trace")),
    "mtb trace": Result(None, ("xpert", "trace")),
    "mtb trace detected": Result(None, ("xpert", "trace")),
    "mtb detected trace": Result(None, ("xpert", "trace")),
    "mtb not detected": Result(False, ("xpert", "negative")),
    "mtb detected": Result(True, ("xpert", "positive")),
}
_AMOUNT = r"(?: (?:very low|low|medium|high))?"
_MTB = re.compile(
    rf"mtb detected{_AMOUNT}[,; /]* ?(?:rif|rr|rif resistance|rifampicin resistance) "
    rf"(?P<rif>not detected|detected|indeterminate)|mtb detected{_AMOUNT}"
)
#: The lowest category, with or without what is said of rifampicin: that is indeterminate then.
_TRACE = re.compile(
    r"(?:mtb )?(?:trace(?: detected)?|detected[,; ]* ?(?:very low )?trace)(?:[,; /]* ?(?:rif|rr)\b.*)?"
)
_BRACKETS = re.compile(r"[()]")
_BRACKETED = re.compile(r"\((\+{1,4}|[^()]*)\)")
_RIF = {"not detected": "positive", "detected": "rif_resistant", "indeterminate": "rif_indeterminate"}
#: Of a smear: scanty, or a grade from 1+ to 3+ (WHO and The Union); 4+ is written for malaria.
_SCANTY = re.compile(r"scanty(?: ?\(?\d{1,2}\)?)?|\d{1,2} ?scanty")
_GRADE = re.compile(r"(?:([1-4]) ?\+|\+ ?([1-4])|(\+{1,4}))")
#: Minus signs: `normalise` takes hyphens for spaces.
_MINUS = frozenset({"-", "(-)", "−", "(−)", "-ve", "−ve"})

_WORDS: dict[str, Result] = {
    **{normalise(word): Result(True) for word in _POSITIVE},
    **{normalise(word): Result(False) for word in _NEGATIVE},
    **{normalise(word): Result(None) for word in _NOT_KNOWN},
    **{normalise(word): Result(True, screening=True) for word in _REACTIVE},
    **{normalise(word): Result(False) for word in _NOT_REACTIVE},
}
#: Words of cartridges and smears as values of an item of `detail`.
ITEM_WORDS: dict[str, dict[str, str]] = {
    "xpert": {
        "n": "negative",
        "mtb not detected": "negative",
        "i": "error",
        "invalid": "error",
        "no result": "error",
        **{
            word: result.item[1]
            for word, result in _CARTRIDGE.items()
            if result.item is not None and word not in ("i",)
        },
    },
    "smear": {
        "neg": "negative",
        "no afb seen": "negative",
        "0": "negative",
        "+": "1+",
        "++": "2+",
        "+++": "3+",
    },
}


def read_result(text: str, disease: str | None) -> Result:
    """Read the result of a test: yes and no, words, signs, grades and codes of cartridges.

    Parameters
    ----------
    text : str
        The result as it is written.
    disease : str or None
        Code of the disease that was tested for; None where it is not known.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        The text is no known result.

    Examples
    --------
    >>> read_result("វិជ្ជមាន", "malaria").positive, read_result("-", "malaria").positive
    (True, False)
    >>> read_result("reactive", "hiv").positive is None, read_result("reactive", "syphilis").positive
    (True, True)
    >>> read_result("Pos.", "dengue").positive, read_result("(++)", "tb").item
    (True, ('smear', '2+'))
    >>> read_result("RR", "tb").item, read_result("trace", "tb")
    (('xpert', 'rif_resistant'), Result(positive=None, item=('xpert', 'trace'), screening=False))
    """
    stripped = text.strip()
    if not stripped:
        return Result(None)
    try:
        return Result(parse_yes_no(text))
    except ValueError:
        pass
    if stripped.casefold() in _MINUS:
        return Result(False)
    folded = _tidy(text)
    found = _WORDS.get(folded) or _WORDS.get(normalise(text))
    if found is None:
        found = _graded(folded)
        if found is not None and folded != "+" and disease not in _SMEARED:
            found = None
    if found is None and disease == "tb":
        found = _of_cartridge(folded)
    if found is None:
        raise ValueError(text)
    if found.screening and disease in CONFIRMED_BY_ALGORITHM:
        return Result(None, screening=True)
    return found if disease == "tb" or found.item is None else Result(found.positive, None, found.screening)


def says_reactive(text: str) -> bool:
    """Return whether a text names a reactive test, which is a screening result of some diseases.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool

    Examples
    --------
    >>> says_reactive("Reactive"), says_reactive("HIV 1/2 reactive"), says_reactive("non-reactive")
    (True, True, False)
    """
    folded = _tidy(text)
    found = _WORDS.get(folded)
    return found.screening if found is not None else _SAYS_REACTIVE.search(folded) is not None


def _tidy(text: str) -> str:
    """Write a word as it is compared: without a full stop at its end or brackets around it."""
    folded = normalise(text)
    folded = folded[:-1].rstrip() if folded.endswith(".") else folded
    bracketed = _BRACKETED.fullmatch(folded)
    return bracketed[1].strip() if bracketed else folded


def read_item(item: str, text: str) -> str | None:
    """Read the value of an item of `detail` as laboratories write it.

    Parameters
    ----------
    item : str
        Name of the item: "xpert" or "smear"; no other has such words.
    text : str
        The value as it is written.

    Returns
    -------
    str or None
        A value of the item; None where the text stands for none.

    Examples
    --------
    >>> read_item("xpert", "MTB detected low, RIF resistance not detected"), read_item("smear", "scanty 4")
    ('positive', 'scanty')
    """
    folded = _tidy(text)
    known = ITEM_WORDS.get(item, {})
    if folded in known:
        return known[folded]
    result = _of_cartridge(folded) if item == "xpert" else _graded(folded) if item == "smear" else None
    return result.item[1] if result and result.item and result.item[0] == item else None


def _graded(folded: str) -> Result | None:
    if _SCANTY.fullmatch(folded):
        return Result(True, ("smear", "scanty"))
    match = _GRADE.fullmatch(folded)
    if match is None:
        return None
    grade = int(match[1] or match[2] or len(match[3]))
    plain_sign = match[3] == "+"  # a single + says positive and no grade
    return Result(True, None if plain_sign or grade > 3 else ("smear", f"{grade}+"))


def _of_cartridge(folded: str) -> Result | None:
    if folded in _CARTRIDGE:
        return _CARTRIDGE[folded]
    bare = " ".join(_BRACKETS.sub(" ", folded).split())
    if _TRACE.fullmatch(bare):
        return _CARTRIDGE["trace"]
    match = _MTB.fullmatch(bare)
    if match is None:
        return None
    return Result(True, ("xpert", _RIF[match["rif"]] if match["rif"] else "positive"))


def is_unknown(text: str) -> bool:
    """Return whether a text says that the result is not known.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_unknown("Invalid"), is_unknown("pending"), is_unknown("positive")
    (True, True, False)
    """
    folded = normalise(text)
    return folded == UNKNOWN or _WORDS.get(folded) == Result(None)


_ITEM_VALUES = {
    item: {normalise(value): value for value in values} for item, (values, _) in DETAIL_ITEMS.items()
}
_ITEM_NAMES = {normalise(item): item for item in DETAIL_ITEMS}


def parse_detail(text: str) -> tuple[str | None, int]:
    """Read `detail`: keep the items that the schema knows, and count the others.

    What is left out is not repeated: it is free text, and may be anything.

    Parameters
    ----------
    text : str
        `item=value; item=value`, or a JSON object.

    Returns
    -------
    kept : str or None
        The items as canonical JSON; None where there are none.
    left_out : int
        Number of items that were not kept.

    Examples
    --------
    >>> parse_detail("xray=abnormal; nickname=x")
    ('{"xray":"abnormal"}', 1)
    """
    kept: dict[str, str] = {}
    unread = 0
    for name, value in _items(text):
        item = _ITEM_NAMES.get(normalise(name), "")
        allowed = _ITEM_VALUES.get(item, {}).get(normalise(value)) or read_item(item, value)
        if allowed:
            kept[item] = allowed
        else:
            unread += 1
    return (json.dumps(kept, sort_keys=True, separators=(",", ":")) if kept else None), unread


def _items(text: str) -> list[tuple[str, str]]:
    stripped = text.strip()
    if stripped.startswith("{"):
        try:
            loaded = json.loads(stripped)
        except (ValueError, RecursionError):
            return [("", stripped)]
        return [(str(name), _scalar(value)) for name, value in loaded.items()]
    parts = (part.partition("=") for part in stripped.split(";") if part.strip())
    return [(name, value) for name, _, value in parts]


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
