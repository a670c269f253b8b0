"""One look for every figure: font, colours, classes. Classes are fixed across time and places."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from dashboard.messages import Translate
from surveillance.coverage.estimates import Change, Estimate
from surveillance.status import Status
from surveillance.texts import N_

FONT = '"Noto Sans Khmer", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
INK, MUTED, LINE, ACCENT = "#1b2733", "#5a6672", "#ffffff", "#b3261e"
BAND, TREND = "rgba(31, 95, 139, 0.20)", "#1f5f8b"

#: Measures of which little is the bad news.
LITTLE_IS_BAD = frozenset({"testing", "treatment", "completion"})
#: Measures of which much is the bad news. What is left says how many were eligible, neither good nor bad.
MUCH_IS_BAD = frozenset({"positivity", "yield"})
#: Lower ends of all classes but the first, in proportions: the same for every period and place.
_CARE_EDGES = (0.5, 0.7, 0.9)
_BURDEN_EDGES = (0.01, 0.05, 0.10)
_NEUTRAL_EDGES = (0.25, 0.5, 0.75)
#: Colours of the classes, the least first. Strong means *act here*: brown where care falls short, magenta
#: where burden is high. Each step is plainly lighter or darker, so that any colour vision and grey tell them.
_CARE = ("#8c2d04", "#d9741a", "#fdc27a", "#fff2dc")
_BURDEN = ("#fdf1f6", "#f4b5d2", "#d65f9f", "#7a0146")
_NEUTRAL = ("#eef4f2", "#cfe0db", "#a9c6bf", "#7fa8a0")
#: A province that only lies under points, and one outside those of an account: no value is meant by either.
PLAIN, OUTSIDE = "#f8f5ec", "#eae8e2"
#: An interval wider than this, in proportions, rests on few people.
WIDEST = 0.2
#: How much of a colour is left where a value is in doubt.
_FAINT = 0.3


@dataclass(frozen=True)
class Look:
    """How a kind of value is drawn: fill, and the sign that stands on it where colour alone would not do."""

    key: str
    colour: str
    sign: str
    label: str


@dataclass(frozen=True)
class Doubt:
    """Why a value has no firm colour: its class is drawn faint, under this sign."""

    key: str
    sign: str
    label: str
    holds: Callable[[Estimate], bool]


def _rests_on_few(value: Estimate) -> bool:
    return value.upper is not None and value.lower is not None and value.upper - value.lower > WIDEST


#: Sign of a value of which more than a fifth is unknown.
MUCH_UNKNOWN = "≈"
#: Reasons for a faint colour, the first that holds counts.
DOUBTS: tuple[Doubt, ...] = (
    Doubt(
        "unknown", MUCH_UNKNOWN, N_("pale: more than a fifth is unknown"), lambda value: value.mostly_unknown
    ),
    Doubt("few", "~", N_("few people: the interval is wider than 20 points"), _rests_on_few),
)
ZERO_CARE = Look("zero", "#4a1500", "0", N_("0%: none of those counted"))
ZERO = Look("zero", "#ffffff", "0", N_("0%: none of those counted"))
NOBODY = Look("nobody", "#eef3f7", "∅", N_("no people to count"))
UNKNOWN = Look("unknown", "#d9c9e8", "?", N_("unknown: not recorded"))
NOT_REPORTED = Look("not reported", "#ffffff", "–", N_("not reported"))
NOT_YET_DUE = Look("not yet due", "#cfe6dc", "…", N_("not yet due"))
HIDDEN = Look("hidden", "#9aa3ab", "■", N_("hidden"))
_BY_STATUS = {
    Status.NOBODY: NOBODY,
    Status.UNKNOWN: UNKNOWN,
    Status.NOT_REPORTED: NOT_REPORTED,
    Status.NOT_YET_DUE: NOT_YET_DUE,
    Status.HIDDEN: HIDDEN,
}


def edges_of(measure: str) -> tuple[float, ...]:
    """Lower ends of all classes of a measure but the first."""
    if measure in LITTLE_IS_BAD:
        return _CARE_EDGES
    return _BURDEN_EDGES if measure in MUCH_IS_BAD else _NEUTRAL_EDGES


def colours_of(measure: str) -> tuple[str, ...]:
    """Colours of the classes of a measure, the least first."""
    if measure in LITTLE_IS_BAD:
        return _CARE
    return _BURDEN if measure in MUCH_IS_BAD else _NEUTRAL


def other_looks(measure: str) -> tuple[Look, ...]:
    """How values of a measure look that have no class."""
    return zero_of(measure), NOBODY, UNKNOWN, NOT_REPORTED, NOT_YET_DUE, HIDDEN


def zero_of(measure: str) -> Look:
    """Zero: the worst of care, and the least of burden."""
    return ZERO_CARE if measure in LITTLE_IS_BAD else ZERO


def class_of(value: float, measure: str) -> int:
    """Class of a proportion, 0 to 3. A value on an edge belongs to the class that begins there.

    >>> class_of(0.9, "testing"), class_of(0.05, "positivity")
    (3, 2)
    """
    return bisect_right(edges_of(measure), value)


def class_label(number: int, measure: str, t: Translate) -> str:
    """A class as text, such as `70–90%`. The last class is open."""
    edges = [f"{edge * 100:g}" for edge in edges_of(measure)]
    if number == 0:
        return t("under {high}%").format(high=edges[0])
    if number == len(edges):
        return t("{low}% and more").format(low=edges[-1])
    return f"{edges[number - 1]}–{edges[number]}%"


def doubt_of(value: Estimate) -> Doubt | None:
    """Why a value has no firm colour; None where it has one."""
    if value.coverage is None:
        return None
    return next((doubt for doubt in DOUBTS if doubt.holds(value)), None)


def faint(colour: str) -> str:
    """A colour mixed with white.

    >>> faint("#000000")
    '#b2b2b2'
    """
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * _FAINT):02x}" for part in parts)


def look_of(value: Estimate, measure: str) -> Look:
    """How a value is drawn; of a class the key alone says which."""
    doubt = doubt_of(value)
    if value.status is Status.ZERO:
        zero = zero_of(measure)
        if doubt is None:
            return zero
        sign = f"{zero.sign}{doubt.sign}"
        return replace(zero, key=f"{zero.key} {doubt.key}", colour=faint(zero.colour), sign=sign)
    if value.status is Status.VALUE and value.coverage is not None:
        number = class_of(value.coverage, measure)
        colour = colours_of(measure)[number]
        if doubt:
            return Look(f"class {number} {doubt.key}", faint(colour), doubt.sign, "")
        return Look(f"class {number}", colour, "", "")
    return _BY_STATUS[value.status]


def percent(value: float | None, places: int = 1) -> str:
    """A proportion as a percentage; a dash without a value."""
    return "–" if value is None else f"{value * 100:.{places}f}%"


def unknown(value: Estimate, t: Translate) -> str:
    """How many are unknown, of a value that is shown."""
    if value.unknown is None:
        return t("unknown: hidden")
    return t("unknown: {count:,}").format(count=value.unknown)


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
