"""Make the icons of an installed Chhlang from its logo, in dashboard/assets/icons/.

    python -m scripts.icons

The logo is drawn anew at each size. What a system cuts to a shape of its own ("maskable") is filled to the
edge, with the drawing within the inner four fifths.
"""

from __future__ import annotations

import re
from pathlib import Path

import resvg_py

ASSETS = Path(__file__).resolve().parent.parent / "dashboard" / "assets"
_SIDE = 32
_LOGO = re.compile(r"<svg[^>]*>(<rect[^>]*/>)(.*)</svg>", re.S)


def icons() -> dict[str, bytes]:
    """Name of each icon -> its PNG."""
    logo = (ASSETS / "logo.svg").read_text(encoding="utf-8")
    return {
        "192.png": _drawn(logo, 192),
        "512.png": _drawn(logo, 512),
        "maskable-512.png": _drawn(_filled(logo), 512),
        "apple-180.png": _drawn(_filled(logo), 180),
    }


def _filled(logo: str) -> str:
    found = _LOGO.search(logo)
    if found is None:
        raise ValueError("the logo is no longer one rectangle with a drawing on it")
    ground, drawing = found.groups()
    ground = re.sub(r' rx="\d+"', "", ground)
    edge = _SIDE / 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">{ground}'
        f'<g transform="translate({edge} {edge}) scale(0.8)">{drawing}</g></svg>'
    )


def _drawn(svg: str, side: int) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side))


def main() -> None:
    """Write the files."""
    folder = ASSETS / "icons"
    folder.mkdir(exist_ok=True)
    for name, data in icons().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
