"""Who has reported, week by week, on a wide and a narrow screen, in both languages."""

from __future__ import annotations

import pytest

from tests.support.browsing import sign_in
from tests.support.matrix import every_value

pytestmark = pytest.mark.browser
#: Weeks in which facilities near the Thai border were silent.
DAYS = "from=2025-08-04&to=2025-10-05"


@pytest.mark.parametrize(("language", "width"), every_value(("en", "km"), (1280, 360)))
def test_every_report_has_a_sign_and_its_words(page, site, language, width):
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, site, f"/reporting?{DAYS}&area=KH22", language=language)
    across = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert across[0] <= across[1]
    cells = page.locator("table.reports td.report:not(.none)")
    shown = {cell.split("\n")[-1].strip() for cell in cells.all_inner_texts()}
    assert "×" in shown
    assert shown <= {"●", "◐", "0", "0*", "○", "×"}
    said = cells.first.locator(".visually-hidden").inner_text()
    assert said == cells.first.get_attribute("title")
    keys = page.locator(".report-keys .report").all_inner_texts()
    assert len(set(keys)) == len(keys) >= 6


def test_who_has_not_reported_is_one_press_from_the_first_page(page, site):
    sign_in(page, site, "/")
    page.click("#reports a[href$='/reporting']")
    assert page.locator("table.reports").count() == 1
