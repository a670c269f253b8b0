"""Messages about alerts: put in with the alert, told to whom it concerns, sent once, saying little."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services import accounts as account_services
from dashboard.services.messages import desk, digests, recipients, sealing, sender, transport
from dashboard.services.messages.transport import Outcome
from db.core.engine import write_transaction
from db.core.scope import Scope
from db.operations import accounts, audit, lease_queue
from db.operations import alerts as register
from db.operations.alerts import Where
from db.operations.messages import channels, outbox
from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import RULES
from surveillance.alerts.verdict import Verdict
from surveillance.errors import NotPermittedError, UsageError
from tests.support import telling
from tests.support.mail_server import BUSY, DROPS, OK, REFUSES, SILENT, mail_server
from tests.support.telling import ADMINISTRATOR, DISTRICT, FACILITY

NEAR = "mailto://127.0.0.1:25?from=chhlang@health.example&to={to}"
BOT = "tgram://123456789:TOKENTOKENTOKENTOKENTOKENTOKENTOK/{to}"


def now():
    return datetime.now(UTC)


@pytest.fixture
def chosen(database_url):
    return telling.settings(database_url)


class Sent:
    """Takes the place of the transport: keeps what goes out, and answers as it is told."""

    def __init__(self, *outcomes):
        self.outcomes, self.out = list(outcomes), []

    def __call__(self, address, title, body, hosts):
        self.out.append((address, title, body))
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(transport.SENT)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def all(self, database, chosen):
        while sender.work(database, chosen, self):
            pass
        return self.out


def states(database):
    return sorted((one.kind, one.status, one.reason) for one in outbox.listed(database))


@pytest.mark.sql
def test_an_alert_and_its_messages_are_one_transaction_and_each_is_told_once(database, chosen, monkeypatch):
    gateway = telling.way(database, chosen, NEAR)
    for name, role, *provinces in (
        ("country", "epidemiologist"), ("battambang", "official", "KH02"), ("banteay", "official", "KH01"),
    ):  # fmt: skip
        telling.channel(database, telling.account(database, name, role, *provinces), chosen, gateway)
    places = ((DISTRICT, "KH01"), ("Sangke", "KH02"))
    real = outbox.put
    monkeypatch.setattr(outbox, "put", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        telling.raise_alerts(database, now(), places=places)
    assert register.listed(database, Scope.everything()) == [] == outbox.listed(database)
    monkeypatch.setattr(outbox, "put", real)
    assert telling.raise_alerts(database, now(), places=places) == 2
    assert telling.raise_alerts(database, now(), places=places) == 0
    sent = Sent()
    out = sent.all(database, chosen)
    said = {address.partition("to=")[2].partition("%40")[0]: (title, body) for address, title, body in out}
    one, two = (held.id for held in register.listed(database, Scope.everything())[::-1])
    page = "https://chhlang.example/alerts"
    assert said == {
        "country": (f"Chhlang: Alerts {one}, {two}", f"Alerts {one}, {two}. Open it in Chhlang.\n{page}"),
        "banteay": (f"Chhlang: Alert {one}", f"Alert {one}. Open it in Chhlang.\n{page}/{one}"),
        "battambang": (f"Chhlang: Alert {two}", f"Alert {two}. Open it in Chhlang.\n{page}/{two}"),
    }
    assert states(database) == [("alert", "done", None)] * 3
    assert sent.all(database, chosen) == out and len(out) == 3


def test_who_is_told_is_chosen_by_disease_province_urgency_and_role(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    who = telling.account(database, "who")
    kept = {
        telling.channel(database, who, chosen, gateway): 4,
        telling.channel(database, who, chosen, gateway, diseases=("cholera",)): 1,
        telling.channel(database, who, chosen, gateway, provinces=("KH02",)): 1,
        telling.channel(database, who, chosen, gateway, urgent=True): 2,
    }
    everybody = telling.group(
        database, chosen, gateway, name="Officials", role="official", to="", timing="once", hour=""
    )
    for name in ("one", "two"):
        telling.account(database, name, "official", "KH01")
    telling.account(database, "viewer", "viewer")
    for rule, place, province in (
        ("measles-suspected", DISTRICT, "KH01"),
        ("measles-suspected", "Sangke", "KH02"),
        ("measles-confirmed", FACILITY, "KH01"),
        ("cholera-rdt", FACILITY, "KH01"),
    ):
        telling.raise_alerts(database, now(), rule, ((place, province),))
    by_channel = [one.channel for one in outbox.listed(database)]
    assert {number: by_channel.count(number) for number in kept} == kept
    assert by_channel.count(everybody) == 2 * 3, (
        "each official of the province, at the address of the account"
    )
    out = Sent().all(database, chosen)
    assert sum("to=one%40example.org" in address for address, _, _ in out) == 3
    assert not any("viewer" in address for address, _, _ in out)


def test_quiet_hours_hold_back_all_but_what_is_told_at_once(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    who = telling.account(database, "who")
    telling.channel(database, who, chosen, gateway, quiet_from="22", quiet_to="6", through=True)
    at_night = datetime(2026, 5, 10, 16, 30, tzinfo=UTC)  # half past eleven in Phnom Penh
    telling.raise_alerts(database, at_night)
    telling.raise_alerts(database, at_night, "measles-confirmed", ((FACILITY, "KH01"),))
    held = {one.id: (one.status, one.due_at) for one in outbox.listed(database)}
    assert held == {
        1: ("later", "2026-05-10T23:00:00.000+00:00"), 2: ("waiting", "2026-05-10T16:30:00.000+00:00"),
    }  # fmt: skip
    assert outbox.claim(database, at_night).id == 2
    assert outbox.claim(database, at_night + timedelta(hours=6, minutes=29)) is None
    assert not outbox.wanted(database, at_night + timedelta(hours=6, minutes=29))


@pytest.mark.sql
def test_growth_of_an_alert_is_told_once_it_has_doubled_and_not_every_night(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    telling.channel(database, telling.account(database, "all"), chosen, gateway)
    telling.channel(database, telling.account(database, "urgent"), chosen, gateway, urgent=True)
    sent = Sent()

    def night(count):
        """Tell of so many cases; the messages that this brought."""
        before = len(sent.out)
        day = date(2026, 5, 10)
        verdict = Verdict(day, day, count, 5.0, True, counts=((day, count),))
        alarm = Alarm(RULES["measles-suspected"], "district", DISTRICT, verdict)
        told = recipients.at_once(database)
        register.tell(database, [(alarm, Where("KH01", DISTRICT), {day: count})], 1, now(), told)
        return [(address, body) for address, _, body in sent.all(database, chosen)[before:]]

    (one,) = night(5)
    assert "all" in one[0] and night(9) == []
    (two,) = night(10)
    assert "all" in two[0] and "grown since the last message" in two[1] and "10" not in two[1]
    assert night(10) == night(19) == []
    assert len(night(45)) == 1 and night(80) == []
    assert states(database) == [("alert", "done", None)] + [("grew", "done", None)] * 2


def test_an_alert_without_an_owner_is_told_one_level_up_once(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    telling.channel(database, telling.account(database, "country"), chosen, gateway, urgent=True)
    telling.channel(
        database, telling.account(database, "banteay", "official", "KH01"), chosen, gateway, urgent=True
    )
    begun = now()
    telling.raise_alerts(database, begun)
    assert outbox.listed(database) == []
    from dashboard.services.messages import recipients

    told = []
    for hours in (23, 25, 26, 49, 80):
        register.go_up(database, begun + timedelta(hours=hours), recipients.at_once(database))
        told.append(len(outbox.listed(database)))
    assert told == [0, 1, 1, 2, 2], "first the province, a day later the country"
    (_, title, body), _ = Sent().all(database, chosen)
    assert (title, body.partition(":")[0]) == ("Chhlang: Alert 1", "Alert 1")
    assert "has come up to your level" in body


@pytest.mark.sql
def test_a_sender_that_is_lost_while_sending_leaves_the_message_to_a_person(database, chosen, monkeypatch):
    gateway = telling.way(database, chosen, NEAR)
    telling.channel(database, telling.account(database, "who"), chosen, gateway)
    telling.raise_alerts(database, now())
    before = outbox.claim(database, now())
    monkeypatch.setattr(lease_queue, "SILENT_AFTER", -1.0)
    assert outbox.wanted(database, now())
    taken = outbox.claim(database, now())
    assert taken.id == before.id, "lost before anything left: it waits again"
    assert outbox.begin(database, taken.id)
    assert outbox.claim(database, now()) is None
    assert states(database) == [("alert", "unsure", "killed")]
    assert not outbox.close(database, taken.id, "done"), "it is no longer its runner's"
    assert not outbox.wanted(database, now()) and Sent().all(database, chosen) == []
    with pytest.raises(NotPermittedError):
        desk.send_again(database, Grant("x", "epidemiologist", Scope.everything()), taken.id)
    assert desk.send_again(database, ADMINISTRATOR, taken.id)
    assert not desk.send_again(database, ADMINISTRATOR, taken.id)
    assert len(Sent().all(database, chosen)) == 1
    assert [row.action for row in audit.latest(database, 1)] == ["message sent again"]


def test_what_is_refused_waits_longer_each_time_and_is_given_up_and_never_lost(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    telling.channel(database, telling.account(database, "who"), chosen, gateway)
    telling.raise_alerts(database, now())
    pauses = []
    away = Outcome(transport.LATER, transport.AWAY)
    with database.operations.connect() as connection:
        table = outbox.message
    for _ in range(7):
        assert sender.work(database, chosen, Sent(away))
        (one,) = outbox.listed(database)
        if one.status == "later":
            pauses.append(round((datetime.fromisoformat(one.due_at) - now()).total_seconds() / 60))
            with database.operations.begin() as connection:
                connection.execute(table.update().values(due_at="2020-01-01T00:00:00.000+00:00"))
    assert pauses == [1, 5, 30, 120, 360, 720]
    assert (one.status, one.reason, one.tries) == ("failed", "away", 7)
    assert desk.settle(database, ADMINISTRATOR, one.id)
    (one,) = outbox.listed(database)
    assert (one.status, one.settled_by) == ("done", ADMINISTRATOR.actor)


@pytest.mark.parametrize("error", [RuntimeError("with a TOKEN in it"), KeyboardInterrupt()])
def test_a_fault_while_it_goes_out_is_unsure_and_one_before_waits(
    database, chosen, error, caplog, monkeypatch
):
    gateway = telling.way(database, chosen, NEAR)
    telling.channel(database, telling.account(database, "who"), chosen, gateway)
    telling.raise_alerts(database, now())
    with monkeypatch.context() as patched:
        patched.setattr(sender.wording, "said", lambda *given, **more: 1 / 0)
        assert sender.work(database, chosen, Sent())
    assert states(database) == [("alert", "later", "fault")]
    with database.operations.begin() as connection:
        connection.execute(outbox.message.update().values(due_at="2020-01-01T00:00:00.000+00:00"))
    if isinstance(error, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            sender.work(database, chosen, Sent(error))
    else:
        assert sender.work(database, chosen, Sent(error))
    assert [status for _, status, _ in states(database)] == ["unsure"]
    assert "TOKEN" not in caplog.text


def test_a_closed_account_ends_its_chat_and_what_waits_for_it(database, chosen):
    gateway = telling.way(database, chosen, BOT, "Bot")
    who = telling.account(database, "who")
    telling.channel(database, who, chosen, gateway, to="123456")
    telling.raise_alerts(database, now())
    account_services.set_active(database, Grant.custodian(), who.actor, False)
    assert states(database) == [("alert", "cancelled", "ended")]
    (channel,) = channels.named(database, [1]).values()
    assert (channel.ended_why, channel.sealed) == ("account", None), "its number is forgotten"
    account_services.set_active(database, Grant.custodian(), who.actor, True)
    telling.raise_alerts(database, now(), places=(("Sangke", "KH02"),))
    assert Sent().all(database, chosen) == []


def test_an_account_that_lost_its_right_or_its_places_is_told_nothing_any_more(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    telling.channel(database, telling.account(database, "moved"), chosen, gateway)
    telling.channel(database, telling.account(database, "role"), chosen, gateway)
    telling.raise_alerts(database, now())
    accounts.set_scope(database, "moved@example.org", Scope.of("KH02"))
    accounts.set_role(database, "role@example.org", "viewer")
    assert Sent().all(database, chosen) == []
    assert states(database) == [("alert", "cancelled", "gone")] * 2


def test_nothing_goes_out_while_no_host_is_allowed_and_old_messages_are_given_up(
    database, chosen, database_url
):
    gateway = telling.way(database, chosen, NEAR)
    telling.channel(database, telling.account(database, "who"), chosen, gateway)
    telling.raise_alerts(database, now() - timedelta(days=4))
    off = telling.settings(database_url, hosts="")
    assert not sender.wanted(database, off) and Sent().all(database, off) == []
    assert states(database) == [("alert", "waiting", None)]
    assert Sent().all(database, chosen) == []
    assert states(database) == [("alert", "failed", "old")]


def test_what_a_restored_backup_holds_is_not_sent_by_itself(database, chosen):
    telling.channel(database, telling.account(database, "who"), chosen, telling.way(database, chosen, NEAR))
    for number in range(4):
        telling.raise_alerts(database, now(), places=((f"OD{number}", "KH01"),))
    assert len(outbox.listed(database)) == 4 and sender.work(database, chosen, Sent())
    outbox.begin(database, outbox.claim(database, now()).id)
    with write_transaction(database.operations) as connection:
        outbox.doubt(connection)
    assert states(database) == [("alert", "done", None), *[("alert", "unsure", "restored")] * 3]
    assert Sent().all(database, chosen) == []


@pytest.mark.sql
def test_digests_go_out_at_their_hour_once_and_a_missed_one_is_in_the_next(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    telling.group(database, chosen, gateway, diseases=("measles",), hour="7")
    who = telling.account(database, "who", "official", "KH02")
    telling.channel(database, who, chosen, gateway, timing="week", language="km")
    monday = datetime(2026, 5, 11, 0, 30, tzinfo=UTC)  # half past seven in Phnom Penh
    telling.raise_alerts(
        database, monday - timedelta(days=1), places=((DISTRICT, "KH01"), ("Sangke", "KH02"))
    )
    telling.raise_alerts(database, monday - timedelta(days=1), "cholera-rdt", ((FACILITY, "KH01"),))
    assert digests.look(database, monday - timedelta(hours=1)) == 2, "the first: of the days before yesterday"
    assert digests.look(database, monday) == 2 and digests.look(database, monday) == 0
    assert digests.look(database, monday + timedelta(days=3)) == 1
    held = sorted(outbox.listed(database), key=lambda one: one.id)
    spans = [(one.channel, one.detail["first"], one.detail["last"]) for one in held]
    assert sorted(spans) == [
        (1, "2026-05-09", "2026-05-09"), (1, "2026-05-10", "2026-05-10"), (1, "2026-05-11", "2026-05-13"),
        (2, "2026-04-27", "2026-05-03"), (2, "2026-05-04", "2026-05-10"),
    ]  # fmt: skip
    of_group = next(one for one in held if one.detail["last"] == "2026-05-10" and one.channel == 1)
    assert [line[:3] for line in of_group.detail["lines"]] == [[1, "measles", "KH01"], [2, "measles", "KH02"]]
    assert held[-2].detail.get("alerts") in ([2], None)


def test_messages_never_say_who_where_or_how_many(database, chosen):
    """The canary: no facility, district, rule, count, sex, age, movement or protection leaves the house."""
    gateway = telling.way(database, chosen, NEAR)
    who = telling.account(database, "who")
    telling.channel(database, who, chosen, gateway)
    telling.channel(database, who, chosen, gateway, timing="day")
    for language in ("en", "km"):
        telling.group(database, chosen, gateway, language=language)
    begun = datetime(2026, 5, 9, 5, tzinfo=UTC)
    for rule, place in (
        ("measles-confirmed", FACILITY),
        ("measles-suspected", DISTRICT),
        ("cholera-rdt", FACILITY),
    ):
        telling.raise_alerts(database, begun, rule, ((place, "KH01"),))
    _make_sensitive(database)
    register.add_step(
        database, Scope.everything(), 1, "who", "event", {"event": "CANARY-EVENT"}, {"event": "CANARY-EVENT"}
    )
    register.add_step(
        database, Scope.everything(), 2, "who", "owner", {"owner": "CANARY-OWNER"}, {"owner": "CANARY-OWNER"}
    )
    assert digests.look(database, begun + timedelta(days=1)) == 3
    with database.operations.begin() as connection:
        connection.execute(outbox.message.update().values(made_at=lease_queue.moment()))
    out = Sent().all(database, chosen)
    texts = "\n".join(f"{title}\n{body}" for _, title, body in out)
    assert len(out) == 5 and "Measles" in texts and "Banteay Meanchey" in texts
    for word in (
        "CANARY",
        "HIV",
        "hiv",
        "syphilis",
        "Syphilis",
        "confirmed",
        "suspected",
        "7 ",
        "eported",
        "rotection",
    ):
        assert word not in texts.replace("2026-05-", ""), word
    assert not any("token" in text.lower() or "?" in body for _, text, body in out)
    assert "3" not in {line.split(" ")[2] for line in texts.splitlines() if line.startswith("- Alert")}


def _make_sensitive(database):
    """No rule raises an alert of HIV: one is written by hand, to see that it would not leave either."""
    from db.tables.watch.alerts import alert

    with database.operations.begin() as connection:
        connection.execute(alert.update().where(alert.c.id == 3).values(disease="hiv"))


def test_secrets_are_sealed_never_shown_and_follow_another_key(database, chosen, caplog):
    caplog.set_level(logging.DEBUG)
    gateway = telling.way(database, chosen, BOT, "Bot")
    who = telling.account(database, "who")
    telling.channel(database, who, chosen, gateway, to="987654321")
    telling.raise_alerts(database, now())
    assert Sent(Outcome(transport.REFUSED, transport.NO, 401)).all(database, chosen)
    with database.operations.connect() as connection:
        texts = [text for _, _, text in channels.sealed_texts(connection)]
        trail = [row.detail for row in audit.latest(database)]
    for held in (*texts, *trail, caplog.text, repr(desk.kept(database, ADMINISTRATOR))):
        assert "TOKENTOKEN" not in held and "987654321" not in held
    assert [one.shown for one in desk.own(database, who)] == ["…21"]
    other = "5e0d7b3c9a1f48d2b6c4e8f0a2d6c1b9"
    with database.operations.begin() as connection:
        assert sealing.reseal(connection, Grant.custodian(), [chosen.secret_key], other) == 2
        assert sealing.reseal(connection, Grant.custodian(), [chosen.secret_key], other) == 0
        assert all(sealing.opened(other, text) for _, _, text in channels.sealed_texts(connection))
    assert desk.send_again(database, ADMINISTRATOR, 1)
    assert Sent().all(database, chosen) == []
    assert states(database) == [("alert", "failed", "other_key")]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://x/{to}", "begins with one of"),
        ("mailto://127.0.0.1?from=a@b.example&to=who@x.example", "once"),
        ("mailtos://u:SECRET@mail.example?to={to}&verify=no", "option verify"),
        ("mailtos://u:SECRET@mail.example?to={to}&pgppub=/etc/passwd", "option pgppub"),
        ("mailtos://u:SECRET@mail.example?to={to}&mode=insecure", "mode"),
        ("mailto://u:SECRET@mail.example?to={to}", "not encrypted"),
        ("json://gateway.example/{to}", "not encrypted"),
        ("tgram://1:SECRET/{to}?template=/etc/passwd", "option template"),
        ("mailtos://u:SECRET@[::1?to={to}", "cannot be read"),
    ],
)  # fmt: skip
def test_addresses_that_are_not_taken_say_why_and_not_what_they_hold(database, chosen, address, said):
    with pytest.raises(UsageError) as refused:
        telling.way(database, chosen, address)
    assert said in str(refused.value) and "SECRET" not in str(refused.value)
    assert desk.ways(database) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": "who@example.org?bcc=x@y.example"}, "give an e-mail"),
        ({"to": "who@example.org,other@example.org"}, "give an e-mail"),
        ({"gateway": "99"}, "gateway"),
        ({"timing": "sometimes"}, "timing"),
        ({"language": "fr"}, "language"),
        ({"hour": "24"}, "0 to 23"),
        ({"quiet_from": "22"}, "both hours"),
        ({"diseases": ("hiv",)}, "choose from the list"),
    ],
)
def test_a_channel_that_will_not_do_is_refused(database, chosen, given, said):
    gateway = telling.way(database, chosen, NEAR)
    who = telling.account(database, "who")
    with pytest.raises(UsageError, match=said):
        telling.channel(database, who, chosen, gateway, **given)
    with pytest.raises(UsageError, match="a group gets a digest"):
        telling.group(database, chosen, gateway, timing="once")
    with pytest.raises(NotPermittedError):
        telling.channel(database, telling.account(database, "viewer", "viewer"), chosen, gateway)
    with pytest.raises(NotPermittedError):
        desk.add_way(database, Grant("a", "administrator", Scope.of("KH01")), chosen, "Mail", NEAR)
    assert channels.listed(database) == []


def test_nobody_ends_or_tries_the_channel_of_another(database, chosen):
    gateway = telling.way(database, chosen, NEAR)
    number = telling.channel(database, telling.account(database, "who"), chosen, gateway)
    other = telling.account(database, "other")
    assert not desk.end_own(database, other, number) and not desk.test_own(database, other, number)
    assert not desk.end_group(database, ADMINISTRATOR, number)
    assert [one.id for one in channels.listed(database)] == [number] and outbox.listed(database) == []
    assert desk.end_way(database, ADMINISTRATOR, gateway)
    assert channels.listed(database) == [] and desk.ways(database) == []


def test_a_digest_by_hand_holds_the_days_and_says_what_is_wrong_with_them(database):
    today = date(2026, 5, 20)
    assert digests.span(None, None, today) == (date(2026, 5, 14), today)
    for first, last, said in (
        (date(2026, 5, 3), date(2026, 5, 2), "lies after"),
        (None, date(2026, 5, 21), "after today"),
        (date(2025, 1, 1), today, "at most"),
    ):
        with pytest.raises(UsageError, match=said):
            digests.span(first, last, today)
    for days in (0, 5):
        telling.raise_alerts(
            database, datetime(2026, 5, 10 + days, 18, tzinfo=UTC), places=((f"OD{days}", "KH01"),)
        )
    found = digests.digest(database, Grant.custodian(), date(2026, 5, 16), today)
    assert [(one.number, one.raised, one.state) for one in found.lines] == [(2, date(2026, 5, 16), "free")]
    assert [one.number for one in found.older] == [1]
    provincial = Grant("who", "official", Scope.of("KH02"))
    found = digests.digest(database, provincial, date(2026, 5, 1), today)
    assert (found.lines, found.older, found.run) == ((), (), None)
    found = digests.digest(database, Grant("v", "viewer", Scope.everything()), date(2026, 5, 1), today)
    assert (found.lines, found.older, found.own) == ((), (), False)


@pytest.mark.process
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # apprise asks for a module that Python gives up
def test_a_mail_server_receives_each_message_once_whatever_it_does(database, chosen, caplog):
    pytest.importorskip("apprise")
    caplog.set_level(logging.DEBUG)
    with mail_server() as server:
        gateway = telling.way(database, chosen, server.address)
        telling.channel(database, telling.account(database, "who"), chosen, gateway)
        found = {}
        for number, mode in enumerate((OK, BUSY, DROPS, REFUSES, SILENT)):
            server.mode = mode
            telling.raise_alerts(database, now(), places=((f"OD{number}", "KH01"),))
            assert sender.work(database, chosen)
            one = max(outbox.listed(database), key=lambda held: held.id)
            found[mode] = (one.status, one.reason, one.code)
        assert found == {
            OK: ("done", None, None), BUSY: ("later", "not_now", 421), DROPS: ("later", "away", None),
            REFUSES: ("failed", "refused", 554), SILENT: ("unsure", "no_answer", None),
        }  # fmt: skip
        server.mode = OK
        with database.operations.begin() as connection:
            late = outbox.message.c.status == "later"
            connection.execute(
                outbox.message.update().where(late).values(due_at="2020-01-01T00:00:00.000+00:00")
            )
        while sender.work(database, chosen):
            pass
        assert len(server.taken) == len(set(server.marks())) == 4, "the one it refused was not taken"
        first = server.messages()[0]
        assert (first["To"], first["Subject"]) == ("who@example.org", "Chhlang: Alert 1")
        said = ["Alert 1. Open it in Chhlang.", "https://chhlang.example/alerts/1"]
        assert (
            first.get_content().split("\n")[0].strip() == said[0]
            and first.get_content().split()[-1] == said[1]
        )
    telling.raise_alerts(database, now(), places=(("OD9", "KH01"),))
    assert sender.work(database, chosen)
    assert ("alert", "later", "away") in states(database), "there is no server any more"
    elsewhere = telling.settings(chosen.database_url, hosts="mail.example")
    telling.raise_alerts(database, now(), places=(("OD10", "KH01"),))
    assert sender.work(database, elsewhere)
    assert ("alert", "failed", "not_allowed") in states(database)
    heard = [one.getMessage() for one in caplog.records if one.name.split(".")[0] != "apprise"]
    assert "who@example.org" not in "\n".join(heard), "apprise's own log goes nowhere"
