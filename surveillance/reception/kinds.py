"""Kinds of record of a reception centre: one row per field, as for the line list.

A field that is not here has nowhere to go: there is no name, no free text, no reason for protection. Moments
are to the minute, by the clock of Phnom Penh.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from surveillance import vocabulary as v
from surveillance.line_list import RECORD_STATUS, Sensitivity
from surveillance.reception import vocabulary as r
from surveillance.texts import N_

#: `codes`: some of the values. `people`: ids of persons of the van. `slip`: the code of a referral.
FieldType = Literal[
    "moment", "date", "integer", "yes_no", "code", "codes", "people", "place", "letters", "slip", "district"
]
#: Whose a record's subject is.
Subject = Literal["van", "person", "van or person", "own"]


@dataclass(frozen=True)
class Field:
    """One field of a record.

    `private`: entered and seen by nurses alone. `least`, `most`: of an integer. `places`: what a place may
    be, a province or a crossing.
    """

    name: str
    type: FieldType
    meaning: str
    sensitivity: Sensitivity = "restricted"
    required: bool = False
    values: tuple[v.Value, ...] = ()
    private: bool = False
    least: int = 0
    most: int = 99_999
    places: Literal["", "province", "crossing"] = ""


@dataclass(frozen=True)
class Kind:
    """One kind of record. `items`: what a subject may have one record each of; none: it has one.

    `private`: entered and seen by nurses alone. `counted`: whether it enters sums, lists and exports.
    """

    code: str
    name: str
    meaning: str
    subject: Subject
    fields: tuple[Field, ...]
    items: tuple[v.Value, ...] = ()
    many: bool = False
    private: bool = False
    counted: bool = True

    @property
    def by_name(self) -> dict[str, Field]:
        """Fields by their names."""
        return {field.name: field for field in self.fields}


_STATUS = Field(
    "record_status",
    "code",
    "Withdrawn: the record was made in error and counts nowhere; its history is kept.",
    values=RECORD_STATUS,
)
_REGISTER = (
    Field(
        "register_book", "integer", "Book of the centre's paper register.", "identifying", least=1, most=9_999
    ),
    Field("register_page", "integer", "Page in that book.", "identifying", least=1, most=9_999),
    Field("register_line", "integer", "Line on that page.", "identifying", least=1, most=999),
)


def _moment(name: str, meaning: str, *, required: bool = False) -> Field:
    return Field(name, "moment", meaning, required=required)


def _count(name: str, meaning: str, most: int = 99_999, sensitivity: Sensitivity = "restricted") -> Field:
    return Field(name, "integer", meaning, sensitivity, most=most)


def _province(name: str, meaning: str) -> Field:
    return Field(name, "place", meaning, places="province")


_EXCEPT = Field(
    "except", "people", "On a record of a whole van: people of it who are left out.", "identifying"
)
_DAYS_LEFT = Field("days_left", "integer", "Days for which the medicine lasts.", most=400)

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "van",
            N_("Van"),
            "People who came together: one crossing, one time.",
            "van",
            (
                _STATUS,
                _moment("arrived_at", "When it came.", required=True),
                _moment("closed_at", "When everybody of it had been entered."),
                Field("informal", "yes_no", "Came by an informal route; the crossing is that of the centre."),
                Field("letter", "letters", "Letter on the tags of its people: B of B-17.", "identifying"),
                _count("men", "Men in it.", 2_000, "public"),
                _count("women", "Women in it.", 2_000, "public"),
                _count("boys", "Boys in it.", 2_000, "public"),
                _count("girls", "Girls in it.", 2_000, "public"),
                _count("urgent", "People with a danger sign, where they were tallied.", 2_000),
                Field("surge", "yes_no", "Tallied in surge mode."),
                Field(
                    "one_in",
                    "integer",
                    "In a surge: one person in so many was entered whole, and stands for that many.",
                    least=1,
                    most=1_000,
                ),
            ),
        ),
        Kind(
            "arrival",
            N_("Arrival"),
            "One person who arrived.",
            "person",
            (
                _STATUS,
                Field(
                    "number", "integer", "Number on the tag: 17 of B-17.", "identifying", least=1, most=9_999
                ),
                _moment("arrived_at", "When the person came; blank: with the van."),
                Field("sex", "code", "Sex.", "public", values=v.SEX),
                Field("age_years", "integer", "Age in completed years.", "public", most=130),
                Field("age_band", "code", "Age band, where years are not known.", "public", values=v.AGE),
                _province("province_home", "Home province."),
                _province("destination", "Province where the person goes."),
                Field(
                    "movement",
                    "code",
                    "Movement. Deported is treated like legal status: sums join it with returning.",
                    values=v.MOVEMENT,
                ),
                Field("residence", "code", "Length of stay.", values=v.RESIDENCE),
                Field("activity", "code", "Main activity.", values=v.ACTIVITY),
                Field(
                    "daily_medicine", "yes_no", "Takes daily medicine. Which one is in the referral alone."
                ),
                _DAYS_LEFT,
                *_REGISTER,
            ),
        ),
        Kind(
            "assessment",
            N_("Assessment"),
            "What a nurse saw of a person.",
            "person",
            (
                _STATUS,
                _moment("assessed_at", "When."),
                Field(
                    "danger_signs", "codes", "Danger signs; none where it is empty.", values=r.DANGER_SIGNS
                ),
                Field("symptoms", "codes", "Symptoms that lead to a test.", values=r.SYMPTOMS),
                Field("pregnant", "yes_no", "Pregnant."),
                Field("vaccination", "code", "Vaccination of a child.", values=r.VACCINATION),
                _moment("urgent_met_at", "When the urgent need was met."),
            ),
        ),
        Kind(
            "service",
            N_("Service"),
            "One service to a person or to a whole van: food and water, a test, a vaccination, items.",
            "van or person",
            (
                _STATUS,
                _moment("given_at", "When food, vaccination or items were given."),
                Field("offered", "yes_no", "Test offered."),
                _moment("offered_at", "When it was offered."),
                Field("done", "yes_no", "Test done."),
                _moment("done_at", "When it was done."),
                Field("result", "code", "Result of the test.", values=r.TEST_RESULT),
                _moment("result_at", "When the result came."),
                _EXCEPT,
            ),
            items=r.SERVICES,
        ),
        Kind(
            "session",
            N_("Session"),
            "A session for a van or for other people.",
            "van or person",
            (
                _STATUS,
                _moment("held_at", "When it was held."),
                _count("minutes", "Minutes it took.", 600),
                _count("attended", "People there, where they are no van.", 9_999),
                _EXCEPT,
            ),
            items=r.SESSIONS,
        ),
        Kind(
            "referral",
            N_("Referral"),
            "One person sent to a partner, or come from one.",
            "person",
            (
                _STATUS,
                Field("partner", "code", "Whom to.", required=True, values=r.PARTNERS),
                Field("urgency", "code", "How soon.", values=r.URGENCY),
                Field("direction", "code", "To or from the partner; blank: to.", values=r.DIRECTION),
                Field("purpose", "code", "What for.", values=r.PURPOSE),
                _moment("sent_at", "When the person was sent."),
                Field("slip", "slip", "Code on the slip.", "identifying"),
                _moment("arrived_at", "When the person arrived at the partner."),
                Field("outcome", "code", "How it ended.", values=r.REFERRAL_OUTCOME),
                _moment("outcome_at", "When it ended."),
                Field("medicine", "code", "Which daily medicine.", "sensitive", values=r.MEDICINE),
                _DAYS_LEFT,
                *_REGISTER,
            ),
            many=True,
            private=True,
        ),
        Kind(
            "handover",
            N_("Handover"),
            "A child handed over to the provincial social affairs department. In no sum, list or export.",
            "person",
            (
                _STATUS,
                _moment("handed_over_at", "When.", required=True),
                Field("received_by", "code", "Who received the child.", values=r.RECEIVER),
                Field(
                    "officer_number",
                    "integer",
                    "Number of the officer's card.",
                    "identifying",
                    most=99_999_999,
                ),
            ),
            private=True,
            counted=False,
        ),
        Kind(
            "household",
            N_("Household"),
            "A household from which parents went away to work, and the children who stayed.",
            "own",
            (
                _STATUS,
                Field("visited_on", "date", "Day of the visit.", required=True),
                _province("province_home", "Province of the household."),
                Field("remote", "yes_no", "In a remote area."),
                Field("parents_away", "code", "Who went away.", values=r.PARENTS_AWAY),
                Field("carer", "code", "Who looks after the children.", values=r.CARER),
                _count("children_under_5", "Children under five who stayed.", 50),
                _count("children_5_to_14", "Children of 5 to 14 who stayed.", 50),
                _count("to_vaccinate", "Children with vaccinations missing.", 50),
                _count("with_symptoms", "Members with a symptom that leads to a test.", 50),
            ),
        ),
        Kind(
            "outreach",
            N_("Outreach"),
            "A day of prevention in a place: sessions, items, people reached.",
            "own",
            (
                _STATUS,
                Field("held_on", "date", "Day.", required=True),
                _province("province_home", "Province where it was."),
                Field("remote", "yes_no", "In a remote area."),
                Field("topic", "code", "What the sessions were on.", values=r.SESSIONS),
                Field("activity", "code", "Group it was for.", values=v.ACTIVITY),
                _count("sessions", "Sessions held.", 999),
                _count("men_reached", "Men reached."),
                _count("women_reached", "Women reached."),
                _count("children_reached", "Children reached."),
                _count("items_given", "Items given.", 999_999),
            ),
        ),
        Kind(
            "contact",
            N_("Contact"),
            "One person of a van in which somebody may have measles: which district is told. Asked then "
            "alone; in no sum, list or export.",
            "person",
            (
                _STATUS,
                Field("district_home", "district", "Operational district of home.", "identifying"),
                _moment("told_at", "When the district was told."),
            ),
            private=True,
            counted=False,
        ),
    )
}


def private_fields() -> Collection[tuple[str, str]]:
    """Return the kinds and fields that nurses alone enter and see.

    Returns
    -------
    collection of (str, str)
        Kind and field.

    Examples
    --------
    >>> ("referral", "medicine") in private_fields(), ("arrival", "sex") in private_fields()
    (True, False)
    """
    return frozenset(
        (kind.code, field.name)
        for kind in KINDS.values()
        for field in kind.fields
        if kind.private or field.private
    )
