"""Indicators as data: published tables, hand-worked ones, and each trap of published indicator sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from zlib import crc32

import pytest

from surveillance.coverage.indicators import MEASURES, contribution
from surveillance.diseases import DISEASES
from surveillance.indicators.facts import AMOUNTS, Facts
from surveillance.indicators.model import (
    BY,
    LEVELS,
    PROGRAMMES,
    Count,
    OfFoci,
    OfHouseholds,
    OfMeasure,
    OfRecords,
    OfReports,
)
from surveillance.indicators.table import INDICATORS, OF_RECORDS, editions
from surveillance.indicators.values import of_proportion, of_rate, poisson_limits
from surveillance.line_list import DETAIL_ITEMS
from surveillance.status import Status
from surveillance.vocabulary import CASE_STATUS, ORIGIN, OUTCOME, TEST_METHOD

NAMED = (
    "malaria_testing", "malaria_positivity", "malaria_aber", "malaria_api", "malaria_radical_cure",
    "malaria_notified_1_day", "malaria_investigated_3_days", "tb_presumptive", "tb_xpert_positivity",
    "tb_yield", "tb_treatment_initiation", "tb_treatment_success", "tb_treatment_coverage", "hiv_linkage",
    "hiv_suppressed", "hepatitis_c_completed", "reporting_completeness", "reporting_timeliness",
)  # fmt: skip


def counted(name: str, records: Iterable[Facts]) -> tuple[int, int, int]:
    """What records add to an indicator, one by one."""
    indicator = INDICATORS[name]
    sums = [0, 0, 0]
    for facts in records:
        if isinstance(indicator.counted, OfRecords):
            added: tuple[int, int, int] = indicator.counted.rule(facts)
        else:
            assert isinstance(indicator.counted, OfMeasure)
            answers = (facts.eligible, facts.tested, facts.positive, facts.treated, facts.completed)
            added = contribution(MEASURES[indicator.counted.measure], answers)
        sums = [total + one for total, one in zip(sums, added, strict=True)]
    return sums[0], sums[1], sums[2]


def tb(count: int, eligible: bool | None = True, **more: object) -> list[Facts]:
    """People at intake."""
    items = {name: str(more.pop(name)) for name in ("xray", "xpert") if name in more}
    return [Facts("tb", eligible=eligible, items=items, **more)] * count  # type: ignore[arg-type]


def test_ioms_cascade_of_tuberculosis_comes_out_to_the_digit():
    """January 2020 to November 2021: 15,034 screened, 2,271 presumptive, 2,027 X-rayed, 1,519 Xpert, 342."""
    people = [
        *tb(342, tested=True, positive=True, xray="yes", xpert="positive"),
        *tb(1519 - 342, tested=True, positive=False, xray="yes", xpert="negative"),
        *tb(2027 - 1519, tested=False, positive=False, xray="yes", xpert="no"),
        *tb(2271 - 2027, tested=False, positive=False, xray="no", xpert="no"),
        *tb(15034 - 2271, eligible=False, tested=False, positive=False),
    ]
    published = {
        "tb_screening": (15034, 15034, 0),
        "tb_presumptive": (2271, 15034, 0),
        "tb_xray": (2027, 2271, 0),
        "tb_rapid_test": (1519, 2271, 0),
        "tb_rapid_test_of_xrayed": (1519, 2027, 0),
        "tb_xpert_positivity": (342, 1519, 0),
        "tb_yield": (342, 15034, 0),
    }
    assert {name: counted(name, people) for name in published} == published
    intervals = {"tb_presumptive": (15.1, 14.5, 15.7), "tb_xpert_positivity": (22.5, 20.5, 24.7)}
    for name, expected in (intervals | {"tb_yield": (2.3, 2.0, 2.5)}).items():
        found = of_proportion(INDICATORS[name], Status.VALUE, *published[name])
        assert tuple(round(100 * one, 1) for one in (found.value, found.lower, found.upper)) == expected


def malaria(count: int, **items: str) -> list[Facts]:
    """Confirmed cases."""
    completed = {"yes": True, "no": False}.get(items.pop("completed", ""))
    case = Facts("malaria", tested=True, positive=True, treated=True, completed=completed, items=items)
    return [case] * count


def test_the_radical_cure_of_2019_to_2020_comes_out_to_the_digit():
    """3,239 P. vivax or mixed infections, 1,282 tested for G6PD, 959 started, 747 completed."""
    people = [
        *malaria(747, species="pv", g6pd="normal", primaquine="14_days", completed="yes"),
        *malaria(959 - 747, species="mixed", g6pd="normal", primaquine="14_days", completed="no"),
        *malaria(1282 - 959, species="pv", g6pd="deficient", primaquine="no"),
        *malaria(3239 - 1282, species="pv", g6pd="not_tested", primaquine="no"),
        *malaria(400, species="pf", g6pd="normal", primaquine="single_dose"),
    ]
    assert counted("malaria_g6pd_tested", people) == (1282, 3239, 0)
    assert counted("malaria_g6pd_eligible", people) == (959, 1282, 0)
    assert counted("malaria_radical_cure", people) == (959, 3239, 0)
    assert counted("malaria_radical_cure_eligible", people) == (959, 959, 0)
    assert counted("malaria_radical_cure_completed", people) == (747, 959, 0)


def test_trap_a_numerator_of_another_group_is_not_taken():
    """Primaquine of P. falciparum is no radical cure; treatment that prevents is no HIV treatment."""
    assert counted("malaria_radical_cure", malaria(3, species="pf", primaquine="14_days")) == (0, 0, 0)
    assert counted("malaria_radical_cure", malaria(3, species="pv", primaquine="single_dose")) == (0, 3, 0)
    prevented = Facts(
        "hiv", positive=False, treated=True, viral_load=10, items={"treatment_basis": "preventive"}
    )
    assert counted("hiv_suppressed", [prevented]) == (0, 0, 0)
    assert counted("tb_treatment_coverage", [
        Facts("tb", positive=False, treated=True, items={"treatment_basis": "preventive"})
    ]) == (0, 0, 0)  # fmt: skip


def test_trap_numerator_and_denominator_are_not_swapped_and_none_is_over_100_per_cent():
    """A record is in a numerator only where it is in the denominator, of every proportion of records."""
    told = [
        Facts(disease, eligible, tested, positive, treated, method, items=items)  # type: ignore[arg-type]
        for disease in ("malaria", "tb", "hiv")
        for eligible, tested, positive, treated in product((None, False, True), repeat=4)
        for method in (None,)
        for items in ({}, {"species": "pv", "primaquine": "14_days", "xpert": "positive", "contact": "yes"})
    ]
    seen = 0
    for row in OF_RECORDS.values():
        for facts in told:
            if facts.disease not in row.diseases or row.of or not row.denominator:
                continue
            added = row.counted.rule(facts)  # type: ignore[union-attr]
            assert added in (Count(0, 0, 0), Count(0, 1, 0), Count(1, 1, 0), Count(0, 0, 1)), row.id
            seen += added.numerator
    assert seen


@pytest.mark.parametrize("status", ["suspected", "probable"])
def test_trap_presumed_cases_are_never_among_confirmed_ones(status):
    presumed = Facts("malaria", positive=None, treated=True, test_method="clinical", case_status=status)
    for name in ("malaria_api", "malaria_classified", "malaria_first_line"):
        assert counted(name, [presumed])[:2] == (0, 0)
    measles = Facts("measles", positive=None, case_status=status)
    assert counted("ids_measles_confirmed", [measles]) == (0, 0, 0)
    assert counted("ids_measles_suspected", [measles]) == (1, 0, 0)


def test_trap_an_unknown_population_is_unknown_and_never_a_constant():
    api = INDICATORS["malaria_api"]
    for nothing in (None, 0.0):
        found = of_rate(api, Status.VALUE, 12, 0, nothing)
        assert (found.status, found.value, found.denominator) == (Status.UNKNOWN, None, None)
        assert found.numerator == 12
    found = of_rate(api, Status.ZERO, 0, 0, 4000.0)
    assert (found.status, found.value, found.lower) == (Status.ZERO, 0.0, 0.0)
    assert found.upper == pytest.approx(1000 * poisson_limits(0)[1] / 4000)


def test_species_and_resistance_are_of_those_where_they_are_recorded():
    def of(name, disease, **items):
        return tuple(INDICATORS[name].counted.rule(Facts(disease, tested=True, positive=True, items=items)))

    for species, pf, pv in (("pf", 1, 0), ("pv", 0, 1), ("mixed", 1, 1), ("pk", 0, 0)):
        assert of("malaria_falciparum", "malaria", species=species) == (pf, 1, 0)
        assert of("malaria_vivax", "malaria", species=species) == (pv, 1, 0)
    assert of("malaria_falciparum", "malaria") == (0, 0, 1)
    for xpert, counted in (
        ("rif_resistant", (1, 1, 0)), ("positive", (0, 1, 0)), ("rif_indeterminate", (0, 0, 1)),
        ("negative", (0, 0, 0)), ("trace", (0, 0, 1)),
    ):  # fmt: skip
        assert of("tb_rifampicin_resistant", "tb", xpert=xpert) == counted


def test_a_blank_is_not_a_no():
    blank = [Facts("malaria", tested=True, positive=True)]
    for name in ("malaria_radical_cure", "malaria_notified_1_day", "malaria_investigated_3_days"):
        assert counted(name, blank) == (0, 0, 1), name
    assert counted("hiv_suppressed", [Facts("hiv", positive=True, treated=True)]) == (0, 0, 1)
    assert counted("tb_xpert_positivity", [Facts("tb", tested=True, positive=True)]) == (0, 0, 1)
    assert counted("malaria_first_line", [Facts("malaria", positive=True, treated=False)]) == (0, 1, 0)


def test_one_three_seven_counts_days_and_takes_the_word_where_there_is_none():
    def case(**more: object) -> Facts:
        return Facts("malaria", tested=True, positive=True, origin="indigenous", **more)  # type: ignore[arg-type]

    for name, amount, most, item in (
        ("malaria_notified_1_day", "notified", 1, "notified_within_1_day"),
        ("malaria_investigated_3_days", "investigated", 3, "investigated_within_3_days"),
        ("malaria_responded_7_days", "responded", 7, "responded_within_7_days"),
    ):
        assert counted(name, [case(**{amount: most}), case(**{amount: most + 1})]) == (1, 2, 0)
        assert counted(name, [case(items={item: "yes"}), case(items={item: "no"})]) == (1, 2, 0)
        late = case(**{amount: most + 1}, items={item: "yes"})  # days say more than a word
        assert counted(name, [late]) == (0, 1, 0)
    assert counted("malaria_responded_7_days", [
        Facts("malaria", positive=True, origin="imported", responded=1)
    ]) == (0, 0, 0)  # fmt: skip


def test_the_third_95_is_of_those_on_treatment_and_apart_from_it_after_six_months():
    people = [
        Facts("hiv", positive=True, treated=True, viral_load=999, on_treatment=182),
        Facts("hiv", positive=True, treated=True, viral_load=1000, on_treatment=183),
        Facts("hiv", positive=True, treated=True, viral_load=20, on_treatment=30),
        Facts("hiv", positive=True, treated=True),
        Facts("hiv", positive=True, treated=False),
        Facts("hiv", positive=False),
        Facts("hiv", positive=None, treated=True, viral_load=40, items={"previously_diagnosed": "yes"}),
    ]
    assert counted("hiv_suppressed", people) == (3, 4, 1)
    assert counted("hiv_viral_load", people) == (4, 5, 0)
    assert counted("hiv_on_treatment", people) == (5, 6, 0)
    assert counted("hiv_linkage", people) == (4, 5, 0)  # who was diagnosed before is not newly so
    assert counted("hiv_suppressed_6_months", people) == (1, 2, 2)


def test_alerts_count_only_those_they_are_about():
    def awd(age: int | None, **more: object) -> Facts:
        return Facts("awd", age_years=age, **more)  # type: ignore[arg-type]

    severe = {"dehydration": "severe"}
    assert counted("ids_awd_severe", [awd(1, items=severe), awd(2, items=severe), awd(9)]) == (1, 0, 1)
    died = [awd(4, outcome="died"), awd(5, outcome="died"), awd(30, outcome="recovered"), awd(30)]
    assert counted("ids_awd_deaths", died) == (1, 0, 1)
    tests = [
        Facts("cholera", tested=True, positive=True, test_method=method) for method in ("rdt", "culture")
    ]
    assert counted("ids_cholera_rdt_positive", tests) == (1, 0, 0)


def test_contacts_go_through_the_steps_of_prevention_and_patients_are_none():
    def contact(**items: str) -> Facts:
        return Facts("tb", items={"contact": "yes"} | items)

    steps = {"screened": "yes", "tpt_eligible": "yes", "tpt_started": "yes"}
    people = [
        contact(**steps, tpt_completed="yes"),
        contact(**steps),
        contact(**steps | {"tpt_started": "no"}),
        contact(screened="yes", tpt_eligible="no"),
        contact(screened="no"),
        contact(),
        Facts("tb", positive=True, treated=True),
    ]
    assert counted("tb_tpt_screened", people) == (4, 5, 1)
    assert counted("tb_tpt_eligible", people) == (3, 4, 1)
    assert counted("tb_tpt_started", people) == (2, 3, 1)
    assert counted("tb_tpt_completed", people) == (1, 2, 1)


def test_every_row_is_whole():
    assert set(NAMED) <= set(INDICATORS)
    for name, row in INDICATORS.items():
        assert name == row.id == name.lower()
        assert name.startswith(f"{row.programme}_"), name
        assert row.programme in PROGRAMMES
        assert row.lowest in LEVELS
        assert row.source
        assert row.name
        assert row.numerator
        assert set(row.diseases) <= set(DISEASES)
        assert bool(row.target is not None) == bool(row.target_source), name
        assert (row.interval == "none") == (not row.denominator), name
        assert bool(row.diseases) != isinstance(row.counted, OfReports | OfHouseholds), name
        assert (row.counted.__class__ is OfFoci) == name.startswith("malaria_foci_"), name
        assert len({DISEASES[code].sensitive for code in row.diseases}) <= 1, name
        if isinstance(row.counted, OfRecords):
            assert set(row.counted.amounts) <= set(AMOUNTS)
            assert (row.period == "cohort") == bool(row.follow_up_days), name
        if isinstance(row.counted, OfMeasure):
            assert (row.period == "cohort") == MEASURES[row.counted.measure].by_start, name
            assert len(row.diseases) == 1
        if row.of:
            assert row.lowest == "province", name
            assert row.home, name


def test_keys_are_given_once():
    keys = [row.counted.key for row in INDICATORS.values() if isinstance(row.counted, OfRecords)]
    assert len(keys) == len(set(keys)) == len(OF_RECORDS) == len(editions())


def test_sensitive_indicators_are_never_by_crossing_district_or_facility():
    for row in INDICATORS.values():
        if row.sensitive:
            assert set(row.may_be_by) <= {"country", "province"}, row.id
            assert "harm" in row.refusal("facility")
    assert INDICATORS["malaria_radical_cure"].may_be_by == BY


KNOWN = {"eligible": True, "tested": True, "positive": True, "treated": True}
ANSWERS = ("eligible", "tested", "positive", "treated", "completed")
CODES = {"test_method": TEST_METHOD, "case_status": CASE_STATUS, "origin": ORIGIN, "outcome": OUTCOME}


def _grid() -> list[tuple[dict, dict]]:
    """What records hold, one thing at a time beside what is known of all; and the answers in every way."""
    answers = [dict(zip(ANSWERS, given, strict=True)) for given in product((None, False, True), repeat=5)]
    codes = [{name: value.code} for name, values in CODES.items() for value in values]
    items = [{"items": {name: value}} for name, (values, _) in DETAIL_ITEMS.items() for value in values]
    days = (0, 1, 2, 3, 4, 5, 7, 8, 29, 30, 182, 999, 1000)
    amounts = [{name: value} for name in AMOUNTS for value in days]
    return [({}, one) for one in answers] + [(KNOWN, one) for one in (*codes, *items, *amounts)]


def _digest(rule: Callable[[Facts], Count], diseases: Iterable[str]) -> int:
    """A number of what a rule makes of the grid; the same in whatever order, and with whatever is blank."""

    def weight(disease: str, values: dict) -> int:
        added = rule(Facts(disease, **values))
        return added.numerator + 3 * added.denominator + 7 * added.unknown

    return sum(
        crc32(repr((disease, one)).encode()) * (weight(disease, base | one) - weight(disease, base))
        for disease in diseases
        for base, one in _grid()
    ) % (10**9)


#: What each rule makes of the grid. Where that changes, raise its edition and write the new number.
DIGESTS: dict[tuple[str, int], int] = {
    ("malaria_slide_positivity", 1): 603311354,
    ("malaria_aber", 1): 322452885,
    ("malaria_falciparum", 1): 926403021,
    ("malaria_vivax", 1): 465406543,
    ("tb_rifampicin_resistant", 1): 312570306,
    ("malaria_api", 1): 757605234,
    ("malaria_first_line", 1): 278600156,
    ("malaria_pf_act_primaquine", 1): 851745661,
    ("malaria_g6pd_tested", 1): 557607592,
    ("malaria_g6pd_eligible", 1): 998497573,
    ("malaria_radical_cure", 1): 557607592,
    ("malaria_radical_cure_eligible", 1): 19730286,
    ("malaria_radical_cure_completed", 1): 219265792,
    ("malaria_notified_1_day", 1): 669186364,
    ("malaria_investigated_3_days", 1): 813984360,
    ("malaria_responded_7_days", 1): 494749618,
    ("malaria_classified", 1): 329130343,
    ("malaria_imported", 1): 722622235,
    ("tb_screening", 1): 366774537,
    ("tb_xray", 1): 669392308,
    ("tb_rapid_test", 1): 563119116,
    ("tb_rapid_test_of_xrayed", 1): 202676316,
    ("tb_xpert_positivity", 1): 546955967,
    ("tb_bacteriologically_confirmed", 1): 918180865,
    ("tb_treatment_coverage", 1): 889598503,
    ("tb_notification_rate", 1): 889598503,
    ("tb_hiv_status_known", 1): 731759275,
    ("tb_tpt_screened", 1): 58540672,
    ("tb_tpt_eligible", 1): 602446176,
    ("tb_tpt_started", 1): 602446176,
    ("tb_tpt_completed", 1): 602446176,
    ("hiv_diagnosed", 1): 548795357,
    ("hiv_on_treatment", 1): 941697401,
    ("hiv_linkage", 1): 43094085,
    ("hiv_viral_load", 1): 230258119,
    ("hiv_suppressed", 1): 667414122,
    ("hiv_suppressed_6_months", 1): 42632397,
    ("hepatitis_b_eligible", 1): 235829556,
    ("hepatitis_c_eligible", 1): 855426507,
    ("ids_measles_suspected", 1): 115349084,
    ("ids_measles_confirmed", 1): 360713008,
    ("ids_awd_severe", 1): 361413662,
    ("ids_awd_deaths", 1): 213344288,
    ("ids_cholera_rdt_positive", 1): 974605044,
    ("ids_dengue_confirmed", 1): 385040204,
    ("ids_sari_admitted", 1): 991979720,
    ("border_symptomatic", 1): 851628603,
    ("border_cleared", 1): 851628603,
    ("border_referred", 1): 851628603,
    ("border_followed_14_days", 1): 851628603,
}


def test_a_rule_that_counts_something_else_has_another_edition():
    found = {}
    for row in OF_RECORDS.values():
        assert isinstance(row.counted, OfRecords)
        found[row.id, row.counted.edition] = _digest(row.counted.rule, row.diseases)
    assert found == DIGESTS


def test_a_rule_looks_at_no_amount_that_it_does_not_name():
    for row in OF_RECORDS.values():
        assert isinstance(row.counted, OfRecords)
        others = [name for name in AMOUNTS if name not in row.counted.amounts]
        for disease in row.diseases:
            base = {
                "eligible": True,
                "tested": True,
                "positive": True,
                "treated": True,
                "origin": "indigenous",
            }
            without = row.counted.rule(Facts(disease, **base))  # type: ignore[arg-type]
            for name in others:
                assert row.counted.rule(Facts(disease, **base | {name: 1})) == without, (row.id, name)  # type: ignore[arg-type]
