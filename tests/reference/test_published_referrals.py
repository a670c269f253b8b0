"""Published cascades of referral, referral by referral.

Li T, et al. (2018), PLoS ONE 13(11):e0206580, doi:10.1371/journal.pone.0206580: of 7,284 transferred 7,088
(97.3%) arrived, after a median of 3 days (quartiles 0 and 14); 1,176 (16%) were not evaluated, which was 66%
of the unfavourable outcomes.

Figueroa A, et al. (2020), Int J Tuberc Lung Dis 24(7):694-699, doi:10.5588/ijtld.19.0486: 1,347 referrals, of
which 858 (64%) were for verified or possible tuberculosis; 78% completed treatment. Only the abstract was at
hand. It does not say of how many the 78% are, so that no number of completed treatments is tested here: only
that it is no share of the 1,347, nor of those where tuberculosis was ruled out.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services.reception import centre, entries
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.reception.cascade import Followed, cascade, share
from surveillance.reception.delays import delay
from surveillance.windows import Window
from tests.support.files import write_csv
from tests.support.reception import NOW, entry
from tests.support.web import served, signed_in

TRANSFERRED, ARRIVED, NOT_EVALUATED = 7_284, 7_088, 1_176
REFERRED, TUBERCULOSIS = 1_347, 858
SENT, CURETB = date(2014, 1, 1), date(2016, 3, 1)


def interval(number: int) -> int:
    """Days of one who arrived: a quarter on the day, half within 3, three quarters within 14."""
    rank = number / (ARRIVED - 1)
    if rank <= 0.26:
        return 0
    if rank <= 0.49:
        return 1 + number % 2
    if rank <= 0.51:
        return 3
    if rank <= 0.74:
        return 4 + number % 10
    return 14 if rank <= 0.76 else 15 + number % 76


def transferred() -> list[Followed]:
    """7,284 transfers: those who never arrived are among those who were not evaluated."""
    other = round(NOT_EVALUATED / 0.66) - NOT_EVALUATED
    found = []
    for number in range(TRANSFERRED):
        arrived = SENT + timedelta(days=interval(number)) if number < ARRIVED else None
        left = TRANSFERRED - NOT_EVALUATED - number
        outcome = ("died" if number % 2 else "failed") if left <= other else "completed"
        found.append(Followed(SENT, arrived, outcome if left > 0 else "not_evaluated"))
    return found


def test_transfers_arrive_and_are_evaluated_as_published():
    referrals = transferred()
    found = cascade(referrals, date(2018, 11, 8))
    assert (found.sent, found.arrived, found.not_evaluated) == (TRANSFERRED, ARRIVED, NOT_EVALUATED)
    assert (found.lost, found.pending, found.evaluable) == (TRANSFERRED - ARRIVED, 0, TRANSFERRED)
    assert round(100 * found.arrived / found.sent, 1) == 97.3
    assert round(100 * found.not_evaluated / found.evaluable) == 16
    assert round(100 * found.not_evaluated / (found.evaluable - found.successes)) == 66
    took = delay(None if one.arrived is None else (one.arrived - one.sent).days for one in referrals)
    assert (took.median, took.lower_quartile, took.upper_quartile) == (3, 0, 14)
    assert (took.reached.numerator, took.reached.denominator, took.backward) == (ARRIVED, TRANSFERRED, 0)
    assert took.reached.value is not None and round(100 * took.reached.value, 1) == 97.3


def test_without_an_outcome_they_are_pending_and_then_not_evaluated():
    referrals = [
        one if one.outcome != "not_evaluated" else Followed(one.sent, one.arrived) for one in transferred()
    ]
    early, late = (cascade(referrals, SENT + timedelta(days=days)) for days in (364, 365))
    assert (early.pending, early.not_evaluated) == (NOT_EVALUATED, 0)
    assert (late.pending, late.not_evaluated) == (0, NOT_EVALUATED)


def test_verified_or_possible_tuberculosis_is_a_share_of_all_and_completion_is_not():
    """The 489 others have no place among those who could complete a treatment."""
    with_tb = [Followed(SENT, SENT, "", None, True)] * TUBERCULOSIS
    ruled_out = [Followed(SENT, SENT, "not_needed")] * (REFERRED - TUBERCULOSIS)
    found = cascade([*with_tb, *ruled_out], SENT + timedelta(days=30))
    assert (found.sent, found.verified, found.unverified) == (REFERRED, TUBERCULOSIS, 489)
    verified = share(found.verified, found.sent)
    assert verified.value is not None and round(100 * verified.value) == 64
    assert (found.evaluable, found.pending, found.not_needed) == (TUBERCULOSIS, TUBERCULOSIS, 489)


def test_published_cascades_come_out_to_the_digit_from_imported_files(sqlite_cli, tmp_path):
    """Both papers' referrals as files, through the command line, read from the centre's page."""
    numbered = {
        f"L{at}": {"sent_at": str(one.sent), "arrived_at": str(one.arrived or ""), "outcome": one.outcome}
        for at, one in enumerate(transferred())
    }
    # How those with tuberculosis ended is not known to us: they are said to be on treatment.
    for at in range(REFERRED):
        outcome = "on_treatment" if at < TUBERCULOSIS else "not_needed"
        numbered[f"C{at}"] = {"sent_at": str(CURETB), "arrived_at": str(CURETB), "outcome": outcome}
    common = {"crossing": "Poipet", "partner": "tb_service"}
    path = write_csv(
        tmp_path / "referrals.csv", *({"record_id": name} | common | row for name, row in numbered.items())
    )
    done = sqlite_cli("reception", "import", path, "--kind", "referral", "--format", "json")
    assert (done.code, done.one["rows"], done.one["accepted"]) == (0, len(numbered), TRANSFERRED + REFERRED)
    with served(sqlite_cli.url) as site:
        client = signed_in(site, "official")
        transfers, cure_tb = (
            client.get(f"/reception?from={day}&to={day}&crossing=TH01").text for day in (SENT, CURETB)
        )
    assert said(transfers, "sent") == "7,284"
    assert said(transfers, "arrived") == "7,088 97% (97–98) of 7,284"
    assert said(transfers, "not-evaluated") == "1,176 16% (15–17) of 7,284"
    assert said(transfers, "days") == "3 (half: 0 to 14)"
    assert said(cure_tb, "sent") == "1,347"
    assert said(cure_tb, "verified") == "858 64% (61–66) of 1,347"
    assert said(cure_tb, "not-needed").startswith("489 36%")
    assert said(cure_tb, "good").endswith("of 858")  # 78% of the paper is of a number that is not known to us


def said(page: str, row: str) -> str:
    """What a row of the page's referrals says, without its name."""
    found = re.search(rf'<tr id="r-{row}">.*?</th>(.*?)</tr>', page, re.DOTALL)
    assert found, row
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


@pytest.mark.full
def test_stored_referrals_come_out_to_the_digit_on_the_centres_page(sqlite_url):
    """The 7,284 transfers, entered as a centre enters them, and answered by their partners."""
    database = open_database(sqlite_url)
    nurse = Grant("n@health.example", "nurse", Scope.made(crossings=["TH01"]))
    said = []
    for at, one in enumerate(transferred()):
        fields = {"partner": "tb_service", "sent_at": f"{one.sent}T08:00", "outcome": one.outcome}
        if one.arrived is not None:
            fields["arrived_at"] = f"{one.arrived}T08:00"
        said.append(entry("referral", f"p{at}", van="", item=f"r{at}", station="referral", fields=fields))
    for start in range(0, len(said), 4_000):
        receipts = entries.receive(database, nurse, said[start : start + 4_000], now=NOW)
        assert {receipt.status for receipt in receipts} == {"accepted"}
    found = centre.page(database, nurse, "TH01", Window(SENT, SENT), date(2018, 11, 8))
    database.dispose()
    referrals, took = found.referrals, found.days_to_arrive
    assert (referrals.sent, referrals.arrived, referrals.not_evaluated) == (7_284, 7_088, 1_176)
    assert (took.median, took.lower_quartile, took.upper_quartile) == (3, 0, 14)
    assert took.reached.value is not None and round(100 * took.reached.value, 1) == 97.3
