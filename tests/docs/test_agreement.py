"""The table of agreement with SaTScan in docs/methods.md is what the engine gives now."""

from __future__ import annotations

from docs import agreement


def test_the_table_is_current_and_every_cluster_agrees() -> None:
    assert agreement.held_rows() == agreement.agreement()
    assert all("| same |" in line for line in agreement.held_rows())
    assert len(agreement.held_rows()) >= 27
