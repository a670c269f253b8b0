"""Whatever a program asks, by the contract or against it, is answered as the contract says."""

from __future__ import annotations

import json
import warnings
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.api import contract
from dashboard.api.table import RESOURCES
from dashboard.services.signing_in import tokens
from tests.support.cluster_site import cluster_site
from tests.support.examples import examples
from tests.support.programs import bearer, program, token

schemathesis = pytest.importorskip("schemathesis", reason="requirements-dev.txt names it")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("contract")) as made:
        yield made


def test_the_contract_names_every_route(site):
    said = program(site.server, "viewer").get("/api/openapi.json").get_json()
    assert said["openapi"].startswith("3.1")
    served = {str(rule) for rule in site.server.url_map.iter_rules() if str(rule).startswith("/api/")}
    named = {path.replace("{", "<").replace("}", ">") for path in said["paths"]}
    assert named == served - {"/api/openapi.json"}
    assert len(named) == len(RESOURCES)
    for path, operations in said["paths"].items():
        assert set(operations) - {"parameters"} == {"get"}, path
        assert {"200", "400", "401", "403", "404", "406", "429"} <= set(operations["get"]["responses"])


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_whatever_is_asked_is_answered_by_the_contract(site, monkeypatch, mode):
    """`make torture TORTURE="properties"` draws others each time."""
    clock = count(1_900_000_000)
    monkeypatch.setattr(tokens, "_now", lambda: float(next(clock)))
    headers = bearer(token(site.server, "epidemiologist", days="366").text, Accept_Encoding="identity")
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(contract.document(site.server))))
    schema.app = site.server
    asked, answered = 0, set()
    for found in schema.get_all_operations():
        operation = found.ok()
        cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode))

        @settings(
            max_examples=examples(24), suppress_health_check=list(HealthCheck), deadline=None, database=None
        )
        @given(case=cases)
        def ask(case):
            nonlocal asked
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                case.headers = {name: text for name, text in (case.headers or {}).items() if text}
                answer = case.call(headers=headers)
                asked += 1
                answered.add(answer.status_code)
                assert answer.status_code < 500, (case.path, case.query, answer.content)
                case.validate_response(answer, checks=CHECKS)

        ask()
    assert asked > 3 * len(RESOURCES) / 2
    assert {200, 400} & answered


HOSTILE = (
    "\x00", "' OR 1=1 --", "../../etc/passwd", "%", "_", "\ud800", "a" * 9_000, "=1+1", "<script>", "２",
    "-1", "1e9", "NaN", "9" * 400, "2568-01-01", "0000-00-00", "\r\nX: y", "𝟙", "null", "{}", "[]",
)  # fmt: skip


@pytest.mark.parametrize("one", RESOURCES, ids=lambda one: one.name)
def test_hostile_values_are_refused_and_no_fault(site, hostile_client, one):
    path = f"/api{one.path}"
    for name in ("<name>", "<run>"):
        path = path.replace(name, "none")
    names = [*one.question.names(), "page", "size", "nothing"]
    for number, text in enumerate(HOSTILE):
        name = names[number % len(names)]
        asked = {"disease": "measles"} if "disease" in names else {}
        answer = hostile_client.get(path, query_string=asked | {name: text.encode("utf-8", "replace")})
        assert answer.status_code in (200, 400, 404), (name, text[:20], answer.status_code)
        if answer.status_code != 200:
            assert answer.content_type == "application/problem+json"
            assert len(answer.get_data()) < 6_000


@pytest.fixture
def hostile_client(site):
    """A token of its own for each: all of them together ask more often than one may."""
    return program(site.server, "epidemiologist")
