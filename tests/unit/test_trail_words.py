"""Every action of the audit trail has its words; searches and files keep what is stored."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from dashboard.messages import translator
from dashboard.pages.administration.trail_words import ACTIONS, action_name
from dashboard.services import line_lists
from dashboard.services.upkeep import backup_age
from db.ingest import import_run
from tests.support.web import served, signed_in

ROOT = Path(__file__).resolve().parents[2]
#: Function that writes a line -> which of its arguments is the action.
_AT = {"record": 2, "write": 2, "audit_use": 2, "note": 2, "append": 3}
_OF = {"audit", "outbox", "store", "audit_trail", "service", "saved"}


def _written():
    """Actions that stand in the code, as such or chosen between."""
    found = {line_lists.SEEN, line_lists.TAKEN, backup_age.MADE, backup_age.TRIED, import_run.ACTION}
    for path in [*ROOT.glob("dashboard/**/*.py"), *ROOT.glob("db/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            texts = []
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "action":
                texts = [one for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
                texts = [one for one in texts if one.value not in (None, "name")]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = ast.unparse(node.func.value)
                at = _AT.get(node.func.attr, 99) + (of == "outbox" and node.func.attr == "write")
                texts = node.args[at : at + 1] if of in _OF else []
            found |= {one.value for one in texts if isinstance(one, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def test_every_action_has_words():
    written = _written()
    assert len(written) > 50
    assert written - set(ACTIONS) == set()
    assert set(ACTIONS) - written - {"restore", "export"} == set()
    khmer = translator("km")
    assert not [one for one in ACTIONS if re.search("[a-z]", action_name(one, khmer))]
    assert action_name("of another version", khmer) == "of another version"


def test_a_khmer_page_names_actions_in_khmer_and_asks_by_what_is_stored(sqlite_url):
    with served(sqlite_url) as server:
        client = signed_in(server, "administrator")
        client.set_cookie("chhlang-language", "km")
        page = client.get("/administration/trail?what=signed+in").get_data(as_text=True)
        file = client.get("/administration/trail.csv?what=signed+in").get_data(as_text=True)
    khmer = action_name("signed in", translator("km"))
    assert f'<option value="signed in" selected>{khmer}</option>' in page
    assert f">{khmer}</td>" in page
    assert ">signed in<" not in page
    assert ",signed in," in file
    assert khmer not in file
