"""Compare every pinned package with the published faults; fail where any could not be looked at.

    make audit

pip-audit by itself is content with a list that is empty, and with a package that nobody could be asked about.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==")


def name_of(text: str) -> str:
    """A package's name as indexes compare it.

    >>> name_of("Flask_Security")
    'flask-security'
    """
    return re.sub(r"[-_.]+", "-", text).lower()


def pinned(path: Path) -> set[str]:
    """Packages that a list of pins names."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name_of(found[1]) for line in lines if (found := _PIN.match(line))}


def verdict(wanted: set[str], report: dict[str, Any] | None) -> tuple[int, str]:
    """Exit code and what is said: 0 only where every package was looked at and none has a fault."""
    if not wanted:
        return 1, "nothing is pinned, so nothing was audited"
    if report is None:
        return 1, "pip-audit gave no answer, so nothing was audited: it says why above"
    found = {name_of(one["name"]): one for one in report.get("dependencies", [])}
    left = sorted(name for name in wanted if name not in found or "skip_reason" in found[name])
    if left:
        return 1, f"{len(left)} of {len(wanted)} packages were not audited: {', '.join(left[:10])}"
    faults = [
        f"{name} {one['version']}: {fault['id']}, mended in {' '.join(fault['fix_versions']) or 'none'}"
        for name, one in sorted(found.items())
        for fault in one.get("vulns", [])
    ]
    if faults:
        return 1, "\n".join(faults)
    return 0, f"{len(wanted)} packages were audited; no fault is known"


def main(arguments: list[str]) -> int:
    """Audit the list that is given, by the pip-audit that is given."""
    program, path = arguments[0], Path(arguments[1])
    asked = [
        program,
        "--strict",
        "--no-deps",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    done = subprocess.run([*asked, "-r", str(path)], stdout=subprocess.PIPE, check=False)  # noqa: S603 - ours
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = None
    code, said = verdict(pinned(path), report)
    print(said, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
