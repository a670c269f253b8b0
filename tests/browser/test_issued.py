"""What a viewer and an official of one province see of issued figures, in both languages."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.messages import translator
from tests.browser.test_map import LANGUAGES
from tests.browser.test_today import open_page
from tests.support.matrix import only, some

pytestmark = pytest.mark.browser
STAMP = "Issued figures: release {number} of {day}, data until {until}; no number from 1 to {most} is shown."
OFF_THE_LATTICE = "disease=malaria&from=2025-05-05&to=2025-07-03"


@pytest.mark.parametrize(("language", "width"), only(("km", 360), LANGUAGES, (1280, 360)))
def test_a_viewer_reads_issued_figures_and_of_which_days_they_are(watched, site, language, width):
    watched.set_viewport_size({"width": width, "height": 800})
    t = translator(language)
    open_page(watched, site, "/", language, "viewer@demo.example")
    stamp = t(STAMP).split("{")[0]
    expect(watched.locator(".issued").first).to_contain_text(stamp)
    watched.goto(f"{site}/map?{OFF_THE_LATTICE}&area=KH01")
    expect(watched.locator(".widened")).to_contain_text("2025-05-01 – 2025-07-31", timeout=20_000)
    expect(watched.locator("#subtitle .issued")).to_contain_text(stamp)
    expect(watched.locator("#table tfoot tr")).to_have_count(1, timeout=20_000)
    expect(watched.locator("#export")).to_be_hidden()
    said = watched.locator("#table tbody").inner_text()
    for numerator, denominator in re.findall(r"([\d,]+) / ([\d,]+)", said):
        yes, people = (int(number.replace(",", "")) for number in (numerator, denominator))
        assert not {yes, people - yes} & {1, 2, 3, 4}
    assert watched.evaluate("document.documentElement.scrollWidth") <= width
    watched.goto(f"{site}/map?disease=malaria&by=facility")
    expect(watched.locator("#problem")).to_contain_text(
        t("By facility nothing is issued. Choose provinces or border crossings."), timeout=20_000
    )
    watched.locator("#problem a").click()
    expect(watched.locator("#table tfoot")).to_be_visible(timeout=20_000)


@pytest.mark.full  # on the demo: test_map.py
@pytest.mark.parametrize("language", some(LANGUAGES, ("en",)))
def test_an_official_sees_her_province_fully_and_the_others_as_issued(watched, site, language):
    t = translator(language)
    open_page(watched, site, f"/map?{OFF_THE_LATTICE}", language, "poipet@demo.example")
    own = watched.locator("#table tr[data-code=KH01]")
    expect(own).to_be_visible(timeout=20_000)
    assert "◇" not in own.inner_text()
    others = watched.locator("#table tbody tr:not([data-code=KH01])")
    assert all("◇" in text for text in others.locator("th").all_inner_texts())
    expect(watched.locator("#table tfoot tr")).to_have_count(2)
    expect(watched.locator("#table tfoot")).to_contain_text(t("All provinces, as issued"))
    expect(watched.locator("#subtitle .issued")).to_contain_text("◇")
    watched.locator(".take-away summary").click()
    with watched.expect_download() as found:
        watched.get_by_role("link", name="CSV", exact=True).click()
    with Path(found.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    assert (rows["KH01"]["issued"], rows["KH02"]["issued"]) == ("no", "yes")
    assert rows["KH02"]["periods"].startswith("month:2025-05-01")
    watched.goto(f"{site}/map?{OFF_THE_LATTICE}&place=home")
    expect(watched.locator("#table tfoot tr")).to_have_count(1, timeout=20_000)
    expect(watched.locator("#subtitle .issued")).to_be_visible()
