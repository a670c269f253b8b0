"""A country's release: what hiding and auditing cost, how much is hidden, and what one more month costs."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from surveillance.disclosure.audit import HIDDEN, SHOWN, audit
from surveillance.disclosure.audited import numbers_of, truth_of
from surveillance.disclosure.model import Block
from surveillance.disclosure.published import published
from surveillance.disclosure.suppress import suppress
from tests.bench.measure import say
from tests.support.release_cubes import ACUTE, CHRONIC, SENSITIVE, Country, block_of, year_of

#: Records of a year, from the commonest to the rarest.
DISEASES = {
    "ili": (60_000, ACUTE), "malaria": (20_000, ACUTE), "dengue": (15_000, ACUTE), "awd": (8_000, ACUTE),
    "sari": (5_000, ACUTE), "covid19": (3_000, ACUTE), "measles": (600, ACUTE), "cholera": (60, ACUTE),
    "tb": (9_000, CHRONIC), "hepatitis_b": (2_500, CHRONIC), "hepatitis_c": (700, CHRONIC),
    "hiv": (4_000, SENSITIVE), "syphilis": (1_200, SENSITIVE),
}  # fmt: skip
_SMALL = Country(provinces=8, crossings=10, homes=12)
_K = 5


def _blocks(small: bool, months: int) -> Iterator[Block]:
    """Draw five years of every disease; the last has `months`. A tenth of the records in the small form."""
    country = _SMALL if small else Country()
    for number, (disease, (count, lattice)) in enumerate(DISEASES.items()):
        for year in (2024, 2025) if small else range(2021, 2026):
            random = np.random.default_rng([number, year])
            until = months if year == 2025 else 12
            if until == 12 or lattice is not SENSITIVE:
                tables = year_of(country, count // (10 if small else 1) * until // 12, lattice, until, random)
                block = block_of(disease, year, until, tables)
                if block.tables:
                    yield block


def run(small: bool = False) -> None:
    """Hide and audit a release until August, and again one month later with what was proved before."""
    certificates: dict = {}
    for months in (8, 9):
        spent = {"suppress": 0.0, "audit": 0.0}
        counts = {SHOWN: 0, HIDDEN: 0}
        people, gone, findings, slowest = 0, 0, 0, (0.0, "")
        for block in _blocks(small, months):
            began = time.process_time()
            told = numbers_of([published(block, suppress(block, _K))])
            spent["suppress"] += time.process_time() - began
            truth = truth_of([block])
            began = time.process_time()
            report = audit([told], _K, truth=truth, certificates=certificates)
            took = time.process_time() - began
            print(
                f"  {block.disease} {block.year} audit {took:.1f} s, "
                f"so far suppress {spent['suppress']:.0f} s, audit {spent['audit'] + took:.0f} s",
                flush=True,
            )
            slowest = max(slowest, (took, f"{block.disease} {block.year} {dict(report.figures)}"))
            spent["audit"] += took
            findings += len(report.findings)
            issued = told.status != 2
            for status in counts:
                counts[status] += int((told.status == status).sum())
            number = truth.numerator[: len(told)]
            people += int(number[issued].sum())
            gone += int(number[told.status == HIDDEN].sum())
        hidden = counts[HIDDEN] / sum(counts.values())
        say(
            f"release until month {months}: {sum(counts.values()):,} families, {hidden:.1%} hidden, with "
            f"{gone / people:.2%} of the people; suppress {spent['suppress']:.0f} s of processor time, audit "
            f"{spent['audit']:.0f} s; {findings} findings; slowest: {slowest[1]}, {slowest[0]:.1f} s"
        )
