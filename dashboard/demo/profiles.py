"""What the demo assumes of each disease, as data. Shares are per 1,000 unless said otherwise.

The tuberculosis cascade at the reception centre has the proportions of IOM's screening of migrants, January
2020 to November 2021 (15,034 screened, 2,271 presumptive, 1,519 tested by Xpert, 342 positive of whom 166
women). The other figures are plausible, not measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.demo.facilities import FOREST
from geodata.provinces import PROVINCES

DISEASES = (
    *("tb", "malaria", "hiv", "syphilis", "hepatitis_b", "hepatitis_c", "dengue"),
    *("measles", "covid19", "ili", "sari", "awd", "cholera"),
)


@dataclass(frozen=True)
class Profile:
    """One disease as clinics see it.

    `cascade`: eligible of seen, tested of eligible, positive of tested, treated of positive, completed of
    treated. `untested_treated`: treated without a positive test, of those eligible. `delays`: most days from
    onset to visit, visit to test, test to result, result to treatment. `course`: fewest and most days of
    treatment. `kinds`: weight of a hospital, health centre, health post, village worker, mobile worker,
    border post. `ages`: weight of each age band. `onset`: symptoms have a first day. `methods` and `ends`:
    test methods, and outcomes of those who completed and of those who did not, with weights.
    """

    cascade: tuple[int, int, int, int, int]
    untested_treated: int
    delays: tuple[int, int, int, int]
    course: tuple[int, int]
    kinds: tuple[int, int, int, int, int, int]
    ages: tuple[int, int, int, int, int, int]
    male: int
    onset: bool
    methods: dict[str, int]
    good_ends: dict[str, int]
    bad_ends: dict[str, int]


_ACUTE_BAD = {"died": 30, "transferred": 25, "lost_to_follow_up": 30, "not_evaluated": 15}
_LONG_BAD = {"lost_to_follow_up": 50, "died": 15, "transferred": 20, "not_evaluated": 15}
_RECOVERED = {"recovered": 1}
_ADULTS = (5, 15, 230, 520, 170, 60)
_ALL_AGES = (200, 170, 160, 280, 120, 70)

PROFILES: dict[str, Profile] = {
    "tb": Profile(
        (430, 830, 225, 950, 935), 18, (60, 3, 4, 5), (168, 250), (60, 20, 4, 0, 0, 6),
        (20, 40, 140, 400, 250, 150), 560, True, {"molecular": 90, "microscopy": 8, "culture": 2},
        {"cured": 60, "completed": 40},
        {"died": 25, "failed": 10, "lost_to_follow_up": 45, "not_evaluated": 20},
    ),
    "malaria": Profile(
        (970, 955, 100, 965, 900), 4, (7, 1, 0, 1), (3, 14), (12, 20, 12, 22, 30, 10),
        (40, 120, 290, 430, 90, 30), 680, True, {"rdt": 80, "microscopy": 20},
        {"cured": 80, "recovered": 20}, {"lost_to_follow_up": 60, "transferred": 25, "failed": 12, "died": 3},
    ),
    "hiv": Profile(
        (930, 930, 17, 930, 890), 0, (0, 1, 2, 12), (90, 330), (50, 18, 2, 0, 0, 2), _ADULTS, 430, False,
        {"rdt": 85, "serology": 15}, {"on_treatment": 1}, _LONG_BAD,
    ),
    "syphilis": Profile(
        (940, 900, 24, 900, 880), 6, (0, 1, 2, 6), (1, 21), (40, 22, 2, 0, 0, 2), _ADULTS, 300, False,
        {"rdt": 80, "serology": 20}, {"completed": 90, "cured": 10}, _LONG_BAD,
    ),
    "hepatitis_b": Profile(
        (930, 860, 62, 520, 850), 4, (0, 2, 4, 40), (120, 330), (50, 15, 1, 0, 0, 0), _ADULTS, 420, False,
        {"rdt": 60, "serology": 40}, {"on_treatment": 1}, _LONG_BAD,
    ),
    "hepatitis_c": Profile(
        (930, 840, 26, 800, 930), 0, (0, 2, 5, 30), (84, 160), (50, 12, 1, 0, 0, 0), _ADULTS, 450, False,
        {"rdt": 55, "serology": 25, "molecular": 20}, {"cured": 85, "completed": 15}, _LONG_BAD,
    ),
    "dengue": Profile(
        (980, 640, 410, 980, 975), 300, (5, 1, 1, 0), (3, 12), (55, 22, 6, 0, 0, 1),
        (180, 470, 210, 110, 20, 10), 510, True, {"rdt": 75, "serology": 22, "molecular": 3},
        _RECOVERED, _ACUTE_BAD,
    ),
    "measles": Profile(
        (980, 760, 260, 960, 970), 200, (6, 2, 5, 0), (4, 14), (40, 30, 10, 0, 0, 2),
        (560, 250, 100, 80, 8, 2), 510, True, {"serology": 90, "molecular": 10}, _RECOVERED, _ACUTE_BAD,
    ),
    "covid19": Profile(
        (970, 920, 140, 820, 970), 20, (5, 1, 1, 1), (5, 16), (45, 25, 8, 0, 0, 14),
        (60, 110, 200, 400, 150, 80), 500, True, {"rdt": 70, "molecular": 30}, _RECOVERED, _ACUTE_BAD,
    ),
    "ili": Profile(
        (960, 310, 190, 700, 980), 250, (5, 1, 3, 0), (3, 10), (30, 32, 12, 0, 0, 8), _ALL_AGES, 500, True,
        {"molecular": 70, "rdt": 30}, _RECOVERED, _ACUTE_BAD,
    ),
    "sari": Profile(
        (985, 700, 210, 960, 910), 500, (8, 1, 3, 0), (5, 20), (90, 4, 0, 0, 0, 0),
        (330, 110, 80, 180, 150, 150), 520, True, {"molecular": 90, "rdt": 10}, _RECOVERED, _ACUTE_BAD,
    ),
    "awd": Profile(
        (980, 520, 300, 980, 985), 600, (3, 1, 3, 0), (2, 7), (30, 34, 16, 0, 0, 6), _ALL_AGES, 500, True,
        {"culture": 40, "rdt": 50, "other": 10}, _RECOVERED, _ACUTE_BAD,
    ),
    "cholera": Profile(
        (990, 900, 130, 990, 980), 600, (2, 0, 2, 0), (2, 7), (50, 30, 8, 0, 0, 6), _ALL_AGES, 510, True,
        {"rdt": 60, "culture": 40}, _RECOVERED, _ACUTE_BAD,
    ),
}  # fmt: skip

#: Cascade of the reception centre where it differs from clinics: IOM's for tuberculosis.
RECEPTION_CASCADE: dict[str, tuple[int, int, int, int, int]] = {
    "tb": (151, 669, 225, 930, 880),
    "malaria": (990, 930, 20, 960, 850),
}
#: Positive of tested at the reception centre by sex, so that 166 of 342 found are women, a third of a van.
TB_POSITIVE_BY_SEX = {"female": 327, "male": 174}

#: Rows per 10,000 of each kind. `reception`: one tuberculosis screening for each person of a van;
#: `screening`: a further test of such a person; `clinic`: care anywhere.
SHARES: dict[tuple[str, str], int] = {
    ("reception", "tb"): 2600,
    ("screening", "malaria"): 350,
    ("screening", "covid19"): 250,
    ("screening", "hiv"): 200,
    ("screening", "ili"): 140,
    ("screening", "syphilis"): 80,
    ("screening", "hepatitis_b"): 80,
    ("clinic", "tb"): 750,
    ("clinic", "malaria"): 2000,
    ("clinic", "hiv"): 350,
    ("clinic", "syphilis"): 230,
    ("clinic", "hepatitis_b"): 180,
    ("clinic", "hepatitis_c"): 150,
    ("clinic", "dengue"): 850,
    ("clinic", "measles"): 220,
    ("clinic", "covid19"): 450,
    ("clinic", "ili"): 460,
    ("clinic", "sari"): 190,
    ("clinic", "awd"): 460,
    ("clinic", "cholera"): 10,
}
#: Diseases with a person number that is shared by every facility.
SHARED_NUMBER = ("tb", "hiv")
SHARED_ISSUER = "DEMO-SHARED-REGISTER"

#: Weight of each province as the place of care of a malaria suspect, and share of the positivity there.
MALARIA_PLACES: dict[str, int] = {pcode: 60 if pcode in FOREST else 4 for pcode in PROVINCES} | {
    "KH05": 130, "KH15": 160, "KH11": 130, "KH19": 120, "KH16": 110, "KH13": 110, "KH09": 80,
}  # fmt: skip

#: Homes of people who go abroad to work, per 1,000; Thailand draws on the north-west and on Prey Veng.
EMIGRANTS: dict[str, int] = {
    "KH01": 150, "KH02": 125, "KH14": 110, "KH17": 105, "KH22": 75, "KH03": 75, "KH06": 50, "KH25": 45,
    "KH15": 40, "KH21": 40, "KH20": 35, "KH04": 30, "KH07": 22, "KH05": 20, "KH08": 20, "KH13": 18,
    "KH10": 12, "KH24": 12, "KH12": 10, "KH09": 8, "KH18": 5, "KH19": 4, "KH16": 3, "KH11": 2, "KH23": 2,
}  # fmt: skip

#: Testing where care is given, as a multiple of the usual share.
LOW_CARE = {"KH13": 0.80, "KH19": 0.75, "KH16": 0.82, "KH09": 0.86, "KH10": 0.90}
#: Homes and places of care whose people are tested and treated less and less: the multiple on the first
#: and on the last day.
WORSENING_HOME = {"KH14": (0.95, 0.50), "KH22": (0.92, 0.45), "KH20": (0.90, 0.55)}
WORSENING_CARE = {"KH13": (1.0, 0.68), "KH19": (1.0, 0.62)}
