"""Copies for a device without a connection: for whom, of what, and what deletes them. Beside it what else
meets a reader at a first visit: the mark at sign-in, the tour, the words of a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.components.glossary import WORDS
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.web import own_device
from tests.security.test_routes import STRANGERS, TABLE, address
from tests.support.accounts import PASSWORD, add_accounts
from tests.support.command_line import CommandLine
from tests.support.files import write_csv
from tests.support.matrix import some
from tests.support.web import served, settings, sign_in, signed_in
from tests.unit.test_place_pages import FACILITIES, rows

ROOT = Path(__file__).resolve().parents[2]
COPY = {own_device.ASKS: "yes"}
#: Routes whose pages may be copied; every other one is refused.
COPIED = {
    "/",
    "/map",
    "/provinces/<name>",
    "/districts/<path:name>",
    "/crossings/<name>",
    "/facilities/<path:name>",
}
CLEARED = '"storage"'
OTHERS = {"epidemiologist": ("epidemiologist", None), "provincial-viewer": ("viewer", ("KH02",))}
#: What an official sees, and so does a viewer of the same provinces.
PAGES = (
    "/", "/?area=KH01", "/map", "/map?disease=tb", "/map?disease=hiv&measure=positivity",
    "/map?by=facility&disease=tb", "/provinces/KH01", "/provinces/KH02", "/crossings/poipet",
    "/facilities/HC1",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    """A server with records, small numbers among them, and an account for the country and a province."""
    folder = tmp_path_factory.mktemp("files")
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        assert cli("facilities", "import", write_csv(folder / "f.csv", *FACILITIES)).code == 0
        assert cli("import", write_csv(folder / "l.csv", *rows())).code == 0
        database = store.open_store(settings(url))
        add_accounts(database, OTHERS)
        database.dispose()
        with served(url) as made:
            yield made


def marked(site, name):
    """A client that is signed in on a device that it has marked."""
    client = signed_in(site, name)
    answer = client.post("/device", data={"own": "yes"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/device")
    return client


def main(page):
    """What a page says, without what only an open page has: forms, files, the date of a copy, decisions."""
    text = page[page.index("<main") : page.index("</main>")]
    if 'id="first-view"' in text:  # what Dash adds later is not compared
        found = re.search(r'<h1 class="map-title">.*?</section>', text, re.S)
        assert found
        text = found[0]
    for part in (
        r'<p class="past" id="copied".*?</p>',
        r'<details id="take" class="take-away".*?</details>\s*(<script[^>]*></script>)?',
        r'<section class="tour".*?</section>',
        r'<script type="application/json" id="ahead">.*?</script>',
        r"<form.*?</form>",
        r'<section class="card" id="decisions".*?</section>',
    ):
        text = re.sub(part, "", text, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", text))


@pytest.mark.parametrize(("name", "viewer"), [("official", "viewer"), ("provincial", "provincial-viewer")])
def test_a_copy_says_what_a_viewer_of_the_same_provinces_is_shown(site, name, viewer):
    account, other, hidden = marked(site, name), signed_in(site, viewer), 0
    for path in PAGES:
        copy, seen = account.get(path, headers=COPY), other.get(path)
        assert copy.status_code == seen.status_code, path
        if copy.status_code != 200:
            continue
        text = copy.get_data(as_text=True)
        assert main(text) == main(seen.get_data(as_text=True)), path
        hidden += main(text) != main(account.get(path).get_data(as_text=True))
        assert 'id="copied"' in text
        assert "<script" not in text
        assert 'rel="stylesheet"' not in text
    assert hidden > 2, "the account itself sees more than its copies hold"


def test_a_copy_says_its_date_in_both_languages(site):
    client = marked(site, "official")
    for language, said in (("en", "No connection"), ("km", "គ្មានការតភ្ជាប់")):
        client.set_cookie("chhlang-language", language)
        page = client.get("/", headers=COPY).get_data(as_text=True)
        (found,) = re.findall(r'id="copied" role="status">(.*?)</p>', page, re.S)
        assert said in found
        assert re.search(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", found)


def test_what_people_wrote_is_on_no_copy(site):
    client = marked(site, "official")
    written = {
        "text": "Two cases at the gate",
        "owner": "The office",
        "due": str(today_in_cambodia()),
        "area": "all",
    }
    assert client.post("/decisions", data=written).status_code == 303
    assert "Two cases at the gate" in client.get("/").get_data(as_text=True)
    assert "Two cases at the gate" not in client.get("/", headers=COPY).get_data(as_text=True)


@pytest.mark.parametrize("name", some(["official", "epidemiologist", "administrator"], ["official"]))
def test_no_other_route_gives_a_copy(site, name):
    client = marked(site, name)
    for method, route in sorted(TABLE):
        if route in COPIED and method == "GET":
            continue
        with client.open(address(route), method=method, headers=COPY) as answer:
            refused = (401,) if route.startswith("/api/") else (403, 404)
            assert answer.status_code in refused, (method, route)
            assert own_device.LASTS not in answer.headers
    assert client.get("/", headers=COPY).headers[own_device.LASTS] == str(12 * 3600)


def test_a_device_that_is_not_marked_gets_no_copy_and_no_script(site):
    client = signed_in(site, "official")
    page = client.get("/")
    assert own_device.KEEPER not in page.headers
    assert "keep.js" not in page.get_data(as_text=True)
    assert client.get("/", headers=COPY).status_code == 403
    assert site.test_client().get("/", headers=COPY).status_code == 302
    assert "checked" not in client.get("/device").get_data(as_text=True)


def test_a_mark_is_of_one_account_and_of_one_server(site):
    owner, other = marked(site, "official"), signed_in(site, "viewer")
    cookie = owner.get_cookie(own_device.COOKIE)
    assert "official" not in cookie.value
    assert cookie.http_only
    other.set_cookie(own_device.COOKIE, cookie.value)
    for value in (cookie.value, "", "0" * 32, "ផ្ទះ"):
        other.set_cookie(own_device.COOKIE, value)
        assert other.get("/", headers=COPY).status_code == 403, value
        assert own_device.KEEPER not in other.get("/").headers
    keepers = {marked(site, name).get("/").headers[own_device.KEEPER] for name in ("official", "viewer")}
    assert len(keepers) == 2
    assert owner.get("/", headers=COPY).headers[own_device.KEEPER] in keepers


def test_the_mark_is_taken_back(site):
    client = marked(site, "official")
    assert "checked" in client.get("/device").get_data(as_text=True)
    answer = client.post("/device", data={})
    assert answer.headers["Clear-Site-Data"] == CLEARED
    assert client.get_cookie(own_device.COOKIE) is None
    assert client.get("/", headers=COPY).status_code == 403


def test_signing_out_a_strangers_sign_in_page_and_any_sign_in_delete_the_copies(site):
    client = marked(site, "official")
    assert "Clear-Site-Data" not in client.get("/").headers
    assert client.post("/sign-out").headers["Clear-Site-Data"] == CLEARED
    assert client.get("/sign-in").headers["Clear-Site-Data"] == CLEARED  # the mark of the device is kept
    wrong = sign_in(client, "viewer", "wrong")
    assert wrong.headers["Clear-Site-Data"] == CLEARED
    right = sign_in(client, "viewer")
    assert (right.status_code, right.headers["Clear-Site-Data"]) == (302, CLEARED)
    assert client.get("/", headers=COPY).status_code == 403
    assert "Clear-Site-Data" not in site.test_client().get("/sign-in").headers


def test_a_session_that_was_ended_elsewhere_gets_no_copy(site):
    client = marked(site, "official")
    assert signed_in(site, "official").post("/sign-out").status_code == 302
    answer = client.get("/", headers=COPY)
    assert answer.status_code == 302
    assert own_device.KEEPER not in answer.headers


def test_an_address_that_is_not_encrypted_keeps_nothing(site):
    client = signed_in(site, "official")
    plain = {"base_url": "http://health.example", "headers": {"Host": "health.example"}}
    sign_in(client, "official", base_url="http://health.example")
    assert client.post("/device", data={"own": "yes"}, **plain).status_code == 400
    page = client.get("/device", **plain).get_data(as_text=True)
    assert "not encrypted" in page
    assert 'id="own"' not in page
    assert "Clear-Site-Data" not in client.post("/sign-out", **plain).headers


def test_the_worker_stands_at_the_root_and_speaks_both_languages(site):
    answer = site.test_client().get("/service-worker.js")
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-store"
    assert text.count('["en", ') == text.count('["km", ') == 4
    for header in (own_device.ASKS, own_device.KEEPER, own_device.LASTS):
        assert f'"{header}"' in text


def test_the_fonts_that_the_worker_keeps_are_there(site):
    text = site.test_client().get("/service-worker.js").get_data(as_text=True)
    assert "noto-sans-khmer-khmer-${weight}-normal.woff2" in text
    for weight in ("400", "700"):
        with site.test_client().get(f"/assets/fonts/noto-sans-khmer-khmer-{weight}-normal.woff2") as answer:
            assert answer.status_code == 200


def test_strangers_may_have_the_worker_and_the_manifest_alone():
    ours = {route for (method, route), who in TABLE.items() if who == STRANGERS and method == "GET"}
    assert ours & {"/service-worker.js", "/manifest.webmanifest", "/device"} == {
        "/service-worker.js", "/manifest.webmanifest",
    }  # fmt: skip


def test_a_device_can_be_marked_at_sign_in_by_the_same_rules(site):
    for secure, host in ((True, "localhost"), (False, "health.example")):
        client, base = site.test_client(), {"base_url": f"http://{host}"}
        page = client.get("/sign-in", **base).get_data(as_text=True)
        assert ('name="own"' in page) is secure, "elsewhere no browser keeps a copy"
        assert "checked" not in page, "off by default"
        answer = sign_in(client, "official", data={"own": "yes"}, **base)
        assert answer.status_code == 302
        marks = [one for one in answer.headers.getlist("Set-Cookie") if own_device.COOKIE in one]
        assert bool(marks) is secure
        assert all("HttpOnly" in one and "SameSite=Lax" in one for one in marks)
        assert (answer.headers.get("Clear-Site-Data") == CLEARED) is secure, "nothing stays of before"
        assert (own_device.KEEPER in client.get("/", **base).headers) is secure


@pytest.mark.parametrize(
    ("password", "form"), [("wrong", {"own": "yes"}), (PASSWORD, {"own": "no"}), (PASSWORD, {})]
)
def test_no_device_is_marked_by_a_wrong_password_or_without_being_asked(site, password, form):
    client = site.test_client()
    sign_in(client, "official", password, data=form)
    assert client.get_cookie(own_device.COOKIE) is None


def test_the_tour_is_offered_once_to_each_account_and_blocks_nothing(site):
    client = signed_in(site, "official")
    seen = []
    for _ in range(10):
        page = client.get("/").get_data(as_text=True)
        found = re.search(r'<section class="tour".*?</section>', page, re.S)
        assert 'id="morning"' in page and 'id="weekly"' in page, "the page is whole at every step"
        if not found:
            break
        seen.append(found[0])
        for place in re.findall(r'href="#([a-z]+)"', found[0]):
            assert f'id="{place}"' in page, place
        (step, *_) = re.findall(r'name="step" value="([^"]+)"', found[0])
        assert client.post("/tour", data={"step": step}).headers["Location"] == "/"
    assert len(seen) == 6, "the offer and five steps"
    assert 'class="tour"' not in client.get("/").get_data(as_text=True)
    assert client.post("/tour", data={"step": "9"}).status_code == 400
    other = signed_in(site, "provincial")
    other.set_cookie("chhlang-tour", client.get_cookie("chhlang-tour").value)
    assert 'class="tour"' in other.get("/").get_data(as_text=True), "the tour of one account is not another's"
    other.post("/tour", data={"step": "over"})
    assert 'class="tour"' not in other.get("/").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/", "/map", "/crossings/poipet", "/curves", "/reporting", "/beside"])
def test_every_word_has_its_meaning_on_the_page_for_pointer_finger_and_keyboard(site, path):
    page = signed_in(site, "official").get(path).get_data(as_text=True)
    terms = re.findall(
        r'popovertarget="word-([a-z-]+)" aria-describedby="word-([a-z-]+)" title="([^"]+)"', page
    )
    assert terms
    for target, described, meaning in terms:
        assert target == described
        assert re.search(rf'<div class="meaning" id="word-{target}" popover><strong>[^<]+</strong>: ', page)
        assert page.count(f'id="word-{target}"') == 1 and meaning


def test_the_words_say_what_the_glossary_says():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]+?) \| [^|]* \| ([^|]*?) \|$", text, re.M))
    assert dict(WORDS.values()) == {name: rows[name] for name, _ in WORDS.values()}
