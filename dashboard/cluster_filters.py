"""The one reading of what to scan: from an address or a form in the browser, or from the command line."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

from dashboard.filters import BY, SENSITIVE_BY
from dashboard.parameters import read_day
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.texts import N_
from surveillance.vocabulary import AXES, PLACES, SENSITIVE_AXES

CASES_ARE = ("positive", "all")
#: As the engine names them; not imported from there, so that web workers do not load its compiler.
POISSON, BERNOULLI, PERMUTATION = MODELS = ("poisson", "bernoulli", "space-time-permutation")
TIMES = ("none", "retrospective", "prospective")
TIME_UNITS = ("day", "week", "month", "year")
RATES = ("high", "low", "both")
#: What the largest share may be of, in place of cases, people tested or expected cases.
LIMITS = ("population",)
DAY_OF_WEEK = "weekday"
_ALSO = {"day_of_week": DAY_OF_WEEK}
#: What cases may be adjusted for.
COVARIATES = (DAY_OF_WEEK, *AXES)
MOST_REPLICATES = 9_999
_MOST_UNITS = 5_000
_MOST_CASES = 1_000
_MOST_ANALYSES = 100_000
_MOST_KM = 2_000.0
_MOST_SEED = (1 << 53) - 1
_LONGEST = 200
#: Parts of a question that runs kept before 2026-12 do not know.
_LATER = ("max_reported_share", "limit_by")
#: What limits a cluster where there were earlier analyses; a table of people goes with poisson alone.
BY_RADIUS = N_(
    "earlier_analyses: a share of the cases, or of the people tested, cannot limit the size of a cluster "
    "then, since it changes from analysis to analysis; limit it by a radius: max_radius_km, with "
    "max_population_share 1"
)
BY_RADIUS_OR_PEOPLE = N_(
    "earlier_analyses: a share of the expected cases cannot limit the size of a cluster then, since it "
    "changes from analysis to analysis; limit it by a radius (max_radius_km, with max_population_share 1), "
    "or by a share of the table of people (limit_by population)"
)


@dataclass(frozen=True)
class ClusterQuery:
    """A question of clusters. None: the data decide (dashboard.services.clusters.defaults).

    `by`, `place`: what a location is, as for coverage. `cases_are`: records found positive, or all records of
    the disease. `start`, `end`: the study period, both days included. Durations are in units of time; the
    longest may be a share of the period.
    """

    disease: str
    by: str = "province"
    place: str = "care"
    cases_are: str | None = None
    model: str | None = None
    time: str | None = None
    time_unit: str | None = None
    start: date | None = None
    end: date | None = None
    min_duration: int = 1
    max_duration: int | float | None = None
    max_population_share: float = 0.5
    max_radius_km: float | None = None
    rates: str = "high"
    min_cases: int = 2
    covariates: tuple[str, ...] = ()
    purely_temporal: bool = False
    earlier_analyses: int = 0
    replicates: int = 999
    seed: int = 1
    max_reported_share: float | None = None
    limit_by: str | None = None

    @property
    def dimension(self) -> str:
        """What a location is: a province of care, home or infection, a crossing, or a facility."""
        return self.place if self.by == "province" else self.by

    @property
    def never_stored(self) -> bool:
        """Whether it asks for a breakdown that is not kept for this disease."""
        return DISEASES[self.disease].sensitive and (
            self.by in SENSITIVE_BY or not SENSITIVE_AXES.isdisjoint(self.covariates)
        )

    def parameters(self) -> dict[str, str]:
        """The question as address parameters; :func:`read_cluster_query` reads them back."""
        named = {"start": "from", "end": "to"}
        usual = asdict(ClusterQuery(""))
        return {
            named.get(name, name): _written(value)
            for name, value in asdict(self).items()
            if value != usual[name]
        }

    def canonical(self) -> str:
        """The question as JSON in one order, as it is stored; :meth:`from_canonical` reads it back.

        What could not be asked when runs were first kept stands there only where it is asked: such a run is
        still the same question.
        """
        held = {name: value for name, value in asdict(self).items() if name not in _LATER or value}
        return json.dumps(held, sort_keys=True, default=str)

    @classmethod
    def from_canonical(cls, text: str) -> Self:
        """Read what :meth:`canonical` wrote."""
        held = json.loads(text)
        for name in ("start", "end"):
            held[name] = date.fromisoformat(held[name]) if held[name] else None
        return cls(**held | {"covariates": tuple(held["covariates"])})

    def series(self) -> str:
        """Hash of the question whatever its days, replicates and what was looked at before."""
        same = replace(self, start=None, end=None, replicates=0, seed=0, earlier_analyses=0)
        return hashlib.sha256(same.canonical().encode()).hexdigest()


def read_cluster_query(given: Mapping[str, str | None]) -> ClusterQuery:
    """Read a question from named texts; what comes from a browser is hostile until it has been here.

    Raises
    ------
    UsageError
        A value is not one of those offered, or two of them contradict each other; says which.
    """
    read = _Reader(given)
    disease = read.one_of("disease", tuple(DISEASES))
    if disease is None:
        raise UsageError("disease: is missing; use one of {offered}", "disease", offered=", ".join(DISEASES))
    query = ClusterQuery(
        disease,
        by=read.one_of("by", BY) or "province",
        place=read.one_of("place", PLACES) or "care",
        cases_are=read.one_of("cases_are", CASES_ARE),
        model=read.one_of("model", MODELS),
        time=read.one_of("time", TIMES),
        time_unit=read.one_of("time_unit", TIME_UNITS),
        start=read.day("from"),
        end=read.day("to"),
        min_duration=read.whole("min_duration", 1, _MOST_UNITS) or 1,
        max_duration=read.duration("max_duration"),
        max_population_share=read.number("max_population_share", 0.0, 1.0) or 0.5,
        max_radius_km=read.number("max_radius_km", 0.0, _MOST_KM),
        rates=read.one_of("rates", RATES) or "high",
        min_cases=read.whole("min_cases", 0, _MOST_CASES, unless=2),
        covariates=read.several("covariates", COVARIATES),
        purely_temporal=read.one_of("purely_temporal", ("yes", "no")) == "yes",
        earlier_analyses=read.whole("earlier_analyses", 0, _MOST_ANALYSES, unless=0),
        replicates=read.whole("replicates", 1, MOST_REPLICATES) or 999,
        seed=read.whole("seed", 0, _MOST_SEED, unless=1),
        max_reported_share=read.number("max_reported_share", 0.0, 1.0),
        limit_by=read.one_of("limit_by", LIMITS),
    )
    check(query)
    return query


def check(query: ClusterQuery) -> None:
    """Refuse what contradicts itself, before anybody waits for it.

    Raises
    ------
    UsageError
        Says what, and what to choose instead.
    """
    if query.by != "province" and query.place != "care":
        raise UsageError(
            "place: '{place}' goes with provinces; a {by} has no {place}",
            "place",
            place=query.place,
            by=query.by,
        )
    if query.start and query.end and query.start > query.end:
        raise UsageError("from: {start} lies after to ({end})", "from", start=query.start, end=query.end)
    if isinstance(query.max_duration, int) and query.max_duration < query.min_duration:
        raise UsageError(
            "max_duration: {longest} is below min_duration ({shortest})",
            "max_duration",
            longest=query.max_duration,
            shortest=query.min_duration,
        )
    if query.model == PERMUTATION and query.time == "none":
        raise UsageError(
            "time: the space-time permutation model needs time; choose retrospective or prospective", "time"
        )
    if query.purely_temporal and (query.model == PERMUTATION or query.time == "none"):
        raise UsageError(
            "purely_temporal: needs time (retrospective or prospective) and another model than the "
            "space-time permutation, which keeps each day's cases as they are",
            "purely_temporal",
        )
    if query.max_reported_share is not None and query.max_reported_share > query.max_population_share:
        raise UsageError(
            "max_reported_share: {reported} is above the largest share that is scanned ({scanned})",
            "max_reported_share",
            reported=query.max_reported_share,
            scanned=query.max_population_share,
        )
    if query.max_reported_share is not None and query.purely_temporal:
        raise UsageError(
            "max_reported_share: a purely temporal scan takes all locations together and has no such size",
            "max_reported_share",
        )
    _check_earlier(query)
    if query.model == BERNOULLI and query.cases_are == "all":
        raise UsageError(
            "cases_are: the bernoulli model compares positives with all who were tested; choose positive, or "
            "the space-time permutation model for all records",
            "cases_are",
        )
    if query.model == BERNOULLI and query.covariates:
        raise UsageError(
            "covariates: the bernoulli model takes none; choose the space-time permutation model",
            "covariates",
        )


def _check_earlier(query: ClusterQuery) -> None:
    """Refuse earlier analyses with a size that was another one in each of them.

    Raises
    ------
    UsageError
        Says what limits the size in place of a share, or that the scan is not prospective.
    """
    if query.limit_by is not None and query.model not in (None, POISSON):
        raise UsageError(
            "limit_by: the records have no column of people; it goes with the poisson model and a table of "
            "people (--population on the command line)",
            "limit_by",
        )
    if not query.earlier_analyses:
        return
    if query.time not in (None, "prospective"):
        raise UsageError(
            "earlier_analyses: are allowed for in prospective scans only; choose prospective",
            "earlier_analyses",
        )
    if query.max_population_share < 1 and query.limit_by is None and not query.purely_temporal:
        raise UsageError(BY_RADIUS_OR_PEOPLE if query.model == POISSON else BY_RADIUS, "earlier_analyses")


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return {True: N_("yes"), False: N_("no")}[value] if isinstance(value, bool) else str(value)


def _not_offered(name: str, given: str, offered: tuple[str, ...]) -> UsageError:
    return UsageError(
        "{name}: '{given}' is not one of {offered}",
        name,
        name=name,
        given=given[:40],
        offered=", ".join(offered),
    )


class _Reader:
    """Texts by name, each read within its bounds."""

    def __init__(self, given: Mapping[str, str | None]) -> None:
        self._given = given

    def text(self, name: str) -> str:
        """The text of a name, empty if absent."""
        value = self._given.get(name)
        return "" if value is None else str(value).strip()

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of the values offered, or None."""
        text = self.text(name)
        if text and text not in allowed:
            raise _not_offered(name, text, allowed)
        return text or None

    def several(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Some of the values offered, in the order they are offered."""
        given = (part.strip() for part in self.text(name)[:_LONGEST].split(","))
        parts = {_ALSO.get(part, part) for part in given} - {""}
        for part in sorted(parts):
            if part not in allowed:
                raise _not_offered(name, part, allowed)
        return tuple(value for value in allowed if value in parts)

    def day(self, name: str) -> date | None:
        """A day of the calendar, or None."""
        text = self.text(name)
        if not text:
            return None
        try:
            return read_day(text)
        except ValueError:
            raise UsageError(
                "{name}: '{given}' is not a day as YYYY-MM-DD, from 1990 to 2100",
                name,
                name=name,
                given=text[:40],
            ) from None

    def whole(self, name: str, least: int, most: int, unless: Any = None) -> Any:
        """A whole number within bounds, or `unless` if absent."""
        text = self.text(name)
        if not text:
            return unless
        if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
            raise UsageError(
                "{name}: '{given}' is not a whole number from {least} to {most}",
                name,
                name=name,
                given=text[:40],
                least=least,
                most=most,
            )
        return int(text)

    def duration(self, name: str) -> int | float | None:
        """Units of time, or below 1 a share of the study period."""
        text = self.text(name)
        if text.isdigit() or not text:
            return self.whole(name, 1, _MOST_UNITS)
        share = self.number(name, 0.0, 1.0)
        if share is None or share >= 1:
            raise UsageError(
                "{name}: '{given}' is neither a whole number nor a share between 0 and 1",
                name,
                name=name,
                given=text[:40],
            )
        return share

    def number(self, name: str, above: float, most: float) -> float | None:
        """A number above one bound and at most the other, or None."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = float(text) if len(text) <= 20 and text.isascii() else math.nan
        except ValueError:
            value = math.nan
        if not above < value <= most:
            raise UsageError(
                "{name}: '{given}' is not a number above {above} and at most {most}",
                name,
                name=name,
                given=text[:40],
                above=f"{above:g}",
                most=f"{most:g}",
            )
        return value
