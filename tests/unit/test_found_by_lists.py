"""Cases found by any of several lists: linking, the floor, and the range that three lists allow."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import StatisticsError
from surveillance.found_by_lists.linked import link
from surveillance.found_by_lists.missed import PAIRS, PATTERNS, corrected, models, whole
from tests.support.command_line import CommandLine
from tests.support.examples import examples

R = Path(__file__).resolve().parents[1] / "reference" / "found_by_lists" / "made.json"
LISTS = ("clinic", "slips", "laboratory")


def counted(numbers):
    return dict(zip(PATTERNS, numbers, strict=True))


def components(lists):
    """Cases by the lists that they are in, by joining whatever shares an identifier until nothing changes."""
    groups = [({(kind, one) for kind, one in enumerate(entry) if one is not None}, {at})
              for at, entries in enumerate(lists.values()) for entry in entries]  # fmt: skip
    while True:
        pair = next(((a, b) for a in range(len(groups)) for b in range(a + 1, len(groups))
                     if groups[a][0] & groups[b][0]), None)  # fmt: skip
        if pair is None:
            return sorted(tuple(sorted(there)) for _, there in groups)
        a, b = pair
        joined = (groups[a][0] | groups[b][0], groups[a][1] | groups[b][1])
        groups = [one for n, one in enumerate(groups) if n not in pair] + [joined]


ENTRY = st.tuples(*2 * (st.one_of(st.none(), st.integers(1, 6)),))


@given(st.tuples(*3 * (st.lists(ENTRY, max_size=5),)))
@settings(max_examples=examples(60), deadline=None)
def test_linking_is_that_of_joining_one_by_one(lists):
    given_lists = dict(zip(LISTS, lists, strict=True))
    found = link(given_lists)
    told = sorted(
        tuple(n for n, there in enumerate(pattern) if there)
        for pattern, number in found.counts.items()
        for _ in range(number)
    )
    assert told == components(given_lists)
    entries = sum(map(len, lists))
    assert entries == sum(found.by(name) for name in LISTS) + found.joined


def test_models_are_those_of_r():
    for told in json.loads(R.read_text(encoding="utf-8")):
        fitted = {one.depends: one for one in models(counted(told["counts"]))}
        for answer in told["models"]:
            depends = tuple(PAIRS[["a:b", "a:c", "b:c"].index(one)] for one in answer["depends"])
            ours = fitted[tuple(sorted(depends))]
            assert ours.missed == pytest.approx(answer["missed"], rel=1e-6)
            assert ours.deviance == pytest.approx(answer["deviance"], abs=1e-6)
            assert ours.df == answer["df"]
            assert ours.lower <= ours.missed <= ours.upper


def test_an_interval_holds_the_truth_as_often_as_it_says():
    """A thousand people, three lists of which the first two depend on each other."""
    random = np.random.default_rng(5)
    held = 0
    for _ in range(6):
        first = random.random(1000) < 0.5
        second = random.random(1000) < np.where(first, 0.6, 0.3)
        third = random.random(1000) < 0.4
        inside = np.array([first, second, third]).T
        counts = {one: int((inside == one).all(axis=1).sum()) for one in PATTERNS}
        right = next(one for one in models(counts) if one.depends == ((0, 1),))
        seen = sum(counts.values())
        held += seen + right.lower <= 1000 <= seen + right.upper
    assert held >= 4


def test_wrong_identifiers_push_the_estimate_up_and_are_taken_back():
    """Of 1,000 people with independent lists, a tenth of the entries cannot be linked."""
    random = np.random.default_rng(8)
    inside = random.random((1000, 3)) < (0.6, 0.5, 0.4)
    spoiled = inside & (random.random(inside.shape) < 0.1)
    counts = dict.fromkeys(PATTERNS, 0)
    for there, bad in zip(inside, spoiled, strict=True):
        linked = there & ~bad
        if linked.any():
            counts[tuple(bool(one) for one in linked)] += 1
        for n in np.flatnonzero(bad):
            counts[tuple(m == n for m in range(3))] += 1
    seen = sum(counts.values())
    naive = seen + models(counts)[0].missed
    repaired = corrected(counts, 0.1)
    right = sum(repaired.values()) + models(repaired)[0].missed
    assert naive > 1_080
    assert right == pytest.approx(1_000, rel=0.04)
    told = whole(counts, (0.0, 0.1))
    assert told.lowest < 1_000 < told.highest


def test_published_figures_of_the_netherlands_agree_with_each_other():
    """Van Hest 2007 (doi:10.1017/S0950268806007540); the counts of the lists were not to be had."""
    found, notified, estimated = 1499, 1298, 2053
    assert round(100 * (1 - notified / found), 1) == 13.4
    assert round(100 * (1 - notified / estimated), 1) == 36.8


def test_what_cannot_be_told_is_refused():
    with pytest.raises(StatisticsError, match="three lists alone"):
        whole({(True, False): 3, (False, True): 4, (True, True): 5}, (0.0,))
    with pytest.raises(StatisticsError, match="nothing can be said"):
        whole(counted((1, 2, 1, 90, 1, 60, 40)), (0.0,))
    with pytest.raises(StatisticsError, match="smaller share"):
        corrected(counted((60, 1, 1, 0, 1, 0, 0)), 0.3)
    with pytest.raises(StatisticsError):
        link({"clinic": [("a",)]})


# --- the command -----------------------------------------------------------------------------------


def written(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def command(tmp_path):
    """`app.py found-by-lists` on three lists; fails if a database appears where one is named."""
    never = tmp_path / "nowhere" / "never.db"
    line = CommandLine(f"sqlite:///{never}")
    number, people = 0, {name: [] for name in LISTS}
    for pattern, many in zip(PATTERNS, (30, 25, 20, 30, 15, 25, 20), strict=True):
        for _ in range(many):
            number += 1
            for name, there in zip(LISTS, pattern, strict=True):
                if there:
                    people[name].append((f"P{number}", "2026-05-10"))
    people["clinic"] += [("N/A", "2026-05-11"), ("P1", "2026-05-12"), ("P999", "2025-01-01"), ("P998", "")]
    options = []
    for name, rows in people.items():
        path = written(tmp_path / f"{name}.csv", ("person_id", "date"), *rows)
        options += ["--list", f"{name}={path}"]
    options += ["--identifiers", "person_id"]
    yield lambda *more, lists=3: line(
        "found-by-lists", *options[: 2 * lists], *options[6:], *more, env={"CHHLANG_SECRET_KEY": None}
    )
    assert not never.parent.exists()


PERIOD = ("--from", "2026-05-01", "--to", "2026-05-31")


def test_the_floor_is_counted_and_what_is_left_out_is_said(command):
    done = command(*PERIOD, "--format", "json")
    assert done.code == 0, done.stderr
    rows = {row["what"]: row for row in json.loads(done.stdout)}
    assert rows["in any list"]["cases"] == 166
    assert rows["in clinic"]["cases"] == 106
    assert rows["clinic and slips and laboratory"]["cases"] == 30
    assert rows["clinic alone"]["cases"] == 31
    for said in (
        "1 entries of clinic have no identifier", "1 entries are further ones", "a floor, not the number",
        "1 entries of clinic.csv lie", "1 entries of clinic.csv have no day",
    ):  # fmt: skip
        assert said in done.stderr


def test_the_estimate_is_a_range(command):
    done = command(*PERIOD, "--estimate", "--closed", "--format", "json")
    assert done.code == 0, done.stderr
    rows = {row["what"]: row for row in json.loads(done.stdout)}
    told = rows["all cases"]
    assert told["cases"] is None and 150 < told["lower"] < 190 < told["upper"]
    share = rows["share of all cases in clinic"]
    assert share["lower"] == pytest.approx(106 / told["upper"])
    assert "dependence of all three cannot be seen" in done.stderr


@pytest.mark.parametrize(
    ("options", "lists", "said"),
    [
        (("--estimate", "--closed"), 3, "closed period"),
        (("--estimate", *PERIOD), 3, "--closed"),
        (("--estimate", "--closed", *PERIOD), 2, "three lists"),
        (("--estimate", "--closed", "--from", "2026-01-01", "--to", "2026-05-31"), 3, "92 days"),
        (("--from", "2569-05-01"), 3, "common era"),
        (("--from", "2026-06-01", "--to", "2026-05-01"), 3, "before --from"),
        (("--wrong", 0.7), 3, "--wrong"),
        ((), 1, "two lists"),
        (("--list", "clinic"), 3, "name and file"),
        (("--identifiers", "passport"), 3, "no column passport"),
        (("--identifiers", ","), 3, "--identifiers"),
    ],
)
def test_what_lists_cannot_tell_is_refused(command, options, lists, said):
    done = command(*options, lists=lists)
    assert done.code == 2 and said in done.stderr, done.stderr
