"""How well the watch finds outbreaks: `python -m docs.detection`, and with `--demo --seeds 1 2 3`.

Without `--demo` it simulates outbreaks on published baselines and rewrites the table and the plot of
methods.md. What is counted as found and as false was fixed before anything was tuned: detection.md.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pandas as pd

from dashboard.demo import roads
from dashboard.demo.facilities import facility_rows, silences
from dashboard.demo.plants import PLANTS, Plant
from dashboard.demo.records import ALONG_A_ROAD, of_diseases
from dashboard.demo.seasons import FIRST_DAY, LAST_DAY
from dashboard.services.alerts.backward import Records, replay
from dashboard.services.alerts.questions import allotted
from docs import outbreak_simulation as simulation
from docs.generate import renewed, table
from docs.simulated import add_option, mapped
from surveillance.alerts.counted import By, Facts, Tally
from surveillance.alerts.replay import Told
from surveillance.alerts.rules import RULES

METHODS = Path(__file__).with_name("methods.md")
PLOT = Path(__file__).with_name("images") / "detection.svg"
#: Records of a demo, alarms a month that chance may bring, days within which an outbreak should be told.
COUNT, EXPECTED, WITHIN = 200_000, 1.0, 14
#: The first night that counts: a year after the first record.
FIRST_NIGHT = FIRST_DAY + timedelta(days=365)
MONTHS = ((LAST_DAY - FIRST_NIGHT).days + 1) / 30
#: Planted outbreaks that begin and end.
OUTBREAKS = tuple(plant for plant in PLANTS if plant.start > FIRST_DAY)
_BY: tuple[tuple[By, str], ...] = (
    ("facility", "facility_id"), ("crossing", "crossing"), ("infection", "place_infection"),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What became of one planted outbreak: its fifth case, and the first alert of any rule and by chance."""

    plant: Plant
    fifth: date
    first: Told | None
    first_by_chance: Told | None

    def days(self) -> int | None:
        """Days from the fifth case to the first alert."""
        return None if self.first is None else (self.first.night - self.fifth).days


@dataclass(frozen=True)
class Outcome:
    """What a demo's nights brought: outbreaks, false alerts, and alerts told at once."""

    seed: int
    found: tuple[Found, ...]
    false: tuple[Told, ...]
    at_once: int

    def a_month(self) -> float:
        """False alerts a month."""
        return len(self.false) / MONTHS


def frame(seed: int, count: int = COUNT) -> pd.DataFrame:
    """Records of a demo with facts as the rules look at them; `plant`: number of the outbreak, or -1."""
    held, planted = of_diseases(
        {rule.disease for rule in RULES.values() if rule.kind != "cluster"}, seed, count
    )
    return held.assign(plant=planted)


def tallies(held: pd.DataFrame, column: str) -> list[Tally]:
    """Records grouped as the database groups them."""
    age = pd.to_numeric(held["age_years"], errors="coerce").fillna(-1)
    infected = held["place_infection"]
    shown = pd.DataFrame(
        {
            "place": held[column],
            "day": held["date_visit"],
            "known": held["date_report"].where(held["date_report"] != "", held["date_visit"]),
            "disease": held["disease"],
            "status": held["case_status"],
            "method": held["test_method"],
            "positive": held["positive"].where(held["tested"] == "yes", ""),
            "origin": held["origin"],
            "not_eligible": (held["eligible"] == "no")
            & held["case_status"].isin(("", "unknown"))
            & ~held["positive"].where(held["tested"] == "yes", "").isin(("yes", "no")),
            "abroad": ~infected.isin(("", "unknown")) & ~infected.str.startswith("KH"),
            "died": held["outcome"] == "died",
            "severe": held["detail"].str.contains(r"dehydration\W{1,5}severe", regex=True),
            "from_2": age >= 2,
            "from_5": age >= 5,
        }
    )
    sums = shown.groupby(list(shown.columns), sort=False).size().reset_index(name="records")
    days = {text: date.fromisoformat(text) for text in {*sums["day"], *sums["known"]}}
    found = []
    for row in sums.itertuples(index=False):
        facts = Facts(
            row.disease, row.status or None, row.method or None, {"yes": True, "no": False}.get(row.positive),
            row.origin or None, row.abroad, row.died, row.severe, row.from_2, row.from_5,
            eligible=False if row.not_eligible else None,
        )  # fmt: skip
        found.append(Tally(row.place, "", days[row.day], facts, int(row.records), days[row.known]))
    return found


def outcome(seed: int, count: int = COUNT, expected: float = EXPECTED) -> Outcome:
    """Replay the nights of one demo."""
    held = frame(seed, count)
    listed = {row["facility_id"]: row for row in facility_rows()}
    allowed = allotted(listed, expected)
    silent = [(name, first, last) for name, (first, last) in silences().items()]
    false: list[Told] = []
    found: list[Found] = []
    at_once = 0
    ordered = sorted((one for one in RULES.values() if one.kind != "cluster"), key=lambda one: one.disease)
    for disease, rules in groupby(ordered, lambda one: one.disease):
        own = held[held["disease"] == disease]
        read = {by: tallies(own, column) for by, column in _BY}
        planted = _Planted(own)
        true = [plant for plant in (*PLANTS, _along_a_road(seed)) if plant.disease == disease]
        known = Records(read, listed, (FIRST_DAY, LAST_DAY), silent)
        made = [one.told for one in replay(list(rules), known, allowed)]
        for plant in (one for one in OUTBREAKS if one.disease == disease):
            of = [one for one in made if planted.rests(one, plant, listed)]
            by_chance = [one for one in of if not one.alarm.rule.immediate]
            found.append(
                Found(plant, planted.fifth(plant), next(iter(of), None), next(iter(by_chance), None))
            )
        at_once += sum(one.alarm.rule.immediate and one.night >= FIRST_NIGHT for one in made)
        false += [
            one
            for one in made
            if not one.alarm.rule.immediate
            and one.night >= FIRST_NIGHT
            and not any(planted.rests(one, plant, listed) for plant in true)
        ]
    return Outcome(seed, tuple(found), tuple(false), at_once)


def outcome_of(item: tuple[int, int, float]) -> Outcome:
    """As `outcome`, of one item: seed, records, and alarms a month that chance may bring."""
    return outcome(*item)


def _along_a_road(seed: int) -> Plant:
    """The outbreak along a road, which is no false alarm; whether it is told is asked of scans."""
    found = roads.corridor(seed)
    return Plant(
        "along-a-road", roads.DISEASE, "facility", "", found.start, found.end, roads.CASES, "along roads"
    )


class _Planted:
    """Where and when the planted records of a disease were seen."""

    def __init__(self, held: pd.DataFrame) -> None:
        columns = ["date_visit", "facility_id", "crossing", "place_infection"]
        own = held[held["plant"] >= 0]
        self.rows: dict[int, list[tuple[date, str, str, str]]] = defaultdict(list)
        for plant, (day, *places) in zip(own["plant"], own[columns].itertuples(index=False), strict=True):
            self.rows[plant].append((date.fromisoformat(day), *places))

    def of(self, plant: Plant) -> list[tuple[date, str, str, str]]:
        """Its records: day, facility, crossing, place of infection."""
        return self.rows[PLANTS.index(plant) if plant in PLANTS else ALONG_A_ROAD]

    def fifth(self, plant: Plant) -> date:
        """The day of the fifth case."""
        return sorted(day for day, *_ in self.of(plant))[4]

    def rests(self, told: Told, plant: Plant, listed: dict[str, dict[str, str]]) -> bool:
        """Whether the window of an alert holds a planted record of its place."""
        verdict, level, place = told.alarm.verdict, told.alarm.level, told.alarm.place
        if verdict.day < plant.start or verdict.first > plant.end:
            return False
        own = [row for row in self.of(plant) if verdict.first <= row[0] <= verdict.day]
        if level == "country":
            return len(own) > 0
        if level in ("crossing", "infection"):
            return any(row[2 if level == "crossing" else 3] == place for row in own)
        part = {"facility": "facility_id", "district": "operational_district", "province": "province"}[level]
        return any(listed.get(row[1], {}).get(part, row[1]) == place for row in own)


def report(outcomes: Sequence[Outcome]) -> str:
    """What was found, as Markdown."""
    lines = [
        "| seed | planted outbreak | fifth case | first alert | days | rule | not told at once | days |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in outcomes:
        for found in one.found:
            first, other = found.first, found.first_by_chance
            cells = [str(one.seed), found.plant.code, str(found.fifth)]
            cells += (
                [str(first.night), str(found.days()), first.alarm.rule.id] if first else ["never", "", ""]
            )
            cells += (
                [f"{other.alarm.rule.id}, {other.alarm.level}", str((other.night - found.fifth).days)]
                if other
                else ["never", ""]
            )
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| seed | false alerts | a month | told at once, a month |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {one.seed} | {len(one.false)} | {one.a_month():.2f} | {one.at_once / MONTHS:.1f} |"
        for one in outcomes
    ]
    return "\n".join(lines)


def by_rule(outcomes: Sequence[Outcome]) -> str:
    """False alerts of each rule and level, for tuning."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in outcomes:
        for told in one.false:
            sums[told.alarm.rule.id, told.alarm.level] += 1
    return "\n".join(
        f"{n:5} {rule} {level}" for (rule, level), n in sorted(sums.items(), key=lambda x: -x[1])
    )


def _simulate(replicates: int, *, quick: bool) -> int:
    """Rewrite the table and the plot of methods.md."""
    scores = simulation.evaluate(replicates, quick=quick)
    rows = [
        (
            one.method,
            simulation.DISTURBED[one.disturbed],
            f"{one.series}",
            f"{100 * one.found:.0f}%",
            "-" if one.days is None else f"{one.days:.0f}",
            f"{one.false_a_year:.2f}",
        )
        for one in scores
    ]
    header = ("method", "beside the outbreak", "series", "found", "mean days", "false alarms a year")
    text = METHODS.read_text(encoding="utf-8")
    METHODS.write_text(renewed(text, "detection", table(header, rows)), encoding="utf-8", newline="\n")
    PLOT.write_text(simulation.plot(scores), encoding="utf-8", newline="\n")
    return 0


def main(given: Sequence[str] | None = None) -> int:
    """Print what the nights of some demos brought."""
    parser = argparse.ArgumentParser(prog="python -m docs.detection", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="replay the nights of demos")
    parser.add_argument("--replicates", type=int, default=1, help="how often each baseline is drawn")
    parser.add_argument("--quick", action="store_true", help="seven baselines, and no slow method")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the demos")
    parser.add_argument("--records", type=int, default=COUNT, help="records of each")
    parser.add_argument(
        "--expected", type=float, default=EXPECTED, help="chance alarms a month that are allowed"
    )
    add_option(parser)
    parser.add_argument("--rules", action="store_true", help="say which rules raised the false ones")
    chosen = parser.parse_args(given)
    if not chosen.demo:
        return _simulate(chosen.replicates, quick=chosen.quick)
    items = [(seed, chosen.records, chosen.expected) for seed in chosen.seeds]
    outcomes = mapped("docs.detection", "outcome_of", items, chosen.scheduler)
    sys.stdout.write(report(outcomes) + "\n")
    if chosen.rules:
        sys.stdout.write("\n" + by_rule(outcomes) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
