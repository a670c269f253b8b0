"""Make the third-party files that the browser loads from `dashboard/assets`: the Plotly bundle and the fonts.

    python scripts/fetch_assets.py

`npm pack` fetches the packages, and every file that is kept is checked against a pinned hash. The files are
committed: running Chhlang needs neither npm nor a network.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import brotli

#: What is kept in its packed form, too.
PACKED = ("plotly-geo.min.js",)
ASSETS = Path(__file__).resolve().parent.parent / "dashboard" / "assets"


@dataclass(frozen=True)
class Kept:
    """One file of a package: where it goes under `dashboard/assets`, and its SHA-256."""

    target: str
    sha256: str


_FONT = "noto-sans-khmer"
#: Package -> file in it -> what is kept.
PACKAGES: dict[str, dict[str, Kept]] = {
    # The release that plotly.py carries itself; a test holds the two equal.
    "plotly.js-geo-dist-min@4.1.1": {
        "plotly-geo.min.js": Kept(
            "plotly-geo.min.js", "3da0a26e92ce47dad2b18c6e7cf5018335a003f50f5fe41710f52508af579b7c"
        ),
        "LICENSE": Kept(
            "plotly-geo.LICENSE.txt", "8c45d9eaf50c2f72dd9c7ab9ef440788ba58a3538484b5c51c1f17d5128752e7"
        ),
    },
    "@fontsource/noto-sans-khmer@5.3.0": {
        **{
            f"files/{_FONT}-{name}-normal.woff2": Kept(f"fonts/{_FONT}-{name}-normal.woff2", sha256)
            for name, sha256 in {
                "khmer-400": "8f19afec2c3d00c40e54ca88717a9167ca567d3dea6a85e258356d32167f7cf4",
                "khmer-700": "35fcc5d1f6eefb1cf03f6191038aa13c28d6624cce1beb264c756aedcb7e369f",
                "latin-400": "2b10b773c927cf2eaafaae44e51767a8ff42701f5fcdd31406795ab8456a5a4d",
                "latin-700": "cd9ffcc6bf75350b50649a0df2c750cd1ee53327389f809f11a3dec312977ad6",
            }.items()
        },
        "LICENSE": Kept("fonts/OFL.txt", "cebe68e383ee6acd931f8b173ee33bdcb6d3895ad0deae5272446b0ff95a96dd"),
    },
    # The same typeface as pictures need it: browsers read WOFF2, what makes a PNG does not.
    "@expo-google-fonts/noto-sans-khmer@0.4.3": {
        "400Regular/NotoSansKhmer_400Regular.ttf": Kept(
            "fonts/NotoSansKhmer-Regular.ttf",
            "fff6f415386616d8d99c4f64b876e54e6e231dc0c007c87a61b254b3795957f9",
        ),
        "700Bold/NotoSansKhmer_700Bold.ttf": Kept(
            "fonts/NotoSansKhmer-Bold.ttf",
            "c72f01526f03b16b64a355cc898605c950c0c5bdcef6d00974a8e753358d3a8e",
        ),
    },
}


def check(name: str, data: bytes, expected: str) -> bytes:
    """`data`, where it is what was pinned.

    Raises
    ------
    ValueError
        It is something else.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise ValueError(f"{name} is not the pinned file: its SHA-256 is {found}, expected {expected}")
    return data


def stale(assets: Path = ASSETS) -> list[str]:
    """Files that are missing under `assets`, or are not those pinned."""
    pinned = [kept for files in PACKAGES.values() for kept in files.values()]
    return [
        kept.target
        for kept in pinned
        if not (path := assets / kept.target).is_file()
        or hashlib.sha256(path.read_bytes()).hexdigest() != kept.sha256
    ]


def _pack(package: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError(f"npm is not installed, and {package} cannot be fetched without it")
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [npm, "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    return folder / done.stdout.split()[-1]


def extract(archive: Path, files: dict[str, Kept], assets: Path) -> None:
    """Write the kept files of one package; nothing is written unless every one is as pinned."""
    checked: dict[str, bytes] = {}
    with tarfile.open(archive) as package:
        for name, kept in files.items():
            member = package.extractfile(f"package/{name}")
            if member is None:
                raise ValueError(f"{archive.name} has no file {name}")
            checked[kept.target] = check(name, member.read(), kept.sha256)
    for target, data in checked.items():
        path = assets / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def pack(assets: Path = ASSETS) -> None:
    """Write the packed form of what is large; `dashboard/server/packed.py` answers with it."""
    for name in PACKED:
        path = assets / name
        path.with_name(name + ".br").write_bytes(brotli.compress(path.read_bytes(), quality=11))


def main(assets: Path = ASSETS) -> int:
    """Fetch every package; 1 with a sentence on standard error where one cannot be had."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            for package, files in PACKAGES.items():
                extract(_pack(package, Path(folder)), files, assets)
        pack(assets)
    except (OSError, KeyError, ValueError, subprocess.CalledProcessError, tarfile.TarError) as error:
        sys.stderr.write(f"The assets were not fetched: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
