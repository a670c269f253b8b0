"""What vans, facilities and the number of areas have to do with a range or a change, in words."""

from __future__ import annotations

from dashboard.figures import theme
from dashboard.messages import Translate
from surveillance.coverage.estimates import Change, Estimate

#: Points by which the change may differ from that of the two values without a word.
_SAME = 0.05


def found_how(now: Estimate, change: Change | None, t: Translate) -> list[str]:
    """Sentences about the range of a value and about its change; none where there is nothing to say."""
    said = [alone] if (alone := _came_together(now, t)) else []
    if change is not None and change.family > 1:
        text = t(
            "{count} areas are compared: a change counts as clear where it is more than chance among all."
        )
        said.append(text.format(count=change.family))
    return said


def values_differ(now: Estimate, earlier: Estimate, change: Change, t: Translate) -> str:
    """That the two values differ by something else than the change; blank where they do not."""
    if change.facilities is None or now.coverage is None or earlier.coverage is None:
        return ""
    crude = 100 * (now.coverage - earlier.coverage)
    if abs(crude - 100 * change.difference) < _SAME:
        return ""
    text = t("The two values differ by {points} points: facilities do not weigh the same in both.")
    return text.format(points=theme.signed(crude))


def _came_together(value: Estimate, t: Translate) -> str:
    """The number of people without a van whose range is as wide; blank where vans widen nothing."""
    if value.effect is None or not value.denominator:
        return ""
    alone = round(value.denominator / value.effect)
    if alone >= value.denominator:
        return ""
    text = t("People of one van are alike: the range is as wide as that of {count:,} people who came alone.")
    return text.format(count=alone)
