"""The demo's records hold what docs/demo.md says of them, and nothing that a real file could not."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import shapely

from dashboard.demo.beside.reporting import covered
from dashboard.demo.facilities import (
    FOREST,
    LATE_BATCH,
    LATE_FACILITIES,
    MRC,
    N_SILENT,
    facility_rows,
    silences,
)
from dashboard.demo.plan import sizes_as_markdown
from dashboard.demo.plants import PLANTS, Plant, as_markdown
from dashboard.demo.records import record_chunks, records, still_to_come
from geodata.boundaries import content
from geodata.crossings import CROSSINGS
from geodata.gazetteer import Gazetteer
from geodata.provinces import PROVINCES
from surveillance import vocabulary as v
from surveillance.coverage.design_effect import MILLION, VanSums, correlation
from surveillance.coverage.indicators import STEPS, contradiction
from surveillance.diseases import DISEASES
from surveillance.line_list import BY_NAME, DETAIL_ITEMS, FIELDS
from tests.support.examples import lane
from tests.support.matrix import some

N = 200_000
SMALL = 2_000
FIRST, LAST = "2021-07-01", "2026-06-30"
DOC = Path(__file__).parents[2] / "docs" / "demo.md"
DATES = ["date_onset", "date_visit", "date_tested", "date_result", "date_treated", "date_outcome"]
ANSWER = {"yes": True, "no": False, "": None}
PLACE_COLUMN = {
    "facility": "facility_id",
    "home": "province_home",
    "crossing": "crossing",
    "infection": "place_infection",
}
#: SHA-256 of the 2,000 records of seed 1. Anything that changes the demo changes it; the machine, the
#: operating system and the versions of numpy and pandas must not.
PINNED = "eef1834fdea864f71f53c839f63045662b30745ce04955633a6cf6b9ac9e1535"


@pytest.fixture(scope="module")
def demo() -> pd.DataFrame:
    return records(1, N)


def digest(frame: pd.DataFrame) -> str:
    text = frame.to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()


def share(frame: pd.DataFrame, step: str) -> float:
    """Share of yes among the known answers."""
    known = frame[frame[step] != ""]
    return float((known[step] == "yes").mean())


def passengers(demo: pd.DataFrame) -> pd.DataFrame:
    return demo[(demo["arrival_id"] != "") & (demo["disease"] == "tb")]


def malaria_cases(demo: pd.DataFrame) -> pd.DataFrame:
    return demo[(demo["disease"] == "malaria") & (demo["positive"] == "yes")]


# Size and sameness


@pytest.mark.parametrize("n", [1_000, 1_001, 1_999, SMALL])
def test_there_are_exactly_as_many_records_as_asked_for(n: int) -> None:
    assert len(records(1, n)) == n


def test_the_usual_demo_has_its_size_and_every_field_as_text(demo: pd.DataFrame) -> None:
    assert len(demo) == N
    assert list(demo.columns) == [field.name for field in FIELDS if field.name != "record_status"]
    assert set(map(str, demo.dtypes)) == {"str"}
    assert not demo.isna().any().any()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    first = digest(records(1, SMALL))
    assert digest(records(1, SMALL)) == first
    assert digest(records(2, SMALL)) != first


def test_the_bytes_are_the_same_on_every_machine() -> None:
    assert digest(records(1, SMALL)) == PINNED


def test_what_is_reported_after_the_last_day_is_of_june_and_of_no_planted_cluster() -> None:
    late = records(1, SMALL)[still_to_come(1, SMALL)]
    assert 0 < len(late) < SMALL / 200
    assert late.date_visit.min() >= "2026-06-02"
    assert records(1, SMALL).date_report.max() <= "2026-06-30"


@pytest.mark.slow
@pytest.mark.parametrize("chunk", some([1, 50, 700, SMALL, 10 * SMALL], [50, 700, SMALL, 10 * SMALL]))
def test_chunks_hold_the_same_rows_as_the_whole(chunk: int) -> None:
    n = 1_000 if chunk < 100 else SMALL
    parts = list(record_chunks(1, n, chunk))
    assert max(map(len, parts)) <= chunk
    assert digest(pd.concat(parts, ignore_index=True)) == digest(records(1, n))


def test_too_few_records_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1000"):
        records(1, 999)


def test_record_numbers_are_unique(demo: pd.DataFrame) -> None:
    assert demo["record_id"].is_unique


def test_some_people_come_more_than_once_and_remain_who_they_are(demo: pd.DataFrame) -> None:
    numbered = demo[(demo["person_id"] != "") & (demo["person_id_issuer"] != "") & (demo["sex"] != "")]
    sexes = numbered.groupby(["person_id_issuer", "person_id"])["sex"].agg(["size", "nunique"])
    assert (sexes["size"] > 1).sum() > 1_000
    assert (sexes["nunique"] == 1).all()


# Content that a file may have


@pytest.mark.parametrize("name", [f.name for f in FIELDS if f.type == "code" and f.name != "record_status"])
def test_every_coded_value_is_in_the_vocabulary(demo: pd.DataFrame, name: str) -> None:
    allowed = {value.code for value in BY_NAME[name].values} | {""}
    assert set(demo[name]) <= allowed
    assert set(demo[name]) - {""}


@pytest.mark.parametrize("name", STEPS)
def test_answers_are_yes_no_or_blank_and_all_three_occur(demo: pd.DataFrame, name: str) -> None:
    assert set(demo[name]) == {"yes", "no", ""}


def test_every_item_of_detail_is_known_and_has_an_allowed_value(demo: pd.DataFrame) -> None:
    seen = set()
    for text in set(demo["detail"]) - {""}:
        for item in text.split("; "):
            name, value = item.split("=")
            assert value in DETAIL_ITEMS[name][0], item
            seen.add(name)
    assert seen == set(DETAIL_ITEMS)


def test_days_of_following_a_case_say_what_its_items_say(demo: pd.DataFrame) -> None:
    """Within the time beside a yes, after it beside a no; none before the diagnosis or after the last day."""
    cases = malaria_cases(demo)
    found = cases["date_result"].where(cases["date_result"] != "", cases["date_tested"])
    found = pd.to_datetime(found.where(found != "", cases["date_visit"]))
    steps = {"notified": ("1_day", 1), "investigated": ("3_days", 3), "responded": ("7_days", 7)}
    for step, (item, most) in steps.items():
        day = pd.to_datetime(cases[f"date_{step}"].where(cases[f"date_{step}"] != ""))
        told = day.notna()
        days = (day - found).dt.days[told]
        in_time = cases["detail"].str.contains(f"{step}_within_{item}=yes")[told]
        assert told.sum() > 100
        assert days.min() >= 0 and (day[told] <= "2026-06-30").all()
        assert ((days <= most) == in_time).all()
    villages = cases.loc[cases["focus"] != "", "focus"]
    assert villages.str.fullmatch(r"\d{6}9\d").all()  # no village has such a number
    assert not (demo.loc[demo["viral_load"] != "", "disease"] != "hiv").any()


def test_ages_are_whole_years(demo: pd.DataFrame) -> None:
    ages = demo.loc[demo["age_years"] != "", "age_years"].astype(int)
    assert ages.between(0, 130).all()


def test_no_record_contradicts_itself(demo: pd.DataFrame) -> None:
    kinds = demo[[*STEPS, "detail"]].drop_duplicates().itertuples(index=False)
    for *answers, detail in kinds:
        basis = "treatment_basis=" in detail
        assert contradiction(tuple(ANSWER[a] for a in answers), basis) is None, (answers, detail)


def test_some_are_treated_after_a_negative_test_and_say_why(demo: pd.DataFrame) -> None:
    treated = demo[(demo["positive"] == "no") & (demo["treated"] == "yes")]
    assert len(treated) > 100
    assert treated["detail"].str.contains("treatment_basis=").all()


def test_all_dates_lie_in_the_period(demo: pd.DataFrame) -> None:
    for name in (*DATES, "date_report"):
        days = demo.loc[demo[name] != "", name]
        assert days.str.fullmatch(r"\d{4}-\d\d-\d\d").all()
        assert FIRST <= days.min() <= days.max() <= LAST, name
    assert set(demo["date_visit"].str[:7].sort_values().iloc[[0, -1]]) == {FIRST[:7], LAST[:7]}


def test_dates_of_a_record_are_in_order(demo: pd.DataFrame) -> None:
    latest = demo[DATES[0]]
    for name in DATES[1:]:
        day = demo[name]
        assert ((day == "") | (latest <= day)).all(), name
        latest = latest.where(day == "", day)
    reported = demo[demo["date_report"] != ""]
    assert (reported["date_visit"] <= reported["date_report"]).all()


def test_outcomes_are_known_up_to_the_last_day_of_each_disease_and_none_after_it(demo: pd.DataFrame) -> None:
    answered = demo[(demo["completed"] == "yes") & (demo["date_treated"] != "")]
    assert len(answered) > 5_000
    dated = demo[demo["date_outcome"] != ""]
    assert dated["date_outcome"].max() <= str(LAST)
    for disease in ("malaria", "tb"):
        last = dated.loc[dated["disease"] == disease, "date_outcome"].max()
        assert pd.Timestamp(LAST) - pd.Timestamp(last) < pd.Timedelta(days=28)


def test_places_are_known_but_for_the_spelling_meant_to_be_unknown(demo: pd.DataFrame) -> None:
    gazetteer = Gazetteer()
    assert all(gazetteer.match_place(text) for text in set(demo["province_home"]) - {""})
    assert all(gazetteer.match_place(text) for text in set(demo["place_infection"]) - {""})
    unmatched = {text for text in set(demo["crossing"]) - {""} if not gazetteer.match_crossing(text)}
    assert unmatched == {"Poy Pet old gate"}


def test_one_facility_is_in_nobodys_list(demo: pd.DataFrame) -> None:
    listed = {row["facility_id"] for row in facility_rows()}
    assert set(demo["facility_id"]) - listed == {"DEMO-NOT-LISTED-1"}


# Shape


def test_vans_hold_about_43_people_a_third_women_and_a_twelfth_children(demo: pd.DataFrame) -> None:
    people = passengers(demo)
    sizes = people.groupby("arrival_id").size()
    assert sizes.mean() == pytest.approx(43, abs=0.5)
    assert sizes.between(36, 50).all()
    assert sizes.nunique() > 5
    assert set(people["facility_id"]) == {MRC}
    assert (people["sex"] == "female").mean() == pytest.approx(1 / 3, abs=0.02)
    age = pd.to_numeric(people.loc[people["age_years"] != "", "age_years"])
    assert (age < 18).mean() == pytest.approx(1 / 12, abs=0.01)


def test_passengers_of_one_van_are_alike(demo: pd.DataFrame) -> None:
    """The intra-van correlation of the first answer is .02, as planted."""
    people = passengers(demo)
    people = people[people["eligible"] != ""].assign(yes=people["eligible"] == "yes")
    strata: dict[str, VanSums] = {}
    for (year, _), yes in people.groupby([people["date_visit"].str[:4], "arrival_id"])["yes"]:
        m, x = len(yes), int(yes.sum())
        strata[year] = strata.get(year, VanSums()) + VanSums(1, m, m * m, x, x * x * MILLION // m)
    assert correlation(list(strata.values())) == pytest.approx(0.02, abs=0.005)


def test_a_van_comes_on_one_day_and_its_name_says_which(demo: pd.DataFrame) -> None:
    of_van = demo[demo["arrival_id"] != ""]
    assert (of_van["arrival_id"].str[1:9] == of_van["date_visit"].str.replace("-", "")).all()


def test_far_more_people_come_in_the_surge(demo: pd.DataFrame) -> None:
    by_month = passengers(demo)["date_visit"].str[:7].value_counts()
    usual = by_month.drop(["2025-08", "2025-09"])
    assert by_month[["2025-08", "2025-09"]].min() > 3 * usual.max()


def test_the_tuberculosis_cascade_is_near_ioms(demo: pd.DataFrame) -> None:
    people = passengers(demo)
    presumptive = people[people["eligible"] == "yes"]
    tested = presumptive[presumptive["tested"] == "yes"]
    found = tested[tested["positive"] == "yes"]
    assert share(people, "eligible") == pytest.approx(2271 / 15034, abs=0.008)
    assert share(presumptive, "tested") == pytest.approx(1519 / 2271, abs=0.02)
    assert share(tested, "positive") == pytest.approx(342 / 1519, abs=0.02)
    assert (found["sex"] == "female").mean() == pytest.approx(166 / 342, abs=0.05)
    xray = presumptive["detail"].str.extract(r"xray=(\w+)")[0]
    assert (xray != "no").mean() == pytest.approx(2027 / 2271, abs=0.02)


def test_malaria_falls_each_year_from_thousands_to_double_digits(demo: pd.DataFrame) -> None:
    cases = malaria_cases(demo)
    days = {"2021": 184, "2022": 365, "2023": 365, "2024": 366, "2025": 365, "2026": 181}
    per_day = [(cases["date_visit"].str[:4] == year).sum() / days[year] for year in days]
    assert all(later < 0.85 * earlier for earlier, later in pairwise(per_day))
    assert per_day[0] * 184 > 2_000
    local = cases[(cases["origin"] != "imported") & (cases["date_visit"] >= "2026-01-01")]
    assert 10 <= len(local) < 100


def test_malaria_is_vivax_in_men_of_working_age_who_go_to_the_forest(demo: pd.DataFrame) -> None:
    cases = malaria_cases(demo)
    species = cases["detail"].str.extract(r"species=(\w+)")[0]
    assert (species == "pv").mean() == pytest.approx(0.9, abs=0.04)
    assert (cases["sex"] == "male").mean() > 0.7
    assert pd.to_numeric(cases["age_years"]).between(15, 49).mean() > 0.7
    assert (cases["activity"] == "forest").mean() > 0.4
    province = cases["facility_id"].map({row["facility_id"]: row["province"] for row in facility_rows()})
    assert province.isin(FOREST).mean() > 0.9


def test_dengue_comes_with_the_rains(demo: pd.DataFrame) -> None:
    month = demo.loc[demo["disease"] == "dengue", "date_visit"].str[5:7].astype(int)
    assert month.between(6, 10).mean() > 0.7


def test_homes_are_where_emigrants_come_from(demo: pd.DataFrame) -> None:
    home = passengers(demo)["province_home"].value_counts()
    assert set(home.index[:6]) == {"KH01", "KH02", "KH14", "KH17", "KH22", "KH03"}


@pytest.mark.parametrize("home", ["KH14", "KH20", "KH22"])
def test_returnees_to_some_homes_are_tested_less_and_less(demo: pd.DataFrame, home: str) -> None:
    seen = demo[(demo["eligible"] == "yes") & demo["movement"].isin(["returning", "deported"])]
    there, elsewhere = seen[seen["province_home"] == home], seen[seen["province_home"] == "KH02"]
    early, late = (there[there["date_visit"].str[:4].isin(y)] for y in (["2021", "2022"], ["2025", "2026"]))
    assert share(late, "tested") < share(early, "tested") - 0.15
    assert share(there, "tested") < share(elsewhere, "tested") - 0.1


def test_mobile_and_irregular_people_are_tested_less(demo: pd.DataFrame) -> None:
    seen = demo[demo["eligible"] == "yes"]
    residence = {code: share(seen[seen["residence"] == code], "tested") for code in ("mobile", "resident")}
    legal = {code: share(seen[seen["legal_status"] == code], "tested") for code in ("irregular", "regular")}
    assert residence["mobile"] < residence["resident"] - 0.05
    assert legal["irregular"] < legal["regular"] - 0.02


# Silent facilities


def test_21_facilities_are_silent_for_weeks_of_the_surge_and_for_those_only(demo: pd.DataFrame) -> None:
    assert len(silences()) == N_SILENT == 21
    for facility_id, (first, last) in silences().items():
        assert first >= date(2025, 8, 1)
        assert last <= date(2025, 9, 30)
        assert (first.weekday(), last.weekday()) == (0, 6)
        assert (last - first).days >= 4 * 7 - 1
        rows = demo.loc[demo["facility_id"] == facility_id, ["date_visit", "date_report"]]
        for name in ("date_visit", "date_report"):
            assert not rows[name].between(first.isoformat(), last.isoformat()).any(), facility_id
        assert rows["date_visit"].between("2025-01-01", "2025-07-31").any(), facility_id
        assert (rows["date_visit"] > "2025-09-28").any(), facility_id


def test_facilities_report_only_between_their_first_and_last_day(demo: pd.DataFrame) -> None:
    first_visit, last_visit = (demo.groupby("facility_id")["date_visit"].agg(how) for how in ("min", "max"))
    for row in facility_rows():
        assert first_visit[row["facility_id"]] >= row["reports_from"]
        assert last_visit[row["facility_id"]] <= (row["reports_to"] or LAST)


# Planted clusters


def llr(observed: float, expected: float, total: float) -> float:
    """Kulldorff's log likelihood ratio of a zone with an excess."""
    if observed <= expected:
        return 0.0
    return observed * math.log(observed / expected) + (total - observed) * math.log(
        (total - observed) / (total - expected)
    )


def excess(demo: pd.DataFrame, plant: Plant) -> tuple[float, float, float]:
    """Observed, expected and total cases of a plant's places and dates."""
    column = PLACE_COLUMN[plant.by]
    of_these = (demo["disease"] == plant.disease) & (demo[column] != "")
    rows = demo.loc[of_these, [column, "tested", "positive", "date_visit"]]
    known = rows[(rows["tested"] == "yes") & (rows["positive"] != "")]
    cases = rows[rows["positive"] == "yes"]
    where = plant.facilities or (plant.where,)
    if plant.method.startswith("Bernoulli"):
        expected = known[column].isin(where).mean() * len(cases)
        return float(cases[column].isin(where).sum()), expected, float(len(cases))
    within = cases["date_visit"].between(plant.start.isoformat(), plant.end.isoformat())
    inside = cases[column].isin(where)
    return float((inside & within).sum()), inside.sum() * within.sum() / len(cases), float(len(cases))


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.code)
def test_planted_clusters_stand_out(demo: pd.DataFrame, plant: Plant) -> None:
    observed, expected, total = excess(demo, plant)
    assert observed >= plant.size
    assert observed > 1.8 * expected
    assert llr(observed, expected, total) > 20


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.code)
def test_no_other_place_stands_out_as_a_planted_one_does(demo: pd.DataFrame, plant: Plant) -> None:
    where = set(plant.facilities or (plant.where,))
    column = PLACE_COLUMN[plant.by]
    demo = demo.loc[demo["disease"] == plant.disease, [column, "disease", "tested", "positive", "date_visit"]]
    control = Plant(**{**vars(plant), "by": plant.by, "n_facilities": 0})
    planted = llr(*excess(demo, plant))
    others = 20 if lane() == "full" else 8
    for place in demo.loc[~demo[column].isin(where), column].value_counts().index[:others]:
        other = Plant(**{**vars(control), "where": place})
        assert llr(*excess(demo, other)) < planted / 2, place


def test_there_is_a_plant_of_each_kind() -> None:
    assert {plant.by for plant in PLANTS} == {"facility", "home", "crossing", "infection"}
    words = ("purely spatial", "retrospective", "prospective")
    assert all(any(word in plant.method for plant in PLANTS) for word in words)
    assert any(plant.end.isoformat() == LAST and plant.start.isoformat() > "2026" for plant in PLANTS)
    assert not any(DISEASES[plant.disease].sensitive for plant in PLANTS)


def test_the_document_shows_the_current_tables() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert f"<!-- plants:begin -->\n{as_markdown()}<!-- plants:end -->" in text
    assert f"<!-- sizes:begin -->\n{sizes_as_markdown(N)}<!-- sizes:end -->" in text
    assert f": {len(facility_rows())}, over all 25 provinces" in text


def test_the_table_of_sizes_is_true(demo: pd.DataFrame) -> None:
    table = sizes_as_markdown(N)
    for disease, size in demo["disease"].value_counts().items():
        assert f"| {disease} | {size:,} |" in table


# Facilities


def test_facilities_are_invented_and_say_so() -> None:
    rows = facility_rows()
    assert 250 <= len(rows) <= 300
    assert len({row["facility_id"] for row in rows}) == len(rows)
    assert {row["province"] for row in rows} == set(PROVINCES)
    assert {row["kind"] for row in rows} == {value.code for value in v.FACILITY_KIND}
    for row in rows:
        assert row["facility_id"].startswith("DEMO-")
        assert "Demo" in row["name_en"]
        assert "សាកល្បង" in row["name_km"]
        assert row["crossing"] in {"", *CROSSINGS}
        assert row["report_frequency"] in {value.code for value in v.REPORT_FREQUENCY}


def test_facilities_lie_in_their_province_or_close_to_it() -> None:
    features = json.loads(content("provinces"))["features"]
    areas = {f["properties"]["pcode"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features}
    placed = [row for row in facility_rows() if row["latitude"]]
    assert len(placed) == len(facility_rows()) - 2
    points = [shapely.Point(float(row["longitude"]), float(row["latitude"])) for row in placed]
    away = [areas[row["province"]].distance(point) for row, point in zip(placed, points, strict=True)]
    assert max(away) * 111 < 8
    assert sum(degrees > 0 for degrees in away) < 10


def test_some_facilities_stopped_and_some_began_late() -> None:
    rows = facility_rows()
    assert sum(bool(row["reports_to"]) for row in rows) == 3
    assert sum(row["reports_from"] > FIRST for row in rows) == 3


def test_each_facility_has_sent_its_reports_for_every_week_but_those_of_its_silence() -> None:
    days: dict[str, set[date]] = {}
    for one in covered():
        own = days.setdefault(one.facility, set())
        span = {one.first + timedelta(days=n) for n in range((one.last - one.first).days + 1)}
        assert not own & span
        assert one.last <= one.sent <= date(2026, 6, 30)
        own |= span
    assert set(days) == {row["facility_id"] for row in facility_rows()}
    for name, own in days.items():
        begun, ended = min(own), max(own)
        missing = {begun + timedelta(days=n) for n in range((ended - begun).days + 1)} - own
        first, last = silences().get(name, (date.max, date.max))
        assert (min(missing), max(missing)) == (first, last) if missing else name not in silences()
    assert max(max(own) for own in days.values()) == date(2026, 6, 28)


def test_some_reports_came_late_and_one_batch_together() -> None:
    together = [one for one in covered() if one.facility in LATE_FACILITIES and one.sent == LATE_BATCH[2]]
    assert len(together) == 6 * len(LATE_FACILITIES)
    deadline = {row["facility_id"]: int(row["report_deadline_days"]) for row in facility_rows()}
    late = [(one.sent - one.last).days > deadline[one.facility] for one in covered()]
    assert 0.04 < sum(late) / len(late) < 0.15
