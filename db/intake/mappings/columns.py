"""One column of the line list made from the columns of a foreign file, each distinct text once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from db.intake.mappings.model import Rule, value_key
from surveillance.results import says_reactive
from surveillance.vocabulary import parse_yes_no

#: Makes a column from the file's columns.
Maker = Callable[[Sequence[Sequence[str]]], Sequence[str]]


def kept_reactive(values: Mapping[str, str]) -> dict[str, str]:
    """Named values of a result, but that a reactive test stays reactive: the disease decides what it says.

    >>> kept_reactive({"reactive": "yes", "r": "yes", "hiv reactive": "yes", "nr": "no"})
    {'reactive': 'reactive', 'r': 'yes', 'hiv reactive': 'reactive', 'nr': 'no'}
    """
    return {
        text: "reactive" if meant == "yes" and says_reactive(text) else meant
        for text, meant in values.items()
    }


def with_reactive(rule: Rule) -> Rule:
    """A rule of a result in which a reactive test stays reactive; it goes behind a plain yes."""
    answers = kept_reactive(rule.answers)
    if "reactive" not in answers.values():
        return rule
    prefer = [
        said for answer in rule.prefer for said in ((answer, "reactive") if answer == "yes" else (answer,))
    ]
    return replace(rule, answers=answers, prefer=tuple(prefer))


def copied(at: int, values: Mapping[str, str], constant: str) -> Maker:
    """A column as it stands: named values by their codes, and a constant where it is blank."""
    if not values and not constant:
        return lambda columns: columns[at]
    memo: dict[str, str] = {}

    def make(columns: Sequence[Sequence[str]]) -> Sequence[str]:
        column = columns[at]
        for text in set(column).difference(memo):
            memo[text] = values.get(value_key(text), text) if text.strip() else constant
        return list(map(memo.__getitem__, column))

    return make


def ruled(rules: Sequence[tuple[Rule, Sequence[int]]], values: Mapping[str, str], constant: str) -> Maker:
    """A column by rules in turn; the first that says something counts.

    Parameters
    ----------
    rules
        Each with the places of those of its columns that the file has, in the order of `Rule.columns`.
    """
    places = sorted({at for _, here in rules for at in here})
    inside = [(rule, [places.index(at) for at in here]) for rule, here in rules]
    memo: dict[Sequence[str], str] = {}

    def one(texts: Sequence[str]) -> str:
        for rule, here in inside:
            said = _said(rule, [texts[i] for i in here])
            if said:
                return values.get(value_key(said), said)
        return constant

    def make(columns: Sequence[Sequence[str]]) -> Sequence[str]:
        rows = list(zip(*(columns[at] for at in places), strict=True))
        for texts in set(rows).difference(memo):
            memo[texts] = one(texts)
        return list(map(memo.__getitem__, rows))

    def make_of_one(columns: Sequence[Sequence[str]]) -> Sequence[str]:
        column = columns[places[0]]
        for text in set(column).difference(memo):
            memo[text] = one((text,))
        return list(map(memo.__getitem__, column))

    return make_of_one if len(places) == 1 else make


def _said(rule: Rule, texts: list[str]) -> str:
    """What a rule says of one row's texts; blank where it says nothing."""
    given = [text for text in texts if text.strip() and value_key(text) not in rule.blank]
    if not given:
        return rule.otherwise
    if rule.way == "filled":
        return "yes"
    if rule.way == "join":
        return rule.separator.join(text.strip() for text in given) if len(given) == len(texts) else ""
    if rule.way == "answers":
        return _answer(rule, given)
    return given[0]


def _answer(rule: Rule, given: list[str]) -> str:
    """The preferred meaning; a text without one is passed on as it is, to be noticed if it stays unread."""
    meant = {rule.answers[key] for text in given if (key := value_key(text)) in rule.answers}
    return next((answer for answer in rule.prefer if answer in meant), "" if meant else given[0])


def flagged(rule: Rule, places: Mapping[str, Sequence[int]], constant: str) -> Maker:
    """The code whose columns say yes; codes that exclude each other are passed on together, to be noticed.

    Parameters
    ----------
    places
        Code -> the places of its columns in the file.
    """
    memo: dict[str, bool] = {}

    def says_yes(text: str) -> bool:
        if text not in memo:
            try:
                memo[text] = bool(parse_yes_no(text)) and value_key(text) not in rule.blank
            except ValueError:
                memo[text] = False
        return memo[text]

    def make(columns: Sequence[Sequence[str]]) -> Sequence[str]:
        made = [""] * len(columns[0]) if columns else []
        for code, here in places.items():
            for at in here:
                for i, text in enumerate(columns[at]):
                    if text and says_yes(text) and code not in made[i].split(" + "):
                        made[i] = f"{made[i]} + {code}" if made[i] else code
        otherwise = rule.otherwise or constant
        return [code or otherwise for code in made] if otherwise else made

    return make


def detailed(own: Maker | None, items: Mapping[str, Maker]) -> Maker:
    """The column `detail`: what the file itself has, and the items that rules make."""
    memo: dict[tuple[str, ...], str] = {}
    names = list(items)

    def make(columns: Sequence[Sequence[str]]) -> Sequence[str]:
        made = [items[name](columns) for name in names]
        first = own(columns) if own else [""] * len(columns[0])
        rows = list(zip(first, *made, strict=True))
        for texts in set(rows).difference(memo):
            memo[texts] = _together(texts[0], dict(zip(names, texts[1:], strict=True)))
        return list(map(memo.__getitem__, rows))

    return make


def _together(own: str, items: Mapping[str, str]) -> str:
    # a separator inside a value would make another item of what stands after it
    parts = [
        f"{name}={text.replace(';', ' ').replace('=', ' ')}" for name, text in items.items() if text.strip()
    ]
    if not parts:
        return own
    stripped = own.strip()
    if stripped.startswith("{"):
        from surveillance.results import parse_detail  # noqa: PLC0415 - seldom

        kept, left_out = parse_detail(stripped)
        stripped = "; ".join(f"{k}={v}" for k, v in _loaded(kept).items()) + ("; ?=?" if left_out else "")
    return "; ".join(part for part in (stripped, *parts) if part)


def _loaded(kept: str | None) -> dict[str, str]:
    import json  # noqa: PLC0415 - seldom

    return json.loads(kept) if kept else {}
