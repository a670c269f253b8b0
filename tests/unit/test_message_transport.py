"""The transport of messages: what gateways and chats are sent, and what is made of their answers."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.services.messages import addresses, transport
from dashboard.services.messages.transport import Outcome

apprise = pytest.importorskip("apprise")
pytestmark = [
    pytest.mark.process,
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning"
    ),  # apprise asks for a module that Python gives up
]
#: What a gateway answers -> what is made of it. 0: it is gone without a word.
ANSWERS = {
    200: Outcome("sent"),
    302: Outcome("refused", "refused", 302),
    401: Outcome("refused", "refused", 401),
    408: Outcome("unsure", "no_answer", 408),
    429: Outcome("later", "not_now", 429),
    500: Outcome("unsure", "no_answer", 500),
    503: Outcome("later", "not_now", 503),
    0: Outcome("unsure", "no_answer"),
}


class _Gateway(BaseHTTPRequestHandler):
    answer, seen = 200, []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        type(self).seen.append((self.path, body))
        if not self.answer:
            self.connection.close()
            return
        self.send_response(self.answer)
        if self.answer == 302:
            self.send_header("Location", "http://localhost:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *given):
        """Say nothing."""


def said(caplog):
    """What reaches the log: that of apprise goes nowhere, though pytest listens to it, too."""
    log = logging.getLogger("apprise")
    ours = [one for one in log.handlers if not type(one).__module__.startswith("_pytest")]
    assert not log.propagate and [type(one) for one in ours] == [transport._Codes]
    return "\n".join(one.getMessage() for one in caplog.records if one.name.split(".")[0] != "apprise")


@contextlib.contextmanager
def gateway():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_each_answer_of_a_gateway_is_what_it_says_and_is_asked_once(caplog):
    caplog.set_level(logging.DEBUG)
    with gateway() as port:
        address = addresses.complete(
            f"json://user:SECRET@127.0.0.1:{port}/send/{{to}}", "sms", "+85512345678", ""
        )
        found = {}
        for answer in ANSWERS:
            _Gateway.answer, _Gateway.seen = answer, []
            with contextlib.redirect_stderr(None):
                found[answer] = transport.send(address, "Alert 7", "Alert 7. Open it.", ["127.0.0.1"])
            assert len(_Gateway.seen) == 1, answer
        assert found == ANSWERS
        path, body = _Gateway.seen[0]
        assert path.startswith(("/send/%2B85512345678", "/send/+85512345678"))
        assert json.loads(body)["message"] == "Alert 7. Open it."
        _Gateway.seen = []
        assert transport.send(address, "x", "y", ["gateway.example"]) == Outcome("refused", "not_allowed")
        assert _Gateway.seen == []
    assert transport.send(address, "x", "y", ["127.0.0.1"]) == Outcome("later", "away")
    assert "SECRET" not in said(caplog) and "85512345678" not in said(caplog)


def test_telegram_is_sent_no_preview_and_a_bot_that_is_not_allowed_nothing(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    import requests

    class Taken:
        status_code, content = 200, b"{}"

    seen = []
    monkeypatch.setattr(requests, "post", lambda url, **given: seen.append((url, given)) or Taken())
    address = addresses.complete(
        "tgram://123456789:TOKENTOKENTOKENTOKENTOKENTOKENTOK/{to}", "telegram", "-1001234567890", "mark"
    )
    assert transport.send(address, "Chhlang", "Alert 7 <b>&", ["api.telegram.org"]) == Outcome("sent")
    ((url, given),) = seen
    assert urlsplit(url).hostname == "api.telegram.org" and given["allow_redirects"] is False
    payload = json.loads(given["data"])
    assert payload["disable_web_page_preview"] is True and payload["chat_id"] == -1001234567890
    assert "Alert 7" in payload["text"] and "<b>&" not in payload["text"]
    assert "TOKEN" not in said(caplog)
    monkeypatch.undo()
    assert transport.send(address, "x", "y", ["mail.example"]) == Outcome("refused", "not_allowed")


def test_what_is_added_to_an_address_leaves_its_recipient_as_it_was():
    whole = addresses.complete("mailtos://u:p@mail.example?to={to}", "mail", "a+b@c.example", "mark")
    given = parse_qs(urlsplit(whole).query)
    assert given["to"] == ["a+b@c.example"] and given["retry"] == ["0"] and given["redirect"] == ["no"]
    assert addresses.tail("someone@health.example") == "s…@health.example"
    assert addresses.tail("-1001234567890") == "…90"


def test_without_apprise_a_message_waits(monkeypatch):
    monkeypatch.setattr(transport.importlib.util, "find_spec", lambda name: None)
    assert transport.send("mailto://x", "x", "y", []) == Outcome("later", "no_apprise")
