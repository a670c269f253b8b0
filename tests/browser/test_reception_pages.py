"""Pages of the reception centre beside the desk: both languages, a tablet, a phone, paper."""

from __future__ import annotations

import os
import re
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from dashboard.permissions import Grant
from dashboard.services import administration
from dashboard.services.reception import entries, expected, slips
from dashboard.web import site as web_site
from db.core.scope import Scope
from surveillance.epiweek import TIME_ZONE
from tests.support.accounts import PASSWORD, add_accounts
from tests.support.axe import faults
from tests.support.matrix import only
from tests.support.reception import entry, number
from tests.support.web import served

pytestmark = [
    pytest.mark.browser,
    # The server of a thread leaves files of assets to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NURSE = Grant("n@example.org", "nurse", Scope.made(crossings=["TH01"]))
ACCOUNTS = {
    "nurse": ("nurse", NURSE.scope),
    "hospital": ("partner", Scope.made(partners=["poipet_hospital"])),
    "poipet": ("official", Scope.of("KH01")),
}
SIZES = {"tablet": (1024, 768), "phone": (360, 740)}
#: Where pictures are kept to be looked at, where somebody wants them.
PICTURES = os.environ.get("RECEPTION_PICTURES")
WORDS = {"English", "Chhlang", "Xpert"}


def moment(**back):
    return (datetime.now(TIME_ZONE) - timedelta(**back)).strftime("%Y-%m-%dT%H:%M")


def people():
    """A van of yesterday and one of last week, with all that a page can show."""
    for van, days in (("new", 1), ("old", 8)):
        said = {"arrived_at": moment(days=days, hours=3), "letter": van[0].upper(), "men": 20, "women": 14}
        yield entry("van", van, van=van, fields=said | {"surge": van == "old", "boys": 5, "girls": 6})
        yield entry("service", van, van=van, item="food", fields={"given_at": moment(days=days, hours=2)})
        yield entry("session", van, van=van, item="risks", fields={"held_at": moment(days=days, hours=1)})
        for at in range(1, 41):
            who = f"{van} {at}"
            said = {
                "number": at,
                "sex": "male" if at % 2 else "female",
                "age_years": 8 if at < 13 else 20 + at,
            }
            said["province_home"] = f"KH{1 + at % 9:02}"
            said["movement"] = "commuter" if at % 10 == 0 else "returning"
            said |= {"register_book": 3, "register_page": 1 + at // 20, "register_line": at % 20 + 1}
            medicine = {"daily_medicine": True, "days_left": at % 12} if at % 9 == 0 else {}
            yield entry("arrival", who, van=van, fields=said | medicine)
            if at % 3:
                seen = {"assessed_at": moment(days=days, hours=2, minutes=at), "vaccination": "none"}
                signs = {"danger_signs": ["bleeding"]} if at == 4 else {}
                yield entry("assessment", who, van=van, fields=seen | signs)
            if at % 4 == 0:
                test = {"offered": True, "done": True, "done_at": moment(days=days, minutes=at)}
                yield entry("service", who, van=van, item="test_tb", fields=test)
            if at % 5 == 0:
                partner = ("poipet_hospital", "thai_tb_service", "art_site", "tb_service")[at // 5 % 4]
                sent = {"partner": partner, "sent_at": moment(days=days), "urgency": "today"}
                sent |= {"medicine": "art"} if partner == "art_site" else {"medicine": "tb", "days_left": 5}
                came = {"arrived_at": moment(hours=2)} if at % 20 == 0 and days == 8 else {}
                yield entry("referral", who, van=van, item=who, fields=sent | came)


def outreach():
    """A day of outreach in a remote area, and a household."""
    day = {"province_home": "KH01", "remote": True}
    said = {"held_on": moment(days=3)[:10], "activity": "forest", "sessions": 2, "women_reached": 1_234}
    yield entry("outreach", "outreach", van="", fields=day | said | {"items_given": 60})
    said = {"visited_on": moment(days=3)[:10], "children_under_5": 2, "to_vaccinate": 1}
    yield entry("household", "household", van="", fields=day | said)


@pytest.fixture
def centre(sqlite_url):
    """The address of a server with a centre's records, and the code of one slip."""
    with served(sqlite_url) as app:
        with app.app_context():
            database = web_site.database()
        for name, (role, scope) in ACCOUNTS.items():
            add_accounts(database, {name: (role, None)})
            administration.set_scope(database, Grant.custodian(), f"{name}@example.org", scope)
        now = datetime.now(TIME_ZONE)
        receipts = entries.receive(database, NURSE, [*people(), *outreach()], now=now)
        for need in expected.CODES:
            expected.put(database, Grant.custodian(), need, "55.5", "a survey of 2024")
        assert {one.status for one in receipts} == {"accepted"}
        found = slips.give(database, NURSE, number("new 20"), number("new 20"), now=now)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", found.written
        server.shutdown()


@pytest.fixture
def open_page(chromium):
    """Opens a page as an account, in a language, in a size."""
    contexts = []

    def opened(site, account, language, size):
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-US")
        contexts.append(context)
        context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
        page = context.new_page()
        page.goto(f"{site}/sign-in?next=/device")
        page.fill("#email", f"{account}@example.org")
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(re.compile(r"^(?!.*/sign-in)"))
        return page

    yield opened
    for context in contexts:
        context.close()


def look(page, name, language, size):
    """What every page owes: it fits, is in the reader's language, and holds the rules of axe."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES, f"{name}-{language}-{size}.png"), full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, (name, language, size, wide)
    if language == "km":
        shown = page.evaluate(
            """() => { const copy = document.querySelector('main').cloneNode(true);
            copy.querySelectorAll('[translate=no], svg, option, .mono, input').forEach((one) => one.remove());
            return copy.textContent; }"""
        )
        latin = set(re.findall(r"[A-Za-z]{3,}", shown)) - WORDS
        assert not latin, (name, latin)
    assert faults(page) == [], (name, language, size)


@pytest.mark.parametrize(("language", "size"), only(("km", "phone"), ("en", "km"), ("tablet", "phone")))
def test_pages_of_the_centre(centre, open_page, language, size):
    site, code = centre
    official = open_page(site, "poipet", language, size)
    official.goto(f"{site}/reception")
    look(official, "centre", language, size)
    week = official.locator("#answer .big").all_inner_texts()
    assert len(week) == 5 and week[0] in ("40", "80"), week
    official.goto(f"{site}/reception/day?day={moment(days=1, hours=3)[:10]}&crossing=TH01")
    look(official, "day", language, size)
    assert official.locator("#arrived td").inner_text() == "40"
    assert official.locator("#expected td").inner_text() == "45"
    official.goto(f"{site}/reception/day?day={moment(days=1, hours=3)[:10]}")
    printed = official.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1, "the sheet of a day is one printed page"

    for name in ("expected?people=100", "prevention?remote=yes", "remote"):
        official.goto(f"{site}/reception/{name}")
        look(official, name.partition("?")[0], language, size)
        assert official.locator("main table").count() or name == "remote"

    nurse = open_page(site, "nurse", language, size)
    nurse.goto(f"{site}/worklists")
    look(nurse, "worklists", language, size)
    assert nurse.locator("#not-arrived tbody tr").count() > 5
    nurse.locator("#not-arrived a.mono").click()
    look(nurse, "slip", language, size)
    assert nurse.locator(".slip").inner_text().strip() == code
    nurse.emulate_media(media="print")
    printed = nurse.evaluate("document.body.innerText").strip()
    assert re.sub(r"\s+", " ", printed) == code, printed
    nurse.emulate_media(media="screen")
    nurse.goto(f"{site}/reception/visits")
    look(nurse, "visits", language, size)
    nurse.goto(f"{site}/worklists/contacts/{number('new')}")
    look(nurse, "contacts", language, size)

    partner = open_page(site, "hospital", language, size)
    partner.goto(f"{site}/referral")
    look(partner, "code", language, size)
    partner.fill("#code", code.lower().replace(" ", "")[:-1])
    partner.keyboard.press("Enter")
    partner.locator("#problem").wait_for()
    look(partner, "wrong", language, size)
    partner.fill("#code", code.lower())
    partner.keyboard.press("Enter")
    partner.locator("#outcome").wait_for()
    look(partner, "answer", language, size)
    assert code.replace(" ", "") not in partner.url
    heights = "all => all.map((one) => one.getBoundingClientRect().height)"
    small = partner.locator("main button").evaluate_all(heights)
    assert min(small) >= 48, small
    partner.select_option("#outcome", "treated")
    partner.fill("#arrived_at", moment(minutes=5))
    partner.locator("main button[type=submit]").click()
    partner.locator("#stored").wait_for()
