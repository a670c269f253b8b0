"""`forecast` on own counts and on the records: what it answers, says beside it, and refuses."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from dashboard.permissions import Grant
from dashboard.services.early_warning import read
from dashboard.services.early_warning.foretell import RecordsQuestion, _series, _steps, foretell
from dashboard.services.own_files.counts import read_counts
from dashboard.services.own_files.forecast import Question, Ways
from dashboard.services.own_files.forecast import foretell as on_file
from db.core.scope import Scope
from surveillance.errors import NotPermittedError, StatisticsError, UsageError
from surveillance.forecast.fit import fit
from surveillance.forecast.model import Model
from surveillance.forecast.panel import Panel
from surveillance.forecast.predict import forecast
from surveillance.forecast.weights import orders
from tests.support.command_line import CommandLine

BEGUN = date(2023, 1, 2)
PLACES = ("A", "B", "C")


def counts(weeks=120, seed=5):
    """Weekly counts of three places with a season."""
    random = np.random.default_rng(seed)
    y = np.zeros((weeks, 3))
    for t in range(weeks):
        last = y[t - 1] if t else np.full(3, 4.0)
        season = np.exp(0.6 * np.sin(2 * np.pi * t / 52.2))
        y[t] = random.poisson(np.array([4, 2, 1]) * season + 0.4 * last)
    return y


def written(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def sheet(path, y):
    days = [(BEGUN + timedelta(weeks=n)).isoformat() for n in range(len(y))]
    rows = [(day, place, int(count)) for day, row in zip(days, y, strict=True)
            for place, count in zip(PLACES, row, strict=True) if not np.isnan(count)]  # fmt: skip
    return written(path, ("date", "place", "count"), *rows)


@pytest.fixture
def command(tmp_path):
    """`app.py forecast` without a key; fails if a database appears where one is named."""
    never = tmp_path / "nowhere" / "never.db"
    line = CommandLine(f"sqlite:///{never}")
    yield lambda *arguments: line("forecast", *arguments, env={"CHHLANG_SECRET_KEY": None})
    assert not never.parent.exists()


def test_the_command_answers_what_the_model_says(command, tmp_path):
    y = counts()
    path = sheet(tmp_path / "counts.csv", y)
    near = written(tmp_path / "near.csv", ("place", "neighbour"), ("A", "B"), ("B", "C"))
    done = command("--counts", path, "--neighbours", near, "--ahead", 2, "--threshold", 9, "--draws", 200,
                   "--format", "json")  # fmt: skip
    assert done.code == 0, done.stderr
    rows = json.loads(done.stdout)
    panel = Panel(y, 365.25 / 7, phase=1 / 7)
    model = Model(waves=1, trend=False, by_area=True, own_waves=1, order=orders([(0, 1), (1, 2)], 3))
    told = forecast(fit(panel, model), panel, 2, draws=200)
    assert [(row["place"], row["date"]) for row in rows[:2]] == [("A", "2025-04-21"), ("A", "2025-04-28")]
    assert [row["expected"] for row in rows] == pytest.approx(told.expected().T.ravel())
    assert [row["above"] for row in rows] == pytest.approx(told.above(9).T.ravel())
    assert [row["upper"] for row in rows] == told.interval(0.95)[1].T.ravel().astype(int).tolist()
    assert "from other places' last counts" in done.stderr and "too low" in done.stderr


def test_scores_stand_beside_naive_forecasts(command, tmp_path):
    path = sheet(tmp_path / "counts.csv", counts(130))
    done = command("--counts", path, "--scores", 3, "--ahead", 1, "--draws", 100, "--format", "json")
    assert done.code == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["method"] for row in rows] == [
        "this model", "last value", "seasonal mean", "same season of earlier years",
    ]  # fmt: skip
    assert all(row["counts"] == 9 and row["crps"] > 0 for row in rows)
    assert rows[-1]["log_score"] is None and rows[0]["log_score"] > 0


def test_what_is_not_known_is_no_zero_and_what_is_left_out_is_said(tmp_path):
    y = counts(60)
    y[30, 1] = y[-1, 2] = np.nan
    y[:, 0] = 0
    answer = on_file(read_counts(sheet(tmp_path / "a.csv", y)), Question(draws=100, waves=0))
    assert {row["place"] for row in answer.rows} == {"B", "C"}
    assert any("not foretold: A" in text for text in answer.said)
    assert any("2 counts are not known" in text for text in answer.said)


def test_flows_weigh_other_places(tmp_path):
    file = read_counts(sheet(tmp_path / "a.csv", counts(60)))
    ways = Ways(flows={("A", "B"): 30, ("B", "C"): 10, ("A", "elsewhere"): 5})
    answer = on_file(file, Question(draws=100, others="flows"), ways)
    assert any("5 people went" in text for text in answer.said)
    with pytest.raises(StatisticsError, match="nobody"):
        on_file(file, Question(others="flows"), Ways(flows={("A", "x"): 5}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "either --counts"),
        (("--ahead", 0), "--ahead is 0"),
        (("--ahead", 27), "1 to 26"),
        (("--level", 95), "between 0 and 1"),
        (("--draws", 5), "100 to"),
        (("--threshold", -1), "--threshold"),
        (("--waves", 1), "2 years of counts"),
        (("--trend",), "--trend needs 2 years"),
        (("--others", "flows"), "--flows FILE"),
        (("--others", "power-law"), "--neighbours FILE"),
        (("--by", "province"), "--disease"),
        (("--scores", 55), "must lie before"),
        (("--fewest", 10_000), "too few to be foretold"),
    ],
)
def test_what_cannot_be_is_refused(command, tmp_path, options, said):
    given = ("--counts", sheet(tmp_path / "a.csv", counts(60))) if options else ()
    done = command(*given, *options)
    assert done.code == 2 and said in done.stderr, done.stderr


def test_places_with_other_steps_are_refused(tmp_path):
    days = [(BEGUN + timedelta(weeks=n)).isoformat() for n in range(30)]
    other = [(BEGUN + timedelta(weeks=n, days=2)).isoformat() for n in range(30)]
    path = written(tmp_path / "a.csv", ("date", "place", "count"), *((day, "A", 3) for day in days),
                   *((day, "B", 3) for day in other))  # fmt: skip
    with pytest.raises(StatisticsError, match="same steps"):
        on_file(read_counts(path), Question())


# --- on the records --------------------------------------------------------------------------------


def grant(role="epidemiologist", *provinces):
    scope = Scope.of(*provinces) if provinces else Scope.everything()
    return Grant("who@health.example", role, scope)


@pytest.mark.sql
def test_counts_of_the_records_are_foretold(filled, cli):
    asked = RecordsQuestion("measles", "province", Question(draws=100, others="power-law"))
    answer = foretell(filled, grant(), asked)
    assert {row["place"] for row in answer.rows} == {"KH01", "KH02"}
    done = cli("forecast", "--disease", "measles", "--by", "province", "--draws", 100, "--format", "json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout) == answer.rows
    own = foretell(filled, grant("epidemiologist", "KH02"), asked)
    assert {row["place"] for row in own.rows} == {"KH02"}


def test_who_may_not_see_small_counts_has_no_forecast(filled):
    for role in ("viewer", "partner"):
        with pytest.raises(NotPermittedError):
            foretell(filled, grant(role), RecordsQuestion("measles", "country", Question()))
    with pytest.raises(NotPermittedError):
        foretell(filled, grant(), RecordsQuestion("hiv", "facility", Question()))
    with pytest.raises(UsageError, match="provinces"):
        foretell(filled, grant(), RecordsQuestion("measles", "facility", Question(others="neighbours")))


def test_the_other_side_stands_beside_the_provinces(filled, tmp_path):
    """Sa Kaeo borders on Banteay Meanchey (KH01): its counts enter the forecast, and are foretold."""
    asked = RecordsQuestion("measles", "province", Question(draws=100, others="power-law"))
    weeks = 30
    first = date(2024, 12, 2)
    days = [(first + timedelta(weeks=n)).isoformat() for n in range(weeks)]
    rows = [(day, "Sa Kaeo", 5 + n % 7) for n, day in enumerate(days) if n != 12]
    file = read_counts(written(tmp_path / "across.csv", ("date", "place", "count"), *rows))
    ways = Ways(neighbours=(("Banteay Meanchey", "Sa Kaeo"),))
    answer = foretell(filled, grant(), replace(asked, other_side=file, ways=ways))
    assert {row["place"] for row in answer.rows} == {"KH01", "KH02", "Sa Kaeo"}
    assert any("of the other side are known" in text and "1 areas" in text for text in answer.said)
    alone = foretell(filled, grant(), asked)
    before = {(row["place"], row["date"]): row["expected"] for row in alone.rows}
    assert any(
        before.get((row["place"], row["date"]), row["expected"]) != row["expected"] for row in answer.rows
    )
    for rows, said in (
        ([(days[0], "Battambang", 3), (days[1], "Battambang", 3)], "a province of Cambodia"),
        (
            [((first + timedelta(weeks=n, days=2)).isoformat(), "Trat", 3) for n in range(weeks)],
            "begin on Monday",
        ),
    ):
        wrong = read_counts(written(tmp_path / "wrong.csv", ("date", "place", "count"), *rows))
        with pytest.raises(StatisticsError, match=said):
            foretell(filled, grant(), replace(asked, other_side=wrong))


def test_weeks_and_months_of_the_records_are_whole_ones():
    found = read.Daily({}, first=date(2025, 1, 15), last=date(2025, 4, 29))
    months = _steps(found, "month")
    assert months == [date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]
    weeks = _steps(found, "week")
    assert (weeks[0], weeks[-1]) == (date(2025, 1, 20), date(2025, 4, 28))
    cases = {date(2025, 1, 31): 9, date(2025, 2, 1): 1, date(2025, 2, 28): 2, date(2025, 4, 1): 7}
    assert _series(cases, months, "month").counts.tolist() == [3.0, 0.0]


def test_counts_that_are_held_of_the_other_side_are_those_of_a_file(filled, cli, tmp_path):
    first = date(2024, 12, 2)
    days = [(first + timedelta(weeks=n)).isoformat() for n in range(30) if n != 12]
    areas = written(tmp_path / "a.csv", ("area", "level", "name_en"), ("TH-27", "province", "Sa Kaeo"))
    assert cli("neighbours", "import", areas).code == 0
    rows = [("TH-27", "measles", "week", day, 5 + n % 7) for n, day in enumerate(days)]
    sent = written(tmp_path / "c.csv", ("area", "disease", "step", "period", "cases"), *rows)
    assert cli("neighbours", "import", sent).code == 0
    file = read_counts(
        written(tmp_path / "f.csv", ("date", "place", "count"), *((row[3], row[0], row[4]) for row in rows))
    )
    ways = Ways(neighbours=(("KH01", "TH-27"),))
    asked = RecordsQuestion("measles", "province", Question(draws=100, others="power-law"), ways=ways)
    of_file = foretell(filled, grant(), replace(asked, other_side=file))
    held = foretell(filled, grant(), replace(asked, held=True))
    assert held.rows == of_file.rows
    assert any("of the other side are known (1 areas, as they are held)" in text for text in held.said)
    with pytest.raises(StatisticsError, match="no counts by month"):
        foretell(filled, grant(), replace(asked, step="month", held=True))
