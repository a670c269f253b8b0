"""Pages and commands of messages about alerts: channels, what administrators look after, the digest."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.messages import digests
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations.messages import channels, outbox
from tests.support import telling
from tests.support.telling import ADMINISTRATOR, FACILITY
from tests.support.web import served, signed_in

SECRET = "TOKENTOKENTOKENTOKENTOKENTOKENTOK"
BOT = f"tgram://123456789:{SECRET}/{{to}}"
OFFICIAL = Grant("official@example.org", "official", Scope.everything())
CHANNEL = {"to": "987654321", "language": "en", "timing": "once", "hour": "7"}


@pytest.fixture
def site(database_url):
    with served(database_url, CHHLANG_MESSAGE_HOSTS="127.0.0.1") as server:
        yield server, store.open_store(telling.settings(database_url))


def test_a_person_adds_tries_and_ends_a_channel_of_her_own(site):
    server, database = site
    administrator, official = (signed_in(server, name) for name in ("administrator", "official"))
    added = administrator.post("/administration/messages/ways", data={"name": "Bot", "address": BOT})
    assert added.status_code == 303
    page = administrator.get("/administration/messages").text
    assert "api.telegram.org" in page and "not allowed" in page and SECRET not in page
    wrong = official.post("/account/messages", data=CHANNEL | {"gateway": "1", "to": "who?x=1"})
    assert wrong.status_code == 400 and "give the number of the chat" in wrong.text
    assert official.post("/account/messages", data=CHANNEL | {"gateway": "1"}).status_code == 303
    page = official.get("/account/messages").text
    assert "…21" in page and "987654321" not in page and SECRET not in page
    assert official.post("/account/messages/1/test").status_code == 303
    assert [(one.kind, one.status) for one in outbox.listed(database)] == [("test", "waiting")]
    assert "Waiting" in official.get("/account/messages").text
    other = signed_in(server, "provincial")
    assert other.post("/account/messages/1/end").status_code == 404
    assert official.post("/account/messages/1/end").status_code == 303
    assert official.post("/account/messages/1/end").status_code == 404
    assert [(one.status, one.reason) for one in outbox.listed(database)] == [("cancelled", "ended")]
    assert channels.listed(database) == []


def test_administrators_add_groups_and_decide_about_what_got_stuck(site):
    server, database = site
    administrator = signed_in(server, "administrator")
    wrong = administrator.post(
        "/administration/messages/ways", data={"name": "x", "address": f"ftp://{SECRET}"}
    )
    assert wrong.status_code == 400 and "begins with one of" in wrong.text and SECRET not in wrong.text
    telling.way(database, telling.settings(database_of(server)), telling_mail())
    group = CHANNEL | {"gateway": "1", "to": "group@example.org", "name": "Group", "timing": "day"}
    wrong = administrator.post("/administration/messages/groups", data=group | {"timing": "once"})
    assert wrong.status_code == 400 and "a group gets a digest" in wrong.text
    assert administrator.post("/administration/messages/groups", data=group).status_code == 303
    assert administrator.post("/administration/messages/groups/1/test").status_code == 303
    with database.operations.begin() as connection:
        stuck = {"status": "unsure", "reason": "no_answer"}
        connection.execute(outbox.message.update().values(stuck))
    page = administrator.get("/administration/messages").text
    assert "Unsure: it may have arrived" in page and "Send it again" in page
    assert administrator.post("/administration/messages/outbox/1/again").status_code == 303
    assert administrator.post("/administration/messages/outbox/1/again").status_code == 404
    assert administrator.post("/administration/messages/ways/1/again").status_code == 404
    assert [one.status for one in outbox.listed(database)] == ["waiting"]
    assert administrator.post("/administration/messages/ways/1/end").status_code == 303
    assert channels.listed(database) == [] == channels.gateways(database)


def database_of(server):
    from dashboard.web import site as sites

    return server.extensions[sites._KEY].settings.database_url


def telling_mail():
    return "mailto://127.0.0.1:25?from=chhlang@health.example&to={to}"


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_digest_on_paper_holds_no_facility_and_no_number_of_cases(site, language):
    server, database = site
    telling.raise_alerts(database, datetime.now(UTC), "measles-confirmed", ((FACILITY, "KH01"),))
    telling.raise_alerts(database, datetime.now(UTC), places=(("0201", "KH02"),))
    official = signed_in(server, "official")
    official.get(f"/language/{language}")
    page, html, text = (official.get(f"/alerts/digest{end}") for end in ("", ".html", ".txt"))
    name = {"en": "Battambang", "km": "បាត់ដំបង"}[language]
    for answer in (page, html, text):
        assert answer.status_code == 200 and name in answer.text
        assert "CANARY" not in answer.text and "measles-" not in answer.text and "<script" not in html.text
    assert "attachment" in html.headers["Content-Disposition"] and "src=" not in html.text
    provincial = signed_in(server, "provincial").get("/alerts/digest.txt").text
    own, _, elsewhere = provincial.partition("Signals elsewhere")
    assert "Battambang" in own and "Banteay" not in own and "Battambang" not in elsewhere
    assert official.get("/alerts/digest?from=2999-01-01").status_code == 400
    for day in ("never", "2569-06-01"):  # of the Buddhist era
        assert official.get(f"/alerts/digest.txt?from={day}").status_code == 400


def test_the_commands_print_the_digest_and_the_outbox(cli, database_url):
    database = open_database(database_url)
    chosen = telling.settings(database_url)
    telling.group(database, chosen, telling.way(database, chosen, telling_mail()))
    telling.raise_alerts(database, datetime.now(UTC), "measles-confirmed", ((FACILITY, "KH01"),))
    assert digests.look(database, datetime.now(UTC)) == 1
    done = cli("alerts", "digest")
    assert (
        done.code == 0
        and "Alert 1 · Measles · Banteay Meanchey" in done.stdout
        and "CANARY" not in done.stdout
    )
    done = cli("alerts", "digest", "--language", "km", "--format", "html")
    assert done.stdout.startswith("<!doctype html>") and 'lang="km"' in done.stdout
    assert cli("alerts", "digest", "--from", "2026-05-02", "--to", "2026-05-01").code == 2
    done = cli("alerts", "outbox", "--format", "json")
    (row,) = json.loads(done.stdout)
    assert (row["kind"], row["to"], row["status"]) == ("digest", "Group", "waiting")
    assert "CHHLANG_MESSAGE_HOSTS is not set" in done.stderr
    assert cli("alerts", "outbox", "--again", "1").code == 2
    with database.operations.begin() as connection:
        connection.execute(outbox.message.update().values(status="unsure"))
    assert "is closed" in cli("alerts", "outbox", "--arrived", "1").stderr
    database.dispose()


def test_nobody_but_administrators_of_the_whole_country_looks_after_messages(site):
    from db.operations import accounts

    server, database = site
    accounts.set_scope(database, ADMINISTRATOR.actor, Scope.of("KH01"))
    refused = signed_in(server, "administrator").get("/administration/messages")
    assert refused.status_code == 403 and "whole country" in refused.text
