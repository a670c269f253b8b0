"""Rates of a disease: counted by hand, named with their figure, and unknown where there is none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from scipy.stats import gamma

from dashboard.messages import translator
from dashboard.pages.denominators import rates_page
from dashboard.permissions import Grant
from dashboard.services.denominators import rates as service
from dashboard.services.denominators.rate_question import RatesQuery
from db.core import data_state
from db.maintenance.opening import open_database
from surveillance.denominators.standards import STANDARDS
from surveillance.vocabulary import AGE_BANDS
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

PEOPLE = {"KH01": 10_000, "KH02": 20_000, "KH03": 5_000}
#: Province of home -> cases found positive by age in years.
CASES = {"KH01": (3, 20, 20, 30, None), "KH02": (70,), "KH03": ()}
#: Shares of a province's people by age band: a tenth of each sex in the first four, women alone above.
SHARES = (0.2, 0.2, 0.2, 0.2, 0.1, 0.1)
DAYS = ("--from", "2025-01-01", "--to", "2025-12-31")


@pytest.fixture
def filled(sqlite_cli, sqlite_prepared, tmp_path):
    """Three provinces with people by sex and age, and a fourth without."""

    def fill():
        listed = {"facility_id": "HC1", "province": "KH01"}
        assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", listed)).code == 0
        rows = [
            record(
                record_id=f"{home}-{n}", disease="malaria", tested="yes", positive="yes", sex="female",
                age_years="" if age is None else age, province_home=home,
            )
            for home, ages in (CASES | {"KH04": (20,), "KH05": ()}).items()
            for n, age in enumerate(ages)
        ]  # fmt: skip
        negative = record(record_id="n", disease="malaria", tested="yes", positive="no", province_home="KH03")
        blank = record(record_id="b", disease="malaria", tested="yes", positive="", province_home="KH01")
        assert sqlite_cli("import", write_csv(tmp_path / "l.csv", *rows, negative, blank)).code == 0
        figures = [
            {
                "area": area,
                "year": 2019,
                "population": people // 10,
                "sex": sex,
                "age": band[0],
                "source": "NIS",
            }
            for area, people in PEOPLE.items()
            for sex, bands in (("female", AGE_BANDS), ("male", AGE_BANDS[:4]))
            for band in bands
        ]
        figures += [
            {"area": area, "year": 2019, "population": 0, "sex": "male", "age": band[0], "source": "NIS"}
            for area in PEOPLE
            for band in AGE_BANDS[4:]
        ]
        assert sqlite_cli("population", "import", write_csv(tmp_path / "p.csv", *figures)).code == 0

    sqlite_prepared(fill)
    return sqlite_cli


def asked(cli, *more):
    done = cli("rates", "--disease", "malaria", "--by", "province", *DAYS, "--format", "json", *more)
    assert done.code == 0, done.stderr
    return {row["code"]: row for row in done.json()}


def test_a_rate_is_cases_over_people_and_names_its_figure(filled):
    found = asked(filled)
    one = found["KH01"]
    assert (one["events"], one["person_years"], one["rate"]) == (5, 10_000, 50.0)
    assert one["lower"] == pytest.approx(gamma.ppf(0.025, 5) * 10)
    assert one["upper"] == pytest.approx(gamma.ppf(0.975, 6) * 10)
    assert (one["denominator_year"], one["unknown"], one["without_sex_or_age"]) == ("2019", 1, 1)
    assert "NIS" in one["denominator_source"]
    assert (found["KH03"]["status"], found["KH03"]["rate"]) == ("zero", 0)
    assert (found["KH04"]["status"], found["KH04"]["rate"], found["KH04"]["events"]) == ("unknown", None, 1)
    assert "population is unknown" in found["KH04"]["reason"]
    # Not every province has its figure, and so the country has none: it is not the sum of three.
    assert (found["KH"]["events"], found["KH"]["person_years"], found["KH"]["status"]) == (7, None, "unknown")


def test_a_standardised_rate_weights_each_age(filled):
    found = asked(filled)["KH01"]
    share = STANDARDS["who"].bands
    people = {"0-4": 2000, "15-24": 2000, "25-49": 2000, "50-64": 1000, "65+": 1000, "5-14": 2000}
    events = {"0-4": 1, "15-24": 2, "25-49": 1}
    by_hand = sum(share[age] * n / people[age] for age, n in events.items()) / sum(share.values()) * 100_000
    assert found["standardised"] == pytest.approx(by_hand)
    assert found["standardised_lower"] < by_hand < found["standardised_upper"]
    assert found["standardised_year"] == "2019"
    # Men of 50 and more are said to be none: by the country's own sexes and ages they have no weight.
    own = asked(filled, "--standard", "country")
    assert own["KH01"]["standardised_status"] == "unknown"
    assert "some area" in own["KH01"]["standardised_reason"]
    assert own["KH04"]["standardised_status"] == "unknown"


def test_events_stand_beside_those_that_the_rates_of_all_areas_would_give(filled):
    """By hand: rates by age of the three provinces together, times the people of each."""
    rows = {
        row["code"]: row for row in filled("rates", "--disease", "malaria", *DAYS, "--format", "json").json()
    }
    bands = [(low, high) for _, low, high in AGE_BANDS]

    def band(age):
        return next(at for at, (low, high) in enumerate(bands) if low <= age <= high)

    known = {home: [band(age) for age in ages if age is not None] for home, ages in CASES.items()}
    assert rows["KH03"]["events"] == 0
    people = {home: [rows[home]["person_years"] * share for share in SHARES] for home in PEOPLE}
    rate = [
        sum(held.count(at) for held in known.values()) / sum(people[home][at] for home in PEOPLE)
        for at in range(len(bands))
    ]
    for home, held in known.items():
        expected = sum(n * r for n, r in zip(people[home], rate, strict=True))
        assert rows[home]["expected"] == pytest.approx(expected)
        assert rows[home]["ratio"] == pytest.approx(len(held) / expected)
        if held:
            lower, upper = gamma.ppf(0.025, len(held)), gamma.ppf(0.975, len(held) + 1)
            assert rows[home]["ratio_lower"] == pytest.approx(lower / expected)
            assert rows[home]["ratio_upper"] == pytest.approx(upper / expected)
    assert rows["KH04"]["ratio"] is None
    assert rows["KH04"]["ratio_reason"]


def test_the_standards_are_those_that_were_published():
    who, segi = (STANDARDS[code].bands for code in ("who", "segi"))
    assert {age: round(share, 3) for age, share in who.items()} == {
        "0-4": 8.86, "5-14": 17.29, "15-24": 16.69, "25-49": 35.32, "50-64": 13.64, "65+": 8.235,
    }  # fmt: skip
    assert segi == {"0-4": 12, "5-14": 19, "15-24": 17, "25-49": 32, "50-64": 13, "65+": 7}


def test_half_a_year_has_half_the_person_years_and_no_year_before_the_figures_has_a_rate(filled):
    done = filled(
        "rates",
        "--disease",
        "malaria",
        "--from",
        "2025-01-01",
        "--to",
        "2025-06-30",
        "--per",
        "1000",
        "--format",
        "json",
    )
    found = {row["code"]: row for row in done.json()}
    assert found["KH02"]["person_years"] == pytest.approx(20_000 * 181 / 365)
    assert found["KH02"]["rate"] == pytest.approx(1 / (20 * 181 / 365))
    early = filled(
        "rates", "--disease", "malaria", "--from", "2018-01-01", "--to", "2018-12-31", "--format", "json"
    )
    assert {row["rate"] for row in early.json()} == {None}
    assert {row["denominator_year"] for row in early.json()} == {None}


def test_a_year_between_two_figures_is_projected_where_that_is_asked(filled, tmp_path):
    later = write_csv(
        tmp_path / "later.csv", {"area": "KH01", "year": 2029, "population": 40_000, "grade": "census"}
    )
    assert filled("population", "import", later).code == 0
    assert asked(filled)["KH01"]["person_years"] == 10_000
    found = asked(filled, "--project")["KH01"]
    assert found["person_years"] == pytest.approx(10_000 * 4**0.6)
    assert (found["denominator_year"], found["denominator_grade"]) == ("2025", "projection")


def test_rates_are_smoothed_and_a_threshold_has_its_probability(filled):
    found = asked(filled, "--threshold", "20")
    assert 0 < found["KH01"]["smoothed"] < 50
    assert found["KH03"]["smoothed"] > 0
    assert 0 < found["KH01"]["above"] < 1
    assert found["KH04"]["smoothed"] is None
    plain = filled("rates", "--disease", "tb", *DAYS)
    assert plain.code == 0
    wrong = filled("rates", "--disease", "malaria", "--smooth", "none", "--threshold", "3")
    assert (wrong.code, "threshold" in wrong.stderr) == (2, True)


def test_by_care_it_is_said_that_the_people_are_others(filled):
    done = filled("rates", "--disease", "malaria", *DAYS, "--place", "care")
    assert "not the same people" in done.stderr
    assert "not the same people" not in filled("rates", "--disease", "malaria", *DAYS).stderr


def test_the_page_shows_rates_to_whom_counts_are_shown(filled, sqlite_url, tmp_path):
    country = {"area": "Cambodia", "year": 2019, "population": 70_000}
    assert filled("population", "import", write_csv(tmp_path / "kh.csv", country)).code == 0
    address = "/rates?disease=malaria&from=2025-01-01&to=2025-12-31"
    with served(sqlite_url) as site:
        page = signed_in(site, "official").get(address).get_data(as_text=True)
        assert "50.0" in page
        assert "2019, Other" in page
        assert re.search(r'Cambodia</th><td[^>]*><span class="value">10.0<', page)  # 7 of 70,000
        client = signed_in(site, "official")
        rows = (
            client.get(address.replace("/rates?", "/rates.csv?")).get_data().decode("utf-8-sig").splitlines()
        )
        assert rows[0].startswith("code,name,events,person_years,rate")
        assert client.get("/rates?disease=none&standard=x&from=2025-02-01&to=2025-01-01").status_code == 200
        # Nothing was issued: a viewer is shown no count, and no rate that would tell one.
        viewer = signed_in(site, "viewer")
        page = viewer.get(address).get_data(as_text=True)
        assert "50.0" not in page
        assert "50.0" not in viewer.get(address.replace("/rates?", "/rates.json?")).get_data(as_text=True)
        assert "no release" in page.lower() or "issued" in page.lower()
        assert viewer.get("/rates.json").status_code == 200


def test_a_reason_that_rows_share_is_said_once():
    def rows(*reasons):
        return [{"standardised": {"reason": one}, "ratio": {"reason": ""}} for one in reasons]

    shared, single = rows("few", "few", "", "none"), rows("few", "none")
    t = translator("en")
    assert rates_page._said_once(shared, t) == ["Standardised, where nothing else is said: few"]
    assert [one["standardised"]["reason"] for one in shared] == ["", "", "", "none"]
    assert rates_page._said_once(single, t) == [] and single == rows("few", "none")


def test_rates_are_kept_until_a_file_comes(filled, tmp_path, monkeypatch):
    monkeypatch.setattr(data_state, "SAME_TIME", 0)
    grant, query, today = Grant.custodian(), RatesQuery("malaria"), date(2026, 1, 5)
    database = open_database(filled.url)
    first = service.rates(database, grant, query, today)
    assert service.rates(database, grant, query, today) is first
    assert service.rates(database, replace(grant, role="viewer"), query, today) is not first
    assert service.rates(database, grant, replace(query, smooth="none"), today) is not first
    more = {"area": "KH04", "year": 2019, "population": 1_000, "source": "NIS"}
    assert filled("population", "import", write_csv(tmp_path / "more.csv", more)).code == 0
    second = service.rates(database, grant, query, today)
    known = [{row.area.code: row.people for row in one.rows}["KH04"] for one in (first, second)]
    assert known[0] is None and known[1] is not None
    database.dispose()
