"""Get what the tests need from the system's packages: Chromium, a font for Latin letters, and Pango for PDFs.

Khmer needs no system font: it comes with the pages. Nothing is done where both are there.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

#: Programs that the browser tests can drive, the best first: the same Chromium without windows takes a sixth
#: less of the processor. Where only another is installed, that one does.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
#: What WeasyPrint draws letters with: the tests of the bulletin make a PDF.
PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
PACKAGES = ("chromium", "fonts-liberation", *PANGO)
#: What tests/deploy asks whether it takes the files of deploy/. They are listed, and never installed by this
#: script: the first two would begin to serve on this machine. Without one, its tests are left out.
OF_DEPLOYMENT = ("nginx", "caddy", "systemd", "logrotate")
_FONTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".fonts",
    Path("/Library/Fonts"),
)
_ADVICE = "Install Chromium, a Latin font and Pango, then run `make test` again"


def browser() -> str | None:
    """Path of a browser that the tests can drive."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def has_font() -> bool:
    """Whether any scalable font is installed."""
    return any(
        next(folder.rglob(f"*.{kind}"), None) is not None
        for folder in _FONTS
        if folder.is_dir()
        for kind in ("ttf", "otf", "ttc")
    )


def has_pango() -> bool:
    """Whether the libraries are installed that a PDF needs."""
    return all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"))


def complete() -> bool:
    """Whether nothing is missing."""
    return browser() is not None and has_font() and has_pango()


def _as_root() -> list[str] | None:
    """What to put before a command so that it runs as root; None where it may not."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    if sys.stdin.isatty():
        return [sudo]
    quiet = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)  # noqa: S603 - fixed
    return [sudo, "-n"] if quiet.returncode == 0 else None


def _install(prefix: list[str], apt: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, apt, "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
    for command in (install, [*prefix, apt, "update", "-q"], install):
        done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)  # noqa: S603 - fixed
        if command is install and done.returncode == 0:
            return True
    return False


def main() -> int:
    """Install what is missing; 1 with what to do where that is not possible."""
    if sys.argv[1:] == ["--of-deployment"]:
        sys.stdout.write(f"sudo apt-get install {' '.join(OF_DEPLOYMENT)}\n")
        return 0
    if complete():
        return 0
    by_hand = f"sudo apt-get install {' '.join(PACKAGES)}"
    apt = shutil.which("apt-get")
    if apt is None:
        sys.stderr.write(f"The tests need Chromium and Pango, and there is no apt-get here. {_ADVICE}.\n")
        return 1
    prefix = _as_root()
    if prefix is None:
        sys.stderr.write(
            "The tests need Chromium and Pango, and this account may not install them. "
            f"{_ADVICE}:\n  {by_hand}\n"
        )
        return 1
    sys.stderr.write(f"installing {' and '.join(PACKAGES)} from the system's packages\n")
    if not (_install(prefix, apt) and complete()):
        sys.stderr.write(f"apt-get could not install them; it says why above. {_ADVICE}:\n  {by_hand}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
