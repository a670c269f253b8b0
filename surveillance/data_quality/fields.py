"""What is looked at: fields that every record should have, and pairs of values that cannot both be true."""

from __future__ import annotations

from surveillance.texts import N_

#: Fields -> their names.
BLANKS: dict[str, str] = {
    "sex": N_("sex"),
    "age_years": N_("age"),
    "province_home": N_("home province"),
    "residence": N_("length of stay"),
    "activity": N_("activity"),
    "movement": N_("movement"),
    "date_report": N_("day of report"),
}
#: Pairs -> what is wrong.
PAIRS: dict[str, str] = {
    "onset_after_visit": N_("symptoms began after the visit"),
    "report_before_visit": N_("reported before the visit"),
    "result_before_test": N_("result before the test"),
    "outcome_before_treatment": N_("outcome before treatment began"),
    "child_at_work": N_("a child below 10 years at work"),
    "very_old": N_("older than 110 years"),
    "indigenous_from_abroad": N_("infected here and abroad"),
}
#: Kinds of finding -> their names, in the order of the list.
PAIR, TWICE, BLANK, CHANGE, OUTLIER, DIGITS = ("pair", "twice", "blank", "change", "outlier", "digits")
KINDS: dict[str, str] = {
    PAIR: N_("Impossible pair"),
    TWICE: N_("Held twice"),
    BLANK: N_("Blank field"),
    CHANGE: N_("Sudden change"),
    OUTLIER: N_("Unusual month"),
    DIGITS: N_("Ages rounded"),
}
#: What became of a finding -> its name.
OPEN, ASKED, EXPLAINED, MENDED = ("open", "asked", "explained", "mended")
STATES: dict[str, str] = {
    OPEN: N_("open"),
    ASKED: N_("being asked"),
    EXPLAINED: N_("explained"),
    MENDED: N_("mended"),
}
