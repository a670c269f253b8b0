"""Bodies that no browser posts: whoever is signed in gets 400 for them, and never a failure."""

from __future__ import annotations

import copy
import json

import pytest
from dash import Dash, Input, Output, State, html
from flask import Flask

from dashboard.web.callback_shape import ROUTE, guard_callbacks
from tests.support.web import callback_body, signed_in

HOSTILE = ([], None, "x", 5, {}, [5], [[]], [{}], [None], {"id": "url"}, True, -1.5)
OUTPUT = ("nope.children", "clicked.data", "....", "..", "", "x", ["a"], {"a": 1}, None, 5)
VALUES = (
    "x",
    5,
    None,
    [1],
    {"a": {}},
    float("nan"),
    "?" + "a" * 100_000,
    "?disease=tb%00",
    "?area=\ud800",
    True,
)
RAW = {
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "not closed": b'{"a":',
    "no text": b"\xff\xfe",
    "nothing": b"",
    "a long number": b'{"output":' + b"9" * 6_000 + b"}",
    "not a number": b"NaN",
    "null": b"null",
}


@pytest.fixture(scope="module")
def client(shared_server):
    """Somebody signed in."""
    return signed_in(shared_server, "viewer")


@pytest.fixture(scope="module")
def body(client):
    """What a browser would post."""
    return callback_body(client, "?disease=tb")


def post(client, body):
    return client.post(ROUTE, json=body)


def test_what_a_browser_posts_is_answered(client, body):
    answer = post(client, body)
    assert answer.status_code == 200
    assert answer.get_json()["response"]["title"]["children"].startswith("Tuberculosis")


@pytest.mark.parametrize("forged", HOSTILE, ids=repr)
def test_a_body_that_is_none(client, forged):
    assert post(client, forged).status_code in (400, 415)


@pytest.mark.parametrize("name", ["inputs", "state", "outputs", "changedPropIds"])
@pytest.mark.parametrize("forged", HOSTILE, ids=repr)
def test_a_part_of_another_kind(client, body, name, forged):
    if (name, forged) in (("changedPropIds", []), ("state", [])):
        return  # the first call of a page; the page's callback has no state
    assert post(client, body | {name: forged}).status_code == 400


@pytest.mark.parametrize("name", ["output", "inputs", "outputs"])
def test_a_part_that_is_missing(client, body, name):
    assert post(client, {key: value for key, value in body.items() if key != name}).status_code == 400


@pytest.mark.parametrize("output", OUTPUT, ids=repr)
def test_a_callback_that_is_none_or_runs_in_the_browser(client, body, output):
    assert post(client, body | {"output": output}).status_code == 400


@pytest.mark.parametrize("name", ["inputs", "outputs"])
def test_parts_of_another_callback_too_many_too_few_or_nested(client, body, name):
    whole = body[name]
    for forged in (whole * 2, whole[:-1], [whole], [{"id": "x", "property": "y"}] * len(whole),
                   [{**part, "id": {"a": 1}} for part in whole]):  # fmt: skip
        assert post(client, body | {name: forged}).status_code == 400


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_any_value_of_an_input_is_answered_by_the_page(client, body, value):
    forged = copy.deepcopy(body)
    forged["inputs"][0]["value"] = value
    assert post(client, forged).status_code == 200


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"], ids=ascii)
@pytest.mark.parametrize("name", ["disease", "by", "from", "age", "area", "x"])
def test_half_of_a_letter_is_no_text_wherever_it_stands(client, body, name, half):
    """JSON can write it (`\\ud800`), and it was answered 500."""
    forged = copy.deepcopy(body)
    forged["inputs"][0]["value"] = f"?disease=tb&{name}={half}"
    assert post(client, forged).status_code == 200


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
def test_bytes_that_are_no_body(client, raw):
    assert client.post(ROUTE, data=raw, content_type="application/json").status_code == 400


def test_a_value_nested_deeper_than_can_be_read(client, body):
    text = json.dumps(body).replace('"?disease=tb"', "[" * 50_000 + "]" * 50_000)
    assert client.post(ROUTE, data=text, content_type="application/json").status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type(client, body, kind):
    assert client.post(ROUTE, data=json.dumps(body), content_type=kind).status_code == 415


@pytest.fixture
def another():
    """A page with other kinds of callbacks, some of them registered after the guard."""
    app = Dash("another", server=Flask("another"), suppress_callback_exceptions=True)
    app.layout = html.Div([html.Div(id=name) for name in "abcd"])
    app.callback(Output("b", "children"), Input("a", "n_clicks"), State("d", "title"))(lambda n, s: f"{n}{s}")
    guard_callbacks(app)
    app.callback([Output("c", "children")], [Input("a", "n_clicks")])(lambda n: [n])
    app.callback(Input("d", "n_clicks"))(lambda _n: None)
    return app.server.test_client()


CLICKED = {"id": "a", "property": "n_clicks", "value": 2}
TITLE = {"id": "d", "property": "title", "value": "x"}
ONE = {"id": "b", "property": "children"}
WITH_STATE = {
    "output": "b.children", "outputs": ONE, "inputs": [CLICKED], "state": [TITLE],
    "changedPropIds": ["a.n_clicks"],
}  # fmt: skip


@pytest.mark.parametrize(
    "forged",
    [*HOSTILE, [TITLE] * 2, [[TITLE]], [{"id": "x", "property": "y"}], [{**TITLE, "id": {"a": 1}}]],
    ids=repr,
)
def test_a_state_of_another_kind_or_of_another_callback(another, forged):
    assert post(another, WITH_STATE | {"state": forged}).status_code == 400


def test_a_state_that_is_missing(another):
    body = {key: value for key, value in WITH_STATE.items() if key != "state"}
    assert post(another, body).status_code == 400


def test_callbacks_with_one_output_a_list_of_one_or_none_pass_too(another):
    clicked, one = CLICKED, ONE
    listed = another.get("/_dash-dependencies").get_json()
    silent = next(item["output"] for item in listed if item["no_output"])
    good = [
        WITH_STATE,
        {"output": "..c.children..", "outputs": [one | {"id": "c"}], "inputs": [clicked]},
        {"output": silent, "outputs": [], "inputs": [clicked | {"id": "d"}]},
    ]
    for body in good:
        answer = post(another, body | {"changedPropIds": ["a.n_clicks"]})
        assert answer.status_code in (200, 204), body
    for body in (good[0] | {"outputs": [one]}, good[0] | {"state": []}, good[1] | {"outputs": one}):
        assert post(another, body).status_code == 400
