"""Every action and detail of the audit trail has its words; searches and files keep what is stored."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

from dashboard.cluster_filters import ClusterQuery
from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.pages.administration.trail_details import DETAILS, detail_name
from dashboard.pages.administration.trail_words import ACTIONS, action_name
from dashboard.services import line_lists
from dashboard.services.places.unmatched import Placed
from dashboard.services.upkeep import backup_age, settings_trail
from db.ingest import import_run
from db.ingest.facilities import FacilityCounts
from tests.support.web import served, signed_in

ROOT = Path(__file__).resolve().parents[2]
#: Function that writes a line -> which of its arguments is the action.
_AT = {"record": 2, "write": 2, "audit_use": 2, "note": 2, "append": 3}
_OF = {"audit", "outbox", "store", "audit_trail", "service", "saved"}
_MAY_WRITE = re.compile(rf"\baction\b|\b({'|'.join(sorted(_OF))})\b")


def _written():
    """Actions that stand in the code, as such or chosen between."""
    found = {line_lists.SEEN, line_lists.TAKEN, backup_age.MADE, backup_age.TRIED, import_run.ACTION}
    found.add(settings_trail.CHANGED)
    for path in [*ROOT.glob("dashboard/**/*.py"), *ROOT.glob("db/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        # To take a module apart takes long: most hold neither such a call nor the name.
        for node in ast.walk(ast.parse(text)) if _MAY_WRITE.search(text) else ():
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


#: Functions that write lines, and the details that they are given in other ways than by a name in the call.
_WRITERS = {"record", "write", "audit_use", "note", "append", "audit"}
#: Names in those functions that belong to something else: headers, columns of tables, lines of JSON.
_NOT_DETAILS = {
    "Content-Disposition", "attempts", "audit_digest", "audit_passed", "audit_proofs", "audit_report",
    "audited_at", "audited_by", "author", "before", "changed_at", "changed_by", "content",
    "created_at", "detail", "done", "answer", "fingerprint", "left_out", "payload", "sealed", "sent_answer",
    "sent_at", "sent_by",
    "engine_version", "head", "made_at", "note", "number", "shared", "sound", "status", "text", "threshold",
    "utility",
}  # fmt: skip


def _details():
    """Names of details that stand in functions that write lines, of counts, and of questions."""
    found = {"rows", "accepted", "amended", "withdrawn", "duplicate", "rejected"}
    found |= {one.name for one in fields(FacilityCounts)} | {one.name for one in fields(Placed)}
    for kind in (CoverageQuery, ClusterQuery):
        found |= set(kind.names())
    for path in [*ROOT.glob("dashboard/**/*.py"), *ROOT.glob("db/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        if not any(f".{name}(" in text for name in _WRITERS):
            continue
        tree = ast.parse(text)
        for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
            calls = [one for one in ast.walk(function) if isinstance(one, ast.Call)]
            if not any(
                isinstance(one.func, ast.Attribute)
                and one.func.attr in _WRITERS
                and (one.func.attr == "audit" or ast.unparse(one.func.value).rpartition(".")[2] in _OF)
                for one in calls
            ):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Dict):
                    found |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
                elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                    at = node.targets[0].slice
                    found |= {at.value} if isinstance(at, ast.Constant) else set()
    return {name for name in found if isinstance(name, str)} - _NOT_DETAILS


def test_every_detail_has_words():
    khmer = translator("km")
    assert _details() - set(DETAILS) == set()
    assert not [one for one in DETAILS if re.search("[a-z]{2}", detail_name(one, khmer))]
    assert detail_name("of another version", khmer) == "of another version"


def test_details_stand_in_the_readers_language_and_are_stored_as_they_were(sqlite_url):
    with served(sqlite_url) as server:
        client = signed_in(server, "administrator")
        english = client.get("/administration/trail?what=signed+in").get_data(as_text=True)
        client.set_cookie("chhlang-language", "km")
        page = client.get("/administration/trail?what=signed+in").get_data(as_text=True)
        file = client.get("/administration/trail.csv?what=signed+in").get_data(as_text=True)
    assert "address: 127.0.0.1" in english
    assert f"{detail_name('address', translator('km'))}: 127.0.0.1" in page
    assert "session:" not in page
    assert '""address"": ""127.0.0.1""' in file
