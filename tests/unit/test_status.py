"""What a value is, as a truth table."""

from __future__ import annotations

from itertools import product

import pytest

from surveillance.status import SHOWN, Status, status_of

#: numerator, denominator, unknown, not due, records, reported -> status, in words.
TABLE = [
    (3, 5, 0, 0, 5, True, Status.VALUE, "an ordinary proportion"),
    (5, 5, 0, 0, 5, True, Status.VALUE, "everybody"),
    (3, 5, 9, 4, 18, True, Status.VALUE, "what is known is shown beside what is not"),
    (3, 5, 0, 0, 5, False, Status.VALUE, "records are there although no report was noted"),
    (0, 5, 0, 0, 5, True, Status.ZERO, "none of five"),
    (0, 5, 9, 4, 18, True, Status.ZERO, "none of those known and due"),
    (0, 5, 0, 0, 5, False, Status.ZERO, "none of five, no report noted"),
    (0, 0, 0, 4, 4, True, Status.NOT_YET_DUE, "all of them started lately"),
    (0, 0, 2, 4, 6, True, Status.UNKNOWN, "not known goes before not due: those who are due are blank"),
    (0, 0, 0, 4, 4, False, Status.NOT_YET_DUE, "not due, no report noted"),
    (0, 0, 2, 4, 6, False, Status.UNKNOWN, "the same, no report noted"),
    (0, 0, 2, 0, 2, True, Status.UNKNOWN, "every answer is blank"),
    (0, 0, 2, 0, 9, True, Status.UNKNOWN, "some are outside, the rest is blank"),
    (0, 0, 2, 0, 2, False, Status.UNKNOWN, "blank, no report noted"),
    (0, 0, 0, 0, 9, True, Status.NOBODY, "people were seen, none of them in the denominator"),
    (0, 0, 0, 0, 9, False, Status.NOBODY, "a record is as good as a report"),
    (0, 0, 0, 0, 0, True, Status.NOBODY, "a zero report"),
    (0, 0, 0, 0, 0, False, Status.NOT_REPORTED, "silence is no zero"),
]


@pytest.mark.parametrize(
    ("numerator", "denominator", "unknown", "not_due", "records", "reported", "status", "why"), TABLE
)
def test_a_status_follows_from_the_counts(
    numerator, denominator, unknown, not_due, records, reported, status, why
):
    found = status_of(
        numerator=numerator,
        denominator=denominator,
        unknown=unknown,
        records=records,
        not_due=not_due,
        reported=reported,
    )
    assert found is status, why


def test_the_table_holds_every_case_that_the_counts_can_be_in():
    """Each row as signs (zero or not); the signs that cannot occur together are left out."""
    held = {tuple(bool(x) for x in row[:6]) for row in TABLE}
    for case in product((False, True), repeat=6):
        numerator, denominator, unknown, not_due, records, _ = case
        possible = (denominator or not numerator) and (records or not (denominator or unknown or not_due))
        if possible and not denominator:
            assert case in held, case
    assert {(row[0] > 0, row[1] > 0) for row in TABLE} == {(False, False), (False, True), (True, True)}


def test_every_case_has_the_status_that_its_first_true_sentence_gives():
    for numerator, denominator, unknown, not_due, records, reported in product(
        (0, 1, 7), (0, 7), (0, 1, 2), (0, 1, 4), (0, 1, 9), (False, True)
    ):
        found = status_of(
            numerator=min(numerator, denominator),
            denominator=denominator,
            unknown=unknown,
            records=records,
            not_due=not_due,
            reported=reported,
        )
        sentences = [
            (denominator > 0 and numerator > 0, Status.VALUE),
            (denominator > 0, Status.ZERO),
            (unknown > 0, Status.UNKNOWN),
            (not_due > 0, Status.NOT_YET_DUE),
            (records > 0, Status.NOBODY),
            (reported, Status.NOBODY),
            (True, Status.NOT_REPORTED),
        ]
        assert found is next(status for is_so, status in sentences if is_so)


def test_a_status_is_never_hidden_by_its_counts():
    """Hiding is a decision about who asks, not about what was counted."""
    assert Status.HIDDEN not in {row[6] for row in TABLE}


def test_there_are_seven_statuses_and_their_words_are_kept():
    assert {status.name: status.value for status in Status} == {
        "VALUE": "value",
        "ZERO": "zero",
        "NOBODY": "nobody",
        "HIDDEN": "hidden",
        "NOT_REPORTED": "not reported",
        "UNKNOWN": "unknown",
        "NOT_YET_DUE": "not yet due",
    }


def test_only_a_value_and_a_zero_are_proportions():
    assert frozenset({Status.VALUE, Status.ZERO}) == SHOWN
