"""Reading the rules of a mapping file: how a field is made of one or several columns."""

from __future__ import annotations

from typing import Any

from db.intake.dates.parse import ORDERS, DateOrder
from db.intake.mappings.check import DETAIL, Problems
from db.intake.mappings.model import Rule, value_key
from surveillance.line_list import DETAIL_ITEMS

_KEYS = ("column", "columns", "yes", "no", "values", "filled", "flags", "join", "with", "blank", "otherwise",
         "date_order")  # fmt: skip
#: Exactly one of these tells how a rule works; without any, the column is taken as it is.
_WAYS = ("filled", "flags", "join")


def rules(given: Any, problems: Problems) -> dict[str, tuple[Rule, ...]]:
    """Rules of every field."""
    if not isinstance(given, dict):
        problems.add("[rules]: needs `field = { ... }`")
        return {}
    made: dict[str, tuple[Rule, ...]] = {}
    for name, one in given.items():
        if name == "detail" and isinstance(one, dict) and not set(one) & set(_KEYS):
            made |= rules({DETAIL + item: rule for item, rule in one.items()}, problems)
        elif problems.field(f"[rules] {name}", name):
            listed = one if isinstance(one, list) else [one]
            if not listed or not all(isinstance(rule, dict) for rule in listed):
                problems.add(f"[rules] {name}: needs {{ ... }}, or a list of them")
                continue
            made[name] = tuple(_rule(name, rule, problems) for rule in listed)
    return made


def _rule(name: str, given: dict[str, Any], problems: Problems) -> Rule:
    where = f"[rules] {name}"
    problems.keys(where, given, _KEYS)
    ways = [way for way in _WAYS if way in given]
    if {"column", "columns"} & set(given):
        ways.append("column")
    if len(ways) != 1 or {"column", "columns"} <= set(given):
        problems.add(f"{where}: needs exactly one of column, columns, filled, flags and join")
        return Rule((), "copy")
    blank = frozenset(map(value_key, problems.texts(f"{where} blank", given.get("blank", []))))
    otherwise = (
        problems.meaning(f"{where} otherwise", name, given["otherwise"]) if "otherwise" in given else ""
    )
    if "flags" in given:
        return _flags(name, given["flags"], blank, otherwise, problems)
    key = next(key for key in ("column", "columns", "filled", "join") if key in given)
    columns = problems.columns(f"{where} {key}", given[key])
    if key == "filled":
        if not _says_yes_or_no(name, problems):
            problems.add(f"{where}: `filled` answers yes or no, and this field holds something else")
        return Rule(columns, "filled", blank=blank, otherwise=otherwise)
    if key == "join":
        return Rule(columns, "join", blank=blank, separator=str(given.get("with", "-")))
    answers = _answers(name, given, problems)
    prefer = tuple(dict.fromkeys(answers.values()))
    return Rule(columns, "answers" if answers else "copy", answers, prefer, blank, otherwise)


def _answers(name: str, given: dict[str, Any], problems: Problems) -> dict[str, str]:
    where = f"[rules] {name}"
    listed: list[tuple[str, Any]] = []
    for answer in ("yes", "no"):
        if answer in given:
            if not _says_yes_or_no(name, problems):
                problems.add(f"{where} {answer}: the field does not hold yes or no; use values")
                continue
            listed += [(text, answer) for text in problems.texts(f"{where} {answer}", given[answer])]
    values = given.get("values", {})
    if isinstance(values, dict):
        listed += list(values.items())
    else:
        problems.add(f'{where} values: needs {{ "as written" = "code" }}')
    made: dict[str, str] = {}
    for text, meant in listed:
        code = problems.meaning(f"{where} '{text}'", name, meant)
        if made.setdefault(value_key(text), code) != code:
            problems.add(f"{where}: '{text}' is given two meanings")
    return made


def _flags(name: str, given: Any, blank: frozenset[str], otherwise: str, problems: Problems) -> Rule:
    where = f"[rules] {name} flags"
    if not isinstance(given, dict) or not given:
        problems.add(f'{where}: needs {{ code = "column" }}')
        return Rule((), "copy")
    flags = {
        problems.meaning(where, name, code): problems.columns(f"{where} {code}", columns)
        for code, columns in given.items()
    }
    every = tuple(dict.fromkeys(column for columns in flags.values() for column in columns))
    return Rule(every, "flags", blank=blank, otherwise=otherwise, flags=flags)


def _says_yes_or_no(name: str, problems: Problems) -> bool:
    if name.startswith(DETAIL):
        return {"yes", "no"} <= set(DETAIL_ITEMS[name.removeprefix(DETAIL)][0])
    return problems.fields[name].type == "yes_no"


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
    if name not in problems.fields or problems.fields[name].type != "date":
        problems.add(f"{where}: date_order is said of days, and {name} holds none")
        return
    order = next((order for order in ORDERS if order == said), None)
    if order is None:
        problems.add(f"{where}: date_order needs one of {', '.join(ORDERS)}")
    elif made.setdefault(name, order) != order:
        problems.add(f"{where}: date_order is given two values for {name}")
