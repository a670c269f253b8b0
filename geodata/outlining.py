"""Make `geodata/data/outlines.json` from the committed boundaries: paths, and places for labels.

    python -m geodata.outlining

Provinces are simplified together, so that two that share a border share it point by point. Labels are placed
one after another, the tightest first, by fixed rules: the same boundaries give the same bytes.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.boundaries import ATTRIBUTION, DATA, LICENSE, content, lakes
from geodata.outlines import HEIGHT, LETTERS, LINE, PATH, VALUE_LINE, WIDTH, Labels, project

#: Corners that lie less than this from the line between theirs are left out, roughly, in units.
_TOLERANCE = 2.0
#: Islands and corners smaller than this are not drawn, in square units.
_SPECK = 12.0
#: Room for a value, such as `≈100%` or `12,345`, of letters; and around a label, in units.
VALUE_WIDTH, _MARGIN = 3.2, 1.5
#: How far from the border of its province the line to a label begins, and how long it is at most.
_CORE, _FARTHEST = 4.0, 160.0
#: How much of a label lies in its own province at least; less than that, it stands outside with a line.
_OWN = {"en": 0.55, "km": 0.6, "narrow": 0.6}
#: Left free for the name of Poipet and the number of people who came through it; x, y, x, y.
_POIPET = (0.0, 96.0, 92.0, 134.0)
#: Where the names of the neighbours stand.
_NEIGHBOURS = {"TH": (118.0, 26.0), "LA": (470.0, 20.0), "VN": (604.0, 330.0)}


def _shapes(name: str) -> dict[str, shapely.Geometry]:
    features = json.loads(content(name))["features"]
    return {one["id"]: _projected(shapely.geometry.shape(one["geometry"])) for one in features}


def _projected(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, lambda points: np.array([project(lat, lon) for lon, lat in points]))


def simplified(shapes: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """Shapes with fewer corners that still share their borders point by point, on a grid of a tenth.

    Raises
    ------
    ValueError
        They overlap, leave a gap, or are no polygons any more.
    """
    fewer = shapely.coverage_simplify(list(shapes), _TOLERANCE)
    found = [shapely.transform(shape, lambda points: np.round(points, 1)) for shape in fewer]
    if not (all(shapely.is_valid(found)) and shapely.coverage_is_valid(found)):
        raise ValueError("simplified provinces overlap or do not share their borders")
    return found


def _ring(points: np.ndarray) -> str:
    """A closed ring: its first corner, then steps, all in whole tenths and so without drift."""
    tenths = np.rint(points[:-1] * 10).astype(int)
    steps = np.diff(tenths, axis=0)
    return "M" + _numbers(tenths[:1]) + "l" + _numbers(steps[(steps != 0).any(axis=1)]) + "z"


def _numbers(tenths: np.ndarray) -> str:
    text = ""
    for tenth in tenths.flatten():
        number = f"{tenth / 10:g}".replace("0.", ".", 1) if abs(tenth) < 10 else f"{tenth / 10:g}"
        text += number if not text or number.startswith("-") else f" {number}"
    return text


def path_of(geometry: shapely.Geometry) -> str:
    """A polygon, or several, as the path of an SVG; specks are left out."""
    parts = [part for part in shapely.get_parts(geometry) if part.area >= _SPECK]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return "".join(_ring(shapely.get_coordinates(ring)) for ring in rings)


def _line(points: np.ndarray) -> str:
    tenths = np.rint(points * 10).astype(int)
    return "M" + _numbers(tenths[:1]) + "l" + _numbers(np.diff(tenths, axis=0))


def land_of(provinces: Sequence[shapely.Geometry], neighbours: Sequence[shapely.Geometry]) -> str:
    """The land of all countries in one: below the provinces no gap along a border is seen."""
    together = shapely.union_all([*provinces, *neighbours], grid_size=0.1)
    return path_of(shapely.MultiPolygon([shapely.Polygon(part.exterior) for part in _parts(together)]))


def _parts(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    return [part for part in shapely.get_parts(geometry) if part.area >= _SPECK]


def borders_of(neighbours: Sequence[shapely.Geometry]) -> str:
    """Where two of the neighbours meet."""
    found = []
    for number, one in enumerate(neighbours):
        for other in neighbours[number + 1 :]:
            shared = shapely.line_merge(shapely.intersection(one.boundary, other.boundary))
            lines = [part for part in shapely.get_parts(shared) if part.length > 1]
            found += [_line(shapely.get_coordinates(line)) for line in lines]
    return "".join(found)


#: A label as it is written: `at` its middle, `line` to it from its province, `split` into two lines.
Placed = dict[str, Any]


# --- labels ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Label:
    """A label to place: the outline it belongs to, the point it is of, and its sizes.

    `sizes`: width and height with the name in one line, and where it has several words in two.
    """

    pcode: str
    shape: shapely.Geometry
    pole: tuple[float, float]
    sizes: tuple[tuple[float, float], ...]

    def boxes(self, size: tuple[float, float], xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """The label around each of these points."""
        half, tall = size[0] / 2, size[1] / 2
        return shapely.box(xs - half, ys - tall, xs + half, ys + tall)


@dataclass(frozen=True)
class Spot:
    """One place that a label could take: in which size, how good it is, where, and the line to it."""

    cost: float
    size: int
    x: float
    y: float
    box: shapely.Geometry
    line: shapely.Geometry | None = None


@dataclass
class Placing:
    """Labels of one kind, placed one after another without overlap."""

    country: shapely.Geometry
    own: float
    wished: list[shapely.Geometry] = field(default_factory=list)
    poles: list[tuple[float, float]] = field(default_factory=list)
    taken: list[shapely.Geometry] = field(default_factory=list)
    found: dict[str, Placed] = field(default_factory=dict)

    def place(self, labels: Sequence[Label]) -> dict[str, Placed]:
        """Where each label stands, by pcode; outside its province with the line that leads to it.

        Raises
        ------
        ValueError
            There is no room for one of them.
        """
        tight = sorted(labels, key=lambda one: (one.shape.area / min(w * h for w, h in one.sizes), one.pcode))
        self.poles = [label.pole for label in tight]
        best = {label.pcode: self._inside(label) for label in tight}
        outside = [label for label in tight if not best[label.pcode]]
        self.wished = [spots[0].box for spots in best.values() if spots]
        for label in sorted(outside, key=lambda one: (self._reach(one), one.pcode), reverse=True):
            self._place(label, self._outside)
        for label in tight:
            if label not in outside:
                self._place(label, lambda one: best[one.pcode], self._outside)
        return self.found

    def _place(self, label: Label, *ways: Callable[[Label], list[Spot]]) -> None:
        for way in ways:
            for spot in way(label):
                if self._free(spot.box) and (spot.line is None or self._free(spot.line)):
                    self._take(label, spot)
                    return
        raise ValueError(f"no room for the label of {label.pcode}")

    def _take(self, label: Label, spot: Spot) -> None:
        self.taken.append(spot.box)
        placed: Placed = {"at": [round(spot.x, 1), round(spot.y, 1)]}
        if spot.size:
            placed["split"] = True
        if spot.line is not None:
            self.taken.append(spot.line)
            placed["line"] = shapely.get_coordinates(spot.line).ravel().round(1).tolist()
        self.found[label.pcode] = placed

    def _free(self, shape: shapely.Geometry) -> bool:
        return not shapely.dwithin(shape, self.taken, 2 * _MARGIN).any() if self.taken else True

    def _reach(self, label: Label) -> float:
        """How far a province is from what lies outside the country."""
        return float(shapely.distance(shapely.Point(label.pole), self.country.boundary))

    def _inside(self, label: Label) -> list[Spot]:
        """Spots in the province, the best first."""
        (x, y), steps, found = label.pole, np.arange(-40, 41, 4.0), []
        xs, ys = (part.ravel() for part in np.meshgrid(x + steps, y + steps))
        for number, size in enumerate(label.sizes):
            boxes = label.boxes(size, xs, ys)
            own = shapely.area(shapely.intersection(boxes, label.shape)) / (size[0] * size[1])
            for x_there, y_there in self.poles:
                there = (abs(xs - x_there) < size[0] / 2) & (abs(ys - y_there) < size[1] / 2)
                own[there & ((x_there, y_there) != label.pole)] = 0
            costs = np.hypot(xs - x, ys - y) + 60 * (1 - own) + 8 * number
            found += [
                Spot(round(float(costs[at]), 6), number, float(xs[at]), float(ys[at]), boxes[at])
                for at in np.flatnonzero(own >= self.own)
            ]
        return sorted(found, key=lambda spot: (spot.cost, spot.size, spot.x, spot.y))

    def _outside(self, label: Label) -> list[Spot]:
        """Spots beside the country; the line to them is short, and keeps clear of other labels."""
        core, others, found = label.shape.buffer(-_CORE), self.country - label.shape, []
        core = shapely.Point(label.pole) if core.is_empty else core
        for number, (width, height) in enumerate(label.sizes):
            half, tall = width / 2 + 3, height / 2 + 3
            grid = np.meshgrid(np.arange(half, WIDTH - half, 5), np.arange(tall, HEIGHT - tall, 5))
            xs, ys = (part.ravel() for part in grid)
            boxes = label.boxes((width, height), xs, ys)
            beside = shapely.distance(core, boxes) < _FARTHEST
            beside &= ~shapely.intersects(self.country, boxes)
            xs, ys, boxes = xs[beside], ys[beside], boxes[beside]
            near = shapely.distance(self.country, boxes)
            lines = shapely.shortest_line(core, boxes)
            across = shapely.length(shapely.intersection(lines, others))
            costs = shapely.length(lines) + 2 * across + 1.5 * np.maximum(0, 7 - near) + 8 * number
            for box in self.wished:
                costs += 200 * shapely.dwithin(lines, box, 2 * _MARGIN)
            found += [
                Spot(round(float(costs[at]), 6), number, float(xs[at]), float(ys[at]), boxes[at], lines[at])
                for at in np.flatnonzero(near >= 3)
            ]
        return sorted(found, key=lambda spot: (spot.cost, spot.size, spot.x, spot.y))


def label_widths() -> dict[str, dict[str, tuple[float, ...]]]:
    """Width of each province's name, of letters, by language and pcode: in one line, in two where it has
    several words."""
    with (DATA / "label_widths.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        lang: {
            row["pcode"]: tuple(float(row[name]) for name in (lang, f"{lang}_split") if row.get(name))
            for row in rows
        }
        for lang in ("en", "km")
    }


def _labels(kind: Labels, shapes: dict[str, shapely.Geometry]) -> Iterator[Label]:
    widths, letters = label_widths().get(kind, {}), LETTERS[kind]
    for pcode, shape in shapes.items():
        (x, y), _ = shapely.get_coordinates(shapely.maximum_inscribed_circle(shape, 0.1))
        sizes = tuple(
            (max(VALUE_WIDTH, width) * letters, (LINE[kind] * lines + VALUE_LINE) * letters)
            for lines, width in enumerate(widths.get(pcode, (0.0,)), 1)
        )
        yield Label(pcode, shape, (float(x), float(y)), sizes)


def places_of(kind: Labels, shapes: dict[str, shapely.Geometry]) -> dict[str, Placed]:
    """Where the labels of one kind stand."""
    names = [shapely.box(x - 32, y - 11, x + 32, y + 7) for x, y in _NEIGHBOURS.values()]
    country = shapely.union_all(list(shapes.values()))
    return Placing(country, _OWN[kind], taken=[shapely.box(*_POIPET), *names]).place(
        list(_labels(kind, shapes))
    )


def made() -> str:
    """Text of the file."""
    provinces, neighbours = _shapes("provinces"), _shapes("neighbours")
    shapes = dict(zip(provinces, simplified(list(provinces.values())), strict=True))
    around = shapely.coverage_simplify(list(neighbours.values()), 2 * _TOLERANCE)
    labels = {kind: places_of(kind, shapes) for kind in LETTERS}
    lines = []
    for pcode, shape in shapes.items():
        (x, y), _ = shapely.get_coordinates(shapely.maximum_inscribed_circle(shape, 0.1)).round(1).tolist()
        one = {
            "path": path_of(shape),
            "at": [x, y],
            "labels": {kind: places[pcode] for kind, places in labels.items()},
        }
        lines.append(f"{json.dumps(pcode)}: {json.dumps(one)}")
    parts = {
        "attribution": ATTRIBUTION,
        "license": LICENSE,
        "land": land_of(list(shapes.values()), list(neighbours.values())),
        "borders": borders_of(list(around)),
        "lakes": "".join(path_of(_projected(shapely.Polygon(shore))) for shore in lakes()),
        "neighbours": _NEIGHBOURS,
    }
    head = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in parts.items()
    )
    return f'{{{head},\n"provinces": {{\n' + ",\n".join(lines) + "\n}}\n"


def main(target: Path = PATH) -> int:
    """Write the file."""
    target.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
