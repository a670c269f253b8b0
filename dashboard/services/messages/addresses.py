"""Addresses of ways out, in apprise's form: which are taken, whom they connect to, and whom they reach.

An administrator gives an address with `{to}` where the recipient belongs, such as
`mailtos://USER:PASSWORD@mail.example?to={to}`. Apprise knows over a hundred services and many options: only
the services and options below are taken, so that no address reads a file, skips a certificate or follows a
redirect.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from surveillance.errors import UsageError
from surveillance.texts import N_

MAIL, TELEGRAM, SMS = "mail", "telegram", "sms"
KINDS: dict[str, str] = {MAIL: N_("E-mail"), TELEGRAM: N_("Telegram"), SMS: N_("Text message")}
PLACE = "{to}"
LONGEST = 1_000
#: The host of services that have one of their own; None: the address names it.
_SERVICES: dict[str, tuple[str, str | None]] = {
    "mailto": (MAIL, None),
    "mailtos": (MAIL, None),
    "tgram": (TELEGRAM, "api.telegram.org"),
    "twilio": (SMS, "api.twilio.com"),
    "plivo": (SMS, "api.plivo.com"),
    "bulksms": (SMS, "api.bulksms.com"),
    "clickatell": (SMS, "platform.clickatell.com"),
    "msgbird": (SMS, "rest.messagebird.com"),
    "d7sms": (SMS, "api.d7networks.com"),
    "seven": (SMS, "gateway.seven.io"),
    "smseagle": (SMS, None),
    "smseagles": (SMS, None),
    "json": (SMS, None),
    "jsons": (SMS, None),
}
#: Without encryption a way out may lead to this machine and its own network alone.
_PLAIN = frozenset({"mailto", "smseagle", "json"})
#: Options that an address may carry. `:to`, `+Authorization`: a field and a header of a gateway of one's own.
_OPTIONS: dict[str, frozenset[str]] = {
    MAIL: frozenset({"to", "from", "name", "smtp", "mode"}),
    TELEGRAM: frozenset(),
    SMS: frozenset({"to", "from", "method", "type", "key", "+authorization", ":to", ":recipient", ":sender"}),
}
#: What is added to each: one try, no redirect, no preview of links, nothing kept on the disk.
_ALWAYS = "redirect=no&retry=0&store=no&rto=15&cto=10"
_OF_KIND = {MAIL: "&format=text", TELEGRAM: "&preview=no&detect=no&image=no&album=no", SMS: ""}
_RECIPIENTS = {
    MAIL: re.compile(r"[^\s@/?#&%,;:<>\"'()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}"),
    TELEGRAM: re.compile(r"-?\d{1,20}|@[A-Za-z][A-Za-z0-9_]{4,31}"),
    SMS: re.compile(r"\+?\d{6,15}"),
}
_WANTED = {
    MAIL: N_("give an e-mail address"),
    TELEGRAM: N_("give the number of the chat, such as 123456789, or -1001234567890 for a group"),
    SMS: N_("give a telephone number in digits, such as +85512345678"),
}


@dataclass(frozen=True)
class Checked:
    """An address that is taken: what kind of way out it is, and whom it connects to."""

    kind: str
    host: str


def check(address: str) -> Checked:
    """Check the address of a way out.

    Raises
    ------
    UsageError
        It is not taken; says why, and nothing of what it holds.
    """
    text = address.strip()
    scheme = text.partition("://")[0].lower()
    if scheme not in _SERVICES or len(text) > LONGEST or any(sign.isspace() for sign in text):
        raise UsageError(
            "address: it begins with one of {services}", "address", services=", ".join(_SERVICES)
        )
    kind, host = _SERVICES[scheme]
    if text.count(PLACE) != 1:
        raise UsageError("address: write {place} once, where the recipient belongs", "address", place=PLACE)
    try:
        parts = urlsplit(text.replace(PLACE, "recipient"))
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        named = given.get("smtp") or parts.hostname or ""
    except ValueError:
        raise UsageError("address: it cannot be read; copy it again", "address") from None
    wrong = sorted(name for name in given if name.lower() not in _OPTIONS[kind])
    if wrong:
        raise UsageError("address: the option {option} is not taken", "address", option=wrong[0][:40])
    if given.get("mode", "starttls") not in {"starttls", "ssl"}:
        raise UsageError("address: mode is starttls or ssl", "address")
    host = (host or named).lower()
    if not re.fullmatch(r"[a-z0-9.:-]{1,255}", host):
        raise UsageError("address: it names no server", "address")
    if scheme in _PLAIN and not _is_near(host):
        raise UsageError(
            "address: {service} is not encrypted: it may lead to this machine or its own network", "address",
            service=f"{scheme}://",
        )  # fmt: skip
    return Checked(kind, host)


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


def check_recipient(kind: str, text: str) -> str:
    """An address, number or chat as it is kept.

    Raises
    ------
    UsageError
        It is none.
    """
    given = text.strip()
    if kind == SMS:
        given = re.sub(r"[\s().-]", "", given)
    if not _RECIPIENTS[kind].fullmatch(given):
        raise UsageError("to: {wanted}", "to", wanted=_WANTED[kind])
    return given


def tail(text: str) -> str:
    """The end of an address, number or chat, by which its owner knows it again."""
    if "@" in text[1:]:
        name, _, domain = text.partition("@")
        return f"{name[:1]}…@{domain}"[:20]
    return f"…{text[-2:]}"


def complete(address: str, kind: str, to: str, reference: str) -> str:
    """The address that reaches one recipient; `reference` marks an e-mail: a repeat is known by it."""
    whole = address.strip().replace(PLACE, quote(to, safe=""))
    mark = f"&%2BX-Chhlang-Message={quote(reference, safe='')}" if kind == MAIL else ""
    return f"{whole}{'&' if '?' in whole else '?'}{_ALWAYS}{_OF_KIND[kind]}{mark}"
