"""One look for every figure: font, colours, classes. Classes are fixed across time and places."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from dashboard.figures import tokens
from dashboard.figures.tokens import light, variable
from dashboard.messages import Translate
from surveillance.coverage.estimates import Change, Estimate
from surveillance.status import Status
from surveillance.texts import N_

FONT = '"Noto Sans Khmer", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
INK, MUTED, CARD, ACCENT, TREND = (light(name) for name in ("ink", "muted", "card", "bad", "accent"))
GRID, DAYS, AXIS = (light(name) for name in ("grid", "grid-faint", "axis"))
#: Letters on a strong colour.
ON_STRONG = light("map-on")
#: How a figure answers the pointer.
HOVER = {
    "bgcolor": CARD,
    "bordercolor": MUTED,
    "font": {"family": FONT, "size": 13, "color": INK},
}

#: Measures of which little is the bad news.
LITTLE_IS_BAD = frozenset({"testing", "treatment", "completion"})
#: Measures of which much is the bad news. What is left says how many were eligible, neither good nor bad.
MUCH_IS_BAD = frozenset({"positivity", "yield"})
#: Lower ends of all classes but the first, in proportions: the same for every period and place.
_CARE_EDGES = (0.3, 0.5, 0.7, 0.9)
_BURDEN_EDGES = (0.01, 0.02, 0.05, 0.10)
_NEUTRAL_EDGES = (0.2, 0.4, 0.6, 0.8)
#: Colours of the classes, the pale ones first. Strong means *act here*, where care falls short and where
#: burden is high.
STRENGTHS = tuple(light(f"s{number}") for number in range(5))
CALM = tuple(light(f"n{number}") for number in range(5))
#: What rests on few people recedes; where patterns can be drawn it is hatched.
FEW = light("map-few")
#: A province that only lies under points, and one outside those of an account: no value is meant by either.
PLAIN, OUTSIDE = light("map-plain"), light("map-outside")
#: Colours on which letters are white.
DARK = frozenset({light("s3"), light("s4"), light("s-none")})
#: Wider than this, or over this many edges of classes, it is less certain: the class recedes under a hatch.
_WIDE, _EDGES = 0.1, 2


@dataclass(frozen=True)
class Look:
    """How a kind of value is drawn: fill, and the sign that stands on it where colour alone would not do."""

    key: str
    colour: str
    sign: str
    label: str

    @property
    def fill(self) -> str:
        """The colour as a page writes it: the token."""
        return variable(self.colour)


@dataclass(frozen=True)
class Painted:
    """A value of another kind than the proportions of the map, with all that a map draws of it.

    `look`: its colour; `text`: what stands on it; `said`: its lines in words; `kind`: the class of the
    stylesheet of the server's map; `known`: whether there is a number; `unsure`: whether it is hatched.
    """

    look: Look
    text: str
    said: tuple[str, ...]
    kind: str
    known: bool = True
    unsure: bool = False


@dataclass(frozen=True)
class Doubt:
    """Why a value has no firm colour: its class is drawn faint, or not at all, under this sign."""

    key: str
    sign: str
    label: str
    holds: Callable[[Estimate], bool]
    #: In place of the pale colour of the class.
    colour: str | None = None

    def paint(self, colour: str) -> str:
        """What is left of the colour of a class."""
        return self.colour or faint(colour)


def rests_on_few(value: Estimate) -> bool:
    """Whether the interval of a value is too wide for a firm colour."""
    return value.rests_on_few


#: Sign of a value of which more than a fifth is unknown.
MUCH_UNKNOWN = "≈"
#: Sign of a value whose facilities sent fewer than four in five of the reports that were due.
FEW_REPORTS = "†"
#: Reasons for no firm colour, the first that holds counts.
DOUBTS: tuple[Doubt, ...] = (
    Doubt(
        "reports",
        FEW_REPORTS,
        N_("pale: fewer than four in five of the reports that were due came"),
        lambda value: value.few_reports,
    ),
    Doubt(
        "unknown", MUCH_UNKNOWN, N_("pale: more than a fifth is unknown"), lambda value: value.mostly_unknown
    ),
    Doubt("few", "~", N_("few people: interval above 20 points"), rests_on_few, FEW),
    Doubt(
        "wide",
        "±",
        N_("pale, issued: interval above the value"),
        lambda value: value.issued and value.wider_than_value,
    ),
)
#: What is said of a value that has the colour of its class under a hatch.
UNSURE = N_("hatched: less certain, the interval is wider than 10 points or meets three classes")
#: The same of a point, too small for a hatch: its class is a ring around a pale middle of this width.
UNSURE_POINT = N_("hollow: less certain, the interval is wider than 10 points or meets three classes")
HOLLOW = 0.5
ZERO_CARE = Look("zero", light("s-none"), "0", N_("0%: none of those counted"))
ZERO = Look("zero", light("map-paper"), "0", N_("0%: none of those counted"))
NOBODY = Look("nobody", light("map-nobody"), "∅", N_("no people to count"))
UNKNOWN = Look("unknown", light("map-unknown"), "?", N_("unknown: not recorded"))
NOT_REPORTED = Look("not reported", light("map-paper"), "–", N_("not reported"))
NOT_YET_DUE = Look("not yet due", light("map-due"), "…", N_("not yet due"))
HIDDEN = Look("hidden", light("map-hidden"), "■", N_("hidden"))
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
        return STRENGTHS[::-1]
    return STRENGTHS if measure in MUCH_IS_BAD else CALM


def other_looks(measure: str) -> tuple[Look, ...]:
    """How values of a measure look that have no class."""
    return zero_of(measure), NOBODY, UNKNOWN, NOT_REPORTED, NOT_YET_DUE, HIDDEN


def zero_of(measure: str) -> Look:
    """Zero: the worst of care, and the least of burden."""
    return ZERO_CARE if measure in LITTLE_IS_BAD else ZERO


def class_of(value: float, measure: str) -> int:
    """Class of a proportion, 0 to 4. A value on an edge belongs to the class that begins there.

    >>> class_of(0.9, "testing"), class_of(0.05, "positivity")
    (4, 3)
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


def is_unsure(value: Estimate, measure: str) -> bool:
    """Whether a value of a firm class is less certain: its interval is wide, or meets three classes."""
    if value.coverage is None or value.lower is None or value.upper is None or doubt_of(value):
        return False
    met = class_of(value.upper, measure) - class_of(value.lower, measure)
    return value.upper - value.lower > _WIDE or met >= _EDGES


def faint(colour: str) -> str:
    """A colour mixed with white.

    >>> faint("#000000")
    '#b2b2b2'
    """
    return tokens.mixed(colour, light("map-paper"), tokens.FAINT)


def look_of_absence(status: Status) -> Look:
    """How a status looks that has no number."""
    return _BY_STATUS[status]


def look_of(value: Estimate, measure: str) -> Look:
    """How a value is drawn; of a class the key alone says which."""
    doubt = doubt_of(value)
    if value.status is Status.ZERO:
        zero = zero_of(measure)
        if doubt is None:
            return zero
        sign = f"{zero.sign}{doubt.sign}"
        return replace(zero, key=f"{zero.key} {doubt.key}", colour=doubt.paint(zero.colour), sign=sign)
    if value.status is Status.VALUE and value.coverage is not None:
        number = class_of(value.coverage, measure)
        colour = colours_of(measure)[number]
        if doubt:
            return Look(f"class {number} {doubt.key}", doubt.paint(colour), doubt.sign, "")
        return Look(f"class {number}", colour, "", "")
    look = _BY_STATUS[value.status]
    if value.status is Status.NOBODY and value.few_reports:
        return replace(look, key=f"{look.key} reports", sign=f"{look.sign}{FEW_REPORTS}")
    return look


def drawn_look(value: Estimate | Painted, measure: str) -> Look:
    """How a value of any kind is drawn."""
    return value.look if isinstance(value, Painted) else look_of(value, measure)


def drawn_unsure(value: Estimate | Painted, measure: str) -> bool:
    """Whether a value of any kind is hatched."""
    return value.unsure if isinstance(value, Painted) else is_unsure(value, measure)


def is_known(value: Estimate | Painted | None) -> bool:
    """Whether there is a number to draw."""
    return value.known if isinstance(value, Painted) else value is not None and value.coverage is not None


def percent(value: float | None, places: int = 1) -> str:
    """A proportion as a percentage; a dash without a value."""
    return "–" if value is None else f"{value * 100:.{places}f}%"


def reports_said(value: Estimate, t: Translate) -> str:
    """How many of the reports that were due came; for values that say so."""
    came, due = value.reports or (0, 0)
    return t("{came:,} of {due:,} reports due came").format(came=came, due=due)


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
