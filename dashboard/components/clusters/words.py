"""Words of cluster detection: what a question asks, what its answer does not say, and how strong one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dashboard.cluster_filters import BERNOULLI, DAY_OF_WEEK, PERMUTATION, POISSON, ClusterQuery
from dashboard.components.clusters import shares
from dashboard.components.controls import AXIS_NAMES
from dashboard.messages import Translate
from dashboard.permissions import SYSTEM
from dashboard.services.clusters.across.words import DIFFERS
from dashboard.services.disclosure.rules import FEWEST
from surveillance.clusters import chance
from surveillance.clusters.reported_size import FEWEST_IN_REPORTED, FEWEST_PLACES, REPORTED_SHARE
from surveillance.diseases import DISEASES
from surveillance.texts import N_

if TYPE_CHECKING:  # loads the database, which a scan of files does not need
    from dashboard.services.clusters.models import BaselineShift

#: Kinds of place, as `by:place`.
VIEWS = {
    "province:care": N_("Provinces where care was given"),
    "province:home": N_("Home provinces"),
    "province:infection": N_("Provinces where infection was acquired"),
    "facility:care": N_("Facilities where care was given"),
    "district:care": N_("Operational districts where care was given"),
    "crossing:care": N_("Crossings"),
}
MODELS = {
    BERNOULLI: N_("Higher percent positive (Bernoulli)"),
    PERMUTATION: N_("More cases than place and time alone explain (space-time permutation)"),
}
#: Not offered on the page, where no population is known; a command may have run it.
OTHER_MODELS = {POISSON: N_("More cases than the population explains (Poisson)")}
TIMES = {
    "none": N_("None: the whole period at once"),
    "retrospective": N_("Retrospective: any time within the period"),
    "prospective": N_("Prospective: still going on at its end"),
}
LISTS = {
    "hierarchical": N_("The strongest, then those apart from it"),
    "hierarchical,gini": N_("These, and those of the size that tells most (Gini)"),
    "gini": N_("Only those of the size that tells most (Gini)"),
}
UNITS = {"day": N_("Days"), "week": N_("Weeks"), "month": N_("Months"), "year": N_("Years")}
CASES = {
    "positive": N_("Those found positive"),
    "all": N_("All records of the disease"),
    "tested": N_("Those tested: where are people reached least?"),
    "completed": N_("Those who completed treatment: where are people reached least?"),
}
#: What is counted where those are looked for whom a programme did not reach.
COUNTED = {
    "tested": N_(
        "Observed and expected count people who were tested, of all who were seen and should have been."
    ),
    "completed": N_(
        "Observed and expected count people who completed their treatment, of all whose treatment is known "
        "to have ended."
    ),
}
_REACHED = {
    "tested": N_("In which places was a smaller share of people tested than elsewhere?"),
    "completed": N_("In which places did a smaller share of people complete their treatment than elsewhere?"),
}
_WHY = N_(
    "It does not say why: people who did not come, tests or medicines that ran out, and results that were "
    "not written down look the same."
)
RATES = {
    "high": N_("More than expected"),
    "low": N_("Fewer than expected"),
    "both": N_("More or fewer than expected"),
}
COVARIATES = {DAY_OF_WEEK: N_("Day of the week")} | AXIS_NAMES
STATUSES = {
    "queued": N_("waiting"),
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}
CHANGES = {
    "new": N_("new"),
    "growing": N_("growing"),
    "shrinking": N_("shrinking"),
    "unchanged": N_("unchanged"),
    "extent": N_("of another extent"),
    "gone": N_("gone"),
}
REASONS = {
    "nobody counted": N_("Nobody was counted there: no facility reported, or no household was visited"),
    "no position": N_("Its position is not known"),
    "unknown place": N_("The place is not known"),
    "no population": N_("Its population is not known"),
}
MEASURES = {
    "records": N_("Records"),
    "cases": N_("Cases"),
    "tested": N_("Tested"),
    "arrivals": N_("Arrivals"),
    "facilities_reporting": N_("Facilities reporting"),
}
_QUESTIONS = {
    (BERNOULLI, "none"): N_("In which places was a larger share of those tested positive than elsewhere?"),
    (BERNOULLI, "retrospective"): (
        N_(
            "In which places, and when, was a larger share of those tested positive than elsewhere"
            " and at other times?"
        )
    ),
    (BERNOULLI, "prospective"): (
        N_(
            "In which places has a larger share of those tested been positive, up to the last day, than "
            "elsewhere and before?"
        )
    ),
    (PERMUTATION, "retrospective"): (
        N_("In which places, and when, were there more cases than that place and that time alone explain?")
    ),
    (PERMUTATION, "prospective"): (
        N_(
            "In which places have there been, up to the last day, more cases than that place and "
            "that time alone explain?"
        )
    ),
}
#: Of time alone: no place is looked at by itself.
_TIME_ALONE = {
    BERNOULLI: N_(
        "When was a larger share of those tested positive than at other times, all places together?"
    ),
    POISSON: N_("When were there more cases than the population explains, all places together?"),
}
_BY_POPULATION = N_("In which places were there more cases than their population explains?")
_LIMITS = {
    BERNOULLI: (
        N_(
            "It does not say how many people fell ill: who is tested decides. Where only the sick "
            "are tested the share is high without an outbreak; where healthy people are screened "
            "it is low."
        ),
    ),
    PERMUTATION: (
        N_(
            "It cannot tell a cluster from a mass return, a screening drive or facilities falling "
            "silent: each brings more records than usual to some places at some time."
        ),
        N_("It does not see a rise that comes everywhere at once, or a place that always has many cases."),
        N_(
            "Over more than a year, places where the number of people grew faster than elsewhere "
            "look like late clusters."
        ),
    ),
    POISSON: (N_("It is as good as the population it was given: people on the move are seldom in it."),),
}
_NO_TIME = N_("It does not say when: a short outbreak may drown in a long period.")
_PROSPECTIVE = N_("The last days may still be incomplete.")
#: True of scans of the database alone: of a person's own files nothing else is known.
_BESIDE = N_("Tests, arrivals and facilities reporting therefore stand beside every cluster.")
_WHERE_IT_ENDS = N_("Unless a last day is given, it ends where most facilities have reported.")
_ALWAYS = N_(
    "A cluster is a reason to look, not a proven outbreak. Its edges are rough: places at the edge may not "
    "belong to it, and neighbours may."
)
_LOOKING = {
    "day": N_("looking daily"),
    "week": N_("looking weekly"),
    "month": N_("looking monthly"),
    "year": N_("looking yearly"),
}
_MANY_DAYS, _MANY_MONTHS = 60, 24


def who(author: str, t: Translate) -> str:
    """Who asked for a run, or stopped it: an address, or the system by its name."""
    return t(N_("standing scans")) if author == SYSTEM else author


def model_name(model: str, t: Translate) -> str:
    """The name of a model."""
    return t((MODELS | OTHER_MODELS)[model])


def kind_of(query: ClusterQuery, t: Translate) -> str:
    """What a resolved question compares, in a few words."""
    if query.indicator:
        return shares.kind_of(query, t)
    if query.cases_are in _REACHED:
        return t("Fewer people reached than elsewhere (Bernoulli)")
    return model_name(str(query.model), t)


#: What zones may grow along.
ALONG = {"roads": N_("along roads"), "flows": N_("along the ways that people went")}
_ALONG = {
    "roads": N_(
        "Places are near each other here where roads lead from one to the other, in place of circles. A "
        "place that the table of roads does not name can be a cluster only by itself."
    ),
    "flows": N_(
        "Places are near each other here where many people went from one to the other, in place of "
        "circles. A place that the table of flows does not name can be a cluster only by itself."
    ),
}


def question(query: ClusterQuery, t: Translate) -> str:
    """What a resolved question asks."""
    if query.indicator:
        return shares.question(query, t)
    if query.cases_are in _REACHED and query.rates == "low":
        return t(_REACHED[query.cases_are])
    if query.purely_temporal:
        return t(_TIME_ALONE[str(query.model)])
    return t(_QUESTIONS.get((str(query.model), str(query.time)), _BY_POPULATION))


class Scanned(Protocol):
    """What decides what an answer does not say: a question, or the parameters of a person's own files."""

    @property
    def by(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def time(self) -> str | None: ...
    @property
    def max_population_share(self) -> float: ...
    @property
    def max_reported_share(self) -> float | None: ...
    @property
    def purely_temporal(self) -> bool: ...


def limits(query: Scanned, t: Translate, *, own_files: bool = False) -> list[str]:
    """What its answer does not say, the gravest first. `own_files`: it is not a question of the database."""
    reached = getattr(query, "cases_are", None) in _REACHED
    indicator = shares.indicator_of(query)
    first, *said = (_WHY,) if reached else _LIMITS[str(query.model)]
    if indicator is not None:
        first, *said = shares.limits(indicator)
    told = [t(first)]
    if query.model == PERMUTATION and not own_files:
        told = [f"{t(first)} {t(_BESIDE)}"]
    if query.time == "none":
        said.append(_NO_TIME)
    told += [t(text) for text in said]
    if query.time == "prospective":
        told.append(t(_PROSPECTIVE) if own_files or indicator else f"{t(_PROSPECTIVE)} {t(_WHERE_IT_ENDS)}")
    told.append(t(_ALWAYS))
    if along := getattr(query, "along", None):
        told.append(t(_ALONG[along]))
    if getattr(query, "with_neighbours", False):
        told.append(t(DIFFERS))
    if query.by == "district":
        told.append(
            t(
                "A district stands at the middle of its facilities whose position is known. A facility "
                "counts in the district it belonged to on the day."
            )
        )
    return [*told, *_sizes(query, t)]


def _sizes(query: Scanned, t: Translate) -> list[str]:
    """How large a reported cluster may be, where that is less than what is scanned."""
    reported = query.max_reported_share
    if reported is None or query.purely_temporal or reported >= query.max_population_share:
        return []
    said = t(
        "Reported clusters hold at most {reported} of what the scan can judge; sizes up to {scanned} of the "
        "whole are scanned, and chance is judged by all of them. Another reported size may be chosen."
    ).format(reported=f"{reported:.0%}", scanned=f"{query.max_population_share:.0%}")
    if query.by == "facility":
        if reported == REPORTED_SHARE:
            said += " " + t(
                "A tenth of fewer than {cases} cases, or of fewer than {places} facilities, would leave "
                "nothing to report: there it does not apply."
            ).format(cases=FEWEST_IN_REPORTED, places=FEWEST_PLACES)
        return [said]
    single = t("A single place may be reported whatever it holds, up to the size that is scanned.")
    return [f"{said} {single}"]


def title(query: ClusterQuery, t: Translate) -> str:
    """Disease, or indicator, and kind of place."""
    return t("{disease}: {places}").format(
        disease=subject(query, t), places=t(VIEWS[f"{query.by}:{query.place}"])
    )


def subject(query: ClusterQuery, t: Translate) -> str:
    """What a question is of: a disease, or an indicator."""
    indicator = shares.indicator_of(query)
    return t(DISEASES[query.disease].name if indicator is None else indicator.name)


class Judged(Protocol):
    """What chance is judged by: the p-value, and of a prospective scan the recurrence interval."""

    @property
    def p_value(self) -> float | None:
        """Share of scans in which chance brings one as strong."""

    @property
    def recurrence_interval_days(self) -> float | None:
        """Days in which chance brings one as strong once."""


def by_chance(cluster: Judged) -> bool:
    """Whether chance alone would bring such a cluster often enough to doubt it."""
    return chance.by_chance(cluster.p_value, cluster.recurrence_interval_days)


class Measured(Judged, Protocol):
    """What strength is told by: how often a prospective scan looks, and how far p was counted."""

    @property
    def time_unit(self) -> str: ...
    @property
    def at_the_limit(self) -> bool: ...


def strength(cluster: Measured, t: Translate) -> str:
    """How often chance alone would bring one as strong, for people who read no p-values."""
    if cluster.recurrence_interval_days is not None:
        return _how_often(cluster, cluster.recurrence_interval_days, t)
    if cluster.p_value is None:
        return t("Its strength was not tested")
    scans = 100 if cluster.p_value >= 0.01 else 1_000 if cluster.p_value >= 0.001 else 10_000
    said = {"few": f"{max(1, round(cluster.p_value * scans)):,}", "scans": f"{scans:,}"}
    if cluster.at_the_limit:
        if by_chance(cluster):
            text = t("May well be chance: it brings one as strong in at most {few} of {scans} scans")
        else:
            text = t("Hardly chance: it brings one as strong in at most {few} of {scans} scans")
        return text.format(**said)
    if by_chance(cluster):
        return t("May well be chance: it brings one as strong in {few} of {scans} scans").format(**said)
    return t("Hardly chance: it brings one as strong in {few} of {scans} scans").format(**said)


def _how_often(cluster: Measured, days: float, t: Translate) -> str:
    said = {"looking": t(_LOOKING[cluster.time_unit]), "span": _span(days, t)}
    if cluster.at_the_limit:
        if by_chance(cluster):
            text = t("May well be chance: {looking}, it brings one as strong at most once in {span}")
        else:
            text = t("Hardly chance: {looking}, it brings one as strong at most once in {span}")
        return text.format(**said)
    if by_chance(cluster):
        return t("May well be chance: {looking}, it brings one as strong every {span}").format(**said)
    return t("Hardly chance: {looking}, it brings one as strong every {span}").format(**said)


def _span(days: float, t: Translate) -> str:
    if days < _MANY_DAYS:
        return t("{count} days").format(count=f"{days:,.0f}")
    months = days / 30.44
    if months < _MANY_MONTHS:
        return t("{count} months").format(count=f"{months:,.0f}")
    return t("{count} years").format(count=f"{days / 365.25:,.0f}")


def sign(item: BaselineShift, t: Translate) -> str:
    """What moved inside a cluster otherwise than outside, in a few words."""
    said = {
        "records": t("More or fewer people were seen here"),
        "tested": t("Testing changed differently here"),
        "arrivals": t("Arrivals changed differently here"),
        "cases_tested": t("Testing changed differently here"),
        "cases_arrived": t("Arrivals changed differently here"),
        "facilities_reporting": t("Reporting changed differently here"),
    }
    return said[item.measure]


def moved(item: BaselineShift, t: Translate) -> str:
    """The same as sentences: what it means, and the figures."""
    means = t("{what}: this alone may make the cluster.").format(what=sign(item, t))
    return f"{means} {_figures(item, t)}"


def _figures(item: BaselineShift, t: Translate) -> str:
    said = {
        "records": t("People seen without being cases: inside {inside}, outside {outside}."),
        "tested": t("People tested without being cases: inside {inside}, outside {outside}."),
        "arrivals": t("Arrivals without being cases: inside {inside}, outside {outside}."),
        "cases_tested": t("Tested, of every 100 cases: inside {inside}, outside {outside}."),
        "cases_arrived": t("Arrivals, of every 100 cases: inside {inside}, outside {outside}."),
        "facilities_reporting": t("Facilities reporting: inside {inside}, outside {outside}."),
    }
    outside = t("too few to say") if item.outside_few else _times(item.outside, t)
    return said[item.measure].format(inside=_times(item.inside, t), outside=outside)


def told(count: int | None) -> str:
    """A count; one that was withheld says so."""
    return f"<{FEWEST}" if count is None else f"{count:,}"


def _times(factor: float | None, t: Translate) -> str:
    if factor is None:
        return t("some where there were none before")
    return t("{factor} times as many as before").format(factor=f"{factor:.1f}")
