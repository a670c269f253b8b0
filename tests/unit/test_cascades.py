"""Cascades of a disease: the command and the service against a table worked by hand."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest

from dashboard.cascade_filters import CascadeQuery
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.cascades import cascade as service
from dashboard.services.disclosure import rules
from dashboard.services.releases.verifying import verify
from db.core.scope import Scope
from surveillance.errors import NotPermittedError, UsageError
from tests.support.accounts import add_accounts
from tests.support.files import record, write_csv
from tests.support.issued import issue
from tests.support.web import served, settings, signed_in

FACILITIES = (
    {"facility_id": "HC1", "name_en": "One", "province": "KH01"},
    {"facility_id": "HC2", "name_en": "Two", "province": "KH02"},
)
LAST, TODAY = date(2026, 3, 31), date(2026, 6, 30)


def case(number, visit="2026-03-02", **more):
    found = {"record_id": str(number), "disease": "malaria", "date_visit": visit, "sex": "male"}
    return record(**(found | more))


def positive(number, treated="", species="pv", g6pd="", primaquine="", completed="", **more):
    """A positive of the second of March, with the result on the third."""
    items = {"species": species, "g6pd": g6pd, "primaquine": primaquine}
    answers = {
        "eligible": "yes", "tested": "yes", "positive": "yes", "treated": "yes" if treated else "",
        "date_tested": "2026-03-02", "date_result": "2026-03-03", "date_treated": treated,
        "completed": completed, "detail": "; ".join(f"{k}={v}" for k, v in items.items() if v),
    }  # fmt: skip
    return case(number, **(answers | more))


#: A disease with enough people to be issued: 120 seen, 90 tested, 54 positive, 36 started treatment.
AWD = [
    record(
        record_id=f"A{number}", disease="awd", date_visit="2026-02-10", sex=("female", "male")[number % 2],
        eligible="yes", tested="yes" if number < 90 else "no", positive="yes" if number < 54 else "no",
        treated="yes" if number < 36 else "no",
    )
    for number in range(120)
]  # fmt: skip
#: 5 started after 1, 1, 3, 5 days and on an unknown day; 2 wait; 1 has its days turned.
CASES = (
    positive(1, "2026-03-04", g6pd="normal", primaquine="14_days", completed="yes"),
    positive(2, "2026-03-04", g6pd="deficient", primaquine="weekly", completed="no", sex="female"),
    positive(3, "2026-03-06", g6pd="normal", primaquine="no", species="mixed"),
    positive(4, "2026-03-08", g6pd="not_tested", primaquine="7_days", sex="female"),
    positive(5, "2026-03-01", species="pf", primaquine="single_dose"),
    positive(6, g6pd="normal", treated=""),
    positive(7, facility_id="HC2", treated=""),
    {**positive(8, "2026-03-09", g6pd="normal", primaquine="14_days"), "date_treated": ""},
    # Not positive: one blank result, three negatives, one not tested, one not eligible, one without a word.
    case(20, eligible="yes", tested="yes"),
    *(case(21 + n, eligible="yes", tested="yes", positive="no", sex="female") for n in range(3)),
    case(30, eligible="yes", tested="no"),
    case(31, eligible="no"),
    case(32, facility_id="HC2"),
    case(40, visit="2026-03-31", disease="tb", eligible="no"),
)  # fmt: skip


@pytest.fixture
def url(cli, prepared, database_url, tmp_path):
    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        done = cli("import", write_csv(tmp_path / "l.csv", *CASES, *AWD))
        assert done.code == 0, done.stderr

    prepared(fill)
    return database_url


@pytest.fixture
def ask(url):
    database = store.open_store(settings(url))

    def answered(who="official", *provinces, times=False, **asked):
        scope = Scope.of(*provinces) if provinces else Scope.everything()
        query = CascadeQuery.read({"disease": "malaria"} | asked)
        return service.cascade(
            database, Grant("who@health.example", who, scope), query, LAST, TODAY, times=times
        )

    yield answered
    database.dispose()


@pytest.mark.sql
def test_the_usual_path_as_counted_by_hand(cli, url):
    rows = cli("cascade", "--disease", "malaria", "--format", "json").json()
    kept = [(row["step"], row["people"], row["among"], row["lost"], row["unknown"]) for row in rows]
    assert kept[:5] == [
        ("seen", 15, None, None, None),
        ("eligible", 13, 14, 1, 1),
        ("tested", 12, 13, 1, 1),
        ("positive", 8, 11, 3, 2),
        ("treated", 6, 6, 0, 4),
    ]
    assert rows[3]["share"] == 8 / 11 and rows[3]["status"] == "value"
    assert rows[3]["of_first"] == 8 / 13  # 15 less the 2 without a result
    assert kept[5][0] == "completed"


@pytest.mark.sql
def test_times_with_those_who_still_wait(cli, url):
    rows = {
        row["span"]: row
        for row in cli("cascade", "--disease", "malaria", "--times", "--format", "json").json()
    }
    start = rows["start"]
    # 1, 1, 3, 5 days, two who wait since the third; one without a day, one whose days are turned.
    assert (start["people"], start["waiting"], start["undated"], start["backward"]) == (6, 2, 1, 1)
    assert (start["lower_quartile"], start["median"], start["upper_quartile"]) == (1, 4, None)
    assert rows["visit_start"]["backward"] == 1
    assert (rows["test"]["people"], rows["test"]["waiting"], rows["test"]["undated"]) == (9, 1, 4)


@pytest.mark.sql
def test_radical_cure_with_males_apart(ask):
    found = ask(path="radical_cure")
    everybody = [(one.code, one.people, one.unknown, one.lost, one.outside) for one in found.steps]
    assert everybody == [
        ("vivax", 7, None, None, None),
        ("g6pd", 5, 1, 1, 0),
        ("started", 3, 1, 1, 1),
        ("completed", 1, 1, 1, 0),
    ]
    assert [one.people for one in found.apart] == [5, 4, 2, 1]
    assert ask(path="radical_cure", sex="female").steps[0].people == 2


def test_losses_by_group_and_by_province_add_up(ask):
    whole = {one.code: one for one in ask().steps}
    for by in ("sex", "province"):
        found = ask(by=by)
        for place, code in enumerate(("eligible", "tested", "positive", "treated")):
            parts = [one.steps[place] for one in found.divided]
            assert {one.code for one in parts} == {code}
            for name in ("people", "among", "unknown", "lost"):
                assert sum(getattr(one, name) or 0 for one in parts) == getattr(whole[code], name)
    two = next(one for one in ask(by="province").divided if one.code == "KH02")
    assert [step.people for step in two.steps[:3]] == [1, 1, 1]
    assert ask(area="KH02").steps[0].people == 2


def test_an_account_sees_its_own_places_alone(ask):
    own = ask("official", "KH02", times=True)
    assert [one.people for one in own.steps[:3]] == [2, 1, 1]
    assert {wait.span: wait.waiting for wait in own.waits}["start"] == 1
    for path in ("usual", "radical_cure"):
        with pytest.raises(UsageError, match="no area"):
            ask("official", "KH02", area="KH01", path=path)


def test_who_reads_issued_figures_is_shown_no_record(ask):
    for who in ("viewer", "partner", "administrator", "reception"):
        found = ask(who, times=True)
        assert all(one.people is None for one in found.in_order), who
        assert found.waits == () and found.hidden == rules.NOTHING_ISSUED
        path = ask(who, path="radical_cure")
        assert path.steps == () and path.hidden == service.NOT_ISSUED_PATH
    with pytest.raises(NotPermittedError):
        ask("nobody")


def test_a_viewer_sees_the_steps_of_a_release_and_its_files_agree_with_it(ask, url, tmp_path):
    database = store.open_store(settings(url))
    issue(database, date(2026, 1, 1), date(2026, 3, 31), ("awd",), axes=("sex",))
    own, found = ask(disease="awd"), ask("viewer", times=True, disease="awd")
    told = {step.code: step for step in found.steps}
    for step in own.steps[2:5]:
        shown = told[step.code]
        assert (shown.people, shown.among, shown.lost) == (step.people, step.among, step.lost), step.code
    assert told["seen"].people == 120 and told["eligible"].reason == rules.NOT_MEASURED
    assert found.release.number == 1 and found.waits_hidden == service.NOT_ISSUED_TIMES
    with served(url) as server:
        add_accounts(database, {"partner": ("partner", None)})
        reader = signed_in(server, "partner")
        for name in (
            "cascade.csv?disease=awd",
            "cascade.csv?disease=awd&by=sex",
            "cascade.csv?disease=awd&by=province",
            "funnel.csv?disease=awd&by=province&measure=positivity",
        ):
            file = tmp_path / "taken.csv"
            file.write_bytes(reader.get(f"/{name}&from=2026-01-01&to=2026-03-31").get_data())
            checked = verify(database, Grant.custodian(), file)
            assert checked.faults == () and checked.checked > 5, (name, file.read_text("utf-8-sig")[:3000])
        said = "the issued periods that hold the days you asked for"
        for page in ("cascade", "curves"):  # days off the lattice show the periods around them, announced
            cut = reader.get(f"/{page}?disease=awd&from=2026-01-10&to=2026-03-20").get_data(as_text=True)
            assert f"2026-01-01 – 2026-03-31, {said} (2026-01-10 – 2026-03-20)" in cut, page
            whole = reader.get(f"/{page}?disease=awd&from=2026-01-01&to=2026-03-31").get_data(as_text=True)
            assert said not in whole, page
    database.dispose()


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"path": "tb_screening"}, "path of tb"), ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
     ({"path": "radical_cure", "by": "sex"}, "only the usual path"), ({"place": "facility"}, "facility"),
     ({"by": "province", "area": "KH01"}, "all areas together"), ({"area": "KH99"}, "no area")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(ask, asked, said):
    with pytest.raises(UsageError, match=said):
        ask(**asked)


def test_hiv_has_no_cascade_by_crossing_or_movement(ask):
    for asked in ({"place": "crossing"}, {"movement": "deported"}):
        found = ask(times=True, disease="hiv", **asked)
        assert found.hidden == rules.NEVER_SHOWN and not found.steps and not found.waits
    assert "movement" not in {one.code for one in ask(disease="hiv", by="movement").divided}


# --- the pages --------------------------------------------------------------------------------------


PERIOD = "from=2026-03-01&to=2026-03-31"


@pytest.fixture
def pages(url):
    with served(url) as server:
        yield lambda who: signed_in(server, who)


def test_the_page_shows_steps_times_and_groups(pages):
    reader = pages("official")
    first = reader.get(f"/cascade?disease=malaria&by=sex&{PERIOD}").get_data(as_text=True)
    assert "Show the days between steps" in first and "From the test to its result" not in first
    page = reader.get(f"/cascade?disease=malaria&by=sex&times=yes&{PERIOD}").get_data(as_text=True)
    assert page.count("<svg") >= 2 and "8 of 11: 72.7%" in page
    for words in (
        "From the positive result to the start of treatment",
        "4 (1–",
        "Who is lost, by group",
        "Female",
    ):
        assert words in page, words
    cure = reader.get(f"/cascade?disease=malaria&path=radical_cure&{PERIOD}").get_data(as_text=True)
    assert "males above 20 kg" in cure and "Of these, males:" in cure and "G6PD tested 4" in cure
    rows = list(
        csv.DictReader(
            io.StringIO(
                reader.get(f"/cascade.csv?disease=malaria&{PERIOD}").get_data(as_text=True).lstrip("\ufeff")
            )
        )
    )
    assert [(row["step"], row["people"]) for row in rows[:4]] == [
        ("seen", "15"),
        ("eligible", "13"),
        ("tested", "12"),
        ("positive", "8"),
    ]
    times = reader.get(f"/cascade/times.csv?disease=malaria&{PERIOD}").get_data(as_text=True)
    assert "start," in times and ",4.0," in times
    for kind in ("svg", "png", "json"):
        assert reader.get(f"/cascade.{kind}?disease=malaria&{PERIOD}").status_code == 200
    wrong = reader.get("/cascade?disease=malaria&path=tb_screening").get_data(as_text=True)
    assert "is a path of tb" in wrong


def test_a_reader_of_issued_figures_is_told_why_there_is_nothing(pages):
    reader = pages("viewer")
    page = reader.get(f"/cascade?disease=malaria&{PERIOD}").get_data(as_text=True)
    assert "none has been issued yet" in page and "<svg" not in page.split("<main")[1]
    funnel = reader.get(f"/funnel?disease=malaria&{PERIOD}").get_data(as_text=True)
    assert "none has been issued yet" in funnel


def test_the_funnel_page_judges_places_by_chance(pages):
    reader = pages("official")
    page = reader.get(f"/funnel?disease=malaria&by=facility&measure=positivity&{PERIOD}").get_data(
        as_text=True
    )
    assert "within the limits of chance" in page and "Places outside the inner limits: 0." in page
    for path in ("/funnel", "/cascade"):
        # The form says which days count; sent back unchanged it asks for none.
        untouched = reader.get(f"{path}?disease=malaria").get_data(as_text=True)
        first, last = re.findall(r'type="date"[^>]* value="([-0-9]{10})"', untouched)
        again = reader.get(f"{path}?disease=malaria&from={first}&to={last}").get_data(as_text=True)
        assert "from=" not in again.split("<h1>")[0] and f'value="{last}"' in again
        other = reader.get(f"{path}?disease=malaria&from={first}&to=2026-02-28").get_data(as_text=True)
        assert f"from={first}" in other
    widened = reader.get(f"/funnel?disease=malaria&measure=positivity&spread=additive&{PERIOD}").get_data(
        as_text=True
    )
    assert "Widened limits need 5 places" in widened
    text = (
        reader.get(f"/funnel.csv?disease=malaria&measure=positivity&{PERIOD}")
        .get_data(as_text=True)
        .lstrip("\ufeff")
    )
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows["HC1"]["numerator"], rows["HC1"]["denominator"], rows["HC1"]["beyond"]) == ("7", "10", "0")
    assert float(rows["HC2"]["lower_95"]) < float(rows["HC1"]["lower_95"])  # one person tells less than ten
    for kind in ("svg", "png", "json"):
        assert reader.get(f"/funnel.{kind}?disease=malaria&measure=positivity&{PERIOD}").status_code == 200
