"""The table of roles in README.md names every role, and which of them read issued figures."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.permissions import CUSTODIAN, GRANTED, THRESHOLDS, Permission

README = Path(__file__).resolve().parents[2] / "README.md"
_ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_every_role_is_there_with_the_numbers_that_it_is_shown():
    said = {role: (numbers.strip(), more) for role, numbers, more in _ROW.findall(README.read_text("utf-8"))}
    assert set(said) == set(GRANTED) - {CUSTODIAN}
    for role, (numbers, more) in said.items():
        granted = GRANTED[role]
        assert numbers.startswith("issued figures") is (Permission.SEE_SMALL_COUNTS not in granted), role
        assert ("none below" in numbers) is (role in THRESHOLDS), role
        assert ("issue releases" in more) is (Permission.ISSUE_RELEASE in granted), role
        assert ("prepare" in more) is (Permission.PREPARE_RELEASE in granted), role
        assert ("look for clusters" in more) is (Permission.RUN_CLUSTERS in granted), role
