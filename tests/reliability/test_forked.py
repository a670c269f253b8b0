"""What is forked is a process like any other: arguments, environment, output, exit code, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.support import forked

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
]
ENV = {"ONE": "ភាសា"}


def test_a_program_has_its_arguments_its_environment_and_its_own_output():
    code = "import os, sys; print(sys.argv, dict(os.environ), os.getpid()); print('said', file=sys.stderr)"
    done = forked.run(code, "a", 2, env=ENV, timeout=60)
    arguments, pid = done.stdout.rsplit(" ", 1)
    assert (done.returncode, done.stderr) == (0, "said\n")
    assert arguments == str(["-c", "a", "2"]) + " " + str(ENV)
    assert int(pid) != os.getpid()


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("import sys; sys.exit(3)", 3),
        ("raise SystemExit", 0),
        ("import sys; sys.exit('why')", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ],
)
def test_it_ends_as_python_ends(code, ends):
    assert forked.run(code, env=ENV, timeout=60).returncode == ends


def test_what_goes_wrong_is_said_as_python_says_it():
    done = forked.run("1 / 0", env=ENV, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback") and done.stderr.endswith(
        "ZeroDivisionError: division by zero\n"
    )


def test_what_takes_too_long_is_killed():
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run("import time; time.sleep(60)", env=ENV, timeout=0.2)
