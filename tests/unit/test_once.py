"""A value that is made once for each object, by several people's questions at the same time."""

from __future__ import annotations

import threading

from dashboard.services.once import Once


class Question:
    """Waits in its answer for the other question to be in its own."""

    def __init__(self, meeting: threading.Barrier) -> None:
        self.meeting, self.made = meeting, 0

    @Once
    def answer(self) -> int:
        """Met."""
        self.made += 1
        return self.meeting.wait(10) * 0 + 42


def test_two_questions_are_answered_at_the_same_time_and_each_once():
    meeting = threading.Barrier(2)
    questions = [Question(meeting), Question(meeting)]
    found: list[int] = []
    threads = [threading.Thread(target=lambda q=q: found.append(q.answer)) for q in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [42, 42]
    assert [question.answer for question in questions] == [42, 42]
    assert [question.made for question in questions] == [1, 1]
    assert Question.answer.__doc__ == "Met."
