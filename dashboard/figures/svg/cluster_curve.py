"""A cluster's curve as a drawing: cases inside with those expected, cases outside, the cluster's days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.cluster_curve import INSIDE, OUTSIDE, Step, end_of
from dashboard.figures.svg.axes import Frame, count, days_axis, heading, steps, values_axis
from dashboard.figures.svg.draw import group, line, tag
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import light, mixed
from dashboard.messages import Translate

_LEFT, _HIGH, _GAP = 60.0, 190.0, 50.0
_SHADE = mixed(light("rank-2"), light("map-paper"), 0.165)


def curve(points: Sequence[Step], dates: tuple[date, date] | None, t: Translate) -> Drawing:
    """Draw both sides on one axis of time. `dates`: the cluster's first and last day."""
    if not points:
        return Drawing(Markup(""), 0)
    starts = [point.start for point in points]
    last = end_of(points) - timedelta(days=1)
    inside, outside = [point.inside for point in points], [point.outside for point in points]
    expected = [point.expected for point in points]
    upper = Frame(_LEFT, 26, INNER, 26 + _HIGH, starts[0], last, max(1.0, *inside, *expected) * 1.08)
    top = upper.bottom + _GAP
    lower = Frame(_LEFT, top, INNER, top + _HIGH, starts[0], last, max([1, *outside]) * 1.08)
    parts = []
    for frame, said, values, colour in (
        (upper, t("Inside; expected dashed"), inside, INSIDE),
        (lower, t("Outside"), outside, OUTSIDE),
    ):
        if dates:
            parts.append(_shade(frame, *dates))
        parts += [heading(said, 0, frame.top - 12), values_axis(frame, count, whole=True)]
        corners = steps(frame, starts, values)
        ground = [(corners[0][0], frame.bottom), *corners, (corners[-1][0], frame.bottom)]
        parts.append(tag("path", d=line(ground, closed=True), fill=colour, fill_opacity=0.45))
        parts.append(tag("path", d=line(corners), fill="none", stroke=colour, stroke_width=1.6))
    path = line(steps(upper, starts, expected))
    parts.append(tag("path", d=path, fill="none", stroke=theme.INK, stroke_width=1.5, stroke_dasharray="6 4"))
    return Drawing(group([*parts, days_axis(lower)]), lower.bottom + 30)


def keys(dates: tuple[date, date] | None, t: Translate) -> list[Key]:
    """The legend of a curve."""
    found = [Key(t("Inside"), INSIDE), Key(t("Expected"), theme.INK, "dash"), Key(t("Outside"), OUTSIDE)]
    return [*found, Key(t("the cluster's days"), _SHADE, "band")] if dates else found


def _shade(frame: Frame, first: date, last: date) -> Markup:
    left = max(frame.left, frame.x(first))
    right = min(frame.right, frame.x(last + timedelta(days=1)))
    wide, high = max(0.0, right - left), frame.bottom - frame.top
    return tag("rect", x=left, y=frame.top, width=wide, height=high, fill=_SHADE)
