"""A scope as text, as SQL, and against another; every disease has a programme."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.core.scope import Scope
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES, PROGRAMME_OF, PROGRAMMES, diseases_of
from surveillance.errors import NotPermittedError

_CODES = st.frozensets(st.text("abc:% ក,", min_size=1, max_size=6), max_size=3)
SCOPES = st.builds(
    Scope.made,
    st.none() | st.frozensets(st.sampled_from([*PROVINCES]), max_size=4),
    _CODES,
    _CODES,
    _CODES,
    st.none() | st.frozensets(st.sampled_from([*PROGRAMMES])),
)


@given(SCOPES)
def test_a_scope_is_read_as_it_was_written(scope):
    assert Scope.read(scope.text) == scope


@pytest.mark.parametrize("text", [None, "", "KH01", "KH01 KH02"])
def test_what_was_stored_before_means_the_same(text):
    found = Scope.read(text)
    assert found == (Scope.everything() if text is None else Scope.of(*text.split()))
    assert found.text == text
    assert all(map(found.covers, DISEASES))


@pytest.mark.parametrize("text", ["all KH01", "all facility:x", "nonsense:x", "all nonsense:x programme:"])
def test_what_cannot_be_understood_covers_no_more_than_it_says(text):
    found = Scope.read(text)
    assert not found.national or found.diseases == frozenset()


@given(SCOPES, SCOPES)
def test_one_scope_includes_another_exactly_where_each_part_does(one, other):
    def parts(scope):
        kinds = {"province": scope.provinces, "programme": scope.programmes}
        narrow = {"d": scope.districts, "f": scope.facilities, "c": scope.crossings}
        return kinds, narrow

    (whole, narrow), (theirs, their_narrow) = parts(one), parts(other)
    each = [
        whole[kind] is None or (theirs[kind] is not None and theirs[kind] <= whole[kind]) for kind in whole
    ]
    each += [one.national or their_narrow[kind] <= narrow[kind] for kind in narrow]
    assert one.includes(other) is all(each)


def test_every_disease_is_of_one_programme_and_every_programme_has_one():
    assert set(PROGRAMME_OF) == set(DISEASES)
    assert set(PROGRAMME_OF.values()) == set(PROGRAMMES)
    assert diseases_of(PROGRAMMES) == set(DISEASES)
    assert diseases_of(["nchads"]) == {"hiv", "syphilis"}


def test_a_disease_of_another_programme_is_refused():
    scope = Scope.made(programmes=["cnm"])
    scope.check("malaria")
    with pytest.raises(NotPermittedError, match="programme"):
        scope.check("tb")
