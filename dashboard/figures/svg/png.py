"""An SVG of the server's own as a PNG. The letters come with the product: no font of the machine is asked."""

from __future__ import annotations

from pathlib import Path

_FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
#: Letters in Khmer and Latin, and the signs that they lack.
FONTS = tuple(
    str(_FONTS / name)
    for name in ("NotoSansKhmer-Regular.ttf", "NotoSansKhmer-Bold.ttf", "chhlang-signs.ttf")
)
#: Pixels for each unit of a sheet: 1,920 across.
ZOOM = 2


def png(svg: str, fonts: tuple[str, ...] = FONTS) -> bytes:
    """The picture. Khmer is shaped; a letter that no font holds is a box."""
    import resvg_py  # noqa: PLC0415 - 5 MB that only pictures need

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=ZOOM,
            skip_system_fonts=True,
            font_files=list(fonts),
            font_family="Noto Sans Khmer",
            sans_serif_family="Noto Sans Khmer",
        )
    )
