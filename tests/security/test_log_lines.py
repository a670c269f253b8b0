"""The log: one line for each event, with a reference, and never a value of a record."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading

import pytest
import sqlalchemy as sa
import structlog

from dashboard.server import logs
from dashboard.web import metrics
from tests.support.web import served, signed_in

#: Stands for what a clinic may have written into a cell.
CANARY = "Canary Sok 012-345-678"


@pytest.fixture
def log():
    """What the log holds; everything that is set up for it is taken back."""
    written = io.StringIO()
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    ours = logging.getLogger("chhlang").level

    def start(form="json"):
        logs.set_up(form, written)
        return written

    yield start
    sys.excepthook, threading.excepthook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("chhlang").setLevel(ours)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()


def lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def broken(sqlite_url, monkeypatch):
    """A server in which a page fails with somebody's values in the error."""
    with served(sqlite_url) as made:
        made.config["PROPAGATE_EXCEPTIONS"] = False

        def fail(**_values):
            raise ValueError(f"cannot read {CANARY}") from KeyError(CANARY)

        monkeypatch.setitem(made.view_functions, "data.data", fail)
        yield made


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_failure_is_logged_by_its_kind_and_place_without_its_words(form, log, broken):
    written = log(form)
    client = signed_in(broken, "official")
    answer = client.get(f"/data?who={CANARY}")
    assert answer.status_code == 500
    reference = answer.headers["X-Request-ID"]
    assert reference in answer.get_data(as_text=True)
    said = written.getvalue()
    assert "Canary" not in said
    assert "012-345-678" not in said
    assert said.count(reference) >= 2
    assert "ValueError from KeyError" in said
    assert "test_log_lines.py" in said
    if form == "json":
        failure = next(line for line in lines(written) if "failure" in line)
        assert failure["reference"] == reference
        assert failure["level"] == "error"


def test_an_address_that_somebody_typed_is_not_in_the_log(log, broken):
    written = log()
    client = signed_in(broken, "official")
    answer = client.get(f"/nothing/{CANARY}?name={CANARY}\n{{}}", headers={"Referer": f"http://x/{CANARY}"})
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in answer.get_data(as_text=True)
    (line,) = [one for one in lines(written) if one["status"] == 404]
    assert (line["route"], line["method"]) == ("/<path:path>", "GET")
    assert "Canary" not in written.getvalue()


@pytest.mark.parametrize("name", ["waitress", "sqlalchemy.pool", "dashboard", "py.warnings"])
def test_lines_of_other_packages_say_where_and_not_what(name, log):
    written = log()
    error = sa.exc.IntegrityError(f"INSERT {CANARY}", {"name": CANARY}, ValueError(CANARY))
    logging.getLogger(name).error("while serving %s", CANARY, exc_info=error)
    logging.getLogger(name).warning(f"while serving {CANARY}", stack_info=True)
    assert "Canary" not in written.getvalue()
    first, second = lines(written)
    assert first["failure"] == "sqlalchemy.exc.IntegrityError"
    for line in (first, second):
        assert str(line["event"]).startswith("test_log_lines.test_lines_of_other_packages")


def test_a_full_disk_is_named_by_its_number(log):
    written = log()
    error = OSError(28, "No space left on device", f"/srv/{CANARY}")
    logging.getLogger("chhlang.test").error("it failed", exc_info=error)
    (line,) = lines(written)
    assert (line["event"], line["failure"]) == ("it failed", "OSError ENOSPC")
    assert "Canary" not in written.getvalue()


def test_what_nobody_caught_is_logged_without_its_words(log):
    written = log()

    def fail() -> None:
        raise ValueError(CANARY)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError:
        sys.excepthook(*sys.exc_info())
    assert "Canary" not in written.getvalue()
    assert [line["event"] for line in lines(written)] == ["a thread ended", "the process ended"]
    assert {line["failure"] for line in lines(written)} == {"ValueError"}


def test_what_goes_well_is_counted_and_not_logged(log, broken):
    written = log()
    client = signed_in(broken, "viewer")
    assert client.get("/device").status_code == 200
    assert [line for line in lines(written) if line.get("status") == 200] == []
    text, _ = metrics.of(broken).text([])
    assert b'chhlang_requests_total{method="GET",route="/device",status="200"} 1.0' in text


def test_who_tried_a_door_is_logged_by_number(log, broken):
    written = log()
    client = signed_in(broken, "viewer")
    assert client.get(f"/records?disease={CANARY}").status_code == 403
    (line,) = [one for one in lines(written) if one.get("status") == 403]
    assert (line["route"], type(line["account"])) == ("/records", int)
    assert client.get("/nothing").status_code == 404
    assert [one for one in lines(written) if "account" in one] == [line]
    assert "Canary" not in written.getvalue() and "viewer@" not in written.getvalue()
