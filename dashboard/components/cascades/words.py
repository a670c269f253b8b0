"""A cascade in words: its title, its numbers, its times, what must be known before reading on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.cascade_filters import PROVINCE, CascadeQuery
from dashboard.components import scope_words
from dashboard.components.controls import AXIS_NAMES, REMOTE_NAMES
from dashboard.components.controls import group_name as axis_value_name
from dashboard.components.coverage import issued_words
from dashboard.figures import theme
from dashboard.figures.svg.cascade import Bar
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.cascades.models import CascadeAnswer, ShownStep
from dashboard.services.disclosure.rules import FEW
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.rates.cascade import PATHS, USUAL, USUAL_NAME
from surveillance.rates.survival import Quantile
from surveillance.rates.waits import SPANS, Wait
from surveillance.reception.cascade import Share
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import AXES

PLACE_NAMES = {
    "care": N_("Place of care"),
    "home": N_("Home"),
    "crossing": N_("Border crossing"),
    "facility": N_("Facility"),
    "district": N_("Operational district"),
}
BY_NAMES = {**AXIS_NAMES, PROVINCE: N_("Province")}
_SIGNS = {
    Status.HIDDEN: theme.HIDDEN,
    Status.NOT_REPORTED: theme.NOT_REPORTED,
    Status.UNKNOWN: theme.UNKNOWN,
    Status.NOT_YET_DUE: theme.NOT_YET_DUE,
    Status.NOBODY: theme.NOBODY,
}


def path_names(t: Translate, disease: str = "") -> dict[str, str]:
    """Paths that can be asked for, of one disease or of any."""
    offered = {code: path for code, path in PATHS.items() if not disease or disease in path.diseases}
    return {USUAL: t(USUAL_NAME)} | {code: t(path.name) for code, path in offered.items()}


def title(query: CascadeQuery, t: Translate) -> str:
    """The question of a cascade."""
    disease = t(DISEASES[query.disease].name)
    if query.path != USUAL:
        return t(PATHS[query.path].name)
    return t("{disease}: who is lost on the way from the visit to completed treatment?").format(
        disease=disease
    )


def said(found: CascadeAnswer, grant: Grant, language: str, t: Translate) -> str:
    """Who, where and when."""
    query, period = found.query, found.period
    parts = [f"{t(PLACE_NAMES[query.place])}: {_area(query, grant, language, t)}"]
    if period is not None:
        parts.append(f"{period.start} – {period.end}")
    for axis, codes in query.groups.items():
        names = {value.code: t(value.name) for value in AXES[axis]}
        parts.append(f"{t(AXIS_NAMES[axis])}: {', '.join(names[code] for code in codes)}")
    if query.remote is not None:
        parts.append(t(REMOTE_NAMES[query.remote]))
    return " · ".join(parts)


def _area(query: CascadeQuery, grant: Grant, language: str, t: Translate) -> str:
    if not query.area:
        if query.place == "crossing":
            return t("all")
        return t("the whole country") if grant.scope.national else scope_words.own(grant.scope, t)
    held = PROVINCES.get(query.area) or ALL_CROSSINGS.get(query.area)
    return query.area if held is None else held.name(language)


def sign(step: ShownStep) -> str:
    """The sign of a step without a number."""
    look = _SIGNS.get(step.status)
    return look.sign if look is not None and not step.shown else ""


def why(step: ShownStep, t: Translate) -> str:
    """Why a step has no number, in words."""
    said = t(step.reason) if step.reason else status_name(step.status, t)
    if step.people is None or not step.unknown:
        return said
    return " ".join((f"{said}.", t("Not recorded: {unknown}.").format(unknown=f"{step.unknown:,}")))


def status_name(status: Status, t: Translate) -> str:
    """What a status without a number is called."""
    look = _SIGNS.get(status)
    return "" if look is None else t(look.label)


def percent(share: Share | None) -> str:
    """A share with its interval; a sign where it has none."""
    if share is None or share.value is None:
        return "–"
    numbers = (100 * part for part in (share.value, share.lower or 0.0, share.upper or 0.0))
    return "{:.1f}% ({:.1f}–{:.1f})".format(*numbers)


def step_words(step: ShownStep, t: Translate) -> str:
    """The numbers of a step in one sentence."""
    if not step.shown:
        return why(step, t)
    if step.among is None:
        return f"{step.people or 0:,}"
    text = t("{people} of {among}: {share}. Lost: {lost}. Not recorded: {unknown}.")
    return text.format(
        people=f"{step.people:,}", among=f"{step.among:,}", share=percent(step.share),
        lost=f"{step.lost or 0:,}", unknown="–" if step.unknown is None else f"{step.unknown:,}",
    )  # fmt: skip


def bars(steps: Sequence[ShownStep], t: Translate) -> list[Bar]:
    """The bars of the drawing."""
    return [
        Bar(
            t(step.name),
            step_words(step, t),
            step.people if step.shown else None,
            step.lost or 0,
            step.unknown or 0 if step.shown else 0,
            sign(step),
        )
        for step in steps
    ]


def group_name(found: CascadeAnswer, code: str, language: str, t: Translate) -> str:
    """What a part is called."""
    if found.query.by == PROVINCE:
        held = PROVINCES.get(code)
        return t("Unknown") if held is None else held.name(language)
    return axis_value_name(str(found.query.by), code, t)


@dataclass(frozen=True)
class TimeRow:
    """One row of the table of times."""

    name: str
    people: str
    waiting: str
    lower: str
    median: str
    upper: str
    left: str


def times(waits: Sequence[Wait], t: Translate) -> list[TimeRow]:
    """The table of times."""
    found = []
    for wait in waits:
        low, middle, high = wait.survival.quartiles
        left = t("{undated} without a day, {backward} with days that contradict")
        found.append(
            TimeRow(
                t(SPANS[wait.span].name),
                f"{wait.people:,}",
                f"{wait.waiting:,}",
                _day(low, t),
                _with_limits(middle, t),
                _day(high, t),
                left.format(undated=f"{wait.undated:,}", backward=f"{wait.backward:,}"),
            )
        )
    return found


def _day(quartile: Quantile, t: Translate) -> str:
    return t("not yet") if quartile.time is None else f"{quartile.time:g}"


def _with_limits(quartile: Quantile, t: Translate) -> str:
    if quartile.time is None:
        return t("not yet")
    lower = "–" if quartile.lower is None else f"{quartile.lower:g}"
    upper = "–" if quartile.upper is None else f"{quartile.upper:g}"
    return f"{quartile.time:g} ({lower}–{upper})"


def notes(found: CascadeAnswer, t: Translate) -> list[str]:
    """What must be known before reading on."""
    said = [t("A blank is not a no: of whom a step is not recorded leaves its share, and is counted apart.")]
    if found.query.path == USUAL:
        said.append(
            t("Each step is counted among the people of its own denominator, as on the map. Completed "
              "treatment is counted by the day treatment started, once it is due.")
        )  # fmt: skip
    else:
        path = PATHS[found.query.path]
        if path.note:
            said.append(t(path.note))
        said.append(t("A person counts in a step who took this step and all before."))
    if found.known_from is not None:
        text = t("Single records are held from {day} on: days before it are kept as sums only.")
        said.append(text.format(day=found.known_from))
    said += [t(step.reason) for step in found.steps if step.reason]
    if found.release is not None and found.release.stamp is not None:
        said.append(issued_words.stamped(found.release.stamp, t))
    if found.few:
        said.append(t(FEW))
    return list(dict.fromkeys(said))
