"""Write how nowcasts agree with R, and how often they hold the truth: `python -m docs.nowcasts`.

Both tables stand in methods.md. R's answers are those of `tests/reference/nowcast`; the simulated weeks are
those of the long test.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.generate import renewed, table
from docs.simulated import add_option, mapped
from surveillance.nowcast.predict import nowcast
from tests.reference.test_nowcast import DATA, rows_of, triangle_held
from tests.support.nowcasts import CASES, covered, histories

METHODS = Path(__file__).resolve().parent / "methods.md"


def agreement() -> str:
    """A row for each of R's last steps."""
    lines = []
    for name in DATA:
        found = nowcast(triangle_held(name))
        pairs = zip(found.weeks, rows_of(f"{name}_lawless"), rows_of(f"{name}_bayes.trunc"), strict=True)
        lines += [
            (
                name,
                str(week.week),
                f"{week.reported}",
                f"{week.share:.4f}",
                f"{week.reported / week.share:.1f}",
                lawless["expected"],
                f"{week.expected} ({week.lower} to {week.upper})",
                f"{bayes['expected']} ({bayes['lower']} to {bayes['upper']})",
            )
            for week, lawless, bayes in pairs
        ]
    return table(
        ("data", "step", "come", "share", "come / share", "R, lawless", "here", "R, bayes.trunc"), lines
    )


def covered_of(case: str) -> tuple[float, int]:
    """The share of weeks that the interval holds of one kind of made-up reporting, and how many weeks."""
    share, weeks = covered(histories(case))
    return float(share), int(weeks)


def coverage(scheduler: str | None = None) -> str:
    """A row for each kind of made-up reporting."""
    lines = []
    found = mapped("docs.nowcasts", "covered_of", list(CASES), scheduler)
    for (case, (_, said)), (share, weeks) in zip(CASES.items(), found, strict=True):
        lines.append((said, f"{weeks:,}", f"{100 * share:.1f}%"))
        sys.stdout.write(f"{case}: {weeks} weeks, {share:.4f}\n")
        sys.stdout.flush()
    return table(("made-up reporting", "weeks of 30 records or more", "held by the 95% interval"), lines)


def main() -> int:
    """Rewrite the two tables."""
    parser = argparse.ArgumentParser(prog="python -m docs.nowcasts", description=__doc__)
    add_option(parser)
    scheduler = parser.parse_args().scheduler
    text = METHODS.read_text(encoding="utf-8")
    for name, made in (("nowcast agreement", agreement()), ("nowcast coverage", coverage(scheduler))):
        text = renewed(text, name, made)
    METHODS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
