"""A document as one HTML file: nothing is fetched from anywhere, letters and figures are in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, Template, select_autoescape
from markupsafe import Markup

from dashboard.exports.bulletin.blocks import MOTTO, MOTTO_EN, WRITER, Document, Figure
from dashboard.figures.tokens import light

_FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
#: File, weight, and the letters that are in it.
_FACES = (
    ("noto-sans-khmer-khmer-400-normal.woff2", 400, "U+1780-17FF,U+19E0-19FF,U+200B-200D,U+25CC"),
    ("noto-sans-khmer-khmer-700-normal.woff2", 700, "U+1780-17FF,U+19E0-19FF,U+200B-200D,U+25CC"),
    ("noto-sans-khmer-latin-400-normal.woff2", 400, "U+0000-02FF,U+2000-206F,U+2122,U+2212,U+2215"),
    ("noto-sans-khmer-latin-700-normal.woff2", 700, "U+0000-02FF,U+2000-206F,U+2122,U+2212,U+2215"),
)
_SIGNS = "chhlang-signs.ttf"
_ID = re.compile(r'(\bid="|url\(#|href="#|aria-labelledby=")(map|look)-')
_XMLNS = ' xmlns="http://www.w3.org/2000/svg"'


def html(document: Document) -> str:
    """The file."""
    return page(document, Markup(_faces()), inline)  # noqa: S704 - rules of ours


def page(document: Document, faces: Markup, drawn: Callable[[Figure], Markup]) -> str:
    """The document as HTML, with rules that load its letters, and its figures as they are `drawn`."""
    return _template().render(
        document=document,
        blocks=[(type(block).__name__, block) for block in document.blocks],
        faces=faces,
        motto=list(zip(MOTTO, MOTTO_EN, strict=True)),
        writer=WRITER,
        drawn=drawn,
    )


def inline(figure: Figure) -> Markup:
    """A figure within a page: its marks have names of their own, and it takes the width it is given."""
    svg = figure.svg.replace(_XMLNS, "", 1)
    svg = _ID.sub(lambda found: f"{found[1]}{figure.name}-{found[2]}-", svg)
    return Markup(svg)  # noqa: S704 - a drawing of ours, whose texts are escaped


@lru_cache(maxsize=1)
def _faces() -> str:
    """The letters, in the file itself."""
    found = [
        face("Noto Sans Khmer", weight, data(name, "font/woff2"), "woff2", letters)
        for name, weight, letters in _FACES
    ]
    found.append(face("Chhlang Signs", 400, data(_SIGNS, "font/ttf"), "truetype", ""))
    return "".join(found)


def face(family: str, weight: int, address: str, kind: str, letters: str) -> str:
    """A rule of a stylesheet that loads letters. `letters`: which of them; blank: all."""
    within = f"unicode-range:{letters};" if letters else ""
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};{within}'
        f'src:url("{address}") format("{kind}")}}'
    )


def data(name: str, media: str) -> str:
    """A file of letters as an address that holds it."""
    return f"data:{media};base64,{base64.b64encode((_FONTS / name).read_bytes()).decode()}"


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("dashboard"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["colour"] = light
    return environment.get_template("bulletin_document.html")
