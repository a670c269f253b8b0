"""`reporting` says what a count by hand over the files says, on both databases."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from surveillance.coverage.silence import Expected
from tests.property.test_reports_judged import by_hand
from tests.support.files import record, write_csv

pytestmark = pytest.mark.sql

FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "report_frequency": "weekly", "report_deadline_days": "3"},
    {"facility_id": "HC2", "province": "KH01", "report_frequency": "monthly", "report_deadline_days": "5"},
    {"facility_id": "HC3", "province": "KH02", "report_frequency": "daily", "report_deadline_days": "1"},
    {"facility_id": "HC4", "province": "KH02", "report_frequency": "", "report_deadline_days": ""},
    {
        "facility_id": "HC5", "province": "KH02", "report_frequency": "weekly", "report_deadline_days": "2",
        "reports_from": "2025-03-05", "reports_to": "2025-04-20",
    },
)  # fmt: skip
COLUMNS = (
    "facility_id",
    "province",
    "report_frequency",
    "report_deadline_days",
    "reports_from",
    "reports_to",
)
ASKED = date(2025, 3, 1), date(2025, 5, 31)
COVERS = (
    ("HC1", date(2025, 3, 3), date(2025, 3, 16), date(2025, 3, 17)),
    ("HC2", date(2025, 4, 1), date(2025, 4, 30), date(2025, 5, 3)),
    ("HC4", date(2025, 5, 5), date(2025, 5, 18), date(2025, 5, 18)),
    ("HC5", date(2025, 3, 5), date(2025, 3, 30), date(2025, 4, 2)),
    ("HC1", date(2025, 3, 3), date(2025, 3, 16), date(2025, 4, 30)),  # sent twice
)


def visits(seed):
    """Records: facility, disease, visit, day of report or None, and the day its file was sent."""
    draw = random.Random(seed)
    found = []
    for number in range(90):
        day = ASKED[0] + timedelta(days=draw.randrange(-20, 92))
        told = draw.random() < 0.6
        report = day + timedelta(days=draw.randrange(0, 12)) if told else None
        disease = draw.choice(("tb", "malaria", "malaria", "hiv", "syphilis"))
        found.append((f"HC{draw.randrange(1, 6)}", disease, day, report, number % 2))
    return found


SENT = date(2025, 6, 3), date(2025, 6, 20)
VISITS = visits(5)


@pytest.fixture
def filled(cli, tmp_path, prepared):
    """Two files of records, the first of which comes again later, and declared periods."""

    def fill():
        rows = [dict.fromkeys(COLUMNS, "") | facility for facility in FACILITIES]
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *rows)).code == 0
        for part, sent in enumerate(SENT):
            own = [
                record(
                    record_id=str(number),
                    facility_id=place,
                    disease=disease,
                    date_visit=day.isoformat(),
                    date_report=report.isoformat() if report else "",
                )
                for number, (place, disease, day, report, of) in enumerate(VISITS)
                if of == part
            ]
            path = write_csv(tmp_path / f"{part}.csv", *own)
            assert cli("import", path, "--sent", sent).code == 0
            assert cli("import", path, "--sent", "2025-12-24").code == 0
        for number, (place, first, last, sent) in enumerate(COVERS):
            path = tmp_path / f"none{number}.csv"
            path.write_text("facility_id,disease,date_visit\n" + "\n" * number)
            done = cli("import", path, "--covers", place, first, last, "--sent", sent)
            assert done.code == 0, done.stderr

    prepared(fill)


def expected_rows(disease):
    """Rows of `reporting --by facility`, counted by hand."""
    told = {"tb", "malaria"} if disease is None else {disease} - {"hiv", "syphilis"}
    for facility in FACILITIES:
        name = facility["facility_id"]
        ends = [facility.get(one) for one in ("reports_from", "reports_to")]
        one = Expected(
            facility["report_frequency"] or None,
            int(facility["report_deadline_days"] or 0),
            *(date.fromisoformat(day) if day else None for day in ends),
        )
        records = [
            (day, report or SENT[of])
            for place, code, day, report, of in VISITS
            if place == name and code in told
        ]
        answers = [((first, last), sent, False) for place, first, last, sent in COVERS if place == name]
        hand = by_hand(one, records, answers, [], *ASKED)
        came = [report for report in hand if report[3]]
        yield name, (len(hand), len(came), sum(r[3] <= r[2] for r in came), sum(r[4] for r in came))


@pytest.mark.parametrize("disease", [None, "malaria", "hiv"])
def test_the_command_equals_a_count_by_hand(cli, filled, disease):
    asked = ["reporting", "--from", ASKED[0], "--to", ASKED[1], "--format", "json"]
    asked += ["--disease", disease] if disease else []
    rows = {row["code"]: row for row in cli(*asked).json()}
    hand = dict(expected_rows(disease))
    zero = 3 if disease != "hiv" else None  # of HIV it is not told which reports name nobody
    for name, counts in hand.items():
        row = rows[name]
        found = row["due"], row["received"], row["on_time"], row["zero"]
        assert found == (*counts[:3], None if zero is None else counts[zero]), name
        assert row["silent"] == row["due"] - row["received"]
    assert any(counts[1] for counts in hand.values())
    for row in cli(*asked, "--by", "province").json():
        own = [hand[f["facility_id"]] for f in FACILITIES if f["province"] == row["code"]]
        assert (row["due"], row["received"], row["on_time"]) == tuple(
            sum(one[at] for one in own) for at in range(3)
        )


def test_the_columns_are_those_agreed(cli, filled):
    header = cli("reporting", "--from", "2025-03-01", "--to", "2025-03-31", "--format", "csv").stdout
    assert header.splitlines()[0] == (
        "code,name,due,received,on_time,zero,silent,completeness,timeliness,last_report,median_delay_days"
    )
