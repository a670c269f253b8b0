"""One look for every figure: font, colours, classes. Classes are fixed across time and places."""

from __future__ import annotations

from dataclasses import dataclass

from surveillance.estimates import Change, Estimate
from surveillance.status import Status

FONT = '"Noto Sans Khmer", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
INK, MUTED, LINE, ACCENT = "#1b2733", "#5a6672", "#ffffff", "#b3261e"
BAND, TREND = "rgba(31, 95, 139, 0.20)", "#1f5f8b"

#: Upper ends of the classes, in proportions; the first class begins above zero.
_COVERAGE_EDGES = (0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
_FINDING_EDGES = (0.01, 0.02, 0.05, 0.10, 0.25, 1.0)
EDGES: dict[str, tuple[float, ...]] = {
    "testing": _COVERAGE_EDGES,
    "treatment": _COVERAGE_EDGES,
    "completion": _COVERAGE_EDGES,
    "eligibility": _COVERAGE_EDGES,
    "positivity": _FINDING_EDGES,
    "yield": _FINDING_EDGES,
}
#: Six steps of cividis, readable with any colour vision: dark is low.
COLOURS = ("#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838")


#: Measures of which little is the bad news; the others are findings.
LITTLE_IS_BAD = frozenset({"testing", "treatment", "completion"})
#: A province that only lies under points: no value is meant by it.
PLAIN = "#f5efdc"


@dataclass(frozen=True)
class Look:
    """How a kind of value is drawn: fill, and the sign that stands on it where colour alone would not do."""

    key: str
    colour: str
    sign: str
    label: str


ZERO = Look("zero", "#7b1e3a", "0", "0%: none of those counted")
NOBODY = Look("nobody", "#eef3f7", "∅", "nobody to count")
UNKNOWN = Look("unknown", "#d9c9e8", "?", "unknown: not recorded")
NOT_REPORTED = Look("not reported", "#ffffff", "–", "not reported")
NOT_YET_DUE = Look("not yet due", "#cfe6dc", "…", "not yet due")
HIDDEN = Look("hidden", "#9aa3ab", "■", "hidden")
#: Sign of a value of which more than a fifth is unknown: its class is drawn pale.
MUCH_UNKNOWN = "≈"
OTHER_LOOKS = (ZERO, NOBODY, UNKNOWN, NOT_REPORTED, NOT_YET_DUE, HIDDEN)
_BY_STATUS = {
    Status.ZERO: ZERO,
    Status.NOBODY: NOBODY,
    Status.UNKNOWN: UNKNOWN,
    Status.NOT_REPORTED: NOT_REPORTED,
    Status.NOT_YET_DUE: NOT_YET_DUE,
    Status.HIDDEN: HIDDEN,
}


def class_of(value: float, measure: str) -> int:
    """Class of a proportion, 0 to 5."""
    return next(i for i, edge in enumerate(EDGES[measure]) if value <= edge or edge == 1.0)


def class_label(number: int, measure: str) -> str:
    """A class as text, such as `60–80%`."""
    edges = (0.0, *EDGES[measure])
    return f"{edges[number] * 100:g}–{edges[number + 1] * 100:g}%"


def pale(colour: str) -> str:
    """A colour mixed with white: no firm colour.

    >>> pale("#000000")
    '#a6a6a6'
    """
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * 0.35 + 255 * 0.65):02x}" for part in parts)


def look_of(value: Estimate, measure: str) -> Look:
    """How a value is drawn: pale and with a sign where more than a fifth is unknown."""
    look = _firm_look_of(value, measure)
    if not value.mostly_unknown:
        return look
    return Look(f"pale {look.key}", pale(look.colour), MUCH_UNKNOWN, look.label)


def _firm_look_of(value: Estimate, measure: str) -> Look:
    if value.status is Status.VALUE and value.coverage is not None:
        number = class_of(value.coverage, measure)
        return Look(f"class {number}", COLOURS[number], "", class_label(number, measure))
    return _BY_STATUS[value.status]


def percent(value: float | None, places: int = 1) -> str:
    """A proportion as a percentage; a dash where there is none."""
    return "–" if value is None else f"{value * 100:.{places}f}%"


def signed(points: float) -> str:
    """A change in points, with its sign."""
    text = f"{points:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def level(change: Change) -> str:
    """Confidence of the interval of a change, such as `95%` or, where many areas are compared, `99.8%`."""
    return f"{change.level * 100:.4g}%"


def unclear(change: Change) -> bool:
    """Whether chance alone could have made the change: its interval, at its own level, holds zero."""
    return change.lower <= 0 <= change.upper


def is_worse(change: Change, measure: str) -> bool:
    """Whether more than chance made it worse; more or fewer eligible people are neither."""
    if unclear(change) or measure == "eligibility":
        return False
    return (change.difference < 0) is (measure in LITTLE_IS_BAD)
