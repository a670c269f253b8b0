"""Events of DHIS2 that did not take place are no visits and no rejected rows: left out, counted, named."""

from __future__ import annotations

import json

import pytest

from tests.support.stored import records_of


def _event(number: str, status: str, **more: object) -> dict[str, object]:
    return {
        "event": number, "status": status, "orgUnit": "HC1",
        "dataValues": [{"dataElement": "disease", "value": "tb"}],
    } | more  # fmt: skip


EVENTS = [
    _event("e1", "COMPLETED", occurredAt="2025-03-04"),
    _event("e2", "SCHEDULE", scheduledAt="2025-04-04"),
    _event("e3", "SKIPPED", scheduledAt="2025-03-11"),
    _event("e4", "OVERDUE", scheduledAt="2025-03-01"),
    _event("e5", "ACTIVE", occurredAt="2025-03-05"),
    _event("e6", "SKIPPED"),
]


def _json(path):
    path.write_text(json.dumps({"events": EVENTS}), encoding="utf-8")


def _tracked(path):
    person = {
        "trackedEntity": "t1",
        "enrollments": [{"status": "ACTIVE", "orgUnit": "HC1", "events": EVENTS}],
    }
    path.write_text(json.dumps({"trackedEntities": [person]}), encoding="utf-8")


def _csv(path):
    lines = ["event,status,orgUnit,occurredAt,dataElement,value"]
    lines += [f"{e['event']},{e['status']},HC1,{e.get('occurredAt', '')},disease,tb" for e in EVENTS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("write", [_json, _tracked, _csv])
def test_what_was_planned_or_skipped_is_left_out_and_named(sqlite_cli, tmp_path, write):
    path = tmp_path / ("events.csv" if write is _csv else "events.json")
    write(path)
    done = sqlite_cli("import", path, "--mapping", "dhis2-events", "--format", "json")
    assert done.code == 0, done.stderr
    assert (done.one["rows"], done.one["accepted"], done.one["rejected"]) == (2, 2, 0)
    assert [row["record_id"] for row in records_of(sqlite_cli.url)] == ["e1", "e5"]
    named = {(n["text"], n["rows"]) for n in done.one["notices"] if n["kind"] == "no_visit"}
    assert named == {("SCHEDULE", 1), ("SKIPPED", 2), ("OVERDUE", 1)}
    assert not [n for n in done.one["notices"] if n["kind"] == "ignored_column" and n["field"] == "status"]


def test_a_deleted_event_still_withdraws_its_record(sqlite_cli, tmp_path):
    path = tmp_path / "events.json"
    _json(path)
    sqlite_cli("import", path, "--mapping", "dhis2-events")
    path.write_text(json.dumps({"events": [_event("e1", "SKIPPED", deleted=True)]}), encoding="utf-8")
    done = sqlite_cli("import", path, "--mapping", "dhis2-events", "--format", "json")
    assert done.one["withdrawn"] == 1


def test_the_draft_of_a_mapping_leaves_them_out_too(sqlite_cli, tmp_path):
    path, draft = tmp_path / "events.json", tmp_path / "own.toml"
    _json(path)
    sqlite_cli("mapping", "suggest", path, "--out", draft)
    assert '[no_visit]\nstatus = ["SCHEDULE", "SCHEDULED", "OVERDUE", "SKIPPED"]' in draft.read_text("utf-8")


OWN = """
name = "own"
version = 1
kind = "line-list"
[columns]
record_id = "event"
facility_id = "orgUnit"
date_visit = ["occurredAt", "scheduledAt"]
disease = "disease"
"""


@pytest.mark.parametrize("write", [_json, _tracked, _csv])
def test_they_are_left_out_under_a_mapping_that_says_nothing_of_them(sqlite_cli, tmp_path, write):
    path, mapping = tmp_path / ("events.csv" if write is _csv else "events.json"), tmp_path / "own.toml"
    write(path)
    mapping.write_text(OWN, encoding="utf-8")
    done = sqlite_cli("import", path, "--mapping", mapping, "--format", "json")
    assert (done.code, done.one["rows"], done.one["rejected"]) == (0, 2, 0)
    assert [row["record_id"] for row in records_of(sqlite_cli.url)] == ["e1", "e5"]
    named = {(n["text"], n["rows"]) for n in done.one["notices"] if n["kind"] == "no_visit"}
    assert named == {("SCHEDULE", 1), ("SKIPPED", 2), ("OVERDUE", 1)}


def test_a_mapping_may_say_that_they_are_visits(sqlite_cli, tmp_path):
    path, mapping = tmp_path / "events.csv", tmp_path / "own.toml"
    text = "event,status,orgUnit,occurredAt,disease\ne1,SCHEDULE,HC1,2025-03-04,tb\n"
    path.write_text(text, encoding="utf-8")
    mapping.write_text(OWN + "[no_visit]\nstatus = []\n", encoding="utf-8")
    assert sqlite_cli("import", path, "--mapping", mapping, "--format", "json").one["accepted"] == 1


def test_they_are_left_out_of_a_file_in_the_columns_of_the_line_list(sqlite_cli, tmp_path):
    path = tmp_path / "events.csv"
    lines = ["event,status,facility_id,date_visit,disease", "e1,COMPLETED,HC1,2025-03-04,tb"]
    path.write_text("\n".join([*lines, "e2,Skipped,HC1,2025-03-04,tb"]) + "\n", encoding="utf-8")
    done = sqlite_cli("import", path, "--format", "json")
    assert (done.one["rows"], done.one["accepted"]) == (1, 1)
    assert [n["text"] for n in done.one["notices"] if n["kind"] == "no_visit"] == ["Skipped"]


@pytest.mark.parametrize("name", ["occurredAt", "eventDate"])
def test_the_day_of_an_event_is_suggested_as_the_visit(name):
    from db.intake.mappings.suggest import suggest

    header = ["event", name, "createdAt", "updatedAt"]
    found = suggest(header, [["e1", "2025-03-04", "2025-03-04", "2025-03-05"]])
    assert [one.column for one in found if one.field == "date_visit"] == [name]
