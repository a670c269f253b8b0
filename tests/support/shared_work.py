"""Work that tests share: servers are made of the same templates and routes, databases by the same steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any
from unittest import mock

import alembic.util
from dash._hooks import HooksManager
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class _Compiled(BytecodeCache):
    """Templates that a server of this process has compiled, known by their name, file and text."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is held of this very text."""
        bucket.code = self._held.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Hold a compiled template."""
        assert bucket.code is not None
        self._held[bucket.key, bucket.checksum] = bucket.code


@contextmanager
def shared_servers() -> Iterator[None]:
    """Compile each template, and read and compile the addresses of each route, once in this process."""
    compile_builder = Rule._compile_builder
    builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}

    def shared(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        # All that the function is made of; converters it asks of the rule that it is called for.
        key = (rule.rule, *rule._trace, append_unknown, repr(rule.defaults))
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    compile_rule = Rule.compile
    parsed: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def parsed_once(rule: Rule) -> None:
        assert rule.map is not None
        of = rule.host if rule.map.host_matching else rule.subdomain
        key = (rule.rule, of, rule.merge_slashes, *rule.map.converters.items())
        if key not in parsed:
            compile_rule(rule)
            parsed[key] = rule._parts, rule._trace, rule._converters
            return
        parts, trace, converters = parsed[key]
        rule._parts, rule._trace, rule._converters = [*parts], [*trace], {**converters}
        rule.arguments |= converters.keys()
        rule._build = rule._compile_builder(False).__get__(rule, None)
        rule._build_unknown = rule._compile_builder(True).__get__(rule, None)

    with (
        mock.patch.object(Flask, "jinja_options", {"bytecode_cache": _Compiled()}),
        mock.patch.object(Rule, "_compile_builder", shared),
        mock.patch.object(Rule, "compile", parsed_once),
        # Each Dash looks through every installed package for hooks: once is enough, and there are none.
        mock.patch.object(HooksManager, "_registered", True),
    ):
        yield


@contextmanager
def shared_migrations() -> Iterator[None]:
    """Load each migration once in this process, as long as its file stays as it is."""
    load = alembic.util.load_python_file
    loaded: dict[tuple[Path, int], ModuleType] = {}

    def shared(folder: str, name: str) -> ModuleType:
        path = Path(folder) / name
        if path.name == "env.py":  # which does the work each time it is loaded
            return load(folder, name)
        key = path, path.stat().st_mtime_ns
        if key not in loaded:
            loaded[key] = load(folder, name)
        return loaded[key]

    with mock.patch.object(alembic.util, "load_python_file", shared):
        yield
