"""Make the font of the signs that Noto Sans Khmer lacks: hidden, nobody, reports, much unknown,
wider than the value, closed.

    pip install fonttools
    python -m scripts.sign_font

writes dashboard/assets/fonts/chhlang-signs.ttf. The font is committed: nothing else needs fontTools.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "dashboard" / "assets" / "fonts" / "chhlang-signs.ttf"
#: Signs by name; outlines are polygons in a thousandth of the size of letters, outer ones clockwise.
Outline = list[tuple[float, float]]


def _circle(radius: float, *, inside: bool = False) -> Outline:
    steps = range(48) if inside else range(48, 0, -1)
    turns = [2 * math.pi * step / 48 for step in steps]
    return [(360 + radius * math.cos(turn), 350 + radius * math.sin(turn)) for turn in turns]


def _wave(middle: float) -> Outline:
    places = [60 + 20 * step for step in range(25)]
    line = [(x, middle - 55 * math.sin((x - 60) / 480 * 2 * math.pi)) for x in places]
    return [(x, y + 38) for x, y in line] + [(x, y - 38) for x, y in reversed(line)]


SIGNS: dict[str, tuple[str, int, list[Outline]]] = {
    "hidden": ("■", 640, [[(60, 90), (60, 610), (580, 610), (580, 90)]]),
    "nobody": (
        "∅",
        720,
        [_circle(290), _circle(215, inside=True), [(90, 40), (580, 700), (640, 660), (150, 0)]],
    ),
    "reports": (
        "∑",
        620,
        [
            [
                (70, 700),
                (560, 700),
                (560, 600),
                (230, 600),
                (420, 360),
                (210, 100),
                (570, 100),
                (570, 0),
                (60, 0),
                (60, 80),
                (280, 360),
                (70, 620),
            ]
        ],
    ),
    "unknown": ("≈", 600, [_wave(455), _wave(235)]),
    "issued": (
        "±",
        600,
        [
            [
                (60, 380),
                (60, 460),
                (260, 460),
                (260, 660),
                (340, 660),
                (340, 460),
                (540, 460),
                (540, 380),
                (340, 380),
                (340, 190),
                (260, 190),
                (260, 380),
            ],
            [(60, 40), (60, 120), (540, 120), (540, 40)],
        ],
    ),
    "closed": (
        "✕",
        640,
        [
            [
                (60, 560),
                (120, 620),
                (320, 420),
                (520, 620),
                (580, 560),
                (380, 360),
                (580, 160),
                (520, 100),
                (320, 300),
                (120, 100),
                (60, 160),
                (260, 360),
            ]
        ],
    ),
}


def main() -> None:
    """Write the font."""
    from fontTools.fontBuilder import FontBuilder  # noqa: PLC0415 - nothing else needs it
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # noqa: PLC0415

    builder: Any = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *SIGNS])
    builder.setupCharacterMap({ord(sign): name for name, (sign, _, _) in SIGNS.items()})
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for name, (_, _, outlines) in SIGNS.items():
        pen = TTGlyphPen(None)
        for outline in outlines:
            points = [(round(x), round(y)) for x, y in outline]
            pen.moveTo(points[0])
            for point in points[1:]:
                pen.lineTo(point)
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    widths = {name: (width, 0) for name, (_, width, _) in SIGNS.items()}
    builder.setupHorizontalMetrics({".notdef": (500, 0)} | widths)
    builder.setupHorizontalHeader(ascent=1000, descent=-300)
    builder.setupNameTable({})
    names = {1: "Chhlang Signs", 2: "Regular", 4: "Chhlang Signs", 6: "ChhlangSigns-Regular"}
    for number, name in names.items():
        builder.font["name"].setName(name, number, 3, 1, 0x409)
    builder.setupOS2(sTypoAscender=1000, sTypoDescender=-300, usWinAscent=1000, usWinDescent=300)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    builder.save(TARGET)


if __name__ == "__main__":
    main()
