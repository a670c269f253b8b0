"""Classes that people give to cases: who may, what holds, what rules make of it, what the trail says."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest import mock

import pytest

from dashboard.permissions import Grant
from dashboard.services.alerts import classes as service
from dashboard.services.alerts import due, night
from dashboard.web import site as web_site
from db.core.scope import Scope
from db.operations import audit
from db.operations.watch import case_classes
from surveillance.errors import NotPermittedError, UsageError
from tests.support.accounts import add_accounts
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
