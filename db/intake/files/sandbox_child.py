"""The child that reads one file: takes limits upon itself, reads, and hands on frames of rows.

Started by `db.intake.files.sandbox`, never by hand.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import IO, Any

from db.intake.files.frames import OUT_OF_MEMORY, read_frame, write_frame
from db.intake.files.limits import Limits
from surveillance.errors import UnreadableFileError
from surveillance.texts import N_

#: What is said of a file on which a parser broke.
DAMAGED = N_("{file}: is damaged or not what it should be ({why}); save it anew as XLSX or CSV")


def hold_to(limits: Limits) -> None:
    """Take limits of memory and processor time upon this process, where the system knows them."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    for kind, most in (
        ("RLIMIT_AS", limits.memory),
        ("RLIMIT_CPU", limits.seconds),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NOFILE", 64),
    ):
        hard = resource.getrlimit(getattr(resource, kind))[1]
        within = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(getattr(resource, kind), (within, hard))


def end_with_parent() -> None:
    """Let the kernel end this process when the other end of its input is closed, whatever it is doing."""
    if not hasattr(signal, "SIGIO"):
        return
    import fcntl  # noqa: PLC0415 - not on Windows

    signal.signal(signal.SIGIO, signal.SIG_DFL)  # whose default is to end
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)


def main() -> int:
    """Read what the parent asks for."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may come between the frames
    asked = read_frame(sys.stdin.buffer)
    limits = Limits(**asked["limits"])
    path = Path(asked["path"])
    end_with_parent()
    try:
        hold_to(limits)
        _read(out, path, asked, limits)
    except UnreadableFileError as error:
        values = {name: str(value) for name, value in error.values.items()}
        write_frame(out, {"error": error.text, "values": values})
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a parser's panic is no Exception; its text may hold values
        values = {"file": path.name, "why": type(error).__name__}
        write_frame(out, {"error": DAMAGED, "values": values})
    return 0


def _read(out: IO[bytes], path: Path, asked: dict[str, Any], limits: Limits) -> None:
    from db.intake.files.parse import held_to_size, read_here  # noqa: PLC0415 - parsers come under the limits

    hold_to(held_to_size(path, limits))
    table = read_here(path, frozenset(asked["known"]), limits, asked["sheet"], asked["repeat"])
    about = ("header", "sent_header", "first_row", "left_out", "other_sheets", "form", "row_word",
             "excel_1904", "groups")  # fmt: skip
    write_frame(out, {"table": {name: getattr(table, name) for name in about}})
    told = len(table.left_out)
    for chunk in table.chunks:
        rows = [(row.number, row.cells) for row in chunk]
        write_frame(out, {"rows": rows, "left_out": table.left_out[told:]})
        told = len(table.left_out)
    write_frame(out, {"rows": None, "left_out": table.left_out[told:]})


if __name__ == "__main__":
    sys.exit(main())
