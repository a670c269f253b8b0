"""List the licence of every package that running needs, as the packages say it themselves.

    make licences

Ends with 1 where a package says none.
"""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from scripts.audit import pinned

ROOT = Path(__file__).resolve().parent.parent
_LONGEST = 60
#: Of packages that say nothing: as their files say it (THIRD_PARTY.md).
_OF_FILES = {"resvg-py": "MIT"}


def licence_of(package: Distribution) -> str:
    """The licence: its expression, else its classifiers, else the first line of what is written there."""
    about = package.metadata
    if expression := about.get("License-Expression"):
        return expression
    kinds = [text.rpartition(" :: ")[2] for text in about.get_all("Classifier", []) if "License ::" in text]
    written = (about.get("License") or "").strip().partition("\n")[0]
    if kinds and kinds != ["OSI Approved"]:
        return "; ".join(kinds)
    return written[:_LONGEST]


def listed(lock: Path) -> list[tuple[str, str, str]]:
    """Name, version and licence; blank where a package is not for this machine, `?` where it says nothing."""
    rows = []
    for name in sorted(pinned(lock)):
        try:
            package = distribution(name)
        except PackageNotFoundError:
            rows.append((name, "", "not installed here"))
            continue
        rows.append((name, package.version, licence_of(package) or _OF_FILES.get(name, "?")))
    return rows


def main() -> int:
    """Print them."""
    rows = listed(ROOT / "requirements.lock")
    for name, version, licence in rows:
        sys.stdout.write(f"{name:<28} {version:<12} {licence}\n")
    return int(any(licence == "?" for _, _, licence in rows))


if __name__ == "__main__":
    sys.exit(main())
