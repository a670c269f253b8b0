"""`population import`: every row accounted for, nothing guessed, nothing lost, and the page beside it."""

from __future__ import annotations

import io
import re

import pytest

from dashboard.permissions import Grant
from dashboard.services.denominators import read
from db.core.engine import write_transaction
from db.maintenance.opening import open_database
from db.tables.denominators import denominator
from geodata.provinces import PROVINCES
from surveillance.errors import UsageError
from tests.support.accounts import add_accounts
from tests.support.command_line import OUTCOMES
from tests.support.files import read_csv, read_xlsx, write_csv, write_xlsx
from tests.support.web import served, signed_in

COLUMNS = (
    "area",
    "year",
    "population",
    "sex",
    "age",
    "kind",
    "lower",
    "upper",
    "source",
    "grade",
    "record_status",
)


def row(area="KH01", year=2019, population=861883, **more):
    return dict.fromkeys(COLUMNS, "") | {"area": area, "year": year, "population": population} | more


def bring(cli, tmp_path, *rows, name="p.csv", code=0):
    done = cli("population", "import", write_csv(tmp_path / name, *rows), "--format", "json")
    assert done.code == code, done.stderr
    return done.one


def counts(receipt):
    found = tuple(receipt[name] for name in OUTCOMES)
    assert receipt["rows"] == sum(found)
    return found


def values(cli, *asked):
    done = cli("population", "list", "--format", "json", *asked)
    assert done.code == 0, done.stderr
    found = [(one["area"], one["year"], one["value"]) for one in done.json()]
    for style in ("csv", "table"):
        assert len(cli("population", "list", "--format", style, *asked).stdout.splitlines()) == len(found) + 1
    return found


@pytest.mark.sql
def test_figures_come_in_change_with_history_go_and_come_again_without_a_trace(cli, tmp_path):
    first = [row(), row("Battambang", population=997169), row("KH-22", population=276038)]
    assert counts(bring(cli, tmp_path, *first)) == (3, 0, 0, 0, 0)
    assert counts(bring(cli, tmp_path, *first)) == (0, 0, 0, 3, 0)
    later = [row(population=900000, source="NIS"), row("KH02", population=997169)]
    assert counts(bring(cli, tmp_path, *later, name="later.csv")) == (0, 1, 0, 1, 0)
    assert values(cli, "--area", "Banteay Meanchey") == [("KH01", 2019, 900000)]
    # A file that comes again never reverts an amendment (decision 9).
    assert counts(bring(cli, tmp_path, *first)) == (0, 0, 0, 3, 0)
    history = cli("population", "list", "--area", "KH01", "--history", "--format", "json").json()
    assert [(one["value"], one["ended_at"] is None) for one in history] == [(900000, True), (861883, False)]
    gone = row("KH22", population="", record_status="withdrawn")
    never = row("KH03", population="", record_status="withdrawn")
    assert counts(bring(cli, tmp_path, gone, never, name="w.csv")) == (0, 0, 1, 0, 1)
    assert values(cli) == [("KH01", 2019, 900000), ("KH02", 2019, 997169)]
    assert "there is no such figure" in read_csv(tmp_path / "w.returned-1.csv")[0]["chhlang_reason"]
    assert counts(bring(cli, tmp_path, *first)) == (0, 0, 0, 3, 0)  # nor a withdrawal
    done = cli("verify")
    assert (done.code, "everything agrees" in done.stdout) == (0, True)


@pytest.mark.in_turn()  # PostgreSQL: figures come in, change and go
@pytest.mark.sql
def test_an_export_can_be_imported_again_and_a_backup_holds_the_history(cli, database_url, tmp_path):
    bring(
        cli,
        tmp_path,
        row(source="=NIS; ជំរឿន", grade="census"),
        row(sex="female", age="5-9", population=5),
        row("Cambodia", kind="estimated_tb", population=50000, lower=43800, upper=57800),
        row("0102", population=7),
    )
    bring(cli, tmp_path, row(population=2, source="=NIS; ជំរឿន", grade="census"), name="b.csv")
    exported = tmp_path / "out.csv"
    assert cli("population", "export", exported).code == 0
    receipt = cli("population", "import", exported, "--format", "json").one
    assert counts(receipt) == (0, 0, 0, 4, 0)
    backup = tmp_path / "backup.zip"
    assert cli("backup", backup).code == 0
    before = cli("population", "list", "--history", "--format", "json").json()
    bring(cli, tmp_path, row(population=3), name="c.csv")
    assert cli("restore", backup, "--replace").code == 0
    assert cli("population", "list", "--history", "--format", "json").json() == before
    bring(cli, tmp_path, row(population=4), name="d.csv")  # rows are numbered on
    assert cli("verify").code == 0


def test_every_row_that_cannot_be_is_returned_with_its_reason(sqlite_cli, tmp_path):
    wrong = {
        "'25' is no known area; the number is Tboung Khmum": row("25"),
        "'Nowhere' is no known area": row("Nowhere"),
        "for the whole country write Cambodia": row("National"),
        "figures are of Cambodia": row("Thailand"),
        "no district with this number": row("0199"),
        "no such operational district": row("OD Nowhere"),
        "area: is blank": row(""),
        "year: 'soon' is no year": row(year="soon"),
        "year: '1019' is no year from 1950": row(year=1019),
        "year: '3019' is no year": row(year=3019),
        "population: is blank": row(population=""),
        "'-4' is less than zero": row(population=-4),
        "'4.5' is no whole number of people": row(population=4.5),
        "'1.234' is no whole number of people": row(population="1.234"),
        "'many' is no number": row(population="many"),
        "'1.5E+07' is written short": row(population="1.5E+07"),
        "is more than there can be": row(population=85512345678),
        "'x' is no sex": row(sex="x"),
        "'14-May' is a day": row(age="14-May"),
        "'adult' is no range of ages": row(age="adult"),
        "'wealth' is none of population": row(kind="wealth"),
        "'good' is none of census": row(grade="good"),
        "an interval has two limits": row(lower=3),
        "lies above the upper limit": row(population=5, lower=9, upper=3),
        "does not lie between its limits 900000 and 900001": row(lower=900000, upper=900001),
        "record_status: 'gone' cannot be read": row(record_status="gone"),
        "are not taken below the level of district": row(
            "010201", kind="plhiv", population=9, lower=1, upper=10
        ),
    }
    receipt = bring(sqlite_cli, tmp_path, *wrong.values())
    assert counts(receipt) == (0, 0, 0, 0, len(wrong))
    returned = [one["chhlang_reason"] for one in read_csv(receipt["returned_file"])]
    for reason, said in zip(wrong, returned, strict=True):
        assert reason in said
    assert values(sqlite_cli) == []


@pytest.mark.parametrize("kind", ["estimated_tb", "plhiv"])
def test_a_national_rate_times_the_population_is_never_taken_nor_made(sqlite_cli, sqlite_url, tmp_path, kind):
    country = row("Cambodia", kind=kind, population=50000, lower=43800, upper=57800)
    people = [row(code, population=one.population_2019) for code, one in PROVINCES.items()]
    times = row("KH01", kind=kind, population=2771)
    receipt = bring(sqlite_cli, tmp_path, country, *people, times)
    assert counts(receipt) == (26, 0, 0, 0, 1)
    assert (
        "a national rate times the population is none"
        in read_csv(receipt["returned_file"])[0]["chhlang_reason"]
    )
    database = open_database(sqlite_url)
    grant = Grant.custodian()
    assert read.denominators(database, grant, kind, year=2025) == []
    (only,) = read.denominators(database, grant, kind, year=2025, level="country")
    assert (only.value, only.lower, only.upper, only.year) == (50000, 43800, 57800, 2019)
    assert read.denominators(database, grant, kind, year=2018, level="country") == []
    (whole,) = read.denominators(database, grant, "population", level="country")
    assert (whole.value, whole.source) == (15_552_211, "sum of 25 provinces")
    with pytest.raises(UsageError, match="kind"):
        read.denominators(database, grant, "wealth")
    database.dispose()
    own = row("KH01", kind=kind, population=2771, lower=2000, upper=3600, source="a survey of the province")
    assert counts(bring(sqlite_cli, tmp_path, own, name="own.csv")) == (1, 0, 0, 0, 0)


def test_khmer_words_digits_and_buddhist_years_are_read_as_in_all_other_files(sqlite_cli, tmp_path):
    path = tmp_path / "km.csv"
    lines = [
        "ខេត្ត,ឆ្នាំ,ចំនួនប្រជាជន,ភេទ,អាយុ,ប្រភព,កំណត់ចំណាំ",
        "បន្ទាយមានជ័យ,២៥៦២,៨៦១៨៨៣,,,វិទ្យាស្ថានជាតិស្ថិតិ,x",
        'បាត់ដំបង,2562,"៩៩៧,១៦៩",ប្រុស,១៥-២៤,,',
    ]
    path.write_text("\n".join(lines), encoding="utf-16")
    done = sqlite_cli("population", "import", path)
    assert done.code == 0, done.stderr
    assert re.search(r"accepted +2\n", done.stdout)
    assert "years of the Buddhist era were read as 543 ahead; rows: 2" in done.stdout
    assert "column 'កំណត់ចំណាំ' is not of the schema; ignored" in done.stdout
    assert values(sqlite_cli) == [("KH01", 2019, 861883), ("KH02", 2019, 997169)]


def test_a_workbook_is_read_and_its_rejected_rows_come_back_as_one(sqlite_cli, tmp_path):
    lines = [["Kep", 2019, 42665.0], ["Nowhere", 2019, 1], ["Pailin", 2019, "75 112"]]
    path = write_xlsx(tmp_path / "p.xlsx", ["Province", "Year", "Population"], lines)
    receipt = sqlite_cli("population", "import", path, "--source", "NIS", "--format", "json").one
    assert counts(receipt) == (2, 0, 0, 0, 1)
    assert read_xlsx(receipt["returned_file"])[1][2] == "Nowhere"
    listed = sqlite_cli("population", "list", "--format", "json").json()
    assert [(one["value"], one["source"]) for one in listed] == [(42665, "NIS"), (75112, "NIS")]


def test_what_does_not_agree_is_taken_and_told(sqlite_cli, tmp_path):
    twice = [row(sex="female"), row(sex="male"), row(population=900000)]
    receipt = bring(sqlite_cli, tmp_path, *twice, row(population=900000), row(population=1))
    assert counts(receipt) == (3, 0, 0, 1, 1)  # the same row twice; and one that says something else
    assert any(
        "the sexes together are 1,723,766, more than the total of 900,000" in one for one in receipt["notes"]
    )
    assert "row 4 of this file says something else" in read_csv(receipt["returned_file"])[0]["chhlang_reason"]
    tried = sqlite_cli(
        "population",
        "import",
        write_csv(tmp_path / "r.csv", row(kind="at_risk", population=999999)),
        "--dry-run",
    )
    assert "999,999 is more than the population of 900,000" in tried.stdout
    assert "(dry run)" in tried.stdout
    assert values(sqlite_cli, "--kind", "at_risk") == []


def test_an_operational_district_is_one_of_the_facility_list(sqlite_cli, tmp_path):
    listed = {"facility_id": "HC1", "province": "KH01", "operational_district": "Poipet"}
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", listed)).code == 0
    receipt = bring(
        sqlite_cli, tmp_path, row("poipet"), row("OD Poipet", 2020), row("ស្រុកប្រតិបត្តិ Poipet", 2021)
    )
    assert counts(receipt) == (3, 0, 0, 0, 0)
    assert {area for area, _, _ in values(sqlite_cli)} == {"OD Poipet"}


def test_a_file_without_its_columns_and_a_day_that_is_none_are_refused(sqlite_cli, tmp_path):
    done = sqlite_cli("population", "import", write_csv(tmp_path / "p.csv", {"area": "KH01", "people": 3}))
    assert (done.code, "the header lacks year" in done.stderr) == (3, True)
    assert sqlite_cli("population", "list", "--as-of", "soon").code == 2
    assert sqlite_cli("population", "list", "--area", "Nowhere").code == 2
    bring(sqlite_cli, tmp_path, row())
    assert values(sqlite_cli, "--as-of", "2020-01-01") == []
    assert values(sqlite_cli, "--as-of", "2099-01-01") == [("KH01", 2019, 861883)]


def test_verify_names_a_figure_that_cannot_be(sqlite_cli, sqlite_url, tmp_path):
    bring(sqlite_cli, tmp_path, row())
    database = open_database(sqlite_url)
    with write_transaction(database.records) as connection:
        connection.execute(denominator.update().values(value=-1))
    database.dispose()
    done = sqlite_cli("verify")
    assert (done.code, "1 population figures are negative" in done.stdout) == (1, True)


def test_the_page_lists_imports_and_refuses_and_hands_out_the_file(sqlite_cli, sqlite_url, tmp_path):
    bring(sqlite_cli, tmp_path, row(source="NIS <b>", grade="census"), row(sex="female", population=5))
    with served(sqlite_url) as site:
        database = open_database(sqlite_url)
        add_accounts(database, {"manager": ("data_manager", None)})
        database.dispose()
        reader = signed_in(site, "viewer")
        page = reader.get("/denominators").get_data(as_text=True)
        assert "861,883" in page
        assert "NIS &lt;b&gt;" in page
        assert "1 figures of one sex or age are not shown here." in page
        assert 'type="file"' not in page
        assert reader.get("/denominators.csv").status_code == 403
        assert reader.get("/denominators?kind=plhiv&year=zz").status_code == 200
        taken = signed_in(site, "official").get("/denominators.csv").get_data().decode("utf-8-sig")
        assert taken.splitlines()[0].startswith("area,year,population,sex,age,kind")
        manager = signed_in(site, "manager")
        text = b"area,year,population\nKH01,2019,900000\nNowhere,2019,1\n"

        def post(what, content=text):
            sent = {"file": (io.BytesIO(content), "new.csv"), "what": what, "source": "by hand"}
            return manager.post("/denominators", data=sent, content_type="multipart/form-data")

        tried = post("try").get_data(as_text=True)
        assert "nothing was stored" in tried
        assert "900,000" not in manager.get("/denominators").get_data(as_text=True)
        done = post("store").get_data(as_text=True)
        assert "The file was imported." in done
        assert "is no known area" in done
        assert "900,000" in done
        assert "861,883" in manager.get("/denominators?history=yes").get_data(as_text=True)
        assert post("store", b"").status_code == 400
        assert manager.post("/denominators", data={}).status_code == 400
