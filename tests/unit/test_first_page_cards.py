"""The cards of the first page: crossings, the reader's area, what presses, decisions, and the year before."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.components.coverage.first_page import Notice
from dashboard.components.today.morning import KINDS, TO_DO, goes_on, most_pressing
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters.watch import WatchedCluster
from dashboard.services.coverage import view
from dashboard.services.disclosure import weeks as door
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.imports.data_status import data_status
from dashboard.services.today import overview as service
from dashboard.web import site as web_site
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations import decisions as stored
from surveillance.windows import Window
from tests.support.accounts import add_accounts
from tests.support.examples import examples
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

TODAY = date(2025, 7, 10)
#: The last four weeks, the four before, and the same as the first a year before.
NOW, BEFORE, YEAR_BEFORE = date(2025, 6, 2), date(2025, 5, 5), date(2024, 6, 3)
LISTED = ({"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH02"})


def visits(disease, start, positive, negative, facility="HC1", crossing="TH01"):
    """Rows of four weeks, spread over their days."""
    return [
        record(eligible="yes", tested="yes", positive=answer, treated="yes" if answer == "yes" else "")
        | {
            "facility_id": facility,
            "disease": disease,
            "date_visit": str(start + timedelta(days=n % 28)),
            "crossing": crossing,
        }
        for n, answer in enumerate(["yes"] * positive + ["no"] * negative)
    ]


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """Measles rises against both; malaria is three people; HC2 is of another province and crossing."""

    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *LISTED)).code == 0
        rows = [
            *visits("measles", YEAR_BEFORE, 5, 30), *visits("measles", BEFORE, 6, 30),
            *visits("measles", NOW, 30, 20), *visits("malaria", NOW, 3, 40),
            *visits("dengue", NOW, 9, 40, "HC2", "TH03"), *visits("dengue", BEFORE, 9, 40, "HC2", "TH03"),
            *visits("hiv", NOW, 9, 90, crossing=""), *visits("tb", NOW, 1, 1, "HC2", "TH05"),
        ]  # fmt: skip
        rows = [row | {"record_id": str(n)} for n, row in enumerate(rows)]
        rows.append(record(record_id="last", tested="no") | {"disease": "tb", "date_visit": "2025-06-30"})
        done = cli("import", write_csv(tmp_path / "l.csv", *rows))
        assert done.code == 0, done.stderr

    prepared(fill)
    return database_url


def seen(url, *accounts, path="/"):
    """What accounts see at an address."""
    with served(url) as server:
        return [signed_in(server, name).get(path).get_data(as_text=True) for name in accounts]


def card(page, key):
    """The text of one card."""
    found = re.search(rf'<section class="card" id="{key}".*?</section>', page, re.S)
    return found[0] if found else ""


def grant(*provinces):
    return Grant("x", "official", Scope.of(*provinces) if provinces else Scope.everything())


# --- crossings ---------------------------------------------------------------------------------------


@pytest.mark.sql
@pytest.mark.in_turn()
def test_patients_of_a_crossing_are_those_of_every_disease_but_hiv_in_whole_weeks(filled):
    database = open_database(filled)
    found = service.overview(database, grant(), data_status(database), TODAY).crossings
    assert (found.of["TH01"].now, found.of["TH01"].earlier) == (30 + 20 + 3 + 40, 36)
    assert (found.of["TH03"].now, found.of["TH03"].earlier) == (49, 49)
    assert (found.of["TH05"].now, found.of["TH05"].curve) == (None, ())  # two people
    own = service.overview(database, grant("KH02"), data_status(database), TODAY).crossings
    assert own.of["TH03"].now == 49
    assert "TH01" not in own.of or own.of["TH01"].now == 0
    database.dispose()


def test_the_card_leads_to_each_crossing_and_says_what_it_counts(filled):
    national, provincial = seen(filled, "official", "provincial")
    shown = card(national, "crossings")
    assert "Recorded patients, until arrivals are kept" in shown
    assert shown.index("Poipet") < shown.index("O&#39;Smach")
    assert 'href="/crossings/poipet"' in shown
    assert ">93<" in shown and ">36<" in shown
    assert "Poipet" not in card(provincial, "crossings")


def oracle(counts):
    """The rule by hand: 1 to 4 people are few, and so is what is left of four weeks without the last."""

    def told(count):
        return None if count in (1, 2, 3, 4) else count

    now, earlier = sum(counts[4:]), sum(counts[:4])
    last = counts[7] if told(counts[7]) is not None and told(now - counts[7]) is not None else None
    return last, told(now), told(earlier), () if {1, 2, 3, 4} & set(counts) else tuple(counts)


@given(st.lists(st.integers(0, 12), min_size=8, max_size=8))
@settings(max_examples=examples(100))
def test_the_door_of_weeks_tells_nothing_of_few(counts):
    mondays = [date(2025, 5, 5) + timedelta(days=7 * n) for n in range(8)]
    held = {monday: count for monday, count in zip(mondays, counts, strict=True) if count}
    found = door.of_places(Undisclosed({"TH01": held}), mondays[-1], 4, 8)["TH01"]
    assert (found.last, found.now, found.earlier, found.curve) == oracle(counts)


# --- the year before, and what is in elimination -----------------------------------------------------


def test_the_year_before_is_that_of_the_map_for_the_same_question(filled):
    database = open_database(filled)
    found = service.overview(database, grant(), data_status(database), TODAY)
    measles = found.of("measles", "positivity")
    assert (measles.year_count.now, measles.year_count.earlier, measles.year_count.verdict) == (30, 5, "more")
    for asked in found.asked:
        if asked.query.measure == "positivity":
            continue
        again = CoverageQuery.read(asked.query.parameters() | {"compare": "year"})
        assert asked.year == view.compared(database, grant(), again, TODAY)[1].total
    database.dispose()
    (page,) = seen(filled, "official")
    assert "The year before: ▲ more than chance: 30 against 5" in card(page, "weekly")


def test_malaria_in_elimination_is_a_task_and_few_cases_are_told_to_who_may_see_them(filled):
    with served(filled) as server:
        with server.app_context():
            add_accounts(web_site.database(), {"epidemiologist": ("epidemiologist", None)})
        names = ("official", "viewer", "epidemiologist")
        official, viewer, reader = (signed_in(server, name).get("/").get_data(as_text=True) for name in names)
    said = "3 cases: investigated by day 3? focus by day 7?"
    assert f"Malaria: {said}" in card(official, "look")
    assert said in card(official, "weekly")
    assert 'href="/malaria"' not in official
    assert 'href="/malaria"' in card(reader, "look")  # who reads single records
    assert said not in viewer and "Nothing has been issued yet" in viewer


# --- the area of the reader ---------------------------------------------------------------------------


def test_a_national_reader_chooses_a_province_and_keeps_it(filled):
    with served(filled) as server:
        official = signed_in(server, "official")
        page = official.get("/?area=KH02").get_data(as_text=True)
        assert "<h1>Battambang, week 26" in page
        assert ">49<" in card(page, "crossings") and ">93<" not in card(page, "crossings")
        assert "Only patients of the facilities" in card(page, "crossings")
        assert "The map of the whole country counts by home" in page and 'href="/provinces/KH02"' in page
        assert "area=KH02" in re.search(r'href="([^"]+)" class="n">9</a>', card(page, "weekly"))[1]
        assert "<h1>Cambodia" in official.get("/").get_data(as_text=True)
        kept = official.post("/today/area", data={"area": "KH02"})
        assert (kept.status_code, kept.headers["Location"]) == (303, "/")
        assert "HttpOnly" in kept.headers["Set-Cookie"] and "SameSite=Lax" in kept.headers["Set-Cookie"]
        page = official.get("/").get_data(as_text=True)
        assert "<h1>Battambang" in page and 'href="/?area=all"' in page
        assert "<h1>Cambodia" in official.get("/?area=all").get_data(as_text=True)
        assert official.post("/today/area", data={"area": "all"}).status_code == 303
        assert "<h1>Cambodia" in official.get("/").get_data(as_text=True)


def test_what_is_no_province_is_never_chosen_or_kept(filled):
    with served(filled) as server:
        official = signed_in(server, "official")
        for code in ("KH99", "", "kh02", "<b>", "KH01 KH02"):
            assert "<h1>Cambodia" in official.get("/", query_string={"area": code}).get_data(as_text=True)
            assert official.post("/today/area", data={"area": code}).status_code == 400


def test_an_account_of_one_province_has_no_other_whatever_its_cookie_says(filled):
    with served(filled) as server:
        provincial = signed_in(server, "provincial")
        assert provincial.post("/today/area", data={"area": "KH01"}).status_code == 400
        provincial.set_cookie("chhlang-area", "KH01")
        for path in ("/", "/?area=KH01"):
            page = provincial.get(path).get_data(as_text=True)
            assert "<h1>Battambang" in page and ">93<" not in page
            assert 'id="area"' not in page


def test_a_grant_within_a_province_it_does_not_hold_holds_nothing():
    assert grant("KH01").within("KH02").scope.provinces == frozenset()
    assert grant().within("KH02").scope.provinces == {"KH02"}


# --- what presses -------------------------------------------------------------------------------------


def test_what_presses_is_the_first_of_the_first_kind_in_any_order():
    some = [Notice(kind, "", "", "act", kind) for kind in KINDS[:4]]
    for order in permutations(some):
        assert most_pressing(order).kind == KINDS[0]
    twice = [Notice("a", "", "", "act", "cases"), Notice("b", "", "", "act", "cases")]
    assert most_pressing(twice).text == "a"
    assert most_pressing([Notice("a", "", "", "act", "")]) is None


def test_the_line_of_the_morning_says_cases_before_an_overdue_decision(filled):
    database = open_database(filled)
    yesterday = today_in_cambodia() - timedelta(days=1)
    for area, text in (("KH01", "Visit <b>Malai</b>"), ("KH02", "Call Pailin"), (None, "Country")):
        stored.add(database, author="a", area=area, text=text, owner="OD", due=yesterday)
    database.dispose()
    national, provincial = seen(filled, "official", "provincial")

    def morning(page):
        return re.search(r'<p id="morning".*?</p>', page, re.S)[0]

    assert "Measles: 30 found positive, 6 before" in morning(national)
    assert "then note what is decided" in morning(national)
    assert TO_DO.keys() == set(KINDS)
    assert "Overdue: Call Pailin" in morning(provincial)
    shown = card(national, "decisions")
    assert "Visit &lt;b&gt;Malai&lt;/b&gt;" in shown and "Overdue since yesterday" in shown
    assert "open: 3" in shown and "All decisions, and note one" in shown
    own = card(provincial, "decisions")
    assert "Call Pailin" in own and "Malai" not in own and "Country" not in own


# --- what presses, and what no longer does --------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "presses"),
    [
        ("2025-06-01", "2025-06-25", True),
        ("2025-06-01", "2025-06-22", False),  # it ended the week before
        ("2024-12-01", "2025-06-25", False),  # it has been there for long
        (None, None, False),  # without time
    ],
)
def test_a_cluster_presses_while_it_goes_on_and_is_not_old(start, end, presses):
    day = lambda text: date.fromisoformat(text) if text else None  # noqa: E731
    week = Window(date(2025, 6, 23), date(2025, 6, 29))
    cluster = WatchedCluster(
        "0" * 12,
        1,
        "measles",
        "home",
        "KH01",
        1,
        day(start),
        day(end),
        9,
        1.0,
        9.0,
        0.001,
        999.0,
        "high",
        None,
        "",
    )
    assert goes_on(cluster, week) is presses


def test_who_may_not_see_small_counts_has_no_card_of_crossings(filled):
    viewer, national = seen(filled, "viewer", "official")
    assert 'id="crossings"' not in viewer and 'id="crossings"' in national
