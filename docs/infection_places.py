"""Write how often places of infection hold the truth into methods.md: `python -m docs.infection_places`.

People of tests/support/travellers.py travel between places of known risk; where each was infected is known.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from docs.generate import renewed, table
from surveillance.infection_place.incubation import INCUBATIONS
from surveillance.infection_place.infer import Places, Risk, infer
from tests.support.travellers import ABROAD, PLACES, RISK, Told, travellers

METHODS = Path(__file__).resolve().parent / "methods.md"
#: Data sets of each row, and draws for each.
SETS, DRAWS = 60, 300
WAYS = {
    "risks known": "risks known",
    "estimated": "risks estimated from person-days",
    "alike": "every place alike, though they are not",
}


@dataclass
class Checked:
    """What came out over all data sets."""

    cases: int = 0
    hits: float = 0.0
    error: float = 0.0
    imported: list[bool] = field(default_factory=list)
    apart: list[float] = field(default_factory=list)
    sure: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)


def asked(told: Told, disease: str, way: str, seed: int, draws: int = DRAWS) -> Places:
    """Ask for the places in one of the ways."""
    risks = dict(zip(PLACES, (Risk(float(one)) for one in RISK / RISK[0]), strict=True))
    return infer(
        told.cases, INCUBATIONS[disease], ABROAD, draws=draws, seed=seed,
        risks=risks if way == "risks known" else None,
        person_days=told.person_days if way == "estimated" else None,
    )  # fmt: skip


def checked(disease: str, way: str, sets: int = SETS, draws: int = DRAWS) -> Checked:
    """Compare with the truth."""
    done = Checked()
    for seed in range(sets):
        told = travellers(seed, INCUBATIONS[disease])
        found = asked(told, disease, way, seed, draws)
        truth = dict(zip((case.name for case in told.cases), told.truth, strict=True))
        real = [truth[name] for name in found.names]
        at = [found.places.index(place) for place in real]
        given = found.probability[np.arange(len(real)), at]
        share = float(np.mean([place in ABROAD for place in real]))
        done.cases += len(real)
        done.hits += float((found.probability.argmax(axis=1) == at).sum())
        done.error += float(((found.probability**2).sum(axis=1) - 2 * given + 1).sum())
        done.imported.append(found.imported.lower <= share <= found.imported.upper)
        done.apart.append(found.imported.value - share)
        sure = found.probability.max(axis=1)
        done.sure += sure.tolist()
        done.right += (found.probability.argmax(axis=1) == at).tolist()
    return done


def truths() -> str:
    """A row for each disease and way."""
    rows = []
    for disease in ("dengue", "measles"):
        for way, said in WAYS.items():
            done = checked(disease, way)
            rows.append((
                disease, said, f"{done.cases:,}", f"{100 * done.hits / done.cases:.1f}%",
                f"{100 * np.mean(done.sure):.1f}%", f"{done.error / done.cases:.3f}",
                f"{100 * np.mean(done.apart):+.1f}", f"{100 * np.mean(done.imported):.0f}%",
            ))  # fmt: skip
            sys.stdout.write(f"{rows[-1]}\n")
            sys.stdout.flush()
    return table(
        ("disease", "risks", "cases", "likeliest place is the true one", "mean probability of the likeliest",
         "Brier score", "imported share, less the true one (points)", "95% interval holds the true share"),
        rows,
    )  # fmt: skip


def main() -> int:
    """Rewrite the table."""
    made = truths()
    text = renewed(METHODS.read_text(encoding="utf-8"), "places of infection", made)
    METHODS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
