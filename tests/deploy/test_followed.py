"""docs/deployment.md is followed line by line, on an account and a machine made of folders.

What only root of a real machine may do (an account, a unit that starts) is noted by stand-ins; every command
of Chhlang, every copied file and every edited line is real.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.security.attacks import reader
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.made_before import THEIR_BACKUP, commands, unpack_databases

pytestmark = [
    pytest.mark.process,
    pytest.mark.full,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the page speaks of Debian"),
]
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "deployment.md"
PARTS = (
    "app.py",
    "pyproject.toml",
    "requirements.lock",
    "dashboard",
    "db",
    "geodata",
    "surveillance",
    "deploy",
)
BLOCKS = dict(
    re.findall(r"<!-- followed: ([\w ]+) -->\n\n```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
)
#: Begins of addresses of the real machine, which become folders.
PLACES = ("/srv/chhlang", "/var/lib/chhlang", "/var/cache/chhlang", "/etc/", "/usr/local/bin")
STAND_INS = {
    "sudo": 'exec "$@"',
    "useradd": "",
    "nginx": "",
    "caddy": "",
    "systemctl": 'case "$*" in "start chhlang-backup.service") exec chhlang backup --keep 30 --try ;; esac',
    # Without owners: there is one account.
    "install": """set -- "$@" --
while [ "$1" != -- ]; do
    case $1 in
        -o | -g) shift 2 ;;
        *) set -- "$@" "$1"; shift ;;
    esac
done
shift
exec /usr/bin/install "$@\"""",
    "python3": f"""case "$*" in
    "-m venv .venv") mkdir -p .venv/bin && ln -sf "$PYTHON_OF_TEST" .venv/bin/python ;;
    *) exec {sys.executable} "$@" ;;
esac""",
}

#: As far as the page changes it.
DEBIANS_NGINX = "worker_processes auto;\n\nevents {\n\tworker_connections 768;\n}\n"


class Machine:
    """A machine made of folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        tools = root / "tools"
        tools.mkdir(parents=True)
        for name, text in STAND_INS.items():
            self._script(tools / name, f'echo "{name} $*" >>{root}/noted\n{text}\n')
        # What a virtual environment's Python would be; what it is to install is there already.
        python = tools / "python-of-test"
        self._script(python, f'case "$*" in "-m pip install"*) exit 0 ;; esac\nexec {sys.executable} "$@"\n')
        for folder in ("etc/systemd/system", "etc/nginx/conf.d", "etc/caddy", "usr/local/bin", "home"):
            (root / folder).mkdir(parents=True)
        (root / "etc/nginx/nginx.conf").write_text(DEBIANS_NGINX, encoding="utf-8")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CHHLANG_", "DATABASE_"))
        }
        self.environment = kept | {
            "PATH": f"{tools}:{root}/usr/local/bin:{os.environ['PATH']}",
            "HOME": str(root / "home"),
            "PYTHON_OF_TEST": str(python),
            "CHHLANG_ENVIRONMENT": f"{root}/etc/chhlang.env",
            "CHHLANG_APP": f"{root}/srv/chhlang/app",
            "CHHLANG_ACCOUNT": "root",
            "CHHLANG_STANDING_SCANS": "no",
        }
        self.environment.pop("PYTHONPATH", None)
        self.sources = self.unpacked("sources")
        self.app = root / "srv/chhlang/app"
        self.data = root / "var/lib/chhlang"

    @staticmethod
    def _script(path: Path, text: str) -> None:
        path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
        path.chmod(0o755)

    def here(self, text: str) -> str:
        """A text whose addresses are those of this machine."""
        for place in PLACES:
            text = re.sub(rf"(?<![\w/.]){re.escape(place)}", f"{self.root}{place}", text)
            text = text.replace(f"sqlite:////{place[1:]}", f"sqlite:///{self.root}{place}")
        return text

    def unpacked(self, name: str) -> Path:
        """The sources, as from an archive."""
        folder = self.root / name
        folder.mkdir()
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, folder / part)
        for path in (folder / "deploy").rglob("*"):
            if path.is_file():
                path.write_text(self.here(path.read_text("utf-8")), encoding="utf-8")
        return folder

    def follow(self, name: str, folder: Path | None = None) -> str:
        """Type one block of the page; what it printed."""
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", self.here(BLOCKS[name])], cwd=folder or self.app,
            env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, (name, done.stdout[-2_000:])
        return done.stdout

    def chhlang(self, *arguments: str) -> str:
        """`sudo chhlang ...`."""
        done = subprocess.run(
            ["chhlang", *arguments],
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def noted(self) -> str:
        """What the stand-ins were asked for."""
        return (self.root / "noted").read_text("utf-8")

    def set_key(self, key: str) -> None:
        """Write a key that was kept into the environment."""
        path = self.root / "etc/chhlang.env"
        text = re.sub(r"(?m)^CHHLANG_SECRET_KEY=.*$", f"CHHLANG_SECRET_KEY={key}", path.read_text("utf-8"))
        path.write_text(text, encoding="utf-8")

    def serve(self, meanwhile: Callable[[str], object] | None = None, **more: str) -> str:
        """Run the unit's own command until it answers, then end it as systemd does; its sign-in page."""
        text = (self.root / "etc/systemd/system/chhlang.service").read_text("utf-8")
        command = re.findall(r"^ExecStart=(.*)", text, re.MULTILINE)[0].split()
        folder = re.findall(r"^WorkingDirectory=(.*)", text, re.MULTILINE)[0]
        given = dict(
            re.findall(r"^([A-Z_]+)=(.*)$", (self.root / "etc/chhlang.env").read_text("utf-8"), re.M)
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = self.environment | given | {"PORT": str(port)} | more
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                page = _page(f"http://127.0.0.1:{port}/sign-in", server)
                if meanwhile:
                    meanwhile(f"http://127.0.0.1:{port}")
                return page
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(60)


def _page(address: str, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read().decode("utf-8"))
        except (urllib.error.URLError, OSError):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.3)


def lists(folder: Path, *names: str) -> None:
    """The files that the page imports."""
    write_csv(folder / "line-list.csv", *(record(record_id=name, person_id=name) for name in names))
    write_csv(
        folder / "facilities.csv",
        {"facility_id": "HC1", "name": "Poipet", "province": "KH01", "type": "health centre"},
    )


def open_to_others(folder: Path) -> list[Path]:
    """What others may look into."""
    return [path for path in folder.rglob("*") if path.stat().st_mode & 0o077 and path.suffix != ".csv"]


def started(root: Path) -> Machine:
    """A machine on which the page was followed up to the environment."""
    machine = Machine(root)
    machine.follow("install", machine.sources)
    machine.follow("environment")
    return machine


def test_the_page_has_a_block_for_every_step():
    steps = (
        "install, environment, first start, log, nginx, caddy, watch, backup, another machine, another key"
    )
    assert list(BLOCKS) == [*steps.split(", "), "upgrade", "back"]


def test_from_the_first_start_to_another_machine_and_a_new_version_and_back(tmp_path):
    machine = started(tmp_path / "first")
    lists(machine.data, "A1", "A2")
    said = machine.follow("first start")
    assert "head@health.example may sign in with the password" in said
    assert re.search(r"systemctl enable --now chhlang.service chhlang-backup.timer", machine.noted())
    assert 'name="password"' in machine.serve()
    assert open_to_others(machine.data) == []
    for name in ("log", "nginx", "caddy", "watch"):
        machine.follow(name)
    assert "your.name.example" in (machine.root / "etc/nginx/conf.d/chhlang.conf").read_text("utf-8")
    assert "systemctl reload caddy" in machine.noted()
    changed = (machine.root / "etc/nginx/nginx.conf").read_text("utf-8")
    assert "worker_rlimit_nofile 16384;\nevents {\n\tworker_connections 8192;\n}" in changed

    said = machine.follow("backup")
    assert said.count("tried: a scratch database was filled from it") == 2
    assert len(list((machine.data / "backups").glob("*.zip"))) == 1

    other = started(tmp_path / "second")
    shutil.copy(machine.data / "for-the-other-machine.zip", other.data)
    key = re.findall(
        r"^CHHLANG_SECRET_KEY=(.*)$", (machine.root / "etc/chhlang.env").read_text("utf-8"), re.M
    )[0]
    other.set_key(key)
    said = other.follow("another machine")
    assert "2 records" in said
    assert "the key that is set is the one its pseudonyms were made under" in said
    assert "head@health.example" in other.chhlang("accounts", "list")

    before = key
    machine.follow("another key")
    text = (machine.root / "etc/chhlang.env").read_text("utf-8")
    assert before not in text
    assert "PREVIOUS" not in text
    assert '"duplicate": 2' in machine.chhlang(
        "import", str(machine.data / "line-list.csv"), "--format", "json"
    )

    machine.follow("upgrade", machine.unpacked("later"))
    assert (machine.root / "srv/chhlang/app-before").is_dir()
    assert 'name="password"' in machine.serve()
    lists(machine.data, "A1", "A2", "A3")
    machine.chhlang("import", str(machine.data / "line-list.csv"))
    assert "2 records" in machine.follow("back", machine.root)
    assert (machine.root / "srv/chhlang/app-after").is_dir()
    again = machine.chhlang("import", str(machine.data / "line-list.csv"), "--format", "json")
    assert '"duplicate": 2' in again
    assert '"accepted": 1' in again


#: `app.py` of the version that made tests/fixtures/made_before: all that the page asks of it is a backup.
BEFORE = """import pathlib, shutil, sys
if sys.argv[1:3] != ["backup", "--try"]:
    sys.exit("this is the version before: " + " ".join(sys.argv[1:]))
shutil.copy({backup!r}, sys.argv[3])
pathlib.Path(sys.argv[3]).chmod(0o600)
"""


def counted(machine: Machine, disease: str) -> str:
    return machine.chhlang(
        "coverage", "--disease", disease, "--by", "province", "--from", "2019-01-01", "--format", "csv"
    )


def test_a_new_version_over_the_data_of_an_earlier_one(tmp_path):
    """Its databases are of older schemas, and readable by others, as it left them."""
    machine = started(tmp_path / "first")
    machine.set_key(KEY)
    (machine.app / "app.py").write_text(BEFORE.format(backup=str(THEIR_BACKUP)), encoding="utf-8")
    unpack_databases(machine.data)
    said = machine.follow("upgrade", machine.unpacked("later"))
    assert "everything agrees" in said
    assert "this is the version before" in (machine.root / "srv/chhlang/app-before/app.py").read_text("utf-8")
    assert len(list(machine.data.glob("*-before-migration-*.db"))) == 2
    assert open_to_others(machine.data) == []
    listed = machine.chhlang("accounts", "list")
    assert re.search(r"head@health.example.*administrator", listed)
    assert re.search(r"official@health.example.*False\s+False", listed)
    for command in commands("import"):
        (receipt,) = json.loads(machine.chhlang(*command, "--format", "json"))
        assert {receipt[name] for name in ("accepted", "amended", "withdrawn")} == {0}, command
    machine.chhlang("audit", "verify")
    # As on the machine itself, since there is no proxy here.
    machine.serve(
        lambda address: reader.sign_in(address, "head@health.example"),
        CHHLANG_HTTPS="no", CHHLANG_PROXIES="0", CHHLANG_TOTP_ROLES="none",
    )  # fmt: skip

    other = started(tmp_path / "second")
    other.set_key(KEY)
    shutil.copy(machine.data / "before-the-new-version.zip", other.data / "for-the-other-machine.zip")
    assert "31 records" in other.follow("another machine")
    for disease in ("tb", "malaria", "hiv"):
        assert counted(other, disease) == counted(machine, disease)
