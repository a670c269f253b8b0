"""Look whether a list of what is in Chhlang (CycloneDX) names every pinned package, its version and hashes.

    make sbom

The program that writes it is content with a list that it could not read.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from scripts.audit import name_of

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def verdict(lock: str, report: dict[str, Any]) -> tuple[int, str]:
    """Exit code and what is said: 0 only where each package of the lock is in the report as it is pinned.

    >>> verdict("a==1 \\\\\\n    --hash=sha256:00", {"components": []})
    (1, '1 of 1 packages are not listed as they are pinned: a 1')
    """
    wanted = {(name_of(name), version) for name, version in _PIN.findall(lock)}
    if not wanted:
        return 1, "nothing is pinned, so nothing was listed"
    found = {
        (name_of(one["name"]), one.get("version"))
        for one in report.get("components", [])
        if any(reference.get("hashes") for reference in one.get("externalReferences", []))
        or one.get("hashes")
    }
    left = sorted(wanted - found)
    if left:
        named = ", ".join(f"{name} {version}" for name, version in left[:10])
        return 1, f"{len(left)} of {len(wanted)} packages are not listed as they are pinned: {named}"
    return 0, f"{len(wanted)} packages are listed, each with its hashes"


def main(arguments: list[str]) -> int:
    """Compare the list that is given with the lock that is given."""
    report, lock = Path(arguments[0]), Path(arguments[1])
    code, said = verdict(lock.read_text(encoding="utf-8"), json.loads(report.read_text(encoding="utf-8")))
    print(said, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
