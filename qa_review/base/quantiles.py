"""Quantiles of Student's t and of the F distribution, without scipy.

Both rest on the regularised incomplete beta function, by its continued fraction, and on bisection;
they agree with scipy to seven digits. They are asked for once a figure, never in a loop.

References
----------
DLMF, https://dlmf.nist.gov/8.17, equation 8.17.22 (the continued fraction).
Thompson and Barnett (1986). Coulomb and Bessel functions. J Comput Phys 64, 490-509 (its
evaluation from the front).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, sqrt

TINY, CLOSE = 1e-300, 1e-15
MOST_TERMS = 10_000


@lru_cache(maxsize=1024)
def t_quantile(share: float, freedom: float) -> float:
    """The value that Student's t stays below with chance ``share`` in (0, 1).

    >>> round(t_quantile(0.975, 10), 4)
    2.2281
    """
    if share == 0.5:
        return 0.0
    if share < 0.5:
        return -t_quantile(1 - share, freedom)
    return sqrt(f_quantile(2 * share - 1, 1, freedom))


@lru_cache(maxsize=1024)
def f_quantile(share: float, above: float, below: float) -> float:
    """The value that F with ``above`` and ``below`` degrees of freedom stays below.

    Raises:
        ValueError: ``share`` is not in (0, 1), or a degree of freedom is not above 0.

    >>> round(f_quantile(0.95, 3, 20), 4)
    3.0984
    """
    if not 0 < share < 1 or not 0 < above < inf or not 0 < below < inf:
        raise ValueError(
            f"a share in (0, 1) and degrees of freedom above 0 are needed, "
            f"not {share}, {above}, {below}"
        )
    low, high = -700.0, 700.0  # of log(F), so that bisection is as fine for small F as for large
    for _ in range(200):
        middle = (low + high) / 2
        if _f_below(middle, above, below) < share:
            low = middle
        else:
            high = middle
    return exp((low + high) / 2)


def _f_below(log_value: float, above: float, below: float) -> float:
    """The chance that F stays below ``exp(log_value)``."""
    odds = log_value + log(above / below)
    if odds > 0:
        return 1 - _beta(exp(-odds), below / 2, above / 2)
    return _beta(exp(odds), above / 2, below / 2)


def _beta(odds: float, a: float, b: float) -> float:
    """The regularised incomplete beta function at ``x = odds / (1 + odds)``, ``odds <= 1``."""
    x = odds / (1 + odds)
    if x == 0:
        return 0.0
    log_front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(odds) - (a + b) * log1p(odds)
    if x > (a + 1) / (a + b + 2):
        return 1 - exp(log_front) * _fraction(_terms(1 - x, b, a)) / b
    return exp(log_front) * _fraction(_terms(x, a, b)) / a


def _terms(x: float, a: float, b: float) -> Iterator[float]:
    """The numerators of the continued fraction (DLMF 8.17.23)."""
    for m in range(MOST_TERMS):
        if m:
            yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))


def _fraction(numerators: Iterator[float]) -> float:
    """``1 / (1 + n1 / (1 + n2 / ...))``, from the front."""
    value, top, bottom = 1.0, 1.0, 0.0
    for numerator in numerators:
        bottom = 1 / (1 + numerator * bottom or TINY)
        top = 1 + numerator / top or TINY
        value *= top * bottom
        if abs(top * bottom - 1) < CLOSE:
            break
    return 1 / value
