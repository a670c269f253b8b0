"""The page of cascades: how many took each step, how long it took, who was lost; and the same as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.cascade_filters import CASCADE_PLACES, DIVIDED_BY, PROVINCE, CascadeQuery
from dashboard.components.addresses import with_question
from dashboard.components.cascades import words
from dashboard.components.controls import remote_choice, views
from dashboard.components.coverage import issued_words
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.exports.sheets import cascades as exports
from dashboard.figures.svg import cascade as figure
from dashboard.figures.svg import curve as on_pages
from dashboard.pages.cascades.usual_days import with_days
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.cascades.cascade import cascade
from dashboard.services.cascades.models import CascadeAnswer, ShownStep
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure.rules import entitled
from dashboard.services.releases import stamps
from dashboard.web.access import needs
from dashboard.web.request_context import usual
from dashboard.web.site import database
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.rates.cascade import PATHS, USUAL
from surveillance.rates.waits import SPANS
from surveillance.vocabulary import SENSITIVE_AXES

pages = Blueprint("cascades", __name__)
#: Name in the address of whether days between steps are asked for, too.
TIMES = "times"


@dataclass(frozen=True)
class Answered:
    """A question with its answer, for the page and its files."""

    taken: Taken
    asked: CascadeQuery
    found: CascadeAnswer
    faults: Sequence[UsageError] = ()

    @property
    def title(self) -> str:
        """The question."""
        return words.title(self.found.query, self.taken.t)

    @property
    def said(self) -> str:
        """Who, where and when."""
        return words.said(self.found, self.taken.grant, self.taken.language, self.taken.t)

    @cached_property
    def bars(self) -> list[figure.Bar]:
        """The bars of the drawing."""
        return words.bars(self.found.steps, self.taken.t)

    @property
    def notes(self) -> list[str]:
        """What must be known before reading on."""
        t = self.taken.t
        found, days = self.found, (self.asked.start, self.asked.end)
        if found.hidden:
            return [t(found.hidden)]
        instead = issued_words.shown_instead(found.period, days, t) if found.release is not None else ""
        return [note for note in (instead, *words.notes(found, t)) if note]

    def rows(self, *, times: bool) -> list[dict[str, Any]]:
        """Rows of a file."""
        t, found = self.taken.t, self.found
        note = {"note": " ".join(filter(None, (self.taken.synthetic, *self.notes)))}
        if times:
            return [row | note for row in found.times({code: t(span.name) for code, span in SPANS.items()})]
        shown = [row | note | {"name": t(row["name"])} for row in found.records()]
        if found.release is None:
            return shown
        return [
            row | self._stamp(row["group"], step) for row, step in zip(shown, found.in_order, strict=True)
        ]

    def _stamp(self, group: str, step: ShownStep) -> dict[str, Any]:
        """What a row of issued figures says of its question, so that it can be checked."""
        query, release = self.found.query, self.found.release
        assert release is not None  # noqa: S101 - asked just now
        asked = query.coverage(step.measure or "testing")
        by_province = query.by == PROVINCE
        found = release.columns(issued=True, said=step.said) | {
            "disease": query.disease,
            "by": asked.by,
            "place": asked.place,
            "measure": step.measure,
            "code": group if by_province and group else query.area,
            "numerator": step.people if step.measure else None,
            "denominator": step.among if step.measure else None,
        }
        return found if query.by is None or by_province else found | {query.by: group}

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the file of steps; of issued figures with those by which they are checked."""
        if self.found.release is None:
            return exports.CASCADE
        by = self.found.query.by
        axis = () if by is None or by == PROVINCE else (by,)
        held = ("disease", "by", "place", "measure", "code", "numerator", "denominator", *axis)
        return (*exports.CASCADE, *described((*stamps.COLUMNS, *held)))

    def about(self, columns: Sequence[Column], *, times: bool = False) -> About:
        """What a file is."""
        taken, t, query = self.taken, self.taken.t, self.found.query
        base = "/cascade/times" if times else "/cascade"
        return About(
            f"chhlang-cascade-{query.disease}-{query.path}" + ("-times" if times else ""),
            self.title,
            f"{self.title} · {self.said}",
            answers.address("/cascade"),
            taken.made_at,
            taken.data_up_to,
            taken.source,
            taken.shown_to,
            taken.threshold,
            t(LICENCE),
            t("days") if times else t("counts of episodes"),
            synthetic=taken.synthetic,
            statuses=statuses(t),
            notes=self.notes,
            columns=columns,
            files={
                kind: answers.address(f"{base}.{kind}")
                for kind in (answers.TABLES if times else (*answers.TABLES, *answers.PICTURES))
            },
            facts={"parameters": query.parameters()}
            | (dict(self.found.release.facts()) if self.found.release is not None else {}),
        )


@pages.get("/cascade")
@needs(Permission.SEE_COVERAGE)
def page() -> str:
    """The cascade, its tables, and the form that asks for another; what is wrong is named, and left out."""
    given = {name: text for name, text in request.args.to_dict().items() if name in CascadeQuery.names()}
    start = {name: text for name, text in usual("malaria").items() if name == "disease"}
    asked, faults = CascadeQuery.read_readable(start | given)
    times = request.args.get(TIMES) == "yes"
    try:
        found = _answered(asked, faults, times=times)
    except UsageError as error:
        wrong = {fault.parameter for fault in error.faults}
        left = {name: text for name, text in given.items() if name not in wrong}
        asked, _ = CascadeQuery.read_readable(left if left != given else {})
        found = _answered(asked, [*faults, *error.faults], times=times)
    return _page(found)


@pages.get("/cascade.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def file(kind: str) -> Response:
    """The steps as a file; the use is audited."""
    return _file(kind, times=False)


@pages.get("/cascade/times.<any(csv,xlsx,json):kind>")
@needs(Permission.EXPORT_TABLES)
def times_file(kind: str) -> Response:
    """Times between steps as a file; the use is audited."""
    return _file(kind, times=True)


@pages.get("/cascade.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def picture(kind: str) -> Response:
    """The cascade as a picture; the use is audited."""
    found = _answered(_asked())
    found.taken.audit({"file": "cascade", "format": kind, **found.found.query.parameters()})
    keys = figure.keys(found.bars, found.taken.t)
    about = found.about(found.columns)
    return answers.picture(kind, found.taken, about, figure.cascade(found.bars), keys, [found.said])


@pages.get("/cascade.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the files are."""
    found = _answered(_asked())
    about = found.about(found.columns)
    return answers.sidecar(about)


def _file(kind: str, *, times: bool) -> Response:
    found = _answered(_asked(), times=times)
    name = "cascade times" if times else "cascade"
    found.taken.audit({"table": name, "format": kind, **found.found.query.parameters()})
    columns = exports.TIMES if times else found.columns
    about = found.about(columns, times=times)
    return answers.table(kind, name, columns, found.rows(times=times), about)


def _asked() -> CascadeQuery:
    """The question of a file."""
    return CascadeQuery.read({name: text for name, text in request.args.to_dict().items() if name != TIMES})


def _answered(asked: CascadeQuery, faults: Sequence[UsageError] = (), *, times: bool = False) -> Answered:
    taken = Taken.now()
    asked.check()
    last = taken.status.last_visit
    asked, query = with_days(asked, last)
    found = cascade(database(), taken.grant, query, last, today_in_cambodia(), times=times)
    return Answered(taken, asked, found, faults)


def _page(one: Answered) -> str:
    taken, t, found = one.taken, one.taken.t, one.found
    asked = urlencode(one.asked.parameters())
    drawn = [
        on_pages.on_page(figure.cascade(one.bars, wide), f"{one.title} {one.said}", name)
        for wide, name in ((on_pages.INNER, "wide"), (on_pages.NARROW, "narrow"))
    ]
    heads = [t(step.name) for step in found.divided[0].steps] if found.divided else []
    return render_template(
        "cascade.html",
        title=one.title,
        said=one.said,
        notes=one.notes,
        faults=[fault.in_words(t) for fault in one.faults],
        drawn=drawn if found.steps else [],
        keys=figure.keys(one.bars, t),
        token_of=on_pages.token,
        found=found,
        words=words,
        times=words.times(found.waits, t),
        heads=heads,
        parts=[(words.group_name(found, part.code, taken.language, t), part.steps) for part in found.divided],
        by_name=t(words.BY_NAMES[found.query.by]) if found.query.by else "",
        question=asked,
        asked=one.asked,
        days=found.query,
        choices=_choices(one),
        areas=_areas(taken),
        pictures=[(t("Cascade"), url_for(".page"))],
        more_files=[(t("Times between steps"), "/cascade/times")] if found.waits else [],
        with_times=""
        if request.args.get(TIMES) == "yes" or found.waits_hidden or found.query.path != USUAL
        else with_question(url_for(".page"), one.asked.parameters() | {TIMES: "yes"}) + "#times",
    )


def _choices(one: Answered) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    taken, t, query = one.taken, one.taken.t, one.asked
    shown = entitled(taken.grant)
    held = {view.split(":")[0] for view in views(taken.grant)} | {
        view.split(":")[1] for view in views(taken.grant)
    }
    sensitive = DISEASES[query.disease].sensitive
    places = [
        (code, t(words.PLACE_NAMES[code]))
        for code in CASCADE_PLACES
        if code in held and (code not in ("facility", "district") or query.place == code)
    ]
    axes = [axis for axis in DIVIDED_BY if shown or axis != PROVINCE]
    parts = [(axis, t(words.BY_NAMES[axis])) for axis in axes if not (sensitive and axis in SENSITIVE_AXES)]
    diseases = [(one.code, t(one.name)) for one in DISEASES.values() if taken.grant.scope.covers(one.code)]
    paths = words.path_names(t, "" if query.path in PATHS else query.disease) if shown else {USUAL: ""}
    found = [("disease", t("Disease"), diseases, query.disease)]
    if len(paths) > 1:
        found.append(("path", t("Steps"), list(paths.items()), query.path))
    found.append(("place", t("Place"), places, query.place))
    found.append(("by", t("Losses divided by"), [("", t("not divided")), *parts], query.by or ""))
    if shown:
        choice = remote_choice(t)
        found.append((choice.name, choice.label, choice.options, query.remote or ""))
    return found


def _areas(taken: Taken) -> list[tuple[str, list[tuple[str, str]]]]:
    t, language, scope = taken.t, taken.language, taken.grant.scope
    provinces = [(p.pcode, p.name(language)) for p in PROVINCES.values() if scope.holds(p.pcode)]
    gates = [
        (gate.id, gate.name(language))
        for gate in CROSSINGS.values()
        if scope.national or (gate.pcode is not None and scope.holds(gate.pcode))
    ]
    return [(t("Provinces"), provinces), (t("Border crossings"), gates)]
