"""Every public function of `surveillance` has its numpydoc sections, and examples that run."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for path in (ROOT / "surveillance").rglob("*.py") if path.name != "__init__.py")
HEADING = re.compile(r"^(\w+)\n-{3,}$", re.M)
#: Functions of published methods: they name their source.
PUBLISHED = {
    "surveillance.calendar.buddhist_era": {"visak_bochea"},
    "surveillance.clusters.completeness": {"silences"},
    "surveillance.clusters.population_shift": {"grown"},
    "surveillance.coverage.area_changes": {"changes"},
    "surveillance.coverage.cohorts": {"part_of"},
    "surveillance.coverage.design_effect": {"correlation", "design_effect"},
    "surveillance.coverage.estimates": {"estimate"},
    "surveillance.coverage.multiplicity": {"family"},
    "surveillance.coverage.paired_change": {"paired", "difference_limits", "p_values"},
    "surveillance.coverage.proportions": {"proportion_interval", "score_limits", "difference_interval"},
    "surveillance.coverage.table": {"coverage_table"},
    "surveillance.epiweek": {"epiweek"},
    "surveillance.rates.bayes": {"empirical_bayes"},
    "surveillance.rates.bym2": {"bym2"},
    "surveillance.rates.counts": {"count_interval"},
    "surveillance.rates.crude": {"crude_rate"},
    "surveillance.rates.funnel": {"funnel"},
    "surveillance.rates.priors": {"distance"},
    "surveillance.rates.ranks": {"rank_intervals"},
    "surveillance.rates.standardised": {"directly_standardised", "indirectly_standardised"},
    "surveillance.rates.structure": {"structure"},
    "surveillance.rates.survival": {"kaplan_meier"},
    "surveillance.scan.api": {"scan"},
    "surveillance.scan.clusters": {"relative_risk"},
    "surveillance.scan.draws": {"make_dealer"},
    "surveillance.scan.gumbel": {"rank_p_value", "gumbel_p_value", "recurrence_interval"},
    "surveillance.scan.kernels.cylinders": {"best_window"},
    "surveillance.scan.kernels.lanes": {"maxima"},
    "surveillance.scan.kernels.likelihood": {"log_likelihood_ratio"},
    "surveillance.scan.kernels.random": {"stream", "next_bits", "below", "alias_table"},
    "surveillance.scan.oracle": {"log_likelihood_ratio"},
    "surveillance.scan.problem.expected": {"permutation_sizes", "poisson_sizes"},
    "surveillance.scan.problem.silence": {"expected_around_silence"},
}


class Function(NamedTuple):
    """A public function of a module."""

    module: str
    node: ast.FunctionDef

    @property
    def text(self) -> str:
        """Its docstring."""
        return ast.get_docstring(self.node) or ""

    @property
    def sections(self) -> list[str]:
        """Headings of its docstring."""
        return HEADING.findall(self.text)

    @property
    def arguments(self) -> list[str]:
        """Names of its arguments."""
        given = self.node.args
        return [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]

    def section(self, name: str) -> str:
        """Text of a section."""
        parts = HEADING.split(self.text)
        return parts[parts.index(name) + 1] if name in parts else ""


def module_of(path: Path) -> str:
    """Name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def functions() -> Iterator[Function]:
    """Every public function of every module."""
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield Function(module_of(path), node)


FUNCTIONS = list(functions())
ORDER = ["Parameters", "Returns", "Yields", "Raises", "Notes", "References", "Examples"]


def lacking(function: Function) -> list[str]:
    """What is missing in a docstring."""
    node = function.node
    described = [
        name
        for names in re.findall(r"^(\w+(?:, \w+)*)(?: : \S.*)?$", function.section("Parameters"), re.M)
        for name in names.split(", ")
    ]
    found = [f"parameter {name}" for name in function.arguments if name not in described]
    if sorted(described) != sorted(function.arguments):
        found.append(f"parameters as they are: {sorted(set(described) ^ set(function.arguments))}")
    returns = node.returns is not None and ast.unparse(node.returns) != "None"
    if returns and not {"Returns", "Yields"} & set(function.sections):
        found.append("Returns")
    if any(isinstance(part, ast.Raise) for part in ast.walk(node)) and "Raises" not in function.sections:
        found.append("Raises")
    if ">>>" not in function.section("Examples"):
        found.append("Examples")
    if node.name in PUBLISHED.get(function.module, ()) and "References" not in function.sections:
        found.append("References")
    if function.sections != sorted(function.sections, key=ORDER.index):
        found.append("the order of numpydoc")
    return found


def test_every_public_function_has_its_sections() -> None:
    assert len(FUNCTIONS) > 150
    wrong = {f"{one.module}.{one.node.name}": found for one in FUNCTIONS if (found := lacking(one))}
    assert not wrong


def test_every_function_of_a_published_method_is_there() -> None:
    there = {(one.module, one.node.name) for one in FUNCTIONS}
    assert {(module, name) for module, names in PUBLISHED.items() for name in names} <= there


def test_every_array_says_its_shape() -> None:
    wrong = [
        f"{one.module}.{one.node.name}: {line}"
        for one in FUNCTIONS
        for line in one.section("Parameters").splitlines()
        if re.match(r"\w.* : .*(?:array_like|ndarray)", line)
        and "shape" not in line
        and not one.module.startswith("surveillance.scan.kernels")  # their shapes stand with Zones and Blocks
    ]
    assert not wrong


def test_no_docstring_uses_a_pronoun_for_a_thing_of_the_field() -> None:
    """Nouns of the glossary stand in place of these words."""
    avoided = re.compile(r"\b(?:whoever|somebody|of it)\b|\bare of\b|\b(?<!`)is none\b")
    wrong = {
        f"{module_of(path)}: {found.group()}"
        for path in FILES
        if avoided.search(text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and (found := avoided.search(ast.get_docstring(node) or ""))
    }
    assert not wrong


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_the_examples_run(path: Path) -> None:
    done = doctest.testmod(importlib.import_module(module_of(path)))
    assert done.failed == 0
