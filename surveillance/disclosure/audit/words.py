"""What an audit found, in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from surveillance.disclosure.audit.cells import NO_CROSSING, Key
from surveillance.texts import N_


class What(StrEnum):
    """Kinds of findings."""

    NARROW = "narrow"
    EXACT = "exact"
    ZERO = "zero"
    FAMILY = "family"
    DIFFERENCE = "difference"
    REVISION = "revision"
    SHOWN = "shown"
    CONTRADICTION = "contradiction"


#: What each kind says. Values: disease, what (measure and part), where, when; lowest and highest; k and less.
SENTENCES: dict[What, str] = {
    What.NARROW: N_(
        "{disease}, {what}, {where}, {when}: a number of 1 to {less} can be told apart from others of "
        "1 to {less}. It lies between {lowest} and {highest}."
    ),
    What.EXACT: N_(
        "{disease}, {what}, {where}, {when}: the number is hidden because fewer than {k} people stand beside "
        "it, and can be worked out: {lowest}."
    ),
    What.ZERO: N_(
        "{disease}, {what}, {where}, {when}: the number is hidden with a group of fewer than {k} people, and "
        "can be worked out: nobody."
    ),
    What.FAMILY: N_(
        "{disease}, {what}, {where}, {when}: every number is hidden, and every one can be worked out."
    ),
    What.DIFFERENCE: N_(
        "{disease}, {what}, {where}, {when}: what is shown of its parts leaves {lowest} people for the "
        "hidden ones."
    ),
    What.REVISION: N_(
        "{disease}, {what}, {where}, {when}: a later release differs from an earlier one by {lowest} people."
    ),
    What.SHOWN: N_(
        "{disease}, {what}, {where}, {when}: the number is shown, and is {lowest}: fewer than {k}."
    ),
    What.CONTRADICTION: N_(
        "{disease}, {what}, {where}, {when}: the published numbers contradict each other, so nothing can be "
        "audited."
    ),
}

#: Names of the numbers of a family.
PART_NAMES = {
    "records": N_("records"),
    "numerator": N_("numerator"),
    "rest": N_("rest of the denominator"),
    "denominator": N_("denominator"),
    "unknown": N_("unknown"),
}


@dataclass(frozen=True)
class Finding:
    """One number that a release must not tell, and does.

    Parameters
    ----------
    what : What
    disease, measure, part : str
    key : Key
        Place, group and period.
    lowest, highest : int
        Between which the number must lie, for a reader who knows only what is published.
    k : int
        The smallest number of people that may be told.
    """

    what: What
    disease: str
    measure: str
    part: str
    key: Key
    lowest: int
    highest: int
    k: int

    @property
    def sentence(self) -> tuple[str, dict[str, object]]:
        """A sentence for translation, and its values."""
        key = self.key
        where = " ".join(filter(None, (key.dimension, key.place or "*", key.axis, key.value)))
        return SENTENCES[self.what], {
            "disease": self.disease,
            "what": f"{self.measure} ({self.part})",
            "where": where.replace(NO_CROSSING, "-"),
            "when": f"{key.kind} {key.first_day}",
            "lowest": self.lowest,
            "highest": self.highest,
            "k": self.k,
            "less": self.k - 1,
        }

    @property
    def stored(self) -> list[str | int]:
        """The finding as text and numbers, for `of`."""
        day = self.key.first_day.isoformat()
        names = [self.what.value, self.disease, self.measure, self.part, *self.key[:5], day]
        return [*names, self.lowest, self.highest, self.k]

    @classmethod
    def of(cls, stored: Sequence[Any]) -> Finding:
        """Read a stored finding.

        Parameters
        ----------
        stored : sequence
            As `stored` writes it.

        Returns
        -------
        Finding
        """
        what, disease, measure, part, dimension, place, axis, value, kind, day, *bounds = stored
        key = Key(dimension, place, axis, value, kind, date.fromisoformat(day))
        return cls(What(what), disease, measure, part, key, *bounds)

    def __str__(self) -> str:
        """Say it in English."""
        text, values = self.sentence
        return text.format(**values)


@dataclass(frozen=True)
class Report:
    """What an audit says of a release.

    Parameters
    ----------
    findings : tuple of Finding
        Reasons to refuse the release.
    figures : mapping of str to int
        Counts: see `FIGURES`.
    k : int
    """

    findings: tuple[Finding, ...]
    figures: Mapping[str, int] = field(default_factory=dict)
    k: int = 5

    @property
    def refused(self) -> bool:
        """Whether the release must not be issued."""
        return bool(self.findings)

    @property
    def words(self) -> tuple[tuple[str, dict[str, object]], ...]:
        """Sentences for translation, with their values: the verdict, what was looked at, each finding."""
        said: list[tuple[str, dict[str, object]]] = [
            (REFUSED if self.refused else HELD, {"count": len(self.findings), "less": self.k - 1})
        ]
        said += [
            (text, {**self.figures, "less": self.k - 1})
            for name, text in FIGURES.items()
            if self.figures.get(name)
        ]
        return (*said, *(finding.sentence for finding in self.findings))


HELD = N_(
    "Nobody who knows only what is published can tell a hidden number of 1 to {less} apart from any other "
    "of 1 to {less}."
)
REFUSED = N_("The release must not be issued: {count} numbers can be worked out, or told too closely.")
#: What the figures of a report mean, where one is not zero.
FIGURES: dict[str, str] = {
    "families": N_("{families} families of numbers were looked at; {hidden} of them are hidden."),
    "asked": N_("{asked} linear programmes of all numbers of a disease and year were solved."),
    "flows": N_("{flows} linear programmes of exchanges in one direction were solved."),
    "kept": N_("{kept} diseases and years were the same as in an earlier audit, and were not audited again."),
    "targets": N_("{targets} hidden numbers of 1 to {less} were attacked by all means."),
    "by_sums": N_(
        "{by_sums} numbers of 1 to {less} that are not issued were attacked by sums and differences."
    ),
    "noisy": N_(
        "{noisy} numbers of 1 to {less} stand behind numbers with noise, and were attacked by sums and "
        "intervals."
    ),
    "exchanged": N_(
        "{exchanged} of them are safe: exchanges of a few people change nothing that is published."
    ),
    "may": N_("{may} hidden numbers lie between bounds within 1 to {less}, if they are so small at all."),
    "zeros": N_(
        "{zeros} hidden zeros have so low a bound that they cannot be every number from 1 to {less}."
    ),
    "insider": N_(
        "Somebody who knows the numbers of one area exactly could tell {insider} of {insider_of} small "
        "numbers elsewhere more closely."
    ),
}
