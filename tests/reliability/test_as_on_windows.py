"""What docs/deployment.md says of Windows: our code asks Python for nothing that it lacks there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.security.attacks import reader
from tests.support.command_line import KEY, ROOT
from tests.support.files import record, write_csv, write_xlsx
from tests.support.running import free_port

pytestmark = [
    pytest.mark.process,
    pytest.mark.full,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="open files are those of /proc"),
]
#: What it takes away is said there.
AS_THERE = ROOT / "tests" / "support" / "as_on_windows"


class There:
    """A folder with a database, and the program as it would find Python there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CHHLANG_")}
        self.environment = kept | {
            "PYTHONPATH": os.pathsep.join((str(AS_THERE), str(ROOT))),
            "CHHLANG_SECRET_KEY": KEY,
            "DATABASE_URL": f"sqlite:///{folder / 'chhlang.db'}",
            "CHHLANG_TOTP_ROLES": "none",
            "CHHLANG_STANDING_SCANS": "no",
        }

    def start(self, *arguments: object, **more: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), *map(str, arguments)], cwd=self.folder, text=True,
            env=self.environment | more,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *arguments: object, typed: str = "") -> str:
        """What a command prints."""
        with self.start(*arguments) as command:
            out, err = command.communicate(typed, timeout=400)
        assert command.returncode == 0, (arguments, out[-2_000:], err[-3_000:])
        return out


@pytest.fixture
def there(tmp_path: Path) -> There:
    return There(tmp_path)


def test_commands_need_nothing_that_python_lacks_there(there: There) -> None:
    rows = [
        record(record_id=str(n), person_id=f"P{n}", date_visit=f"2026-0{1 + n % 8}-03") for n in range(40)
    ]
    write_csv(there.folder / "a.csv", *rows, record(record_id="x", date_visit="no day"))
    head = list(rows[0])
    write_xlsx(there.folder / "b.xlsx", head, [[*record(record_id="b1").values()]])
    said = there("import", "a.csv", "--format", "json")
    assert '"accepted": 40' in said
    assert len(list(there.folder.glob("a.returned-*"))) == 1
    assert '"accepted": 1' in there("import", "b.xlsx", "--format", "json")
    assert "everything agrees" in there("verify")
    there("backup", "--try", "kept.zip")
    there("restore", "kept.zip", "--replace")
    there("retain", "--older-than", "5y")
    there.environment["CHHLANG_PREVIOUS_KEY"], there.environment["CHHLANG_SECRET_KEY"] = (
        KEY,
        KEY + ", another",
    )
    there("rekey")
    assert '"duplicate": 1' in there("import", "b.xlsx", "--format", "json")
    there("audit", "verify")


def test_it_serves_in_one_process_and_its_runner_imports_a_file(there: There) -> None:
    there("demo", "--records", "1000", "--without-release")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = there.start("serve", "--port", port)
    try:
        deadline = time.monotonic() + 90
        session = None
        while session is None:
            assert server.poll() is None, server.communicate()
            assert time.monotonic() < deadline
            try:
                session = reader.sign_in(address, "manager@demo.example", "chhlang-demo")
            except OSError:
                time.sleep(0.3)
        path = write_csv(there.folder / "c.csv", record(record_id="c1"))
        with path.open("rb") as file:
            answer = session.post(
                f"{address}/imports", files={"file": file}, headers={"Origin": address}, timeout=60
            )
        assert answer.status_code == 200, answer.text[:500]
        while "c.csv" not in (page := session.get(f"{address}/imports", timeout=30).text) or "waits" in page:
            assert time.monotonic() < deadline
            time.sleep(0.5)
    finally:
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=60)
    assert "Traceback" not in err, err[-3_000:]
    assert "is started again" not in err, err[-3_000:]
