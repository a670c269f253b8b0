"""Deported people and security forces are told of by nothing: they stand with others, for everybody."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest

from dashboard.curve_filters import CurveQuery
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage import view
from dashboard.services.curves.curve import curve
from dashboard.services.disclosure import rules
from dashboard.services.imports import pipeline
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.take_away import records as records_service
from dashboard.settings import Settings
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.disclosure.lattice import issued_values
from surveillance.vocabulary import AXES, JOINED, shown_value, shown_values
from tests.support.accounts import add_accounts
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

EPIDEMIOLOGIST = Grant("e@health.example", "epidemiologist", Scope.everything())
DAY, TODAY = "2025-03-04", date(2025, 7, 1)
FIRST, LAST = date(2025, 3, 3), date(2025, 3, 30)
#: How many records there are of each: no other number of a page is one of these.
PARTS = {
    ("movement", "deported"): 137, ("movement", "returning"): 241,
    ("activity", "security_forces"): 173, ("activity", "other"): 319,
}  # fmt: skip
WHOLE = {"movement": 137 + 241, "activity": 173 + 319}
ASKED = f"disease=tb&from={FIRST}&to={LAST}"


def filled(database, folder):
    import_facilities(
        database,
        Grant.custodian(),
        write_csv(folder / "f.csv", {"facility_id": "HC1", "province": "KH01", "name_en": "One"}),
    )
    rows = [
        record(record_id=f"{axis}{value}{at}", date_visit=DAY, eligible="yes", tested="yes", **{axis: value})
        for (axis, value), many in PARTS.items()
        for at in range(many)
    ]
    path = write_csv(folder / "list.csv", *rows)
    settings = Settings.read({"CHHLANG_SECRET_KEY": KEY})
    pipeline.import_file(database, Grant.custodian(), settings, path, ImportOptions(source="test"))


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    with sqlite_files.fresh(migrated=True) as url, served(url) as made:
        database = open_database(url)
        filled(database, tmp_path_factory.mktemp("one"))
        add_accounts(database, {"epi": ("epidemiologist", None)})
        made.held = database
        yield made
        database.dispose()


def query(**groups):
    return CoverageQuery(
        "tb", start=FIRST, end=LAST, groups={k: tuple(v.split(",")) for k, v in groups.items()}
    )


def told(text):
    """Every number of a page or file, without its scripts and addresses."""
    plain = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    return {int(one.replace(",", "")) for one in re.findall(r"\d{1,3}(?:,\d{3})+|\d+", plain)}


def test_one_table_says_what_is_joined():
    for axis in AXES:
        assert tuple(value.code for value in shown_values(axis)) == issued_values(axis)
    assert shown_value("movement", "deported") == JOINED["movement"][0].code
    assert {
        "movement": {"returning", "deported"},
        "activity": {"security_forces", "other"},
    } == rules.SHOWN_AS_ONE


@pytest.mark.parametrize(("axis", "value"), PARTS)
def test_no_part_can_be_asked_for(site, axis, value):
    for who in (EPIDEMIOLOGIST, Grant.custodian()):
        found = view.table(site.held, who, query(**{axis: value}), TODAY)
        assert rules.reason_hidden(who, found.query) == rules.NOT_APART
        assert not any(row.value.denominator for row in found.rows) and not found.total.denominator
    drawn = CurveQuery("tb", what="patients", start=FIRST, end=LAST, groups={axis: (value,)})
    assert curve(site.held, EPIDEMIOLOGIST, drawn, LAST, TODAY).hidden == rules.NOT_APART
    client = signed_in(site, "epi")
    for page in ("/curves", "/cascade", "/beside", "/map/table"):
        shown = client.get(f"{page}?{ASKED}&{axis}={value}").get_data(as_text=True)
        assert not told(shown) & {PARTS[axis, value]}, page
    with pytest.raises(Exception, match="together"):
        records_service.records(
            site.held, EPIDEMIOLOGIST, query(**{axis: value}), None, "a reason here", "csv", most=99
        )


@pytest.mark.parametrize("axis", WHOLE)
def test_what_is_shown_is_the_sum(site, axis):
    joined = JOINED[axis][0].code
    table, panel, _ = view.view(site.held, EPIDEMIOLOGIST, query(**{axis: joined}), None, TODAY)
    assert table.total.denominator == WHOLE[axis]
    _, panel, _ = view.view(site.held, EPIDEMIOLOGIST, query(), None, TODAY)
    numbers = {code: value.denominator for code, value in panel.groups[axis]}
    assert numbers[joined] == WHOLE[axis] and not set(numbers) & set(joined.split(","))
    drawn = curve(
        site.held,
        EPIDEMIOLOGIST,
        CurveQuery("tb", what="patients", start=FIRST, end=LAST, group=axis),
        LAST,
        TODAY,
    )
    at = drawn.groups.index(joined)
    assert sum(point.parts[at].count or 0 for point in drawn.points) == WHOLE[axis]


def test_no_page_or_file_tells_a_part(site):
    client, parts = signed_in(site, "epi"), set(PARTS.values())
    seen = set()
    for page in (
        "/", f"/map?{ASKED}", f"/map/table?{ASKED}", f"/curves?{ASKED}&what=patients&group=movement",
        f"/curves?{ASKED}&what=patients&group=activity", f"/cascade?{ASKED}&by=movement",
        f"/cascade?{ASKED}&by=activity", f"/provinces/KH01?{ASKED}", "/data/quality", "/indicators",
        f"/curves.csv?{ASKED}&what=patients&group=movement", f"/cascade.csv?{ASKED}&by=activity",
        f"/export/coverage.csv?{ASKED}", f"/map/groups.csv?{ASKED}", "/reporting", "/alerts",
    ):  # fmt: skip
        answer = client.get(page, follow_redirects=True)
        if answer.status_code == 200:
            numbers = told(answer.get_data(as_text=True))
            assert not numbers & parts, page
            seen |= numbers & set(WHOLE.values())
    assert seen == set(WHOLE.values()), "the sums are shown"


def test_a_line_list_joins_them(site):
    rows = records_service.records(site.held, EPIDEMIOLOGIST, query(), None, "a reason here", "csv", most=99)
    assert {row["movement"] for row in rows} == {"returning,deported", "unknown"}
    assert {row["activity"] for row in rows} == {"security_forces,other", "unknown"}


def test_the_column_of_a_curve_has_no_comma(site):
    text = signed_in(site, "epi").get(f"/curves.csv?{ASKED}&what=patients&group=movement")
    first = next(csv.reader(io.StringIO(text.get_data(as_text=True).lstrip("\ufeff"))))
    assert "movement_returning_and_deported" in first and "movement_deported" not in first
