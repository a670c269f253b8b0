"""A DHIS2 that is pulled: pages, what changed, failures in words, a kill between two pages."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from dashboard.services.systems import client as http
from dashboard.services.systems import queue
from dashboard.settings import Settings
from db.core.engine import connect, write_transaction
from db.maintenance.opening import open_database
from db.operations import lease_queue
from db.operations.systems import connected as stored
from db.operations.systems import pulls
from db.tables.aggregates import aggregate_value
from db.tables.records import batch, episode
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import OtherSystemError, UsageError
from tests.support import dhis2_server as fake
from tests.support.command_line import KEY, CommandLine

pytestmark = pytest.mark.process
HOSTS = {"CHHLANG_SYSTEM_HOSTS": "127.0.0.1", "CHHLANG_SYSTEM_TESTS_DHIS2": fake.CREDENTIAL}
EVENTS = 50


@pytest.fixture
def dhis2():
    with fake.dhis2_server() as server:
        server.events = [fake.event(number) for number in range(EVENTS)]
        server.values = [
            fake.value("MalElig0001", "2025", fake.UNITS["HC1"], 40),
            fake.value("MalTest0001", "2025", fake.UNITS["HC1"], 30),
            fake.value("MalElig0001", "2024", fake.UNITS["HC2"], 7),
        ]
        yield server


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(http, "PAUSES", (0.0, 0.0))


def connected(cli, dhis2, tmp_path, **more):
    path = tmp_path / "dhis2.toml"
    path.write_text(fake.definition(dhis2, **more), encoding="utf-8")
    done = cli("dhis2", "connect", path, env=HOSTS)
    assert done.code == 0, done.stderr


def pull(cli, *options):
    done = cli("dhis2", "pull", "tests-dhis2", "--format", "json", *options, env=HOSTS)
    assert done.code == 0, done.stderr
    return done.one


def held(cli):
    """Current records, their identities, versions of records, and current values of reports."""
    database = connect(cli.url)
    now = episode.c.superseded_batch.is_(None)
    questions = (
        select(func.count()).where(now),
        select(func.count(func.distinct(episode.c.identity))).where(now),
        select(func.count()).select_from(episode),
        select(func.count()).where(aggregate_value.c.superseded_batch.is_(None)),
    )
    with database.reading() as connection:
        found = tuple(connection.execute(one).scalar_one() for one in questions)
    database.dispose()
    return found


def test_a_dhis2_is_pulled_page_by_page_and_then_only_what_changed(cli, dhis2, tmp_path):
    connected(cli, dhis2, tmp_path)
    done = pull(cli)
    facilities, elements = 2, 4
    assert done["rows"] == facilities + elements + 3 + EVENTS
    assert (done["accepted"], done["duplicate"], done["rejected"]) == (3 + EVENTS, 0, 0)
    assert dhis2.pages_of("tracker/events") == ["1", "2", "3"]
    assert held(cli) == (EVENTS, EVENTS, EVENTS, 3)
    asked = ("--by", "province", "--from", "2025-01-01", "--to", "2025-12-31", "--format", "json")
    rows = cli("coverage", "--disease", "malaria", *asked).json()
    provinces = {row["code"]: row["denominator"] for row in rows}
    assert provinces["KH01"] == 40  # the report of its facility, one of the units that were pulled
    assert provinces["KH02"] == EVENTS // 2  # and the records of the other one

    changed = dhis2.events[7]
    changed["dataValues"][1]["value"] = "female"
    changed["updatedAt"] = "2999-01-01T00:00:00.000"
    dhis2.events[8] |= {"deleted": True, "updatedAt": "2999-01-01T00:00:00.000"}
    dhis2.events.append(fake.event(EVENTS, updatedAt="2999-01-01T00:00:00.000"))
    dhis2.values[0] |= {"value": "41", "lastUpdated": "2999-01-01T00:00:00.000"}
    again = pull(cli)
    assert (again["accepted"], again["amended"], again["withdrawn"], again["duplicate"]) == (1, 2, 1, 0)
    assert dhis2.pages_of("tracker/events") == ["1", "2", "3", "1"]
    assert held(cli) == (EVENTS, EVENTS, EVENTS + 2, 3)
    assert pull(cli, "--whole")["duplicate"] == EVENTS + 1 + 3


def test_a_pull_that_is_killed_goes_on_where_it_stopped(cli, dhis2, tmp_path, monkeypatch):
    """The criterion: pulled twice and killed in between, nothing is lost or doubled."""
    connected(cli, dhis2, tmp_path, page_size=10)
    reached = threading.Event()
    released = threading.Event()

    def wait(path, asked):
        if path.endswith("tracker/events") and asked["page"] == ["3"] and not released.is_set():
            reached.set()
            released.wait(60)

    dhis2.before = wait
    command = CommandLine(cli.url).start("dhis2", "pull", "tests-dhis2", env=HOSTS)
    assert reached.wait(60), command.communicate(timeout=5)
    command.send_signal(signal.SIGKILL)
    command.communicate()
    released.set()
    done = cli("dhis2", "pull", "tests-dhis2", env=HOSTS)
    assert done.code == 2
    assert "is on the way already" in done.stderr  # nobody knows yet that its runner is gone
    monkeypatch.setattr(lease_queue, "SILENT_AFTER", -1.0)
    found = pull(cli)
    asked = dhis2.pages_of("tracker/events")
    assert asked == ["1", "2", "3", "3", "4", "5"]  # each page once, but for the one that was never answered
    assert (found["accepted"], found["duplicate"]) == (EVENTS + 3, 0)
    assert held(cli) == (EVENTS, EVENTS, EVENTS, 3)
    assert pull(cli, "--whole")["duplicate"] == EVENTS + 3
    assert held(cli) == (EVENTS, EVENTS, EVENTS, 3)


@pytest.mark.parametrize("where", ["begin_page", "finish_page"])
def test_ended_before_or_after_the_import_of_a_page_it_is_imported_once(
    cli, dhis2, tmp_path, monkeypatch, where
):
    connected(cli, dhis2, tmp_path, page_size=10)
    whole = getattr(pulls, where)
    calls = []

    class EndedError(BaseException):
        pass

    def ends(database, number, *more):
        calls.append(more)
        if len(calls) == 5:  # facilities, elements, values, two pages of events
            if where == "begin_page":
                whole(database, number, *more)
            raise EndedError
        return whole(database, number, *more)

    with monkeypatch.context() as patched:
        patched.setattr(pulls, where, ends)
        with pytest.raises(EndedError):
            cli("dhis2", "pull", "tests-dhis2", env=HOSTS)
    monkeypatch.setattr(lease_queue, "SILENT_AFTER", -1.0)
    found = pull(cli)
    assert (found["accepted"], found["duplicate"]) == (EVENTS + 3, 0)
    assert held(cli) == (EVENTS, EVENTS, EVENTS, 3)
    database = connect(cli.url)
    with database.reading() as connection:
        files = connection.execute(select(func.count()).select_from(batch)).scalar_one()
    database.dispose()
    assert files == 1 + 5


@pytest.mark.full
def test_what_falls_out_of_the_list_meanwhile_makes_it_begin_again(cli, dhis2, tmp_path):
    connected(cli, dhis2, tmp_path)
    gone = []

    def forget(path, asked):
        if path.endswith("tracker/events") and asked["page"] == ["2"] and not gone:
            gone.append(dhis2.events.pop(0))  # what is on page 3 moves to page 2

    dhis2.before = forget
    pull(cli)
    assert dhis2.pages_of("tracker/events") == ["1", "2", "1", "2", "3"]
    assert held(cli)[0] == EVENTS  # the one that was forgotten there came before


@pytest.mark.parametrize(
    ("how", "times", "says"),
    [
        (fake.BUSY, 2, None),
        (fake.FAULTY, 2, None),
        (fake.HALF, 2, None),
        (fake.AWAY, 2, None),
        (fake.BUSY, 3, "is too busy (503), 3 times"),
        (fake.FAULTY, 3, "has a fault of its own (500), 3 times"),
        (fake.HALF, 3, "the answer ended before it was whole, 3 times"),
        (fake.AWAY, 3, "cannot be reached (no connection)"),
        (fake.REDIRECT, 1, "sends us to another page (302), which is not followed"),
        (fake.PAGE, 1, "answers with text/html in place of JSON"),
        (fake.LONG, 1, "the answer has more than 1 MB"),
    ],
)
def test_what_goes_wrong_is_tried_again_or_said_in_words(dhis2, how, times, says):
    asks = http.Client(dhis2.address, http.authorization("dhis2", f"token:{fake.TOKEN}"), ["127.0.0.1"],
                       http.Limits(size=1 << 20))  # fmt: skip
    dhis2.fail = [how] * times
    if says is None:
        assert asks.get("/api/organisationUnits")["pager"]["total"] == "2"
        assert len(dhis2.asked) == times + 1
        return
    with pytest.raises(OtherSystemError) as caught:
        asks.get("/api/organisationUnits")
    assert says in str(caught.value)
    assert str(caught.value).startswith("127.0.0.1: ")
    assert len(dhis2.asked) == times


@pytest.mark.parametrize(
    ("path", "asked", "credential", "says"),
    [
        ("/api/organisationUnits", [], "token:wrong", "does not let us in (401)"),
        ("/api/nothing", [], f"token:{fake.TOKEN}", "does not have /api/nothing (404)"),
        ("/api/dataValueSets", [], f"token:{fake.TOKEN}", "(409): At least one data set"),
        ("/api/tracker/events", [("program", "x")], f"token:{fake.TOKEN}", "(400): Program is specified"),
    ],
)
def test_a_refusal_is_said_with_the_words_of_the_system(dhis2, path, asked, credential, says):
    asks = http.Client(dhis2.address, http.authorization("dhis2", credential), ["127.0.0.1"])
    with pytest.raises(OtherSystemError) as caught:
        asks.get(path, asked)
    assert says in str(caught.value)
    assert fake.TOKEN not in str(caught.value)
    assert len(dhis2.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://dhis2.example",
        "ftp://dhis2.example",
        "https://user:secret@dhis2.example",
        "https://dhis2.example/?a=b",
        "dhis2",
        "https://[x",
    ],
)
def test_no_address_is_asked_that_is_open_to_others_or_holds_a_secret(address):
    with pytest.raises(UsageError) as caught:
        http.check_address(address, ["dhis2.example", "dhis2"])
    assert "secret" not in str(caught.value)


def test_a_host_that_is_not_named_is_not_asked(cli, dhis2, tmp_path):
    with pytest.raises(OtherSystemError, match="CHHLANG_SYSTEM_HOSTS does not name"):
        http.check_address("https://elsewhere.example", ["dhis2.example"])
    connected(cli, dhis2, tmp_path)
    done = cli("dhis2", "pull", "tests-dhis2", env=HOSTS | {"CHHLANG_SYSTEM_HOSTS": None})
    assert (done.code, dhis2.asked) == (3, [])
    assert "CHHLANG_SYSTEM_HOSTS does not name" in done.stderr


@pytest.mark.full
def test_a_page_that_fails_leaves_what_came_before_and_the_next_pull_goes_on(cli, dhis2, tmp_path):
    connected(cli, dhis2, tmp_path)

    def fail(path, asked):
        if path.endswith("tracker/events") and asked["page"] == ["2"]:
            dhis2.fail = [fake.FAULTY]

    dhis2.before = fail
    done = cli("dhis2", "pull", "tests-dhis2", env=HOSTS)
    assert done.code == 3
    assert "it goes on where it stopped" in done.stderr
    assert held(cli)[0] == 20
    listed = cli("dhis2", "list", "--format", "json", env=HOSTS).one
    assert (listed["status"], listed["pages"]) == ("failed", 4)
    assert "has a fault of its own (500)" in listed["error"]
    dhis2.before = lambda path, asked: None
    assert pull(cli)["accepted"] == EVENTS + 3
    assert dhis2.pages_of("tracker/events") == ["1", "2", "2", "2", "2", "3"]


@pytest.mark.full
def test_rejected_rows_are_named_by_what_the_dhis2_calls_them(cli, dhis2, tmp_path):
    dhis2.events[3] = fake.event(3, values={"eligible": "false", "tested": "true"})
    connected(cli, dhis2, tmp_path)
    done = cli("dhis2", "pull", "tests-dhis2", env=HOSTS)
    assert done.code == 0, done.stderr
    assert "1 rejected" in done.stdout
    assert "events 1 page 1 Ev000000003: " in done.stderr


@pytest.mark.full
def test_what_a_dhis2_calls_its_elements_is_kept_with_what_they_are_mapped_to(cli, dhis2, tmp_path):
    connected(cli, dhis2, tmp_path)
    pull(cli)
    rows = cli("dhis2", "elements", "tests-dhis2", "--format", "json").json()
    assert {row["uid"]: row["meaning"] for row in rows} == {
        "MalElig0001": "malaria eligible",
        "MalTest0001": "malaria tested",
        fake.OTHER: None,
        fake.DEFAULT: "all",
    }


def test_what_a_system_is_asked_with_is_sealed_and_follows_another_key(cli, dhis2, tmp_path, monkeypatch):
    path = tmp_path / "dhis2.toml"
    path.write_text(fake.definition(dhis2), encoding="utf-8")
    env = {"CHHLANG_SYSTEM_HOSTS": "127.0.0.1"}
    assert "give what the system is to be asked with" in cli("dhis2", "connect", path, env=env).stderr
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{fake.CREDENTIAL}\n", raising=False)
    done = cli("dhis2", "connect", path, "--credential-stdin", env=env)
    assert done.code == 0, done.stderr
    database = open_database(cli.url)
    (system,) = stored.listed(database)
    database.dispose()
    assert fake.PASSWORD not in system.sealed
    other = "another key of the tests, long enough to be one"
    done = cli("dhis2", "pull", "tests-dhis2", env=env | {"CHHLANG_SECRET_KEY": other})
    assert "was sealed under another CHHLANG_SECRET_KEY" in done.stderr
    done = cli("rekey", env={"CHHLANG_SECRET_KEY": other, "CHHLANG_PREVIOUS_KEY": KEY})
    assert done.code == 0, done.stderr
    assert cli("dhis2", "pull", "tests-dhis2", env=env | {"CHHLANG_SECRET_KEY": other}).code == 0


def test_a_system_with_an_hour_is_pulled_once_a_day_by_itself(cli, dhis2, tmp_path, monkeypatch):
    monkeypatch.setenv("CHHLANG_SYSTEM_TESTS_DHIS2", fake.CREDENTIAL)
    connected(cli, dhis2, tmp_path, hour=3)
    env = HOSTS | {"DATABASE_URL": cli.url, "CHHLANG_SECRET_KEY": KEY}
    settings = Settings.read(env)
    database = open_database(cli.url)
    at = datetime.now(TIME_ZONE).replace(hour=3, minute=10)
    assert queue.look(database, settings, at.replace(hour=4).astimezone(UTC)) == 0
    assert not queue.wanted(database, settings)
    assert queue.look(database, settings, at.astimezone(UTC)) == 1
    assert queue.look(database, settings, at.astimezone(UTC)) == 0  # it is asked for
    assert queue.wanted(database, settings)
    nowhere = Settings.read(env | {"CHHLANG_SYSTEM_HOSTS": ""})
    assert not queue.wanted(database, nowhere)
    assert queue.work(database, settings)
    (system,) = stored.listed(database)
    assert pulls.newest(database, system.id).status == "done"
    database.dispose()


@pytest.mark.full
def test_after_a_restore_everything_is_pulled_again(sqlite_cli, dhis2, tmp_path):
    connected(sqlite_cli, dhis2, tmp_path)
    pull(sqlite_cli)
    assert pull(sqlite_cli)["rows"] == 6  # facilities and names, and nothing that changed
    database = open_database(sqlite_cli.url)
    with write_transaction(database.operations) as connection:
        pulls.forget_all(connection)  # as `restore` does: what came since the backup may be gone
    database.dispose()
    assert pull(sqlite_cli)["duplicate"] == EVENTS + 3


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ('kind = "dhis3"', "kind: needs one of dhis2, odk, kobo"),
        ("hour = 24", "hour: give a whole number from 0 to 23"),
        ('password = "x"', "'password' is not understood"),
        ('since = "2568-01-01"', "since: give a day as YYYY-MM-DD, of the common era"),
        ('mapping = "schema"', "reads no aggregate reports"),
    ],
)
def test_a_definition_that_is_wrong_says_what(cli, dhis2, tmp_path, wrong, says):
    text = fake.definition(dhis2)
    key = wrong.partition(" ")[0]
    lines = [
        line for line in text.splitlines() if not line.startswith(f"{key} =") or line.startswith("mapping")
    ]
    if key in ("since", "mapping"):
        text = (
            text.replace('mapping = "dhis2-values"', wrong)
            if key == "mapping"
            else "\n".join(lines).replace("[[events]]", f"{wrong}\n[[events]]")
        )
    else:
        text = "\n".join([*lines[:3], wrong, *lines[3:]])
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    done = cli("dhis2", "connect", path, env=HOSTS)
    assert done.code == 2
    assert says in done.stderr


@pytest.mark.parametrize("what", ["enrollments", "tracked_entities"])
@pytest.mark.full
def test_persons_and_enrollments_come_with_their_events(sqlite_cli, dhis2, tmp_path, what):
    connected(sqlite_cli, dhis2, tmp_path, page_size=30, more=f'what = "{what}"')
    assert pull(sqlite_cli)["accepted"] == EVENTS + 3
    assert held(sqlite_cli)[0] == EVENTS


SURVEY = """
name = "tests-{kind}"
kind = "{kind}"
address = "{address}"
[[submissions]]
{project}form = "reception"
mapping = "{kind}"
page_size = 4
"""


def form(kind, number, day="2025-03-04"):
    """What was sent in by a form, as each system names it."""
    said = {"date_visit": day, "facility_id": "HC1", "disease": "ili", "sex": "female"}
    if kind == "odk":
        return {"__id": f"uuid:{number}", "visit": said, "meta": {"instanceID": f"uuid:{number}"}}
    return {"_id": number, "_uuid": f"u-{number}", **{f"visit/{name}": value for name, value in said.items()}}


@pytest.mark.parametrize("kind", ["odk", pytest.param("kobo", marks=pytest.mark.full)])
def test_forms_are_pulled_in_the_same_way(sqlite_cli, dhis2, tmp_path, kind):
    sent = [form(kind, number) for number in range(1, 11)]

    def answers(method, path, asked, body):
        first, size = (
            int(asked[name][0]) for name in (("$skip", "$top") if kind == "odk" else ("start", "limit"))
        )
        page = sent[first : first + size]
        if kind == "odk":
            assert path.endswith("/v1/projects/7/forms/reception.svc/Submissions")
            return 200, {"value": page, "@odata.count": len(sent), "@odata.nextLink": "http://198.51.100.7/"}
        assert path.endswith("/api/v2/assets/reception/data")
        return 200, {"count": len(sent), "next": "http://198.51.100.7/", "previous": None, "results": page}

    dhis2.answer = answers
    path = tmp_path / "forms.toml"
    project = "project = 7\n" if kind == "odk" else ""
    path.write_text(SURVEY.format(kind=kind, address=dhis2.address, project=project), encoding="utf-8")
    env = {"CHHLANG_SYSTEM_HOSTS": "127.0.0.1", f"CHHLANG_SYSTEM_TESTS_{kind.upper()}": fake.CREDENTIAL}
    assert sqlite_cli("surveys", "connect", path, env=env).code == 0
    assert "is connected as" in sqlite_cli("dhis2", "pull", f"tests-{kind}", env=env).stderr
    done = sqlite_cli("surveys", "pull", f"tests-{kind}", "--format", "json", env=env)
    assert (done.code, done.one["pages"], done.one["accepted"]) == (0, 3, 10), done.stderr
    sent[2] = form(kind, 3, day="2025-03-05")
    again = sqlite_cli("surveys", "pull", f"tests-{kind}", "--format", "json", env=env).one
    assert (again["amended"], again["duplicate"]) == (1, 9)
    asked = [one for _, one in dhis2.asked if "$filter" in one]
    assert len(asked) == (3 if kind == "odk" else 0)  # KoboToolbox does not say what was changed
