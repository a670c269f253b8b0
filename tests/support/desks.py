"""A desk without a browser: it seals entries as the script does, and sends them."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from dashboard.services.reception import sealed
from tests.support.web import signed_in

NAMES = re.compile(r'data-([a-z-]+)="([^"]*)"')


class Desk:
    """One device, on which accounts sign in one after another."""

    def __init__(self, server: Any, account: str, crossing: str = "TH01", name: str = "Tablet") -> None:
        self.server = server
        self.client: FlaskClient = signed_in(server, account)
        answer = self.client.post("/desk/devices", data={"name": name, "crossing": crossing})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.cookie = self.client.get_cookie("chhlang-desk").value
        self.page = self.client.get("/desk").get_data(as_text=True)
        told = dict(NAMES.findall(html.unescape(self.page)))
        self.device, self.crossing, self.key_name = told["device"], told["crossing"], told["key-name"]
        self.key = base64.b64decode(told["key"])
        self.voucher = self.state()["voucher"]

    def state(self) -> dict[str, Any]:
        """What the page asks for."""
        return self.client.get("/desk/state").get_json()

    def hand_over(self, account: str) -> None:
        """Let another account use the device; its page was closed meanwhile."""
        self.client = signed_in(self.server, account)
        self.client.set_cookie("chhlang-desk", self.cookie)

    def seal(self, entry: dict[str, Any], **more: Any) -> dict[str, str]:
        """One entry in its envelope, with the voucher of whoever the page was opened by."""
        text = json.dumps({"by": self.voucher} | entry | more).encode()
        return sealed.seal(
            entry["id"], text, self.device, Public(self.key, self.key_name), secrets.token_bytes(12)
        )

    def send(self, *envelopes: dict[str, str]) -> list[dict[str, Any]]:
        """The answers to some envelopes."""
        answer = self.client.post("/desk/entries", data={"envelopes": json.dumps(envelopes)})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["answers"]


class Public:
    """The public half of a key, which is all that a device has."""

    def __init__(self, public: bytes, name: str) -> None:
        self.public, self.name = public, name


def hex_id() -> str:
    """An identifier, as a device makes it."""
    return secrets.token_hex(16)


def made(
    kind: str, subject: str, van: str, crossing: str = "TH01", item: str = "", **fields: Any
) -> dict[str, Any]:
    """An entry of this moment."""
    return {
        "id": hex_id(),
        "kind": kind,
        "subject": subject,
        "item": item,
        "van": van,
        "crossing": crossing,
        "station": "desk",
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fields": fields,
    }


def a_van(crossing: str = "TH01", **fields: Any) -> dict[str, Any]:
    """A van that comes now."""
    van = hex_id()
    now = datetime.now(UTC).timestamp() + 7 * 3600
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M")
    return made("van", van, van, crossing, **{"arrived_at": moment, "letter": "A", "men": 2} | fields)
