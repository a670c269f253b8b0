"""Files that say less than they seem to: words in place of numbers, deletions, pages, halves of letters."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from db.maintenance.opening import open_database
from db.tables.aggregates import aggregate_value
from tests.support.files import write_csv
from tests.support.stored import records_of

OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")
NONE = ("-", "N/A", "#N/A", "unknown", "គ្មាន", "--", "None", "")


@pytest.fixture
def bring(sqlite_cli, tmp_path):
    """Import something; returns its receipt."""

    def brought(content, mapping="schema", *options):
        path = tmp_path / "file.json"
        if isinstance(content, list):
            path = write_csv(tmp_path / "file.csv", *content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        done = sqlite_cli("import", path, "--mapping", mapping, *options, "--format", "json")
        assert done.code == 0, done.stderr
        assert done.one["rows"] == sum(done.one[outcome] for outcome in OUTCOMES)
        assert sqlite_cli("verify").code == 0
        return {outcome: done.one[outcome] for outcome in OUTCOMES if done.one[outcome]} | {
            "notices": {notice["kind"] for notice in done.one["notices"]}
        }

    return brought


def row(number, **more):
    return {
        "record_id": "",
        "facility_id": "HC1",
        "disease": "tb",
        "date_visit": f"2025-03-{number:02}",
    } | more


def event(number, **more):
    values = [{"dataElement": "disease", "value": "tb"}]
    seen = {"orgUnit": "HC1", "occurredAt": f"2025-04-{number:02}T00:00:00.000", "dataValues": values}
    return {"event": f"ev{number}"} | seen | more


def test_a_word_in_place_of_a_record_s_number_makes_no_two_records_one(bring, sqlite_cli):
    rows = [row(n, record_id=word) for n, word in enumerate(NONE, start=1)]
    receipt = bring(rows)
    assert receipt["accepted"] == len(NONE)
    assert "no_record_id" in receipt["notices"]
    assert [one["record_id"] for one in records_of(sqlite_cli.url)] == [None] * len(NONE)
    assert bring(rows)["duplicate"] == len(NONE)


def test_a_word_in_place_of_a_person_s_number_makes_nobody_of_several_people(bring, sqlite_cli):
    bring(
        [row(n, record_id=f"{n:02}", person_id=word) for n, word in enumerate((*NONE, "N-1", "0"), start=1)]
    )
    assert [one["person"] is None for one in records_of(sqlite_cli.url)] == [True] * len(NONE) + [False] * 2


def test_a_word_in_place_of_an_issuer_or_an_arrival_is_none(bring, sqlite_cli):
    rows = [row(n, record_id=f"{n:02}", person_id="7", person_id_issuer=word, arrival_id=word)
            for n, word in enumerate(NONE, start=1)]  # fmt: skip
    assert "unshared_issuer" not in bring(rows)["notices"]
    stored = records_of(sqlite_cli.url)
    assert len({one["person"] for one in stored}) == 1
    assert {(one["issuer"], one["arrival_id"]) for one in stored} == {(None, None)}


def test_a_withdrawal_without_a_number_withdraws_nothing(bring):
    assert bring([row(1, record_id="-", record_status="withdrawn")])["rejected"] == 1


def test_khmer_digits_of_a_number_are_the_same_number(bring, sqlite_cli):
    bring([row(1, record_id="A-12", facility_id="HC012", person_id="P-7")])
    assert bring([row(1, record_id="A-១២", facility_id="HC០១២", person_id="P-៧")])["duplicate"] == 1
    bring([row(2, record_id="a-12", facility_id="hc012", person_id="p-7")])
    first, second = records_of(sqlite_cli.url)
    assert first["person"] == second["person"]
    assert first["facility_key"] == second["facility_key"]


@pytest.mark.parametrize("deleted", [True, "true"])
def test_an_event_that_was_deleted_withdraws_its_record(bring, sqlite_cli, deleted):
    assert bring({"events": [event(1, deleted=False), event(2)]}, "dhis2-events")["accepted"] == 2
    assert bring({"events": [event(1, deleted=deleted)]}, "dhis2-events")["withdrawn"] == 1
    assert [one["record_id"] for one in records_of(sqlite_cli.url)] == ["ev2"]
    assert bring({"events": [event(3, deleted=deleted)]}, "dhis2-events")["rejected"] == 1


@pytest.mark.parametrize("level", ["person", "enrollment"])
def test_who_is_deleted_takes_all_events_along(bring, sqlite_cli, level):
    enrolled = {"enrollment": "n1", "events": [event(1), event(2, deleted=False)]}
    person = {"trackedEntity": "t1", "enrollments": [enrolled]}
    assert bring({"trackedEntities": [person]}, "dhis2-events")["accepted"] == 2
    (person if level == "person" else enrolled)["deleted"] = True
    assert bring({"trackedEntities": [person]}, "dhis2-events")["withdrawn"] == 2
    assert records_of(sqlite_cli.url) == []


def test_one_person_alone_is_that_person_s_events(bring, sqlite_cli):
    said = [{"attribute": "sex", "value": "Female"}]
    inner = event(1, trackedEntity=None)
    person = {
        "trackedEntity": "t1",
        "attributes": said,
        "enrollments": [{"enrollment": "n", "events": [inner]}],
    }
    assert bring(person, "dhis2-events")["accepted"] == 1
    (stored,) = records_of(sqlite_cli.url)
    assert stored["sex"] == "female"
    assert stored["person"]
    assert bring(event(7), "dhis2-events")["accepted"] == 1


@pytest.mark.parametrize(
    "beside",
    [
        {"trackedEntities": [{"trackedEntity": "t", "enrollments": [{"events": [event(1)]}]}]},
        {"enrollments": [{"enrollment": "n"}], "trackedEntities": [{"trackedEntity": "t"}]},
        {"dataValues": [{"dataElement": "a"}]},
    ],
)
def test_lists_side_by_side_are_refused(sqlite_cli, tmp_path, beside):
    path = tmp_path / "file.json"
    path.write_text(json.dumps(beside | {"events": [event(2)]}), encoding="utf-8")
    done = sqlite_cli("import", path, "--mapping", "dhis2-events")
    assert done.code == 3
    assert "side by side" in done.stderr
    assert "events" in done.stderr


def test_a_page_is_said_to_be_one_and_is_never_complete(bring, sqlite_cli, tmp_path):
    sqlite_cli(
        "facilities", "import", write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"})
    )
    page = {"pager": {"page": 1, "pageCount": 2, "total": 4}, "events": [event(1), event(2)]}
    assert "one_page" in bring(page, "dhis2-events")["notices"]
    whole = {"pager": {"page": 1, "pageCount": 1, "total": 2}, "events": [event(1), event(2)]}
    assert "one_page" not in bring(whole, "dhis2-events")["notices"]
    persons = [
        {"trackedEntity": f"t{n}", "enrollments": [{"events": [event(n), event(n + 2)]}]} for n in (3, 4)
    ]
    for total, is_page in ((3, True), (2, False)):
        listed = {"pager": {"page": 1, "pageSize": 50, "total": total}, "trackedEntities": persons}
        assert ("one_page" in bring(listed, "dhis2-events")["notices"]) == is_page
    path = tmp_path / "page.json"
    path.write_text(json.dumps(page), encoding="utf-8")
    covers = ("--covers", "HC1", "2025-04-01", "2025-04-30", "--complete", "--withdraw-missing")
    done = sqlite_cli("import", path, "--mapping", "dhis2-events", *covers)
    assert done.code == 3
    assert "one page of a longer list" in done.stderr
    assert len(records_of(sqlite_cli.url)) == 6


def test_halves_of_letters_are_no_letters(bring, sqlite_cli, tmp_path):
    text = json.dumps([row(1, sex="\ud83d", **{"Sok\ud83d": "1"}), row(2, disease="\udc00\ud83d")])
    receipt = bring(text)
    assert (receipt["accepted"], receipt["rejected"]) == (1, 1)
    assert (tmp_path / "file.returned-1.csv").read_text(encoding="utf-8-sig").count("\ufffd")


def test_of_two_values_for_one_element_none_is_lost(bring, sqlite_cli, tmp_path):
    def of(*answers):
        said = [{"dataElement": "tested", "value": answer} for answer in answers]
        return {"events": [event(1, dataValues=[{"dataElement": "disease", "value": "tb"}, *said])]}

    bring(of(None, "yes", "yes"), "dhis2-events")
    (stored,) = records_of(sqlite_cli.url)
    bring({"events": [event(2, tested="yes")]}, "dhis2-events")
    assert stored["cascade"] == records_of(sqlite_cli.url)[1]["cascade"]
    path = tmp_path / "two.json"
    path.write_text(json.dumps(of("no", "yes")), encoding="utf-8")
    done = sqlite_cli("import", path, "--mapping", "dhis2-events")
    assert done.code == 3
    assert "item 1 gives 'tested' twice" in done.stderr


def reported(**more):
    cells = {"dataElement": "MAL_TESTED", "period": "202503", "orgUnit": "HC1", "value": "40"}
    return [cells | more]


def values_held(url):
    database = open_database(url)
    with database.reading() as connection:
        current = aggregate_value.c.superseded_batch.is_(None)
        found = list(connection.execute(sa.select(aggregate_value.c.value).where(current)).scalars())
    database.dispose()
    return found


def test_however_a_default_category_is_written_the_value_is_the_same(bring, sqlite_cli):
    assert bring(reported(), "dhis2-values")["accepted"] == 1
    for written in ("default", "HllvX50cXC0", " Default ", ""):
        for column in ("categoryOptionCombo", "attributeOptionCombo"):
            assert bring(reported(**{column: written}), "dhis2-values")["duplicate"] == 1
    assert bring(reported(value="៤១", period="២០២៥០៣"), "dhis2-values")["amended"] == 1
    assert values_held(sqlite_cli.url) == [41]


def test_what_was_never_held_is_not_taken_back_and_what_comes_again_is_new(bring, sqlite_cli):
    assert bring(reported(deleted="true"), "dhis2-values")["duplicate"] == 1
    assert values_held(sqlite_cli.url) == []
    assert bring(reported(), "dhis2-values")["accepted"] == 1
    assert bring(reported(deleted="true", value="39"), "dhis2-values")["withdrawn"] == 1
    assert bring(reported(value="42"), "dhis2-values")["accepted"] == 1
    assert bring(reported(deleted="maybe"), "dhis2-values")["rejected"] == 1
    assert values_held(sqlite_cli.url) == [42]


def test_what_is_wrong_with_a_file_is_said_in_khmer_by_the_command_too(sqlite_cli, tmp_path):
    (tmp_path / "none.json").write_text(" \n", encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"events": [1]}', encoding="utf-8")
    two_ways = write_csv(tmp_path / "two.csv", row(1, date_visit="03/04/2025"))
    for path, said in (
        (tmp_path / "none.json", "ទទេ"),
        (tmp_path / "bad.json", "ធាតុទី 1"),
        (two_ways, "ពីររបៀប"),
    ):
        done = sqlite_cli("import", path, "--language", "km")
        assert done.code == 3
        assert said in done.stderr, done.stderr
