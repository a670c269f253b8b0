"""The orders of day and month that a mapping file declares for single columns."""

from __future__ import annotations

from typing import Any

from db.intake.dates.parse import ORDERS, DateOrder
from db.intake.mappings.check import Problems
from surveillance.line_list import READ

KEY = "date_order"
_COLUMN_KEYS = ("column", "columns", KEY)


def date_orders(columns: Any, rules: Any, problems: Problems) -> dict[str, DateOrder]:
    """Field -> order, of `[columns.FIELD]` tables and of rules that have the key `date_order`."""
    made: dict[str, DateOrder] = {}
    for name, said in _tables(columns):
        where = f"[columns.{name}]"
        problems.keys(where, said, _COLUMN_KEYS)
        if KEY in said:
            _add(made, where, name, said[KEY], problems)
    for name, listed in rules.items() if isinstance(rules, dict) else ():
        for rule in listed if isinstance(listed, list) else [listed]:
            if isinstance(rule, dict) and isinstance(rule.get(KEY), str):
                _add(made, f"[rules] {name}", name, rule[KEY], problems)
    return made


def plain_columns(columns: Any) -> Any:
    """`[columns]` with the names alone: what a table says beside them is taken out."""
    if not isinstance(columns, dict):
        return columns
    named = {}
    for name, said in columns.items():
        if not isinstance(said, dict):
            named[name] = said
        elif "column" in said or "columns" in said or KEY not in said:
            named[name] = said.get("column", said.get("columns"))
    return named


def _tables(columns: Any) -> list[tuple[str, dict[str, Any]]]:
    found = columns.items() if isinstance(columns, dict) else ()
    return [(name, said) for name, said in found if isinstance(said, dict)]


def _add(made: dict[str, DateOrder], where: str, name: str, said: Any, problems: Problems) -> None:
    if name not in READ or READ[name].type != "date":
        problems.add(f"{where}: date_order is said of days, and {name} holds none")
        return
    order = next((order for order in ORDERS if order == said), None)
    if order is None:
        problems.add(f"{where}: date_order needs one of {', '.join(ORDERS)}")
    elif made.setdefault(name, order) != order:
        problems.add(f"{where}: date_order is given two values for {name}")
