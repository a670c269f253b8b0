"""One set of tokens: nothing else holds a colour, and letters are read, light and dark."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest

from dashboard.components.addresses import _ASSETS
from dashboard.figures import tokens
from dashboard.figures.cluster_map import COLOURS
from dashboard.figures.tokens import FIGURE, PAGE, TOKENS, stylesheet, variable
from scripts.tokens import STYLESHEET

DASHBOARD = _ASSETS.parent
#: A colour that is written out: `#1b2733`, `rgb(27, 39, 51)`, `white` in a stylesheet.
LITERAL = re.compile(r"(?<![\w&/-])#(?:[0-9a-fA-F]{3,4}){1,2}\b|\b(?:rgb|hsl)a?\(\s*\d")
NAMED = re.compile(r":[^;{}]*\b(?:white|black|red|green|blue|gr[ae]y|orange|yellow|purple)\b")
#: Tokens of letters, and the grounds on which they stand.
TEXTS = {
    "ink": ("ground", "card", "field", "note", "selected", "off", "problem"),
    "muted": ("ground", "card", "field", "note", "selected"),
    "accent": ("ground", "card", "note", "selected", "problem", "old", "past"),
    "on-accent": ("accent",),
    "off-ink": ("off",),
    "bad": ("ground", "card", "selected"),
    "good": ("ground", "card"),
    "warn": ("ground", "card"),
    "old-ink": ("old",),
    "past-ink": ("past",),
    "problem-ink": ("problem",),
    "urgent": ("ground", "card", "urgent-ground"),
    "on-urgent": ("urgent",),
    "map-gate": ("map-halo",),
    "map-ring": ("map-halo",),
}
#: Tokens of shapes that must be seen, and what lies beside them.
SHAPES = {
    "focus": ("ground", "card", "field", "note"),
    "field-line": ("card", "field", "ground"),
    "accent": ("card", "ground"),
    "bad": ("card", "map-plain", "map-halo"),
    "warn-line": ("card", "ground"),
    "swatch-line": ("card",),
    "axis": ("card",),
    "chance": ("card",),
    "map-point": ("map-halo", "map-plain"),
    "map-ring": ("map-halo", "map-plain"),
    "map-gate": ("map-halo",),
}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: 1 to 21."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def too_little(pairs: dict[str, tuple[str, ...]], look: str, least: float) -> list[str]:
    found = []
    for name, grounds in pairs.items():
        for ground in grounds:
            held = contrast(getattr(TOKENS[name], look), getattr(TOKENS[ground], look))
            if held < least:
                found.append(f"{name} on {ground}: {held:.2f}")
    return found


def test_contrast_is_counted_as_the_standard_says():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_text_is_read_on_every_ground_that_it_stands_on(look):
    assert too_little(TEXTS, look, 4.5) == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_shape_is_seen_beside_what_lies_next_to_it(look):
    assert too_little(SHAPES, look, 3) == []


def test_every_token_of_text_stands_in_the_pairs():
    texts = {name for name in PAGE if "text" in TOKENS[name].use or name in ("bad", "good", "accent")}
    assert texts <= set(TEXTS)


# --- one place -------------------------------------------------------------------------------------


def test_the_stylesheet_is_what_the_tokens_write():
    assert STYLESHEET.read_text(encoding="utf-8") == stylesheet(), "run `python -m scripts.tokens`"


def test_both_ways_to_a_dark_page_are_the_same_and_paper_is_light():
    text = stylesheet().partition("/* What Plotly")[0]
    device, chosen = re.findall(r"color-scheme: dark;(.*?)\}", text)
    assert device == chosen
    assert set(re.findall(r"--([\w-]+):", device)) == set(TOKENS), "every colour has a dark one"
    assert text.count("@media") == text.count("@media screen") == 2, "no dark colour reaches paper"


def _written() -> list[Path]:
    kinds = (DASHBOARD.rglob(f"*.{kind}") for kind in ("css", "js", "html", "py"))
    return [
        path for path in chain(*kinds) if path.name not in ("tokens.css", "tokens.py", "plotly-geo.min.js")
    ]


def test_no_colour_is_written_outside_the_tokens():
    found = []
    for path in _written():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            text = re.sub(r">>> .*|^ *'#.*", "", text, flags=re.MULTILINE)  # examples
        patterns = (LITERAL, NAMED) if path.suffix == ".css" else (LITERAL,)
        bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) if path.suffix == ".css" else text
        found += [f"{path.name}: {m.group()}" for pattern in patterns for m in pattern.finditer(bare)]
    assert found == []


@pytest.mark.parametrize(
    "text", ["color: #fff;", 'colour = "#1b2733"', "fill: rgb(1, 2, 3)", "hsl(10 20% 30%)", "#1b273380"]
)
def test_a_written_colour_is_found(text):
    assert LITERAL.search(text)


@pytest.mark.parametrize("text", ["#filters {", 'href="#content"', "url(#few)", "&#8203;", "#panel-name"])
def test_a_name_is_no_colour(text):
    assert not LITERAL.search(text)


def test_every_property_that_a_stylesheet_asks_for_exists():
    known = {*TOKENS, *tokens.SIZES, "rank", "sign", "share", "key"}
    for path in _written():
        if path.suffix in (".css", ".html"):
            asked = set(re.findall(r"var\(--([\w-]+)\)", path.read_text(encoding="utf-8")))
            assert asked <= known, path.name


# --- figures ---------------------------------------------------------------------------------------


def test_each_colour_that_a_figure_draws_has_one_token():
    drawn = [TOKENS[name].light for name in tokens._DRAWN]
    assert len(set(drawn)) == len(drawn)
    assert [variable(colour) for colour in COLOURS] == [f"var(--rank-{n})" for n in range(1, 9)]
    assert set(FIGURE) <= set(tokens._DRAWN)
    text = stylesheet()
    for name in set(tokens._DRAWN) - {"card"}:
        assert f"fill: var(--{name}) !important" in text
        assert f"stroke: var(--{name}) !important" in text
