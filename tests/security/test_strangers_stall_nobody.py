"""Whatever strangers do with their sockets, somebody who signed in is answered; and who may send how much."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from tests.security.attacks import reader
from tests.security.attacks.crowd import ATTACKS, Crowd
from tests.support.examples import lane
from tests.support.running import running

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="one process there"),
]
#: A page that is made of little, so that what is measured is waiting for a turn.
PAGE = "/device"
MB = 1_000_000
#: For how many seconds she reads while one attack goes on: page after page, dozens in half a second.
LOOKED = 1.2 if lane() == "full" else 0.5


@pytest.fixture(scope="module")
def site(sqlite_files):
    with sqlite_files.fresh(migrated=True) as url, running(url) as found:
        yield found


@pytest.fixture(scope="module")
def viewer(site):
    return reader.sign_in(site.address, "viewer")


@pytest.fixture(scope="module")
def manager(site):
    return reader.sign_in(site.address, "manager")


@pytest.fixture(scope="module")
def calm(site, viewer):
    """What she waits when nobody attacks, on this machine at this moment."""
    return reader.read(viewer, site.address, PAGE, 1.5).p95


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_reader_goes_on_while_strangers_hold_what_they_can(attack, site, viewer, calm):
    p95 = []
    for _ in range(3):  # a machine that is busy with something else is looked at again
        with Crowd(site.port, attack) as crowd:
            waited = reader.read(viewer, site.address, PAGE, LOOKED)
        assert waited.errors == []
        assert crowd.opened >= attack.strangers
        p95.append(waited.p95)
        if waited.p95 < max(0.5, 4 * calm):
            return
    raise AssertionError(f"the promise is half a second: {p95}, and {calm} without strangers")


def raw(port: int, head: str, body: bytes = b"", wait: float = 20.0) -> bytes:
    """What a server answers to bytes, until it closes or says nothing for a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as one:
        one.sendall(head.replace("\n", "\r\n").encode() + body)
        got = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            while part := one.recv(65536):
                got += part
        return got


def post(path: str, length: int | None, *more: str) -> str:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: multipart/form-data; boundary=x",
        size,
    )
    return "\n".join([*lines, *more, "", ""])


def cookie(session) -> str:
    """What a browser says of a session, and from where a form of it comes."""
    return f"Origin: http://127.0.0.1\nCookie: chhlang={session.cookies['chhlang']}"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("length", [100_000, 50 * MB, 10**15])
@pytest.mark.parametrize("expects", [False, True])
def test_an_upload_of_a_stranger_is_refused_by_its_header(length, expects, site):
    answer = raw(site.port, post("/imports", length, *(["Expect: 100-continue"] if expects else [])))
    assert status(answer) == 401
    assert b"100 Continue" not in answer
    assert b"Connection: close" in answer


def test_an_upload_of_somebody_without_the_right_is_refused_by_its_header(site, viewer):
    answer = raw(site.port, post("/imports", 50 * MB, cookie(viewer), "Expect: 100-continue"))
    assert status(answer) == 403
    assert b"100 Continue" not in answer


def test_a_false_cookie_opens_nothing(site, manager):
    false = cookie(manager)[:-4] + "AAAA"
    assert status(raw(site.port, post("/imports", 50 * MB, false, "Expect: 100-continue"))) == 401


def test_who_may_bring_files_is_told_to_go_on(site, manager):
    head = post("/imports", 2 * MB, cookie(manager), "Expect: 100-continue", "Connection: close")
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as one:
        one.sendall(head.replace("\n", "\r\n").encode())
        assert one.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(b"y" * 2 * MB)
        assert status(one.recv(65536)) in (400, 413)  # it was read whole, and is no form


def test_a_file_arrives_whole(site, manager):
    content = b"record_id,facility_id,disease,date_visit\n" + b"1,HC1,malaria,2025-03-04\n" * 80_000
    sent = manager.post(
        f"{site.address}/imports",
        files={"file": ("list.csv", content)},
        data={"source": "here"},
        headers={"Origin": site.address},
        allow_redirects=False,
        timeout=60,
    )
    assert sent.status_code == 303
    page = manager.get(f"{site.address}{sent.headers['Location']}", timeout=60).text
    assert "list.csv" in page


def test_a_file_that_is_too_large_gets_a_sentence(site, manager):
    answer = raw(site.port, post("/imports", 900 * MB, cookie(manager)), b"y" * 5 * MB)
    assert status(answer) == 413
    assert b"the most that is read" in answer


def test_other_forms_of_those_who_signed_in_stay_small(site, manager):
    answer = raw(site.port, post("/decisions", 5 * MB, cookie(manager)), b"y" * 5 * MB)
    assert status(answer) in (403, 413)


@pytest.mark.parametrize(("chunks", "code"), [(1, 401), (40, 413)])
def test_a_body_in_chunks_is_counted(chunks, code, site):
    chunk = b"1000\r\n" + b"y" * 4096 + b"\r\n"
    assert (
        status(raw(site.port, post("/imports", None, "Connection: close"), chunk * chunks + b"0\r\n\r\n"))
        == code
    )


def test_a_header_has_an_end(site):
    answer = raw(site.port, "GET / HTTP/1.1\nX-Long: " + "y" * 40_000)
    assert status(answer) == 431
