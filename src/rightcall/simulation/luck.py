"""Luck that belongs to a call: every draw is a function of seed, call and purpose, never of the order of events.

Two designs then meet the same calls with the same luck, and a van or a call type more changes no other call's luck.
The generator is splitmix64 (Steele, Lea & Flood 2014), used as a counter-based hash.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

(SCREENING, UPTAKE, PATIENCE, TALK, SETTLED, TURNOUT, OFFICER, CANCEL, CANCEL_WHEN, STAGE, STAGE_TIME, FOUND, FOUND_WHEN,
 ON_SCENE, TRANSPORT, TRANSPORT_TIME, FINISH, BACKUP, URGENT, DAY, EXTRA, HANDED, HANDED_AFTER) = range(23)  # fmt: skip

GOLDEN, MIX_1, MIX_2 = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
S30, S27, S31, S11 = (np.uint64(n) for n in (30, 27, 31, 11))
TO_UNIT = 2.0**-53
# The bits of √½, and ln 2 in two parts of which the first has zeros at its end.
SQRT_HALF = 0x3FE6A09E667F3BCD
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
CONSTANT, EXPONENTIAL, LOGNORMAL, QUANTILES = range(4)


@njit(inline="always", cache=True)
def mixed(value: np.uint64) -> np.uint64:
    """The splitmix64 finalizer: every bit of the value changes half of the bits of the result."""
    z = np.uint64(value) + GOLDEN
    z = (z ^ (z >> S30)) * MIX_1
    z = (z ^ (z >> S27)) * MIX_2
    return z ^ (z >> S31)


@njit(inline="always", cache=True)
def stream(seed: np.uint64, call: np.uint64) -> np.uint64:
    """Where a call's own sequence begins. `seed` should be `mixed` already."""
    return mixed(np.uint64(seed) ^ mixed(np.uint64(call)))


@njit(inline="always", cache=True)
def at(own: np.uint64, purpose: int) -> float:
    """A number in (0, 1): what splitmix64 gives at the place of the purpose in a call's `stream`."""
    z = mixed(own + np.uint64(purpose) * GOLDEN)
    return (np.float64(z >> S11) + 0.5) * TO_UNIT


@njit(inline="always", cache=True)
def uniform(seed: np.uint64, call: np.uint64, purpose: int) -> float:
    """A number in (0, 1) that depends on nothing but seed, call and purpose."""
    return at(stream(seed, call), purpose)


@njit(inline="always", cache=True)
def logarithm(x: float) -> float:
    """The natural logarithm of a normal number above 0, within one unit in the last place.

    The polynomial of fdlibm's `log` (Sun Microsystems 1993). Inlined it takes a quarter of the time of a call to the
    system's, and gives the same bits on every system.
    """
    bits = np.float64(x).view(np.int64)
    k = (bits - SQRT_HALF) >> 52
    f = np.int64(bits - (k << 52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    odd = z * (0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))  # fmt: skip
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + even + odd) + k * LN2_LOW)) - f)


@njit(cache=True)
def normal_quantile(p: float) -> float:
    """The standard normal quantile (Acklam's rational approximation, relative error under 1.15e-9)."""
    if p < 0.02425:
        q = math.sqrt(-2.0 * math.log(p))
        return (
            (
                (((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q - 2.549732539343734)
                * q
                + 4.374664141464968
            )
            * q
            + 2.938163982698783
        ) / (
            (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q + 3.754408661907416) * q
            + 1.0
        )
    if p > 1.0 - 0.02425:
        return -normal_quantile(1.0 - p)
    q = p - 0.5
    r = q * q
    top = (
        (
            (((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r + 1.383577518672690e02)
            * r
            - 3.066479806614716e01
        )
        * r
        + 2.506628277459239
    ) * q
    return top / (
        (
            (((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r + 6.680131188771972e01)
            * r
            - 1.328068155288572e01
        )
        * r
        + 1.0
    )


@njit(inline="always", cache=True)
def drawn(law: int, mean: float, spread: float, quantiles: NDArray[np.float64], row: int, u: float) -> float:
    """Minutes by a law at the level `u`, by inversion, so that more luck is never a shorter time.

    `CONSTANT`: `mean`. `EXPONENTIAL` of that mean. `LOGNORMAL` of that mean, with `spread` the standard deviation of
    the logarithm. `QUANTILES`: the values in a row of `quantiles` at equally spaced levels from 0 to 1, straight lines
    between them.
    """
    if law == EXPONENTIAL:
        return -mean * logarithm(u)
    if law == QUANTILES:
        at = u * (quantiles.shape[1] - 1)
        low = np.uint32(at)
        return float(quantiles[row, low] + (at - low) * (quantiles[row, low + 1] - quantiles[row, low]))
    if law == LOGNORMAL:
        return mean * math.exp(spread * normal_quantile(u) - 0.5 * spread * spread)
    return mean


def table_of(values: NDArray[np.float64], *, count: int = 33) -> NDArray[np.float64]:
    """Quantiles of values at `count` equally spaced levels, for `QUANTILES`, with the mean of the values.

    Straight lines between quantiles overshoot a long tail; the last one is lowered until the mean is right, and where
    that is not enough all are scaled.
    """
    table = np.quantile(values, np.linspace(0, 1, count))
    mean = float(np.mean(values))
    over = (float(np.trapezoid(table)) / (count - 1) - mean) * 2 * (count - 1)
    table[-1] = max(table[-2], table[-1] - over)
    now = float(np.trapezoid(table)) / (count - 1)
    return np.asarray(table * (mean / now) if now > 0 else table)
