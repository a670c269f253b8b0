"""Asking another system over HTTP: one host that is allowed, nothing followed, nothing without an end.

An answer is refused that is too large, takes too long, is not JSON, or ended before it was whole. What may be
better a moment later is asked for again, after longer and longer pauses.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from db.intake.systems.definition import DHIS2, KOBO, ODK
from db.intake.values.codes import visible
from surveillance.errors import OtherSystemError, UsageError
from surveillance.texts import N_

#: Seconds before each further try.
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
#: Longest pause that a system may ask for.
LONGEST_PAUSE = 60.0
#: Seconds to connect, between two pieces of an answer, and for the whole of it.
CONNECT, SILENCE, WHOLE = 10.0, 60.0, 300.0
_MB = 1024 * 1024
_PIECE = 64 * 1024
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_WORDS = 200
#: How each kind of system is given a token.
_TOKENS = {DHIS2: "ApiToken", KOBO: "Token", ODK: "Bearer"}
_PREFIX = "token:"
Parameters = Sequence[tuple[str, str]]

NOT_ALLOWED = N_(
    "{host}: CHHLANG_SYSTEM_HOSTS does not name this host, so it is not asked; an administrator adds it there"
)
AWAY = N_(
    "{host}: cannot be reached ({why}); look whether it is there, and pull again: it goes on where it stopped"
)
REFUSES = N_("{host}: does not let us in (401): give its user and password, or its token, anew")
FORBIDS = N_("{host}: our user there may not read this (403): ask its administrator for the right")
NOT_THERE = N_(
    "{host}: does not have {path} (404): look at the address, and at the identifiers that are asked for"
)
CONFLICT = N_("{host}: refuses what was asked (409): {words}")
BAD = N_("{host}: refuses what was asked ({code}): {words}")
ELSEWHERE = N_(
    "{host}: sends us to another page ({code}), which is not followed: look at the address, and whether the "
    "user is right"
)
FAULTY = N_(
    "{host}: has a fault of its own ({code}), {times} times: pull again later, it goes on where it stopped"
)
BUSY = N_("{host}: is too busy ({code}), {times} times: pull again later, it goes on where it stopped")
NOT_JSON = N_("{host}: answers with {kind} in place of JSON: look at the address; a page to sign in looks so")
HALF = N_("{host}: the answer ended before it was whole, {times} times: pull again, with a smaller page_size")
TOO_LARGE = N_("{host}: the answer has more than {most} MB: take a smaller page_size, or a shorter period")
TOO_SLOW = N_("{host}: the answer took more than {seconds} seconds: take a smaller page_size")
NOT_READ = N_("{host}: the answer is not the JSON that was asked for ({why})")
PACKED = N_("{host}: packs its answers though it was asked not to; its administrator switches that off")


@dataclass(frozen=True)
class Limits:
    """How much an answer may bring, and how long it may take."""

    size: int = 64 * _MB
    connect: float = CONNECT
    silence: float = SILENCE
    whole: float = WHOLE


class _AgainError(Exception):
    """Something that may be better a moment later; `pause`: how long the system asks us to wait."""

    def __init__(self, text: str, pause: float | None = None, **values: object) -> None:
        super().__init__(text)
        self.text, self.pause, self.values = text, pause, values


def check_address(address: str, hosts: Iterable[str]) -> str:
    """The host of a system's address.

    Raises
    ------
    UsageError
        The address is not one that is asked: says why.
    OtherSystemError
        Its host is not allowed.
    """
    try:
        parts = urlsplit(address)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            "address: give one such as https://dhis2.example, without a user or a question in it", "address"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise UsageError(
            "address: it begins with https://; without encryption only this machine is asked", "address"
        )
    if host not in {one.lower() for one in hosts}:
        raise OtherSystemError(NOT_ALLOWED, host=host)
    return host


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def authorization(kind: str, credential: str) -> str:
    """The header by which a system knows us.

    Parameters
    ----------
    credential : str
        `token:` and a token, or a user and a password with a colon between them.

    Raises
    ------
    UsageError
        It is neither.

    Examples
    --------
    >>> authorization("kobo", "token:abc")
    'Token abc'
    """
    text = credential.strip()
    if not text.isprintable() or len(text) > 2_000:
        raise UsageError("credential: it holds signs that no header may hold; copy it again", "credential")
    if text.startswith(_PREFIX) and text.removeprefix(_PREFIX).strip():
        return f"{_TOKENS[kind]} {text.removeprefix(_PREFIX).strip()}"
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise UsageError(
            "credential: give token: and the token, or the user and the password with a colon between them",
            "credential",
        )
    return "Basic " + base64.b64encode(text.encode()).decode()


class Client:
    """Asks one system.

    Parameters
    ----------
    address : str
        Where it is; paths are added to it.
    header : str
        By which it knows us.
    hosts : iterable of str
        Hosts that may be connected to.
    sleep : callable
        Waits; tests wait less.

    Raises
    ------
    UsageError, OtherSystemError
        As :func:`check_address`.
    """

    def __init__(
        self,
        address: str,
        header: str,
        hosts: Iterable[str],
        limits: Limits | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.host = check_address(address, hosts)
        self._address, self._header = address.rstrip("/"), header
        self._limits, self._sleep = limits or Limits(), sleep

    def get(self, path: str, parameters: Parameters = ()) -> Any:
        """What a path answers: JSON, its numbers as they were written.

        Raises
        ------
        OtherSystemError
            It is away, refuses, or answers what cannot be read, also after several tries.
        """
        return self._asked("GET", path, parameters, None, frozenset())

    def post(
        self, path: str, parameters: Parameters, body: Mapping[str, Any], takes: frozenset[int] = frozenset()
    ) -> Any:
        """What a path answers to JSON; only for what may be sent twice.

        Parameters
        ----------
        takes : frozenset of int
            Refusals whose JSON is an answer.

        Raises
        ------
        OtherSystemError
            As :meth:`get`.
        """
        return self._asked("POST", path, parameters, json.dumps(body).encode(), takes)

    def _asked(
        self, method: str, path: str, parameters: Parameters, body: bytes | None, takes: frozenset[int]
    ) -> Any:
        last: _AgainError | None = None
        for pause in (*PAUSES, None):
            try:
                return self._read(self._once(method, path, parameters, body, takes))
            except _AgainError as error:
                last = error
                if pause is not None:
                    self._sleep(min(max(pause, error.pause or 0.0), LONGEST_PAUSE))
        assert last is not None  # noqa: S101 - the loop left by an error
        raise OtherSystemError(last.text, host=self.host, times=len(PAUSES) + 1, **last.values)

    def _once(
        self, method: str, path: str, parameters: Parameters, body: bytes | None, takes: frozenset[int]
    ) -> bytes:
        import requests  # noqa: PLC0415 - only who asks needs it

        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Authorization": self._header}
        if body is not None:
            headers["Content-Type"] = "application/json"
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no file of passwords that the environment names
            try:
                with session.request(
                    method, f"{self._address}{path}", params=list(parameters), data=body, headers=headers,
                    timeout=(self._limits.connect, self._limits.silence), allow_redirects=False, stream=True,
                ) as answer:  # fmt: skip
                    return self._taken(answer, path, takes)
            except (
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.ContentDecodingError,
            ) as error:
                raise _AgainError(HALF) from error
            except requests.exceptions.Timeout as error:
                raise _AgainError(AWAY, why=N_("no answer in time")) from error
            except requests.exceptions.SSLError as error:
                raise OtherSystemError(
                    AWAY, host=self.host, why=N_("its certificate is not valid")
                ) from error
            except requests.exceptions.RequestException as error:
                raise _AgainError(AWAY, why=N_("no connection")) from error

    def _taken(self, answer: Any, path: str, takes: frozenset[int]) -> bytes:
        code = int(answer.status_code)
        if 300 <= code < 400:
            raise OtherSystemError(ELSEWHERE, host=self.host, code=code)
        if code in _AGAIN:
            raise _AgainError(BUSY if code in (408, 425, 429, 503) else FAULTY, _pause_of(answer), code=code)
        content = self._whole(answer)
        if code in (401, 403, 404):
            raise OtherSystemError(
                {401: REFUSES, 403: FORBIDS, 404: NOT_THERE}[code], host=self.host, path=path[:80]
            )
        if not 200 <= code < 300 and code not in takes:
            words = _words(content)
            raise OtherSystemError(CONFLICT if code == 409 else BAD, host=self.host, code=code, words=words)
        kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise OtherSystemError(NOT_JSON, host=self.host, kind=visible(kind, 40) or "?")
        return content

    def _whole(self, answer: Any) -> bytes:
        """All of an answer, within the limits."""
        if answer.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            raise OtherSystemError(PACKED, host=self.host)
        most, until = self._limits.size, time.monotonic() + self._limits.whole
        said = str(answer.headers.get("Content-Length", ""))
        if said.isascii() and said.isdigit() and int(said) > most:
            raise OtherSystemError(TOO_LARGE, host=self.host, most=most // _MB)
        content = bytearray()
        for piece in answer.iter_content(_PIECE):
            content += piece
            if len(content) > most:
                raise OtherSystemError(TOO_LARGE, host=self.host, most=most // _MB)
            if time.monotonic() > until:
                raise OtherSystemError(TOO_SLOW, host=self.host, seconds=round(self._limits.whole))
        if said.isascii() and said.isdigit() and len(content) < int(said):
            raise _AgainError(HALF)
        return bytes(content)

    def _read(self, content: bytes) -> Any:
        try:
            return json.loads(content.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str)
        except json.JSONDecodeError as error:
            if not error.doc.rstrip().endswith(("}", "]")):  # it stops in the middle
                raise _AgainError(HALF) from error
            raise OtherSystemError(NOT_READ, host=self.host, why=f"{error.lineno}:{error.colno}") from error
        except (UnicodeDecodeError, RecursionError) as error:
            raise OtherSystemError(NOT_READ, host=self.host, why=type(error).__name__) from error


def _pause_of(answer: Any) -> float | None:
    """How long a system asks us to wait, in seconds."""
    said = str(answer.headers.get("Retry-After", ""))
    return float(said) if said.isascii() and said.isdigit() and len(said) < 6 else None


def _words(content: bytes) -> str:
    """What a system says of a refusal, in a line: its message, and the first of its conflicts."""
    said: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(content)
    if not isinstance(said, dict):
        return "-"
    response = said.get("response")
    inner: dict[str, Any] = response if isinstance(response, dict) else said
    conflicts = inner.get("conflicts") or said.get("conflicts") or []
    found = [said.get("message"), said.get("description")]
    if isinstance(conflicts, list):
        found += [one.get("value") for one in conflicts[:3] if isinstance(one, dict)]
    return "; ".join(visible(str(one), _WORDS) for one in found if one) or "-"
