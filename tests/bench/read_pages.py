"""The pages that readers ask for under load."""

from __future__ import annotations

DISEASES = ("malaria", "tb", "hiv", "syphilis", "measles", "dengue")
PROVINCES = ("KH01", "KH02", "KH09", "KH12", "KH17")


def pages() -> list[str]:
    """Every address that a reader of `readers.py` may ask for."""
    by_disease = [f"{path}?disease={one}" for path in ("/map", "/map/table", "/curves") for one in DISEASES]
    return ["/", "/reporting", *(f"/provinces/{one}" for one in PROVINCES), *by_disease]
