"""What the pages show in Khmer is read from files in Khmer, too."""

from __future__ import annotations

import re

import pytest

from dashboard.messages import translator
from surveillance import vocabulary as v
from surveillance.khmer_words import KHMER
from surveillance.line_list import BY_NAME

CODED = {name: field.values for name, field in BY_NAME.items() if field.values}
SHOWN = [(name, value) for name, values in CODED.items() for value in values]
#: Its word also says that nothing is known: `គ្មាន`.
NOT_READ = {("movement", "none")}


@pytest.mark.parametrize(("field", "value"), SHOWN, ids=lambda one: getattr(one, "code", one))
def test_a_value_is_read_by_the_name_it_is_shown_under(field, value):
    shown = translator("km")(value.name)
    if shown == value.name:  # not shown anywhere, or the same in both languages
        assert v.lookup(CODED[field])[v.normalise(shown)] == value.code
    elif (field, value.code) in NOT_READ:
        assert v.normalise(shown) not in v.lookup(CODED[field])
    else:
        assert v.lookup(CODED[field])[v.normalise(shown)] == value.code


def test_every_word_is_of_a_value_and_in_khmer():
    names = {value.name for values in CODED.values() for value in values}
    assert set(KHMER) <= names
    for spellings in KHMER.values():
        assert len(set(spellings)) == len(spellings)
        assert all(re.search("[\u1780-\u17ff]", spelling) for spelling in spellings)


def test_the_word_for_disease_may_stand_before_a_disease_alone():
    diseases = v.lookup(CODED["disease"])
    assert diseases["ជំងឺរបេង"] == diseases["របេង"] == "tb"
    assert "ជំងឺស្រី" not in v.lookup(CODED["sex"])
