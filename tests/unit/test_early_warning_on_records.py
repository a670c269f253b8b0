"""`early-warning` on the records: its counts, who may see them, days off, outbreaks left out, silences."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from dashboard.permissions import Grant
from dashboard.services.early_warning.judge import LeftOut, RecordsQuestion, _offset, judge
from dashboard.services.early_warning.read import Daily
from dashboard.services.own_files.early_warning import Question
from db.core.scope import Scope
from surveillance.early_warning.ears import ears
from surveillance.early_warning.exposure import exposure
from surveillance.early_warning.in_parts import ears_in_parts, kinds_of_day
from surveillance.early_warning.series import Series
from surveillance.errors import NotPermittedError, StatisticsError, UsageError
from tests.support import outbreaks

EARS = Question("ears-c1")


def grant(*provinces, role="epidemiologist"):
    scope = Scope.of(*provinces) if provinces else Scope.everything()
    return Grant("who@health.example", role, scope)


def weekly(*facilities):
    """Positive cases of some facilities by Monday, from the rows themselves."""
    found = Counter()
    for row in outbreaks.rows():
        day = date.fromisoformat(row["date_visit"])
        if row["facility_id"] in facilities and row["positive"] == "yes":
            found[day - timedelta(days=day.weekday())] += 1
    return found


def counts_of(answer, place):
    return {row["date"]: row["count"] for row in answer.rows if row["place"] == place}


@pytest.mark.sql
def test_counts_are_those_of_the_records_for_each_kind_of_place(filled):
    for by, place, names in (
        ("facility", "F2", ["F2"]),
        ("province", "KH01", [f"F{n}" for n in range(10)]),
        ("district", "KH02 no district", [f"F{n}" for n in range(10, 20)]),
    ):
        answer = judge(filled, grant(), RecordsQuestion("measles", by, EARS))
        told, expected = counts_of(answer, place), weekly(*names)
        assert len(told) > 10, by
        assert told == {day: expected[date.fromisoformat(day)] for day in told}, by
    country = judge(filled, grant(), RecordsQuestion("measles", "country", EARS))
    alarms = {row["date"] for row in country.rows if row["alarm"]}
    assert "2025-04-07" in alarms


@pytest.mark.sql
def test_a_scope_and_a_role_bound_what_is_counted(filled):
    own = judge(filled, grant("KH02"), RecordsQuestion("measles", "facility", EARS))
    assert {row["place"] for row in own.rows} <= {f"F{n}" for n in range(10, 20)}
    question = RecordsQuestion("measles", "facility", EARS)
    for role in ("viewer", "partner"):
        with pytest.raises(NotPermittedError):
            judge(filled, grant(role=role), question)
    for by in ("district", "facility", "crossing"):
        with pytest.raises(NotPermittedError):
            judge(filled, grant(), RecordsQuestion("hiv", by, EARS))


def test_a_known_outbreak_is_no_history(filled):
    asked = RecordsQuestion("measles", "country", EARS)
    left = (LeftOut(outbreaks.OUTBREAK_FIRST, outbreaks.OUTBREAK_LAST),)
    before = {row["date"]: row for row in judge(filled, grant(), asked).rows}
    answer = judge(filled, grant(), RecordsQuestion("measles", "country", EARS, left_out=left))
    after = {row["date"]: row for row in answer.rows}
    assert set(before) - set(after) == {"2025-04-07", "2025-04-14"}
    assert after["2025-04-21"]["upper"] < before["2025-04-21"]["upper"]
    assert any("2 steps are left out" in text for text in answer.said)


def test_what_cannot_be_judged_is_refused_in_words(filled):
    with pytest.raises(StatisticsError, match="too few"):
        judge(filled, grant(), RecordsQuestion("measles", "facility", EARS, fewest=10_000))
    with pytest.raises(StatisticsError, match="5 years"):
        judge(filled, grant(), RecordsQuestion("measles", "country", Question("farrington")))
    with pytest.raises(UsageError, match="only ears"):
        judge(filled, grant(), RecordsQuestion("measles", "country", Question("glm-mean"), step="day"))
    with pytest.raises(UsageError, match="no facility"):
        judge(filled, grant(), RecordsQuestion("measles", "facility", EARS, place="F99"))


def test_the_command_answers_as_the_service(filled, cli):
    options = ("--disease", "measles", "--by", "province", "--method", "ears-c1", "--format", "json")
    done = cli("early-warning", *options)
    assert done.code == 0, done.stderr
    assert (
        json.loads(done.stdout) == judge(filled, grant(), RecordsQuestion("measles", "province", EARS)).rows
    )
    for more, said in (
        (("--counts", "a.csv"), "either"),
        (("--leave-out", "yesterday"), "2025-04-07..2025-04-20"),
        (("--silence-offset",), "farrington"),
        (("--dates", "day-first"), "--counts"),
    ):
        refused = cli("early-warning", *options, *more)
        assert refused.code == 2 and said in refused.stderr, more
    assert (
        "one of"
        in cli("early-warning", "--disease", "plague", "--by", "country", "--method", "ears-c1").stderr
    )


def test_days_are_judged_by_their_kind(filled):
    answer = judge(filled, grant(), RecordsQuestion("measles", "country", EARS, step="day"))
    assert not any("not allowed for" in text for text in answer.said)
    assert {date.fromisoformat(row["date"]).weekday() for row in answer.rows} == set(range(7))


def test_parts_equal_series_of_their_own():
    draw = np.random.default_rng(3)
    counts = draw.poisson(6, 120).astype(float)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(120)]
    kinds = kinds_of_day(days, {date(2026, 1, 7), date(2026, 3, 9)})
    kinds[40:44] = -1
    for method in ("C1", "C2", "C3"):
        found = ears_in_parts(Series(counts), kinds, method, first=30, last=110)
        for part in (0, 1):
            own = np.flatnonzero(kinds == part)
            alone = ears(Series(counts[own]), method)
            for step, upper in zip(own[alone.at], alone.upper, strict=True):
                if 30 <= step <= 110:
                    assert found.upper[found.at == step] == pytest.approx(upper)
        assert not set(range(40, 44)) & set(found.at.tolist())


def test_a_share_is_what_the_facilities_usually_send():
    draw = np.random.default_rng(5)
    counts = draw.poisson([20, 2, 0.2], (60, 3)).astype(float)
    sent = draw.random((60, 3)) > 0.2
    counts[~sent] = 0
    usual = [sum(counts[t, f] for t in range(40) if sent[t, f]) / sent[:40, f].sum() for f in range(3)]
    by_hand = [sum(u for f, u in enumerate(usual) if sent[t, f]) / sum(usual) for t in range(60)]
    assert exposure(counts, sent, 40) == pytest.approx(by_hand)
    assert exposure(np.zeros((4, 2)), np.zeros((4, 2), bool)).tolist() == [1] * 4


def test_a_silent_facility_takes_its_usual_share_out_of_its_place():
    monday, weeks = date(2026, 1, 5), 10
    cases = {
        name: {monday + timedelta(weeks=n): size for n in range(9)} for name, size in (("A", 9), ("B", 1))
    }
    sent = {"A": {monday + timedelta(weeks=n) for n in range(9)}}
    sent["B"] = {*sent["A"], monday + timedelta(weeks=9)}
    held = Daily({}, cases, {"A": "D", "B": "D", "C": "E"}, sent)
    steps = [monday + timedelta(weeks=n) for n in range(weeks)]
    assert _offset(held, "D", steps, steps[8].isoformat()).tolist() == pytest.approx([1] * 9 + [0.1])
    assert _offset(held, "E", steps, None).tolist() == [1] * 10


def test_min_sigma_is_taken(tmp_path, cli):
    path = tmp_path / "a.csv"
    rows = [f"{n},{4 if n < 20 else 6}" for n in range(1, 21)]
    path.write_text("date,count\n" + "\n".join(rows), encoding="utf-8")
    asked = ("early-warning", "--counts", path, "--method", "ears-c1", "--from", 20, "--format", "json")
    assert json.loads(cli(*asked).stdout)[0]["alarm"] is True
    assert json.loads(cli(*asked, "--min-sigma", 1).stdout)[0]["alarm"] is False
