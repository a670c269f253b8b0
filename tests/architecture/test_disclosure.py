"""One door: only the disclosure package opens counts, and makes values of them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOOR = ROOT / "dashboard" / "services" / "disclosure"
#: What makes values of counts, by the module that has it.
MAKES_VALUES = {
    "surveillance.coverage.estimates": {"estimate"},
    "surveillance.coverage.area_changes": {"changes", "compared"},
    "surveillance.coverage.proportions": {"proportion", "proportion_interval", "difference_interval"},
    "surveillance.status": {"status_of"},
}
#: Rooms below which counts may be held at all.
READERS = (
    "dashboard/services/coverage/",
    "dashboard/services/clusters/",
    "dashboard/services/curves/",
    "dashboard/services/disclosure/",
    "dashboard/services/districts/read.py",
    "dashboard/services/reception/counts.py",
    "dashboard/services/alerts/read.py",
    "dashboard/services/cascades/read.py",
    "dashboard/services/data_quality/read.py",
    "dashboard/services/early_warning/read.py",
    "dashboard/services/indicators/",
    "dashboard/services/nowcast/",
)


@cache
def imported(text: str) -> set[tuple[str, str]]:
    """(module, name) of each import, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            found |= {(str(node.module), alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
    return found


def makes_values(text: str) -> bool:
    """Whether a module imports what makes values of counts, or the whole module that does."""
    for module, name in imported(text):
        full = f"{module}.{name}" if name else module
        if full in MAKES_VALUES or name in MAKES_VALUES.get(module, ()):
            return True
    return False


def modules():
    """Every module of the dashboard, but those of the door."""
    return [path for path in sorted((ROOT / "dashboard").rglob("*.py")) if DOOR not in path.parents]


def test_only_the_door_makes_values_of_counts():
    found = [str(path.relative_to(ROOT)) for path in modules() if makes_values(path.read_text("utf-8"))]
    assert found == []


def test_only_the_rooms_of_readers_hold_undisclosed_counts():
    box = ("dashboard.services.disclosure.undisclosed", "Undisclosed")
    holders = [str(path.relative_to(ROOT)) for path in modules() if box in imported(path.read_text("utf-8"))]
    assert holders and all(name.startswith(READERS) for name in holders)


def makes_issued(text: str) -> bool:
    """Whether a module says of counts that they are issued, or passes on that another one did."""
    return "Undisclosed" in text and any(
        keyword.arg in ("issued", None)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Undisclosed"
        for keyword in node.keywords
    )


def test_only_the_readers_of_releases_say_that_counts_are_issued():
    found = [str(path.relative_to(ROOT)) for path in modules() if makes_issued(path.read_text("utf-8"))]
    assert found == ["dashboard/services/coverage/issued/reading.py"]
    assert makes_issued("box = Undisclosed(3, issued=True)") and not makes_issued("Undisclosed(3)")


def test_nobody_reaches_into_the_box():
    for path in modules():
        text = path.read_text("utf-8")
        assert "_Undisclosed__" not in text and "disclosure.opening" not in text, path


@pytest.mark.parametrize(
    "text",
    [
        "from surveillance.coverage.estimates import Counts, estimate",
        "def f():\n    from surveillance.coverage import estimates",
        "import surveillance.coverage.proportions",
        "from surveillance.status import status_of as of",
    ],
)
def test_what_makes_values_is_found(text):
    assert makes_values(text)
    assert not makes_values("from surveillance.coverage.estimates import Counts, Estimate")
