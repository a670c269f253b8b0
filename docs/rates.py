"""Write the tables of agreement of rates with R and a Markov chain into methods.md: `python -m docs.rates`.

R's answers and the chain's are kept as files (tests/reference/rates); how they were made stands beside them.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # run as a script, only docs/ is on the path
    sys.path.insert(0, str(HERE.parent))

from surveillance.rates.bayes import empirical_bayes  # noqa: E402 - needs the path above
from surveillance.rates.bym2 import bym2  # noqa: E402
from surveillance.rates.counts import count_interval  # noqa: E402
from surveillance.rates.funnel import funnel  # noqa: E402
from surveillance.rates.standardised import directly_standardised, indirectly_standardised  # noqa: E402
from surveillance.rates.survival import kaplan_meier  # noqa: E402

METHODS = HERE / "methods.md"
KEPT = HERE.parent / "tests" / "reference" / "rates"
BEGIN, END = "<!-- generated: rates -->", "<!-- end of generated: rates -->"


def apart(found: Any, answer: Any) -> float:
    """The largest difference, as a part of the answer."""
    wanted = np.array([np.nan if one is None else one for one in np.ravel(np.array(answer, object))], float)
    numbers = np.ravel(np.asarray(found, float))
    known = np.isfinite(wanted) & (wanted != 0)
    return float(np.max(np.abs(numbers[known] / wanted[known] - 1)))


def beside_r() -> list[tuple[str, str, float]]:
    """What was compared with which function of R, and how far the two differ at most."""
    r: dict[str, Any] = json.loads((KEPT / "made.json").read_text(encoding="utf-8"))
    found = []
    told = r["poisson"]
    lower, upper = count_interval(told["events"])
    limits = [*told["exact95"]["lower"], *told["exact95"]["upper"]]
    found.append(("exact interval of 0 to 600 events", "`poisson.test`", apart([*lower, *upper], limits)))
    told = r["direct"]
    direct = directly_standardised(told["events"], told["population"], told["standard"], per=1)
    sides = np.array([direct.value, direct.lower, direct.upper]).T
    text = "direct standardisation, Fay & Feuer (Down syndrome by order of birth, 5 rates)"
    found.append((text, "`epitools::ageadjust.direct`", apart(sides, told["answers"])))
    told = r["indirect"]
    ratio = indirectly_standardised(told["events"], told["population"], told["reference"])
    numbers, wanted = (
        [*ratio.ratio, *ratio.lower, *ratio.upper],
        [*told["ratio"], *told["lower"], *told["upper"]],
    )
    text = "standardised ratio with its exact interval (4 areas)"
    found.append((text, "`epitools::ageadjust.indirect`, `poisson.test`", apart(numbers, wanted)))
    told = r["bayes"]
    smooth = empirical_bayes(told["events"], told["population"], 1, threshold=told["threshold"])
    numbers = [*smooth.rates.value, *smooth.rates.lower, *smooth.rates.upper, *np.asarray(smooth.above)]
    wanted = [*told["value"], *told["lower"], *told["upper"], *told["above"]]
    found.append(("empirical Bayes (25 areas)", "`MASS::glm.nb`, `qgamma`", apart(numbers, wanted)))
    told = r["funnel"]
    shares = funnel(np.zeros(len(told["sizes"])), told["sizes"], target=told["share"])
    rates = funnel(
        np.zeros(len(told["populations"])), told["populations"], kind="rate", target=told["rate"], per=1
    )
    numbers, wanted = [], []
    for one, name in ((shares, "binomial"), (rates, "poisson")):
        numbers += [one.lower[1], one.lower[0], one.upper[0], one.upper[1]]
        wanted += np.array(told[name]).T.tolist()
    text = "limits of a funnel, 95% and 99.8% (8 sizes, 5 populations)"
    found.append((text, "`qbinom`, `qpois`", apart(np.concatenate(numbers), np.concatenate(wanted))))
    worst = 0.0
    for told in r["survival"].values():
        for band in ("plain", "log", "log-log"):
            curve = kaplan_meier(told["durations"], told["observed"], band=band)
            if curve.taken:
                numbers = [*curve.survival, *(one.time or np.nan for one in curve.quartiles)]
                worst = max(worst, apart(numbers, [*told[band]["survival"], *told[band]["quartiles"]]))
    text = "Kaplan-Meier with quartiles, three kinds of limits (5 data sets)"
    found.append((text, "`survival::survfit`", worst))
    return found


def beside_chain() -> list[list[str]]:
    """The spatial model beside the stored chains: rows of the table."""
    rows = []
    names = {
        "provinces": "25 provinces",
        "pieces": "12 areas in 4 pieces",
    }
    for name, case in json.loads((KEPT / "chain.json").read_text(encoding="utf-8")).items():
        chain = case["chain"]
        pairs = [tuple(pair) for pair in case["neighbours"]]
        found = bym2(case["events"], case["population"], pairs, case["per"], threshold=case["threshold"])
        width = np.array(chain["upper"]) - np.array(chain["lower"])
        sides = {"mean": found.rates.value, "lower": found.rates.lower, "upper": found.rates.upper}
        away = [float(np.max(np.abs(side - chain[key]) / width)) for key, side in sides.items()]
        above = float(np.max(np.abs(np.asarray(found.above) - chain["above"])))
        mixing, spread = chain["mixing"], chain["spread"]
        rows.append([
            f"{names[name]}, {sum(case['events']):,} cases, {case['events'].count(0)} areas without one",
            *(f"{100 * one:.1f}%" for one in away), f"{above:.3f}",
            f"{found.mixing.mean:.3f} ({found.mixing.lower:.2f}–{found.mixing.upper:.2f})",
            f"{mixing[0]:.3f} ({mixing[2]:.2f}–{mixing[3]:.2f})",
            f"{found.spread.mean:.3f}", f"{spread[0]:.3f}",
        ])  # fmt: skip
    return rows


def tables() -> str:
    """Both tables."""
    lines = ["| what | R | largest difference, as a part |", "|---|---|---|"]
    for what, by, away in beside_r():
        power = max(-12, int(np.ceil(np.log10(max(away, 1e-12)))))
        lines.append(f"| {what} | {by} | below 1e{power} |")
    lines += [
        "",
        "| map | mean | lower limit | upper limit | P(above threshold) | mixing | mixing, chain | spread "
        "| spread, chain |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(row)} |" for row in beside_chain()]
    return "\n".join(lines)


def held() -> str:
    """The tables that methods.md has now."""
    text = METHODS.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip("\n")


def main() -> None:
    """Rewrite the tables."""
    made = tables()
    text = METHODS.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.S)
    METHODS.write_text(pattern.sub(lambda _: f"{BEGIN}\n{made}\n{END}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
