"""The spatial model by a long Markov chain (Hamiltonian Monte Carlo), written apart from the product.

`python -m tests.support.bym2_chain` writes the answers of long chains to tests/reference/rates/chain.json.
Dense matrices throughout: the effects are made from independent normal numbers by the eigenvectors of the
generalised inverse.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

STORED = Path(__file__).resolve().parents[1] / "reference" / "rates" / "chain.json"
#: After a third as many that are thrown away, in each of so many chains.
DRAWS, CHAINS = 6_000, 100


def provinces() -> dict[str, Any]:
    """25 provinces with made-up cases: a rate that falls from the north-east, few people in some, zeros."""
    from geodata.adjacency import neighbours

    beside = neighbours()
    codes = sorted(beside)
    number = {code: at for at, code in enumerate(codes)}
    pairs = sorted({tuple(sorted((number[a], number[b]))) for a in codes for b in beside[a]})
    random = np.random.default_rng(72)
    people = np.round(np.exp(random.uniform(np.log(4e4), np.log(2.2e6), len(codes))))
    smooth = np.zeros(len(codes))
    for at in random.choice(len(codes), 3, replace=False):
        smooth[at] = 6.0
    for _ in range(3):
        smooth = np.array([
            (smooth[at] + sum(smooth[number[other]] for other in beside[code])) / (1 + len(beside[code]))
            for code, at in number.items()
        ])  # fmt: skip
    rate = 8e-6 * np.exp(1.2 * (smooth - smooth.mean()) + random.normal(0, 0.4, len(codes)))
    return {"events": random.poisson(people * rate).tolist(), "population": people.tolist(),
            "neighbours": [list(pair) for pair in pairs], "per": 100_000, "threshold": 1.5}  # fmt: skip


def pieces() -> dict[str, Any]:
    """Twelve areas: two pieces, two islands, many events, and nothing that follows the map."""
    random = np.random.default_rng(16)
    people = np.round(random.uniform(2_000, 30_000, 12))
    rate = 4e-3 * np.exp(random.normal(0, 0.5, 12))
    pairs = [[0, 1], [1, 2], [2, 3], [3, 4], [4, 0], [1, 3], [5, 6], [6, 7], [7, 8], [8, 9]]
    return {"events": random.poisson(people * rate).tolist(), "population": people.tolist(),
            "neighbours": pairs, "per": 1_000, "threshold": 4.0}  # fmt: skip


class Chain:
    """The model over independent normal numbers, its log density and the slope of that."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.y = np.array(case["events"], float)
        n = np.array(case["population"], float)
        self.per, self.size = case["per"], n.size
        self.base = self.y.sum() / n.sum()
        self.e = n * self.base
        self.roots, covariance = self._effects([tuple(pair) for pair in case["neighbours"]])
        self._prior(covariance)

    def _effects(self, pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
        size = self.size
        laplacian = np.zeros((size, size))
        for a, b in pairs:
            laplacian[a, b] = laplacian[b, a] = -1.0
        np.fill_diagonal(laplacian, -laplacian.sum(axis=1))
        left, covariance = set(range(size)), np.zeros((size, size))
        while left:
            piece, border = set(), {min(left)}
            while border:
                piece |= border
                border = {b for a in border for b in range(size) if laplacian[a, b] < 0} - piece
            left -= piece
            at = np.ix_(sorted(piece), sorted(piece))
            inverse = np.linalg.pinv(laplacian[at]) if len(piece) > 1 else np.ones((1, 1))
            covariance[at] = inverse / np.exp(np.log(np.diag(inverse)).mean())
        values, vectors = np.linalg.eigh(covariance)
        keep = values > 1e-9
        return vectors[:, keep] * np.sqrt(values[keep]), covariance

    def _prior(self, covariance: np.ndarray) -> None:
        """Log density of the logit of the mixing on a fine grid, from determinants."""

        values, vectors = np.linalg.eigh(covariance)
        contrasts = vectors[:, values > 1e-9]

        def far(p: np.ndarray) -> np.ndarray:
            whole = (1 - p)[:, None, None] * np.eye(self.size) + p[:, None, None] * covariance
            within = contrasts.T @ whole @ contrasts
            trace = np.trace(within, axis1=1, axis2=2)
            return np.sqrt(np.maximum(trace - within.shape[1] - np.linalg.slogdet(within)[1], 0))

        logit = np.linspace(-14, 14, 2801)
        half, most = far(np.array([0.5, 1.0]))
        rates = np.linspace(-20, 60, 800_001)
        rates = rates[np.abs(rates) > 1e-9]
        rate = rates[np.argmin(np.abs(np.expm1(-rates * half) / np.expm1(-rates * most) - 2 / 3))]
        d = far(1 / (1 + np.exp(-logit)))
        density = -rate * d + np.log(np.maximum(np.gradient(d, logit), 1e-300))
        self.logit, self.density, self.slope = logit, density, np.gradient(density, logit)

    def value(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log density, its slope, and the log relative rates; each row of `z` is one chain."""
        v, w = z[:, 1 : 1 + self.size], z[:, 1 + self.size : -2]
        u = w @ self.roots.T
        logit = z[:, -1]
        s, p = np.exp(np.clip(z[:, -2], -20, 5)), 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
        a, b = np.sqrt(1 - p), np.sqrt(p)
        effect = s[:, None] * (a[:, None] * v + b[:, None] * u)
        eta = z[:, :1] + effect
        mean = self.e * np.exp(np.clip(eta, -50, 50))
        rate = -np.log(0.01)
        value = (self.y * eta - mean).sum(axis=1) - ((v**2).sum(axis=1) + (w**2).sum(axis=1)) / 2
        value += -(z[:, 0] ** 2) / 200 - rate * s + z[:, -2]
        value += np.where(np.abs(logit) < 14, np.interp(logit, self.logit, self.density), -np.inf)
        r = self.y - mean
        g = np.empty_like(z)
        g[:, 0] = r.sum(axis=1) - z[:, 0] / 100
        g[:, 1 : 1 + self.size] = (s * a)[:, None] * r - v
        g[:, 1 + self.size : -2] = (s * b)[:, None] * (r @ self.roots) - w
        g[:, -2] = (r * effect).sum(axis=1) - rate * s + 1
        turned = u * ((1 - p) * b)[:, None] - v * (p * a)[:, None]
        g[:, -1] = s * (r * turned).sum(axis=1) / 2 + np.interp(logit, self.logit, self.slope)
        return value, g, eta

    def run(self, draws: int, chains: int, seed: int) -> np.ndarray:
        """Draws of log relative rates, standard deviation and mixing: (draws, chains, numbers)."""
        random = np.random.default_rng(seed)
        z = random.normal(0, 0.3, (chains, 3 + self.size + self.roots.shape[1]))
        z[:, -2] -= 1.0
        value, g, eta = self.value(z)
        scale, step = np.ones(z.shape[1]), 0.05
        warm, found = max(draws // 3, 400), []
        for number in range(warm + draws):
            momentum = random.normal(size=z.shape)
            new, slope, moved = z.copy(), g, momentum.copy()
            length = step * random.uniform(0.6, 1.2)
            for _ in range(random.integers(10, 30)):
                moved += length / 2 * scale * slope
                new = new + length * scale * moved
                there, slope, put = self.value(new)
                moved += length / 2 * scale * slope
            with np.errstate(invalid="ignore"):
                gain = there - value - ((moved**2).sum(axis=1) - (momentum**2).sum(axis=1)) / 2
            accept = np.isfinite(gain) & (
                np.log(random.uniform(size=chains)) < np.nan_to_num(gain, nan=-np.inf)
            )
            z, g, eta = (
                np.where(accept[:, None], one, other) for one, other in ((new, z), (slope, g), (put, eta))
            )
            value = np.where(accept, there, value)
            if number < warm:
                step *= np.exp(0.05 * (accept.mean() - 0.85))
                if number in (warm // 4, warm // 2):
                    scale = z.std(axis=0) + 1e-3
            else:
                p = 1 / (1 + np.exp(-z[:, -1:]))
                found.append(np.concatenate([eta, np.exp(z[:, -2:-1]), p], axis=1))
        return np.array(found)


def summary(case: dict[str, Any], draws: int, chains: int = CHAINS, seed: int = 1) -> dict[str, Any]:
    """What the chains say, and the largest error of a mean by their spread, as a part of the mean."""
    model = Chain(case)
    each = model.run(draws, chains, seed)
    all_ = each.reshape(-1, each.shape[-1])
    rates = case["per"] * model.base * np.exp(all_[:, :-2])
    means = np.exp(each[:, :, :-2]).mean(axis=0)
    found: dict[str, Any] = {
        "mean": rates.mean(axis=0), "median": np.median(rates, axis=0),
        "lower": np.quantile(rates, 0.025, axis=0), "upper": np.quantile(rates, 0.975, axis=0),
        "above": (rates > case["threshold"]).mean(axis=0),
    }  # fmt: skip
    for name, column in (("spread", all_[:, -2]), ("mixing", all_[:, -1])):
        found[name] = np.array([column.mean(), *np.quantile(column, (0.5, 0.025, 0.975))])
    found = {name: np.round(values, 6).tolist() for name, values in found.items()}
    error = means.std(axis=0) / np.sqrt(chains) / means.mean(axis=0)
    mixing = each[:, :, -1].mean(axis=0)
    return found | {
        "draws": int(all_.shape[0]), "error_of_means": round(float(error.max()), 5),
        "error_of_mixing": round(float(mixing.std() / np.sqrt(chains)), 5),
    }  # fmt: skip


def main() -> None:
    """Run long chains and keep what they say."""
    made = {}
    for name, case in (("provinces", provinces()), ("pieces", pieces())):
        made[name] = {**case, "chain": summary(case, DRAWS)}
    STORED.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
