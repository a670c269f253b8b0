"""What every file of a page needs: who takes it, of which data, when; and sending it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

from flask import request
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.components import scope_words
from dashboard.components.as_html import as_html
from dashboard.components.moments import local
from dashboard.exports.about import About
from dashboard.exports.columns import Column
from dashboard.exports.stamp import EVERY_NUMBER, Stamp
from dashboard.exports.workbook import XLSX, table_bytes
from dashboard.figures.svg.png import png
from dashboard.figures.svg.sheet import Drawing, Key, Sheet, document
from dashboard.messages import Translate, translator
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.spreadsheet import write_rows
from dashboard.web import limits, request_context, site
from geodata.boundaries import ATTRIBUTION
from surveillance.texts import N_

#: Who may have what people wrote here, or what the server knows of itself.
OF_AUTHORITY = N_(
    "What is written here belongs to the health authority that runs this server: "
    "its rules say who may have it."
)
TABLES, PICTURES = ("csv", "xlsx"), ("png", "svg")
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
    "png": "image/png",
    "svg": "image/svg+xml",
    "json": "application/json",
}
#: What a browser may show in a window of its own; all else is saved.
_SHOWN = frozenset({"png", "json"})


@dataclass(frozen=True)
class Taken:
    """Who takes a file, in which language, of which data."""

    grant: Grant
    language: str
    status: DataStatus

    @classmethod
    def now(cls) -> Taken:
        """Of this request."""
        return cls(
            request_context.grant(), request_context.language(), request_context.data_status(site.database())
        )

    @cached_property
    def t(self) -> Translate:
        """Translation into the reader's language."""
        return translator(self.language)

    @cached_property
    def made_at(self) -> str:
        """When the file was made."""
        return datetime.now(UTC).isoformat(timespec="seconds")

    @property
    def data_up_to(self) -> str:
        """Last day of the data."""
        return self.status.last_visit.isoformat() if self.status.last_visit else ""

    @property
    def synthetic(self) -> str:
        """That the data are invented; blank where they are not."""
        said = "Synthetic data: invented. No real person is in these data."
        return self.t(said) if self.status.demo else ""

    @property
    def shown_to(self) -> str:
        """Whose view it is: others may be shown more or less."""
        scope, role = self.grant.scope, self.grant.role
        if scope.whole:
            return self.t("role {role}, the whole country").format(role=role)
        if scope.programmes is None and scope_words.kind(scope) == "provinces":
            said = self.t("role {role}, provinces {provinces}")
            return said.format(role=role, provinces=", ".join(sorted(scope.provinces or ())))
        said = self.t("role {role}, {scope}")
        return said.format(role=role, scope=scope_words.scope_words(scope, self.language, self.t))

    @property
    def threshold(self) -> str:
        """The smallest number that this account is told."""
        if rules.entitled(self.grant):
            return self.t("Small numbers are shown to this account.")
        said = self.t("No number from 1 to {most} is shown to this account, nor what would give one away.")
        return said.format(most=self.grant.threshold - 1)

    def stamp(self, data_up_to: str | None = None) -> Stamp:
        """What a row says of itself that no release answers. `data_up_to`: else the records' last day."""
        fewest = EVERY_NUMBER if rules.entitled(self.grant) else self.grant.threshold
        return Stamp(fewest, self.data_up_to if data_up_to is None else data_up_to, self.grant.role)

    @property
    def source(self) -> str:
        """Where the numbers come from."""
        return self.t("Records and reports that facilities sent to this server")

    def foot(self, data_up_to: str, notes: Iterable[str] = ()) -> list[str]:
        """What stands beneath a picture."""
        said = self.t("Source: {source}; data up to {day}. Made {when}, Phnom Penh time, for {whom}.")
        line = said.format(
            source=self.source, day=data_up_to or "–", when=local(self.made_at), whom=self.shown_to
        )
        whose = self.t("Boundaries")
        return [*filter(None, notes), line, f"{self.threshold} {whose}: {ATTRIBUTION} (ODbL)."]

    def audit(self, what: Mapping[str, object]) -> None:
        """Write the use into the audit trail."""
        store.audit_use(site.database(), self.grant, "export", what)


def sent(content: bytes, kind: str, name: str) -> Response:
    """A file as an answer."""
    headers = {"Content-Disposition": disposition(f"{name}.{kind}", shown=kind in _SHOWN)}
    return Response(content, content_type=_MEDIA[kind], headers=headers)


def disposition(name: str, *, shown: bool = False) -> str:
    """What a browser does with a file, and its name.

    A header holds Latin letters alone: a name with others is told in both ways of RFC 6266.
    """
    how, plain = "inline" if shown else "attachment", re.sub(r"[^A-Za-z0-9._-]", "_", name)
    said = f'{how}; filename="{plain}"'
    whole = re.sub(r'[\x00-\x1f"/\\:*?<>|]', "_", name)
    return said if whole == plain else f"{said}; filename*=UTF-8''{quote(whole, safe='')}"


def table(
    kind: str,
    sheet: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    about: About,
    *,
    stamped: bool = True,
) -> Response:
    """A table as CSV or as a workbook; as JSON what the two are.

    `stamped`: each row says what `dashboard.exports.stamp` has, where the table rests on records at all.
    """
    if kind == "json":
        base = request.path.removesuffix(".json")
        files = {one: address(f"{base}.{one}") for one in TABLES}
        return sidecar(replace(about, files=about.files or files), stamped=stamped)
    if stamped and about.data_up_to:
        stamp = Taken.now().stamp(about.data_up_to)
        columns, rows, about = stamp.columns(columns), stamp.rows(rows), described(about, stamp)
    if kind == "xlsx":
        return sent(table_bytes(sheet, columns, rows, about), kind, about.name)
    text = io.StringIO()
    write_rows(text, rows, [column.name for column in columns], "\r\n")
    return sent(text.getvalue().encode("utf-8-sig"), kind, about.name)


def described(about: About, stamp: Stamp) -> About:
    """The same with the stamp: a release that answers says its own."""
    return replace(about, facts={**stamp.facts(), **about.facts})


def sidecar(about: About, *, stamped: bool = True) -> Response:
    """What the files of a table are. `stamped`: as :func:`table` has it."""
    if stamped and about.data_up_to:
        stamp = Taken.now().stamp(about.data_up_to)
        about = replace(described(about, stamp), columns=stamp.columns(about.columns))
    return sent(about.json_bytes(), "json", about.name)


def picture(
    kind: str,
    taken: Taken,
    about: About,
    drawing: Drawing,
    keys: Sequence[Key],
    said: Sequence[str],
    keys_title: str = "",
) -> Response:
    """A figure as SVG or PNG. Beneath its title: what was counted, who, where and when, as known when."""
    lines = [line for line in said if line]
    if about.data_up_to:
        known = taken.t("data up to {day}").format(day=about.data_up_to)
        lines = [" · ".join([*lines[:1], known]), *lines[1:]]
    sheet = Sheet(
        about.title,
        lines,
        drawing,
        keys,
        keys_title,
        taken.foot(about.data_up_to, about.notes),
        taken.language,
        taken.synthetic,
    )
    text = document(sheet)
    if kind == "png":
        limits.count(limits.PICTURES, "pictures")
    return sent(png(text) if kind == "png" else text.encode(), kind, about.name)


def of_server(
    taken: Taken, named: tuple[str, str, str], path: str, units: str, columns: Sequence[Column]
) -> About:
    """What a table of this server itself is. `named`: its name, its title, and what it answers."""
    name, title, question = named
    return About(
        f"chhlang-{name}",
        title,
        question,
        address(path),
        taken.made_at,
        "",
        taken.t("This server"),
        taken.shown_to,
        "",
        taken.t(OF_AUTHORITY),
        units,
        latest=taken.t("This address names no date: it always means what stands now."),
        synthetic=taken.synthetic,
        columns=columns,
    )


def as_lines(parts: Any) -> list[str]:
    """What a page says in markup, as lines of text."""
    return [line for part in str(as_html(parts)).split("<br>") if (line := Markup(part).striptags())]  # noqa: S704


def address(path: str) -> str:
    """An address of this site in full, with the question of this request."""
    question = request.query_string.decode("ascii", "replace")
    return request.host_url.rstrip("/") + path + (f"?{question}" if question else "")
