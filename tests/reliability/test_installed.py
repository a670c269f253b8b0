"""The installed package does the main job from another folder: `pip install .`, then `chhlang`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest

from tests.support.files import record, write_csv, write_xlsx

pytestmark = pytest.mark.process
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dashboard", "db", "geodata", "surveillance")
BESIDE = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-boundaries.md", "THIRD_PARTY.md")
#: Sources of what the packages hold in another form, and notes for those who work on them.
NOT_NEEDED = (".po", ".md")


def run(*command: object, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    kept = ("CHHLANG_", "DATABASE_URL", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(kept)} | more
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy of the sources without a network."""
    folder = tmp_path_factory.mktemp("build")
    for name in PACKAGES:
        copytree(ROOT / name, folder / name, ignore=ignore_patterns("__pycache__"))
    for name in BESIDE:
        copy(ROOT / name, folder)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    path = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    run(*pip, "--wheel-dir", folder / "out", ".", folder=folder, **path)
    (made,) = (folder / "out").glob("chhlang-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed, over the packages that are there."""
    folder = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile")
    run(*pip, "--target", folder, wheel, folder=folder)  # what is not asked for need not be compiled
    return folder


def test_the_wheel_holds_every_file_that_the_packages_need(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    needed = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    missing = {name for name in needed - held if not name.endswith(NOT_NEEDED)}
    assert not missing
    assert {name.partition("/")[0] for name in held if "dist-info" not in name} == set(PACKAGES)


def test_its_dependencies_are_those_of_the_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line.split("#")[0].strip() for line in lines if not line.startswith(("#", "-"))]
    assert project["dependencies"] == [re.sub(r"\s*;\s*", "; ", line) for line in wanted]


def test_the_installed_program_does_the_main_job_from_another_folder(installed: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "facilities.csv", {"facility_id": "HC1", "province": "Banteay Meanchey"})
    write_csv(tmp_path / "january.csv", record(eligible="yes", tested="yes"))
    header = ("facility_id", "disease", "date_visit", "eligible", "tested")
    write_xlsx(tmp_path / "february.xlsx", header, [("HC1", "tb", "2025-02-03", "yes", "no")])

    secret = "a secret of this test: 0123456789abcdef"
    here = {"PYTHONPATH": str(installed), "CHHLANG_SECRET_KEY": secret, "PYTHONDONTWRITEBYTECODE": ""}

    def chhlang(*arguments: object) -> str:
        return run(installed / "bin" / "chhlang", *arguments, folder=tmp_path, **here).stdout

    chhlang("facilities", "import", "facilities.csv")
    receipts = json.loads(chhlang("import", "--format", "json", "january.csv", "february.xlsx"))
    assert [receipt["accepted"] for receipt in receipts] == [1, 1]
    assert (tmp_path / "var" / "chhlang.db").is_file()
    said = run(sys.executable, "-c", ASKS, installed / "bin" / "chhlang", folder=tmp_path, **here).stdout
    answer, mappings, usage = said.split(ASKED)
    (held,) = [row for row in json.loads(answer) if row["code"] == "KH01"]
    assert (held["numerator"], held["denominator"], held["status"]) == (1, 2, "value")
    assert "malaria-mis" in mappings
    assert usage.startswith("usage: chhlang")


#: Between the answers to several commands.
ASKED = "-- the next --"
#: Runs the program several times in one process: each start would take as long as all of them.
ASKS = f"""
import runpy, sys
program = sys.argv[1]
for asked in ("coverage --disease tb --by province --format json", "mapping list", "--help"):
    sys.argv = [program, *asked.split()]
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as left:
        assert not left.code, left.code
    if asked != "--help":
        print("{ASKED}", end="", flush=True)
"""


ASKS_FOR_PAGES = """
import surveillance
from dashboard.server import factory
from dashboard.services import store
from dashboard.settings import Settings
settings = Settings.read({"CHHLANG_SECRET_KEY": "a secret of this test: 0123456789abcdef"})
server = factory.make_server(settings, store.open_store(settings))
with server.test_client() as browser:
    for address in ("/sign-in", "/assets/chhlang.css", "/assets/logo.svg"):
        print(browser.get(address).status_code)
    browser.set_cookie("language", "km")
    print('lang="km"' in browser.get("/sign-in").text)
print(surveillance.__file__)
"""


@pytest.mark.full  # the wheel holds every file that the pages need
def test_the_installed_pages_have_their_templates_and_assets(installed: Path, tmp_path: Path) -> None:
    done = run(sys.executable, "-c", ASKS_FOR_PAGES, folder=tmp_path, PYTHONPATH=str(installed))
    *said, khmer, where = done.stdout.split()
    assert said == ["200"] * 3
    assert khmer == "True"
    assert Path(where).is_relative_to(installed)
