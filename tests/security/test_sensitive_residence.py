"""HIV and syphilis by residence: nobody is shown it, by any door; of other diseases every door shows it."""

from __future__ import annotations

import re

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant
from dashboard.services.clusters.defaults import reason_refused
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.maintenance.opening import open_database
from tests.support.accounts import add_accounts, cheap_hashing
from tests.support.command_line import CommandLine
from tests.support.few import rows_of
from tests.support.files import record, write_csv
from tests.support.pages import map_page
from tests.support.web import served, signed_in

#: People by residence: no other number of this database has these digits.
MOBILE, RESIDENT = 113, 229
DAYS = "from=2025-01-01&to=2025-12-31"
#: Addresses that ask for a disease by residence, or show its groups unasked.
DOORS = (
    f"/map.csv?{DAYS}&residence=mobile",
    f"/map.xlsx?{DAYS}&residence=mobile",
    f"/map/trend.csv?{DAYS}&residence=mobile&area=KH01",
    f"/map/groups.csv?{DAYS}",
    f"/map/groups.csv?{DAYS}&area=KH01",
    f"/export/coverage.csv?{DAYS}&residence=mobile",
    f"/provinces.csv?{DAYS}&residence=mobile",
    f"/provinces?{DAYS}&residence=mobile",
    f"/beside?{DAYS}&beside=residence:mobile",
    f"/curves?{DAYS}&residence=mobile&step=month",
    f"/curves.csv?{DAYS}&residence=mobile&step=month",
    f"/curves.csv?{DAYS}&group=residence&step=month",
)


@pytest.fixture(scope="module")
def server(sqlite_files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("residence")
    with sqlite_files.fresh(migrated=True) as url, cheap_hashing():
        cli = CommandLine(url)
        listed = {"facility_id": "HC1", "province": "KH01", "kind": "health_centre"}
        assert cli("facilities", "import", write_csv(folder / "f.csv", listed)).code == 0
        rows = [
            record(disease=disease, facility_id="HC1", residence=residence, date_visit="2025-05-06")
            | {"eligible": "yes", "tested": "yes", "positive": "yes"}
            for disease in ("hiv", "syphilis", "tb")
            for residence, count in (("mobile", MOBILE), ("resident", RESIDENT))
            for _ in range(count)
        ]
        later = record(disease="malaria", facility_id="HC1", date_visit="2025-06-20")  # the last week is over
        assert cli("import", write_csv(folder / "list.csv", *rows, later)).code == 0
        database = open_database(url)
        add_accounts(
            database, {"epidemiologist": ("epidemiologist", None), "of-one": ("official", ("KH01",))}
        )
        database.dispose()
        with served(url) as found:
            yield found


def texts(client, disease: str):
    """What each door says of a disease, as text."""
    for door in DOORS:
        answer = client.get(f"{door}&disease={disease}")
        assert answer.status_code == 200, (door, answer.status_code)
        yield door, in_text(answer, door)
    held = map_page(client, f"?disease={disease}&{DAYS}&residence=mobile")
    yield "map", without_tags(str(held["table"]))


def in_text(answer, door: str) -> str:
    if ".xlsx" in door:
        return "\n".join(str(row) for row in rows_of(answer.get_data(), "xlsx"))
    return without_tags(answer.get_data(as_text=True))


def without_tags(text: str) -> str:
    return re.sub(r"<[^>]+>", " ", text)


@pytest.mark.parametrize("name", ["epidemiologist", "of-one"])
def test_no_door_tells_hiv_by_residence_and_every_door_tells_tuberculosis(server, name):
    client, found = signed_in(server, name), []
    for disease in ("hiv", "syphilis", "tb"):
        for door, text in texts(client, disease):
            told = bool(re.search(rf"(?<![\d.])({MOBILE}|{RESIDENT})(\.0)?(?![\d.])", text))
            found.append((disease, door, told))
    assert [one for one in found if one[2] is not (one[0] == "tb")] == []
    shown = client.get(f"/map.csv?disease=hiv&{DAYS}").get_data(as_text=True)
    assert str(MOBILE + RESIDENT) in shown
    refused = map_page(client, f"?disease=hiv&{DAYS}&residence=mobile")
    assert rules.NEVER_SHOWN in str(refused)
    for disease in ("hiv", "tb"):
        for door in (f"/map/groups.svg?{DAYS}&area=KH01", "/provinces/KH01?"):
            shown = client.get(f"{door}&disease={disease}").get_data(as_text=True)
            assert ("Residence" in shown) is (disease == "tb"), (door, disease)


def test_clusters_are_not_adjusted_for_residence_nor_tell_it_of_their_cases():
    grant = Grant.custodian()
    for disease, refused in (("hiv", True), ("syphilis", True), ("tb", False)):
        asked = ClusterQuery(disease, covariates=("residence",))
        assert (reason_refused(grant, asked) == rules.NEVER_SHOWN) is refused
        rows = [("sex", "male", 20, 30), ("residence", "mobile", 20, 30)]
        told, _ = disclosed.groups(grant, disease, Undisclosed(rows))
        assert [axis for axis, *_ in told] == (["sex"] if refused else ["sex", "residence"])
