"""IOM's published tuberculosis cascade of migrants, January 2020 to November 2021, from file to figure.

15,034 screened, 2,271 presumptive, 2,027 X-rayed, 1,519 tested by Xpert, 342 positive, 166 of them women.
Wilson 95%: presumptive 15.1 (14.5-15.7)%, Xpert positive 22.5 (20.5-24.7)%, yield 2.3 (2.0-2.5)%.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from db.maintenance.opening import open_database
from db.tables.records import episode
from tests.support.files import write_csv
from tests.support.matrix import some

SCREENED, PRESUMPTIVE, XRAYED, XPERT, POSITIVE, WOMEN = 15_034, 2_271, 2_027, 1_519, 342, 166
FIRST, LAST = date(2020, 1, 1), date(2021, 11, 30)
NO_FIGURE = ("numerator", "denominator", "unknown")


def screened(number: int, no: str) -> dict[str, str]:
    """The person of this number; `no` is what the form writes after the first no."""
    presumptive, tested, positive = number < PRESUMPTIVE, number < XPERT, number < POSITIVE
    items = []
    if presumptive:
        items.append(f"xray={'yes' if number < XRAYED else 'no'}")
    if tested:
        items.append(f"xpert={'positive' if positive else 'negative'}")
    return {
        "record_id": f"S{number:05d}",
        "facility_id": "MRC",
        "date_visit": (FIRST + timedelta(days=number % ((LAST - FIRST).days + 1))).isoformat(),
        "disease": "tb",
        "sex": "female" if number < WOMEN or (number >= POSITIVE and number % 3 == 0) else "male",
        "eligible": "yes" if presumptive else "no",
        "tested": "yes" if tested else ("no" if presumptive else no),
        "positive": "yes" if positive else ("no" if tested else no),
        "detail": "; ".join(items),
    }


@pytest.fixture(params=some(["blanks after a no", "explicit noes"], ["blanks after a no"]))
def imported(request, run_cli, cli, tmp_path):
    """The cascade, imported as a user does it, in a process of its own."""
    no = "" if request.param.startswith("blanks") else "no"
    listed = write_csv(tmp_path / "centres.csv", {"facility_id": "MRC", "province": "Banteay Meanchey"})
    assert cli("facilities", "import", listed).code == 0
    line_list = write_csv(tmp_path / "iom.csv", *(screened(number, no) for number in range(SCREENED)))
    receipt = run_cli("import", line_list, "--format", "json")
    assert receipt.code == 0
    assert (receipt.one["rows"], receipt.one["accepted"]) == (SCREENED, SCREENED)
    return cli


def test_the_published_cascade_comes_out_to_the_digit(imported):
    published = {
        "eligibility": (PRESUMPTIVE, SCREENED, "15.1 (14.5-15.7)%"),
        "positivity": (POSITIVE, XPERT, "22.5 (20.5-24.7)%"),
        "yield": (POSITIVE, SCREENED, "2.3 (2.0-2.5)%"),
    }
    asked = ("coverage", "--disease", "tb", "--by", "province", "--format", "json", "--measure")
    for measure, (numerator, denominator, figure) in published.items():
        rows = {row["code"]: row for row in imported(*asked, measure).json()}
        row = rows.pop("KH01")
        assert (row["numerator"], row["denominator"], row["unknown"]) == (numerator, denominator, 0)
        percent = [f"{100 * row[name]:.1f}" for name in ("coverage", "lower", "upper")]
        assert "{} ({}-{})%".format(*percent) == figure
        assert (row["from"], row["to"]) == (FIRST.isoformat(), LAST.isoformat())
        assert len(rows) == 25
        assert all(row[name] == 0 for row in rows.values() for name in NO_FIGURE)

    tested = {row["code"]: row for row in imported(*asked, "testing").json()}["KH01"]
    assert (tested["numerator"], tested["denominator"], tested["unknown"]) == (XPERT, PRESUMPTIVE, 0)
    women = {row["code"]: row for row in imported(*asked, "positivity", "--sex", "female").json()}["KH01"]
    assert women["numerator"] == WOMEN

    asked = ("cascade", "--disease", "tb", "--path", "tb_screening", "--format", "json")
    steps = imported(*asked).json()
    assert [row["people"] for row in steps] == [SCREENED, PRESUMPTIVE, XRAYED, XPERT, POSITIVE]
    assert [row["unknown"] for row in steps[1:]] == [0, 0, 0, 0]
    figures = [f"{100 * row['share']:.1f}" for row in steps[1:]]
    assert figures == ["15.1", "89.3", "74.9", "22.5"]
    assert [f"{100 * steps[-1][name]:.1f}" for name in ("of_first", "of_first_lower", "of_first_upper")] == [
        "2.3", "2.0", "2.5",
    ]  # fmt: skip

    database = open_database(imported.url)
    with database.reading() as connection:
        xrayed = sa.select(sa.func.count()).where(episode.c.detail.contains('"xray":"yes"'))
        assert connection.execute(xrayed).scalar() == XRAYED
    database.dispose()
