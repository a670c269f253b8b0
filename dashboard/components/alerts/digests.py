"""A digest of alerts on paper: the same lines on the page, in a file to print, and as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from dashboard.components.alerts import signal_words
from dashboard.figures.tokens import light
from dashboard.messages import Translate
from dashboard.services.messages.digests import Digest
from dashboard.services.messages.wording import older_words, raised_words, ran_words, words_of

#: Looks of the file: it is opened on machines that do not have ours.
_STYLE = (
    "body{font:12pt/1.5 'Noto Sans Khmer','Khmer OS',sans-serif;margin:2cm;"
    f"color:{light('ink')};background:{light('card')}}}"
    "h1{font-size:16pt}h2{font-size:13pt}table{border-collapse:collapse;width:100%}"
    f"th,td{{border:1px solid {light('muted')};"
    "padding:3pt 6pt;text-align:left;vertical-align:top}"
    "tr{break-inside:avoid}thead{display:table-header-group}.sign td{height:2.2em;width:33%}"
    "@media print{body{margin:0}}"
)
Row = tuple[str, str, str, str, str]
Part = tuple[str, tuple[Row, ...]]


@dataclass(frozen=True)
class Paper:
    """A digest in words. `parts`: how many alerts, and a row for each."""

    title: str
    note: str
    ran: str
    columns: Row
    parts: tuple[Part, ...]
    signed: tuple[str, str, str]


def paper(found: Digest, language: str, t: Translate) -> Paper:
    """A digest in words."""
    days = t("{first} – {last}").format(first=found.first.isoformat(), last=found.last.isoformat())
    return Paper(
        t("Alerts of {days}").format(days=days),
        t(
            "Alerts by disease and province, without people: no number of cases, no facility, sex or age. "
            "HIV and sexually transmitted infections are never in it."
        ),
        ran_words(None if found.run is None else found.run.made_at, t),
        (t("Alert"), t("Disease"), t("Province"), t("Raised"), t("State")),
        (*(_own(found, language, t) if found.own else ()), *_elsewhere(found, language, t)),
        (t("Received by"), t("On"), t("What was decided")),
    )


def _own(found: Digest, language: str, t: Translate) -> list[Part]:
    lines, older = (tuple(words_of(one, language, t) for one in held) for held in (found.lines, found.older))
    return [(raised_words(len(lines), t), lines), (older_words(len(older), t), older)]


def _elsewhere(found: Digest, language: str, t: Translate) -> list[Part]:
    """Signals of alerts that the reader is not shown: on paper without a size."""
    if found.elsewhere is None:
        return []
    held = signal_words.rows(found.elsewhere, language, t)
    rows = tuple(
        (t("Alert {number}").format(number=one.number), one.title, one.where, one.raised, one.state)
        for one in held
    )
    return [(t("Signals elsewhere: {count:,}").format(count=len(rows)), rows)]


def as_text(made: Paper) -> str:
    """Plain text, a line for each alert."""
    lines = [made.title, made.note, made.ran]
    for heading, rows in made.parts:
        lines += ["", heading, *(" · ".join(row) for row in rows)]
    return "\n".join(lines) + "\n"


def as_html(made: Paper, language: str) -> str:
    """A file that holds all it needs, to be printed: nothing is loaded from elsewhere."""
    parts = []
    for heading, rows in made.parts:
        parts.append(f"<h2>{escape(heading)}</h2>")
        if rows:
            head = "".join(f'<th scope="col">{escape(name)}</th>' for name in made.columns)
            body = "".join(
                f'<tr><th scope="row">{escape(row[0])}</th>'
                + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
                + "</tr>\n"
                for row in rows
            )
            parts.append(f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>")
    signed = "".join(f'<th scope="col">{escape(name)}</th>' for name in made.signed)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        f"<title>{escape(made.title)}</title><style>{_STYLE}</style></head>\n<body><h1>{escape(made.title)}</h1>\n"
        f"<p>{escape(made.note)}</p>\n<p>{escape(made.ran)}</p>\n"
        + "\n".join(parts)
        + f'\n<h2>&nbsp;</h2><table class="sign"><thead><tr>{signed}</tr></thead>'
        + "<tbody><tr><td></td><td></td><td></td></tr></tbody></table>\n</body></html>\n"
    )
