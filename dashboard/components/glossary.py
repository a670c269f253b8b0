"""Words of the pages with what they mean here: docs/glossary.md says the same."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.messages import Translate
from surveillance.texts import N_


@dataclass(frozen=True)
class Word:
    """A word and its meaning, in the reader's language; `key` names it in addresses and ids."""

    key: str
    name: str
    meaning: str


#: Key -> the word, as pages write it, and its meaning.
WORDS: dict[str, tuple[str, str]] = {
    "records": (N_("records"), N_("one person, one disease, one episode of care; not a person")),
    "persons": (
        N_("persons"),
        N_("each person once in a calendar year, with the first episode of that year"),
    ),
    "eligible": (N_("Eligible"), N_("should have been tested; for tuberculosis: presumptive")),
    "tested": (N_("Tested"), N_("had a test")),
    "positive": (N_("positive"), N_("the test found the disease")),
    "treated": (
        N_("Treatment started"),
        N_('began treatment; not the "treatment coverage" of tuberculosis programmes'),
    ),
    "completed": (
        N_("Treatment completed"),
        N_("completed, among those who started and whose follow-up time has passed"),
    ),
    "interval": (
        N_("95% confidence interval (Wilson)"),
        N_("how far chance alone could have moved a per cent"),
    ),
    "week": (N_("Week"), N_("ISO week, Monday to Sunday, with the year of its Thursday")),
    "hidden": (N_("hidden"), N_("there may be a number, and the reader may not see it")),
    "not-reported": (N_("not reported"), N_("no facility that would have sent records did")),
    "unknown": (
        N_("Unknown"),
        N_("recorded, and the answer or the place is blank or not understood"),
    ),
    "not-due": (
        N_("not yet due"),
        N_("the follow-up time has not passed, as far as the facility's outcomes are known"),
    ),
    "cluster": (
        N_("Clusters"),
        N_("places and days in which a disease stands out from the rest; not yet an outbreak"),
    ),
    "recurrence": (
        N_("Recurrence interval"),
        N_("how often chance alone brings a cluster as strong, when one looks every day"),
    ),
}


def word(key: str, t: Translate) -> Word:
    """One word with its meaning."""
    name, meaning = WORDS[key]
    return Word(key, t(name), t(meaning))
