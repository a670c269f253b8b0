"""The blocks of docs/notebook.md run one after the other, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

import surveillance

PAGE = Path(__file__).resolve().parents[2] / "docs" / "notebook.md"
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n\n```text\n(?P<printed>.*?)^```", re.M | re.S)


def test_every_block_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count("```python") == 5
    names: dict[str, Any] = {}
    for code, printed in blocks:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(code, names)
        assert [line.rstrip() for line in said.getvalue().splitlines()] == printed.splitlines()
    assert {"coverage_table", "scan", "proportion_interval"} <= names.keys()


def test_the_public_names_are_there_and_load_nothing_before_they_are_used() -> None:
    assert {"coverage_table", "difference_interval", "proportion", "proportion_interval", "scan"} <= set(
        surveillance.__all__
    )
    for name in surveillance.__all__:
        assert callable(getattr(surveillance, name)), name
    with pytest.raises(AttributeError, match="no attribute 'scam'"):
        _ = surveillance.scam
