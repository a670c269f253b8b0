"""The pages of other systems: connecting, asking, what is shown to whom."""

from __future__ import annotations

import pytest

from dashboard.services.systems import queue
from dashboard.settings import Settings
from db.maintenance.opening import open_database
from db.operations import accounts
from db.operations.systems import connected as stored
from tests.support import dhis2_server as fake
from tests.support.accounts import add_accounts
from tests.support.web import GOOD_KEY, served, signed_in

pytestmark = pytest.mark.process
ENV = {"CHHLANG_SYSTEM_HOSTS": "127.0.0.1"}
WHO = {"manager": ("data_manager", None), "provincial-manager": ("data_manager", ("KH02",))}


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url, **ENV) as server, fake.dhis2_server() as dhis2:
        database = open_database(sqlite_url)
        add_accounts(database, WHO)
        dhis2.events = [fake.event(number) for number in range(6)]
        dhis2.events[3] = fake.event(3, values={"eligible": "false", "tested": "true"})
        yield (
            server,
            database,
            dhis2,
            Settings.read(ENV | {"DATABASE_URL": sqlite_url, "CHHLANG_SECRET_KEY": GOOD_KEY}),
        )
        database.dispose()


def test_a_data_manager_connects_a_system_and_sees_what_came_of_it(site):
    server, database, dhis2, settings = site
    manager, administrator = signed_in(server, "manager"), signed_in(server, "administrator")
    form = {"text": fake.definition(dhis2, page_size=4), "credential": fake.CREDENTIAL}
    wrong = manager.post("/systems", data=form | {"credential": "nothing"})
    assert wrong.status_code == 400
    assert "give token: and the token" in wrong.text
    elsewhere = form["text"].replace("http://127.0.0.1", "https://elsewhere.example")
    assert (
        "CHHLANG_SYSTEM_HOSTS does not name" in manager.post("/systems", data=form | {"text": elsewhere}).text
    )
    assert administrator.post("/systems", data=form).status_code == 403
    assert manager.post("/systems", data=form).status_code == 303
    (system,) = stored.listed(database)
    assert "Nothing was pulled yet" in administrator.get("/systems").text
    assert manager.post(f"/systems/{system.id}/pull").status_code == 303
    again = manager.post(f"/systems/{system.id}/pull")
    assert again.status_code == 400
    assert "is on the way already" in again.text
    assert queue.work(database, settings) is True
    for client in (manager, administrator):
        page = client.get("/systems").text
        assert "All of it has come" in page
        assert "Accepted 5" in page
        assert fake.PASSWORD not in page
    page = manager.get(f"/systems/{system.id}").text
    assert "Ev000000003" in page  # what was rejected, as it is called there
    assert "MAL_TESTED" in page
    assert "malaria tested" in page
    assert "Ev000000003" not in administrator.get(f"/systems/{system.id}").text  # it is a single record
    assert signed_in(server, "provincial-manager").get("/systems").status_code == 403
    assert signed_in(server, "viewer").get("/systems").status_code == 403
    assert manager.post(f"/systems/{system.id}/end").status_code == 303
    assert manager.get(f"/systems/{system.id}").status_code == 404
    assert stored.listed(database) == []


def test_an_account_that_is_closed_pulls_nothing_any_more(site):
    server, database, dhis2, settings = site
    manager = signed_in(server, "manager")
    form = {"text": fake.definition(dhis2), "credential": f"token:{fake.TOKEN}"}
    assert manager.post("/systems", data=form).status_code == 303
    (system,) = stored.listed(database)
    assert manager.post(f"/systems/{system.id}/whole").status_code == 303

    accounts.set_active(database, "manager@example.org", active=False)
    assert queue.work(database, settings) is True
    assert dhis2.asked == []
    assert (
        "the account that connected it is closed" in signed_in(server, "administrator").get("/systems").text
    )
