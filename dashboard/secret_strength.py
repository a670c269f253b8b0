"""How easily a secret is guessed: one rule for keys, one for passwords, held at every door.

What an attacker would try first is counted by zxcvbn: words, sequences, repeats, rows of a keyboard, dates.
What was ever printed (the demo's own, the examples of the documentation) is no secret, however long it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from surveillance.errors import ConfigurationError
from surveillance.texts import N_

SHORTEST_KEY = 32
SHORTEST_PASSWORD = 12
#: Guesses that a secret must outlast, as powers of ten: 80 bits for a key, which can be tried offline, and
#: what zxcvbn calls safe behind a slow hash for a password.
_KEY_GUESSES, _PASSWORD_GUESSES = 24.0, 8.0
#: zxcvbn takes this much; what comes behind makes no secret easier.
_LOOKED_AT = 72
#: What the demo's persons are keyed by; it says so itself.
DEMO_SECRET = "the synthetic demo holds no secret"  # noqa: S105
#: Public on purpose: accounts that have it answer on the machine itself alone.
DEMO_PASSWORD = "chhlang-demo"  # noqa: S105
#: Printed somewhere: in the documentation, or in the files of deploy/. A test looks for others.
PRINTED = (
    DEMO_SECRET,
    DEMO_PASSWORD,
    "the key that was made once",
    "the key until now",
    "at least 32 characters, made at random",
    "put the key that was made here",
)
_WORDS = (
    "chhlang", "cambodia", "kampuchea", "khmer", "surveillance", "dashboard", "health", "moh", "cnm", "cenat",
    "nchads", "cdc", "poipet", "phnom", "penh", "secret", "key", "pseudonym", "demo", "example", "migrant",
)  # fmt: skip
MAKE_ONE = 'python -c "import secrets; print(secrets.token_hex(32))"'
_REKEY = (
    ". Where records are held under it already, take three steps: set CHHLANG_PREVIOUS_KEY to what {name} is "
    "now, set {name} to a new key, and run `python app.py rekey` once. A new key is made by "
)


def weakness(key: str | None) -> str | None:
    """What is wrong with a key; None where it is good.

    >>> weakness("changeme")
    'is shorter than 32 characters'
    >>> weakness("1234567890" * 4)
    'is too easy to guess'
    """
    if not key:
        return "is not set"
    if len(key) < SHORTEST_KEY:
        return f"is shorter than {SHORTEST_KEY} characters"
    if _is_printed(key):
        return "stands in the documentation, and so is no secret"
    return "is too easy to guess" if _guesses(key, ()) < _KEY_GUESSES else None


def refuse_weak(keys: dict[str, str | None]) -> None:
    """Refuse keys that are set and weak.

    Parameters
    ----------
    keys
        By the names of their variables.

    Raises
    ------
    ConfigurationError
        A key is weak; says which, why, and what to do.
    """
    for name, key in keys.items():
        if key and (wrong := weakness(key)):
            raise ConfigurationError(f"{name} {wrong}{_REKEY.format(name=name)}{MAKE_ONE}")


def password_weakness(password: str, email: str = "") -> str | None:
    """What is wrong with the password of an account; None where it is good.

    >>> password_weakness("            ", "head@health.example")
    'is blank'
    """
    if not password.strip():
        return N_("is blank")
    if len(password) < SHORTEST_PASSWORD:
        return N_("is shorter than 12 characters")
    if _is_printed(password):
        return N_("is the demo's, or stands in the documentation")
    parts = tuple(part for part in re.split(r"[@.\s]+", _folded(email)) if len(part) > 1)
    left = _folded(password)
    for part in (_folded(email), *sorted(parts, key=len, reverse=True)):
        left = left.replace(part, "") if part else left
    if len(_letters(left)) < SHORTEST_PASSWORD // 2 and left != _folded(password):
        return N_("is little more than the account's own address")
    return N_("is too easy to guess") if _guesses(password, parts) < _PASSWORD_GUESSES else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _letters(text: str) -> str:
    """Letters and digits of a text, without regard to case: what a guesser varies comes free."""
    return "".join(sign for sign in _folded(text) if unicodedata.category(sign)[0] in "LMN")


_PRINTED = tuple(_letters(text) for text in PRINTED)


def _is_printed(secret: str) -> bool:
    """Whether a secret is one that was printed, or one again and again, or one with little around it."""
    text = _letters(secret)
    return any(known in text and len(text.replace(known, "")) < len(known) for known in _PRINTED)


@lru_cache(maxsize=32)
def _guesses(secret: str, words: tuple[str, ...]) -> float:
    """How many guesses a secret outlasts, as a power of ten."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - loads lists of words: only where a secret is looked at

    found = zxcvbn(_folded(secret)[:_LOOKED_AT] or " ", user_inputs=[*_WORDS, *words])
    return float(found["guesses_log10"])
