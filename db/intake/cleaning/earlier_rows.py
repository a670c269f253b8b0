"""What rows of a file say under the forms of before: only asked of a database that holds records of then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.intake.values import earlier_forms as then
from db.intake.values.codes import match_key, no_number
from db.intake.values.identifiers import is_damaged
from db.intake.values.pseudonym import Pseudonymiser
from surveillance.line_list import FIELDS


@dataclass(frozen=True)
class HeldBefore:
    """What a database holds from before. `batch`: the newest file of then, 0 if absent.

    `facilities`: form of a facility's number -> the key under which it has been held since then.
    """

    batch: int = 0
    facilities: Mapping[str, str] = field(default_factory=dict)

    def facility_key(self, text: str) -> str:
        """Key of a facility's number: the one under which it is held."""
        key = match_key(text)
        return self.facilities.get(key, key) if self.facilities else key


#: Identity and content, and whether a number of the sender's is the identity.
Print = tuple[bytes, bytes, bool]
#: Row number -> the fingerprints that the row would have had.
Prints = dict[int, list[Print]]


class Earlier:
    """Forms of before, for one file.

    Parameters
    ----------
    held
        What the database holds of then.
    persons_held
        Of some pseudonyms, those that a record has: asked for the persons of each chunk.
    """

    def __init__(self, held: HeldBefore, persons_held: Callable[[Collection[str]], set[str]]) -> None:
        self.held = held
        self._persons_held = persons_held
        self._tables = {f.name: then.lookup(f.values) for f in FIELDS if f.values}
        self._persons: dict[str, str] = {}

    def codes(
        self, name: str, column: Sequence[str], read: Sequence[str], otherwise: str
    ) -> list[str] | None:
        """A column of codes as it was read; None where nothing differs."""
        table = self._tables[name]
        known = {
            text: table.get(then.normalise(text), otherwise) for text in set(column) if not text.isascii()
        }
        made = [known.get(text, code) for text, code in zip(column, read, strict=True)] if known else None
        return made if made is not None and made != list(read) else None

    @staticmethod
    def answers(column: Sequence[str], read: Sequence[bool | None]) -> list[bool | None] | None:
        """A column of yes and no as it was read; None where nothing differs."""
        known = {text: then.yes_no(text) for text in set(column) if not text.isascii()}
        made = [known.get(text, answer) for text, answer in zip(column, read, strict=True)] if known else None
        return made if made is not None and made != list(read) else None

    def persons(self, candidates: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
        """Pseudonym of now -> the one under which the person is held since then."""
        new = {now: list(olds) for now, olds in candidates.items() if now not in self._persons}
        if new:
            asked = {*new, *(old for olds in new.values() for old in olds)}
            held = self._persons_held(asked)
            for now, olds in new.items():
                self._persons[now] = now if now in held else next((o for o in olds if o in held), now)
        return self._persons

    @staticmethod
    def forms(columns: Mapping[str, Sequence[str]]) -> dict[str, Sequence[Any]]:
        """Number, arrival and facility key of each row as they were."""
        return {
            "number": _each(columns["record_id"], then.own_number),
            "arrival_id": _each(columns["arrival_id"], then.arrival),
            "facility_key": _each(columns["facility_id"], then.match_key),
        }


def _each(column: Sequence[str], form: Callable[[str], str | None]) -> list[str | None]:
    known = {text: form(text) for text in set(column)}
    return [known[text] for text in column]


#: Pseudonym of a person, and the mark of who issued the number where that is not the facility.
Person = tuple[str | None, str | None]


def as_held(
    earlier: Earlier,
    pseudonymise: Pseudonymiser,
    columns: Mapping[str, Sequence[str]],
    keys: Sequence[str],
    issuers: Sequence[str],
    persons: Sequence[Person],
) -> list[Person]:
    """Persons who are held since before keep the pseudonym that was made of their number as it stood.

    Parameters
    ----------
    columns : mapping
        Texts of every field.
    keys, issuers
        The facility's key, and the issuer's form, of each row.
    persons
        What each row's person is under the form of now.
    """
    candidates: dict[str, list[str]] = {}
    marks: dict[str, str | None] = {}
    texts = zip(columns["person_id"], columns["person_id_issuer"], columns["facility_id"], strict=True)
    for (number, issuer_text, facility), key, issuer, (person, _) in zip(
        texts, keys, issuers, persons, strict=True
    ):
        if person is None or person in candidates:
            continue
        form = match_key(number)
        by = (issuer, then.match_key(issuer_text)) if issuer else (
            f"facility:{key}", f"facility:{then.match_key(facility)}"
        )  # fmt: skip
        olds = candidates.setdefault(person, [])
        for one in dict.fromkeys(by):
            mark = pseudonymise.token_of_issuer(one) if issuer else None
            for written in dict.fromkeys((then.match_key(number), form, f"{form}.0")):
                olds.append(pseudonymise(one, written))
                marks[olds[-1]] = mark
    held = earlier.persons(candidates)
    return [
        (person, mark)
        if person is None or held[person] == person
        else (held[person], marks.get(held[person], mark))
        for person, mark in persons
    ]


def persons_of_then(
    pseudonymise: Pseudonymiser, columns: Mapping[str, Sequence[str]], persons: Sequence[str | None]
) -> list[str | None]:
    """Pseudonyms with those that were made of damaged numbers, which are no persons now."""
    found = list(persons)
    for i, number in enumerate(columns["person_id"]):
        if found[i] is None and is_damaged(number):
            issuer = then.match_key(columns["person_id_issuer"][i])
            issuer = "" if no_number(issuer) else issuer
            facility = f"facility:{then.match_key(columns['facility_id'][i])}"
            found[i] = pseudonymise(issuer or facility, then.match_key(number))
    return found
