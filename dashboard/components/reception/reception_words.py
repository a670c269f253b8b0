"""What pages of the reception centre say: partners, outcomes, places of the paper register, days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.messages import Translate
from dashboard.services.reception.contacts import Contact, Contacts
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.reception.cascade import Cascade, Share, share
from surveillance.reception.delays import Delay
from surveillance.reception.expected_load import Beside, Expected
from surveillance.reception.vocabulary import PARTNERS, RECEIVER, REFERRAL_OUTCOME, URGENCY, VACCINATION
from surveillance.reception.worklists import Register
from surveillance.texts import N_
from surveillance.vocabulary import ACTIVITY, AGE, JOINED, MOVEMENT, SEX, UNKNOWN, Value


@dataclass(frozen=True)
class Group:
    """Contacts of one home province, and the message that its health department is sent."""

    name: str
    people: tuple[Contact, ...]
    message: str
    districts: tuple[str, ...] = ()
    #: Operational district; blank where it is not known.
    district: str = ""
    #: When the district was told; blank where not all of them are.
    told: str = ""


def named(values: tuple[Value, ...], code: str, t: Translate) -> str:
    """The name of a value; blank where it has none."""
    return next((t(value.name) for value in values if value.code == code), "")


def partner(code: str, t: Translate) -> str:
    """The name of a partner."""
    return named(PARTNERS, code, t)


def urgency(code: str, t: Translate) -> str:
    """How soon somebody has to be there."""
    return named(URGENCY, code, t)


def outcomes(t: Translate) -> list[tuple[str, str]]:
    """What a partner may choose from; the first says nothing yet."""
    return [("", t("Nothing yet")), *((one.code, t(one.name)) for one in REFERRAL_OUTCOME)]


def receivers(t: Translate) -> list[tuple[str, str]]:
    """Who may receive a child."""
    return [(one.code, t(one.name)) for one in RECEIVER]


def register(found: Register, t: Translate) -> str:
    """Where in the paper register somebody is written down."""
    book, page, line = found
    if book is None and page is None and line is None:
        return t("not entered")
    missing = "–"
    return t("book {book}, page {page}, line {line}").format(
        book=missing if book is None else book,
        page=missing if page is None else page,
        line=missing if line is None else line,
    )


def since(days: int, t: Translate) -> str:
    """How many days ago."""
    if days <= 0:
        return t("today")
    return t("1 day") if days == 1 else t("{days:,} days").format(days=days)


def left(days: int, t: Translate) -> str:
    """For how many days medicine lasts."""
    if days < 0:
        return t("ran out {days} ago").format(days=since(-days, t))
    return t("runs out today") if days == 0 else since(days, t)


def crossing(code: str, language: str) -> str:
    """The name of a crossing."""
    gate = ALL_CROSSINGS.get(code)
    return code if gate is None else ((gate.name_km if language == "km" else None) or gate.name_en)


def groups(found: Contacts, language: str, t: Translate) -> list[Group]:
    """The contacts by home province and district, each with the message to send: tags alone, no name, no
    register. Those whose district is not known stand last in their province."""
    by_home: dict[tuple[str, bool, str], list[Contact]] = {}
    for one in found.people:
        by_home.setdefault((one.home, not one.district, one.district), []).append(one)
    disease = t(DISEASES[found.disease].name)
    made = []
    for (home, _, district), people in sorted(by_home.items()):
        name = place(home, language, t)
        if district:
            name = t("{district}, {province}").format(district=district, province=name)
        message = t(
            "{day}: {people} people of {home} came in one van with a person who may have {disease}. Please "
            "ask for fever, rash and vaccination. Codes: {codes}. Names are in the centre's register."
        ).format(
            day=found.day.isoformat(),
            people=len(people),
            home=name,
            disease=disease,
            codes=", ".join(one.tag or "?" for one in people),
        )
        told = max((one.told_at for one in people), default="") if all(one.told_at for one in people) else ""
        made.append(
            Group(
                name, tuple(people), message, found.districts.get(home, ()), district, told.replace("T", " ")
            )
        )
    return made


def vaccination(code: str, t: Translate) -> str:
    """What is known of somebody's vaccination; "not asked" where nobody wrote it down."""
    return next((t(one.name) for one in VACCINATION if one.code == code), t("not asked"))


def place(code: str, language: str, t: Translate) -> str:
    """The name of a home province."""
    province = PROVINCES.get(code)
    if province is None:
        return t("Abroad") if code == "abroad" else t("Unknown")
    return province.name_km if language == "km" else province.name_en


#: Homes that arrivals can have: provinces, abroad, unknown.
HOMES = (*PROVINCES, "abroad", UNKNOWN)


def homes(language: str, t: Translate) -> list[tuple[str, str]]:
    """Every home that arrivals can have, with its name."""
    return [(code, place(code, language, t)) for code in HOMES]


def how_many(found: Expected, t: Translate) -> str:
    """How many to expect, with the interval where there is one."""
    number = f"{found.number:,.1f}" if found.number < 100 else f"{found.number:,.0f}"
    if found.lower is None or found.upper is None:
        return t("{number}, no interval").format(number=number)
    return t("{number} ({lower:,}–{upper:,})").format(number=number, lower=found.lower, upper=found.upper)


#: What sums of old records do not say, and why: it is unknown, and not zero.
UNKNOWN_UNTIL = {
    "needs": N_("Arrivals up to {day} are kept as sums from before items, needs and treatment were counted."),
    "times": N_("Arrivals up to {day} are kept as sums from before the times of steps were counted."),
    "sessions": N_("Arrivals up to {day} are kept as sums from before sessions were counted in them."),
    "referrals": N_("Arrivals up to {day} are kept as sums from before referrals were followed in them."),
}


def unknown(what: str, until: date, t: Translate) -> str:
    """Why something is unknown of these days."""
    said = t(UNKNOWN_UNTIL[what]).format(day=until.isoformat())
    return said + " " + t("Of these days it is unknown, not zero.")


#: What came beside what was expected.
VERDICTS = {"fewer": N_("fewer than expected"), "within": N_("as expected"), "more": N_("more than expected")}


def verdict(found: Beside | None, t: Translate) -> str:
    """What came, and whether it was as expected."""
    if found is None:
        return t("for nurses")
    if found.verdict is None:
        return f"{found.came:,}"
    return f"{found.came:,}: {t(VERDICTS[found.verdict])}"


#: What each step of the funnel is called.
STEPS = {
    "arrived": N_("Arrived"),
    "food": N_("Food and water"),
    "assessed": N_("Assessed"),
    "session": N_("Session on risks or prevention"),
    "offered": N_("Test offered"),
    "tested": N_("Tested"),
    "referred": N_("Referred"),
    "reached": N_("Arrived at the partner"),
    "ended": N_("Outcome known"),
}


#: What each kind of prevention beside tests and treatment is called, and of whom its share is.
BESIDE = {
    "session": N_("Session, of arrivals"),
    "items": N_("Items given, of arrivals"),
    "tested": N_("Tested, of arrivals"),
    "treated": N_("Treated, of those referred"),
}
#: Whether a place is remote.
REMOTE = {"yes": N_("Remote"), "no": N_("Not remote"), UNKNOWN: N_("Not said")}
#: What the groups of arrivals are called.
GROUPS = {"crossing": N_("Crossing"), "movement": N_("Movement"), "sex": N_("Sex"), "age": N_("Age")}
_NAMES = {"sex": SEX, "age": AGE, "movement": (*MOVEMENT, *JOINED["movement"]), "activity": ACTIVITY}


def group(field: str, code: str, language: str, t: Translate) -> str:
    """The name of a group of arrivals or of outreach."""
    if field == "crossing":
        return crossing(code, language)
    if (field, code) == ("activity", "other"):
        return t("Other, security forces among them")
    return named(_NAMES[field], code, t) or t("Unknown")


#: Who waits, and who is lost.
WAITING = {
    "urgent": N_("Urgent need, not met"),
    "assessment": N_("Not assessed"),
    "result": N_("Waits for a test result"),
    "lost": N_("Lost: referred, not arrived after 7 days"),
}
#: Rows of the sheet of a day.
OF_DAY = {
    "vans": N_("Vans"),
    "expected": N_("Expected: counted at the door"),
    "arrived": N_("Arrived: entered"),
    "urgent_open": N_("Urgent needs open"),
    "sessions": N_("Sessions held"),
    "referred": N_("Referred"),
    "reached": N_("Arrived at the partner"),
    "lost": N_("Lost: not arrived after 7 days"),
}
_AGES = {"adult": N_("15 and older"), "child": N_("Under 15"), "unknown": N_("Age unknown")}


def age(code: str, t: Translate) -> str:
    """An age of the sheet of a day; blank without one."""
    return t(_AGES[code]) if code else ""


def followed(found: Cascade) -> list[tuple[str, str, int, int | None]]:
    """What became of referrals: code, name, how many, and of how many."""
    return [
        ("sent", N_("Referred"), found.sent, None),
        ("arrived", N_("Arrived at the partner"), found.arrived, found.sent),
        ("verified", N_("Found to need it"), found.verified, found.sent),
        ("started", N_("Treated, or treatment started"), found.started, found.sent),
        ("good", N_("Treated or completed"), found.successes, found.evaluable),
        ("not-evaluated", N_("Not evaluated: a year has passed"), found.not_evaluated, found.evaluable),
        ("pending", N_("Outcome still to come"), found.pending, found.evaluable),
        ("not-needed", N_("Nothing needed"), found.not_needed, found.sent),
    ]


def step(code: str, t: Translate) -> str:
    """The name of a step."""
    return t(STEPS[code])


def took(minutes: float | None, t: Translate) -> str:
    """How long something took, in minutes, hours or days."""
    if minutes is None:
        return "–"
    if minutes < 90:
        return t("{minutes:,} min").format(minutes=round(minutes))
    if minutes < 48 * 60:
        return t("{hours:,} h").format(hours=round(minutes / 60))
    return t("{days:,} days").format(days=round(minutes / 1440))


def times(delay: Delay, t: Translate) -> str:
    """The median, and between which times half of the people lie."""
    if delay.median is None:
        return "–"
    return t("{median} (half: {lower} to {upper})").format(
        median=took(delay.median, t),
        lower=took(delay.lower_quartile, t),
        upper=took(delay.upper_quartile, t),
    )


def days(found: Delay, t: Translate) -> str:
    """The median of days, its quartiles, and how many days cannot be since one of two is wrong."""
    if found.median is None or found.lower_quartile is None or found.upper_quartile is None:
        return "–"
    said = t("{median:g} (half: {lower:g} to {upper:g})").format(
        median=found.median, lower=found.lower_quartile, upper=found.upper_quartile
    )
    if found.backward:
        said += " · " + t("{people:,} with a day that cannot be").format(people=found.backward)
    return said


def percent(found: Share) -> str:
    """A share with its interval; a dash where nobody is in it."""
    if found.value is None or found.lower is None or found.upper is None:
        return "–"
    return f"{100 * found.value:.0f}% ({100 * found.lower:.0f}–{100 * found.upper:.0f})"


def percent_of(people: int, of: int) -> str:
    """The share of a number, with its interval."""
    return percent(share(people, of))


def sex(code: str, t: Translate) -> str:
    """The name of a sex."""
    return named(SEX, code, t)
