"""An SVG of the server's own as a PNG. The letters come with the product: no font of the machine is asked."""

from __future__ import annotations

import re
from pathlib import Path

from surveillance.errors import UsageError

_FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
#: Letters in Khmer and Latin, and the signs that they lack.
FONTS = tuple(
    str(_FONTS / name)
    for name in ("NotoSansKhmer-Regular.ttf", "NotoSansKhmer-Bold.ttf", "chhlang-signs.ttf")
)
#: Pixels for each unit of a sheet: 1,920 across.
ZOOM = 2


#: Letters that the fonts may lack, or that stand in scripts which they do not hold.
_STRANGE = re.compile("[^\\t\\n\\r\u0020-\u024f\u1780-\u17ff\u2000-\u2027■∅≈∑✕−]")


def png(svg: str, fonts: tuple[str, ...] = FONTS) -> bytes:
    """The picture. Khmer is shaped; a letter that no font holds is a box, or a question mark.

    Raises
    ------
    UsageError
        It cannot be drawn.
    """
    try:
        return _drawn(svg, fonts)
    except BaseException as error:  # a fault of the library is no Exception
        if type(error).__name__ != "PanicException":
            raise
    try:  # it fails at letters that no font holds, in the middle of another script
        return _drawn(_STRANGE.sub("?", svg), fonts)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise UsageError("this picture cannot be made; take the SVG") from None


def _drawn(svg: str, fonts: tuple[str, ...]) -> bytes:
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
