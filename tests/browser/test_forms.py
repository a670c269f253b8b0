"""A messy file of every form goes in through the browser with a mapping, and each of its rows is told of."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dashboard.field_names import FIELDS
from tests.browser.test_imports import WAIT, bring, count, sign_in
from tests.support.messy_files import FILES

pytestmark = pytest.mark.browser
OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")


def on_page(said):
    """A message as the page words it: the field it begins with is named as people call it."""
    code, *rest = re.split(r"(?=[: ])", said, maxsplit=1)
    return "".join((FIELDS.get(code, code), *rest))


def matched(page, file, name):
    """Match the columns: the likely guesses are looked at, and ticked."""
    expect(page.locator("#match")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Tick every likely guess").click()
    for place, held in file.matched.items():
        if held == "record_id":  # a counter of rows: it is not offered, and is chosen by hand
            page.locator(f"[name=field-{place}]").select_option(held)
            continue
        expect(page.locator(f"[name=use-{place}]")).to_be_checked()
        expect(page.locator(f"[name=use-{place}]")).to_have_attribute("value", held)
    page.get_by_label("Disease of every row").select_option("tb")
    page.get_by_label("Name of this mapping").fill(name)
    page.locator("#match").get_by_role("button", name="Try it").click()


@pytest.mark.full
@pytest.mark.parametrize("form", FILES)
def test_a_messy_file_goes_in_and_every_row_is_told_of(watched, site, tmp_path, form):
    page, file = watched, FILES[form]
    path = tmp_path / file.name
    file.write(path)
    sign_in(page, site, "/imports")
    bring(page, site, path, f"forms {form}"[:40])
    if file.mapping is None:
        matched(page, file, f"Forms {form}")
    else:
        expect(page.locator("#mapping")).to_be_visible(timeout=WAIT)
        page.get_by_label("Mapping", exact=True).select_option(file.mapping)
        page.locator("form", has=page.locator("#mapping")).get_by_role("button", name="Try it").click()
    page.wait_for_selector("#dates, #store", timeout=WAIT)
    if page.locator("#dates").count():
        page.get_by_label("day first").check()
        page.get_by_role("button", name="Go on").click()
    expect(page.locator("#store")).to_be_visible(timeout=WAIT)
    text = page.locator("main").inner_text()
    for said in (*file.returned, *file.left_out):
        assert on_page(said) in text
    page.locator("#store button").click()
    expect(page.locator("#state")).to_have_text("The file was imported.", timeout=WAIT)
    counts = {name: count(page, name) for name in ("rows", *OUTCOMES)}
    assert counts.pop("rows") == sum(counts.values())
    assert counts == dict.fromkeys(OUTCOMES, 0) | {
        "accepted": file.accepted,
        "rejected": len(file.returned),
    }
    with page.expect_download() as download:
        page.get_by_role("button", name="Fetch the returned rows").click()
    assert re.search(r"-returned\.(csv|xlsx)$", download.value.suggested_filename)
