"""A DHIS2 on this machine, written from its published Web API: metadata, data value sets, tracker, errors.

It answers in pages as DHIS2 does, knows one user and one token, and can fail in the ways that servers do.
Nobody in it is real.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD, TOKEN = "chhlang", "a password: of the tests", "d2pat_tests"
CREDENTIAL = f"{USER}:{PASSWORD}"
PROGRAM, DATA_SET, ROOT = "MalCaseProg", "MalMonthly1", "KhmUnit0001"
#: Facility codes and their organisation units.
UNITS = {"HC1": "FacUnit0001", "HC2": "FacUnit0002"}
PROVINCES = {"HC1": ("Banteay Meanchey", "KH01"), "HC2": ("Battambang", "KH02")}
OTHER = "ElemOther01"
ELEMENTS = {"MalElig0001": "MAL_SUSPECTED", "MalTest0001": "MAL_TESTED", OTHER: "MAL_OTHER"}
DEFAULT = "HllvX50cXC0"
#: How the next answer may fail.
BUSY, FAULTY, HALF, PAGE, AWAY, LONG, REDIRECT, SLOW = (
    "busy", "faulty", "half", "page", "away", "long", "redirect", "slow",
)  # fmt: skip


def event(number: int, **more: Any) -> dict[str, Any]:
    """An event of a patient who is invented; data elements are named as fields of the line list."""
    day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
    values = {"disease": "malaria", "sex": "male" if number % 2 else "female", "age_years": str(number % 60)}
    values |= {"eligible": "true", "tested": "true", "positive": "true" if number % 3 else "false"}
    values |= more.pop("values", {})
    return {
        "event": f"Ev{number:09}",
        "status": "COMPLETED",
        "program": PROGRAM,
        "orgUnit": UNITS["HC1" if number % 2 else "HC2"],
        "occurredAt": f"{day}T00:00:00.000",
        "createdAt": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.000",
        "updatedAt": "2026-01-01T00:00:00.000",
        "deleted": False,
        "dataValues": [{"dataElement": name, "value": value} for name, value in values.items()],
        **more,
    }


def value(element: str, period: str, unit: str, count: int, **more: Any) -> dict[str, Any]:
    """A data value of a unit."""
    return {
        "dataElement": element,
        "period": period,
        "orgUnit": unit,
        "categoryOptionCombo": DEFAULT,
        "attributeOptionCombo": DEFAULT,
        "value": str(count),
        "lastUpdated": "2026-01-01T00:00:00.000",
        **more,
    }


class _Server(ThreadingHTTPServer):
    """Says nothing of a client that was killed while it was answered."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong, unless the other side went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Dhis2Server:
    """Answers requests; `fail` makes the next ones fail, `before` is told of each and may wait."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.values: list[dict[str, Any]] = []
        self.fail: list[str] = []
        self.before: Callable[[str, dict[str, list[str]]], None] = lambda path, asked: None
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.refused_elements: set[str] = set()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hmis"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def pages_of(self, path: str) -> list[str]:
        """Numbers of the pages that a path was asked for, in order."""
        return [asked["page"][0] for name, asked in self.asked if name.endswith(path) and "page" in asked]

    def answer(self, method: str, path: str, asked: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        name = path.removeprefix("/hmis/api/")
        if name == "organisationUnits":
            return 200, self._paged(name, [self._unit(code) for code in UNITS], asked, total=True)
        if name == "dataElements":
            found = [self._element(uid, code) for uid, code in ELEMENTS.items()]
            return 200, self._paged(name, found, asked, total=True)
        if name == "dataValueSets":
            return self._sent(asked, body) if method == "POST" else self._values(asked)
        if name == "tracker/events":
            return self._tracked("events", self._of(asked), asked)
        if name in ("tracker/enrollments", "tracker/trackedEntities"):
            return self._tracked(name.partition("/")[2], self._nested(name, asked), asked)
        return 404, _message(404, "Not Found", f"{name} not found")

    def _unit(self, code: str) -> dict[str, Any]:
        name, province = PROVINCES[code]
        above = [{"id": ROOT, "name": "Cambodia", "level": 1}]
        above.append({"id": f"Prov{province}xxx"[:11], "code": province, "name": name, "level": 2})
        return {"id": UNITS[code], "code": code, "name": f"Health centre {code}", "ancestors": above}

    @staticmethod
    def _element(uid: str, code: str) -> dict[str, Any]:
        combos = [{"id": DEFAULT, "name": "default"}]
        said = {"id": uid, "code": code, "name": code.replace("_", " ").title()}
        return said | {"valueType": "INTEGER", "categoryCombo": {"categoryOptionCombos": combos}}

    def _of(self, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        found = list(self.events)
        if "updatedAfter" in asked:
            found = [one for one in found if one["updatedAt"] > asked["updatedAfter"][0]]
        if asked.get("includeDeleted") != ["true"]:
            found = [one for one in found if not one["deleted"]]
        if asked.get("orgUnitIdScheme") == ["CODE"]:
            codes = {uid: code for code, uid in UNITS.items()}
            found = [one | {"orgUnit": codes[one["orgUnit"]]} for one in found]
        newest_first = "order" not in asked
        return sorted(found, key=lambda one: (one["createdAt"], one["event"]), reverse=newest_first)

    def _nested(self, name: str, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        found = []
        for one in self._of(asked):
            number = one["event"].removeprefix("Ev")
            enrollment: dict[str, Any] = {"enrollment": f"En{number}", "trackedEntity": f"Te{number}"}
            enrollment |= {"program": PROGRAM, "orgUnit": one["orgUnit"], "status": "ACTIVE"}
            enrollment |= {"deleted": False, "events": [one]}
            person = {"trackedEntity": f"Te{number}", "deleted": False, "enrollments": [enrollment]}
            found.append(enrollment if name.endswith("enrollments") else person)
        return found

    def _tracked(
        self, name: str, items: list[dict[str, Any]], asked: dict[str, list[str]]
    ) -> tuple[int, Any]:
        if asked.get("program") != [PROGRAM]:
            return 400, _message(400, "Bad Request", "Program is specified but does not exist")
        return 200, self._paged(name, items, asked, total=asked.get("totalPages") == ["true"])

    @staticmethod
    def _paged(
        name: str, items: list[dict[str, Any]], asked: dict[str, list[str]], *, total: bool
    ) -> dict[str, Any]:
        page, size = (int(asked.get(key, [str(usual)])[0]) for key, usual in (("page", 1), ("pageSize", 50)))
        pager: dict[str, int] = {"page": page, "pageSize": size}
        if total:
            pager |= {"total": len(items), "pageCount": -(-len(items) // size)}
        return {"pager": pager, name: items[(page - 1) * size : page * size]}

    def _values(self, asked: dict[str, list[str]]) -> tuple[int, Any]:
        if not ("dataSet" in asked and "orgUnit" in asked and ("period" in asked or "lastUpdated" in asked)):
            return 409, _message(409, "Conflict", "At least one data set, period and organisation unit")
        if asked["dataSet"] != [DATA_SET]:
            return 409, _message(409, "Conflict", "Illegal data set identifier: " + asked["dataSet"][0])
        codes = {uid: code for code, uid in UNITS.items()}
        found = []
        for one in self.values:
            late = asked.get("lastUpdated", [""])[0] < one["lastUpdated"]
            if late and one["period"] in asked.get("period", [one["period"]]):
                if one.get("deleted") and asked.get("includeDeleted") != ["true"]:
                    continue
                shown = dict(one)
                if asked.get("orgUnitIdScheme") == ["code"]:
                    shown["orgUnit"] = codes[one["orgUnit"]]
                if asked.get("dataElementIdScheme") == ["code"]:
                    shown["dataElement"] = ELEMENTS[one["dataElement"]]
                if asked.get("categoryOptionComboIdScheme") == ["code"]:
                    shown["categoryOptionCombo"] = "default"
                found.append(shown)
        return 200, {"dataValues": found} if found else {}

    def _sent(self, asked: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        """Take values, as `POST /api/dataValueSets` does: known ones are counted, others are conflicts."""
        given = json.loads(body)["dataValues"]
        conflicts = [
            {"object": one["dataElement"], "value": f"Data element not found: {one['dataElement']}"}
            for one in given
            if one["dataElement"] not in ELEMENTS or one["dataElement"] in self.refused_elements
        ]
        taken = [one for one in given if one["dataElement"] not in {c["object"] for c in conflicts}]
        held = {self._key(one) for one in self.values}
        counts = {"imported": sum(self._key(one) not in held for one in taken)}
        counts |= {"updated": len(taken) - counts["imported"], "ignored": len(conflicts), "deleted": 0}
        if asked.get("dryRun") != ["true"]:
            keys = {self._key(one) for one in taken}
            self.values = [one for one in self.values if self._key(one) not in keys]
            now = {"lastUpdated": "2026-02-01T00:00:00.000"}
            self.values += [now | one for one in taken]
        status = "WARNING" if conflicts else "SUCCESS"
        said = {"responseType": "ImportSummary", "status": status, "importCount": counts}
        code = 409 if conflicts else 200
        words = {"httpStatusCode": code, "status": status, "message": "Import process completed"}
        return code, words | {"response": said | {"conflicts": conflicts}}

    @staticmethod
    def _key(one: dict[str, Any]) -> tuple[str, ...]:
        return one["dataElement"], one["period"], one["orgUnit"], one.get("categoryOptionCombo") or DEFAULT

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self
        known = {
            "Basic " + base64.b64encode(CREDENTIAL.encode()).decode(),
            f"ApiToken {TOKEN}",
        }

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                """Answer a question."""
                self._do("GET", b"")

            def do_POST(self) -> None:
                """Take what is sent."""
                self._do("POST", self.rfile.read(int(self.headers.get("Content-Length", "0"))))

            def _do(self, method: str, body: bytes) -> None:
                parts = urlsplit(self.path)
                path = parts.path.removesuffix(".json")
                asked = parse_qs(parts.query)
                server.asked.append((path, asked))
                server.before(path, asked)
                how = server.fail.pop(0) if server.fail else ""
                if self.headers.get("Authorization") not in known:
                    return self._json(401, _message(401, "Unauthorized", "Bad credentials"))
                if how == BUSY:
                    return self._json(503, _message(503, "Service Unavailable", "busy"), {"Retry-After": "0"})
                if how == FAULTY:
                    return self._json(500, _message(500, "Internal Server Error", "an exception"))
                if how == REDIRECT:
                    return self._raw(302, b"", "text/html", {"Location": "http://198.51.100.7/login"})
                if how == PAGE:
                    return self._raw(200, b"<html>sign in</html>", "text/html;charset=UTF-8", {})
                if how == AWAY:
                    self.close_connection = True
                    return self.connection.close()
                if how == LONG:
                    return self._raw(200, b'{"x":"' + b"x" * (2 << 20) + b'"}', "application/json", {})
                code, content = server.answer(method, path, asked, body)
                return self._json(code, content, half=how == HALF)

            def _json(
                self, code: int, content: Any, more: dict[str, str] | None = None, *, half: bool = False
            ) -> None:
                raw = json.dumps(content).encode()
                self._raw(code, raw, "application/json;charset=UTF-8", more or {}, half=half)

            def _raw(
                self, code: int, raw: bytes, kind: str, more: dict[str, str], *, half: bool = False
            ) -> None:
                with contextlib.suppress(OSError):
                    self.send_response(code)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(raw)))
                    for name, text in more.items():
                        self.send_header(name, text)
                    self.end_headers()
                    self.wfile.write(raw[: len(raw) // 2] if half else raw)
                    if half:
                        self.close_connection = True

        return Handler


def _message(code: int, status: str, text: str) -> dict[str, Any]:
    return {"httpStatus": status, "httpStatusCode": code, "status": "ERROR", "message": text}


@contextlib.contextmanager
def dhis2_server() -> Iterator[Dhis2Server]:
    """A DHIS2 while a `with` lasts."""
    server = Dhis2Server()
    try:
        yield server
    finally:
        server.close()


def definition(server: Dhis2Server, *, page_size: int = 20, more: str = "", **top: Any) -> str:
    """The text that connects it: facilities, values and events."""
    said = "".join(f"{name} = {json.dumps(value)}\n" for name, value in top.items())
    return f"""
name = "tests-dhis2"
kind = "dhis2"
address = "{server.address}"
{said}
[facilities]
level = 5
province_level = 2
known_by = "code"

[[values]]
mapping = "dhis2-values"
data_sets = ["{DATA_SET}"]
units = ["{ROOT}"]
periods = "year"
since = "2024-06-01"
elements_by = "code"

[[events]]
mapping = "dhis2-events"
program = "{PROGRAM}"
units = ["{ROOT}"]
page_size = {page_size}
{more}
"""
