"""Figures as files: whole SVG whatever is written on it, Khmer in the picture, and nothing that is hidden."""

from __future__ import annotations

import re
import struct
import time
import zlib
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.figures import theme
from dashboard.figures.cluster_curve import Step
from dashboard.figures.cluster_map import ClusterLayers, Ring, Spot
from dashboard.figures.province_map import Area, Gate, ProvinceMap, frame_of
from dashboard.figures.svg import (
    cluster_curve,
    cluster_map,
    funnel,
    groups,
    lines,
    province_map,
    ranks,
    sheet,
    trend,
)
from dashboard.figures.svg.axes import ticks
from dashboard.figures.svg.draw import tag
from dashboard.figures.svg.png import FONTS, png
from dashboard.figures.tokens import light
from geodata.boundaries import province_boxes
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Counts, estimate
from tests.support.examples import examples

HOSTILE = "<script>alert(1)</script> & \"'\x00\x1b\ud800 ]]> {{ 7*7 }} url(#x)"
SVG = "{http://www.w3.org/2000/svg}"


def says(text, *rest):
    """Texts as they are."""
    return text


def value(numerator=3, denominator=10, unknown=0, **more):
    """One value."""
    counts = Counts(True, denominator + unknown, numerator, denominator, unknown, **more)
    return estimate([counts])[0]


def drawings(name):
    """A drawing of each kind, with a name on everything that has one."""
    day = date(2025, 1, 6)
    points = [
        trend.Period(day + timedelta(7 * n), day + timedelta(7 * n + 6), value(hidden=n == 3))
        for n in range(9)
    ]
    rows = {name: [(name, value()), (name, value(hidden=True))]}
    spots = [Spot("a", name, 13.6, 102.6), Spot("b", name, 13.5, 102.7)]
    rings = [Ring(1, False, (13.6, 102.6), 9.0, spots), Ring(2, True, None, None, spots[:1])]
    layers = ClusterLayers("", "", False, rings, spots, spots)
    shown = ProvinceMap(
        name,
        [Area("KH01", "hidden", "■", name, "/map")],
        "en",
        name,
        [Gate(13.6, 102.6, name, label=(name,))],
    )
    steps = [Step(day + timedelta(7 * n), n, 2 * n, 1.5) for n in range(9)]
    return {
        "trend": (trend.trend(points, name, says), trend.keys(points, "testing", says)),
        "groups": (groups.groups(rows, says), groups.keys(rows, says)),
        "ranks": (ranks.ranks([ranks.Scale(name, name, name, 3, 1, 25, 25)] * 2), ranks.keys(says)),
        "curve": (cluster_curve.curve(steps, (day, day), says), cluster_curve.keys((day, day), says)),
        "clusters": (
            cluster_map.cluster_map(layers),
            cluster_map.keys(layers, [(ring, name) for ring in rings], says),
        ),
        "provinces": (
            province_map.provinces(shown),
            province_map.keys("testing", "province", says, outside="outside your provinces"),
        ),
    }


KINDS = ("trend", "groups", "ranks", "curve", "clusters", "provinces")


def file_of(kind, name, title=None):
    """A whole file of one kind."""
    drawing, keys = drawings(name)[kind]
    return sheet.document(sheet.Sheet(title or name, [name], drawing, keys, name, [name], "km", marked=name))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_name_stays_a_text_in_every_figure(kind):
    text = file_of(kind, HOSTILE)
    root = ElementTree.fromstring(text)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {
        "svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "g", "text", "tspan", "circle",
        "a",
    }  # fmt: skip
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name.endswith("href")]
        if element.tag == f"{SVG}style":
            assert "script" not in (element.text or "")
    assert "alert(1)" in "".join(root.itertext())
    assert png(text).startswith(b"\x89PNG")


@settings(max_examples=examples(30))
@given(st.text(max_size=60))
def test_whatever_the_title_the_file_is_whole(title):
    root = ElementTree.fromstring(file_of("curve", "name", title))
    assert float(root.get("height")) > 0


def pixels(picture):
    """A PNG's rows, decompressed."""
    found, place = b"", 8
    while place < len(picture):
        (length,) = struct.unpack(">I", picture[place : place + 4])
        if picture[place + 4 : place + 8] == b"IDAT":
            found += picture[place + 8 : place + 8 + length]
        place += 12 + length
    return zlib.decompress(found)


def text_svg(text):
    """A text alone."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60"><text x="10" y="40" font-size="30" '
        f'font-family="Noto Sans Khmer">{text}</text></svg>'
    )


def test_a_picture_shapes_khmer_and_shows_no_boxes():
    subscripts = "ស្ត្រី"  # a consonant with two subscripts and a vowel above
    drawn = pixels(png(text_svg(subscripts)))
    signs = tuple(font for font in FONTS if font.endswith("signs.ttf"))
    boxes = pixels(png(text_svg(subscripts), fonts=signs))
    unknown = pixels(png(text_svg("\u0d85" * 3)))  # Sinhala, which no font here holds
    assert drawn not in (boxes, unknown)
    apart = pixels(png(text_svg("\u200c".join(subscripts))))  # unjoined: subscripts would stand on their own
    assert drawn != apart
    assert pixels(png(text_svg("ស"))) != pixels(png(text_svg("ត")))


def test_every_sign_of_a_status_has_a_letter_of_its_own():
    box = pixels(png(text_svg("\u0d85")))
    drawn = [pixels(png(text_svg(sign))) for sign in "■∅≈±✕~–…?0"]
    assert box not in drawn
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("sign", "■∅≈Σ")
def test_a_sign_beside_khmer_is_no_box(sign, monkeypatch):
    monkeypatch.setattr("dashboard.figures.svg.png._STRANGE", None)  # it is drawn at the first try

    def drawn(letter):
        text = str(tag("text", f"{letter} លាក់ គ្មាន", x=10, y=40, font_size=30, font_family="Noto Sans Khmer"))
        return pixels(png(f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60">{text}</svg>'))

    assert drawn(sign) != drawn("?")
    assert drawn(sign) != drawn("")


@settings(max_examples=examples(40))
@given(st.text(alphabet="Σ∑■ខ្មែរក្ឹ Aไท漢Б\u0d85", max_size=12))
def test_no_mixture_of_scripts_breaks_a_picture(name):
    text = str(tag("text", name, x=10, y=40, font_size=30, font_family="Noto Sans Khmer"))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60">{text}</svg>'
    assert png(svg).startswith(b"\x89PNG")


def test_what_is_hidden_has_no_number_on_the_drawing():
    rows = {"Sex": [("Male", value(3, 977, hidden=True)), ("Female", value(11, 977))]}
    text = str(groups.groups(rows, says).markup)
    assert text.count("977") == 1
    assert "■</tspan>" in text


@given(st.text(alphabet="កខគ្ាិុំ Abc", max_size=120), st.floats(120, 900))
def test_lines_hold_the_whole_text_and_fit(text, limit):
    found = lines.wrap(text, 14, limit, most=1_000)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(lines.width(line, 14) <= limit for line in found)
    assert not [line for line in found if line[0] in "្ាិុំ" and line != found[0]]


def test_a_text_that_is_too_long_says_so():
    assert lines.wrap("word " * 400, 14, 300, most=2)[-1].endswith("…")


@given(st.floats(0.0001, 1e7))
def test_ticks_are_few_round_and_on_the_scale(most):
    found = ticks(most)
    assert found[0] == 0
    assert found[-1] <= most * 1.0001
    assert 2 <= len(found) <= 6


def drawn_keys(by):
    """What a legend says of points -> the mark that stands before it, as a shape and its fill."""
    keys = province_map.keys("testing", by, says, outside="")
    text = sheet.document(sheet.Sheet("t", [], province_map.provinces(ProvinceMap("", [])), keys))
    found, before = {}, None
    for element in ElementTree.fromstring(text).iter():
        kind = element.tag.removeprefix(SVG)
        if kind == "text" and before is not None and element.text:
            found[element.text] = before.tag.removeprefix(SVG), before.get("fill")
        before = element if kind in ("circle", "path", "rect") else None
    return {label: look for label, look in found.items() if label.startswith(("crossing", "facility"))}


def drawn_points(*dots):
    """Shape and fill of the points on a map."""
    markup = province_map.provinces(ProvinceMap("", []), dots).markup
    root = ElementTree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{markup}</svg>')
    named = [
        e for e in root.iter() if e.find(f"{SVG}title") is not None and e.find(f"{SVG}title").text == "Gate"
    ]
    return [(e.tag.removeprefix(SVG), e.get("fill")) for e in named]


def test_crossings_with_a_value_are_not_explained_by_the_colour_of_plain_ones():
    plain, valued = drawn_keys("province"), drawn_keys("crossing")
    assert plain["crossing"] == ("circle", theme.ACCENT)
    assert theme.ACCENT not in {fill for _, fill in valued.values()}
    assert {label: shape for label, (shape, _) in valued.items() if "closed" not in label} == {
        "crossing": "circle",
        "crossing, approximate position": "path",
    }
    assert drawn_keys("facility") == {"facility": ("circle", light("map-valued"))}


def test_an_approximate_crossing_has_the_shape_of_its_legend():
    sure = province_map.Dot(13.0, 103.0, theme.PLAIN, "", "Gate")
    assert drawn_points(sure) == [("circle", theme.PLAIN)]
    assert drawn_points(replace(sure, approximate=True)) == [("path", theme.PLAIN)]


def colours(picture):
    """A PNG's pixels: rows of red, green, blue, opaque."""
    wide, high = struct.unpack(">II", picture[16:24])
    raw, four = pixels(picture), 4
    rows, above = [], bytearray(wide * four)
    for y in range(high):
        begin = y * (wide * four + 1)
        how, row = raw[begin], bytearray(raw[begin + 1 : begin + 1 + wide * four])
        for x in range(wide * four):
            left = row[x - four] if x >= four else 0
            corner = above[x - four] if x >= four else 0
            guess = left + above[x] - corner
            near = min((left, above[x], corner), key=lambda one: abs(guess - one))
            row[x] = (row[x] + (0, left, above[x], (left + above[x]) // 2, near)[how]) % 256
        rows.append(row)
        above = row
    return [bytes(row[x : x + four]) for row in rows for x in range(0, wide * four, four)]


def one_province():
    """The sheet of a map that is one province, and so a small part of what is drawn."""
    areas = [Area(code, "s1" if code == "KH12" else "outside", "", "x") for code in PROVINCES]
    shown = ProvinceMap("One", areas, frame=frame_of(province_boxes()["KH12"]))
    return sheet.document(
        sheet.Sheet("A title that stands above it", ["what it says"], province_map.provinces(shown))
    )


def test_a_map_of_one_province_is_covered_around_and_looks_as_if_it_were_cut_off(monkeypatch):
    monkeypatch.setattr("dashboard.figures.svg.png.ZOOM", 0.25)
    text = one_province()
    covered, cut = colours(png(text)), colours(png(text.replace(' overflow="visible"', "")))
    other = sum(
        max(abs(a - b) for a, b in zip(*two, strict=True)) > 8 for two in zip(covered, cut, strict=True)
    )
    assert other < 0.005 * len(cut)  # letters beside the edge of the frame
    spilt = colours(png(re.sub(r"<g>(<rect [^>]*/>){4}</g>", "", text)))
    assert sum(a != b for a, b in zip(spilt, cut, strict=True)) > 0.1 * len(cut)


@pytest.mark.full
def test_a_picture_of_one_province_takes_little_of_the_processor():
    """The library lets no other thread run meanwhile, so that each reader of the process waits."""
    text = one_province()
    png(text)

    def spent(drawn):
        begun = time.process_time()
        png(drawn)
        return time.process_time() - begun

    assert spent(text) < 0.5 * spent(text.replace(' overflow="visible"', ""))


def test_names_of_a_funnel_cover_no_other_place_and_are_not_cut():
    """On a telephone there is room for few names: those that would lie over points are left to the table."""
    crowd = [funnel.Point(f"place {at}", 20 + at, 0.5, 0, "") for at in range(30)]
    far = [
        funnel.Point("Health centre with a long name", size, share, 2, "")
        for size, share in ((21, 0.52), (90, 0.1))
    ]
    limits = funnel.Limits([20, 100], [[0.3, 0.4]], [[0.7, 0.6]])
    for wide in (640.0, 320.0):
        drawn = str(funnel.funnel([*crowd, *far], limits, 0.5, "People", wide).markup)
        assert drawn.count("long name") == 1, wide
        left = float(re.search(r'x="([-0-9.]+)"[^>]*>Health centre', drawn)[1])
        assert left >= 52
