"""JSON of DHIS2, KoboToolbox, ODK and others, and DHIS2 events as CSV, as tables."""

from __future__ import annotations

import json

import pytest

from db.intake.files.readers import Limits
from surveillance.errors import UnreadableFileError
from tests.support.reading import read_bytes

pytestmark = pytest.mark.process

EVENTS = [
    {
        "event": "e1", "status": "COMPLETED", "program": "p", "orgUnit": "ou1", "orgUnitName": "Poipet",
        "occurredAt": "2025-03-04T00:00:00.000", "createdBy": {"username": "u"},
        "dataValues": [{"dataElement": "deA", "value": "tb"}, {"dataElement": "deB", "value": "34"}],
    },
    {
        "event": "e2", "status": "ACTIVE", "program": "p", "orgUnit": "ou2", "orgUnitName": "Bavet",
        "occurredAt": "2025-03-05T00:00:00.000",
        "dataValues": [{"dataElement": "deC", "value": True}],
    },
]  # fmt: skip


def of(folder, content, name="list.json", **options):
    """A JSON file read."""
    return read_bytes(folder, json.dumps(content, ensure_ascii=False), name, **options)


def test_data_values_take_from_their_set_what_they_lack(tmp_path):
    values = [
        {"dataElement": "a", "orgUnit": "o1", "value": "3", "comment": "x"},
        {"dataElement": "b", "period": "202502", "orgUnit": "o2", "categoryOptionCombo": "c", "value": 0},
    ]
    found = of(tmp_path, {"dataSet": "s", "period": "202501", "dataValues": values})
    assert found.table.sent_header[:6] == [
        "dataElement", "period", "orgUnit", "categoryOptionCombo", "attributeOptionCombo", "value",
    ]  # fmt: skip
    assert [row[:6] for row in found.rows.values()] == [
        ["a", "202501", "o1", "", "", "3"],
        ["b", "202502", "o2", "c", "", "0"],
    ]
    assert found.table.row_word == "item"


@pytest.mark.parametrize("content", [{"events": EVENTS}, {"instances": EVENTS, "page": 1}, EVENTS])
def test_an_event_is_one_row_with_a_column_for_each_data_element(content, tmp_path):
    found = of(tmp_path, content)
    assert found.header[:6] == ["event", "status", "program", "orgunit", "orgunitname", "occurredat"]
    assert found.named()[0] | {"createdby/username": "u"} == found.named()[0]
    assert [(row.get("dea"), row.get("deb"), row.get("dec")) for row in found.named()] == [
        ("tb", "34", None),
        (None, None, "yes"),
    ]


def _person(number, *enrollments, **more):
    said = [{"attribute": "sexA", "value": "F"}, {"attribute": "bornA", "value": f"199{number}"}]
    return {
        "trackedEntity": f"t{number}",
        "orgUnit": "home",
        "attributes": said,
        "enrollments": [*enrollments],
        **more,
    }


def _enrollment(name, *events):
    said = [{"attribute": "sexA", "value": "F"}, {"attribute": "caseA", "value": name}]
    return {"enrollment": name, "program": "p", "status": "ACTIVE", "attributes": said, "events": [*events]}


PERSONS = [
    _person(1, _enrollment("n1", EVENTS[0], EVENTS[1]), _enrollment("n2", {"event": "e3", "program": "q"})),
    _person(2, _enrollment("n3")),
    _person(3),
    {"trackedEntity": "t4", "attributes": []},
]


@pytest.mark.parametrize(
    "content",
    [
        {"trackedEntities": PERSONS},
        {"instances": PERSONS},
        {"trackedEntityInstances": PERSONS, "pager": {}},
        PERSONS,
    ],
)
def test_each_event_of_a_tracked_entity_is_a_row_with_what_is_said_of_the_person(content, tmp_path):
    rows = of(tmp_path, content).named()
    assert [(row.get("trackedentity"), row.get("enrollment"), row.get("event")) for row in rows] == [
        ("t1", "n1", "e1"),
        ("t1", "n1", "e2"),
        ("t1", "n2", "e3"),
        ("t2", "n3", None),
        ("t3", None, None),
        ("t4", None, None),
    ]
    assert [row.get("program") for row in rows] == ["p", "p", "q", "p", None, None]
    assert [row.get("borna") for row in rows] == ["1991", "1991", "1991", "1992", "1993", None]
    assert [row.get("sexa") for row in rows] == ["F"] * 5 + [None]
    assert [row.get("casea") for row in rows] == ["n1", "n1", "n2", "n3", None, None]
    assert [row.get("orgunit") for row in rows] == ["ou1", "ou2", None, None, None, None]
    assert [row.get("of_person/orgunit") for row in rows] == ["home"] * 5 + [None]
    assert rows[0]["of_enrollment/status"] == "ACTIVE"
    assert [row.get("dea") for row in rows] == ["tb", None, None, None, None, None]


def test_enrollments_alone_are_their_events_too(tmp_path):
    rows = of(tmp_path, {"enrollments": [_enrollment("n1", EVENTS[0], EVENTS[1])]}).named()
    assert [(row["enrollment"], row["event"], row["casea"]) for row in rows] == [
        ("n1", "e1", "n1"),
        ("n1", "e2", "n1"),
    ]


@pytest.mark.parametrize(
    "strange",
    [
        [{"enrollments": ["x"]}],
        [{"enrollments": [{"events": [1, None, [2]]}]}],
        [{"enrollments": [[]], "attributes": "x"}],
        [{"events": [{"attributes": {"a": 1}}], "attributes": [{"attribute": "b", "value": 1}]}],
        ["x", {"enrollments": []}],
    ],
)
def test_what_is_nested_in_an_odd_way_is_read_or_refused_in_a_sentence(strange, tmp_path):
    try:
        found = of(tmp_path, {"trackedEntities": strange})
    except UnreadableFileError as error:
        assert "list.json" in str(error)
    else:
        assert found.rows


CSV_EVENTS = """event,status,program,orgUnit,occurredAt,dataElement,value,storedBy
e1,COMPLETED,p,ou1,2025-03-04,deA,tb,u
e1,COMPLETED,p,ou1,2025-03-04,deB,34,u
e2,ACTIVE,p,ou2,2025-03-05,deA,malaria,u
e3,ACTIVE,p,ou2,2025-03-06,,,u
"""


def test_events_as_csv_are_one_row_each_with_the_number_of_their_first_row(tmp_path):
    found = read_bytes(tmp_path, CSV_EVENTS, "events.csv", known=frozenset({"event", "dataelement"}))
    assert found.header == ["event", "status", "program", "orgunit", "occurredat", "storedby", "dea", "deb"]
    assert {number: row[6:] for number, row in found.rows.items()} == {
        2: ["tb", "34"],
        4: ["malaria", ""],
        5: ["", ""],
    }


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("e1,COMPLETED,p,ou1,2025-03-04,deC,1,u", "rows of an event are not together"),
        ("e3,ACTIVE,p,ou2,2025-03-06,,5,u", "names no data element"),
        ("e4,A,p,o,d,deA,1,u\ne4,A,p,o,d,deA,2,u", "a second value"),
    ],
)
def test_a_data_value_that_would_be_lost_is_an_error(row, why, tmp_path):
    with pytest.raises(UnreadableFileError, match=why):
        read_bytes(tmp_path, CSV_EVENTS + row + "\n", "events.csv", known=frozenset({"event"}))


def test_groups_of_a_form_are_parts_of_its_names(tmp_path):
    flat = {"_id": 12, "visit/facility": "HC1", "visit/tests": "rdt mic", "_geolocation": [13.5, 102.25]}
    nested = {"_id": 13, "visit": {"facility": "HC2", "tests": ["rdt", "mic"]}, "members": [{"age": 3}]}
    for content in ([flat, nested], {"count": 2, "results": [flat, nested]}, {"value": [flat, nested]}):
        found = of(tmp_path, content)
        assert found.named() == [
            {"_id": "12", "visit/facility": "HC1", "visit/tests": "rdt mic", "_geolocation": "13.5 102.25"},
            {"_id": "13", "visit/facility": "HC2", "visit/tests": "rdt mic", "members": '[{"age":"3"}]'},
        ]


def test_a_form_as_csv_has_groups_in_its_names_and_semicolons(tmp_path):
    found = read_bytes(tmp_path, '"_id";"visit/facility"\n"1";"HC1"\n', known=frozenset({"visit/facility"}))
    assert found.named() == [{"_id": "1", "visit/facility": "HC1"}]


def test_features_have_their_properties_and_their_position(tmp_path):
    feature = {
        "type": "Feature", "id": 7, "properties": {"name": "ប៉ោយប៉ែត", "n": 1.0},
        "geometry": {"type": "Point", "coordinates": [102.5, 13.6]},
    }  # fmt: skip
    found = of(tmp_path, {"type": "FeatureCollection", "features": [feature]}, "places.geojson")
    assert found.named() == [
        {"name": "ប៉ោយប៉ែត", "n": "1", "id": "7", "longitude": "102.5", "latitude": "13.6"}
    ]


def test_flat_objects_may_lack_names_and_keep_long_numbers_as_written(tmp_path):
    found = read_bytes(
        tmp_path,
        '[{"id": 123456789012345678901, "a": 0.10}, {}, {"b": null, "id": "007"}, {"b": 1e5}]',
        "list.json",
    )
    assert found.header == ["id", "a", "b"]
    assert found.rows == {
        1: ["123456789012345678901", "0.10", ""],
        3: ["007", "", ""],
        4: ["", "", "1e5"],
    }


def test_a_query_of_dhis2_is_a_table(tmp_path):
    content = {"headers": [{"name": "dx"}, {"name": "value"}], "rows": [["a", "1"], ["b", 2]], "metaData": {}}
    assert of(tmp_path, content).named() == [{"dx": "a", "value": "1"}, {"dx": "b", "value": "2"}]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_json_is_read_in_every_unicode(codec, tmp_path):
    content = json.dumps([{"ភេទ": "ស្រី"}], ensure_ascii=False).encode(codec)
    assert read_bytes(tmp_path, content, "list.json").named() == [{"ភេទ": "ស្រី"}]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "the file is empty"),
        ('[{"a": 1},', "line 1, place 1[01]: is not JSON"),
        ("[1, 2]", "item 1 is no object"),
        ('[{"a": 1}, null]', "item 2 is no object"),
        ('{"a": 1}', "holds no list of records"),
        ('"text"', "holds no list of records"),
        ("[]", "the file is empty"),
        ('[{"a": 1, "a": 2}]', "names 'a' twice"),
        ('[{"sex": 1, "Sex": 2}]', "column 'sex' stands twice"),
        ('[{"a/b": 1, "a": {"b": 2}}]', "item 1 gives 'a/b' twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        (f'[{{"a": {"[" * 900}1{"]" * 900}}}]', "nested too deeply"),
        (f'[{{"a": "{"x" * 40_000}"}}]', "item 1 holds more than 32,767 characters"),
        ("[{" + ",".join(f'"c{n}":1' for n in range(501)) + "}]", "has 501 columns"),
        (b"[\xff]", "is not UTF-8"),
        ('{"headers": [{"name": "a"}], "rows": [["1", "2"]]}', "item 1 has not as many values"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) or len(value) > 60 else value,
)
def test_what_is_no_table_is_an_error_that_says_where(content, why, tmp_path):
    with pytest.raises(UnreadableFileError, match=why):
        read_bytes(tmp_path, content, "list.json")


def test_too_many_items_are_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="more than 3 rows"):
        of(tmp_path, [{"a": 1}] * 4, limits=Limits(rows=3))
