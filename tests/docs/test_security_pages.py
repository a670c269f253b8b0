"""The pages on security speak of every item, and of tests and files that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("SECURITY.md", "docs/security.md", "docs/asvs.md")
#: Items of ASVS 5.0.0: how many each section has, and which of them are of level 3.
SECTIONS = {
    "1.1": 2, "1.2": 10, "1.3": 12, "1.4": 3, "1.5": 3, "2.1": 3, "2.2": 3, "2.3": 5, "2.4": 2, "3.1": 1,
    "3.2": 3, "3.3": 5, "3.4": 8, "3.5": 8, "3.6": 1, "3.7": 5, "4.1": 5, "4.2": 5, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 6, "5.3": 3, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4,
    "6.7": 2, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2, "8.1": 4, "8.2": 4,
    "8.3": 3, "8.4": 2, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 3, "10.3": 5, "10.4": 16, "10.5": 5,
    "10.6": 2, "10.7": 3, "11.1": 4, "11.2": 5, "11.3": 5, "11.4": 4, "11.5": 2, "11.6": 2, "11.7": 2,
    "12.1": 5, "12.2": 2, "12.3": 5, "13.1": 4, "13.2": 6, "13.3": 4, "13.4": 7, "14.1": 2, "14.2": 8,
    "14.3": 3, "15.1": 5, "15.2": 5, "15.3": 7, "15.4": 4, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3,
    "16.5": 4, "17.1": 2, "17.2": 8, "17.3": 2,
}  # fmt: skip
THIRD = [
    "1.2.10", "1.3.12", "1.5.3", "2.3.5", "2.4.2", "3.1.1", "3.2.3", "3.3.5", "3.4.7", "3.4.8",
    "3.5.6", "3.5.7", "3.5.8", "3.6.1", "3.7.3", "3.7.4", "3.7.5", "4.1.4", "4.1.5", "4.2.2", "4.2.3",
    "4.2.4", "4.2.5", "5.2.4", "5.2.5", "5.2.6", "5.3.3", "6.3.5", "6.3.6", "6.3.7", "6.3.8", "6.4.5",
    "6.4.6", "6.5.6", "6.5.7", "6.5.8", "6.6.4", "6.7.1", "6.7.2", "7.5.3", "8.1.3", "8.1.4", "8.2.4",
    "8.3.2", "8.3.3", "8.4.2", "10.2.3", "10.3.5", "10.4.12", "10.4.13", "10.4.14", "10.4.15",
    "10.4.16", "11.1.3", "11.1.4", "11.2.4", "11.2.5", "11.3.4", "11.3.5", "11.5.2", "11.6.2",
    "11.7.1", "11.7.2", "12.1.4", "12.1.5", "12.3.5", "13.1.2", "13.1.3", "13.1.4", "13.2.6", "13.3.3",
    "13.3.4", "13.4.6", "13.4.7", "14.2.5", "14.2.6", "14.2.7", "14.2.8", "15.1.4", "15.1.5", "15.2.4",
    "15.2.5", "15.4.1", "15.4.2", "15.4.3", "15.4.4", "16.5.4", "17.1.2", "17.2.5", "17.2.6", "17.2.7",
    "17.2.8",
]  # fmt: skip


def test_every_item_of_levels_one_and_two_has_one_verdict():
    every = {f"{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)}
    assert set(THIRD) <= every
    text = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d., ]+) \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    items = [item for row in rows for item in row[0].split(", ")]
    assert sorted(set(items)) == sorted(items)
    assert set(items) == every - set(THIRD)
    assert {verdict for _, verdict, _ in rows} == {"yes", "partly", "no", "none"}


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|dashboard|db|deploy|docs|scripts)/[\w./-]+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert [link for link in linked if not ((ROOT / page).parent / link).exists()] == []


def test_every_promise_names_a_test():
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    table = text.partition("## What is promised")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(rows) >= 16
    assert [row for row in rows if "`tests/" not in row] == []
