"""Looking for clusters, as a person does: ask, wait or cancel, read, sort, open a cluster, download."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from dashboard.components.clusters.table import expected_text, small
from tests.browser.test_map import ENGLISH_ON_A_SCREEN, KHMER_ON_A_PHONE, SIZES
from tests.support import browsing
from tests.support.axe import faults
from tests.support.matrix import some

pytestmark = pytest.mark.browser
EPIDEMIOLOGIST, OFFICIAL = "epidemiologist@demo.example", "official@demo.example"
#: Finds the weeks of dengue planted in facilities of Kampong Cham (docs/demo.md).
PLANTED = {
    "disease": "dengue",
    "view": "facility:care",
    "model": "space-time-permutation",
    "time": "retrospective",  # of dengue the usual question is what is going on now
    "period": "2021-07-01..",
}
#: Enough for the run to be seen at work.
REPLICATES = "199"
#: Takes long enough to be seen at work, and to be stopped.
SLOW = {"disease": "tb", "view": "facility:care", "model": "space-time-permutation", "time_unit": "day"}
SIGNED_OUT = {"en": "You were signed out", "km": "អ្នកបានចាកចេញពីប្រព័ន្ធ"}
NAMES = {"en": "Kampong Cham", "km": "កំពង់ចាម"}


def sign_in(page: Page, site: str, address: str, account: str = EPIDEMIOLOGIST, language: str = "en") -> None:
    browsing.sign_in(page, site, address, account, language)


def choose(page: Page, **wishes: str) -> None:
    """Choose in the form, each time the server having answered."""
    for name, value in wishes.items():
        if page.locator(f"#ask-{name}").input_value() != value:
            with page.expect_response("**/clusters/question*"):
                page.locator(f"#ask-{name}").select_option(value)


def narrow(page: Page, replicates: str) -> None:
    """Ask for less than is usual, so that a slow machine answers in seconds."""
    page.fill("#ask-max_duration", "8")
    page.locator("details.more summary").click()
    page.fill("#ask-replicates", replicates)


def start(page: Page) -> str:
    """Start it; the number of the run."""
    page.locator("form#ask button[type=submit]").click()
    page.wait_for_url(re.compile("/clusters/[0-9a-f]{12}$"))
    return page.url.rpartition("/")[2]


def wait_for_result(page: Page) -> None:
    expect(page.locator("#verdict")).to_be_visible(timeout=240_000)
    page.wait_for_selector("[data-figure=map] .geolayer .choroplethlayer path", state="attached")


@pytest.fixture(scope="module")
def planted(chromium, site) -> Iterator[str]:
    """The address of a finished run on the demo's planted cluster, which was seen at work."""
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    with browsing.watching(page, site):
        sign_in(page, site, "/clusters")
        choose(page, **PLANTED)
        narrow(page, REPLICATES)
        number = start(page)
        expect(page.locator("#standing")).to_be_visible()
        expect(page.locator("progress#progress")).to_be_visible()
        expect(page.locator("#standing")).to_contain_text("so far")
        wait_for_result(page)
    context.close()
    yield f"/clusters/{number}"


def test_an_epidemiologist_asks_waits_reads_sorts_and_downloads(watched, site, planted):
    page = watched
    sign_in(page, site, "/")
    page.locator("nav a", has_text="Clusters").click()
    page.locator("main a", has_text="Ask another question").click()
    expect(page.locator("#ask-model")).to_have_value("bernoulli")
    expect(page.locator("#question")).to_contain_text("larger share of those tested positive")
    page.goto(site + planted)
    wait_for_result(page)
    expect(page.locator("#verdict")).to_contain_text("unlikely to be chance")
    expect(page.locator(".demo")).to_contain_text("Synthetic")

    rows = page.locator("#clusters tr[data-rank]")
    first = page.locator('tr[data-rank="1"]')
    expect(first).to_contain_text("Kampong Cham")
    members = page.locator("[data-figure=map] .scattergeo path.point")
    assert members.count() > 5, "members and crossings are on the map"
    expect(page.locator("[data-figure=map] .scattergeo text", has_text=re.compile("^1$"))).to_be_attached()

    head = page.locator("#clusters thead th", has_text="Observed")
    head.locator("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    column = page.locator("#clusters thead th").evaluate_all(
        "heads => heads.findIndex(h => h.hasAttribute('aria-sort'))"
    )

    def values():
        return [int(text.replace(",", "")) for text in
                rows.locator(f"> :nth-child({column + 1})").all_inner_texts()]  # fmt: skip

    assert values() == sorted(values())
    page.keyboard.press("Space")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert values() == sorted(values(), reverse=True)
    expect(page.locator("#clusters th[aria-sort]")).to_have_count(1)

    shown = [cell.strip() for cell in first.locator("td, th").all_inner_texts()]
    with page.expect_download() as download:
        page.locator("#exports a", has_text="XLSX").click()
    book = CalamineWorkbook.from_path(download.value.path())
    assert book.sheet_names == ["clusters", "members", "parameters"]
    heads, row, *_ = book.get_sheet_by_name("clusters").to_python()
    found = dict(zip(heads, row, strict=True))
    assert found["rank"] == 1
    assert f"{int(found['observed']):,}" in shown
    assert expected_text(found["expected"]) in shown
    assert f"{found['observed_expected']:,.2f}" in shown
    assert str(found["start"]) in shown and str(found["end"]) in shown
    page.locator("#more-figures summary").click()
    expect(page.locator("#more-figures tbody tr").first).to_contain_text(f"{found['llr']:,.2f}")
    p_value = found["p_value"]  # the smallest that the replicates allow is a bound
    assert {f"{p_value:,.3f}", f"≤ {small(p_value)}"} & set(shown)
    assert found["centre_name"] == first.locator(".centre a").inner_text()
    assert found["run_id"] == page.url.rpartition("/")[2]
    assert "Synthetic" in found["note"]
    listed = book.get_sheet_by_name("members").to_python()
    mine = [line for line in listed[1:] if line[0] == 1]
    assert len(mine) == found["n_locations"]

    first.locator("th a").click()
    expect(page.locator("h1")).to_contain_text(f"Dengue: {found['centre_name']}")
    expect(page.locator("#strength")).to_contain_text("Hardly chance")
    page.wait_for_selector("[data-figure=curve] .scatterlayer path")
    places = page.locator("#members tbody tr")
    expect(places).to_have_count(int(found["n_locations"]))
    observed = [int(text) for text in places.locator("> :nth-child(2)").all_inner_texts()]
    assert sum(observed) == found["observed"]
    expect(page.locator("#context tbody tr")).to_have_count(5)
    assert page.locator("#groups table").count() == 5
    page.locator("#records a").click()
    browsing.give_reason(page)
    expect(page.locator("table.lines tbody tr").first).to_be_visible()
    assert page.locator("table.lines tbody tr").count() == min(100, found["observed"])


@pytest.mark.full  # without a browser: tests/unit/test_corridor_of_the_demo.py
def test_along_roads_the_route_is_drawn(watched, site):
    page = watched
    sign_in(page, site, "/clusters")
    choose(page, **PLANTED)
    narrow(page, REPLICATES)
    page.select_option("#ask-along", "roads")
    start(page)
    wait_for_result(page)
    expect(page.locator("main")).to_contain_text("line: the way along which a cluster grew")
    expect(page.locator("[data-figure=map] .scattergeo path.js-line").first).to_be_attached()
    page.locator("#clusters tr[data-rank] th a").first.click()
    expect(page.locator("[data-figure=map]")).to_be_visible()
    page.go_back()
    page.locator("main a", has_text="Ask again").first.click()
    expect(page.locator("#ask-along")).to_have_value("roads")


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_every_page_fits_its_screen_in_both_languages(watched, site, planted, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, "/clusters", language=language)
    page.request.post(f"{site}/records/reason", form={"chosen": "outbreak"}, headers={"Origin": site})
    for address in ("/clusters", "/clusters/standing", planted, f"{planted}/1", f"{planted}/1/records"):
        page.goto(site + address)
        page.wait_for_load_state("networkidle")
        expect(page.locator("html")).to_have_attribute("lang", language)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= SIZES[size]["width"], f"nothing sticks out of {address}"
        unlabelled = page.evaluate(
            """() => [...document.querySelectorAll('select, input:not([type=hidden]), button, a')]
            .filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label')
                && !e.textContent.trim()).map(e => e.outerHTML)"""
        )
        assert unlabelled == []
        out_of_reach = page.evaluate(
            """() => [...document.querySelectorAll('.scroll')]
            .filter(e => e.scrollWidth > e.clientWidth && e.tabIndex !== 0).map(e => e.className)"""
        )
        assert out_of_reach == [], "what scrolls can be scrolled with the keyboard"
        if address.startswith(planted):  # test_axe.py holds the others
            assert faults(page) == []
    page.goto(site + planted)
    expect(page.locator('tr[data-rank="1"] .places')).to_contain_text(NAMES[language])
    if language == "km":
        said = page.locator("main").inner_text()
        for english in ("Clusters", "Observed", "About", "Download", "chance", "Not scanned"):
            assert english not in said, english
        page.goto(f"{site}{planted}/1/records")
        said = page.locator("main").inner_text()
        for code in ("KH0", "male", "unknown", "province_care", "confirmed", "Day of"):
            assert code not in said, code


@pytest.mark.parametrize(("language", "size"), ENGLISH_ON_A_SCREEN)
def test_what_was_found_unasked_is_a_list_that_fits_and_sorts(watched, site, language, size):
    page = watched
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, "/clusters", language=language)
    page.locator("#to-standing a").click()
    rows = page.locator("#standing tbody tr")
    expect(rows).to_have_count(6)
    links = rows.locator("th a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert all(re.fullmatch("/clusters/[0-9a-f]{12}/1", link) for link in links)
    assert page.locator("#standing .scroll").evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    expect(page.locator("#standing-gone li")).to_have_count(1)
    expect(page.locator("#standing-failed li")).to_have_count(1)
    expect(rows.first).to_contain_text({"en": "new", "km": "ថ្មី"}[language])
    said = page.locator("main").inner_text()
    assert {"en": "Questions answered: 33 of 35.", "km": "33 ក្នុងចំណោម 35"}[language] in said
    if language == "km":
        for english in ("Clusters", "Hardly", "Questions", "Found", "Last", "Measles", "scan"):
            assert english not in said, english
    if size == "wide":
        observed = {"en": "Observed", "km": "បានសង្កេតឃើញ"}[language]
        page.locator("#standing thead th", has_text=observed).click()
        shown = rows.locator(f"td[data-label='{observed}']").all_inner_texts()
        assert len(shown) == 6
        assert sorted(shown, key=int) in (shown, shown[::-1])


@pytest.mark.parametrize("language", some(("en", "km"), ("km",)))
def test_a_phone_answers_where_when_and_how_many_without_scrolling_sideways(watched, site, planted, language):
    page = watched
    page.set_viewport_size(SIZES["narrow"])
    sign_in(page, site, planted, language=language)
    expect(page.locator("#strongest")).to_contain_text(NAMES[language])
    expect(page.locator("#strongest")).to_contain_text(re.compile(r"\d{4}-\d{2}-\d{2} – \d{4}-\d{2}-\d{2}"))
    card = page.locator('tr[data-rank="1"]')
    for cell in card.locator("th, td").all():
        box = cell.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, cell.inner_text()
        assert cell.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), cell.inner_text()
    heads = card.locator("td[data-label]").evaluate_all(
        "cells => cells.map(c => getComputedStyle(c, '::before').content)"
    )
    assert len(heads) >= 8 and all(len(head) > 2 for head in heads), "each figure says what it is"
    assert page.locator("#clusters .scroll").first.evaluate("e => e.scrollWidth <= e.clientWidth")
    page.goto(f"{site}{planted}/1")
    for cell in page.locator("#members tbody tr").first.locator("th, td").all():
        box = cell.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, cell.inner_text()
    assert page.locator("#members .scroll").evaluate("e => e.scrollWidth <= e.clientWidth")
    labels = page.locator("#members tbody tr").first.locator("td[data-label]")
    assert labels.count() == page.locator("#members thead th").count() - 1
    page.goto(f"{site}/clusters")
    assert page.locator("main .scroll").evaluate("e => e.scrollWidth <= e.clientWidth")
    broken = page.locator(".day").evaluate_all(
        "days => days.filter(d => d.getClientRects().length > 1).length"
    )
    assert broken == 0, "no day is broken at its hyphens"


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_every_sign_of_the_map_and_of_the_bars_has_a_key(watched, site, planted, size, language):
    page = watched
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, planted, language=language)
    assert page.locator("ul.legend li").count() >= 5
    page.goto(f"{site}{planted}/1")
    assert page.locator("ul.legend li").count() >= 4
    table = page.locator("#groups table").first
    expect(table.locator("thead th").nth(1)).to_be_visible()
    expect(table.locator(".swatch.inside")).to_be_visible()
    for cell in page.locator("#groups td").all():
        nobody = cell.inner_text().split()[0] == "0"
        assert cell.locator(".bar").count() == (0 if nobody else 1)


def test_the_printed_page_keeps_ranks_readable_and_the_whole_map(watched, site, planted):
    page = watched
    page.set_viewport_size({"width": 794, "height": 1123})
    sign_in(page, site, planted)
    wait_for_result(page)
    page.emulate_media(media="print")
    frame, drawn = (page.locator(name).bounding_box() for name in
                    ("[data-figure=map]", "[data-figure=map] .main-svg >> nth=0"))  # fmt: skip
    assert drawn["x"] + drawn["width"] <= frame["x"] + frame["width"] + 1, "the east is not cut off"
    assert page.locator("[data-figure=map] .main-svg").first.get_attribute("viewBox")
    about, table = (page.locator(name).bounding_box() for name in (".about", "#clusters"))
    assert table["y"] < about["y"], "the clusters come before what is known about the run"
    assert page.evaluate("document.documentElement.scrollWidth") <= 794, "the table fits the paper"
    rank = page.locator(".rank").first
    assert rank.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_who_is_signed_out_while_waiting_is_told_and_comes_back(page, site, size, language):
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, "/clusters", language=language)
    choose(page, **SLOW)
    page.locator("details.more summary").click()
    page.fill("#ask-replicates", "9998")
    number = start(page)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="chhlang")
    expect(page.locator("#signed-out")).to_contain_text(SIGNED_OUT[language], timeout=10_000)
    expect(page.locator("section.progress button")).to_be_hidden()
    page.locator("#signed-out a").click()
    browsing.by_form(page, EPIDEMIOLOGIST)
    page.wait_for_url(f"**/clusters/{number}")
    page.locator("section.progress button").click()
    expect(page.locator("#standing")).to_contain_text(EPIDEMIOLOGIST, timeout=90_000)
    assert cookies


@pytest.mark.parametrize("language", some(("en", "km"), ("km",)))
def test_a_form_sent_after_the_session_ended_leads_back_in(page, site, language):
    sign_in(page, site, "/clusters", language=language)
    page.context.clear_cookies(name="chhlang")
    page.locator("#ask-disease").select_option("dengue")
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator("#signed-out a")).to_have_attribute("href", re.compile("disease%3Ddengue"))
    page.locator("form#ask button[type=submit]").click()
    expect(page.locator("main .problem")).to_be_visible()
    page.locator("main a").click()
    browsing.by_form(page, EPIDEMIOLOGIST)
    expect(page.locator("#ask-disease")).to_have_value("dengue")


@pytest.mark.full  # a session that ends while the map is read: test_tables.py
def test_on_the_map_too_who_is_signed_out_is_told(page, site):
    sign_in(page, site, "/map")
    expect(page.locator("#table tbody tr").first).to_be_visible(timeout=20_000)
    expect(page.locator("#signed-out")).to_be_hidden()
    page.context.clear_cookies(name="chhlang")
    page.locator("#filter-disease").select_option("dengue")
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator("#signed-out a")).to_have_attribute("href", re.compile("disease%3Ddengue"))


def test_the_form_asks_only_what_goes_together_and_the_address_keeps_it(watched, site):
    page = watched
    sign_in(page, site, "/clusters")
    choose(page, disease="awd", view="crossing:care", model="space-time-permutation")
    expect(page.locator("#ask-time")).to_have_value("prospective")  # of an outbreak: what is going on now
    expect(page.locator("#ask-time option[value=none]")).to_be_disabled()
    choose(page, time="retrospective")
    expect(page.locator("#question")).to_contain_text("cannot tell a cluster from a mass return")
    choose(page, time="prospective")
    expect(page.locator("#question")).to_contain_text("up to the last day")
    choose(page, view="province:infection")
    expect(page.locator("#ask-model option[value=bernoulli]")).to_be_disabled()
    choose(page, model="space-time-permutation", view="facility:care", disease="hiv")
    expect(page.locator("#ask-view")).to_have_value("province:care")
    expect(page.locator("#ask-view option[value='facility:care']")).to_be_disabled()
    expect(page.locator("#question")).to_contain_text("could harm people")
    choose(page, disease="awd", view="facility:care")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#ask-view option[value='crossing:care']")).to_be_enabled()
    page.locator("details.more summary").click()
    with page.expect_response("**/clusters/question*"):
        page.fill("#ask-max_population_share", "7")
        page.locator("#ask-max_population_share").blur()
    expect(page.locator("#problem")).to_contain_text("Largest share of the whole")
    expect(page.locator("#problem")).not_to_contain_text("max_population_share")
    with page.expect_response("**/clusters/question*"):
        page.fill("#ask-max_population_share", "")
        page.locator("#ask-max_population_share").blur()
    choose(page, model="bernoulli", time="none")
    expect(page.locator("#ask-max_duration")).to_be_disabled()
    choose(page, time="prospective")
    expect(page.locator("#ask-max_duration")).to_be_enabled()
    page.reload()
    for name, value in {"disease": "awd", "view": "facility:care", "time": "prospective"}.items():
        expect(page.locator(f"#ask-{name}")).to_have_value(value)


def test_a_detection_is_cancelled(watched, site):
    page = watched
    sign_in(page, site, "/clusters")
    choose(page, **SLOW)
    page.locator("details.more summary").click()
    page.fill("#ask-replicates", "9999")
    number = start(page)
    page.locator("section.progress button").click()
    page.wait_for_url(f"**/clusters/{number}")
    if "Cancelled" not in page.locator("#standing").inner_text():
        expect(page.locator("section.progress button")).to_be_hidden()
    expect(page.locator("#standing")).to_contain_text(
        "Cancelled by epidemiologist@demo.example", timeout=60_000
    )
    page.goto(f"{site}/clusters")
    row = page.locator("table.runs tr", has=page.locator(f'a[href="/clusters/{number}"]'))
    expect(row).to_contain_text("cancelled")


@pytest.mark.full  # without a browser: tests/unit/test_cluster_runs.py
def test_two_people_who_ask_the_same_get_the_same_run(watched, site, planted, chromium):
    sign_in(watched, site, "/clusters", account=OFFICIAL)
    choose(watched, **PLANTED)
    narrow(watched, REPLICATES)
    assert f"/clusters/{start(watched)}" == planted
    expect(watched.locator("#verdict")).to_be_visible()
    expect(watched.locator(".about")).to_contain_text(EPIDEMIOLOGIST)
    watched.goto(f"{site}{planted}/1")
    expect(watched.locator("#strength")).to_be_visible()
    expect(watched.locator("#records")).to_have_count(0)


@pytest.mark.parametrize("account", ["viewer@demo.example", "administrator@demo.example"])
def test_who_may_not_is_shown_no_way_there_and_is_refused(page, site, account):
    sign_in(page, site, "/", account=account)
    expect(page.locator("nav a", has_text="Clusters")).to_have_count(0)
    answer = page.goto(f"{site}/clusters")
    assert answer.status == 403
    expect(page.locator("main")).to_contain_text("your account may not look for clusters")


def test_without_scripts_the_form_starts_a_run_and_its_table_is_read(chromium, site, planted):
    context = chromium.new_context(locale="en-US", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/clusters")
    browsing.by_form(page, EPIDEMIOLOGIST)
    assert page.locator("#question").inner_text().startswith("This asks")
    page.goto(site + planted)
    assert "Kampong Cham" in page.locator('tr[data-rank="1"]').inner_text()
    context.close()


def test_the_files_for_maps_are_downloaded_too(watched, site, planted):
    sign_in(watched, site, planted)
    for name, begins in (
        ("CSV", b"\xef\xbb\xbfrank"),
        ("GeoJSON", b'{"type"'),
        ("GeoPackage", b"SQLite format 3"),
    ):
        with watched.expect_download() as download:
            watched.locator("#exports a", has_text=re.compile(f"^{name}$")).click()
        assert Path(download.value.path()).read_bytes().startswith(begins)


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_where_children_miss_vaccinations_is_found_and_drawn(watched, site, language, size):
    """From the page of the indicator to the provinces that the demo planted, without a script of the form."""
    page = watched
    page.set_viewport_size(SIZES[size])
    sign_in(page, site, "/indicators/prevention_left_behind_unvaccinated", OFFICIAL, language)
    page.locator("#to-scan").click()
    expect(page.locator("#share-indicator")).to_have_value("prevention_left_behind_unvaccinated")
    page.locator("#ask-share button[type=submit]").click()
    wait_for_result(page)
    first = page.locator('tr[data-rank="1"]')
    expect(first).to_contain_text({"en": "Battambang", "km": "បាត់ដំបង"}[language])
    expect(first).to_contain_text("100.0%")
    expect(page.locator("#not-scanned tbody tr")).to_have_count(11)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    first.locator("a").first.click()
    expect(page.locator("#members tbody tr")).to_have_count(2)
    expect(page.locator("#context")).to_have_count(0)
    assert faults(page) == []
