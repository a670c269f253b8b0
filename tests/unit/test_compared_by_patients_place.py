"""The same facility-weeks of the year before, by home, place of infection and crossing."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components.coverage.panel import area_panel
from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.coverage import view
from db.core.scope import Scope
from db.cubes.query import CoverageSums
from db.maintenance.opening import open_database
from surveillance.coverage.paired import Reported, paired
from surveillance.coverage.paired_change import Group
from surveillance.coverage.paired_change import paired as mantel_haenszel
from surveillance.windows import Window, compared
from tests.support.aggregates import deliver
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in
from tests.unit.test_aggregate_reports import value
from tests.unit.test_comparison import MONDAYS, TODAY, YEAR, Site, counts, visits

#: Kind of place -> what a question asks, the column of a record, two codes.
PLACES = {
    "home": ({"place": "home"}, "province_home", ("KH04", "KH05")),
    "infection": (
        {"place": "infection", "measure": "treatment"},
        "place_infection",
        ("KH04", "KH05"),
    ),
    "crossing": ({"by": "crossing"}, "crossing", ("TH01", "TH02")),
}
#: Days on which files come: before the delay of the earlier weeks ends, after it, and this year.
CAME = (date(2025, 6, 30), date(2025, 9, 1), date(2026, 6, 30))


def weeks(*asked, **values):
    """Records of one week. Only those found positive have a place of infection: so many are treated then."""
    rows = visits(*asked, **values)
    return [found_positive(row) for row in rows] if "place_infection" in values else rows


def found_positive(row):
    return row | {"tested": "yes", "positive": "yes", "treated": row["tested"]}


@pytest.fixture
def site(database, tmp_path):
    site = Site(database, tmp_path)
    site.bring(date(2025, 1, 1), *visits("HC3", date(2024, 1, 1), 1, 1))
    return site


@pytest.mark.parametrize("kind", PLACES)
def test_a_facility_week_with_a_report_in_one_year_only_is_left_out(kind, site):
    asked, column, (one, _) = PLACES[kind]
    site.bring(date(2025, 6, 30), *weeks("HC1", MONDAYS[0] - YEAR, 1, 5, **{column: one}))
    site.bring(
        date(2026, 6, 30),
        *weeks("HC1", MONDAYS[0], 3, 5, **{column: one}),
        *weeks("HC2", MONDAYS[0], 5, 5, **{column: one}),  # silent in 2025
    )
    table, panel, shift = site.seen(area=one, **asked)
    assert counts(panel.now) == (8, 10)
    assert (counts(panel.compared), counts(panel.earlier)) == ((3, 5), (1, 5))
    assert shift.of[one].difference == panel.change.difference == pytest.approx(0.4)  # not 8/10 less 1/5
    assert (shift.facts.unit, shift.facts.kept, shift.facts.left_out) == ("week", 1, 1)
    assert (panel.facts.kept, panel.facts.left_out) == (1, 1)
    said = str(area_panel(panel, "", "testing", "week", str))
    assert "Facilities are not paired" not in said
    assert "1 facility-weeks with a report in both" in said
    assert shift.of[one].facilities == 1
    assert table.total.denominator == 10


@pytest.mark.parametrize("kind", PLACES)
def test_the_year_before_is_as_it_was_known_after_the_same_delay(kind, site):
    asked, column, (one, other) = PLACES[kind]
    early = [row for monday in MONDAYS for row in weeks("HC1", monday - YEAR, 1, 5, **{column: one})]
    site.bring(date(2025, 7, 1), *early)
    late = [
        row | {"record_id": f"late-{n}"}
        for n, row in enumerate(weeks("HC1", MONDAYS[3] - YEAR, 5, 5, **{column: one}))
    ]
    # Later it is known that the first patient was not tested, and that the second came from elsewhere.
    answer = "treated" if kind == "infection" else "tested"
    changed = early[0] | {answer: "no"}, early[1] | {column: other}
    site.bring(date(2025, 9, 1), *late, *changed)
    now = [row for monday in MONDAYS for row in weeks("HC1", monday, 3, 5, **{column: one})]
    site.bring(date(2026, 6, 30), *now)
    _, panel, shift = site.seen(area=one, **asked)
    assert shift.facts.known_on == date(2025, 7, 2)
    assert counts(panel.earlier) == (4, 20)  # not 8 of 24, which is known now
    _, panel, shift = site.seen(area=one, today=date(2026, 9, 9), **asked)
    assert shift.facts.known_on == date(2025, 9, 10)
    assert counts(panel.earlier) == (8, 24)
    _, panel, _ = site.seen(area=one, sex="unknown", **asked)
    assert counts(panel.earlier) == (4, 20)
    _, panel, _ = site.seen(area=one, sex="female", **asked)
    assert panel.earlier.denominator in (0, None)
    back = {"today": date(2026, 12, 1), "as_of": "2026-07-01"}
    _, panel, shift = site.seen(area=one, **back, **asked)
    assert (shift.facts.known_on, counts(panel.earlier)) == (date(2025, 7, 2), (4, 20))
    _, panel, _ = site.seen(area=one, **back, sex="unknown,male", age="unknown", **asked)
    assert counts(panel.earlier) == (4, 20)


def test_the_page_and_the_file_say_what_was_compared(sqlite_cli, sqlite_url, tmp_path):
    listed = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2)]
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    rows = visits("HC2", date(2024, 1, 1), 1, 1)
    for monday in MONDAYS[:2]:
        day = monday - YEAR
        rows += visits("HC1", day, 3, 5, province_home="KH04")
        rows += visits("HC1", day - YEAR, 1, 5, province_home="KH04")
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    address = "/export/coverage.csv?disease=dengue&place=home&from=2025-06-02&to=2025-06-15"
    with served(sqlite_url) as server:
        text = signed_in(server, "official").get(address).get_data().decode("utf-8-sig")
    (row,) = [row for row in csv.DictReader(io.StringIO(text)) if row["code"] == "KH04"]
    names = ("change", "paired_by", "paired", "left_out", "compared_as", "earlier_known")
    change, *said = [row[name] for name in names]
    assert float(change) == pytest.approx(0.4)
    assert said == ["week", "2", "0", "facility-weeks", "now"]
    assert "not paired" not in row["note"]


def test_an_account_of_some_provinces_is_compared_by_crossing_within_them(site):
    """HC1 lies in KH01, HC2 in KH02: the account of KH01 learns nothing of HC2."""
    for monday, tested in [(day - YEAR, 1) for day in MONDAYS] + [(day, 3) for day in MONDAYS]:
        own = visits("HC1", monday, tested, 5, crossing="TH01")
        others = visits("HC2", monday, 5, 5, crossing="TH01")
        site.bring(monday + timedelta(days=8), *own, *others)
    own = Grant("official@health.example", "official", Scope.of("KH01"))
    query = CoverageQuery.read(
        {"disease": "dengue", "by": "crossing", "from": "2026-06-01", "to": "2026-06-28"}
    )
    _, panel, shift = view.view(site.database, own, query, "TH01", TODAY)
    assert (counts(panel.compared), counts(panel.earlier)) == ((12, 20), (4, 20))
    assert (shift.facts.kept, shift.facts.left_out) == (4, 0)
    assert shift.facts.known_on == date(2025, 7, 2)
    everyone = view.view(site.database, Grant.custodian(), query, "TH01", TODAY)[1]
    assert counts(everyone.compared) == (32, 40)


def test_an_aggregate_report_is_no_report_of_homes(site):
    """It says how many, and not from where: the week cannot be paired by home, and is by province of care."""
    home = {"province_home": "KH04"}
    site.bring(date(2026, 6, 30), *visits("HC1", MONDAYS[0], 3, 5, **home))
    rows = [value("dengue eligible", "2025W23", 5), value("dengue tested", "2025W23", 1)]
    assert deliver(site.database, write_csv(site.folder / "report.csv", *rows), TODAY).accepted == 2
    _, panel, _ = site.seen(area="KH01")
    assert (counts(panel.compared), counts(panel.earlier)) == ((3, 5), (1, 5))
    _, panel, shift = site.seen(area="KH04", place="home")
    assert (shift.of, panel.change, shift.facts.kept, shift.facts.left_out) == ({}, None, 0, 1)


def test_where_old_records_are_kept_as_sums_the_sums_are_compared_and_that_is_said(
    sqlite_cli, sqlite_url, tmp_path
):
    listed = [{"facility_id": "HC1", "province": "KH01"}]
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    rows = visits("HC1", date(2024, 1, 1), 1, 1)
    for monday in MONDAYS:
        rows += visits("HC1", monday, 3, 5, province_home="KH04")
        rows += visits("HC1", monday - YEAR, 1, 5, province_home="KH04")
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    database = open_database(sqlite_url)
    query = CoverageQuery.read(
        {"disease": "dengue", "place": "home", "from": "2026-06-01", "to": "2026-06-28"}
    )

    def seen():
        return view.view(database, Grant.custodian(), query, "KH04", TODAY)

    _, before, shift = seen()
    assert shift.facts.kept == 4
    assert sqlite_cli("retain", "--older-than", "1y").code == 0
    _, after, shift = seen()
    assert (shift.facts.kept, shift.facts.known_on, shift.facts.of_facilities) == (None, None, False)
    assert (counts(after.earlier), counts(before.earlier)) == ((4, 20), (4, 20))
    assert "Facilities are not paired here" in str(area_panel(after, "", "testing", "week", translator("en")))
    database.dispose()


@pytest.mark.parametrize("seed", range(4))
def test_every_place_has_the_numbers_that_a_count_by_hand_gives(seed, site):
    """Rows of three facilities, two known homes, two years, in files that came at three times."""
    chance = random.Random(seed)
    asked, column, codes = PLACES[("home", "infection", "crossing")[seed % 3]]
    rows = []
    for number in range(260):
        monday = chance.choice(MONDAYS) - (YEAR if chance.random() < 0.6 else timedelta(0))
        facility = chance.choice(("HC1", "HC1", "HC2", "HC3"))
        if (facility, monday) in (("HC2", MONDAYS[1]), ("HC3", MONDAYS[2] - YEAR)):
            continue
        came = CAME[2] if monday in MONDAYS else chance.choice(CAME)
        row = record(
            disease=chance.choice(("dengue", "dengue", "dengue", "tb")),
            facility_id=facility,
            date_visit=(monday + timedelta(days=chance.randrange(7))).isoformat(),
            eligible="yes",
            tested=chance.choice(("yes", "no", "")),
            record_id=f"r{number}",
            **{column: chance.choice((*codes, ""))},
        )
        row = found_positive(row) if column == "place_infection" else row
        rows.append((came, monday, row))
    for day in CAME:
        site.bring(day, *(row for came, _, row in rows if came == day))
    known = [(m, row) for came, m, row in rows if m in MONDAYS or came <= date(2025, 7, 2)]
    reported = {(row["facility_id"], monday) for monday, row in known}
    kept = {
        (name, monday) for name, monday in reported if monday in MONDAYS and (name, monday - YEAR) in reported
    }
    either = {(name, monday) for name, monday in reported if monday in MONDAYS} ^ {
        (name, monday + YEAR) for name, monday in reported if monday not in MONDAYS
    }
    sums = Counter()
    answer = "treated" if column == "place_infection" else "tested"
    for monday, row in known:
        then = monday not in MONDAYS
        if row["disease"] == "dengue" and (row["facility_id"], monday + YEAR if then else monday) in kept:
            key = row[column], row["facility_id"], then
            sums[(*key, "denominator")] += row[answer] != ""
            sums[(*key, "numerator")] += row[answer] == "yes"

    def groups(place, then):
        found = {}
        for name in ("HC1", "HC2", "HC3"):
            places = (*codes, "") if place is None else (place,)
            n = sum(sums[one, name, then, "denominator"] for one in places)
            x = sum(sums[one, name, then, "numerator"] for one in places)
            if n:
                found[name] = Group(x, n)
        return found

    _, _, shift = site.seen(area=None, **asked)
    assert shift.facts.known_on == date(2025, 7, 2)
    assert (shift.facts.kept, shift.facts.left_out) == (len(kept), len(either))
    for code in (*codes, None):
        expected = mantel_haenszel(groups(code, False), groups(code, True))
        change = shift.change_of(code)
        assert change.difference == pytest.approx(expected.now - expected.earlier, abs=1e-12)
        assert change.facilities == expected.paired
        _, panel, _ = site.seen(area=code, **asked)
        for shown, then in ((panel.compared, False), (panel.earlier, True)):
            own = groups(code, then).values()
            assert counts(shown) == (sum(g.numerator for g in own), sum(g.denominator for g in own))
    # All together it is the same change, whatever kind of place is looked at.
    _, _, by_care = site.seen(area=None, measure=asked.get("measure", "testing"))
    assert by_care.total.difference == pytest.approx(shift.total.difference, abs=1e-12)


CELLS = st.tuples(st.sampled_from(("a", "b")), st.sampled_from(("f", "g")), st.integers(0, 3), st.booleans())


@given(
    st.dictionaries(CELLS, st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12),
    st.sets(st.tuples(st.sampled_from(("f", "g")), st.integers(0, 3), st.booleans()), max_size=8),
)
def test_parts_are_the_counts_of_weeks_that_a_facility_reported_in_both_windows(cells, declared):
    pair = compared(Window(MONDAYS[0], MONDAYS[3] + timedelta(days=6)), "year")
    reported = declared | {(name, week, then) for _, name, week, then in cells}

    def window(then):
        day = lambda week: MONDAYS[week] - (YEAR if then else timedelta(0))  # noqa: E731
        parts = {
            (place, name, day(week)): CoverageSums(x + n, x, x + n, 0)
            for (place, name, week, when), (x, n) in cells.items()
            if when == then
        }
        counted = {}
        for (_, name, when), sums in parts.items():
            held = counted.get((name, when), CoverageSums(0, 0, 0, 0))
            counted[name, when] = CoverageSums(*(a + b for a, b in zip(held, sums, strict=True)))
        return Reported.of(counted, [(n, day(w)) for n, w, when in reported if when == then], (), parts)

    found = paired(pair, window(False), window(True))
    for place in ("a", "b"):
        own = found.by_part().get(place)
        for then in (False, True):
            expected = [0, 0]
            for (where, name, week, when), (x, n) in cells.items():
                both = {(name, week, False), (name, week, True)} <= reported
                if where == place and when == then and both:
                    expected = [expected[0] + x, expected[1] + x + n]
            value = (own.earlier if then else own.now) if own else None
            assert ([value.numerator, value.denominator] if value else [0, 0]) == expected
        if own:
            assert (own.weeks, own.left_out) == (found.weeks, found.left_out)
    for name, one in found.facilities.items():
        of_parts = [facilities[name] for facilities in found.parts.values() if name in facilities]
        assert one.now.denominator == sum(part.now.denominator for part in of_parts)
        assert one.earlier.numerator == sum(part.earlier.numerator for part in of_parts)
