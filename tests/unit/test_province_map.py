"""The server's own map: every look, small, escaped; colours that any eye and any printer tell apart."""

from __future__ import annotations

import gzip
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from dashboard.components.addresses import _ASSETS
from dashboard.figures import theme
from dashboard.figures.province_map import (
    Area,
    Gate,
    ProvinceMap,
    Ring,
    drawn,
    frame_of,
    look_of,
    said_of,
    value_text,
)
from dashboard.messages import translator
from geodata.boundaries import province_boxes
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import estimate
from tests.support.province_maps import KINDS, of_every_kind

STYLES = (_ASSETS / "chhlang.css").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"
TOKENS = (_ASSETS / "tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = re.findall(r"--s0:.*?\}", TOKENS, re.DOTALL)[:2]


def parsed(shown: ProvinceMap) -> ElementTree.Element:
    return ElementTree.fromstring(
        str(drawn(shown)).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    )


def colours(block: str) -> dict[str, str]:
    """Custom properties of a block of the stylesheet."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


# --- what is drawn -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "km"])
def test_every_province_is_a_link_that_says_its_name_and_value(language):
    t = translator(language)
    root = parsed(of_every_kind(language, t))
    links = [link for link in root.iter(f"{SVG}a") if link.get("class").startswith("area")]
    assert len(links) == 25
    for province, link in zip(PROVINCES.values(), links, strict=True):
        said = link.get("aria-label")
        assert (
            said.startswith(province.name(language) + ": ") and len(said) > len(province.name(language)) + 2
        )
        assert link.find(f"{SVG}title").text == said
        assert link.get("href") == f"?area={province.pcode}"
    assert root.find(f"{SVG}title").text == "Tested for malaria"


def test_the_whole_map_is_small():
    text = str(drawn(of_every_kind("km", translator("km")))).encode()
    assert len(text) < 40_000, "with 23 gates; 25 provinces alone take less"
    plain = of_every_kind("en", str)
    alone = str(drawn(ProvinceMap("Tested", plain.areas))).encode()
    assert len(alone) < 35_000
    assert len(gzip.compress(alone)) < 15_000


def test_every_kind_of_absence_has_a_look_and_a_sign_of_its_own():
    values = estimate(list(KINDS))
    for measure in ("testing", "positivity"):
        looks = [look_of(value, measure) for value in values]
        assert len(set(looks)) == len(looks)
        texts = [value_text(value, measure) for value in values[1:6]]
        assert texts == ["∅", "?", "–", "…", "■"]
        assert value_text(values[0], measure) == "0%"
        assert value_text(values[6], measure) == "~"
        assert value_text(values[7], measure).startswith("≈")
        for look in " ".join(looks).split():
            assert f".{look} {{" in STYLES or look in ("few", "missing", "hidden")


def test_strength_grows_with_what_is_bad():
    few_tested, many_tested = estimate([KINDS[0].__class__(True, 1_000, n, 1_000) for n in (100, 950)])
    assert (look_of(few_tested, "testing"), look_of(many_tested, "testing")) == ("s4", "s0")
    assert (look_of(few_tested, "positivity"), look_of(many_tested, "eligibility")) == ("s4", "n4")
    assert value_text(few_tested, "testing") == "10%"
    low = estimate([KINDS[0].__class__(True, 1_000, 4, 1_000)])[0]
    assert value_text(low, "positivity") == "0.4%"


def test_names_and_addresses_are_escaped_and_nothing_runs():
    bad = '"><script>alert(1)</script>'
    area = Area("KH01", "s1", bad, bad, f"?x={bad}")
    gate, ring = Gate(13.6, 102.5, bad, 5, True, (bad,), bad), Ring(13.6, 102.5, bad, label=bad, href=bad)
    text = drawn(ProvinceMap(bad, [area], description=bad, gates=[gate], rings=[ring]))
    assert "<script" not in text
    assert not re.search(r"\son\w+=|style=|javascript:", text)


def test_a_map_of_one_province_shows_its_name_in_its_middle():
    box = province_boxes()["KH12"]
    areas = [Area(code, "s1" if code == "KH12" else "outside", "", "x") for code in PROVINCES]
    text = drawn(ProvinceMap("One", areas, frame=frame_of(box)))
    assert text.count(">Phnom Penh<") == 1
    assert ">Kandal<" not in text and ">Thailand<" not in text
    assert 'font-size="0.' in text


def test_patterns_of_two_maps_on_a_page_do_not_share_an_id():
    one, other = (str(drawn(of_every_kind("en", str, name=name))) for name in ("one", "other"))
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (one, other)]
    assert len(ids[0]) == 4 and not ids[0] & ids[1]
    assert set(re.findall(r"url\(#([^)]+)\)", one)) < ids[0]


def test_what_is_said_of_a_value_names_interval_and_counts():
    value = estimate([KINDS[8]])[0]
    assert said_of("Pailin", value, str) == "Pailin: 100.0% (99.6%–100.0%), 900 of 900"
    assert said_of("Pailin", None, str) == "Pailin"


# --- colours ---------------------------------------------------------------------------------------

#: What is left of linear red, green and blue where a kind of cone is missing (Machado and others, 2009).
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def lab(colour: str, sight: str = "usual") -> np.ndarray:
    """CIE Lab, D65."""
    seen = np.clip(SIGHT[sight] @ linear(colour), 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz / [0.9505, 1, 1.089]
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_stylesheet_and_the_figures_have_the_same_colours():
    held = colours(LIGHT)
    assert tuple(held[f"s{n}"] for n in range(5)) == theme.STRENGTHS
    assert tuple(held[f"n{n}"] for n in range(5)) == theme.CALM
    assert held["s-none"] == theme.ZERO_CARE.colour
    assert (held["map-plain"], held["map-outside"]) == (theme.PLAIN, theme.OUTSIDE)
    for name, look in (("unknown", theme.UNKNOWN), ("due", theme.NOT_YET_DUE), ("nobody", theme.NOBODY)):
        assert held[f"map-{name}"] == look.colour
    assert set(colours(DARK)) == set(held), "a dark page has every colour"


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ramp", "sn")
@pytest.mark.parametrize("sight", SIGHT)
def test_classes_are_told_apart_in_grey_and_by_any_eye(block, ramp, sight):
    shades = [lab(colours(block)[f"{ramp}{n}"], sight) for n in range(5)]
    lights = [shade[0] for shade in shades]
    assert lights in (sorted(lights), sorted(lights, reverse=True)), "one way only: it prints in grey"
    least = 11 if ramp == "s" else 6
    assert min(abs(after - before) for before, after in pairwise(lights)) > least - 1
    for one, other in combinations(shades, 2):
        assert np.linalg.norm(one - other) > least


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
def test_labels_are_read_on_every_look(block):
    held = colours(block)
    fills = {name: colour for name, colour in held.items() if re.fullmatch(r"[sn]\d|s-none", name)}
    fills |= {
        name: held[f"map-{name}"]
        for name in ("nobody", "unknown", "due", "hidden", "plain", "paper", "land", "sea", "hatch")
    }
    for name, fill in fills.items():
        on = name in ("s3", "s4", "s-none")
        ink, halo = (held["map-on"], held["map-on-halo"]) if on else (held["map-ink"], held["map-halo"])
        assert contrast(ink, halo) > 7, "letters on the edge of a province are read on their halo"
        assert contrast(ink, fill) >= (3 if name in ("hatch", "hidden") else 4.5), (name, contrast(ink, fill))


@pytest.mark.parametrize("frame", [(0.0, 0.0, 660.0, 458.0), (20.0, -48.0, 588.0, 555.0)])
def test_names_of_the_neighbours_stand_within_the_frame(frame):
    svg = str(drawn(ProvinceMap("", [], frame=frame)))
    found = re.findall(r'<text class="country" x="([\d.]+)"[^>]*>(\w+)', svg)
    assert {name for _, name in found} == {"Thailand", "Laos", "Vietnam"}
    assert all(frame[0] + 36 <= float(x) <= frame[0] + frame[2] - 36 for x, _ in found)
