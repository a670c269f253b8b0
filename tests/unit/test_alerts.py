"""The register of alerts: raised once from the records, grown, judged and closed, gone up, within a scope."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.components.alerts import groups, outbreak_words
from dashboard.curve_filters import CurveQuery
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.alerts import due, monthly, night, outbreaks, replaying, scans
from dashboard.services.alerts import register as service
from dashboard.services.curves import curve as curves
from dashboard.services.curves.known import in_outbreaks
from db.clusters import runs, standing
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations import alerts as stored
from db.operations import audit
from db.operations.watch import scans as watched
from db.tables.operations import cluster, cluster_member, cluster_run
from surveillance.errors import NotPermittedError, UsageError
from tests.support import telling
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

NOW = datetime(2026, 5, 31, 20, tzinfo=UTC)
FACILITIES = (
    {"facility_id": "F1", "province": "KH01", "operational_district": "Poipet", "name_en": "Health post 1"},
    {"facility_id": "F2", "province": "KH01", "operational_district": "Poipet", "name_en": "Health post 2"},
    {"facility_id": "F3", "province": "KH02", "operational_district": "Sangke", "name_en": "Hospital 3"},
)


def day(number, month=5):
    return date(2026, month, number)


def case(number, facility="F1", on=None, disease="measles", **more):
    return record(
        record_id=str(number), person_id=f"P{number}", facility_id=facility, disease=disease,
        date_visit=(on or day(10)).isoformat(), sex="female", age_years="20", **more,
    )  # fmt: skip


def suspected(number, **more):
    return case(number, case_status="suspected", **more)


def confirmed(number, facility="F1", on=None, **more):
    given = {"case_status": "confirmed", "tested": "yes", "positive": "yes", "test_method": "serology"} | more
    return case(number, facility, on, **given)


#: A record of every facility at the end, so that the records reach there.
ENDS = [suspected(900 + n, facility=f"F{n}", on=day(30), disease="ili") for n in (1, 2, 3)]
BEGINS = [suspected(990, on=date(2026, 1, 1), disease="ili")]


@pytest.fixture
def bring(cli, tmp_path, database_url):
    """Import records; the first time with the facilities."""
    brought = []

    def deliver(*rows):
        if not brought:
            assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
            rows = (*BEGINS, *rows, *ENDS)
        brought.append(rows)
        done = cli("import", write_csv(tmp_path / f"{len(brought)}.csv", *rows))
        assert done.code == 0, done.stderr

    return deliver


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def grant(*provinces, role="epidemiologist"):
    return Grant("who@health.example", role, Scope.of(*provinces) if provinces else Scope.everything())


def told(database, who=None):
    return sorted((one.rule, one.place, one.count) for one in service.every(database, who or grant()))


@pytest.mark.in_turn()  # PostgreSQL: an open alert grows, below
@pytest.mark.sql
def test_alerts_are_raised_once_and_say_what_they_rest_on(bring, database):
    bring(
        *(suspected(n, facility="F1" if n % 2 else "F2", on=day(8 + n)) for n in range(5)),
        case(20, "F3", day(12), "cholera", tested="yes", positive="yes", test_method="rdt"),
        case(21, "F3", day(13), "cholera", tested="yes", positive="no", test_method="rdt"),
    )
    first = night.run(database, NOW)
    assert told(database) == [("cholera-rdt", "F3", 1), ("measles-suspected", "Poipet", 5)]
    one = next(one for one in service.every(database, grant()) if one.place == "Poipet")
    assert (one.first_case, one.day, one.threshold, one.level) == (day(8), day(12), 5.0, "district")
    assert one.counts == {day(8 + n): 1 for n in range(5)} and one.curve == one.counts
    assert one.data_version == 1
    again = night.run(database, NOW + timedelta(days=1))
    assert (first.raised, again.raised) == (2, 0)
    assert len(told(database)) == 2
    said = [row.action for row in audit.latest(database)]
    assert said.count("alert raised") == 2


@pytest.mark.sql
def test_an_open_alert_grows_and_a_closed_one_is_raised_again_only_on_new_cases(bring, database):
    bring(*(suspected(n, on=day(8)) for n in range(5)))
    night.run(database, NOW)
    bring(*(suspected(50 + n, on=day(15)) for n in range(2)))
    night.run(database, NOW + timedelta(days=1))
    assert told(database) == [("measles-suspected", "Poipet", 5)]
    (one,) = service.every(database, grant())
    assert (one.count, one.last_count) == (5, 7), "what was seen when it was raised stays"
    service.act(database, grant(), one.id, "refuted", {})
    service.act(database, grant(), one.id, "closed", {"outcome": "not_cases"})
    assert night.run(database, NOW + timedelta(days=2)).raised == 0
    bring(suspected(60, on=day(16)))
    assert night.run(database, NOW + timedelta(days=3)).raised == 1, "within seven days, and it grew"
    assert [(one.open, one.count) for one in service.every(database, grant())] == [(True, 8), (False, 5)]


def test_what_is_told_at_once_is_an_alert_for_every_new_case(bring, database):
    bring(confirmed(1), confirmed(2, on=day(11)))
    night.run(database, NOW)
    of = [row for row in told(database) if row[0] == "measles-confirmed"]
    assert of == [("measles-confirmed", "F1", 1)] * 2
    bring(confirmed(3, on=day(11)))
    night.run(database, NOW)
    of = [row for row in told(database) if row[0] == "measles-confirmed"]
    assert of == [("measles-confirmed", "F1", 1)] * 2 + [("measles-confirmed", "F1", 2)]


def test_a_missed_night_is_caught_up_and_a_killed_run_doubles_nothing(bring, database, monkeypatch):
    bring(*(suspected(n, on=day(2)) for n in range(5)), confirmed(10, "F3", day(3)))
    calls = []
    real = stored.tell

    def killed(*given):
        calls.append(given)
        if len([one for one in calls if one[1]]) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(stored, "tell", killed)
    with pytest.raises(KeyboardInterrupt):
        night.run(database, NOW)
    assert len(told(database)) == 1 and stored.latest_run(database) is None
    monkeypatch.undo()
    night.run(database, NOW + timedelta(days=20))
    assert told(database) == [("measles-confirmed", "F3", 1), ("measles-suspected", "Poipet", 5)]


def test_a_life_from_raised_to_closed_with_its_steps_and_audit(bring, database):
    bring(confirmed(1, on=day(28)))
    night.run(database, NOW)
    (one,) = service.every(database, grant())
    for kind, given in (
        ("owner", {"owner": "OD Poipet"}), ("looked", {}), ("looked", {}), ("verified", {}),
        ("event", {"event": "Measles, market"}), ("note", {"note": "two more rashes"}),
    ):  # fmt: skip
        service.act(database, grant(), one.id, kind, given)
    for kind, given in (("closed", {"outcome": "nonsense"}), ("note", {"note": " "}), ("dance", {}),
                        ("owner", {"owner": "x" * 81})):  # fmt: skip
        with pytest.raises(UsageError):
            service.act(database, grant(), one.id, kind, given)
    service.act(database, grant(), one.id, "closed", {"outcome": "outbreak"})
    found = service.alert(database, grant(), one.id)
    kinds = [step.kind for step in found.steps]
    assert kinds == ["raised", "owner", "looked", "verified", "event", "note", "closed"]
    held = found.alert
    assert (held.owner, held.verified, held.event, held.outcome) == (
        "OD Poipet",
        True,
        "Measles, market",
        "outbreak",
    )
    with pytest.raises(UsageError, match="closed"):
        service.act(database, grant(), one.id, "note", {"note": "late"})
    lines = [json.loads(row.detail)["kind"] for row in audit.latest(database) if row.action == "alert step"]
    assert sorted(lines) == sorted(kinds[1:]), "and no text of a note"
    (made,) = [row for row in service.register(database, grant()).yields if row.rule == "measles-confirmed"]
    assert (made.alerts, made.verified, made.events, made.early, made.never_acted) == (1, 1, 1, 1, 0)


def test_closing_needs_a_verdict(bring, database):
    bring(confirmed(1))
    night.run(database, NOW)
    (one,) = service.every(database, grant())
    with pytest.raises(UsageError, match="verified"):
        service.act(database, grant(), one.id, "closed", {"outcome": "outbreak"})


def test_an_unowned_alert_goes_up_and_an_owned_one_stays(bring, database):
    bring(confirmed(1), confirmed(2, "F3"))
    night.run(database, NOW)
    owned = next(one for one in service.every(database, grant()) if one.place == "F1")
    service.act(database, grant(), owned.id, "owner", {"owner": "OD Poipet"})
    assert stored.go_up(database, NOW + timedelta(hours=23)) == 0
    assert stored.go_up(database, NOW + timedelta(hours=25)) == 1
    assert stored.go_up(database, NOW + timedelta(hours=25)) == 0
    assert {one.place: one.level_now for one in service.every(database, grant())} == {
        "F1": "facility", "F3": "district",
    }  # fmt: skip
    other = next(one for one in service.every(database, grant()) if one.place == "F3")
    assert [step.kind for step in service.alert(database, grant(), other.id).steps] == ["raised", "up"]


@pytest.mark.sql
def test_an_alert_is_shown_within_scope_and_role(bring, database):
    bring(confirmed(1), confirmed(2, "F3"))
    night.run(database, NOW)
    assert [row[1] for row in told(database, grant("KH02"))] == ["F3"]
    assert len(told(database, Grant("x", "epidemiologist", Scope.made(facilities=["F1"])))) == 1
    assert told(database, Grant("x", "epidemiologist", Scope.made(programmes=["cnm"]))) == []
    hidden = next(one.id for one in service.every(database, grant()) if one.place == "F1")
    assert service.alert(database, grant("KH02"), hidden) is None
    with pytest.raises(UsageError):
        service.act(database, grant("KH02"), hidden, "looked", {})
    for role in ("viewer", "partner", "administrator"):
        with pytest.raises(NotPermittedError):
            service.every(database, grant(role=role))
        assert service.open_ones(database, grant(role=role)) == []
    with pytest.raises(NotPermittedError):
        service.act(database, grant(role="data_manager"), hidden, "looked", {})


def test_when_the_rules_are_due(bring, database):
    assert not due.wanted(database, 2, NOW), "no records"
    bring(confirmed(1))
    assert due.wanted(database, 2, NOW)
    night.run(database, NOW)
    assert not due.wanted(database, 2, NOW + timedelta(hours=1))
    assert due.wanted(database, 2, NOW + timedelta(days=1))
    bring(confirmed(2, on=day(12)))
    assert not due.wanted(database, 2, NOW + timedelta(minutes=5))
    assert due.wanted(database, 2, NOW + timedelta(minutes=11))


def test_the_command(bring, cli):
    bring(confirmed(1), confirmed(2, on=day(19)))
    done = cli("alerts", "run", "--since", "2026-05-01", "--format", "json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)[0]["raised"] == 2, "two confirmed cases meet another rule, and no more"
    assert json.loads(cli("alerts", "run", "--format", "json").stdout)[0]["raised"] == 0
    rows = json.loads(cli("alerts", "list", "--open", "--format", "json").stdout)
    assert [row["rule"] for row in rows] == ["measles-confirmed"] * 2
    shares = json.loads(cli("alerts", "questions", "--format", "json").stdout)
    assert sum(row["expected"] for row in shares) == pytest.approx(1.0)
    made = {row["rule"]: row for row in json.loads(cli("alerts", "yield", "--format", "json").stdout)}
    assert (made["measles-confirmed"]["alerts"], made["measles-confirmed"]["never_acted"]) == (2, 2)
    assert made["cholera-rdt"]["alerts"] == 0
    rules = json.loads(cli("alerts", "rules", "--format", "json").stdout)
    assert all(row["source"] for row in rules) and len(rules) == len(made)
    assert cli("alerts", "run", "--since", "yesterday").code == 2
    late = cli("alerts", "run", "--since", "2026-06-15")
    assert late.code == 2 and "end on 2026-05-30" in late.stderr


def test_the_pages_take_an_alert_from_raised_to_closed(bring, database, database_url):
    bring(confirmed(1), confirmed(2, "F3"))
    night.run(database, NOW)
    one = next(one for one in service.every(database, grant()) if one.place == "F1")
    path = f"/alerts/{one.id}"
    with served(database_url) as server:
        client = signed_in(server, "official")
        for language in ("en", "km"):
            client.set_cookie("chhlang-language", language)
            listed = client.get("/alerts").get_data(as_text=True)
            assert listed.count('id="alert-') == 2
            assert ("Health post 1" in listed) and ("leads to nothing" not in listed)
            first = client.get("/").get_data(as_text=True)
            assert 'id="alerts"' in first and 'href="/alerts#alert-' in first, (
                "two alerts of a rule in one line"
            )
        client.set_cookie("chhlang-language", "en")
        refused = client.post(f"{path}/closed", data={"outcome": "outbreak"})
        assert refused.status_code == 400 and "verified" in refused.get_data(as_text=True)
        hostile = "<script>alert(1)</script>"
        for kind, given in (
            ("owner", {"owner": hostile}), ("verified", {}), ("event", {"event": "E1"}),
            ("note", {"note": "more rashes"}), ("closed", {"outcome": "outbreak"}),
        ):  # fmt: skip
            assert client.post(f"{path}/{kind}", data=given).status_code == 303, kind
        page = client.get(path).get_data(as_text=True)
        assert hostile not in page and "&lt;script&gt;" in page
        assert "Closed: An outbreak" in page and 'action="' + path not in page
        assert client.post(f"{path}/note", data={"note": "late"}).status_code == 400
        listed = client.get("/alerts/outbreaks").get_data(as_text=True)
        assert "E1" in listed and "From an alert" in listed
        wrong = client.post("/alerts/outbreaks", data={"name": "M1", "disease": "measles"})
        assert wrong.status_code == 400 and 'value="M1"' in wrong.get_data(as_text=True)
        given = {"name": "M1", "disease": "measles", "level": "country", "first": "2026-05-01"}
        made = client.post("/alerts/outbreaks", data=given)
        assert made.status_code == 303
        own = made.headers["Location"]
        assert client.post(own, data={"detected": "2026-05-03", "notified": "2026-05-01"}).status_code == 400
        assert client.post(own, data={"emerged": "2026-05-01", "detected": "2026-05-04"}).status_code == 303
        assert "3 · ? · ?" in client.get(own).get_data(as_text=True)
        provincial = signed_in(server, "provincial")
        assert provincial.get(own).status_code == 404, "of the whole country"
        assert provincial.get(path).status_code == 404
        assert provincial.get("/alerts").get_data(as_text=True).count('id="alert-') == 1
        for name in ("viewer", "administrator"):
            other = signed_in(server, name)
            assert other.get(path).status_code == 404, "of one case"
            assert 'id="alert-' not in other.get("/alerts").get_data(as_text=True)
            assert 'id="alerts"' not in other.get("/").get_data(as_text=True)


def test_the_first_run_looks_back_and_asks_nobody_for_what_is_over(bring, database):
    late = {"date_report": date(2026, 2, 9).isoformat()}
    bring(
        *(suspected(n, on=date(2026, 2, 1 + n), **(late if n == 4 else {})) for n in range(5)),
        *(suspected(20 + n, on=day(1 + n, month=4)) for n in range(5)),
    )
    assert night.run(database, NOW).raised == 2
    later, one = service.every(database, grant())
    assert (later.rule, later.night) == ("measles-suspected", day(5, month=4)), "the same place, another time"
    assert (one.rule, one.outcome, one.night, one.open) == (
        "measles-suspected",
        "past",
        date(2026, 2, 9),
        False,
    )
    found = service.register(database, grant())
    assert (found.open, found.closed, [held.id for held in found.past]) == ((), (), [later.id, one.id])
    assert sum(held.alerts for held in found.yields) == 0
    assert night.run(database, NOW + timedelta(days=1)).raised == 0


def test_one_event_told_by_two_rules_is_one_alert(bring, database):
    bring(confirmed(1, on=day(8)))
    night.run(database, NOW)
    bring(confirmed(2, "F2", on=day(18)))
    night.run(database, NOW + timedelta(days=1))
    night.run(database, NOW + timedelta(days=2))
    assert {row[0] for row in told(database)} == {"measles-confirmed"}
    met = [one for one in service.every(database, grant()) if one.met]
    assert [(list(one.met), one.met["measles-outbreak"]["count"]) for one in met] == [
        (["measles-outbreak"], 2)
    ]
    steps = service.alert(database, grant(), met[0].id).steps
    assert [step.kind for step in steps].count("met") == 1


@pytest.mark.sql
def test_an_event_is_a_known_outbreak_and_its_cases_are_said(bring, database):
    bring(*(suspected(n, on=day(8 + n)) for n in range(5)))
    night.run(database, NOW)
    (one,) = service.every(database, grant())
    assert service.alert(database, grant(), one.id).outbreaks == ()
    service.act(database, grant(), one.id, "event", {"event": "Poipet 2026"})
    found = service.alert(database, grant(), one.id)
    assert ([held.name for held in found.outbreaks], found.in_outbreaks) == (["Poipet 2026"], 5)
    (held,) = outbreaks.listed(database, grant())
    assert (held.first, held.emerged, held.place, held.source) == (day(8), day(8), "Poipet", "alert")
    assert outbreaks.one(database, grant(), held.id)[1] == [one.id]
    assert (
        outbreaks.listed(database, grant("KH02")) == []
        and outbreaks.one(database, grant("KH02"), held.id) is None
    )
    days = {"detected": "2026-05-12", "notified": "2026-05-13", "responded": "2026-05-20"}
    outbreaks.set_days(database, grant(), held.id, days)
    (held,) = outbreaks.listed(database, grant())
    spent = outbreaks.timely(held)
    assert (spent.detection, spent.notification, spent.response, spent.met) == (4, 1, 7, True)
    with pytest.raises(UsageError, match="lies before"):
        outbreaks.set_days(database, grant(), held.id, {"notified": "2026-05-01"})
    with pytest.raises(NotPermittedError):
        outbreaks.set_days(database, grant(role="viewer"), held.id, days)


@pytest.mark.sql
def test_an_alert_of_a_closed_event_says_so_everywhere_and_only_a_person_opens_it_again(
    bring, database, database_url
):
    bring(*(confirmed(n, on=day(8 + n)) for n in range(2)))
    night.run(database, NOW)
    first = service.every(database, grant())[-1]
    service.act(database, grant(), first.id, "event", {"event": "Poipet 2026"})
    (known,) = outbreaks.listed(database, grant())
    outbreaks.set_days(database, grant(), known.id, {"last": str(day(10))})
    bring(confirmed(9, on=day(29)))
    night.run(database, NOW + timedelta(days=1))
    later = next(one for one in service.every(database, grant(), open_=True) if one.last_day == day(29))
    assert later.id != first.id and later.rule == "measles-confirmed"
    service.act(database, grant(), later.id, "event", {"event": "Poipet 2026"})
    (known,) = outbreaks.listed(database, grant())
    assert known.last == day(10), "an alert reopens nothing"
    found = service.alert(database, grant(), later.id)
    assert (found.event.id, found.in_event, found.in_outbreaks) == (known.id, 0, 0)
    t = translator("en")
    said = " ".join(outbreak_words.belonging(found.event, found.in_event, found.alert, t))
    assert "Poipet 2026, which is closed: its last day is 2026-05-10." in said
    assert "the place of the outbreak: 1 of 1. They do not" in said and "The outbreak stays closed." in said
    closed = "Event: Poipet 2026, closed, last day 2026-05-10"
    with served(database_url) as server:
        official = signed_in(server, "official")
        for language, stays in (("en", "The outbreak stays closed."), ("km", "ការផ្ទុះជំងឺនេះនៅតែបិទ")):
            official.set_cookie("chhlang-language", language)
            page = official.get(f"/alerts/{later.id}").get_data(as_text=True)
            assert stays in page and f'href="/alerts/outbreaks/{known.id}"' in page
            assert 'id="over"' in official.get(f"/alerts/outbreaks/{known.id}").get_data(as_text=True)
        official.set_cookie("chhlang-language", "en")
        assert closed in official.get("/alerts").get_data(as_text=True)
        outbreaks.set_days(database, grant(), known.id, {"last": ""})
        page = official.get(f"/alerts/{later.id}").get_data(as_text=True)
        assert "which goes on." in page and "stays closed" not in page
        assert closed not in official.get("/alerts").get_data(as_text=True)
    found = service.alert(database, grant(), later.id)
    assert (found.in_event, found.in_outbreaks) == (1, 1)


def test_alerts_of_one_event_or_rule_and_province_are_one_line_and_none_is_left_out(
    bring, database, database_url
):
    bring(
        *(confirmed(n, "F1" if n % 2 else "F2", day(8 + n)) for n in range(5)),
        confirmed(20, "F3", day(15)),
        case(30, "F3", day(12), "cholera", tested="yes", positive="yes", test_method="rdt"),
    )
    night.run(database, NOW)
    found = service.register(database, grant())
    t = translator("en")
    lines = groups.groups(found.open, found.names, "en", t)
    numbers = [row.number for line in lines for row in line.rows]
    assert sorted(numbers) == sorted(one.id for one in found.open), "each once, none is held back"
    sizes = {(line.title, line.rule, line.where): len(line.rows) for line in lines}
    assert sizes["Measles", "One confirmed case", "Banteay Meanchey (Province)"] == 5
    assert sizes["Measles", "One confirmed case", "Hospital 3 (Facility)"] == 1
    assert len(lines) == 3, [line.rule for line in lines]
    (many,) = [line for line in lines if line.rule == "One confirmed case" and len(line.rows) > 1]
    assert many.said == "5 alerts · without an owner: 5" and many.now and many.tone == "act"
    assert [row.window for row in many.rows] == sorted((row.window for row in many.rows), reverse=True)
    with served(database_url) as server:
        official = signed_in(server, "official")
        first = official.get("/").get_data(as_text=True)
        assert f'href="/alerts#alert-{many.first.number}">Measles: One confirmed case</a>' in first
        assert "Banteay Meanchey (Province) · 5 alerts · without an owner: 5" in first
        listed = official.get("/alerts").get_data(as_text=True)
        assert all(listed.count(f'id="alert-{number}"') == 1 for number in numbers)
    for number in numbers[:1]:
        service.act(database, grant(), number, "owner", {"owner": "me"})
    for one in found.open:
        if one.disease == "measles":
            service.act(database, grant(), one.id, "event", {"event": "Measles 2026"})
    lines = groups.groups(service.register(database, grant()).open, found.names, "en", t)
    of_event = [line for line in lines if line.rule == "Measles 2026"]
    assert len(of_event) == 1 and len(of_event[0].rows) == sum(one.disease == "measles" for one in found.open)


@pytest.mark.sql
def test_a_curve_says_how_many_of_its_cases_are_in_a_known_outbreak_already(bring, database, database_url):
    bring(
        *(confirmed(n, on=day(8 + n)) for n in range(4)),
        confirmed(5, "F3", on=day(9)),
        confirmed(6, on=day(25)),
        suspected(7, on=day(9)),
    )
    given = {"name": "Poipet", "disease": "measles", "level": "district", "place": "Poipet"}
    outbreaks.add_missed(database, grant(), given | {"first": "2026-05-09", "last": "2026-05-20"})
    larger = {"name": "West", "disease": "measles", "level": "province", "place": "KH01"}
    outbreaks.add_missed(database, grant(), larger | {"first": "2026-05-11", "last": "2026-05-20"})
    outbreaks.add_missed(database, grant(), larger | {"name": "None then", "first": "2026-05-26"})

    def known(who=None, **more):
        query = CurveQuery("measles", start=day(1), end=day(31), **more)
        who = who or grant()
        found = curves.curve(database, who, query, day(30), day(31))
        held = in_outbreaks(database, who, found, day(31))
        return None if held is None else (held.inside, held.names)

    assert known() == (3, ("West", "Poipet")), "each once, whatever holds it"
    assert known(what="patients") == (4, ("West", "Poipet"))
    assert known(place="facility", area="F1") == (3, ("West", "Poipet"))
    assert known(place="facility", area="F3") is None and known(area="KH02") is None
    assert known(grant("KH02")) is None, "outbreaks of other provinces are not told of"
    assert known(grant(role="viewer")) is None
    assert known(groups={"sex": ("male",)}) is None and known(groups={"sex": ("female",)})[0] == 3
    with served(database_url) as server:
        page = signed_in(server, "official").get("/curves?disease=measles&from=2026-05-01&to=2026-05-31")
        said = "Of the cases 3 are in a known outbreak already: West, Poipet."
        assert said in page.get_data(as_text=True)
        official = signed_in(server, "official")
        for path in ("provinces/KH01", "facilities/F1"):
            page = official.get(f"/{path}?disease=measles").get_data(as_text=True)
            assert f'id="known">{said}' in page
        for path in ("provinces/KH02", "facilities/F3"):
            page = official.get(f"/{path}?disease=measles").get_data(as_text=True)
            assert 'id="curve"' in page and 'id="known"' not in page
        viewer = signed_in(server, "viewer").get("/provinces/KH01?disease=measles").get_data(as_text=True)
        assert 'id="known"' not in viewer


def test_a_missed_outbreak_is_replayed_by_what_each_night_knew(bring, database):
    late = {"date_report": date(2026, 2, 12).isoformat()}
    bring(*(suspected(n, on=date(2026, 2, 1 + n), **late) for n in range(5)))
    given = {
        "name": "Missed",
        "disease": "measles",
        "level": "province",
        "place": "KH01",
        "first": "2026-02-01",
    }
    number = outbreaks.add_missed(database, grant(), given | {"last": "2026-02-20"})
    outbreak, caught = replaying.replay(database, grant(), number, 1.0)
    assert outbreak.source == "missed"
    assert (caught[0].rule, caught[0].night, caught[0].days) == ("measles-suspected", date(2026, 2, 12), 11)
    assert all(one.night is None for one in caught[1:]) and len(caught) > 3
    for wrong in (
        {"disease": "hiv"},
        {"place": "KH99"},
        {"first": "soon"},
        {"last": "2026-01-01"},
        {"name": " "},
    ):
        with pytest.raises(UsageError):
            outbreaks.add_missed(database, grant(), given | wrong)


def test_events_of_another_system_come_whole_and_once(bring, database, tmp_path):
    bring(suspected(1))
    good = {"reference": "EMS-1", "name": "A", "disease": "measles", "level": "facility", "place": "F1",
            "first": "2026-05-01", "cases": "4"}  # fmt: skip
    file = write_csv(tmp_path / "events.csv", good, good | {"reference": "EMS-2", "name": "B"})
    assert outbreaks.import_events(database, grant(), file) == (2, 0)
    more = write_csv(tmp_path / "more.csv", good, good | {"reference": "EMS-3"})
    assert outbreaks.import_events(database, grant(), more) == (1, 1)
    wrong = write_csv(tmp_path / "wrong.csv", good | {"reference": "EMS-4"}, good | {"level": "village"})
    with pytest.raises(UsageError, match="row 3"):
        outbreaks.import_events(database, grant(), wrong)
    assert len(outbreaks.listed(database, grant())) == 3
    lacking = write_csv(tmp_path / "lacking.csv", {"reference": "EMS-5", "name": "C"})
    with pytest.raises(UsageError, match="no column disease"):
        outbreaks.import_events(database, grant(), lacking)


@pytest.mark.sql
def test_a_cluster_becomes_an_alert_once_chance_seldom_brings_it(bring, database):
    """999 replicates show too short an interval: the question is asked again, and its answer is told once."""
    bring(*(suspected(n, on=day(8 + n)) for n in range(5)))
    asked = standing.Question(Scope.everything(), "measles", "facility:care")
    this = standing.begin(database, None, "import", 1, [asked])
    grant_of = scans.standing.grant_of(Scope.everything())
    number = scans.clusters.ask_standing(
        database, grant_of, scans.standing.query_of("measles", "facility:care")
    )
    standing.asked(database, this, 1, number)
    answered(database, number, 0.001, 1_000.0)
    assert scans.look(database, NOW, 0.1) and told(database) == []
    deeper = watched.held(database)["measles", "facility:care"].deeper
    assert deeper not in (None, number) and not due.answers(database, NOW), "it waits for more replicates"
    assert ClusterQuery.from_canonical(runs.get(database, Scope.everything(), deeper).query).replicates > 999
    answered(database, deeper, 0.000_01, 99_999.0)
    assert scans.look(database, NOW, 0.1) and told(database) == [("measles-cluster", "Poipet", 5)]
    (one,) = service.every(database, grant())
    assert (one.recurrence, one.path, one.first_case) == (99_999.0, f"/clusters/{deeper}/1", day(8))
    assert not scans.look(database, NOW, 0.1), "the same answer is weighed once"
    assert watched.held(database)["measles", "facility:care"].first_look == day(30)


@pytest.mark.sql
def test_a_slow_disease_is_scanned_once_a_month_with_its_earlier_months_allowed_for(bring, database):
    bring(
        confirmed(1, on=date(2024, 12, 1), disease="tb"),
        *(confirmed(n, on=day(8 + n, month=4), disease="tb") for n in range(2, 7)),
    )
    asked = standing.Question(Scope.everything(), "tb", "facility:care")
    others = standing.Question(Scope.everything(), "ili", "facility:care")
    standing.begin(database, None, "import", 1, [asked, others])
    assert due.months(database, NOW) == [], "the rules have not run"
    night.run(database, NOW)

    def scan():
        return watched.held(database)["tb", "facility:care"]

    def question():
        return ClusterQuery.from_canonical(runs.get(database, Scope.everything(), scan().deeper).query)

    assert monthly.look(database, NOW, 1.0) and not monthly.look(database, NOW, 1.0), "it waits"
    assert (question().end, question().time, question().earlier_analyses) == (
        day(30, month=4),
        "prospective",
        0,
    )
    ended(database, scan().deeper, status="cancelled", cancelled_by="standing scans")
    before = scan().deeper
    assert monthly.look(database, NOW, 1.0) and scan().deeper != before, "a newer round took it back"
    answered(database, scan().deeper, 0.001, 30_000.0)
    assert monthly.look(database, NOW, 1.0)
    (one,) = service.every(database, grant())
    assert (one.rule, one.recurrence) == ("tb-cluster", 30_000.0)
    assert (scan().first_look, scan().month, scan().deeper) == (day(30, month=4), day(30, month=4), None)
    assert due.months(database, NOW) == [], "once a month"
    bring(confirmed(20, on=date(2026, 8, 15), disease="tb"))
    later = datetime(2026, 8, 20, tzinfo=UTC)
    night.run(database, later)
    assert monthly.look(database, later, 1.0)
    assert (question().end, question().earlier_analyses) == (date(2026, 7, 31), 3), "three months since"
    assert question().start == date(2024, 12, 1), "two years before the first look nothing was held"
    ended(database, scan().deeper, status="failed")
    assert monthly.look(database, later, 1.0) and due.months(database, later) == []
    assert (scan().first_look, scan().month) == (day(30, month=4), date(2026, 7, 31)), "the day stays"


def test_a_month_without_a_year_of_records_before_is_not_scanned(bring, database):
    bring(confirmed(1, disease="tb"))
    standing.begin(
        database, None, "import", 1, [standing.Question(Scope.everything(), "tb", "facility:care")]
    )
    night.run(database, NOW)
    assert monthly.look(database, NOW, 1.0)
    seen = watched.held(database)["tb", "facility:care"]
    assert (seen.month, seen.run, seen.deeper) == (day(30, month=4), None, None)
    assert due.months(database, NOW) == []


def ended(database, number, **values):
    with database.operations.begin() as connection:
        connection.execute(cluster_run.update().where(cluster_run.c.id == number).values(**values))


def answered(database, number, p, interval):
    """End a run with one cluster at both facilities of Poipet."""
    curve = {"start": [day(8 + n).isoformat() for n in range(5)], "inside": [1] * 5}
    row = {
        "run": number, "rank": 1, "key": f"{number[:8]}-1", "n_locations": 2, "start": day(8), "end": day(12),
        "observed": 5, "expected": 0.5, "llr": 9.0, "p_value": p, "recurrence_interval_days": interval,
        "rate": "high", "warnings": "[]", "curve": json.dumps(curve),
    }  # fmt: skip
    with database.operations.begin() as connection:
        connection.execute(cluster.insert().values(row))
        members = [{"run": number, "rank": 1, "location": name} for name in ("F1", "F2")]
        connection.execute(cluster_member.insert(), members)
        connection.execute(cluster_run.update().where(cluster_run.c.id == number).values(status="done"))


def test_open_alerts_that_are_told_at_once_come_first(database):
    telling.raise_alerts(database, NOW, "measles-confirmed", (("F1", "KH01"),))
    telling.raise_alerts(database, NOW, "measles-suspected", (("0201", "KH02"),))
    assert [one.rule for one in service.open_ones(database, grant())] == [
        "measles-confirmed",
        "measles-suspected",
    ]
