"""Intervals and agreement: the few formulas that every measure uses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Estimate:
        """The estimate scaled, for example from a share to a count."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)

    def plus(self, constant: float) -> Estimate:
        """The estimate moved by a known amount."""
        return Estimate(self.value + constant, self.low + constant, self.high + constant)


def of_mean(values: NDArray[np.float64]) -> Estimate:
    """The mean of independent runs with Student's interval; runs whose figure is not known (NaN) do not count.

    One run has an interval without ends, none has no figure.
    """
    known = values[np.isfinite(values)]
    n = known.size
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    half = math.inf if n == 1 else float(stdtrit(n - 1, 0.975) * known.std(ddof=1) / math.sqrt(n))
    return Estimate(mean, mean - half, mean + half)


def of_runs(values: NDArray[np.float64], *, share: float = 0.95) -> Estimate:
    """The mean of simulated runs, and between which values a share of them lies; runs that do not know it do not count."""
    known = values[np.isfinite(values)]
    if not known.size:
        return Estimate(math.nan, math.nan, math.nan)
    low, high = np.quantile(known, [(1 - share) / 2, (1 + share) / 2])
    return Estimate(float(known.mean()), float(low), float(high))


def wilson(hits: float, n: float, *, z: float = Z95) -> Estimate:
    """A share with its score interval (Wilson 1927, JASA 22:209). `n` = 0 gives 0 to 1.

    `hits` and `n` may be effective numbers of a weighted sample and need not be whole.
    """
    if n <= 0:
        return Estimate(0.0, 0.0, 1.0)
    p = hits / n
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Estimate(p, max(0.0, center - half), min(1.0, center + half))


def poisson(events: int, exposure: float, *, level: float = 0.95) -> Estimate:
    """A rate of rare events with its exact interval (Garwood 1936, Biometrika 28:437).

    `exposure` in the unit of the rate. No event in n gives an upper bound of about 3.7/n two-sided; the one-sided
    bound of 3/n ("rule of three") is `rule_of_three`.
    """
    from scipy.stats import chi2

    alpha = 1 - level
    low = float(chi2.ppf(alpha / 2, 2 * events)) / 2 if events else 0.0
    high = float(chi2.ppf(1 - alpha / 2, 2 * events + 2)) / 2
    return Estimate(events / exposure, low / exposure, high / exposure)


def rule_of_three(n: float) -> float:
    """The 95 % upper bound of a rate when nothing happened in n tries: 3/n (Hanley & Lippman-Hand 1983)."""
    return 3 / n


def kappa(pairs: list[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two readers (Cohen 1960); None where there is nothing to compare or chance explains all."""
    if not pairs:
        return None
    n = len(pairs)
    words = {word for pair in pairs for word in pair}
    observed = sum(a == b for a, b in pairs) / n
    chance = sum(sum(a == word for a, _ in pairs) / n * sum(b == word for _, b in pairs) / n for word in words)
    return None if chance >= 1 else (observed - chance) / (1 - chance)
