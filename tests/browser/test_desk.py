"""The desk: vans and people by keyboard alone, and a connection that is cut.

Nothing is lost, nothing doubled, and nothing in the device's storage can be read.
"""

from __future__ import annotations

import base64
import json
import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.support.axe import faults
from tests.support.browsing import by_form
from tests.support.matrix import only

pytestmark = pytest.mark.browser
RECEPTION, NURSE = "reception@demo.example", "nurse@demo.example"
#: A van of 43: + opens it, Enter leads from number to number and saves it.
VAN = "+ 2 7 Enter 1 1 Enter 3 Enter 2 Enter"
#: A woman of 24 without any sign or symptom.
USUAL = "f 2 4 n Enter"
#: All that a browser stores for a site but cookies, which no script of the page can read.
STORED = """async () => {
  const asked = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const found = { local: { ...localStorage }, session: { ...sessionStorage }, rows: [], caches: {} };
  for (const { name } of await indexedDB.databases()) {
    const database = await asked(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      found.rows.push(...(await asked(database.transaction(store).objectStore(store).getAll())));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const held = await caches.open(name);
    for (const request of await held.keys()) {
      const url = new URL(request.url);
      found.caches[url.pathname] = url.pathname === "/desk" ? await (await held.match(request)).text() : "";
    }
  }
  return found;
}"""
#: What the desk says while no van is open.
NO_VAN = {"en": "No van is open", "km": "គ្មានរថយន្តបើកទេ"}
STATE = "async () => (await fetch('/desk/state')).json()"


@pytest.fixture
def page(new_page):
    """A tablet of its own, as wide as those of the centre."""
    new_page.set_viewport_size({"width": 1024, "height": 768})
    return new_page


def press(page, keys):
    """Press keys one after another; how many."""
    for key in keys.split():
        page.keyboard.press(key)
    return len(keys.split())


def sign_in(page, site, account=RECEPTION, language="en"):
    page.context.add_cookies([{"name": "chhlang-language", "value": language, "url": site}])
    page.goto(f"{site}/sign-in?next=%2Fdesk")
    by_form(page, account)


def make_desk(page, name="Tablet 1"):
    """Make this browser a desk, and wait until its page is kept."""
    page.fill("#name", name)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile("/desk$"))
    sent(page)
    page.wait_for_function(
        "async () => { const held = await caches.open('chhlang-desk-page');"
        " return (await held.keys()).some((one) => new URL(one.url).pathname === '/desk'); }"
    )


def sent(page):
    """Wait until everything that was entered is taken."""
    expect(page.locator("#net[data-state=sent][data-waiting='0']")).to_be_attached()


def waiting(page, count):
    expect(page.locator(f"#net[data-waiting='{count}']")).to_be_attached()


def entered(page, count):
    expect(page.locator("#entered")).to_have_text(re.compile(rf"^{count} /"))


def vans(page, *ours):
    """What the server knows of some vans: letter -> numbers, ages and signs of its people, in order."""
    found = {}
    for van in page.evaluate(STATE)["vans"]:
        people = [one["records"] for one in van["people"]]
        told = [
            (one["arrival"]["number"], one["arrival"].get("age_years"), one["assessment"].get("danger_signs"))
            for one in people
        ]
        found[van["fields"]["letter"]] = sorted(told)
    return {letter: found[letter] for letter in ours} if ours else found


def day_sheet(page, site):
    """The numbers of today's sheet."""
    page.goto(f"{site}/reception/day?crossing=TH01")
    rows = page.locator("tr[id]").all()
    return {row.get_attribute("id"): int(row.locator("td").inner_text().replace(",", "")) for row in rows}


def letter(page):
    return page.locator("#van h2 b").inner_text()


def nothing_readable(stored):
    """Hold what lies on a device to the promise: sealed rows, the page without data, and its files."""
    assert stored["local"] == stored["session"] == {}
    for row in stored["rows"]:
        assert set(row) == set("udkenc")
        point, nonce, content = (base64.b64decode(row[part]) for part in "enc")
        assert (len(point), len(nonce)) == (65, 12)
        assert (len(content) - 16) % 512 == 0, "its length tells nothing"
        for word in (b"arrival", b"female", b"danger_signs", b"fields", b"made_at", b"unconscious"):
            assert word not in content
        assert not re.search(rb"[ -~]{16}", content), "no text of sixteen letters"
    for path, text in stored["caches"].items():
        assert path == "/desk" or path.startswith("/assets/")
        assert "@demo.example" not in text


@pytest.mark.parametrize(("language", "width"), only(("km", 360), NO_VAN, (1024, 360)))
def test_three_vans_and_a_connection_that_is_cut(page, site, language, width):
    """Three vans at once; the connection goes, the tab is closed, another account sends the rest."""
    size = {"width": width, "height": 768 if width > 400 else 740}
    page.set_viewport_size(size)
    sign_in(page, site, language=language)
    sheet_before = day_sheet(page, site)
    page.goto(f"{site}/desk")
    make_desk(page)
    letters = []
    for _ in range(3):
        press(page, VAN)
        sent(page)
        letters.append(letter(page))
        press(page, USUAL)
    sent(page)
    context = page.context
    context.set_offline(True)
    press(page, "m 3 1 n Enter")
    waiting(page, 2)
    press(page, f", {'f 2 2 p u Enter'}")
    waiting(page, 4)
    press(page, f", {'m 7 n Enter'}")
    waiting(page, 6)
    press(page, f"{VAN} f 5 n Enter")
    waiting(page, 9)
    alone = letter(page)
    assert re.fullmatch("[A-Z]+A", alone), "the letter of the device, and A: its first van"
    stored = page.evaluate(STORED)
    nothing_readable(stored)
    assert len(stored["rows"]) == 9

    page.close()
    page = context.new_page()
    page.set_viewport_size(size)
    page.goto(f"{site}/desk")
    waiting(page, 9)
    expect(page.locator("#van")).to_contain_text(NO_VAN[language])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    press(page, f"{VAN} m 6 0 n Enter")
    waiting(page, 12)
    last = letter(page)
    nothing_readable(page.evaluate(STORED))

    context.set_offline(False)
    context.clear_cookies(name="chhlang")
    page.goto(f"{site}/sign-in")
    assert len(page.evaluate(STORED)["rows"]) == 12, "nothing goes with the session"
    sign_in(page, site, NURSE, language)
    sent(page)
    none = []
    before = {
        letters[0]: [(1, 24, none), (2, 7, none)],
        letters[1]: [(1, 24, none), (2, 22, ["unconscious"])],
        letters[2]: [(1, 24, none), (2, 31, none)],
        alone: [(101, 5, none)],
    }
    told = vans(page)
    for one, people in before.items():
        assert [person[1:] for person in told[one]] == [person[1:] for person in people], one
        assert len({person[0] for person in told[one]}) == len(people), "each has a number of its own"
    assert [person[1] for person in told[last]] == [60] if last != alone else [5, 60]
    assert page.evaluate(STORED)["rows"] == []
    sheet = day_sheet(page, site)
    assert sheet["vans"] - sheet_before["vans"] == 5
    assert sheet["expected"] - sheet_before["expected"] == 5 * 43
    assert sheet["arrived"] - sheet_before["arrived"] == 8


@pytest.mark.parametrize("many", [20, pytest.param(60, marks=pytest.mark.full)])
def test_people_by_keyboard_alone(page, site, many):
    sign_in(page, site)
    make_desk(page)
    page.mouse.move(0, 0)
    assert press(page, "+ 4 0 Enter 1 5 Enter 3 Enter 2 Enter") == 11
    counts = []
    for place in range(many):
        age = " ".join(str(5 + place))
        usual = f"{'fm'[place % 2]} {age} n Enter"
        if place % 10 == 3:
            usual = f"{'fm'[place % 2]} {age} c n Enter"  # a cough; N says none of the danger signs
        if place % 10 == 7:
            usual = f"{'fm'[place % 2]} {age} q z 5 n Enter"  # home, and medicine for five days
        counts.append(press(page, usual))
        entered(page, place + 1)
    sent(page)
    ours = vans(page, letter(page))
    (people,) = ours.values()
    assert [one[:2] for one in people] == [(place + 1, 5 + place) for place in range(many)]
    assert all(signs == [] for _, _, signs in people)
    assert (min(counts), max(counts), sum(counts)) == (4, 8, sum(counts))
    assert sum(counts) / many < 6


def test_a_mistake_is_mended_in_place(page, site):
    sign_in(page, site)
    make_desk(page)
    press(page, f"{VAN} f 2 4 n Enter")
    entered(page, 1)
    press(page, "Backspace")
    expect(page.locator("#work h2")).to_contain_text("Person 1")
    press(page, "m Backspace Backspace 3 5 u Enter")
    entered(page, 1)
    sent(page)
    (people,) = vans(page, letter(page)).values()
    assert people == [(1, 35, ["unconscious"])]
    expect(page.locator("#van .tally .urgent")).to_contain_text("1")


def test_stations_share_a_van(page, site, chromium):
    sign_in(page, site)
    make_desk(page)
    press(page, f"{VAN} f 2 4 c n Enter m 3 0 n Enter")
    sent(page)
    here = letter(page)
    other = chromium.new_context(locale="en-US", viewport={"width": 360, "height": 740})
    tb = other.new_page()
    sign_in(tb, site, NURSE)
    make_desk(tb, "Tablet 2")
    tb.locator("#van .tags button", has_text=re.compile(rf"^{here}$")).click()
    tb.locator("#stations button", has_text="TB").click()
    expect(tb.locator(".person.waits")).to_have_count(1)
    tb.locator(".person.waits").click()
    for name in ("Offered", "Taken", "Positive"):
        tb.get_by_role("button", name=name, exact=True).click()
    tb.locator("#save").click()
    sent(tb)
    # The desk mends the same person meanwhile: neither overwrites the other.
    page.locator(".person", has_text="24").click()
    press(page, "Backspace Backspace 2 5 Enter")
    sent(page)
    found = next(van for van in page.evaluate(STATE)["vans"] if van["fields"]["letter"] == here)
    one = next(one["records"] for one in found["people"] if one["number"] == 1)
    assert one["arrival"]["age_years"] == 25
    assert {name: one["service/test_tb"][name] for name in ("offered", "done", "result")} == {
        "offered": True,
        "done": True,
        "result": "positive",
    }
    assert tb.evaluate("document.documentElement.scrollWidth") <= 360
    other.close()


@pytest.mark.full
def test_food_for_a_whole_van_but_one(page, site):
    sign_in(page, site)
    make_desk(page)
    press(page, f"{VAN} {USUAL} m 3 0 n Enter")
    sent(page)
    page.fill("[data-step=food]", "2")
    page.get_by_role("button", name="Food and water").first.click()
    expect(page.locator("#rest .whole")).to_contain_text(re.compile(r"at \d\d:\d\d, except 2"))
    sent(page)
    van = next(one for one in page.evaluate(STATE)["vans"] if one["fields"]["letter"] == letter(page))
    left_out = [one["number"] for one in van["people"] if one["id"] in van["marks"]["service/food"]["except"]]
    assert left_out == [2]


def test_the_desk_speaks_khmer_on_a_telephone(page, site):
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, site, language="km")
    make_desk(page)
    press(page, f"{VAN} {USUAL}")
    entered(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    shown = page.locator("body").inner_text()
    latin = {word for word in re.findall(r"[A-Za-z]{3,}", shown) if word not in ("Enter", "Esc")}
    assert latin <= {"English"}, latin
    small = page.evaluate("""() =>
      Array.from(document.querySelectorAll('main button, main select, main input'))
      .filter((one) => one.getClientRects().length)
      .map((one) => [one.textContent, one.getBoundingClientRect()])
      .filter(([, box]) => box.height < 48 || box.width < 48).map(([text]) => text)""")
    assert small == []


def test_a_pin_reopens_the_desk_and_a_lost_tablet_is_revoked(page, site, chromium):
    sign_in(page, site)
    name = f"Lost tablet {secrets.token_hex(4)}"
    make_desk(page, name)
    press(page, f"{VAN} f 2 4")
    page.once("dialog", lambda asked: asked.accept("2580"))
    page.locator(".menu > summary").click()
    page.locator("#set-pin").click()
    expect(page.locator("#lock")).to_be_visible()
    with page.expect_response("**/desk/lock") as answer:
        page.locator("#lock").click()
    assert answer.value.status == 204
    expect(page.locator("#locked")).to_be_visible()
    page.goto(f"{site}/")
    assert page.url.endswith("/desk"), "a locked session reaches nothing else"
    expect(page.locator("#locked")).to_be_visible()
    page.fill("#locked input", "1111")
    page.keyboard.press("Enter")
    expect(page.locator("#locked .wrong")).to_contain_text("4")
    page.fill("#locked input", "2580")
    page.keyboard.press("Enter")
    expect(page.locator("#locked")).to_be_hidden()
    sent(page)

    other = chromium.new_context(locale="en-US")
    nurse = other.new_page()
    sign_in(nurse, site, NURSE)
    nurse.get_by_role("button", name=f"Lost: revoke it ({name})").click()
    expect(nurse.locator("tr", has_text=name)).to_contain_text("revoked")
    page.reload()
    expect(page).to_have_url(re.compile("/sign-in"))
    sign_in(page, site)
    expect(page.locator("main")).to_contain_text("This device was revoked")
    other.close()


@pytest.mark.full
def test_what_is_sent_is_sealed(page, site):
    """What is sent is sealed: no value stands in the request that brings it."""
    bodies = []
    page.on("request", lambda one: bodies.append(one.post_data) if "/desk/entries" in one.url else None)
    sign_in(page, site)
    make_desk(page)
    press(page, f"{VAN} f 2 4 u Enter")
    sent(page)
    assert bodies
    for body in bodies:
        assert "unconscious" not in body
        assert "female" not in json.dumps(body)


@pytest.mark.full
def test_a_surge_is_counted_as_people_pass(page, site):
    sign_in(page, site)
    make_desk(page)
    press(page, "+ 0 Enter 0 Enter 0 Enter 0")
    page.get_by_label("Where too many come").fill("10")
    page.locator("#save").click()
    sent(page)
    for name, many in (("men", 12), ("women", 7), ("boys", 2), ("girls", 1), ("urgent", 1)):
        for _ in range(many):
            page.locator(f"[data-count={name}]").click()
    press(page, f"{USUAL}")
    expect(page.locator("#work .note")).to_contain_text("one person in 10. The next is number 11")
    page.wait_for_timeout(2_100)
    sent(page)
    van = next(one for one in page.evaluate(STATE)["vans"] if one["fields"]["letter"] == letter(page))
    counted = {name: van["fields"][name] for name in ("men", "women", "boys", "girls", "urgent", "one_in")}
    assert counted == {"men": 12, "women": 7, "boys": 2, "girls": 1, "urgent": 1, "one_in": 10}
    assert van["fields"]["surge"] is True
    entered(page, 1)


@pytest.mark.parametrize("language", ["km", pytest.param("en", marks=pytest.mark.full)])
def test_no_state_of_the_desk_breaks_a_rule_of_axe(page, site, language):
    sign_in(page, site, NURSE, language)
    page.set_viewport_size({"width": 360 if language == "km" else 1024, "height": 768})
    make_desk(page)
    press(page, f"{VAN} f 2 2 p u Enter m 4 0 n z 5 Enter")
    sent(page)
    for station in range(4):
        page.locator("#stations button").nth(station).click()
        if station:
            page.locator(".person").first.click()
        assert faults(page) == [], station
    page.keyboard.press("+")
    assert faults(page) == []
