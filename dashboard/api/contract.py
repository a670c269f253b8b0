"""The contract of the interface for programs, as OpenAPI 3.1: flask-smorest writes it from the resources."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from functools import cache, partial
from hashlib import sha256
from typing import Any

import flask
from flask import Flask, current_app, request
from flask_smorest import Api, Blueprint
from werkzeug.wrappers import Response

from dashboard.api.answers import CSV, JSON, PARQUET
from dashboard.api.asked import Paging
from dashboard.api.resource import Resource
from dashboard.exports import area_codes
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.exports.stamp import COLUMNS as STAMPED
from dashboard.parameters import Day, OneOf, Parameter, Whole
from dashboard.permissions import Permission
from dashboard.questions import Question
from dashboard.settings import VERSION
from dashboard.web.access import needs
from dashboard.web.api.problem import MEDIA as PROBLEM

_KEY = "chhlang-contract"
ABOUT = (
    "What pages and commands of Chhlang show, for other programs; read only. Each request brings a token in "
    "the header `Authorization: Bearer`, which is made on the page of tokens and may no more than its "
    "account. Numbers that an account is not shown are empty, with the status `hidden`: they are never 0. "
    "Rows of an issued release name it. Answers are JSON, CSV (`Accept: text/csv`) or Parquet "
    "(`Accept: application/vnd.apache.parquet`), in pages; every page carries the fingerprint of the whole "
    "answer (`page.of`, header `X-Answer`), so that pages of two answers are not taken for one. An answer "
    "has an ETag: with If-None-Match the same one is not sent again."
)
_KINDS = {"text": "string", "count": "integer", "number": "number", "date": "string"}
_ERRORS = {
    400: "A part of the question is wrong: says which",
    401: "No token, or one that answers nothing",
    403: "The token's role may not ask for this",
    404: "There is nothing of that name, or no such page of the answer",
    406: "None of the kinds of answer is accepted",
    409: "What is asked for is not done yet",
    429: "The token asks more often than it may: wait as Retry-After says",
    501: "This server cannot write Parquet",
    503: "The database does not answer, or takes nothing now",
    507: "The disk of the server is full: a use that cannot be written down is not given",
}


class Contract(Api):
    """Writes the contract of a server's routes; failures are answered by the server itself."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        pass


def serve(server: Flask, resources: Sequence[Resource]) -> None:
    """Serve every resource below `/api`, and the contract itself."""
    routes = flask.Blueprint("api", __name__, url_prefix="/api")
    for one in resources:
        routes.add_url_rule(one.path, one.endpoint, one.view())
    server.register_blueprint(routes)
    # It is no part of what it says, and strangers do not need it: nothing here answers without a grant.
    own = flask.Blueprint("contract", __name__, url_prefix="/api")
    own.add_url_rule("/openapi.json", "openapi", openapi)
    server.register_blueprint(own)
    server.extensions[_KEY] = cache(partial(_written, resources))  # written at the first request


@needs(Permission.SEE_COVERAGE)
def openapi() -> Response:
    """Answer the contract; a token is needed."""
    text = json.dumps(document(current_app), ensure_ascii=False, indent=1) + "\n"
    response = Response(text, content_type=JSON)
    response.set_etag(sha256(text.encode()).hexdigest()[:32])
    return response.make_conditional(request)


def document(server: Flask) -> dict[str, Any]:
    """The contract of a server as one document."""
    return deepcopy(server.extensions[_KEY]())


def _written(resources: Sequence[Resource]) -> dict[str, Any]:
    """Write the contract, by a Flask server that is never run: writing takes longer than starting one."""
    server = Flask(__name__)
    contract = Contract(
        server,
        spec_kwargs={
            "title": "Chhlang",
            "version": VERSION,
            "openapi_version": "3.1.0",
            "info": {"description": ABOUT},
            "servers": [{"url": "/"}],
            "components": {
                "schemas": {"Problem": _PROBLEM, "About": _ABOUT, "Page": _PAGE},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"token": []}],
        },
    )
    routes = Blueprint("api", __name__, url_prefix="/api", description="Read only")
    for one in resources:
        routes.add_url_rule(one.path, one.endpoint, routes.doc(**_operation(one))(one.view()))
    contract.register_blueprint(routes)
    found: dict[str, Any] = contract.spec.to_dict()
    return found


def _operation(one: Resource) -> dict[str, Any]:
    """One resource as the contract says it."""
    return {
        "operationId": one.endpoint,
        "summary": one.summary,
        "description": one.description or one.give.__doc__ or "",
        "parameters": [
            *_parameters(one.question, one.needs, one.left_out),
            *_parameters(Paging, ()),
            *_HEADERS,
        ],
        "responses": {
            "200": {
                "description": "One page of the answer",
                "headers": _ANSWERED,
                "content": {
                    JSON: {"schema": _answer(one)},
                    CSV: {"schema": {"type": "string"}},
                    PARQUET: {"schema": {"type": "string", "format": "binary"}},
                },
            },
            "304": {"description": "The answer is the one that If-None-Match names"},
            **{str(code): _problem(said) for code, said in _ERRORS.items()},
            "default": _problem("Something went wrong: the reference names it in the log of the server"),
        },
    }


def _parameters(
    question: type[Question], needs: Sequence[str], left_out: Sequence[str] = ()
) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needs,
            "description": question.parameter(name).help,
            "schema": _schema(question.parameter(name)),
        }
        for name in question.names()
        if name not in left_out
    ]


def _schema(one: Parameter) -> dict[str, Any]:
    if isinstance(one, OneOf):
        return {"type": "string", "enum": list(one.offered)}
    if isinstance(one, Day):
        return {"type": "string", "format": "date"}
    if isinstance(one, Whole):
        return {"type": "integer", "minimum": one.least, "maximum": one.most}
    return {"type": "string", "maxLength": 200}


def _answer(one: Resource) -> dict[str, Any]:
    columns: list[Column] = list(one.columns)
    if one.figures:
        held = {column.name for column in columns}
        columns += described(name for name in STAMPED if name not in held)
        if area_codes.AREA in held:
            columns += [column for column in area_codes.COLUMNS if column.name not in held]
    row: dict[str, Any] = {
        "type": "object",
        "properties": {column.name: _of_column(column) for column in columns},
        "additionalProperties": one.more or False,
    }
    return {
        "type": "object",
        "required": ["about", "page", "rows"],
        "additionalProperties": False,
        "properties": {
            "about": {"$ref": "#/components/schemas/About"},
            "page": {"$ref": "#/components/schemas/Page"},
            "rows": {"type": "array", "items": row},
        },
    }


def _of_column(column: Column) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": [_KINDS[column.kind], "null"]}
    if column.kind == "date":
        kind["format"] = "date"
    if column.kind == "number":
        kind = {"anyOf": [kind, {"type": "string", "enum": ["infinity", "-infinity"]}]}
    return {**kind, "description": column.meaning}


def _problem(said: str) -> dict[str, Any]:
    return {
        "description": said,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


_TEXT = {"type": "string"}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "required": ["type", "title", "status", "detail", "reference"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, in words"},
        "reference": {"type": "string", "description": "by which the server's log names it"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "detail"],
                "properties": {"parameter": _TEXT, "detail": _TEXT},
            },
        },
    },
}
_ABOUT: dict[str, Any] = {
    "type": "object",
    "required": ["resource", "question", "shown_to", "chhlang", "synthetic", "facts", "notes"],
    "properties": {
        "resource": _TEXT,
        "question": {"type": "object", "additionalProperties": _TEXT},
        "shown_to": {"type": "object", "properties": {"role": _TEXT, "scope": _TEXT}},
        "chhlang": {"type": "string", "description": "version of the server"},
        "data_until": {"type": ["string", "null"], "format": "date"},
        "threshold": {"type": "integer", "description": "fewest people that the token is told of"},
        "synthetic": {"type": "boolean", "description": "whether the data are invented"},
        "facts": {"type": "object", "additionalProperties": True},
        "notes": {"type": "array", "items": _TEXT},
    },
    "additionalProperties": False,
}
_PAGE: dict[str, Any] = {
    "type": "object",
    "required": ["number", "size", "pages", "rows", "of"],
    "properties": {
        "number": {"type": "integer"},
        "size": {"type": "integer"},
        "pages": {"type": "integer"},
        "rows": {"type": "integer", "description": "of all pages"},
        "of": {"type": "string", "description": "fingerprint of the whole answer"},
    },
    "additionalProperties": False,
}
_HEADERS = (
    {
        "name": "Accept-Language",
        "in": "header",
        "description": "language of names and notes: en or km",
        "schema": _TEXT,
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "description": "ETag of the answer that the program holds",
        "schema": _TEXT,
    },
)
_ANSWERED = {
    "ETag": {"description": "fingerprint of this page", "schema": _TEXT},
    "X-Total-Count": {"description": "rows of all pages", "schema": {"type": "integer"}},
    "X-Page-Count": {"description": "pages", "schema": {"type": "integer"}},
    "X-Answer": {"description": "fingerprint of the whole answer", "schema": _TEXT},
}
