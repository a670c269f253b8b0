"""An answer as JSON, CSV or Parquet, by what the program accepts: one page of its rows, fingerprinted."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from math import ceil, isfinite, isnan
from typing import Any

from flask import request
from werkzeug.exceptions import NotAcceptable, NotFound
from werkzeug.exceptions import NotImplemented as NotWritten
from werkzeug.wrappers import Response

from dashboard.api.asked import Asked, Paging
from dashboard.exports.columns import Column
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.settings import VERSION
from dashboard.spreadsheet import write_rows
from dashboard.web import limits, request_context
from dashboard.web.api import bearer
from surveillance.texts import N_

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
MEDIA = (JSON, CSV, PARQUET)
NEITHER = N_("Answers are given as {offered}. Ask for one of them by the header Accept.")
NO_PARQUET = N_("This server has no pyarrow, which writes Parquet. Ask for CSV or JSON.")
NO_PAGE = N_("There is no page {page}: the answer has {pages}.")
SYNTHETIC = N_("Synthetic data: invented. No real person is in these data.")


@dataclass(frozen=True)
class Answer:
    """What a question is answered with.

    Parameters
    ----------
    columns : sequence of Column
        Of the rows, in order.
    rows : sequence of mapping
        All rows; a missing value is None.
    question : mapping
        The question as it was read.
    facts : mapping
        What else must be known, for programs.
    notes : sequence of str
        And for people.
    data_until : str, optional
        Last day of the data; that of the records unless given.
    figures : bool
        Whether the rows are of people: each then says its threshold, and the use is in the trail.
    """

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    question: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    data_until: str | None = None
    figures: bool = True


@dataclass(frozen=True)
class Page:
    """One page of an answer. `whole`: fingerprint of all its pages, the same on each."""

    number: int
    size: int
    rows: int
    whole: str

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, ceil(self.rows / self.size))


def wanted() -> str:
    """The kind of answer that the program accepts best; JSON where it says nothing.

    Raises
    ------
    NotAcceptable
        It accepts none.
    """
    accepted = request.accept_mimetypes
    found = accepted.best_match(MEDIA) if accepted else JSON
    if found is None:
        t = translator(request_context.spoken())
        raise NotAcceptable(t(NEITHER).format(offered=", ".join(MEDIA)))
    return found


def respond(name: str, asked: Asked, paging: Paging, answer: Answer, media: str) -> Response:
    """One page of an answer. What is given away of people has its line in the trail, or is not given.

    Raises
    ------
    NotFound
        There is no such page.
    NotPermittedError
        A file is asked for by an account that may export none.
    """
    if media != JSON:
        asked.grant.check(Permission.EXPORT_TABLES)
    columns, rows = list(answer.columns), [dict(row) for row in answer.rows]
    if answer.figures:
        stamp = asked.stamp(answer.data_until)
        columns, rows = stamp.columns(columns), list(stamp.rows(rows))
    names = [column.name for column in columns]
    rows = [{one: plain(row.get(one)) for one in names} for row in rows]
    whole = sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]
    page = Page(paging.page, paging.size, len(rows), whole)
    if page.number > page.pages:
        raise NotFound(asked.t(NO_PAGE).format(page=page.number, pages=page.pages))
    shown = rows[(page.number - 1) * page.size : page.number * page.size]
    if media == JSON:
        body = _json(name, asked, answer, page, shown)
    elif media == CSV:
        body = _csv(names, shown)
    else:
        body = _parquet(columns, shown, asked)
    tag = sha256(body + media.encode()).hexdigest()[:32]
    if _known(tag):
        return _headed(Response(status=304), page, tag)
    if answer.figures:
        _note(name, asked, answer, media, page)
    return _headed(Response(body, content_type=_TYPES[media]), page, tag)


def plain(value: Any) -> Any:
    """A value as every format holds it: a day as text, infinity as a word, what is not a number as None."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        return None if isnan(value) else "infinity" if value > 0 else "-infinity"
    return value.item() if hasattr(value, "item") else value


_TYPES = {JSON: JSON, CSV: "text/csv; charset=utf-8; header=present", PARQUET: PARQUET}


def _json(name: str, asked: Asked, answer: Answer, page: Page, rows: Sequence[Mapping[str, Any]]) -> bytes:
    scope = asked.grant.scope.text
    about: dict[str, Any] = {
        "resource": name,
        "question": dict(answer.question),
        "shown_to": {"role": asked.grant.role, "scope": scope or "all"},
        "chhlang": VERSION,
    }
    if answer.figures:
        stamp = asked.stamp(answer.data_until)
        about |= {"data_until": stamp.data_until or None, "threshold": stamp.threshold}
    about |= {
        "synthetic": asked.status.demo,
        "facts": {one: _deep(value) for one, value in answer.facts.items()},
        "notes": [*([asked.t(SYNTHETIC)] if asked.status.demo else []), *answer.notes],
    }
    paged = {
        "number": page.number,
        "size": page.size,
        "pages": page.pages,
        "rows": page.rows,
        "of": page.whole,
    }
    text = json.dumps({"about": about, "page": paged, "rows": rows}, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _deep(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _deep(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_deep(part) for part in value]
    return plain(value)


def _csv(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    write_rows(text, rows, names, "\r\n")
    return text.getvalue().encode()


def _parquet(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], asked: Asked) -> bytes:
    """The rows with the types of their columns; Arrow reads text, since for lists it would load pandas."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional, and heavy: for those who ask for Parquet alone
        from pyarrow import csv, parquet  # noqa: PLC0415
    except ImportError:
        raise NotWritten(asked.t(NO_PARQUET)) from None
    limits.count(limits.PARQUET, "parquet")
    kinds = {"text": pa.string(), "count": pa.int64(), "number": pa.float64(), "date": pa.date32()}
    types = {column.name: kinds[column.kind] for column in columns}
    head = ",".join(_quoted(column.name) for column in columns)
    lines = (",".join(_cell(row[name]) for name in types) for row in rows)
    held = csv.read_csv(
        io.BytesIO("\n".join([head, *lines, ""]).encode()),
        read_options=csv.ReadOptions(use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    said = [
        pa.field(column.name, types[column.name], metadata={"description": column.meaning})
        for column in columns
    ]
    sink = io.BytesIO()
    parquet.write_table(held.cast(pa.schema(said)), sink, compression="snappy")
    return sink.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _INFINITE.get(value) or _quoted(value)
    return repr(value) if isinstance(value, float) else str(value)


_INFINITE = {"infinity": "inf", "-infinity": "-inf"}


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _known(tag: str) -> bool:
    """Whether the program holds this very answer already. What compresses adds its name to a tag."""
    held = request.if_none_match
    if held.star_tag:
        return True
    # An empty tag is read as none.
    return any((one or "").partition(":")[0] == tag for one in held.as_set(include_weak=True))


def _headed(response: Response, page: Page, tag: str) -> Response:
    response.set_etag(tag)
    response.vary.update(("Accept", "Accept-Language", "Authorization"))
    response.headers["X-Total-Count"] = str(page.rows)
    response.headers["X-Page-Count"] = str(page.pages)
    response.headers["X-Answer"] = page.whole
    return response


def _note(name: str, asked: Asked, answer: Answer, media: str, page: Page) -> None:
    said = {
        "resource": name,
        **answer.question,
        **{one: str(value) for one, value in asked.values.items()},
        "format": media.rpartition("/")[2].rpartition(".")[2],
        "page": page.number,
        "token": bearer.number(),
    }
    store.audit_use(asked.database, asked.grant, "program asked", said)
