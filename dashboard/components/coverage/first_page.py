"""The first page in words: one line for each disease, and what is worth a look, with where it leads.

Rules, which the page states: a proportion is said to have changed where its interval excludes no change; a
number of cases where the exact interval of its ratio excludes 1; among several provinces by the false
discovery rate, as on the map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from dashboard.components import scope_words
from dashboard.components.addresses import MALARIA_CASES, curve_page, map_page
from dashboard.components.as_html import as_html
from dashboard.components.coverage.legend import legend
from dashboard.components.coverage.provinces_counted import provinces_counted
from dashboard.figures import theme
from dashboard.figures.province_map import Area, Gate, ProvinceMap, drawn, look_of, said_of, value_text
from dashboard.messages import Translate
from dashboard.permissions import THRESHOLD, Grant, Permission
from dashboard.services.coverage.table import AreaValue
from dashboard.services.today.overview import IN_ELIMINATION, MOST_TASKS, QUARTERLY, Asked, Overview
from dashboard.services.today.reporting import Reporting
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.count_change import CountChange
from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.coverage.ranks import ranks
from surveillance.diseases import DISEASES
from surveillance.epiweek import PeriodKind, period_first_day, period_label, period_last_day
from surveillance.windows import Window

#: Width and height of a curve, in pixels.
_WIDE, _HIGH = 124, 26
#: A curve whose numbers are all below it stays low: a few cases look like few.
_LOW = 10
#: Fewer provinces than the first number have no lowest; a line names at most the second.
_FEWEST_RANKED, _NAMED = 3, 3
#: Smaller numbers of people stand on no first page, for any reader: the page is open on a desk all day.
FEWEST = THRESHOLD
_ISSUED_KINDS: tuple[PeriodKind, ...] = ("month", "quarter", "year")


@dataclass(frozen=True)
class Cell:
    """One number with its change in words. `tone`: `act`, `look` or blank."""

    text: str
    beneath: str
    change: str
    tone: str
    href: str
    #: The change since the year before, and what is to be done for each case.
    year: str = ""
    task: str = ""
    #: Of issued figures: the period of the number.
    when: str = ""


@dataclass(frozen=True)
class Line:
    """One disease: people found, tested, treated. `curve`: points of polylines, none without weeks."""

    name: str
    cases: Cell | None
    tested: Cell | None
    treated: Cell | None
    curve: tuple[str, ...] = ()
    curve_says: str = ""
    curve_href: str = ""

    @property
    def calm(self) -> bool:
        """Whether nothing changed for the worse: a phone shows such a line only when it is asked to."""
        return all(cell is None or cell.tone != "act" for cell in (self.cases, self.tested, self.treated))


@dataclass(frozen=True)
class Notice:
    """Something worth a look, why, and where it leads. `kind`: what it is of, as `KINDS` names it."""

    text: str
    reason: str
    href: str
    tone: str
    kind: str = ""


def lines(found: Overview, grant: Grant, t: Translate, *, quarterly: bool) -> list[Line]:
    """The diseases that are looked at by the week, or by the quarter."""
    return [
        Line(
            t(DISEASES[code].name),
            _dated(cases_cell(found.of(code, "positivity"), grant, t), found, code, "positivity", t),
            _dated(share_cell(found.of(code, "testing"), t), found, code, "testing", t),
            _dated(share_cell(found.of(code, "treatment"), t), found, code, "treatment", t),
            *_curve(found.of(code, "positivity"), t),
            _curve_address(found.of(code, "positivity")),
        )
        for code in grant.scope.covered(DISEASES)
        if (code in QUARTERLY) is quarterly
    ]


def _dated(cell: Cell | None, found: Overview, disease: str, measure: str, t: Translate) -> Cell | None:
    """A number of issued figures with its period, since not every measure is issued of the same periods."""
    if found.release is None:
        return cell
    asked = found.of(disease, measure)
    if cell is None or asked is None or asked.query.start is None or asked.query.end is None:
        return Cell("–", t("not issued"), "", "", map_page({"disease": disease, "measure": measure}))
    return replace(cell, when=period_name(Window(asked.query.start, asked.query.end)))


def period_name(window: Window) -> str:
    """A month, quarter or year by its name; else first and last day."""
    for kind in _ISSUED_KINDS:
        first = period_first_day(window.first, kind)
        if window == Window(first, period_last_day(first, kind)):
            return period_label(first, kind)
    return f"{window.first.isoformat()} – {window.last.isoformat()}"


def week_name(window: Window, t: Translate) -> str:
    """A week by its number, with its days."""
    iso = window.first.isocalendar()
    return t("week {week} of {year} ({first} – {last})").format(
        week=iso.week, year=iso.year, first=window.first.isoformat(), last=window.last.isoformat()
    )


def notices(
    found: Overview,
    grant: Grant,
    reporting: Reporting | None,
    reporting_page: str,
    language: str,
    t: Translate,
) -> list[Notice]:
    """What is worth a look, the most pressing first. `reporting`: None for who is not told who reported."""
    said = [
        *_more_cases(found, t),
        *_tasks(found, grant, t),
        *_worse(found, t),
        *_worse_provinces(found, language, t),
    ]
    if reporting is not None and reporting.silent:
        text = t("{silent:,} of {due:,} facilities have not sent their last due report").format(
            silent=len(reporting.silent), due=len(reporting.due)
        )
        said.append(
            Notice(text, t("Numbers of the last weeks may still rise."), reporting_page, "look", "silent")
        )
    return said


def province_map(
    found: Overview,
    grant: Grant,
    language: str,
    t: Translate,
    others: Mapping[str, str] | None = None,
    closed: Mapping[str, str] | None = None,
) -> tuple[str, Markup] | None:
    """What the map of the page says, and the map; None without records.

    `others`: the first page of each province that the reader may choose, by its code. `closed`: crossings
    that were closed on the last day, with since when.
    """
    shown = map_of(found, grant, language, t, others, closed)
    return None if shown is None else (shown.title, drawn(shown))


def map_question(found: Overview, t: Translate) -> str:
    """What the map of the page answers; blank without records."""
    if found.map is None:
        return ""
    if found.map.query.groups:
        return t("Where are returning migrants tested least often for tuberculosis?")
    return t("Where are people tested least often for tuberculosis?")


def map_of(
    found: Overview,
    grant: Grant,
    language: str,
    t: Translate,
    others: Mapping[str, str] | None = None,
    closed: Mapping[str, str] | None = None,
) -> ProvinceMap | None:
    """The map of the page, not drawn yet; None without records."""
    asked = found.map
    if asked is None:
        return None
    values = {row.area.code: row.value for row in asked.table.rows}
    areas = []
    for province in PROVINCES.values():
        code, name = province.pcode, province.name(language)
        if not grant.scope.holds(code) and not (code in values and values[code].issued):
            other = (others or {}).get(code, "")
            said = t("its own first page") if other else scope_words.outside(grant.scope, t)
            areas.append(Area(code, "outside", "", f"{name}: {said}", other))
            continue
        value = values.get(code)
        href = map_page(asked.query.parameters() | {"area": code})
        if value is not None and _of_few(value):
            areas.append(Area(code, "few", "~", f"{name}: {t('few people: see the map')}", href))
            continue
        look = look_of(value, asked.query.measure) if value else "unknown"
        text = value_text(value, asked.query.measure) if value else ""
        areas.append(Area(code, look, text, said_of(name, value, t), href))
    own, shut = None if found.release is not None else grant.scope.provinces, closed or {}
    gates = [
        Gate(
            *gate.position,
            f"{gate.name(language)}: {shut[gate.id]}" if gate.id in shut else gate.name(language),
            approximate=gate.approximate,
            kind="closed" if gate.id in shut else "",
        )
        for gate in CROSSINGS.values()
        if gate.position and (own is None or gate.pcode in own)
    ]
    by = t("by home province") if asked.query.place == "home" else t("by province of care")
    title = t("Tested for tuberculosis, of those seen and eligible, {by}, {first} – {last}")
    if asked.query.groups:
        title = t("Returning migrants tested for tuberculosis, of those eligible, {by}, {first} – {last}")
    title = title.format(by=by, first=asked.query.start, last=asked.query.end)
    said = t("Each province leads to the map.")
    return ProvinceMap(title, areas, language, said, gates, name="today")


def lowest(found: Overview, language: str, t: Translate) -> str:
    """The province of the map with the smallest share, and whether it is told apart from the next.

    Provinces with few people are left out. Two are told apart where their joint 95% intervals have nothing in
    common (surveillance.coverage.ranks).
    """
    rows = [] if found.map is None else [row for row in found.map.table.rows if _ranked(row)]
    if len(rows) < _FEWEST_RANKED:
        return ""
    places = ranks(
        [row.value.numerator or 0 for row in rows],
        [row.value.denominator or 0 for row in rows],
        [row.value.effect or 1.0 for row in rows],
    )
    first, second = sorted(range(len(rows)), key=lambda at: (-places[at].rank, rows[at].area.code))[:2]
    names = [
        f"{rows[at].area.name(language)} {theme.percent(rows[at].value.coverage)}" for at in (first, second)
    ]
    if places[first].apart(places[second]):
        said = t("Lowest of {areas} with enough people: {lowest}, told apart from the next, {next}.")
    else:
        said = t("Lowest of {areas} with enough people: {lowest}; not told apart from the next, {next}.")
    areas = provinces_counted([row.area.code for row in rows], t)
    return said.format(areas=areas, lowest=names[0], next=names[1])


def _ranked(row: AreaValue) -> bool:
    value = row.value
    return bool(value.denominator) and not _of_few(value) and not theme.rests_on_few(value)


def map_legend(found: Overview, grant: Grant, t: Translate) -> Markup:
    """The legend of the map, as on the map page."""
    if found.map is None:
        return Markup()
    measure = found.map.query.measure
    shown = legend(
        measure, t(MEASURES[measure].name), "province", t, outside=scope_words.outside(grant.scope, t)
    )
    return as_html(shown)


def _more_cases(found: Overview, t: Translate) -> Iterator[Notice]:
    for asked in found.asked:
        count = asked.count
        if asked.query.measure != "positivity" or count is None or count.verdict != "more":
            continue
        if _few(count.now, count.earlier):
            continue
        text = t("{disease}: {now:,} found positive, {earlier:,} before").format(
            disease=t(DISEASES[asked.query.disease].name), now=count.now, earlier=count.earlier
        )
        yield Notice(text, _facility_weeks(asked, t), _address(asked), "act", "cases")


def _tasks(found: Overview, grant: Grant, t: Translate) -> Iterator[Notice]:
    for asked in found.asked:
        if task := _task(asked, grant, t):
            text = t("{disease}: {task}").format(disease=t(DISEASES[asked.query.disease].name), task=task)
            address = MALARIA_CASES if grant.can(Permission.SEE_LINE_LIST) else _address(asked)
            yield Notice(text, t("In elimination each case is a task."), address, "look", "task")


def _task(asked: Asked, grant: Grant, t: Translate) -> str:
    """What is to be done for each case of a disease in elimination; blank where there are none, or many."""
    count = asked.table.total.numerator
    if asked.query.measure != "positivity" or asked.query.disease not in IN_ELIMINATION:
        return ""
    if count is None and asked.table.total.few:
        return t("Cases hidden from your account: each investigated by day 3? focus by day 7?")
    if not count or count > MOST_TASKS:
        return ""
    if count == 1:
        return t("1 case: investigated by day 3? focus by day 7?")
    return t("{count} cases: investigated by day 3? focus by day 7?").format(count=count)


def _worse(found: Overview, t: Translate) -> Iterator[Notice]:
    for asked in found.asked:
        change = asked.changes.total
        if (
            asked.query.measure == "positivity"
            or change is None
            or not theme.is_worse(change, asked.query.measure)
        ):
            continue
        text = t("{disease}: {measure} {value}, {points} points").format(
            disease=t(DISEASES[asked.query.disease].name),
            measure=t(MEASURES[asked.query.measure].name).lower(),
            value=theme.percent(asked.table.total.coverage),
            points=theme.signed(100 * change.difference),
        )
        yield Notice(text, _interval(change, t), _address(asked), "act", "share")


def _worse_provinces(found: Overview, language: str, t: Translate) -> Iterator[Notice]:
    for asked in found.asked:
        names = {row.area.code: row.area.name(language) for row in asked.table.rows}
        marked = sorted(
            (change.difference, code)
            for code, change in asked.changes.of.items()
            if change.marked and code in names and theme.is_worse(change, asked.query.measure)
        )
        if not marked:
            continue
        said = ", ".join(names[code] for _, code in marked[:_NAMED])
        if len(marked) > _NAMED:
            said = t("{places} and {count} more").format(places=said, count=len(marked) - _NAMED)
        text = t("{disease}, {measure}: clearly worse in {places}").format(
            disease=t(DISEASES[asked.query.disease].name),
            measure=t(MEASURES[asked.query.measure].name).lower(),
            places=said,
        )
        areas = provinces_counted(asked.changes.family, t)
        reason = t("More than chance among the {areas} compared.").format(areas=areas)
        yield Notice(text, reason, _address(asked), "look", "provinces")


def cases_cell(asked: Asked | None, grant: Grant, t: Translate, fewest: int = FEWEST) -> Cell | None:
    """People found positive, and how their number changed. `fewest`: smaller numbers are not written."""
    if asked is None:
        return None
    value, task = asked.table.total, _task(asked, grant, t)
    if value.numerator is None:
        return replace(_without(value, asked, t), task=task)
    if _few(value.numerator, fewest=fewest):
        told = task and grant.can(Permission.SEE_SMALL_COUNTS)
        return Cell(f"{value.numerator}" if told else f"< {FEWEST}", "", "", "", _address(asked), task=task)
    tested = value.denominator
    beneath = ""
    if tested is not None and not _few(tested, tested - value.numerator, fewest=fewest):
        beneath = t("of {count:,} tested").format(count=tested)
    change, tone = _count_words(asked.count, t, fewest)
    if task and not tone:
        change = ""  # each case is looked at: "no clear change" is no answer
    year, _ = _count_words(asked.year_count, t, fewest)
    return Cell(f"{value.numerator:,}", beneath, change, tone, _address(asked), _a_year_before(year, t), task)


def share_cell(asked: Asked | None, t: Translate, fewest: int = FEWEST) -> Cell | None:
    """A proportion with its counts, and how it changed. `fewest`: smaller numbers are not written."""
    if asked is None:
        return None
    value, change = asked.table.total, asked.changes.total
    if value.coverage is None or value.numerator is None or value.denominator is None:
        return _without(value, asked, t)
    if _few(value.numerator, value.denominator - value.numerator, fewest=fewest):
        return Cell("■", t("few people: see the map"), "", "", _address(asked))
    beneath = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    if value.unknown and not _few(value.unknown, fewest=fewest):
        beneath += " · " + theme.unknown(value, t)
    said, tone = "", ""
    if change is not None:
        said = t("no clear change")
        if not theme.unclear(change):
            tone = "act" if theme.is_worse(change, asked.query.measure) else "good"
            said = _points(change, t)
    year = "" if asked.year is None else t("no clear change")
    if asked.year is not None and not theme.unclear(asked.year):
        year = _points(asked.year, t)
    text = theme.percent(value.coverage)
    return Cell(text, beneath, said, tone, _address(asked), _a_year_before(year, t))


def _points(change: Change, t: Translate) -> str:
    return t("{arrow} {points} points, more than chance").format(
        arrow="▲" if change.difference > 0 else "▼", points=theme.signed(100 * change.difference)
    )


def _a_year_before(change: str, t: Translate) -> str:
    return t("The year before: {change}").format(change=change) if change else ""


def _few(*counts: int, fewest: int = FEWEST) -> bool:
    """Whether one of some numbers of people is too small for a page."""
    return any(0 < count < fewest for count in counts)


def _of_few(value: Estimate) -> bool:
    """Whether those who have what is measured, or those who do not, are few."""
    if value.numerator is None or value.denominator is None:
        return False
    return _few(value.numerator, value.denominator - value.numerator)


def _without(value: Estimate, asked: Asked, t: Translate) -> Cell:
    look = theme.look_of(value, asked.query.measure)
    return Cell(look.sign, t(look.label), "", "", _address(asked))


def _count_words(count: CountChange | None, t: Translate, fewest: int) -> tuple[str, str]:
    if count is None or _few(count.now, count.earlier, fewest=fewest):
        return "", ""
    pair = t("{now:,} against {earlier:,}").format(now=count.now, earlier=count.earlier)
    words = {
        "more": (t("▲ more than chance: {counts}"), "act"),
        "fewer": (t("▼ fewer than chance: {counts}"), "good"),
        "unclear": (t("no clear change: {counts}"), ""),
        "few": (t("too few to say: {counts}"), ""),
    }
    text, tone = words[count.verdict]
    return text.format(counts=pair), tone


def _facility_weeks(asked: Asked, t: Translate) -> str:
    said = t("In the {count:,} facility-weeks that were reported in both; more than chance.")
    if asked.query.disease in QUARTERLY:
        said = t("In the {count:,} facility-months that were reported in both; more than chance.")
    return said.format(count=asked.facility_weeks)


def _interval(change: Change, t: Translate) -> str:
    return t("{level} interval of the change: {lower} to {upper} points.").format(
        level=theme.level(change),
        lower=theme.signed(100 * change.lower),
        upper=theme.signed(100 * change.upper),
    )


def _curve(asked: Asked | None, t: Translate) -> tuple[tuple[str, ...], str]:
    """Positives by week, as polylines with a gap where a week is not told; few people have one height."""
    panel = asked.curve if asked else None
    if panel is None or panel.step not in ("week", "month", "quarter") or len(panel.trend) < 2:
        return (), ""
    numbers = [point.value.numerator for point in panel.trend]
    values = [FEWEST / 2 if number is not None and _few(number) else number for number in numbers]
    if not (parts := polylines(values)):
        return (), ""
    said = t("{count} weeks; at most {most:,} in one")
    if panel.step != "week":
        said = t("{count} issued periods; at most {most:,} in one")
    said = said.format(
        count=len(values), most=max(FEWEST, *(number for number in numbers if number is not None), 0)
    )
    return parts, said


def polylines(values: Sequence[float | None]) -> tuple[str, ...]:
    """Points of the lines of a curve, with a gap where a value is not told; none without two values."""
    known = [value for value in values if value is not None]
    if len(values) < 2 or not known:
        return ()
    most, step = max(_LOW, *known), _WIDE / (len(values) - 1)
    parts: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append(f"{number * step:.1f},{_HIGH - 3 - (_HIGH - 6) * value / most:.1f}")
    return tuple(" ".join(part) for part in parts if part)


def _curve_address(asked: Asked | None) -> str:
    return "" if asked is None else curve_page(asked.query, asked.area, dated=False)


def _address(asked: Asked) -> str:
    return map_page(asked.query.parameters() | ({"area": asked.area} if asked.area else {}))
