"""The bulletin as one picture for a chat group: what an edition for passing on says, and nothing finer."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.components.bulletin import sections, words
from dashboard.components.bulletin.figures import number_text
from dashboard.components.bulletin.said import Said
from dashboard.figures import theme
from dashboard.figures.svg.draw import group, line, tag
from dashboard.figures.svg.lines import wrap
from dashboard.figures.svg.sheet import INNER, Drawing, Sheet, document
from dashboard.figures.tokens import light
from dashboard.messages import translator
from dashboard.services.bulletin.models import Bulletin
from surveillance.errors import UsageError
from surveillance.texts import N_

NOT_A_PICTURE = N_(
    "a picture is for chat groups, and of an edition for passing on alone: it holds no small numbers"
)
_TEXT, _ROW = 19.0, 34.0
#: Where the columns of numbers end, in parts of the width.
_COLUMNS = (0.74, 1.0)


def picture(bulletin: Bulletin, language: str) -> str:
    """The picture as SVG.

    Raises
    ------
    UsageError
        The edition is not for passing on.
    """
    if bulletin.own:
        raise UsageError(NOT_A_PICTURE, "format")
    said = Said(bulletin, language, translator(language))
    leading = 1.9 if language == "km" else 1.5
    parts: list[Markup] = []
    y = 0.0
    brief = [*sections.reporting_brief(said), *sections.alerts_brief(said), *sections.cases_brief(said)]
    for text in brief:
        for at, part in enumerate(wrap(text, _TEXT, INNER - 30)):
            y += _TEXT * leading
            if not at:
                parts.append(tag("circle", cx=8, cy=y - _TEXT * 0.35, r=5, fill=theme.TREND))
            parts.append(tag("text", part, x=26, y=y, font_size=_TEXT))
        y += 6
    y = _table(said, parts, y + 14)
    drawing = Drawing(group(parts), y + 6)
    sheet = Sheet(
        words.title(said), words.where_and_when(said), drawing, foot=[words.stamp(said)], language=language
    )
    return document(sheet)


def _table(said: Said, parts: list[Markup], y: float) -> float:
    """Cases of each disease that has any told: name, cases, the period before."""
    t = said.t
    rows = [one for one in said.bulletin.diseases if one.of and (one.now.count or one.before.count)]
    if not rows:
        return y
    y += _ROW
    parts += _row(y, (t("Disease"), t("Cases"), t("The period before")), strong=True)
    for one in rows:
        y += _ROW
        parts.append(tag("path", d=line([(0, y - _ROW + 8), (INNER, y - _ROW + 8)]), stroke=light("line")))
        mark = " ▲" if one.above else ""
        name = f"{said.disease(one.code)} ({one.of})"
        parts += _row(y, (name, number_text(one.now) + mark, number_text(one.before)))
    return y + 10


def _row(y: float, texts: tuple[str, str, str], *, strong: bool = False) -> list[Markup]:
    look = "strong" if strong else None
    found = [tag("text", texts[0], x=0, y=y, font_size=_TEXT, class_=look)]
    for text, end in zip(texts[1:], _COLUMNS, strict=True):
        found.append(tag("text", text, x=end * INNER, y=y, font_size=_TEXT, text_anchor="end", class_=look))
    return found
