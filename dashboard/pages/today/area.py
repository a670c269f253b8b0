"""The province of the first page: the one in the address, or the one that the reader keeps."""

from __future__ import annotations

from flask import request

from dashboard.permissions import Grant
from geodata.provinces import PROVINCES

#: What chooses a province in an address, and what stands for all that the account may see.
AREA, EVERYTHING = "area", "all"
#: The province that a reader keeps as her first page: a code, nothing else, on her own device.
COOKIE = "chhlang-area"


def choices(reader: Grant) -> list[str]:
    """Provinces that a reader may choose: all, or her own where there are several."""
    held = [code for code in PROVINCES if reader.scope.holds(code)]
    return held if len(held) > 1 else []


def kept(reader: Grant) -> str | None:
    """The province that the reader keeps; None: all that she may see."""
    code = request.cookies.get(COOKIE)
    return code if code in choices(reader) else None


def chosen(reader: Grant) -> str | None:
    """The province of the page: that of the address, or the one that is kept; None: all."""
    asked = request.args.get(AREA)
    if asked is None:
        return kept(reader)
    return asked if asked in choices(reader) else None
