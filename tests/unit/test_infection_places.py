"""Places of infection: the likelihood beside a slow one, known truth, and the command on a file of stays."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from docs import infection_places as of_docs
from surveillance.diseases import DISEASES
from surveillance.errors import StatisticsError
from surveillance.infection_place.incubation import (
    INCUBATIONS,
    REFUSED,
    REFUSED_SPECIES,
    Incubation,
    by_day,
    given,
    incubation_of,
    longest,
)
from surveillance.infection_place.infer import Risk, infer
from surveillance.infection_place.stays import Case, Stay, presence
from tests.support.command_line import CommandLine
from tests.support.travellers import ABROAD, travellers

DAY = date(2025, 6, 30)
DENGUE = INCUBATIONS["dengue"]
FIXED = Incubation(DENGUE.median, DENGUE.spread, 0.0, 0.0, "no error")


@pytest.mark.parametrize("disease", INCUBATIONS)
def test_days_of_incubation_are_those_of_drawn_moments(disease):
    period = INCUBATIONS[disease]
    told = by_day(period.median, period.spread, longest(period))
    random = np.random.default_rng(1)
    passed = random.random(400_000) + period.median * np.exp(period.spread * random.standard_normal(400_000))
    drawn = np.bincount(np.floor(passed).astype(int), minlength=len(told))[: len(told)] / 400_000
    np.testing.assert_allclose(told, drawn, atol=0.003)
    assert told.sum() > 0.998


def test_published_limits_are_those_of_the_periods():
    for disease, level, day in (
        ("dengue", 0.975, 10), ("dengue", 0.025, 3), ("cholera", 0.95, 4.4), ("cholera", 0.05, 0.5),
        ("measles", 0.95, 17.7), ("covid19", 0.975, 11.5),
    ):  # fmt: skip
        period = INCUBATIONS[disease]
        assert stats.lognorm(period.spread, scale=period.median).ppf(level) == pytest.approx(day, abs=0.15)


def test_probabilities_are_those_of_a_slow_sum():
    stays = (
        Stay("TH", DAY - timedelta(20), DAY - timedelta(6)),
        Stay("KH01", DAY - timedelta(6), DAY - timedelta(3)),
        Stay("KH12", DAY - timedelta(2), DAY),
    )
    risks = {"TH": Risk(2.0), "KH01": Risk(1.0), "KH12": Risk(0.5)}
    found = infer([Case("a", DAY, stays)], FIXED, frozenset({"TH"}), risks=risks, draws=50)
    period = by_day(FIXED.median, FIXED.spread, longest(FIXED))
    slow = dict.fromkeys((*risks, "unrecorded"), 0.0)
    for back, chance in enumerate(period):
        day = DAY - timedelta(back)
        here = [stay.place for stay in stays if stay.first <= day <= stay.last]
        for place in here or ["unrecorded"]:
            slow[place] += chance * (risks[place].relative if here else 3.5 / 3) / len(here or [1])
    total = sum(slow.values())
    for place, chance in slow.items():
        assert found.probability[0, found.places.index(place)] == pytest.approx(chance / total, abs=1e-9)


def test_known_truth_is_held():
    told = travellers(3, DENGUE)
    for way in ("risks known", "estimated"):
        found = of_docs.asked(told, "dengue", way, 3, 200)
        share = np.mean([place in ABROAD for place in told.truth])
        assert found.imported.lower <= share <= found.imported.upper
        right = [
            found.places[n] == place
            for n, place in zip(found.probability.argmax(axis=1), told.truth, strict=True)
        ]
        assert np.mean(right) == pytest.approx(found.probability.max(axis=1).mean(), abs=0.06)
    assert found.risk is not None and found.risk[found.places.index("TH")].lower > 0.001


def test_the_share_is_too_low_where_a_dangerous_place_counts_as_any_other():
    told = travellers(3, DENGUE)
    found = of_docs.asked(told, "dengue", "alike", 3, 200)
    assert found.imported.value < np.mean([place in ABROAD for place in told.truth])


def test_days_without_a_stay_open_the_share():
    told = travellers(4, DENGUE, people=300, silent=0.4)
    found = infer(told.cases, DENGUE, ABROAD, draws=200)
    assert found.by_place[-1].value > 0.2
    assert found.at_most.value - found.at_least.value == pytest.approx(found.by_place[-1].value)
    share = np.mean([place in ABROAD for place in told.truth])
    assert found.at_least.lower < share < found.at_most.upper


def test_an_uncertain_risk_widens_the_interval():
    stays = (Stay("TH", DAY - timedelta(30), DAY - timedelta(6)), Stay("KH01", DAY - timedelta(5), DAY))
    case = [Case("a", DAY, stays)]
    widths = []
    for risk in (Risk(2.0), Risk(2.0, 0.5, 8.0)):
        found = infer(case, FIXED, frozenset({"TH"}), risks={"TH": risk, "KH01": Risk(1.0)}, draws=500)
        widths.append(found.upper[0, 1] - found.lower[0, 1])
    assert widths[0] == pytest.approx(0) and widths[1] > 0.2


def test_every_disease_is_told_of_or_refused_with_a_reason():
    for disease in DISEASES:
        assert (disease in INCUBATIONS) + (disease in REFUSED) + (disease == "malaria") == 1
    for disease in REFUSED:
        with pytest.raises(StatisticsError):
            incubation_of(disease)
    for species in (*REFUSED_SPECIES, ""):
        with pytest.raises(StatisticsError):
            incubation_of("malaria", species)
    with pytest.raises(StatisticsError, match="its source"):
        incubation_of("malaria", "pf")
    for wrong in ((0, 1.3, "x"), (12, 1, "x"), (12, 1.3, " ")):
        with pytest.raises(StatisticsError):
            given(*wrong)


def test_presence_knows_travel_and_gaps():
    stays = (Stay("TH", DAY - timedelta(3), DAY - timedelta(2)), Stay("KH01", DAY - timedelta(2), DAY))
    found = presence([Case("a", DAY, stays)], 4)
    assert found.share[0].tolist() == [[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]


def test_methods_md_holds_the_table() -> None:
    """`python -m docs.infection_places` makes it."""
    text = of_docs.METHODS.read_text(encoding="utf-8")
    for disease in ("dengue", "measles"):
        for said in of_docs.WAYS.values():
            assert f"| {disease} | {said} |" in text


# --- the command -----------------------------------------------------------------------------------

HEADER = ("case", "date_onset", "place", "from", "to")
ROWS = (
    ("1", "2025-06-20", "Thailand", "", "2025-06-10"),
    ("1", "2025-06-20", "Banteay Meanchey", "2025-06-11", ""),
    ("2", "2025-06-12", "TH", "2025-05-01", "2025-06-11"),
    ("2", "2025-06-12", "KH01", "2025-06-11", "2025-06-12"),
    ("3", "2025-06-12", "unknown", "", ""),
    ("4", "", "KH12", "", ""),
)


def written(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def command(tmp_path):
    """`app.py infection-places` without a key; fails if a database appears where one is named."""
    never = tmp_path / "nowhere" / "never.db"
    line = CommandLine(f"sqlite:///{never}")
    yield lambda *arguments: line("infection-places", *arguments, env={"CHHLANG_SECRET_KEY": None})
    assert not never.parent.exists()


def test_the_command_tells_places_and_the_share(command, tmp_path):
    path = written(tmp_path / "stays.csv", HEADER, *ROWS)
    asked = ("--stays", path, "--disease", "dengue", "--draws", 200, "--format", "json")
    done = command(*asked)
    assert done.code == 0, done.stderr
    first = {row["case"]: row for row in reversed(json.loads(done.stdout))}
    assert (first["1"]["place"], first["2"]["place"], first["3"]["place"]) == ("KH01", "TH", "unrecorded")
    assert "equally dangerous" in done.stderr and "symptoms began stays say nothing: 1" in done.stderr
    places = {row["place"]: row for row in json.loads(command(*asked, "--of", "places").stdout)}
    assert places["imported"]["share"] == pytest.approx(0.5, abs=0.1)
    assert places["at most"]["share"] == pytest.approx(places["at least"]["share"] + 1 / 3, abs=0.05)
    days = written(tmp_path / "days.csv", ("place", "person_days"), ("TH", 1000), ("KH01", 4000))
    more = json.loads(command(*asked, "--of", "places", "--person-days", days).stdout)
    assert all("per_1000_days" in row for row in more)


@pytest.mark.parametrize(
    ("disease", "options", "said"),
    [
        ("malaria", (), "give the species"),
        ("malaria", ("--species", "pv"), "relapses"),
        ("malaria", ("--species", "pf"), "its source"),
        ("malaria", ("--species", "pv", "--incubation", "14,1.3", "--source", "x"), "relapses"),
        ("malaria", ("--species", "pf", "--incubation", "14"), "median and factor"),
        ("malaria", ("--species", "pf", "--incubation", "14,1.3"), "its source"),
        ("tb", (), "years back"),
        ("hiv", (), "years back"),
        ("hepatitis_b", (), "years back"),
        ("ili", (), "many causes"),
        ("plague", (), "one of"),
        ("dengue", ("--species", "pf"), "of malaria"),
        ("dengue", ("--draws", 5), "100 to"),
    ],
)  # fmt: skip
def test_what_stays_cannot_tell_is_refused(command, tmp_path, disease, options, said):
    path = written(tmp_path / "stays.csv", HEADER, *ROWS)
    done = command("--stays", path, "--disease", disease, *options)
    assert done.code == 2 and said in done.stderr, done.stderr


def test_falciparum_is_told_with_a_named_period(command, tmp_path):
    path = written(tmp_path / "stays.csv", HEADER, *ROWS)
    done = command("--stays", path, "--disease", "malaria", "--species", "pf", "--incubation", "12,1.3",
                   "--source", "a study", "--draws", 100, "--format", "csv")  # fmt: skip
    assert done.code == 0 and "a study" in done.stderr


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("1", "2025-06-20", "Atlantis", "", ""), "no province and no country"),
        (("1", "2025-06-20", "Cambodia", "", ""), "the whole country"),
        (("1", "2025-06-20", "", "", ""), "place is empty"),
        (("", "2025-06-20", "TH", "", ""), "case is empty"),
        (("1", "2025-06-20", "TH", "2025-06-10", "2025-06-01"), "ends before it begins"),
        (("1", "2025-06-21", "TH", "", ""), "on another day"),
        (("1", "2568-06-20", "TH", "", ""), "row"),
    ],
)
def test_rows_that_cannot_be_are_named(command, tmp_path, row, said):
    path = written(tmp_path / "stays.csv", HEADER, ("1", "2025-06-20", "KH01", "2025-06-10", ""), row)
    done = command("--stays", path, "--disease", "dengue")
    assert done.code in (2, 3) and said in done.stderr, done.stderr
