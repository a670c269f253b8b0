"""How texts of the environment are read; each says in a few words what it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.permissions import GRANTED
from dashboard.secret_strength import weakness
from surveillance.vocabulary import parse_yes_no


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"give a whole number from {least} to {most}")
        return int(text)

    return read


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.01 <= number <= 100:
        raise ValueError("give a number from 0.01 to 100")
    return number


def switch(text: str) -> bool:
    try:
        return bool(parse_yes_no(text))
    except ValueError:
        raise ValueError("give yes or no") from None


def roles(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if names == ("none",):
        return ()
    if wrong := [name for name in names if name not in GRANTED or name == "custodian"]:
        raise ValueError(f"'{wrong[0]}' is no role; give roles of accounts with commas between them, or none")
    return names


def issuer(text: str) -> str:
    parts = urlsplit(text)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or parts.scheme not in (("https", "http") if local else ("https",)):
        raise ValueError("give an address that begins with https://")
    return text


def one_of(*values: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"give one of {', '.join(values)}")
        return text

    return read


def hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if wrong := [name for name in names if not re.fullmatch(r"[a-z0-9][a-z0-9.:-]{0,254}", name)]:
        raise ValueError(f"'{wrong[0]}' is no name of a host; give names such as smtp.example, with commas")
    return names


def own_address(text: str) -> str:
    if urlsplit(text).query or urlsplit(text).fragment or urlsplit(text).username:
        raise ValueError("give an address without a question, a mark or a name in it")
    return issuer(text).rstrip("/")


def token(text: str) -> str:
    if wrong := weakness(text):
        raise ValueError(f"it {wrong}; make one as for CHHLANG_SECRET_KEY")
    return text


def folder(text: str) -> str:
    return str(Path(text).absolute())
