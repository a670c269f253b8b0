"""What an import says is in the words of its reader: fields, values and places, on pages and in messages."""

from __future__ import annotations

from functools import partial

import pytest

from dashboard.components.imports.file_page import asked
from dashboard.field_names import FIELDS, field_name
from dashboard.messages import translator
from db.intake.values.reasons import Reason
from surveillance.line_list import READ

KHMER = translator("km")


@pytest.mark.parametrize("name", READ)
def test_every_field_has_a_name_in_both_languages(name):
    assert FIELDS[name]
    assert any("\u1780" <= letter <= "\u17ff" for letter in field_name(name, KHMER))


def test_a_reason_names_fields_as_people_call_them_and_keeps_the_senders_column():
    said = Reason("{field}: is yes after an explicit no ({earlier} = no); {advice}", field="treated",
                  earlier="positive", advice=Reason("correct one of the two"))  # fmt: skip
    shown = said.with_field(lambda field: f"{field} (Rx)").named(partial(field_name, t=str))
    assert shown.startswith("Treatment started (Rx): is yes after an explicit no (Test positive = no)")


def test_the_first_rows_show_places_and_values_by_their_names():
    row = {
        "province_home": "KH01",
        "crossing": "informal",
        "outcome": "cured",
        "province_infection": "TH",
        "sex": "female",
    }
    outcomes = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
    tried = {
        "counts": dict.fromkeys(outcomes, 1),
        "notices": [],
        "reasons": [],
        "mapping": {"name": "m", "version": "1"},
        "preview": [row],
    }
    seen = {"columns": [], "fits": {}}
    english = asked(seen, None, tried, "en", str)["tried"]["preview"][0]
    khmer = asked(seen, None, tried, "km", KHMER)["tried"]["preview"][0]
    assert [cell for _, cell in english] == [
        "Banteay Meanchey",
        "Informal route",
        "Cured",
        "Thailand",
        "Female",
    ]
    assert all(any("\u1780" <= letter <= "\u17ff" for letter in head + cell) for head, cell in khmer)
    assert dict(khmer)[KHMER("Home province")] == "បន្ទាយមានជ័យ"


def test_what_a_file_cannot_do_without_is_marked():
    column = {"sent": "Seen on", "name": "seen on", "person": False, "values": [],
              "guess": {"field": "date_visit", "confidence": 0.9, "why": {"en": "x", "km": "x"}}}  # fmt: skip
    view = asked({"columns": [column], "fits": {}}, None, None, "en", str)
    assert view["columns"][0]["guess"]["name"] == "Day of the visit *"
    assert view["needed"] == ["Facility", "Day of the visit", "Disease"]
    assert ("disease", "Disease * (disease)") in view["fields"]
    assert ("sex", "Sex (sex)") in view["fields"]
