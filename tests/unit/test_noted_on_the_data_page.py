"""Whatever an import notes and keeps has its words on the page of data."""

from __future__ import annotations

import re

from dashboard.components.imports.words import NOTICES
from scripts.catalogues import ROOT

#: Told in the receipt alone: of the file as a whole, and of rows that were left out.
_OF_THE_RECEIPT = {
    "ignored_column", "companion_column", "ignored_element", "read_as", "other_sheet", "above_header",
    "repeated_header", "second_header", "no_visit", "no_entry", "one_page", "totals_row", "unread_group",
    "lacking_column", "other_resource",
}  # fmt: skip


def test_every_kept_notice_has_words_on_the_data_page():
    page = (ROOT / "dashboard" / "templates" / "data.html").read_text("utf-8")
    named = set(re.findall(r'"([a-z_]+)": t\(', page))
    assert set(NOTICES) - _OF_THE_RECEIPT <= named
