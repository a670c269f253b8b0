"""An alert as its reader sees it: from the list to verified to closed, in both languages, wide and narrow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from dashboard.messages import translator
from db.core.scope import Scope
from db.operations import alerts as stored
from db.operations.alerts import Where
from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import RULES
from surveillance.alerts.verdict import Verdict
from tests.browser.test_map import SIZES
from tests.support import telling
from tests.support.accounts import PASSWORD, add_accounts
from tests.support.axe import faults
from tests.support.matrix import some

pytestmark = pytest.mark.browser
DAY = date(2026, 5, 10)
#: Language -> the window in which the alert is taken to its end, and the number of cases of its alert.
WINDOWS = {"en": ("wide", 6), "km": ("narrow", 7)}


@pytest.fixture(scope="module")
def with_alerts(with_codes):
    """A server with an alert for each language, and one that is told at once."""
    site, database = with_codes
    add_accounts(database, {"official": ("official", None), "elsewhere": ("viewer", None)})
    for rule, level, place, count in (
        ("measles-suspected", "district", "Poipet", 6),
        ("measles-suspected", "district", "Sangke", 7),
        ("cholera-rdt", "facility", "F1", 1),
    ):
        days = {DAY - timedelta(days=2 * n): 1 for n in range(count)}
        verdict = Verdict(DAY, min(days), count, 5.0, True, counts=tuple(sorted(days.items())))
        alarm = Alarm(RULES[rule], level, place, verdict, (("province", "KH01"),))
        where = Where("KH01", place if level == "district" else None, place if level == "facility" else None)
        assert stored.tell(database, [(alarm, where, days)], 1, datetime.now(UTC)) == 1
    return site, {one.last_count: one.id for one in stored.listed(database, Scope.everything())}


@pytest.mark.parametrize("language", some(WINDOWS, ("km",)))
def test_an_alert_is_taken_from_the_list_to_its_end(page, with_alerts, language):
    site, numbers = with_alerts
    size, count = WINDOWS[language]
    t = translator(language)
    page.set_viewport_size(SIZES[size])
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.goto(f"{site}/alerts")
    page.fill("#email", "official@example.org")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    lines = page.locator("#open .line")
    expect(lines).not_to_have_count(0)
    folded = page.locator("#open details.line")
    if folded.count():  # two alerts of one rule in one province are one line, which opens
        expect(folded.locator("summary")).to_contain_text(t("{count:,} alerts").format(count=2))
        expect(page.locator(f"#alert-{numbers[count]}")).not_to_be_visible()
        folded.locator("summary").click()
    assert faults(page) == []
    page.locator(f"#alert-{numbers[count]} a").click()
    expect(page.locator("#state")).to_have_text(t("New"))
    assert page.locator(".alert-curve rect.within").count() == count
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("text=" + t("Set the owner"))
    page.click(f"#act button:text-is('{t('Verified')}')")
    expect(page.locator("#state")).to_have_text(t("Verified"))
    page.fill("#event", f"E-{language}")
    page.click("text=" + t("Set the event"))
    expect(page.locator("#event-said")).to_contain_text(f"E-{language}")
    page.select_option("#outcome", "outbreak")
    page.click(f"button:text-is('{t('Close it')}')")
    expect(page.locator("#state")).to_have_text(t("Closed: {outcome}").format(outcome=t("An outbreak")))
    expect(page.locator("#act")).to_have_count(0)
    assert page.locator("#steps tbody tr").count() == 5
    page.goto(f"{site}/alerts")
    expect(page.locator(f"#closed #alert-{numbers[count]}")).to_be_visible()
    page.click("text=" + t("Known outbreaks"))
    page.select_option("#disease", "measles")
    page.select_option("#level", "country")
    page.fill("#name", f"M-{language}")
    page.fill("#first", DAY.isoformat())
    assert faults(page) == []
    page.click("text=" + t("Enter the outbreak"))
    expect(page.locator("#basis")).to_contain_text(t("No alert told of it"))
    page.fill("#emerged", DAY.isoformat())
    page.fill("#detected", (DAY + timedelta(days=3)).isoformat())
    page.click("text=" + t("Keep the days"))
    expect(page.locator("#basis")).to_contain_text("3 · ? · ?")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["km", pytest.param("en", marks=pytest.mark.full)])
def test_a_reader_asks_to_be_told_and_prints_a_digest(page, with_alerts, with_codes, language):
    site, _ = with_alerts
    database, chosen = with_codes[1], telling.settings("sqlite://")
    telling.way(database, chosen, "mailto://127.0.0.1:25?from=chhlang@health.example&to={to}")
    size, t = WINDOWS[language][0], translator(language)
    page.set_viewport_size(SIZES[size])
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.goto(f"{site}/account/messages")
    page.fill("#email", "official@example.org")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("#off")).to_be_visible()
    before = page.locator("#channels tbody tr").count()
    page.fill("#to", "who@health.example")
    page.select_option("#quiet_from", "22")
    page.select_option("#quiet_to", "6")
    page.click(f"#add button:text-is('{t('Add it')}')")
    expect(page.locator("#channels tbody tr")).to_have_count(before + 1)
    assert "w…@health.example" in page.locator("#channels").inner_text()
    page.locator("#channels form button").first.click()
    expect(page.locator("#sent tbody tr")).to_have_count(before + 1)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{site}/alerts/digest")
    expect(page.locator("main tbody tr").first).to_contain_text(t("Measles"))
    assert "F1" not in page.locator("main").inner_text()
    page.emulate_media(media="print")
    expect(page.locator(".paper-signed")).to_be_visible()
    expect(page.locator("main form")).to_be_hidden()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("language", some(WINDOWS, ("km",)))
def test_who_is_not_shown_alerts_is_told_of_them(page, with_alerts, language):
    site, numbers = with_alerts
    size, count = WINDOWS[language]
    t = translator(language)
    page.set_viewport_size(SIZES[size])
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.goto(f"{site}/alerts")
    page.fill("#email", "elsewhere@example.org")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("#signals tbody tr")).to_have_count(2)
    assert f"signal-{numbers[1]}" not in page.content(), "of one case nothing is told"
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(f"#signal-{numbers[count]} a").click()
    expect(page.locator("#signal dl")).to_contain_text(t("not told"))
    assert not {"Poipet", "Sangke", "official@example.org"} & set(page.locator("main").inner_text().split())
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
