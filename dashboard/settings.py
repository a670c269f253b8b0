"""Settings from the environment; the table of them in docs/deployment.md is made from here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from surveillance.errors import ConfigurationError
from surveillance.vocabulary import parse_yes_no

#: The folder of the packages: a checkout, or where they were installed.
ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
_SHORTEST_KEY = 32
_FEWEST_CHARACTERS = 10


@dataclass(frozen=True)
class Variable:
    """One environment variable."""

    name: str
    default: str
    meaning: str


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "CHHLANG_SECRET_KEY",
        "none; the demo makes one of its own",
        "Signs sessions, and keys pseudonyms where CHHLANG_PSEUDONYM_KEY is not set. At least "
        '32 characters; make one with `python -c "import secrets; print(secrets.token_hex(32))"`. Keep it: '
        "pseudonyms made under another key do not match.",
    ),
    Variable(
        "CHHLANG_PSEUDONYM_KEY",
        "derived from CHHLANG_SECRET_KEY",
        "Keys the pseudonyms of person numbers, where it should outlive a change of the secret key.",
    ),
    Variable(
        "CHHLANG_PREVIOUS_KEY",
        "none",
        "Only for `rekey`: what CHHLANG_PSEUDONYM_KEY was before, or CHHLANG_SECRET_KEY where that was not "
        "set. Take it away again afterwards.",
    ),
    Variable(
        "DATABASE_URL",
        "sqlite:///var/chhlang.db in the project's folder; installed by pip, in the folder of the command",
        "Where records live: `sqlite:////folder/file.db` or `postgresql://user:password@host/name`.",
    ),
    Variable("PORT", "8050", "Port of the web server."),
    Variable(
        "CHHLANG_HOST", "127.0.0.1", "Address the web server binds to; loopback only while it holds the demo."
    ),
    Variable("CHHLANG_WORKERS", "2", "Processes of the web server."),
    Variable(
        "CHHLANG_KEEP_LEGAL_STATUS",
        "no",
        "`yes` keeps legal_status at import. Switch it on only where the programme may hold it; it is in no "
        "table or map either way.",
    ),
    Variable(
        "CHHLANG_RETENTION",
        "none; records are held for ever",
        "How old a visit may be before `retain` reduces its record to sums: years or months, as `5y` or "
        "`18m`, at least `1y`.",
    ),
    Variable(
        "CHHLANG_HTTPS",
        "no",
        "`yes` where browsers reach the server by HTTPS (behind a proxy): the session cookie is then sent by "
        "HTTPS only.",
    ),
    Variable(
        "CHHLANG_PROXIES",
        "0",
        "How many proxies stand before the server. That many entries of `X-Forwarded-For` are believed, so "
        "that guesses at sign-in are counted by the address of the guesser. Set it only where every "
        "request comes through them: otherwise a stranger may claim any address.",
    ),
    Variable(
        "CHHLANG_MAX_FILE_MB",
        "200",
        "Largest file that an import reads, in MB. A workbook may unpack to four times that.",
    ),
    Variable("CHHLANG_MAX_ROWS", "2000000", "Most rows of one file."),
    Variable(
        "CHHLANG_READER_MEMORY_MB",
        "1024",
        "Memory of the process that reads one workbook or JSON file, in MB. CSV needs no such process.",
    ),
    Variable("CHHLANG_READER_SECONDS", "300", "Most seconds that process may take for one file."),
    Variable(
        "CHHLANG_OLD_DATA_DAYS",
        "14",
        "Once the newest record is older than this many days, every page says so in an amber line.",
    ),
    Variable(
        "CHHLANG_UPLOADS",
        "`NAME-uploads` beside the SQLite file NAME.db, else var/uploads in the project's folder",
        "Private folder for files that come through the browser, a day at most. The server and "
        "the job runner must share it; leave it out of backups.",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    database_url: str
    secret_key: str | None
    pseudonym_key: str | None
    previous_key: str | None
    host: str
    port: int
    workers: int
    keep_legal_status: bool
    retention: str | None
    https: bool
    proxies: int
    max_file_mb: int
    max_rows: int
    reader_memory_mb: int
    reader_seconds: int
    uploads: str | None = None
    old_data_days: int = 14

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment.

        Raises
        ------
        ConfigurationError
            A value cannot be read; says which.
        """
        env = os.environ if environment is None else environment
        return cls(
            database_url=env.get("DATABASE_URL") or f"sqlite:///{data_folder() / 'chhlang.db'}",
            secret_key=env.get("CHHLANG_SECRET_KEY") or None,
            pseudonym_key=env.get("CHHLANG_PSEUDONYM_KEY") or None,
            previous_key=env.get("CHHLANG_PREVIOUS_KEY") or None,
            host=env.get("CHHLANG_HOST") or "127.0.0.1",
            port=_whole_number(env, "PORT", 8050, 65535),
            workers=_whole_number(env, "CHHLANG_WORKERS", 2, 64),
            keep_legal_status=_switch(env, "CHHLANG_KEEP_LEGAL_STATUS"),
            retention=env.get("CHHLANG_RETENTION") or None,
            https=_switch(env, "CHHLANG_HTTPS"),
            proxies=_whole_number(env, "CHHLANG_PROXIES", 0, 5, least=0),
            max_file_mb=_whole_number(env, "CHHLANG_MAX_FILE_MB", 200, 2_000),
            max_rows=_whole_number(env, "CHHLANG_MAX_ROWS", 2_000_000, 20_000_000),
            reader_memory_mb=_whole_number(env, "CHHLANG_READER_MEMORY_MB", 1024, 65_536, least=256),
            reader_seconds=_whole_number(env, "CHHLANG_READER_SECONDS", 300, 3_600),
            old_data_days=_whole_number(env, "CHHLANG_OLD_DATA_DAYS", 14, 3_650),
            uploads=str(Path(given).absolute()) if (given := env.get("CHHLANG_UPLOADS")) else None,
        )

    def for_imports(self) -> dict[str, str]:
        """The environment in which another process imports as this one would. Holds secrets."""
        given = {
            "DATABASE_URL": self.database_url,
            "CHHLANG_SECRET_KEY": self.secret_key,
            "CHHLANG_PSEUDONYM_KEY": self.pseudonym_key,
            "CHHLANG_KEEP_LEGAL_STATUS": "yes" if self.keep_legal_status else "no",
            "CHHLANG_MAX_FILE_MB": str(self.max_file_mb),
            "CHHLANG_MAX_ROWS": str(self.max_rows),
            "CHHLANG_READER_MEMORY_MB": str(self.reader_memory_mb),
            "CHHLANG_READER_SECONDS": str(self.reader_seconds),
            "CHHLANG_UPLOADS": self.uploads,
        }
        return {name: value for name, value in given.items() if value is not None}


def data_folder() -> Path:
    """Return the folder of data that no setting places: `var` in the checkout, or where the program runs."""
    return (ROOT if (ROOT / "pyproject.toml").is_file() else Path.cwd()) / "var"


def _whole_number(env: Mapping[str, str], name: str, default: int, most: int, least: int = 1) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ConfigurationError(f"{name} is '{text}': give a whole number from {least} to {most}")
    return int(text)


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "")
    try:
        return bool(parse_yes_no(text))
    except ValueError:
        raise ConfigurationError(f"{name} is '{text}': give yes or no") from None


def weakness(key: str | None) -> str | None:
    """What is wrong with a secret key; None where it is good.

    >>> weakness("changeme")
    'is shorter than 32 characters'
    """
    if not key:
        return "is not set"
    if len(key) < _SHORTEST_KEY:
        return f"is shorter than {_SHORTEST_KEY} characters"
    if len(set(key)) < _FEWEST_CHARACTERS:
        return "repeats too few characters to be secret"
    return None
