"""The chance of a t value, and what many tests made at once leave of it.

Holm's step-down correction is used throughout: a board acts on each single finding, so what has
to stay rare is any false one among them, whatever the tests have to do with each other. A false
discovery rate would allow a share of the findings to be false.

References
----------
Hill (1970). Algorithm 395: Student's t-distribution. Commun ACM 13(10), 617-619.
Holm (1979). A simple sequentially rejective multiple test procedure. Scand J Stat 6(2), 65-70.
"""

from __future__ import annotations

from math import erfc, isnan, log1p, sqrt

import numpy as np

from qa_review.team.reviews import Numbers

ERROR = 0.05
"""the chance, at most, of any false finding among the tests that are corrected together"""


def p_value(t: float, freedom: float) -> float:
    """The chance that Student's t lies further from 0 than ``t``, on either side.

    By Hill's approximation, which is off by less than 0.0004 from 3 degrees of freedom up and
    by less than 0.00001 from 8 up. ``nan`` for ``t`` nan, or no degree of freedom.

    >>> round(p_value(2.2281, 10), 4)
    0.05
    """
    if isnan(t) or not freedom >= 1:
        return float("nan")
    about = freedom - 0.5
    b = 48 * about**2
    y = about * log1p(t * t / freedom)
    inner = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b)
    return erfc(((inner + y + 3) / b + 1) * sqrt(y) / sqrt(2))


def holm(p: Numbers) -> Numbers:
    """Each chance as corrected for all the tests beside it; nan stays nan and counts as none.

    >>> holm(np.array([0.01, 0.5, 0.03])).tolist()
    [0.03, 0.5, 0.06]
    """
    made = np.flatnonzero(~np.isnan(p))
    order = made[np.argsort(p[made], kind="stable")]
    found: Numbers = np.full(len(p), np.nan)
    raised = p[order] * (len(order) - np.arange(len(order)))
    found[order] = np.minimum(1.0, np.maximum.accumulate(raised))
    return found
