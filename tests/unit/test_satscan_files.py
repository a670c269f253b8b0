"""SaTScan's files: read with every setting understood or refused, and written so that it opens them."""

from __future__ import annotations

import io
import json
import zipfile

import pandas as pd
import pytest

from dashboard.exports.inputs import Inputs
from dashboard.exports.satscan import folder_bytes
from dashboard.services.own_files.satscan.reading import read_scan
from dashboard.services.own_files.scan import detect
from surveillance.errors import StatisticsError, UsageError, UserError
from surveillance.scan import scan
from tests.support.command_line import CommandLine
from tests.support.scan_cases import PARITY, PARITY_NAMES, parity

#: As SaTScan's sample of a purely spatial scan has it, in part.
PRM = """[Input]
;case data filename
CaseFile=nm.cas
ControlFile=
PrecisionCaseTimes={precision}
StartDate={start}
EndDate={end}
PopulationFile=nm.pop
CoordinatesFile=C:\\data\\nm.geo
UseGridFile=n
CoordinatesType=0

[Analysis]
AnalysisType={analysis}
ModelType=0
ScanAreas=1
TimeAggregationUnits={unit}
TimeAggregationLength=1
MonteCarloReps=9

[Output]
ResultsFile=nm.txt
OutputGoogleEarthKML=y
{more}
"""
USUAL = {"precision": 0, "start": "2020/1/1", "end": "2023/12/31", "analysis": 1, "unit": 0, "more": ""}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "nm.cas").write_text('a 3 m\n"b c" 9 m\nc 8 f\nf 2 f\n')
    (tmp_path / "nm.geo").write_text('a 0 0\n"b c" 1 0\nc 2 0\nd 3 0\ne 4 0\nf 5 0\n')
    people = "".join(
        f'"{code}",2000,100,{sex}\n' for code in ("a", "b c", "c", "d", "e", "f") for sex in "mf"
    )
    (tmp_path / "nm.pop").write_text(people)

    def write(**changed):
        (tmp_path / "nm.prm").write_text(PRM.format(**USUAL | changed))
        return tmp_path / "nm.prm"

    return write


def found_in(path):
    held = read_scan(path)
    return detect(held.files, held.arguments | {"workers": 1}).clusters


def test_a_scan_of_satscans_files_is_that_of_the_same_tables(folder):
    clusters = found_in(folder())
    places = pd.DataFrame({"location": ["a", "b c", "c", "d", "e", "f"], "x": range(6), "y": 0})
    cases = pd.DataFrame({"location": ["a", "b c", "c", "f"], "count": [3, 9, 8, 2], "sex": list("mmff")})
    people = pd.DataFrame(
        [(code, sex, 100) for code in places["location"] for sex in "mf"],
        columns=["location", "sex", "population"],
    )
    same = scan(
        cases, places, model="poisson", population=people, covariates=("sex",), replicates=9,
        start="2020-01-01", end="2023-12-31",
    ).clusters  # fmt: skip
    pd.testing.assert_frame_equal(clusters, same)


@pytest.mark.parametrize(
    ("precision", "unit", "days"),
    [
        ("1", "1", ("2021", "2021", "2022")),
        ("2", "2", ("2021/3", "2021/04", "2022-5")),
        ("3", "2", ("2021/3/5", "2021/04/01", "2022/5/31")),
        ("4", "4", ("3", "4", "9")),
    ],
)
def test_days_are_read_as_precisely_as_they_are_written(folder, tmp_path, precision, unit, days):
    (tmp_path / "nm.cas").write_text(
        "".join(f"{place} 5 {day} m\n" for place, day in zip("acc", days, strict=True))
    )
    period = {"start": "0", "end": "11"} if precision == "4" else {}
    path = folder(precision=precision, analysis=3, unit=unit, **period)
    held = read_scan(path)
    assert (
        sorted(held.files.cases.frame["date"])
        == {
            "1": ["2021-01-01", "2021-01-01", "2022-01-01"],
            "2": ["2021-03-01", "2021-04-01", "2022-05-01"],
            "3": ["2021-03-05", "2021-04-01", "2022-05-31"],
            "4": ["2000-01-04", "2000-01-05", "2000-01-10"],
        }[precision]
    )
    assert any("generic" in note for note in held.notes) == (precision == "4")
    assert len(found_in(path))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("SpatialWindowShapeType=1", "elliptic"),
        ("AnalysisType2=3", "AnalysisType2"),
        ("UseGridFile2=y", "UseGridFile2"),
        ("IncludePurelyTemporal=y", "time alone"),
        ("TimeTrendAdjustmentType=2", "percentage"),
        ("CriteriaForReportingSecondaryClusters=1", "overlap"),
        ("RiskLimitLowClusters=y", "low rates"),
        ("CaseFile-SourceType=1", "SourceType"),
        ("UseMaxCirclePopulationFileOption=y", "beside the population at risk"),
        ("PopulationFile=other.pop", "twice"),
        ("UseNeighborsFile=y", "NeighborsFilename"),
        ("no setting", "line"),
        ('; chhlang {"shell": 1}', "was changed"),
    ],
)
def test_a_setting_that_is_not_done_here_is_refused_by_its_name(folder, line, said):
    with pytest.raises(UsageError, match=said):
        read_scan(folder(more=line))


def test_settings_of_satscans_output_change_nothing(folder):
    told = "LaunchMapViewer=y\nNumberParallelProcesses=0\nCriticalValue=y\nSpatialMaxima=1,2"
    pd.testing.assert_frame_equal(found_in(folder(more=told)), found_in(folder()))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nm.cas", "a 1.5\n", "row 1.*whole number"),
        ("nm.cas", "a 1 m\nzz 1 f\n", "row 2.*coordinates"),
        ("nm.cas", "", "is empty"),
        ("nm.cas", 'a" 1 m\n', "quote"),
        ("nm.geo", "a 0\n", "fewer than 3"),
        ("nm.pop", "a 2567 100 m\n", "common era"),
        ("nm.cas", b"\xff\xfea\x00 \x00", "quote|cells|empty|encod"),
    ],
)
def test_a_fault_names_its_file_and_row(folder, tmp_path, name, text, said):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=f"{name}.*({said})|({said})"):
        found_in(folder())


def test_days_outside_the_period_are_refused_or_left_out_as_satscan_is_told(folder, tmp_path):
    (tmp_path / "nm.cas").write_text("a 5 2021/1/1 m\nc 5 2021/1/1 f\na 5 2019/1/1 m\n")
    path = folder(precision=3, analysis=3, unit=2)
    with pytest.raises(StatisticsError, match=r"row 3.*outside the study period"):
        read_scan(path)
    held = read_scan(folder(precision=3, analysis=3, unit=2, more="StudyPeriodCheckType=1"))
    assert len(held.files.cases.frame) == 2
    assert any("1 rows left out" in note for note in held.notes)


def test_of_weeks_satscan_says_the_days(folder, tmp_path):
    (tmp_path / "nm.cas").write_text("a 5 2021/1/1 m\nc 5 2021/1/9 f\n")
    asked = "MinimumTemporalClusterSize=14\nMaxTemporalSizeInterpretation=1\nMaxTemporalSize=84"
    path = folder(precision=3, analysis=3, unit=3, more=asked)
    path.write_text(path.read_text().replace("TimeAggregationLength=1", "TimeAggregationLength=7"))
    found = read_scan(path).arguments
    assert (found["time_unit"], found["min_duration"], found["max_duration"]) == ("week", 2, 12)


def unpacked(content, to):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(to)
    return to / "scan.prm"


@pytest.mark.parametrize("name", ["d1_poisson_spatial", "d9_bernoulli_iterative"])
def test_a_run_that_was_written_and_read_again_gives_the_same_answer(name, tmp_path):
    comes_back(name, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("name", PARITY_NAMES)
def test_every_case_of_satscan_comes_back_the_same(name, tmp_path):
    comes_back(name, tmp_path)


def comes_back(name, to):
    case = parity(name)
    asked = case.arguments | {"replicates": 19, "seed": 7}
    first = scan(case.cases, case.locations, **asked)
    tables = {one: asked[one] for one in ("population", "neighbours", "network") if one in asked}
    held = read_scan(unpacked(folder_of(first, Inputs([case.cases], case.locations, **tables)), to))
    again = detect(held.files, held.arguments | {"workers": 1})
    pd.testing.assert_frame_equal(again.clusters, first.clusters)
    pd.testing.assert_frame_equal(again.members, first.members)
    assert (again.maxima == first.maxima).all()


def folder_of(result, inputs):
    from datetime import UTC, datetime

    from dashboard.exports.clusters import ClusterExport, Run

    return folder_bytes(ClusterExport(result, Run("0123", datetime(2026, 1, 1, tzinfo=UTC)), inputs=inputs))


def test_what_satscan_has_no_setting_for_is_said_and_read_again(tmp_path):
    places = pd.DataFrame({"location": list("abcdefgh"), "x": range(8), "y": 0, "population": 100})
    days = pd.date_range("2022-01-01", "2024-12-31", freq="5D").strftime("%Y-%m-%d")
    cases = [
        pd.DataFrame({"location": [list("abcdefg")[(n * k) % 7] for n in range(len(days))], "date": days})
        for k in (1, 3)
    ]
    silent = pd.DataFrame({"location": ["h"], "start": ["2023-01-01"], "end": ["2023-02-28"]})
    risks = pd.DataFrame(
        {"location": ["b", "all"], "from": ["2023-01-01", None], "to": [None, None], "relative_risk": [2, 3]}
    )
    asked = {"model": "poisson", "time": "retrospective", "time_unit": "month", "trend": "seasonal",
             "start": "2022-01-01", "end": "2024-12-31", "rates": "low",
             "max_population_share": 0.8}  # fmt: skip
    more = {"silent": silent, "relative_risks": risks}
    first = scan(cases, places, **asked, **more, replicates=9)
    content = folder_of(first, Inputs(cases, places, silent=silent, relative_risks=risks))
    path = unpacked(content, tmp_path)
    said = (tmp_path / "README.txt").read_text()
    assert "no seasonal trend" in said
    assert "at most half there" in said
    assert "h 0 2023/1/1 2023/2/28" in (tmp_path / "scan.adj").read_text()
    held = read_scan(path)
    again = detect(held.files, held.arguments | {"workers": 1})
    pd.testing.assert_frame_equal(again.clusters, first.clusters)
    pd.testing.assert_frame_equal(again.sets, first.sets)


@pytest.mark.process
def test_the_command_writes_the_folder_and_scans_it_again(tmp_path):
    line = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")
    name = "d2_bernoulli_spatial"
    own = ("--cases", PARITY / f"{name}.cases.csv", "--locations", PARITY / f"{name}.locations.csv")
    done = line("clusters", *own, "--replicates", 19, "--out", tmp_path / "run.zip", "--format", "json")
    assert done.code == 0, done.stderr
    path = unpacked((tmp_path / "run.zip").read_bytes(), tmp_path)
    again = line("clusters", "--satscan", path, "--format", "json")
    assert again.code == 0, again.stderr
    assert json.loads(again.stdout)["clusters"] == json.loads(done.stdout)["clusters"]
    refused = line("clusters", "--satscan", path, "--seed", 3)
    assert refused.code == 2
    assert "--seed" in refused.stderr
