"""Write the table of agreement with SaTScan into methods.md: `python -m docs.agreement`.

Published data are other people's and not kept here; where they are not at hand their rows stay as they are.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # run as a script, only docs/ is on the path
    sys.path.insert(0, str(HERE.parent))

from surveillance.scan import scan  # noqa: E402 - needs the path above
from tests.support.scan_cases import (  # noqa: E402
    PARITY_NAMES,
    PUBLISHED,
    ScanCase,
    parity,
    parity_clusters,
    published,
)

METHODS = HERE / "methods.md"
BEGIN, END = "<!-- generated: agreement -->", "<!-- end of generated: agreement -->"
_HEADER = (
    "| data | cluster | members | LLR | LLR, SaTScan | observed / expected | the same, SaTScan "
    "| p | p, SaTScan |",
    "|---|---|---|---|---|---|---|---|---|",
)
#: How the rows of each case begin.
_TITLES = {name: f"{name} (synthetic)" for name in PARITY_NAMES}


def rows_of(case: ScanCase) -> list[str]:
    """One line for each of SaTScan's clusters."""
    if case.name in PARITY_NAMES:
        found = parity_clusters(case.name)
    else:
        found = scan(case.cases, case.locations, **case.arguments).clusters
    lines = []
    for number, answer in enumerate(
        case.answers[: len(found)]
    ):  # of p near 1 chance decides which are listed
        ours = found.iloc[number]
        same = {
            "locations": sorted(ours["locations"]),
            "n_locations": ours["n_locations"],
            "observed": ours["observed"],
            "start": str(ours["start"]),
            "end": str(ours["end"]),
        }
        told = {name: sorted(value) if name == "locations" else value for name, value in answer.items()}
        agree = all(same[name] == told[name] for name in same if name in told)
        theirs = f"{answer['observed']} / {answer['expected']}" if "observed" in answer else "not published"
        cells = (
            _TITLES.get(case.name, case.name),
            str(number + 1),
            "same" if agree else "OTHER",
            f"{ours['llr']:.6f}",
            f"{answer['llr']:.6f}",
            f"{ours['observed']} / {ours['expected']:.2f}",
            theirs,
            f"{ours['p_value']:.3f}",
            f"{answer['p_value']:.3f}" if "p_value" in answer else "not published",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def held_rows() -> list[str]:
    """The rows that methods.md has now."""
    text = METHODS.read_text(encoding="utf-8")
    part = text[text.index(BEGIN) : text.index(END)]
    return [line for line in part.splitlines() if line.startswith("| ") and line != _HEADER[0]]


def agreement() -> list[str]:
    """All rows: computed, or for published data that are not here those held."""
    lines = [line for name in PARITY_NAMES for line in rows_of(parity(name))]
    if PUBLISHED.is_dir():
        return lines + [line for case in published() for line in rows_of(case)]
    return lines + [line for line in held_rows() if "(synthetic)" not in line]


def main() -> None:
    """Rewrite the table."""
    table = "\n".join((*_HEADER, *agreement()))
    text = METHODS.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.S)
    METHODS.write_text(pattern.sub(lambda _: f"{BEGIN}\n{table}\n{END}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
