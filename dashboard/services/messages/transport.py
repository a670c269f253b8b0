"""Handing one message to apprise: what may be connected to, what came of it, and no word of it in a log.

Apprise says whether it sent, and to its log why not. Its log holds tokens, so that it goes nowhere: only the
other side's number for a refusal is read from it. Whether anything was handed over before it failed is known
from the interpreter's own events (`sys.addaudithook`): a message that was handed over and not answered is
unsure, and one that was not can be tried again. The same events refuse every host that is not allowed.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Kind = Literal["sent", "later", "refused", "unsure"]
SENT: Kind = "sent"
LATER: Kind = "later"
REFUSED: Kind = "refused"
UNSURE: Kind = "unsure"
#: Reasons.
AWAY, NOT_NOW, NO, NO_ANSWER, NOT_ALLOWED, BAD_ADDRESS, NO_APPRISE = (
    "away", "not_now", "refused", "no_answer", "not_allowed", "bad_address", "no_apprise",
)  # fmt: skip
#: Numbers of HTTP after which the same message may be taken another time, and was not taken this time.
_TRY_AGAIN = frozenset({425, 429, 503})
_CODES = re.compile(r"error=(\d{3})\b|\((\d{3}), b['\"]")


@dataclass(frozen=True)
class Outcome:
    """What came of handing a message over. `code`: the other side's number, where it gave one."""

    kind: Kind
    reason: str = ""
    code: int | None = None


@dataclass
class _Watch:
    """What is allowed while a message goes out, and what was seen."""

    hosts: frozenset[str]
    handed: bool = False
    by_mail: bool = False
    refused: bool = False
    code: int | None = None


_WATCH: ContextVar[_Watch | None] = ContextVar("watch", default=None)


def is_there() -> bool:
    """Whether apprise is installed."""
    return importlib.util.find_spec("apprise") is not None


def send(address: str, title: str, body: str, hosts: Iterable[str]) -> Outcome:
    """Send one message by an address that names its recipient; connects to these hosts and to no other."""
    if not is_there():
        return Outcome(LATER, NO_APPRISE)
    watch = _Watch(frozenset(host.lower() for host in hosts))
    mark = _WATCH.set(watch)
    try:
        sent = _handed_over(address, title, body)
    finally:
        _WATCH.reset(mark)
    if sent is None:
        return Outcome(REFUSED, BAD_ADDRESS)
    return Outcome(SENT) if sent else _why_not(watch)


def _handed_over(address: str, title: str, body: str) -> bool | None:
    """Whether apprise sent it; None where it cannot read the address."""
    _listen()
    import apprise  # noqa: PLC0415 - only the sender needs it

    asset = apprise.AppriseAsset(
        app_id="Chhlang", app_desc="Chhlang", app_url="", secure_logging=True, http_redirects=False,
        async_mode=False, result_log_disk_size=0,
    )  # fmt: skip
    service = apprise.Apprise.instantiate(address, asset=asset)
    if service is None:
        return None
    out = apprise.Apprise(asset=asset)
    out.add(service)
    return bool(out.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))


def _why_not(watch: _Watch) -> Outcome:
    code = watch.code
    if watch.refused and not watch.handed:
        return Outcome(REFUSED, NOT_ALLOWED)
    if code is None:
        return Outcome(UNSURE, NO_ANSWER) if watch.handed else Outcome(LATER, AWAY)
    if watch.by_mail:
        return Outcome(LATER, NOT_NOW, code) if code < 500 else Outcome(REFUSED, NO, code)
    if code in _TRY_AGAIN:
        return Outcome(LATER, NOT_NOW, code)
    if 300 <= code < 500 and code != 408:
        return Outcome(REFUSED, NO, code)
    return Outcome(UNSURE, NO_ANSWER, code)


@cache
def _listen() -> None:
    """Hear the interpreter's events and apprise's log, once in a process."""
    log = logging.getLogger("apprise")
    log.handlers, log.propagate = [_Codes()], False
    log.setLevel(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(
        logging.ERROR
    )  # it would say the paths that it asks: bots have tokens
    sys.addaudithook(_seen)


class _Codes(logging.Handler):
    """Takes the other side's number from a line of apprise's log; the line itself goes nowhere."""

    def emit(self, record: logging.LogRecord) -> None:
        watch = _WATCH.get()
        if watch is not None:
            for found in _CODES.findall(record.getMessage()):
                watch.code = int(found[0] or found[1])


def _seen(event: str, arguments: tuple[Any, ...]) -> None:
    watch = _WATCH.get()
    if watch is None:
        return
    if event == "socket.getaddrinfo":
        host = arguments[0]
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        if name.lower() not in watch.hosts:
            watch.refused = True
            raise PermissionError("this host is not allowed")
    elif event == "http.client.send":
        watch.handed = True
    elif event == "smtplib.connect":
        watch.by_mail = True
    elif event == "smtplib.send":
        data = arguments[1]
        whole = data.encode("ascii", "replace") if isinstance(data, str) else bytes(data)
        watch.handed = watch.handed or whole.endswith(b"\r\n.\r\n")
