"""Where clusters lie to the border, and which of them go on, as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboard.components.clusters.table import Cell
from dashboard.messages import Translate
from dashboard.services.clusters.border import AtBorder, Border
from dashboard.services.clusters.watch import WAITING, Watch, WatchedCluster
from geodata.borders import NEIGHBOURS
from geodata.countries import COUNTRIES
from geodata.crossings import CROSSINGS
from surveillance.windows import Window

#: Clusters that a sentence names.
_NAMED = 2
#: A cluster that goes on for so many weeks is not new: the sentence says how many.
_LONG = 13


def border_cell(border: Border, language: str, t: Translate) -> Cell:
    """The gates at which a cluster lies, or that are near it; those at a border sort first."""
    if border.near:
        gates = [_near(one, language, t) for one in border.near if one.gate is not None]
        return Cell("; ".join(gates) or _province(border, language, t), border.near[0].km or 0.0)
    return Cell(t("none") if border.known else t("position not known"), 1e9)


def _province(border: Border, language: str, t: Translate) -> str:
    names = ", ".join(COUNTRIES[one.country].name(language) for one in border.near)
    return t("province at the border: {countries}").format(countries=names)


def _near(one: AtBorder, language: str, t: Translate) -> str:
    country, gate = COUNTRIES[one.country].name(language), CROSSINGS[str(one.gate)].name(language)
    if one.km is None:
        return t("at {crossing} ({country})").format(crossing=gate, country=country)
    km = f"{one.km:.0f}" if one.km >= 1 else t("less than 1")
    return t("{km} km from {crossing} ({country})").format(km=km, crossing=gate, country=country)


def goes_on_cell(one: WatchedCluster, week: Window | None, t: Translate) -> Cell:
    """Whether a cluster reaches into the last complete week, and for how long it has gone on."""
    reaches = one.reaches(week)
    if reaches is None:
        return Cell(t("the whole period at once"), 1e9)
    if not reaches:
        return Cell(t("no"), 1e8)
    weeks = _weeks(one.start, one.end)
    said = t("yes, for {weeks} weeks") if weeks > 1 else t("yes, for a week")
    return Cell(said.format(weeks=f"{weeks:,}"), float(weeks))


def _weeks(start: date | None, end: date | None) -> int:
    """Weeks from the first day to the last one, a part of a week counted as one."""
    return 1 if start is None or end is None else max(1, -(-((end - start).days + 1) // 7))


def at_each_border(
    found: Watch, named: Sequence[str], language: str, t: Translate, countries: Sequence[str] = NEIGHBOURS
) -> list[str]:
    """One sentence for each neighbour: which clusters of more cases go on at its border, in the last week.

    `named`: each cluster of `found` in words. Nothing where no question is answered.
    """
    if found.week is None or not (found.answered or found.clusters):
        return []
    said = []
    for country in countries:
        here = [
            _and_how_long(name, one, t)
            for one, name in zip(found.clusters, named, strict=True)
            if one.rate != "low" and one.reaches(found.week) and one.border.at(country)
        ]
        text = _of_country(here, found, t)
        name, day = COUNTRIES[country].name(language), found.week.last.isoformat()
        said.append(text.format(country=name, day=day, clusters=_list(here, t)))
    return said


def _and_how_long(name: str, one: WatchedCluster, t: Translate) -> str:
    weeks = _weeks(one.start, one.end)
    if weeks < _LONG:
        return name
    return t("{cluster} (for {weeks} weeks)").format(cluster=name, weeks=f"{weeks:,}")


def _of_country(here: Sequence[str], found: Watch, t: Translate) -> str:
    if here:
        return t("At the border with {country}, going on in the week to {day}: {clusters}.")
    if found.count(WAITING):
        return t(
            "At the border with {country}, going on in the week to {day}: none so far; not every question is "
            "answered."
        )
    return t("At the border with {country}, going on in the week to {day}: none.")


def _list(names: Sequence[str], t: Translate) -> str:
    said = "; ".join(names[:_NAMED])
    if len(names) > _NAMED:
        said = t("{places} and {count} more").format(places=said, count=len(names) - _NAMED)
    return said
