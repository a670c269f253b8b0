"""The rooms: no folder is too full, and no module or package imports itself by way of others."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from db.tables.records import record_columns
from surveillance.line_list import RECORD_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dashboard", "db", "geodata", "surveillance")
_MOST = 16
Graph = Mapping[str, set[str]]


def modules(root: Path = ROOT, packages: Iterable[str] = PACKAGES) -> dict[str, Path]:
    """Every module by its dotted name; a package is named by its folder."""
    found = {}
    for path in sorted(path for name in packages for path in (root / name).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(tree: ast.AST, known: Mapping[str, Path]) -> Iterator[str]:
    """Modules of ours that one imports, inside functions too; `if TYPE_CHECKING` does not count."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else str(node.module) for name in full]
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        else:
            yield from imported(node, known)
            continue
        yield from (name for name in names if name in known)


def graph(known: Mapping[str, Path]) -> Graph:
    """Which module imports which."""
    return {
        name: set(imported(ast.parse(path.read_text(encoding="utf-8")), known)) - {name}
        for name, path in known.items()
    }


def circle(edges: Graph) -> str:
    """One circle, as names with arrows; empty where there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return " <- ".join(error.args[1])
    return ""


def siblings(edges: Graph, package: str) -> Graph:
    """Which child of a package imports which; modules below a child count as the child."""
    found: dict[str, set[str]] = defaultdict(set)

    def child(name: str) -> str:
        return ".".join(name.split(".")[: package.count(".") + 2])

    for name, others in edges.items():
        for other in others:
            inside = name.startswith(f"{package}.") and other.startswith(f"{package}.")
            if inside and child(name) != child(other):
                found[child(name)].add(child(other))
    return found


def test_no_folder_holds_too_many_modules():
    """Steps of a history are added to for ever, one after the other: they are no rooms."""
    held: dict[str, int] = defaultdict(int)
    for path in modules().values():
        if path.parent.parent.name == "migrations":
            continue
        held[path.parent.relative_to(ROOT).as_posix()] += path.name != "__init__.py"
    assert {folder: number for folder, number in held.items() if number > _MOST} == {}


def test_no_module_imports_itself_by_way_of_others():
    assert circle(graph(modules())) == ""


def test_no_package_imports_itself_by_way_of_its_siblings():
    edges = graph(modules())
    packages = {name.rpartition(".")[0] for name in edges} - {""}
    circles = {package: circle(siblings(edges, package)) for package in sorted(packages)}
    assert {package: ring for package, ring in circles.items() if ring} == {}


def test_a_circle_is_found_and_printed(tmp_path):
    for path, text in (
        ("db/__init__.py", ""),
        ("db/one/a.py", "def f():\n    from db.two import b\n"),
        ("db/two/b.py", "from typing import TYPE_CHECKING\nimport db.one.c\n"),
        ("db/one/c.py", "if TYPE_CHECKING:\n    import db.two.b\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    edges = graph(modules(tmp_path, ("db",)))
    assert circle(edges) == ""
    assert circle(siblings(edges, "db")) in ("db.one <- db.two <- db.one", "db.two <- db.one <- db.two")
    edges["db.one.c"].add("db.one.a")
    assert circle(edges).count(" <- ") == 3


def test_the_columns_of_a_record_are_those_of_its_table():
    assert tuple(column.name for column in record_columns()) == RECORD_COLUMNS
