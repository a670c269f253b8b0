"""Readers of a release write every number down that pages and files show, and work out no small one of them.

They are a viewer, a reception centre, a partner and an official of one province.

The release is a real one: prepared, audited and issued by the code of the product. `make torture` does the
same at length (`tests/torture/issued.py`).
"""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from itertools import islice

import pytest

from dashboard.permissions import Grant
from dashboard.services.releases.verifying import verify
from surveillance.errors import UnreadableFileError
from tests.security.attacks import issued_country
from tests.security.attacks.issued import days_asked, walk
from tests.security.attacks.issued_country import (
    AREAS,
    NEWER,
    OWN,
    PAGES,
    RESOURCES,
    THRESHOLDS,
    known_to,
)
from tests.security.attacks.reckoning import reckoned
from tests.support.files import write_csv


@pytest.fixture(scope="module")
def country(sqlite_files, tmp_path_factory):
    """A server with a release; whoever attacks it has an account."""
    with sqlite_files.fresh(migrated=True) as url:
        issued_country.make(url, tmp_path_factory.mktemp("country"))
        with issued_country.attacked(url) as found:
            yield found


@pytest.fixture(scope="module")
def truth(country):
    """Every number of every period that is issued within the programme, small ones too."""
    return country.truth(country.diseases, country.published(5))


@pytest.mark.parametrize(
    "name",
    [
        "viewer",
        pytest.param("partner", marks=pytest.mark.full),
        pytest.param("of-one", marks=pytest.mark.full),
    ],
)
def test_of_all_that_is_shown_no_small_number_can_be_worked_out(country, truth, name):
    own = (OWN,) if name == "of-one" else ()
    reader, threshold = country.reader(name, own), THRESHOLDS.get(name, 5)
    days = list(days_asked(country.first, country.last))
    seen = walk(reader, country.diseases, days[:: 6 if name == "viewer" else 2], AREAS)
    for path in (*PAGES[:: 2 if name == "viewer" else 4], *NEWER[:: 1 if name == "viewer" else 3]):
        reader.looks(path)
    assert seen.faults == [] and len(seen.told) > 200 and seen.refused < len(PAGES) // 4
    assert country.published(threshold).wrong(seen) == []
    reached = reckoned(seen.told, truth, threshold, known_to(truth, own))
    assert reached.found == [] and reached.attacked > 100


@pytest.mark.parametrize(
    "name",
    [
        "viewer",
        pytest.param("partner", marks=pytest.mark.full),
        pytest.param("reception", marks=pytest.mark.full),
        pytest.param("of-one", marks=pytest.mark.full),
    ],
)
def test_nor_by_a_program_that_asks_for_everything(country, truth, name):
    own = (OWN,) if name == "of-one" else ()
    reader, threshold = country.program(name, own), THRESHOLDS.get(name, 5)
    days = list(days_asked(country.first, country.last))
    seen = walk(reader, country.diseases, days[:: 9 if name == "viewer" else 2], AREAS)
    for path in RESOURCES[: 12 if name == "viewer" else None]:
        reader.looks(path)
    assert seen.faults == [] and len(seen.told) > 150
    assert country.published(threshold).wrong(seen) == []
    reached = reckoned(seen.told, truth, threshold, known_to(truth, own))
    assert reached.found == [] and reached.attacked > 100


def test_the_same_walk_finds_a_number_that_slipped_through(country, truth):
    """One hidden number shown by one page is seen to be unpublished, and tells others apart."""
    seen = walk(country.reader("partner"), ("malaria",), [(country.first, country.last)], AREAS, every=True)
    shown = {(one.cell, one.periods) for one in seen.told}
    hidden = [
        one for one in truth if 0 < one.numbers["numerator"] < 5 and (one.cell, one.periods) not in shown
    ]
    slipped = next(one for one in hidden if one.cell.disease == "malaria" and one.cell.dimension == "care")
    seen.told.append(replace(slipped, where="/a-page"))
    assert [one for one in country.published(11).wrong(seen) if one.startswith("/a-page")]
    told = [one for one in seen.told if one.cell.dimension == "care"]
    after, before = reckoned(told, [slipped], 5), reckoned(told[:-1], [slipped], 5)
    assert after.found and after.exact and not before.found


def test_a_reception_centre_is_shown_what_a_viewer_is(country):
    days = list(islice(days_asked(country.first, country.last, random.Random(7)), 2))
    both = [walk(country.reader(name), ("malaria",), days, AREAS) for name in ("viewer", "reception")]
    assert both[0].told == both[1].told and both[0].pairs == both[1].pairs


def test_clusters_are_signals_alone_for_whoever_reads_issued_figures(country):
    for name in ("viewer", "reception", "partner"):
        client = country.reader(name).client
        for path in ("/clusters", "/clusters/1", "/clusters/1/1", "/clusters/1.csv", "/clusters/1.json",
                     "/clusters/standing", "/clusters/1/1/records"):  # fmt: skip
            assert client.get(path).status_code in (403, 404), (name, path)


#: Tables that pages give: address, question, and whether they tell numbers of people here.
TABLES = (
    ("/map", "disease=malaria&from=2025-02-10&to=2025-06-03"),
    ("/map", "disease=malaria&by=crossing&measure=positivity"),
    ("/map/trend", "disease=malaria&area=KH01&step=month"),
    ("/map/groups", "disease=malaria"),
    ("/provinces/KH01", ""),
    ("/crossings/poipet", ""),
    ("/curves", "disease=malaria&step=month&from=2025-01-01&to=2025-12-31"),
    ("/curves", "disease=malaria&place=home&step=quarter"),
    ("/provinces", "disease=malaria"),
    ("/cascade", "disease=malaria&from=2025-01-01&to=2025-12-31&by=sex"),
    ("/cascade", "disease=malaria&from=2025-01-01&to=2025-12-31&by=province"),
    ("/funnel", "disease=malaria&by=province&measure=positivity&from=2025-01-01&to=2025-12-31"),
    ("/today", ""),
)


def taken(country, name, path, kind, question, folder):
    answer = country.reader(name).client.get(f"{path}.{kind}?{question}")
    assert answer.status_code == 200, (path, kind)
    file = folder / f"taken.{kind}"
    file.write_bytes(answer.get_data())
    return file


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_table_of_a_page_is_stamped_and_checked(country, tmp_path, kind):
    for path, question in TABLES:
        found = verify(
            country.database, Grant.custodian(), taken(country, "partner", path, kind, question, tmp_path)
        )
        assert found.faults == () and found.stamp.threshold == 11, (path, question)
        assert found.checked > 0, (path, question)
    if kind == "csv":
        lines = (tmp_path / "taken.csv").read_text("utf-8-sig").splitlines()
        stamps = {(row["shown_to_role"], row["data_until"]) for row in csv.DictReader(lines)}
        assert stamps == {("partner", country.last.isoformat())}
    of_one = taken(country, "of-one", "/map", kind, "disease=malaria&from=2025-01-01&to=2025-12-31", tmp_path)
    found = verify(country.database, Grant.custodian(), of_one)
    assert found.faults == () and found.stamp.threshold == 5 and found.checked > 3


#: What the addresses of tables are filled with; those asked without days; tables of the server itself; and
#: those without counts, or of runs.
SERVER = ("/administration", "/imports", "/releases", "/sessions", "/clusters")
UNASKED = ("/today", "/data", "/reporting", "/reception", "/provinces/", "/crossings", "/facilities")
FILLED = {"<name>": "KH01", "<path:name>": "HC01"}
WITHOUT = (
    "/calendar",
    "/decisions",
    "/denominators",
    "/districts",  # of facilities, not of people
    "/malaria",  # single records, once a reason was given
    "/clusters/<number>",
    "/clusters/<number>/<int:rank>/curve",
)


def tables_of(country):
    """Addresses of every table that a page gives, from the routes themselves."""
    for rule in map(str, country.server.url_map.iter_rules()):
        path, any_kind, _ = rule.partition(".<any(csv,xlsx")
        own = path.startswith(SERVER) and not path.startswith("/clusters/")
        if any_kind and path not in WITHOUT and not own:
            for part, text in FILLED.items():
                path = path.replace(part, "poipet" if "/crossings" in path else text)
            yield path


@pytest.mark.parametrize("name", ["epidemiologist", "of-one", "partner"])
def test_every_row_of_every_table_says_its_threshold_its_last_day_and_its_role(country, name):
    client, looked = country.reader(name).client, set()
    role, last = "official" if name == "of-one" else name, country.last.isoformat()
    for path in sorted({*tables_of(country), "/export/coverage"}):
        asked = "" if path.startswith(UNASKED) else "?disease=malaria&from=2025-01-01&to=2025-12-31"
        answer = client.get(f"{path}.csv{asked}")
        if answer.status_code in (403, 404):
            continue
        assert answer.status_code == 200, path
        for row in csv.DictReader(answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()):
            looked.add(path)
            issued = row["issued"] == "yes"
            fewest = THRESHOLDS.get(name, 5) if issued or name == "partner" else 1
            assert (row["threshold"], row["shown_to_role"]) == (str(fewest), role), (path, row)
            assert (bool(row["release"]), row["data_until"]) == (issued, last), (path, row)
        if (beside := client.get(f"{path}.json{asked}")).status_code == 200:
            said = beside.get_json()["chhlang"]
            assert (said["shown_to_role"], said["data_until"]) == (role, last), path
    assert len(looked) > 7, looked


CHANGED = (("/map/groups", "numerator"), ("/provinces/KH01", "denominator"), ("/curves", "patients"),
           ("/today", "numerator"))  # fmt: skip


@pytest.mark.parametrize(("path", "column"), CHANGED)
def test_a_number_that_was_changed_in_a_file_is_named(country, tmp_path, path, column):
    file = taken(country, "partner", path, "csv", "disease=malaria" if path != "/today" else "", tmp_path)
    lines = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    row = next(row for row in lines if row[column])
    row[column] = str(int(float(row[column])) + 1)
    (fault,) = verify(country.database, Grant.custodian(), write_csv(file, *lines)).faults
    assert "in the release" in fault


def test_a_file_of_what_is_not_issued_holds_no_row_of_a_release(country, tmp_path):
    file = taken(country, "partner", "/map", "csv", "disease=malaria&sex=male", tmp_path)
    with pytest.raises(UnreadableFileError, match="no row of a release"):
        verify(country.database, Grant.custodian(), file)


def test_a_description_names_its_release_and_is_checked(country, tmp_path):
    for path in ("/map", "/curves", "/today"):
        file = taken(country, "viewer", path, "json", "disease=malaria" if path != "/today" else "", tmp_path)
        found = verify(country.database, Grant.custodian(), file)
        assert found.faults == () and found.stamp.threshold == 5, path
        changed = file.read_text("utf-8").replace(found.stamp.data_until.isoformat(), "2026-01-31")
        file.write_text(changed, "utf-8")
        assert "data_until is 2026-01-31" in verify(country.database, Grant.custodian(), file).faults[0]


def test_what_holds_nothing_to_compare_is_refused_with_the_reason(country, tmp_path):
    for path in ("/map", "/map/trend", "/map/groups", "/curves"):
        file = taken(country, "viewer", path, "svg", "disease=malaria", tmp_path)
        assert "release 1 of" in file.read_text("utf-8"), path
        with pytest.raises(UnreadableFileError, match="is a picture"):
            verify(country.database, Grant.custodian(), file)
    with pytest.raises(UnreadableFileError, match="is a picture"):
        verify(country.database, Grant.custodian(), tmp_path / "any.png")
    for name in ("clusters.gpkg", "clusters.geojson"):
        with pytest.raises(UnreadableFileError, match="No release tells clusters"):
            verify(country.database, Grant.custodian(), tmp_path / name)
    clusters = write_csv(tmp_path / "clusters.csv", {"cluster": 1, "observed": 7})
    with pytest.raises(UnreadableFileError, match="No release tells clusters"):
        verify(country.database, Grant.custodian(), clusters)
    reports = taken(country, "of-one", "/reporting", "csv", "", tmp_path)
    with pytest.raises(UnreadableFileError, match="counts facilities"):
        verify(country.database, Grant.custodian(), reports)
