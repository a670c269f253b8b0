"""Take from our own code what Python lacks on Windows, in each process whose PYTHONPATH names this folder.

Libraries keep what they have: only what our modules import is another. A file that the process has open can
be neither removed nor replaced, as there. It is no Windows: paths, consoles and rights are this system's.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_OURS = frozenset({"__main__", "app", "dashboard", "db", "geodata", "surveillance"})
_MISSING = frozenset({"fcntl", "grp", "pwd", "resource", "syslog", "termios"})
_HIDDEN = {
    "os": {
        "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "WNOHANG", "chown", "fchmod", "fchown",
        "fork", "geteuid", "getgid", "getloadavg", "getpgid", "getuid", "initgroups", "killpg", "mkfifo",
        "nice", "posix_fallocate",
        "pread", "pwrite", "register_at_fork", "sched_getaffinity", "setgid", "setsid", "setuid", "statvfs",
        "sysconf", "wait", "waitid",
    },
    "signal": {
        "SIGALRM", "SIGCHLD", "SIGHUP", "SIGIO", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1", "SIGXCPU",
        "alarm", "pthread_sigmask", "setitimer", "sigwait",
    },
    "socket": {"AF_UNIX", "recv_fds", "send_fds", "socketpair"},
    "select": {"epoll", "poll"},
    "time": {"tzset"},
    "sys": set(),
}  # fmt: skip
_OTHER = {("os", "name"): "nt", ("sys", "platform"): "win32"}


class _Module(ModuleType):
    """A module without what is hidden of it."""

    def __init__(self, real: ModuleType) -> None:
        super().__init__(real.__name__, real.__doc__)
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        real = self.__dict__["_real"]
        if name in _HIDDEN[real.__name__]:
            raise AttributeError(f"module {real.__name__!r} has no attribute {name!r} on Windows")
        return _OTHER.get((real.__name__, name), getattr(real, name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_real"], name, value)


_modules: dict[str, _Module] = {}
_import = builtins.__import__


def _importing(
    name: str, given: Any = None, local: Any = None, fromlist: Any = (), level: int = 0
) -> ModuleType:
    ours = str((given or {}).get("__name__", "")).partition(".")[0] in _OURS
    if ours and name in _MISSING:
        raise ModuleNotFoundError(f"No module named {name!r} on Windows", name=name)
    found = _import(name, given, local, fromlist, level)
    if ours and found.__name__ in _HIDDEN:
        return _modules.setdefault(found.__name__, _Module(found))
    return found


def _is_open(path: Any, folder: int | None) -> bool:
    base = Path.cwd() if folder is None else Path(f"/proc/self/fd/{folder}").readlink()
    wanted = (base / os.fsdecode(path)).resolve()
    for opened in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if opened.readlink() == wanted:
                return True
    return False


def _guarded(change: Any) -> Any:
    def guarded(path: Any, *more: Any, dir_fd: int | None = None, **named: Any) -> Any:
        for one in (path, *more):
            if _is_open(one, dir_fd if dir_fd is not None else named.get("src_dir_fd")):
                raise PermissionError(13, "the process has it open", os.fsdecode(one))
        return change(path, *more, **named) if dir_fd is None else change(path, *more, dir_fd=dir_fd, **named)

    return guarded


builtins.__import__ = _importing
for _name in ("unlink", "remove", "rename", "replace"):
    setattr(os, _name, _guarded(getattr(os, _name)))
assert signal and sys
