"""The page of funnels: places compared with all together, with limits that chance sets to their size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.components.cascades.words import status_name
from dashboard.components.controls import views
from dashboard.components.coverage import issued_words
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.exports.sheets import cascades as exports
from dashboard.figures.svg import curve as on_pages
from dashboard.figures.svg import funnel as figure
from dashboard.figures.svg.sheet import INNER, Drawing
from dashboard.funnel_filters import SPREADS, FunnelQuery
from dashboard.pages.cascades.usual_days import with_days
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.cascades import funnel as service
from dashboard.services.cascades.funnel import PlacesInFunnel
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure.rules import FEW, ISSUED_MEASURES, entitled
from dashboard.services.releases import stamps
from dashboard.web.access import needs
from dashboard.web.request_context import usual
from dashboard.web.site import database
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.status import Status
from surveillance.texts import N_

pages = Blueprint("funnels", __name__)
BY_NAMES = {
    "province": N_("Provinces"),
    "crossing": N_("Border crossings"),
    "facility": N_("Facilities"),
    "district": N_("Operational districts"),
}
SPREAD_NAMES = {
    "none": N_("chance alone"),
    "multiplicative": N_("chance times a factor"),
    "additive": N_("chance and a spread between places"),
}


@dataclass(frozen=True)
class Answered:
    """A question with its answer, for the page and its files."""

    taken: Taken
    asked: FunnelQuery
    shown: PlacesInFunnel
    faults: Sequence[UsageError] = ()

    @property
    def title(self) -> str:
        """The question."""
        t, query = self.taken.t, self.shown.query
        text = t("{disease}, {measure}: which places differ by more than chance?")
        return text.format(disease=t(DISEASES[query.disease].name), measure=t(MEASURES[query.measure].name))

    @property
    def said(self) -> str:
        """Which places, and when."""
        t, period = self.taken.t, self.shown.table.period
        days = f"{period.start} – {period.end}" if period else ""
        return " · ".join(filter(None, (t(BY_NAMES[self.shown.query.by]), days)))

    @property
    def points(self) -> list[figure.Point]:
        """The points of the drawing."""
        found, language, t = self.shown.found, self.taken.language, self.taken.t
        if found is None:
            return []
        text = t("{place}: {numerator} of {denominator}, {percent}%; {judged}")
        return [
            figure.Point(
                row.area.name(language),
                int(row.value.denominator or 0),
                float(found.value[at]),
                int(found.beyond[at]),
                text.format(
                    place=row.area.name(language), numerator=f"{row.value.numerator:,}",
                    denominator=f"{row.value.denominator:,}", percent=f"{100 * found.value[at]:.1f}",
                    judged=judged(int(found.beyond[at]), t),
                ),
            )
            for at, row in enumerate(self.shown.rows)
        ]  # fmt: skip

    def drawing(self, wide: float = INNER) -> Drawing:
        """The funnel."""
        found, points = self.shown.found, self.points
        if found is None:
            return Drawing(Markup(""), 0)
        sizes = figure.sizes_between(min(one.size for one in points), max(one.size for one in points))
        lower, upper = found.limits(sizes)
        limits = figure.Limits(sizes, lower.tolist(), upper.tolist())
        measure = MEASURES[self.shown.query.measure]
        name = self.taken.t("People in the denominator: {denominator}").format(
            denominator=self.taken.t(measure.denominator)
        )
        return figure.funnel(points, limits, found.target, name, wide)

    @property
    def notes(self) -> list[str]:
        """What must be known before reading on."""
        t, shown = self.taken.t, self.shown
        if shown.found is None:
            return [t(shown.hidden)]
        found = shown.found
        outside = sum(abs(int(one)) > 0 for one in found.beyond)
        text = t(
            "Places outside the inner limits: {outside}. By chance up to {expected} among {places} would be."
        )
        said = [
            text.format(outside=outside, places=len(shown.rows), expected=f"{found.by_chance[0]:.1f}"),
            t("A place outside the limits is one to look at: its patients may differ, or its records. Within "
              "the limits, places are not ranked."),
        ]  # fmt: skip
        if found.factor > 1.5 and found.dispersion == "none":
            text = t("Places differ more than by chance: their variance is {factor} times that of chance.")
            said.append(text.format(factor=f"{found.factor:.1f}"))
        if shown.plain:
            said.append(t(service.TOO_FEW).format(most=service.FEWEST_PLACES))
        left = len(shown.table.rows) - len(shown.rows)
        if left:
            said.append(t("{left} places have no value that is shown: the table says why.").format(left=left))
        release = shown.table.release
        if release is not None and release.stamp is not None:
            said.append(issued_words.stamped(release.stamp, t))
        if shown.table.few:
            said.append(t(FEW))
        return said

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the file."""
        note = {"note": " ".join(filter(None, (self.taken.synthetic, *self.notes)))}
        query, release = self.shown.query, self.shown.table.release
        found = [row | note for row in self.shown.records(self.taken.language)]
        if release is None:
            return found
        asked = {
            "disease": query.disease,
            "by": query.by,
            "place": query.coverage.place,
            "measure": query.measure,
        }
        rows = self.shown.table.rows
        return [
            row | asked | release.columns(issued=one.value.issued)
            for row, one in zip(found, rows, strict=True)
        ]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the file; of issued figures with those by which they are checked."""
        if self.shown.table.release is None:
            return exports.FUNNEL
        return (*exports.FUNNEL, *described((*stamps.COLUMNS, "disease", "by", "place", "measure")))

    def about(self) -> About:
        """What the file is."""
        taken, t, query = self.taken, self.taken.t, self.shown.query
        measure = MEASURES[query.measure]
        release = self.shown.table.release
        return About(
            f"chhlang-funnel-{query.disease}-{query.by}-{query.measure}",
            self.title,
            f"{self.title} · {self.said}",
            answers.address("/funnel"),
            taken.made_at,
            taken.data_up_to,
            taken.source,
            taken.shown_to,
            taken.threshold,
            t(LICENCE),
            t("counts of episodes"),
            t(measure.numerator),
            t(measure.denominator),
            synthetic=taken.synthetic,
            statuses=statuses(t),
            notes=self.notes,
            columns=self.columns,
            files={k: answers.address(f"/funnel.{k}") for k in (*answers.TABLES, *answers.PICTURES)},
            facts={"parameters": query.parameters()} | (dict(release.facts()) if release is not None else {}),
        )


def judged(beyond: int, t: Any) -> str:
    """Where a place lies, in words."""
    if not beyond:
        return t("within the limits of chance")
    if abs(beyond) == 1:
        return t("above the inner limits") if beyond > 0 else t("below the inner limits")
    return t("above the outer limits") if beyond > 0 else t("below the outer limits")


@pages.get("/funnel")
@needs(Permission.SEE_COVERAGE)
def page() -> str:
    """The funnel, its table and its form; what is wrong is named, and left out."""
    given = {name: text for name, text in request.args.to_dict().items() if name in FunnelQuery.names()}
    taken = Taken.now()
    start = {} if entitled(taken.grant) else {"by": "province"}
    start |= usual("malaria")
    asked, faults = FunnelQuery.read_readable(start | given)
    try:
        found = _answered(asked, faults)
    except UsageError as error:
        wrong = {fault.parameter for fault in error.faults}
        left = {name: text for name, text in given.items() if name not in wrong}
        asked, _ = FunnelQuery.read_readable(start | (left if left != given else {}))
        found = _answered(asked, [*faults, *error.faults])
    return _page(found)


@pages.get("/funnel.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def file(kind: str) -> Response:
    """The table as a file; the use is audited."""
    found = _answered(FunnelQuery.read(request.args.to_dict()))
    found.taken.audit({"table": "funnel", "format": kind, **found.shown.query.parameters()})
    return answers.table(kind, "funnel", found.columns, found.rows(), found.about())


@pages.get("/funnel.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def picture(kind: str) -> Response:
    """The funnel as a picture; the use is audited."""
    found = _answered(FunnelQuery.read(request.args.to_dict()))
    found.taken.audit({"file": "funnel", "format": kind, **found.shown.query.parameters()})
    keys = figure.keys(found.taken.t)
    return answers.picture(kind, found.taken, found.about(), found.drawing(), keys, [found.said])


@pages.get("/funnel.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the files are."""
    about = _answered(FunnelQuery.read(request.args.to_dict())).about()
    return answers.sidecar(about)


def _answered(asked: FunnelQuery, faults: Sequence[UsageError] = ()) -> Answered:
    taken = Taken.now()
    asked.check()
    asked, query = with_days(asked, taken.status.last_visit)
    shown = service.places(database(), taken.grant, query, today_in_cambodia())
    return Answered(taken, asked, shown, faults)


def _page(one: Answered) -> str:
    t, shown = one.taken.t, one.shown
    drawn = []
    if shown.found is not None:
        drawn = [
            on_pages.on_page(one.drawing(wide), f"{one.title} {one.said}", name)
            for wide, name in ((on_pages.INNER, "wide"), (on_pages.NARROW, "narrow"))
        ]
    return render_template(
        "funnel.html",
        title=one.title,
        said=one.said,
        notes=one.notes,
        faults=[fault.in_words(t) for fault in one.faults],
        drawn=drawn,
        keys=figure.keys(t),
        token_of=on_pages.token,
        rows=_rows(one),
        question=urlencode(one.asked.parameters()),
        asked=one.asked,
        days=shown.query,
        choices=_choices(one),
        pictures=[(t("Funnel"), url_for(".page"))],
    )


def _rows(one: Answered) -> list[tuple[str, str, str, str, str]]:
    """Rows of the table, those farthest outside first."""
    t = one.taken.t
    listed = []
    for row in one.shown.records(one.taken.language):
        if row["lower_95"] is None:
            said = status_name(Status(row["status"]), t)
            listed.append((99, (row["name"], "", "", "", said)))
            continue
        share = f"{100 * row['value']:.1f}%"
        limits = f"{100 * row['lower_95']:.1f}–{100 * row['upper_95']:.1f}%"
        count = f"{row['numerator']:,} / {row['denominator']:,}"
        beyond = int(row["beyond"])
        listed.append((-abs(beyond), (row["name"], count, share, limits, judged(beyond, t))))
    return [cells for _, cells in sorted(listed, key=lambda one: one[0])]


def _choices(one: Answered) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    taken, t, query = one.taken, one.taken.t, one.asked
    held = {view.split(":")[0] for view in views(taken.grant)}
    measures = [code for code in MEASURES if entitled(taken.grant) or code in ISSUED_MEASURES]
    return [
        ("disease", t("Disease"),
         [(d.code, t(d.name)) for d in DISEASES.values() if taken.grant.scope.covers(d.code)], query.disease),
        ("measure", t("Measure"), [(code, t(MEASURES[code].name)) for code in measures], query.measure),
        ("by", t("Places"), [(code, t(name)) for code, name in BY_NAMES.items() if code in held], query.by),
        ("spread", t("Limits"), [(code, t(SPREAD_NAMES[code])) for code in SPREADS], query.spread),
    ]  # fmt: skip
