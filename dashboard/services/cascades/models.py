"""What a cascade is made of, as it may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.cascade_filters import CascadeQuery
from dashboard.services.coverage.periods import Period
from dashboard.services.releases.stamps import Release
from surveillance.coverage.estimates import Estimate
from surveillance.rates.cascade import Step
from surveillance.rates.waits import Wait
from surveillance.reception.cascade import Share
from surveillance.status import SHOWN, Status


@dataclass(frozen=True)
class ShownStep:
    """One step as it may be shown; numbers are None where `status` says why.

    `among`: of whom it is recorded whether they took it. `reason`: in words, why nothing is shown. `outside`:
    who took it without a step before. `measure`: the measure that it is; blank for others. `said`: the issued
    periods of its numbers, where they are issued.
    """

    code: str
    name: str
    status: Status
    people: int | None = None
    among: int | None = None
    unknown: int | None = None
    outside: int | None = None
    share: Share | None = None
    of_first: Share | None = None
    few: bool = False
    reason: str = ""
    measure: str = ""
    said: str = ""

    @property
    def shown(self) -> bool:
        """Whether it has a number to draw: where nobody could take the step, the status says why."""
        return self.people is not None and self.status in SHOWN

    @property
    def lost(self) -> int | None:
        """Of whom it is recorded that they did not take it."""
        return None if self.people is None or self.among is None else self.among - self.people

    def record(self) -> dict[str, Any]:
        """As a row of a table; numbers unrounded, None where empty."""
        share, first = self.share, self.of_first
        return {
            "step": self.code,
            "name": self.name,
            "people": self.people,
            "among": self.among,
            "lost": self.lost,
            "unknown": self.unknown,
            "outside": self.outside,
            "share": share and share.value,
            "lower": share and share.lower,
            "upper": share and share.upper,
            "of_first": first and first.value,
            "of_first_lower": first and first.lower,
            "of_first_upper": first and first.upper,
            "status": self.status.value,
        }


#: Columns of a cascade's rows.
COLUMNS = (
    "group", "step", "name", "people", "among", "lost", "unknown", "outside", "share", "lower", "upper",
    "of_first", "of_first_lower", "of_first_upper", "status",
)  # fmt: skip
#: Columns of the rows of times.
TIMES = (
    "span", "name", "people", "waiting", "undated", "backward", "lower_quartile", "median", "median_lower",
    "median_upper", "upper_quartile",
)  # fmt: skip


@dataclass(frozen=True)
class Division:
    """The steps of one group or province."""

    code: str
    steps: tuple[ShownStep, ...]


@dataclass(frozen=True)
class CascadeAnswer:
    """A question and its answer.

    `apart`: the value of sex that is shown apart, with its steps. `waits`: times between steps; empty where
    `waits_hidden` says why, in words. `known_from`: first day of single records, where the question began
    before it. `hidden`: why nothing is shown.
    """

    query: CascadeQuery
    period: Period | None
    steps: tuple[ShownStep, ...] = ()
    divided: tuple[Division, ...] = ()
    apart: tuple[ShownStep, ...] = ()
    waits: tuple[Wait, ...] = ()
    waits_hidden: str = ""
    hidden: str = ""
    known_from: date | None = None
    release: Release | None = None

    @property
    def few(self) -> bool:
        """Whether something is hidden since a count is small."""
        return any(step.few for step in self.in_order)

    @property
    def in_order(self) -> list[ShownStep]:
        """The step of each row of `records`."""
        return [*self.steps, *self.apart, *(step for one in self.divided for step in one.steps)]

    def records(self) -> list[dict[str, Any]]:
        """Rows of `COLUMNS`: all together, then each part."""
        parts: list[tuple[str, Sequence[ShownStep]]] = [("", self.steps)]
        if self.apart:
            parts.append(("apart", self.apart))
        parts += [(one.code, one.steps) for one in self.divided]
        return [{"group": group, **step.record()} for group, steps in parts for step in steps]

    def times(self, names: Mapping[str, str]) -> list[dict[str, Any]]:
        """Rows of `TIMES`, in days."""
        found = []
        for wait in self.waits:
            low, middle, high = wait.survival.quartiles
            found.append({
                "span": wait.span, "name": names[wait.span], "people": wait.people, "waiting": wait.waiting,
                "undated": wait.undated, "backward": wait.backward, "lower_quartile": low.time,
                "median": middle.time, "median_lower": middle.lower, "median_upper": middle.upper,
                "upper_quartile": high.time,
            })  # fmt: skip
        return found


def of_estimate(code: str, name: str, value: Estimate, measure: str, said: str = "") -> ShownStep:
    """A step from the value of its measure. `said`: the issued periods that the value is of."""
    if value.status is Status.HIDDEN or value.numerator is None or value.denominator is None:
        return ShownStep(code, name, value.status, few=value.few, measure=measure, said=said)
    share = None
    if value.status in SHOWN:
        share = Share(value.numerator, value.denominator, value.coverage, value.lower, value.upper)
    return ShownStep(
        code, name, value.status, value.numerator, value.denominator, value.unknown, None, share,
        few=value.few, measure=measure, said=said,
    )  # fmt: skip


def of_step(step: Step) -> ShownStep:
    """A step of a path that was counted record by record."""
    if step.of_before is None:
        status = Status.VALUE if step.people else Status.ZERO
        return ShownStep(step.code, step.name, status, step.people, None, None, None)
    among = step.of_before.denominator
    if among:
        status = Status.VALUE if step.people else Status.ZERO
    else:
        status = Status.UNKNOWN if step.unknown else Status.NOBODY
    return ShownStep(
        step.code, step.name, status, step.people, among, step.unknown, step.outside, step.of_before,
        step.of_first,
    )  # fmt: skip
