"""Classes that people give to cases: who may, what holds, what rules make of it, what the trail says."""

from __future__ import annotations

import csv
import errno
import io
import json
import re
from datetime import timedelta
from unittest import mock

import pytest
from markupsafe import escape

from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.alerts import classes as service
from dashboard.services.alerts import due, night
from dashboard.services.alerts.files import classes as by_file
from dashboard.web import bodies
from dashboard.web import site as web_site
from db.core.scope import Scope
from db.operations import audit
from db.operations.watch import case_classes
from surveillance.errors import NotPermittedError, UsageError
from tests.support.accounts import add_accounts
from tests.support.files import write_csv, write_xlsx
from tests.support.web import say_why, served, signed_in
from tests.unit.test_alerts import (  # noqa: F401 - fixtures
    NOW,
    bring,
    case,
    confirmed,
    database,
    day,
    grant,
    suspected,
    told,
)

WHY = "rubella IgM positive"


def cases(database, who=None, disease="measles", **more):  # noqa: F811
    asked = service.asked({"disease": disease, "from": "2026-05-01", **more}, day(31))
    return service.cases(database, who or grant(), asked, reason="outbreak", most=1000).rows


def give(database, one, to, reason=WHY, who=None, seen=None, at=NOW):  # noqa: F811
    given = {"class": to, "reason": reason, "seen": str(one.newest if seen is None else seen)}
    service.change(database, who or grant(), one.record.version, given, at)


@pytest.mark.sql
def test_a_discarded_case_is_counted_by_no_rule_until_that_is_taken_back(bring, database):  # noqa: F811
    bring(*(suspected(n, on=day(8 + n)) for n in range(5)))
    first = cases(database)[0]
    give(database, first, "discarded")
    night.run(database, NOW)
    assert told(database) == [], "four suspected cases"
    assert not due.rules_wanted(database, 0, NOW + timedelta(minutes=1))
    (held,) = [one for one in cases(database) if one.classified.given]
    assert (held.classified.found, held.classified.now) == ("suspected", "discarded")
    give(database, held, service.UNDO, "another person's result")
    night.run(database, NOW + timedelta(days=1))
    assert told(database) == [("measles-suspected", "Poipet", 5)]
    assert [one.after for one in cases(database)[0].classified.history] == ["discarded", None]
    lines = [row for row in audit.latest(database) if row.action.startswith("case class")]
    assert [row.action for row in lines] == ["case class undone", "case class given"]
    assert all(WHY not in str(row.detail) for row in lines), "what is written stands in no trail"


@pytest.mark.sql
def test_a_class_goes_on_with_an_amended_record_and_not_with_a_withdrawn_one(bring, database):  # noqa: F811
    bring(*(suspected(n, on=day(8 + n)) for n in range(2)))
    night.run(database, NOW)
    one = cases(database)[0]
    give(database, one, "confirmed", at=NOW + timedelta(minutes=1))
    assert due.rules_wanted(database, 0, NOW + timedelta(minutes=11)), "rules look at the new class"
    bring(suspected(1, on=day(9), outcome="recovered"))
    (held,) = [held for held in cases(database) if held.classified.given]
    assert held.record.version != one.record.version and held.classified.now == "confirmed"
    night.run(database, NOW + timedelta(days=1))
    assert told(database) == [("measles-confirmed", "F1", 1)]
    bring(suspected(1, on=day(9), record_status="withdrawn"))
    assert [held for held in cases(database) if held.classified.given] == []
    night.run(database, NOW + timedelta(days=2))
    assert service.case(database, grant(), one.record.version) is None


def test_two_people_do_not_overwrite_each_other_and_nonsense_is_refused(bring, database):  # noqa: F811
    bring(suspected(1), case(2, "F3", disease="hiv"))
    (one,) = cases(database)
    give(database, one, "probable")
    for to, reason, seen in (
        ("confirmed", WHY, 0), ("probable", WHY, None), ("perhaps", WHY, None), ("confirmed", " x ", None),
        ("confirmed", "x" * 301, None),
    ):  # fmt: skip
        now = cases(database)[0]
        with pytest.raises(UsageError):
            give(database, now, to, reason, seen=seen)
    assert len(cases(database)[0].classified.history) == 1
    with pytest.raises(UsageError, match="no such case"):
        service.change(database, grant(), 2**40, {"class": "confirmed", "reason": WHY, "seen": "0"}, NOW)


@pytest.mark.parametrize(
    "given",
    [{"disease": "hiv"}, {"from": "2569-05-01"}, {"from": "2026-06-01"}, {"from": "2024-01-01"},
     {"level": "village", "place": "x"}, {"to": "soon"}],
    ids=str,
)  # fmt: skip
def test_a_question_that_cannot_be_asked_says_why(given):
    with pytest.raises(UsageError):
        service.asked(given, day(31))


def test_who_may_and_within_which_places(bring, database, database_url):  # noqa: F811
    bring(suspected(1), suspected(2, facility="F3"), case(3, disease="hiv"))
    assert len(cases(database)) == 2
    assert [one.record.facility for one in cases(database, grant("KH02"))] == ["F3"]
    assert len(cases(database, level="district", place="Poipet")) == 1
    away = next(one for one in cases(database) if one.record.facility == "F1")
    assert service.case(database, grant("KH02"), away.record.version) is None
    with pytest.raises(UsageError, match="no such case"):
        give(database, away, "confirmed", who=grant("KH02"))
    for role in ("official", "data_manager", "viewer", "administrator"):
        with pytest.raises(NotPermittedError):
            cases(database, grant(role=role))
        with pytest.raises(NotPermittedError):
            give(database, away, "confirmed", who=grant(role=role))
    of_malaria = Grant("m@example.org", "epidemiologist", Scope.made(programmes=["malaria"]))
    with pytest.raises(NotPermittedError):
        cases(database, of_malaria)
    with served(database_url) as server:
        with server.app_context():
            add_accounts(web_site.database(), {"epidemiologist": ("epidemiologist", None)})
        client = signed_in(server, "epidemiologist")
        assert client.get("/cases").headers["Location"].startswith("/records/reason")
        say_why(client)
        path = f"/cases/{away.record.version}"
        page = client.get("/cases?disease=measles&from=2026-05-01").get_data(as_text=True)
        assert f'href="{path}"' in page and "Health post 1" in page
        assert "Investigation of an outbreak or a cluster" in page
        assert "page=2" not in page
        with mock.patch.object(service, "ON_A_PAGE", 1):
            seen = []
            for number in ("1", "2", "999", "x"):
                page = client.get(f"/cases?disease=measles&from=2026-05-01&page={number}&_external=1")
                seen.append(re.findall(r'href="/cases/(\d+)"', page.get_data(as_text=True)))
            assert [len(one) for one in seen] == [1, 1, 1, 1] and seen[0] != seen[1] and seen[0] == seen[3]
        assert client.get("/cases?from=2569-01-01").status_code == 400
        hostile = "<script>alert(1)</script>"
        wrong = client.post(path, data={"class": "", "reason": hostile, "seen": "0"})
        said = wrong.get_data(as_text=True)
        assert wrong.status_code == 400 and hostile not in said and "&lt;script&gt;" in said
        assert (
            client.post(path, data={"class": "discarded", "reason": hostile, "seen": "0"}).status_code == 303
        )
        for language, word in (("en", "Discarded"), ("km", "បានដកចេញ")):
            client.set_cookie("chhlang-language", language)
            said = client.get(path).get_data(as_text=True)
            assert word in said and hostile not in said
        assert client.get("/cases/999999999").status_code == 404


@pytest.mark.sql
def test_classes_of_sealed_days_are_taken_away(bring, database):  # noqa: F811
    bring(suspected(1, on=day(8)), confirmed(2, on=day(20)))
    for one in cases(database):
        give(database, one, "discarded")
    with database.operations.begin() as connection:
        assert case_classes.forget(connection, day(15)) == 1
    assert [one.day for one in case_classes.of_disease(database, "measles")] == [day(20)]


@pytest.mark.sql
def test_who_should_not_have_been_tested_is_counted_by_no_rule_before_somebody_says_otherwise(
    bring,  # noqa: F811
    database,  # noqa: F811
):
    """Not eligible is no suspected case; with a result, or the sender's own word, it is what these say."""
    bring(
        *(case(n, on=day(8 + n), eligible="no") for n in range(5)),
        *(suspected(10 + n, on=day(8 + n), eligible="no") for n in range(2)),
        *(case(20 + n, on=day(8 + n), eligible="yes") for n in range(2)),
    )
    found = {one.record.facts.eligible: 0 for one in cases(database)}
    assert found == {False: 0, None: 0}
    night.run(database, NOW)
    assert told(database) == [], "four suspected cases, and five people who were none"
    spared = [one for one in cases(database) if one.classified.found == "discarded"]
    assert len(spared) == 5
    give(database, spared[0], "suspected", "fever and rash, says the register")
    night.run(database, NOW + timedelta(days=1))
    assert told(database) == [("measles-suspected", "Poipet", 5)]


@pytest.mark.sql
def test_a_file_gives_classes_and_accounts_for_every_row(bring, database, cli, tmp_path):  # noqa: F811
    bring(*(suspected(n, on=day(8 + n)) for n in range(5)), case(9, "F3", disease="hiv"))
    done = cli("cases", "list", "--reason", "measles in Poipet", "--from", "2026-05-01", "--format", "csv")
    assert done.code == 0, done.stderr
    listed = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(listed) == 5 and {one["class"] for one in listed} == {"suspected"}
    names = [int(one["record"]) for one in listed]
    khmer = str(names[1]).translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    rows = [
        {"record": f"{names[0]}.0", "class": "discarded", "reason": WHY},  # as a spreadsheet writes it
        {"record": khmer, "class": "Confirmed", "reason": WHY, "seen": "0"},
        {"record": names[1], "class": "probable", "reason": WHY},
        {"record": names[2], "class": "probable", "reason": WHY, "seen": "99"},
        {"record": names[3], "class": "perhaps", "reason": WHY},
        {"record": names[3], "class": "confirmed", "reason": "x"},
        {"record": "1e3", "class": "confirmed", "reason": WHY},
        {"record": "999999", "class": "confirmed", "reason": WHY},
        {"record": names[4], "class": "undo", "reason": WHY},
    ]
    file = write_csv(tmp_path / "classes.csv", *[{"seen": ""} | row for row in rows])
    tried = json.loads(cli("cases", "import", file, "--dry-run", "--format", "json").stdout)[0]
    assert {one.classified.now for one in cases(database)} == {"suspected"}
    receipt = json.loads(cli("cases", "import", file, "--format", "json").stdout)[0]
    assert {**receipt, "dry_run": True} == tried
    assert [receipt[name] for name in ("rows", "accepted", "duplicate", "rejected")] == [9, 2, 1, 6]
    assert [row for row, _ in receipt["reasons"]] == [4, 5, 6, 7, 8, 9]
    assert "row 3 is of the same case" in receipt["reasons"][0][1]
    assert "somebody changed the class meanwhile" in receipt["reasons"][1][1]
    now = {one.record.version: one.classified.now for one in cases(database)}
    assert (now[names[0]], now[names[1]], now[names[2]]) == ("discarded", "confirmed", "suspected")
    again = cli("cases", "import", file, "--language", "km")
    assert (
        again.code == 0 and "accepted           0" in again.stdout and "duplicate          3" in again.stdout
    )
    lines = [row.action for row in audit.latest(database) if row.action.startswith("case class")]
    assert lines.count("case class given") == 2 and lines.count("case classes imported") == 2
    wrong = cli("cases", "import", write_csv(tmp_path / "wrong.csv", {"record": 1, "why": "x"}))
    assert wrong.code == 2 and "there is no column class, reason" in wrong.stderr


def test_the_page_takes_the_same_file_as_the_command(bring, database, database_url, cli, tmp_path):  # noqa: F811
    bring(*(suspected(n, on=day(8 + n)) for n in range(4)), suspected(9, facility="F3"))
    numbers = {one.record.row_number: one.record.version for one in cases(database)}
    names = [numbers[row] for row in sorted(numbers)]
    khmer = str(names[1]).translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    hostile = "<script>alert(1)</script>"
    lines = [
        (float(names[0]), "discarded", WHY, 0.0),
        (khmer, "Confirmed", WHY, "០"),
        (f"{names[2]}.0", hostile, WHY, ""),
        (hostile, "probable", WHY, ""),
        (names[3], "probable", WHY, ""),
    ]
    file = write_xlsx(tmp_path / "my list.xlsx", ("record", "class", "reason", "seen"), lines)
    by_command = json.loads(cli("cases", "import", file, "--dry-run", "--format", "json").stdout)[0]
    with served(database_url) as server:
        with server.app_context():
            people = {"epidemiologist": ("epidemiologist", None), "of-another": ("epidemiologist", ("KH02",))}
            add_accounts(web_site.database(), people)
        client, other = signed_in(server, "epidemiologist"), signed_in(server, "of-another")

        def post(who, what, path=file, called=None):
            sent = (io.BytesIO(path.read_bytes()), called or path.name)
            return who.post("/cases", data={"file": sent, "what": what}, content_type="multipart/form-data")

        assert post(client, "store").headers["Location"].startswith("/records/reason")
        say_why(client), say_why(other)
        assert post(signed_in(server, "official"), "store").status_code == 403
        tried = post(client, "try")
        page = tried.get_data(as_text=True)
        assert tried.status_code == 200 and "nothing was stored" in page
        assert hostile not in page and "&lt;script&gt;" in page
        assert {one.classified.now for one in cases(database)} == {"suspected"}
        counts = [int(n) for n in re.findall(r"<dd>(\d+)</dd>", page)]
        assert counts == [by_command[name] for name in ("rows", "accepted", "duplicate", "rejected")]
        assert counts == [5, 3, 0, 2]
        for number, why in by_command["reasons"]:
            assert f'data-label="Row">{number}</th><td>{escape(why)}' in page
        assert "<dd>5</dd>" in post(other, "store").get_data(as_text=True).split("Rejected")[1]
        assert {one.classified.now for one in cases(database)} == {"suspected"}, "cases of other provinces"
        assert post(client, "store").status_code == 200
        now = {one.record.version: one.classified.now for one in cases(database)}
        assert [now[name] for name in names] == [
            "discarded",
            "confirmed",
            "suspected",
            "probable",
            "suspected",
        ]
        again = [int(n) for n in re.findall(r"<dd>(\d+)</dd>", post(client, "store").get_data(as_text=True))]
        assert again == [5, 0, 3, 2]
        trail = [(one.actor, one.action) for one in audit.latest(database) if "case classes" in one.action]
        assert (("epidemiologist@example.org", "case classes imported")) in trail
        assert (("epidemiologist@example.org", "case classes tried")) in trail

        wrong = write_csv(tmp_path / "wrong.csv", {"record": 1, "why": "x"})
        answer = post(client, "store", wrong, "../../a <b>.csv")
        assert answer.status_code == 400
        assert "a &lt;b&gt;.csv: there is no column class, reason" in answer.get_data(as_text=True)
        broken = tmp_path / "broken.xlsx"
        broken.write_bytes(b"PK\x03\x04 no workbook")
        assert "broken.xlsx" in (answer := post(client, "try", broken)).get_data(as_text=True)
        assert answer.status_code == 400
        assert client.post("/cases", data={"what": "store"}).status_code == 400
        many = ({"record": n, "class": "probable", "reason": WHY} for n in range(1, by_file.MOST + 2))
        answer = post(client, "try", write_csv(tmp_path / "many.csv", *many))
        assert answer.status_code == 400 and "at most 5,000 rows" in answer.get_data(as_text=True)
        length = {"CONTENT_LENGTH": str(by_file.LARGEST + bodies.BESIDE_FILE + 1)}
        assert (answer := client.post("/cases", environ_overrides=length)).status_code == 413
        assert "at most 6 MB" in answer.get_data(as_text=True)
        client.set_cookie("chhlang-language", "km")
        assert "គ្មានអ្វីត្រូវបានរក្សាទុក" in post(client, "try").get_data(as_text=True)


def test_a_file_that_the_database_stops_taking_says_which_rows_are_stored(bring, database, tmp_path):  # noqa: F811
    bring(*(suspected(n, on=day(8 + n)) for n in range(3)))
    rows = [{"record": one.record.version, "class": "discarded", "reason": WHY} for one in cases(database)]
    path = write_csv(tmp_path / "classes.csv", *rows)
    add, left = case_classes.add, [1]

    def once(*given):
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        return add(*given)

    stopped = mock.patch.object(case_classes, "add", once)
    with stopped, pytest.raises(UsageError, match=r"row 3: .*stored before it: 1\.") as raised:
        by_file.import_classes(database, grant(), path, NOW, str)
    assert raised.value.in_words(translator("km")) != str(raised.value)
    assert sorted(one.classified.now for one in cases(database)) == ["discarded", "suspected", "suspected"]
    again = by_file.import_classes(database, grant(), path, NOW, str)
    assert (again.accepted, again.duplicate) == (2, 1)


def test_the_command_gives_a_class_shows_its_history_and_takes_it_back(bring, database, cli):  # noqa: F811
    bring(suspected(1))
    (one,) = cases(database)
    number = str(one.record.version)
    assert cli("cases", "set", number, "discarded", "--reason", WHY, "--seen", "0").code == 0
    stale = cli("cases", "set", number, "confirmed", "--reason", WHY, "--seen", "0")
    assert stale.code == 2 and "meanwhile" in stale.stderr
    assert cli("cases", "set", number, "confirmed", "--reason", "no").code == 2
    assert cli("cases", "set", number, "undo", "--reason", "another person's result").code == 0
    found = json.loads(cli("cases", "history", number, "--format", "json").stdout)
    assert [(row["before"], row["after"], row["by"]) for row in found] == [
        ("suspected", "discarded", "command line"), ("discarded", None, "command line"),
    ]  # fmt: skip
    assert cli("cases", "history", "99999").code == 2
    assert cli("cases", "list", "--reason", "short").code == 2
    assert cli("cases", "list", "--reason", "an outbreak in Poipet", "--disease", "hiv").code == 2
