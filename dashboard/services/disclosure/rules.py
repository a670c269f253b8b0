"""The table of what is never stored, never shown or out of reach, each with its reason; and who it is for.

A rule that is added here holds for tables, totals, trends, groups, changes, clusters and files alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from dashboard.permissions import ON_DEVICE, THRESHOLD, Grant, Permission, Scope
from surveillance.coverage.indicators import MEASURES, OF_POSITIVES
from surveillance.diseases import DISEASES
from surveillance.texts import N_
from surveillance.vocabulary import JOINED, NOT_STORED_AXES, SENSITIVE_AXES, SENSITIVE_BY, UNKNOWN

#: Fewest people that everybody may be told of; zero is told, too.
FEWEST = THRESHOLD
#: Measures that releases hold.
ISSUED_MEASURES = frozenset({"testing", "positivity", "treatment", "completion"})
#: Values of an axis that are issued as one: apart they reveal as much as legal status.
SHOWN_AS_ONE = {axis: frozenset(values[0].code.split(",")) for axis, values in JOINED.items()}
NEVER_SHOWN = N_(
    "HIV and syphilis are never shown by crossing, facility, movement, activity or residence: it could harm "
    "people."
)
NEVER_BY_FACILITY = "HIV and syphilis are never shown by facility: it could harm people"
POSITIVES_ONLY = N_(
    "The place of infection is recorded only for people found positive, so this measure would say 100% "
    "everywhere. By place of infection there are two measures: treatment started, treatment completed."
)
NOT_BY_CARE = N_(
    "This view counts people by place of infection, from every province. Your account is for some places: it "
    "is shown where care was given, border crossings, and by home province issued figures."
)
PERSONS_AT_CROSSINGS = N_(
    "Your account is shown episodes by border crossing. Persons are counted by where care was given."
)
OTHER_PROGRAMME = N_("This disease is of a programme that your account does not cover.")
NARROW = N_(
    "Your account is for single facilities, districts or border crossings: choose to show by facility, by "
    "operational district or by border crossing."
)
#: Why an account of some places does not look for clusters of homes, places of infection or crossings.
OUTSIDE_SCOPE = N_("This view counts people from every province; your account is for some places.")
BY_YEAR_ONLY = N_(
    "Your account is shown HIV and syphilis only by province and calendar year: finer numbers could harm "
    "people."
)
#: Why there is no list of the records behind a cluster.
NO_LINE_LIST = N_("HIV and syphilis have no line list here: single records could harm people.")
NO_SINGLE_RECORDS = N_("Your account is shown no single records.")
#: Said beside values that are hidden in a release.
FEW = N_("■ hidden: a number of few people, or one that would give a small number away.")
#: Said where there is no change to show for that reason.
FEW_CHANGE = N_("No change is shown against {before}: one of the two periods is hidden.")
#: Why a question has no issued figures, and which there are.
NOT_BY_FACILITY = N_("By facility nothing is issued. Choose provinces or border crossings.")
NOT_BY_DISTRICT = N_("By operational district nothing is issued. Choose provinces or border crossings.")
NOT_BY_INFECTION = N_("By place of infection nothing is issued. Choose the province of care or of home.")
NOT_PERSONS = N_("Persons are not issued. Choose episodes.")
NOT_EARLIER = N_("Issued figures are not kept as of an earlier day. Look at the present ones.")
NOT_MEASURED = N_(
    "Of this measure nothing is issued. Choose tested, test positive, treatment started or treatment "
    "completed."
)
NOT_TWO_GROUPS = N_("Issued figures are of one group at a time. Choose one kind of group.")
NOT_GROUPED = N_(
    "Groups are issued for the whole country alone. Leave out the group, and choose no area: they stand "
    "beside the map."
)
NOT_APART = N_(
    "Those who returned by choice and those who were deported are shown together, and so are security forces "
    "and other activities: apart they would tell as much as legal status. Choose both."
)
NOT_REMOTE = N_(
    "Of facilities in remote areas nothing is issued. Leave out the remote areas, and all places together "
    "are shown."
)
NOT_BY_DAY = N_(
    "By the day of onset or report, and divided by groups, nothing is issued. Choose the day of the visit, "
    "without groups."
)
#: Where no release has been issued yet.
NOTHING_ISSUED = N_(
    "Your account is shown issued figures, and none has been issued yet. An epidemiologist or a data manager "
    "prepares a release, and another person issues it."
)
NOT_OF_DISEASE = N_("For these days nothing has been issued of this disease yet.")
#: Said of a run from which something was withheld.
WITHHELD = N_(
    "Of HIV and syphilis no cluster, place or number of fewer than five cases is told. Clusters withheld: "
    "{clusters:,}."
)


class Question(Protocol):
    """What the rules look at: a question of coverage or of clusters."""

    @property
    def disease(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def dimension(self) -> str: ...


@dataclass(frozen=True)
class Rule:
    """One row. A field that is left open holds for all; what is filled in must hold together.

    `kind`: never stored, never shown, out of reach, hidden, not issued. `lacking`: for accounts without this
    permission; `scoped`: for accounts of some places. `whole`: whether it takes the whole answer.
    """

    kind: str
    what: str
    reason: str
    #: Only for HIV and syphilis.
    sensitive: bool = False
    by: Collection[str] = ()
    dimensions: Collection[str] = ()
    measures: Collection[str] = ()
    axes: Collection[str] = ()
    any_group: bool = False
    persons: bool = False
    past: bool = False
    scoped: bool = False
    lacking: Permission | None = None
    #: Not for accounts that hold this one, whatever they lack.
    unless: Permission | None = None
    whole: bool = True
    #: For accounts that do not cover the programme of the disease.
    foreign: bool = False
    #: For accounts none of whose places is of this kind.
    narrow: bool = False
    #: What else must hold of the question.
    when: Callable[[Question], bool] | None = None

    def holds(self, grant: Grant, query: Question) -> bool:
        """Whether the rule takes the whole answer to a question."""
        if self.foreign and grant.scope.covers(query.disease):
            return False
        if self.narrow and grant.scope.reaches(query.dimension):
            return False
        if self.when is not None and not self.when(query):
            return False
        return self.whole and self._of_account(grant) and self._of_place(query) and self._of_people(query)

    def _of_account(self, grant: Grant) -> bool:
        scoped = not self.scoped or not grant.scope.national
        spared = self.unless is not None and grant.can(self.unless)
        return scoped and not spared and (self.lacking is None or not grant.can(self.lacking))

    def _of_place(self, query: Question) -> bool:
        if self.sensitive and not DISEASES[query.disease].sensitive:
            return False
        by = not self.by or query.by in self.by
        return by and (not self.dimensions or query.dimension in self.dimensions)

    def _of_people(self, query: Question) -> bool:
        if self.measures and getattr(query, "measure", None) not in self.measures:
            return False
        if (self.persons and not getattr(query, "persons", False)) or (
            self.past and getattr(query, "as_of", None) is None
        ):
            return False
        groups: Collection[str] = getattr(query, "groups", None) or getattr(query, "covariates", None) or ()
        of_axes = not self.axes or not set(self.axes).isdisjoint(groups)
        return of_axes and (not self.any_group or bool(groups))


def _groups(query: Question) -> Collection[str]:
    found: Collection[str] = getattr(query, "groups", None) or ()
    return found


def _by_remote(query: Question) -> bool:
    """Whether it asks for what facilities did while they lay in remote areas, or for all else."""
    return getattr(query, "remote", None) is not None


def _apart(query: Question) -> bool:
    """Whether it asks for a part of values that are shown as one."""
    asked: dict[str, Collection[str]] = getattr(query, "groups", None) or {}
    return any(0 < len(held & set(asked.get(axis, ()))) < len(held) for axis, held in SHOWN_AS_ONE.items())


#: Kinds of place whose cubes do not know who gave care.
NATIONAL_PLACES = frozenset({"home", "infection"})
_FINE, _SMALL = Permission.SEE_SENSITIVE_DETAIL, Permission.SEE_SMALL_COUNTS
#: The table. Of several rules that hold the first gives the reason.
RULES = (
    Rule("out of reach", "diseases of programmes that the account does not cover", OTHER_PROGRAMME,
         foreign=True),
    Rule("out of reach", "kinds of place of which the account has none", NARROW, narrow=True, scoped=True),
    Rule("never stored", "HIV, syphilis: by crossing, facility or operational district", NEVER_SHOWN,
         sensitive=True, by=SENSITIVE_BY),
    Rule("never stored", "HIV, syphilis: by movement or activity", NEVER_SHOWN, sensitive=True,
         axes=NOT_STORED_AXES),
    Rule("never stored", "HIV, syphilis: of facilities in remote areas", NEVER_SHOWN, sensitive=True,
         when=_by_remote),
    Rule("never shown", "HIV, syphilis: by residence (how long people have been here)", NEVER_SHOWN,
         sensitive=True, axes=SENSITIVE_AXES - NOT_STORED_AXES),
    Rule("never shown", "deported apart from the other returned, security forces apart from other activities",
         NOT_APART, any_group=True, when=_apart),
    Rule("out of reach", "place of infection, for accounts of some places", NOT_BY_CARE,
         dimensions=("infection",), scoped=True),
    Rule("out of reach", "persons by crossing, for accounts of some places", PERSONS_AT_CROSSINGS,
         by=("crossing",), persons=True, scoped=True),
    Rule("never shown", "place of infection, but for those found positive", POSITIVES_ONLY,
         dimensions=("infection",), measures=tuple(set(MEASURES) - set(OF_POSITIVES))),
    Rule("hidden", "HIV, syphilis: by place of infection", BY_YEAR_ONLY, sensitive=True,
         dimensions=("infection",), lacking=_FINE),
    Rule("hidden", "HIV, syphilis: of groups", BY_YEAR_ONLY, sensitive=True, any_group=True, lacking=_FINE),
    Rule("hidden", "HIV, syphilis: as it was shown on an earlier day", BY_YEAR_ONLY, sensitive=True,
         past=True, lacking=_FINE),
    Rule("hidden", "HIV, syphilis: trends, changes and periods shorter than a calendar year", BY_YEAR_ONLY,
         sensitive=True, lacking=_FINE, whole=False),
    Rule("hidden", "HIV, syphilis: clusters and their curves", BY_YEAR_ONLY, sensitive=True, lacking=_FINE,
         whole=False),
    Rule("not issued", "facilities", NOT_BY_FACILITY, by=("facility",), lacking=_SMALL),
    Rule("not issued", "operational districts", NOT_BY_DISTRICT, by=("district",), lacking=_SMALL),
    Rule("not issued", "places of infection", NOT_BY_INFECTION, dimensions=("infection",), lacking=_SMALL),
    Rule("not issued", "persons", NOT_PERSONS, persons=True, lacking=_SMALL),
    Rule("not issued", "figures as of an earlier day", NOT_EARLIER, past=True, lacking=_SMALL),
    Rule("not issued", "those eligible of all records, and those found positive of all records",
         NOT_MEASURED, measures=tuple(sorted(set(MEASURES) - ISSUED_MEASURES)), lacking=_SMALL),
    Rule("not issued", "facilities in remote areas, and all others", NOT_REMOTE, lacking=_SMALL,
         when=_by_remote),
    Rule("not issued", "two kinds of group at once", NOT_TWO_GROUPS, any_group=True, lacking=_SMALL,
         when=lambda query: len(_groups(query)) > 1),
    Rule("not issued", "groups of a province, of a home or of a crossing", NOT_GROUPED, any_group=True,
         lacking=_SMALL),
    Rule("hidden", "every number that no release has issued", "A few people of a place, a week or a group "
         "can be recognised, also by taking one view from another.", lacking=_SMALL, whole=False),
    Rule("hidden", "numbers that a release hides: of 1 to 4 people (for partners 1 to 10), and what would "
         "give one away", "A few people of a place, a period or a group can be recognised.", lacking=_SMALL,
         whole=False),
    Rule("hidden", "clusters: all but that there is a signal, where, and how large",
         "A few people of a place or a week can be recognised.", lacking=_SMALL, whole=False),
    Rule("hidden", "alerts: all but that there is a signal, where, in which week, how far it came, and how "
         "large", "A few people of a place or a week can be recognised.", lacking=_SMALL, whole=False),
    Rule("out of reach", "provinces and facilities that the account does not cover",
         "An account is for the places that its holder works for.", scoped=True, whole=False),
    Rule("out of reach", "clusters by home, place of infection or crossing, for accounts of some places",
         OUTSIDE_SCOPE, scoped=True, whole=False),
    Rule("never stored", "HIV, syphilis: clusters, members and counts of 1 to 4 cases of a run; of "
         "the share of an indicator also of 1 to 4 who are none",
         "A few people of a place or a week can be recognised, and it could harm them.", sensitive=True,
         whole=False),
    Rule("never shown", "HIV, syphilis: the records behind a cluster", NO_LINE_LIST, sensitive=True,
         whole=False),
    Rule("hidden", "who the cases of a cluster are, where one side has 1 to 4 of them",
         "They are lines of the line list, which is for roles that may see records.",
         lacking=Permission.SEE_LINE_LIST, whole=False),
    Rule("hidden", "people whom a reception centre received, and what became of them",
         "Nothing of a centre is issued: a few people of a day can be recognised.",
         lacking=Permission.COUNT_ARRIVALS, whole=False),
    Rule("hidden", "households whose parents went away, and the children who stayed",
         "A few children of a province can be found.", lacking=_SMALL, whole=False),
    Rule("hidden", "how many arrivals are on tuberculosis treatment",
         "Which medicine somebody takes is entered and seen by nurses.",
         lacking=_SMALL, unless=Permission.READ_REFERRALS, whole=False),
    Rule("never shown",
         "children on the sheet of a day, where they are 1 to 4: they are counted with adults",
         "The sheet is printed: nobody must find a child who is alone.", whole=False),
    Rule("never shown", "children who were handed over to social affairs, in any count, list or file",
         "It could lead somebody to a child.", whole=False),
    Rule("never shown", "referrals that tell of HIV, in any count of a reception centre",
         "The partner or the medicine would tell of HIV.", whole=False),
    Rule("never shown", "HIV, syphilis: aggregate reports beside line lists", NEVER_BY_FACILITY,
         sensitive=True, whole=False),
)  # fmt: skip


def entitled(grant: Grant) -> bool:
    """Whether an account is shown counts that no release has issued, as far as its scope goes."""
    return grant.can(_SMALL)


def knows_own(grant: Grant) -> bool:
    """Whether an account is shown the numbers of its own places, here or on another page."""
    return entitled(grant) or grant.role == ON_DEVICE


def reads_release(grant: Grant, query: Question) -> bool:
    """Whether a question is answered from a release: for accounts that are not entitled always; for those of
    some places by home province, since records of every province name one."""
    return not entitled(grant) or (not grant.scope.national and query.dimension == "home")


def as_reader(grant: Grant) -> Grant:
    """The grant with which a release is read: of the whole country, and entitled to nothing else."""
    role = "viewer" if entitled(grant) else grant.role
    return Grant(grant.actor, role, Scope(None, programmes=grant.scope.programmes))


def _asking(grant: Grant, query: Question) -> Grant:
    return as_reader(grant) if reads_release(grant, query) else grant


def reason_hidden(grant: Grant, query: Question) -> str:
    """Why a whole answer is hidden, in words; blank where it is not."""
    asking = _asking(grant, query)
    return next((rule.reason for rule in RULES if rule.holds(asking, query)), "")


def out_of_reach(grant: Grant, query: Question) -> bool:
    """Whether the whole answer is hidden, from everybody or from this account."""
    return bool(reason_hidden(grant, query))


def refusal(grant: Grant, query: Question) -> str:
    """Why a view is not for an account of some places, in words; blank where it is, or is for nobody."""
    own = (rule for rule in RULES if rule.scoped or rule.foreign)
    asking = _asking(grant, query)
    return next((rule.reason for rule in own if rule.holds(asking, query)), "")


def hides_area(grant: Grant, dimension: str, place: str) -> bool:
    """Whether an area lies outside an account's places. `place`: its province, else its own code.

    Facilities are listed as far as the account covers them (`db.ingest.facilities.listed`): what may lie
    outside is what stands for no facility.
    """
    scope = grant.scope
    if dimension == "district":
        return place == UNKNOWN and not scope.national
    if dimension == "facility" and (scope.districts or scope.facilities):
        return place == UNKNOWN
    return dimension in ("care", "facility") and not scope.holds(place)


def divides(disease: str, axis: str) -> bool:
    """Whether anybody is shown a disease by an axis."""
    return not DISEASES[disease].sensitive or not any(rule.sensitive and axis in rule.axes for rule in RULES)


def sensitive(disease: str) -> bool:
    """Whether a disease is HIV or syphilis; what is of no single disease is not."""
    return disease in DISEASES and DISEASES[disease].sensitive


def by_year_only(grant: Grant, disease: str) -> bool:
    """Whether an account is shown a disease by province and calendar year, and not finer; no disease is."""
    return sensitive(disease) and not grant.can(_FINE)


def few(count: int | None, fewest: int = FEWEST) -> bool:
    """Whether a count is too small to be told. Zero is not, nor is a count that is missing."""
    return count is not None and 0 < count < fewest
