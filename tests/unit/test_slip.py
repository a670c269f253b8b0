"""The code on a slip: what its check character finds, and how people type it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import UsageError
from surveillance.reception import slip
from tests.support.examples import examples

bodies = st.text(slip.LETTERS, min_size=slip.LENGTH - 1, max_size=slip.LENGTH - 1)


def test_every_single_wrong_letter_is_found_for_good():
    """A change of one letter by d moves the check by weight times d, which is never nothing."""
    for place, weight in enumerate(slip._WEIGHTS):
        moved = {slip._times(weight, change) for change in range(1, 32)}
        assert len(moved) == 31 and 0 not in moved, place


def test_every_swap_of_two_letters_is_found_for_good():
    """A swap of letters that differ by d moves the check by the difference of their weights times d."""
    weights = [*slip._WEIGHTS, 1]
    for one, other in itertools.combinations(weights, 2):
        assert all(slip._times(one ^ other, change) for change in range(1, 32))


def test_multiplication_is_that_of_a_field_so_the_proofs_hold_for_every_code():
    for one, other, third in itertools.product(range(32), range(32), (1, 7, 19, 31)):
        assert slip._times(one, other) == slip._times(other, one)
        assert slip._times(one ^ third, other) == slip._times(one, other) ^ slip._times(third, other)
        assert (slip._times(one, other) == 0) == (one == 0 or other == 0)


@given(bodies)
@settings(max_examples=examples(30))
def test_wrong_letters_and_swaps_of_real_codes(body):
    code = body + slip.check_letter(body)
    assert slip.is_code(code)
    for place, letter in itertools.product(range(slip.LENGTH), slip.LETTERS):
        if letter != code[place]:
            assert not slip.is_code(code[:place] + letter + code[place + 1 :])
    for one, other in itertools.combinations(range(slip.LENGTH), 2):
        letters = list(code)
        letters[one], letters[other] = letters[other], letters[one]
        assert slip.is_code("".join(letters)) == (code[one] == code[other])


@given(bodies)
@settings(max_examples=examples(30))
def test_a_code_is_read_however_it_is_typed(body):
    code = body + slip.check_letter(body)
    khmer = code.translate({ord(str(number)): chr(0x17E0 + number) for number in range(10)})
    fields = ["".join(chr(ord(sign) + 0xFEE0) for sign in code), khmer, code.lower(), slip.written(code)]
    fields += [" ".join(code), "-".join(code), f"\u200b{code[:2]}\u200b{code[2:]} \n"]
    assert {slip.read(typed) for typed in fields} == {code}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "type the code"),
        ("   ", "type the code"),
        ("7K4 M20", "no 0, O, 1 or I"),
        ("7K4 M2O", "no 0, O, 1 or I"),
        ("៧K៤ M២១", "no 0, O, 1 or I"),
        ("7K4 M2", "six letters"),
        ("7K4 M2U 7K4 M2U", "six letters"),
        ("7K4 M2ក", "only the letters"),
        ("<b>7K4</b>", "only the letters"),
        ("7K4 M2F", "wrong or two are swapped"),
        ("K74 M2U", "wrong or two are swapped"),
    ],
)
def test_what_is_no_code_is_said_without_repeating_it(typed, says):
    with pytest.raises(UsageError) as caught:
        slip.read(typed)
    assert says in str(caught.value)
    assert not typed.strip() or typed not in str(caught.value)


def test_a_code_names_no_disease():
    answers = iter([slip.LETTERS.index(letter) for letter in "7ART2" + "7K4M2"])
    assert slip.draw(lambda most: next(answers)) == "7K4M2U"


def test_codes_are_drawn_from_all_letters_and_rarely_meet():
    drawn = {slip.draw() for _ in range(2_000)}
    assert len(drawn) > 1_990
    assert {letter for code in drawn for letter in code} == set(slip.LETTERS)
    assert all(slip.is_code(code) for code in drawn)
    assert not any(word in code for code in drawn for word in slip.WORDS)
