"""Names of provinces on a map whose values stand on points: they keep clear of points and of each other."""

from __future__ import annotations

import pytest

from dashboard.figures.labels import Said, clear_of, labels, letters
from geodata.outlines import WIDTH, outlines
from geodata.provinces import PROVINCES


@pytest.fixture(params=("en", "km"))
def language(request):
    return request.param


def named(language):
    return labels([Said(code, "") for code in PROVINCES], language, WIDTH, names=True)


def size(language):
    return letters("km" if language == "km" else "en", WIDTH)


def box_around(x, y, half=11.0):
    return x - half, y - half, x + half, y + half


def test_a_name_that_lies_under_a_point_is_moved_a_little_and_others_stay(language):
    (before,) = [one for one in named(language) if one.code == "KH14"]
    alone = [before]
    assert clear_of(alone, [], language, size(language)) == alone
    (moved,) = clear_of(alone, [box_around(before.x, before.y)], language, size(language))
    assert moved != before
    assert abs(moved.y - before.y) + abs(moved.x - before.x) <= 36
    assert [word for _, word in moved.lines] == [word for _, word in before.lines]
    for (base, _), (was, _) in zip(moved.lines, before.lines, strict=True):
        assert base - was == pytest.approx(moved.y - before.y, abs=0.1), "its lines go with it"


def test_with_a_point_in_the_middle_of_every_province_few_names_lie_on_one(language):
    points = [(one.x, one.y) for one in outlines().provinces.values()]
    boxes = [box_around(*point) for point in points]

    def covered(placed):
        return sum(abs(one.x - x) < 25 and abs(one.y - y) < 14 for one in placed for x, y in points)

    placed = named(language)
    moved = clear_of(placed, boxes, language, size(language))
    assert [one.code for one in moved] == [one.code for one in placed]
    assert covered(placed) > 15
    assert covered(moved) < covered(placed) / 3
