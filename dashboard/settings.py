"""Settings from the environment; the table of them in docs/deployment.md is made from here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.secret_strength import refuse_weak
from dashboard.setting_values import (
    folder,
    hosts,
    issuer,
    one_of,
    own_address,
    positive,
    roles,
    switch,
    token,
    whole_number,
)
from surveillance.errors import ConfigurationError

#: The folder of the packages: a checkout, or where they were installed.
ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True)
class Variable:
    """One environment variable.

    `default`: what holds unless it is set, in words. `field`: of `Settings`. `read`: reads its text; `unset`:
    the value where there is none. `secret`: its text is never shown.
    """

    name: str
    default: str
    meaning: str
    field: str
    read: Callable[[str], Any] = str
    unset: Any = None
    secret: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "CHHLANG_SECRET_KEY",
        "none; the demo makes one of its own",
        "Signs sessions, and keys pseudonyms where CHHLANG_PSEUDONYM_KEY is not set. At least "
        '32 characters; make one with `python -c "import secrets; print(secrets.token_hex(32))"`. Keep it: '
        "pseudonyms made under another key do not match.",
        "secret_key",
    ),
    Variable(
        "CHHLANG_PSEUDONYM_KEY",
        "derived from CHHLANG_SECRET_KEY",
        "Keys the pseudonyms of person numbers, where it should outlive a change of the secret key. Held to "
        "the same rule as the secret key.",
        "pseudonym_key",
    ),
    Variable(
        "CHHLANG_PREVIOUS_KEY",
        "none",
        "Only for `rekey`: what the changed key was before, CHHLANG_PSEUDONYM_KEY or CHHLANG_SECRET_KEY. "
        "Take it away again afterwards.",
        "previous_key",
    ),
    Variable(
        "DATABASE_URL",
        "sqlite:///var/chhlang.db in the project's folder; installed by pip, in the folder of the command",
        "Where records live: `sqlite:////folder/file.db` or `postgresql://user:password@host/name`.",
        "database_url",
    ),
    Variable("PORT", "8050", "Port of the web server.", "port", whole_number(1, 65_535), 8050),
    Variable(
        "CHHLANG_HOST",
        "127.0.0.1",
        "Address the web server binds to; loopback only while it holds the demo.",
        "host",
        unset="127.0.0.1",
    ),
    Variable("CHHLANG_WORKERS", "2", "Processes of the web server.", "workers", whole_number(1, 64), 2),
    Variable(
        "CHHLANG_CONNECTIONS_PER_ADDRESS",
        "256; none where CHHLANG_PROXIES is set",
        "How many connections one address may hold at each process of the web server. Beyond that its "
        "longest idle one is closed. 0 for no such limit.",
        "connections_per_address",
        whole_number(0, 1_000),
    ),
    Variable(
        "CHHLANG_LOG",
        "console",
        "How the log is written to standard error: `console` for people, `json` for programs, a line each.",
        "log",
        one_of("console", "json"),
        "console",
    ),
    Variable(
        "CHHLANG_MONITOR_TOKEN",
        "none; detail is then given on the machine itself only",
        "With it, as `Authorization: Bearer TOKEN`, a monitor elsewhere reads /metrics and the detail of "
        "/readyz. At least 32 characters.",
        "monitor_token",
        token,
        secret=True,
    ),
    Variable(
        "CHHLANG_BACKUP_FAIL_DAYS",
        "0; a backup that is missing only warns",
        "Once the last backup is older than this many days, /readyz says that the server is not ready.",
        "backup_fail_days",
        whole_number(0, 3_650),
        0,
    ),
    Variable(
        "CHHLANG_KEEP_LEGAL_STATUS",
        "no",
        "`yes` keeps legal_status at import. Switch it on only where the programme may hold it; it is in no "
        "table or map either way.",
        "keep_legal_status",
        switch,
        False,
    ),
    Variable(
        "CHHLANG_RETENTION",
        "none; records are held for ever",
        "How old a visit may be before `retain` reduces its record to sums: years or months, as `5y` or "
        "`18m`, at least `1y`.",
        "retention",
    ),
    Variable(
        "CHHLANG_HTTPS",
        "no",
        "`yes` where browsers reach the server by HTTPS (behind a proxy): the session cookie is then sent by "
        "HTTPS only.",
        "https",
        switch,
        False,
    ),
    Variable(
        "CHHLANG_PROXIES",
        "0",
        "How many proxies stand before the server. That many entries of `X-Forwarded-For` are believed, so "
        "that guesses at sign-in are counted by the address of the guesser. Set it only where every "
        "request comes through them: otherwise a stranger may claim any address.",
        "proxies",
        whole_number(0, 5),
        0,
    ),
    Variable(
        "CHHLANG_IDLE_MINUTES",
        "60",
        "A session that was unused for this many minutes ends; on a device that its owner has marked as "
        "theirs it lasts its twelve hours.",
        "idle_minutes",
        whole_number(5, 720),
        60,
    ),
    Variable(
        "CHHLANG_LINE_LISTS_PER_HOUR",
        "60",
        "How often an account may read single records within an hour: pages of a line list and files of "
        "records together. Each is in the audit trail, with its reason.",
        "line_lists_an_hour",
        whole_number(1, 10_000),
        60,
    ),
    Variable(
        "CHHLANG_TOTP_ROLES",
        "administrator,data_manager,epidemiologist",
        "Roles whose accounts need a code of an authenticator beside the password, with commas between them, "
        "or `none`. They set it up at their next sign-in. Accounts of the demo never need one.",
        "totp_roles",
        roles,
        ("administrator", "data_manager", "epidemiologist"),
    ),
    Variable(
        "CHHLANG_OIDC_ISSUER",
        "none; nobody signs in by a provider",
        "Address of a provider of identities (OpenID Connect), as it names itself. Its two other variables "
        "are set with it.",
        "oidc_issuer",
        issuer,
    ),
    Variable("CHHLANG_OIDC_CLIENT_ID", "none", "What the provider knows this server by.", "oidc_client_id"),
    Variable(
        "CHHLANG_OIDC_CLIENT_SECRET",
        "none",
        "What this server shows the provider; a secret.",
        "oidc_client_secret",
        secret=True,
    ),
    Variable(
        "CHHLANG_MAX_FILE_MB",
        "200",
        "Largest file that an import reads, in MB. A workbook may unpack to four times that.",
        "max_file_mb",
        whole_number(1, 2_000),
        200,
    ),
    Variable(
        "CHHLANG_MAX_ROWS",
        "2000000",
        "Most rows of one file.",
        "max_rows",
        whole_number(1, 20_000_000),
        2_000_000,
    ),
    Variable(
        "CHHLANG_READER_MEMORY_MB",
        "1024",
        "Memory of the process that reads one workbook or JSON file, in MB. CSV needs no such process.",
        "reader_memory_mb",
        whole_number(256, 65_536),
        1024,
    ),
    Variable(
        "CHHLANG_READER_SECONDS",
        "300",
        "Most seconds that process may take for one file.",
        "reader_seconds",
        whole_number(1, 3_600),
        300,
    ),
    Variable(
        "CHHLANG_OLD_DATA_DAYS",
        "14",
        "Once the newest record is older than this many days, every page says so in an amber line.",
        "old_data_days",
        whole_number(1, 3_650),
        14,
    ),
    Variable(
        "CHHLANG_STANDING_SCANS",
        "yes",
        "`no` keeps the server from looking for clusters and running the rules of alerts by itself, after "
        "imports and at night.",
        "standing_scans",
        switch,
        True,
    ),
    Variable(
        "CHHLANG_STANDING_HOUR",
        "2",
        "Hour of the night, by the clock of Phnom Penh, in which it does so without an import.",
        "standing_hour",
        whole_number(0, 23),
        2,
    ),
    Variable(
        "CHHLANG_MESSAGE_HOSTS",
        "none; no message about alerts goes out",
        "Hosts that messages about alerts may be sent to, with commas: a mail server, `api.telegram.org`, a "
        "gateway of text messages. Nothing else is connected to.",
        "message_hosts",
        hosts,
        (),
    ),
    Variable(
        "CHHLANG_SYSTEM_HOSTS",
        "none; no other system is asked",
        "Hosts of other systems (DHIS2, ODK Central, KoboToolbox) that are asked for data or sent some, with "
        "commas. Nothing else is connected to.",
        "system_hosts",
        hosts,
        (),
    ),
    Variable(
        "CHHLANG_ADDRESS",
        "none; messages hold no link",
        "Address at which people open the server, such as `https://chhlang.example`: the link in messages "
        "about alerts.",
        "address",
        own_address,
    ),
    Variable(
        "CHHLANG_CHANCE_ALERTS",
        "1",
        "Alerts a month that the watch lets chance alone bring, all rules, places and scans together. Rules "
        "that are told at once, and fixed thresholds, are not counted.",
        "chance_alerts",
        positive,
        1.0,
    ),
    Variable(
        "CHHLANG_UPLOADS",
        "`NAME-uploads` beside the SQLite file NAME.db, else var/uploads in the project's folder",
        "Private folder for files that come through the browser, a day at most. The server and "
        "the job runner must share it; leave it out of backups.",
        "uploads",
        folder,
    ),
    Variable(
        "CHHLANG_BACKUPS",
        "`backups` beside the SQLite file, else var/backups in the project's folder",
        "Folder for backups that are given no name. Set it, and CHHLANG_UPLOADS, where the service may not "
        "write to the folder of the program.",
        "backups",
        folder,
    ),
    Variable(
        "CHHLANG_BACKUP_WARN_DAYS",
        "2",
        "Once no whole backup is younger than this many days, administrators see an amber line, and "
        "/readyz and /metrics warn.",
        "backup_warn_days",
        whole_number(1, 3_650),
        2,
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
    backups: str | None = None
    backup_warn_days: int = 2
    old_data_days: int = 14
    idle_minutes: int = 60
    line_lists_an_hour: int = 60
    totp_roles: tuple[str, ...] = ("administrator", "data_manager", "epidemiologist")
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    standing_scans: bool = True
    standing_hour: int = 2
    chance_alerts: float = 1.0
    connections_per_address: int | None = None
    log: str = "console"
    monitor_token: str | None = None
    backup_fail_days: int = 0
    message_hosts: tuple[str, ...] = ()
    address: str | None = None
    system_hosts: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment.

        Raises
        ------
        ConfigurationError
            Values cannot be read; says all of them.
        """
        env = os.environ if environment is None else environment
        found: dict[str, Any] = {}
        wrong: list[str] = []
        for variable in VARIABLES:
            text = env.get(variable.name)
            try:
                found[variable.field] = variable.read(text) if text else variable.unset
            except ValueError as error:
                shown = "" if variable.secret else f" is '{text}'"
                wrong.append(f"{variable.name}{shown}: {error}")
        provider = [found.get(f"oidc_{part}") for part in ("issuer", "client_id", "client_secret")]
        if any(provider) and not all(provider):
            wrong.append(
                "CHHLANG_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET are set together, or none of them"
            )
        if wrong:
            raise ConfigurationError("; ".join(wrong))
        found["database_url"] = found["database_url"] or f"sqlite:///{data_folder() / 'chhlang.db'}"
        return cls(**found)

    def refuse_weak_keys(self) -> None:
        """Refuse keys that are set and weak, before anything is opened or made under them.

        Raises
        ------
        ConfigurationError
            A key is weak; says which, why, and what to do.
        """
        refuse_weak({"CHHLANG_SECRET_KEY": self.secret_key, "CHHLANG_PSEUDONYM_KEY": self.pseudonym_key})

    def for_supervisor(self) -> dict[str, str]:
        """The environment in which another process keeps the queues as this one would. Holds secrets."""
        return self.for_imports() | {
            "CHHLANG_STANDING_SCANS": "yes" if self.standing_scans else "no",
            "CHHLANG_STANDING_HOUR": str(self.standing_hour),
            "CHHLANG_CHANCE_ALERTS": str(self.chance_alerts),
            "CHHLANG_BACKUP_WARN_DAYS": str(self.backup_warn_days),
            **self.for_messages(),
            **self.for_systems(),
        }

    def for_messages(self) -> dict[str, str]:
        """The environment in which another process sends messages as this one would. Holds secrets."""
        given = {"CHHLANG_MESSAGE_HOSTS": ",".join(self.message_hosts), "CHHLANG_ADDRESS": self.address}
        return self.for_imports() | {name: text for name, text in given.items() if text}

    def for_systems(self) -> dict[str, str]:
        """The environment in which another process asks other systems as this one would. Holds secrets."""
        given = {"CHHLANG_SYSTEM_HOSTS": ",".join(self.system_hosts)}
        return self.for_imports() | {name: text for name, text in given.items() if text}

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
            "CHHLANG_LOG": self.log,
        }
        return {name: value for name, value in given.items() if value is not None}


def metrics_folder() -> str | None:
    """The folder in which prometheus-client counts over several processes; None where each counts alone."""
    return os.environ.get(_METRICS_FOLDER)


def scheduler_address() -> str | None:
    """The scheduler of Dask that computes batches, by the name that Dask itself reads; None for threads."""
    return os.environ.get("DASK_SCHEDULER_ADDRESS") or None


def system_variable(name: str) -> str:
    """Name of the variable that may hold what a system of this name is asked with.

    >>> system_variable("national-dhis2")
    'CHHLANG_SYSTEM_NATIONAL_DHIS2'
    """
    return f"CHHLANG_SYSTEM_{name.upper().replace('-', '_').replace('.', '_')}"


def system_credential(name: str) -> str | None:
    """What a system is asked with, where the environment holds it; a secret."""
    return os.environ.get(system_variable(name)) or None


def name_metrics_folder(folder: str | None) -> None:
    """Name that folder, before the library is loaded: it knows it from the environment alone."""
    if folder is None:
        os.environ.pop(_METRICS_FOLDER, None)
    else:
        os.environ[_METRICS_FOLDER] = folder


def data_folder() -> Path:
    """Return the folder of data that no setting places: `var` in the checkout, or where the program runs."""
    return (ROOT if (ROOT / "pyproject.toml").is_file() else Path.cwd()) / "var"


def machine_folder() -> Path:
    """Return the folder of what this machine keeps beside PostgreSQL: that in which CHHLANG_UPLOADS lies."""
    uploads = os.environ.get("CHHLANG_UPLOADS")
    return Path(uploads).absolute().parent if uploads else data_folder()
