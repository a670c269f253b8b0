"""The layer of counts across the border: what it draws, its part of the legend, and the same as a list."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.addresses import curve_page
from dashboard.components.attributes import attributes
from dashboard.figures import overlay as figure
from dashboard.figures import theme
from dashboard.figures.overlay import Circle, Overlay
from dashboard.figures.tokens import light, variable
from dashboard.messages import Translate
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant
from dashboard.services.disclosure.neighbours import NOT_PUBLISHED
from dashboard.services.neighbours.on_map import AreaSum, sent_in
from dashboard.services.store import Database
from surveillance.epiweek import PeriodKind
from surveillance.status import Status
from surveillance.texts import N_

#: Looks of an area: every step known, some unknown, none known, not shown.
WHOLE, PART, UNKNOWN, HIDDEN = figure.ACROSS
_UNKNOWN_SIGN = "?"
_STEPS: dict[PeriodKind, str] = {"week": N_("weeks"), "month": N_("months")}
_SAID = N_(
    "Diamonds: cases across the border as they were sent, of the period above. They are in none of "
    "Cambodia's numbers; who reports there, and what counts as a case, differs."
)
_NONE = N_("No counts of this disease are held of areas across the border.")


def across_layer(
    database: Database, grant: Grant, question: MapQuestion, language: str, t: Translate
) -> tuple[Overlay, list[Any]]:
    """What the layer draws, and its part of the legend."""
    first = question.start or question.status.first_visit
    last = question.end or question.status.last_visit
    found = sent_in(database, grant, question.disease, first, last, language)
    if not found.areas:
        said = t(found.reason or _NONE)
        return Overlay("neighbours"), [html.P(said, className="legend-meaning")]
    circles, without = [], []
    for one in found.areas:
        if one.latitude is None or one.longitude is None:
            without.append(html.Li(said_of(one, t)))
        else:
            circles.append(
                Circle(
                    one.code,
                    one.latitude,
                    one.longitude,
                    said_of(one, t),
                    one.cases,
                    _label(one),
                    _curve(question, one),
                    look=_look(one),
                )
            )
    return Overlay("neighbours", circles, gates=False), _legend(found.areas, without, t)


def said_of(one: AreaSum, t: Translate) -> str:
    """An area in words: cases, how much of the period is known, how complete it is, and who says so."""
    name, unit = f"{one.name} ({one.code})", t(_STEPS[one.step])
    if one.status is Status.UNKNOWN:
        return t("{area}: nothing was sent of these days: unknown, not zero").format(area=name)
    if one.status is Status.HIDDEN:
        return t("{area}: hidden").format(area=name)
    said = t("{area}: {cases} cases in {known} of {steps} {unit}").format(
        area=name, cases=f"{one.cases:,}", known=one.known, steps=one.steps, unit=unit
    )
    parts = [said]
    if not one.whole:
        parts.append(t("the others are unknown, not zero"))
    if one.reported is not None:
        low, high = (round(100 * share) for share in one.reported)
        shares = t("{low}% to {high}% reported") if low != high else t("{low}% reported")
        parts.append(shares.format(low=low, high=high))
    else:
        parts.append(t("how many reported was not sent"))
    parts.append("; ".join(one.sources) or t("a source that was not named"))
    parts.append(one.received)
    return ", ".join(parts)


def _look(one: AreaSum) -> str:
    if one.status is Status.UNKNOWN:
        return UNKNOWN
    if one.status is Status.HIDDEN:
        return HIDDEN
    return WHOLE if one.whole else PART


def _label(one: AreaSum) -> str:
    if one.status is Status.UNKNOWN:
        return _UNKNOWN_SIGN
    if one.status is Status.HIDDEN or one.cases is None:
        return theme.HIDDEN.sign
    return f"{one.cases:,}" if one.whole else f"≥{one.cases:,}"


def _curve(question: MapQuestion, one: AreaSum) -> str | None:
    """The curve of the disease with the area beside it."""
    address = curve_page(question)
    return f"{address}{'&' if '?' in address else '?'}beside={one.code}" if address else None


def _legend(areas: tuple[AreaSum, ...], without: list[Any], t: Translate) -> list[Any]:
    colour = variable(light("map-across"))
    items = []
    for number in figure.SHOWN:
        width = f"{2 * figure.radius(number):g}px"
        text = t("{count:,} and more").format(count=number) if number == figure.SHOWN[-1] else f"{number:,}"
        style = {"width": width, "height": width, "backgroundColor": colour}
        items.append(_sign("sized-sign across", text, style))
    looks = {_look(one) for one in areas}
    if PART in looks:
        items.append(_sign("sized-sign across part", t("≥ some steps unknown: at least so many")))
    if UNKNOWN in looks:
        items.append(_sign("across-letter", t("unknown: nothing was sent"), sign=_UNKNOWN_SIGN))
    if HIDDEN in looks:
        items.append(_sign("across-letter", t(NOT_PUBLISHED).partition(" ")[2], sign=theme.HIDDEN.sign))
    listed = [html.Li(said_of(one, t)) for one in areas]
    notes: list[Any] = [
        html.P(t(_SAID), className="legend-meaning"),
        html.Ul(items, className="legend sizes"),
        html.Details([html.Summary(t("Across the border, as a list")), html.Ul(listed)]),
    ]
    if without:
        notes += [html.P(t("Without a place on the map:")), html.Ul(without)]
    return notes


def _sign(kind: str, text: str, style: dict[str, str] | None = None, sign: str = "") -> html.Li:
    mark = html.Span(sign or None, className=kind, style=style or {}, **attributes(aria_hidden="true"))
    return html.Li([mark, text])
