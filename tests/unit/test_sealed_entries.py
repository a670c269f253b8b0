"""Envelopes of a desk: what opens, what is refused in words, and that nothing else comes of a hostile one."""

from __future__ import annotations

import base64
import json
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.services.reception import sealed
from surveillance.errors import UsageError
from tests.support.examples import examples

SECRET = "a secret of the tests that is long and was never printed"
PAIR = sealed.KeyPair(SECRET)
PAIRS = {PAIR.name: PAIR}
DEVICE = "0123456789ab"
IDENTIFIER = "5" * 32


def entry(**more):
    return {"id": IDENTIFIER, "kind": "arrival", "fields": {"sex": "female", "age_years": 24}} | more


def seal(content=None, pair=PAIR, device=DEVICE):
    text = json.dumps(entry() if content is None else content).encode()
    return sealed.seal(IDENTIFIER, text, device, pair, secrets.token_bytes(12))


def read(envelope):
    (found,) = sealed.read(json.dumps([envelope]))
    return found


def refused(envelope):
    """What is said of an envelope that is not taken."""
    found = read(envelope)
    if isinstance(found, tuple):
        return str(found[1])
    with pytest.raises(UsageError) as error:
        sealed.opened(found, PAIRS)
    return str(error.value)


def changed(envelope, part, place=0):
    """The same envelope with one bit of a part turned."""
    content = bytearray(base64.b64decode(envelope[part]))
    content[place] ^= 1
    return envelope | {part: base64.b64encode(content).decode()}


def test_what_a_desk_seals_is_opened():
    assert sealed.opened(read(seal()), PAIRS) == entry()


def test_the_same_secret_gives_the_same_key_and_another_one_another():
    assert sealed.KeyPair(SECRET).public == PAIR.public
    assert sealed.KeyPair(SECRET + "!").name != PAIR.name


def test_two_seals_of_one_entry_share_nothing_and_tell_no_length():
    short, long = seal(), seal(entry(fields={"sex": "female", "symptoms": ["cough", "fever", "rash"]}))
    assert len({short["c"], seal()["c"]}) == len({short["e"], seal()["e"]}) == 2
    assert len(short["c"]) == len(long["c"])


@pytest.mark.parametrize("part", ["n", "c"])
@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_changed_envelope_does_not_open(part, place):
    assert "damaged" in refused(changed(seal(), part, place))


def test_an_envelope_of_another_device_or_entry_does_not_open():
    assert "damaged" in refused(seal() | {"d": "b" * 12})
    assert "damaged" in refused(seal() | {"u": "6" * 32})


def test_a_point_beside_the_curve_is_refused():
    assert "damaged" in refused(changed(seal(), "e", 40))
    nothing = base64.b64encode(b"\4" + bytes(64)).decode()
    assert "damaged" in refused(seal() | {"e": nothing})


def test_an_envelope_to_another_key_says_what_to_do():
    other = sealed.KeyPair("the secret before this one, as long as it is")
    said = refused(seal(pair=other))
    assert "CHHLANG_PREVIOUS_KEY" in said
    assert sealed.opened(read(seal(pair=other)), PAIRS | {other.name: other}) == entry()


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        entry(id="6" * 32),
        entry(deep={"a": {"b": {"c": {"d": {"e": 1}}}}}),
        entry(wide=list(range(500))),
        entry(text="\0"),
        entry(text="\ud800"),
        entry(number=2**70),
        entry(number=float("nan")),
        entry(number=float("inf")),
    ],
)
def test_what_is_no_entry_is_refused(content):
    assert "is no entry" in refused(seal(content))


@pytest.mark.parametrize(
    "envelope",
    [
        None,
        7,
        [],
        {},
        {"u": IDENTIFIER},
        seal() | {"x": ""},
        seal() | {"u": "B-17"},
        seal() | {"u": 5},
        seal() | {"k": "../../etc"},
        seal() | {"d": None},
        seal() | {"e": "===="},
        seal() | {"e": "é"},
        seal() | {"n": ""},
        seal() | {"c": base64.b64encode(b"x" * 16).decode()},
        seal() | {"c": ["x"]},
    ],
)
def test_what_is_not_sealed_as_asked_is_refused(envelope):
    assert "not sealed as this server asks" in refused(envelope)


def test_what_is_too_large_is_refused():
    assert "larger" in refused(seal() | {"c": base64.b64encode(bytes(sealed.LARGEST + 4)).decode()})
    with pytest.raises(UsageError, match="at most 200"):
        sealed.read(json.dumps([seal()] * 201))


@pytest.mark.parametrize("text", ["", "{}", "7", "null", "[", "[" * 100_000, "\0", '{"u": 1}', "NaN"])
def test_what_is_no_list_is_refused(text):
    with pytest.raises(UsageError, match="cannot be read"):
        sealed.read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("udkencx"), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=examples(300))
def test_whatever_comes_is_opened_or_refused_in_words(value):
    try:
        listed = sealed.read(json.dumps(value))
    except UsageError:
        return
    for one in listed:
        if not isinstance(one, tuple):
            with pytest.raises(UsageError):
                sealed.opened(one, PAIRS)
