"""A messy register goes in through the browser and is corrected, and the number on the map has changed."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.support import browsing, messy_register
from tests.support.axe import faults
from tests.support.files import csv_text, record

pytestmark = pytest.mark.browser
MANAGER = "manager@demo.example"
#: Positive of tested at the centre's province, in the months of the register.
QUESTION = "/map?disease=tb&measure=positivity&from=2025-02-01&to=2025-04-30&area=KH01"
WAIT = 90_000


def sign_in(page: Page, site: str, address: str, language: str = "en") -> None:
    browsing.sign_in(page, site, address, MANAGER, language)


def on_the_map(page: Page, site: str) -> tuple[int, int]:
    """Positive and tested, as the panel of the province says them."""
    page.goto(site + QUESTION)
    panel = page.locator("#panel")
    expect(panel).to_contain_text(re.compile(r"[\d,]+ of [\d,]+"), timeout=WAIT)
    found = re.search(r"([\d,]+) of ([\d,]+)", panel.inner_text())
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def in_the_file(page: Page, site: str) -> tuple[int, int]:
    """The same two numbers, as the map's file says them: without a page that is drawn."""
    answer = page.request.get(site + QUESTION.replace("/map?", "/map.csv?"))
    assert answer.ok
    (row,) = (
        row for row in csv.DictReader(answer.text().lstrip("\ufeff").splitlines()) if row["code"] == "KH01"
    )
    return int(row["numerator"]), int(row["denominator"])


def bring(page: Page, site: str, path, source: str) -> str:
    page.goto(f"{site}/imports")
    page.get_by_label("Who delivers it").fill(source)
    page.get_by_label("File: CSV").set_input_files(str(path))
    page.get_by_role("button", name="Upload a file").click()
    page.wait_for_url(re.compile("/imports/[0-9a-f]{16}$"))
    return page.url


def count(page: Page, name: str) -> int:
    return int(page.locator(f'#counts [data-count="{name}"]').inner_text().replace(",", ""))


def test_a_messy_register_is_matched_tried_corrected_and_seen_on_the_map(watched, site, tmp_path):
    page = watched
    sign_in(page, site, "/")
    before = in_the_file(page, site)
    page.locator("nav a", has_text="Files").click()
    register = messy_register.write(tmp_path / "មេសា ២០២៥.xlsx")
    bring(page, site, register, "poipet register")

    expect(page.locator("#match")).to_be_visible(timeout=WAIT)
    expect(page.locator("h1")).to_have_text("មេសា ២០២៥.xlsx")
    expect(page.get_by_role("region", name="First rows")).to_contain_text("៩ មេសា ២៥៦៨")
    boxes = page.locator("#match input[type=checkbox]")
    assert not any(box.is_checked() for box in boxes.all()), "no guess is applied unseen"
    page.get_by_role("button", name="Tick every likely guess").click()
    for place, field in messy_register.FIELDS.items():
        if field == "record_id":  # a counter of rows: it is not offered, and is chosen by hand
            expect(page.locator(f"[name=use-{place}]")).to_have_count(0)
            page.locator(f"[name=field-{place}]").select_option(field)
            continue
        expect(page.locator(f"[name=use-{place}]")).to_be_checked()
        expect(page.locator(f"[name=use-{place}]")).to_have_attribute("value", field)
    page.locator("[name=use-7]").uncheck()
    page.locator("[name=field-7]").select_option("positive")
    page.get_by_label("Disease of every row").select_option("tb")
    page.get_by_label("Name of this mapping").fill("Poipet register")
    page.locator("#match").get_by_role("button", name="Try it").click()

    dates = page.locator("#dates")
    expect(dates).to_be_visible(timeout=WAIT)
    expect(dates).to_contain_text("2025-04-08")
    expect(dates).to_contain_text("2025-08-04")
    dates.get_by_label("day first").check()
    dates.get_by_role("button", name="Go on").click()

    expect(page.locator("#values")).to_be_visible(timeout=WAIT)
    for text, code in messy_register.VALUES.items():
        page.get_by_label(f"Test positive: {text}", exact=True).select_option(code)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#store")).to_be_visible(timeout=WAIT)
    expect(page.locator("#values select").first).to_have_value("yes")
    assert (count(page, "accepted"), count(page, "rejected")) == (
        messy_register.ACCEPTED,
        messy_register.REJECTED,
    )
    expect(page.locator("#reasons")).to_contain_text("Row 9")
    expect(page.locator("#reasons")).to_contain_text("Row 13")
    expect(page.locator("#notices")).to_contain_text("Row 15 is a sum")
    expect(page.locator("#preview")).to_contain_text("2025-04-09")
    assert in_the_file(page, site) == before, "nothing is stored before it is asked for"
    page.locator("#store button").click()

    expect(page.locator("#state")).to_have_text("The file was imported.", timeout=WAIT)
    rows = {
        name: count(page, name)
        for name in ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
    }
    assert rows.pop("rows") == sum(rows.values()) == len(messy_register.ROWS)
    receipt = page.url
    with page.expect_download() as download:
        page.get_by_role("button", name="Fetch the returned rows").click()
    assert download.value.suggested_filename == "មេសា ២០២៥-returned.xlsx"
    returned = tmp_path / "returned.xlsx"
    download.value.save_as(returned)
    expect(page.locator("#returned")).to_contain_text("have been fetched", timeout=WAIT)
    assert in_the_file(page, site) == (before[0] + 2, before[1] + 5)

    corrected = messy_register.corrected(returned, tmp_path / "corrected.xlsx")
    bring(page, site, corrected, "poipet register")
    expect(page.locator("#mapping")).to_be_visible(timeout=WAIT)
    page.get_by_label("Mapping", exact=True).select_option("poipet-register")
    page.locator("form", has=page.locator("#mapping")).get_by_role("button", name="Try it").click()
    page.wait_for_selector("#dates, #store", timeout=WAIT)
    if page.locator("#dates").count():
        page.get_by_label("day first").check()
        page.get_by_role("button", name="Go on").click()
        page.wait_for_selector("#store", timeout=WAIT)
    assert (count(page, "accepted"), count(page, "rejected")) == (2, 0)
    page.locator("#store button").click()
    expect(page.locator("#state")).to_have_text("The file was imported.", timeout=WAIT)
    assert on_the_map(page, site) == (before[0] + 3, before[1] + 7)

    bring(page, site, register, "poipet register")  # the same file again changes nothing
    expect(page.locator("#mapping")).to_be_visible(timeout=WAIT)
    page.get_by_label("Mapping", exact=True).select_option("poipet-register")
    page.locator("form", has=page.locator("#mapping")).get_by_role("button", name="Try it").click()
    expect(page.locator("#dates")).to_be_visible(timeout=WAIT)
    page.get_by_label("day first").check()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_selector("#store", timeout=WAIT)
    assert (count(page, "duplicate"), count(page, "accepted")) == (7, 0)
    page.get_by_role("button", name="Cancel, and delete the file").click()
    expect(page.locator("#state")).to_have_text("The import was cancelled.")
    page.goto(f"{site}/imports")
    expect(page.locator(f'a[href="{receipt.removeprefix(site)}"]')).to_be_visible()


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_every_step_fits_its_screen_in_both_languages(watched, site, tmp_path, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, "/imports", language)
    register = messy_register.write(
        tmp_path / "a-register-with-a-long-name-that-has-no-space-at-all-2025.xlsx"
    )
    width = SIZES[size]["width"]

    def fits(step):
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"nothing sticks out of {step}"
        unlabelled = page.evaluate(
            """() => [...document.querySelectorAll('select, input:not([type=hidden]), button, a')]
            .filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label')
                && !e.getAttribute('aria-labelledby') && !e.textContent.trim()).map(e => e.outerHTML)"""
        )
        assert unlabelled == []
        out_of_reach = page.evaluate(
            """() => [...document.querySelectorAll('.scroll')]
            .filter(e => e.scrollWidth > e.clientWidth && e.tabIndex !== 0).map(e => e.className)"""
        )
        assert out_of_reach == []
        assert faults(page) == [], step

    fits("the list")
    page.set_input_files("#bring-file", str(register))
    page.locator("#bring button[type=submit]").click()
    expect(page.locator("#match")).to_be_visible(timeout=WAIT)
    fits("the columns")
    for place, field in messy_register.FIELDS.items():
        page.locator(f"[name=field-{place}]").select_option(field)
    page.locator("[name=constant-disease]").select_option("tb")
    page.fill("[name=name]", f"fits-{language}-{size}".lower())
    page.locator("#match button[type=submit]").click()
    expect(page.locator("#dates")).to_be_visible(timeout=WAIT)
    fits("the dates")
    page.locator("[value=day-first]").check()
    page.locator("#dates button").click()
    expect(page.locator("#store")).to_be_visible(timeout=WAIT)
    fits("what would become of the rows")
    page.locator("form.aside button").click()
    expect(page.locator("#state")).to_be_visible()
    fits("the end")


def test_without_scripts_a_file_goes_in_too(chromium, site, tmp_path):
    context = chromium.new_context(locale="en-US", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, "/imports")
    path = tmp_path / "plain.csv"
    path.write_text(csv_text([record(facility_id=messy_register.FACILITY, record_id="x1")]), encoding="utf-8")
    page.fill("#bring-source", "without scripts")
    page.set_input_files("#bring-file", str(path))
    page.locator("#bring button[type=submit]").click()
    expect(page.locator("#mapping")).to_be_visible(timeout=WAIT)  # the page looks again by itself
    page.select_option("#mapping", "schema")
    page.locator("form", has=page.locator("#mapping")).locator("button").click()
    expect(page.locator("#store")).to_be_visible(timeout=WAIT)
    page.locator("#store button").click()
    expect(page.locator("#state")).to_have_text("The file was imported.", timeout=WAIT)
    context.close()


def test_a_file_that_is_too_large_is_not_even_sent(watched, site, tmp_path):
    page = watched
    sign_in(page, site, "/imports")
    path = tmp_path / "large.csv"
    path.write_text(csv_text([record()]), encoding="utf-8")
    page.evaluate("document.querySelector('#bring-file').dataset.most = 10")
    page.set_input_files("#bring-file", str(path))
    expect(page.locator("#problem")).to_contain_text("larger than")
    page.locator("#bring button[type=submit]").click()
    expect(page).to_have_url(f"{site}/imports")
