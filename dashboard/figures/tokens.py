"""The tokens of the design: every colour, size and distance, light and dark.

`python -m scripts.tokens` writes assets/tokens.css from here. No other stylesheet, template or module holds a
colour. A figure of Plotly is drawn with the light colours; rules at the end of tokens.css give each drawn
colour its token, so that a figure turns dark with its page, and is light on paper.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Token:
    """A colour: on a light page, on a dark one, and what it is for."""

    light: str
    dark: str
    use: str


def mixed(colour: str, ground: str, share: float) -> str:
    """A colour laid over a ground, of which `share` is left.

    >>> mixed("#000000", "#ffffff", 0.3)
    '#b2b2b2'
    """
    over, beneath = ([int(one[place : place + 2], 16) for place in (1, 3, 5)] for one in (colour, ground))
    parts = zip(over, beneath, strict=True)
    return "#" + "".join(f"{round(below - (below - part) * share):02x}" for part, below in parts)


def seen_through(colour: str, share: float) -> str:
    """A colour of a figure of which `share` is left, whatever lies beneath.

    >>> seen_through("#ff8000", 0.5)
    'rgba(255, 128, 0, 0.5)'
    """
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


#: How much is left of the colour of a cluster on a province that belongs to it, and where it may be chance.
MEMBER, BY_CHANCE = 0.62, 0.3
#: Behind a figure lies its card or its frame, light or dark.
CLEAR = "rgba(0,0,0,0)"
#: How much of a colour is left where a value is in doubt.
FAINT = 0.3
#: Text, grounds and lines of every page.
PAGE = {
    "ink": Token("#1b2733", "#e8edf2", "text"),
    "muted": Token("#55616d", "#aab5c0", "text that stands back, axes"),
    "line": Token("#d7dde3", "#35424d", "lines between parts"),
    "line-faint": Token("#e6eaee", "#27333d", "lines between the rows of a table"),
    "ground": Token("#f4f6f8", "#10171d", "the page"),
    "card": Token("#ffffff", "#182129", "cards, buttons that stand back"),
    "field": Token("#ffffff", "#111a21", "fields to fill in"),
    "field-line": Token("#74808c", "#7d8a96", "edges of fields"),
    "off": Token("#eceff2", "#222d36", "a field that cannot be used"),
    "off-ink": Token("#5f6b77", "#98a4af", "text in a field that cannot be used"),
    "accent": Token("#1f5f8b", "#6fc3d1", "links, buttons, lines of a figure"),
    "on-accent": Token("#ffffff", "#0c1c22", "text on a button"),
    "bad": Token("#b3261e", "#ff9a7f", "worse than chance explains; what is chosen on a map"),
    "good": Token("#2f6b4f", "#83cfa9", "better than chance explains"),
    "warn": Token("#7a4b00", "#f0bd63", "to be looked at: text"),
    "warn-line": Token("#b26a00", "#d9a441", "to be looked at: edges"),
    "focus": Token("#b45309", "#ffb703", "what has the keyboard"),
    "note": Token("#fff3cd", "#2f2810", "a note"),
    "note-line": Token("#e0c36b", "#75632a", "edge of a note"),
    "old": Token("#ffdf9e", "#463006", "data are old"),
    "old-ink": Token("#3d2400", "#ffe6b8", "text: data are old"),
    "past": Token("#efe6fa", "#2b2140", "as it was shown on a day"),
    "past-line": Token("#8e6bbf", "#8e6bbf", "edge: as it was shown on a day"),
    "past-ink": Token("#3d2266", "#e3d5fa", "text: as it was shown on a day"),
    "problem": Token("#fdecea", "#3b1714", "something failed"),
    "problem-line": Token("#e5a6a1", "#8f3c34", "edge: something failed"),
    "problem-ink": Token("#7a1a14", "#ffc9c0", "text: something failed"),
    "urgent": Token("#ad0062", "#ff8ac4", "somebody needs help now; nothing else has this colour"),
    "urgent-ground": Token("#fde8f3", "#42102d", "behind an urgent need"),
    "on-urgent": Token("#ffffff", "#2a0318", "text on the colour of an urgent need"),
    "selected": Token("#fdf3e1", "#352b10", "the chosen row"),
    "swatch-line": Token("#77828d", "#82909c", "edges of the legend's boxes"),
}
#: Classes of a map. `s`: strong means act here; `n`: neither good nor bad. Each step is plainly darker (or
#: lighter, on a dark page), so that any colour vision and grey tell them.
_CLASSES = {
    "s0": Token("#faf1df", "#33302c", "strength, least"),
    "s1": Token("#f0c88e", "#5e4a33", "strength"),
    "s2": Token("#e0965a", "#96602f", "strength"),
    "s3": Token("#b9512e", "#df8f5c", "strength"),
    "s4": Token("#7a2216", "#ffd0ae", "strength, most: act here"),
    "s-none": Token("#4a1500", "#ffeadb", "zero of care"),
    "n0": Token("#eef4f2", "#1f2c29", "neither good nor bad, least"),
    "n1": Token("#d1e3dd", "#2c3e3a", "neither good nor bad"),
    "n2": Token("#b7d0ca", "#3a504b", "neither good nor bad"),
    "n3": Token("#99bcb3", "#49635d", "neither good nor bad"),
    "n4": Token("#7ca79d", "#567570", "neither good nor bad, most"),
}
_PAPER = Token("#ffffff", "#182129", "zero of burden, not reported")
MAP = {
    **_CLASSES,
    **{
        f"{name}-pale": Token(
            mixed(token.light, _PAPER.light, FAINT),
            mixed(token.dark, _PAPER.dark, FAINT),
            f"{name}, in doubt",
        )
        for name, token in _CLASSES.items()
    },
    "map-sea": Token("#dcebf3", "#13212b", "sea"),
    "map-land": Token("#e6e3dc", "#222b32", "neighbours"),
    "map-line": Token("#ffffff", "#10171d", "between provinces"),
    "map-edge": Token("#b9b4a8", "#3b4650", "borders, edges of pale provinces"),
    "map-plain": Token("#f8f5ec", "#2b353d", "province without a value"),
    "map-outside": Token("#eae8e2", "#252e35", "outside an account's provinces"),
    "map-unscanned": Token("#a1a8af", "#6d7882", "not scanned: under lines of the colour of a card"),
    "map-ink": Token("#1b2733", "#f2f5f7", "letters on a map"),
    "map-halo": Token("#ffffff", "#10171d", "around letters"),
    "map-on": Token("#ffffff", "#1a0d06", "letters on a strong colour"),
    "map-on-halo": Token("#3d1008", "#ffe4d2", "around letters on a strong colour"),
    "map-hatch": Token("#b3ac9b", "#6d7780", "few people"),
    "map-unsure": Token("#6b6455", "#c3bdae", "edge of the hatch over what is less certain"),
    "map-few": Token("#dfdbd1", "#3a4249", "few people, where no pattern can be drawn"),
    "map-paper": _PAPER,
    "map-nobody": Token("#eef3f7", "#26323b", "no people to count"),
    "map-unknown": Token("#d9c9e8", "#4c3d5e", "unknown"),
    "map-due": Token("#cfe6dc", "#2c4a40", "not yet due"),
    "map-hidden": Token("#9aa3ab", "#59636c", "hidden"),
    "map-gate": Token("#1f5f8b", "#6fc3d1", "people through a crossing"),
    "map-across": Token("#7a4a00", "#e8b45a", "cases across the border"),
    "map-ring": Token("#5b2a86", "#c9a4ee", "a ring around what clusters"),
    "map-point": Token("#b3261e", "#ff9a7f", "a crossing"),
    "map-valued": Token("#948e77", "#a39d87", "a point with a value, in the legend"),
}
#: What figures have beside the page's own colours.
FIGURE = {
    "grid": Token("#e3e7eb", "#2c3741", "lines of a scale"),
    "grid-faint": Token("#f0f2f4", "#222c35", "lines of days"),
    "axis": Token("#7f8a94", "#7d8a96", "zero of a scale"),
    "chance": Token("#7d868f", "#8d98a2", "a cluster that may well be chance; outside a cluster"),
    "chance-line": Token("#b4bac0", "#6a747d", "circle of a cluster that may well be chance"),
    "curve-band": Token("#f7ecdb", "#3a3118", "days that the calendar marks"),
    "curve-closed": Token("#e5dfeb", "#382e4a", "days on which a crossing was closed"),
    "curve-pale": Token("#adc4d5", "#3a5f70", "a running or incomplete step of a curve"),
    "rank-1": Token("#0072b2", "#5aaee6", "the first cluster, the ninth"),
    "rank-2": Token("#d55e00", "#ff8f45", "the second"),
    "rank-3": Token("#009e73", "#3cc99c", "the third"),
    "rank-4": Token("#cc79a7", "#e79ac6", "the fourth"),
    "rank-5": Token("#b58900", "#d9b23c", "the fifth"),
    "rank-6": Token("#56b4e9", "#8fd0f7", "the sixth"),
    "rank-7": Token("#7b3294", "#c58ade", "the seventh"),
    "rank-8": Token("#8c510a", "#cf9550", "the eighth"),
}
TOKENS = PAGE | MAP | FIGURE
#: Type, distances and corners; sizes are in `rem`, so that they grow with the reader's own letters.
SIZES = {
    "text-xs": ("0.78rem", "labels in a narrow window"),
    "text-s": ("0.85rem", "notes, heads of tables, what stands beneath a number"),
    "text-m": ("1rem", "text"),
    "text-l": ("1.2rem", "heads of parts"),
    "text-xl": ("1.45rem", "head of a page"),
    "text-xxl": ("1.8rem", "the one number of a panel"),
    "space-1": ("4px", "within a line"),
    "space-2": ("8px", "between lines"),
    "space-3": ("12px", "within and between cards"),
    "space-4": ("16px", "the edge of a page"),
    "space-5": ("24px", "between parts"),
    "corner": ("6px", "fields, buttons, notes"),
    "corner-card": ("8px", "cards"),
    "touch": ("40px", "least height of what a finger meets"),
    "leading": ("1.5", "height of a line in English"),
    "leading-km": ("1.75", "height of a line in Khmer, whose signs stand above and below"),
}
#: Tokens that figures of Plotly are drawn with. Of two with one light colour only one stands here.
_DRAWN = (
    "ink", "muted", "accent", "bad", "card", *_CLASSES, *(f"{name}-pale" for name in _CLASSES),
    "map-sea", "map-land", "map-edge", "map-plain", "map-outside", "map-unscanned", "map-few", "map-nobody",
    "map-unknown", "map-due", "map-hidden", "map-unsure", *FIGURE,
)  # fmt: skip
#: White is paper as a shape, and a letter on a strong colour as a text.
_WHITE = "#ffffff"


def light(name: str) -> str:
    """The light colour of a token: figures are drawn with it."""
    return TOKENS[name].light


def variable(colour: str) -> str:
    """The token of a light colour as a stylesheet writes it; what has none is returned as it is.

    >>> variable("#faf1df"), variable("transparent")
    ('var(--s0)', 'transparent')
    """
    name = "map-paper" if colour == _WHITE else _BY_LIGHT.get(colour)
    return f"var(--{name})" if name else colour


_BY_LIGHT = {TOKENS[name].light: name for name in _DRAWN}


def stylesheet() -> str:
    """The text of assets/tokens.css."""
    dark = "".join(f" --{name}: {token.dark};" for name, token in TOKENS.items())
    sizes = "".join(f"  --{name}: {value};\n" for name, (value, _) in SIZES.items())
    colours = "".join(f"  --{name}: {token.light};\n" for name, token in TOKENS.items())
    return (
        "/* Written by `python -m scripts.tokens` from dashboard/figures/tokens.py. */\n"
        f":root {{\n  color-scheme: light;\n{sizes}{colours}}}\n"
        "/* Paper is always light. */\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f'  :root:not([data-look="light"]) {{ color-scheme: dark;{dark} }}\n'
        "}\n@media screen {\n"
        f'  :root[data-look="dark"] {{ color-scheme: dark;{dark} }}\n'
        f"}}\n/* What Plotly draws: each colour is its token. */\n{_figures()}"
    )


def _figures() -> str:
    """Rules that give each colour of a drawn figure its token."""
    place = ".js-plotly-plot"
    rules = []
    for name in _DRAWN:
        colour = TOKENS[name].light
        said = "rgb({}, {}, {})".format(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))
        fill = "map-paper" if colour == _WHITE else name
        rules.append(f'{place} [style*="fill: {said}"] {{ fill: var(--{fill}) !important; }}')
        rules.append(f'{place} path[fill="{said}"] {{ fill: var(--{fill}); }}')
        rules.append(f'{place} [style*="stroke: {said}"] {{ stroke: var(--{name}) !important; }}')
    for name in ("chance", *(name for name in FIGURE if name.startswith("rank-"))):
        share = BY_CHANCE if name == "chance" else MEMBER
        said = seen_through(TOKENS[name].light, share)
        rules.append(f'{place} path[fill="{said}"] {{ fill: var(--{name}); fill-opacity: {share}; }}')
    rules += [
        f'{place} text[style*="fill: rgb(255, 255, 255)"] {{ fill: var(--map-on) !important; }}',
        f'{place} text[style*="text-shadow"]:not([style*="text-shadow: none"]) '
        "{ text-shadow: 0 0 2px var(--map-halo), 0 0 3px var(--map-halo) !important; }",
        f'{place} text[style*="fill: rgb(255, 255, 255)"][style*="text-shadow"]:not([style*="none"]) '
        "{ text-shadow: 0 0 2px var(--map-on-halo), 0 0 3px var(--map-on-halo) !important; }",
        # Plotly's own grey, of lines to which no figure gives a colour.
        f'{place} [style*="stroke: rgb(68, 68, 68)"] {{ stroke: var(--axis) !important; }}',
        f'{place} [style*="fill: rgb(68, 68, 68)"] {{ fill: var(--ink) !important; }}',
    ]
    return "\n".join(rules) + "\n"
