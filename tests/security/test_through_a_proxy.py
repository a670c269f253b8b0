"""What strangers try at the server, through nginx and Caddy with the very files of `deploy/`."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import statistics
import sys
from urllib.parse import urlencode

import pytest
import requests

from dashboard.permissions import Grant
from dashboard.services import accounts, store
from dashboard.settings import Settings
from tests.security.attacks import reader
from tests.security.attacks.crowd import ATTACKS, MANY, TLS_ATTACKS, Crowd
from tests.support.accounts import PASSWORD, add_accounts
from tests.support.proxies import BEHIND, program, proxied
from tests.support.running import running

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="addresses 127.* are of Linux"),
]
PAGE = "/device"
MB = 1_000_000
DEMO = "chhlang-demo"
ALL = (*ATTACKS, *TLS_ATTACKS)


@pytest.fixture(scope="module")
def site(sqlite_files):
    """A server as deploy/chhlang.env sets it up, with an account of the demo that came while it ran."""
    with sqlite_files.fresh(migrated=True) as url, running(url, BEHIND) as found:
        database = store.open_store(Settings.read({"DATABASE_URL": url}))
        demo = {"email": "demo-administrator@example.org", "password": DEMO, "role": "administrator"}
        accounts.add(database, Grant.custodian(), **demo, provinces=None, demo=True)
        database.dispose()
        yield found


@pytest.fixture(scope="module", params=["nginx", pytest.param("caddy", marks=pytest.mark.full)])
def proxy(request, site, tmp_path_factory):
    if program(request.param) is None:
        pytest.skip(f"{request.param} is not installed: scripts/system_packages.py names the packages")
    with proxied(request.param, site.port, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture(scope="module")
def viewer(proxy):
    return reader.sign_in(proxy.address, "viewer", certificate=proxy.certificate)


@pytest.fixture(scope="module")
def manager(proxy):
    return reader.sign_in(proxy.address, "manager", certificate=proxy.certificate)


@pytest.fixture(scope="module")
def calm(proxy, viewer):
    """What she waits when nobody attacks, on this machine at this moment."""
    return reader.read(viewer, proxy.address, PAGE, 1.0).p95


def held(proxy, viewer, calm, *attacks):
    """The promise, by the median of three looks: half a second, or as much longer as this machine is busy."""
    with contextlib.ExitStack() as stack:
        for attack in attacks:
            crowd = stack.enter_context(Crowd(0, attack, proxy))
            assert crowd.opened >= attack.strangers, attack.name
        looks = [reader.read(viewer, proxy.address, PAGE, 1.0) for _ in range(3)]
    assert [look.errors for look in looks] == [[], [], []]
    p95 = statistics.median(look.p95 for look in looks)
    assert p95 < max(0.5, 4 * calm), f"{[look.p95 for look in looks]}, and {calm} without strangers"


@pytest.mark.full
def test_a_reader_goes_on_while_strangers_do_all_of_it_at_once(proxy, viewer, calm):
    held(proxy, viewer, calm, *ALL)


@pytest.mark.full
@pytest.mark.parametrize("attack", [*ALL, MANY], ids=lambda attack: attack.name)
def test_a_reader_goes_on_while_strangers_hold_what_they_can(attack, proxy, viewer, calm):
    held(proxy, viewer, calm, attack)


def raw(proxy, head: str, body: bytes = b"", wait: float = 2.0, source: str = "127.0.0.1") -> bytes:
    """What is answered to bytes, until the connection closes or nothing is said for a while."""
    text = head.replace("\n", "\r\n").replace("HOST", f"localhost:{proxy.port}")
    got = b""
    with (
        socket.create_connection(
            ("127.0.0.1", proxy.port), timeout=wait, source_address=(source, 0)
        ) as plain,
        proxy.tls.wrap_socket(plain, server_hostname="localhost") as one,
        contextlib.suppress(TimeoutError, ConnectionError, ssl.SSLError),
    ):
        one.sendall(text.encode() + body)
        while part := one.recv(65536):
            got += part
    return got


def statuses(answer: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer) if code != b"100"]


def post(path: str, length: int, *more: str) -> str:
    form = "Content-Type: multipart/form-data; boundary=x"
    return "\n".join(
        [f"POST {path} HTTP/1.1", "Host: HOST", form, f"Content-Length: {length}", *more, "", ""]
    )


def cookie(proxy, session) -> str:
    return f"Origin: {proxy.address}\nCookie: chhlang={session.cookies['chhlang']}"


def test_an_upload_of_a_stranger_is_refused_by_its_header_and_fills_no_disk(proxy, site, tmp_path):
    body = b"y" * 3 * MB
    assert statuses(raw(proxy, post("/imports", 150 * MB, "Connection: close"), body)) == [401]
    folder = proxy.log.parent / "client_body"
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_file_that_is_too_large_and_a_form_that_is_too_large_are_refused_by_their_header(proxy, manager):
    for path, length in (("/imports", 900 * MB), ("/decisions", 5 * MB), ("/sign-in", 5 * MB)):
        head = post(path, length, cookie(proxy, manager), "Connection: close")
        assert statuses(raw(proxy, head, b"y" * MB, wait=0.7))[0] in (403, 413), path


@pytest.mark.full
@pytest.mark.parametrize(("size", "code"), [(200 * 1024 * 1024, 303), (215 * MB, 413)])
def test_a_file_of_200_mb_arrives_and_a_larger_one_gets_an_answer(size, code, proxy, manager):
    line = b"1,HC1,malaria,2025-03-04\n"
    content = b"record_id,facility_id,disease,date_visit\n" + line * (size // len(line) - 2)
    try:
        sent = manager.post(
            f"{proxy.address}/imports",
            files={"file": ("list.csv", content)},
            data={"source": "here"},
            headers={"Origin": proxy.address},
            allow_redirects=False,
            timeout=120,
        )
    except requests.ConnectionError:  # Caddy closes soon: who writes on over HTTP/1.1 may miss the answer
        assert (proxy.name, code) == ("caddy", 413)
    else:
        assert sent.status_code == code


def form(proxy) -> tuple[str, str]:
    """Cookie and token of a sign-in page."""
    page = raw(proxy, "GET /sign-in HTTP/1.1\nHost: HOST\nConnection: close\n\n", wait=20.0).decode()
    (held,) = re.findall(r"Set-Cookie: (chhlang=[^;]+)", page)
    (token,) = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return held, token


def guess(proxy, filled, name, password, number, source, *more) -> bytes:
    """The answer to a guess that claims to come from elsewhere in each header that a server might believe."""
    address = f"198.51.100.{number}"
    claims = [
        f"X-Forwarded-For: {address}",
        f"X-Real-IP: {address}",
        f"Forwarded: for={address}",
        f"X-Client-IP: {address}",
        f"Cookie: {filled[0]}",
        f"Origin: {proxy.address}",
    ]
    given = {"email": f"{name}@example.org", "password": password, "csrf_token": filled[1]}
    body = urlencode(given).encode()
    kind = "Content-Type: application/x-www-form-urlencoded"
    head = ["POST /sign-in HTTP/1.1", "Host: HOST", kind, f"Content-Length: {len(body)}", *claims, *more]
    connection = [] if more else ["Connection: close"]
    return raw(proxy, "\n".join([*head, *connection, "", ""]), body, 10.0, source)


def test_guesses_are_counted_by_the_true_address_whatever_they_claim(proxy, site):
    database = store.open_store(Settings.read({"DATABASE_URL": site.url}))
    owner = f"owner-{proxy.name}"
    add_accounts(database, {owner: ("viewer", None)})
    database.dispose()
    hop, filled = "Connection: close, X-Forwarded-For, X-Forwarded-Proto, Host", form(proxy)
    answers = [
        guess(proxy, filled, owner, "a wrong guess", number, "127.9.0.1", *([hop] if number % 2 else []))
        for number in range(1, 13)
    ]
    assert [statuses(answer) for answer in answers] == [[200]] * 10 + [[429]] * 2
    assert b"X-Request-Id" in answers[-1]  # it is Chhlang that says so
    assert statuses(guess(proxy, filled, owner, "a wrong guess", 1, "127.9.0.2")) == [
        200
    ]  # and only to the guesser
    assert statuses(guess(proxy, filled, owner, PASSWORD, 1, "127.9.0.2")) == [302]


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["Connection: close, X-Forwarded-For, X-Forwarded-Proto, Via, Forwarded, X-Real-IP, X-Client-IP"],
    ],
    ids=["plain", "as hop by hop"],
)
def test_an_account_of_the_demo_is_wrong_through_a_proxy(more, proxy):
    answer = guess(proxy, form(proxy), "demo-administrator", DEMO, 7, "127.9.0.3", *more)
    assert statuses(answer) == [200]  # right, it would be 302


@pytest.mark.full
def test_nor_is_it_right_where_nobody_said_that_there_is_a_proxy(proxy, sqlite_files, tmp_path):
    with sqlite_files.fresh(migrated=True) as url, running(url) as site:
        database = store.open_store(Settings.read({"DATABASE_URL": url}))
        demo = {"email": "demo-administrator@example.org", "password": DEMO, "role": "administrator"}
        accounts.add(database, Grant.custodian(), **demo, provinces=None, demo=True)
        database.dispose()
        with proxied(proxy.name, site.port, tmp_path) as before:
            for claimed in ("127.0.0.1", "::1", ""):
                hop = f"Connection: close, X-Forwarded-For, X-Forwarded-Proto\nX-Forwarded-For: {claimed}"
                answer = guess(before, form(before), "demo-administrator", DEMO, 7, "127.0.0.1", hop)
                assert statuses(answer) in ([200], [403]), claimed
        assert reader.sign_in(site.address, "demo-administrator", DEMO)  # on the machine itself it is


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:443", "", "127.0.0.1", "localhost.evil.example"]
)
def test_another_name_reaches_nothing(name, proxy, site):
    before = site.said()
    answer = raw(proxy, f"GET /sign-in HTTP/1.1\nHost: {name}\nConnection: close\n\n")
    assert b"password" not in answer
    assert site.said() == before
    plain = f"http://127.0.0.1:{proxy.plain_port}/sign-in"
    session = requests.Session()
    session.trust_env = False
    if proxy.name == "nginx" and name:
        to = session.get(plain, headers={"Host": name}, allow_redirects=False, timeout=10)
        assert to.headers["Location"] == "https://localhost/sign-in"


SMUGGLED = "GET /smuggled HTTP/1.1\nX: "
CHUNKED = "Transfer-Encoding: chunked"
REQUESTS = {
    "two lengths": ["Content-Length: 0", "Content-Length: 30"],
    "two lengths in one": ["Content-Length: 0, 30"],
    "length and chunks": ["Content-Length: 35", CHUNKED],
    "chunks and length": [CHUNKED, "Content-Length: 35"],
    "chunks twice": [CHUNKED, CHUNKED, "Content-Length: 35"],
    "chunks and something": ["Content-Length: 35", "Transfer-Encoding: chunked, identity"],
    "something and chunks": ["Content-Length: 35", "Transfer-Encoding: xchunked"],
    "a tab before chunked": ["Content-Length: 35", "Transfer-Encoding:\tchunked"],
    "a blank before the colon": ["Content-Length: 35", "Transfer-Encoding : chunked"],
    "an underscore": ["Content-Length: 35", "Transfer_Encoding: chunked"],
    "folded": ["Content-Length: 35", "Transfer-Encoding:\n chunked"],
    "a length with a sign": ["Content-Length: +35"],
    "a length below nothing": ["Content-Length: -1"],
    "a length in letters": ["Content-Length: 0x23"],
}


@pytest.mark.parametrize("name", REQUESTS)
def test_no_request_hides_in_another(name, proxy, viewer):
    """What one connection sends never becomes the answer to somebody else."""
    head = "\n".join(["POST /sign-in HTTP/1.1", "Host: HOST", *REQUESTS[name], "", "0", "", SMUGGLED])
    codes = statuses(raw(proxy, head, wait=0.3))
    assert all(code < 500 or code == 501 for code in codes)
    for _ in range(3):
        answer = viewer.get(f"{proxy.address}{PAGE}", timeout=20, allow_redirects=False)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    ["X-Long: " + "y" * 40_000, "\n".join(f"X-Long-{n}: " + "y" * 9_000 for n in range(5))],
    ids=["one", "together"],
)
def test_a_header_has_an_end(header, proxy):
    answer = raw(proxy, f"GET / HTTP/1.1\nHost: HOST\nConnection: close\n{header}\n\n")
    assert statuses(answer)[0] in (400, 414, 431)


@pytest.mark.parametrize(
    "path", ["/metrics", "//metrics", "/./metrics", "/%6detrics", "/x/../metrics", "/metrics?a"]
)
def test_numbers_for_monitors_stay_on_the_machine(path, proxy):
    answer = raw(proxy, f"GET {path} HTTP/1.1\nHost: HOST\nConnection: close\n\n")
    assert statuses(answer)[0] in (302, 308, 400, 403, 404)
    assert b"chhlang_" not in answer


def test_what_comes_without_https_is_sent_there_and_what_comes_by_it_stays(proxy, viewer):
    session = requests.Session()
    session.trust_env = False
    plain = f"http://localhost:{proxy.plain_port}/sign-in"
    answer = session.get(plain, allow_redirects=False, timeout=10)
    assert (answer.status_code in (301, 308), answer.headers["Location"][:18]) == (
        True,
        "https://localhost/"[:18],
    )
    by = viewer.get(f"{proxy.address}{PAGE}", timeout=20)
    assert by.headers["Strict-Transport-Security"]
    assert all(one.secure for one in viewer.cookies if one.name == "chhlang")
