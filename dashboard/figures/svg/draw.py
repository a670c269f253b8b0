"""Elements of SVG as markup: every text and every attribute is escaped, whatever it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from dashboard.figures.svg.lines import width

#: What XML cannot hold, in whatever form.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Signs that the typeface lacks; `scripts/sign_font.py` draws them.
_SIGNS = re.compile("([■∅≈∑±✕])")
Point = tuple[float, float]
Content = Markup | str | float


def plain(text: str) -> str:
    """A text without the characters that no XML can hold.

    >>> plain("Poi\\x00pet")
    'Poipet'
    """
    return _NOT_XML.sub("", text)


def number(value: float) -> str:
    """A length, short.

    >>> number(12.0), number(0.256), number(-0.001)
    ('12', '0.26', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tag(name: str, *content: Content, **attributes: Content | None) -> Markup:
    """One element; `font_size` is written as `font-size`, `class_` as `class`; None is left out.

    >>> tag("text", "a < b", x=1.5, class_="note")
    Markup('<text x="1.5" class="note">a &lt; b</text>')
    """
    said = Markup("").join(
        Markup(' {}="{}"').format(Markup(key.rstrip("_").replace("_", "-")), _value(value))  # noqa: S704 - ours
        for key, value in attributes.items()
        if value is not None
    )
    held = Markup("").join(_value(part) for part in content)
    if name == "text" and "text_anchor" not in attributes:
        held = _set_apart(content, attributes) or held
    kind = Markup(name)  # noqa: S704 - a name of ours
    return (
        Markup("<{}{}>{}</{}>").format(kind, said, held, kind)
        if held
        else Markup("<{}{}/>").format(kind, said)
    )


def group(parts: Iterable[Markup], **attributes: Content | None) -> Markup:
    """Elements together."""
    return tag("g", Markup("").join(parts), **attributes)


def line(points: Iterable[Point], *, closed: bool = False) -> str:
    """The path through points."""
    said = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M{said}{'Z' if closed else ''}" if said else ""


def _set_apart(content: tuple[Content, ...], attributes: Mapping[str, Content | None]) -> Markup | None:
    """A text with signs in pieces that each have their place; None where it has none.

    What makes the PNG looks for another font in the whole of a piece, and fails where that piece is Khmer.
    """
    text = "".join(part for part in content if isinstance(part, str))
    pieces = [piece for piece in _SIGNS.split(plain(text).replace("Σ", "∑")) if piece]
    if len(pieces) < 2 or any(isinstance(part, Markup) for part in content):
        return None
    x, size = float(attributes.get("x") or 0), float(attributes.get("font_size") or 16)
    found = Markup("")
    for piece in pieces:
        sign = _SIGNS.fullmatch(piece)
        look = Markup(' font-family="Chhlang Signs, Noto Sans, sans-serif"') if sign else Markup("")
        found += Markup('<tspan x="{}"{}>{}</tspan>').format(number(x), look, piece)
        x += 0.75 * size if sign else width(piece, size)
    return found


def _value(part: Content) -> Markup:
    if isinstance(part, Markup):
        return part
    return escape(number(part) if isinstance(part, int | float) else plain(part))
