"""The files of `deploy/`: each is taken by the program that it is for, and says what Chhlang itself says."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.commands import parser
from dashboard.pages import uploading
from dashboard.secret_strength import weakness
from dashboard.services.uploads import files
from dashboard.settings import VARIABLES, Settings
from tests.support import proxies
from tests.support.proxies import nginx_configuration, with_certificate

pytestmark = pytest.mark.process
ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").glob("*.service"))
MB = 1024 * 1024


def program(name: str) -> str:
    """Path of a program; the test is left out, with the reason, where it is not installed."""
    found = proxies.program(name)
    if found is None:
        pytest.skip(f"{name} is not installed: scripts/system_packages.py names the packages")
    return found


def run(*arguments: object, **more) -> subprocess.CompletedProcess[str]:
    """Run a program; what it says comes with its code."""
    return subprocess.run(
        [str(one) for one in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=60, check=False, **more,
    )  # fmt: skip


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Sections of a unit; a name may come several times."""
    sections: dict[str, dict[str, list[str]]] = {}
    for line in (DEPLOY / "systemd" / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return sections


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_hardened(name):
    done = run(
        program("systemd-analyze"), "security", "--offline=true", "--threshold=29", DEPLOY / "systemd" / name
    )
    assert done.returncode == 0, done.stdout[-300:]
    assert float(re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)[-1]) < 3


def test_systemd_takes_the_units(tmp_path):
    """With this machine's Python in the place of the service's, since the programs must exist."""
    for path in (DEPLOY / "systemd").glob("chhlang*"):
        text = path.read_text(encoding="utf-8").replace("/srv/chhlang/app/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = sorted(path for path in tmp_path.iterdir() if path.suffix in (".service", ".timer"))
    done = run(program("systemd-analyze"), "verify", "--man=no", *units)
    ours = [line for line in done.stdout.splitlines() if "chhlang" in line]
    assert (ours, done.returncode) == ([], 0), done.stdout
    (tmp_path / "chhlang.service").write_text(
        "[Service]\nExecStart=nowhere\nRestart=perhaps\n", encoding="utf-8"
    )
    assert (
        "chhlang"
        in run(program("systemd-analyze"), "verify", "--man=no", units[-1].parent / "chhlang.service").stdout
    )


def test_a_unit_comes_back_however_often_it_fails_and_after_its_database():
    for name in ("chhlang.service", "chhlang-watch.service"):
        found = unit(name)
        assert "postgresql.service" in " ".join(found["Unit"]["After"])
        assert found["Unit"]["StartLimitIntervalSec"] == ["0"]
        assert found["Service"]["Restart"] == ["always"]
    assert unit("chhlang.service")["Service"]["ExecStart"] == [
        "/srv/chhlang/app/.venv/bin/python app.py serve"
    ]
    timer = configparser.ConfigParser(interpolation=None)
    timer.read(DEPLOY / "systemd" / "chhlang-backup.timer")
    assert timer["Timer"]["Persistent"] == "true"


@pytest.mark.parametrize("name", UNITS)
def test_a_units_command_is_one_of_ours(name):
    (command,) = unit(name)["Service"]["ExecStart"]
    words = command.split()
    assert words[:2] == ["/srv/chhlang/app/.venv/bin/python", "app.py"]
    assert parser(command=words[2]).parse_args(words[2:]).command == words[2]


def test_the_environment_names_settings_of_ours_and_holds_no_secret():
    text = (DEPLOY / "chhlang.env").read_text(encoding="utf-8")
    given = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert set(given) <= {one.name for one in VARIABLES}
    assert weakness(given["CHHLANG_SECRET_KEY"])
    settings = Settings.read(given)
    assert (settings.https, settings.proxies) == (True, 1)
    assert settings.uploads and settings.backups


def sizes(text: str) -> list[int]:
    """Limits of bodies that a configuration names, in bytes."""
    return [
        int(number) * MB for number in re.findall(r"(?:client_max_body_size|max_size) (\d+)(?:m|MiB)", text)
    ]


@pytest.mark.parametrize("name", ["nginx/chhlang.conf", "caddy/Caddyfile"])
def test_a_proxys_limit_of_files_is_the_pages(name):
    """What the page takes must come through; what it refuses may be refused before."""
    most = files.largest(Settings.read({})) + uploading._FORM
    assert sorted(sizes((DEPLOY / name).read_text(encoding="utf-8"))) == [MB, most]


def test_nginx_takes_its_configuration(tmp_path):
    nginx = program("nginx")
    pem, secret = with_certificate(tmp_path)
    changes = {"/etc/ssl/chhlang.pem": str(pem), "/etc/ssl/chhlang.key": str(secret)}

    def check(changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return run(nginx, "-t", "-p", tmp_path, "-c", nginx_configuration(tmp_path, changes))

    done = check(changes)
    assert done.returncode == 0, done.stdout
    assert "warn" not in done.stdout
    assert check(changes | {"client_max_body_size": "client_max_body_sizes"}).returncode != 0


def test_caddy_takes_its_configuration(tmp_path):
    caddy = program("caddy")
    environment = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    path = DEPLOY / "caddy" / "Caddyfile"
    done = run(caddy, "adapt", "--validate", "--adapter", "caddyfile", "--config", path, env=environment)
    assert done.returncode == 0, done.stdout[-500:]
    adapted = next(line for line in done.stdout.splitlines() if line.startswith('{"apps"'))
    servers = json.loads(adapted)["apps"]["http"]["servers"]
    assert {one["read_header_timeout"] for one in servers.values() if one["listen"] == [":443"]} == {10**10}
    wrong = tmp_path / "Caddyfile"
    wrong.write_text(path.read_text(encoding="utf-8").replace("max_size", "most"), encoding="utf-8")
    assert run(caddy, "adapt", "--adapter", "caddyfile", "--config", wrong, env=environment).returncode != 0


def test_logrotate_takes_its_configuration(tmp_path):
    text = (DEPLOY / "logrotate" / "chhlang").read_text(encoding="utf-8")
    path = tmp_path / "chhlang"
    path.write_text(text.replace("su chhlang chhlang", ""), encoding="utf-8")
    path.chmod(0o600)
    done = run(program("logrotate"), "--debug", "--state", tmp_path / "state", path)
    assert done.returncode == 0, done.stdout
    assert "error:" not in done.stdout
