"""The repository keeps its own rules: layers, sizes, licences, bundled files that are what they should be."""

from __future__ import annotations

import gettext
import importlib.util
import io
import json
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from plotly.offline import get_plotlyjs_version

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "dashboard" / "assets"
CATALOGUES = sorted((ROOT / "dashboard" / "translations").glob("*/LC_MESSAGES/*.po"))
PACKAGES = ("dashboard", "db", "geodata", "surveillance")
MODULES = sorted(path for name in (*PACKAGES, "scripts") for path in (ROOT / name).rglob("*.py"))
_LONGEST = 500


def inside(path: Path) -> str:
    """A path as the repository names it."""
    return path.relative_to(ROOT).as_posix()


def script(name: str):
    """One of our scripts, as a module."""
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.process
def test_every_layer_imports_only_what_it_may():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


def test_no_contract_has_an_exception():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_imports" not in text


def test_every_module_is_short_enough_to_be_read():
    lines = {inside(module): module.read_text(encoding="utf-8").count("\n") for module in MODULES}
    assert {name: count for name, count in lines.items() if count > _LONGEST} == {}


def test_every_module_says_what_its_job_is():
    texts = {inside(module): module.read_text(encoding="utf-8") for module in MODULES}
    assert [name for name, text in texts.items() if text.strip() and not _begins_with_a_text(text)] == []


def _begins_with_a_text(module: str) -> bool:
    return next(tokenize.generate_tokens(io.StringIO(module).readline)).type == tokenize.STRING


#: Ways for text to become part of a page without an element of a component or a template, which escape it.
_HTML_AS_TEXT = re.compile(
    r"data[-_]?html|inner_?html|outer_?html|insertAdjacentHTML|document\.write\b|createContextualFragment"
    r"|dangerously\w*html|\bDangerouslySet\w*",
    re.IGNORECASE,
)


def test_no_component_callback_or_script_carries_html_as_text():
    """Small tables are components. Long ones are templates behind the gate, which the script parses."""
    ours = [path for path in MODULES if inside(path).startswith("dashboard/")]
    ours += [path for path in ASSETS.glob("*.js") if not path.name.endswith(".min.js")]
    found = {inside(path): _HTML_AS_TEXT.findall(path.read_text(encoding="utf-8")) for path in ours}
    assert {name: words for name, words in found.items() if words} == {}


def test_html_as_text_is_noticed():
    for text in ("html.Div(**attributes(data_html=x))", "place.innerHTML = x", "dangerously_allow_html=True"):
        assert _HTML_AS_TEXT.search(text)


def test_the_browser_gets_the_plotly_release_that_the_figures_are_made_for():
    head = (ASSETS / "plotly-geo.min.js").read_text(encoding="utf-8")[:200]
    assert f"plotly.js (geo - minified) v{get_plotlyjs_version()}" in head


def test_bundled_files_are_the_pinned_ones():
    assert script("fetch_assets").stale() == [], "run: make assets"


def test_a_changed_asset_is_noticed(tmp_path):
    fetch = script("fetch_assets")
    assert "plotly-geo.min.js" in fetch.stale(tmp_path)
    with pytest.raises(ValueError, match="is not the pinned file"):
        fetch.check("plotly-geo.min.js", b"something else", "0" * 64)


def test_every_bundled_file_has_its_licence_beside_it():
    said = (ASSETS / "LICENSES.md").read_text(encoding="utf-8")
    assert "MIT License" in (ASSETS / "plotly-geo.LICENSE.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in (ASSETS / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    for path in ASSETS.rglob("*"):
        if path.name.endswith((".min.js", ".woff2", ".woff", ".ttf")):
            assert path.name in said or ("noto-sans-khmer-*.woff2" in said and path.name.startswith("noto"))
    assert "Open Database License" in (ROOT / "geodata/data/LICENSE-ODbL.md").read_text(encoding="utf-8")


def test_the_licence_of_the_code_is_mit():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "Chhlang contributors" in text


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements-dev.txt", "requirements-distributed.txt", "requirements-parquet.txt"],
)
def test_every_dependency_is_explained_and_pinned(name):
    explained = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8").casefold()
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").casefold().splitlines()
    lines = (ROOT / name).read_text(encoding="utf-8").casefold().splitlines()
    wanted = [line.split("#")[0].split(";")[0].strip() for line in lines]
    for line in wanted:
        if not line or line.startswith("-"):
            continue
        package, _, version = line.partition("==")
        package = re.sub(r"\[.*\]", "", package)
        assert version, f"{line} is not pinned"
        assert f"| {package} |" in explained, f"THIRD_PARTY.md says nothing of {package}"
        assert f"{package}=={version}" in pinned, f"constraints.txt differs on {package}"


def test_no_dependency_is_explained_that_is_not_there():
    named = re.findall(r"^\| ([\w.-]+) \|", (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8"), re.M)
    wanted = "".join(
        (ROOT / f"requirements{kind}.txt").read_text(encoding="utf-8")
        for kind in ("", "-dev", "-distributed", "-parquet")
    )
    gone = [name for name in named if name not in ("what", "package") and f"\n{name}" not in wanted]
    assert not gone


def test_there_is_a_khmer_catalogue():
    assert [path.parent.parent.name for path in CATALOGUES] == ["km"]


def translations(mo: io.BufferedIOBase) -> dict:
    """Every text of a compiled catalogue, but not the time it was made at."""
    texts = dict(gettext.GNUTranslations(mo)._catalog)
    texts.pop("", None)
    return texts


@pytest.mark.parametrize("source", CATALOGUES, ids=inside)
def test_a_compiled_catalogue_says_what_its_source_says(source):
    with source.open("rb") as file:
        catalogue = read_po(file)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    with source.with_suffix(".mo").open("rb") as committed:
        assert translations(committed) == translations(compiled), "run: make catalogues"


@pytest.mark.parametrize("source", CATALOGUES, ids=inside)
def test_a_translation_keeps_the_places_for_values(source):
    with source.open("rb") as file:
        catalogue = read_po(file)
    wrong = [
        message.id
        for message in catalogue
        if message.id and isinstance(message.string, str) and message.string
        and sorted(re.findall(r"\{[^}]*\}", message.id)) != sorted(re.findall(r"\{[^}]*\}", message.string))
    ]  # fmt: skip
    assert not wrong
    assert not [message.id for message in catalogue if message.fuzzy and message.id]


@pytest.mark.parametrize("source", CATALOGUES, ids=inside)
def test_a_catalogue_has_one_kind_of_digits(source):
    with source.open("rb") as file:
        catalogue = read_po(file)
    other = [message.id for message in catalogue if re.search("[០-៩]", str(message.string))]
    assert not other, "write digits as 0 to 9: days, counts and per cents beside them are"


def test_the_glossary_speaks_as_the_pages_do():
    with CATALOGUES[0].open("rb") as file:
        words = {message.id: message.string for message in read_po(file) if message.id}
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]*[\u1780-\u17ff][^|]*) \|", text, re.M)
    assert len(rows) > 20
    different = {english: khmer for english, khmer in rows if words.get(english, khmer) != khmer}
    assert not different
    assert sum(english in words for english, _ in rows) > 20


def test_the_boundaries_are_credited():
    attribution = "© OpenStreetMap contributors"
    for name in ("README.md", "LICENSE-boundaries.md", "THIRD_PARTY.md"):
        assert attribution in (ROOT / name).read_text(encoding="utf-8")
    provinces = json.loads((ROOT / "geodata/data/provinces.geojson").read_text(encoding="utf-8"))
    assert len(provinces["features"]) == 25
