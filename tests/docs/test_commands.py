"""What the documentation tells people to type works; every command, option and setting is documented."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyogrio
import pytest

from dashboard.commands import parser
from dashboard.settings import VARIABLES, VERSION, Settings
from db.maintenance.opening import open_database
from db.operations import releases as stored
from tests.support import outbreaks
from tests.support.examples import lane
from tests.support.files import record, write_csv, write_xlsx
from tests.support.foreign import FILES
from tests.support.own_files import write_counts, write_forecast_files, write_scan_files
from tests.support.releases import stand_ins

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (".", "docs", "docs/decisions", "deploy", "geodata/data", "dashboard/assets")
PAGES = sorted(
    path for name in FOLDERS for path in (ROOT / name).glob("*.md") if path.name != "LICENSE-ODbL.md"
)
SHELL = ("sh", "bat")
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
#: Programs of the system that the pages may name, and what must stand on such a line.
OTHER_PROGRAMS = {
    "sqlite3": ".backup",
    "pg_dump": "--file",
    "py": "-m venv",
    "curl": "Bearer $TOKEN",
    "python3": "-m venv",
}
#: Those that a block names which tests/deploy/test_followed.py types, or root types once.
OF_THE_SYSTEM = {
    "useradd", "install", "cp", "cd", "sed", "mv", "systemctl", "nginx", "caddy", "createuser", "createdb",
}  # fmt: skip
PACKAGES = ("app.py", "dashboard", "db", "geodata", "surveillance")


class Line(NamedTuple):
    """One line to type, and where it stands."""

    page: str
    language: str
    text: str

    @property
    def words(self) -> list[str]:
        """As the shell would split it."""
        return shlex.split(self.text.replace("\\", "/") if self.language == "bat" else self.text)

    @property
    def arguments(self) -> list[str] | None:
        """What follows `app.py`; None where the line is something else."""
        words = self.words
        if words[:2] == ["sudo", "chhlang"]:
            return words[2:]
        return words[words.index("app.py") + 1 :] if "app.py" in words else None


def blocks() -> Iterator[tuple[str, str, str]]:
    """Every fenced block: page, language, text."""
    for page in PAGES:
        found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
        yield from ((page.name, language, text) for language, text in found)


LINES = [
    Line(page, language, text.strip())
    for page, language, block in blocks()
    if language in SHELL
    for text in block.splitlines()
    if text.strip() and not text.startswith(("#", "export ", "set ", "key=", "old="))
]
COMMANDS = [line for line in LINES if line.arguments is not None]
OTHERS = [line for line in LINES if line.arguments is None]


def named(line: Line) -> str:
    """Name of a test."""
    return f"{line.page}: {line.text}"


the_parser = cache(parser)  # to make it takes longer than to read a line


def parse(arguments: list[str]) -> argparse.Namespace | None:
    """What the command line reads; None where it answers by itself (`--version`)."""
    try:
        return the_parser().parse_args(arguments)
    except SystemExit as left:
        assert left.code == 0, f"wrong usage: {arguments}"
        return None


def test_there_are_commands_to_test():
    assert len(COMMANDS) > 15
    assert {line.page for line in COMMANDS} >= {"README.md", "cli.md", "deployment.md"}
    assert {language for _, language, _ in blocks()} <= {
        *SHELL,
        "mermaid",
        "text",
        "nginx",
        "ini",
        "json",
        "python",
        "r",
        "toml",
    }


@pytest.mark.parametrize("line", COMMANDS, ids=named)
def test_every_documented_command_is_understood(line):
    parse(line.arguments)


@pytest.mark.parametrize("line", OTHERS, ids=named)
def test_every_other_documented_line_names_what_there_is(line):
    words = line.words[line.words[0] == "sudo" :]
    words = words[2:] if words[0] == "-u" else words
    program = Path(words[0]).name
    if words[0] in OF_THE_SYSTEM:
        named = [word for word in words if word.startswith("deploy/")]
        assert all((ROOT / word).is_file() for word in named)
    elif program == "make":
        targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
        assert line.words[1] in targets
    elif line.words[1:3] == ["-m", "pytest"]:
        marks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
        known = {mark.partition(":")[0] for mark in marks["ini_options"]["markers"]} | {"and", "not"}
        paths, chosen = [word for word in line.words if word.startswith("tests/")], line.words[-1]
        assert all((ROOT / path).exists() for path in paths)
        assert paths or set(chosen.split()) <= known
    elif words[1:4] == ["-m", "pip", "install"]:
        assert (ROOT / line.words[-1]).is_file()
    elif words[1:3] == ["-m", "dask"]:
        offered = pytest.importorskip(f"distributed.cli.dask_{words[3]}").main.params
        assert {word for word in words if word.startswith("--")} <= {
            name for one in offered for name in (*one.opts, *one.secondary_opts)
        }
    elif line.words[1:2] == ["-m"] and line.words[2].startswith(("dashboard.", "docs.")):
        assert (ROOT / (line.words[2].replace(".", "/") + ".py")).is_file()
    else:
        assert OTHER_PROGRAMS[program] in line.text


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder that holds the files the pages name."""
    monkeypatch.chdir(tmp_path)
    facilities = {"facility_id": "HC1", "province": "Banteay Meanchey", "kind": "health_centre"}
    write_csv(tmp_path / "facilities.csv", facilities)
    schedule = {"facility_id": "HC1", "disease": "malaria", "report_frequency": "weekly"}
    write_csv(tmp_path / "schedule.csv", schedule)
    figure = {"area": "Banteay Meanchey", "year": 2019, "population": 861883}
    write_csv(tmp_path / "census.csv", figure)
    moved = {"facility_id": facilities["facility_id"], "operational_district": "Poipet", "from": "2026-01-01"}
    write_csv(tmp_path / "districts.csv", moved)
    write_csv(tmp_path / "roads.csv", {"from": "HC1", "to": "TH01", "distance": 4.5})
    across = {"area": "TH-27", "level": "province", "name_en": "Sa Kaeo"}
    write_csv(tmp_path / "areas_across.csv", across)
    write_csv(
        tmp_path / "line-list.csv",
        record(tested="yes", eligible="yes"),
        record(disease="malaria", province_home="Old Market"),
    )
    write_csv(tmp_path / "january.csv", record(date_visit="2025-01-05"))
    header = ("facility_id", "disease", "date_visit")
    write_xlsx(tmp_path / "february.xlsx", header, [("HC1", "tb", "2025-02-03")])
    someone = {"record_id": "A-17", "van_id": "V1", "crossing": "Poipet", "number": "17", "sex": "female"}
    write_xlsx(tmp_path / "arrivals.xlsx", [*someone], [[*someone.values()]])
    write_scan_files(tmp_path)
    write_counts(tmp_path)
    write_forecast_files(tmp_path)
    FILES["malaria system"].write(tmp_path)
    (own,) = (text for page, language, text in blocks() if (page, language) == ("mappings.md", "toml"))
    (tmp_path / "our-register.toml").write_text(own, encoding="utf-8")
    write_csv(tmp_path / "register.csv", {"Centre": "HC1", "Seen on": "3/4/2025", "Sex": "2", "Smear": "++"})
    write_csv(tmp_path / "arrivals.csv", {"Tag": "B-17", "Centre": "Poipet", "Sex": "F", "Age": "31"})
    event = {"reference": "EMS-1", "name": "Event", "disease": "measles", "level": "country", "place": "",
             "first": "2026-05-01"}  # fmt: skip
    write_csv(tmp_path / "events.csv", event)
    return tmp_path


def runnable(page: str) -> list[list[str]]:
    """Commands of a page that end by themselves, in their order; not those that need records."""
    found = [
        line.arguments
        for line in COMMANDS
        # Those of the service's own account are typed by tests/deploy/test_followed.py.
        if line.page == page and line.language == "sh" and not line.text.startswith("sudo ")
    ]
    return [
        arguments
        for arguments in found
        # Those of releases need records and accounts, too: tests/unit/test_releases.py gives them. Those of
        # other systems need one that answers: tests/unit/test_systems.py has it.
        if arguments[0] not in ("serve", "demo", "release", "dhis2", "surveys")
        and not needs_records(arguments)
    ]


def needs_records(arguments: list[str]) -> bool:
    """Whether a command looks into the records of the database."""
    of_records = not {"--disease", "--indicator"}.isdisjoint(arguments)
    asked = arguments[0] in ("clusters", "early-warning", "forecast") and of_records
    return asked or arguments[0] == "alerts"


@pytest.mark.parametrize(
    "name",
    ["README.md", "cli.md", "deployment.md", "clusters.md", "mappings.md", "early_warning.md", "forecast.md"],
)
def test_the_commands_of_a_page_run_one_after_the_other(name, folder, sqlite_cli):
    assert len(runnable(name)) >= 3
    for arguments in runnable(name):
        scans = arguments[0] == "clusters" and "--cases" in arguments and "--replicates" not in arguments
        # As many replicates as are usual in `make full` alone: each of these scans draws a thousand.
        fewer = ("--replicates", "19") if scans and lane() != "full" else ()
        outcome = sqlite_cli(*arguments, *fewer)
        assert outcome.code == 0, (arguments, outcome.stderr)
        assert outcome.stdout


def test_the_commands_for_clusters_in_the_records_run_where_there_are_any(folder, sqlite_cli):
    asked = [line.arguments for line in COMMANDS if (line.arguments or [""])[0] == "clusters"]
    asked = [arguments for arguments in asked if needs_records(arguments)]
    diseases = {disease for arguments in asked if (disease := parse(arguments).disease)}
    outbreaks.fill(sqlite_cli, folder, *(outbreaks.rows(disease) for disease in sorted(diseases)))
    write_csv(folder / "people.csv", *({"location": f"KH0{n}", "population": 900} for n in range(1, 10)))
    assert len(asked) >= 4
    for arguments in asked:
        outcome = sqlite_cli(*arguments, "--replicates", "9")
        # An indicator may count other items than these records have.
        nobody = "--indicator" in arguments and "nobody was counted" in outcome.stderr
        assert outcome.code == 0 or nobody, (arguments, outcome.stderr)


@pytest.mark.parametrize(("page", "least"), [("early_warning.md", 3), ("alerts.md", 4), ("forecast.md", 2)])
def test_the_commands_of_early_warning_and_alerts_run_where_there_are_records(
    page, least, folder, sqlite_cli
):
    outbreaks.fill(sqlite_cli, folder)
    asked = [
        line.arguments for line in COMMANDS if line.page == page and needs_records(line.arguments or [""])
    ]
    assert len(asked) >= least
    for arguments in asked:
        outcome = sqlite_cli(*arguments)
        assert outcome.code == 0, (arguments, outcome.stderr)
        assert outcome.stdout


def test_the_page_of_clusters_names_layers_and_files_that_its_commands_write(folder, sqlite_cli):
    said = "".join(text for page, language, text in blocks() if (page, language) == ("clusters.md", "r"))
    asked = re.findall(r'st_read\("([^"]+)", layer = "([^"]+)"\)', said)
    assert len(asked) == said.count("st_read") > 0
    outs = {parse(arguments).out for arguments in runnable("clusters.md")}
    for arguments in runnable("clusters.md"):
        if parse(arguments).out == Path("clusters.gpkg"):
            assert sqlite_cli(*arguments, "--replicates", 9).code == 0
    layers = {name for name, _ in pyogrio.list_layers(folder / "clusters.gpkg")}
    assert layers >= {layer for _, layer in asked}
    assert outs >= {Path(name) for name in re.findall(r'"(clusters\.\w+)"', said)}


@pytest.mark.parametrize(
    "hiding", [stand_ins, pytest.param(nullcontext, marks=pytest.mark.full)], ids=["stand-ins", "real"]
)
def test_the_documented_demo_command_fills_an_empty_database(hiding, sqlite_cli):
    """Its release is suppressed and audited by quick stand-ins; in `make full` by the real ones, too."""
    (arguments,) = [
        line.arguments
        for line in COMMANDS
        if line.page == "cli.md" and line.language == "sh" and line.arguments[0] == "demo"
    ]
    options = parse(arguments)
    with hiding():
        outcome = sqlite_cli("demo", "--seed", options.seed, "--records", 1000)
    assert outcome.code == 0, outcome.stderr
    assert "official@demo.example" in outcome.stdout
    database = open_database(sqlite_cli.url)
    with database.operations.connect() as connection:
        assert stored.in_force(connection) is not None
    database.dispose()
    assert sqlite_cli("demo", "--if-empty").code == 0


def leaves(
    top: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every command with its long options."""
    below = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    options = [name for action in top._actions for name in action.option_strings if name.startswith("--")]
    yield path, [name for name in options if name != "--help"]
    for action in below:
        for name, command in action.choices.items():
            yield from leaves(command, (*path, name))


PATHS = dict(leaves(parser()))
RUNNABLE_PATHS = [
    path for path in PATHS if path and path not in (("accounts",), ("facilities",), ("places",))
]


@pytest.mark.parametrize("path", RUNNABLE_PATHS, ids=" ".join)
def test_every_command_is_documented_with_an_example(path):
    assert any(tuple(line.arguments[: len(path)]) == path for line in COMMANDS)


@pytest.mark.parametrize(
    ("path", "option"),
    [(path, option) for path, options in PATHS.items() for option in options],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else part,
)
def test_every_option_is_documented(path, option):
    assert re.search(rf"(?<![\w-]){option}(?![\w-])", TEXT)


def sources() -> Iterator[Path]:
    """Every Python file of ours."""
    for folder in ("dashboard", "db", "docs", "geodata", "scripts", "surveillance", "tests"):
        yield from (ROOT / folder).rglob("*.py")
    yield ROOT / "app.py"


def test_every_environment_variable_in_the_code_is_documented():
    used = {
        name: path
        for path in sources()
        for name in re.findall(r"\bCHHLANG_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
        if path.name != "test_generated.py"  # makes one up
    }
    undocumented = {name: str(path) for name, path in used.items() if name not in TEXT}
    assert not undocumented
    assert {variable.name for variable in VARIABLES} <= {*used, "DATABASE_URL", "PORT"}


def test_only_the_settings_read_the_environment():
    readers = set()
    for path in sources():
        inside = path.relative_to(ROOT)
        if inside.parts[0] not in PACKAGES:
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "environ" in text or "getenv" in text else ():
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                readers.add(inside.as_posix())
    assert readers == {"dashboard/settings.py"}


def test_the_documented_variables_are_those_that_are_read():
    asked = set()

    class Watched(dict):
        def get(self, key, default=None):
            asked.add(key)
            return super().get(key, default)

    Settings.read(Watched())
    assert asked == {variable.name for variable in VARIABLES}


def slug(heading: str) -> str:
    """Anchor of a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


LINKS = [
    (page, target)
    for page in PAGES
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    if not target.startswith(("http:", "https:", "mailto:"))
]


@pytest.mark.parametrize(("linking", "target"), LINKS, ids=lambda part: getattr(part, "name", part))
def test_every_link_between_pages_leads_somewhere(linking, target):
    name, _, anchor = target.partition("#")
    path = (linking.parent / name) if name else linking
    assert path.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
        assert anchor in {slug(heading) for heading in headings}


def test_no_source_file_names_an_address_outside_this_machine():
    """Pages work offline, and nothing calls home. Nobody asks for a namespace, a licence or an example."""
    names = r"www\.w3\.org/2000/svg|opendatacommons\.org/licenses/|[\w.-]+\.example\b"
    names += r"|(?:terminology\.)?hl7\.org/(?:CodeSystem|fhir)/"
    outside = re.compile(rf"(?:https?:)?//(?!127\.0\.0\.1|localhost|\{{|{names})[\w.-]+\.[a-z]{{2,}}", re.I)
    files = [path for path in sources() if path.relative_to(ROOT).parts[0] != "tests"]
    for kind in ("*.js", "*.css", "*.html"):
        files += [path for path in (ROOT / "dashboard").rglob(kind) if path.name != "plotly-geo.min.js"]
    named_outside = {
        path.name: found.group()
        for path in files
        if (found := outside.search(path.read_text(encoding="utf-8")))
    }
    assert not named_outside


def test_the_changelog_and_the_project_file_name_this_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert headings[0] == VERSION
