"""A hostile file is refused in a sentence, soon, in little memory, and nothing of it is left."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace

import pytest

from db.intake.files.readers import Limits
from surveillance.errors import UnreadableFileError
from tests.support.bombs import MB, cells, lying, packed, parts, sheet, swollen
from tests.support.reading import read
from tests.support.workbooks import write_ods, write_xls

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="limits of memory are of POSIX"),
]
#: What a hostile file may cost.
SMALL = Limits(memory=256 * MB, seconds=20)
HEAD = cells("facility_id", "disease", "date_visit")


@pytest.fixture
def refused():
    """Reads a file that must be refused: why it was, within two seconds of processor time."""
    import resource

    def why(path, limits=SMALL, seconds=2.0, most=None):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with pytest.raises(UnreadableFileError) as raised:
            read(path, limits=limits)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < seconds
        if most is not None and before.ru_maxrss < most // 1024:  # the largest child of this process so far
            assert after.ru_maxrss < most // 1024
        assert str(raised.value).startswith(f"{path.name}: ")
        return str(raised.value)

    return why


@pytest.mark.parametrize("name", ["list.xlsx", "list.csv", "list.ods"])
def test_a_workbook_of_400_mb_in_400_kb_is_refused_by_its_directory(name, refused, tmp_path):
    path = swollen(tmp_path / name, 400 * MB)
    assert path.stat().st_size < 500_000
    assert "unpacks to more than 200 times its size" in refused(path)
    assert "unpacks to more than 200 MB" in refused(path, replace(SMALL, unpacked=200 * MB))


def test_a_workbook_that_unpacks_to_many_times_its_size_is_refused(refused, tmp_path):
    assert "more than 200 times its size" in refused(swollen(tmp_path / "list.xlsx", 100 * MB))


@pytest.mark.parametrize(
    ("column", "said"), [("XFD", "needs more than 192 MB"), ("Z", "192 MB"), ("E", "far away")]
)
def test_two_cells_far_apart_in_a_kilobyte_take_little_memory_and_time(column, said, refused, tmp_path):
    """Under the limits that hold untouched, not under those of these tests."""
    far = f'<row r="1048576"><c r="{column}1048576" t="str"><v>x</v></c></row>'
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD + far)))
    assert path.stat().st_size < 1_500
    assert said in refused(path, limits=Limits(), most=256 * MB)


def test_a_wide_sheet_of_few_cells_is_read(tmp_path):
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="str"><v>x</v></c><c r="SF{n}" t="str"><v>y</v></c></row>'
        for n in range(2, 3_000)
    )
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD + rows)))
    assert len(read(path, limits=Limits()).rows) == 2_998


def test_a_workbook_that_lies_about_its_size_is_refused_while_it_is_counted(refused, tmp_path):
    name = "xl/worksheets/sheet1.xml"
    path = lying(swollen(tmp_path / "list.xlsx", 400 * MB), name, 100)
    assert "unpacks to more than" in refused(path)
    path = lying(packed(tmp_path / "small.xlsx", parts(sheet(HEAD + " " * 9_000))), name, 100)
    assert "of another size than it says" in refused(path)


def test_an_archive_of_many_files_is_refused_before_its_directory_is_read(refused, tmp_path):
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD)) | {f"x/{n}": "" for n in range(20_000)})
    assert "more than 2,000 files inside" in refused(path)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    content[at + 8 : at + 12] = b"\1\0\1\0"  # says it holds one
    path.write_bytes(content)
    assert "more than 2,000 files inside" in refused(path)


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "xl\\..\\..\\x", "C:\\x", "xl/../../x"])
def test_an_archive_that_points_outside_of_itself_is_refused(name, refused, tmp_path):
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD)) | {name: "x"})
    assert "points outside the workbook" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(refused, tmp_path):
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/workbook.xml", "another")
    assert "two files of one name" in refused(path)


def test_an_archive_in_an_archive_is_no_workbook(refused, tmp_path):
    inner = swollen(tmp_path / "inner.xlsx", 30 * MB)
    path = packed(tmp_path / "list.xlsx", {"inner.xlsx": inner.read_bytes()})
    assert "is damaged or not a workbook" in refused(path)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_are_refused(part, refused, tmp_path):
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f"<?xml version='1.0'?><!DOCTYPE x [{entities}]>" + sheet(cells("&a11;"))
    assert "declares entities" in refused(packed(tmp_path / "list.xlsx", parts(sheet(HEAD)) | {part: bomb}))


@pytest.mark.parametrize(
    "body",
    [
        sheet(HEAD + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        sheet(HEAD, before='<dimension ref="A1:XFD1048576"/>') + " ",
        sheet('<row r="4294967295"><c r="ZZZZ4294967295"><v>1</v></c></row>'),
        sheet("<row>" * 100_000),
        sheet('<row r="1">' + '<c t="s"><v>99999999999</v></c>' * 10 + "</row>"),
        "<worksheet>" * 200_000,
        "\0" * 1_000,
    ],
    ids=["far corner", "dimension", "beyond", "deep rows", "no such text", "deep", "zeros"],
)
def test_a_sheet_that_is_hostile_costs_little(body, refused, tmp_path):
    path = packed(tmp_path / "list.xlsx", parts(body))
    try:
        found = read(path, limits=SMALL)
    except UnreadableFileError:
        refused(path)
    else:
        assert not found.rows


def test_texts_that_are_said_to_be_many_are_refused(refused, tmp_path):
    main = "http" + "://schemas.openxmlformats.org/spreadsheetml/2006/main"
    many = f'<sst xmlns="{main}" count="4294967295" uniqueCount="4294967295"><si><t>x</t></si></sst>'
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD), **{"xl/sharedStrings.xml": many}))
    assert "needs more than 192 MB of memory" in refused(path)


@pytest.mark.parametrize("what", ["rows", "columns"])
def test_cells_of_an_ods_that_are_repeated_without_end_are_refused(what, refused, tmp_path):
    path = write_ods(tmp_path / "list.ods", {"a": [["facility_id", "disease"], ["x", "y"]]})
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    cell = '<table:table-cell office:value-type="string" >'
    many = cell.replace(" >", ' table:number-columns-repeated="16000">')
    content = texts["content.xml"]
    if what == "rows":
        content = content.replace(
            "<table:table-row>", '<table:table-row table:number-rows-repeated="1000000">'
        )
    path = packed(path, texts | {"content.xml": content.replace(cell, many)})
    refused(path, seconds=10.0)


@pytest.mark.parametrize("target", [1, 2, 7, 100, 0xFFFFFFFA])
def test_sectors_of_an_xls_that_go_round_are_refused(target, tmp_path):
    path = write_xls(tmp_path / "list.xls", {"a": [["facility_id", "disease"], *[["HC1", "tb"]] * 300]})
    content = bytearray(path.read_bytes())
    content[512 + 4 * 5 : 512 + 4 * 6] = target.to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read(path, limits=SMALL)


@pytest.mark.parametrize("item", ["{}", "[]", '{"dataValues":[{}]}', '{"a":{}}', "[{},[]]"])
def test_json_of_next_to_nothing_is_refused_before_it_grows_in_memory(item, refused, tmp_path):
    path = tmp_path / "list.json"
    path.write_text("[" + f"{item}," * (12_000_000 // len(item)) + item + "]", encoding="utf-8")
    assert "with next to nothing in them" in refused(path, limits=Limits(), most=256 * MB)


def test_json_that_grows_in_memory_is_refused(refused, tmp_path):
    path = tmp_path / "list.json"
    path.write_text("[" + '{"a":123},' * 3_000_000 + "{}]", encoding="utf-8")
    assert "needs more than 256 MB of memory" in refused(path, seconds=10.0)


def test_short_records_are_read(tmp_path):
    path = tmp_path / "list.json"
    plain, marked = '{"a":"1"}', '{"facility_id":"HC1","remark":"as in [1]"}'
    path.write_text("[" + ",".join([plain, marked] * 60_000) + "]", encoding="utf-8")
    assert len(read(path, limits=Limits()).rows) == 120_000


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "list.csv")
    (tmp_path / "zero.xlsx").symlink_to("/dev/zero")
    for name in ("list.csv", "zero.xlsx"):
        with pytest.raises(UnreadableFileError, match="it is no file"):
            read(tmp_path / name)


def test_every_limit_can_be_lowered(refused, tmp_path):
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD)))
    assert "more than 3 files" in refused(path, replace(SMALL, entries=3))
    assert "unpacks to more than 1 KB" in refused(path, replace(SMALL, unpacked=1_024))
    assert "is the most that is read; split" in refused(path, replace(SMALL, file=100))


def test_a_password_is_said_to_be_one(refused, tmp_path):
    path = packed(tmp_path / "list.xlsx", parts(sheet(HEAD)))
    content = bytearray(path.read_bytes())
    for mark, at_flag in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.find(mark) + at_flag] |= 1
    path.write_bytes(content)
    assert "protected with a password" in refused(path)
