"""Whether a request comes from the machine itself."""

from __future__ import annotations

import ipaddress

from flask import request

from dashboard.web import request_context

_FORWARDING = (
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Forwarded",
    "Via",
)
_NAMES = ("localhost", "127.0.0.1", "::1")


def on_this_machine() -> bool:
    """Whether it came from loopback, to a loopback name, and no proxy says that it passed it on."""
    try:
        inside = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    host = request_context.address(f"//{request.host}")
    named = host is not None and (host.hostname or "").lower() in _NAMES
    return inside and named and not any(name in request.headers for name in _FORWARDING)
