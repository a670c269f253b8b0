"""The bulletin: numbers are those of the services, it says the same again, and gives nothing small away."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.components.bulletin import files, words
from dashboard.exports.bulletin import as_html, editable, paper
from dashboard.exports.bulletin.khmer_lines import BREAK
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.alerts import outbreaks as known_outbreaks
from dashboard.services.alerts import register as alerts
from dashboard.services.bulletin.make import bulletin, periods
from dashboard.services.bulletin.models import Edition
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.table import coverage
from dashboard.services.reporting.table import reporting_table
from dashboard.services.today import decisions
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations import alerts as register
from db.operations.alerts import Where
from surveillance.alerts.evaluate import Verdict
from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import RULES
from surveillance.bulletin.period import read_period
from surveillance.errors import NotPermittedError, UsageError
from surveillance.status import Status
from tests.support import outbreaks
from tests.support.command_line import CommandLine
from tests.support.files import write_csv
from tests.support.issued import issue
from tests.support.web import served, signed_in

#: The week and month of the outbreak.
WEEK, MONTH = read_period("2025-W15", None), read_period(None, "2025-04")
OFFICIAL = Grant("official@example.org", "official", Scope.everything())
VIEWER = Grant("viewer@example.org", "viewer", Scope.everything())


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    """A database with an outbreak, a release, an alert that was judged, a decision; and its command line."""
    folder = tmp_path_factory.mktemp("bulletin")
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        outbreaks.fill(cli, folder)
        database = open_database(url)
        issue(database, date(2025, 1, 1), date(2025, 6, 30), ["measles"])
        days = {WEEK.first + timedelta(days=n): 1 for n in range(6)}
        verdict = Verdict(max(days), min(days), 6, 5.0, True, counts=tuple(sorted(days.items())))
        alarm = Alarm(RULES["measles-suspected"], "province", "KH01", verdict, ())
        at = datetime(2025, 4, 10, 3, tzinfo=UTC)
        assert register.tell(database, [(alarm, Where("KH01"), days)], 1, at) == 1
        form = {"text": "ទៅពិនិត្យប៉ោយប៉ែត", "owner": "OD Poipet", "due": str(today_in_cambodia()), "area": "KH01"}
        decisions.add(database, OFFICIAL, form, today_in_cambodia())
        yield database, cli, folder
        database.dispose()


def made(site, period=WEEK, *, own=True, province=None, as_of=None, grant=OFFICIAL):
    edition = Edition(period, province, own, as_of or today_in_cambodia())
    return bulletin(site[0], grant, edition)


def of(found, code="measles"):
    return next(one for one in found.diseases if one.code == code)


def text_of(found, language="en"):
    """All words of the HTML, without its letters and figures."""
    html = files.written(found, language, "html").decode()
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(style|svg).*?</\1>", " ", html, flags=re.S))


def test_numbers_are_those_of_the_services(site):
    database, found = site[0], made(site)
    query = CoverageQuery("measles", measure="yield", start=WEEK.first, end=WEEK.last)
    table = coverage(database, OFFICIAL, query, today_in_cambodia())
    measles = of(found)
    assert measles.now.count == table.total.numerator
    assert measles.now.count == 30, "the fifteen cases of each of three facilities lie in two weeks"
    told = {
        row.area.code: row.value.numerator
        for row in table.rows
        if row.value.status is not Status.NOT_REPORTED
    }
    assert {one.code: one.cases.count for one in measles.places if one.cases.count is not None} == {
        code: count for code, count in told.items() if code.startswith("KH")
    }
    assert measles.above and measles.method == "ears"
    (country,) = reporting_table(
        database, OFFICIAL, by="country", disease=None, first=WEEK.first, last=WEEK.last
    )
    assert (found.reporting.total.due, found.reporting.total.received) == (country.due, country.received)
    said = text_of(found)
    assert "Not for passing on" in said and "official" in said
    assert (
        f"{found.delay} days after the week ended" in said
        and found.delay == (today_in_cambodia() - WEEK.last).days
    )
    assert "30" in said and "Above the threshold: Measles." in said


def test_the_month_sums_its_days_and_a_province_is_its_own(site):
    month, province = made(site, MONTH), made(site, MONTH, province="KH01")
    query = CoverageQuery("measles", measure="yield", start=MONTH.first, end=MONTH.last)
    table = coverage(site[0], OFFICIAL, query, today_in_cambodia())
    own = next(row for row in table.rows if row.area.code == "KH01")
    assert (of(month).now.count, of(province).now.count) == (table.total.numerator, own.value.numerator)
    assert {row.code for row in province.reporting.areas} == {"KH01"}
    assert {row.province for row in province.reporting.silent} <= {"KH01"}


def test_an_edition_for_passing_on_tells_what_is_issued_at_the_threshold_of_partners(site):
    found = made(site, MONTH, own=False, grant=VIEWER)
    partner = Grant("bulletin", "partner", Scope.everything())
    query = CoverageQuery("measles", measure="positivity", start=MONTH.first, end=MONTH.last)
    table = coverage(site[0], partner, query, today_in_cambodia())
    measles = of(found)
    assert (measles.of, measles.now.count) == ("2025-04", table.total.numerator)
    assert found.release.threshold == found.threshold == 11
    assert found.alerts.rows == () and not found.decisions.told and not found.reception.told
    assert found.reporting.silent == ()
    counts = [one.cases.count for one in (*measles.steps, *measles.places)]
    assert all(count is None or count == 0 or count >= 11 for count in counts)
    hidden = {row.area.code for row in table.rows if row.value.status is Status.HIDDEN}
    assert measles.withheld == (0 < len(hidden) < 3)
    said = text_of(found)
    assert "No number from 1 to 10 people is told" in said
    assert "OD Poipet" not in said and "Not for passing on" not in said
    assert text_of(made(site, MONTH, own=False)) == said, "the same whoever asks"


def test_a_week_for_passing_on_tells_the_last_issued_month(site):
    assert of(made(site, own=False)).of == "2025-03"


def test_who_may_have_which_edition(site):
    with pytest.raises(NotPermittedError, match="for passing on"):
        made(site, grant=VIEWER)
    provincial = Grant("p@example.org", "official", Scope.of("KH01"))
    assert made(site, province="KH01", grant=provincial).own
    for province in (None, "KH02"):
        with pytest.raises(NotPermittedError):
            made(site, province=province, grant=provincial)
    with pytest.raises(NotPermittedError):
        made(site, own=False, grant=Grant("x@example.org", "partner", Scope.everything()))
    with pytest.raises(UsageError, match="has not come yet"):
        made(site, as_of=today_in_cambodia() + timedelta(days=1))
    with pytest.raises(UsageError, match="no province"):
        made(site, province="KH99")
    with pytest.raises(UsageError, match="small numbers"):
        files.written(made(site), "en", "png")


def test_alerts_stand_as_they_stood_then(site):
    database = site[0]
    (one,) = register.listed(database, Scope.everything())
    before = made(site)
    assert [(row.disease, row.count, row.state, row.closed) for row in before.alerts.rows] == [
        ("measles", 6, "new", False)
    ]
    register.add_step(database, Scope.everything(), one.id, "official", "verified", {}, {"verified": True})
    after = made(site)
    assert (after.alerts.raised, after.alerts.verified, after.alerts.open) == (1, 1, 1)
    assert "Measles" in text_of(after) and "Verified" in text_of(after)
    numbers = made(site, own=False).alerts
    assert (numbers.raised, numbers.verified, numbers.rows, numbers.signals) == (1, 1, (), ())


def test_an_alert_of_a_closed_event_says_so_in_the_bulletin(site):
    database = site[0]
    (one,) = register.listed(database, Scope.everything())
    given = {"name": "Banteay 2025", "disease": "measles", "level": "province", "place": "KH01"}
    given |= {"first": str(WEEK.first - timedelta(days=60)), "last": str(WEEK.first - timedelta(days=30))}
    known_outbreaks.add_missed(database, OFFICIAL, given)
    alerts.act(database, OFFICIAL, one.id, "event", {"event": "Banteay 2025"})
    (row,) = made(site).alerts.rows
    assert (row.event, str(row.event_last), row.inside) == ("Banteay 2025", given["last"], 0)
    assert f"Event: Banteay 2025, closed, last day {given['last']}" in text_of(made(site))
    assert "Banteay 2025" not in text_of(made(site, own=False))


def test_the_same_day_gives_the_same_bytes(site):
    first, again = made(site), made(site)
    assert first == again
    for language in ("en", "km"):
        assert files.written(first, language, "html") == files.written(again, language, "html")
    assert files.written(first, "en", "docx") == files.written(again, "en", "docx")


def test_cases_in_a_known_outbreak_are_said_as_they_were_known_then(site):
    """In editions with small numbers alone; a last day that was set later is not told."""
    database = site[0]
    today, tomorrow = today_in_cambodia(), today_in_cambodia() + timedelta(days=1)
    assert made(site).known == () and [one.inside for one in made(site).alerts.rows] == [0]
    given = {"name": "Banteay 2025", "disease": "measles", "level": "province", "place": "KH01"}
    number = known_outbreaks.add_missed(database, OFFICIAL, given | {"first": str(WEEK.first)})
    then = made(site)
    (known,) = then.known
    assert (known.disease, known.names) == ("measles", ("Banteay 2025",))
    assert 0 < known.inside <= of(then).now.count
    assert [(row.count, row.inside) for row in then.alerts.rows] == [(6, 6)]
    said = text_of(then)
    assert f"Of the cases {known.inside} are in a known outbreak already: Banteay 2025." in said
    assert "6 (6)" in said and "In brackets: cases that are in a known outbreak already." in said
    assert "Banteay 2025" not in text_of(made(site, own=False)) and made(site, own=False).known == ()
    assert made(site, province="KH02").known == ()
    assert made(site, province="KH01").known[0].inside == known.inside
    known_outbreaks.set_days(database, OFFICIAL, number, {"last": str(WEEK.first)})
    with database.operations.begin() as connection:
        newest = "id = (SELECT max(id) FROM outbreak_last)"
        connection.exec_driver_sql(
            f"UPDATE outbreak_last SET at = ? WHERE {newest}", (f"{tomorrow}T05:00:00.000+00:00",)
        )
    edition = Edition(WEEK, None, True, today)
    again = bulletin(database, OFFICIAL, edition, tomorrow)
    now = bulletin(database, OFFICIAL, replace(edition, as_of=tomorrow), tomorrow)
    assert (again.known, again.alerts) == (then.known, then.alerts)
    assert now.known[0].inside < known.inside and [row.inside for row in now.alerts.rows] == [1]


def test_an_earlier_day_knows_nothing_that_came_later(site, tmp_path, monkeypatch):
    """What is imported, decided and judged on a later day is in no bulletin as of the day before."""
    database, cli, _ = site
    today, tomorrow = today_in_cambodia(), today_in_cambodia() + timedelta(days=1)
    edition = Edition(WEEK, None, True, today)
    then = bulletin(database, OFFICIAL, edition, today)
    later = [outbreaks._row("measles", 90_000 + n, "F1", WEEK.first, True) for n in range(7)]
    assert cli("import", write_csv(tmp_path / "later.csv", *later)).code == 0
    with database.records.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE batch SET received_at = ? WHERE id = (SELECT max(id) FROM batch)",
            (f"{tomorrow}T05:00:00+00:00",),
        )
    again = bulletin(database, OFFICIAL, edition, tomorrow)
    now = bulletin(database, OFFICIAL, replace(edition, as_of=tomorrow), tomorrow)
    assert (of(then).now.count, of(now).now.count) == (30, 37)
    assert again.diseases == then.diseases
    assert (again.reporting, again.alerts, again.decisions) == (then.reporting, then.alerts, then.decisions)
    assert again.reception == then.reception and again.reception.known


def test_where_nothing_is_it_says_so(site, sqlite_url):
    quiet = read_period("2025-W02", None)
    early = text_of(made(site, quiet))
    assert "No alert was raised in these days." in early and "No threshold" in early
    issued = text_of(made(site, read_period(None, "2025-01"), own=False))
    assert "No threshold can be told yet." in issued
    after = text_of(made(site, read_period("2025-W40", None)))
    assert "Nothing was reported of these days." in after
    assert "No case is recorded, and nothing was reported of these days." in after
    empty = open_database(sqlite_url)
    assert periods(empty, OFFICIAL, today_in_cambodia()) == {"week": [], "month": []}
    with pytest.raises(Exception, match="there are no records yet"):
        bulletin(empty, OFFICIAL, Edition(WEEK, None, True, today_in_cambodia()))
    empty.dispose()


def test_signs_between_words_are_on_paper_alone(site):
    found = made(site)
    made_km = words.document(found, "km")
    assert "ទៅពិនិត្យប៉ោយប៉ែត" in text_of(found, "km")
    for kind in ("html", "docx"):
        content = files.written(found, "km", kind)
        assert BREAK not in (content.decode() if kind == "html" else _words(content))
    assert BREAK not in "".join(block.svg for block in made_km.blocks if hasattr(block, "svg"))
    printed = as_html.page(paper.for_paper(made_km), "", lambda figure: "")
    assert printed.count(BREAK) > 100
    assert "DOCTYPE" in printed.upper() and printed.replace(BREAK, "") == as_html.page(
        made_km, "", lambda _: ""
    )


def _words(docx):
    with zipfile.ZipFile(io.BytesIO(docx)) as held:
        return held.read("word/document.xml").decode()


def test_an_editable_document_has_the_head_of_the_state_its_tables_and_pictures(site):
    content = files.written(made(site), "km", "docx")
    said = _words(content)
    assert "ព្រះរាជាណាចក្រកម្ពុជា" in said and "Nation Religion King" in said and "2025-W15" in said
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        assert sum(name.endswith(".png") for name in held.namelist()) == 2
    assert said.count("<w:tbl>") >= 4


def test_the_sheet_of_the_meeting_names_who_does_what(site):
    html = files.written(made(site), "en", "html", meeting=True).decode()
    assert "OD Poipet" in html and "Not done" in html and "New decisions" in html
    assert "1. Who reported" not in html
    with pytest.raises(UsageError, match="names people"):
        files.written(made(site, own=False), "en", "html", meeting=True)


@pytest.mark.parametrize("lacks", ["weasyprint", "khmercut", "pango"])
def test_without_what_a_pdf_needs_the_html_works_and_it_says_so(site, monkeypatch, lacks):
    if lacks == "pango":
        monkeypatch.setattr(paper, "_has_pango", lambda: False)
    else:
        monkeypatch.setattr(paper, "_has_package", lambda name: name != lacks)
    found = made(site)
    assert files.written(found, "km", "html")
    with pytest.raises(UsageError, match=f"(?i){lacks}.*HTML"):
        files.written(found, "km", "pdf")
    out = site[2] / "none.pdf"
    done = site[1]("bulletin", "--week", "2025-W15", "--format", "pdf", "--out", str(out))
    assert done.code == 2 and lacks in done.stderr.lower() and not out.exists()


def test_without_the_package_a_docx_says_so(monkeypatch, site):
    monkeypatch.setattr(editable, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="python-docx"):
        files.written(made(site), "en", "docx")


def test_the_command_writes_the_file_and_the_trail(site):
    _, cli, folder = site
    out = folder / "b.png"
    done = cli("bulletin", "--month", "2025-04", "--language", "km", "--format", "png", "--out", str(out))
    assert done.code == 0, done.stderr
    assert out.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert "For passing on" in done.stderr and "days after the month ended" in done.stderr
    for wrong in (("--week", "2025-W60"), ("--week", "2025-W15", "--month", "2025-04"), ()):
        assert cli("bulletin", *wrong, "--out", str(out)).code == 2


def test_the_page_lists_periods_and_gives_each_reader_her_edition(site):
    """The link of each file leads to it; small numbers are refused to whoever is not entitled to them."""
    url = site[0].records.url.render_as_string(hide_password=False)
    with served(url) as server:
        viewer, official = signed_in(server, "viewer"), signed_in(server, "official")
        page = viewer.get("/bulletin?language=km").get_data(as_text=True)
        assert "2025-W25" in page and "2025-05" in page and "edition=own" not in page
        address = "/bulletin/2025-04.html?language=en&amp;edition=issued"
        assert address in viewer.get("/bulletin?language=en").get_data(as_text=True)
        told = viewer.get(address.replace("&amp;", "&"))
        assert told.status_code == 200 and "attachment" in told.headers["Content-Disposition"]
        assert "No number from 1 to 10 people is told" in told.get_data(as_text=True)
        assert viewer.get("/bulletin/2025-W15.html?edition=own").status_code == 403
        assert viewer.get("/bulletin/2025-W15/meeting.html").status_code == 403
        assert viewer.get("/bulletin/2025-W99.html").status_code == 400
        assert viewer.get("/bulletin?as_of=yesterday").status_code == 400
        assert viewer.get("/bulletin?as_of=2569-06-01").status_code == 400
        own = official.get("/bulletin?edition=own").get_data(as_text=True)
        assert "/bulletin/2025-W15/meeting." in own and "2025-W15.png" not in own
        file = official.get("/bulletin/2025-W15.html?edition=own&language=en").get_data(as_text=True)
        assert "Not for passing on" in file
        provincial = signed_in(server, "provincial")
        hers = provincial.get("/bulletin/2025-W15.html?edition=own")
        assert hers.status_code == 200 and "W15-KH02-own" in hers.headers["Content-Disposition"]
        assert provincial.get("/bulletin/2025-W15.html?edition=own&province=KH01").status_code == 403
        early = official.get("/bulletin?edition=own&as_of=2025-04-14").get_data(as_text=True)
        assert "not over on this day" in early
