"""Words of scans over the border: its places, how complete each side is, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.messages import Translate
from geodata.borders import is_across
from surveillance.texts import N_

#: What is told wherever both sides stand in one answer.
DIFFERS = N_(
    "Who reports across the border, and what counts as a case there, differs from here: a cluster may follow "
    "the border for that reason alone. Tests, arrivals and groups are known on this side alone."
)
_HERE = N_("On this side {came:,} of {due:,} reports due came in the period.")
_HERE_UNKNOWN = N_("How many of the reports due came on this side is not known.")
_ALL = N_("all of its places lie across the border")
_SOME = N_("places across the border: {across} of {all}")
_LEFT_OUT = {
    "not sent": N_("steps that were not sent: {steps}; they are unknown, not zero"),
    "not published": N_("sent without having been published: not for accounts of some provinces"),
    "no position": N_("no position is held"),
    "no population": N_("no population is held"),
}
_STEPS = {"week": N_("weeks"), "month": N_("months")}


@dataclass(frozen=True)
class AcrossRow:
    """An area across the border that was scanned, or left out (`why`). Cells that say nothing are blank."""

    name: str
    cases: str = ""
    complete: str = ""
    source: str = ""
    people: str = ""
    why: str = ""


@dataclass(frozen=True)
class Across:
    """What a run's page says of the other side. `here`: how complete this side is."""

    rows: Sequence[AcrossRow]
    left_out: Sequence[AcrossRow]
    here: str
    differs: str
    has_people: bool

    @property
    def sentences(self) -> list[str]:
        """The same as sentences, for a command and files."""
        told = [
            "; ".join(filter(None, (f"{row.name}: {row.cases}", row.complete, row.people, row.source)))
            for row in self.rows
        ]
        return [self.differs, self.here, *told, *(f"{row.name}: {row.why}" for row in self.left_out)]


def name_of(area: Mapping[str, Any], language: str) -> str:
    """Name and code of an area.

    >>> name_of({"code": "TH-27", "name_en": "Sa Kaeo", "name_km": ""}, "km")
    'Sa Kaeo (TH-27)'
    """
    names = (area["name_km"], area["name_en"]) if language == "km" else (area["name_en"], area["name_km"])
    return f"{names[0] or names[1] or area['code']} ({area['code']})"


def across(
    used: Mapping[str, Any], here: tuple[int, int] | None, language: str, t: Translate
) -> Across | None:
    """What is said of the other side; None where a run is of one side, or this is not for the account.

    Parameters
    ----------
    used : mapping
        Parameters of the run.
    here : tuple of int, optional
        Reports that came and that were due on this side.
    """
    held = used.get("across")
    if not held:
        return None
    rows = [_row(one, held, language, t) for one in held["areas"]]
    left_out = [
        AcrossRow(name_of(one, language), why=t(_LEFT_OUT[one["reason"]]).format(steps=one["steps"]))
        for one in held["left_out"]
    ]
    said = t(_HERE_UNKNOWN) if here is None else t(_HERE).format(came=here[0], due=here[1])
    return Across(rows, left_out, said, t(DIFFERS), any(row.people for row in rows))


def _row(one: Mapping[str, Any], held: Mapping[str, Any], language: str, t: Translate) -> AcrossRow:
    shares = one["reported"]
    complete = t("how many reported was not sent")
    if shares is not None:
        low, high = (round(100 * share) for share in shares)
        said = t("{low}% to {high}% reported, said for {known} of {all} steps")
        if low == high:
            said = t("{low}% reported, said for {known} of {all} steps")
        complete = said.format(low=low, high=high, known=one["steps_reported"], all=held["steps"])
    source = "; ".join(one["sources"]) or t("a source that was not named")
    published = t("published") if one["published"] else t("not published")
    people = ""
    if "people" in one:
        people = t("{people} people ({year})").format(people=f"{one['people']:,}", year=one["people_year"])
    return AcrossRow(
        name_of(one, language),
        t("{cases} cases in {steps} {unit}").format(
            cases=f"{one['cases']:,}", steps=held["steps"], unit=t(_STEPS[held["step"]])
        ),
        complete,
        f"{source}, {published}, {one['received']}",
        people,
    )


def cases_across(used: Mapping[str, Any]) -> int:
    """Cases of the areas across the border that were scanned: they are in none of ours."""
    return sum(one["cases"] for one in (used.get("across") or {}).get("areas", ()))


def of_cluster(locations: Sequence[str], t: Translate) -> str:
    """How many of a cluster's places lie across the border; blank where none do.

    >>> of_cluster(["TH-27", "KH01"], str), of_cluster(["TH-27"], str), of_cluster(["KH01"], str)
    ('places across the border: 1 of 2', 'all of its places lie across the border', '')
    """
    many = sum(map(is_across, locations))
    if not many:
        return ""
    return t(_ALL) if many == len(locations) else t(_SOME).format(across=many, all=len(locations))
