"""A person's path: signing in, reading the map, filtering, opening a province, in both languages."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.services.clock import today_in_cambodia
from geodata.provinces import PROVINCES
from tests.support.browsing import sign_in
from tests.support.matrix import only

pytestmark = pytest.mark.browser
LANGUAGES = ["en", "km"]
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 360, "height": 740}}
#: Where a page is hardest to get right; the other languages and widths are tried by `make full`.
KHMER_ON_A_PHONE = only(("km", "narrow"), LANGUAGES, [*SIZES])
#: The opposite corner, for tests beside which another holds Khmer or a phone.
ENGLISH_ON_A_SCREEN = only(("en", "wide"), LANGUAGES, [*SIZES])
BANTEAY_MEANCHEY = {"en": "Banteay Meanchey", "km": "បន្ទាយមានជ័យ"}


def open_map(
    page: Page,
    site: str,
    address: str = "/map",
    account: str = "official@demo.example",
    language: str | None = None,
) -> None:
    sign_in(page, site, address, account, language)
    expect(page.locator("#table tbody tr").first).to_be_visible(timeout=20_000)
    page.wait_for_selector("#map .choroplethlayer path", state="attached")


def drawn(page: Page) -> int:
    """Outlines of Cambodian provinces that the map holds (three more are the neighbours')."""
    page.wait_for_selector("#map .choroplethlayer path")
    return page.locator("#map .choroplethlayer path").count() - 3


def unfold(page: Page) -> None:
    """Open the filters, which a phone shows folded into one line."""
    line = page.locator("#show-filters")
    if line.is_visible() and line.get_attribute("aria-expanded") == "false":
        line.click()


def choose(page: Page, name: str, value: str) -> None:
    if name != "step":  # that one stands in the panel
        unfold(page)
    page.locator(f"#filter-{name}").select_option(value)
    page.wait_for_load_state("networkidle")


def unlabelled(page: Page) -> list[str]:
    """What can be pressed or filled in, and says to no screen reader what it is."""
    return page.evaluate(
        """() => [...document.querySelectorAll('select, input:not([type=hidden]), button, a')]
        .filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label') && !e.textContent.trim())
        .map(e => e.outerHTML)"""
    )


def downloaded(page: Page) -> dict[str, dict[str, str]]:
    """The rows of the table as a file: code -> row."""
    with page.expect_download() as download:
        page.click("#export")
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as handle:
        return {row["code"]: row for row in csv.DictReader(handle)}


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_an_official_signs_in_filters_and_reads_a_province(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    open_map(page, site, language=language)
    expect(page.locator("html")).to_have_attribute("lang", language)

    assert page.evaluate("!document.createElement('canvas').getContext('webgl')"), "WebGL is off"
    assert drawn(page) == 25
    codes = set(page.locator("#table tbody tr").evaluate_all("rows => rows.map(r => r.dataset.code)"))
    assert codes >= {*PROVINCES, "unknown"}
    assert unlabelled(page) == []

    choose(page, "disease", "tb")
    expect(page).to_have_url(re.compile("disease=tb"))
    expect(page.locator("#title")).to_contain_text({"en": "Tuberculosis", "km": "របេង"}[language])
    before = page.locator("#panel .headline").inner_text()
    page.locator("details.more summary").click()
    choose(page, "sex", "female")
    expect(page).to_have_url(re.compile("sex=female"))
    expect(page.locator("#panel .headline")).not_to_have_text(before)
    assert drawn(page) == 25

    page.locator("#table a", has_text=BANTEAY_MEANCHEY[language]).click()
    expect(page.locator("#panel-name")).to_have_text(BANTEAY_MEANCHEY[language])
    expect(page).to_have_url(re.compile("area=KH01"))
    headline = page.locator("#panel .headline").inner_text()
    shown = re.match(r"(\d+\.\d)% \((\d+\.\d)%–(\d+\.\d)%\)", headline)
    assert shown, headline
    for number in shown.groups():  # panel and table say the same
        expect(page.locator("#table tr[data-code=KH01]")).to_contain_text(number)
    expect(page.locator("#trend .scatterlayer path").first).to_be_attached()
    assert page.locator("[id^=groups-]").count() == 5
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size]["width"], "nothing sticks out"

    rows = downloaded(page)
    assert rows.keys() >= {*PROVINCES, "unknown"}
    row = rows["KH01"]
    assert row["synthetic"] == "yes"
    said = page.locator("#table tr[data-code=KH01]").inner_text()
    assert f"{float(row['coverage']) * 100:.1f}%" in said
    assert f"{int(row['numerator']):,} / {int(row['denominator']):,}" in said


def test_a_click_on_the_map_opens_the_province_under_it(watched, site):
    open_map(watched, site)
    assert drawn(watched) == 25  # a slow machine draws after the last answer has come
    box = watched.locator("#map").bounding_box()
    # Kampong Thom, in the middle of the country: found by its own outline, clicked at its centre.
    watched.mouse.click(box["x"] + box["width"] * 0.50, box["y"] + box["height"] * 0.44)
    expect(watched).to_have_url(re.compile("area=KH"))
    expect(watched.locator("#panel-name")).not_to_have_text("All areas together")


def test_the_address_is_the_state_and_the_back_button_goes_back(watched, site):
    open_map(watched, site, "/map?disease=dengue&measure=positivity&from=2024-01-01&to=2024-12-31")
    expect(watched.locator("#filter-disease")).to_have_value("dengue")
    expect(watched.locator("#filter-measure")).to_have_value("positivity")
    expect(watched.locator("#filter-period")).to_have_value("2024-01-01..2024-12-31")
    choose(watched, "disease", "measles")
    expect(watched.locator("#title")).to_contain_text("Measles")
    watched.go_back()
    expect(watched.locator("#title")).to_contain_text("Dengue")
    expect(watched.locator("#filter-disease")).to_have_value("dengue")


def test_crossings_are_drawn_listed_and_poipet_is_named(watched, site):
    open_map(watched, site, "/map?disease=tb&by=crossing")
    expect(watched.locator("#table tbody tr")).to_have_count(44)
    expect(watched.locator("#map .scattergeo text", has_text="Poipet")).to_be_visible()
    expect(watched.locator("#not-drawn")).to_contain_text("An Ses")


@pytest.mark.full  # test_reader.py: crossings; without a browser tests/security/test_sensitive_diseases.py
@pytest.mark.parametrize("by", ["crossing", "facility"])
def test_hiv_by_crossing_and_by_facility_is_hidden_and_says_why(watched, site, by):
    open_map(watched, site, f"/map?disease=hiv&by={by}")
    expect(watched.locator("#problem")).to_contain_text("could harm people")
    expect(watched.locator("#panel .headline")).to_contain_text("hidden")
    assert set(watched.locator("#table tbody td:nth-child(2)").all_inner_texts()) == {"■ hidden"}


def test_an_account_for_one_province_counts_that_one_alone_and_reads_the_others_as_issued(watched, site):
    open_map(watched, site, "/map?disease=malaria", account="poipet@demo.example")
    rows = watched.locator("#table tbody tr")
    issued = rows.filter(has_text="◇")
    assert issued.count() == rows.count() - 1
    expect(watched.locator("#table tr[data-code=KH01]")).not_to_contain_text("◇")
    expect(watched.locator("#table tr[data-code=KH01]")).to_contain_text("%")
    expect(watched.locator("#panel-name")).to_have_text("Your provinces together")
    expect(watched.locator("#table tfoot th").first).to_have_text("Your provinces together")
    expect(watched.locator("#table tfoot th").last).to_contain_text("All provinces, as issued")


def test_the_data_page_lists_what_was_imported_and_not_understood(watched, site):
    sign_in(watched, site, "/reporting")
    watched.click("header .more-pages summary")  # More
    watched.click("header nav >> text=Data")
    expect(watched.locator("main")).to_contain_text("synthetic demo")
    expect(watched.locator("main")).not_to_contain_text("synthetic-demo.csv")  # for who brought it alone
    expect(watched.locator("main")).to_contain_text("DEMO-NOT-LISTED-1")
    expect(watched.locator("#data-status")).to_contain_text("2026-06-30")


def test_signing_out_ends_the_session_even_for_a_copied_cookie(watched, site):
    sign_in(watched, site, "/reporting")
    cookies = watched.context.cookies()
    watched.click("text=Sign out")
    expect(watched).to_have_url(re.compile("/sign-in"))
    watched.context.add_cookies(cookies)
    watched.goto(f"{site}/data")
    expect(watched).to_have_url(re.compile("/sign-in"))


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_an_earlier_day_is_chosen_marked_and_left_again(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    open_map(page, site, "/map?disease=tb&area=KH01", language=language)
    expect(page.locator("#past")).to_be_hidden()
    headline = page.locator("#panel .headline").inner_text()
    today = today_in_cambodia().isoformat()
    unfold(page)
    page.locator("details.more summary").click()
    page.locator("#filter-as_of").fill(today)
    expect(page.locator("#past")).to_contain_text(today)
    expect(page).to_have_url(re.compile(f"as_of={today}"))
    expect(page.locator("#panel .headline")).to_have_text(headline, use_inner_text=True)
    expect(page.locator("#export")).to_have_attribute("href", re.compile(f"as_of={today}"))
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    page.locator("#past a").click()
    expect(page.locator("#table tbody tr").first).to_be_visible(timeout=20_000)
    expect(page.locator("#past")).to_be_hidden()
    unfold(page)
    page.locator("details.more summary").click()
    page.locator("#filter-as_of").fill("2021-01-01")
    expect(page.locator("#problem")).to_contain_text("2021-01-01")
    expect(page.locator("#past")).to_be_hidden()
    expect(page.locator("#panel .headline")).to_be_visible()
