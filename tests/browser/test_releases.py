"""A release as its two people see it: in both languages, wide and narrow, without scripts too."""

import json

import pytest
from playwright.sync_api import expect

from dashboard.services.releases import desk
from db.operations import releases as stored
from db.operations.releases import Content
from tests.browser.test_map import KHMER_ON_A_PHONE, SIZES
from tests.support import releases
from tests.support.accounts import PASSWORD, add_accounts
from tests.support.axe import faults

pytestmark = pytest.mark.browser
#: What an audit and the preparation leave of a release, as they store it.
REPORT = {
    str(k): {
        "words": [["{targets} hidden numbers were attacked.", {"targets": 1830}]],
        "findings": [],
        "count": 0,
        "figures": {},
        "seconds": 14.2,
    }
    for k in (5, 11)
}
UTILITY = [
    {
        "disease": disease,
        "measure": measure,
        "threshold": k,
        "cells": 300,
        "hidden": 60 * k // 5,
        "not_issued": 3,
        "people": 9_000,
        "people_hidden": 90,
        "people_not_issued": 0,
    }
    for disease in ("malaria", "tb", "sari")
    for measure in ("records", "testing", "positivity", "treatment")
    for k in (5, 11)
]


@pytest.fixture(scope="module")
def with_release(with_codes):
    """A server with one release that was prepared and audited."""
    site, database = with_codes
    add_accounts(database, {name: releases.PEOPLE[name] for name in ("epidemiologist", "other")})
    by = "epidemiologist@example.org"
    days = {"since": releases.SINCE, "until": releases.LAST, "lag_days": 30}
    number = stored.add(database, by, **days, thresholds=(5, 11), data_version=1, at_once=True)
    part = Content("malaria", 5, "0" * 64, b"none")
    assert stored.keep(database, number, "a" * 64, [part], {}, UTILITY, leave=None)
    assert stored.keep_audit(database, number, by, "a" * 64, passed=True, report=REPORT, proofs=b"")
    return site, database, number


def enter(page, site, name, language):
    """Sign in by the form."""
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.goto(f"{site}/sign-in")
    page.fill("#email", f"{name}@example.org")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)


@pytest.mark.parametrize(("language", "size"), KHMER_ON_A_PHONE)
def test_both_pages_hold_the_rules_and_fit_the_screen(page, with_release, language, size):
    site, _, number = with_release
    page.set_viewport_size(SIZES[size])
    enter(page, site, "epidemiologist", language)
    for path, seen in (("/releases", "#listed tbody tr"), (f"/releases/{number}", "#hidden tbody tr")):
        page.goto(site + path)
        expect(page.locator(seen).first).to_be_visible()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#other-person")).to_be_visible()
    expect(page.locator("#issue")).to_have_count(0)


def test_the_other_person_issues_it_without_scripts(chromium, with_release):
    site, database, number = with_release
    context = chromium.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    enter(page, site, "other", "en")
    page.goto(f"{site}/releases/{number}")
    page.locator("#issue button").click()
    expect(page.locator("#facts-title")).to_have_text("In force")
    context.close()
    done = desk.find(database, desk.grant_of(database, "other@example.org"), number)
    assert done.issued_by == "other@example.org"
    assert json.dumps(done.report)
