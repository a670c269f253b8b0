"""What each station of the desk asks, as data: the script draws it, and the words are translated here.

A key is the one that is printed on the keyboard's plate (its place, not its letter), so that it works under
a Khmer layout as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from dashboard.messages import Translate
from surveillance.reception import vocabulary as r
from surveillance.texts import N_
from surveillance.vocabulary import Value


@dataclass(frozen=True)
class Choice:
    """One choice of a field: what is stored, what people read, its key. `urgent`: a need that cannot wait."""

    value: str | bool
    text: str
    key: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Item:
    """One field of a station.

    Parameters
    ----------
    name : str
        What the script calls it; the same question has one name at every station.
    kind : str
        `one` or `many` of the choices, `number`, `age`, or `home` (a province).
    record, field : str
        The record (`kind/item`) and its field that hold the answer; no field: its moment alone is stored.
    stamp : str
        The field of the record that holds when it was answered.
    only : str
        Of whom it is asked: `mother` (a woman who may be pregnant), `child`, `medicine` (who takes some), or
        blank: of everybody.
    most : int
        Highest number.
    group : str
        Fields of one group share a row.
    """

    name: str
    label: str
    kind: str
    record: str
    field: str
    choices: tuple[Choice, ...] = ()
    stamp: str = ""
    only: str = ""
    most: int = 0
    key: str = ""
    group: str = ""


def _choices(values: Iterable[Value], keys: str, *, urgent: bool = False) -> tuple[Choice, ...]:
    """The values of a vocabulary, each with its key."""
    pairs = zip_longest(values, keys, fillvalue="")
    return tuple(
        Choice(value.code, value.name, key, urgent) for value, key in pairs if isinstance(value, Value)
    )


def _yes_no(yes: str, no: str, keys: str) -> tuple[Choice, ...]:
    return (Choice(True, yes, keys[0]), Choice(False, no, keys[1]))


SEX = Item(
    "sex",
    N_("Sex"),
    "one",
    "arrival",
    "sex",
    (Choice("female", N_("Female"), "F"), Choice("male", N_("Male"), "M")),
)
DANGER = Item(
    "danger",
    N_("Danger signs"),
    "many",
    "assessment",
    "danger_signs",
    # Those with short words first, so that they stand in two lines.
    _choices(
        sorted(r.DANGER_SIGNS, key=lambda sign: sign.code in ("breathing", "pregnancy")),
        "KVULBG",
        urgent=True,
    ),
    stamp="assessed_at",
)
SYMPTOMS = Item(
    "symptoms",
    N_("Symptoms"),
    "many",
    "assessment",
    "symptoms",
    (Choice("cough", N_("Cough of 2 weeks"), "C"), *_choices(r.SYMPTOMS[1:], "TRD")),
    stamp="assessed_at",
)
PREGNANT = Item(
    "pregnant",
    N_("Pregnant"),
    "one",
    "assessment",
    "pregnant",
    _yes_no(N_("Pregnant"), N_("Not pregnant"), "PO"),
    only="mother",
)
DESK = (
    SEX,
    Item("age", N_("Age in years"), "age", "arrival", "age_years", most=110),
    PREGNANT,
    Item("home", N_("Home province"), "home", "arrival", "province_home", key="H"),
    DANGER,
    SYMPTOMS,
    Item(
        "medicine",
        N_("Daily medicine"),
        "one",
        "arrival",
        "daily_medicine",
        _yes_no(N_("Takes some"), N_("Takes none"), "ZX"),
    ),
    Item("days_left", N_("Days of it left"), "number", "arrival", "days_left", only="medicine", most=366),
    Item("book", N_("Register: book"), "number", "arrival", "register_book", most=9_999, group="register"),
    Item("page", N_("page"), "number", "arrival", "register_page", most=9_999, group="register"),
    Item("line", N_("line"), "number", "arrival", "register_line", most=999, key="Y", group="register"),
)
NURSE = (
    DANGER,
    SYMPTOMS,
    PREGNANT,
    Item(
        "vaccination",
        N_("Vaccination of a child"),
        "one",
        "assessment",
        "vaccination",
        _choices(r.VACCINATION, "QWAS"),
        only="child",
    ),
    Item(
        "met",
        N_("Urgent need"),
        "one",
        "assessment",
        "",
        (Choice(True, N_("It was met"), "E"),),
        stamp="urgent_met_at",
    ),
)
_TEST = "service/test_tb"
TB = (
    Item(
        "offered",
        N_("TB test"),
        "one",
        _TEST,
        "offered",
        _yes_no(N_("Offered"), N_("Not offered"), "OP"),
        stamp="offered_at",
    ),
    Item(
        "done",
        N_("Sample"),
        "one",
        _TEST,
        "done",
        _yes_no(N_("Taken"), N_("Not taken"), "DF"),
        stamp="done_at",
    ),
    Item(
        "result",
        N_("Result"),
        "one",
        _TEST,
        "result",
        _choices(r.TEST_RESULT, "NYU"),
        stamp="result_at",
    ),
)
#: A referral has an item of its own, which the script makes.
_REFERRAL = "referral/*"
REFERRAL = (
    Item(
        "partner",
        N_("Whom to"),
        "one",
        _REFERRAL,
        "partner",
        _choices(r.PARTNERS, "QWERTASDF"),
        stamp="sent_at",
    ),
    Item("urgency", N_("How soon"), "one", _REFERRAL, "urgency", _choices(r.URGENCY, "UIO")),
    Item("purpose", N_("What for"), "one", _REFERRAL, "purpose", _choices(r.PURPOSE, "ZXCVBNM")),
    Item("which", N_("Which daily medicine"), "one", _REFERRAL, "medicine", _choices(r.MEDICINE, "GHJ")),
    Item("days", N_("Days of it left"), "number", _REFERRAL, "days_left", most=366),
)


def words(t: Translate) -> dict[str, str]:
    """What the script of the desk says, in the reader's language."""
    return {name: t(text) for name, text in WORDS.items()}


def stations(t: Translate, given: dict[str, tuple[Item, ...]]) -> dict[str, list[dict[str, Any]]]:
    """The fields of each station, for the script, in the reader's language."""
    return {
        name: [
            {
                "name": item.name,
                "label": t(item.label),
                "kind": item.kind,
                "record": item.record,
                "field": item.field,
                "stamp": item.stamp,
                "only": item.only,
                "most": item.most,
                "key": item.key,
                "group": item.group,
                "choices": [
                    {"value": one.value, "text": t(one.text), "key": one.key, "urgent": one.urgent}
                    for one in item.choices
                ],
            }
            for item in items
        ]
        for name, items in given.items()
    }


#: What the script says beside the fields.
WORDS = {
    "desk": N_("Desk"),
    "nurse": N_("Nurse"),
    "tb": N_("TB"),
    "referral": N_("Referral"),
    "openVans": N_("Open vans"),
    "newVan": N_("New van"),
    "men": N_("Men"),
    "women": N_("Women"),
    "boys": N_("Boys"),
    "girls": N_("Girls"),
    "surge": N_("Surge"),
    "oneIn": N_("Where too many come to enter all of them: enter one person in so many"),
    "surgeNext": N_("Surge: enter one person in {k}. The next is number {place} through the door."),
    "cameOn": N_("Came on"),
    "letter": N_("Letter of a paper form"),
    "cameBy": N_("Came by"),
    "cameAt": N_("Came at"),
    "informal": N_("Informal route"),
    "openVan": N_("Open this van"),
    "changeVan": N_("Change numbers"),
    "closeVan": N_("Close this van"),
    "entered": N_("Entered"),
    "urgent": N_("Urgent"),
    "tbWaiting": N_("TB test waiting"),
    "referred": N_("Referred"),
    "person": N_("Person"),
    "notKnown": N_("Not known"),
    "none": N_("None"),
    "saveNext": N_("Save, next person"),
    "save": N_("Save"),
    "saveChange": N_("Save the change"),
    "leave": N_("Leave it as it was"),
    "asked": N_(
        "Danger signs were not asked. Press N for none of them, or save once more to leave them blank."
    ),
    "partnerAsked": N_("Choose whom to first."),
    "newReferral": N_("A further referral"),
    "referrals": N_("Referrals of this person"),
    "printSlip": N_("Slip"),
    "sticker": N_("Sticker"),
    "handover": N_("Handover of a child"),
    "sexAsked": N_("Choose the sex first."),
    "wholeVan": N_("Whole van"),
    "food": N_("Food and water"),
    "session": N_("Session on risks"),
    "except": N_("except"),
    "exceptHelp": N_("Numbers of people who did not get it, with spaces between them"),
    "givenAt": N_("at {time}"),
    "takeBack": N_("Take back"),
    "otherProvince": N_("Another province"),
    "allSent": N_("All sent"),
    "waiting": N_("{count} to send"),
    "noConnection": N_("No connection: {count} sealed here, sent later"),
    "signedOut": N_("Signed out: {count} sealed here, sent once somebody signs in"),
    "tryAgain": N_("Try again"),
    "discard": N_("Discard"),
    "discardSure": N_("Discard this entry? Nobody can read it again."),
    "signIn": N_("Sign in"),
    "locked": N_("The desk is locked"),
    "pin": N_("PIN"),
    "openDesk": N_("Open the desk"),
    "pinWrong": N_("That is not the PIN. Tries left: {count}"),
    "setPin": N_("Set a PIN"),
    "pinHelp": N_("4 to 8 digits. The desk asks for it when nobody touched it for {minutes} minutes."),
    "noVan": N_("No van is open. Press + when one arrives."),
    "nobody": N_("Nobody of this van is entered yet."),
    "chooseOne": N_("Choose a person on the left, or press the arrow keys."),
    "oldDevice": N_(
        "This browser cannot seal what is entered. Open the desk at its https address in a current browser."
    ),
    "keysOn": N_("Keys are on"),
    "keysOff": N_("Keys are off"),
    "people": N_("People of this van"),
    "more": N_("{count} more than were counted"),
    "notTaken": N_("Not taken:"),
    "full": N_(
        "This device has no space left: it cannot keep what is entered. Send what waits, or use another."
    ),
    "medicineToday": N_("to the nurse today"),
    "done": N_("Done"),
    "female": N_("Female"),
    "male": N_("Male"),
    "age": N_("Age"),
    "tooMany": N_("Choose a number from 0 to {most}."),
}
