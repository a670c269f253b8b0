"""How often an account may ask for something: counted in the memory of each worker process."""

from __future__ import annotations

from flask import Flask, abort, current_app
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dashboard.web import request_context

_KEY = "chhlang-limits"
#: Files of records: by account.
RECORDS = parse("10 per hour")
#: Pictures, each of which takes a processor for most of a second, and its process with it: by account.
PICTURES = parse("20 per minute")
#: Answers as Parquet, whose library holds memory of its own.
PARQUET = parse("30 per minute")


def set_up(server: Flask) -> None:
    """Give a server its counts."""
    server.extensions[_KEY] = MovingWindowRateLimiter(MemoryStorage())


def count(limit: RateLimitItem, what: str) -> None:
    """Count one use by the account of this request; 429 where there were too many."""
    counts: MovingWindowRateLimiter = current_app.extensions[_KEY]
    if not counts.hit(limit, what, request_context.grant().actor):
        abort(429)
