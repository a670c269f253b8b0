"""Write the power of scans along roads beside circles into methods.md: `python -m docs.corridors`.

Three roads lead inland from one gate, side by side. Cases are dealt out by population; in an outbreak some
places that follow each other on one road have a higher risk.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # run as a script, only docs/ is on the path
    sys.path.insert(0, str(HERE.parent))

from docs.simulated import add_option, mapped  # noqa: E402 - needs the path above
from surveillance.scan import scan  # noqa: E402

METHODS = HERE / "methods.md"
BEGIN, END = "<!-- generated: corridors -->", "<!-- end of generated: corridors -->"
ROADS, PLACES, CASES, RUNS = 3, 20, 300, 200
#: Places of an outbreak, the first from the gate, and how often the risk elsewhere.
OUTBREAKS = ((0, 1.0), (4, 2.5), (8, 2.0), (12, 1.75))
_APART, _STEP = 4.0, 5.0
_SIGNIFICANT = 0.05


def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Places on a plane, in km, and the roads between them."""
    rows, ways = [("gate", 0.0, _APART, 1000)], []
    for road in range(ROADS):
        for number in range(PLACES):
            name = f"r{road}p{number:02d}"
            rows.append((name, _STEP * (number + 1), _APART * road, 1000))
            before = "gate" if number == 0 else f"r{road}p{number - 1:02d}"
            ways.append((before, name, _STEP))
    places = pd.DataFrame(rows, columns=["location", "x", "y", "population"])
    return places, pd.DataFrame(ways, columns=["from", "to", "distance"])


Told = dict[str, tuple[bool, float, float]]


def one_run(item: tuple[int, float, int]) -> Told:
    """What both orders tell of one set of cases: whether a cluster, how much of it, and how much is right.

    `item`: places of the outbreak, their risk, and the number of the run, of which the cases are drawn.
    """
    many, risk, run = item
    places, ways = world()
    names = places["location"].tolist()
    planted = {f"r1p{number:02d}" for number in range(many)}
    chance = np.array([risk if name in planted else 1.0 for name in names])
    drawn = np.random.default_rng([many, run]).multinomial(CASES, chance / chance.sum())
    cases = pd.DataFrame({"location": names, "count": drawn})
    found: Told = {}
    for order, more in (("circle", {}), ("road", {"network": ways})):
        clusters = scan(cases, places, model="poisson", replicates=99, workers=1, **more).clusters
        told = bool(len(clusters)) and bool(clusters.loc[0, "p_value"] <= _SIGNIFICANT)
        members = set(clusters.loc[0, "locations"]) if told else set()
        right = len(members & planted)
        found[order] = (told, right / max(1, len(planted)), right / max(1, len(members)))
    return found


def row(many: int, risk: float, runs: list[Told]) -> str:
    """Power and false alarms of both orders for one kind of outbreak."""
    cells = [str(many) if many else "none", f"{risk:g}"]
    for order in ("circle", "road"):
        told = [run[order] for run in runs if run[order][0]]
        of, right = np.mean([one[1:] for one in told], axis=0) if told and many else (np.nan, np.nan)
        share = len(told) / len(runs)
        cells += [f"{share:.1%}", *("–" if np.isnan(one) else f"{one:.0%}" for one in (of, right))]
    return f"| {' | '.join(cells)} |"


def table(scheduler: str | None = None) -> str:
    """The whole table."""
    items = [(*outbreak, run) for outbreak in OUTBREAKS for run in range(RUNS)]
    told = mapped("docs.corridors", "one_run", items, scheduler)
    parts = [told[start : start + RUNS] for start in range(0, len(told), RUNS)]
    rows = (row(*outbreak, part) for outbreak, part in zip(OUTBREAKS, parts, strict=True))
    head = (
        "| places | risk | circle: p ≤ .05 | of the places found | of the members right "
        "| road: p ≤ .05 | of the places found | of the members right |",
        "|---|---|---|---|---|---|---|---|",
    )
    return "\n".join((*head, *rows))


def main() -> None:
    """Rewrite the table."""
    parser = argparse.ArgumentParser(prog="python -m docs.corridors", description=__doc__)
    add_option(parser)
    made, text = table(parser.parse_args().scheduler), METHODS.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.S)
    METHODS.write_text(pattern.sub(lambda _: f"{BEGIN}\n{made}\n{END}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
