"""The log of the server and its runners: one line for each event, as text or JSON, without anybody's values.

An error's own words may quote a cell of a file or a value of a record. So a line names what kind of error it
was and where in the code, and never its words; and of other packages' lines only where they came from.
"""

from __future__ import annotations

import errno
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TextIO

import structlog

FORMS = ("console", "json")
_OURS = "chhlang"
#: Frames of a traceback that are named: the last ones tell most.
_FRAMES = 12


def set_up(form: str, stream: TextIO | None = None) -> None:
    """Let this process write its log, as `console` or `json`; to standard error unless a stream is given."""
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        without_values,
    ]
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, sort_keys=False)
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is what threads are for
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: _unforeseen(kind, error, trace, "the process")
    threading.excepthook = lambda given: _unforeseen(
        given.exc_type, given.exc_value, given.exc_traceback, "a thread"
    )


def _unforeseen(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, what: str
) -> None:
    """What nobody caught goes to the log as well, and so without its words."""
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger("chhlang.server").critical("%s ended", what, exc_info=(kind, error, trace))


def without_values(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Take out of a line whatever may hold a value of a record."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and record.name.split(".")[0] != _OURS:
        event["event"] = f"{record.module}.{record.funcName}, line {record.lineno}"
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, tuple) and info[1] is not None:
        event["failure"] = " from ".join(_kinds(info[1]))
        event["where"] = where(info[2])
    return event


def where(trace: TracebackType | None) -> list[str]:
    """The places in the code that a traceback names, the last one last."""
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _kinds(error: BaseException) -> Iterator[str]:
    """What kind of error it was, and of what kind those were that it came from."""
    cause: BaseException | None = error
    for _ in range(5):
        if cause is None:
            return
        number = f" {errno.errorcode.get(cause.errno or 0, '')}" if isinstance(cause, OSError) else ""
        yield f"{type(cause).__module__}.{type(cause).__qualname__}{number}".removeprefix("builtins.").strip()
        cause = cause.__cause__ or cause.__context__
