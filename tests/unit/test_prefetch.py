"""The next of several things is computed while the one before is used."""

from __future__ import annotations

import threading

import pytest

from db.columns.prefetch import prefetch, run_in_background


def test_everything_comes_in_order_and_once():
    assert list(prefetch(lambda number: number * number, range(5))) == [0, 1, 4, 9, 16]
    assert list(prefetch(str, [])) == []


def test_the_next_is_begun_while_the_one_before_is_used():
    begun = [threading.Event() for _ in range(3)]

    def work(number):
        begun[number].set()
        return number

    for number in prefetch(work, range(3)):
        if number < 2:
            assert begun[number + 1].wait(5)


def test_tasks_are_taken_where_they_are_asked_for_and_worked_on_elsewhere():
    taken, worked = set(), set()

    def tasks():
        for number in range(3):
            taken.add(threading.get_ident())
            yield number

    list(prefetch(lambda _: worked.add(threading.get_ident()), tasks()))
    assert taken == {threading.get_ident()}
    assert len(worked) == 1
    assert taken.isdisjoint(worked)


def test_what_goes_wrong_is_told_and_leaves_no_thread():
    def work(number):
        if number == 1:
            raise ValueError("no second one")
        return number

    before, found = threading.active_count(), []
    with pytest.raises(ValueError, match="no second one"):
        found.extend(prefetch(work, range(4)))
    assert threading.active_count() == before
    given = prefetch(work, [0, 2, 3])
    assert next(given) == 0
    given.close()
    assert threading.active_count() == before


def test_work_is_done_beside_what_is_done_within():
    done, within = [], threading.Event()

    def work(number):
        within.wait(5)
        done.append(number)

    with run_in_background(work, iter(range(4)), lambda: True) as wait:
        assert done == []
        within.set()
        wait()
        assert done == [0, 1, 2, 3]


@pytest.mark.parametrize("bound", range(6))
def test_tasks_that_are_bound_are_taken_before_what_is_done_within(bound):
    here, taken, done = threading.get_ident(), [], []

    def tasks():
        for number in range(4):
            taken.append(threading.get_ident() == here)
            yield number

    with run_in_background(done.append, tasks(), lambda: len(taken) >= bound) as wait:
        assert taken[:bound] == [True] * min(bound, 4)
        wait()
    assert done == [0, 1, 2, 3]
    assert taken[bound:] == [False] * (4 - bound)


@pytest.mark.parametrize("bound", range(5))
@pytest.mark.parametrize("wrong", range(4))
def test_what_goes_wrong_beside_is_told_at_the_latest_when_it_is_waited_for(bound, wrong):
    before, begun = threading.active_count(), []

    def work(number):
        begun.append(number)
        if number == wrong:
            raise ValueError("no such number")

    tasks = iter(range(4))
    with (
        pytest.raises(ValueError, match="no such number"),
        run_in_background(work, tasks, lambda: len(begun) >= bound) as wait,
    ):
        wait()
    assert wrong in begun
    assert threading.active_count() == before


def test_what_goes_wrong_within_leaves_no_thread():
    before, done = threading.active_count(), []
    with pytest.raises(KeyError), run_in_background(done.append, iter(range(3)), lambda: True):
        raise KeyError("within")
    assert threading.active_count() == before
