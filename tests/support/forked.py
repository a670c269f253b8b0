"""Programs in processes of their own that begin at once: forked from one that has loaded the product.

To load it takes a second, and a test that kills a command ten times would wait ten times for it. What is run
and killed is a process like any other; only its interpreter was started before. Where the start itself is
tested, `app.py` is started as people start it (`CommandLine`).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(
    code: str, *arguments: object, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a program as `python -c CODE ARGUMENTS` would; its environment is `env` alone.

    Raises
    ------
    subprocess.TimeoutExpired
        It is killed then.
    """
    asked = json.dumps({"code": code, "arguments": [*map(str, arguments)], "env": {**env}}).encode()
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        socket.send_fds(_parent()[0], [b"."], [theirs.fileno(), out.fileno(), err.fileno()])
        theirs.close()
        with ours.makefile("rw", encoding="ascii") as talk:
            talk.write(asked.decode("ascii") + "\n")
            talk.flush()
            pid = int(talk.readline())
            ours.settimeout(timeout)
            try:
                status = int(talk.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(code, timeout) from None
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    return subprocess.CompletedProcess([code, *arguments], os.waitstatus_to_exitcode(status), *texts)


@cache
def _parent() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The process that is forked, and the way to it; it ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forked", str(theirs.fileno())],
            cwd=ROOT,
            env=os.environ
            | {"OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},  # a thread does not survive a fork
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(_end, ours, process)
    return ours, process


def _end(way: socket.socket, process: subprocess.Popen[bytes]) -> None:
    way.close()
    process.wait(20)


def load() -> None:
    """Load what commands load, also what they load late."""
    from dashboard.commands import parser
    from dashboard.services.imports import pipeline
    from dashboard.services.uploads import queue
    from db.maintenance import opening

    assert parser() and pipeline and queue and opening


def _program(talk: socket.socket, out: int, err: int) -> None:
    """Be the program that is asked for; never returns."""
    with talk.makefile("r", encoding="ascii") as lines:
        asked = json.loads(lines.readline())
    for number, to in ((out, 1), (err, 2)):
        os.dup2(number, to)
        os.close(number)
    talk.close()
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["-c", *asked["arguments"]]
    code = 0
    try:
        exec(compile(asked["code"], "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
        if code and code is not left.code:
            print(left.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - said as Python says it
        traceback.print_exc()
        code = 1
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _serve(asking: socket.socket) -> None:
    """Fork for each that asks; the copy starts the program, says its number, and how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    while True:
        _, (talking, out, err), _, _ = socket.recv_fds(asking, 1, 3)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if os.fork():
            for number in (talking, out, err):
                os.close(number)
            continue
        asking.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        talk = socket.socket(fileno=talking)
        if (pid := os.fork()) == 0:
            _program(talk, out, err)
        talk.sendall(f"{pid}\n".encode())
        talk.sendall(f"{os.waitpid(pid, 0)[1]}\n".encode())
        os._exit(0)


if __name__ == "__main__":
    load()
    with socket.socket(fileno=int(sys.argv[1])) as asking, contextlib.suppress(ValueError):
        _serve(asking)  # until there is nobody to ask: three numbers are not sent
