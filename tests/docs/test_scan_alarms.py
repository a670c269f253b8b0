"""Looks at scans go on where they stopped, are counted once, and say how many of all they are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from docs.scan_alarms import Answer, Kept, Look, Seldom, draw, summary, told

ASKED = {"seed": 1, "apart": 7}
DAY = date(2026, 1, 31)
LOOKS = [Look("measles", "facility:care", DAY + timedelta(days=7 * n)) for n in range(6)]


def answer(*members, planted=False, seconds=30.0):
    return Answer((Seldom(frozenset(members), planted),) if members else (), 999, seconds)


def test_a_run_that_was_stopped_goes_on_and_asks_nothing_twice(tmp_path):
    path, asked, said = tmp_path / "looks.jsonl", [], []

    def ask(look):
        asked.append(look)
        return answer("F1")

    draw(LOOKS, Kept(path, ASKED), 1.0, ask, said.append)
    assert asked == LOOKS[:2] and "stopped after 1.0 minutes" in said[-1]
    assert "1 of 6" in said[0] and "about 2 minutes" in said[0]
    with path.open("ab") as file:
        file.write(b'{"disease": "meas')  # killed while it wrote
    again = Kept(path, ASKED)
    draw(LOOKS, again, None, ask, said.append)
    assert asked == LOOKS and sorted(again.answers) == LOOKS
    assert Kept(path, ASKED).answers == again.answers
    with pytest.raises(SystemExit, match="name another file"):
        Kept(path, ASKED | {"seed": 2})


def test_a_cluster_that_goes_on_is_one_alert_and_false_ones_are_counted_by_the_month():
    """Told on day 0, not on days 7 to 28, again on day 35; worked by hand."""
    answers = {look: answer("F1", "F2") for look in LOOKS}
    assert [len(found) for found in told(answers).values()] == [1, 0, 0, 0, 0, 1]
    answers[LOOKS[1]] = answer("F9", planted=True)
    more = [Look("dengue", "facility:care", look.day) for look in LOOKS]
    *_, last = summary(answers, LOOKS + more, 7)
    # Two questions are asked 60 / 7 times a month; a third of the looks brought a false alert.
    assert last.startswith("6 of 12 scans drawn, of 1 of 2 questions (3.0 minutes")
    assert "3 alerts, 2 false, 2.86 a month" in last
    monthly = [Look("tb", "facility:care", DAY), Look("tb", "facility:care", DAY.replace(month=3))]
    *_, last = summary({monthly[0]: answer("F1"), monthly[1]: answer()}, monthly, 7)
    assert "1 alerts, 1 false, 0.50 a month" in last, "of slow diseases a look is a month"
