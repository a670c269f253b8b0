"""The recipes of CONTRIBUTING.md name files that are there, and four of them are followed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader

from dashboard.pages.today import cards
from dashboard.server import factory
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: Title of a recipe -> its text.
RECIPES = dict(re.findall(r"^### (Add [^\n]+)\n(.*?)(?=^##)", TEXT, re.M | re.S))
NEEDED = ("disease", "field", "indicator", "measure", "mapping", "page", "card", "statistic", "language")
_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|txt))`")


def block(recipe: str, language: str) -> str:
    """What a recipe tells people to write."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", RECIPES[recipe], re.S)
    return textwrap.dedent(found).strip()


def test_there_is_a_recipe_for_each_kind_of_change():
    assert [title.split()[-1] for title in RECIPES] == list(NEEDED)


def test_every_file_that_is_named_is_there():
    named = set(_FILE.findall(TEXT))
    assert len(named) > 50
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_names_where_to_write_and_what_holds_it(recipe):
    steps, _, held = RECIPES[recipe].partition("Held by")
    assert [name for name in _FILE.findall(steps) if not name.startswith("tests/")]
    assert [name for name in _FILE.findall(held) if name.startswith("tests/")]


def test_every_make_target_of_the_lanes_is_explained():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for lane in ("quick", "test", "full", "coverage", "audit", "check"):
        assert lane in targets
        assert f"`make {lane}`" in TEXT


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_table_that_a_step_names_stands_in_a_file_of_that_step(recipe):
    for step in re.split(r"^\d\. ", RECIPES[recipe], flags=re.M):
        said = re.sub(r"```.*?```", "", step, flags=re.S)
        files = [ROOT / name for name in _FILE.findall(said) if name.endswith(".py")]
        for name in re.findall(r"`([A-Z][A-Z_]{3,})`", said):
            tables = re.compile(rf"^{name}\b", re.M)
            assert any(tables.search(path.read_text(encoding="utf-8")) for path in files), (name, step)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages in another folder, where they may be changed."""
    for name in ("dashboard", "db", "docs", "geodata", "surveillance", "tests/support"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.nbi", "*.nbc"))
    for name in ("app.py", "tests/reference/scan_parity"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "app.py", tmp_path)
    return tmp_path


@pytest.mark.full
@pytest.mark.process
def test_a_disease_and_a_mapping_are_added_as_the_recipes_say(copy):
    path = copy / "surveillance" / "diseases.py"
    before = path.read_text(encoding="utf-8")
    begin, end = before.index("DISEASES: dict"), before.index("\n    )\n}\n")
    line = textwrap.indent(block("Add a disease", "python"), " " * 8) + ","
    assert begin < end
    path.write_text(f"{before[:end]}\n{line}{before[end:]}", encoding="utf-8")
    mapping = block("Add a mapping", "toml")
    name = tomllib.loads(mapping)["name"]
    shipped = copy / "db" / "intake" / "mappings" / "shipped" / f"{name}.toml"
    shipped.write_text(mapping, encoding="utf-8")
    rows = "Centre,Seen on,Sex\nHC1,2025-03-04,1\nHC1,2025-03-05,2\n"
    (copy / "register.csv").write_text(rows, encoding="utf-8")

    kept = {key: value for key, value in os.environ.items() if not key.startswith("CHHLANG_")}
    settings = {"DATABASE_URL": f"sqlite:///{copy / 'new.db'}", "CHHLANG_SECRET_KEY": KEY, "PYTHONUTF8": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=copy, env=kept | settings, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "accepted           2" in run("app.py", "import", "register.csv", "--mapping", name)
    asked = ("--disease", "rabies", "--by", "province", "--measure", "yield", "--format", "csv")
    assert "unknown,Unknown,0,0,2" in run("app.py", "coverage", *asked)
    run("-m", "docs.generate")
    for page in ("methods.md", "data_dictionary.md"):
        assert "| `rabies` |" in (copy / "docs" / page).read_text(encoding="utf-8")


def test_a_page_is_added_as_the_recipe_says(sqlite_files, monkeypatch):
    module: dict[str, Any] = {"__name__": "dashboard.pages"}
    exec(block("Add a page", "python"), module)
    monkeypatch.setattr(factory, "_PAGES", (*factory._PAGES, module["pages"]))
    with sqlite_files.fresh(migrated=True) as url, served(url) as server:
        templates = server.jinja_env
        written = DictLoader({"senders.html": block("Add a page", "jinja")})
        templates.loader = ChoiceLoader([templates.loader, written])
        assert server.test_client().get("/senders").headers["Location"] == "/sign-in?next=%2Fsenders"
        assert signed_in(server, "viewer").get("/senders").status_code == 403
        page = signed_in(server, "official").get("/senders").get_data(as_text=True)
    assert "<h1>Senders</h1>" in page
    assert 'href="/clusters/standing"' in page
    assert '<a href="/imports">None</a>' in page


def test_a_card_is_added_as_the_recipe_says(sqlite_cli, tmp_path, monkeypatch):
    listed = {"facility_id": "HC1", "province": "KH01", "operational_district": "Poipet <OD>"}
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", listed)).code == 0
    row = record(facility_id="HC1", date_visit="2025-06-09")
    assert sqlite_cli("import", write_csv(tmp_path / "l.csv", row)).code == 0
    card = eval(block("Add a card", "python"), vars(cards))
    monkeypatch.setattr(cards, "CARDS", (*cards.CARDS, card))
    with served(sqlite_cli.url) as server:
        templates = server.jinja_env
        written = DictLoader({card.template: block("Add a card", "jinja")})
        templates.loader = ChoiceLoader([templates.loader, written])
        assert 'id="districts"' not in signed_in(server, "viewer").get("/").get_data(as_text=True)
        page = signed_in(server, "official").get("/").get_data(as_text=True)
    assert '<h2 id="districts-title">Districts</h2>' in page
    assert "<ul><li>Poipet &lt;OD&gt;</li></ul>" in page
    assert page.index('id="decisions"') < page.index('id="districts"') < page.index('id="weekly"')
